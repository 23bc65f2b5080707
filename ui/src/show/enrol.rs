//! The screen of a new terminal.

use slint::Global;

use super::text;
use crate::generated as glass;
use crate::generated::{AppWindow, EnrolAdapter, ScreenName};
use crate::qr;
use crate::view::{EnrolState, EnrolView};

pub(super) fn enrol(app: &AppWindow, view: &EnrolView) -> ScreenName {
    let adapter = EnrolAdapter::get(app);
    adapter.set_terminal(text(&view.terminal));
    adapter.set_code(text(&view.code));
    let picture = view.picture.as_ref().and_then(qr::picture);
    adapter.set_picture(picture.unwrap_or_default());
    let (state, detail) = match &view.state {
        EnrolState::Waiting => (glass::EnrolState::Waiting, ""),
        EnrolState::Away(why) => (glass::EnrolState::Away, why.as_str()),
        EnrolState::Enrolled => (glass::EnrolState::Enrolled, ""),
        EnrolState::Refused => (glass::EnrolState::Refused, ""),
        EnrolState::Failed(why) => (glass::EnrolState::Failed, why.as_str()),
    };
    adapter.set_detail(text(detail));
    adapter.set_state(state);
    ScreenName::Enrol
}
