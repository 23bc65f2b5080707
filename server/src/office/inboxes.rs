//! What is to be worked off: alerts of terminals, events of concentrators, enrolments that wait, conflicts of logs and payments.

use askama::Template;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use jiff::civil::DateTime;
use meterpost_ledger::signing::TerminalId;
use serde::Deserialize;

use super::act::act;
use super::desk::{Desk, fields};
use super::moment::moment;
use super::page::{Frame, PageError, done_at, shown};
use super::rights::{DECIDE, RUN_FLEET, SEE_CONFLICTS, SEE_FLEET};
use crate::App;
use crate::api::ApiError;
use crate::enrolment::{self, Waiting};
use crate::head_end::{self, Event};
use crate::staff::Staff;
use crate::status::alerts::{self, About, Listed};
use crate::wallet::{Dispute, disputes};
use crate::witness::{Conflict, conflicts};

#[derive(Template)]
#[template(path = "alerts.html")]
struct AlertsPage {
    frame: Frame,
    alerts: Vec<Listed>,
    /// How many go on that are not shown.
    more: i64,
    events: Vec<Event>,
    runs: bool,
}

impl AlertsPage {
    fn when(&self, at: i64) -> String {
        moment(self.frame.zone, Some(at))
    }

    /// Where what it is about has its page.
    fn link(&self, alert: &Listed) -> String {
        match alert.about {
            About::Terminal => format!("/terminals/{}", alert.terminal),
            About::Concentrator => format!("/concentrators/{}", alert.terminal.replace('-', "/")),
            About::Meter => format!("/meters/{}", alert.terminal),
            About::Account => format!("/accounts/{}", alert.terminal),
        }
    }

    fn about(&self, alert: &Listed) -> &'static str {
        self.frame.words.t(alert.about.word())
    }

    fn until(&self, alert: &Listed) -> String {
        moment(self.frame.zone, alert.ended_at)
    }
}

/// Alerts and events.
pub(super) async fn look_alerts(State(app): State<App>, desk: Desk) -> Result<Response, PageError> {
    let staff = desk.allow(SEE_FLEET)?;
    let trouble = PageError::database(desk.words);
    let mut connection = app.database.connection().await.map_err(&trouble)?;
    let transaction = connection.look(&staff.tenant).await.map_err(&trouble)?;
    let alerts = alerts::list(&transaction, alerts::Most::PAGE)
        .await
        .map_err(&trouble)?;
    let on_page = alerts.iter().filter(|alert| alert.ended_at.is_none());
    let on_page = i64::try_from(on_page.count()).unwrap_or(i64::MAX);
    let all = alerts::open_count(&transaction).await.map_err(&trouble)?;
    shown(&AlertsPage {
        more: all - on_page,
        alerts,
        events: head_end::inbox(&transaction).await.map_err(&trouble)?,
        runs: RUN_FLEET.contains(&staff.role),
        frame: desk.frame(),
    })
}

fn gone(message: &str) -> ApiError {
    ApiError::new(axum::http::StatusCode::CONFLICT, "gone", message)
}

#[derive(Deserialize)]
struct Nothing {}

/// Somebody takes an alert up.
pub(super) async fn take_alert(
    State(app): State<App>,
    desk: Desk,
    Path(id): Path<i64>,
    request: Request,
) -> Result<Response, PageError> {
    let Staff { tenant, name, .. } = desk.allow(RUN_FLEET)?;
    let Nothing {} = fields(&app, request, (desk.words, &desk.session)).await?;
    act(
        &app,
        &desk,
        ("alert.take", &id.to_string()),
        async |transaction| match alerts::take(transaction, tenant, id, name).await? {
            true => Ok(()),
            false => Err(gone("no alert with this number goes on")),
        },
    )
    .await?;
    Ok(done_at("/alerts"))
}

#[derive(Deserialize)]
struct EventForm {
    area: i32,
    address: i32,
    code: i16,
    at: String,
    detail: String,
}

