//! Which meter: by its number, or one of the card's.

use meterpost_ui::view::{MeterChoice, NumberProblem, Screen, Utility};

use super::{ELECTRICITY, WATER};

pub fn number(entry: &str, problem: Option<NumberProblem>) -> Screen {
    Screen::Number {
        entry: entry.into(),
        problem,
        reports_loss: true,
    }
}

pub fn number_states() -> Vec<(&'static str, Screen)> {
    vec![
        ("number-empty", number("", None)),
        ("number-long", number("99999999999999", None)),
        (
            "number-length",
            number("2026081", Some(NumberProblem::Length)),
        ),
        (
            "number-not-found",
            number(ELECTRICITY, Some(NumberProblem::NotFound)),
        ),
        (
            "number-no-answer",
            number(WATER, Some(NumberProblem::NoAnswer)),
        ),
        (
            "number-card-unread",
            number("", Some(NumberProblem::CardUnread)),
        ),
        (
            "number-card-unknown",
            number("", Some(NumberProblem::CardUnknown)),
        ),
        (
            "number-card-invalid",
            number("", Some(NumberProblem::CardInvalid)),
        ),
        (
            "number-code-unknown",
            number(WATER, Some(NumberProblem::CodeUnknown)),
        ),
        (
            "number-receipt-elsewhere",
            number("", Some(NumberProblem::ReceiptElsewhere)),
        ),
        (
            "number-not-here",
            number(WATER, Some(NumberProblem::NotHere)),
        ),
        (
            "number-not-prepaid",
            number(WATER, Some(NumberProblem::NotPrepaid)),
        ),
    ]
}

/// As many meters as a screen has room for, each of its own kind as far as there are kinds.
pub fn choices() -> Vec<MeterChoice> {
    let utilities = [
        Utility::Electricity,
        Utility::Water,
        Utility::HotWater,
        Utility::Gas,
        Utility::Heat,
        Utility::Water,
    ];
    let choice = |utility| MeterChoice {
        number: WATER.into(),
        utility,
        place: "12栋3单元28层28**".into(),
    };
    utilities.into_iter().map(choice).collect()
}

/// Meters in several places.
pub fn elsewhere() -> Vec<MeterChoice> {
    let mut choices = choices();
    for (place, choice) in choices.iter_mut().enumerate() {
        choice.place = format!("12栋3单元28层280{place}");
    }
    choices.truncate(4);
    choices
}
