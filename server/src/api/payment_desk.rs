//! Payments by QR code, for people: what came, what did not, and giving it back.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::error::ApiError;
use super::reversal::ReversalAnswer;
use super::staff_caller::{StaffCall, said};
use crate::App;
use crate::audit;
use crate::payment::{Payment, PaymentError, Purpose, list, received_journal, state};
use crate::staff::{Role, Staff};
use crate::wallet::{ReversalAsk, Via, ask_reversal};

/// Which payments.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Which {
    /// Those of one state.
    state: Option<String>,
}

/// A payment as people see it.
#[derive(Debug, Serialize, ToSchema)]
pub struct ListedPayment {
    /// The order number at the provider.
    number: String,
    /// Which terminal asked for it.
    terminal: String,
    /// The terminal's sale.
    sale: Option<String>,
    /// The sale's meter.
    meter: Option<String>,
    /// The account whose wallet it is for.
    account: Option<String>,
    /// How much was asked for.
    amount: String,
    /// How much came.
    received: Option<String>,
    /// The provider's number of the money that came.
    transaction: Option<String>,
    /// How it stands.
    state: &'static str,
    /// Since when, in seconds since 1970.
    changed_at: u64,
    /// When it was asked for.
    made_at: u64,
    /// What went wrong last.
    trouble: Option<String>,
}

impl From<Payment> for ListedPayment {
    fn from(payment: Payment) -> ListedPayment {
        let (sale, meter, account) = match payment.purpose {
            Purpose::Sale { sale, meter } => (Some(sale), Some(meter), None),
            Purpose::Wallet { account } => (None, None, Some(account)),
        };
        let (transaction, received) = match payment.received {
            Some(money) => (Some(money.transaction), Some(money.amount.to_string())),
            None => (None, None),
        };
        ListedPayment {
            number: payment.number,
            terminal: payment.terminal,
            sale,
            meter,
            account,
            amount: payment.amount.to_string(),
            received,
            transaction,
            state: payment.state.name(),
            changed_at: payment.changed_at,
            made_at: payment.made_at,
            trouble: payment.trouble,
        }
    }
}

/// The payments by code
#[utoipa::path(
    get, path = "/api/v1/payments", tag = "people", params(Which),
    responses(
        (status = 200, description = "The newest first", body = Vec<ListedPayment>),
        (status = 401, description = "No token", body = ApiError),
        (status = 403, description = "Not your role", body = ApiError),
        (status = 422, description = "No such state", body = ApiError),
    )
)]
pub(super) async fn listed(
    State(app): State<App>,
    call: StaffCall,
    Query(which): Query<Which>,
) -> Result<Json<Vec<ListedPayment>>, ApiError> {
    let staff = call.allow(&[Role::Manager, Role::Clerk, Role::Auditor])?;
    let state = match which.state.as_deref() {
        None => None,
        Some(name) => Some(state::State::parse(name).ok_or_else(|| {
            ApiError::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "state",
                format!("no payment is ever {name}"),
            )
        })?),
    };
    let mut connection = app.database.connection().await?;
    let transaction = connection.begin(&staff.tenant).await?;
    let found = list(&transaction, state).await?;
    Ok(Json(found.into_iter().map(Into::into).collect()))
}

/// Why money goes back.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RefundBody {
    /// Chosen by who asks; the same id with the same content is the same request.
    id: String,
    /// 3 to 500 characters.
    reason: String,
}

/// Ask for a payment to be given back
///
/// Whole, to its payer. Another person decides, as on every reversal.
#[utoipa::path(
    post, path = "/api/v1/payments/{number}/refund", tag = "people",
    params(("number" = String, Path, description = "The order number")), request_body = RefundBody,
    responses(
        (status = 200, description = "Another person decides", body = ReversalAnswer),
        (status = 401, description = "No token", body = ApiError),
        (status = 403, description = "Not your role", body = ApiError),
        (status = 404, description = "No money came under this number", body = ApiError),
        (status = 409, description = "`too_much`: it was given back", body = ApiError),
        (status = 422, description = "It makes no sense", body = ApiError),
    )
)]
pub(super) async fn refund(
    State(app): State<App>,
    Path(number): Path<String>,
    call: StaffCall,
    body: Bytes,
) -> Result<Json<ReversalAnswer>, ApiError> {
    let Staff { tenant, name, .. } = call.allow(&[Role::Clerk, Role::Manager])?;
    let body: RefundBody = said(&body)?;
    let mut connection = app.database.connection().await?;
    let noted = audit::begin(&mut connection, tenant, name, "payment.refund", &number).await?;
    let result = async {
        let transaction = connection.begin(tenant).await?;
        let found = received_journal(&transaction, &number).await?;
        let (journal, amount) = found.ok_or_else(|| PaymentError::NoPayment(number.clone()))?;
        let asked = ReversalAsk {
            id: &body.id,
            journal,
            amount,
            via: Via::Provider,
            reason: &body.reason,
        };
        let found = ask_reversal(&transaction, (tenant, name), &asked, (app.clock)()).await?;
        transaction.commit().await?;
        Ok::<_, ApiError>(found)
    }
    .await;
    audit::end(&mut connection, tenant, noted, &result).await?;
    result.map(|found| Json(found.into()))
}
