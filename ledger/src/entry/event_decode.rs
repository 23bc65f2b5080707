//! Reading an event: an array of its number and its fields.

use super::DecodeError;
use super::decode::{Reader, unknown};
use super::{kept_decode, payment};
use crate::event::{
    CardRef, Event, MeterPurse, MeterRef, NoteEvidence, NoteId, NoteReturn, SaleId, Slip,
    SlipOutcome,
};

pub(crate) fn event(r: &mut Reader) -> Result<Event, DecodeError> {
    // A wrong length cannot survive re-encoding; only what was added later is told by it.
    let fields = r.array()?;
    let code = r.u8()?;
    let event = match code {
        0 => Event::LogCreated {
            software: r.text()?,
        },
        1 => Event::Started {
            software: r.text()?,
        },
        2 => Event::SaleOpened {
            sale: sale(r)?,
            meter: meter_ref(r)?,
            target: r.money()?,
            before: purse(r)?,
            card: match fields {
                6 => Some(CardRef(r.text()?)),
                _ => None,
            },
        },
        3..=7 | 19 => note_event(r, code)?,
        8..=11 => delivery_event(r, code)?,
        12 => Event::ClaimIssued {
            sale: sale(r)?,
            amount: r.money()?,
            reason: r.text()?,
        },
        13 => Event::SlipIntended {
            sale: sale(r)?,
            slip: slip(r)?,
            copy: r.u32()?,
            amount: match fields {
                5 => Some(r.money()?),
                _ => None,
            },
        },
        14 => Event::SlipDone {
            sale: sale(r)?,
            slip: slip(r)?,
            outcome: slip_outcome(r)?,
        },
        15 => Event::SaleClosed { sale: sale(r)? },
        16 => Event::DeviceChanged {
            device: r.text()?,
            state: r.text()?,
        },
        17 => Event::CashBoxRemoved,
        18 => Event::CashBoxReplaced,
        20..=27 | 31 => return kept_decode::event(r, code),
        28..=30 => return payment::read_event(r, code),
        code => return Err(unknown("event", code)),
    };
    Ok(event)
}

fn note_event(r: &mut Reader, code: u8) -> Result<Event, DecodeError> {
    Ok(match code {
        3 => Event::NoteOffered {
            sale: sale(r)?,
            note: note(r)?,
            value: r.money()?,
        },
        4 => Event::NoteStacked {
            sale: r.optional(sale)?,
            note: r.optional(note)?,
            value: r.money()?,
            evidence: evidence(r)?,
        },
        5 => Event::NoteAcknowledged,
        6 => Event::NoteReturned {
            note: note(r)?,
            reason: match r.u8()? {
                0 => NoteReturn::Rejected,
                1 => NoteReturn::PowerUp,
                2 => NoteReturn::NeverCredited,
                code => return Err(unknown("note return", code)),
            },
        },
        7 => Event::NoteInDoubt { note: note(r)? },
        19 => Event::DoubtEnded {
            note: note(r)?,
            evidence: evidence(r)?,
        },
        code => return Err(unknown("event", code)),
    })
}

fn delivery_event(r: &mut Reader, code: u8) -> Result<Event, DecodeError> {
    let sale = sale(r)?;
    let number = r.u32()?;
    Ok(match code {
        8 => Event::DeliveryIntended {
            sale,
            number,
            amount: r.money()?,
            before: purse(r)?,
        },
        9 => Event::DeliveryApplied {
            sale,
            number,
            after: purse(r)?,
        },
        10 => Event::DeliveryVoided {
            sale,
            number,
            reason: r.text()?,
        },
        11 => Event::DeliveryUnknown {
            sale,
            number,
            reason: r.text()?,
        },
        code => return Err(unknown("event", code)),
    })
}

pub(crate) fn evidence(r: &mut Reader) -> Result<NoteEvidence, DecodeError> {
    match r.u8()? {
        0 => Ok(NoteEvidence::Credit),
        1 => Ok(NoteEvidence::PowerUp),
        code => Err(unknown("note evidence", code)),
    }
}

pub(crate) fn sale(r: &mut Reader) -> Result<SaleId, DecodeError> {
    r.u64().map(SaleId)
}

pub(crate) fn note(r: &mut Reader) -> Result<NoteId, DecodeError> {
    r.u64().map(NoteId)
}

pub(crate) fn slip(r: &mut Reader) -> Result<Slip, DecodeError> {
    match r.u8()? {
        0 => Ok(Slip::Receipt),
        1 => Ok(Slip::Claim),
        2 => Ok(Slip::Pending),
        code => Err(unknown("slip", code)),
    }
}

pub(crate) fn slip_outcome(r: &mut Reader) -> Result<SlipOutcome, DecodeError> {
    r.array()?;
    match r.u8()? {
        0 => Ok(SlipOutcome::Printed),
        1 => Ok(SlipOutcome::NotPrinted(r.text()?)),
        2 => Ok(SlipOutcome::Unknown(r.text()?)),
        code => Err(unknown("slip outcome", code)),
    }
}

pub(crate) fn meter_ref(r: &mut Reader) -> Result<MeterRef, DecodeError> {
    r.array_of(3)?;
    Ok(MeterRef {
        number: r.text()?,
        utility: r.text()?,
        profile: r.text()?,
    })
}

pub(crate) fn purse(r: &mut Reader) -> Result<MeterPurse, DecodeError> {
    r.array_of(4)?;
    Ok(MeterPurse {
        purchase_number: r.u32()?,
        balance: r.money()?,
        last_amount: r.optional(Reader::money)?,
        cumulative: r.optional(Reader::money)?,
    })
}
