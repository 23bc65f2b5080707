//! The audit trail: who did what to what, newest first.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use serde::Deserialize;

use super::desk::Desk;
use super::moment::moment;
use super::page::{Frame, PageError, shown};
use super::rights::SEE_TRAIL;
use crate::App;
use crate::audit::{self, Line, Wanted};

/// Lines on a page.
const LINES: usize = 100;

/// Which lines.
#[derive(Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    actor: String,
    #[serde(default)]
    object: String,
    /// Those before this one.
    before: Option<i64>,
}

#[derive(Template)]
#[template(path = "trail.html")]
struct TrailPage {
    frame: Frame,
    actor: String,
    object: String,
    lines: Vec<Line>,
    /// Where the next page begins.
    next: Option<i64>,
}

impl TrailPage {
    fn when(&self, line: &Line) -> String {
        moment(self.frame.zone, Some(line.at))
    }
}

/// The page.
pub(super) async fn look(
    State(app): State<App>,
    desk: Desk,
    Query(asked): Query<Asked>,
) -> Result<Response, PageError> {
    let staff = desk.allow(SEE_TRAIL)?;
    let trouble = PageError::database(desk.words);
    let mut connection = app.database.connection().await.map_err(&trouble)?;
    let transaction = connection.look(&staff.tenant).await.map_err(&trouble)?;
    let wanted = Wanted {
        actor: asked.actor.trim(),
        object: asked.object.trim(),
        before: asked.before.unwrap_or(i64::MAX),
    };
    let found = audit::list(&transaction, &wanted, LINES + 1).await;
    let mut lines = found.map_err(&trouble)?;
    let more = lines.len() > LINES;
    lines.truncate(LINES);
    shown(&TrailPage {
        frame: desk.frame(),
        next: lines.last().filter(|_| more).map(|line| line.id),
        actor: asked.actor,
        object: asked.object,
        lines,
    })
}
