//! A terminal's sign of life: it says how it is, and is told in one answer whatever there is for it.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use base64ct::{Base64, Encoding};
use meterpost_ledger::LIMITS_KIND;
use meterpost_ledger::bulletin::deny::DENY_KIND;
use meterpost_ledger::bulletin::parameters::PARAMETERS_KIND;
use meterpost_ledger::bulletin::tariffs::TARIFFS_KIND;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::caller::TerminalCall;
use super::error::ApiError;
use crate::App;
use crate::bulletins::{newer, signed_now};
use crate::commands;
use crate::directory::told::{Has, anything};
use crate::service_code;
use crate::status::{Report, keep};

/// The kinds of which terminals get the newest version, as it was issued.
const KINDS: [&str; 4] = [LIMITS_KIND, PARAMETERS_KIND, TARIFFS_KIND, DENY_KIND];

/// A sign of life.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct StatusBody {
    /// How the terminal is.
    report: Report,
    /// The versions of bulletins that it has in force, by kind; 0 for none.
    have: BTreeMap<String, u64>,
    /// What it has of the directory.
    directory: DirectoryBody,
    /// The command that it took last; 0 for none.
    command: u64,
    /// Whether that has not ended yet.
    command_open: bool,
    /// Which secret of one-time codes for its service menu it has: the first eight bytes of the SHA-256 in hexadecimal digits, empty for
    /// none. Terminals without a service menu say nothing.
    #[serde(default)]
    service_code: Option<String>,
}

/// What a terminal has of the directory.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct DirectoryBody {
    /// The version of the whole directory that it keeps; 0 for none that it can read.
    base: u64,
    /// The version of the difference that it keeps; 0 for none.
    changes: u64,
    /// The version of the whole directory that it applied last.
    applied: u64,
}

/// What there is for the terminal.
#[derive(Debug, Serialize, ToSchema)]
pub struct StatusAnswer {
    /// The server's wall clock, in Unix milliseconds.
    time: u64,
    /// Signed bulletins in base64, the newest of each kind that is above the terminal's.
    bulletins: Vec<String>,
    /// Whether there is something new in the directory, to be fetched by itself.
    directory: bool,
    /// The next command, a signed bulletin in base64.
    command: Option<String>,
    /// The secret of one-time codes for its service menu in base64, where it has another one or none.
    #[serde(skip_serializing_if = "Option::is_none")]
    service_secret: Option<String>,
}

/// Give a sign of life
#[utoipa::path(
    post, path = "/api/v1/status", tag = "terminals", request_body = StatusBody,
    responses(
        (status = 200, description = "What there is for the terminal", body = StatusAnswer),
        (status = 400, description = "No sign of life", body = ApiError),
        (status = 401, description = "Not signed by the log's key", body = ApiError),
    )
)]
pub(super) async fn report(
    State(app): State<App>,
    call: TerminalCall,
) -> Result<Json<StatusAnswer>, ApiError> {
    let wrong = |why: String| ApiError::new(StatusCode::BAD_REQUEST, "body", why);
    let body: StatusBody =
        serde_json::from_slice(&call.body).map_err(|error| wrong(error.to_string()))?;
    if !body.report.fits() {
        return Err(wrong("the report is longer than any terminal's".to_owned()));
    }
    let now = (app.clock)();
    let now_ms = now.saturating_mul(1000);
    let has = Has {
        base: body.directory.base,
        changes: body.directory.changes,
        applied: body.directory.applied,
    };
    let have = KINDS.map(|kind| (kind, body.have.get(kind).copied().unwrap_or(0)));
    let log = &call.origin;
    let mut connection = app.database.connection().await?;
    let transaction = connection.begin(log.tenant()).await?;
    keep::keep(&transaction, log, &body.report, now_ms).await?;
    let bulletins = newer(&transaction, &app.keys, log.terminal(), &have).await?;
    let directory = anything(&transaction, log, has).await?;
    let command = match body.command_open {
        true => None,
        false => commands::next(&transaction, log, body.command, now).await?,
    };
    let service_secret = match &body.service_code {
        Some(has) => {
            let whose = (log.tenant().as_str(), log.terminal().as_str());
            let secret = service_code::secret(&transaction, &app.factor, whose).await?;
            (service_code::fingerprint(&secret) != *has).then(|| Base64::encode_string(&secret))
        }
        None => None,
    };
    transaction.commit().await?;
    let command = command
        .map(|bytes| signed_now(bytes, &app.keys))
        .transpose();
    let command = command.map_err(crate::bulletins::IssueError::from)?;
    Ok(Json(StatusAnswer {
        time: now_ms,
        bulletins: bulletins
            .iter()
            .map(|bytes| Base64::encode_string(bytes))
            .collect(),
        directory,
        command: command.map(|bytes| Base64::encode_string(&bytes)),
        service_secret,
    }))
}
