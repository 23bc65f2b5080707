//! A page of a long report: the rows on it, and the sums over all of them, without fetching the others.

use super::accounts::{KINDS, accounts_page, balances_page, balances_sums, consumption_page};
use super::asked::{Asked, Name, Span};
use super::catalog::{columns, moved_part, statement};
use super::moved::{ASKED, TAKEN};
use super::run::{Places, ReportError, begin, parameters, read};
use super::screen::ROWS;
use super::summed::{Gaps, Part, sums};
use super::table::{Language, Row, Totals};
use deadpool_postgres::Transaction;

/// How the sums over all rows are had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum How {
    /// From the sums of days, each with its number of rows: rows are in the order of time, so the day on which the page begins is known too.
    Days,
    /// From all wallets, less what was posted since.
    Wallets,
    /// By the database, from the report's own rows.
    Rows,
}

/// How a page of it is made; `None`: it has few rows, and all of them are read.
pub(super) fn how(asked: &Asked) -> Option<How> {
    let of = &asked.narrowed;
    let of_account = of.account.is_some() || of.building.is_some();
    match asked.name {
        Name::Charges if !of_account => Some(How::Days),
        Name::Entries if !of_account && of.utility.is_none() && of.log.is_none() => Some(How::Days),
        Name::Accounts | Name::Balances if !of_account => Some(How::Wallets),
        Name::Charges
        | Name::Entries
        | Name::Accounts
        | Name::Arrears
        | Name::Balances
        | Name::Consumption => Some(How::Rows),
        Name::Days
        | Name::Months
        | Name::Terminals
        | Name::Clerks
        | Name::Utilities
        | Name::Buildings
        | Name::Cash
        | Name::Losses => None,
    }
}

/// The rows from this one on, as many as fit on a page, and the sums of all.
///
/// # Errors
/// [`ReportError`].
pub(super) async fn page(
    transaction: &Transaction<'_>,
    (asked, span, language): (&Asked, &Span, Language),
    how: How,
    skipped: u64,
) -> Result<(Vec<Row>, Totals), ReportError> {
    let gaps = &begin(transaction, asked, span).await?;
    let (totals, begins) = match how {
        How::Days => by_days(transaction, (asked, span, gaps), skipped).await?,
        How::Wallets => {
            let sql = match asked.name {
                Name::Balances => balances_sums(),
                _ => wallets(gaps),
            };
            (sums_of(transaction, (asked, span), &sql).await?, None)
        }
        How::Rows => {
            let sql = by_rows(asked, span, gaps);
            (sums_of(transaction, (asked, span), &sql).await?, None)
        }
    };
    // Beyond the end there is nothing to read.
    if how == How::Days && begins.is_none() {
        return Ok((Vec::new(), totals));
    }
    let mut part = span.clone();
    let mut left = skipped;
    if let Some(Around {
        first,
        beyond,
        before,
    }) = begins
    {
        part.first = first.max(span.first);
        part.beyond = beyond.min(span.beyond);
        left = skipped - before;
    }
    let piece = format!("LIMIT {ROWS} OFFSET {left}");
    let sql = match asked.name {
        Name::Accounts => accounts_page(&piece),
        Name::Balances if how == How::Wallets => balances_page(&piece),
        Name::Consumption if asked.narrowed.building.is_none() => consumption_page(span, &piece),
        _ => format!("{} {piece}", statement(asked, span, gaps)),
    };
    let places = Places::of(&asked.narrowed);
    let rows = transaction
        .query(&sql, &parameters(asked, &part, &places))
        .await?;
    let row = |row| read(row, columns(asked.name), (asked, span, language));
    let rows = rows.iter().map(row).collect::<Result<_, _>>()?;
    Ok((rows, totals))
}

/// Sums as the database tells them: it adds up without a bound.
fn fit(sums: &[Option<String>]) -> Result<Vec<i64>, ReportError> {
    let one = |sum: &Option<String>| match sum {
        None => Ok(0),
        Some(sum) => sum.parse().map_err(|_| ReportError::Total),
    };
    sums.iter().map(one).collect()
}

fn number(rows: i64) -> u64 {
    u64::try_from(rows).unwrap_or(0)
}

/// Which movements are asked for, among sums.
fn narrow(name: Name) -> String {
    let what = match name {
        Name::Charges => {
            "AND ($6 IS NULL OR (terminal IS NOT NULL AND coalesce(utility, '') = $6)) AND ($11 IS NULL OR what = $11)".to_owned()
        }
        _ => format!("AND ($11 IS NULL OR what = $11 OR ($11 = 'taken' AND what IN {TAKEN}))"),
    };
    format!("($4 IS NULL OR terminal = $4) AND ($5 IS NULL OR clerk = $5) {what}")
}

/// The days on which a page begins and ends: their seconds, and the rows before the first one.
struct Around {
    first: i64,
    beyond: i64,
    before: u64,
}

