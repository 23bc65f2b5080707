use super::testing::*;
use super::*;
use crate::account::Account;
use crate::event::{Slip, SlipOutcome};
use crate::sale::DeliveryState;

/// A sale with 20.00 held.
pub(super) fn paid() -> Vec<Event> {
    vec![opened(1, "111"), offered(1, 1, 2000), stacked(1, 1, 2000)]
}

pub(super) fn and(mut events: Vec<Event>, more: impl IntoIterator<Item = Event>) -> Vec<Event> {
    events.extend(more);
    events
}

/// Of the accounts that cash moves; what is paid otherwise has its own tests.
fn balances(books: &Books) -> Vec<i64> {
    let all = books.balances().iter().map(|(_, money)| money.0);
    all.take(9).collect()
}

#[test]
fn a_whole_sale_moves_the_money_to_the_meter() {
    let books = books_after(&whole_sale(1, "111", 5));
    assert_eq!(balances(&books), [2000, 0, 0, 0, -2000, 0, 0, 0, 0]);
    let sale = books.sale(SaleId(1)).unwrap();
    assert!(sale.finished());
    assert_eq!((sale.paid, sale.credited), (Money(2000), Money(2000)));
    assert_eq!(books.open_sale(), None);
    assert_eq!(books.next_sale(), SaleId(2));
    assert_eq!(books.next_note(), NoteId(2));
    assert!(books.last_note().unwrap().acknowledged);
    assert_eq!(books.last_sale_of_meter("111"), Some(sale));
    assert_eq!(books.last_sale_of_meter("999"), None);
}

#[test]
fn money_on_its_way_is_in_delivery() {
    let books = books_after(&and(paid(), [intended(1, 5, 2000)]));
    assert_eq!(balances(&books), [2000, 0, 0, -2000, 0, 0, 0, 0, 0]);
    assert_eq!(books.pending_for_meter("111").unwrap().id, SaleId(1));
    assert_eq!(books.pending_for_meter("222"), None);
}

#[test]
fn a_voided_delivery_gives_the_money_back_to_the_sale_and_a_claim_owes_it() {
    let events = and(paid(), [intended(1, 5, 2000), voided(1, 5)]);
    let books = books_after(&events);
    assert_eq!(books.balances().of(Account::Suspense), Money(-2000));
    let books = books_after(&and(events, [claim(1, 2000), closed(1)]));
    assert_eq!(balances(&books), [2000, 0, 0, 0, 0, -2000, 0, 0, 0]);
    assert_eq!(books.sale(SaleId(1)).unwrap().due_slip(), Some(Slip::Claim));
}

#[test]
fn an_unknown_delivery_stays_open_behind_a_closed_sale_until_it_is_applied() {
    let events = and(paid(), [intended(1, 5, 2000), unknown(1, 5), closed(1)]);
    let books = books_after(&events);
    assert_eq!(books.open_sale(), None);
    assert_eq!(books.pending_for_meter("111").unwrap().id, SaleId(1));
    assert_eq!(books.unfinished().count(), 1);
    let books = books_after(&and(events, [unknown(1, 5), applied(1, 5)]));
    assert_eq!(balances(&books), [2000, 0, 0, 0, -2000, 0, 0, 0, 0]);
    assert_eq!(books.pending_for_meter("111"), None);
}

#[test]
fn an_unknown_delivery_behind_a_closed_sale_can_become_a_claim() {
    let books = books_after(&and(
        paid(),
        [
            intended(1, 5, 2000),
            unknown(1, 5),
            closed(1),
            voided(1, 5),
            claim(1, 2000),
        ],
    ));
    assert_eq!(balances(&books), [2000, 0, 0, 0, 0, -2000, 0, 0, 0]);
}

#[test]
fn a_note_in_doubt_is_owed_to_be_examined() {
    let books = books_after(&[opened(1, "111"), offered(1, 1, 2000), doubt(1), closed(1)]);
    assert_eq!(balances(&books), [0, 2000, 0, 0, 0, 0, -2000, 0, 0]);
    let sale = books.sale(SaleId(1)).unwrap();
    assert_eq!(sale.in_doubt, Money(2000));
    assert_eq!(sale.due_slip(), Some(Slip::Claim));
}

