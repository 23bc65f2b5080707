//! Wallets, for people: top-ups at the counter, statements, holds that a terminal left open, and giving money back.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::error::ApiError;
use super::money::amount;
use super::staff_caller::{StaffCall, said};
use crate::App;
use crate::audit;
use crate::staff::{Role, Staff};
use crate::wallet::{
    Dispute, Ended, Means, TopUp, WalletError, balances, disputes, end_hold, pending_holds,
    statement, top_up,
};

/// Money paid in at the desk.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TopUpBody {
    /// Chosen by who asks; the same id with the same content is the same top-up.
    id: String,
    /// How much, such as `50.00`.
    amount: String,
    /// `cash` or `transfer`.
    means: String,
    /// The receipt's or the transfer's number.
    #[serde(default)]
    reference: String,
}

/// What was posted.
#[derive(Debug, Serialize, ToSchema)]
pub struct TopUpAnswer {
    /// The journal's number, by which it can be given back.
    journal: i64,
    /// What can be spent now.
    balance: String,
}

/// Put money into a wallet
#[utoipa::path(
    post, path = "/api/v1/wallets/{account}/top-ups", tag = "people",
    params(("account" = String, Path, description = "Whose wallet")), request_body = TopUpBody,
    responses(
        (status = 200, description = "It is in the wallet, once", body = TopUpAnswer),
        (status = 401, description = "No token", body = ApiError),
        (status = 403, description = "Not your role", body = ApiError),
        (status = 404, description = "No such account", body = ApiError),
        (status = 409, description = "It `differs` from what the id was used for", body = ApiError),
        (status = 422, description = "It makes no sense", body = ApiError),
    )
)]
pub(super) async fn pay_in(
    State(app): State<App>,
    Path(account): Path<String>,
    call: StaffCall,
    body: Bytes,
) -> Result<Json<TopUpAnswer>, ApiError> {
    let staff = call.allow(&[Role::Clerk, Role::Manager])?;
    let body: TopUpBody = said(&body)?;
    let means =
        Means::parse(&body.means).ok_or(WalletError::Malformed("means is cash or transfer"))?;
    let asked = TopUp {
        id: &body.id,
        account: &account,
        amount: amount(&body.amount)?,
        means,
        reference: &body.reference,
    };
    let mut connection = app.database.connection().await?;
    let object = format!("{account} {} {} {}", body.amount, body.means, body.id);
    let (tenant, name) = (&staff.tenant, &staff.name);
    let noted = audit::begin(&mut connection, tenant, name, "wallet.top_up", &object).await?;
    let result = async {
        let transaction = connection.begin(tenant).await?;
        let posted = top_up(&transaction, staff, &asked, (app.clock)()).await?;
        let now = balances(&transaction, &account).await?;
        transaction.commit().await?;
        Ok::<_, ApiError>(TopUpAnswer {
            journal: posted.journal(),
            balance: now.balance.to_string(),
        })
    }
    .await;
    audit::end(&mut connection, tenant, noted, &result).await?;
    result.map(Json)
}

/// A posting of the account.
#[derive(Debug, Serialize, ToSchema)]
pub struct LineAnswer {
    /// The journal's number.
    journal: i64,
    /// When, in seconds since 1970.
    at: i64,
    /// What for, such as `wallet.top_up`.
    kind: String,
    /// For which one.
    reference: String,
    /// `wallet`, `held` or `debt`.
    book: String,
    /// What it added.
    amount: String,
    /// By whom.
    by: String,
}

/// A wallet and what moved it.
#[derive(Debug, Serialize, ToSchema)]
pub struct StatementAnswer {
    /// What can be spent.
    balance: String,
    /// Put aside for deliveries whose outcome is open.
    held: String,
    /// Owed for deliveries made offline beyond the balance.
    debt: String,
    /// The newest postings, the newest first.
    lines: Vec<LineAnswer>,
}

/// A wallet and what moved it
#[utoipa::path(
    get, path = "/api/v1/wallets/{account}", tag = "people",
    params(("account" = String, Path, description = "Whose wallet")),
    responses(
        (status = 200, description = "Empty where no money ever came", body = StatementAnswer),
        (status = 401, description = "No token", body = ApiError),
        (status = 403, description = "Not your role", body = ApiError),
    )
)]
pub(super) async fn look(
    State(app): State<App>,
    Path(account): Path<String>,
    call: StaffCall,
) -> Result<Json<StatementAnswer>, ApiError> {
    let staff = call.allow(&[Role::Manager, Role::Clerk, Role::Auditor])?;
    let mut connection = app.database.connection().await?;
    let transaction = connection.begin(&staff.tenant).await?;
    let now = balances(&transaction, &account).await?;
    let lines = statement(&transaction, &account).await?;
    let line = |line: crate::wallet::StatementLine| LineAnswer {
        journal: line.journal,
        at: line.at,
        kind: line.kind,
        reference: line.reference,
        book: line.book,
        amount: line.amount.to_string(),
        by: line.by,
    };
    Ok(Json(StatementAnswer {
        balance: now.balance.to_string(),
        held: now.held.to_string(),
        debt: now.debt.to_string(),
        lines: lines.into_iter().map(line).collect(),
    }))
}

