//! What other parts of the server found and left for people: a slip that contradicts its terminal's log, books that do not add up, a
//! concentrator that does not come in any more. It goes on
//! as long as it is found there.

use std::collections::BTreeMap;

use deadpool_postgres::Transaction;

use super::alerts::About;
use super::conditions::Condition;
use crate::book_check;
use crate::database::DatabaseError;

/// Where a terminal's name stands otherwise; no terminal is called so.
pub const OF_THE_DISTRICT: &str = "(books)";

/// Seconds after which a concentrator is missed: it has several heartbeats in them.
const LOST: i64 = 900;

/// All of it, with the terminal that it is about.
pub(super) async fn standing(
    transaction: &Transaction<'_>,
    now: u64,
) -> Result<Vec<(String, Condition)>, DatabaseError> {
    let mut found = Vec::new();
    // A terminal that was examined and enrolled anew has another log.
    let rows = transaction
        .query(
            "SELECT terminal, seq FROM receipt_conflict JOIN terminal USING (tenant, terminal, epoch) ORDER BY terminal",
            &[],
        )
        .await?;
    for row in rows {
        let (terminal, seq): (String, i64) = (row.try_get(0)?, row.try_get(1)?);
        found.push((
            terminal,
            Condition {
                about: About::Terminal,
                kind: "slip".to_owned(),
                words: format!(
                    "a slip for entry {seq} bears its key's signature and contradicts its log: the key or the disk was copied"
                ),
            },
        ));
    }
    let mut books: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let problems = book_check::newest(transaction).await?;
    for problem in problems.map_or(Vec::new(), |standing| standing.problems) {
        let terminal = problem.terminal.unwrap_or(OF_THE_DISTRICT.to_owned());
        books.entry(terminal).or_default().push(problem.words);
    }
    for (terminal, mut words) in books {
        let more = match words.len() {
            1 => String::new(),
            count => format!(" (and {} more: `server check`)", count - 1),
        };
        let first = words.swap_remove(0);
        let condition = Condition {
            about: About::Terminal,
            kind: "books".to_owned(),
            words: format!("the books do not add up: {first}{more}"),
        };
        found.push((terminal, condition));
    }
    found.extend(lost(transaction, now).await?);
    Ok(found)
}

/// Concentrators that were here and are not any more. None of their meters is read or switched meanwhile.
async fn lost(
    transaction: &Transaction<'_>,
    now: u64,
) -> Result<Vec<(String, Condition)>, DatabaseError> {
    let now = i64::try_from(now).unwrap_or(i64::MAX);
    let rows = transaction
        .query(
            "SELECT area || '-' || address, $1 - extract(epoch FROM last_contact)::bigint FROM concentrator \
             WHERE last_contact < to_timestamp($1 - $2::bigint) ORDER BY area, address",
            &[&now, &LOST],
        )
        .await?;
    let read = |row: &tokio_postgres::Row| {
        let silent: i64 = row.try_get(1)?;
        let condition = Condition {
            about: About::Concentrator,
            kind: "silent".to_owned(),
            words: format!(
                "the concentrator has not come in for {} minutes; look at its power and its line",
                silent / 60
            ),
        };
        Ok((row.try_get(0)?, condition))
    };
    rows.iter().map(read).collect()
}
