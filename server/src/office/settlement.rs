//! Settlement: which meters stand still and why, what was decided for accounts; and what a manager enters: a register that was changed,
//! when it is warned and cut off, days on which nobody is.

use askama::Template;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use jiff::civil::{Date, Time};
use meterpost_ledger::Money;
use serde::Deserialize;

use super::act::tried;
use super::desk::{Desk, fields};
use super::moment::moment;
use super::page::{Frame, PageError, on_to, shown};
use super::rights::{DECIDE, SEE_SETTLEMENT};
use crate::App;
use crate::alarm::{AlarmTerms, TermsError, all_terms, set_alarm_terms};
use crate::api::ApiError;
use crate::database::DatabaseError;
use crate::settlement::{
    DeskError, Made, Problem, RegisterChange, Terms, change_register, decisions, problems,
    set_holiday, set_terms,
};
use crate::typed::{units, units_text, with_places};

#[derive(Template)]
#[template(path = "settlement.html")]
struct SettlementPage {
    frame: Frame,
    problems: Vec<Problem>,
    decisions: Vec<Made>,
    alarms: Vec<AlarmTerms>,
    enters: bool,
    fault: Option<String>,
}

impl SettlementPage {
    fn clock(&self, minute: i16) -> String {
        format!("{:02}:{:02}", minute / 60, minute % 60)
    }

    fn units(&self, amount: i64) -> String {
        units_text(amount)
    }

    fn when(&self, made: &Made) -> String {
        moment(self.frame.zone, Some(made.at))
    }
}

/// The page.
pub(super) async fn look(State(app): State<App>, desk: Desk) -> Result<Response, PageError> {
    desk.allow(SEE_SETTLEMENT)?;
    page(&app, &desk, None).await
}

async fn page(app: &App, desk: &Desk, fault: Option<String>) -> Result<Response, PageError> {
    let staff = &desk.session.staff;
    let trouble = PageError::database(desk.words);
    let mut connection = app.database.connection().await.map_err(&trouble)?;
    let transaction = connection.look(&staff.tenant).await.map_err(&trouble)?;
    let wrong = fault.is_some();
    let page = shown(&SettlementPage {
        frame: desk.frame(),
        problems: problems(&transaction).await.map_err(&trouble)?,
        decisions: decisions(&transaction).await.map_err(&trouble)?,
        alarms: all_terms(&transaction).await.map_err(&trouble)?,
        enters: DECIDE.contains(&staff.role),
        fault,
    })?;
    match wrong {
        true => Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response()),
        false => Ok(page),
    }
}

/// Why an act of this page was refused.
enum Refused {
    /// For a reason that who asked can mend.
    Because(String),
    /// The database.
    Database(DatabaseError),
}

impl From<DatabaseError> for Refused {
    fn from(error: DatabaseError) -> Refused {
        Refused::Database(error)
    }
}

impl From<DeskError> for Refused {
    fn from(error: DeskError) -> Refused {
        match error {
            DeskError::Database(error) => Refused::Database(error),
            error => Refused::Because(error.to_string()),
        }
    }
}

impl From<TermsError> for Refused {
    fn from(error: TermsError) -> Refused {
        match error {
            TermsError::Database(error) => Refused::Database(error),
            error => Refused::Because(error.to_string()),
        }
    }
}

/// An act of this page, which is shown again.
async fn entered<E: From<DatabaseError> + Into<Refused>>(
    app: &App,
    desk: &Desk,
    named: (&str, &str),
    work: impl AsyncFnOnce(&deadpool_postgres::Transaction<'_>) -> Result<(), E>,
) -> Result<Response, PageError> {
    let work = async |transaction: &deadpool_postgres::Transaction<'_>| {
        work(transaction).await.map_err(Into::into)
    };
    let told = |error: &Refused| {
        let said = match error {
            Refused::Because(why) => why.clone(),
            Refused::Database(error) => error.to_string(),
        };
        ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, "refused", said)
    };
    match tried(app, desk, named, work, told).await? {
        Ok(()) => Ok(on_to("/settlement")),
        Err(Refused::Database(error)) => Err(PageError::database(desk.words)(error)),
        Err(Refused::Because(why)) => page(app, desk, Some(why)).await,
    }
}

