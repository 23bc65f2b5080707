//! Accounts, meters and cards: people put them in, terminals are told of those of their district.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use meterpost_ledger::Money;
use meterpost_ledger::bulletin::directory::MeterRecord;
use meterpost_ledger::signing::TerminalId;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::caller::TerminalCall;
use super::error::ApiError;
use super::staff_caller::{StaffCall, said, said_in_query};
use crate::App;
use crate::audit;
use crate::directory::history::By;
use crate::directory::told::{Has, TellError, tell};
use crate::directory::{AccountRow, ChangeError, NewAccount, change, district, page};
use crate::staff::{Role, Staff};

/// Most accounts in one call.
const MOST_ACCOUNTS: usize = 2000;
/// Accounts listed at once.
const PAGE: i64 = 200;

/// Accounts to put in and to take out.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AccountsBody {
    /// Each takes the place of the one with its number.
    #[serde(default)]
    accounts: Vec<AccountBody>,
    /// Numbers of accounts that end.
    #[serde(default)]
    gone: Vec<String>,
}

/// An account (户).
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AccountBody {
    /// Its number: 1 to 32 letters, digits and hyphens.
    account: String,
    /// Its district; terminals are told of one district's accounts.
    district: String,
    /// The holder's name; terminals get it masked.
    #[serde(default)]
    name: String,
    /// Building and room.
    #[serde(default)]
    place: String,
    /// All its meters.
    #[serde(default)]
    meters: Vec<MeterBody>,
    /// Numbers of its cards in use. Those that are known already stay as they are.
    #[serde(default)]
    cards: Vec<String>,
}

/// A meter.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct MeterBody {
    /// The number residents type: 4 to 14 digits.
    number: String,
    /// `electricity`, `water`, `hot_water`, `gas` or `heat`.
    utility: String,
    /// The name of its profile.
    profile: String,
    /// Its address on the wire: 12 digits (DL/T 645) or 14 (CJ/T 188).
    address: String,
    /// The concentrator's port it hangs on, 1 to 31.
    segment: u8,
    /// Baud of its wire; 2400 where it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    baud: Option<u32>,
    /// `even`, `none` or `odd`; even where it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    parity: Option<String>,
    /// Its customer number.
    #[serde(skip_serializing_if = "Option::is_none")]
    customer: Option<String>,
    /// Building and room, where they are not the account's.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    place: String,
    /// Below this balance it is called low, such as `10.00`.
    #[serde(skip_serializing_if = "Option::is_none")]
    low_balance: Option<String>,
    /// Who alone may send it purchases: a terminal's id, or `server`. It is set only where the meter has no owner yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    owner: Option<String>,
    /// The server keeps its money; otherwise the meter does.
    #[serde(default)]
    on_account: bool,
}

/// What stands.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChangedAnswer {
    /// The directory's version.
    version: u64,
}

/// Behind which number the list goes on.
#[derive(Debug, Deserialize, IntoParams)]
pub(super) struct Behind {
    /// The last number of the page before; from the first one where it is left out.
    #[serde(default)]
    behind: String,
}

fn wrong(message: String) -> ApiError {
    ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, "account", message)
}

impl From<ChangeError> for ApiError {
    fn from(error: ChangeError) -> ApiError {
        match error {
            ChangeError::Database(error) => error.into(),
            senseless @ ChangeError::Senseless { .. } => wrong(senseless.to_string()),
        }
    }
}

impl From<TellError> for ApiError {
    fn from(error: TellError) -> ApiError {
        match error {
            TellError::Database(error) => error.into(),
            other => {
                tracing::error!(error = %other, "a directory cannot be told");
                ApiError::new(
                    StatusCode::INTERNAL_SERVER_ERROR,
                    "directory",
                    "the directory cannot be handed out; the operator finds the cause in the server's log",
                )
            }
        }
    }
}

