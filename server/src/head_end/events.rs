//! What a concentrator tells by itself (0E): kept, then confirmed. It is told again until then, and stands in the table once.

use jiff::ToSpan;
use jiff::civil::{Date, DateTime};
use meterpost_bus::frame::gdw376::item::event::{OfMeter, Record, erc};
use meterpost_bus::master::Told;
use meterpost_ledger::signing::TenantId;
use tokio::sync::mpsc;

use super::periods;
use super::station::Station;
use crate::alarm;
use crate::database::DatabaseError;
use crate::status::alerts::About;

/// What this project's concentrator puts behind a record's own detail: the quality of its clock, the event's number, and the count
/// of its kind.
const OWN: usize = 1 + 4 + 4;

/// A record as its row.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Event {
    code: i16,
    at: DateTime,
    detail: Vec<u8>,
    number: Option<i64>,
    point: Option<i32>,
}

/// Ends when the master is gone.
pub(super) async fn run(station: &Station, reports: &mut mpsc::Receiver<Told>) {
    while let Some(told) = reports.recv().await {
        match keep(station, &told).await {
            Ok(frozen) => {
                told.confirm().await;
                if frozen {
                    station.frozen.notify_one();
                }
            }
            // Not confirmed: it is told again.
            Err(error) => station.database_failed(&error).await,
        }
    }
}

/// Keeps a report's records; whether it tells of a frozen value.
async fn keep(station: &Station, told: &Told) -> Result<bool, DatabaseError> {
    let place = &station.place;
    let tenant = place.tenant.as_str();
    let mut connection = station.head_end.database.connection().await?;
    let transaction = connection.begin(&place.tenant).await?;
    let mut frozen = false;
    for record in &told.report.records {
        if let Some((point, first, month)) = of_period(record) {
            frozen = true;
            if let Some(meter) = meter_at(&transaction, station, point).await? {
                periods::announced(&transaction, tenant, &meter, first, month).await?;
            }
            continue;
        }
        let event = event(record);
        let meter = match event.point {
            Some(point) => meter_at(&transaction, station, point).await?,
            None => None,
        };
        let new = transaction
            .execute(
                "INSERT INTO concentrator_event (tenant, area, address, code, at, detail, number, point, meter, important) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING",
                &[
                    &tenant, &place.area, &place.address, &event.code, &event.at, &event.detail, &event.number,
                    &event.point, &meter, &told.important,
                ],
            )
            .await?;
        // Told again it is no other event, and raises nothing anew.
        if let (1, Some(meter), Some(alarm)) = (new, &meter, alarm_of(record)) {
            let now = (station.head_end.clock)();
            follow(&transaction, &place.tenant, (meter, alarm), now).await?;
        }
    }
    transaction.commit().await?;
    Ok(frozen)
}

async fn meter_at(
    transaction: &deadpool_postgres::Transaction<'_>,
    station: &Station,
    point: i32,
) -> Result<Option<String>, DatabaseError> {
    let place = &station.place;
    let row = transaction
        .query_opt(
            "SELECT meter FROM meter_point WHERE tenant = $1 AND area = $2 AND address = $3 AND point = $4",
            &[&place.tenant.as_str(), &place.area, &place.address, &point],
        )
        .await?;
    Ok(row.map(|row| row.try_get(0)).transpose()?)
}

/// The point, the first day and whether it is a month, of a record that says that a frozen value is there. Its time is the end of
/// the period.
fn of_period(record: &Record) -> Option<(i32, Date, bool)> {
    let (&[low, high, kind], []) = record.detail.split_first_chunk::<3>()? else {
        return None;
    };
    if record.code != erc::FROZEN {
        return None;
    }
    let end = record.at.time().to_civil().date();
    let (back, month) = match kind {
        0 => (1.days(), false),
        1 => (1.months(), true),
        _ => return None,
    };
    let first = end.checked_sub(back).ok()?;
    Some((i32::from(u16::from_le_bytes([low, high])), first, month))
}

/// Of a meter's faults, that its battery is low; others are events and no alarms.
const BATTERY: u8 = 0x08;

/// What an event of a meter means for its alarms: the kind, a sentence for people, and whether it begins.
fn alarm_of(record: &Record) -> Option<(&'static str, &'static str, bool)> {
    let (of, flags) = OfMeter::from_detail(&record.detail)?;
    let is_battery = !of.begins || flags.first().is_some_and(|flags| flags & BATTERY != 0);
    let (kind, words) = match record.code {
        erc::METER_LOST => ("lost", "the meter does not answer any more"),
        erc::TAMPER => (
            "tamper",
            "the meter says that it was opened, or disturbed by a magnet",
        ),
        erc::METER_FAULT if is_battery => ("battery", "the meter's battery is low"),
        _ => return None,
    };
    Some((kind, words, of.begins))
}

