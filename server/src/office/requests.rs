//! What one person asked for and another decides: money to give back, and money left in meters that were taken down.

use askama::Template;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use serde::Deserialize;

use super::act::act;
use super::counter::read_amount;
use super::desk::{Desk, fields};
use super::moment::moment;
use super::page::{Frame, PageError, done_at, shown};
use super::rights::{DECIDE, MOVE_MONEY, SEE_REQUESTS};
use crate::App;
use crate::api::decide_reversal_in;
use crate::directory::removal::{Removal, decide_removal, removals};
use crate::staff::Staff;
use crate::wallet::{Reversal, ReversalAsk, Via, ask_reversal, reversals};

#[derive(Template)]
#[template(path = "requests.html")]
struct RequestsPage {
    frame: Frame,
    reversals: Vec<Reversal>,
    removals: Vec<Removal>,
    decides: bool,
    own: String,
}

impl RequestsPage {
    fn when(&self, at: i64) -> String {
        moment(self.frame.zone, Some(at))
    }

    /// Whether this person may decide about what that one asked for.
    fn may(&self, state: &str, asked_by: &str) -> bool {
        self.decides && state == "waiting" && asked_by != self.own
    }
}

/// The page.
pub(super) async fn look(State(app): State<App>, desk: Desk) -> Result<Response, PageError> {
    let staff = desk.allow(SEE_REQUESTS)?;
    let trouble = PageError::database(desk.words);
    let mut connection = app.database.connection().await.map_err(&trouble)?;
    let transaction = connection.look(&staff.tenant).await.map_err(&trouble)?;
    shown(&RequestsPage {
        reversals: reversals(&transaction).await.map_err(&trouble)?,
        removals: removals(&transaction, None).await.map_err(&trouble)?,
        decides: DECIDE.contains(&staff.role),
        own: staff.name.clone(),
        frame: desk.frame(),
    })
}

#[derive(Deserialize)]
struct AskForm {
    id: String,
    journal: i64,
    amount: String,
    via: String,
    reason: String,
}

/// Asks for money to be given back.
pub(super) async fn ask(
    State(app): State<App>,
    desk: Desk,
    request: Request,
) -> Result<Response, PageError> {
    let Staff { tenant, name, .. } = desk.allow(MOVE_MONEY)?;
    let form: AskForm = fields(&app, request, (desk.words, &desk.session)).await?;
    let amount = read_amount(&form.amount).ok_or(PageError::input(desk.words, "50 / 50.00"))?;
    let asked = ReversalAsk {
        id: &form.id,
        journal: form.journal,
        amount,
        via: Via::parse(&form.via).ok_or(PageError::form(desk.words))?,
        reason: form.reason.trim(),
    };
    let object = format!("{} journal {} {amount} {}", form.id, form.journal, form.via);
    act(
        &app,
        &desk,
        ("reversal.request", &object),
        async |transaction| {
            ask_reversal(transaction, (tenant, name), &asked, (app.clock)()).await?;
            Ok(())
        },
    )
    .await?;
    Ok(done_at("/requests"))
}

#[derive(Deserialize)]
struct DecideForm {
    approved: bool,
}

/// Decides about money to give back.
pub(super) async fn decide(
    State(app): State<App>,
    desk: Desk,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, PageError> {
    let Staff { tenant, name, .. } = desk.allow(DECIDE)?;
    let form: DecideForm = fields(&app, request, (desk.words, &desk.session)).await?;
    let word = match form.approved {
        true => "reversal.approve",
        false => "reversal.refuse",
    };
    act(&app, &desk, (word, &id), async |transaction| {
        decide_reversal_in(transaction, &app, (tenant, name), &id, form.approved).await
    })
    .await?;
    Ok(done_at("/requests"))
}

/// Decides about money that was left in a meter.
pub(super) async fn decide_meter(
    State(app): State<App>,
    desk: Desk,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, PageError> {
    let tenant = &desk.allow(DECIDE)?.tenant;
    let form: DecideForm = fields(&app, request, (desk.words, &desk.session)).await?;
    let word = match form.approved {
        true => "meter_return.approve",
        false => "meter_return.refuse",
    };
    let by = desk.by(&app);
    act(&app, &desk, (word, &id), async |transaction| {
        Ok(decide_removal(transaction, tenant, by, (&id, form.approved)).await?)
    })
    .await?;
    Ok(done_at("/requests"))
}
