//! Writing what was settled: journals with their postings, the days, and what people have to look at; for many meters at once.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use deadpool_postgres::Transaction;
use jiff::civil::Date;
use meterpost_ledger::signing::TenantId;
use serde_json::{Value, json};

use super::chain::{Revision, Stopped};
use super::money::{Move, Purse, moves};
use crate::database::DatabaseError;
use crate::wallet::{Kind, seconds};

/// Who posts what is settled.
pub const BY: &str = "settlement";

/// Locks the wallets of these accounts, in one order, and tells what they hold.
pub(super) async fn purses(
    transaction: &Transaction<'_>,
    revisions: &[Revision],
) -> Result<HashMap<String, Purse>, DatabaseError> {
    let moved = revisions.iter().filter(|revision| revision.difference != 0);
    let accounts: BTreeSet<&str> = moved.map(|revision| revision.account.as_str()).collect();
    if accounts.is_empty() {
        return Ok(HashMap::new());
    }
    let accounts: Vec<&str> = accounts.into_iter().collect();
    let statement = transaction
        .prepare_cached("SELECT account, balance, debt FROM settlement_wallets($1)")
        .await?;
    let rows = transaction.query(&statement, &[&accounts]).await?;
    let read = |row: &tokio_postgres::Row| {
        let purse = Purse {
            balance: row.try_get(1)?,
            debt: row.try_get(2)?,
        };
        Ok::<_, DatabaseError>((row.try_get(0)?, purse))
    };
    rows.iter().map(read).collect()
}

/// Posts the differences and writes the days down.
pub(super) async fn keep(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    revisions: &[Revision],
    now: u64,
) -> Result<(), DatabaseError> {
    if revisions.is_empty() {
        return Ok(());
    }
    let mut purses = purses(transaction, revisions).await?;
    let moves = moves(revisions, &mut purses);
    let journals = post(transaction, tenant, &moves, now).await?;
    repay(transaction, tenant, &moves, &journals, now).await?;
    days(transaction, tenant, revisions, &moves, &journals).await?;
    used(transaction, tenant, revisions).await
}

/// The journals' numbers, in the order of the moves. All of them are new: a day's revision is made once, by one server at a time.
async fn post(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    moves: &[Move],
    now: u64,
) -> Result<Vec<i64>, DatabaseError> {
    if moves.is_empty() {
        return Ok(Vec::new());
    }
    let kinds: Vec<&str> = moves.iter().map(|one| one.kind.name()).collect();
    let references: Vec<&str> = moves.iter().map(|one| one.reference.as_str()).collect();
    let contents: Vec<Value> = moves.iter().map(content).collect();
    let numbers = journals(transaction, tenant, (&kinds, &references, &contents), now).await?;
    let mut lines = Lines::default();
    for (one, journal) in moves.iter().zip(&numbers) {
        let (debit, credit) = one.sides();
        lines.add(*journal, (debit, credit), &one.account, one.amount);
    }
    lines.insert(transaction, tenant).await?;
    Ok(numbers)
}

fn content(one: &Move) -> Value {
    json!({ "account": one.account, "amount": meterpost_ledger::Money(one.amount).to_string() })
}

async fn journals(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    (kinds, references, contents): (&[&str], &[&str], &[Value]),
    now: u64,
) -> Result<Vec<i64>, DatabaseError> {
    let statement = transaction
        .prepare_cached(
            "INSERT INTO posting_journal (tenant, at, kind, reference, content, made_by) \
             SELECT $1, $2, n.kind, n.reference, n.content, $3 FROM unnest($4::text[], $5::text[], $6::jsonb[]) AS n(kind, reference, content) \
             RETURNING kind, reference, journal",
        )
        .await?;
    let rows = transaction
        .query(
            &statement,
            &[
                &tenant.as_str(),
                &seconds(now)?,
                &BY,
                &kinds,
                &references,
                &contents,
            ],
        )
        .await?;
    let mut found: HashMap<(&str, &str), i64> = HashMap::with_capacity(rows.len());
    for row in &rows {
        found.insert((row.try_get(0)?, row.try_get(1)?), row.try_get(2)?);
    }
    let number = |(kind, reference): (&&str, &&str)| {
        found.get(&(*kind, *reference)).copied().ok_or_else(|| {
            DatabaseError::Damaged(format!("the journal {kind} of {reference} was not made"))
        })
    };
    kinds.iter().zip(references).map(number).collect()
}

