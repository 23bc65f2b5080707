//! A new terminal.

use meterpost_ui::view::{EnrolState, EnrolView, PayingStep, Screen};

use super::pay;

pub fn enrol(state: EnrolState) -> Screen {
    let PayingStep::Scan { code, .. } = pay::scan() else {
        panic!("the sample has a code");
    };
    Screen::Enrol(EnrolView {
        terminal: "K1".into(),
        // As wide as a code can be.
        code: "WMWM-MWMW".into(),
        picture: Some(code),
        state,
    })
}

pub fn enrol_states() -> Vec<(&'static str, Screen)> {
    let why = "https://meters.example.org:8443: connection refused";
    vec![
        ("enrol-away", enrol(EnrolState::Away(why.into()))),
        ("enrol-enrolled", enrol(EnrolState::Enrolled)),
        ("enrol-refused", enrol(EnrolState::Refused)),
        ("enrol-failed", enrol(EnrolState::Failed(why.into()))),
    ]
}
