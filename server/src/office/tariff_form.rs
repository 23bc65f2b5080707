//! A new version of a tariff as a form: it works without script, by buttons that send it back with one row more, with what it would cost, or
//! with what is wrong at each field.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::{Query, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::desk::{Desk, fields};
use super::page::{Frame, PageError, on_to, shown};
use super::rights::DECIDE;
use super::tariff_sheet::{Kind, MOST, RATES, SURCHARGES, Sheet, TIERS, UNITS};
use super::tariffs::{acted, place};
use super::words::Language;
use crate::App;
use crate::tariff::{self, Draft, StoreError, Tariff, Typical, Utility, Which, typical};

/// A field.
struct Cell {
    id: String,
    label: String,
    kind: &'static str,
    value: String,
    fault: Option<String>,
    /// What can be chosen, with its word; nothing where it is typed.
    choices: Vec<(&'static str, String)>,
}

/// Fields that belong together.
struct Group {
    title: &'static str,
    hint: &'static str,
    rows: Vec<Vec<Cell>>,
    fault: Option<String>,
    /// What the button for another row says, where there can be one: its act and its word.
    more: Option<(&'static str, &'static str)>,
    /// How many rows there are, kept in the form.
    count: Option<(&'static str, usize)>,
}

#[derive(Template)]
#[template(path = "tariff_form.html")]
struct FormPage {
    frame: Frame,
    groups: Vec<Group>,
    problem: Option<String>,
    unit: String,
    typical: Vec<Typical>,
}

impl FormPage {
    fn cost(&self, charged: &Result<meterpost_ledger::Money, tariff::ChargeError>) -> String {
        match charged {
            Ok(money) => money.to_string(),
            Err(error) => error.to_string(),
        }
    }
}

/// Which version a new one begins with; none: it begins empty.
#[derive(Debug, Default, Deserialize)]
pub(super) struct From {
    #[serde(default)]
    utility: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    version: i32,
}

/// The form, empty or as another version has it.
pub(super) async fn look(
    State(app): State<App>,
    desk: Desk,
    Query(from): Query<From>,
) -> Result<Response, PageError> {
    let staff = desk.allow(DECIDE)?;
    let Some(utility) = Utility::parse(&from.utility) else {
        return page(&desk, &Sheet::default(), Vec::new());
    };
    let trouble = PageError::database(desk.words);
    let mut connection = app.database.connection().await.map_err(&trouble)?;
    let transaction = connection.look(&staff.tenant).await.map_err(&trouble)?;
    let which = Which {
        utility,
        name: &from.name,
        version: from.version,
    };
    let found = match tariff::version(&transaction, which).await {
        Ok(found) => found,
        Err(StoreError::Database(error)) => return Err(trouble(error)),
        Err(_) => return Err(PageError::not_there(desk.words)),
    };
    let content = Tariff::parse(&found.content).map_err(|_| PageError::trouble(desk.words))?;
    page(&desk, &Sheet::of(&from.name, &content), Vec::new())
}

/// What was typed: another row, a look at what it costs, or a draft.
pub(super) async fn take(
    State(app): State<App>,
    desk: Desk,
    request: Request,
) -> Result<Response, PageError> {
    let staff = desk.allow(DECIDE)?;
    let values: BTreeMap<String, String> =
        fields(&app, request, (desk.words, &desk.session)).await?;
    let act = values.get("act").cloned().unwrap_or_default();
    let mut sheet = Sheet::new(values);
    if let Some(kind) = [TIERS, RATES, SURCHARGES]
        .into_iter()
        .find(|kind| kind.name == act)
    {
        sheet.add(kind);
        return page(&desk, &sheet, Vec::new());
    }
    let Some((name, valid_from, content)) = sheet.read(desk.words) else {
        return page(&desk, &sheet, Vec::new());
    };
    let costs = typical(&content, valid_from);
    if act != "save" {
        return page(&desk, &sheet, costs);
    }
    let utility = content.utility;
    let object = format!("{} {name} {valid_from}", utility.name());
    let draft = Draft {
        name: &name,
        valid_from,
        tariff: &content,
    };
    let drafted = acted(
        &app,
        &desk,
        ("tariff.draft", &object),
        async |transaction| tariff::draft(transaction, (&staff.tenant, &staff.name), &draft).await,
    );
    match drafted.await? {
        Ok(version) => Ok(on_to(&place(&name, utility, version))),
        Err(error) => {
            let field = match error {
                StoreError::Name => "name",
                StoreError::SameDay | StoreError::Charged(_) => "valid_from",
                _ => "form",
            };
            sheet.blame(field, &error.to_string());
            page(&desk, &sheet, costs)
        }
    }
}

fn page(desk: &Desk, sheet: &Sheet, typical: Vec<Typical>) -> Result<Response, PageError> {
    let words = desk.words;
    let page = shown(&FormPage {
        frame: desk.frame(),
        groups: groups(sheet, words),
        problem: sheet.fault("form").map(str::to_owned),
        unit: sheet.value("unit").to_owned(),
        typical,
    })?;
    match sheet.wrong() {
        true => Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response()),
        false => Ok(page),
    }
}

fn cell(sheet: &Sheet, id: &str, label: impl Into<String>) -> Cell {
    Cell {
        id: id.to_owned(),
        label: label.into(),
        kind: "text",
        value: sheet.value(id).to_owned(),
        fault: sheet.fault(id).map(str::to_owned),
        choices: Vec::new(),
    }
}

fn choice(sheet: &Sheet, id: &str, label: &str, choices: Vec<(&'static str, String)>) -> Cell {
    Cell {
        choices,
        ..cell(sheet, id, label)
    }
}

fn groups(sheet: &Sheet, words: Language) -> Vec<Group> {
    let of = |word: &'static str| (word, words.of(word).to_owned());
    let utilities = Utility::ALL.map(|utility| of(utility.name())).to_vec();
    let units = UNITS
        .map(|unit| (unit.name(), unit.name().to_owned()))
        .to_vec();
    let periods = vec![
        ("month", words.t("Month").to_owned()),
        ("year", words.t("Year").to_owned()),
    ];
    let day = Cell {
        kind: "date",
        ..cell(sheet, "valid_from", words.t("Valid from"))
    };
    let name = words.t("Name of the tariff; default is for meters that name none");
    let plain = |title, rows| Group {
        title,
        hint: "",
        rows,
        fault: None,
        more: None,
        count: None,
    };
    vec![
        plain(
            words.t("Tariff"),
            vec![vec![
                cell(sheet, "name", name),
                day,
                choice(sheet, "utility", words.t("Utility"), utilities),
                choice(sheet, "unit", words.t("Unit"), units),
                choice(sheet, "period", words.t("Tiers begin anew each"), periods),
            ]],
        ),
        rows(sheet, words, TIERS),
        plain(
            words.t("Household"),
            vec![vec![cell(
                sheet,
                "household",
                words.t("People up to whom the tiers are as written"),
            )]],
        ),
        rows(sheet, words, RATES),
        rows(sheet, words, SURCHARGES),
        plain(
            words.t("Fixed charge and tax"),
            vec![vec![
                cell(sheet, "fixed", words.t("Fixed charge a month")),
                cell(sheet, "tax", words.t("Tax in percent")),
                choice(
                    sheet,
                    "tax_included",
                    words.t("The prices hold the tax already"),
                    vec![
                        ("no", words.t("No").to_owned()),
                        ("yes", words.t("Yes").to_owned()),
                    ],
                ),
            ]],
        ),
    ]
}

/// The rows of a kind, each field with the row's number.
fn rows(sheet: &Sheet, words: Language, kind: Kind) -> Group {
    let (title, hint, more) = match kind.name {
        "tiers" => (
            words.t("Tiers"),
            words.t("Prices for one unit. The last tier has no bound; an empty row does not count."),
            words.t("Another tier"),
        ),
        "rates" => (
            words.t("Times of day"),
            words.t("What a unit costs more then, or less with a minus; a share is for meters that count no times."),
            words.t("Another time of day"),
        ),
        _ => (words.t("Surcharges"), "", words.t("Another surcharge")),
    };
    let label = |column: &str| match column {
        "upto" => words.t("Up to and including"),
        "extra" => words.t("Wider for each person more"),
        "price" => words.t("Price of a unit"),
        "register" => words.t("Register of the meter"),
        "delta" => words.t("More for a unit"),
        "hours" => words.t("Times, such as 08:00-22:00"),
        "share" => words.t("Share in percent"),
        _ => words.t("Name"),
    };
    let count = sheet.rows(kind);
    let row = |n: usize| {
        let columns = kind.columns.iter();
        let one = columns.map(|column| {
            let id = format!("{}.{n}.{column}", kind.name);
            cell(sheet, &id, format!("{} {}", n + 1, label(column)))
        });
        one.collect()
    };
    Group {
        title,
        hint,
        rows: (0..count).map(row).collect(),
        fault: sheet.fault(kind.name).map(str::to_owned),
        more: (count < MOST).then_some((kind.name, more)),
        count: Some((kind.name, count)),
    }
}