async fn follow(
    transaction: &deadpool_postgres::Transaction<'_>,
    tenant: &TenantId,
    (meter, (kind, words, begins)): (&str, (&str, &str, bool)),
    now: u64,
) -> Result<(), DatabaseError> {
    let subject = (About::Meter, meter, kind);
    match begins {
        true => alarm::raise(transaction, tenant, subject, words, now).await?,
        false => alarm::end(transaction, tenant, subject, now).await?,
    };
    Ok(())
}

/// How long the detail of a code is that the standard or this project defines; `None` for others.
fn own_length(code: u8) -> Option<usize> {
    Some(match code {
        erc::STARTED | erc::CLOCK_SET => 0,
        erc::PARAMETERS_CHANGED | erc::TERMINAL_FAULT => 1,
        erc::METER_CLOCK
        | erc::METER_LOST
        | erc::TAMPER
        | erc::SUPPLY_CHANGED
        | erc::SUPPLY_SWITCHED => 2,
        erc::METER_FAULT => 3,
        _ => return None,
    })
}

fn event(record: &Record) -> Event {
    let length = own_length(record.code);
    let numbered = length.filter(|length| record.detail.len() == length + OWN);
    let number = numbered.and_then(|length| record.detail.get(length + 1..)?.first_chunk::<4>());
    let of_meter = length.is_some_and(|length| length >= 2);
    let point = of_meter
        .then(|| OfMeter::from_detail(&record.detail))
        .flatten();
    Event {
        code: i16::from(record.code),
        at: record.at.time().to_civil(),
        detail: record.detail.clone(),
        number: number.map(|bytes| i64::from(u32::from_le_bytes(*bytes))),
        point: point.map(|(of, _)| i32::from(of.point)),
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use meterpost_bus::frame::gdw376::item::time::Minute;
    use meterpost_bus::frame::wall_time::WallTime;
    use proptest::prelude::*;

    use super::*;

    fn record(code: u8, detail: &str) -> Record {
        Record {
            code,
            at: Minute::of(WallTime::new(2026, 11, 26, 0, 0, 0).unwrap()),
            detail: hex::decode(detail).unwrap(),
        }
    }

    #[test]
    fn an_event_of_our_own_concentrator_has_its_number() {
        let event = event(&record(erc::METER_LOST, "0780030201000002000000"));
        assert_eq!((event.number, event.point), (Some(258), Some(7)));
        let started = super::event(&record(erc::STARTED, "030500000001000000"));
        assert_eq!((started.number, started.point), (Some(5), None));
    }

    #[test]
    fn what_an_event_means_for_the_alarms_of_its_meter() {
        let alarm =
            |code, detail| alarm_of(&record(code, detail)).map(|(kind, _, begins)| (kind, begins));
        for (code, detail, expected) in [
            (erc::METER_LOST, "0780", Some(("lost", true))),
            (erc::METER_LOST, "0700", Some(("lost", false))),
            (erc::TAMPER, "0780", Some(("tamper", true))),
            (erc::METER_FAULT, "078008", Some(("battery", true))),
            (erc::METER_FAULT, "070000", Some(("battery", false))),
            (erc::METER_FAULT, "078080", None),
            (erc::METER_CLOCK, "0780", None),
            (erc::SUPPLY_CHANGED, "078000", None),
            (erc::TAMPER, "07", None),
        ] {
            assert_eq!(alarm(code, detail), expected, "{code} {detail}");
        }
    }

    #[test]
    fn an_event_of_another_maker_is_kept_without_a_number() {
        let event = event(&record(erc::METER_CLOCK, "0780"));
        assert_eq!((event.number, event.point), (None, Some(7)));
        let unknown = super::event(&record(99, "0102030405060708090A0B"));
        assert_eq!((unknown.number, unknown.point), (None, None));
        assert_eq!(unknown.detail.len(), 11);
    }

    #[test]
    fn a_frozen_value_is_told_with_the_end_of_its_period() {
        let day = of_period(&record(erc::FROZEN, "2C0100"));
        assert_eq!(day, Some((300, date(2026, 11, 25), false)));
        let mut month = record(erc::FROZEN, "2C0101");
        month.at = Minute::of(WallTime::new(2026, 11, 1, 0, 0, 0).unwrap());
        assert_eq!(of_period(&month), Some((300, date(2026, 10, 1), true)));
        assert_eq!(of_period(&record(erc::FROZEN, "2C0102")), None);
        assert_eq!(of_period(&record(erc::TAMPER, "2C0100")), None);
    }

    proptest! {
        #[test]
        fn any_record_becomes_an_event(code in any::<u8>(), detail in proptest::collection::vec(any::<u8>(), 0..30)) {
            let record = Record { code, detail, ..record(0, "") };
            let _ = of_period(&record);
            prop_assert_eq!(event(&record).detail, record.detail);
        }
    }
}
