//! What terminals are told: people issue, terminals fetch.

use std::collections::BTreeMap;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use base64ct::{Base64, Encoding};
use meterpost_ledger::signing::TerminalId;
use meterpost_ledger::{LIMITS_KIND, Limits, Money};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::caller::TerminalCall;
use super::error::ApiError;
use super::staff_caller::{StaffCall, said};
use crate::App;
use crate::audit;
use crate::bulletins::{NewLimits, issue_limits, newer};
use crate::staff::{Role, Staff};

/// The longest time in which a bulletin may be applied: a terminal can be away for months.
const LONGEST_DAYS: u32 = 366;

/// Limits to issue. Each may be left out, which is no limit.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct LimitsBody {
    /// One terminal; all of the operator's where it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    terminal: Option<String>,
    /// Most that one sale may take, such as `500.00`.
    per_sale: Option<String>,
    /// Most that one card may be used for in a local day.
    per_card_day: Option<String>,
    /// Most money taken since the server last cosigned the log.
    since_contact_money: Option<String>,
    /// Most sales since then.
    since_contact_count: Option<u32>,
    /// Most hours since then.
    since_contact_hours: Option<u32>,
    /// Where the local day begins: minutes that local time is ahead of UTC.
    #[serde(default)]
    day_offset_minutes: i16,
    /// Days in which terminals may begin to apply it.
    valid_days: u32,
}

impl LimitsBody {
    fn limits(&self) -> Result<Limits, ApiError> {
        Ok(Limits {
            per_sale: money("per_sale", self.per_sale.as_deref())?,
            per_card_day: money("per_card_day", self.per_card_day.as_deref())?,
            since_contact_money: money("since_contact_money", self.since_contact_money.as_deref())?,
            since_contact_count: self.since_contact_count,
            since_contact_hours: self.since_contact_hours,
            day_offset_minutes: self.day_offset_minutes,
        })
    }
}

fn wrong(message: String) -> ApiError {
    ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, "limits", message)
}

/// An amount that is not negative.
fn money(field: &str, text: Option<&str>) -> Result<Option<Money>, ApiError> {
    let Some(text) = text else { return Ok(None) };
    let amount: Option<Money> = text.parse().ok();
    match amount.filter(|amount| *amount >= Money::ZERO) {
        Some(amount) => Ok(Some(amount)),
        None => Err(wrong(format!(
            "{field}: \"{text}\" is not an amount with two places, such as \"500.00\""
        ))),
    }
}

/// What was issued.
#[derive(Debug, Serialize, ToSchema)]
pub struct IssuedAnswer {
    /// Its version.
    version: u64,
}

/// Issue limits
///
/// Terminals fetch them with their next call and apply them between two steps of a sale; what is in force stays until then.
#[utoipa::path(
    post, path = "/api/v1/bulletins/limits", tag = "people", request_body = LimitsBody,
    responses(
        (status = 200, description = "Signed and handed out from now on", body = IssuedAnswer),
        (status = 401, description = "No token", body = ApiError),
        (status = 403, description = "Not your role", body = ApiError),
        (status = 422, description = "A limit makes no sense", body = ApiError),
    )
)]
pub(super) async fn issue(
    State(app): State<App>,
    call: StaffCall,
    body: Bytes,
) -> Result<Json<IssuedAnswer>, ApiError> {
    let Staff { tenant, name, .. } = call.allow(&[Role::Manager])?;
    let body: LimitsBody = said(&body)?;
    let limits = body.limits()?;
    if !(1..=LONGEST_DAYS).contains(&body.valid_days) {
        return Err(wrong(format!("valid_days is 1 to {LONGEST_DAYS}")));
    }
    let terminal = body.terminal.as_deref().map(TerminalId::new).transpose();
    let terminal = terminal.map_err(|error| wrong(error.to_string()))?;
    let content = serde_json::to_value(&body).map_err(|error| wrong(error.to_string()))?;
    let mut connection = app.database.connection().await?;
    let object = content.to_string();
    let noted = audit::begin(&mut connection, tenant, name, "bulletin.limits", &object).await?;
    let result = async {
        let transaction = connection.begin(tenant).await?;
        let new = NewLimits {
            tenant,
            terminal,
            limits,
            content,
            valid_for: u64::from(body.valid_days) * 86_400,
            by: name,
        };
        let version = issue_limits(&transaction, &app.keys, new, (app.clock)()).await?;
        transaction.commit().await?;
        Ok::<_, ApiError>(version)
    }
    .await;
    audit::end(&mut connection, tenant, noted, &result).await?;
    result.map(|version| Json(IssuedAnswer { version }))
}

