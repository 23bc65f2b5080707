//! One test a rule: the event is refused and leaves no trace.

use super::testing::*;
use super::tests::{and, paid};
use super::*;
use crate::event::{Slip, SlipOutcome};

/// The rule the event breaks; the books must not have changed.
fn refused(before: &[Event], event: Event) -> BooksError {
    let mut books = books_after(before);
    let untouched = books.clone();
    let error = books.apply(&event).unwrap_err();
    assert_eq!(books, untouched, "a refused event left a trace");
    error
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
            card: None,
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