impl AccountBody {
    fn account(self) -> Result<NewAccount, ApiError> {
        let meters: Result<Vec<MeterRecord>, ApiError> =
            self.meters.into_iter().map(MeterBody::meter).collect();
        Ok(NewAccount {
            meters: meters?,
            account: self.account,
            district: self.district,
            name: self.name,
            place: self.place,
            cards: self.cards,
        })
    }

    fn shown(row: AccountRow) -> AccountBody {
        let meter = |meter: MeterRecord| MeterBody {
            number: meter.number,
            utility: meter.utility,
            profile: meter.profile,
            address: meter.address,
            segment: meter.segment,
            baud: meter.baud,
            parity: meter.parity,
            customer: meter.customer,
            place: meter.place,
            low_balance: Some(Money(meter.low_balance).to_string()),
            on_account: meter.on_account,
            owner: meter.owner,
        };
        AccountBody {
            account: row.account,
            district: row.district,
            name: row.name,
            place: row.place,
            meters: row.meters.into_iter().map(meter).collect(),
            cards: row.cards,
        }
    }
}

impl MeterBody {
    fn meter(self) -> Result<MeterRecord, ApiError> {
        let low_balance: Money = match &self.low_balance {
            None => Money::ZERO,
            Some(text) => text.parse().map_err(|_| {
                wrong(format!(
                    "meter {}: low_balance \"{text}\" is not an amount with two places",
                    self.number
                ))
            })?,
        };
        Ok(MeterRecord {
            number: self.number,
            utility: self.utility,
            profile: self.profile,
            address: self.address,
            segment: self.segment,
            baud: self.baud,
            parity: self.parity,
            customer: self.customer,
            place: self.place,
            low_balance: low_balance.0,
            owner: self.owner,
            on_account: self.on_account,
        })
    }
}

/// Put accounts in and take them out
///
/// All of it, or nothing: the answer names the account that is wrong.
#[utoipa::path(
    post, path = "/api/v1/accounts", tag = "people", request_body = AccountsBody,
    responses(
        (status = 200, description = "All of it stands", body = ChangedAnswer),
        (status = 401, description = "No token", body = ApiError),
        (status = 403, description = "Not your role", body = ApiError),
        (status = 422, description = "An account makes no sense; nothing was changed", body = ApiError),
    )
)]
pub(super) async fn put(
    State(app): State<App>,
    call: StaffCall,
    body: Bytes,
) -> Result<Json<ChangedAnswer>, ApiError> {
    let Staff { tenant, name, .. } = call.allow(&[Role::Manager, Role::Clerk])?;
    let body: AccountsBody = said(&body)?;
    if body.accounts.len() + body.gone.len() > MOST_ACCOUNTS {
        return Err(wrong(format!(
            "a call takes {MOST_ACCOUNTS} accounts at most"
        )));
    }
    let numbers: Vec<&str> = body
        .accounts
        .iter()
        .map(|account| account.account.as_str())
        .chain(body.gone.iter().map(String::as_str))
        .collect();
    let object = numbers.join(" ");
    let accounts = body.accounts.into_iter().map(AccountBody::account);
    let accounts: Vec<NewAccount> = accounts.collect::<Result<_, _>>()?;
    let mut connection = app.database.connection().await?;
    let noted = audit::begin(&mut connection, tenant, name, "accounts.change", &object).await?;
    let result = async {
        let transaction = connection.begin(tenant).await?;
        let by = By {
            name,
            at: (app.clock)(),
        };
        let version = change(&transaction, tenant, by, &accounts, &body.gone).await?;
        transaction.commit().await?;
        Ok::<_, ApiError>(version)
    }
    .await;
    audit::end(&mut connection, tenant, noted, &result).await?;
    result.map(|version| Json(ChangedAnswer { version }))
}

