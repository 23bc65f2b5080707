//! A row of the table of identifiers, and the words the tables are written in.

use super::Identifier;
use crate::frame::dlt645::format::{Format, Part};

/// Identifiers whose bits under `mask` equal `pattern`; a block if the bits under `block` are all set.
pub(super) struct Row {
    pattern: u32,
    mask: u32,
    block: u32,
    name: &'static str,
    format: Format,
    unit: Option<&'static str>,
}

impl Row {
    pub(super) fn covers(&self, di: u32) -> bool {
        di & self.mask == self.pattern
    }

    pub(super) fn identifier(&self, di: u32) -> Identifier {
        Identifier {
            name: self.name,
            format: self.format,
            unit: self.unit,
            block: self.block != 0 && di & self.block == self.block,
        }
    }

    /// One of the identifiers it stands for: that of record 1 where the record is free.
    #[cfg(test)]
    pub(super) fn example(&self) -> u32 {
        self.pattern | (!self.mask & 1)
    }

    /// A row whose block form has these bits set.
    pub(super) const fn block(self, block: u32) -> Row {
        Row { block, ..self }
    }

    /// A row whose block form has `FF` in the byte DI1.
    pub(super) const fn with_block(self) -> Row {
        self.block(0xFF00)
    }
}

pub(super) const fn row(
    pattern: u32,
    mask: u32,
    name: &'static str,
    format: Format,
    unit: &'static str,
) -> Row {
    Row {
        pattern,
        mask,
        block: 0,
        name,
        format,
        unit: if unit.is_empty() { None } else { Some(unit) },
    }
}

/// A row for one identifier without a unit.
pub(super) const fn plain(pattern: u32, name: &'static str, format: Format) -> Row {
    row(pattern, ONE, name, format, "")
}

pub(super) const fn decimal(bytes: u8, places: u8) -> Format {
    Format::Decimal { bytes, places }
}

pub(super) const fn signed(bytes: u8, places: u8) -> Format {
    Format::Signed { bytes, places }
}

pub(super) const fn digits(bytes: u8) -> Format {
    Format::Digits { bytes }
}

pub(super) const fn bits(bytes: u8) -> Format {
    Format::Bits { bytes }
}

pub(super) const fn text(bytes: u8) -> Format {
    Format::Text { bytes }
}

pub(super) const fn part(name: &'static str, format: Format, unit: &'static str) -> Part {
    Part {
        name,
        format,
        unit: if unit.is_empty() { None } else { Some(unit) },
    }
}

pub(super) const ONE: u32 = 0xFFFF_FFFF;
/// The byte DI0 counts past settlements or past records.
pub(super) const ANY_RECORD: u32 = 0xFFFF_FF00;
/// DI1 is the tariff (or the phase), DI0 the settlement.
pub(super) const ANY_PART: u32 = 0xFFFF_0000;
