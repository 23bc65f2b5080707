//! Persons: who there is, what they may do, and passwords for one sign-in.

use askama::Template;
use axum::extract::{Request, State};
use axum::response::Response;
use serde::Deserialize;

use super::act::act;
use super::desk::{Desk, fields};
use super::moment::moment;
use super::page::{Frame, PageError, done_at, shown};
use super::rights::{SEE_PEOPLE, WRITE_PEOPLE};
use crate::App;
use crate::api::ApiError;
use crate::people::password;
use crate::people::register::{self, Change, Person, PersonError};
use crate::staff::{Role, Staff};

impl From<PersonError> for ApiError {
    fn from(error: PersonError) -> ApiError {
        use axum::http::StatusCode;
        let message = error.to_string();
        let (status, code) = match error {
            PersonError::Database(error) => return error.into(),
            PersonError::Name => (StatusCode::UNPROCESSABLE_ENTITY, "name"),
            PersonError::Taken => (StatusCode::CONFLICT, "taken"),
            PersonError::Nobody => (StatusCode::NOT_FOUND, "nobody"),
            PersonError::Oneself => (StatusCode::FORBIDDEN, "oneself"),
        };
        ApiError::new(status, code, message)
    }
}

#[derive(Template)]
#[template(path = "people.html")]
struct PeoplePage {
    frame: Frame,
    people: Vec<Person>,
    roles: [Role; 5],
    /// Whether this person gives others their rights.
    writes: bool,
    /// Of whom there is no changing: oneself.
    own: String,
}

impl PeoplePage {
    fn seen(&self, person: &Person) -> String {
        moment(self.frame.zone, person.seen)
    }
}

/// The page.
pub(super) async fn look(State(app): State<App>, desk: Desk) -> Result<Response, PageError> {
    let staff = desk.allow(SEE_PEOPLE)?;
    let trouble = PageError::database(desk.words);
    let mut connection = app.database.connection().await.map_err(&trouble)?;
    let transaction = connection.look(&staff.tenant).await.map_err(&trouble)?;
    let people = register::people(&transaction).await.map_err(&trouble)?;
    shown(&PeoplePage {
        frame: desk.frame(),
        people,
        roles: Role::ALL,
        writes: WRITE_PEOPLE.contains(&staff.role),
        own: staff.name.clone(),
    })
}

#[derive(Template)]
#[template(path = "person_password.html")]
struct PasswordPage {
    frame: Frame,
    name: String,
    password: String,
}

/// A new password and its hash. The hashing takes a while, on a thread where nobody waits.
async fn new_password(desk: &Desk) -> Result<(String, String), PageError> {
    let trouble = |error: String| {
        tracing::error!(error, "a password cannot be made");
        PageError::trouble(desk.words)
    };
    let password = password::one_time().map_err(|error| trouble(error.to_string()))?;
    let plain = password.clone();
    let hash = tokio::task::spawn_blocking(move || password::hash(&plain)).await;
    let hash = hash.map_err(|error| trouble(error.to_string()))?;
    Ok((password, hash.map_err(trouble)?))
}

fn told(desk: &Desk, name: String, password: String) -> Result<Response, PageError> {
    shown(&PasswordPage {
        frame: desk.frame(),
        name,
        password,
    })
}

#[derive(Deserialize)]
struct PersonForm {
    name: String,
    role: String,
}

fn role_of(desk: &Desk, text: &str) -> Result<Role, PageError> {
    Role::parse(text).ok_or(PageError::form(desk.words))
}

/// A new person, whose password is shown once.
pub(super) async fn add(
    State(app): State<App>,
    desk: Desk,
    request: Request,
) -> Result<Response, PageError> {
    let staff = desk.allow(WRITE_PEOPLE)?;
    let form: PersonForm = fields(&app, request, (desk.words, &desk.session)).await?;
    let person = Staff {
        tenant: staff.tenant.clone(),
        name: form.name.trim().to_owned(),
        role: role_of(&desk, &form.role)?,
    };
    let (password, hash) = new_password(&desk).await?;
    let object = format!("{} {}", person.name, person.role);
    act(&app, &desk, ("person.add", &object), async |transaction| {
        Ok(register::add(transaction, &person, &hash).await?)
    })
    .await?;
    told(&desk, person.name, password)
}

async fn change(
    app: &App,
    desk: &Desk,
    (word, object): (&str, &str),
    (name, what): (&str, Change),
) -> Result<(), PageError> {
    let Staff {
        tenant, name: by, ..
    } = &desk.session.staff;
    act(app, desk, (word, object), async |transaction| {
        Ok(register::change(transaction, (tenant, by), name, &what).await?)
    })
    .await
}

/// Another role.
pub(super) async fn role(
    State(app): State<App>,
    desk: Desk,
    request: Request,
) -> Result<Response, PageError> {
    desk.allow(WRITE_PEOPLE)?;
    let form: PersonForm = fields(&app, request, (desk.words, &desk.session)).await?;
    let role = role_of(&desk, &form.role)?;
    let object = format!("{} {role}", form.name);
    let what = (form.name.as_str(), Change::Role(role));
    change(&app, &desk, ("person.role", &object), what).await?;
    Ok(done_at("/people"))
}

#[derive(Deserialize)]
struct BlockForm {
    name: String,
    blocked: bool,
}

/// In no more, or in again.
pub(super) async fn block(
    State(app): State<App>,
    desk: Desk,
    request: Request,
) -> Result<Response, PageError> {
    desk.allow(WRITE_PEOPLE)?;
    let form: BlockForm = fields(&app, request, (desk.words, &desk.session)).await?;
    let word = if form.blocked {
        "person.block"
    } else {
        "person.unblock"
    };
    let what = (form.name.as_str(), Change::Blocked(form.blocked));
    change(&app, &desk, (word, &form.name), what).await?;
    Ok(done_at("/people"))
}

#[derive(Deserialize)]
struct PasswordForm {
    name: String,
    /// The second factor is forgotten too, because the telephone is gone.
    #[serde(default)]
    forget: Option<String>,
}

/// A new password for one sign-in.
pub(super) async fn password(
    State(app): State<App>,
    desk: Desk,
    request: Request,
) -> Result<Response, PageError> {
    desk.allow(WRITE_PEOPLE)?;
    let form: PasswordForm = fields(&app, request, (desk.words, &desk.session)).await?;
    let (password, hash) = new_password(&desk).await?;
    let forget = form.forget.is_some();
    let word = if forget {
        "person.forget_factor"
    } else {
        "person.password"
    };
    let what = (form.name.as_str(), Change::Password(hash, forget));
    change(&app, &desk, (word, &form.name), what).await?;
    told(&desk, form.name, password)
}
