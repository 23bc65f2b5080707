//! The rows of a report, as they come: a piece at a time through a portal, however many there are.

use deadpool_postgres::Transaction;
use jiff::civil::{Date, DateTime};
use meterpost_ledger::Money;
use thiserror::Error;
use tokio_postgres::types::ToSql;

use super::asked::{Asked, Narrowed, Span};
use super::catalog;
use super::links::links;
use super::summed::{Gaps, gaps};
use super::table::{Cell, Column, Heading, Kind, Language, Row, Said, Totals, Value};
use super::words::said;
use crate::database::DatabaseError;

/// Rows fetched at a time.
const PIECE: i32 = 1_000;

/// Why there is no report.
#[derive(Debug, Error)]
pub enum ReportError {
    /// The database.
    #[error("{0}")]
    Database(#[from] DatabaseError),
    /// There is no such period.
    #[error("a report ends on or after its first day, and tells at most ten years day by day")]
    Period,
    /// A sum beyond all amounts.
    #[error("a total does not fit")]
    Total,
    /// More rows than this format has room for.
    #[error("more than {0} rows: take XLSX or CSV, or fewer days")]
    Long(u64),
    /// The file could not be written.
    #[error("the file cannot be written: {0}")]
    Write(String),
    /// Whoever takes the rows has gone.
    #[error("nobody takes the rows any more")]
    Gone,
}

impl From<tokio_postgres::Error> for ReportError {
    fn from(error: tokio_postgres::Error) -> ReportError {
        ReportError::Database(error.into())
    }
}

/// What takes the rows. Not the writers themselves: those wait for a disk.
pub trait Sink: Send {
    /// Takes some rows.
    fn take(&mut self, rows: Vec<Row>) -> impl Future<Output = Result<(), ReportError>> + Send;
}

/// What stands above the report.
///
/// # Errors
/// The database's.
pub async fn heading(
    transaction: &Transaction<'_>,
    asked: &Asked,
    span: &Span,
    language: Language,
) -> Result<Heading, DatabaseError> {
    let t = |english, chinese| Said(english, chinese).in_(language);
    let mut parameters = match asked.name.is_of_one_day() {
        true => vec![(t("At the end of", "截至"), span.until.to_string())],
        false => vec![
            (t("From", "开始日期"), span.from.to_string()),
            (t("Until", "结束日期"), span.until.to_string()),
        ],
    };
    parameters.push((t("Time zone", "时区"), span.zone.clone()));
    let Narrowed {
        terminal,
        clerk,
        utility,
        account,
        building,
        what,
        log,
    } = &asked.narrowed;
    let mut narrow = |name, value: Option<String>| {
        parameters.extend(value.map(|value| (name, value)));
    };
    narrow(t("Terminal", "终端"), terminal.clone());
    narrow(t("Clerk", "收费员"), clerk.clone());
    narrow(
        t("Utility", "类型"),
        utility
            .as_deref()
            .map(|word| said(word, language).to_owned()),
    );
    narrow(t("Account", "户号"), account.clone());
    narrow(t("Building", "楼栋"), building.clone());
    narrow(
        t("What", "事项"),
        what.as_deref().map(|word| said(word, language).to_owned()),
    );
    narrow(
        t("Log", "日志"),
        log.map(|(epoch, above, below)| format!("{epoch}/{above}–{below}")),
    );
    narrow(
        t("Not heard of since then", "此后未上报的终端"),
        unheard(transaction, span).await?,
    );
    Ok(Heading {
        title: asked.name.title().in_(language),
        parameters,
        columns: catalog::columns(asked.name),
        language,
    })
}

/// Terminals whose logs may still tell of the period: not heard of since its end, or not yet read.
async fn unheard(
    transaction: &Transaction<'_>,
    span: &Span,
) -> Result<Option<String>, DatabaseError> {
    let row = transaction
        .query_one(
            "SELECT string_agg(log.terminal, ', ' ORDER BY log.terminal) FROM log \
             JOIN terminal ON terminal.tenant = log.tenant AND terminal.terminal = log.terminal AND terminal.epoch = log.epoch \
             LEFT JOIN log_read ON log_read.tenant = log.tenant AND log_read.terminal = log.terminal AND log_read.epoch = log.epoch \
             WHERE log.last_contact IS NULL OR log.last_contact < least(to_timestamp($1::bigint), now() - interval '1 hour') \
                OR log.size > coalesce(log_read.size, 0)",
            &[&span.beyond],
        )
        .await?;
    Ok(row.try_get(0)?)
}

/// Sees that there is such a period, and that the database takes its time; the days from its first one on that have no sums.
pub(super) async fn begin(
    transaction: &Transaction<'_>,
    asked: &Asked,
    span: &Span,
) -> Result<Gaps, ReportError> {
    if !span.fits(asked.name) {
        return Err(ReportError::Period);
    }
    // A report over years may take longer than a page. How long it is to be compiled for is no question that a page has time for. Indexes are in
    // memory, or on a disk without a head to move: by the usual price of a page, whole tables would be read instead of them.
    transaction
        .batch_execute(
            "SET LOCAL statement_timeout = '120s'; SET LOCAL jit = off; SET LOCAL random_page_cost = 1.1",
        )
        .await?;
    Ok(gaps(transaction, (&span.zone, span.from)).await?)
}

/// Epoch and places of the log that a report is narrowed to.
pub(super) struct Places([Option<i64>; 3]);

impl Places {
    /// Of what is asked for.
    pub(super) fn of(narrowed: &Narrowed) -> Places {
        Places(match narrowed.log {
            Some((epoch, above, below)) => [Some(epoch), Some(above), Some(below)],
            None => [None; 3],
        })
    }
}

/// The parameters of every statement (`moved.rs`).
pub(super) fn parameters<'a>(
    asked: &'a Asked,
    span: &'a Span,
    Places([epoch, above, below]): &'a Places,
) -> [&'a (dyn ToSql + Sync); 14] {
    let Narrowed {
        terminal,
        clerk,
        utility,
        account,
        building,
        what,
        log: _,
    } = &asked.narrowed;
    [
        &span.first,
        &span.beyond,
        &span.zone,
        terminal,
        clerk,
        utility,
        account,
        &span.from,
        &span.until,
        building,
        what,
        epoch,
        above,
        below,
    ]
}

