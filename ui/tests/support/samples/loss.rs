//! A card reported lost.

use meterpost_ui::view::{LossNumber, LossProblem, LossView, Screen};

use super::ELECTRICITY;

const PHONE: &str = "0571-8888 6666";

pub fn entry(number: LossNumber, entry: &str, problem: Option<LossProblem>) -> Screen {
    Screen::Loss(LossView::Entry {
        number,
        entry: entry.into(),
        problem,
        phone: PHONE.into(),
    })
}

pub fn blocked() -> Screen {
    Screen::Loss(LossView::Blocked {
        phone: PHONE.into(),
        closing_in: Some(20),
    })
}

pub fn loss_states() -> Vec<(&'static str, Screen)> {
    use LossNumber::{Card, Meter};
    vec![
        ("loss-meter", entry(Meter, ELECTRICITY, None)),
        (
            "loss-meter-length",
            entry(Meter, "2026", Some(LossProblem::Length)),
        ),
        (
            "loss-card-length",
            entry(Card, "", Some(LossProblem::Length)),
        ),
        (
            "loss-not-known",
            entry(Card, "000123", Some(LossProblem::NotKnown)),
        ),
        (
            "loss-too-many",
            entry(Card, "000123", Some(LossProblem::TooMany)),
        ),
        (
            "loss-no-answer",
            entry(Card, "000123", Some(LossProblem::NoAnswer)),
        ),
    ]
}
