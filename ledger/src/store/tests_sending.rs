//! Heads of a smaller size, for a witness that wants one before it takes more.

use std::collections::BTreeMap;

use super::sending::PastHeadError;
use super::testing::{Place, sell};
use super::tests_kept::{handed_over, witness};
use crate::exchange::{Next, Standing};

#[test]
fn a_head_of_a_smaller_size_is_the_one_that_was_signed_then() {
    let place = Place::new(1);
    let mut ledger = place.create();
    let mut heads = BTreeMap::new();
    for purchase in 5..25 {
        sell(&mut ledger, purchase);
        heads.insert(ledger.size(), ledger.head().to_text());
    }
    let standing = Standing::new(witness(&place.key()));
    for (size, head) in heads {
        let Next::Ask(asked) = ledger.ask_at(&standing, size).unwrap() else {
            panic!("size {size}");
        };
        assert_eq!(asked.head.to_text(), head, "size {size}");
        assert_eq!(asked.request.old(), 0);
    }
}

#[test]
fn there_is_no_head_beyond_the_log_or_under_a_key_that_is_gone() {
    let (place, ledger, _) = handed_over();
    let standing = Standing::new(witness(&place.key()));
    let own = ledger.size();
    let beyond = ledger.ask_at(&standing, own + 1);
    assert!(
        matches!(beyond, Err(PastHeadError::Future { .. })),
        "{beyond:?}"
    );
    let before = ledger.ask_at(&standing, 1);
    assert!(
        matches!(before, Err(PastHeadError::OtherKey(1))),
        "{before:?}"
    );
    assert!(matches!(ledger.ask_at(&standing, own), Ok(Next::Ask(_))));
}