#[test]
fn a_note_in_doubt_that_is_in_the_box_after_all_is_owed_for_certain() {
    let mut books = books_after(&[opened(1, "111"), offered(1, 1, 2000), doubt(1), closed(1)]);
    books.apply(&doubt_ended(1)).unwrap();
    assert_eq!(balances(&books), [2000, 0, 0, 0, 0, -2000, 0, 0, 0]);
    assert_eq!(books.sale(SaleId(1)).unwrap().owed, Money(2000));
    assert!(books.last_note().is_some_and(|last| !last.acknowledged));
    let again = books.apply(&doubt_ended(1));
    assert_eq!(again, Err(BooksError::NoteNotInDoubt(NoteId(1))));
}

#[test]
fn once_another_note_is_offered_the_doubt_stays_for_people_to_examine() {
    let mut books = books_after(&[
        opened(1, "111"),
        offered(1, 1, 2000),
        doubt(1),
        offered(1, 2, 2000),
    ]);
    let late = books.apply(&doubt_ended(1));
    assert_eq!(late, Err(BooksError::NoteNotInDoubt(NoteId(1))));
}

#[test]
fn money_found_without_a_sale_is_owed_to_be_examined() {
    let books = books_after(&[found(None, 500)]);
    assert_eq!(balances(&books), [500, 0, 0, 0, 0, 0, -500, 0, 0]);
    let last = books.last_note().unwrap();
    assert_eq!((last.sale, last.value), (None, Money(500)));
    assert!(!last.acknowledged);
}

#[test]
fn the_validators_credit_is_the_last_word_on_the_value() {
    let books = books_after(&[opened(1, "111"), offered(1, 1, 2000), stacked(1, 1, 1000)]);
    assert_eq!(books.balances().of(Account::CashBox), Money(1000));
    assert_eq!(books.sale(SaleId(1)).unwrap().suspense, Money(1000));
}

#[test]
fn a_returned_note_costs_nothing() {
    let books = books_after(&[
        opened(1, "111"),
        offered(1, 1, 2000),
        returned(1),
        closed(1),
    ]);
    assert_eq!(balances(&books), [0; 9]);
    assert!(books.sale(SaleId(1)).unwrap().finished());
}

#[test]
fn a_pending_slip_stands_in_for_the_later_receipt() {
    let sale = |books: &Books| books.sale(SaleId(1)).unwrap().clone();
    let events = and(paid(), [intended(1, 5, 2000), unknown(1, 5)]);
    let books = books_after(&events);
    assert_eq!(sale(&books).due_slip(), Some(Slip::Pending));
    let events = and(
        events,
        [
            slip(1, Slip::Pending),
            slip_done(1, Slip::Pending, SlipOutcome::Printed),
            closed(1),
        ],
    );
    let books = books_after(&events);
    assert_eq!(sale(&books).due_slip(), None);
    assert!(!sale(&books).finished(), "its delivery is open");
    assert!(sale(&books_after(&and(events, [applied(1, 5)]))).finished());
}

#[test]
fn a_slip_that_was_not_printed_is_still_due() {
    let why = SlipOutcome::NotPrinted("no paper".into());
    let mut events = whole_sale(1, "111", 5);
    events[7] = slip_done(1, Slip::Receipt, why);
    let books = books_after(&events);
    let sale = books.sale(SaleId(1)).unwrap();
    assert_eq!(sale.due_slip(), Some(Slip::Receipt));
    assert_eq!(books.unfinished().count(), 1);
}

#[test]
fn old_settled_sales_are_forgotten_but_never_unsettled_ones() {
    let mut books = books_after(&and(
        paid(),
        [intended(1, 5, 2000), unknown(1, 5), closed(1)],
    ));
    for number in 2..=SALES_KEPT as u64 + 5 {
        for event in [opened(number, "222"), closed(number)] {
            books.apply(&event).unwrap();
        }
    }
    assert_eq!(books.sales().count(), SALES_KEPT);
    assert!(books.sale(SaleId(1)).is_some());
    assert!(books.sale(SaleId(2)).is_none());
    assert_eq!(
        books.apply(&slip(2, Slip::Receipt)),
        Err(BooksError::NoSuchSale(SaleId(2)))
    );
}

#[test]
fn an_applied_delivery_keeps_what_the_meter_said() {
    let books = books_after(&and(paid(), [intended(1, 5, 2000), applied(1, 5)]));
    let sale = books.sale(SaleId(1)).unwrap();
    assert_eq!(
        sale.last_delivery().unwrap().state,
        DeliveryState::Applied(purse(5))
    );
}
