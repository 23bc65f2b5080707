//! Deliveries and claims that are open, with what is known of them, and the legal ways to close them. None of them invents an outcome: the
//! meter's own books decide, or the slip that says what is owed comes out once more.

use meterpost_ledger::{DeliveryState, Money, Sale, SaleId};
use meterpost_ui::view::{MenuList, MenuRow, MenuTone, Phrase, Word};

use super::{Look, fact, given, open_claims, open_deliveries, row};
use crate::service::acts::Act;
use crate::service::said;

pub(super) fn page(look: &Look<'_, '_>) -> MenuList {
    let deliveries = open_deliveries(look.sight).map(|sale| entry(look, sale));
    let claims = open_claims(look.sight).map(|sale| entry(look, sale));
    let mut rows: Vec<MenuRow> = deliveries.chain(claims).collect();
    if rows.is_empty() {
        rows.push(row(Word::Pending, Word::NoneOpen, MenuTone::Good));
    }
    look.plain(Word::Pending, rows, Vec::new())
}

fn entry(look: &Look<'_, '_>, sale: &Sale) -> MenuRow {
    let reference = look.sight.reference(sale.id);
    let row = MenuRow {
        name: said(Word::SaleOf, &[&reference, &sale.meter.number]),
        value: given(look.money(amount(sale))),
        tone: MenuTone::Warn,
        act: None,
    };
    let word = match sale.delivery_open() {
        true => Word::Delivery,
        false => Word::Claim,
    };
    look.leading(row, &format!("sale-{}", sale.id.0), word)
}

/// What is open of the sale.
fn amount(sale: &Sale) -> Money {
    match sale.delivery_open() {
        true => sale.in_delivery,
        false if sale.owed > Money::ZERO => sale.owed,
        false => sale.in_doubt,
    }
}

pub(super) fn sale_page(look: &Look<'_, '_>, id: SaleId) -> MenuList {
    let Some(sale) = look.sight.books.sale(id) else {
        let rows = vec![row(Word::Delivery, Word::NoneOpen, MenuTone::Good)];
        return look.plain(Word::Delivery, rows, Vec::new());
    };
    let mut rows = vec![
        fact(Word::Reference, look.sight.reference(id)),
        fact(Word::Meter, sale.meter.number.clone()),
        fact(Word::Paid, look.money(sale.paid)),
    ];
    rows.extend(evidence(look, sale));
    for (name, amount) in [
        (Word::Credited, sale.credited),
        (Word::Owed, sale.owed),
        (Word::NoteInDoubt, sale.in_doubt),
    ] {
        if amount > Money::ZERO {
            rows.push(fact(name, look.money(amount)));
        }
    }
    let mut acts = Vec::new();
    if sale.delivery_open() {
        acts.push(look.button(Act::LookAgain(id)));
    }
    if crate::flow::claim_slip(sale).is_some() {
        acts.push(look.button(Act::PrintClaim(id)));
    }
    let title = match sale.delivery_open() {
        true => Word::Delivery,
        false => Word::Claim,
    };
    look.plain(title, rows, acts)
}

/// What is known of the last delivery: what was sent, what the meter said before, and what the last try came to.
fn evidence(look: &Look<'_, '_>, sale: &Sale) -> Vec<MenuRow> {
    let Some(delivery) = sale.last_delivery() else {
        return Vec::new();
    };
    let (state, tone, last): (Word, MenuTone, Option<Phrase>) = match &delivery.state {
        DeliveryState::Intended => (Word::OnItsWay, MenuTone::Busy, None),
        DeliveryState::Applied(_) => (Word::AtTheMeter, MenuTone::Good, None),
        DeliveryState::Voided(why) => (
            Word::NotAtTheMeter,
            MenuTone::Warn,
            Some(given(why.clone())),
        ),
        DeliveryState::Unknown(why) => (Word::UnknownYet, MenuTone::Warn, Some(given(why.clone()))),
    };
    let mut rows = vec![
        row(Word::Delivery, state, tone),
        fact(Word::Amount, look.money(delivery.amount)),
        fact(Word::PurchaseNumber, delivery.number.to_string()),
        fact(
            Word::ReadBefore,
            delivery.before.purchase_number.to_string(),
        ),
        fact(Word::BalanceBefore, look.money(delivery.before.balance)),
    ];
    rows.extend(last.map(|why| row(Word::LastTry, why, MenuTone::Neutral)));
    rows
}
