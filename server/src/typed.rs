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

#[cfg(test)]
mod tests {
    use super::with_places;

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
