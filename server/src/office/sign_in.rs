//! Coming in and leaving: name and password, the second factor, a new password where it has to be changed.

use askama::Template;
use axum::Form;
use axum::extract::{Query, Request, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Redirect, Response};
use meterpost_ledger::signing::TenantId;
use qrcode::QrCode;
use qrcode::render::svg;
use serde::Deserialize;

use super::cookies;
use super::desk::{fields, from_here, session_of};
use super::page::{Frame, PageError, on_to, on_to_with, shown};
use super::words::Language;
use crate::App;
use crate::people::factor::Whose;
use crate::people::password::Weak;
use crate::people::session::{self, Missing, Session};
use crate::people::sign_in::{SignInError, with_code, with_new_password, with_password};

#[derive(Template)]
#[template(path = "sign_in.html")]
struct NamePage {
    frame: Frame,
    problem: Option<Problem>,
    tenant: String,
    name: String,
}

#[derive(Template)]
#[template(path = "sign_in_code.html")]
struct CodePage {
    frame: Frame,
    problem: Option<Problem>,
    /// The code to scan, and the secret to type; where the factor is set up.
    factor: Option<(String, String)>,
}

#[derive(Template)]
#[template(path = "sign_in_password.html")]
struct PasswordPage {
    frame: Frame,
    problem: Option<Problem>,
    /// Whose, for those who let the browser keep passwords.
    name: String,
}

/// What went wrong, as the page says it.
struct Problem {
    says: &'static str,
    number: String,
}

fn problem(words: Language, error: SignInError) -> Result<Problem, PageError> {
    let says = |says, number: String| Ok(Problem { says, number });
    let none = String::new();
    match error {
        SignInError::Wrong => says(
            words.t("The name, the password or the code is wrong. Check them and try again."),
            none,
        ),
        SignInError::Wait(seconds) => says(
            words.t("Too many wrong tries. Wait this many seconds, then try again:"),
            seconds.to_string(),
        ),
        SignInError::Weak(Weak::Short) => says(
            words.t("The password is too short: at least 12 characters."),
            none,
        ),
        SignInError::Weak(Weak::Long) => says(
            words.t("The password is too long: at most 200 bytes."),
            none,
        ),
        SignInError::Weak(Weak::Common) => says(
            words.t("This password would be tried first by anybody. Choose another one."),
            none,
        ),
        SignInError::OutOfStep => says(
            words.t("The sign-in took too long or was begun elsewhere. Begin again."),
            none,
        ),
        SignInError::Database(error) => Err(PageError::database(words)(error)),
        SignInError::Factor(_) | SignInError::Hash(_) => {
            tracing::error!(%error, "nobody can sign in");
            Err(PageError::trouble(words))
        }
    }
}

fn now(app: &App) -> i64 {
    i64::try_from((app.clock)()).unwrap_or(i64::MAX)
}

/// Which step the browser is at, as a page.
pub(super) async fn look(
    State(app): State<App>,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    let words = cookies::language(&headers);
    match session_of(&app, &headers).await {
        Ok((words, session)) => step(&app, words, &session, None),
        Err(_) => shown(&NamePage {
            frame: Frame::outside(words),
            problem: None,
            tenant: String::new(),
            name: String::new(),
        }),
    }
}

/// The page of the session's step.
fn step(
    app: &App,
    words: Language,
    session: &Session,
    problem: Option<Problem>,
) -> Result<Response, PageError> {
    let frame = Frame::on_the_way(words, session);
    match session.missing {
        Missing::Nothing => Ok(on_to("/")),
        Missing::Password => shown(&PasswordPage {
            frame,
            problem,
            name: session.staff.name.clone(),
        }),
        Missing::Code => shown(&CodePage {
            frame,
            problem,
            factor: None,
        }),
        Missing::Factor => {
            let factor = Some(to_scan(app, session).ok_or(PageError::trouble(words))?);
            shown(&CodePage {
                frame,
                problem,
                factor,
            })
        }
    }
}

/// The second factor that is set up, as a picture and as text.
fn to_scan(app: &App, session: &Session) -> Option<(String, String)> {
    let whose = Whose {
        tenant: session.staff.tenant.as_str(),
        name: &session.staff.name,
    };
    let codes = app.factor.codes(whose, session.offered.as_deref()?).ok()?;
    let code = QrCode::new(codes.address().ok()?).ok()?;
    let picture = code
        .render::<svg::Color<'_>>()
        .min_dimensions(220, 220)
        .build();
    // Its XML declaration has no place within a page.
    let picture = picture
        .split_once("?>")
        .map_or(picture.clone(), |(_, svg)| svg.to_owned());
    Some((picture, codes.typed()))
}