/// Runs a report: its rows go into the sink, and what they sum to comes back.
///
/// # Errors
/// [`ReportError`]; rows may have gone into the sink before.
pub async fn run(
    transaction: &Transaction<'_>,
    (asked, span, language): (&Asked, &Span, Language),
    sink: &mut impl Sink,
) -> Result<Totals, ReportError> {
    let gaps = begin(transaction, asked, span).await?;
    let places = Places::of(&asked.narrowed);
    let statement = catalog::statement(asked, span, &gaps);
    let portal = transaction
        .bind(&statement, &parameters(asked, span, &places))
        .await?;
    let columns = catalog::columns(asked.name);
    let mut totals = Totals::new(columns);
    loop {
        let rows = transaction.query_portal(&portal, PIECE).await?;
        let last = rows.len() < usize::try_from(PIECE).unwrap_or(usize::MAX);
        let mut piece = Vec::with_capacity(rows.len());
        for row in &rows {
            let row = read(row, columns, (asked, span, language))?;
            if !totals.add(&row) {
                return Err(ReportError::Total);
            }
            piece.push(row);
        }
        sink.take(piece).await?;
        if last {
            return Ok(totals);
        }
    }
}

/// A row with its links.
pub(super) fn read(
    row: &tokio_postgres::Row,
    columns: &[Column],
    (asked, span, language): (&Asked, &Span, Language),
) -> Result<Row, DatabaseError> {
    let mut links = links(asked, span, row)?;
    let cell = |(place, column): (usize, &Column)| {
        let value = match column.kind {
            Kind::Text | Kind::Quantity => text(row.try_get(place)?),
            Kind::Word => {
                let word: Option<&str> = row.try_get(place)?;
                text(word.map(|word| said(word, language).to_owned()))
            }
            Kind::Count => row
                .try_get::<_, Option<i64>>(place)?
                .map_or(Value::Nothing, Value::Count),
            Kind::Money => {
                let amount: Option<i64> = row.try_get(place)?;
                amount.map_or(Value::Nothing, |amount| Value::Money(Money(amount)))
            }
            Kind::Day => row
                .try_get::<_, Option<Date>>(place)?
                .map_or(Value::Nothing, Value::Day),
            Kind::Moment => {
                let moment: Option<DateTime> = row.try_get(place)?;
                moment.map_or(Value::Nothing, Value::Moment)
            }
        };
        let link = links.get_mut(place).and_then(Option::take);
        Ok(Cell { value, link })
    };
    columns.iter().enumerate().map(cell).collect()
}

fn text(text: Option<String>) -> Value {
    match text {
        Some(text) if !text.is_empty() => Value::Text(text),
        _ => Value::Nothing,
    }
}
