//! Data identifiers and how their values are written (DL/T 645-2007, annex A; 1997, annex A).

use super::format::Format;

/// The identifiers a prepayment driver asks for.
pub mod known {
    /// Remaining amount.
    pub const REMAINING_AMOUNT: u32 = 0x0090_0200;
    /// Overdraft amount.
    pub const OVERDRAFT_AMOUNT: u32 = 0x0090_0201;
    /// Number of purchases after the last one.
    pub const LAST_PURCHASE_COUNT: u32 = 0x0333_0201;
    /// Amount of the last purchase.
    pub const LAST_PURCHASE_AMOUNT: u32 = 0x0333_0301;
    /// Sum of all purchases after the last one.
    pub const LAST_PURCHASE_CUMULATIVE: u32 = 0x0333_0601;
    /// Status word 3: relay, account, kind of prepayment.
    pub const STATUS_WORD_3: u32 = 0x0400_0503;
}

/// What is known of an identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identifier {
    /// What it holds.
    pub name: &'static str,
    /// How one value is written.
    pub format: Format,
    /// The unit of a value.
    pub unit: Option<&'static str>,
    /// Whether the answer is a row of such values (a block identifier).
    pub block: bool,
}

/// What the 2007 edition says of an identifier, if it is one of the [table](self).
pub fn find(di: u32) -> Option<Identifier> {
    let row = TABLE.iter().find(|row| di & row.mask == row.pattern)?;
    Some(Identifier {
        name: row.name,
        format: row.format,
        unit: row.unit,
        block: di & row.block == row.block && row.block != 0,
    })
}

/// The same for the two-byte identifiers of 1997.
pub fn find_1997(di: u16) -> Option<Identifier> {
    let row = TABLE_1997
        .iter()
        .find(|row| u32::from(di) & row.mask == row.pattern)?;
    Some(Identifier {
        name: row.name,
        format: row.format,
        unit: row.unit,
        block: u32::from(di) & row.block == row.block && row.block != 0,
    })
}

/// Identifiers whose bits under `mask` equal `pattern`; a block if the bits under `block` are all set.
struct Row {
    pattern: u32,
    mask: u32,
    block: u32,
    name: &'static str,
    format: Format,
    unit: Option<&'static str>,
}