/// Who says who they are.
#[derive(Deserialize)]
pub(super) struct NameForm {
    tenant: String,
    name: String,
    password: String,
}

/// Name and password.
pub(super) async fn name(
    State(app): State<App>,
    headers: HeaderMap,
    form: Form<NameForm>,
) -> Result<Response, PageError> {
    let words = cookies::language(&headers);
    // There is no session yet that a form could belong to.
    if !from_here(&headers) {
        return Err(PageError::form(words));
    }
    let Form(form) = form;
    let again = |says: Problem| {
        shown(&NamePage {
            frame: Frame::outside(words),
            problem: Some(says),
            tenant: form.tenant.clone(),
            name: form.name.clone(),
        })
    };
    if !app.quotas.refused() {
        return again(problem(words, SignInError::Wait(1))?);
    }
    let Ok(tenant) = TenantId::new(form.tenant.trim()) else {
        return again(problem(words, SignInError::Wrong)?);
    };
    let who = (&tenant, form.name.trim(), form.password.as_str());
    match with_password(&app.database, &app.factor, who, now(&app)).await {
        Ok(token) => Ok(on_to_with("/sign-in", &token)),
        Err(error) => again(problem(words, error)?),
    }
}

/// A code.
#[derive(Deserialize)]
struct CodeForm {
    code: String,
}

/// The second factor's code.
pub(super) async fn code(State(app): State<App>, request: Request) -> Result<Response, PageError> {
    let (words, session) = session_of(&app, request.headers()).await?;
    let CodeForm { code } = fields(&app, request, (words, &session)).await?;
    match with_code(&app.database, &app.factor, &session, &code, now(&app)).await {
        Ok(token) => Ok(on_to_with("/sign-in", &token)),
        Err(error) => step(&app, words, &session, Some(problem(words, error)?)),
    }
}

/// A new password.
#[derive(Deserialize)]
struct PasswordForm {
    password: String,
}

/// The new password.
pub(super) async fn password(
    State(app): State<App>,
    request: Request,
) -> Result<Response, PageError> {
    let (words, session) = session_of(&app, request.headers()).await?;
    let PasswordForm { password } = fields(&app, request, (words, &session)).await?;
    match with_new_password(&app.database, &session, &password, now(&app)).await {
        Ok(token) => Ok(on_to_with("/", &token)),
        Err(error) => step(&app, words, &session, Some(problem(words, error)?)),
    }
}

/// A form without fields.
#[derive(Deserialize)]
struct NoFields {}

/// Leaving: the session is over on both sides.
pub(super) async fn leave(State(app): State<App>, request: Request) -> Result<Response, PageError> {
    let (words, session) = session_of(&app, request.headers()).await?;
    let NoFields {} = fields(&app, request, (words, &session)).await?;
    let trouble = PageError::database(words);
    let mut connection = app.database.connection().await.map_err(&trouble)?;
    let transaction = connection
        .begin(&session.staff.tenant)
        .await
        .map_err(&trouble)?;
    session::end(&transaction, &session)
        .await
        .map_err(&trouble)?;
    let committed = transaction.commit().await;
    committed.map_err(|error| trouble(error.into()))?;
    let cookie = [(header::SET_COOKIE, cookies::forget_session())];
    Ok((cookie, Redirect::to("/sign-in")).into_response())
}

/// A language, and the page to come back to.
#[derive(Deserialize)]
pub(super) struct Chosen {
    to: String,
}

/// The pages' language from now on.
pub(super) async fn language(headers: HeaderMap, Query(chosen): Query<Chosen>) -> Response {
    let language = Language::parse(&chosen.to).unwrap_or_default();
    let cookie = [(header::SET_COOKIE, cookies::keep_language(language))];
    // Back to where it was chosen, by its path alone: never to another site.
    let back = headers
        .get(header::REFERER)
        .and_then(|from| from.to_str().ok());
    let path = back.and_then(|from| from.parse::<axum::http::Uri>().ok());
    let path = path.map_or_else(|| "/".to_owned(), |uri| uri.path().to_owned());
    let path = if path.starts_with("//") {
        "/".to_owned()
    } else {
        path
    };
    (cookie, Redirect::to(&path)).into_response()
}
