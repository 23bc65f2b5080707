//! Reports: the list of them, each on the screen, and as files. A clerk sees what he took himself.

use askama::Template;
use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::civil::Date;
use meterpost_ledger::signing::TenantId;
use serde::Deserialize;
use tokio::sync::Semaphore;
use tokio_util::io::ReaderStream;

use super::desk::Desk;
use super::page::{Frame, PageError, shown};
use super::rights::SEE_REPORTS;
use super::words::Language as Words;
use crate::App;
use crate::api::ApiError;
use crate::audit;
use crate::database::{Connection, storable};
use crate::report::{
    Asked, Format, Heading, Language, Name, Narrowed, Page, ReportError, Row, Span, address,
    heading, page, span, write,
};
use crate::staff::{Role, Staff};

/// Who sees all of them.
const ALL: [Role; 3] = [Role::Manager, Role::Auditor, Role::Administrator];
/// What a clerk sees, of his own takings.
const OWN: [Name; 5] = [
    Name::Days,
    Name::Months,
    Name::Charges,
    Name::Clerks,
    Name::Entries,
];
/// Files that are made at a time, each with a connection of its own: the rest of them stay for everything else.
static FILES: Semaphore = Semaphore::const_new(2);
/// Longest value that a report is narrowed to, in bytes.
const LONGEST: usize = 200;

fn may(role: Role, name: Name) -> bool {
    ALL.contains(&role) || (role == Role::Clerk && OWN.contains(&name))
}

fn language(words: Words) -> Language {
    match words {
        Words::English => Language::English,
        Words::Chinese => Language::Chinese,
    }
}

struct ListLine {
    word: &'static str,
    title: &'static str,
}

#[derive(Template)]
#[template(path = "reports.html")]
struct ReportsPage {
    frame: Frame,
    reports: Vec<ListLine>,
}

/// The list.
pub(super) async fn list(desk: Desk) -> Result<Response, PageError> {
    let staff = desk.allow(SEE_REPORTS)?;
    let seen = Name::ALL.into_iter().filter(|name| may(staff.role, *name));
    let line = |name: Name| ListLine {
        word: name.word(),
        title: name.title().in_(language(desk.words)),
    };
    shown(&ReportsPage {
        frame: desk.frame(),
        reports: seen.map(line).collect(),
    })
}

/// What stands in the address; an empty field asks for nothing.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Fields {
    from: String,
    until: String,
    terminal: String,
    clerk: String,
    utility: String,
    account: String,
    building: String,
    what: String,
    log: String,
    format: String,
    page: String,
}

impl Fields {
    /// None where a field makes no sense.
    fn asked(&self, name: Name) -> Option<Asked> {
        let text = |text: &str| match text.trim() {
            "" => Some(None),
            text if text.len() <= LONGEST => Some(Some(storable(text))),
            _ => None,
        };
        let day = |text: &str| match text.trim() {
            "" => Some(None),
            text => text.parse::<Date>().ok().map(Some),
        };
        Some(Asked {
            name,
            from: day(&self.from)?,
            until: day(&self.until)?,
            narrowed: Narrowed {
                terminal: text(&self.terminal)?,
                clerk: text(&self.clerk)?,
                utility: text(&self.utility)?,
                account: text(&self.account)?,
                building: text(&self.building)?,
                what: text(&self.what)?,
                log: log(&self.log)?,
            },
        })
    }
}

/// `epoch.above.below`.
fn log(text: &str) -> Option<Option<(i64, i64, i64)>> {
    if text.is_empty() {
        return Some(None);
    }
    let numbers: Result<Vec<i64>, _> = text.split('.').map(str::parse).collect();
    match numbers.ok()?.as_slice() {
        [epoch, above, below] => Some(Some((*epoch, *above, *below))),
        _ => None,
    }
}

#[derive(Template)]
#[template(path = "report.html")]
struct ReportPage {
    frame: Frame,
    word: &'static str,
    heading: Heading,
    asked: Asked,
    span: Span,
    page: Page,
    /// The address of this very report, for other pages of it and for files.
    here: String,
    /// Whether other people's takings may be asked for.
    all: bool,
    formats: [&'static str; 3],
    /// Whether meters are put behind main meters here.
    puts_mains: bool,
}

impl ReportPage {
    fn number(&self, place: &usize) -> bool {
        let column = self.heading.columns.get(*place);
        column.is_some_and(|column| column.kind.is_number())
    }

    fn filled<'t>(&self, value: &'t Option<String>) -> &'t str {
        value.as_deref().unwrap_or_default()
    }

    fn name(&self, column: &crate::report::Column) -> &'static str {
        column.name.in_(self.heading.language)
    }

    fn one_day(&self) -> bool {
        self.asked.name.is_of_one_day()
    }

    fn is_utility(&self, utility: &str) -> bool {
        self.asked.narrowed.utility.as_deref() == Some(utility)
    }

    fn total(&self) -> Option<&Row> {
        self.page.total.as_ref()
    }
}

