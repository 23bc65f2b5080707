//! A meter's clock as a person reads of it: what an order about it found.

use serde_json::Value;

use super::words::Language;

/// How far the clock is off the tenant's time, what it showed, and what it was off before it was set; `None` where nothing of it is known.
pub(super) fn clock_words(words: Language, result: &Value) -> Option<String> {
    let seconds = |name: &str| result[name].as_i64();
    let mut parts = Vec::new();
    if let Some(ahead) = seconds("ahead") {
        let off = match ahead {
            0 => words.t("as the district's time").to_owned(),
            1.. => format!("{} {ahead} s", words.t("fast by")),
            _ => format!("{} {} s", words.t("slow by"), ahead.unsigned_abs()),
        };
        parts.push(match seconds("within") {
            Some(within) => format!("{off} (± {within} s)"),
            None => off,
        });
    }
    if let Some(clock) = result["clock"].as_str() {
        parts.push(format!("{} {clock}", words.t("it showed")));
    }
    if let Some(was) = seconds("was") {
        parts.push(format!("{} {was:+} s", words.t("off before")));
    }
    (!parts.is_empty()).then(|| parts.join(", "))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_drift_is_told_in_both_languages() {
        let told = |words, result| clock_words(words, &result).expect("words");
        let checked = json!({ "clock": "2026-11-24 12:00:07", "ahead": 7, "within": 1 });
        assert_eq!(
            told(Language::English, checked.clone()),
            "fast by 7 s (± 1 s), it showed 2026-11-24 12:00:07"
        );
        assert!(told(Language::Chinese, checked).starts_with("快 7 s"));
        let set = json!({ "ahead": 0, "was": -400 });
        assert_eq!(
            told(Language::English, set),
            "as the district's time, off before -400 s"
        );
        let behind = json!({ "ahead": -3 });
        assert_eq!(told(Language::English, behind), "slow by 3 s");
        assert_eq!(clock_words(Language::English, &json!({})), None);
    }
}
