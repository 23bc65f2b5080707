//! What is known of many meters, in a few statements for all of them.

use std::collections::{BTreeMap, HashMap};

use deadpool_postgres::Transaction;
use jiff::civil::Date;
use meterpost_ledger::signing::TenantId;

use super::chain::{History, Meter, Settled, Stopped};
use super::days::{self, Change, Known};
use super::rows::{Reading, day_as_settled, meter, reading};
use crate::database::DatabaseError;
use crate::tariff::{Consumption, DEFAULT};

/// Days that are looked back for late readings; concentrators have forgotten what is older.
pub(crate) const BACK: i32 = 62;

/// A meter with the days that are to be settled or looked at again.
#[derive(Debug)]
pub(super) struct Due {
    /// The meter.
    pub(super) meter: Meter,
    /// The first day: one that was estimated, or the first that was not settled. `None`: nothing is known to begin with.
    pub(super) days: Option<(Date, Date)>,
    /// Nobody has read it before, so that there is no day to begin with.
    pub(super) opening: Option<Reading>,
    /// It was never settled and was not read on the day either.
    pub(super) silent: bool,
}

/// The meters whose money is here, beyond `after` in the order of their numbers.
pub(super) async fn due(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    (day, after): (Date, &str),
    limit: i64,
) -> Result<Vec<Due>, DatabaseError> {
    let statement = transaction.prepare_cached(&dues("m.number > $2")).await?;
    let parameters: &[&(dyn tokio_postgres::types::ToSql + Sync)] = &[
        &tenant.as_str(),
        &after,
        &days::back(day, BACK),
        &limit,
        &DEFAULT,
    ];
    let rows = transaction.query(&statement, parameters).await?;
    read(transaction, tenant, day, &rows).await
}

/// One meter whose money is here, whatever its place in the order.
pub(super) async fn due_of(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    day: Date,
    meter: &str,
) -> Result<Option<Due>, DatabaseError> {
    let parameters: &[&(dyn tokio_postgres::types::ToSql + Sync)] = &[
        &tenant.as_str(),
        &meter,
        &days::back(day, BACK),
        &1_i64,
        &DEFAULT,
    ];
    let rows = transaction
        .query(&dues("m.number = $2"), parameters)
        .await?;
    Ok(read(transaction, tenant, day, &rows).await?.pop())
}

fn dues(which: &str) -> String {
    format!(
        "SELECT m.number, m.account, m.utility, coalesce(m.tariff, $5), a.household, \
                 (SELECT max(s.day) FROM settled_day s WHERE s.tenant = $1 AND s.meter = m.number), \
                 (SELECT min(s.day) FROM settled_day s WHERE s.tenant = $1 AND s.meter = m.number AND s.basis <> 'read' AND s.day >= $3) \
             FROM meter m JOIN account a ON a.tenant = m.tenant AND a.account = m.account \
             WHERE m.tenant = $1 AND m.billing = 'on_account' AND {which} ORDER BY m.number LIMIT $4"
    )
}

async fn read(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    day: Date,
    rows: &[tokio_postgres::Row],
) -> Result<Vec<Due>, DatabaseError> {
    let mut due = Vec::with_capacity(rows.len());
    for row in rows {
        let (last, unsure): (Option<Date>, Option<Date>) = (row.try_get(5)?, row.try_get(6)?);
        let first = unsure.or(last.map(days::after));
        let until = last.map_or(day, |last| last.max(day));
        due.push(Due {
            meter: meter(row)?,
            days: first.map(|first| (first, until)),
            opening: None,
            silent: false,
        });
    }
    begin(transaction, tenant, day, &mut due).await?;
    Ok(due)
}

/// Meters that were never settled begin after the last day before that was read.
async fn begin(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    day: Date,
    due: &mut [Due],
) -> Result<(), DatabaseError> {
    let new: Vec<&str> = due
        .iter()
        .filter(|due| due.days.is_none())
        .map(|due| due.meter.number.as_str())
        .collect();
    if new.is_empty() {
        return Ok(());
    }
    let statement = transaction
        .prepare_cached(
            "SELECT n.meter, r.at::date, r.unit, r.value, r.places, r.detail->'rates' FROM unnest($2::text[]) AS n(meter) \
             CROSS JOIN LATERAL (SELECT * FROM reading r WHERE r.tenant = $1 AND r.meter = n.meter AND r.kind = 'day' \
                 AND r.value IS NOT NULL AND r.at >= $3::date::timestamp AND r.at <= $4::date::timestamp ORDER BY r.at DESC LIMIT 2) r \
             ORDER BY n.meter, r.at DESC",
        )
        .await?;
    let back = days::back(day, BACK);
    let rows = transaction
        .query(&statement, &[&tenant.as_str(), &new, &back, &day])
        .await?;
    let mut found: HashMap<String, Vec<Reading>> = HashMap::new();
    for row in &rows {
        found
            .entry(row.try_get(0)?)
            .or_default()
            .push(reading(row)?);
    }
    for due in due.iter_mut().filter(|due| due.days.is_none()) {
        let readings = found.remove(&due.meter.number).unwrap_or_default();
        due.silent = readings.is_empty();
        due.opening = readings.into_iter().find(|reading| reading.day < day);
        due.days = due
            .opening
            .as_ref()
            .map(|opening| (days::after(opening.day), day));
    }
    Ok(())
}

