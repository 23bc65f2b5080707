//! Payments without cash: what they move, and one test a rule.

use super::testing::*;
use super::testing_time::*;
use super::tests::and;
use super::*;
use crate::account::Account;
use crate::event::{Slip, SlipOutcome};
use crate::limits::{LimitHit, Limits};
use crate::payment::{AccountRef, Means, PaymentEvidence, PaymentOutcome, PaymentState};

/// A sale of 50.00 that the server says is paid so.
fn paid_by(means: Means) -> Vec<Event> {
    vec![opened(1, "111"), asked(1, means), taken(1)]
}

fn of(books: &Books, account: Account) -> i64 {
    books.balances().of(account).0
}

fn refused(before: &[Event], event: Event) -> BooksError {
    let mut books = books_after(before);
    let untouched = books.clone();
    let error = books.apply(&event).unwrap_err();
    assert_eq!(books, untouched, "a refused event left a trace");
    error
}

#[test]
fn a_payment_moves_to_the_meter_as_cash_does() {
    for (means, account) in [
        (wallet(), Account::Wallets),
        (Means::Code, Account::Provider),
    ] {
        let delivered = ended(1, "111", means.clone(), PaymentOutcome::Delivered);
        let more = [
            intended(1, 5, 5000),
            applied(1, 5),
            delivered,
            slip(1, Slip::Receipt),
            slip_done(1, Slip::Receipt, SlipOutcome::Printed),
            closed(1),
        ];
        let books = books_after(&and(paid_by(means), more));
        assert_eq!(of(&books, account), 5000);
        assert_eq!(of(&books, Account::Credited), -5000);
        let sale = books.sale(SaleId(1)).unwrap();
        assert!(sale.finished());
        assert_eq!((sale.paid, sale.credited), (Money(5000), Money(5000)));
        assert_eq!(books.till().total(), Some(Money::ZERO), "no note came in");
    }
}

#[test]
fn what_the_meter_refuses_goes_back_into_the_wallet() {
    let returned = ended(1, "111", wallet(), PaymentOutcome::Returned);
    let more = [intended(1, 5, 5000), voided(1, 5), returned, closed(1)];
    let books = books_after(&and(paid_by(wallet()), more));
    assert_eq!(*books.balances(), Balances::default());
    let sale = books.sale(SaleId(1)).unwrap();
    assert!(sale.finished(), "no slip is due: nothing is owed");
    assert_eq!(sale.paid, Money::ZERO);
}

#[test]
fn it_goes_back_after_the_sale_was_closed_as_well() {
    let later = [
        intended(1, 5, 5000),
        unknown(1, 5),
        closed(1),
        voided(1, 5),
        ended(1, "111", wallet(), PaymentOutcome::Returned),
    ];
    let books = books_after(&and(paid_by(wallet()), later));
    assert_eq!(*books.balances(), Balances::default());
}

#[test]
fn what_was_paid_by_code_and_not_delivered_is_owed() {
    let more = [intended(1, 5, 5000), voided(1, 5), claim(1, 5000)];
    let books = books_after(&and(paid_by(Means::Code), more));
    assert_eq!(of(&books, Account::Provider), 5000);
    assert_eq!(of(&books, Account::Owed), -5000);
}

#[test]
fn nothing_is_moved_where_nothing_was_taken() {
    let more = [
        asked(1, wallet()),
        ended(1, "111", wallet(), PaymentOutcome::Refused),
        closed(1),
    ];
    let books = books_after(&and(vec![opened(1, "111")], more));
    assert_eq!(*books.balances(), Balances::default());
    assert!(books.sale(SaleId(1)).unwrap().finished());
}

#[test]
fn rule_a_sale_is_paid_in_one_way() {
    let other = BooksError::PaidOtherwise(SaleId(1));
    let with_note = [opened(1, "111"), offered(1, 1, 2000)];
    assert_eq!(refused(&with_note, asked(1, wallet())), other);
    let with_money = and(with_note.to_vec(), [stacked(1, 1, 2000)]);
    assert_eq!(refused(&with_money, asked(1, Means::Code)), other);
    let in_doubt = and(with_note.to_vec(), [doubt(1)]);
    assert_eq!(refused(&in_doubt, asked(1, Means::Code)), other);
    let owed = and(in_doubt, [doubt_ended(1)]);
    assert_eq!(refused(&owed, asked(1, Means::Code)), other);
    let asking = [opened(1, "111"), asked(1, wallet())];
    assert_eq!(refused(&asking, asked(1, Means::Code)), other);
    assert_eq!(refused(&asking, offered(1, 1, 2000)), other);
    assert_eq!(refused(&asking, found(Some(1), 2000)), other);
    // Money found meanwhile is nobody's, as ever.
    books_after(&and(asking.to_vec(), [found(None, 2000)]));
}

