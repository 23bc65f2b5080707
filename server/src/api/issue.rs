//! What people tell terminals: limits, parameters, tariffs. Each is signed when it is issued, and handed out as it is.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use meterpost_ledger::bulletin::ContentError;
use meterpost_ledger::bulletin::parameters::{PARAMETERS_KIND, Parameters};
use meterpost_ledger::bulletin::tariffs::{Step, TARIFFS_KIND, Tariff, TariffPeriod, Tariffs};
use meterpost_ledger::signing::TerminalId;
use meterpost_ledger::{BulletinContent, Limits, Money};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::error::ApiError;
use super::staff_caller::{StaffCall, said};
use crate::App;
use crate::audit;
use crate::bulletins::{NewBulletin, issue};
use crate::staff::{Role, Staff};

/// The longest time in which a bulletin may be applied: a terminal can be away for months.
const LONGEST_DAYS: u32 = 366;

/// What was issued.
#[derive(Debug, Serialize, ToSchema)]
pub struct IssuedAnswer {
    /// Its version.
    version: u64,
}

impl IssuedAnswer {
    pub(super) fn new(version: u64) -> IssuedAnswer {
        IssuedAnswer { version }
    }
}

/// Limits to issue. Each may be left out, which is no limit.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct LimitsBody {
    /// One terminal; all of the operator's where it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    terminal: Option<String>,
    /// Most that one sale may take, such as `500.00`.
    per_sale: Option<String>,
    /// Most that one card may be used for in a local day.
    per_card_day: Option<String>,
    /// Most money taken since the server last cosigned the log.
    since_contact_money: Option<String>,
    /// Most sales since then.
    since_contact_count: Option<u32>,
    /// Most hours since then.
    since_contact_hours: Option<u32>,
    /// Where the local day begins: minutes that local time is ahead of UTC.
    #[serde(default)]
    day_offset_minutes: i16,
    /// Days in which terminals may begin to apply it.
    valid_days: u32,
}

impl LimitsBody {
    fn limits(&self) -> Result<Limits, ApiError> {
        Ok(Limits {
            per_sale: money("per_sale", self.per_sale.as_deref())?,
            per_card_day: money("per_card_day", self.per_card_day.as_deref())?,
            since_contact_money: money("since_contact_money", self.since_contact_money.as_deref())?,
            since_contact_count: self.since_contact_count,
            since_contact_hours: self.since_contact_hours,
            day_offset_minutes: self.day_offset_minutes,
        })
    }
}

/// Parameters to issue. What is left out is as the terminal's own configuration has it.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ParametersBody {
    /// One terminal; all of the operator's where it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    terminal: Option<String>,
    /// The operator's name, on the screen and on slips.
    place: Option<String>,
    /// Whom residents call.
    phone: Option<String>,
    /// The language a session starts with: `zh` or `en`.
    language: Option<String>,
    /// The highest sum of one sale, such as `500.00`.
    highest_sale: Option<String>,
    /// The amounts offered, one to six, rising.
    amounts: Option<Vec<String>>,
    /// Seconds without a touch until the screen asks "still there?": 10 to 600.
    idle: Option<u32>,
    /// Seconds that it asks: 5 to 120.
    warning: Option<u32>,
    /// Seconds after the last note until the terminal finishes: 20 to 900.
    finish_after_note: Option<u32>,
    /// Days in which terminals may begin to apply it.
    valid_days: u32,
}

impl ParametersBody {
    fn parameters(&self) -> Result<Parameters, ApiError> {
        let amounts = self.amounts.as_ref();
        Ok(Parameters {
            place: self.place.clone(),
            phone: self.phone.clone(),
            language: self.language.clone(),
            highest_sale: minor("highest_sale", self.highest_sale.as_deref())?,
            amounts: amounts
                .map(|all| all.iter().map(|text| amount(text)).collect())
                .transpose()?,
            idle: self.idle,
            warning: self.warning,
            finish_after_note: self.finish_after_note,
        })
    }
}

/// Tariffs to issue: all that are in force.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TariffsBody {
    /// One terminal; all of the operator's where it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    terminal: Option<String>,
    /// One for each utility at most.
    tariffs: Vec<TariffBody>,
    /// Days in which terminals may begin to apply it.
    valid_days: u32,
}

