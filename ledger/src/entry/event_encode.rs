//! Writing an event: an array of its number and its fields.

use super::encode::{Writer, Written};
use super::{kept_encode, payment};
use crate::event::{
    Event, MeterPurse, MeterRef, NoteEvidence, NoteReturn, SaleId, Slip, SlipOutcome,
};
use crate::money::Money;

pub(crate) fn event(w: &mut Writer, event: &Event) -> Written {
    match event {
        Event::LogCreated { software } => text_event(w, 0, software),
        Event::Started { software } => text_event(w, 1, software),
        Event::SaleOpened { .. } => sale_event(w, event),
        Event::NoteOffered { .. }
        | Event::NoteStacked { .. }
        | Event::NoteAcknowledged
        | Event::NoteReturned { .. }
        | Event::NoteInDoubt { .. }
        | Event::DoubtEnded { .. } => note_event(w, event),
        Event::DeliveryIntended { .. }
        | Event::DeliveryApplied { .. }
        | Event::DeliveryVoided { .. }
        | Event::DeliveryUnknown { .. } => delivery_event(w, event),
        Event::PaymentAsked { .. } | Event::PaymentTaken { .. } | Event::PaymentEnded { .. } => {
            payment::write_event(w, event)
        }
        Event::ClaimIssued { .. } | Event::SaleClosed { .. } => sale_event(w, event),
        Event::SlipIntended { .. } | Event::SlipDone { .. } => slip_event(w, event),
        Event::DeviceChanged { device, state } => w.array(3)?.u8(16)?.str(device)?.str(state)?.ok(),
        Event::CashBoxRemoved => w.array(1)?.u8(17)?.ok(),
        Event::CashBoxReplaced => w.array(1)?.u8(18)?.ok(),
        Event::BooksStated { .. }
        | Event::Contact { .. }
        | Event::BulletinApplied { .. }
        | Event::KeyRotated { .. }
        | Event::CommandEnded { .. }
        | Event::StaffActed { .. }
        | Event::ClockStepped { .. } => kept_encode::log_event(w, event),
        Event::Collected { .. } | Event::CollectionCounted { .. } => {
            kept_encode::collection_event(w, event)
        }
    }
}

fn text_event(w: &mut Writer, code: u8, text: &str) -> Written {
    w.array(2)?.u8(code)?.str(text)?.ok()
}

fn sale_event(w: &mut Writer, event: &Event) -> Written {
    match event {
        Event::SaleOpened {
            sale,
            meter,
            target,
            before,
            card,
        } => {
            // A sale without a card is written as before there were any.
            w.array(if card.is_some() { 6 } else { 5 })?;
            w.u8(2)?.u64(sale.0)?;
            meter_ref(w, meter)?;
            w.i64(target.0)?;
            purse(w, before)?;
            match card {
                Some(card) => w.str(&card.0)?.ok(),
                None => Ok(()),
            }
        }
        Event::ClaimIssued {
            sale,
            amount,
            reason,
        } => {
            w.array(4)?.u8(12)?.u64(sale.0)?;
            w.i64(amount.0)?.str(reason)?.ok()
        }
        Event::SaleClosed { sale } => w.array(2)?.u8(15)?.u64(sale.0)?.ok(),
        _ => wrong_group(),
    }
}

fn note_event(w: &mut Writer, event: &Event) -> Written {
    match event {
        Event::NoteOffered { sale, note, value } => {
            w.array(4)?.u8(3)?.u64(sale.0)?.u64(note.0)?;
            w.i64(value.0)?.ok()
        }
        Event::NoteStacked {
            sale,
            note,
            value,
            evidence,
        } => {
            w.array(5)?.u8(4)?;
            optional_number(w, sale.map(|SaleId(number)| number))?;
            optional_number(w, note.map(|note| note.0))?;
            w.i64(value.0)?.u8(evidence_code(*evidence))?.ok()
        }
        Event::NoteAcknowledged => w.array(1)?.u8(5)?.ok(),
        Event::NoteReturned { note, reason } => {
            let reason = match reason {
                NoteReturn::Rejected => 0,
                NoteReturn::PowerUp => 1,
                NoteReturn::NeverCredited => 2,
            };
            w.array(3)?.u8(6)?.u64(note.0)?.u8(reason)?.ok()
        }
        Event::NoteInDoubt { note } => w.array(2)?.u8(7)?.u64(note.0)?.ok(),
        Event::DoubtEnded { note, evidence } => {
            w.array(3)?.u8(19)?.u64(note.0)?;
            w.u8(evidence_code(*evidence))?.ok()
        }
        _ => wrong_group(),
    }
}

