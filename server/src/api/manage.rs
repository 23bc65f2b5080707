//! What people see and decide: enrolments, the heads of all terminals, the inbox of conflicts.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use meterpost_ledger::signing::TerminalId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::error::ApiError;
use super::staff_caller::{StaffCall, said};
use crate::App;
use crate::audit;
use crate::enrolment::{self, approve, refuse};
use crate::staff::{Role, Staff};
use crate::status::Report;
use crate::status::heads::{Head, heads as heads_of};
use crate::witness::{Conflict, conflicts as conflicts_of};

/// An enrolment that waits for a decision.
#[derive(Debug, Serialize, ToSchema)]
pub struct WaitingAnswer {
    /// Which terminal asks.
    terminal: String,
    /// The code that its screen shows.
    code: String,
    /// The request's text, with software and hardware.
    request: String,
    /// When it asked, in seconds since 1970.
    asked_at: i64,
}

/// Which request is meant.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct CodeBody {
    /// The code as the person reads it from the terminal's screen.
    code: String,
}

/// What was given out.
#[derive(Debug, Serialize, ToSchema)]
pub struct ApprovedAnswer {
    /// The log that the terminal begins.
    origin: String,
}

/// A terminal's log at a glance.
#[derive(Debug, Serialize, ToSchema)]
pub struct HeadAnswer {
    /// Which terminal.
    terminal: String,
    /// Which of its epochs.
    epoch: i64,
    /// The size of its head, by its last word.
    claimed: i64,
    /// Entries here.
    stored: i64,
    /// Entries under the head cosigned last.
    cosigned: i64,
    /// How many of its entries are not cosigned.
    gap: i64,
    /// When it called last, in seconds since 1970.
    last_contact: Option<i64>,
    /// `in_sync`, `behind`, `suspect`, `held` or `closed`.
    state: String,
    /// How the terminal is by its last word; none for older epochs.
    #[schema(value_type = Option<Report>)]
    status: Option<serde_json::Value>,
    /// When it said so, in seconds since 1970.
    status_at: Option<i64>,
    /// Seconds that its clock was ahead then.
    clock_offset: Option<f64>,
}

/// A conflict with its evidence.
#[derive(Debug, Serialize, ToSchema)]
pub struct ConflictAnswer {
    /// Which terminal.
    terminal: String,
    /// Which of its epochs.
    epoch: i64,
    /// `fork`, `both_continued` or `older_epoch`.
    kind: String,
    /// The head cosigned last, signed by the log.
    ours: Option<String>,
    /// The head that does not go with it, signed by the log.
    theirs: String,
    /// The hashes of the proof between them, in hex, a line each.
    proof: String,
    /// When it was found, in seconds since 1970.
    found_at: i64,
}

impl From<Head> for HeadAnswer {
    fn from(head: Head) -> HeadAnswer {
        HeadAnswer {
            gap: head.gap(),
            terminal: head.terminal,
            epoch: head.epoch,
            claimed: head.claimed,
            stored: head.stored,
            cosigned: head.cosigned,
            last_contact: head.last_contact,
            state: head.state,
            status: head.status,
            status_at: head.status_at,
            clock_offset: head.clock_offset,
        }
    }
}

impl From<Conflict> for ConflictAnswer {
    fn from(found: Conflict) -> ConflictAnswer {
        ConflictAnswer {
            terminal: found.terminal,
            epoch: found.epoch,
            kind: found.kind,
            ours: found.ours,
            theirs: found.theirs,
            proof: found.proof,
            found_at: found.found_at,
        }
    }
}

fn terminal_id(text: &str) -> Result<TerminalId, ApiError> {
    TerminalId::new(text)
        .map_err(|error| ApiError::new(StatusCode::BAD_REQUEST, "terminal", error.to_string()))
}

/// The enrolments that wait
#[utoipa::path(
    get, path = "/api/v1/enrolments", tag = "people",
    responses(
        (status = 200, description = "Oldest first", body = Vec<WaitingAnswer>),
        (status = 401, description = "No token", body = ApiError),
        (status = 403, description = "Not your role", body = ApiError),
    )
)]
pub(super) async fn waiting(
    State(app): State<App>,
    call: StaffCall,
) -> Result<Json<Vec<WaitingAnswer>>, ApiError> {
    let staff = call.allow(&[Role::Manager, Role::Maintenance, Role::Auditor])?;
    let mut connection = app.database.connection().await?;
    let transaction = connection.begin(&staff.tenant).await?;
    let found = enrolment::waiting(&transaction).await?;
    let answer = |waiting: enrolment::Waiting| WaitingAnswer {
        terminal: waiting.terminal,
        code: waiting.code,
        request: waiting.request,
        asked_at: waiting.asked_at,
    };
    Ok(Json(found.into_iter().map(answer).collect()))
}