/// What a utility costs.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TariffBody {
    /// `electricity`, `water`, `hot_water`, `gas` or `heat`.
    utility: String,
    /// Its name, for people.
    name: String,
    /// How long units add up towards the steps; without it terminals say what an amount buys only where there is one step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    period: Option<PeriodBody>,
    /// The steps, the first from 0, rising.
    steps: Vec<StepBody>,
}

/// How long units add up towards the steps.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum PeriodBody {
    /// A month.
    Month,
    /// A calendar year.
    Year,
}

/// A step of a tariff.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct StepBody {
    /// From how many whole units of the period on.
    from: u32,
    /// The price of a unit with up to four places, such as `0.5469`.
    price: String,
}

impl TariffsBody {
    fn tariffs(&self) -> Result<Tariffs, ApiError> {
        let step = |step: &StepBody| {
            Ok(Step {
                from: step.from,
                price: price(&step.price)?,
            })
        };
        let tariff = |tariff: &TariffBody| {
            Ok(Tariff {
                utility: tariff.utility.clone(),
                name: tariff.name.clone(),
                period: tariff.period.map(|period| match period {
                    PeriodBody::Month => TariffPeriod::Month,
                    PeriodBody::Year => TariffPeriod::Year,
                }),
                steps: tariff
                    .steps
                    .iter()
                    .map(step)
                    .collect::<Result<_, ApiError>>()?,
            })
        };
        Ok(Tariffs {
            tariffs: self
                .tariffs
                .iter()
                .map(tariff)
                .collect::<Result<_, ApiError>>()?,
        })
    }
}

fn wrong(message: String) -> ApiError {
    ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, "bulletin", message)
}

/// An amount that is not negative.
fn money(field: &str, text: Option<&str>) -> Result<Option<Money>, ApiError> {
    let Some(text) = text else { return Ok(None) };
    let amount: Option<Money> = text.parse().ok();
    match amount.filter(|amount| *amount >= Money::ZERO) {
        Some(amount) => Ok(Some(amount)),
        None => Err(wrong(format!(
            "{field}: \"{text}\" is not an amount with two places, such as \"500.00\""
        ))),
    }
}

fn minor(field: &str, text: Option<&str>) -> Result<Option<i64>, ApiError> {
    Ok(money(field, text)?.map(|amount| amount.0))
}

fn amount(text: &str) -> Result<i64, ApiError> {
    Ok(minor("amounts", Some(text))?.unwrap_or_default())
}

/// A price in ten-thousandths: digits, perhaps a point and up to four more.
fn price(text: &str) -> Result<u32, ApiError> {
    let refused = || {
        wrong(format!(
            "price: \"{text}\" is not a price such as \"0.5469\""
        ))
    };
    let (whole, places) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    if !digits(whole) || !digits(places) || places.len() > 4 {
        return Err(refused());
    }
    format!("{whole}{places:0<4}")
        .parse()
        .map_err(|_| refused())
}

impl From<ContentError> for ApiError {
    fn from(error: ContentError) -> ApiError {
        wrong(error.to_string())
    }
}

/// What every kind of bulletin goes through once its content is made.
struct Ready {
    act: &'static str,
    terminal: Option<String>,
    content: BulletinContent,
    shown: serde_json::Value,
    valid_days: u32,
}

async fn issue_ready(
    app: &App,
    staff: &Staff,
    ready: Ready,
) -> Result<Json<IssuedAnswer>, ApiError> {
    let Staff { tenant, name, .. } = staff;
    if !(1..=LONGEST_DAYS).contains(&ready.valid_days) {
        return Err(wrong(format!("valid_days is 1 to {LONGEST_DAYS}")));
    }
    let terminal = ready.terminal.as_deref().map(TerminalId::new).transpose();
    let terminal = terminal.map_err(|error| wrong(error.to_string()))?;
    let mut connection = app.database.connection().await?;
    let object = ready.shown.to_string();
    let noted = audit::begin(&mut connection, tenant, name, ready.act, &object).await?;
    let result = async {
        let transaction = connection.begin(tenant).await?;
        let new = NewBulletin {
            tenant,
            terminal,
            content: ready.content,
            shown: ready.shown,
            valid_for: u64::from(ready.valid_days) * 86_400,
            by: name,
        };
        let version = issue(&transaction, &app.keys, new, (app.clock)()).await?;
        transaction.commit().await?;
        Ok::<_, ApiError>(version)
    }
    .await;
    audit::end(&mut connection, tenant, noted, &result).await?;
    result.map(|version| Json(IssuedAnswer { version }))
}