pub(crate) fn evidence_code(evidence: NoteEvidence) -> u8 {
    match evidence {
        NoteEvidence::Credit => 0,
        NoteEvidence::PowerUp => 1,
    }
}

fn delivery_event(w: &mut Writer, event: &Event) -> Written {
    match event {
        Event::DeliveryIntended {
            sale,
            number,
            amount,
            before,
        } => {
            w.array(5)?.u8(8)?.u64(sale.0)?.u32(*number)?;
            w.i64(amount.0)?;
            purse(w, before)
        }
        Event::DeliveryApplied {
            sale,
            number,
            after,
        } => {
            w.array(4)?.u8(9)?.u64(sale.0)?.u32(*number)?;
            purse(w, after)
        }
        Event::DeliveryVoided {
            sale,
            number,
            reason,
        } => open_end(w, 10, *sale, *number, reason),
        Event::DeliveryUnknown {
            sale,
            number,
            reason,
        } => open_end(w, 11, *sale, *number, reason),
        _ => wrong_group(),
    }
}

fn open_end(w: &mut Writer, code: u8, sale: SaleId, number: u32, reason: &str) -> Written {
    w.array(4)?.u8(code)?.u64(sale.0)?;
    w.u32(number)?.str(reason)?.ok()
}

fn slip_event(w: &mut Writer, event: &Event) -> Written {
    match event {
        Event::SlipIntended {
            sale,
            slip,
            copy,
            amount,
        } => {
            w.array(if amount.is_some() { 5 } else { 4 })?;
            w.u8(13)?.u64(sale.0)?;
            w.u8(slip_code(*slip))?.u32(*copy)?;
            match amount {
                Some(amount) => w.i64(amount.0)?.ok(),
                None => Ok(()),
            }
        }
        Event::SlipDone {
            sale,
            slip,
            outcome,
        } => {
            w.array(4)?.u8(14)?.u64(sale.0)?;
            w.u8(slip_code(*slip))?;
            slip_outcome(w, outcome)
        }
        _ => wrong_group(),
    }
}

pub(crate) fn slip_outcome(w: &mut Writer, outcome: &SlipOutcome) -> Written {
    match outcome {
        SlipOutcome::Printed => w.array(1)?.u8(0)?.ok(),
        SlipOutcome::NotPrinted(why) => text_event(w, 1, why),
        SlipOutcome::Unknown(why) => text_event(w, 2, why),
    }
}

pub(crate) fn slip_code(slip: Slip) -> u8 {
    match slip {
        Slip::Receipt => 0,
        Slip::Claim => 1,
        Slip::Pending => 2,
    }
}

pub(crate) fn meter_ref(w: &mut Writer, meter: &MeterRef) -> Written {
    w.array(3)?.str(&meter.number)?;
    w.str(&meter.utility)?.str(&meter.profile)?.ok()
}

pub(crate) fn purse(w: &mut Writer, purse: &MeterPurse) -> Written {
    w.array(4)?.u32(purse.purchase_number)?;
    w.i64(purse.balance.0)?;
    optional_money(w, purse.last_amount)?;
    optional_money(w, purse.cumulative)
}

pub(crate) fn optional_number(w: &mut Writer, number: Option<u64>) -> Written {
    match number {
        Some(number) => w.u64(number)?.ok(),
        None => w.null()?.ok(),
    }
}

pub(crate) fn optional_money(w: &mut Writer, money: Option<Money>) -> Written {
    match money {
        Some(money) => w.i64(money.0)?.ok(),
        None => w.null()?.ok(),
    }
}

/// Cannot be reached from [`event`]; an error all the same rather than a panic.
pub(super) fn wrong_group() -> Written {
    Err(minicbor::encode::Error::message("event in the wrong group"))
}
