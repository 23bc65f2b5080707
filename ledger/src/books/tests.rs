use super::testing::*;
use super::*;
use crate::account::Account;
use crate::event::{Slip, SlipOutcome};
use crate::sale::DeliveryState;

/// The rule the event breaks; the books must not have changed.
fn refused(before: &[Event], event: Event) -> BooksError {
    let mut books = books_after(before);
    let untouched = books.clone();
    let error = books.apply(&event).unwrap_err();
    assert_eq!(books, untouched, "a refused event left a trace");
    error
}

/// A sale with 20.00 held.
fn paid() -> Vec<Event> {
    vec![opened(1, "111"), offered(1, 1, 2000), stacked(1, 1, 2000)]
}

fn and(mut events: Vec<Event>, more: impl IntoIterator<Item = Event>) -> Vec<Event> {
    events.extend(more);
    events
}

fn balances(books: &Books) -> Vec<i64> {
    books.balances().iter().map(|(_, money)| money.0).collect()
}

#[test]
fn a_whole_sale_moves_the_money_to_the_meter() {
    let books = books_after(&whole_sale(1, "111", 5));
    assert_eq!(balances(&books), [2000, 0, 0, 0, -2000, 0, 0]);
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
    assert_eq!(balances(&books), [2000, 0, 0, -2000, 0, 0, 0]);
    assert_eq!(books.pending_for_meter("111").unwrap().id, SaleId(1));
    assert_eq!(books.pending_for_meter("222"), None);
}

#[test]
fn a_voided_delivery_gives_the_money_back_to_the_sale_and_a_claim_owes_it() {
    let events = and(paid(), [intended(1, 5, 2000), voided(1, 5)]);
    let books = books_after(&events);
    assert_eq!(books.balances().of(Account::Suspense), Money(-2000));
    let books = books_after(&and(events, [claim(1, 2000), closed(1)]));
    assert_eq!(balances(&books), [2000, 0, 0, 0, 0, -2000, 0]);
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
    assert_eq!(balances(&books), [2000, 0, 0, 0, -2000, 0, 0]);
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
    assert_eq!(balances(&books), [2000, 0, 0, 0, 0, -2000, 0]);
}

#[test]
fn a_note_in_doubt_is_owed_to_be_examined() {
    let books = books_after(&[opened(1, "111"), offered(1, 1, 2000), doubt(1), closed(1)]);
    assert_eq!(balances(&books), [0, 2000, 0, 0, 0, 0, -2000]);
    let sale = books.sale(SaleId(1)).unwrap();
    assert_eq!(sale.in_doubt, Money(2000));
    assert_eq!(sale.due_slip(), Some(Slip::Claim));
}

