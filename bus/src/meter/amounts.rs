//! Amounts and purchase numbers as CJ/T 188 dialects write them.

use super::profile::{AmountCoding, AmountForm, Sequence};
use crate::amount::Amount;
use crate::frame::bytes::{bcd_to_u64, u64_to_bcd};

/// Four bytes for a positive amount. `None` where the form cannot tell it exactly.
pub(super) fn encode(form: AmountForm, amount: Amount) -> Option<[u8; 4]> {
    let step = step(form)?;
    let units = u64::try_from(amount.0)
        .ok()
        .filter(|value| value % step == 0)?
        / step;
    match form.coding {
        AmountCoding::Bcd => u64_to_bcd::<4>(units),
        AmountCoding::Binary => Some(u32::try_from(units).ok()?.to_le_bytes()),
        AmountCoding::BinaryHighFirst => Some(u32::try_from(units).ok()?.to_be_bytes()),
    }
}

/// The amount of four bytes. `None` where they are no digits.
pub(super) fn decode(form: AmountForm, bytes: [u8; 4]) -> Option<Amount> {
    let units = match form.coding {
        AmountCoding::Bcd => bcd_to_u64(&bytes)?,
        AmountCoding::Binary => u64::from(u32::from_le_bytes(bytes)),
        AmountCoding::BinaryHighFirst => u64::from(u32::from_be_bytes(bytes)),
    };
    i64::try_from(units.checked_mul(step(form)?)?)
        .ok()
        .map(Amount)
}

/// How many hundredths one unit of the last place is. `None` for finer places than hundredths, which no profile has.
fn step(form: AmountForm) -> Option<u64> {
    10u64.checked_pow(2u32.checked_sub(u32::from(form.places))?)
}

/// The sequence byte of a purchase number, which counts on without wrapping.
pub(super) fn sequence_byte(sequence: Sequence, number: u32) -> u8 {
    match sequence {
        Sequence::Byte => (number % 256) as u8,
        Sequence::Bcd => u64_to_bcd::<1>(u64::from(number % 100)).map_or(0, |[byte]| byte),
    }
}

/// The purchase number of a sequence byte. `None` where it is no two digits.
pub(super) fn sequence_number(sequence: Sequence, byte: u8) -> Option<u32> {
    match sequence {
        Sequence::Byte => Some(u32::from(byte)),
        Sequence::Bcd => u32::try_from(bcd_to_u64(&[byte])?).ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TENTHS: AmountForm = AmountForm {
        coding: AmountCoding::BinaryHighFirst,
        places: 1,
    };

    #[test]
    fn the_volume_of_the_known_dialect_is_in_tenths_high_byte_first() {
        assert_eq!(encode(TENTHS, Amount(1_000)), Some([0, 0, 0, 0x64]));
        assert_eq!(decode(TENTHS, [0, 0, 0x01, 0x2C]), Some(Amount(3_000)));
    }

    #[test]
    fn an_amount_between_two_steps_is_not_rounded() {
        assert_eq!(encode(TENTHS, Amount(1_005)), None);
        assert_eq!(encode(AmountForm::default(), Amount(100_000_000)), None);
        assert_eq!(encode(AmountForm::default(), Amount(-1)), None);
    }

    #[test]
    fn a_sequence_of_two_digits_wraps_at_100() {
        assert_eq!(sequence_byte(Sequence::Bcd, 99), 0x99);
        assert_eq!(sequence_byte(Sequence::Bcd, 100), 0x00);
        assert_eq!(sequence_byte(Sequence::Byte, 256), 0x00);
        assert_eq!(sequence_number(Sequence::Bcd, 0x42), Some(42));
        assert_eq!(sequence_number(Sequence::Bcd, 0x4A), None);
    }

    fn any_form() -> impl Strategy<Value = AmountForm> {
        let coding = prop_oneof![
            Just(AmountCoding::Bcd),
            Just(AmountCoding::Binary),
            Just(AmountCoding::BinaryHighFirst)
        ];
        (coding, 0u8..=2).prop_map(|(coding, places)| AmountForm { coding, places })
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(form in any_form(), amount: i64) {
            if let Some(bytes) = encode(form, Amount(amount)) {
                prop_assert_eq!(decode(form, bytes), Some(Amount(amount)));
            }
        }

        #[test]
        fn what_is_read_is_written(form in any_form(), bytes: [u8; 4]) {
            if let Some(amount) = decode(form, bytes) {
                prop_assert_eq!(encode(form, amount), Some(bytes));
            }
        }
    }
}
