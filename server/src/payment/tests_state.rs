use std::collections::{BTreeMap, BTreeSet};

use super::Event as E;
use super::State as S;
use super::Step::{Go, Stay, Wrong};
use super::*;

/// For each state what the events lead to, in the order of [`Event::ALL`]: Open, Paid, PaidOther, Closed, Expired, NeverMade,
/// Refused, Refunded, Cancel, Take, GiveBack, Refund, Disowned; for a sale.
const TABLE: [(State, [Step; 13]); 12] = [
    (
        S::Created,
        [
            Go(S::Waiting),
            Go(S::Paid),
            Go(S::PaidLate),
            Go(S::Cancelled),
            Go(S::Expired),
            Go(S::Expired),
            Go(S::Refused),
            Wrong,
            Go(S::Cancelling),
            Wrong,
            Wrong,
            Wrong,
            Go(S::Abandoned),
        ],
    ),
    (
        S::Waiting,
        [
            Stay,
            Go(S::Paid),
            Go(S::PaidLate),
            Go(S::Cancelled),
            Go(S::Expired),
            Go(S::Expired),
            Stay,
            Wrong,
            Go(S::Cancelling),
            Wrong,
            Wrong,
            Wrong,
            Go(S::Abandoned),
        ],
    ),
    (
        S::Cancelling,
        [
            Stay,
            Go(S::Paid),
            Go(S::PaidLate),
            Go(S::Cancelled),
            Go(S::Cancelled),
            Go(S::Cancelled),
            Stay,
            Wrong,
            Stay,
            Wrong,
            Wrong,
            Wrong,
            Go(S::Abandoned),
        ],
    ),
    (
        S::Abandoned,
        [
            Stay,
            Go(S::PaidLate),
            Go(S::PaidLate),
            Go(S::Cancelled),
            Go(S::Cancelled),
            Go(S::Cancelled),
            Stay,
            Wrong,
            Stay,
            Wrong,
            Wrong,
            Wrong,
            Stay,
        ],
    ),
    (
        S::Paid,
        [
            Stay,
            Stay,
            Wrong,
            Stay,
            Stay,
            Stay,
            Stay,
            Wrong,
            Stay,
            Go(S::Taken),
            Go(S::PaidLate),
            Go(S::Refunding),
            Go(S::PaidLate),
        ],
    ),
    (
        S::Taken,
        [
            Stay,
            Stay,
            Wrong,
            Stay,
            Stay,
            Stay,
            Stay,
            Wrong,
            Stay,
            Stay,
            Wrong,
            Go(S::Refunding),
            Go(S::PaidLate),
        ],
    ),
    (
        S::Cancelled,
        [
            Stay,
            Go(S::PaidLate),
            Go(S::PaidLate),
            Stay,
            Stay,
            Stay,
            Stay,
            Stay,
            Stay,
            Wrong,
            Wrong,
            Wrong,
            Stay,
        ],
    ),
    (
        S::Expired,
        [
            Stay,
            Go(S::PaidLate),
            Go(S::PaidLate),
            Stay,
            Stay,
            Stay,
            Stay,
            Stay,
            Stay,
            Wrong,
            Wrong,
            Wrong,
            Stay,
        ],
    ),
    (
        S::Refused,
        [
            Stay,
            Go(S::PaidLate),
            Go(S::PaidLate),
            Stay,
            Stay,
            Stay,
            Stay,
            Stay,
            Stay,
            Wrong,
            Wrong,
            Wrong,
            Stay,
        ],
    ),
    (
        S::PaidLate,
        [
            Stay,
            Stay,
            Stay,
            Stay,
            Stay,
            Stay,
            Stay,
            Go(S::Refunded),
            Stay,
            Wrong,
            Stay,
            Wrong,
            Stay,
        ],
    ),
    (
        S::Refunding,
        [
            Stay,
            Stay,
            Stay,
            Stay,
            Stay,
            Stay,
            Stay,
            Go(S::Refunded),
            Stay,
            Wrong,
            Wrong,
            Wrong,
            Stay,
        ],
    ),
    (
        S::Refunded,
        [
            Stay, Stay, Stay, Stay, Stay, Stay, Stay, Stay, Stay, Wrong, Stay, Wrong, Stay,
        ],
    ),
];

fn row(state: State) {
    let (_, expected) = TABLE.into_iter().find(|(of, _)| *of == state).unwrap();
    for (event, expected) in Event::ALL.into_iter().zip(expected) {
        assert_eq!(
            step(state, event, Target::Sale),
            expected,
            "{state} {event:?}"
        );
    }
}

macro_rules! rows {
    ($($name:ident: $state:ident)*) => { $(
        #[test]
        fn $name() {
            row(State::$state);
        }
    )* };
}

rows! {
    a_created_payment: Created
    a_waiting_payment: Waiting
    a_payment_being_cancelled: Cancelling
    a_payment_that_its_terminal_gave_up: Abandoned
    a_paid_payment: Paid
    a_taken_payment: Taken
    a_cancelled_payment: Cancelled
    an_expired_payment: Expired
    a_refused_payment: Refused
    a_payment_that_came_late: PaidLate
    a_payment_being_refunded: Refunding
    a_refunded_payment: Refunded
}

#[test]
fn a_wallets_money_is_in_it_at_once_so_nobody_takes_or_returns_it() {
    for state in State::ALL {
        for event in Event::ALL {
            let differs = step(state, event, Target::Wallet) != step(state, event, Target::Sale);
            let expected = (state == S::Paid && [E::Take, E::GiveBack].contains(&event))
                || ([S::Paid, S::Taken].contains(&state) && event == E::Disowned);
            assert_eq!(differs, expected, "{state} {event:?}");
        }
    }
}

#[test]
fn every_way_through_the_states_receives_once_and_gives_back_once_at_most() {
    for target in [Target::Sale, Target::Wallet] {
        let mut seen = BTreeSet::new();
        let mut open = vec![(S::Created, BTreeMap::<Book, i64>::new())];
        while let Some((state, books)) = open.pop() {
            if !seen.insert((state, books.clone())) {
                continue;
            }
            let at = |book| books.get(&book).copied().unwrap_or(0);
            assert_eq!(books.values().sum::<i64>(), 0, "{state}");
            let place = match (state, target) {
                (S::Paid, Target::Sale) => Some(Book::Untaken),
                (S::Paid, Target::Wallet) => Some(Book::Wallet),
                (S::Taken, _) => Some(Book::Terminals),
                (S::PaidLate | S::Refunding, _) => Some(Book::Returning),
                _ => None,
            };
            for book in Book::ALL {
                let expected = match (book, place) {
                    (Book::Provider, Some(_)) => 1,
                    (_, Some(place)) if place == book => -1,
                    _ => 0,
                };
                assert_eq!(at(book), expected, "{state} {book:?}");
            }
            for event in Event::ALL {
                let Go(next) = step(state, event, target) else {
                    continue;
                };
                let mut books = books.clone();
                if let Some((_, debit, credit)) = posting(state, next, target) {
                    *books.entry(debit).or_default() += 1;
                    *books.entry(credit).or_default() -= 1;
                    books.retain(|_, amount| *amount != 0);
                }
                open.push((next, books));
            }
        }
        let states: BTreeSet<State> = seen.into_iter().map(|(state, _)| state).collect();
        let taken = usize::from(target == Target::Wallet);
        assert_eq!(states.len(), State::ALL.len() - taken, "{target:?}");
    }
}

#[test]
fn a_state_has_one_name() {
    for state in State::ALL {
        assert_eq!(State::parse(state.name()), Some(state));
    }
    assert_eq!(State::parse("lost"), None);
}
