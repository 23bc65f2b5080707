//! One terminal: how it is, its epochs, its commands and what became of them, and commands to give.

use askama::Template;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use meterpost_ledger::Money;
use meterpost_ledger::bulletin::command::Command;
use meterpost_ledger::signing::TerminalId;
use serde::Deserialize;

use super::act::act;
use super::desk::{Desk, fields};
use super::home::OnWall;
use super::moment::moment;
use super::page::{Frame, PageError, done_at, shown};
use super::rights::{DECIDE, RUN_FLEET, SEE_FLEET};
use crate::App;
use crate::api::ApiError;
use crate::commands::{self, CommandRow};
use crate::service_code;
use crate::staff::Staff;
use crate::status::heads::{Head, heads};

/// Seconds that a terminal may take to begin a command given here.
const VALID: u64 = 24 * 3600;
/// Lines of log that are asked for.
const LINES: u32 = 500;

#[derive(Template)]
#[template(path = "terminal.html")]
struct TerminalPage {
    frame: Frame,
    terminal: String,
    now: OnWall,
    older: Vec<Head>,
    commands: Vec<CommandRow>,
    runs: bool,
    decides: bool,
}

impl TerminalPage {
    fn when(&self, at: i64) -> String {
        moment(self.frame.zone, Some(at))
    }

    fn money(&self, minor: &i64) -> Money {
        Money(*minor)
    }

    fn clock(&self) -> String {
        let offset = self.now.head.clock_offset;
        offset.map_or_else(String::new, |seconds| format!("{seconds:+.1} s"))
    }

    /// What it is to do, and with what: a reason, a meter's number, a version.
    fn command(&self, row: &CommandRow) -> String {
        let Some(content) = row.content.as_object() else {
            return row.content.to_string();
        };
        let word = content.get("command").and_then(serde_json::Value::as_str);
        let word = self.frame.words.of(word.unwrap_or_default()).to_owned();
        let with = content.iter().filter(|(name, _)| *name != "command");
        let with = with.map(|(_, value)| value.as_str().map_or(value.to_string(), str::to_owned));
        std::iter::once(word)
            .chain(with)
            .collect::<Vec<_>>()
            .join(", ")
    }

    /// Whether lines of log came with it.
    fn brought_log(&self, row: &CommandRow) -> bool {
        row.state == "done" && row.content.to_string().contains("send_logs")
    }
}

/// The page.
pub(super) async fn look(
    State(app): State<App>,
    desk: Desk,
    Path(terminal): Path<String>,
) -> Result<Response, PageError> {
    let staff = desk.allow(SEE_FLEET)?;
    let trouble = PageError::database(desk.words);
    let mut connection = app.database.connection().await.map_err(&trouble)?;
    let transaction = connection.look(&staff.tenant).await.map_err(&trouble)?;
    let found = heads(&transaction, Some(&terminal)).await;
    let mut older = found.map_err(&trouble)?;
    let newest = older.pop().ok_or(PageError::not_there(desk.words))?;
    let commands = commands::list(&transaction, &staff.tenant, &terminal).await;
    shown(&TerminalPage {
        terminal,
        now: OnWall::of(newest, (app.clock)()),
        older,
        commands: commands.map_err(&trouble)?,
        runs: RUN_FLEET.contains(&staff.role),
        decides: DECIDE.contains(&staff.role),
        frame: desk.frame(),
    })
}

#[derive(Deserialize)]
struct CommandForm {
    command: String,
    /// The reason of a lock, the version of an update, or the number of a meter.
    #[serde(default)]
    with: String,
}

impl CommandForm {
    fn command(&self) -> Option<Command> {
        let with = self.with.trim().to_owned();
        Some(match self.command.as_str() {
            "lock" => Command::Lock { reason: with },
            "unlock" => Command::Unlock,
            "reboot" => Command::Reboot,
            "restart" => Command::Restart,
            "update" => Command::Update { version: with },
            "read_meter" => Command::ReadMeter { meter: with },
            "send_logs" => Command::SendLogs { lines: LINES },
            _ => return None,
        })
    }
}

