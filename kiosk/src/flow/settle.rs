//! What is due for a sale, as a decision table over what the ledger says of it.
//!
//! The table serves the resident's own session and the recovery after a power cut alike: both ask it again after every step,
//! so there is one way to bring a sale to its end.

use meterpost_ledger::{DeliveryState, Money, Payment, Sale, Slip, SlipOutcome};

/// What the flow knows beside the ledger when it asks what is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Circumstances {
    /// The resident may still insert notes, or waits for a payment without cash.
    pub paying: bool,
    /// The validator may still say what became of the note in its path.
    pub note_may_resolve: bool,
    /// It is time to ask the meter about a delivery whose outcome is not known.
    pub retry: bool,
    /// It is time to try again to print a claim that is not on paper yet, though nobody waits for it.
    pub reprint: bool,
    /// The printer says that it can print.
    pub printer_ready: bool,
    /// A resident waits for the slip.
    pub attended: bool,
}

/// The next thing to do for a sale.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// Wait for the validator's word on the note in its path.
    AwaitNote,
    /// The validator did not say what became of the note: it is in doubt.
    DoubtNote,
    /// Say that a payment without cash came to nothing: nobody waits for it any more.
    EndPayment,
    /// Read the meter back, to learn what became of the delivery.
    Judge,
    /// Send all that is in suspense to the meter.
    Deliver,
    /// Owe what was paid beside a delivery that is not known: its purchase number is not free for another amount.
    OweRest,
    /// Close a slip that a power cut left open, as unknown.
    ForgetSlip(Slip),
    /// Print.
    Print(Slip, u32),
    /// Nothing more for the resident.
    Close,
    /// Nothing now.
    Nothing,
}

/// The decision table. The first row that fits decides.
pub fn due(sale: &Sale, now: Circumstances) -> Due {
    let delivery = sale.last_delivery().map(|d| &d.state);
    if now.paying {
        return Due::Nothing;
    }
    if sale.open_note.is_some() {
        return if now.note_may_resolve {
            Due::AwaitNote
        } else {
            Due::DoubtNote
        };
    }
    if sale.payment.as_ref().is_some_and(Payment::is_asked) {
        return Due::EndPayment;
    }
    match delivery {
        Some(DeliveryState::Intended) => return Due::Judge,
        Some(DeliveryState::Unknown(_)) if now.retry => return Due::Judge,
        // A note that came out of the validator's path late.
        Some(DeliveryState::Unknown(_)) if sale.suspense > Money::ZERO => return Due::OweRest,
        Some(DeliveryState::Unknown(_)) => {}
        Some(DeliveryState::Applied(_) | DeliveryState::Voided(_)) | None => {
            if sale.suspense > Money::ZERO {
                return Due::Deliver;
            }
        }
    }
    match slip_due(sale, now) {
        Some(step) => step,
        None if !sale.closed => Due::Close,
        None => Due::Nothing,
    }
}

/// The slip that says how the sale stands.
pub fn slip_wanted(sale: &Sale) -> Option<Slip> {
    if sale.owed > Money::ZERO || sale.in_doubt > Money::ZERO {
        Some(Slip::Claim)
    } else if sale.delivery_open() {
        Some(Slip::Pending)
    } else if sale.credited > Money::ZERO {
        Some(Slip::Receipt)
    } else {
        None
    }
}

fn slip_due(sale: &Sale, now: Circumstances) -> Option<Due> {
    if let Some(open) = sale.slips.last().filter(|s| s.outcome.is_none()) {
        return Some(Due::ForgetSlip(open.slip));
    }
    let wanted = slip_wanted(sale)?;
    // Nobody stands there to take a receipt once the sale is closed; a claim must be on paper whenever paper is back.
    let wanted_unattended = match wanted {
        Slip::Receipt => false,
        Slip::Pending => true,
        Slip::Claim => !printed(sale, Slip::Pending),
    };
    if sale.closed && !wanted_unattended {
        return None;
    }
    // A copy that failed later takes nothing from the slip that is out.
    if printed(sale, wanted) {
        return None;
    }
    let tried: Vec<_> = sale.slips.iter().filter(|s| s.slip == wanted).collect();
    match tried.last().and_then(|s| s.outcome.as_ref()) {
        None => Some(Due::Print(wanted, 0)),
        Some(SlipOutcome::Printed) => None,
        // It may lie in the tray already, so the next one says that it is a copy. One copy of a receipt is enough; a claim
        // is printed until the printer confirms one.
        Some(SlipOutcome::Unknown(_)) => {
            let copy = tried.last().map_or(0, |s| s.copy);
            let again = match wanted {
                Slip::Receipt => copy == 0,
                Slip::Claim | Slip::Pending if sale.closed => now.reprint && now.printer_ready,
                Slip::Claim | Slip::Pending => tried.len() < MOST_TRIES,
            };
            again.then_some(Due::Print(wanted, copy.saturating_add(1)))
        }
        Some(SlipOutcome::NotPrinted(_)) => {
            let copy = tried.last().map_or(0, |s| s.copy);
            let again = if sale.closed {
                now.reprint
            } else {
                now.attended && tried.len() < MOST_TRIES
            };
            (now.printer_ready && again).then_some(Due::Print(wanted, copy))
        }
    }
}

/// A slip that fails in front of the resident is tried so often; after that the screen asks to write the reference down.
const MOST_TRIES: usize = 3;

fn printed(sale: &Sale, slip: Slip) -> bool {
    sale.slips
        .iter()
        .any(|s| s.slip == slip && s.outcome == Some(SlipOutcome::Printed))
}