/// Postings of many journals.
#[derive(Default)]
struct Lines<'l> {
    journals: Vec<i64>,
    lines: Vec<i16>,
    books: Vec<&'l str>,
    accounts: Vec<Option<&'l str>>,
    amounts: Vec<i64>,
}

impl<'l> Lines<'l> {
    fn add(
        &mut self,
        journal: i64,
        (debit, credit): (crate::wallet::Book, crate::wallet::Book),
        account: &'l str,
        amount: i64,
    ) {
        for (line, book, amount) in [(1, debit, amount), (2, credit, -amount)] {
            self.journals.push(journal);
            self.lines.push(line);
            self.books.push(book.name());
            let has_account = book != crate::wallet::Book::Consumption;
            self.accounts.push(has_account.then_some(account));
            self.amounts.push(amount);
        }
    }

    async fn insert(
        &self,
        transaction: &Transaction<'_>,
        tenant: &TenantId,
    ) -> Result<(), DatabaseError> {
        let statement = transaction
            .prepare_cached(
                "INSERT INTO wallet_posting (tenant, journal, line, book, account, amount) \
                 SELECT $1, n.* FROM unnest($2::bigint[], $3::smallint[], $4::text[], $5::text[], $6::bigint[]) AS n",
            )
            .await?;
        transaction
            .execute(
                &statement,
                &[
                    &tenant.as_str(),
                    &self.journals,
                    &self.lines,
                    &self.books,
                    &self.accounts,
                    &self.amounts,
                ],
            )
            .await?;
        Ok(())
    }
}

/// What was given back pays what its account owes, as all money that comes into a wallet does.
async fn repay(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    moves: &[Move],
    numbers: &[i64],
    now: u64,
) -> Result<(), DatabaseError> {
    let repaid: Vec<(&Move, i64)> = moves
        .iter()
        .zip(numbers)
        .filter(|(one, _)| one.repays > 0)
        .map(|(one, journal)| (one, *journal))
        .collect();
    if repaid.is_empty() {
        return Ok(());
    }
    let references: Vec<String> = repaid.iter().map(|(_, n)| n.to_string()).collect();
    let references: Vec<&str> = references.iter().map(String::as_str).collect();
    let kinds = vec![Kind::DebtRepaid.name(); repaid.len()];
    let contents = vec![Value::Null; repaid.len()];
    let journals = journals(transaction, tenant, (&kinds, &references, &contents), now).await?;
    let mut lines = Lines::default();
    for ((one, _), journal) in repaid.iter().zip(journals) {
        use crate::wallet::Book::{Debt, Wallet};
        lines.add(journal, (Wallet, Debt), &one.account, one.repays);
    }
    lines.insert(transaction, tenant).await
}

const DAYS: &str = "INSERT INTO settled_day (tenant, meter, day, revision, account, utility, tariff, version, people, basis, consumption, \
     rates, before, after, charge, lines, period, used, carry, journal, debt_journal) \
     SELECT $1, n.* FROM jsonb_to_recordset($2) AS n(meter text, day date, revision integer, account text, utility text, tariff text, \
     version integer, people smallint, basis text, consumption bigint, rates bigint[], before bigint[], after bigint[], charge bigint, \
     lines jsonb, period date, used bigint, carry bigint, journal bigint, debt_journal bigint)";

