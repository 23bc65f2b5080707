//! The terminal's accounts and the postings of each event.
//!
//! Delivery is two-phase, with the words of financial stores: money paid waits in `Suspense`; the intent moves it to
//! `InDelivery` (pending), and exactly one of two outcomes ends that: `Credited` (posted) or back to `Suspense` (void).
//! Unknown is no outcome: it stays pending until the meter or staff decide.

use crate::money::Money;

/// Where money can be. An asset's balance is positive, a debt's negative; all together are always zero (invariant 1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Account {
    /// Asset: notes in the cash box.
    CashBox,
    /// Asset: notes that may be in the cash box.
    CashInDoubt,
    /// Debt: paid for a sale and not yet on its way.
    Suspense,
    /// Debt: on its way to a meter, outcome open (two-phase: pending).
    InDelivery,
    /// Debt to the operator: credited at meters.
    Credited,
    /// Debt to residents: owed on claims.
    Owed,
    /// Debt to be examined: notes in doubt, and money found with no sale open.
    OwedInDoubt,
    /// Asset: taken out of the cash box, on its way to the office or there.
    Collected,
    /// What counting collections found missing (positive) or too much (negative).
    CashDifference,
    /// Asset: paid from wallets, which the server keeps.
    Wallets,
    /// Asset: paid by QR code; the money is at the payment provider.
    Provider,
}

impl Account {
    /// All of them, in the order in which entries list their balances.
    pub const ALL: [Account; 11] = [
        Account::CashBox,
        Account::CashInDoubt,
        Account::Suspense,
        Account::InDelivery,
        Account::Credited,
        Account::Owed,
        Account::OwedInDoubt,
        Account::Collected,
        Account::CashDifference,
        Account::Wallets,
        Account::Provider,
    ];

    /// Its number in entries: its place in [`Account::ALL`].
    pub fn code(self) -> u8 {
        match self {
            Account::CashBox => 0,
            Account::CashInDoubt => 1,
            Account::Suspense => 2,
            Account::InDelivery => 3,
            Account::Credited => 4,
            Account::Owed => 5,
            Account::OwedInDoubt => 6,
            Account::Collected => 7,
            Account::CashDifference => 8,
            Account::Wallets => 9,
            Account::Provider => 10,
        }
    }

    /// The account with this number.
    pub fn from_code(code: u8) -> Option<Account> {
        Account::ALL.get(usize::from(code)).copied()
    }
}

/// One side of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Posting {
    /// The account.
    pub account: Account,
    /// What is added to it; may be negative.
    pub amount: Money,
}