/// A register that was changed.
#[derive(Deserialize)]
struct RegisterForm {
    meter: String,
    day: String,
    last: String,
    first: String,
    reason: String,
}

/// It is entered; the next settlement counts by it.
pub(super) async fn register(
    State(app): State<App>,
    desk: Desk,
    request: Request,
) -> Result<Response, PageError> {
    let staff = desk.allow(DECIDE)?;
    let form: RegisterForm = fields(&app, request, (desk.words, &desk.session)).await?;
    let day = form.day.trim().parse::<Date>();
    let (Ok(day), Some(last), Some(first)) = (day, registers(&form.last), registers(&form.first))
    else {
        let fault = desk.words.t(
            "A register is a number such as 515.25; rates follow the total, with spaces between.",
        );
        return page(&app, &desk, Some(fault.to_owned())).await;
    };
    let object = format!("{} {day} {last:?} {first:?}", form.meter.trim());
    entered(
        &app,
        &desk,
        ("register.change", &object),
        async |transaction| {
            let change = RegisterChange {
                meter: form.meter.trim(),
                day,
                last: &last,
                first: &first,
                reason: form.reason.trim(),
            };
            change_register(transaction, (&staff.tenant, &staff.name), &change).await
        },
    )
    .await
}

/// Registers as people type them, in units with up to four places: the total, then the rates.
fn registers(text: &str) -> Option<Vec<i64>> {
    let all: Option<Vec<i64>> = text.split_whitespace().map(units).collect();
    all.filter(|registers| !registers.is_empty())
}

/// A minute of the day, as people type it.
fn minute(text: &str) -> Option<i16> {
    let time = Time::strptime("%H:%M", text.trim()).ok()?;
    Some(i16::from(time.hour()) * 60 + i16::from(time.minute()))
}

/// When it is warned and cut off.
#[derive(Deserialize)]
struct TermsForm {
    #[serde(default)]
    account: String,
    warn_first: String,
    warn_second: String,
    emergency: String,
    quiet_from: String,
    quiet_to: String,
    #[serde(default)]
    keep_power: Option<String>,
}

impl TermsForm {
    fn read(&self) -> Option<Terms> {
        let amount = |text: &str| {
            let text = text.trim();
            let (sign, digits) = match text.strip_prefix('-') {
                Some(digits) => ("-", digits),
                None => ("", text),
            };
            let amount = format!("{sign}{}", with_places(digits)).parse::<Money>();
            amount.ok().map(|money| money.0)
        };
        Some(Terms {
            warn_first: amount(&self.warn_first)?,
            warn_second: amount(&self.warn_second)?,
            emergency: amount(&self.emergency)?,
            keep_power: self.keep_power.is_some(),
            quiet: (minute(&self.quiet_from)?, minute(&self.quiet_to)?),
        })
    }
}

/// They hold from the next look at the balances on.
pub(super) async fn terms(
    State(app): State<App>,
    desk: Desk,
    request: Request,
) -> Result<Response, PageError> {
    let staff = desk.allow(DECIDE)?;
    let form: TermsForm = fields(&app, request, (desk.words, &desk.session)).await?;
    let Some(terms) = form.read() else {
        let fault = desk
            .words
            .t("An amount is a number such as 20.00, and a time one such as 22:00.");
        return page(&app, &desk, Some(fault.to_owned())).await;
    };
    let account = Some(form.account.trim()).filter(|account| !account.is_empty());
    let object = format!("{} {terms:?}", account.unwrap_or("all"));
    entered(
        &app,
        &desk,
        ("supply.terms", &object),
        async |transaction| set_terms(transaction, &staff.tenant, account, &terms).await,
    )
    .await
}