/// A report, on the screen or as a file.
pub(super) async fn look(
    State(app): State<App>,
    desk: Desk,
    Path(word): Path<String>,
    Query(fields): Query<Fields>,
) -> Result<Response, PageError> {
    let staff = desk.allow(SEE_REPORTS)?;
    let words = desk.words;
    let name = Name::parse(&word).ok_or(PageError::not_there(words))?;
    if !may(staff.role, name) {
        desk.allow(&ALL)?;
    }
    let strange = || PageError::input(words, "2026-09-01");
    let mut asked = fields.asked(name).ok_or_else(strange)?;
    let all = ALL.contains(&staff.role);
    if !all {
        asked.narrowed.clerk = Some(staff.name.clone());
    }
    let format = match fields.format.as_str() {
        "" => None,
        format => Some(Format::parse(format).ok_or_else(strange)?),
    };
    if let Some(format) = format {
        return file(&app, staff, words, (&asked, format)).await;
    }
    let number = match fields.page.as_str() {
        "" => 1,
        page => page.parse().map_err(|_| strange())?,
    };
    let trouble = PageError::database(words);
    let mut connection = app.database.connection().await.map_err(&trouble)?;
    let transaction = connection.look(&staff.tenant).await.map_err(&trouble)?;
    let span = span(&transaction, &staff.tenant, &asked, (app.clock)()).await;
    let span = span.map_err(&trouble)?;
    let speaks = language(words);
    let heading = heading(&transaction, &asked, &span, speaks).await;
    let heading = heading.map_err(&trouble)?;
    let page = page(&transaction, (&asked, &span, speaks), number).await;
    let page = page.map_err(|error| refused(words, &error))?;
    shown(&ReportPage {
        frame: desk.frame(),
        word: name.word(),
        heading,
        here: address(name, Some((span.from, span.until)), &asked.narrowed),
        asked,
        span,
        page,
        all,
        formats: Format::ALL.map(Format::word),
        puts_mains: name == Name::Losses && staff.role == Role::Manager,
    })
}

fn refused(words: Words, error: &ReportError) -> PageError {
    match error {
        ReportError::Period => PageError::input(words, "2026-09-01 – 2026-09-30"),
        ReportError::Long(_) => PageError::input(words, "XLSX / CSV"),
        ReportError::Database(_)
        | ReportError::Total
        | ReportError::Write(_)
        | ReportError::Gone => {
            tracing::error!(%error, "a report cannot be made");
            PageError::trouble(words)
        }
    }
}

/// As the trail has it.
fn outcome(error: &ReportError) -> ApiError {
    let (status, code) = match error {
        ReportError::Period => (StatusCode::UNPROCESSABLE_ENTITY, "period"),
        ReportError::Long(_) => (StatusCode::UNPROCESSABLE_ENTITY, "long"),
        _ => (StatusCode::INTERNAL_SERVER_ERROR, "failed"),
    };
    ApiError::new(status, code, error.to_string())
}

/// The report as a file, into the trail before and after. It is made whole in a temporary folder and then sent: nobody gets half of one.
async fn file(
    app: &App,
    staff: &Staff,
    words: Words,
    (asked, format): (&Asked, Format),
) -> Result<Response, PageError> {
    let trouble = PageError::database(words);
    let broken = |error: std::io::Error| refused(words, &ReportError::from(error));
    let _turn = FILES.acquire().await;
    let mut connection = app.database.connection().await.map_err(&trouble)?;
    let (tenant, name) = (&staff.tenant, &staff.name);
    let span = {
        let transaction = connection.look(tenant).await.map_err(&trouble)?;
        let span = span(&transaction, tenant, asked, (app.clock)()).await;
        span.map_err(&trouble)?
    };
    let days = Some((span.from, span.until));
    let object = format!(
        "{}&format={}",
        address(asked.name, days, &asked.narrowed),
        format.word()
    );
    let noted = audit::begin(&mut connection, tenant, name, "report.export", &object).await;
    let noted = noted.map_err(&trouble)?;
    let folder = tempfile::tempdir().map_err(broken)?;
    let path = folder.path().join("report");
    let what = (asked, &span, language(words));
    let written = made(&mut connection, tenant, what, (format, &path)).await;
    let result = written.as_ref().map(|_| ()).map_err(outcome);
    let ended = audit::end(&mut connection, tenant, noted, &result).await;
    ended.map_err(&trouble)?;
    written.map_err(|error| refused(words, &error))?;
    // Open: it is there until it is sent, though its folder goes.
    let opened = tokio::fs::File::open(&path).await.map_err(broken)?;
    let length = opened.metadata().await.map_err(broken)?.len();
    let called = format!(
        "attachment; filename=\"{}-{}-{}.{}\"",
        asked.name.word(),
        span.from,
        span.until,
        format.word()
    );
    let headers = [
        (header::CONTENT_TYPE, format.media_type().to_owned()),
        (header::CONTENT_DISPOSITION, called),
        (header::CONTENT_LENGTH, length.to_string()),
    ];
    Ok((headers, Body::from_stream(ReaderStream::new(opened))).into_response())
}

async fn made(
    connection: &mut Connection,
    tenant: &TenantId,
    what: (&Asked, &Span, Language),
    whither: (Format, &std::path::Path),
) -> Result<u64, ReportError> {
    let transaction = connection.look(tenant).await?;
    write(&transaction, what, whither).await
}