/// Approve the enrolment with this code
#[utoipa::path(
    post, path = "/api/v1/enrolments/{terminal}/approve", tag = "people",
    params(("terminal" = String, Path, description = "Which terminal")), request_body = CodeBody,
    responses(
        (status = 200, description = "The terminal's next epoch has begun", body = ApprovedAnswer),
        (status = 401, description = "No token", body = ApiError),
        (status = 403, description = "Not your role", body = ApiError),
        (status = 404, description = "No such request waits", body = ApiError),
    )
)]
pub(super) async fn approve_one(
    State(app): State<App>,
    Path(terminal): Path<String>,
    call: StaffCall,
    body: Bytes,
) -> Result<Json<ApprovedAnswer>, ApiError> {
    let Staff { tenant, name, .. } = call.allow(&[Role::Manager])?;
    let terminal = terminal_id(&terminal)?;
    let body: CodeBody = said(&body)?;
    let mut connection = app.database.connection().await?;
    let noted = audit::begin(
        &mut connection,
        tenant,
        name,
        "enrolment.approve",
        terminal.as_str(),
    )
    .await?;
    let result = async {
        let transaction = connection.begin(tenant).await?;
        let which = (tenant, &terminal, body.code.as_str());
        let now = (app.clock)();
        let certificate = approve(&transaction, &app.keys, which, name, now).await?;
        transaction.commit().await?;
        Ok::<_, ApiError>(certificate.certificate().origin.to_string())
    }
    .await;
    audit::end(&mut connection, tenant, noted, &result).await?;
    result.map(|origin| Json(ApprovedAnswer { origin }))
}

/// Refuse the enrolment with this code
#[utoipa::path(
    post, path = "/api/v1/enrolments/{terminal}/refuse", tag = "people",
    params(("terminal" = String, Path, description = "Which terminal")), request_body = CodeBody,
    responses(
        (status = 204, description = "It is refused"),
        (status = 401, description = "No token", body = ApiError),
        (status = 403, description = "Not your role", body = ApiError),
        (status = 404, description = "No such request waits", body = ApiError),
    )
)]
pub(super) async fn refuse_one(
    State(app): State<App>,
    Path(terminal): Path<String>,
    call: StaffCall,
    body: Bytes,
) -> Result<StatusCode, ApiError> {
    let Staff { tenant, name, .. } = call.allow(&[Role::Manager])?;
    let terminal = terminal_id(&terminal)?;
    let body: CodeBody = said(&body)?;
    let mut connection = app.database.connection().await?;
    let noted = audit::begin(
        &mut connection,
        tenant,
        name,
        "enrolment.refuse",
        terminal.as_str(),
    )
    .await?;
    let result = async {
        let transaction = connection.begin(tenant).await?;
        refuse(&transaction, &terminal, &body.code, name).await?;
        transaction.commit().await?;
        Ok::<_, ApiError>(StatusCode::NO_CONTENT)
    }
    .await;
    audit::end(&mut connection, tenant, noted, &result).await?;
    result
}

/// The heads of all terminals
#[utoipa::path(
    get, path = "/api/v1/terminals", tag = "people",
    responses(
        (status = 200, description = "A row for each epoch", body = Vec<HeadAnswer>),
        (status = 401, description = "No token", body = ApiError),
        (status = 403, description = "Not your role", body = ApiError),
    )
)]
pub(super) async fn heads(
    State(app): State<App>,
    call: StaffCall,
) -> Result<Json<Vec<HeadAnswer>>, ApiError> {
    let staff = call.allow(&[Role::Manager, Role::Maintenance, Role::Auditor])?;
    let mut connection = app.database.connection().await?;
    let transaction = connection.begin(&staff.tenant).await?;
    let found = heads_of(&transaction, None).await?;
    Ok(Json(found.into_iter().map(HeadAnswer::from).collect()))
}

/// The inbox of conflicts
#[utoipa::path(
    get, path = "/api/v1/conflicts", tag = "people",
    responses(
        (status = 200, description = "Newest first", body = Vec<ConflictAnswer>),
        (status = 401, description = "No token", body = ApiError),
        (status = 403, description = "Not your role", body = ApiError),
    )
)]
pub(super) async fn conflicts(
    State(app): State<App>,
    call: StaffCall,
) -> Result<Json<Vec<ConflictAnswer>>, ApiError> {
    let staff = call.allow(&[Role::Manager, Role::Auditor])?;
    let mut connection = app.database.connection().await?;
    let transaction = connection.begin(&staff.tenant).await?;
    let found = conflicts_of(&transaction).await?;
    Ok(Json(found.into_iter().map(ConflictAnswer::from).collect()))
}
