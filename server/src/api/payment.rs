//! Payments by QR code: for terminals, and for the provider that tells what happened.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::caller::TerminalCall;
use super::error::ApiError;
use super::money::{amount, heard};
use crate::App;
use crate::payment::merchant::MERCHANT_HEADER;
use crate::payment::{Payment, PaymentAsk, PaymentError, Purpose};

/// Longest callback read, in bytes.
const MOST: usize = 16 * 1024;

/// A payment to make: for a sale with its meter, or for an account's wallet.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PaymentBody {
    /// Chosen by the terminal, and written down there, before it asks: 1 to 64 letters, digits and `. _ : -`.
    payment: String,
    /// The terminal's number of the sale.
    sale: Option<String>,
    /// The sale's meter.
    meter: Option<String>,
    /// The account whose wallet it is for, where it is for no sale.
    account: Option<String>,
    /// How much, such as `50.00`.
    amount: String,
    /// What the payer sees: 1 to 64 characters.
    description: String,
    /// Seconds in which it can be paid: 30 to 900.
    valid_seconds: u64,
}

impl PaymentBody {
    fn asked(&self) -> Result<PaymentAsk<'_>, ApiError> {
        let purpose = match (&self.sale, &self.meter, &self.account) {
            (Some(sale), Some(meter), None) => Purpose::Sale {
                sale: sale.clone(),
                meter: meter.clone(),
            },
            (None, None, Some(account)) => Purpose::Wallet {
                account: account.clone(),
            },
            _ => {
                let why = "say either sale and meter, or account";
                return Err(ApiError::new(
                    StatusCode::UNPROCESSABLE_ENTITY,
                    "purpose",
                    why,
                ));
            }
        };
        Ok(PaymentAsk {
            payment: &self.payment,
            purpose,
            amount: amount(&self.amount)?,
            description: &self.description,
            valid_seconds: self.valid_seconds,
        })
    }
}

/// Which payment.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NamedPayment {
    /// The terminal's name for it.
    payment: String,
}

/// A payment as it stands.
#[derive(Debug, Serialize, ToSchema)]
pub struct PaymentAnswer {
    /// The terminal's name for it.
    payment: String,
    /// The order number at the provider, for receipts.
    number: String,
    /// `created`, `waiting`, `cancelling`, `abandoned`, `paid`, `taken`, `cancelled`, `expired`, `refused`, `paid_late`, `refunding` or `refunded`.
    state: &'static str,
    /// How much.
    amount: String,
    /// What the QR code says, from `waiting` on.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    /// The provider's number of the money that came.
    #[serde(skip_serializing_if = "Option::is_none")]
    transaction: Option<String>,
    /// When it can be paid no more, in seconds since 1970.
    expires_at: u64,
}

impl From<Payment> for PaymentAnswer {
    fn from(payment: Payment) -> PaymentAnswer {
        PaymentAnswer {
            payment: payment.payment,
            number: payment.number,
            state: payment.state.name(),
            amount: payment.amount.to_string(),
            code: payment.code,
            transaction: payment.received.map(|received| received.transaction),
            expires_at: payment.expires_at,
        }
    }
}

/// Make a payment
///
/// Waits a few seconds for the code. Where the answer says `created` the provider has not been heard yet: ask for the state. The same id
/// with the same content gets the same payment; with another content it is refused.
#[utoipa::path(
    post, path = "/api/v1/payments", tag = "terminals", request_body = PaymentBody,
    responses(
        (status = 200, description = "How it stands", body = PaymentAnswer),
        (status = 401, description = "Not signed by the log's key", body = ApiError),
        (status = 403, description = "The terminal's log is held or closed", body = ApiError),
        (status = 404, description = "`no_provider` here, or no such account", body = ApiError),
        (status = 409, description = "It `differs` from what the id was used for", body = ApiError),
        (status = 422, description = "It makes no sense", body = ApiError),
    )
)]
pub(super) async fn create(
    State(app): State<App>,
    call: TerminalCall,
) -> Result<Json<PaymentAnswer>, ApiError> {
    let body: PaymentBody = heard(&call.body)?;
    let payment = app.payments.create(&call.origin, &body.asked()?).await?;
    Ok(Json(payment.into()))
}