/// What is known of the days that are due; in the order of the meters. A meter whose readings cannot be used is stopped.
pub(super) async fn histories(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    due: &[Due],
) -> Result<Vec<Result<History, Stopped>>, DatabaseError> {
    let mut asked = Asked::default();
    for due in due {
        if let Some((first, last)) = due.days {
            asked.meters.push(due.meter.number.as_str());
            asked.first.push(first);
            asked.last.push(last);
        }
    }
    if asked.meters.is_empty() {
        return Ok(Vec::new());
    }
    let mut readings = readings(transaction, tenant, &asked).await?;
    let mut settled = settled(transaction, tenant, &asked).await?;
    let mut changes = changes(transaction, tenant, &asked).await?;
    let mut histories = Vec::with_capacity(asked.meters.len());
    for due in due.iter().filter(|due| due.days.is_some()) {
        let number = due.meter.number.as_str();
        let (readings, settled) = (
            readings.remove(number).unwrap_or_default(),
            settled.remove(number).unwrap_or_default(),
        );
        let mut history = history(due, readings, settled);
        if let (Ok(history), Some(changes)) = (&mut history, changes.remove(number)) {
            history.known.changes = changes;
        }
        histories.push(history);
    }
    recents(transaction, tenant, due, &mut histories).await?;
    Ok(histories)
}

#[derive(Default)]
struct Asked<'d> {
    meters: Vec<&'d str>,
    first: Vec<Date>,
    last: Vec<Date>,
}

fn history(
    due: &Due,
    readings: Vec<Reading>,
    settled: BTreeMap<Date, Settled>,
) -> Result<History, Stopped> {
    let mut known = Known::default();
    let mut unit: Option<String> = None;
    let stop = |day, reason, words| Stopped { day, reason, words };
    let mut opening = None;
    for reading in due.opening.iter().cloned().chain(readings) {
        if let Some(unit) = unit.as_ref().filter(|unit| **unit != reading.unit) {
            let words = format!("the meter counted {unit} and counts {} now", reading.unit);
            return Err(stop(reading.day, "unit", words));
        }
        unit = Some(reading.unit);
        let registers = match reading.registers {
            Ok(registers) => registers,
            Err(words) => return Err(stop(reading.day, "register", words)),
        };
        match due.days.is_some_and(|(first, _)| reading.day < first) {
            true => opening = Some(registers),
            false => {
                known.readings.insert(reading.day, registers);
            }
        }
    }
    let (first, _) = due.days.unwrap_or_default();
    let at_first = settled.get(&first).map(|settled| &settled.used.before);
    let before = settled
        .get(&days::before(first))
        .map(|settled| &settled.used.after);
    match at_first.or(before).cloned().or(opening) {
        Some(opening) => Ok(History {
            known,
            settled,
            opening,
            unit,
        }),
        None => Err(stop(first, "no_opening", no_opening())),
    }
}

/// Why a meter cannot begin.
pub(super) fn no_opening() -> String {
    format!("it was not read once in {BACK} days, so that there is nothing to begin with")
}

async fn readings(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    asked: &Asked<'_>,
) -> Result<HashMap<String, Vec<Reading>>, DatabaseError> {
    let statement = transaction
        .prepare_cached(
            "SELECT r.meter, r.at::date, r.unit, r.value, r.places, r.detail->'rates' \
             FROM unnest($2::text[], $3::date[], $4::date[]) AS n(meter, first, last) \
             JOIN reading r ON r.tenant = $1 AND r.meter = n.meter AND r.kind = 'day' AND r.at >= n.first::timestamp AND r.at <= n.last::timestamp \
             WHERE r.at >= $5::date::timestamp AND r.at <= $6::date::timestamp AND r.value IS NOT NULL ORDER BY r.meter, r.at",
        )
        .await?;
    // Known for all of them together, so that only the months of these days are looked through.
    let (from, to) = (asked.first.iter().min(), asked.last.iter().max());
    let rows = transaction
        .query(
            &statement,
            &[
                &tenant.as_str(),
                &asked.meters,
                &asked.first,
                &asked.last,
                &from,
                &to,
            ],
        )
        .await?;
    let mut found: HashMap<String, Vec<Reading>> = HashMap::new();
    for row in &rows {
        found
            .entry(row.try_get(0)?)
            .or_default()
            .push(reading(row)?);
    }
    Ok(found)
}

