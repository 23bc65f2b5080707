//! What is to be done now: the terminals and how their logs stand.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use jiff::Timestamp;

use super::desk::Desk;
use super::page::{Frame, PageError, shown};
use crate::App;
use crate::database::DatabaseError;

struct TerminalLine {
    terminal: String,
    entries: i64,
    contact: String,
    held: bool,
}

#[derive(Template)]
#[template(path = "home.html")]
struct HomePage {
    frame: Frame,
    terminals: Vec<TerminalLine>,
}

/// A moment as people read it, in UTC; nothing where there is none.
pub(super) fn moment(seconds: Option<i64>) -> String {
    let at = seconds.and_then(|seconds| Timestamp::from_second(seconds).ok());
    at.map_or_else(String::new, |at| {
        at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
    })
}

/// The first page.
pub(super) async fn look(State(app): State<App>, desk: Desk) -> Result<Response, PageError> {
    let trouble = PageError::database(desk.words);
    let mut connection = app.database.connection().await.map_err(&trouble)?;
    let tenant = &desk.session.staff.tenant;
    let transaction = connection.look(tenant).await.map_err(&trouble)?;
    let rows = transaction
        .query(
            "SELECT terminal, size, extract(epoch FROM last_contact)::bigint, memory->>'conflict' IS NOT NULL \
             FROM log JOIN terminal USING (tenant, terminal) WHERE log.epoch = terminal.epoch ORDER BY terminal",
            &[],
        )
        .await
        .map_err(|error| trouble(error.into()))?;
    let read = |row: &tokio_postgres::Row| {
        Ok::<_, DatabaseError>(TerminalLine {
            terminal: row.try_get(0)?,
            entries: row.try_get(1)?,
            contact: moment(row.try_get(2)?),
            held: row.try_get(3)?,
        })
    };
    let terminals: Result<Vec<_>, _> = rows.iter().map(read).collect();
    shown(&HomePage {
        frame: desk.frame(),
        terminals: terminals.map_err(&trouble)?,
    })
}