/// A hold whose outcome is open.
#[derive(Debug, Serialize, ToSchema)]
pub struct PendingAnswer {
    /// Whose it is.
    terminal: String,
    /// The terminal's name for it.
    hold: String,
    /// Whose money.
    account: Option<String>,
    /// Which meter.
    meter: Option<String>,
    /// How much.
    amount: Option<String>,
    /// When it was made, in seconds since 1970.
    made_at: i64,
}

/// The holds whose outcome is open
#[utoipa::path(
    get, path = "/api/v1/holds", tag = "people",
    responses(
        (status = 200, description = "Oldest first", body = Vec<PendingAnswer>),
        (status = 401, description = "No token", body = ApiError),
        (status = 403, description = "Not your role", body = ApiError),
    )
)]
pub(super) async fn open_holds(
    State(app): State<App>,
    call: StaffCall,
) -> Result<Json<Vec<PendingAnswer>>, ApiError> {
    let staff = call.allow(&[Role::Manager, Role::Clerk, Role::Auditor])?;
    let mut connection = app.database.connection().await?;
    let transaction = connection.begin(&staff.tenant).await?;
    let found = pending_holds(&transaction).await?;
    let answer = |hold: crate::wallet::Hold| {
        let (account, meter, amount) = match hold.what {
            Some((account, meter, amount)) => {
                (Some(account), Some(meter), Some(amount.to_string()))
            }
            None => (None, None, None),
        };
        PendingAnswer {
            terminal: hold.terminal,
            hold: hold.hold,
            account,
            meter,
            amount,
            made_at: hold.made_at,
        }
    };
    Ok(Json(found.into_iter().map(answer).collect()))
}

/// Where a terminal's log says something of a payment that does not fit what is here.
#[derive(Debug, Serialize, ToSchema)]
pub struct DisputeAnswer {
    /// Whose log.
    terminal: String,
    /// Of which enrolment.
    epoch: i64,
    /// The sale's number.
    sale: i64,
    /// What does not fit, and what was done.
    words: String,
    /// When it was found, in seconds since 1970.
    at: i64,
}

/// What people have to look into
///
/// The terminal's log goes on all the same; what can be posted is.
#[utoipa::path(
    get, path = "/api/v1/disputes", tag = "people",
    responses(
        (status = 200, description = "Newest first", body = Vec<DisputeAnswer>),
        (status = 401, description = "No token", body = ApiError),
        (status = 403, description = "Not your role", body = ApiError),
    )
)]
pub(super) async fn open_disputes(
    State(app): State<App>,
    call: StaffCall,
) -> Result<Json<Vec<DisputeAnswer>>, ApiError> {
    let staff = call.allow(&[Role::Manager, Role::Clerk, Role::Auditor])?;
    let mut connection = app.database.connection().await?;
    let transaction = connection.begin(&staff.tenant).await?;
    let answer = |found: Dispute| DisputeAnswer {
        terminal: found.terminal,
        epoch: found.epoch,
        sale: found.sale,
        words: found.words,
        at: found.at,
    };
    let found = disputes(&transaction).await?;
    Ok(Json(found.into_iter().map(answer).collect()))
}

/// What a manager found out about a delivery.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct EndBody {
    /// `captured`: the meter was credited; `released`: it was not.
    outcome: String,
    /// How that is known: 3 to 500 characters.
    reason: String,
}

/// End a hold in its terminal's place
///
/// For a terminal that will not tell any more. The meter's own books say whether it was credited.
#[utoipa::path(
    post, path = "/api/v1/holds/{terminal}/{hold}/end", tag = "people",
    params(
        ("terminal" = String, Path, description = "Whose hold"),
        ("hold" = String, Path, description = "The terminal's name for it"),
    ),
    request_body = EndBody,
    responses(
        (status = 204, description = "It has ended so"),
        (status = 401, description = "No token", body = ApiError),
        (status = 403, description = "Not your role", body = ApiError),
        (status = 404, description = "No such hold", body = ApiError),
        (status = 409, description = "It has ended the other way", body = ApiError),
        (status = 422, description = "It makes no sense", body = ApiError),
    )
)]
pub(super) async fn end_one(
    State(app): State<App>,
    Path((terminal, hold)): Path<(String, String)>,
    call: StaffCall,
    body: Bytes,
) -> Result<StatusCode, ApiError> {
    let Staff { tenant, name, .. } = call.allow(&[Role::Manager])?;
    let body: EndBody = said(&body)?;
    let ended = Ended::parse(&body.outcome)
        .ok_or(WalletError::Malformed("outcome is captured or released"))?;
    if !(3..=500).contains(&body.reason.chars().count()) {
        return Err(WalletError::Malformed("a reason has 3 to 500 characters").into());
    }
    let mut connection = app.database.connection().await?;
    let object = format!("{terminal}/{hold} {}: {}", body.outcome, body.reason);
    let noted = audit::begin(&mut connection, tenant, name, "hold.end", &object).await?;
    let result = async {
        let transaction = connection.begin(tenant).await?;
        let (which, by) = (
            (tenant, terminal.as_str(), hold.as_str()),
            (name.as_str(), Some(body.reason.as_str())),
        );
        end_hold(&transaction, which, ended, by, (app.clock)()).await?;
        transaction.commit().await?;
        Ok::<_, ApiError>(StatusCode::NO_CONTENT)
    }
    .await;
    audit::end(&mut connection, tenant, noted, &result).await?;
    result
}
