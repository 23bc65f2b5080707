//! The wallets' books. Triggers and constraints keep all of this so; a check that trusted them would find nothing that went past them, such
//! as a row that somebody changed by hand, or a disk that returned another page than was written.

use deadpool_postgres::Transaction;
use meterpost_ledger::Money;
use tokio_postgres::Row;

use super::{Found, MOST};
use crate::database::DatabaseError;

/// Each query names what does not add up: a text that says which, what the books say, and what it should be.
const RULES: &[(&str, &str)] = &[
    (
        "the postings of journal {} sum to {} instead of {}, or there are fewer than two",
        "SELECT journal::text, coalesce(sum(amount), 0)::bigint, 0::bigint \
         FROM posting_journal LEFT JOIN wallet_posting USING (tenant, journal) \
         GROUP BY journal HAVING coalesce(sum(amount), 0) <> 0 OR count(line) < 2 ORDER BY journal",
    ),
    (
        "the postings {} belong to no journal: {} instead of {}",
        "SELECT journal::text, sum(amount)::bigint, 0::bigint FROM wallet_posting AS p \
         WHERE NOT EXISTS (SELECT 1 FROM posting_journal AS j WHERE j.journal = p.journal) GROUP BY journal ORDER BY journal",
    ),
    (
        "the balance of account {} is {}; its postings sum to {}",
        "SELECT account, coalesce(max(w.balance), 0)::bigint, coalesce(-sum(p.amount) FILTER (WHERE p.book = 'wallet'), 0)::bigint \
         FROM wallet AS w FULL JOIN (SELECT account, book, amount FROM wallet_posting WHERE account IS NOT NULL) AS p USING (account) \
         GROUP BY account HAVING coalesce(max(w.balance), 0) <> coalesce(-sum(p.amount) FILTER (WHERE p.book = 'wallet'), 0) \
         ORDER BY account",
    ),
    (
        "what is held of account {} is {}; its postings sum to {}",
        "SELECT account, coalesce(max(w.held), 0)::bigint, coalesce(-sum(p.amount) FILTER (WHERE p.book = 'held'), 0)::bigint \
         FROM wallet AS w FULL JOIN (SELECT account, book, amount FROM wallet_posting WHERE account IS NOT NULL) AS p USING (account) \
         GROUP BY account HAVING coalesce(max(w.held), 0) <> coalesce(-sum(p.amount) FILTER (WHERE p.book = 'held'), 0) \
         ORDER BY account",
    ),
    (
        "the debt of account {} is {}; its postings sum to {}",
        "SELECT account, coalesce(max(w.debt), 0)::bigint, coalesce(sum(p.amount) FILTER (WHERE p.book = 'debt'), 0)::bigint \
         FROM wallet AS w FULL JOIN (SELECT account, book, amount FROM wallet_posting WHERE account IS NOT NULL) AS p USING (account) \
         GROUP BY account HAVING coalesce(max(w.debt), 0) <> coalesce(sum(p.amount) FILTER (WHERE p.book = 'debt'), 0) \
         ORDER BY account",
    ),
    (
        "what is held of account {} by its postings is {}; its open holds sum to {}",
        "SELECT account, coalesce(max(p.held), 0)::bigint, coalesce(max(h.open), 0)::bigint \
         FROM (SELECT account, -sum(amount) AS held FROM wallet_posting WHERE book = 'held' GROUP BY account) AS p \
         FULL JOIN (SELECT account, sum(amount) AS open FROM wallet_hold WHERE state = 'pending' GROUP BY account) AS h USING (account) \
         GROUP BY account HAVING coalesce(max(p.held), 0) <> coalesce(max(h.open), 0) ORDER BY account",
    ),
    (
        "the book {} has {}; the payments of that state sum to {}",
        "SELECT * FROM ( \
             SELECT 'untaken' AS book, (SELECT coalesce(-sum(amount), 0)::bigint FROM wallet_posting WHERE book = 'untaken') AS has, \
                 (SELECT coalesce(sum(received), 0)::bigint FROM payment_order WHERE state = 'paid' AND sale IS NOT NULL) AS open \
             UNION ALL \
             SELECT 'returning', (SELECT coalesce(-sum(amount), 0)::bigint FROM wallet_posting WHERE book = 'returning'), \
                 (SELECT coalesce(sum(received), 0)::bigint FROM payment_order WHERE state IN ('paid_late', 'refunding')) \
         ) AS both_books WHERE has <> open",
    ),
];

/// Checks all of it.
pub(super) async fn check(
    transaction: &Transaction<'_>,
    found: &mut Found,
) -> Result<(), DatabaseError> {
    // A year of a large district is more than a request may take.
    transaction
        .batch_execute("SET LOCAL statement_timeout = '10min'")
        .await?;
    let row = transaction
        .query_one("SELECT count(*) FROM posting_journal", &[])
        .await?;
    found.journals = row.try_get(0)?;
    for (words, sql) in RULES {
        let rows = transaction.query(*sql, &[]).await?;
        for row in rows.iter().take(MOST) {
            found.add(None, said(words, row)?);
        }
        if rows.len() > MOST {
            let more = rows.len() - MOST;
            found.add(None, format!("and {more} more like the one before"));
        }
    }
    Ok(())
}

/// The rule's words with what the row says.
fn said(words: &str, row: &Row) -> Result<String, DatabaseError> {
    let (which, is, should): (&str, i64, i64) = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
    let mut words = words.replacen("{}", which, 1);
    for amount in [is, should] {
        words = words.replacen("{}", &Money(amount).to_string(), 1);
    }
    Ok(words)
}
