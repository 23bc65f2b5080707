//! Remote control: people give commands and see what became of them; terminals bring the lines of log that one asked for.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use meterpost_ledger::bulletin::command::Command;
use meterpost_ledger::signing::TerminalId;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::caller::TerminalCall;
use super::error::ApiError;
use super::issue::IssuedAnswer;
use super::staff_caller::{StaffCall, said};
use crate::App;
use crate::audit;
use crate::commands::{self, CommandRow, GiveError};
use crate::staff::{Role, Staff};

/// The longest time in which a command may be begun, in minutes: a week.
const LONGEST_MINUTES: u32 = 7 * 24 * 60;

/// A command.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct CommandBody {
    /// `{"command": "lock", "reason": "…"}`, `unlock`, `reboot`, `restart`, `{"command": "update", "version": "…"}`,
    /// `{"command": "read_meter", "meter": "…"}` or `{"command": "send_logs", "lines": 500}`.
    #[schema(value_type = Object)]
    command: Command,
    /// Minutes in which the terminal may begin it.
    valid_minutes: u32,
}

/// A command as it stands.
#[derive(Debug, Serialize, ToSchema)]
pub struct CommandAnswer {
    /// The terminal's count.
    version: i64,
    /// The command.
    command: serde_json::Value,
    /// `waiting`, `taken`, `done`, `refused`, `failed`, `unknown`, `expired` or `cancelled`.
    state: String,
    /// More about it, in the terminal's words.
    words: String,
    /// Who gave it.
    issued_by: String,
    /// When, in seconds since 1970.
    issued_at: i64,
    /// Until when it may be begun.
    until: i64,
    /// When its state changed last.
    changed_at: i64,
}

impl From<CommandRow> for CommandAnswer {
    fn from(row: CommandRow) -> CommandAnswer {
        CommandAnswer {
            version: row.version,
            command: row.content,
            state: row.state,
            words: row.words,
            issued_by: row.issued_by,
            issued_at: row.issued_at,
            until: row.until,
            changed_at: row.changed_at,
        }
    }
}

impl From<GiveError> for ApiError {
    fn from(error: GiveError) -> ApiError {
        match error {
            GiveError::NoTerminal => ApiError::no_terminal(),
            GiveError::TooMany => {
                ApiError::new(StatusCode::TOO_MANY_REQUESTS, "too_many", error.to_string())
            }
            GiveError::Issue(error) => error.into(),
        }
    }
}

/// Give a terminal a command
///
/// It is taken with the terminal's next sign of life, once, and in order; what became of it is an entry of the terminal's log. In the middle
/// of a sale a terminal refuses.
#[utoipa::path(
    post, path = "/api/v1/terminals/{terminal}/commands", tag = "people",
    params(("terminal" = String, Path, description = "Which terminal")), request_body = CommandBody,
    responses(
        (status = 200, description = "It waits for the terminal", body = IssuedAnswer),
        (status = 401, description = "No token", body = ApiError),
        (status = 403, description = "Not your role", body = ApiError),
        (status = 404, description = "No such terminal was enrolled", body = ApiError),
        (status = 422, description = "The command makes no sense", body = ApiError),
        (status = 429, description = "Too many wait for it already", body = ApiError),
    )
)]
pub(super) async fn give(
    State(app): State<App>,
    Path(terminal): Path<String>,
    call: StaffCall,
    body: Bytes,
) -> Result<Json<IssuedAnswer>, ApiError> {
    let Staff { tenant, name, .. } = call.allow(&[Role::Manager, Role::Maintenance])?;
    let body: CommandBody = said(&body)?;
    if let Command::Update { .. } = body.command {
        // Whoever can put software on a terminal can do anything with it.
        call.allow(&[Role::Manager])?;
    }
    if !(1..=LONGEST_MINUTES).contains(&body.valid_minutes) {
        return Err(ApiError::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "command",
            format!("valid_minutes is 1 to {LONGEST_MINUTES}"),
        ));
    }
    let terminal = TerminalId::new(&terminal).map_err(|_| ApiError::no_terminal())?;
    let act = format!("command.{}", body.command.word());
    let object = format!("{terminal} {:?}", body.command);
    let mut connection = app.database.connection().await?;
    let noted = audit::begin(&mut connection, tenant, name, &act, &object).await?;
    let result = async {
        let transaction = connection.begin(tenant).await?;
        let when = (
            name.as_str(),
            (app.clock)(),
            u64::from(body.valid_minutes) * 60,
        );
        let which = (tenant, &terminal);
        let version = commands::give(&transaction, &app.keys, which, &body.command, when).await?;
        transaction.commit().await?;
        Ok::<_, ApiError>(version)
    }
    .await;
    audit::end(&mut connection, tenant, noted, &result).await?;
    result.map(|version| Json(IssuedAnswer::new(version)))
}

