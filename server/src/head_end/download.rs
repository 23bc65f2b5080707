//! A concentrator's meter archive (0A and 04 F10) and clock (0C F2, 05 F31), brought to what they should be.

use jiff::civil::DateTime;
use meterpost_bus::frame::gdw376::archive::{self, Meter};
use meterpost_bus::frame::gdw376::item::Unit;
use meterpost_bus::frame::gdw376::item::time::Clock;
use meterpost_bus::frame::gdw376::{Item, afn};
use meterpost_bus::frame::wall_time::WallTime;
use meterpost_bus::master::RequestError;
use thiserror::Error;

use super::archive::{difference, entry};
use super::concentrator::archive_is;
use super::station::Station;
use crate::database::DatabaseError;
use crate::orders::MeterRow;

/// The archive.
const ARCHIVE: u8 = 10;
/// Entries set in one frame.
const ENTRIES: usize = 20;
/// The clock, read and set.
const READ_CLOCK: u8 = 2;
const SET_CLOCK: u8 = 31;
/// Seconds that a clock may be off.
const OFF: i64 = 30;

/// Why it is not as it should be.
#[derive(Debug, Error)]
pub(super) enum DownloadError {
    /// It did not answer, or not with sense.
    #[error(transparent)]
    Request(#[from] RequestError),
    /// It said no.
    #[error("{0}")]
    Refused(String),
    /// Its own fault.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

/// Its meters are those of the directory; asked for, compared, and only the difference set.
pub(super) async fn meters(station: &Station, rows: &[MeterRow]) -> Result<(), DownloadError> {
    let should: Vec<Meter> = rows.iter().filter_map(entry).collect();
    let mut entries = difference(&has(station).await?, &should);
    if !entries.is_empty() {
        let total = entries.len();
        let place = station.name();
        tracing::info!(place, total, of = should.len(), "the meter archive differs");
        let mut set = 0;
        for chunk in entries.chunks(ENTRIES) {
            let unit = archive::encode(chunk).map_err(RequestError::from)?;
            let verdicts = station
                .master
                .set(vec![Item::of_terminal(ARCHIVE, unit)])
                .await?;
            if let Some(verdict) = verdicts.iter().find(|verdict| verdict.error != 0) {
                return Err(DownloadError::Refused(format!(
                    "it refuses the meter archive (error {}) after {set} of {total} changes; is its password right?",
                    verdict.error
                )));
            }
            set += chunk.len();
            tracing::info!(place, set, total, "meter archive");
        }
        entries = difference(&has(station).await?, &should);
    }
    if !entries.is_empty() {
        return Err(DownloadError::Refused(format!(
            "{} entries of its meter archive are not what was set",
            entries.len()
        )));
    }
    let size = i32::try_from(should.len()).unwrap_or(i32::MAX);
    archive_is(&station.head_end.database, &station.place, size).await?;
    Ok(())
}

async fn has(station: &Station) -> Result<Vec<Meter>, RequestError> {
    let asked = vec![Item::of_terminal(ARCHIVE, Vec::new())];
    let told = match station.master.parameters(asked).await {
        Ok(told) => told,
        Err(RequestError::Nothing) => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut meters = Vec::new();
    for item in told.iter().filter(|item| item.function == ARCHIVE) {
        meters.extend(archive::decode(&item.data)?);
    }
    Ok(meters)
}

/// Its clock is the time of the tenant's zone, give or take half a minute. Once in a session it is set even where it is right: the protocol does not
/// tell whether the concentrator believes it, and one without a battery for its clock keeps no frozen values until a master has said so.
pub(super) async fn clock(station: &Station, at_once: bool) -> Result<(), DownloadError> {
    let told = station.master.current(&[(0, READ_CLOCK)]).await?;
    let told = told.iter().find(|item| item.function == READ_CLOCK);
    let told = told.ok_or(RequestError::Nothing)?;
    let Clock(its) = Clock::decode(&told.data).map_err(RequestError::from)?;
    let ours = wall(station.local())?;
    let off = its.seconds_since(ours);
    if off.abs() <= OFF && !at_once {
        return Ok(());
    }
    let unit = Clock(wall(station.local())?)
        .encode()
        .map_err(RequestError::from)?;
    let verdicts = station
        .master
        .command(vec![Item::of_terminal(SET_CLOCK, unit)])
        .await?;
    if verdicts.iter().any(|verdict| verdict.error != 0) {
        return Err(DownloadError::Refused(format!(
            "its clock is {off} s off, and it refuses to be set (AFN {:02X} F{SET_CLOCK})",
            afn::CONTROL
        )));
    }
    tracing::info!(place = station.name(), off, "clock set");
    Ok(())
}

fn wall(time: DateTime) -> Result<WallTime, DownloadError> {
    WallTime::from_civil(time).ok_or_else(|| {
        DownloadError::Refused("this machine's clock shows no year from 2000 to 2099".to_owned())
    })
}
