//! Giving money back, for people: one asks, another decides.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use deadpool_postgres::Transaction;
use meterpost_ledger::signing::TenantId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::error::ApiError;
use super::money::amount;
use super::staff_caller::{StaffCall, said};
use crate::App;
use crate::audit;
use crate::payment::refund_in;
use crate::staff::{Role, Staff};
use crate::wallet::{
    Asked, Reversal, ReversalAsk, Via, WalletError, ask_reversal, decide_reversal, reversals,
};

/// Money to give back.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ReversalBody {
    /// Chosen by who asks; the same id with the same content is the same request.
    id: String,
    /// Which journal: a top-up, a delivery from a wallet, or a payment's `payment.received`.
    journal: i64,
    /// How much of it, such as `50.00`.
    amount: String,
    /// `origin`: back where it came from; `desk` or `bank`: out of a wallet to its owner; `provider`: a payment, whole, to its payer.
    via: String,
    /// Why: 3 to 500 characters.
    reason: String,
}

/// A request to give money back.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReversalAnswer {
    /// Its id.
    id: String,
    /// Which journal.
    journal: i64,
    /// How much of it.
    amount: String,
    /// Where the money goes.
    via: &'static str,
    /// Why.
    reason: String,
    /// `waiting`, `approved` or `refused`.
    state: String,
    /// Who asked.
    requested_by: String,
    /// When, in seconds since 1970.
    requested_at: i64,
    /// Who decided.
    decided_by: Option<String>,
}

impl From<Reversal> for ReversalAnswer {
    fn from(found: Reversal) -> ReversalAnswer {
        ReversalAnswer {
            id: found.id,
            journal: found.journal,
            amount: found.amount.to_string(),
            via: found.via.name(),
            reason: found.reason,
            state: found.state,
            requested_by: found.requested_by,
            requested_at: found.requested_at,
            decided_by: found.decided_by,
        }
    }
}

/// Ask for money to be given back
#[utoipa::path(
    post, path = "/api/v1/reversals", tag = "people", request_body = ReversalBody,
    responses(
        (status = 200, description = "Another person decides", body = ReversalAnswer),
        (status = 401, description = "No token", body = ApiError),
        (status = 403, description = "Not your role", body = ApiError),
        (status = 409, description = "`not_reversible`, `too_much`, or it `differs` from what the id was used for", body = ApiError),
        (status = 422, description = "It makes no sense", body = ApiError),
    )
)]
pub(super) async fn request(
    State(app): State<App>,
    call: StaffCall,
    body: Bytes,
) -> Result<Json<ReversalAnswer>, ApiError> {
    let Staff { tenant, name, .. } = call.allow(&[Role::Clerk, Role::Manager])?;
    let body: ReversalBody = said(&body)?;
    let via = Via::parse(&body.via).ok_or(WalletError::Malformed(
        "via is origin, desk, bank or provider",
    ))?;
    let asked = ReversalAsk {
        id: &body.id,
        journal: body.journal,
        amount: amount(&body.amount)?,
        via,
        reason: &body.reason,
    };
    let mut connection = app.database.connection().await?;
    let object = format!(
        "{} journal {} {} {}",
        body.id, body.journal, body.amount, body.via
    );
    let noted = audit::begin(&mut connection, tenant, name, "reversal.request", &object).await?;
    let result = async {
        let transaction = connection.begin(tenant).await?;
        let found = ask_reversal(&transaction, (tenant, name), &asked, (app.clock)()).await?;
        transaction.commit().await?;
        Ok::<_, ApiError>(found)
    }
    .await;
    audit::end(&mut connection, tenant, noted, &result).await?;
    result.map(|found| Json(found.into()))
}

/// The requests to give money back
#[utoipa::path(
    get, path = "/api/v1/reversals", tag = "people",
    responses(
        (status = 200, description = "Those that wait first, then the newest", body = Vec<ReversalAnswer>),
        (status = 401, description = "No token", body = ApiError),
        (status = 403, description = "Not your role", body = ApiError),
    )
)]
pub(super) async fn requested(
    State(app): State<App>,
    call: StaffCall,
) -> Result<Json<Vec<ReversalAnswer>>, ApiError> {
    let staff = call.allow(&[Role::Manager, Role::Clerk, Role::Auditor])?;
    let mut connection = app.database.connection().await?;
    let transaction = connection.begin(&staff.tenant).await?;
    let found = reversals(&transaction).await?;
    Ok(Json(found.into_iter().map(Into::into).collect()))
}

/// Approve what another person asked for
#[utoipa::path(
    post, path = "/api/v1/reversals/{id}/approve", tag = "people",
    params(("id" = String, Path, description = "Which request")),
    responses(
        (status = 204, description = "It is posted; through the provider, it is on its way and tried until it is there"),
        (status = 401, description = "No token", body = ApiError),
        (status = 403, description = "Not your role, or `four_eyes`: you asked for it yourself", body = ApiError),
        (status = 404, description = "No such request", body = ApiError),
        (status = 409, description = "`decided`, `insufficient`, `too_much` or `not_paid`", body = ApiError),
    )
)]
pub(super) async fn approve(
    State(app): State<App>,
    Path(id): Path<String>,
    call: StaffCall,
) -> Result<StatusCode, ApiError> {
    decide(&app, &id, &call, true).await
}

/// Refuse what another person asked for
#[utoipa::path(
    post, path = "/api/v1/reversals/{id}/refuse", tag = "people",
    params(("id" = String, Path, description = "Which request")),
    responses(
        (status = 204, description = "It is refused"),
        (status = 401, description = "No token", body = ApiError),
        (status = 403, description = "Not your role, or `four_eyes`: you asked for it yourself", body = ApiError),
        (status = 404, description = "No such request", body = ApiError),
        (status = 409, description = "`decided`", body = ApiError),
    )
)]
pub(super) async fn refuse(
    State(app): State<App>,
    Path(id): Path<String>,
    call: StaffCall,
) -> Result<StatusCode, ApiError> {
    decide(&app, &id, &call, false).await
}

/// Decides, and sets off what goes back through the provider.
///
/// # Errors
/// What the wallet and the payment say; the transaction is to be rolled back then.
pub(crate) async fn decide_reversal_in(
    transaction: &Transaction<'_>,
    app: &App,
    (tenant, name): (&TenantId, &str),
    id: &str,
    approved: bool,
) -> Result<(), ApiError> {
    let now = (app.clock)();
    let led = decide_reversal(transaction, (tenant, name), id, approved, now).await?;
    if let Asked::Refund(number) = led {
        let schedule = app.payments.schedule(tenant)?;
        refund_in(transaction, (tenant, name), &number, schedule, now).await?;
    }
    Ok(())
}

async fn decide(
    app: &App,
    id: &str,
    call: &StaffCall,
    approved: bool,
) -> Result<StatusCode, ApiError> {
    let Staff { tenant, name, .. } = call.allow(&[Role::Manager])?;
    let act = match approved {
        true => "reversal.approve",
        false => "reversal.refuse",
    };
    let mut connection = app.database.connection().await?;
    let noted = audit::begin(&mut connection, tenant, name, act, id).await?;
    let result = async {
        let transaction = connection.begin(tenant).await?;
        decide_reversal_in(&transaction, app, (tenant, name), id, approved).await?;
        transaction.commit().await?;
        Ok::<_, ApiError>(StatusCode::NO_CONTENT)
    }
    .await;
    audit::end(&mut connection, tenant, noted, &result).await?;
    result
}
