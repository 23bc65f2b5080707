//! Days and months: each is asked for until it is had, or so old that the concentrator has it no more. There is no mark that
//! moves along a clock: a period without an end in its row is open, whenever the concentrator comes back.

use std::collections::BTreeSet;

use jiff::ToSpan;
use jiff::civil::Date;
use meterpost_bus::frame::gdw376::Item;
use meterpost_bus::frame::gdw376::item::frozen::request;
use meterpost_bus::frame::gdw376::item::time::{Day, Month};
use meterpost_bus::master::RequestError;

use super::collect::{by_point, understood};
use super::download::DownloadError;
use super::readings::{Value, store};
use super::station::Station;
use super::told::{ENERGY_OF_DAY, ENERGY_OF_MONTH, QUANTITY_OF_DAY, QUANTITY_OF_MONTH, frozen};
use crate::database::DatabaseError;
use crate::orders::MeterRow;

/// Periods in one question.
const PERIODS: i64 = 40;
/// Periods that are looked back for at most, from the newest.
const DAYS_BACK: i32 = 400;
const MONTHS_BACK: i32 = 36;
/// Periods after which concentrators have forgotten; theirs are the defaults of `[keep]`.
const DAYS_KEPT: i32 = 62;
const MONTHS_KEPT: i32 = 25;

/// A day or a month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Day,
    Month,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Kind::Day => "day",
            Kind::Month => "month",
        }
    }

    fn function(self, electricity: bool) -> u8 {
        match (self, electricity) {
            (Kind::Day, true) => ENERGY_OF_DAY,
            (Kind::Day, false) => QUANTITY_OF_DAY,
            (Kind::Month, true) => ENERGY_OF_MONTH,
            (Kind::Month, false) => QUANTITY_OF_MONTH,
        }
    }

    /// The unit that asks for the period that begins then.
    fn request(self, first: Date) -> Option<Vec<u8>> {
        let year = u16::try_from(first.year()).ok()?;
        let month = first.month().unsigned_abs();
        match self {
            Kind::Day => Day::new(year, month, first.day().unsigned_abs()).map(request),
            Kind::Month => Month::new(year, month).map(request),
        }
    }
}

/// A period of a meter that is not settled.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Open {
    meter: String,
    first: Date,
    point: i32,
    electricity: bool,
}

/// Asks for what is not settled, until there is nothing that may be asked for now.
pub(super) async fn settle(station: &Station, rows: &[MeterRow]) -> Result<(), DownloadError> {
    let today = station.local().date();
    for kind in [Kind::Day, Kind::Month] {
        loop {
            let (open, began) = open(station, kind, today).await?;
            if open.is_empty() {
                break;
            }
            let told = ask(station, kind, &open).await?;
            let values = understood(station, &by_point(rows), &told, frozen);
            note(station, kind, (today, &began), &open, &values).await?;
        }
    }
    Ok(())
}

/// What may be asked for now, and the database's time before it is asked for.
async fn open(
    station: &Station,
    kind: Kind,
    today: Date,
) -> Result<(Vec<Open>, String), DatabaseError> {
    let place = &station.place;
    // The period that runs is not over; neither begins before the meter was there.
    let sql = match kind {
        Kind::Day => {
            "SELECT p.meter, d.first::date, p.point, m.utility = 'electricity' FROM meter_point p \
             JOIN meter m ON m.tenant = p.tenant AND m.number = p.meter \
             CROSS JOIN LATERAL generate_series(greatest(p.since, $4 - $5)::timestamp, ($4 - 1)::timestamp, interval '1 day') AS d(first) \
             LEFT JOIN meter_period s ON s.tenant = p.tenant AND s.meter = p.meter AND s.kind = 'day' AND s.first = d.first::date \
             WHERE p.tenant = $1 AND p.area = $2 AND p.address = $3 AND (s.state IS NULL OR s.state = 'open' AND s.not_before <= now()) \
             ORDER BY d.first, p.point LIMIT $6"
        }
        Kind::Month => {
            "SELECT p.meter, d.first::date, p.point, m.utility = 'electricity' FROM meter_point p \
             JOIN meter m ON m.tenant = p.tenant AND m.number = p.meter \
             CROSS JOIN LATERAL generate_series( \
                 greatest(date_trunc('month', p.since::timestamp), date_trunc('month', $4::timestamp) - make_interval(months => $5)), \
                 date_trunc('month', $4::timestamp) - interval '1 month', interval '1 month') AS d(first) \
             LEFT JOIN meter_period s ON s.tenant = p.tenant AND s.meter = p.meter AND s.kind = 'month' AND s.first = d.first::date \
             WHERE p.tenant = $1 AND p.area = $2 AND p.address = $3 AND (s.state IS NULL OR s.state = 'open' AND s.not_before <= now()) \
             ORDER BY d.first, p.point LIMIT $6"
        }
    };
    let back = match kind {
        Kind::Day => DAYS_BACK,
        Kind::Month => MONTHS_BACK,
    };
    let sql = sql.replace("$4", "$4::date").replace("$5", "$5::integer");
    let mut connection = station.head_end.database.connection().await?;
    let transaction = connection.begin(&place.tenant).await?;
    let began = transaction.query_one("SELECT now()::text", &[]).await?;
    let rows = transaction
        .query(
            &sql,
            &[
                &place.tenant.as_str(),
                &place.area,
                &place.address,
                &today,
                &back,
                &PERIODS,
            ],
        )
        .await?;
    let read = |row: &tokio_postgres::Row| {
        Ok::<_, tokio_postgres::Error>(Open {
            meter: row.try_get(0)?,
            first: row.try_get(1)?,
            point: row.try_get(2)?,
            electricity: row.try_get(3)?,
        })
    };
    let open: Result<Vec<_>, _> = rows.iter().map(read).collect();
    Ok((open?, began.try_get(0)?))
}

