//! What a concentrator read, asked for once a cycle: class 1 data, then the days and months that are not settled.

use std::collections::BTreeMap;
use std::time::Duration;

use meterpost_bus::frame::gdw376::Item;
use meterpost_bus::frame::gdw376::item::Unit;
use meterpost_bus::frame::gdw376::item::schedule::Schedule;
use meterpost_bus::master::RequestError;

use super::download::{self, DownloadError};
use super::periods;
use super::readings::{Value, store};
use super::station::Station;
use super::told::{BOOKS, ENERGY, QUANTITY, current};
use crate::database::DatabaseError;
use crate::orders::{METER_COLUMNS, MeterRow};

/// Items in one question.
const ITEMS: usize = 60;
/// How often a concentrator reads, where it does not say.
const CYCLE: Duration = Duration::from_secs(15 * 60);
/// The shortest and the longest time between two rounds.
const SHORTEST: Duration = Duration::from_secs(60);
const LONGEST: Duration = Duration::from_secs(24 * 3600);
/// A report of a frozen value seldom comes alone.
const GATHER: Duration = Duration::from_secs(2);
/// The reading schedule, 0A F33.
const SCHEDULE: u8 = 33;

/// Never ends by itself.
pub(super) async fn run(station: &Station) {
    let mut cycle = None;
    let mut first = true;
    loop {
        let trouble = match round(station, first).await {
            Ok(()) => {
                first = false;
                None
            }
            Err(DownloadError::Database(error)) => {
                station.database_failed(&error).await;
                continue;
            }
            Err(error) => Some(error.to_string()),
        };
        station.trouble(trouble.as_deref()).await;
        let pause = match station.head_end.config.poll_seconds {
            Some(seconds) => Duration::from_secs(seconds),
            None => match cycle {
                Some(cycle) => cycle,
                None => *cycle.insert(reads_every(station).await),
            },
        };
        let next = tokio::time::Instant::now() + pause;
        while let Ok(()) = tokio::time::timeout_at(next, station.frozen.notified()).await {
            tokio::time::sleep(GATHER).await;
            if let Err(error) = backfill(station).await {
                tracing::warn!(place = station.name(), %error, "frozen values cannot be fetched");
            }
        }
    }
}

async fn round(station: &Station, first: bool) -> Result<(), DownloadError> {
    station.look_at_zone().await?;
    let rows = meters(station).await?;
    download::clock(station, first).await?;
    download::meters(station, &rows).await?;
    poll(station, &rows).await?;
    periods::settle(station, &rows).await
}

async fn backfill(station: &Station) -> Result<(), DownloadError> {
    let rows = meters(station).await?;
    periods::settle(station, &rows).await
}

/// The meters of the directory that hang on this concentrator.
async fn meters(station: &Station) -> Result<Vec<MeterRow>, DatabaseError> {
    let place = &station.place;
    let mut connection = station.head_end.database.connection().await?;
    let transaction = connection.begin(&place.tenant).await?;
    let sql = format!(
        "SELECT {METER_COLUMNS} FROM meter_point p JOIN meter m ON m.tenant = p.tenant AND m.number = p.meter \
         WHERE p.tenant = $1 AND p.area = $2 AND p.address = $3 ORDER BY p.point"
    );
    let rows = transaction
        .query(&sql, &[&place.tenant.as_str(), &place.area, &place.address])
        .await?;
    let rows: Result<_, _> = rows.iter().map(|row| MeterRow::of(row, 0)).collect();
    Ok(rows?)
}

/// How often its wires are read: the shortest interval of its schedule.
async fn reads_every(station: &Station) -> Duration {
    let asked = vec![Item::of_terminal(SCHEDULE, Vec::new())];
    let Ok(told) = station.master.parameters(asked).await else {
        return CYCLE;
    };
    let ports = told
        .iter()
        .filter(|item| item.function == SCHEDULE)
        .filter_map(|item| Schedule::decode(&item.data).ok())
        .flat_map(|schedule| schedule.0);
    let shortest = ports
        .map(|port| port.interval)
        .filter(|minutes| *minutes > 0)
        .min();
    shortest.map_or(CYCLE, |minutes| {
        Duration::from_secs(u64::from(minutes) * 60).clamp(SHORTEST, LONGEST)
    })
}

/// What is asked of a meter.
fn functions(row: &MeterRow) -> impl Iterator<Item = u8> {
    let measured = match row.utility.as_str() {
        "electricity" => ENERGY,
        _ => QUANTITY,
    };
    std::iter::once(measured).chain(row.on_meter.then_some(BOOKS))
}

async fn poll(station: &Station, rows: &[MeterRow]) -> Result<(), DownloadError> {
    let names = by_point(rows);
    let asked: Vec<(u16, u8)> = rows
        .iter()
        .filter_map(|row| Some((u16::try_from(row.point).ok()?, row)))
        .flat_map(|(point, row)| functions(row).map(move |function| (point, function)))
        .collect();
    for chunk in asked.chunks(ITEMS) {
        let told = match station.master.current(chunk).await {
            Ok(told) => told,
            Err(RequestError::Nothing) => continue,
            Err(error) => return Err(error.into()),
        };
        let values = understood(station, &names, &told, current);
        keep(station, &values).await?;
    }
    Ok(())
}

/// The meters' numbers by their points.
pub(super) fn by_point(rows: &[MeterRow]) -> BTreeMap<u16, &str> {
    rows.iter()
        .filter_map(|row| Some((u16::try_from(row.point).ok()?, row.number.as_str())))
        .collect()
}

type Decode = fn(&str, u8, &[u8]) -> Result<Option<Value>, meterpost_bus::frame::gdw376::UnitError>;

/// What makes sense of an answer; the rest is told.
pub(super) fn understood(
    station: &Station,
    names: &BTreeMap<u16, &str>,
    told: &[Item],
    decode: Decode,
) -> Vec<Value> {
    let mut values = Vec::new();
    for item in told {
        let Some(meter) = names.get(&item.point) else {
            continue;
        };
        match decode(meter, item.function, &item.data) {
            Ok(value) => values.extend(value),
            Err(error) => tracing::warn!(
                place = station.name(), point = item.point, function = item.function, %error,
                "a reading that cannot be read"
            ),
        }
    }
    values
}

async fn keep(station: &Station, values: &[Value]) -> Result<(), DatabaseError> {
    let tenant = &station.place.tenant;
    let mut connection = station.head_end.database.connection().await?;
    let transaction = connection.begin(tenant).await?;
    let stored = store(&transaction, tenant, values).await?;
    transaction.commit().await?;
    tracing::debug!(
        place = station.name(),
        told = values.len(),
        ?stored,
        "readings"
    );
    Ok(())
}
