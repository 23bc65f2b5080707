//! Dialects of the purchase: what the number means, how it is coded, and how its sequence byte counts.

use serde::Deserialize;

use super::purchase::Record;
use super::status::Status;
use crate::frame::bytes::{array, bcd_to_u64, u64_to_bcd};

/// How the four bytes of an amount are coded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AmountCoding {
    /// Packed digits, low pair first: the standard's.
    #[default]
    BcdLowFirst,
    /// Packed digits, high pair first.
    BcdHighFirst,
    /// Binary, low byte first.
    BinaryLowFirst,
    /// Binary, high byte first.
    BinaryHighFirst,
}

impl AmountCoding {
    /// The four bytes of a number. `None` where it has too many digits.
    pub fn write(self, number: u32) -> Option<[u8; 4]> {
        Some(match self {
            AmountCoding::BcdLowFirst => u64_to_bcd(u64::from(number))?,
            AmountCoding::BcdHighFirst => {
                let mut bytes = u64_to_bcd::<4>(u64::from(number))?;
                bytes.reverse();
                bytes
            }
            AmountCoding::BinaryLowFirst => number.to_le_bytes(),
            AmountCoding::BinaryHighFirst => number.to_be_bytes(),
        })
    }

    /// The number of four bytes. `None` where digits are expected and are none.
    pub fn read(self, mut bytes: [u8; 4]) -> Option<u32> {
        match self {
            AmountCoding::BcdLowFirst => u32::try_from(bcd_to_u64(&bytes)?).ok(),
            AmountCoding::BcdHighFirst => {
                bytes.reverse();
                u32::try_from(bcd_to_u64(&bytes)?).ok()
            }
            AmountCoding::BinaryLowFirst => Some(u32::from_le_bytes(bytes)),
            AmountCoding::BinaryHighFirst => Some(u32::from_be_bytes(bytes)),
        }
    }

    /// The largest number it can tell.
    pub fn most(self) -> u32 {
        match self {
            AmountCoding::BcdLowFirst | AmountCoding::BcdHighFirst => 99_999_999,
            AmountCoding::BinaryLowFirst | AmountCoding::BinaryHighFirst => u32::MAX,
        }
    }
}

/// How the sequence byte of purchases counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SequenceCoding {
    /// 0 to 255, then 0 again.
    #[default]
    Binary,
    /// Packed digits 00 to 99, then 00 again.
    Bcd,
}

impl SequenceCoding {
    /// How many purchases until it is the same again.
    pub fn span(self) -> u32 {
        match self {
            SequenceCoding::Binary => 256,
            SequenceCoding::Bcd => 100,
        }
    }

    /// The byte of a purchase number, of which only the part that the byte can tell counts.
    pub fn write(self, number: u32) -> u8 {
        let part = (number % self.span()) as u8;
        match self {
            SequenceCoding::Binary => part,
            SequenceCoding::Bcd => ((part / 10) << 4) | (part % 10),
        }
    }

    /// The number of a byte. `None` where digits are expected and are none.
    pub fn read(self, byte: u8) -> Option<u32> {
        match self {
            SequenceCoding::Binary => Some(u32::from(byte)),
            SequenceCoding::Bcd => u32::try_from(bcd_to_u64(&[byte])?).ok(),
        }
    }

    /// The number after a number, wrapped.
    pub fn next(self, number: u32) -> u32 {
        (number % self.span() + 1) % self.span()
    }
}

/// How a kind of meter writes and tells purchases.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PurchaseLayout {
    /// The coding of amounts.
    pub amount: AmountCoding,
    /// The coding of the sequence byte.
    pub sequence: SequenceCoding,
    /// Zero bytes behind the amount of a write.
    pub padding: u8,
}

impl PurchaseLayout {
    /// The dialect of a maker who sells volume: tenths of a cubic metre, binary, high byte first.
    pub const VOLUME: PurchaseLayout = PurchaseLayout {
        amount: AmountCoding::BinaryHighFirst,
        sequence: SequenceCoding::Binary,
        padding: 0,
    };

