//! What an entry says, in a sentence for staff and auditors.

use jiff::Timestamp;
use meterpost_ledger::{
    Event, MeterPurse, NoteEvidence, NoteReturn, SaleId, Slip, SlipOutcome, StaffOutcome,
};

use super::payment_words::of_payment;

/// One sentence, without a full stop. Amounts are in the currency's main unit.
pub(super) fn sentence(event: &Event) -> String {
    match event {
        Event::LogCreated { software } => format!("the log was created by version {software}"),
        Event::Started { software } => format!("the terminal started, version {software}"),
        Event::DeviceChanged { device, state } => format!("the {device} says: {state}"),
        Event::ClockStepped { before, now } => {
            format!("the clock jumped from {} to {}", time(*before), time(*now))
        }
        Event::BooksStated { digest } => {
            format!("the books as a whole, with the digest {}", short(digest))
        }
        Event::Contact { size, witness } => {
            let witness = short(witness);
            format!("the witness {witness} cosigned the first {size} entries")
        }
        Event::BulletinApplied {
            kind,
            version,
            limits,
            ..
        } => match limits {
            Some(limits) => {
                format!("bulletin {kind}, version {version}, came into force: {limits}")
            }
            None => format!("bulletin {kind}, version {version}, came into force"),
        },
        Event::KeyRotated { old, new, .. } => {
            format!("the key {} handed over to {}", short(old), short(new))
        }
        note @ (Event::NoteOffered { .. }
        | Event::NoteStacked { .. }
        | Event::NoteAcknowledged
        | Event::NoteReturned { .. }
        | Event::NoteInDoubt { .. }
        | Event::DoubtEnded { .. }) => of_note(note),
        Event::StaffActed {
            who,
            act,
            outcome,
            words,
        } => of_staff(who, act, *outcome, words),
        till @ (Event::CashBoxRemoved
        | Event::CashBoxReplaced
        | Event::Collected { .. }
        | Event::CollectionCounted { .. }) => of_till(till),
        paid @ (Event::PaymentAsked { .. }
        | Event::PaymentTaken { .. }
        | Event::PaymentEnded { .. }) => of_payment(paid),
        other => of_sale(other),
    }
}

fn of_staff(who: &str, act: &str, outcome: StaffOutcome, words: &str) -> String {
    let became = match outcome {
        StaffOutcome::Begun => "begins",
        StaffOutcome::Done => "has done",
        StaffOutcome::Refused => "was refused",
        StaffOutcome::Failed => "did not succeed with",
        StaffOutcome::Unknown => "was cut off at",
    };
    format!("{who} {became} \"{act}\": {words}")
}

fn of_note(event: &Event) -> String {
    match event {
        Event::NoteOffered { sale, note, value } => {
            format!(
                "{}: note {} of {value} is about to be taken",
                number(*sale),
                note.0
            )
        }
        Event::NoteStacked {
            sale,
            note,
            value,
            evidence,
        } => {
            let which = note.map_or_else(|| "a note".to_owned(), |note| format!("note {}", note.0));
            let paid = sale.map_or_else(|| "no sale open".to_owned(), number);
            format!(
                "{paid}: {which} of {value} is in the cash box ({})",
                evidence_of(*evidence)
            )
        }
        Event::NoteReturned { note, reason } => {
            let reason = match reason {
                NoteReturn::Rejected => "the validator gave it back",
                NoteReturn::PowerUp => "it came out when the power came back",
                NoteReturn::NeverCredited => "the validator has no credit for it",
            };
            format!("note {} was not taken: {reason}", note.0)
        }
        Event::NoteInDoubt { note } => format!("note {} may or may not be in the cash box", note.0),
        Event::DoubtEnded { note, evidence } => {
            let evidence = evidence_of(*evidence);
            format!("note {} is in the cash box after all ({evidence})", note.0)
        }
        _ => "the validator was told that its credit is recorded".to_owned(),
    }
}

fn of_till(event: &Event) -> String {
    match event {
        Event::Collected { period, by, notes } => {
            let notes: Vec<String> = notes
                .iter()
                .map(|(value, count)| format!("{count} × {value}"))
                .collect();
            let notes = if notes.is_empty() {
                "no notes".to_owned()
            } else {
                notes.join(", ")
            };
            format!("{by} emptied the cash box, period {period}: {notes}")
        }
        Event::CollectionCounted {
            period,
            counted,
            by,
        } => {
            format!("{by} counted {counted} from period {period}")
        }
        Event::CashBoxReplaced => "the cash box was put back".to_owned(),
        _ => "the cash box was taken out".to_owned(),
    }
}

