//! What the routes that move money have in common: amounts as they are written, and refusals.

use axum::http::StatusCode;
use meterpost_ledger::Money;

use super::error::ApiError;
use crate::payment::PaymentError;
use crate::wallet::WalletError;

/// An amount above zero, such as `50.00`.
pub(super) fn amount(text: &str) -> Result<Money, ApiError> {
    let amount: Option<Money> = text.parse().ok();
    amount
        .filter(|amount| *amount > Money::ZERO)
        .ok_or_else(|| {
            let why = format!(
                "\"{text}\" is not an amount above zero with two places, such as \"50.00\""
            );
            ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, "amount", why)
        })
}

/// What a terminal's body says.
pub(super) fn heard<T: serde::de::DeserializeOwned>(body: &[u8]) -> Result<T, ApiError> {
    serde_json::from_slice(body)
        .map_err(|error| ApiError::new(StatusCode::BAD_REQUEST, "body", error.to_string()))
}

impl From<WalletError> for ApiError {
    fn from(error: WalletError) -> ApiError {
        let message = error.to_string();
        let (status, code) = match error {
            WalletError::Database(error) => return error.into(),
            WalletError::Insufficient => (StatusCode::CONFLICT, "insufficient"),
            WalletError::Differs(_) => (StatusCode::CONFLICT, "differs"),
            WalletError::Ended(_) => (StatusCode::CONFLICT, "ended"),
            WalletError::Decided(_) => (StatusCode::CONFLICT, "decided"),
            WalletError::NotPaid(_) => (StatusCode::CONFLICT, "not_paid"),
            WalletError::TooMuch { .. } => (StatusCode::CONFLICT, "too_much"),
            WalletError::NotReversible(_) => (StatusCode::CONFLICT, "not_reversible"),
            WalletError::NoAccount(_) => (StatusCode::NOT_FOUND, "no_account"),
            WalletError::NoMeter(_) => (StatusCode::NOT_FOUND, "no_meter"),
            WalletError::NoHold(_) => (StatusCode::NOT_FOUND, "no_hold"),
            WalletError::NoReversal(_) => (StatusCode::NOT_FOUND, "no_reversal"),
            WalletError::LogHeld => (StatusCode::FORBIDDEN, "log_held"),
            WalletError::FourEyes => (StatusCode::FORBIDDEN, "four_eyes"),
            WalletError::Malformed(_) => (StatusCode::UNPROCESSABLE_ENTITY, "malformed"),
        };
        ApiError::new(status, code, message)
    }
}

impl From<PaymentError> for ApiError {
    fn from(error: PaymentError) -> ApiError {
        let message = error.to_string();
        let (status, code) = match error {
            PaymentError::Wallet(error) => return error.into(),
            PaymentError::NoProvider => (StatusCode::NOT_FOUND, "no_provider"),
            PaymentError::NoPayment(_) => (StatusCode::NOT_FOUND, "no_payment"),
            PaymentError::NotNow(_) => (StatusCode::CONFLICT, "not_now"),
            PaymentError::Callback(_) => (StatusCode::UNAUTHORIZED, "unsigned"),
            PaymentError::Amount => (StatusCode::UNPROCESSABLE_ENTITY, "amount"),
            PaymentError::Transaction(_) => (StatusCode::CONFLICT, "transaction"),
        };
        ApiError::new(status, code, message)
    }
}
