//! What a payment provider is asked and what it says, whichever it is. Another provider is another variant of [`Provider`].
//!
//! Each request names our own order number, so asking twice is asking once; and an answer is one of three things: the provider's
//! word, its definite refusal, or none, which means that nobody knows what it did (invariant 4).

use meterpost_ledger::Money;

use super::merchant;

/// What the provider says of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Report {
    /// It waits for money; the text is what the QR code says.
    Open(String),
    /// Money has come.
    Paid(Received),
    /// Closed without money.
    Closed,
    /// Closed for its age, without money.
    Expired,
    /// The money is on its way back.
    Refunding(Received),
    /// The money is back.
    Refunded(Received),
    /// It does not know the number.
    NoOrder,
}

/// Money at the provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// The provider's own number for it.
    pub transaction: String,
    /// How much.
    pub amount: Money,
}

/// What came back from a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The provider's word.
    Report(Report),
    /// Its definite refusal, with its reason.
    Refused(String),
    /// Nobody knows: no answer, or none that can be believed. The text is for people.
    Unknown(String),
}

/// An order as the provider gets to know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// Our number.
    pub number: String,
    /// How much.
    pub amount: Money,
    /// What the payer sees.
    pub description: String,
    /// When it may be closed, in seconds since 1970.
    pub expires_at: u64,
}

/// Something that the provider told us by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// Which order.
    pub number: String,
    /// The amount that the order is over.
    pub amount: Money,
    /// How it stands.
    pub report: Report,
}

/// A payment provider.
#[derive(Debug)]
pub enum Provider {
    /// One that speaks the merchant protocol of `docs/payments.md`.
    Merchant(merchant::Client),
}

impl Provider {
    /// Makes the order known, once for its number.
    pub async fn create(&self, order: &Order) -> Answer {
        match self {
            Provider::Merchant(client) => client.create(order).await,
        }
    }

    /// Asks how the order stands.
    pub async fn query(&self, order: &Order) -> Answer {
        match self {
            Provider::Merchant(client) => client.query(order).await,
        }
    }

    /// Closes the order, unless it is paid.
    pub async fn cancel(&self, order: &Order) -> Answer {
        match self {
            Provider::Merchant(client) => client.cancel(order).await,
        }
    }

    /// Gives back all that came for the order, once.
    pub async fn refund(&self, order: &Order, received: Money) -> Answer {
        match self {
            Provider::Merchant(client) => client.refund(order, received).await,
        }
    }

    /// Checks that the provider itself said this, and just now.
    ///
    /// # Errors
    /// Why it is not believed; nothing may be done then.
    pub fn told(&self, header: &[u8], body: &[u8]) -> Result<Told, merchant::WireError> {
        match self {
            Provider::Merchant(client) => client.told(header, body),
        }
    }
}