const fn row(
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

/// A row whose block form has `FF` in the byte DI1.
const fn with_block(row: Row) -> Row {
    Row {
        block: 0xFF00,
        ..row
    }
}

const fn decimal(bytes: u8, places: u8) -> Format {
    Format::Decimal { bytes, places }
}

const fn signed(bytes: u8, places: u8) -> Format {
    Format::Signed { bytes, places }
}

const ONE: u32 = 0xFFFF_FFFF;
/// The byte DI0 counts past settlements or past records.
const ANY_RECORD: u32 = 0xFFFF_FF00;
/// DI1 is the tariff (or the phase), DI0 the settlement.
const ANY_PART: u32 = 0xFFFF_0000;

#[rustfmt::skip]
const TABLE: &[Row] = &[
    row(0x0090_0100, ONE, "remaining energy", decimal(4, 2), "kWh"),
    row(0x0090_0101, ONE, "overdraft energy", decimal(4, 2), "kWh"),
    row(0x0090_0200, ONE, "remaining amount", decimal(4, 2), "yuan"),
    row(0x0090_0201, ONE, "overdraft amount", decimal(4, 2), "yuan"),
    with_block(row(0x0000_0000, ANY_PART, "combined active energy", signed(4, 2), "kWh")),
    with_block(row(0x0001_0000, ANY_PART, "forward active energy", decimal(4, 2), "kWh")),
    with_block(row(0x0002_0000, ANY_PART, "reverse active energy", decimal(4, 2), "kWh")),
    with_block(row(0x0003_0000, ANY_PART, "combined reactive energy 1", signed(4, 2), "kvarh")),
    with_block(row(0x0004_0000, ANY_PART, "combined reactive energy 2", signed(4, 2), "kvarh")),
    row(0x000B_0000, ANY_RECORD, "active energy of the settlement period", signed(4, 2), "kWh"),
    row(0x000C_0000, ANY_RECORD, "active energy of the month", signed(4, 2), "kWh"),
    with_block(row(0x0201_0000, 0xFFFF_00FF, "voltage", decimal(2, 1), "V")),
    with_block(row(0x0202_0000, 0xFFFF_00FF, "current", signed(3, 3), "A")),
    with_block(row(0x0203_0000, 0xFFFF_00FF, "active power", signed(3, 4), "kW")),
    with_block(row(0x0204_0000, 0xFFFF_00FF, "reactive power", signed(3, 4), "kvar")),
    with_block(row(0x0205_0000, 0xFFFF_00FF, "apparent power", signed(3, 4), "kVA")),
    with_block(row(0x0206_0000, 0xFFFF_00FF, "power factor", signed(2, 3), "")),
    row(0x0280_0002, ONE, "grid frequency", decimal(2, 2), "Hz"),
    row(0x0280_0022, ONE, "remote authentication time left", decimal(2, 0), "min"),
    row(0x0280_0023, ONE, "infrared authentication time left", decimal(1, 0), "min"),
    row(0x0332_0100, ANY_RECORD, "time of the energy purchase", Format::Minute, ""),
    row(0x0332_0200, ANY_RECORD, "purchase count after the energy purchase", decimal(2, 0), ""),
    row(0x0332_0300, ANY_RECORD, "purchased energy", decimal(4, 2), "kWh"),
    row(0x0332_0400, ANY_RECORD, "remaining energy before the purchase", decimal(4, 2), "kWh"),
    row(0x0332_0500, ANY_RECORD, "remaining energy after the purchase", decimal(4, 2), "kWh"),
    row(0x0332_0600, ANY_RECORD, "cumulative purchased energy", decimal(4, 2), "kWh"),
    row(0x0333_0100, ANY_RECORD, "time of the money purchase", Format::Minute, ""),
    row(0x0333_0200, ANY_RECORD, "purchase count after the money purchase", decimal(2, 0), ""),
    row(0x0333_0300, ANY_RECORD, "purchased amount", decimal(4, 2), "yuan"),
    row(0x0333_0400, ANY_RECORD, "remaining amount before the purchase", decimal(4, 2), "yuan"),
    row(0x0333_0500, ANY_RECORD, "remaining amount after the purchase", decimal(4, 2), "yuan"),
    row(0x0333_0600, ANY_RECORD, "cumulative purchased amount", decimal(4, 2), "yuan"),
    row(0x0400_0101, ONE, "date and day of the week", Format::Date, ""),
    row(0x0400_0102, ONE, "time of day", Format::Time, ""),
    row(0x0400_0401, ONE, "communication address", Format::Digits { bytes: 6 }, ""),
    row(0x0400_0402, ONE, "meter number", Format::Digits { bytes: 6 }, ""),
    row(0x0400_040E, ONE, "customer number", Format::Digits { bytes: 6 }, ""),
    row(0x0400_0501, ONE, "status word 1", Format::Bits { bytes: 2 }, ""),
    row(0x0400_0502, ONE, "status word 2", Format::Bits { bytes: 2 }, ""),
    row(0x0400_0503, ONE, "status word 3", Format::Bits { bytes: 2 }, ""),
    row(0x0400_0504, ONE, "status word 4", Format::Bits { bytes: 2 }, ""),
    row(0x0400_0505, ONE, "status word 5", Format::Bits { bytes: 2 }, ""),
    row(0x0400_0506, ONE, "status word 6", Format::Bits { bytes: 2 }, ""),
    row(0x0400_0507, ONE, "status word 7", Format::Bits { bytes: 2 }, ""),
    Row { block: 0xFF, ..row(0x0400_05FF, ONE, "status words", Format::Bits { bytes: 2 }, "") },
    row(0x0400_1001, ONE, "alarm amount 1", decimal(4, 2), "yuan"),
    row(0x0400_1002, ONE, "alarm amount 2", decimal(4, 2), "yuan"),
    row(0x0400_1003, ONE, "overdraft limit", decimal(4, 2), "yuan"),
    row(0x0400_1004, ONE, "hoarding limit", decimal(4, 2), "yuan"),
    row(0x0400_1005, ONE, "amount that allows closing", decimal(4, 2), "yuan"),
    row(0x0400_1401, ONE, "trip delay", decimal(2, 0), "min"),
];

/// A block of 1997 has `F` as the low half byte.
const fn with_block_1997(row: Row) -> Row {
    Row {
        block: 0x000F,
        ..row
    }
}

#[rustfmt::skip]
const TABLE_1997: &[Row] = &[
    with_block_1997(row(0x9010, 0xFFF0, "forward active energy", decimal(4, 2), "kWh")),
    with_block_1997(row(0x9020, 0xFFF0, "reverse active energy", decimal(4, 2), "kWh")),
    with_block_1997(row(0xB610, 0xFFF0, "voltage", decimal(2, 0), "V")),
    with_block_1997(row(0xB620, 0xFFF0, "current", decimal(2, 2), "A")),
    with_block_1997(row(0xB630, 0xFFF0, "active power", decimal(3, 4), "kW")),
    row(0xC010, 0xFFFF, "date and day of the week", Format::Date, ""),
    row(0xC011, 0xFFFF, "time of day", Format::Time, ""),
    row(0xC032, 0xFFFF, "meter number", Format::Digits { bytes: 6 }, ""),
    row(0xC033, 0xFFFF, "customer number", Format::Digits { bytes: 6 }, ""),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_row_hides_a_later_one() {
        for (index, row) in TABLE.iter().enumerate() {
            let first = TABLE
                .iter()
                .position(|other| row.pattern & other.mask == other.pattern);
            assert_eq!(first, Some(index), "{:08X} {}", row.pattern, row.name);
        }
    }

    #[test]
    fn a_block_is_told_from_its_parts() {
        assert!(find(0x0202_FF00).unwrap().block);
        assert!(!find(0x0202_0100).unwrap().block);
        assert!(find(0x0000_FF00).unwrap().block);
        assert!(find(0x0400_05FF).unwrap().block);
        assert!(find_1997(0x901F).unwrap().block);
        assert!(!find_1997(0xB611).unwrap().block);
    }

    #[test]
    fn an_unknown_identifier_is_not_guessed() {
        assert_eq!(find(0x0701_04FF), None);
        assert_eq!(find_1997(0xC001), None);
    }
}
