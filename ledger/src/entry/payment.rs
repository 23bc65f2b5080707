//! Writing and reading what is said of payments without cash.

use super::DecodeError;
use super::decode::{Reader, unknown};
use super::encode::{Writer, Written};
use super::event_decode::sale;
use super::event_encode::wrong_group;
use crate::event::Event;
use crate::payment::{AccountRef, Means, Payment, PaymentEvidence, PaymentOutcome, PaymentState};

pub(super) fn write_event(w: &mut Writer, event: &Event) -> Written {
    match event {
        Event::PaymentAsked {
            sale,
            means,
            amount,
        } => {
            w.array(4)?.u8(28)?.u64(sale.0)?;
            write_means(w, means)?;
            w.i64(amount.0)?.ok()
        }
        Event::PaymentTaken { sale, evidence } => {
            w.array(3)?.u8(29)?.u64(sale.0)?;
            w.u8(evidence_code(*evidence))?.ok()
        }
        Event::PaymentEnded {
            sale,
            means,
            meter,
            amount,
            outcome,
            reason,
        } => {
            w.array(7)?.u8(30)?.u64(sale.0)?;
            write_means(w, means)?;
            w.str(meter)?.i64(amount.0)?;
            w.u8(outcome_code(*outcome))?.str(reason)?.ok()
        }
        _ => wrong_group(),
    }
}

pub(super) fn read_event(r: &mut Reader, code: u8) -> Result<Event, DecodeError> {
    Ok(match code {
        28 => Event::PaymentAsked {
            sale: sale(r)?,
            means: read_means(r)?,
            amount: r.money()?,
        },
        29 => Event::PaymentTaken {
            sale: sale(r)?,
            evidence: read_evidence(r)?,
        },
        30 => Event::PaymentEnded {
            sale: sale(r)?,
            means: read_means(r)?,
            meter: r.text()?,
            amount: r.money()?,
            outcome: read_outcome(r)?,
            reason: r.text()?,
        },
        code => return Err(unknown("event", code)),
    })
}

/// As the books keep it.
pub(crate) fn write_payment(w: &mut Writer, payment: &Payment) -> Written {
    w.array(3)?;
    write_means(w, &payment.means)?;
    w.i64(payment.amount.0)?;
    match payment.state {
        PaymentState::Asked => w.array(1)?.u8(0)?.ok(),
        PaymentState::Taken(evidence) => w.array(2)?.u8(1)?.u8(evidence_code(evidence))?.ok(),
        PaymentState::Ended(outcome) => w.array(2)?.u8(2)?.u8(outcome_code(outcome))?.ok(),
    }
}

pub(crate) fn read_payment(r: &mut Reader) -> Result<Payment, DecodeError> {
    r.array_of(3)?;
    let (means, amount) = (read_means(r)?, r.money()?);
    r.array()?;
    let state = match r.u8()? {
        0 => PaymentState::Asked,
        1 => PaymentState::Taken(read_evidence(r)?),
        2 => PaymentState::Ended(read_outcome(r)?),
        code => return Err(unknown("payment state", code)),
    };
    Ok(Payment {
        means,
        amount,
        state,
    })
}

/// A wallet is named by its account; without one it is paid by QR code.
fn write_means(w: &mut Writer, means: &Means) -> Written {
    match means {
        Means::Wallet(account) => w.str(&account.0)?.ok(),
        Means::Code => w.null()?.ok(),
    }
}

fn read_means(r: &mut Reader) -> Result<Means, DecodeError> {
    let account = r.optional(Reader::text)?;
    Ok(account.map_or(Means::Code, |account| Means::Wallet(AccountRef(account))))
}

fn evidence_code(evidence: PaymentEvidence) -> u8 {
    match evidence {
        PaymentEvidence::Server => 0,
        PaymentEvidence::Offline => 1,
    }
}

fn read_evidence(r: &mut Reader) -> Result<PaymentEvidence, DecodeError> {
    match r.u8()? {
        0 => Ok(PaymentEvidence::Server),
        1 => Ok(PaymentEvidence::Offline),
        code => Err(unknown("payment evidence", code)),
    }
}

fn outcome_code(outcome: PaymentOutcome) -> u8 {
    match outcome {
        PaymentOutcome::Refused => 0,
        PaymentOutcome::Returned => 1,
        PaymentOutcome::Delivered => 2,
    }
}

fn read_outcome(r: &mut Reader) -> Result<PaymentOutcome, DecodeError> {
    match r.u8()? {
        0 => Ok(PaymentOutcome::Refused),
        1 => Ok(PaymentOutcome::Returned),
        2 => Ok(PaymentOutcome::Delivered),
        code => Err(unknown("payment outcome", code)),
    }
}