/// What the concentrator has of them; nothing is an answer too.
async fn ask(station: &Station, kind: Kind, open: &[Open]) -> Result<Vec<Item>, RequestError> {
    let items: Vec<Item> = open
        .iter()
        .filter_map(|period| {
            Some(Item {
                point: u16::try_from(period.point).ok()?,
                function: kind.function(period.electricity),
                data: kind.request(period.first)?,
            })
        })
        .collect();
    match station.master.frozen(items).await {
        Err(RequestError::Nothing) => Ok(Vec::new()),
        told => told,
    }
}

/// Keeps what was told and what was not, at once. What was announced since it was asked for may be asked for again at once.
async fn note(
    station: &Station,
    kind: Kind,
    (today, began): (Date, &str),
    open: &[Open],
    values: &[Value],
) -> Result<(), DatabaseError> {
    let had: BTreeSet<(&str, Date)> = values
        .iter()
        .filter(|value| value.value.is_some())
        .map(|value| (value.meter.as_str(), value.at.date()))
        .collect();
    let is_had = |period: &Open| had.contains(&(period.meter.as_str(), period.first));
    let forgotten = forgotten_before(kind, today);
    let meters: Vec<&str> = open.iter().map(|period| period.meter.as_str()).collect();
    let firsts: Vec<Date> = open.iter().map(|period| period.first).collect();
    let states: Vec<&str> = open
        .iter()
        .map(|period| match (is_had(period), period.first < forgotten) {
            (true, _) => "had",
            (false, true) => "missing",
            (false, false) => "open",
        })
        .collect();
    let tenant = &station.place.tenant;
    let mut connection = station.head_end.database.connection().await?;
    let transaction = connection.begin(tenant).await?;
    let known: Vec<Value> = values
        .iter()
        .filter(|value| value.value.is_some())
        .cloned()
        .collect();
    store(&transaction, tenant, &known).await?;
    transaction
        .execute(
            "INSERT INTO meter_period AS s (tenant, meter, kind, first, state, asked, not_before) \
             SELECT $1, n.meter, $2, n.first, n.state, 1, now() + interval '1 hour' \
             FROM unnest($3::text[], $4::date[], $5::text[]) AS n(meter, first, state) \
             ON CONFLICT (tenant, meter, kind, first) DO UPDATE \
             SET state = excluded.state, asked = s.asked + 1, not_before = CASE \
                 WHEN s.not_before BETWEEN $6::text::timestamptz AND clock_timestamp() THEN s.not_before ELSE excluded.not_before END \
             WHERE s.state = 'open'",
            &[&tenant.as_str(), &kind.name(), &meters, &firsts, &states, &began],
        )
        .await?;
    transaction.commit().await?;
    let count = states.iter().filter(|state| **state == "had").count();
    tracing::info!(
        place = station.name(),
        kind = kind.name(),
        asked = open.len(),
        had = count,
        "frozen values"
    );
    Ok(())
}

/// What began before this is not in any concentrator any more.
fn forgotten_before(kind: Kind, today: Date) -> Date {
    let back = match kind {
        Kind::Day => DAYS_KEPT.days(),
        Kind::Month => MONTHS_KEPT.months(),
    };
    today.checked_sub(back).unwrap_or(Date::MIN)
}

/// A concentrator says that the value of a period is there: it may be asked for at once. It may be said while the period is asked for, before
/// anything is known of it here.
pub(super) async fn announced(
    transaction: &deadpool_postgres::Transaction<'_>,
    tenant: &str,
    meter: &str,
    first: Date,
    month: bool,
) -> Result<(), DatabaseError> {
    let kind = if month { Kind::Month } else { Kind::Day };
    transaction
        .execute(
            "INSERT INTO meter_period AS s (tenant, meter, kind, first, state, asked, not_before) \
             SELECT tenant, meter, $3, $4, 'open', 0, now() FROM meter_point \
             WHERE tenant = $1 AND meter = $2 AND date_trunc($3, since::timestamp) <= $4::date::timestamp \
             ON CONFLICT (tenant, meter, kind, first) DO UPDATE SET not_before = now() WHERE s.state = 'open'",
            &[&tenant, &meter, &kind.name(), &first],
        )
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_period_is_asked_for_by_its_date() {
        let first = date(2026, 11, 1);
        assert_eq!(Kind::Day.request(first), Some(vec![0x01, 0x11, 0x26]));
        assert_eq!(Kind::Month.request(first), Some(vec![0x11, 0x26]));
        assert_eq!(Kind::Day.request(date(1999, 12, 31)), None);
    }

    #[test]
    fn what_is_older_than_concentrators_remember_is_missing() {
        let today = date(2026, 11, 26);
        assert_eq!(forgotten_before(Kind::Day, today), date(2026, 9, 25));
        assert_eq!(forgotten_before(Kind::Month, today), date(2024, 10, 26));
    }
}
