//! Amounts as people type them.

use std::borrow::Cow;

/// An amount with two places, where it was typed without any: `50` is `50.00`. Whatever else was typed stays as it is, for
/// whoever reads it to refuse.
pub(crate) fn with_places(text: &str) -> Cow<'_, str> {
    match !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        true => Cow::Owned(format!("{text}.00")),
        false => Cow::Borrowed(text),
    }
}

/// A quantity as people type it, in units with up to four places; in 1/10000 of the unit.
pub(crate) fn units(text: &str) -> Option<i64> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || whole.len() > 12 || part.len() > 4 || !digits(whole) || !digits(part) {
        return None;
    }
    format!("{whole}{part:0<4}").parse().ok()
}

/// A quantity in 1/10000 of the unit, as people read it.
pub(crate) fn units_text(amount: i64) -> String {
    format!("{}.{:04}", amount / 10_000, amount % 10_000)
}

#[cfg(test)]
mod tests {
    use super::{units, units_text, with_places};

    #[test]
    fn a_quantity_is_read_as_it_was_typed() {
        for (text, amount) in [("12", 120_000), ("0.005", 50), ("515.25", 5_152_500)] {
            assert_eq!(units(text), Some(amount));
            assert_eq!(units(&units_text(amount)), Some(amount));
        }
    }

    #[test]
    fn only_a_whole_number_gets_places() {
        for (text, read) in [
            ("50", "50.00"),
            ("0", "0.00"),
            ("50.5", "50.5"),
            ("", ""),
            ("-5", "-5"),
            ("5e3", "5e3"),
        ] {
            assert_eq!(with_places(text), read);
        }
    }
}