#[test]
fn money_found_without_a_sale_is_owed_to_be_examined() {
    let books = books_after(&[found(None, 500)]);
    assert_eq!(balances(&books), [500, 0, 0, 0, 0, 0, -500]);
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
    assert_eq!(balances(&books), [0; 7]);
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
fn rule_a_log_begins_with_its_creation() {
    let mut books = Books::new();
    let error = books.apply(&opened(1, "111")).unwrap_err();
    assert_eq!(error, BooksError::NotCreated);
    assert_eq!(books, Books::new());
}

#[test]
fn rule_a_log_is_created_once() {
    assert_eq!(refused(&[], created()), BooksError::CreatedAlready);
}

#[test]
fn rule_sales_are_numbered_without_gaps() {
    for wrong in [0, 2] {
        assert_eq!(
            refused(&[], opened(wrong, "111")),
            BooksError::SaleNumber {
                expected: SaleId(1),
                found: SaleId(wrong)
            }
        );
    }
}

#[test]
fn rule_one_sale_at_a_time() {
    assert_eq!(
        refused(&[opened(1, "111")], opened(2, "222")),
        BooksError::SaleOpenAlready(SaleId(1))
    );
}

#[test]
fn rule_a_sale_must_be_known() {
    let unknown_sale = BooksError::NoSuchSale(SaleId(9));
    for event in [
        offered(9, 1, 100),
        found(Some(9), 100),
        intended(9, 5, 100),
        applied(9, 5),
        claim(9, 100),
        slip(9, Slip::Claim),
        slip_done(9, Slip::Claim, SlipOutcome::Printed),
        closed(9),
    ] {
        assert_eq!(refused(&[], event), unknown_sale);
    }
}

#[test]
fn rule_a_closed_sale_takes_nothing_new() {
    let before = [opened(1, "111"), closed(1)];
    for event in [
        offered(1, 1, 100),
        found(Some(1), 100),
        intended(1, 5, 100),
        closed(1),
    ] {
        assert_eq!(refused(&before, event), BooksError::SaleClosed(SaleId(1)));
    }
}

#[test]
fn rule_amounts_are_above_zero() {
    for wrong in [0, -1] {
        let error = BooksError::AmountNotPositive(Money(wrong));
        let open = [opened(1, "111")];
        assert_eq!(refused(&open, offered(1, 1, wrong)), error);
        assert_eq!(refused(&open, found(None, wrong)), error);
        assert_eq!(refused(&paid(), intended(1, 5, wrong)), error);
        assert_eq!(refused(&paid(), claim(1, wrong)), error);
        let sale = Event::SaleOpened {
            sale: SaleId(1),
            meter: meter("111"),
            target: Money(wrong),
            before: purse(4),
        };
        assert_eq!(refused(&[], sale), error);
    }
}

#[test]
fn rule_notes_are_numbered_without_gaps() {
    assert_eq!(
        refused(&[opened(1, "111")], offered(1, 2, 100)),
        BooksError::NoteNumber {
            expected: NoteId(1),
            found: NoteId(2)
        }
    );
}

#[test]
fn rule_one_note_at_a_time() {
    assert_eq!(
        refused(&[opened(1, "111"), offered(1, 1, 100)], offered(1, 2, 100)),
        BooksError::NoteOpenAlready(NoteId(1))
    );
}

#[test]
fn rule_a_notes_outcome_needs_its_intent() {
    for event in [stacked(1, 7, 100), returned(7), doubt(7)] {
        assert_eq!(
            refused(&[opened(1, "111")], event),
            BooksError::NoteNeverOffered(NoteId(7))
        );
    }
}

#[test]
fn rule_a_note_has_one_outcome() {
    for first in [stacked(1, 1, 100), returned(1), doubt(1)] {
        for second in [stacked(1, 1, 100), returned(1), doubt(1)] {
            let before = [opened(1, "111"), offered(1, 1, 100), first.clone()];
            assert_eq!(refused(&before, second), BooksError::NoteDecided(NoteId(1)));
        }
    }
}

#[test]
fn rule_a_note_pays_for_the_sale_it_was_offered_for() {
    let Event::NoteStacked {
        note,
        value,
        evidence,
        ..
    } = stacked(1, 1, 100)
    else {
        unreachable!()
    };
    for sale in [None, Some(SaleId(2))] {
        let event = Event::NoteStacked {
            sale,
            note,
            value,
            evidence,
        };
        assert_eq!(
            refused(&[opened(1, "111"), offered(1, 1, 100)], event),
            BooksError::NoteOfOtherSale {
                note: NoteId(1),
                sale: SaleId(1)
            }
        );
    }
}

#[test]
fn rule_only_a_credit_is_acknowledged_and_once() {
    let nothing = BooksError::NothingToAcknowledge;
    assert_eq!(refused(&[], Event::NoteAcknowledged), nothing);
    let before = and(paid(), [Event::NoteAcknowledged]);
    assert_eq!(refused(&before, Event::NoteAcknowledged), nothing);
}

#[test]
fn rule_one_delivery_of_a_sale_at_a_time() {
    for state in [None, Some(unknown(1, 5))] {
        let before = and(paid(), [intended(1, 5, 500)].into_iter().chain(state));
        for number in [5, 6] {
            assert_eq!(
                refused(&before, intended(1, number, 500)),
                BooksError::DeliveryOpenAlready {
                    sale: SaleId(1),
                    number: 5
                }
            );
        }
    }
}

#[test]
fn rule_a_purchase_number_held_by_an_earlier_sale_is_not_sent_with_another_amount() {
    let before = and(
        paid(),
        [
            intended(1, 5, 2000),
            unknown(1, 5),
            closed(1),
            opened(2, "111"),
            found(Some(2), 700),
        ],
    );
    for number in [5, 6] {
        assert_eq!(
            refused(&before, intended(2, number, 700)),
            BooksError::DeliveryOpenAlready {
                sale: SaleId(1),
                number: 5
            }
        );
    }
    let other_meter = and(
        paid(),
        [
            intended(1, 5, 2000),
            unknown(1, 5),
            closed(1),
            opened(2, "222"),
            found(Some(2), 700),
            intended(2, 5, 700),
        ],
    );
    books_after(&other_meter);
}

#[test]
fn rule_a_purchase_number_follows_the_meters_last_one() {
    for (number, last) in [(5, 5), (5, 3), (0, u32::MAX)] {
        let event = Event::DeliveryIntended {
            sale: SaleId(1),
            number,
            amount: Money(100),
            before: purse(last),
        };
        assert_eq!(
            refused(&paid(), event),
            BooksError::DeliveryNumber { number, last }
        );
    }
}

#[test]
fn rule_a_deliverys_outcome_needs_its_intent() {
    let sale = SaleId(1);
    for event in [applied(1, 5), voided(1, 5), unknown(1, 5)] {
        assert_eq!(
            refused(&paid(), event.clone()),
            BooksError::DeliveryNeverIntended { sale, number: 5 }
        );
        assert_eq!(
            refused(&and(paid(), [intended(1, 6, 2000)]), event),
            BooksError::DeliveryNeverIntended { sale, number: 5 }
        );
    }
}

#[test]
fn rule_a_delivery_has_one_outcome() {
    for first in [applied(1, 5), voided(1, 5)] {
        for second in [applied(1, 5), voided(1, 5), unknown(1, 5)] {
            assert_eq!(
                refused(&and(paid(), [intended(1, 5, 500), first.clone()]), second),
                BooksError::DeliveryDecided {
                    sale: SaleId(1),
                    number: 5
                }
            );
        }
    }
}

#[test]
fn rule_no_more_is_delivered_or_owed_than_was_paid() {
    let error = BooksError::MoreThanSuspense {
        sale: SaleId(1),
        asked: Money(2001),
        suspense: Money(2000),
    };
    assert_eq!(refused(&paid(), intended(1, 5, 2001)), error);
    assert_eq!(refused(&paid(), claim(1, 2001)), error);
    let error = BooksError::MoreThanSuspense {
        sale: SaleId(1),
        asked: Money(2000),
        suspense: Money(0),
    };
    let sent = and(paid(), [intended(1, 5, 2000)]);
    assert_eq!(refused(&sent, claim(1, 2000)), error);
}

#[test]
fn rule_a_sale_is_not_closed_while_it_holds_money() {
    assert_eq!(
        refused(&paid(), closed(1)),
        BooksError::ClosingWithMoney {
            sale: SaleId(1),
            suspense: Money(2000)
        }
    );
}

#[test]
fn rule_a_sale_is_not_closed_with_an_open_note() {
    assert_eq!(
        refused(&[opened(1, "111"), offered(1, 1, 100)], closed(1)),
        BooksError::ClosingWithNote {
            sale: SaleId(1),
            note: NoteId(1)
        }
    );
}

#[test]
fn rule_a_sale_is_not_closed_before_its_deliverys_outcome_is_recorded() {
    assert_eq!(
        refused(&and(paid(), [intended(1, 5, 2000)]), closed(1)),
        BooksError::ClosingWithDelivery {
            sale: SaleId(1),
            number: 5
        }
    );
}

#[test]
fn rule_one_slip_at_a_time() {
    assert_eq!(
        refused(
            &[opened(1, "111"), slip(1, Slip::Claim)],
            slip(1, Slip::Receipt)
        ),
        BooksError::SlipOpenAlready {
            sale: SaleId(1),
            slip: Slip::Claim
        }
    );
}

#[test]
fn rule_a_slips_outcome_needs_its_intent_and_comes_once() {
    let done = |kind| slip_done(1, kind, SlipOutcome::Printed);
    let not_open = |slip| BooksError::SlipNotOpen {
        sale: SaleId(1),
        slip,
    };
    let open = vec![opened(1, "111")];
    assert_eq!(refused(&open, done(Slip::Claim)), not_open(Slip::Claim));
    let printing = and(open, [slip(1, Slip::Claim)]);
    assert_eq!(
        refused(&printing, done(Slip::Receipt)),
        not_open(Slip::Receipt)
    );
    let printed = and(printing, [done(Slip::Claim)]);
    assert_eq!(refused(&printed, done(Slip::Claim)), not_open(Slip::Claim));
}

#[test]
fn rule_sums_that_do_not_fit_are_refused() {
    let most = [found(None, i64::MAX)];
    assert_eq!(refused(&most, found(None, 1)), BooksError::Overflow);
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