#[test]
fn rule_a_payment_is_for_the_whole_target_of_an_open_sale() {
    let open = [opened(1, "111")];
    let asked_for = |amount, means| Event::PaymentAsked {
        sale: SaleId(1),
        means,
        amount: Money(amount),
    };
    let differs = BooksError::PaymentDiffers(SaleId(1));
    assert_eq!(refused(&open, asked_for(4999, wallet())), differs);
    let nothing = BooksError::AmountNotPositive(Money(0));
    assert_eq!(refused(&open, asked_for(0, wallet())), nothing);
    let over = and(open.to_vec(), [closed(1)]);
    let closed = BooksError::SaleClosed(SaleId(1));
    assert_eq!(refused(&over, asked(1, wallet())), closed);
    for name in ["", "a b", "ä", &"9".repeat(65)] {
        let means = Means::Wallet(AccountRef(name.into()));
        let error = refused(&open, asked_for(5000, means));
        assert_eq!(error, BooksError::AccountNumber, "{name}");
    }
}

#[test]
fn rule_a_payment_is_asked_for_before_it_is_taken_and_taken_once() {
    let none = BooksError::PaymentNotAsked(SaleId(1));
    assert_eq!(refused(&[opened(1, "111")], taken(1)), none);
    assert_eq!(refused(&paid_by(wallet()), taken(1)), none);
    let given_up = [
        opened(1, "111"),
        asked(1, Means::Code),
        ended(1, "111", Means::Code, PaymentOutcome::Refused),
    ];
    assert_eq!(
        refused(&given_up, taken(1)),
        none,
        "the server may have given it back"
    );
}

#[test]
fn rule_an_end_says_again_what_was_asked_for() {
    let differs = BooksError::PaymentDiffers(SaleId(1));
    let asking = [opened(1, "111"), asked(1, wallet())];
    let refusal = PaymentOutcome::Refused;
    assert_eq!(
        refused(&asking, ended(1, "222", wallet(), refusal)),
        differs
    );
    let end = ended(1, "111", Means::Code, refusal);
    assert_eq!(refused(&asking, end), differs);
    let Event::PaymentEnded {
        sale,
        means,
        meter,
        outcome,
        reason,
        ..
    } = ended(1, "111", wallet(), refusal)
    else {
        unreachable!()
    };
    let amount = Money(4999);
    let less = Event::PaymentEnded {
        sale,
        means,
        meter,
        amount,
        outcome,
        reason,
    };
    assert_eq!(refused(&asking, less), differs);
    let end = ended(1, "111", wallet(), refusal);
    let none = BooksError::PaymentNotAsked(SaleId(1));
    assert_eq!(refused(&[opened(1, "111")], end), none);
}

#[test]
fn rule_a_payment_ends_as_what_became_of_it() {
    use PaymentOutcome::{Delivered, Refused, Returned};
    let wrong = BooksError::PaymentOutcome(SaleId(1));
    let end = |means, outcome| ended(1, "111", means, outcome);
    let asking = [opened(1, "111"), asked(1, wallet())];
    for outcome in [Returned, Delivered] {
        assert_eq!(refused(&asking, end(wallet(), outcome)), wrong);
    }
    for outcome in [Refused, Delivered] {
        assert_eq!(refused(&paid_by(wallet()), end(wallet(), outcome)), wrong);
    }
    let error = refused(&paid_by(Means::Code), end(Means::Code, Returned));
    assert_eq!(
        error, wrong,
        "what was taken from a provider goes back by people"
    );
    let sent = and(paid_by(wallet()), [intended(1, 5, 5000)]);
    for outcome in [Refused, Returned, Delivered] {
        assert_eq!(refused(&sent, end(wallet(), outcome)), wrong);
    }
    let part = and(paid_by(Means::Code), [intended(1, 5, 2000), applied(1, 5)]);
    for outcome in [Refused, Returned, Delivered] {
        assert_eq!(refused(&part, end(Means::Code, outcome)), wrong);
    }
    let over = and(sent, [applied(1, 5), end(wallet(), Delivered)]);
    assert_eq!(refused(&over, end(wallet(), Delivered)), wrong);
}

#[test]
fn rule_a_wallets_money_is_delivered_as_a_whole() {
    let differs = BooksError::PaymentDiffers(SaleId(1));
    assert_eq!(
        refused(&paid_by(wallet()), intended(1, 5, 2000)),
        differs,
        "neither of its outcomes would say what became of it"
    );
}

#[test]
fn rule_a_wallets_money_is_never_owed_on_paper() {
    let error = refused(&paid_by(wallet()), claim(1, 5000));
    assert_eq!(error, BooksError::PaymentOutcome(SaleId(1)));
}

