//! Reading events that are about the log and the cash box rather than a sale.

use super::DecodeError;
use super::decode::{Reader, unknown};
use crate::event::{CommandOutcome, Event, StaffOutcome};
use crate::limits::Limits;
use crate::money::Money;

pub(super) fn event(r: &mut Reader, code: u8) -> Result<Event, DecodeError> {
    Ok(match code {
        20 => Event::BooksStated { digest: r.fixed()? },
        21 => Event::Contact {
            size: r.u64()?,
            witness: r.fixed()?,
        },
        22 => Event::BulletinApplied {
            kind: r.text()?,
            version: r.u64()?,
            digest: r.fixed()?,
            limits: r.optional(limits)?,
        },
        23 => Event::KeyRotated {
            old: r.fixed()?,
            new: r.fixed()?,
            by_old: r.fixed()?,
            by_new: r.fixed()?,
        },
        24 => Event::Collected {
            period: r.u64()?,
            by: r.text()?,
            notes: note_counts(r)?,
        },
        25 => Event::CollectionCounted {
            period: r.u64()?,
            counted: r.money()?,
            by: r.text()?,
        },
        26 => Event::ClockStepped {
            before: r.u64()?,
            now: r.u64()?,
        },
        27 => Event::CommandEnded {
            version: r.u64()?,
            outcome: match r.u8()? {
                0 => CommandOutcome::Done,
                1 => CommandOutcome::Refused,
                2 => CommandOutcome::Failed,
                3 => CommandOutcome::Unknown,
                code => return Err(unknown("command outcome", code)),
            },
            words: r.text()?,
        },
        31 => Event::StaffActed {
            who: r.text()?,
            act: r.text()?,
            outcome: match r.u8()? {
                0 => StaffOutcome::Begun,
                1 => StaffOutcome::Done,
                2 => StaffOutcome::Refused,
                3 => StaffOutcome::Failed,
                4 => StaffOutcome::Unknown,
                code => return Err(unknown("staff outcome", code)),
            },
            words: r.text()?,
        },
        code => return Err(unknown("event", code)),
    })
}

/// Values and how many of each.
pub(crate) fn note_counts(r: &mut Reader) -> Result<Vec<(Money, u64)>, DecodeError> {
    let mut notes = Vec::new();
    // No room is reserved by the length claimed: it may lie.
    for _ in 0..r.array()? {
        r.array_of(2)?;
        notes.push((r.money()?, r.u64()?));
    }
    Ok(notes)
}

pub(crate) fn limits(r: &mut Reader) -> Result<Limits, DecodeError> {
    r.array_of(6)?;
    Ok(Limits {
        per_sale: r.optional(Reader::money)?,
        per_card_day: r.optional(Reader::money)?,
        since_contact_money: r.optional(Reader::money)?,
        since_contact_count: r.optional(Reader::u32)?,
        since_contact_hours: r.optional(Reader::u32)?,
        day_offset_minutes: r.i16()?,
    })
}
