//! The names of boundaries.

use meterpost_ledger::Event;

use crate::flow::{Effect, Input};

/// The name of an input that reports what an act in the world led to; `None` for the rest.
pub(super) fn outcome_name(input: &Input) -> Option<String> {
    match input {
        Input::Cash(event) => Some(format!("{event:?}")),
        Input::Card(_) | Input::Scanner(_) => None,
        Input::Printed(outcome) => Some(format!("Printed({outcome:?})")),
        Input::Paid(event) => Some(format!("Paid({event:?})")),
        Input::Loss(_, answer) => Some(format!("Loss({answer:?})")),
        Input::MeterRead(result) => Some(format!("MeterRead(ok: {})", result.is_ok())),
        Input::Credited(outcome) => Some(format!("Credited({outcome:?})")),
        Input::ActDone(_, act, result) => Some(format!("ActDone({act:?}, ok: {})", result.is_ok())),
        Input::Tick
        | Input::Command(..)
        | Input::Person(_)
        | Input::Printer(_)
        | Input::Bus(_)
        | Input::Server(_)
        | Input::Served(_)
        | Input::Speech(_)
        | Input::UseRead(..)
        | Input::Recalled(_)
        | Input::ReceiptFound(_)
        | Input::LedgerFailed(_) => None,
    }
}

/// The name of an effect that changes the world; `None` for what only looks, where a power cut is one like any other.
pub(super) fn effect_name(effect: &Effect) -> Option<String> {
    Some(match effect {
        Effect::Record(events) => {
            let kinds: Vec<String> = events.iter().map(event_kind).collect();
            format!("Record({})", kinds.join("+"))
        }
        Effect::SyncHead => "SyncHead".into(),
        Effect::Cash(command) => format!("Cash({command:?})"),
        Effect::ReadMeter(_) => "ReadMeter".into(),
        Effect::Credit(..) => "Credit".into(),
        Effect::Judge(..) => "Judge".into(),
        Effect::ReadUse(_) | Effect::CallOffUse | Effect::Recall(_) | Effect::FindReceipt(_) => {
            return None;
        }
        Effect::Print(_, slip, copy) => format!("Print({slip:?} copy {copy})"),
        Effect::Pay(order) => format!("Pay({order:?})"),
        Effect::ReportLoss(_) => "ReportLoss".into(),
        Effect::Act(_, act) => format!("Act({act:?})"),
        Effect::Card(command) => format!("Card({command:?})"),
        Effect::Service(job) => format!("Service({job:?})"),
    })
}

/// The variant's name, without its content.
fn event_kind(event: &Event) -> String {
    let text = format!("{event:?}");
    text.split([' ', '{', '('])
        .next()
        .unwrap_or_default()
        .to_owned()
}
