//! What a code says (`docs/codes.md`). Nothing in it is believed: a number is one that somebody could have typed, and a receipt is looked at
//! by whoever has the log.

use meterpost_ledger::QR_PREFIX;

/// What stands before the number in the code of a meter. Letters may be large as well, so that a QR code stays small.
pub const METER_PREFIX: &str = "meterpost:meter/";

/// How many digits the number of a meter has.
const DIGITS: std::ops::RangeInclusive<usize> = 4..=14;

/// A code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Code {
    /// A meter's number, as its label or a letter says it.
    Meter(String),
    /// The proof on a receipt, as it was scanned.
    Receipt(String),
    /// Something else.
    Other,
}

impl Code {
    /// What a line of the scanner says.
    pub fn read(line: &str) -> Code {
        if line.starts_with(QR_PREFIX) {
            return Code::Receipt(line.to_owned());
        }
        let number = match line.get(..METER_PREFIX.len()) {
            Some(prefix) if prefix.eq_ignore_ascii_case(METER_PREFIX) => {
                &line[METER_PREFIX.len()..]
            }
            _ => line,
        };
        let is_number =
            DIGITS.contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit());
        match is_number {
            true => Code::Meter(number.to_owned()),
            false => Code::Other,
        }
    }

    /// Its kind in English, for entries: whose it is stands in none.
    pub fn kind(&self) -> &'static str {
        match self {
            Code::Meter(_) => "the number of a meter",
            Code::Receipt(_) => "a receipt",
            Code::Other => "none of ours",
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_number_alone_and_one_behind_the_prefix_are_the_same() {
        let meter = Code::Meter("260305510012".into());
        for line in [
            "260305510012",
            "meterpost:meter/260305510012",
            "METERPOST:METER/260305510012",
        ] {
            assert_eq!(Code::read(line), meter, "{line}");
        }
    }

    #[test]
    fn a_receipt_is_handed_on_as_it_was_scanned() {
        assert_eq!(
            Code::read("MP1:6BF+70 8DT"),
            Code::Receipt("MP1:6BF+70 8DT".into())
        );
    }

    #[test]
    fn what_is_no_number_of_a_meter_is_something_else() {
        for line in [
            "123",
            "123456789012345",
            "meterpost:meter/",
            "meterpost:meter/12a4",
            "meterpost:meter/1234/5678",
            "meterpost:card/1234",
            "mp1:6BF",
            "https://example.org/260305510012",
            "２６０３０５",
            "WIFI:S:home;P:secret;;",
        ] {
            assert_eq!(Code::read(line), Code::Other, "{line}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_and_a_number_has_digits_alone(line in ".{0,60}") {
            if let Code::Meter(number) = Code::read(&line) {
                prop_assert!(DIGITS.contains(&number.len()));
                prop_assert!(number.bytes().all(|b| b.is_ascii_digit()));
                prop_assert!(line.ends_with(&number));
            }
        }

        #[test]
        fn every_number_of_a_meter_is_found_again(number in "[0-9]{4,14}") {
            prop_assert_eq!(Code::read(&format!("{METER_PREFIX}{number}")), Code::Meter(number.clone()));
            prop_assert_eq!(Code::read(&number), Code::Meter(number));
        }
    }
}
