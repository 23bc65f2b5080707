//! Tariffs: the list, a new version, and one version with what can be done with it. One person drafts and asks, another brings it
//! into force. What is wrong with an entry is told beside it, with what was entered.

use askama::Template;
use axum::extract::{Path, Query, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use jiff::civil::Date;
use meterpost_ledger::Money;
use serde::Deserialize;

use super::act::tried;
use super::desk::{Desk, fields};
use super::page::{Frame, PageError, on_to, shown};
use super::rights::{DECIDE, SEE_TARIFFS};
use crate::App;
use crate::api::ApiError;
use crate::database::DatabaseError;
use crate::settlement::{Simulated, simulate};
use crate::tariff::{
    self, Draft, State as Standing, StoreError, Tariff, TariffError, Utility, Version, Which,
};
use crate::typed::units_text;

#[derive(Template)]
#[template(path = "tariffs.html")]
struct ListPage {
    frame: Frame,
    versions: Vec<Version>,
    drafts: bool,
    entered: DraftForm,
    problem: Option<String>,
}

#[derive(Template)]
#[template(path = "tariff.html")]
struct VersionPage {
    frame: Frame,
    version: Version,
    content: String,
    /// Whether this person may ask, activate, withdraw.
    may: [bool; 3],
    /// Whether this person may draft another.
    drafts: bool,
    asked: SimulateForm,
    simulated: Vec<Simulated>,
    problem: Option<String>,
}

impl VersionPage {
    fn place(&self) -> String {
        place(
            &self.version.name,
            self.version.utility,
            self.version.version,
        )
    }

    fn used(&self, one: &Simulated) -> String {
        units_text(one.consumption)
    }

    fn would_be(&self, one: &Simulated) -> String {
        match &one.would_be {
            Ok(money) => money.to_string(),
            Err(error) => error.to_string(),
        }
    }

    fn difference(&self, one: &Simulated) -> String {
        let difference = one.would_be.as_ref().ok().map(|money| money.0 - one.was.0);
        difference.map_or_else(String::new, |difference| Money(difference).to_string())
    }
}

pub(super) fn place(name: &str, utility: Utility, version: i32) -> String {
    format!("/tariffs/{}/{name}/{version}", utility.name())
}

/// A new version as it is entered.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct DraftForm {
    name: String,
    valid_from: String,
    content: String,
}

/// Which history a version is tried on.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct SimulateForm {
    #[serde(default)]
    account: String,
    #[serde(default)]
    first: String,
    #[serde(default)]
    last: String,
}

/// The list.
pub(super) async fn look(State(app): State<App>, desk: Desk) -> Result<Response, PageError> {
    desk.allow(SEE_TARIFFS)?;
    list(&app, &desk, DraftForm::default(), None).await
}

async fn list(
    app: &App,
    desk: &Desk,
    entered: DraftForm,
    problem: Option<String>,
) -> Result<Response, PageError> {
    let staff = &desk.session.staff;
    let trouble = PageError::database(desk.words);
    let mut connection = app.database.connection().await.map_err(&trouble)?;
    let transaction = connection.look(&staff.tenant).await.map_err(&trouble)?;
    let versions = tariff::versions(&transaction).await.map_err(&trouble)?;
    let wrong = problem.is_some();
    let page = shown(&ListPage {
        frame: desk.frame(),
        versions,
        drafts: DECIDE.contains(&staff.role),
        entered,
        problem,
    })?;
    Ok(with_status(page, wrong))
}

fn with_status(page: Response, wrong: bool) -> Response {
    match wrong {
        true => (StatusCode::UNPROCESSABLE_ENTITY, page).into_response(),
        false => page,
    }
}

/// A new version, into the trail and the list.
pub(super) async fn draft(
    State(app): State<App>,
    desk: Desk,
    request: Request,
) -> Result<Response, PageError> {
    let staff = desk.allow(DECIDE)?;
    let form: DraftForm = fields(&app, request, (desk.words, &desk.session)).await?;
    let (tariff, valid_from) = match read_draft(&form) {
        Ok(read) => read,
        Err(problem) => return list(&app, &desk, form, Some(problem)).await,
    };
    let utility = tariff.utility;
    let object = format!("{} {} {valid_from}", utility.name(), form.name.trim());
    let result = acted(
        &app,
        &desk,
        ("tariff.draft", &object),
        async |transaction| {
            let draft = Draft {
                name: form.name.trim(),
                valid_from,
                tariff: &tariff,
            };
            tariff::draft(transaction, (&staff.tenant, &staff.name), &draft).await
        },
    )
    .await?;
    match result {
        Ok(version) => Ok(on_to(&place(form.name.trim(), utility, version))),
        Err(error) => list(&app, &desk, form, Some(error.to_string())).await,
    }
}

fn read_draft(form: &DraftForm) -> Result<(Tariff, Date), String> {
    let valid_from = form.valid_from.trim().parse();
    let valid_from = valid_from.map_err(|_| format!("{:?} is no day", form.valid_from))?;
    let content = serde_json::from_str(&form.content).map_err(|error| error.to_string())?;
    let tariff = Tariff::parse(&content).map_err(|error: TariffError| error.to_string())?;
    Ok((tariff, valid_from))
}

