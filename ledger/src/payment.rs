//! A payment without cash: asked for at the server, which keeps the wallets and talks with the payment provider.
//!
//! The entries are the terminal's word on it. The server follows them in the log, so there is nothing to be told beside it: what was
//! asked for and not taken goes back, what was delivered is spent, exactly once and however long the terminal was offline.

use crate::money::Money;

/// An account's number: 1 to 64 letters, digits and `. _ : -`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountRef(pub String);

impl AccountRef {
    /// Whether it is one.
    pub fn is_valid(&self) -> bool {
        let allowed = |b: u8| b.is_ascii_alphanumeric() || b"._:-".contains(&b);
        (1..=64).contains(&self.0.len()) && self.0.bytes().all(allowed)
    }
}

/// How it is paid.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Means {
    /// From the wallet of this account.
    Wallet(AccountRef),
    /// By QR code, through a payment provider.
    Code,
}

/// How the terminal knows that the money is its sale's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PaymentEvidence {
    /// The server answered: it is put aside, or was taken over from the provider.
    Server,
    /// Nobody answered. The wallet is trusted within the limits of the signed bulletin; the account owes what it cannot pay.
    Offline,
}

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PaymentOutcome {
    /// Nothing was taken here and nothing will be. What was put aside or paid for it all the same goes back.
    Refused,
    /// It was taken and not delivered: it is the wallet's again.
    Returned,
    /// It was taken, and the meter has all of it.
    Delivered,
}

/// How a payment stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PaymentState {
    /// About to be asked for, or asked for.
    Asked,
    /// It is the sale's.
    Taken(PaymentEvidence),
    /// It is over.
    Ended(PaymentOutcome),
}

/// A sale's payment without cash.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Payment {
    /// How it is paid.
    pub means: Means,
    /// How much: the sale's target.
    pub amount: Money,
    /// How it stands.
    pub state: PaymentState,
}

impl Payment {
    /// Whether it is a wallet's money, which goes back there and is never owed on paper.
    pub fn is_wallet(&self) -> bool {
        matches!(self.means, Means::Wallet(_))
    }

    /// Whether it is not known yet whether anything is paid.
    pub fn is_asked(&self) -> bool {
        self.state == PaymentState::Asked
    }

    /// Whether it is the sale's, and its end is not recorded.
    pub fn is_taken(&self) -> bool {
        matches!(self.state, PaymentState::Taken(_))
    }
}