/// Somebody takes an event up.
pub(super) async fn take_event(
    State(app): State<App>,
    desk: Desk,
    request: Request,
) -> Result<Response, PageError> {
    let Staff { tenant, name, .. } = desk.allow(RUN_FLEET)?;
    let form: EventForm = fields(&app, request, (desk.words, &desk.session)).await?;
    let at: DateTime = form.at.parse().map_err(|_| PageError::form(desk.words))?;
    let object = format!(
        "{:04}-{} {} {}",
        form.area, form.address, form.code, form.at
    );
    act(&app, &desk, ("event.take", &object), async |transaction| {
        let which = (form.area, form.address, form.code);
        let when = (at, form.detail.as_str());
        match head_end::take_up(transaction, tenant, which, when, name).await? {
            true => Ok(()),
            false => Err(gone("somebody has taken this event up already")),
        }
    })
    .await?;
    Ok(done_at("/alerts"))
}

#[derive(Template)]
#[template(path = "enrolments.html")]
struct EnrolmentsPage {
    frame: Frame,
    waiting: Vec<Waiting>,
    decides: bool,
}

impl EnrolmentsPage {
    fn when(&self, at: i64) -> String {
        moment(self.frame.zone, Some(at))
    }
}

/// Terminals that ask to be let in.
pub(super) async fn look_enrolments(
    State(app): State<App>,
    desk: Desk,
) -> Result<Response, PageError> {
    let staff = desk.allow(SEE_FLEET)?;
    let trouble = PageError::database(desk.words);
    let mut connection = app.database.connection().await.map_err(&trouble)?;
    let transaction = connection.look(&staff.tenant).await.map_err(&trouble)?;
    let decides = DECIDE.contains(&staff.role);
    let mut waiting = enrolment::waiting(&transaction).await.map_err(&trouble)?;
    if decides {
        // Who decides types what the terminal's screen shows: a code that is read off this page proves nothing.
        for one in &mut waiting {
            one.code.clear();
        }
    }
    shown(&EnrolmentsPage {
        waiting,
        decides,
        frame: desk.frame(),
    })
}

#[derive(Deserialize)]
struct EnrolmentForm {
    terminal: String,
    code: String,
    approved: bool,
}

/// Decides about one, by the code on its screen.
pub(super) async fn decide_enrolment(
    State(app): State<App>,
    desk: Desk,
    request: Request,
) -> Result<Response, PageError> {
    let Staff { tenant, name, .. } = desk.allow(DECIDE)?;
    let form: EnrolmentForm = fields(&app, request, (desk.words, &desk.session)).await?;
    let id = TerminalId::new(&form.terminal).map_err(|_| PageError::not_there(desk.words))?;
    let code = form.code.trim();
    let word = match form.approved {
        true => "enrolment.approve",
        false => "enrolment.refuse",
    };
    act(&app, &desk, (word, &form.terminal), async |transaction| {
        match form.approved {
            true => {
                let (which, now) = ((tenant, &id, code), (app.clock)());
                enrolment::approve(transaction, &app.keys, which, name, now).await?;
            }
            false => enrolment::refuse(transaction, &id, code, name).await?,
        }
        Ok(())
    })
    .await?;
    Ok(done_at("/enrolments"))
}

#[derive(Template)]
#[template(path = "conflicts.html")]
struct ConflictsPage {
    frame: Frame,
    conflicts: Vec<Conflict>,
    disputes: Vec<Dispute>,
}

impl ConflictsPage {
    fn when(&self, at: i64) -> String {
        moment(self.frame.zone, Some(at))
    }
}

/// What does not fit between terminals and the server.
pub(super) async fn look_conflicts(
    State(app): State<App>,
    desk: Desk,
) -> Result<Response, PageError> {
    let staff = desk.allow(SEE_CONFLICTS)?;
    let trouble = PageError::database(desk.words);
    let mut connection = app.database.connection().await.map_err(&trouble)?;
    let transaction = connection.look(&staff.tenant).await.map_err(&trouble)?;
    shown(&ConflictsPage {
        conflicts: conflicts(&transaction).await.map_err(&trouble)?,
        disputes: disputes(&transaction).await.map_err(&trouble)?,
        frame: desk.frame(),
    })
}