fn shown<T: Serialize>(body: &T) -> Result<serde_json::Value, ApiError> {
    serde_json::to_value(body).map_err(|error| wrong(error.to_string()))
}

/// Issue limits
///
/// Terminals fetch them with their next call and apply them between two steps of a sale; what is in force stays until then.
#[utoipa::path(
    post, path = "/api/v1/bulletins/limits", tag = "people", request_body = LimitsBody,
    responses(
        (status = 200, description = "Signed and handed out from now on", body = IssuedAnswer),
        (status = 401, description = "No token", body = ApiError),
        (status = 403, description = "Not your role", body = ApiError),
        (status = 422, description = "A limit makes no sense", body = ApiError),
    )
)]
pub(super) async fn limits(
    State(app): State<App>,
    call: StaffCall,
    body: Bytes,
) -> Result<Json<IssuedAnswer>, ApiError> {
    let staff = call.allow(&[Role::Manager])?;
    let body: LimitsBody = said(&body)?;
    let ready = Ready {
        act: "bulletin.limits",
        content: BulletinContent::Limits(body.limits()?),
        shown: shown(&body)?,
        valid_days: body.valid_days,
        terminal: body.terminal,
    };
    issue_ready(&app, staff, ready).await
}

/// Parameters as they are written in a call, and what terminals are told by them.
///
/// # Errors
/// 422, with the parameter that makes no sense.
pub(crate) fn parameters_content(written: &serde_json::Value) -> Result<BulletinContent, ApiError> {
    let body: ParametersBody =
        serde_json::from_value(written.clone()).map_err(|error| wrong(error.to_string()))?;
    Ok(BulletinContent::Other {
        kind: PARAMETERS_KIND.to_owned(),
        bytes: body.parameters()?.to_content()?,
    })
}

/// Issue parameters
///
/// They take the place of those before, all of them. A terminal applies them when nobody stands in front of it.
#[utoipa::path(
    post, path = "/api/v1/bulletins/parameters", tag = "people", request_body = ParametersBody,
    responses(
        (status = 200, description = "Signed and handed out from now on", body = IssuedAnswer),
        (status = 401, description = "No token", body = ApiError),
        (status = 403, description = "Not your role", body = ApiError),
        (status = 422, description = "A parameter makes no sense", body = ApiError),
    )
)]
pub(super) async fn parameters(
    State(app): State<App>,
    call: StaffCall,
    body: Bytes,
) -> Result<Json<IssuedAnswer>, ApiError> {
    let staff = call.allow(&[Role::Manager])?;
    let body: ParametersBody = said(&body)?;
    let ready = Ready {
        act: "bulletin.parameters",
        content: parameters_content(&shown(&body)?)?,
        shown: shown(&body)?,
        valid_days: body.valid_days,
        terminal: body.terminal,
    };
    issue_ready(&app, staff, ready).await
}

/// Issue tariffs
///
/// What terminals show residents; charging is the meter's or the server's. They take the place of those before, all of them.
#[utoipa::path(
    post, path = "/api/v1/bulletins/tariffs", tag = "people", request_body = TariffsBody,
    responses(
        (status = 200, description = "Signed and handed out from now on", body = IssuedAnswer),
        (status = 401, description = "No token", body = ApiError),
        (status = 403, description = "Not your role", body = ApiError),
        (status = 422, description = "A tariff makes no sense", body = ApiError),
    )
)]
pub(super) async fn tariffs(
    State(app): State<App>,
    call: StaffCall,
    body: Bytes,
) -> Result<Json<IssuedAnswer>, ApiError> {
    let staff = call.allow(&[Role::Manager])?;
    let body: TariffsBody = said(&body)?;
    let ready = Ready {
        act: "bulletin.tariffs",
        content: BulletinContent::Other {
            kind: TARIFFS_KIND.to_owned(),
            bytes: body.tariffs()?.to_content()?,
        },
        shown: shown(&body)?,
        valid_days: body.valid_days,
        terminal: body.terminal,
    };
    issue_ready(&app, staff, ready).await
}
