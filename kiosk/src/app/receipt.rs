//! Which meter a scanned receipt is for. Its code proves one entry of a log; only one of this terminal's own is believed, and it says no more
//! than the slip does in letters: the number of the meter, which whoever holds the slip could type.

use meterpost_ledger::signing::VerifierKey;
use meterpost_ledger::{Event, Ledger, SaleId, check_proof, claimed_key};

/// How far before its receipt a sale may have begun, in entries.
const LOOK_BACK: u64 = 2_048;

/// The number of the meter; `None` where the code proves nothing here, or the log does not keep what it is about any more.
pub(super) fn meter_of(ledger: &Ledger, code: &str) -> Option<String> {
    let claimed = claimed_key(code.as_bytes()).ok()?;
    let key = keys(ledger).find(|key| key.id() == claimed)?;
    let proved = check_proof(code.as_bytes(), &key).ok()?;
    // A log that was begun anew with the same key would give the same numbers to other sales.
    let stored = ledger
        .entries(proved.index..proved.index.checked_add(1)?)
        .next()?;
    if stored.ok()?.entry != proved.entry {
        return None;
    }
    let sale = sale_of(&proved.entry.event)?;
    let known = ledger.books().sale(sale);
    known
        .map(|known| known.meter.number.clone())
        .or_else(|| opened_for(ledger, proved.index, sale))
}

/// Every key that the log was signed with.
fn keys(ledger: &Ledger) -> impl Iterator<Item = VerifierKey> {
    let later = ledger.books().keys().iter();
    let later = later.map(|(_, key)| VerifierKey::new(ledger.origin().clone(), *key));
    std::iter::once(ledger.first_key().clone()).chain(later)
}

/// The sale that a slip's entry is about.
fn sale_of(event: &Event) -> Option<SaleId> {
    match event {
        Event::SaleOpened { sale, .. }
        | Event::DeliveryApplied { sale, .. }
        | Event::SlipIntended { sale, .. } => Some(*sale),
        _ => None,
    }
}

/// The meter that a sale was opened for, in the entries before this one.
fn opened_for(ledger: &Ledger, index: u64, wanted: SaleId) -> Option<String> {
    let before = ledger.entries(index.saturating_sub(LOOK_BACK)..index.saturating_add(1));
    before
        .map_while(Result::ok)
        .find_map(|stored| match stored.entry.event {
            Event::SaleOpened { sale, meter, .. } if sale == wanted => Some(meter.number),
            _ => None,
        })
}

#[cfg(test)]
mod tests {
    use meterpost_ledger::{MeterPurse, MeterRef, Money};

    use super::*;
    use crate::app::fixture::{new_ledger, stamp};

    const METER: &str = "260305510012";

    /// A log with one sale, opened in entry 1 and closed in entry 2.
    fn ledger(folder: &std::path::Path, origin: &str) -> Ledger {
        let mut ledger = new_ledger(folder, origin);
        let sale = ledger.books().next_sale();
        let opened = Event::SaleOpened {
            sale,
            meter: MeterRef {
                number: METER.into(),
                utility: "electricity".into(),
                profile: "dlt645-plain".into(),
            },
            target: Money(1_000),
            before: MeterPurse {
                purchase_number: 7,
                balance: Money(0),
                last_amount: None,
                cumulative: None,
            },
            card: None,
        };
        let events = [opened, Event::SaleClosed { sale }];
        ledger.commit(&stamp(), &events).unwrap();
        ledger
    }

    fn code(ledger: &Ledger, index: u64) -> String {
        let proof = ledger.prove(index).unwrap();
        proof.to_qr_text(ledger.vkey(), &[]).unwrap()
    }

    #[test]
    fn a_receipt_of_this_log_tells_its_meter_also_when_the_log_has_grown() {
        let folder = tempfile::tempdir().unwrap();
        let mut ledger = ledger(folder.path(), "meterpost/east/K1/1");
        let code = code(&ledger, 1);
        assert_eq!(meter_of(&ledger, &code).as_deref(), Some(METER));
        let started = Event::Started {
            software: "test".into(),
        };
        ledger.commit(&stamp(), &[started]).unwrap();
        assert_eq!(meter_of(&ledger, &code).as_deref(), Some(METER));
    }

    #[test]
    fn an_entry_that_is_no_slips_tells_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let ledger = ledger(folder.path(), "meterpost/east/K1/1");
        for index in [0, 2] {
            assert_eq!(meter_of(&ledger, &code(&ledger, index)), None, "{index}");
        }
    }

    #[test]
    fn a_receipt_of_another_log_or_a_changed_one_tells_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let own = ledger(folder.path(), "meterpost/east/K1/1");
        let elsewhere = tempfile::tempdir().unwrap();
        let other = ledger(elsewhere.path(), "meterpost/east/K2/1");
        assert_eq!(meter_of(&own, &code(&other, 1)), None);
        let mut changed = code(&own, 1);
        let last = if changed.ends_with('0') { "1" } else { "0" };
        changed.replace_range(changed.len() - 1.., last);
        assert_eq!(meter_of(&own, &changed), None);
        for nonsense in ["MP1:", "MP1:%%%", "MP1:00", "260305510012"] {
            assert_eq!(meter_of(&own, nonsense), None, "{nonsense}");
        }
    }

    #[test]
    fn a_sale_that_the_books_forgot_is_found_in_the_log() {
        let folder = tempfile::tempdir().unwrap();
        let ledger = ledger(folder.path(), "meterpost/east/K1/1");
        assert_eq!(opened_for(&ledger, 2, SaleId(1)).as_deref(), Some(METER));
        assert_eq!(opened_for(&ledger, 2, SaleId(2)), None);
    }
}
