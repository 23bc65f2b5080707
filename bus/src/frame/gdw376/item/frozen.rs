//! Readings frozen at the end of a day or a month: 0D.

use super::super::UnitError;
use super::Unit;
use super::time::Period;

/// A reading of a day ([`Day`](super::time::Day)) or a month ([`Month`](super::time::Month)): the date (Td or Tm), then the reading.
/// A request is the date alone: [`request`] and [`requested`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frozen<P, R> {
    /// Of which day or month.
    pub of: P,
    /// The reading at its end.
    pub reading: R,
}

impl<P: Period, R: Unit> Unit for Frozen<P, R> {
    fn encode(&self) -> Result<Vec<u8>, UnitError> {
        let mut unit = request(self.of);
        unit.extend(self.reading.encode()?);
        Ok(unit)
    }

    fn decode(unit: &[u8]) -> Result<Self, UnitError> {
        let (of, rest) = P::take(unit)?;
        let reading = R::decode(rest)?;
        Ok(Frozen { of, reading })
    }
}

/// The unit that asks for the reading of a day or month.
pub fn request<P: Period>(of: P) -> Vec<u8> {
    let mut unit = Vec::new();
    of.put(&mut unit);
    unit
}

/// Which day or month a unit asks for.
///
/// # Errors
/// [`UnitError`] when it is no date or more than one.
pub fn requested<P: Period>(unit: &[u8]) -> Result<P, UnitError> {
    match P::take(unit)? {
        (of, []) => Ok(of),
        _ => Err(UnitError::Malformed("bytes follow the date")),
    }
}