async fn changes(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    asked: &Asked<'_>,
) -> Result<HashMap<String, BTreeMap<Date, Change>>, DatabaseError> {
    let statement = transaction
        .prepare_cached(
            "SELECT c.meter, c.day, c.last, c.first FROM unnest($2::text[], $3::date[]) AS n(meter, first) \
             JOIN register_change c ON c.tenant = $1 AND c.meter = n.meter AND c.day >= n.first",
        )
        .await?;
    let rows = transaction
        .query(&statement, &[&tenant.as_str(), &asked.meters, &asked.first])
        .await?;
    let mut found: HashMap<String, BTreeMap<Date, Change>> = HashMap::new();
    for row in &rows {
        let change = Change {
            last: row.try_get(2)?,
            first: row.try_get(3)?,
        };
        found
            .entry(row.try_get(0)?)
            .or_default()
            .insert(row.try_get(1)?, change);
    }
    Ok(found)
}

async fn settled(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    asked: &Asked<'_>,
) -> Result<HashMap<String, BTreeMap<Date, Settled>>, DatabaseError> {
    let statement = transaction
        .prepare_cached(
            "SELECT s.meter, s.day, s.revision, s.account, s.tariff, s.version, s.people, s.basis, s.consumption, s.rates, \
                 s.before, s.after, s.charge, s.period, s.used, s.carry \
             FROM unnest($2::text[], $3::date[]) AS n(meter, first) \
             JOIN settled_day s ON s.tenant = $1 AND s.meter = n.meter AND s.day >= n.first - 1 \
             ORDER BY s.meter, s.day, s.revision",
        )
        .await?;
    let rows = transaction
        .query(&statement, &[&tenant.as_str(), &asked.meters, &asked.first])
        .await?;
    let mut found: HashMap<String, BTreeMap<Date, Settled>> = HashMap::new();
    for row in &rows {
        // Of a day's revisions the last one stays.
        found
            .entry(row.try_get(0)?)
            .or_default()
            .insert(row.try_get(1)?, day_as_settled(row)?);
    }
    Ok(found)
}

/// What the last days used that were read, for the meters of which it has to be known.
async fn recents(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    due: &[Due],
    histories: &mut [Result<History, Stopped>],
) -> Result<(), DatabaseError> {
    let (mut meters, mut first, mut which) = (Vec::new(), Vec::new(), HashMap::new());
    let due = due.iter().filter(|due| due.days.is_some());
    for (n, (due, history)) in due.zip(histories.iter()).enumerate() {
        let (Some((from, to)), Ok(history)) = (due.days, history) else {
            continue;
        };
        if days::needs_recent(&history.opening, to, &history.known) {
            meters.push(due.meter.number.as_str());
            first.push(from);
            which.insert(due.meter.number.as_str(), n);
        }
    }
    if meters.is_empty() {
        return Ok(());
    }
    let statement = transaction
        .prepare_cached(
            "SELECT n.meter, s.consumption, s.rates FROM unnest($2::text[], $3::date[]) AS n(meter, first) \
             CROSS JOIN LATERAL (SELECT * FROM settled_day s WHERE s.tenant = $1 AND s.meter = n.meter AND s.day < n.first \
                 AND s.day >= n.first - $4::integer AND s.basis = 'read' AND NOT EXISTS (SELECT FROM settled_day l \
                     WHERE l.tenant = $1 AND l.meter = s.meter AND l.day = s.day AND l.revision > s.revision) \
                 ORDER BY s.day DESC LIMIT $5) s ORDER BY n.meter, s.day DESC",
        )
        .await?;
    let count = i64::try_from(days::MEAN_OF).unwrap_or(i64::MAX);
    let rows = transaction
        .query(
            &statement,
            &[&tenant.as_str(), &meters, &first, &BACK, &count],
        )
        .await?;
    let mut days: HashMap<usize, Vec<Consumption>> = HashMap::new();
    for row in &rows {
        let meter: &str = row.try_get(0)?;
        if let Some(n) = which.get(meter) {
            days.entry(*n).or_default().push(Consumption {
                total: row.try_get(1)?,
                rates: row.try_get(2)?,
            });
        }
    }
    for (n, days) in days {
        if let Some(Ok(history)) = histories.get_mut(n) {
            // The newest last.
            history.known.recent = days.into_iter().rev().collect();
        }
    }
    Ok(())
}
