//! What the data units say, one file a family; each type encodes and decodes its unit strictly, on either side of the line.
//!
//! | AFN | Fn | type | source |
//! |---|---|---|---|
//! | 04, 0A | F33 | [`schedule::Schedule`] | Q/GDW 376.1, 5.5.1 F33 |
//! | 04, 0A | F37 | [`cascading::Cascading`] | F37 |
//! | 04, 0A | F47 | [`purchase::Purchase`] | F47 |
//! | 05 | F1, F31 | [`control::Trip`], [`time::Clock`] | F1, F31 |
//! | 05 | F240 | [`control::Switch`] | this project's own |
//! | 0C | F2 | [`time::Clock`] | F2 |
//! | 0C | F25 | [`instant::Instant`] | F25 |
//! | 0C | F33 | [`energy::Totals`] | F33 |
//! | 0C | F129 | [`energy::Forward`] | F129 |
//! | 0C | F240, F241 | [`prepaid::Quantity`], [`prepaid::Books`] | this project's own |
//! | 0D | F1, F17 | [`frozen::Frozen`] of [`energy::Totals`] | F1, F17 |
//! | 0D | F240, F241 | [`frozen::Frozen`] of [`prepaid::Quantity`] | this project's own |
//! | 0E | F1, F2 | [`event::Query`], [`event::Report`] | F1, F2 |
//! | 10 | F9 | [`relayed::Request`], [`relayed::Reply`] | F9; the answer is this project's own |
//! | 10 | F12, F13 | [`batch::Task`], [`batch::Status`] | names of the standard, layouts of this project |
//!
//! The standard has no items for meters that are not electricity meters and none for a meter's own purse; F240 and F241
//! are in the range that it leaves to the provinces.

pub mod batch;
pub mod cascading;
pub mod control;
pub mod energy;
pub mod event;
pub mod frozen;
pub mod instant;
pub mod prepaid;
pub mod purchase;
pub mod relayed;
pub mod schedule;
pub mod time;
mod unit;

#[cfg(test)]
mod tests;

use super::UnitError;

/// A unit's bytes in both directions. `decode(encode(x)) == x`, and whatever `decode` takes, `encode` gives back.
pub trait Unit: Sized {
    /// The unit's bytes.
    ///
    /// # Errors
    /// [`UnitError::Malformed`] when a number or a count does not fit its field.
    fn encode(&self) -> Result<Vec<u8>, UnitError>;

    /// Reads a whole unit.
    ///
    /// # Errors
    /// [`UnitError`] when it is cut short, too long, or a field is no number, time or code.
    fn decode(unit: &[u8]) -> Result<Self, UnitError>;
}
