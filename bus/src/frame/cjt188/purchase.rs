//! Purchases: the record `8105` and the write `A013`.

use super::status::Status;
use crate::frame::bytes::{array, bcd_to_u64, u64_to_bcd};

/// The meter's books, the payload of an `8105` answer (L=12h).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record {
    /// The sequence byte of the last purchase; wraps at 256.
    pub sequence: u8,
    /// The last purchase in hundredths of the currency.
    pub last: u32,
    /// All purchases together.
    pub cumulative: u32,
    /// What is left.
    pub remaining: u32,
    /// The status word.
    pub status: Status,
}

impl Record {
    /// Reads the payload. `None` where it is not this layout.
    pub fn parse(payload: &[u8]) -> Option<Self> {
        let layout: [u8; 15] = payload.try_into().ok()?;
        let money = |at| u32::try_from(bcd_to_u64(&array::<4>(&layout, at)?)?).ok();
        let [sequence, ..] = layout;
        Some(Record {
            sequence,
            last: money(1)?,
            cumulative: money(5)?,
            remaining: money(9)?,
            status: Status(array(&layout, 13)?),
        })
    }

    /// The payload. `None` if an amount has more than eight digits.
    pub fn to_payload(self) -> Option<[u8; 15]> {
        let mut payload = [0; 15];
        let money = |value| u64_to_bcd::<4>(u64::from(value));
        let head = [self.sequence];
        let (last, cumulative, remaining) = (
            money(self.last)?,
            money(self.cumulative)?,
            money(self.remaining)?,
        );
        let parts: [&[u8]; 5] = [&head, &last, &cumulative, &remaining, &self.status.0];
        for (to, from) in payload.iter_mut().zip(parts.into_iter().flatten()) {
            *to = *from;
        }
        Some(payload)
    }
}

/// The payload of `A013` and of its echo (L=8).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Purchase {
    /// The sequence byte this purchase makes.
    pub sequence: u8,
    /// The amount in hundredths of the currency, at most [`Purchase::MOST`].
    pub amount: u32,
}

impl Purchase {
    /// The largest amount eight digits can tell.
    pub const MOST: u32 = 99_999_999;

    /// Reads the payload. `None` where it is not this layout.
    pub fn parse(payload: &[u8]) -> Option<Self> {
        let layout: [u8; 5] = payload.try_into().ok()?;
        let [sequence, ..] = layout;
        Some(Purchase {
            sequence,
            amount: u32::try_from(bcd_to_u64(&array::<4>(&layout, 1)?)?).ok()?,
        })
    }

    /// The payload. `None` if the amount has more than eight digits.
    pub fn to_payload(self) -> Option<[u8; 5]> {
        let [a, b, c, d] = u64_to_bcd::<4>(u64::from(self.amount))?;
        Some([self.sequence, a, b, c, d])
    }
}

/// A known dialect of `A013`: a volume in tenths of a cubic metre, binary with the high byte first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VolumePurchase {
    /// The sequence byte this purchase makes.
    pub sequence: u8,
    /// The volume in tenths of a cubic metre.
    pub tenths: u32,
}

impl VolumePurchase {
    /// Reads the payload. `None` where it has another length.
    pub fn parse(payload: &[u8]) -> Option<Self> {
        let layout: [u8; 5] = payload.try_into().ok()?;
        let [sequence, ..] = layout;
        Some(VolumePurchase {
            sequence,
            tenths: u32::from_be_bytes(array(&layout, 1)?),
        })
    }

    /// The payload.
    pub fn to_payload(self) -> [u8; 5] {
        let [a, b, c, d] = self.tenths.to_be_bytes();
        [self.sequence, a, b, c, d]
    }

    /// Whether a payload is more likely this dialect than the standard layout: it has letters among its digits, or the
    /// standard would make it 10 000 or more with no small digits at all. Good enough to explain a frame to a person; a
    /// driver goes by its profile.
    pub fn is_likely(payload: &[u8]) -> bool {
        match (Purchase::parse(payload), payload) {
            (None, [_, _, _, _, _]) => true,
            (Some(standard), [_, low, ..]) => standard.amount >= 1_000_000 && *low == 0,
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_dialect_is_told_by_its_shape() {
        assert!(VolumePurchase::is_likely(&[1, 0, 0, 0, 0x64]));
        assert!(VolumePurchase::is_likely(&[1, 0, 0, 0x01, 0x2C]));
        assert!(!VolumePurchase::is_likely(&[3, 0, 0, 0x01, 0]));
        assert!(!VolumePurchase::is_likely(&[3, 0x50]));
    }

    proptest! {
        #[test]
        fn a_record_comes_back(sequence: u8, last in 0u32..=Purchase::MOST, cumulative in 0u32..=Purchase::MOST,
            remaining in 0u32..=Purchase::MOST, status: [u8; 2]) {
            let record = Record { sequence, last, cumulative, remaining, status: Status(status) };
            prop_assert_eq!(Record::parse(&record.to_payload().unwrap()), Some(record));
        }

        #[test]
        fn a_purchase_comes_back(sequence: u8, amount: u32) {
            let purchase = Purchase { sequence, amount };
            match purchase.to_payload() {
                Some(payload) => prop_assert_eq!(Purchase::parse(&payload), Some(purchase)),
                None => prop_assert!(amount > Purchase::MOST),
            }
        }
    }
}
