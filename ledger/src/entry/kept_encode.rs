//! Writing events that are about the log and the cash box rather than a sale.

use super::encode::{Writer, Written};
use super::event_encode::{optional_money, wrong_group};
use crate::event::{CommandOutcome, Event, StaffOutcome};
use crate::limits::Limits;
use crate::money::Money;

pub(super) fn log_event(w: &mut Writer, event: &Event) -> Written {
    match event {
        Event::BooksStated { digest } => w.array(2)?.u8(20)?.bytes(digest)?.ok(),
        Event::Contact { size, witness } => w.array(3)?.u8(21)?.u64(*size)?.bytes(witness)?.ok(),
        Event::BulletinApplied {
            kind,
            version,
            digest,
            limits,
        } => {
            w.array(5)?.u8(22)?.str(kind)?.u64(*version)?;
            w.bytes(digest)?;
            optional_limits(w, limits.as_ref())
        }
        Event::KeyRotated {
            old,
            new,
            by_old,
            by_new,
        } => {
            w.array(5)?.u8(23)?.bytes(old)?.bytes(new)?;
            w.bytes(by_old)?.bytes(by_new)?.ok()
        }
        Event::CommandEnded {
            version,
            outcome,
            words,
        } => {
            let outcome = match outcome {
                CommandOutcome::Done => 0,
                CommandOutcome::Refused => 1,
                CommandOutcome::Failed => 2,
                CommandOutcome::Unknown => 3,
            };
            w.array(4)?.u8(27)?.u64(*version)?;
            w.u8(outcome)?.str(words)?.ok()
        }
        Event::StaffActed {
            who,
            act,
            outcome,
            words,
        } => {
            let outcome = match outcome {
                StaffOutcome::Begun => 0,
                StaffOutcome::Done => 1,
                StaffOutcome::Refused => 2,
                StaffOutcome::Failed => 3,
                StaffOutcome::Unknown => 4,
            };
            w.array(5)?.u8(31)?.str(who)?.str(act)?;
            w.u8(outcome)?.str(words)?.ok()
        }
        Event::ClockStepped { before, now } => w.array(3)?.u8(26)?.u64(*before)?.u64(*now)?.ok(),
        _ => wrong_group(),
    }
}

pub(super) fn collection_event(w: &mut Writer, event: &Event) -> Written {
    match event {
        Event::Collected { period, by, notes } => {
            w.array(4)?.u8(24)?.u64(*period)?.str(by)?;
            note_counts(w, notes.iter().copied())
        }
        Event::CollectionCounted {
            period,
            counted,
            by,
        } => {
            w.array(4)?.u8(25)?.u64(*period)?;
            w.i64(counted.0)?.str(by)?.ok()
        }
        _ => wrong_group(),
    }
}

/// Values and how many of each.
pub(crate) fn note_counts(
    w: &mut Writer,
    notes: impl ExactSizeIterator<Item = (Money, u64)>,
) -> Written {
    w.array(notes.len() as u64)?;
    for (value, count) in notes {
        w.array(2)?.i64(value.0)?.u64(count)?;
    }
    Ok(())
}

pub(crate) fn optional_limits(w: &mut Writer, limits: Option<&Limits>) -> Written {
    let Some(limits) = limits else {
        return w.null()?.ok();
    };
    w.array(6)?;
    optional_money(w, limits.per_sale)?;
    optional_money(w, limits.per_card_day)?;
    optional_money(w, limits.since_contact_money)?;
    for number in [limits.since_contact_count, limits.since_contact_hours] {
        match number {
            Some(number) => w.u32(number)?.ok()?,
            None => w.null()?.ok()?,
        }
    }
    w.i16(limits.day_offset_minutes)?.ok()
}
