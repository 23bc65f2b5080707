//! Searching for an account: by its number, the holder's name, the place, a meter's or a card's number.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use serde::Deserialize;

use super::desk::Desk;
use super::page::{Frame, PageError, shown};
use super::rights::{SEE_ACCOUNTS, WRITE_ACCOUNTS};
use crate::App;
use crate::directory::search::{Found, search};

/// Most accounts on the page.
const MOST: usize = 50;

/// What is searched for.
#[derive(Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    q: String,
}

#[derive(Template)]
#[template(path = "accounts.html")]
struct AccountsPage {
    frame: Frame,
    q: String,
    found: Vec<Found>,
    more: bool,
    writes: bool,
}

/// The page, with what fits.
pub(super) async fn look(
    State(app): State<App>,
    desk: Desk,
    Query(Asked { q }): Query<Asked>,
) -> Result<Response, PageError> {
    let staff = desk.allow(SEE_ACCOUNTS)?;
    let trouble = PageError::database(desk.words);
    let mut found = Vec::new();
    if !q.trim().is_empty() {
        let mut connection = app.database.connection().await.map_err(&trouble)?;
        let transaction = connection.look(&staff.tenant).await.map_err(&trouble)?;
        found = search(&transaction, q.trim(), MOST + 1)
            .await
            .map_err(&trouble)?;
    }
    let more = found.len() > MOST;
    found.truncate(MOST);
    shown(&AccountsPage {
        frame: desk.frame(),
        q,
        found,
        more,
        writes: WRITE_ACCOUNTS.contains(&staff.role),
    })
}
