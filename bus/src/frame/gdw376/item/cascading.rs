//! Cascade parameters: 04 F37, 0A F37. The standard's own cascade is one hop with a fixed list; `docs/bus/cascade.md` has ours.

use super::super::UnitError;
use super::Unit;
use super::unit::{Reader, count};

/// The most terminals behind an active side.
pub const MOST: usize = 3;
const PASSIVE: u8 = 0x80;

/// Port, times and the terminals on the other side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cascading {
    /// The port of the cascade, 1 to 31.
    pub port: u8,
    /// Rate and framing, as in a forward.
    pub control: u8,
    /// How long an answer may take, in 100 ms.
    pub message_timeout: u8,
    /// How long the line may be silent inside one, in 10 ms.
    pub byte_timeout: u8,
    /// How often a frame without an answer is sent again.
    pub retries: u8,
    /// Minutes between two polls.
    pub poll_minutes: u8,
    /// This terminal is the passive side.
    pub passive: bool,
    /// Area code and terminal address of the others, at most [`MOST`].
    pub others: Vec<(u16, u16)>,
}

impl Unit for Cascading {
    fn encode(&self) -> Result<Vec<u8>, UnitError> {
        if self.others.len() > MOST {
            return Err(UnitError::Malformed(
                "a cascade has at most three other terminals",
            ));
        }
        let side = if self.passive { PASSIVE } else { 0 };
        let mut unit = vec![
            self.port,
            self.control,
            self.message_timeout,
            self.byte_timeout,
            self.retries,
            self.poll_minutes,
            side | count(self.others.len())?,
        ];
        for (area, address) in &self.others {
            unit.extend(area.to_le_bytes());
            unit.extend(address.to_le_bytes());
        }
        Ok(unit)
    }

    fn decode(unit: &[u8]) -> Result<Self, UnitError> {
        let mut reader = Reader::new(unit);
        let [
            port,
            control,
            message_timeout,
            byte_timeout,
            retries,
            poll_minutes,
            side,
        ] = reader.array::<7>()?;
        let many = usize::from(side & !PASSIVE);
        if many > MOST {
            return Err(UnitError::Malformed(
                "a cascade has at most three other terminals",
            ));
        }
        let others = (0..many)
            .map(|_| Ok((reader.word()?, reader.word()?)))
            .collect::<Result<_, UnitError>>()?;
        reader.end()?;
        Ok(Cascading {
            port,
            control,
            message_timeout,
            byte_timeout,
            retries,
            poll_minutes,
            passive: side & PASSIVE != 0,
            others,
        })
    }
}
