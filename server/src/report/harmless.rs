//! Text that a spreadsheet would carry out instead of showing it (OWASP ASVS 5.0 §1.2.10).

use std::borrow::Cow;

/// A cell's text, harmless: one that begins like a formula gets an apostrophe in front, which spreadsheets take for "this is text".
/// A NUL, which ends the text for some programs so that something else begins there, becomes the replacement character.
pub fn harmless(text: &str) -> Cow<'_, str> {
    let risky = |c: char| {
        matches!(
            c,
            '=' | '+' | '-' | '@' | '\t' | '\r' | '\0' | '\n' | '＝' | '＋' | '－' | '＠'
        )
    };
    // Programs cut white space off before they look; what stands behind it counts.
    let begins = text.trim_start_matches([' ', '\u{feff}', '\u{a0}', '\u{3000}']);
    let begins_risky = text.starts_with(risky) || begins.starts_with(risky);
    match (begins_risky, text.contains('\0')) {
        (false, false) => Cow::Borrowed(text),
        (risky, _) => {
            let quote = if risky { "'" } else { "" };
            Cow::Owned(format!("{quote}{}", text.replace('\0', "\u{fffd}")))
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_would_be_carried_out_is_text() {
        for text in [
            "=1+1",
            "+1",
            "-1",
            "@x",
            "\tx",
            "\rx",
            "\0=x",
            "=cmd|'/C calc'!A1",
            " =1",
            "＝1",
        ] {
            assert!(harmless(text).starts_with('\''), "{text:?}");
        }
        for text in ["", "3栋1201", "a=b", "'x", "王小明", "1-2"] {
            assert_eq!(harmless(text), text);
        }
        assert_eq!(harmless("a\0=b"), "a\u{fffd}=b");
    }

    proptest! {
        #[test]
        fn no_text_begins_like_a_formula_and_none_is_lost(text in "[ =+@\t\r\n\0a-]{0,4}\\PC{0,20}") {
            let written = harmless(&text);
            let first = written.chars().next();
            prop_assert!(!first.is_some_and(|c| "=+-@\t\r\0".contains(c)), "{:?}", written);
            prop_assert!(!written.contains('\0'));
            let kept = written.strip_prefix('\'').filter(|_| !text.starts_with('\'')).unwrap_or(&written);
            prop_assert_eq!(kept, text.replace('\0', "\u{fffd}"));
        }
    }
}
