//! An account's wallet, for terminals: what is in it, and money put aside for a delivery.

use axum::Json;
use axum::extract::State;
use meterpost_ledger::Money;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::caller::TerminalCall;
use super::error::ApiError;
use super::money::{amount, heard};
use crate::App;
use crate::wallet::{Balances, Hold, HoldAsk, balances, caller, hold};

/// Whose wallet.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AccountBody {
    /// An account of the terminal's district.
    account: String,
}

/// An account's money. Amounts are texts such as `50.00`.
#[derive(Debug, Serialize, ToSchema)]
pub struct BalanceAnswer {
    /// What can be spent.
    balance: String,
    /// Put aside for deliveries whose outcome is open.
    held: String,
    /// Owed for deliveries made offline beyond the balance.
    debt: String,
}

impl From<Balances> for BalanceAnswer {
    fn from(now: Balances) -> BalanceAnswer {
        BalanceAnswer {
            balance: now.balance.to_string(),
            held: now.held.to_string(),
            debt: now.debt.to_string(),
        }
    }
}

/// What is in a wallet
#[utoipa::path(
    post, path = "/api/v1/wallet/balance", tag = "terminals", request_body = AccountBody,
    responses(
        (status = 200, description = "The account's money", body = BalanceAnswer),
        (status = 401, description = "Not signed by the log's key", body = ApiError),
        (status = 403, description = "The terminal's log is held or closed", body = ApiError),
        (status = 404, description = "Not an account of the terminal's district", body = ApiError),
    )
)]
pub(super) async fn balance(
    State(app): State<App>,
    call: TerminalCall,
) -> Result<Json<BalanceAnswer>, ApiError> {
    let body: AccountBody = heard(&call.body)?;
    let mut connection = app.database.connection().await?;
    let transaction = connection.begin(call.origin.tenant()).await?;
    let caller = caller(&transaction, &call.origin).await?;
    caller.serves(&transaction, &body.account).await?;
    Ok(Json(balances(&transaction, &body.account).await?.into()))
}

/// Money to put aside.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct HoldBody {
    /// Chosen by the terminal, and written down there, before it asks: 1 to 64 letters, digits and `. _ : -`.
    hold: String,
    /// Whose money.
    account: String,
    /// Which of their meters is credited.
    meter: String,
    /// How much, such as `50.00`.
    amount: String,
}

impl HoldBody {
    fn asked(&self) -> Result<HoldAsk<'_>, ApiError> {
        Ok(HoldAsk {
            hold: &self.hold,
            account: &self.account,
            meter: &self.meter,
            amount: amount(&self.amount)?,
        })
    }
}

/// A hold, and the money that is left.
#[derive(Debug, Serialize, ToSchema)]
pub struct HoldAnswer {
    /// The terminal's name for it.
    hold: String,
    /// `pending`, `captured` or `released`.
    state: &'static str,
    /// How much.
    #[serde(skip_serializing_if = "Option::is_none")]
    amount: Option<String>,
    /// What can be spent now.
    #[serde(skip_serializing_if = "Option::is_none")]
    balance: Option<String>,
}

async fn answer(
    transaction: &deadpool_postgres::Transaction<'_>,
    hold: Hold,
) -> Result<HoldAnswer, ApiError> {
    let (mut amount, mut balance) = (None, None);
    if let Some((account, _, held)) = &hold.what {
        amount = Some(held.to_string());
        let now: Money = balances(transaction, account).await?.balance;
        balance = Some(now.to_string());
    }
    Ok(HoldAnswer {
        hold: hold.hold,
        state: hold.state.name(),
        amount,
        balance,
    })
}

/// Put money aside
///
/// Before the credit is sent to the meter. The same id with the same content gets the same answer; with another content it is refused.
/// A hold ends by the terminal's log or a manager's word, never by itself.
#[utoipa::path(
    post, path = "/api/v1/wallet/hold", tag = "terminals", request_body = HoldBody,
    responses(
        (status = 200, description = "How the hold stands", body = HoldAnswer),
        (status = 401, description = "Not signed by the log's key", body = ApiError),
        (status = 403, description = "The terminal's log is held or closed", body = ApiError),
        (status = 404, description = "No such account or meter here", body = ApiError),
        (status = 409, description = "`insufficient`, or `differs` from what the id was used for", body = ApiError),
    )
)]
pub(super) async fn put_aside(
    State(app): State<App>,
    call: TerminalCall,
) -> Result<Json<HoldAnswer>, ApiError> {
    let body: HoldBody = heard(&call.body)?;
    let mut connection = app.database.connection().await?;
    let transaction = connection.begin(call.origin.tenant()).await?;
    let caller = caller(&transaction, &call.origin).await?;
    let found = hold(&transaction, &caller, &body.asked()?, (app.clock)()).await?;
    let answer = answer(&transaction, found).await?;
    transaction.commit().await?;
    Ok(Json(answer))
}
