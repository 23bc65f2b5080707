//! A page of rows, with the sums of all of them.

use super::asked::{Asked, Span};
use super::listed;
use super::run::{ReportError, Sink, run};
use super::table::{Language, Row, Totals};
use deadpool_postgres::Transaction;

/// Rows on a page.
pub(super) const ROWS: u64 = 100;

/// A page.
#[derive(Debug)]
pub struct Page {
    /// Its rows.
    pub rows: Vec<Row>,
    /// The sums over all pages.
    pub total: Option<Row>,
    /// Its number, from 1.
    pub number: u64,
    /// How many pages there are, at least one.
    pub pages: u64,
    /// How many rows there are on all of them.
    pub all: u64,
}

/// Keeps the rows of one page and lets the others go.
struct Window {
    skipped: u64,
    before: u64,
    rows: Vec<Row>,
}

impl Sink for Window {
    async fn take(&mut self, rows: Vec<Row>) -> Result<(), ReportError> {
        for row in rows {
            if self.skipped < self.before {
                self.skipped += 1;
            } else if (self.rows.len() as u64) < ROWS {
                self.rows.push(row);
            }
        }
        Ok(())
    }
}

/// The page of this number, from 1.
///
/// # Errors
/// [`ReportError`].
pub async fn page(
    transaction: &Transaction<'_>,
    (asked, span, language): (&Asked, &Span, Language),
    number: u64,
) -> Result<Page, ReportError> {
    let number = number.clamp(1, u64::from(u32::MAX));
    // A page has few rows, found by indexes that are in memory; more processes for it would only wait for each other.
    transaction
        .batch_execute(
            "SET LOCAL random_page_cost = 1.1; SET LOCAL max_parallel_workers_per_gather = 0",
        )
        .await?;
    if let Some(how) = listed::how(asked) {
        let what = (asked, span, language);
        let (rows, totals) = listed::page(transaction, what, how, (number - 1) * ROWS).await?;
        return Ok(shown(rows, &totals, (number, language)));
    }
    let mut window = Window {
        skipped: 0,
        before: (number - 1) * ROWS,
        rows: Vec::new(),
    };
    let totals: Totals = run(transaction, (asked, span, language), &mut window).await?;
    Ok(shown(window.rows, &totals, (number, language)))
}

fn shown(rows: Vec<Row>, totals: &Totals, (number, language): (u64, Language)) -> Page {
    Page {
        rows,
        total: totals.row(language),
        number,
        pages: totals.rows().div_ceil(ROWS).max(1),
        all: totals.rows(),
    }
}