    /// The payload of `A013`. `None` where the amount does not fit.
    pub fn write(self, number: u32, amount: u32) -> Option<Vec<u8>> {
        let mut payload = vec![self.sequence.write(number)];
        payload.extend(self.amount.write(amount)?);
        payload.extend(std::iter::repeat_n(0, usize::from(self.padding)));
        Some(payload)
    }

    /// Number and amount of the payload of `A013`, or of its echo. `None` where it is not this layout.
    pub fn read(self, payload: &[u8]) -> Option<(u32, u32)> {
        let (head, padding) = payload.split_at_checked(5)?;
        let zeros = padding.iter().all(|&byte| byte == 0);
        if !zeros || padding.len() > usize::from(self.padding) {
            return None;
        }
        let number = self.sequence.read(*head.first()?)?;
        Some((number, self.amount.read(array(head, 1)?)?))
    }

    /// The books `8105` of a meter with this coding, the number in [`Record::sequence`] as a plain count. `None` where it is
    /// not this layout.
    pub fn read_record(self, payload: &[u8]) -> Option<Record> {
        let layout: [u8; 15] = payload.try_into().ok()?;
        let [sequence, ..] = layout;
        let amount = |at| self.amount.read(array(&layout, at)?);
        Some(Record {
            sequence: u8::try_from(self.sequence.read(sequence)?).ok()?,
            last: amount(1)?,
            cumulative: amount(5)?,
            remaining: amount(9)?,
            status: Status(array(&layout, 13)?),
        })
    }

    /// The payload of `8105`. `None` where an amount does not fit.
    pub fn write_record(self, record: &Record) -> Option<Vec<u8>> {
        let mut payload = vec![self.sequence.write(u32::from(record.sequence))];
        for amount in [record.last, record.cumulative, record.remaining] {
            payload.extend(self.amount.write(amount)?);
        }
        payload.extend(record.status.0);
        Some(payload)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const AMOUNTS: [AmountCoding; 4] = [
        AmountCoding::BcdLowFirst,
        AmountCoding::BcdHighFirst,
        AmountCoding::BinaryLowFirst,
        AmountCoding::BinaryHighFirst,
    ];

    #[test]
    fn the_volume_dialect_is_that_of_the_reference() {
        assert_eq!(
            PurchaseLayout::VOLUME.write(1, 100).unwrap(),
            [1, 0, 0, 0, 0x64]
        );
        assert_eq!(
            PurchaseLayout::default().write(3, 10_000).unwrap(),
            [3, 0, 0, 1, 0]
        );
    }

    #[test]
    fn a_sequence_wraps_at_its_own_end() {
        let (binary, digits) = (SequenceCoding::Binary, SequenceCoding::Bcd);
        assert_eq!(
            (binary.next(255), binary.next(99), binary.write(256)),
            (0, 100, 0)
        );
        assert_eq!(
            (digits.next(99), digits.write(99), digits.write(100)),
            (0, 0x99, 0)
        );
        assert_eq!((digits.read(0x99), digits.read(0x9A)), (Some(99), None));
    }

    proptest! {
        #[test]
        fn purchases_and_books_come_back_in_every_coding(
            number in 0u32..100, last in 0u32..=99_999_999, remaining in 0u32..=99_999_999, padding in 0u8..4, bcd: bool,
        ) {
            for amount in AMOUNTS {
                let sequence = if bcd { SequenceCoding::Bcd } else { SequenceCoding::Binary };
                let layout = PurchaseLayout { amount, sequence, padding };
                prop_assert_eq!(layout.read(&layout.write(number, last).unwrap()), Some((number, last)));
                let record = Record { sequence: number as u8, last, cumulative: last, remaining, status: Status([1, 2]) };
                prop_assert_eq!(layout.read_record(&layout.write_record(&record).unwrap()), Some(record));
            }
        }

        #[test]
        fn a_number_too_large_is_refused_and_never_cut(number: u32) {
            for amount in AMOUNTS {
                prop_assert_eq!(amount.write(number).is_some(), number <= amount.most());
            }
        }
    }
}