/// List accounts
#[utoipa::path(
    get, path = "/api/v1/accounts", tag = "people", params(Behind),
    responses(
        (status = 200, description = "Up to 200, by number", body = Vec<AccountBody>),
        (status = 401, description = "No token", body = ApiError),
        (status = 403, description = "Not your role", body = ApiError),
    )
)]
pub(super) async fn list(
    State(app): State<App>,
    call: StaffCall,
    RawQuery(query): RawQuery,
) -> Result<Json<Vec<AccountBody>>, ApiError> {
    let staff = call.allow(&[Role::Manager, Role::Clerk, Role::Auditor])?;
    let Behind { behind } = said_in_query(query)?;
    let mut connection = app.database.connection().await?;
    let transaction = connection.begin(&staff.tenant).await?;
    let found = page(&transaction, &staff.tenant, &behind, PAGE).await?;
    Ok(Json(found.into_iter().map(AccountBody::shown).collect()))
}

/// Which district.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DistrictBody {
    /// The district whose accounts the terminal is told.
    district: String,
}

/// Say which district a terminal serves
#[utoipa::path(
    post, path = "/api/v1/terminals/{terminal}/district", tag = "people",
    params(("terminal" = String, Path, description = "Which terminal")), request_body = DistrictBody,
    responses(
        (status = 204, description = "It is told all of that district with its next call"),
        (status = 401, description = "No token", body = ApiError),
        (status = 403, description = "Not your role", body = ApiError),
        (status = 404, description = "No such terminal was enrolled", body = ApiError),
    )
)]
pub(super) async fn assign(
    State(app): State<App>,
    Path(terminal): Path<String>,
    call: StaffCall,
    body: Bytes,
) -> Result<StatusCode, ApiError> {
    let Staff { tenant, name, .. } = call.allow(&[Role::Manager])?;
    let DistrictBody { district } = said(&body)?;
    let terminal = TerminalId::new(&terminal).map_err(|_| ApiError::no_terminal())?;
    let object = format!("{terminal} {district}");
    let mut connection = app.database.connection().await?;
    let noted = audit::begin(&mut connection, tenant, name, "terminal.district", &object).await?;
    let result = async {
        let transaction = connection.begin(tenant).await?;
        let known = district::assign(&transaction, tenant, &terminal, &district).await?;
        if !known {
            return Err(ApiError::no_terminal());
        }
        transaction.commit().await?;
        Ok(StatusCode::NO_CONTENT)
    }
    .await;
    audit::end(&mut connection, tenant, noted, &result).await?;
    result
}

/// What the terminal has.
#[derive(Debug, Deserialize, IntoParams)]
pub(super) struct HasQuery {
    /// The version of the whole directory that it keeps; 0 for none that it can read.
    base: u64,
    /// The version of the difference that it keeps; 0 for none.
    changes: u64,
    /// The version of the whole directory that it applied last.
    applied: u64,
}

/// Fetch the directory
///
/// The accounts of the terminal's district: whole, as a difference to the whole copy that the terminal keeps, or nothing where it is up to
/// date.
#[utoipa::path(
    post, path = "/api/v1/bulletins/directory", tag = "terminals", params(HasQuery),
    responses(
        (status = 200, description = "A signed bulletin", body = Vec<u8>, content_type = "application/octet-stream"),
        (status = 204, description = "Nothing newer"),
        (status = 401, description = "Not signed by the log's key", body = ApiError),
    )
)]
pub(super) async fn fetch(
    State(app): State<App>,
    call: TerminalCall,
) -> Result<Response, ApiError> {
    let HasQuery {
        base,
        changes,
        applied,
    } = call.query()?;
    let has = Has {
        base,
        changes,
        applied,
    };
    let mut connection = app.database.connection().await?;
    let transaction = connection.begin(call.origin.tenant()).await?;
    let told = tell(&transaction, &call.origin, has, (app.clock)()).await?;
    transaction.commit().await?;
    let Some(unsigned) = told else {
        return Ok(StatusCode::NO_CONTENT.into_response());
    };
    let keys = app.keys.clone();
    let signed = tokio::task::spawn_blocking(move || unsigned.sign(&keys)).await;
    let bytes = signed.map_err(|error| {
        tracing::error!(%error, "a directory could not be signed");
        ApiError::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "the server failed; the operator finds the cause in its log",
        )
    })??;
    Ok(([(CONTENT_TYPE, "application/octet-stream")], bytes).into_response())
}
