//! Which money moves for the differences. Pure: a charge is paid out of the wallet, and what that does not cover is owed; what
//! was charged too much goes back into the wallet, and pays what is owed out of it.

use std::collections::HashMap;

use super::chain::Revision;
use crate::wallet::{Book, Kind};

/// What an account has and owes, in minor units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Purse {
    /// Its balance.
    pub balance: i64,
    /// Its debt.
    pub debt: i64,
}

/// Money that moves for a revision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Move {
    /// For which one, by its place.
    pub of: usize,
    /// What for.
    pub kind: Kind,
    /// Meter, day and revision.
    pub reference: String,
    /// Whose.
    pub account: String,
    /// How much, above 0.
    pub amount: i64,
    /// How much of it pays a debt at once.
    pub repays: i64,
}

impl Move {
    /// What is debited and what is credited.
    pub fn sides(&self) -> (Book, Book) {
        match self.kind {
            Kind::SettlementOwed => (Book::Debt, Book::Consumption),
            Kind::SettlementReturned => (Book::Consumption, Book::Wallet),
            _ => (Book::Wallet, Book::Consumption),
        }
    }
}

/// The moves of some revisions, in their order; the purses are as they are afterwards.
pub fn moves(revisions: &[Revision], purses: &mut HashMap<String, Purse>) -> Vec<Move> {
    let mut moves = Vec::new();
    for (of, revision) in revisions.iter().enumerate() {
        let purse = purses.entry(revision.account.clone()).or_default();
        let reference = format!(
            "{}/{}/{}",
            revision.meter, revision.used.day, revision.revision
        );
        let mut add = |kind, amount, repays| {
            if amount > 0 {
                moves.push(Move {
                    of,
                    kind,
                    reference: reference.clone(),
                    account: revision.account.clone(),
                    amount,
                    repays,
                });
            }
        };
        match revision.difference {
            more if more > 0 => {
                let paid = more.min(purse.balance);
                purse.balance -= paid;
                purse.debt += more - paid;
                add(Kind::SettlementCharged, paid, 0);
                add(Kind::SettlementOwed, more - paid, 0);
            }
            less => {
                let back = less.saturating_neg();
                let repays = purse.debt.min(purse.balance + back);
                purse.balance += back - repays;
                purse.debt -= repays;
                add(Kind::SettlementReturned, back, repays);
            }
        }
    }
    moves
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;
    use crate::settlement::days::{Basis, Used};
    use crate::tariff::{Accumulator, Consumption, Utility};

    fn revision(difference: i64) -> Revision {
        Revision {
            revision: 2,
            meter: "1001".into(),
            account: "A".into(),
            utility: Utility::Water,
            tariff: "default".into(),
            version: 1,
            people: None,
            used: Used {
                day: date(2026, 3, 1),
                consumption: Consumption::default(),
                basis: Basis::Read,
                before: vec![0],
                after: vec![0],
            },
            charge: 0,
            difference,
            lines: Vec::new(),
            after: Accumulator::default(),
        }
    }

    fn told(purse: Purse, difference: i64) -> (Vec<(Kind, i64, i64)>, Purse) {
        let mut purses = HashMap::from([("A".to_owned(), purse)]);
        let moves = moves(&[revision(difference)], &mut purses);
        let each = moves.iter().map(|one| (one.kind, one.amount, one.repays));
        (each.collect(), purses["A"])
    }

    fn purse(balance: i64, debt: i64) -> Purse {
        Purse { balance, debt }
    }

    #[test]
    fn the_wallet_pays_first_and_the_rest_is_owed() {
        use Kind::{
            SettlementCharged as Charged, SettlementOwed as Owed, SettlementReturned as Back,
        };
        assert_eq!(
            told(purse(100, 0), 30),
            (vec![(Charged, 30, 0)], purse(70, 0))
        );
        let both = vec![(Charged, 100, 0), (Owed, 20, 0)];
        assert_eq!(told(purse(100, 0), 120), (both, purse(0, 20)));
        assert_eq!(told(purse(0, 5), 20), (vec![(Owed, 20, 0)], purse(0, 25)));
        assert_eq!(told(purse(10, 0), -20), (vec![(Back, 20, 0)], purse(30, 0)));
        assert_eq!(told(purse(0, 5), -20), (vec![(Back, 20, 5)], purse(15, 0)));
        assert_eq!(
            told(purse(0, 50), -20),
            (vec![(Back, 20, 20)], purse(0, 30))
        );
        assert_eq!(told(purse(10, 0), 0), (vec![], purse(10, 0)));
    }

    proptest! {
        #[test]
        fn no_purse_is_ever_negative_and_what_is_charged_is_what_it_lost(
            differences in prop::collection::vec(-500_i64..500, 1..20),
            balance in 0_i64..1000,
        ) {
            let revisions: Vec<Revision> = differences.iter().map(|one| revision(*one)).collect();
            let mut purses = HashMap::from([("A".to_owned(), purse(balance, 0))]);
            moves(&revisions, &mut purses);
            let after = purses["A"];
            prop_assert!(after.balance >= 0 && after.debt >= 0);
            prop_assert_eq!(balance - (after.balance - after.debt), differences.iter().sum::<i64>());
        }
    }
}