/// An act of these pages.
pub(super) async fn acted<T>(
    app: &App,
    desk: &Desk,
    named: (&str, &str),
    work: impl AsyncFnOnce(&deadpool_postgres::Transaction<'_>) -> Result<T, StoreError>,
) -> Result<Result<T, StoreError>, PageError> {
    match tried(app, desk, named, work, refusal).await? {
        Err(StoreError::Database(error)) => Err(PageError::database(desk.words)(error)),
        result => Ok(result),
    }
}

fn refusal(error: &StoreError) -> ApiError {
    let code = match error {
        StoreError::FourEyes => "four_eyes",
        StoreError::State(_) | StoreError::Begun(_) => "state",
        StoreError::SameDay | StoreError::Charged(_) => "day",
        StoreError::Missing(..) => "no_tariff",
        StoreError::Tariff(_) | StoreError::Name => "tariff",
        StoreError::Database(_) => "unavailable",
    };
    ApiError::new(StatusCode::CONFLICT, code, error.to_string())
}

type Named = (String, String, i32);

fn which<'w>(desk: &Desk, (utility, name, version): &'w Named) -> Result<Which<'w>, PageError> {
    let utility = Utility::parse(utility).ok_or(PageError::not_there(desk.words))?;
    Ok(Which {
        utility,
        name,
        version: *version,
    })
}

/// One version.
pub(super) async fn version(
    State(app): State<App>,
    desk: Desk,
    Path(named): Path<Named>,
    Query(asked): Query<SimulateForm>,
) -> Result<Response, PageError> {
    desk.allow(SEE_TARIFFS)?;
    one(&app, &desk, which(&desk, &named)?, asked, None).await
}

async fn one(
    app: &App,
    desk: &Desk,
    which: Which<'_>,
    asked: SimulateForm,
    problem: Option<String>,
) -> Result<Response, PageError> {
    let staff = &desk.session.staff;
    let trouble = PageError::database(desk.words);
    let mut connection = app.database.connection().await.map_err(&trouble)?;
    let transaction = connection.look(&staff.tenant).await.map_err(&trouble)?;
    let version = match tariff::version(&transaction, which).await {
        Ok(version) => version,
        Err(StoreError::Database(error)) => return Err(trouble(error)),
        Err(_) => return Err(PageError::not_there(desk.words)),
    };
    let tried = trial(&transaction, desk, &version, &asked).await;
    let (simulated, fault) = match tried.map_err(&trouble)? {
        Ok(simulated) => (simulated, None),
        Err(fault) => (Vec::new(), Some(fault)),
    };
    let problem = problem.or(fault);
    let decides = DECIDE.contains(&staff.role);
    let may = [
        decides && version.state == Standing::Draft,
        decides && version.state == Standing::Waiting && version.drafted_by != staff.name,
        decides && version.state != Standing::Withdrawn,
    ];
    let content = serde_json::to_string_pretty(&version.content);
    let wrong = problem.is_some();
    let page = shown(&VersionPage {
        frame: desk.frame(),
        content: content.map_err(|_| PageError::trouble(desk.words))?,
        version,
        may,
        drafts: decides,
        asked,
        simulated,
        problem,
    })?;
    Ok(with_status(page, wrong))
}

/// The version tried on an account's history; what is wrong with what was asked, in words.
async fn trial(
    transaction: &deadpool_postgres::Transaction<'_>,
    desk: &Desk,
    version: &Version,
    asked: &SimulateForm,
) -> Result<Result<Vec<Simulated>, String>, DatabaseError> {
    let account = asked.account.trim();
    if account.is_empty() {
        return Ok(Ok(Vec::new()));
    }
    let day = |text: &str| {
        text.trim()
            .parse::<Date>()
            .map_err(|_| format!("{text:?} is no day"))
    };
    let days = match (day(&asked.first), day(&asked.last)) {
        (Ok(first), Ok(last)) => (first, last),
        (Err(fault), _) | (_, Err(fault)) => return Ok(Err(fault)),
    };
    let tariff = match Tariff::parse(&version.content) {
        Ok(tariff) => tariff,
        Err(error) => return Ok(Err(error.to_string())),
    };
    let tenant = &desk.session.staff.tenant;
    let simulated = simulate(transaction, tenant, account, days, &tariff).await?;
    match simulated.is_empty() {
        true => Ok(Err(desk
            .words
            .t("This account has no settled days there.")
            .to_owned())),
        false => Ok(Ok(simulated)),
    }
}

/// What is to be done with a version.
#[derive(Deserialize)]
struct DecideForm {
    act: String,
}

/// It is asked for, brought into force, or given up.
pub(super) async fn decide(
    State(app): State<App>,
    desk: Desk,
    Path(named): Path<Named>,
    request: Request,
) -> Result<Response, PageError> {
    let staff = desk.allow(DECIDE)?;
    let form: DecideForm = fields(&app, request, (desk.words, &desk.session)).await?;
    let which = which(&desk, &named)?;
    let act = match form.act.as_str() {
        "ask" => "tariff.ask",
        "activate" => "tariff.activate",
        "withdraw" => "tariff.withdraw",
        _ => return Err(PageError::form(desk.words)),
    };
    let object = format!("{} {} {}", which.utility.name(), which.name, which.version);
    let who = (&staff.tenant, staff.name.as_str());
    let today = jiff::Timestamp::from_second(i64::try_from((app.clock)()).unwrap_or(i64::MAX));
    // By the clock of UTC, which is behind in the east: a version can be taken back up to its own morning there.
    let today = today.map_or(Date::MAX, |now| {
        jiff::tz::TimeZone::UTC.to_datetime(now).date()
    });
    let result = acted(&app, &desk, (act, &object), async |transaction| match act {
        "tariff.ask" => tariff::ask(transaction, which).await,
        "tariff.activate" => tariff::activate(transaction, who, which).await,
        _ => tariff::withdraw(transaction, who, which, today).await,
    })
    .await?;
    match result {
        Ok(()) => Ok(on_to(&place(which.name, which.utility, which.version))),
        Err(StoreError::Missing(..)) => Err(PageError::not_there(desk.words)),
        Err(error) => {
            one(
                &app,
                &desk,
                which,
                SimulateForm::default(),
                Some(error.to_string()),
            )
            .await
        }
    }
}
