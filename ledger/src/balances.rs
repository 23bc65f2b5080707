//! The balance of every account.

use crate::account::{Account, Posting};
use crate::money::Money;

/// One balance an account, in the order of [`Account::ALL`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Balances(pub [Money; Account::ALL.len()]);

impl Balances {
    /// One account's balance.
    pub fn of(&self, account: Account) -> Money {
        let [
            cash,
            doubt,
            suspense,
            delivery,
            credited,
            owed,
            owed_doubt,
            collected,
            difference,
            wallets,
            provider,
        ] = self.0;
        match account {
            Account::CashBox => cash,
            Account::CashInDoubt => doubt,
            Account::Suspense => suspense,
            Account::InDelivery => delivery,
            Account::Credited => credited,
            Account::Owed => owed,
            Account::OwedInDoubt => owed_doubt,
            Account::Collected => collected,
            Account::CashDifference => difference,
            Account::Wallets => wallets,
            Account::Provider => provider,
        }
    }

    /// The balances after the postings, or `None` where one does not fit.
    pub fn posted(&self, postings: &[Posting]) -> Option<Balances> {
        let mut after = *self;
        for posting in postings {
            let balance = after.0.get_mut(usize::from(posting.account.code()))?;
            *balance = balance.checked_add(posting.amount)?;
        }
        Some(after)
    }

    /// Whether all but the first `accounts` are zero.
    pub(crate) fn fits(&self, accounts: usize) -> bool {
        self.0
            .iter()
            .skip(accounts)
            .all(|balance| *balance == Money::ZERO)
    }

    /// The sum over all accounts; zero, always (invariant 1). `None` where it does not fit.
    pub fn sum(&self) -> Option<Money> {
        self.0
            .iter()
            .try_fold(Money::ZERO, |sum, balance| sum.checked_add(*balance))
    }

    /// Every account with its balance.
    pub fn iter(&self) -> impl Iterator<Item = (Account, Money)> + '_ {
        Account::ALL.into_iter().zip(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_places_agree() {
        for (place, account) in Account::ALL.into_iter().enumerate() {
            assert_eq!(usize::from(account.code()), place);
            assert_eq!(Account::from_code(account.code()), Some(account));
            let amount = Money(5);
            let posting = Posting { account, amount };
            let after = Balances::default().posted(&[posting]).unwrap();
            assert_eq!(after.of(account), Money(5));
            assert_eq!(after.sum(), Some(Money(5)));
        }
        assert_eq!(Account::from_code(11), None);
    }

    #[test]
    fn a_balance_that_does_not_fit_is_refused() {
        let most = Posting {
            account: Account::CashBox,
            amount: Money(i64::MAX),
        };
        let full = Balances::default().posted(&[most]).unwrap();
        let amount = Money(1);
        assert_eq!(full.posted(&[Posting { amount, ..most }]), None);
    }
}