fn of_sale(event: &Event) -> String {
    match event {
        Event::SaleOpened {
            sale,
            meter,
            target,
            before,
            card,
        } => {
            let card = card
                .as_ref()
                .map_or_else(String::new, |card| format!(", card {}", card.0));
            format!(
                "{}: {target} chosen for {} meter {} ({}){card}, which said: {}",
                number(*sale),
                meter.utility,
                meter.number,
                meter.profile,
                purse(before)
            )
        }
        Event::DeliveryIntended {
            sale,
            number: purchase,
            amount,
            ..
        } => {
            format!(
                "{}: {amount} is about to be sent to the meter as purchase {purchase}",
                number(*sale)
            )
        }
        Event::DeliveryApplied {
            sale,
            number: purchase,
            after,
        } => {
            format!(
                "{}: the meter has purchase {purchase} and says: {}",
                number(*sale),
                purse(after)
            )
        }
        Event::DeliveryVoided {
            sale,
            number: purchase,
            reason,
        } => {
            format!(
                "{}: the meter does not have purchase {purchase}: {reason}",
                number(*sale)
            )
        }
        Event::DeliveryUnknown {
            sale,
            number: purchase,
            reason,
        } => format!(
            "{}: whether the meter has purchase {purchase} is not known: {reason}",
            number(*sale)
        ),
        Event::ClaimIssued {
            sale,
            amount,
            reason,
        } => {
            format!(
                "{}: {amount} is owed to the resident: {reason}",
                number(*sale)
            )
        }
        Event::SlipIntended {
            sale,
            slip,
            copy,
            amount,
        } => {
            let copy = if *copy == 0 {
                String::new()
            } else {
                format!(", copy {copy}")
            };
            let amount = amount.map_or_else(String::new, |amount| format!(" over {amount}"));
            format!(
                "{}: {}{amount} is about to be printed{copy}",
                number(*sale),
                slip_of(*slip)
            )
        }
        Event::SlipDone {
            sale,
            slip,
            outcome,
        } => {
            let outcome = match outcome {
                SlipOutcome::Printed => "is printed".to_owned(),
                SlipOutcome::NotPrinted(why) => format!("is not printed: {why}"),
                SlipOutcome::Unknown(why) => format!("may or may not be printed: {why}"),
            };
            format!("{}: {} {outcome}", number(*sale), slip_of(*slip))
        }
        Event::SaleClosed { sale } => format!("{} ended", number(*sale)),
        newer => format!("{newer:?}"),
    }
}

pub(super) fn number(sale: SaleId) -> String {
    format!("sale {}", sale.0)
}

fn slip_of(slip: Slip) -> &'static str {
    match slip {
        Slip::Receipt => "the receipt",
        Slip::Claim => "the claim",
        Slip::Pending => "the slip of a delivery still open",
    }
}

fn evidence_of(evidence: NoteEvidence) -> &'static str {
    match evidence {
        NoteEvidence::Credit => "credited by the validator",
        NoteEvidence::PowerUp => "found in the validator's path at power-up",
    }
}

fn purse(purse: &MeterPurse) -> String {
    let last = purse
        .last_amount
        .map_or_else(String::new, |amount| format!(" of {amount}"));
    let sum = purse
        .cumulative
        .map_or_else(String::new, |sum| format!(", {sum} bought in all"));
    format!(
        "balance {}, last purchase {}{last}{sum}",
        purse.balance, purse.purchase_number
    )
}

fn time(unix_ms: u64) -> String {
    let stamp = i64::try_from(unix_ms)
        .ok()
        .and_then(|ms| Timestamp::from_millisecond(ms).ok());
    stamp.map_or_else(|| format!("{unix_ms} ms"), |stamp| stamp.to_string())
}

/// Enough of a digest or key to tell it from others.
fn short(bytes: &[u8; 32]) -> String {
    bytes
        .iter()
        .take(4)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use meterpost_ledger::{Money, NoteId};

    use super::*;

    fn after() -> MeterPurse {
        MeterPurse {
            purchase_number: 7,
            balance: Money(6250),
            last_amount: Some(Money(5000)),
            cumulative: None,
        }
    }

    #[test]
    fn a_delivery_is_told_with_what_the_meter_says() {
        let (sale, number) = (SaleId(3), 7);
        let applied = Event::DeliveryApplied {
            sale,
            number,
            after: after(),
        };
        assert_eq!(
            sentence(&applied),
            "sale 3: the meter has purchase 7 and says: balance 62.50, last purchase 7 of 50.00"
        );
        let reason = "no answer".to_owned();
        let unknown = Event::DeliveryUnknown {
            sale,
            number,
            reason,
        };
        assert_eq!(
            sentence(&unknown),
            "sale 3: whether the meter has purchase 7 is not known: no answer"
        );
    }

    #[test]
    fn a_note_without_an_intent_and_a_sale_is_told_as_such() {
        let found = Event::NoteStacked {
            sale: None,
            note: None,
            value: Money(2000),
            evidence: NoteEvidence::PowerUp,
        };
        assert_eq!(
            sentence(&found),
            "no sale open: a note of 20.00 is in the cash box (found in the validator's path at power-up)"
        );
        assert_eq!(
            sentence(&Event::NoteInDoubt { note: NoteId(4) }),
            "note 4 may or may not be in the cash box"
        );
    }

    #[test]
    fn times_and_notes_are_told_as_people_write_them() {
        let stepped = Event::ClockStepped {
            before: 0,
            now: 2_147_483_648_000,
        };
        assert_eq!(
            sentence(&stepped),
            "the clock jumped from 1970-01-01T00:00:00Z to 2038-01-19T03:14:08Z"
        );
        let collected = Event::Collected {
            period: 2,
            by: "staff 12".into(),
            notes: vec![(Money(2000), 3), (Money(5000), 1)],
        };
        assert_eq!(
            sentence(&collected),
            "staff 12 emptied the cash box, period 2: 3 × 20.00, 1 × 50.00"
        );
    }
}
