//! Fields of a unit, one behind the other: binary and packed decimal numbers, and `EE` for what is not known.

use super::super::UnitError;
use crate::frame::bytes::{bcd_to_u64, u64_to_bcd};

/// What a terminal sends for every byte of a value it does not have (Q/GDW 376.1, 4.3.4.4).
const UNKNOWN: u8 = 0xEE;
/// The sign of the signed decimal formats (A5, A9, A25): the high bit of the last byte.
const SIGN: u8 = 0x80;

/// Reads fields from the front.
pub(super) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(super) fn new(unit: &'a [u8]) -> Self {
        Reader(unit)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], UnitError> {
        let (field, rest) = self.0.split_first_chunk::<N>().ok_or(UnitError::Short)?;
        self.0 = rest;
        Ok(*field)
    }

    pub(super) fn byte(&mut self) -> Result<u8, UnitError> {
        self.array::<1>().map(|[byte]| byte)
    }

    pub(super) fn word(&mut self) -> Result<u16, UnitError> {
        self.array().map(u16::from_le_bytes)
    }

    pub(super) fn double(&mut self) -> Result<u32, UnitError> {
        self.array().map(u32::from_le_bytes)
    }

    pub(super) fn bytes(&mut self, count: usize) -> Result<&'a [u8], UnitError> {
        let (field, rest) = self.0.split_at_checked(count).ok_or(UnitError::Short)?;
        self.0 = rest;
        Ok(field)
    }

    /// A packed decimal number; `None` where the terminal does not have it.
    pub(super) fn decimal<const N: usize>(&mut self) -> Result<Option<u64>, UnitError> {
        let field = self.array::<N>()?;
        if field == [UNKNOWN; N] {
            return Ok(None);
        }
        let number = bcd_to_u64(&field).ok_or(UnitError::Malformed(
            "a number has a half byte that is no digit",
        ))?;
        Ok(Some(number))
    }

    /// A packed decimal number with a sign; `None` where the terminal does not have it.
    pub(super) fn signed<const N: usize>(&mut self) -> Result<Option<i64>, UnitError> {
        let mut field = self.array::<N>()?;
        if field == [UNKNOWN; N] {
            return Ok(None);
        }
        let negative = field.last().is_some_and(|last| last & SIGN != 0);
        if let Some(last) = field.last_mut() {
            *last &= !SIGN;
        }
        let malformed = UnitError::Malformed("a number has a half byte that is no digit");
        let number = bcd_to_u64(&field).ok_or(malformed)?;
        let number =
            i64::try_from(number).map_err(|_| UnitError::Malformed("a number is too large"))?;
        if negative && number == 0 {
            return Err(UnitError::Malformed("a zero has a sign"));
        }
        Ok(Some(if negative { -number } else { number }))
    }

    /// All that is left.
    pub(super) fn rest(self) -> &'a [u8] {
        self.0
    }

    /// Nothing may be left.
    pub(super) fn end(self) -> Result<(), UnitError> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(UnitError::Malformed("bytes follow the end of the unit"))
        }
    }
}

/// Appends a packed decimal number of `N` bytes.
pub(super) fn put_decimal<const N: usize>(
    unit: &mut Vec<u8>,
    value: Option<u64>,
) -> Result<(), UnitError> {
    let field = match value {
        None => [UNKNOWN; N],
        Some(number) => {
            u64_to_bcd::<N>(number).ok_or(UnitError::Malformed("a number has too many digits"))?
        }
    };
    unit.extend(field);
    Ok(())
}

/// Appends a packed decimal number of `N` bytes with a sign.
pub(super) fn put_signed<const N: usize>(
    unit: &mut Vec<u8>,
    value: Option<i64>,
) -> Result<(), UnitError> {
    let Some(number) = value else {
        unit.extend([UNKNOWN; N]);
        return Ok(());
    };
    let too_large = UnitError::Malformed("a number has too many digits");
    let mut field = u64_to_bcd::<N>(number.unsigned_abs()).ok_or(too_large.clone())?;
    let Some(last) = field.last_mut() else {
        return Err(too_large);
    };
    if *last & SIGN != 0 {
        return Err(too_large);
    }
    if number < 0 {
        *last |= SIGN;
    }
    unit.extend(field);
    Ok(())
}

/// A count as one byte.
pub(super) fn count(length: usize) -> Result<u8, UnitError> {
    u8::try_from(length).map_err(|_| UnitError::Malformed("too many entries for one unit"))
}
