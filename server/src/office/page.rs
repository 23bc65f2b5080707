//! What every page has around it, and the page that tells of an error.

use askama::Template;
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};

use super::cookies;
use super::words::Language;
use crate::database::DatabaseError;
use crate::people::session::Session;
use crate::wallet::WalletError;
use crate::witness::WitnessError;

/// The frame of a page.
pub(super) struct Frame {
    /// The language.
    pub(super) words: Language,
    /// Who looks at it, by name; nobody before they are in.
    pub(super) name: Option<String>,
    /// For its forms.
    pub(super) form: String,
}

impl Frame {
    /// Of nobody's page.
    pub(super) fn outside(words: Language) -> Frame {
        Frame {
            words,
            name: None,
            form: String::new(),
        }
    }

    /// Of a page on the way in.
    pub(super) fn on_the_way(words: Language, session: &Session) -> Frame {
        Frame {
            words,
            name: None,
            form: session.form.clone(),
        }
    }

    /// Of a page for somebody.
    pub(super) fn inside(words: Language, session: &Session) -> Frame {
        Frame {
            words,
            name: Some(session.staff.name.clone()),
            form: session.form.clone(),
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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Trouble {
    SignIn,
    NotThere,
    Role,
    Form,
    Input(&'static str),
    Server,
}

/// An error, in the language of who looks.
#[derive(Clone, Copy, Debug)]
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

    /// A wallet's error.
    pub(super) fn wallet(words: Language, error: &WalletError) -> PageError {
        match error {
            WalletError::Database(error) => {
                tracing::error!(%error, "a page has no database");
                PageError::trouble(words)
            }
            WalletError::NoAccount(_) => PageError::not_there(words),
            WalletError::Malformed(why) => PageError::input(words, why),
            other => {
                tracing::warn!(error = %other, "money was not taken");
                PageError::input(words, "the books refuse it")
            }
        }
    }
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage {
    frame: Frame,
    says: &'static str,
    why: &'static str,
}

impl IntoResponse for PageError {
    fn into_response(self) -> Response {
        let t = |text| self.words.t(text);
        let (status, says, why) = match self.trouble {
            Trouble::SignIn => return Redirect::to("/sign-in").into_response(),
            Trouble::NotThere => (StatusCode::NOT_FOUND, t("There is no such page."), ""),
            Trouble::Role => (
                StatusCode::FORBIDDEN,
                t("Your role does not allow this."),
                "",
            ),
            Trouble::Form => (
                StatusCode::FORBIDDEN,
                t(
                    "The form is not this session's own. Go back, load the page anew, and send it again.",
                ),
                "",
            ),
            Trouble::Input(why) => (
                StatusCode::UNPROCESSABLE_ENTITY,
                t("What was entered cannot be taken. Go back and correct it:"),
                why,
            ),
            Trouble::Server => (
                StatusCode::INTERNAL_SERVER_ERROR,
                t("Something is wrong at the server. Nothing was changed; try again in a minute."),
                "",
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

/// The same, with a session to keep.
pub(super) fn on_to_with(place: &str, token: &str) -> Response {
    let cookie = [(header::SET_COOKIE, cookies::keep_session(token))];
    (cookie, Redirect::to(place)).into_response()
}