#[test]
fn rule_a_sale_is_not_closed_while_its_payment_is_open() {
    for means in [wallet(), Means::Code] {
        let asking = [opened(1, "111"), asked(1, means)];
        let error = refused(&asking, closed(1));
        assert_eq!(error, BooksError::ClosingWithPayment(SaleId(1)));
    }
}

#[test]
fn a_sale_is_not_finished_before_its_payment_has_ended_or_is_owed() {
    let finished = |events: &[Event]| books_after(events).sale(SaleId(1)).unwrap().finished();
    for means in [wallet(), Means::Code] {
        let printed = slip_done(1, Slip::Receipt, SlipOutcome::Printed);
        let slips = [slip(1, Slip::Receipt), printed, closed(1)];
        let more = and(vec![intended(1, 5, 5000), applied(1, 5)], slips);
        let paid = and(paid_by(means.clone()), more);
        assert!(!finished(&paid), "{means:?}");
        let end = ended(1, "111", means, PaymentOutcome::Delivered);
        assert!(finished(&and(paid, [end])));
    }
    let printed = slip_done(1, Slip::Claim, SlipOutcome::Printed);
    let more = [claim(1, 5000), slip(1, Slip::Claim), printed, closed(1)];
    assert!(finished(&and(paid_by(Means::Code), more)));
}

fn both_bounds() -> Limits {
    Limits {
        per_card_day: Some(Money(8_000)),
        since_contact_money: Some(Money(20_000)),
        ..no_limits()
    }
}

fn offline(sale: u64) -> Event {
    Event::PaymentTaken {
        sale: SaleId(sale),
        evidence: PaymentEvidence::Offline,
    }
}

#[test]
fn a_wallet_is_trusted_offline_only_by_card_and_within_both_bounds() {
    let card = Some("C-1");
    for (limits, card) in [
        (no_limits(), card),
        (both_bounds(), None),
        (
            Limits {
                per_card_day: None,
                ..both_bounds()
            },
            card,
        ),
        (
            Limits {
                since_contact_money: None,
                ..both_bounds()
            },
            card,
        ),
    ] {
        let mut terminal = Clocked::with(limits);
        terminal.put(opened_with(1, 5000, card));
        terminal.put(asked(1, wallet()));
        assert_eq!(terminal.hits(offline(1)), LimitHit::WalletOffline);
        terminal.put(taken(1));
    }
    let mut unlimited = Clocked::new();
    unlimited.put(opened_with(1, 5000, card));
    unlimited.put(asked(1, wallet()));
    assert_eq!(unlimited.hits(offline(1)), LimitHit::WalletOffline);
}

#[test]
fn what_a_wallet_paid_counts_for_its_card_and_without_contact() {
    let mut terminal = Clocked::with(both_bounds());
    terminal.put(opened_with(1, 5000, Some("C-1")));
    terminal.put(asked(1, wallet()));
    terminal.put(offline(1));
    terminal.put(intended(1, 5, 5000));
    terminal.put(applied(1, 5));
    terminal.put(ended(1, "111", wallet(), PaymentOutcome::Delivered));
    terminal.put(closed(1));
    let (limit, asked_for) = (Money(8_000), Money(10_000));
    let hit = terminal.hits(opened_with(2, 5000, Some("C-1")));
    assert_eq!(
        hit,
        LimitHit::PerCardDay {
            limit,
            asked: asked_for
        }
    );
    terminal.put(opened_with(2, 5000, Some("C-2")));
    let offline_now = terminal
        .books
        .allows_offline(Money(5000), Some(&CardRef("C-2".into())));
    assert_eq!(offline_now, Ok(()));
}

#[test]
fn a_code_is_never_trusted_offline() {
    let mut terminal = Clocked::with(both_bounds());
    terminal.put(opened_with(1, 5000, Some("C-1")));
    terminal.put(asked(1, Means::Code));
    assert_eq!(
        terminal.refused(offline(1)),
        BooksError::PaymentNotAsked(SaleId(1))
    );
}

/// Books stated by programs that knew no payments keep their bytes; those with one have room for it.
#[test]
fn books_are_written_anew_only_where_something_was_paid_without_cash() {
    let cash = books_after(&whole_sale(1, "111", 5));
    assert_eq!(cash.encode()[1], 1);
    let asking = books_after(&[opened(1, "111"), asked(1, Means::Code)]);
    assert_eq!(asking.encode()[1], 2);
    let paid = books_after(&paid_by(wallet()));
    assert_eq!(Books::decode(&paid.encode()), Ok(paid.clone()));
    assert_eq!(
        paid.sale(SaleId(1))
            .unwrap()
            .payment
            .as_ref()
            .unwrap()
            .state,
        PaymentState::Taken(PaymentEvidence::Server)
    );
}
