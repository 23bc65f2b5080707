//! Makes slips of sales: gathers what the ledger says, signs what is owed, and composes the raster.

use meterpost_ledger::{Delivery, DeliveryState, Event, Ledger, Money, Sale, SaleId, Slip};
use meterpost_ui::view::Utility;

use super::clock::SystemClock;
use crate::flow::{HOARDING_LIMIT, Rules, reference, utility_from_word};
use crate::receipt::{ClaimReason, LedgerLine, Raster, SlipDoc, Typeface, compose};

/// Writes slips.
pub struct SlipWriter {
    /// The fonts.
    pub typeface: Typeface,
    /// Dots across the roll.
    pub width: usize,
}

impl SlipWriter {
    /// The slip of a sale as the ledger knows it now; `None` when the ledger does not know the sale.
    pub fn write(
        &self,
        ledger: &Ledger,
        rules: &Rules,
        (sale, slip, copy): (SaleId, Slip, u32),
        clock: &SystemClock,
    ) -> Option<Raster> {
        let sale = ledger.books().sale(sale)?;
        let doc = document(ledger, rules, sale, (slip, copy), clock);
        Some(compose(&doc, &self.typeface, self.width))
    }
}

fn document(
    ledger: &Ledger,
    rules: &Rules,
    sale: &Sale,
    (slip, copy): (Slip, u32),
    clock: &SystemClock,
) -> SlipDoc {
    let meter = rules.meter(&sale.meter.number);
    let last = sale.last_delivery();
    let applied = last.and_then(applied_purse);
    let amount = sale.slip_amount(slip);
    let entry = entry_of(ledger, sale.id, slip);
    SlipDoc {
        operator: rules.place.clone(),
        terminal: rules.terminal.clone(),
        reference: reference(&rules.terminal, sale.id),
        kind: slip,
        copy,
        printed_at: clock.date_time(),
        meter_number: sale.meter.number.clone(),
        utility: utility_from_word(&sale.meter.utility).unwrap_or(Utility::Electricity),
        meter_place: meter.map_or_else(String::new, |m| m.place.clone()),
        currency: rules.currency.clone(),
        paid: sale.paid,
        amount,
        before: last.filter(|_| applied.is_some()).map(|d| d.before.balance),
        after: applied,
        purchase: last.map(|d| d.number),
        notes: sale.notes.clone(),
        means: sale.payment.as_ref().map(|payment| payment.means.clone()),
        phone: rules.phone.clone(),
        reason: (slip == Slip::Claim).then(|| claim_reason(sale)),
        qr: qr_text(ledger, entry),
        ledger: Some(ledger_line(ledger, entry)),
    }
}

fn applied_purse(delivery: &Delivery) -> Option<Money> {
    match &delivery.state {
        DeliveryState::Applied(after) => Some(after.balance),
        DeliveryState::Intended | DeliveryState::Voided(_) | DeliveryState::Unknown(_) => None,
    }
}

fn claim_reason(sale: &Sale) -> ClaimReason {
    if sale.owed == Money::ZERO {
        return ClaimReason::NoteInDoubt;
    }
    match sale.last_delivery().map(|d| &d.state) {
        Some(DeliveryState::Voided(why)) if why == HOARDING_LIMIT => ClaimReason::HoardingLimit,
        Some(DeliveryState::Voided(_)) => ClaimReason::Refused,
        _ => ClaimReason::NotReached,
    }
}

/// How far back a receipt's entry is looked for: a copy may be printed some sales later.
const LOOK_BACK: u64 = 2_048;

/// The entry that a slip proves. On a receipt, that the credit is at the meter; else the slip's own intent, which says how
/// much is owed, and which is the last of its sale. Where a receipt's entry lies too far back, that too.
fn entry_of(ledger: &Ledger, sale: SaleId, slip: Slip) -> u64 {
    let size = ledger.size();
    let mut found = size.saturating_sub(1);
    for stored in ledger.entries(size.saturating_sub(LOOK_BACK)..size) {
        match stored {
            Ok(stored) if is_about(&stored.entry.event, sale, slip) => found = stored.entry.index,
            Ok(_) => {}
            Err(error) => {
                tracing::error!(%error, "the ledger could not be read for a slip");
                break;
            }
        }
    }
    found
}

fn is_about(event: &Event, sale: SaleId, slip: Slip) -> bool {
    match (slip, event) {
        (Slip::Receipt, Event::DeliveryApplied { sale: of, .. }) => *of == sale,
        (
            Slip::Claim | Slip::Pending,
            Event::SlipIntended {
                sale: of,
                slip: as_,
                ..
            },
        ) => *of == sale && *as_ == slip,
        _ => false,
    }
}

fn ledger_line(ledger: &Ledger, entry: u64) -> LedgerLine {
    let root: String = ledger.root().0.iter().map(|b| format!("{b:02x}")).collect();
    LedgerLine {
        entry,
        size: ledger.size(),
        root,
    }
}

/// The entry with its proof and the signed checkpoint, for anyone to check against the terminal's public key.
fn qr_text(ledger: &Ledger, entry: u64) -> Option<String> {
    let proof = ledger.prove(entry).map_err(|e| e.to_string());
    let text = proof.and_then(|p| p.to_qr_text(ledger.vkey(), &[]).map_err(|e| e.to_string()));
    match text {
        Ok(text) => Some(text),
        // The slip itself matters more.
        Err(error) => {
            tracing::error!(error, "a slip is printed without its proof");
            None
        }
    }
}
