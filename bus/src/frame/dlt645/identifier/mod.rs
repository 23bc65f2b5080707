//! Data identifiers and how their values are written (DL/T 645-2007, annex A; 1997, annex A).
//!
//! One table for all who need it: `decode` names and reads values by it, drivers find units and lengths in it, and the meter's
//! side writes by it. A row stands for all identifiers that differ only in tariff, phase, settlement or record.

mod demand;
mod energy;
mod event;
mod freeze;
mod load;
mod parameter;
mod row;
mod variable;
mod y1997;

use super::format::Format;
use row::Row;

/// The identifiers a prepayment driver asks for.
pub mod known {
    /// Combined active energy.
    pub const COMBINED_ENERGY: u32 = 0x0000_0000;
    /// Forward active energy.
    pub const FORWARD_ENERGY: u32 = 0x0001_0000;
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
    /// Date and day of the week.
    pub const DATE: u32 = 0x0400_0101;
    /// Time of day.
    pub const TIME: u32 = 0x0400_0102;
    /// Communication address.
    pub const ADDRESS: u32 = 0x0400_0401;
    /// Meter number.
    pub const METER_NUMBER: u32 = 0x0400_0402;
    /// Customer number.
    pub const CUSTOMER_NUMBER: u32 = 0x0400_040E;
    /// The first settlement day of a month and its hour.
    pub const SETTLEMENT_DAY_1: u32 = 0x0400_0B01;
    /// The second; `9999` for none.
    pub const SETTLEMENT_DAY_2: u32 = 0x0400_0B02;
    /// Status word 1: batteries, clock, memory, ESAM, overdraft.
    pub const STATUS_WORD_1: u32 = 0x0400_0501;
    /// Status word 3: relay, account, kind of prepayment.
    pub const STATUS_WORD_3: u32 = 0x0400_0503;
    /// All status words.
    pub const STATUS_WORDS: u32 = 0x0400_05FF;
    /// Balance below which the meter warns.
    pub const ALARM_AMOUNT_1: u32 = 0x0400_1001;
    /// Balance below which the meter warns by opening the relay for a while.
    pub const ALARM_AMOUNT_2: u32 = 0x0400_1002;
    /// How far below zero the meter delivers.
    pub const OVERDRAFT_LIMIT: u32 = 0x0400_1003;
    /// The most a customer may hold.
    pub const HOARDING_LIMIT: u32 = 0x0400_1004;
    /// The balance from which the relay may close again.
    pub const CLOSING_AMOUNT: u32 = 0x0400_1005;
    /// Minutes between warning and trip.
    pub const TRIP_DELAY: u32 = 0x0400_1401;
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
    let row = class(di).iter().find(|row| row.covers(di))?;
    Some(row.identifier(di))
}

/// The same for the two-byte identifiers of 1997.
pub fn find_1997(di: u16) -> Option<Identifier> {
    let di = u32::from(di);
    let row = y1997::TABLE.iter().find(|row| row.covers(di))?;
    Some(row.identifier(di))
}

/// The identifier of 2007 that holds the same register as one of 1997, where there is one.
pub fn from_1997(di: u16) -> Option<u32> {
    y1997::successor(di)
}

/// The part of the table an identifier is in: they are sorted by the byte DI3.
fn class(di: u32) -> &'static [Row] {
    match di >> 24 {
        0x00 => energy::TABLE,
        0x01 => demand::TABLE,
        0x02 => variable::TABLE,
        0x03 | 0x1D | 0x1E => event::TABLE,
        0x04 => parameter::TABLE,
        0x05 => freeze::TABLE,
        0x06 => load::TABLE,
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLASSES: [&[Row]; 8] = [
        energy::TABLE,
        demand::TABLE,
        variable::TABLE,
        event::TABLE,
        parameter::TABLE,
        freeze::TABLE,
        load::TABLE,
        y1997::TABLE,
    ];

    #[test]
    fn no_row_hides_a_later_one_and_every_row_is_found() {
        for table in CLASSES {
            for (index, row) in table.iter().enumerate() {
                let first = table.iter().position(|other| other.covers(row.example()));
                assert_eq!(first, Some(index), "{:08X}", row.example());
                if !std::ptr::eq(table, y1997::TABLE) {
                    let found = find(row.example()).unwrap();
                    assert_eq!(found, row.identifier(row.example()));
                }
                let bytes = row.identifier(row.example()).format.bytes();
                assert!(bytes > 0 && bytes <= 200, "{:08X}", row.example());
            }
        }
    }

    #[test]
    fn a_block_is_told_from_its_parts() {
        assert!(find(0x0202_FF00).unwrap().block);
        assert!(!find(0x0202_0100).unwrap().block);
        assert!(find(0x0000_FF00).unwrap().block);
        assert!(find(0x0400_05FF).unwrap().block);
        assert!(find(0x0506_0101).unwrap().block);
        assert!(!find(0x0506_0001).unwrap().block);
        assert!(find_1997(0x901F).unwrap().block);
        assert!(!find_1997(0xB611).unwrap().block);
    }

    #[test]
    fn an_unknown_identifier_is_not_guessed() {
        assert_eq!(find(0x0701_04FF), None);
        assert_eq!(find(0xFFFF_FFFF), None);
        assert_eq!(find_1997(0xC001), None);
    }

    #[test]
    fn lengths_are_those_of_the_reference() {
        for (di, bytes) in [
            (0x0000_0000, 4),
            (0x0090_0200, 4),
            (0x0101_0000, 8),
            (0x0201_0100, 2),
            (0x0202_0100, 3),
            (0x0203_0000, 3),
            (0x0280_0022, 2),
            (0x0280_0023, 1),
            (0x0333_0101, 5),
            (0x0333_0201, 2),
            (0x0333_0601, 4),
            (0x0400_0101, 4),
            (0x0400_0102, 3),
            (0x0400_040E, 6),
            (0x0400_0503, 2),
            (0x0400_1004, 4),
            (0x0400_1401, 2),
            (0x1D00_0001, 3),
        ] {
            assert_eq!(find(di).unwrap().format.bytes(), bytes, "{di:08X}");
        }
    }

    #[test]
    fn registers_of_1997_have_successors_of_the_same_unit() {
        for (old, new) in [
            (0x9010, 0x0001_0000),
            (0x9012, 0x0001_0200),
            (0x901F, 0x0001_FF00),
            (0x9410, 0x0001_0001),
            (0xB611, 0x0201_0100),
            (0xB630, 0x0203_0000),
            (0xC032, 0x0400_0402),
        ] {
            assert_eq!(from_1997(old), Some(new), "{old:04X}");
            assert_eq!(find_1997(old).unwrap().unit, find(new).unwrap().unit);
            assert_eq!(find_1997(old).unwrap().block, find(new).unwrap().block);
        }
        assert_eq!(from_1997(0xC001), None);
    }
}
