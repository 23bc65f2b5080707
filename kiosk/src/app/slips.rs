//! Makes slips of sales: gathers what the ledger says, signs what is owed, and composes the raster.

use meterpost_ledger::{
    ClaimStatement, Delivery, DeliveryState, Ledger, Money, Sale, SaleId, Slip,
};
use meterpost_ui::view::Utility;

use super::clock::SystemClock;
use crate::flow::{HOARDING_LIMIT, Rules, reference};
use crate::receipt::{ClaimReason, LedgerLine, Raster, SlipDoc, Typeface, compose};

/// Writes slips.
pub struct SlipWriter {
    /// The operator, the phone number, the meters.
    pub rules: Rules,
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
        sale: SaleId,
        slip: Slip,
        copy: u32,
        clock: &SystemClock,
    ) -> Option<Raster> {
        let sale = ledger.books().sale(sale)?;
        let doc = self.document(ledger, sale, slip, copy, clock);
        Some(compose(&doc, &self.typeface, self.width))
    }

    fn document(
        &self,
        ledger: &Ledger,
        sale: &Sale,
        slip: Slip,
        copy: u32,
        clock: &SystemClock,
    ) -> SlipDoc {
        let meter = self.rules.meter(&sale.meter.number);
        let last = sale.last_delivery();
        let applied = last.and_then(applied_purse);
        let amount = amount(sale, slip);
        let ledger_line = ledger_line(ledger);
        SlipDoc {
            operator: self.rules.place.clone(),
            terminal: self.rules.terminal.clone(),
            reference: reference(&self.rules.terminal, sale.id),
            kind: slip,
            copy,
            printed_at: clock.date_time(),
            meter_number: sale.meter.number.clone(),
            utility: meter.map_or(Utility::Electricity, |m| m.utility),
            meter_place: meter.map_or_else(String::new, |m| m.place.clone()),
            currency: self.rules.currency.clone(),
            paid: sale.paid,
            amount,
            before: last.filter(|_| applied.is_some()).map(|d| d.before.balance),
            after: applied,
            purchase: last.map(|d| d.number),
            notes: sale.notes.clone(),
            phone: self.rules.phone.clone(),
            reason: (slip == Slip::Claim).then(|| claim_reason(sale)),
            qr: Some(qr_text(ledger, sale, slip, amount, &ledger_line)),
            ledger: Some(ledger_line),
        }
    }
}

fn applied_purse(delivery: &Delivery) -> Option<Money> {
    match &delivery.state {
        DeliveryState::Applied(after) => Some(after.balance),
        DeliveryState::Intended | DeliveryState::Voided(_) | DeliveryState::Unknown(_) => None,
    }
}

/// What the slip is about: credited, owed with the notes in doubt, or still on its way.
fn amount(sale: &Sale, slip: Slip) -> Money {
    match slip {
        Slip::Receipt => sale.credited,
        Slip::Claim => sale.owed.checked_add(sale.in_doubt).unwrap_or(sale.owed),
        Slip::Pending => sale.in_delivery,
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

/// The slip's own intent is the last entry.
fn ledger_line(ledger: &Ledger) -> LedgerLine {
    let root: String = ledger.root().0.iter().map(|b| format!("{b:02x}")).collect();
    LedgerLine {
        entry: ledger.size().saturating_sub(1),
        size: ledger.size(),
        root,
    }
}

/// `meterpost:1:<origin>:<entry>:<size>:<root>`, and on a claim `:<sale>:<amount>:<signature>` behind it, so that the
/// terminal's word can be checked against its public key without the terminal.
fn qr_text(ledger: &Ledger, sale: &Sale, slip: Slip, amount: Money, line: &LedgerLine) -> String {
    let place = format!(
        "meterpost:1:{}:{}:{}:{}",
        ledger.origin(),
        line.entry,
        line.size,
        line.root
    );
    if slip == Slip::Receipt {
        return place;
    }
    let claim = ClaimStatement {
        sale: sale.id,
        meter: sale.meter.number.clone(),
        amount,
        size: line.size,
    };
    match ledger.sign(&claim) {
        Ok(signed) => {
            let signature: String = signed
                .signature
                .0
                .iter()
                .map(|b| format!("{b:02x}"))
                .collect();
            format!("{place}:{}:{amount}:{signature}", sale.id.0)
        }
        Err(error) => {
            tracing::error!(%error, "a claim could not be signed");
            place
        }
    }
}