/// A bulletin at a glance.
#[derive(Debug, Serialize, ToSchema)]
pub struct BulletinAnswer {
    /// Its kind.
    kind: String,
    /// Its version.
    version: i64,
    /// One terminal; none for all.
    terminal: Option<String>,
    /// What it says.
    content: serde_json::Value,
    /// Who issued it.
    issued_by: String,
    /// When, in seconds since 1970.
    issued_at: i64,
}

/// What was issued
#[utoipa::path(
    get, path = "/api/v1/bulletins", tag = "people",
    responses(
        (status = 200, description = "Newest first", body = Vec<BulletinAnswer>),
        (status = 401, description = "No token", body = ApiError),
        (status = 403, description = "Not your role", body = ApiError),
    )
)]
pub(super) async fn issued(
    State(app): State<App>,
    call: StaffCall,
) -> Result<Json<Vec<BulletinAnswer>>, ApiError> {
    let staff = call.allow(&[Role::Manager, Role::Maintenance, Role::Auditor])?;
    let mut connection = app.database.connection().await?;
    let transaction = connection.begin(&staff.tenant).await?;
    let rows = transaction
        .query(
            "SELECT kind, version, terminal, content, issued_by, extract(epoch FROM issued_at)::bigint FROM bulletin \
             ORDER BY issued_at DESC, version DESC LIMIT 200",
            &[],
        )
        .await?;
    let read = |row: &tokio_postgres::Row| {
        Ok::<_, tokio_postgres::Error>(BulletinAnswer {
            kind: row.try_get(0)?,
            version: row.try_get(1)?,
            terminal: row.try_get(2)?,
            content: row.try_get(3)?,
            issued_by: row.try_get(4)?,
            issued_at: row.try_get(5)?,
        })
    };
    let found: Result<Vec<_>, _> = rows.iter().map(read).collect();
    Ok(Json(found?))
}

/// The versions that a terminal has in force, by kind.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct HaveBody {
    /// Kind and version; 0 for none.
    have: BTreeMap<String, u64>,
}

/// What a terminal does not have yet.
#[derive(Debug, Serialize, ToSchema)]
pub struct NewerAnswer {
    /// Signed bulletins in base64, the newest of each kind.
    bulletins: Vec<String>,
}

/// Fetch what is newer
#[utoipa::path(
    post, path = "/api/v1/bulletins/newer", tag = "terminals", request_body = HaveBody,
    responses(
        (status = 200, description = "Perhaps nothing", body = NewerAnswer),
        (status = 400, description = "No list of versions", body = ApiError),
        (status = 401, description = "Not signed by the log's key", body = ApiError),
    )
)]
pub(super) async fn fetch(
    State(app): State<App>,
    call: TerminalCall,
) -> Result<Json<NewerAnswer>, ApiError> {
    let body: HaveBody = serde_json::from_slice(&call.body)
        .map_err(|error| ApiError::new(StatusCode::BAD_REQUEST, "body", error.to_string()))?;
    let mut connection = app.database.connection().await?;
    let transaction = connection.begin(call.origin.tenant()).await?;
    let mut bulletins = Vec::new();
    for kind in [LIMITS_KIND] {
        let have = body.have.get(kind).copied().unwrap_or(0);
        let found = newer(&transaction, call.origin.terminal(), kind, have).await?;
        bulletins.extend(found.map(|bytes| Base64::encode_string(&bytes)));
    }
    Ok(Json(NewerAnswer { bulletins }))
}
