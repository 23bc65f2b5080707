//! Why a payment is not made, closed or taken.

use thiserror::Error;

use super::merchant::WireError;
use crate::database::DatabaseError;
use crate::wallet::WalletError;

/// Why a payment is not made, closed or taken. Nothing has changed then.
#[derive(Debug, Error)]
pub enum PaymentError {
    /// The operator has none.
    #[error("payment by code is not set up here; take another way to pay")]
    NoProvider,
    /// No such payment.
    #[error("there is no payment {0}")]
    NoPayment(String),
    /// The payment's state does not allow it.
    #[error("the payment is {0}; ask for its state and go on from there")]
    NotNow(&'static str),
    /// A callback that is not the provider's, or not of now.
    #[error("not a callback of the provider: {0}")]
    Callback(#[from] WireError),
    /// A callback whose amount is not the order's; the provider is asked itself.
    #[error("the amount is not the order's")]
    Amount,
    /// The provider reported money under a number that another order has.
    #[error("the provider's transaction {0} belongs to another order already")]
    Transaction(String),
    /// The account's side.
    #[error("{0}")]
    Wallet(#[from] WalletError),
}

impl From<DatabaseError> for PaymentError {
    fn from(error: DatabaseError) -> PaymentError {
        PaymentError::Wallet(error.into())
    }
}

impl From<tokio_postgres::Error> for PaymentError {
    fn from(error: tokio_postgres::Error) -> PaymentError {
        PaymentError::Wallet(error.into())
    }
}
