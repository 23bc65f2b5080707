//! The screens of a lost card.

use slint::Global;

use super::{seconds, text};
use crate::generated as glass;
use crate::generated::{AppWindow, LossAdapter, ScreenName};
use crate::group::group_by_four;
use crate::view::{LossNumber, LossProblem, LossView};

pub(super) fn loss(app: &AppWindow, view: &LossView) -> ScreenName {
    let adapter = LossAdapter::get(app);
    match view {
        LossView::Entry {
            number,
            entry,
            problem,
            phone,
        } => {
            adapter.set_of_card(*number == LossNumber::Card);
            adapter.set_entry(match number {
                LossNumber::Meter => group_by_four(entry).into(),
                LossNumber::Card => text(entry),
            });
            adapter.set_problem(match problem {
                None => glass::LossProblem::None,
                Some(LossProblem::Length) => glass::LossProblem::Length,
                Some(LossProblem::NotKnown) => glass::LossProblem::NotKnown,
                Some(LossProblem::TooMany) => glass::LossProblem::TooMany,
                Some(LossProblem::NoAnswer) => glass::LossProblem::NoAnswer,
            });
            adapter.set_phone(text(phone));
            ScreenName::Loss
        }
        LossView::Asking => ScreenName::LossAsking,
        LossView::Blocked { phone, closing_in } => {
            adapter.set_phone(text(phone));
            adapter.set_closing_in(seconds(*closing_in));
            adapter.set_counts_down(closing_in.is_some());
            ScreenName::LossBlocked
        }
    }
}