/// What counts as a leak and as use by night.
#[derive(Deserialize)]
struct AlarmsForm {
    utility: String,
    night_from: String,
    night_to: String,
    #[serde(default)]
    leak_nights: String,
    #[serde(default)]
    leak_flow: String,
    #[serde(default)]
    night_use: String,
}

impl AlarmsForm {
    fn read(&self) -> Option<AlarmTerms> {
        Some(AlarmTerms {
            utility: self.utility.clone(),
            night: (minute(&self.night_from)?, minute(&self.night_to)?),
            leak_nights: optional(&self.leak_nights, |text| text.parse().ok())?,
            leak_flow: optional(&self.leak_flow, units)?.unwrap_or(0),
            night_use: optional(&self.night_use, units)?,
        })
    }
}

/// What stands in a field that may be empty; none where it cannot be read.
fn optional<T>(text: &str, read: impl Fn(&str) -> Option<T>) -> Option<Option<T>> {
    match text.trim() {
        "" => Some(None),
        text => read(text).map(Some),
    }
}

/// They hold from the next look at the meters on.
pub(super) async fn alarms(
    State(app): State<App>,
    desk: Desk,
    request: Request,
) -> Result<Response, PageError> {
    let staff = desk.allow(DECIDE)?;
    let form: AlarmsForm = fields(&app, request, (desk.words, &desk.session)).await?;
    let Some(terms) = form.read() else {
        let fault = desk
            .words
            .t("A quantity is a number such as 0.005, and a time one such as 02:00.");
        return page(&app, &desk, Some(fault.to_owned())).await;
    };
    let object = format!("{terms:?}");
    entered(&app, &desk, ("alarm.terms", &object), async |transaction| {
        set_alarm_terms(transaction, &staff.tenant, &terms).await
    })
    .await
}

/// A day on which nobody is cut off.
#[derive(Deserialize)]
struct HolidayForm {
    day: String,
    act: String,
}

/// It is one from now on, or an ordinary day again.
pub(super) async fn holiday(
    State(app): State<App>,
    desk: Desk,
    request: Request,
) -> Result<Response, PageError> {
    let staff = desk.allow(DECIDE)?;
    let form: HolidayForm = fields(&app, request, (desk.words, &desk.session)).await?;
    let day = form.day.trim().parse::<Date>();
    let day = day.map_err(|_| PageError::input(desk.words, "2026-02-17"))?;
    let is_one = form.act == "add";
    let object = format!("{day} {}", form.act);
    entered(
        &app,
        &desk,
        ("supply.holiday", &object),
        async |transaction| set_holiday(transaction, &staff.tenant, day, is_one).await,
    )
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn registers_are_read_as_people_type_them_and_never_guessed() {
        for (text, expected) in [
            ("515", Some(vec![5_150_000])),
            (
                " 515.25  300 215.25 ",
                Some(vec![5_152_500, 3_000_000, 2_152_500]),
            ),
            ("0.0001", Some(vec![1])),
            ("0.00001", None),
            ("-1", None),
            ("1,5", None),
            (".5", None),
            ("1e3", None),
            ("", None),
            ("9999999999999", None),
        ] {
            assert_eq!(registers(text), expected, "{text}");
        }
    }

    #[test]
    fn terms_are_read_as_people_type_them() {
        let form = |emergency: &str, quiet_from: &str| TermsForm {
            account: String::new(),
            warn_first: "20".into(),
            warn_second: "-3.50".into(),
            emergency: emergency.into(),
            quiet_from: quiet_from.into(),
            quiet_to: "08:00".into(),
            keep_power: None,
        };
        let terms = form("5.00", "22:30").read().unwrap();
        assert_eq!(
            (terms.warn_first, terms.warn_second, terms.emergency),
            (2000, -350, 500)
        );
        assert_eq!(terms.quiet, (1350, 480));
        assert_eq!(form("5,00", "22:30").read(), None);
        assert_eq!(form("5.00", "24:30").read(), None);
    }
}
