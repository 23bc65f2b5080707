//! Accounts as sheets: all of them taken along, and sheets taken in after a dry run that shows each row's problem.

use askama::Template;
use axum::body::Body;
use axum::extract::{Multipart, Query, Request, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::act::act;
use super::desk::{Desk, fields, from_here};
use super::page::{Frame, PageError, shown};
use super::rights::{SEE_ACCOUNTS, WRITE_ACCOUNTS};
use crate::App;
use crate::api::ApiError;
use crate::directory::columns::{COLUMNS, Problem, accounts_of, rows_of};
use crate::directory::import::{Imported, import};
use crate::directory::page;
use crate::directory::sheet::{SheetError, Writing, read};

/// Longest file that is taken in, in bytes.
pub(super) const LONGEST_FILE: usize = 4 * 1024 * 1024;
/// Longest form with a file in it that was tried: a letter of it may be nine bytes in a form.
pub(super) const LONGEST_TRIED: usize = 16 * 1024 * 1024;
/// Accounts that are read at a time.
const AT_A_TIME: i64 = 500;
/// Problems that are shown.
const PROBLEMS: usize = 200;

/// As which file.
#[derive(Deserialize)]
pub(super) struct As {
    #[serde(default)]
    format: String,
}

/// All accounts as a file.
pub(super) async fn export(
    State(app): State<App>,
    desk: Desk,
    Query(As { format }): Query<As>,
) -> Result<Response, PageError> {
    let staff = desk.allow(SEE_ACCOUNTS)?;
    let broken = |error: SheetError| {
        tracing::error!(%error, "accounts cannot be exported");
        ApiError::new(
            axum::http::StatusCode::INTERNAL_SERVER_ERROR,
            "write",
            error.to_string(),
        )
    };
    let (writing, ending, media) = match format.as_str() {
        "csv" => (Ok(Writing::csv()), "csv", "text/csv; charset=utf-8"),
        "xlsx" => (
            Writing::xlsx(),
            "xlsx",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        ),
        _ => return Err(PageError::not_there(desk.words)),
    };
    let bytes = act(
        &app,
        &desk,
        ("accounts.export", ending),
        async |transaction| {
            let mut writing = writing.map_err(broken)?;
            writing.row(&COLUMNS.map(str::to_owned)).map_err(broken)?;
            let mut behind = String::new();
            loop {
                let found = page(transaction, &staff.tenant, &behind, AT_A_TIME).await?;
                let Some(last) = found.last() else { break };
                behind.clone_from(&last.account);
                // One that is closed has nothing to take along.
                for account in found.iter().filter(|account| !account.district.is_empty()) {
                    for row in rows_of(account) {
                        writing.row(&row).map_err(broken)?;
                    }
                }
            }
            writing.end().map_err(broken)
        },
    )
    .await?;
    let headers = [
        (header::CONTENT_TYPE, media.to_owned()),
        (
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"accounts.{ending}\""),
        ),
    ];
    Ok((headers, Body::from(bytes)).into_response())
}

#[derive(Template)]
#[template(path = "import.html")]
struct ImportPage {
    frame: Frame,
    columns: String,
    /// What a file would do, and the file, to be sent again.
    tried: Option<(Imported, String)>,
    /// What a file did.
    did: Option<Imported>,
}

fn import_page(
    desk: &Desk,
    tried: Option<(Imported, String)>,
    did: Option<Imported>,
) -> Result<Response, PageError> {
    shown(&ImportPage {
        frame: desk.frame(),
        columns: COLUMNS.join(", "),
        tried,
        did,
    })
}

/// The form for a file.
pub(super) async fn look(desk: Desk) -> Result<Response, PageError> {
    desk.allow(WRITE_ACCOUNTS)?;
    import_page(&desk, None, None)
}

/// The file of a form that is this session's own.
async fn file_of(desk: &Desk, mut form: Multipart) -> Result<Vec<u8>, PageError> {
    let refused = |_| PageError::input(desk.words, "CSV / XLSX, 4 MiB");
    let mut own = false;
    while let Some(field) = form.next_field().await.map_err(refused)? {
        match field.name() {
            // The form's word stands before the file, so that nothing of a stranger's is read.
            Some("form") => own = field.text().await.map_err(refused)? == desk.session.form,
            Some("file") if own => return Ok(field.bytes().await.map_err(refused)?.to_vec()),
            _ => break,
        }
    }
    Err(PageError::form(desk.words))
}

/// What a sheet would do, or does.
async fn judge(
    app: &App,
    desk: &Desk,
    (word, sheet, keep): (&str, &[Vec<String>], bool),
) -> Result<Imported, PageError> {
    let staff = &desk.session.staff;
    let (accounts, problems) = accounts_of(sheet);
    if !problems.is_empty() {
        return Ok(Imported {
            problems,
            ..Imported::default()
        });
    }
    let by = desk.by(app);
    let object = format!("{} accounts", accounts.len());
    act(app, desk, (word, &object), async |transaction| {
        transaction.batch_execute("SAVEPOINT sheet").await?;
        let done = import(transaction, &staff.tenant, by, &accounts).await?;
        if !keep || !done.problems.is_empty() {
            // All of it is undone, or none.
            transaction.batch_execute("ROLLBACK TO sheet").await?;
        }
        Ok(done)
    })
    .await
}

fn few(mut done: Imported) -> Imported {
    done.problems.truncate(PROBLEMS);
    done
}

/// What a file would do: nothing is changed.
pub(super) async fn dry_run(
    State(app): State<App>,
    desk: Desk,
    headers: axum::http::HeaderMap,
    form: Multipart,
) -> Result<Response, PageError> {
    desk.allow(WRITE_ACCOUNTS)?;
    if !from_here(&headers) {
        return Err(PageError::form(desk.words));
    }
    let bytes = file_of(&desk, form).await?;
    let sheet = match read(&bytes) {
        Ok(sheet) => sheet,
        Err(error) => {
            let problem = Problem {
                row: 1,
                why: error.to_string(),
            };
            let problems = vec![problem];
            let tried = Imported {
                problems,
                ..Imported::default()
            };
            return import_page(&desk, Some((tried, String::new())), None);
        }
    };
    let tried = judge(&app, &desk, ("accounts.import.try", &sheet, false)).await?;
    let text = match tried.problems.is_empty() {
        true => as_text(&sheet).ok_or(PageError::trouble(desk.words))?,
        false => String::new(),
    };
    import_page(&desk, Some((few(tried), text)), None)
}

/// The sheet as CSV, to be sent again with the confirmation.
fn as_text(sheet: &[Vec<String>]) -> Option<String> {
    let mut writing = Writing::csv();
    sheet.iter().try_for_each(|row| writing.row(row)).ok()?;
    String::from_utf8(writing.end().ok()?).ok()
}

#[derive(Deserialize)]
struct ApplyForm {
    text: String,
}

/// Takes the file in.
pub(super) async fn apply(
    State(app): State<App>,
    desk: Desk,
    request: Request,
) -> Result<Response, PageError> {
    desk.allow(WRITE_ACCOUNTS)?;
    let form: ApplyForm = fields(&app, request, (desk.words, &desk.session)).await?;
    let sheet = read(form.text.as_bytes()).map_err(|_| PageError::form(desk.words))?;
    let done = judge(&app, &desk, ("accounts.import", &sheet, true)).await?;
    import_page(&desk, None, Some(few(done)))
}