/// The sums, and the days of the page behind the rows that are skipped.
async fn by_days(
    transaction: &Transaction<'_>,
    (asked, span, gaps): (&Asked, &Span, &Gaps),
    skipped: u64,
) -> Result<(Totals, Option<Around>), ReportError> {
    let (part, figures) = match asked.name {
        Name::Charges => (
            Part::Charge,
            "coalesce(sum(amount) FILTER (WHERE what <> 'wallet'), 0), coalesce(sum(amount) FILTER (WHERE what = 'wallet'), 0)",
        ),
        _ => (moved_part(asked), "sum(amount), 0"),
    };
    let sql = format!(
        "{ASKED} {}, told AS (SELECT day, sum(count)::bigint AS rows, {figures} FROM sums WHERE {} GROUP BY day) \
         SELECT extract(epoch FROM day::timestamp AT TIME ZONE $3)::bigint, rows, one::text, other::text, \
             extract(epoch FROM (day + 1)::timestamp AT TIME ZONE $3)::bigint \
         FROM told AS t (day, rows, one, other) ORDER BY day",
        sums(part, ("$8::date", "$9::date"), &gaps.before(span.beyond)),
        narrow(asked.name)
    );
    let places = Places::of(&asked.narrowed);
    let days = transaction
        .query(&sql, &parameters(asked, span, &places))
        .await?;
    let (mut all, mut totals): (u64, _) = (0, [0_i64; 2]);
    let mut around: Option<Around> = None;
    for day in &days {
        let rows = number(day.try_get(1)?);
        let (first, beyond) = (day.try_get(0)?, day.try_get(4)?);
        match &mut around {
            None if all + rows > skipped => {
                around = Some(Around {
                    first,
                    beyond,
                    before: all,
                });
            }
            Some(around) if all < skipped + ROWS => around.beyond = beyond,
            None | Some(_) => {}
        }
        all += rows;
        let more = fit(&[day.try_get(2)?, day.try_get(3)?])?;
        for (total, more) in totals.iter_mut().zip(more) {
            *total = total.checked_add(more).ok_or(ReportError::Total)?;
        }
    }
    Ok((Totals::of(columns(asked.name), all, &totals), around))
}

/// Every account's money at the end is what its wallet has less what came since; at the beginning, that less what came in the period.
fn wallets(gaps: &Gaps) -> String {
    let of = |days: &str| format!("coalesce(sum(amount) FILTER (WHERE {days}), 0)");
    let [paid, used, back] = KINDS.map(|kinds| of(&format!("day <= $9 AND what IN {kinds}")));
    format!(
        "{ASKED} {} SELECT (SELECT count(*) FROM account), (w.has - s.later - s.moved)::text, s.paid::text, s.used::text, s.back::text, \
             (w.has - s.later)::text \
         FROM (SELECT coalesce(sum(balance + held - debt), 0) AS has FROM wallet) AS w \
         CROSS JOIN (SELECT {paid} AS paid, {used} AS used, {back} AS back, {} AS moved, {} AS later FROM sums) AS s",
        sums(Part::Account, ("$8::date", "'infinity'::date"), gaps),
        of("day <= $9"),
        of("day > $9")
    )
}

/// From the rows themselves.
fn by_rows(asked: &Asked, span: &Span, gaps: &Gaps) -> String {
    let all = columns(asked.name);
    let names: Vec<String> = (0..all.len()).map(|place| format!("c{place}")).collect();
    let sums: Vec<String> = all
        .iter()
        .zip(&names)
        .filter(|(column, _)| column.summed)
        .map(|(_, name)| format!(", sum({name})::text"))
        .collect();
    format!(
        "SELECT count(*){} FROM ({}) AS r ({})",
        sums.join(""),
        unordered(&statement(asked, span, gaps)),
        names.join(", ")
    )
}

/// Without its order, which sums do not need; it is the last thing that a statement says.
fn unordered(statement: &str) -> &str {
    statement
        .rfind(" ORDER BY ")
        .map_or(statement, |end| statement.get(..end).unwrap_or(statement))
}

/// What a statement says that counts the rows and sums the columns that are summed.
async fn sums_of(
    transaction: &Transaction<'_>,
    (asked, span): (&Asked, &Span),
    sql: &str,
) -> Result<Totals, ReportError> {
    let places = Places::of(&asked.narrowed);
    let row = transaction
        .query_one(sql, &parameters(asked, span, &places))
        .await?;
    let mut sums = Vec::new();
    for place in 1..row.len() {
        sums.push(row.try_get::<_, Option<String>>(place)?);
    }
    Ok(Totals::of(
        columns(asked.name),
        number(row.try_get(0)?),
        &fit(&sums)?,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_that_is_left_out_is_the_last_one() {
        let inner = "SELECT a FROM (SELECT a FROM t ORDER BY a DESC) AS t ORDER BY a";
        assert_eq!(
            unordered(inner),
            "SELECT a FROM (SELECT a FROM t ORDER BY a DESC) AS t"
        );
    }

    #[test]
    fn a_sum_that_does_not_fit_is_refused() {
        assert!(matches!(fit(&[None]).as_deref(), Ok([0])));
        let largest = i64::MAX.to_string();
        assert!(matches!(fit(&[Some(largest)]).as_deref(), Ok([i64::MAX])));
        let beyond = "9223372036854775808".to_owned();
        assert!(matches!(fit(&[Some(beyond)]), Err(ReportError::Total)));
    }
}