/// How a payment stands
#[utoipa::path(
    post, path = "/api/v1/payments/state", tag = "terminals", request_body = NamedPayment,
    responses(
        (status = 200, description = "How it stands", body = PaymentAnswer),
        (status = 401, description = "Not signed by the log's key", body = ApiError),
        (status = 404, description = "No such payment", body = ApiError),
    )
)]
pub(super) async fn state(
    State(app): State<App>,
    call: TerminalCall,
) -> Result<Json<PaymentAnswer>, ApiError> {
    let body: NamedPayment = heard(&call.body)?;
    let payment = app.payments.find(&call.origin, &body.payment).await?;
    Ok(Json(payment.into()))
}

/// Close a payment
///
/// The answer may say `paid`: then take the money or give it back. `cancelling` means that the provider has not been heard; it is closed
/// in the background, and money that comes after all goes back or is there to be taken.
#[utoipa::path(
    post, path = "/api/v1/payments/cancel", tag = "terminals", request_body = NamedPayment,
    responses(
        (status = 200, description = "How it stands", body = PaymentAnswer),
        (status = 401, description = "Not signed by the log's key", body = ApiError),
        (status = 403, description = "The terminal's log is held or closed", body = ApiError),
        (status = 404, description = "No such payment", body = ApiError),
    )
)]
pub(super) async fn cancel(
    State(app): State<App>,
    call: TerminalCall,
) -> Result<Json<PaymentAnswer>, ApiError> {
    let body: NamedPayment = heard(&call.body)?;
    let payment = app.payments.cancel(&call.origin, &body.payment).await?;
    Ok(Json(payment.into()))
}

/// Take the money of a paid sale over
///
/// A terminal delivers only after this was answered with `taken`; from then on the money does not go back by itself.
#[utoipa::path(
    post, path = "/api/v1/payments/take", tag = "terminals", request_body = NamedPayment,
    responses(
        (status = 200, description = "It is the sale's", body = PaymentAnswer),
        (status = 401, description = "Not signed by the log's key", body = ApiError),
        (status = 403, description = "The terminal's log is held or closed", body = ApiError),
        (status = 404, description = "No such payment", body = ApiError),
        (status = 409, description = "`not_now`: it is not paid, or on its way back", body = ApiError),
    )
)]
pub(super) async fn take(
    State(app): State<App>,
    call: TerminalCall,
) -> Result<Json<PaymentAnswer>, ApiError> {
    let body: NamedPayment = heard(&call.body)?;
    let payment = app.payments.take(&call.origin, &body.payment).await?;
    Ok(Json(payment.into()))
}

/// What the provider tells
///
/// Signed by the provider's key (docs/payments.md). Told twice it changes nothing; where it does not get through, the server asks.
#[utoipa::path(
    post, path = "/api/v1/payments/callback", tag = "provider",
    request_body(content = String, content_type = "application/json", description = "How an order stands"),
    responses(
        (status = 204, description = "Taken in; it need not be told again"),
        (status = 401, description = "Not signed by the provider, or not of now", body = ApiError),
        (status = 404, description = "No such order", body = ApiError),
        (status = 422, description = "The amount is not the order's; the provider is asked instead", body = ApiError),
    )
)]
pub(super) async fn callback(
    State(app): State<App>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<StatusCode, ApiError> {
    if body.len() > MOST {
        let why = format!("a callback has at most {MOST} bytes");
        return Err(ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "body", why));
    }
    let mut values = headers.get_all(MERCHANT_HEADER).iter();
    let header = match (values.next(), values.next()) {
        (Some(value), None) => value.as_bytes(),
        _ => b"",
    };
    match app.payments.told(header, &body).await {
        Ok(()) => Ok(StatusCode::NO_CONTENT),
        Err(PaymentError::Callback(_)) if !app.quotas.refused() => Err(ApiError::too_often()),
        Err(error) => {
            tracing::warn!(%error, "a callback was refused");
            Err(error.into())
        }
    }
}
