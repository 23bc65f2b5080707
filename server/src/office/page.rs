//! What every page has around it, and the page that tells of an error.

use askama::Template;
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use jiff::tz::Offset;

use super::cookies;
use super::rights;
use super::words::Language;
use crate::api::ApiError;
use crate::database::DatabaseError;
use crate::people::session::Session;
use crate::witness::WitnessError;

/// The frame of a page.
pub(super) struct Frame {
    /// The language.
    pub(super) words: Language,
    /// Who looks at it, by name; nobody before they are in.
    pub(super) name: Option<String>,
    /// What they may see of the menu.
    pub(super) menu: Vec<rights::Item>,
    /// For its forms.
    pub(super) form: String,
    /// What was asked for is done.
    pub(super) done: bool,
    /// How far the tenant's time is ahead of UTC.
    pub(super) zone: Offset,
}

impl Frame {
    /// Of nobody's page.
    pub(super) fn outside(words: Language) -> Frame {
        Frame {
            words,
            name: None,
            menu: Vec::new(),
            form: String::new(),
            done: false,
            zone: Offset::UTC,
        }
    }

    /// Of a page on the way in.
    pub(super) fn on_the_way(words: Language, session: &Session) -> Frame {
        Frame {
            words,
            name: None,
            menu: Vec::new(),
            form: session.form.clone(),
            done: false,
            zone: session.zone,
        }
    }

    /// Of the page of this path, for somebody.
    pub(super) fn inside(words: Language, session: &Session, path: &str, done: bool) -> Frame {
        Frame {
            words,
            name: Some(session.staff.name.clone()),
            menu: rights::menu(session.staff.role, words, path),
            form: session.form.clone(),
            done,
            zone: session.zone,
        }
    }
}

/// A page, finished.
pub(super) fn shown(page: &impl Template) -> Result<Response, PageError> {
    match page.render() {
        Ok(text) => Ok(Html(text).into_response()),
        Err(error) => {
            tracing::error!(%error, "a page cannot be rendered");
            Err(PageError::trouble(Language::default()))
        }
    }
}

/// What is said instead of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Trouble {
    SignIn,
    NotThere,
    Role,
    Form,
    Input(&'static str),
    /// Why, for staff.
    Refused(StatusCode, String),
    TooOften,
    Server,
}

/// An error, in the language of who looks.
#[derive(Clone, Debug)]
pub(super) struct PageError {
    trouble: Trouble,
    words: Language,
}

impl PageError {
    fn new(words: Language, trouble: Trouble) -> PageError {
        PageError { trouble, words }
    }

    /// Nobody is signed in: the way there.
    pub(super) fn sign_in(words: Language) -> PageError {
        PageError::new(words, Trouble::SignIn)
    }

    /// There is no such page, or not for this tenant.
    pub(super) fn not_there(words: Language) -> PageError {
        PageError::new(words, Trouble::NotThere)
    }

    /// The role does not allow it.
    pub(super) fn role(words: Language) -> PageError {
        PageError::new(words, Trouble::Role)
    }

    /// The form is not the session's.
    pub(super) fn form(words: Language) -> PageError {
        PageError::new(words, Trouble::Form)
    }

    /// What was entered makes no sense; the words are for staff.
    pub(super) fn input(words: Language, why: &'static str) -> PageError {
        PageError::new(words, Trouble::Input(why))
    }

    /// An act was refused.
    pub(super) fn refused(words: Language, error: &ApiError) -> PageError {
        let status = error.status();
        match status.is_server_error() {
            true => PageError::trouble(words),
            false => PageError::new(words, Trouble::Refused(status, error.message().to_owned())),
        }
    }

    /// This person asks for more than a person can look at.
    pub(super) fn too_often(words: Language) -> PageError {
        PageError::new(words, Trouble::TooOften)
    }

    /// Something is wrong here.
    pub(super) fn trouble(words: Language) -> PageError {
        PageError::new(words, Trouble::Server)
    }

    /// The database's error.
    pub(super) fn database(words: Language) -> impl Fn(DatabaseError) -> PageError {
        move |error| {
            tracing::error!(%error, "a page has no database");
            PageError::trouble(words)
        }
    }

    /// A stored log's error.
    pub(super) fn witness(words: Language) -> impl Fn(WitnessError) -> PageError {
        move |error| {
            tracing::error!(%error, "a page cannot read a log");
            PageError::trouble(words)
        }
    }
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage {
    frame: Frame,
    says: &'static str,
    why: String,
}

impl IntoResponse for PageError {
    fn into_response(self) -> Response {
        let t = |text| self.words.t(text);
        let none = String::new();
        let (status, says, why) = match self.trouble {
            Trouble::SignIn => return Redirect::to("/sign-in").into_response(),
            Trouble::NotThere => (StatusCode::NOT_FOUND, t("There is no such page."), none),
            Trouble::Role => (
                StatusCode::FORBIDDEN,
                t("Your role does not allow this."),
                none,
            ),
            Trouble::Form => (
                StatusCode::FORBIDDEN,
                t(
                    "The form is not this session's own. Go back, load the page anew, and send it again.",
                ),
                none,
            ),
            Trouble::Input(why) => (
                StatusCode::UNPROCESSABLE_ENTITY,
                t("What was entered cannot be taken. Go back and correct it:"),
                why.to_owned(),
            ),
            Trouble::Refused(status, why) => {
                (status, t("This cannot be done. Nothing was changed:"), why)
            }
            Trouble::TooOften => (
                StatusCode::TOO_MANY_REQUESTS,
                t("Too many pages in a short time. Wait a few seconds and load the page anew."),
                none,
            ),
            Trouble::Server => (
                StatusCode::INTERNAL_SERVER_ERROR,
                t("Something is wrong at the server. Nothing was changed; try again in a minute."),
                none,
            ),
        };
        let page = ErrorPage {
            frame: Frame::outside(self.words),
            says,
            why,
        };
        match page.render() {
            Ok(text) => (status, Html(text)).into_response(),
            Err(_) => (status, says).into_response(),
        }
    }
}

/// On to another page, after a form.
pub(super) fn on_to(place: &str) -> Response {
    Redirect::to(place).into_response()
}

/// The same, where it is to say that what was asked for is done. The place may end with a `#` part.
pub(super) fn done_at(place: &str) -> Response {
    let (page, part) = place.split_once('#').unwrap_or((place, ""));
    let hash = if part.is_empty() { "" } else { "#" };
    Redirect::to(&format!("{page}?done=1{hash}{part}")).into_response()
}

/// The same, with a session to keep.
pub(super) fn on_to_with(place: &str, token: &str) -> Response {
    let cookie = [(header::SET_COOKIE, cookies::keep_session(token))];
    (cookie, Redirect::to(place)).into_response()
}