/// Gives it a command. Whoever can put software on a terminal can do anything with it: a manager alone does.
pub(super) async fn command(
    State(app): State<App>,
    desk: Desk,
    Path(terminal): Path<String>,
    request: Request,
) -> Result<Response, PageError> {
    let Staff { tenant, name, .. } = desk.allow(RUN_FLEET)?;
    let form: CommandForm = fields(&app, request, (desk.words, &desk.session)).await?;
    let command = form.command().ok_or(PageError::form(desk.words))?;
    if let Command::Update { .. } = command {
        desk.allow(DECIDE)?;
    }
    let id = TerminalId::new(&terminal).map_err(|_| PageError::not_there(desk.words))?;
    let word = format!("command.{}", command.word());
    let object = format!("{terminal} {command:?}");
    act(&app, &desk, (&word, &object), async |transaction| {
        let when = (name.as_str(), (app.clock)(), VALID);
        commands::give(transaction, &app.keys, (tenant, &id), &command, when).await?;
        Ok(())
    })
    .await?;
    Ok(done_at(&format!("/terminals/{terminal}#commands")))
}

#[derive(Deserialize)]
struct CancelForm {
    version: i64,
}

/// Takes a command back that the terminal has not taken.
pub(super) async fn cancel(
    State(app): State<App>,
    desk: Desk,
    Path(terminal): Path<String>,
    request: Request,
) -> Result<Response, PageError> {
    let staff = desk.allow(RUN_FLEET)?;
    let form: CancelForm = fields(&app, request, (desk.words, &desk.session)).await?;
    let object = format!("{terminal} {}", form.version);
    act(
        &app,
        &desk,
        ("command.cancel", &object),
        async |transaction| {
            let cancelled = commands::cancel(transaction, &staff.tenant, &terminal, form.version);
            match cancelled.await? {
                true => Ok(()),
                false => Err(ApiError::new(
                    StatusCode::CONFLICT,
                    "not_waiting",
                    "the command does not wait any more; look how it stands",
                )),
            }
        },
    )
    .await?;
    Ok(done_at(&format!("/terminals/{terminal}#commands")))
}

/// The lines of log that a command brought, as plain text.
pub(super) async fn log(
    State(app): State<App>,
    desk: Desk,
    Path((terminal, version)): Path<(String, i64)>,
) -> Result<Response, PageError> {
    let staff = desk.allow(SEE_FLEET)?;
    let trouble = PageError::database(desk.words);
    let mut connection = app.database.connection().await.map_err(&trouble)?;
    let transaction = connection.look(&staff.tenant).await.map_err(&trouble)?;
    let lines = commands::log_lines(&transaction, &staff.tenant, &terminal, version).await;
    let lines = lines
        .map_err(&trouble)?
        .ok_or(PageError::not_there(desk.words))?;
    Ok(([(CONTENT_TYPE, "text/plain; charset=utf-8")], lines).into_response())
}

#[derive(Template)]
#[template(path = "service_code.html")]
struct CodePage {
    frame: Frame,
    terminal: String,
    code: String,
    left: u64,
}

/// Shows the one-time code that opens the terminal's service menu beside a PIN. Whoever asked is in the trail.
pub(super) async fn service_code(
    State(app): State<App>,
    desk: Desk,
    Path(terminal): Path<String>,
    request: Request,
) -> Result<Response, PageError> {
    let Staff { tenant, .. } = desk.allow(RUN_FLEET)?;
    let _: NoFields = fields(&app, request, (desk.words, &desk.session)).await?;
    let id = TerminalId::new(&terminal).map_err(|_| PageError::not_there(desk.words))?;
    let now = (app.clock)();
    let word = ("terminal.service_code", terminal.as_str());
    let (code, left) = act(&app, &desk, word, async |transaction| {
        if heads(transaction, Some(id.as_str())).await?.is_empty() {
            let words = "there is no such terminal";
            return Err(ApiError::new(StatusCode::NOT_FOUND, "not_there", words));
        }
        let whose = (tenant.as_str(), id.as_str());
        let secret = service_code::secret(transaction, &app.factor, whose).await?;
        Ok(service_code::code(secret, now)?)
    })
    .await?;
    shown(&CodePage {
        frame: desk.frame(),
        terminal,
        code,
        // The terminal takes the code of the step before too.
        left: left + service_code::STEP,
    })
}

/// A form with nothing but its button.
#[derive(Deserialize)]
struct NoFields {}
