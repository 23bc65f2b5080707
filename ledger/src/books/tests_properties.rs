use proptest::prelude::*;

use super::testing::history;
use super::*;

/// What the sales and the money outside of them say must be what the accounts say.
fn check_against_sales(books: &Books) {
    use crate::account::Account::{Credited, InDelivery, Owed, Suspense};
    let sum = |field: fn(&Sale) -> Money| Money(-books.sales().map(|s| field(s).0).sum::<i64>());
    let of = |account| books.balances().of(account);
    assert_eq!(of(Suspense), sum(|s| s.suspense));
    assert_eq!(of(InDelivery), sum(|s| s.in_delivery));
    assert_eq!(of(Credited), sum(|s| s.credited));
    assert_eq!(of(Owed), sum(|s| s.owed));
    for sale in books.sales() {
        let found_place = sale.suspense.0 + sale.in_delivery.0 + sale.credited.0 + sale.owed.0;
        assert_eq!(sale.paid.0, found_place, "{sale:?}");
    }
}

proptest! {
    #[test]
    fn invariant_1_money_is_conserved_in_every_history(events in history(80)) {
        let mut books = Books::new();
        for event in &events {
            let postings = books.apply(event).unwrap();
            prop_assert_eq!(postings.iter().map(|p| p.amount.0).sum::<i64>(), 0);
            prop_assert_eq!(books.balances().sum(), Some(Money::ZERO));
            check_against_sales(&books);
            prop_assert_eq!(&Books::decode(&books.encode()).unwrap(), &books);
        }
    }

    #[test]
    fn a_refused_event_leaves_no_trace(events in history(40), other in history(40), at in any::<usize>()) {
        let mut books = Books::new();
        for event in &events {
            books.apply(event).unwrap();
        }
        let before = books.clone();
        if books.apply(&other[at % other.len()]).is_err() {
            prop_assert_eq!(books, before);
        } else {
            prop_assert_eq!(books.balances().sum(), Some(Money::ZERO));
        }
    }
}
