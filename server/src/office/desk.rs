//! Who looks at a page, and whether a form is the session's own. Nothing of a page is done before.

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::cookies;
use super::page::{Frame, PageError};
use super::words::Language;
use crate::App;
use crate::directory::history::By;
use crate::people::session::{self, Missing, Session};
use crate::staff::{self, Role, Staff};

/// The session of a browser, at whatever step it is.
pub(super) async fn session_of(
    app: &App,
    headers: &HeaderMap,
) -> Result<(Language, Session), PageError> {
    let words = cookies::language(headers);
    let outside = || PageError::sign_in(words);
    let token = cookies::session(headers).ok_or_else(outside)?;
    let tenant = staff::tenant_of(token).ok_or_else(outside)?;
    let trouble = PageError::database(words);
    let mut connection = app.database.connection().await.map_err(&trouble)?;
    let transaction = connection.begin(&tenant).await.map_err(&trouble)?;
    let now = i64::try_from((app.clock)()).unwrap_or(i64::MAX);
    let found = session::find(&transaction, &tenant, token, now).await;
    let found = found.map_err(&trouble)?.ok_or_else(outside)?;
    let committed = transaction.commit().await;
    committed.map_err(|error| trouble(error.into()))?;
    Ok((words, found))
}

/// Somebody at a desk, who is in.
#[derive(Debug)]
pub(super) struct Desk {
    /// The language.
    pub(super) words: Language,
    /// The session.
    pub(super) session: Session,
    /// Where they are.
    path: String,
    /// The page before has done what was asked for.
    done: bool,
}

impl Desk {
    /// Refuses everyone who has none of these roles.
    pub(super) fn allow(&self, roles: &[Role]) -> Result<&Staff, PageError> {
        let staff = &self.session.staff;
        match roles.contains(&staff.role) {
            true => Ok(staff),
            false => {
                let Staff { name, role, .. } = staff;
                tracing::warn!(name, %role, "a page was refused: the role does not allow it");
                Err(PageError::role(self.words))
            }
        }
    }

    /// Who does it, and when.
    pub(super) fn by(&self, app: &App) -> By<'_> {
        By {
            name: &self.session.staff.name,
            at: (app.clock)(),
        }
    }

    /// The frame of the page.
    pub(super) fn frame(&self) -> Frame {
        Frame::inside(self.words, &self.session, &self.path, self.done)
    }
}

impl FromRequestParts<App> for Desk {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Desk, PageError> {
        let (words, session) = session_of(app, &parts.headers).await?;
        match session.missing {
            Missing::Nothing if app.quotas.person(&session.staff) => Ok(Desk {
                words,
                session,
                path: parts.uri.path().to_owned(),
                done: parts
                    .uri
                    .query()
                    .is_some_and(|query| query.contains("done=1")),
            }),
            Missing::Nothing => Err(PageError::too_often(words)),
            Missing::Code | Missing::Factor | Missing::Password => Err(PageError::sign_in(words)),
        }
    }
}

/// What every form has beside its fields.
#[derive(Deserialize)]
struct OfForm {
    form: String,
}

/// How browsers send forms.
const FORM: &str = "application/x-www-form-urlencoded";

/// Whether the browser says that the request comes from a page of ours (Fetch Metadata); one that says nothing is old.
pub(super) fn from_here(headers: &HeaderMap) -> bool {
    let site = headers.get("sec-fetch-site").map(|site| site.as_bytes());
    matches!(site, None | Some(b"same-origin"))
}

/// A form's fields, where the form is this session's own.
pub(super) async fn fields<T: DeserializeOwned>(
    app: &App,
    request: Request,
    (words, session): (Language, &Session),
) -> Result<T, PageError> {
    if !from_here(request.headers()) {
        return Err(PageError::form(words));
    }
    let refused = || PageError::form(words);
    let is_form = request.headers().get(CONTENT_TYPE);
    if is_form.is_none_or(|kind| kind != FORM) {
        return Err(refused());
    }
    let body = Bytes::from_request(request, app).await;
    let body = body.map_err(|_| refused())?;
    let OfForm { form } = serde_urlencoded::from_bytes(&body).map_err(|_| refused())?;
    // Random on our side: nothing is learned from how long the comparison takes.
    match form == session.form {
        true => serde_urlencoded::from_bytes(&body).map_err(|_| refused()),
        false => Err(refused()),
    }
}