/// A terminal's commands
#[utoipa::path(
    get, path = "/api/v1/terminals/{terminal}/commands", tag = "people",
    params(("terminal" = String, Path, description = "Which terminal")),
    responses(
        (status = 200, description = "The newest 200 first", body = Vec<CommandAnswer>),
        (status = 401, description = "No token", body = ApiError),
        (status = 403, description = "Not your role", body = ApiError),
    )
)]
pub(super) async fn list(
    State(app): State<App>,
    Path(terminal): Path<String>,
    call: StaffCall,
) -> Result<Json<Vec<CommandAnswer>>, ApiError> {
    let staff = call.allow(&[Role::Manager, Role::Maintenance, Role::Auditor])?;
    let mut connection = app.database.connection().await?;
    let transaction = connection.begin(&staff.tenant).await?;
    let found = commands::list(&transaction, &staff.tenant, &terminal).await?;
    Ok(Json(found.into_iter().map(CommandAnswer::from).collect()))
}

/// Take a command back
///
/// Possible while it waits. Where the terminal had fetched it already, its log says so later and is believed.
#[utoipa::path(
    post, path = "/api/v1/terminals/{terminal}/commands/{version}/cancel", tag = "people",
    params(("terminal" = String, Path, description = "Which terminal"), ("version" = i64, Path, description = "Which command")),
    responses(
        (status = 204, description = "It is taken back"),
        (status = 401, description = "No token", body = ApiError),
        (status = 403, description = "Not your role", body = ApiError),
        (status = 409, description = "It does not wait any more", body = ApiError),
    )
)]
pub(super) async fn cancel(
    State(app): State<App>,
    Path((terminal, version)): Path<(String, i64)>,
    call: StaffCall,
) -> Result<StatusCode, ApiError> {
    let Staff { tenant, name, .. } = call.allow(&[Role::Manager, Role::Maintenance])?;
    let object = format!("{terminal} {version}");
    let mut connection = app.database.connection().await?;
    let noted = audit::begin(&mut connection, tenant, name, "command.cancel", &object).await?;
    let result = async {
        let transaction = connection.begin(tenant).await?;
        if !commands::cancel(&transaction, tenant, &terminal, version).await? {
            return Err(ApiError::new(
                StatusCode::CONFLICT,
                "not_waiting",
                "the command does not wait any more; look how it stands",
            ));
        }
        transaction.commit().await?;
        Ok(StatusCode::NO_CONTENT)
    }
    .await;
    audit::end(&mut connection, tenant, noted, &result).await?;
    result
}

/// The lines of log that a command brought
#[utoipa::path(
    get, path = "/api/v1/terminals/{terminal}/commands/{version}/log", tag = "people",
    params(("terminal" = String, Path, description = "Which terminal"), ("version" = i64, Path, description = "Which command")),
    responses(
        (status = 200, description = "The lines, oldest first", body = String, content_type = "text/plain"),
        (status = 401, description = "No token", body = ApiError),
        (status = 403, description = "Not your role", body = ApiError),
        (status = 404, description = "It brought none", body = ApiError),
    )
)]
pub(super) async fn read_log(
    State(app): State<App>,
    Path((terminal, version)): Path<(String, i64)>,
    call: StaffCall,
) -> Result<Response, ApiError> {
    let staff = call.allow(&[Role::Manager, Role::Maintenance, Role::Auditor])?;
    let mut connection = app.database.connection().await?;
    let transaction = connection.begin(&staff.tenant).await?;
    let lines = commands::log_lines(&transaction, &staff.tenant, &terminal, version).await?;
    let lines = lines.ok_or_else(|| {
        let message = "this command brought no lines of log";
        ApiError::new(StatusCode::NOT_FOUND, "no_log", message)
    })?;
    Ok(([(CONTENT_TYPE, "text/plain; charset=utf-8")], lines).into_response())
}

/// Which command.
#[derive(Debug, Deserialize, IntoParams)]
pub(super) struct WhichCommand {
    /// Its version.
    version: u64,
}

/// Bring lines of log
#[utoipa::path(
    post, path = "/api/v1/commands/log", tag = "terminals", params(WhichCommand),
    request_body(content = String, content_type = "text/plain"),
    responses(
        (status = 204, description = "They are kept"),
        (status = 400, description = "Not text", body = ApiError),
        (status = 401, description = "Not signed by the log's key", body = ApiError),
        (status = 409, description = "No such command is under way", body = ApiError),
    )
)]
pub(super) async fn bring_log(
    State(app): State<App>,
    call: TerminalCall,
) -> Result<StatusCode, ApiError> {
    let WhichCommand { version } = call.query()?;
    let wrong = |why: &str| ApiError::new(StatusCode::BAD_REQUEST, "body", why);
    let lines = std::str::from_utf8(&call.body).map_err(|_| wrong("the lines are not UTF-8"))?;
    if lines.contains('\0') {
        return Err(wrong("the lines hold a NUL"));
    }
    let mut connection = app.database.connection().await?;
    let transaction = connection.begin(call.origin.tenant()).await?;
    let kept = commands::keep_log(&transaction, &call.origin, version, lines).await?;
    transaction.commit().await?;
    match kept {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(ApiError::new(
            StatusCode::CONFLICT,
            "no_command",
            "no command asks for lines of log under this version",
        )),
    }
}
