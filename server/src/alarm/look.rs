//! Every hour: the last nights of all meters, and what meters that keep their money say is left in them.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use deadpool_postgres::Transaction;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, ToSpan};
use meterpost_ledger::signing::TenantId;

use super::balance::{self, Level};
use super::raised::{end, end_of_gone, raise};
use super::rules::{Night, Seen, Step, leak, night, night_use, step};
use super::terms::{AlarmTerms, all_terms};
use crate::App;
use crate::clock::local;
use crate::database::{Database, DatabaseError};
use crate::status::alerts::About;
use crate::typed::units_text;
use crate::zones;

/// How often it looks.
const LOOK: Duration = Duration::from_secs(3600);
/// Meters of one transaction.
const BATCH: i64 = 1000;
/// A night is looked at so long after its end: its readings have to come in.
const LATE: i64 = 30;

/// The kinds of alert.
const LEAK: &str = "leak";
const NIGHT_USE: &str = "night";

/// Looks until the program ends.
pub async fn run(app: App) {
    loop {
        match app.database.tenants().await {
            Ok(tenants) => {
                for tenant in tenants {
                    if let Err(error) = look(&app.database, &tenant, (app.clock)()).await {
                        tracing::error!(%tenant, %error, "the nights of the meters could not be looked at; trying again in an hour");
                    }
                }
            }
            Err(error) => tracing::error!(%error, "no tenant's meters can be looked at now"),
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// Looks at all meters of a tenant once; `now` in seconds since 1970. One server at a time; another one's look is as good.
///
/// # Errors
/// The database's; what was raised before it stays.
pub async fn look(database: &Database, tenant: &TenantId, now: u64) -> Result<(), DatabaseError> {
    let mut connection = database.connection().await?;
    let mut after = String::new();
    loop {
        let transaction = connection.begin(tenant).await?;
        let mine: bool = transaction
            .query_one(
                "SELECT pg_try_advisory_xact_lock(hashtextextended($1 || ' alarms', 0))",
                &[&tenant.as_str()],
            )
            .await?
            .try_get(0)?;
        let meters = match mine {
            true => meters(&transaction, tenant, &after).await?,
            false => Vec::new(),
        };
        let Some(last) = meters.last() else {
            if mine {
                end_of_gone(&transaction, tenant, now).await?;
            }
            transaction.commit().await?;
            return Ok(());
        };
        after.clone_from(&last.number);
        let zone = zones::of(&transaction, tenant).await?;
        let local = local(&zone, now);
        let raised = raised(&transaction, tenant, &meters).await?;
        let times = (&zone, local, now);
        nights(&transaction, tenant, (&meters, &raised), times).await?;
        balances(&transaction, tenant, (&meters, &raised), (local, now)).await?;
        transaction.commit().await?;
    }
}

/// A meter.
struct Meter {
    number: String,
    utility: String,
    on_account: bool,
}

async fn meters(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    after: &str,
) -> Result<Vec<Meter>, DatabaseError> {
    let sql = "SELECT number, utility, billing = 'on_account' FROM meter WHERE tenant = $1 AND number > $2 ORDER BY number LIMIT $3";
    let rows = transaction
        .query(sql, &[&tenant.as_str(), &after, &BATCH])
        .await?;
    let read = |row: &tokio_postgres::Row| {
        Ok(Meter {
            number: row.try_get(0)?,
            utility: row.try_get(1)?,
            on_account: row.try_get(2)?,
        })
    };
    rows.iter().map(read).collect()
}

/// Which alarms of these meters are raised.
async fn raised(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    meters: &[Meter],
) -> Result<HashSet<(String, String)>, DatabaseError> {
    let numbers: Vec<&str> = meters.iter().map(|meter| meter.number.as_str()).collect();
    let sql = "SELECT terminal, kind FROM alert WHERE tenant = $1 AND about = 'meter' AND ended_at IS NULL AND terminal = ANY($2)";
    let rows = transaction
        .query(sql, &[&tenant.as_str(), &numbers])
        .await?;
    let read = |row: &tokio_postgres::Row| Ok((row.try_get(0)?, row.try_get(1)?));
    rows.iter().map(read).collect()
}

/// The last `count` nights that are over, the newest first.
fn windows(terms: &AlarmTerms, count: i16, local: DateTime) -> Vec<(DateTime, DateTime)> {
    let at = |day: Date, minute: i16| {
        day.to_datetime(jiff::civil::Time::midnight())
            .saturating_add(i64::from(minute).minutes())
    };
    let (from, to) = terms.night;
    let back = |day: Date, days: i16| day.saturating_sub(Span::new().days(i32::from(days)));
    let over = at(local.date(), to).saturating_add(LATE.minutes()) <= local;
    let last = back(local.date(), i16::from(!over));
    let window = |n: i16| {
        let ends = back(last, n);
        let begins = back(ends, i16::from(from > to));
        (at(begins, from), at(ends, to))
    };
    (0..count).map(window).collect()
}

/// Leaks and use by night.
async fn nights(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    (meters, raised): (&[Meter], &HashSet<(String, String)>),
    (zone, local, now): (&TimeZone, DateTime, u64),
) -> Result<(), DatabaseError> {
    let terms = all_terms(transaction).await?;
    let mut seen: HashMap<&str, (Seen, Seen, Vec<Option<Night>>)> = HashMap::new();
    for terms in &terms {
        let of = |meter: &&Meter| meter.utility == terms.utility;
        let numbers: Vec<&str> = meters
            .iter()
            .filter(of)
            .map(|m| m.number.as_str())
            .collect();
        let windows = windows(terms, terms.leak_nights.unwrap_or(1), local);
        let readings = readings(transaction, tenant, (&numbers, zone), &windows).await?;
        // A night in which the clock is put forward or back is shorter or longer than the clock tells.
        let moments = |(from, to): &(DateTime, DateTime)| {
            (zones::moment(zone, *from), zones::moment(zone, *to))
        };
        let windows: Vec<_> = windows.iter().map(moments).collect();
        for number in numbers {
            let own = readings.get(number).map_or(&[][..], Vec::as_slice);
            let nights: Vec<_> = windows.iter().map(|window| night(own, *window)).collect();
            let leaks = terms
                .leak_nights
                .map_or(Seen::NotWatched, |_| leak(&nights, terms.leak_flow));
            let last = nights.first().copied().flatten();
            let used = terms
                .night_use
                .map_or(Seen::NotWatched, |bound| night_use(last, bound));
            seen.insert(number, (leaks, used, nights));
        }
    }
    for meter in meters {
        let number = meter.number.as_str();
        let not_watched = (Seen::NotWatched, Seen::NotWatched, Vec::new());
        let (leaks, used, nights) = seen.remove(number).unwrap_or(not_watched);
        for (kind, seen) in [(LEAK, leaks), (NIGHT_USE, used)] {
            let is_raised = raised.contains(&(number.to_owned(), kind.to_owned()));
            let subject = (About::Meter, number, kind);
            match step(is_raised, seen) {
                Step::Nothing => {}
                Step::Raise => {
                    let words = words(kind, &nights);
                    raise(transaction, tenant, subject, &words, now).await?;
                }
                Step::End => {
                    end(transaction, tenant, subject, now).await?;
                }
            }
        }
    }
    Ok(())
}

/// A sentence for people, with the figures.
fn words(kind: &str, nights: &[Option<Night>]) -> String {
    let least = nights.iter().flatten().map(|night| night.least).min();
    let used = nights.first().copied().flatten().map(|night| night.used);
    match kind {
        LEAK => format!(
            "it may leak: in each of the last {} nights at least {} units an hour went through it",
            nights.len(),
            units_text(least.unwrap_or(0))
        ),
        _ => format!(
            "{} units went through it in the last night",
            units_text(used.unwrap_or(0))
        ),
    }
}

/// The readings within these nights, in 1/10000 of the unit, by meter and time. What cannot be counted so is left out.
async fn readings(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    (meters, zone): (&[&str], &TimeZone),
    windows: &[(DateTime, DateTime)],
) -> Result<HashMap<String, Vec<(Timestamp, i64)>>, DatabaseError> {
    let (from, to): (Vec<DateTime>, Vec<DateTime>) = windows.iter().copied().unzip();
    let (earliest, latest) = (from.iter().min(), to.iter().max());
    let statement = transaction
        .prepare_cached(
            "SELECT r.meter, r.at, r.value, r.places FROM unnest($2::text[]) AS n(meter) \
             CROSS JOIN unnest($3::timestamp[], $4::timestamp[]) AS w(first, last) \
             JOIN reading r ON r.tenant = $1 AND r.meter = n.meter AND r.kind IN ('energy', 'quantity') AND r.at >= w.first AND r.at <= w.last \
             WHERE r.at >= $5::timestamp AND r.at <= $6::timestamp AND r.value >= 0 AND r.places BETWEEN 0 AND 4 ORDER BY r.meter, r.at",
        )
        .await?;
    let rows = transaction
        .query(
            &statement,
            &[&tenant.as_str(), &meters, &from, &to, &earliest, &latest],
        )
        .await?;
    let mut found: HashMap<String, Vec<(Timestamp, i64)>> = HashMap::new();
    for row in &rows {
        let (value, places): (i64, i16) = (row.try_get(2)?, row.try_get(3)?);
        let factor = 10_i64.pow(4_u32.saturating_sub(u32::try_from(places).unwrap_or(0)));
        if let Some(value) = value.checked_mul(factor) {
            let own = found.entry(row.try_get(0)?).or_default();
            own.push((zones::moment(zone, row.try_get(1)?), value));
        }
    }
    Ok(found)
}

/// What meters that keep their money said last, if that was within three days, against the tenant's levels. Where it has none nothing is low.
/// A meter whose money is here now has no balance of its own.
async fn balances(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    (meters, raised): (&[Meter], &HashSet<(String, String)>),
    (local, now): (DateTime, u64),
) -> Result<(), DatabaseError> {
    let levels = transaction
        .query_opt(
            "SELECT warn_first, warn_second FROM supply_terms WHERE tenant = $1 AND account = ''",
            &[&tenant.as_str()],
        )
        .await?;
    let Some(levels) = levels else { return Ok(()) };
    let levels = (levels.try_get(0)?, levels.try_get(1)?);
    let own: Vec<&str> = meters
        .iter()
        .filter(|meter| !meter.on_account)
        .map(|meter| meter.number.as_str())
        .collect();
    let since = local.saturating_sub(3.days());
    let rows = transaction
        .query(
            "SELECT n.meter, r.value FROM unnest($2::text[]) AS n(meter) CROSS JOIN LATERAL ( \
                 SELECT value FROM reading r WHERE r.tenant = $1 AND r.meter = n.meter AND r.kind = 'books' AND r.at >= $3 AND r.at <= $4 \
                 AND r.unit = 'money' AND r.places = 2 AND r.value IS NOT NULL ORDER BY r.at DESC LIMIT 1) r",
            &[&tenant.as_str(), &own, &since, &local],
        )
        .await?;
    let mut found: Vec<(&str, Level)> = Vec::new();
    for row in &rows {
        found.push((row.try_get(0)?, balance::of_meter(row.try_get(1)?, levels)));
    }
    let here = meters.iter().filter(|meter| meter.on_account);
    found.extend(here.map(|meter| (meter.number.as_str(), Level::Well)));
    for (meter, level) in found {
        let open = |kind: &str| raised.contains(&(meter.to_owned(), kind.to_owned()));
        if !balance::stands(level, open) {
            balance::set(transaction, tenant, (About::Meter, meter), level, now).await?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn the_last_night_is_the_one_whose_readings_have_come_in() {
        let mut terms = AlarmTerms {
            utility: "water".to_owned(),
            night: (120, 240),
            leak_nights: Some(2),
            leak_flow: 0,
            night_use: None,
        };
        let night = |day: i8, from: i8, to: i8| {
            let day = date(2026, 3, day);
            (day.at(from, 0, 0, 0), day.at(to, 0, 0, 0))
        };
        let early = date(2026, 3, 5).at(4, 29, 0, 0);
        assert_eq!(windows(&terms, 2, early), [night(4, 2, 4), night(3, 2, 4)]);
        let late = date(2026, 3, 5).at(4, 30, 0, 0);
        assert_eq!(windows(&terms, 2, late), [night(5, 2, 4), night(4, 2, 4)]);
        terms.night = (1380, 300);
        let over = (
            date(2026, 3, 4).at(23, 0, 0, 0),
            date(2026, 3, 5).at(5, 0, 0, 0),
        );
        assert_eq!(windows(&terms, 1, date(2026, 3, 5).at(12, 0, 0, 0)), [over]);
    }
}