async fn days(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    revisions: &[Revision],
    moves: &[Move],
    journals: &[i64],
) -> Result<(), DatabaseError> {
    let mut paid: HashMap<usize, i64> = HashMap::new();
    let mut owed: HashMap<usize, i64> = HashMap::new();
    for (one, journal) in moves.iter().zip(journals) {
        let which = match one.kind {
            Kind::SettlementOwed => &mut owed,
            _ => &mut paid,
        };
        which.insert(one.of, *journal);
    }
    let row = |(n, revision): (usize, &Revision)| {
        let used = &revision.used;
        json!({
            "meter": revision.meter,
            "day": used.day.to_string(),
            "revision": revision.revision,
            "account": revision.account,
            "utility": revision.utility.name(),
            "tariff": revision.tariff,
            "version": revision.version,
            "people": revision.people,
            "basis": used.basis.name(),
            "consumption": used.consumption.total,
            "rates": used.consumption.rates,
            "before": used.before,
            "after": used.after,
            "charge": revision.charge,
            "lines": revision.lines,
            "period": revision.after.period.unwrap_or(used.day).to_string(),
            "used": revision.after.used,
            "carry": revision.after.carry,
            "journal": paid.get(&n),
            "debt_journal": owed.get(&n),
        })
    };
    let rows = Value::Array(revisions.iter().enumerate().map(row).collect());
    let statement = transaction.prepare_cached(DAYS).await?;
    transaction
        .execute(&statement, &[&tenant.as_str(), &rows])
        .await?;
    Ok(())
}

/// Notes which days the versions have charged.
async fn used(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    revisions: &[Revision],
) -> Result<(), DatabaseError> {
    let mut spans: BTreeMap<(&str, &str, i32), (Date, Date)> = BTreeMap::new();
    for revision in revisions {
        let (key, day) = (
            (
                revision.utility.name(),
                revision.tariff.as_str(),
                revision.version,
            ),
            revision.used.day,
        );
        let span = spans.entry(key).or_insert((day, day));
        *span = (span.0.min(day), span.1.max(day));
    }
    for ((utility, name, version), (first, last)) in spans {
        transaction
            .execute(
                "INSERT INTO tariff_used AS u (tenant, utility, name, version, first_day, last_day) VALUES ($1, $2, $3, $4, $5, $6) \
                 ON CONFLICT (tenant, utility, name, version) DO UPDATE \
                 SET first_day = least(u.first_day, excluded.first_day), last_day = greatest(u.last_day, excluded.last_day) \
                 WHERE excluded.first_day < u.first_day OR excluded.last_day > u.last_day",
                &[&tenant.as_str(), &utility, &name, &version, &first, &last],
            )
            .await?;
    }
    Ok(())
}

/// Brings the open problems of these meters up to what is found now: those that are over are cleared, new ones are added.
pub(super) async fn problems(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    meters: &[&str],
    stopped: &[(&str, Stopped)],
) -> Result<(), DatabaseError> {
    let whose: Vec<&str> = stopped.iter().map(|(meter, _)| *meter).collect();
    let days: Vec<Date> = stopped.iter().map(|(_, stopped)| stopped.day).collect();
    let reasons: Vec<&str> = stopped.iter().map(|(_, stopped)| stopped.reason).collect();
    let words: Vec<&str> = stopped
        .iter()
        .map(|(_, stopped)| stopped.words.as_str())
        .collect();
    let tenant = tenant.as_str();
    let clear = transaction
        .prepare_cached(
            "UPDATE settlement_problem p SET cleared_at = now() WHERE p.tenant = $1 AND p.meter = ANY($2) AND p.cleared_at IS NULL \
             AND NOT EXISTS (SELECT FROM unnest($3::text[], $4::date[], $5::text[]) AS n(meter, day, reason) \
                 WHERE n.meter = p.meter AND n.day = p.day AND n.reason = p.reason)",
        )
        .await?;
    transaction
        .execute(&clear, &[&tenant, &meters, &whose, &days, &reasons])
        .await?;
    if stopped.is_empty() {
        return Ok(());
    }
    transaction
        .execute(
            "INSERT INTO settlement_problem (tenant, meter, day, reason, words) \
             SELECT $1, n.* FROM unnest($2::text[], $3::date[], $4::text[], $5::text[]) AS n \
             ON CONFLICT (tenant, meter) WHERE cleared_at IS NULL DO NOTHING",
            &[&tenant, &whose, &days, &reasons, &words],
        )
        .await?;
    Ok(())
}
