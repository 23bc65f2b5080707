//! Writing: everything that a cycle brings, in one transaction.

use rusqlite::{Transaction, params};

use super::{Frozen, Period, Report, Store, StoreError, json};
use crate::concentrator::clock::{DAY, LocalSeconds};
use crate::concentrator::event::Event;
use crate::concentrator::record::Record;
use crate::concentrator::schedule::Answers;

/// One thing to keep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Write {
    /// The current reading of a point.
    Reading(u16, Record),
    /// A frozen value. One that was read is never replaced; a missed one is, should the meter turn out to have it.
    Frozen {
        /// The measuring point.
        point: u16,
        /// The period.
        period: Period,
        /// The value.
        value: Frozen,
        /// When this was written, for reports and their retention.
        at: LocalSeconds,
    },
    /// An event.
    Event(Event),
    /// What is known of a meter's answers.
    Answers(u16, Answers),
    /// An uplink that has to be told of everything from now on.
    Uplink(String),
    /// An uplink has confirmed all reports up to this number.
    Confirmed(String, i64),
    /// A setting.
    Setting(String, String),
}

/// How long things are kept, in days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// Daily frozen values.
    pub daily: i64,
    /// Monthly frozen values.
    pub monthly: i64,
    /// Events.
    pub events: i64,
    /// Reports that an uplink has not confirmed.
    pub reports: i64,
}

impl Default for Retention {
    fn default() -> Self {
        Retention {
            daily: 62,
            monthly: 750,
            events: 400,
            reports: 62,
        }
    }
}

impl Store {
    /// Writes all, durably, or nothing.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn write(&mut self, writes: &[Write]) -> Result<(), StoreError> {
        let transaction = self.connection.transaction()?;
        for write in writes {
            apply(&transaction, write)?;
        }
        transaction.commit()?;
        Ok(())
    }

    /// Takes out what is older than it is kept for, and reports that every uplink has confirmed.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn prune(&mut self, now: LocalSeconds, keep: Retention) -> Result<(), StoreError> {
        let day = now.div_euclid(DAY);
        let transaction = self.connection.transaction()?;
        transaction.execute(
            "DELETE FROM freeze WHERE kind = 0 AND period < ?1",
            [day - keep.daily],
        )?;
        // Months are numbered from the year 0; the store's days from 2000.
        let month = 2000 * 12 + (day - keep.monthly) * 12 / 365;
        transaction.execute("DELETE FROM freeze WHERE kind = 1 AND period < ?1", [month])?;
        transaction.execute("DELETE FROM event WHERE at < ?1", [now - keep.events * DAY])?;
        transaction.execute(
            "DELETE FROM report WHERE at < ?1 OR number <= (SELECT min(confirmed) FROM uplink)",
            [now - keep.reports * DAY],
        )?;
        transaction.commit()?;
        Ok(())
    }

    /// Forgets uplinks that are not configured any more, so that nothing waits for them for ever.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn keep_uplinks(&mut self, names: &[String]) -> Result<(), StoreError> {
        let transaction = self.connection.transaction()?;
        {
            let mut statement = transaction.prepare("SELECT name FROM uplink")?;
            let known = statement
                .query_map([], |row| row.get::<_, String>(0))?
                .collect::<Result<Vec<_>, _>>()?;
            for name in known.iter().filter(|name| !names.contains(name)) {
                transaction.execute("DELETE FROM uplink WHERE name = ?1", [name])?;
            }
        }
        for name in names {
            apply(&transaction, &Write::Uplink(name.clone()))?;
        }
        transaction.commit()?;
        Ok(())
    }
}

fn apply(transaction: &Transaction<'_>, write: &Write) -> Result<(), StoreError> {
    match write {
        Write::Reading(point, record) => {
            transaction
                .prepare_cached("INSERT OR REPLACE INTO reading (point, record) VALUES (?1, ?2)")?
                .execute(params![point, json(record, "a reading")?])?;
        }
        Write::Frozen {
            point,
            period,
            value,
            at,
        } => freeze(transaction, *point, *period, value, *at)?,
        Write::Event(event) => {
            transaction
                .prepare_cached(
                    "INSERT OR IGNORE INTO event (number, kind, at, quality, point, count) \
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                )?
                .execute(params![
                    event.number,
                    event.kind.code(),
                    event.seen.at,
                    event.seen.quality.code(),
                    event.point,
                    event.count
                ])?;
            transaction
                .prepare_cached("INSERT OR REPLACE INTO counter (kind, count) VALUES (?1, ?2)")?
                .execute(params![event.kind.code(), event.count])?;
            setting(transaction, "event", &event.number.to_string())?;
            report(transaction, event.seen.at, &Report::Event(event.clone()))?;
        }
        Write::Answers(point, answers) => {
            transaction
                .prepare_cached("INSERT OR REPLACE INTO answers (point, state) VALUES (?1, ?2)")?
                .execute(params![point, json(answers, "a meter's answers")?])?;
        }
        Write::Uplink(name) => {
            // A new uplink is told what comes from now on, not the past of the others.
            transaction
                .prepare_cached(
                    "INSERT OR IGNORE INTO uplink (name, confirmed) \
                     VALUES (?1, coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'report'), 0))",
                )?
                .execute([name])?;
        }
        Write::Confirmed(name, number) => {
            transaction
                .prepare_cached("UPDATE uplink SET confirmed = max(confirmed, ?2) WHERE name = ?1")?
                .execute(params![name, number])?;
        }
        Write::Setting(name, value) => setting(transaction, name, value)?,
    }
    Ok(())
}

fn setting(transaction: &Transaction<'_>, name: &str, value: &str) -> Result<(), StoreError> {
    transaction
        .prepare_cached("INSERT OR REPLACE INTO setting (name, value) VALUES (?1, ?2)")?
        .execute(params![name, value])?;
    Ok(())
}

fn report(
    transaction: &Transaction<'_>,
    at: LocalSeconds,
    report: &Report,
) -> Result<(), StoreError> {
    transaction
        .prepare_cached("INSERT INTO report (at, body) VALUES (?1, ?2)")?
        .execute(params![at, json(report, "a report")?])?;
    Ok(())
}

fn freeze(
    transaction: &Transaction<'_>,
    point: u16,
    period: Period,
    value: &Frozen,
    at: LocalSeconds,
) -> Result<(), StoreError> {
    let (source, record) = match value {
        Frozen::Read(record) => (0, Some(json(record, "a frozen value")?)),
        Frozen::BackFilled(record) => (1, Some(json(record, "a frozen value")?)),
        Frozen::Missed => (2, None),
    };
    let (kind, number) = period.parts();
    let changed = transaction
        .prepare_cached(
            "INSERT INTO freeze (kind, period, point, source, record) VALUES (?1, ?2, ?3, ?4, ?5) \
             ON CONFLICT DO UPDATE SET source = excluded.source, record = excluded.record \
             WHERE freeze.source = 2 AND excluded.source <> 2",
        )?
        .execute(params![kind, number, point, source, record])?;
    if changed > 0 && source != 2 {
        report(transaction, at, &Report::Freeze { point, period })?;
    }
    Ok(())
}
