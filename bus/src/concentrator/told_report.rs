//! A report as a spontaneous AFN 0EH F1 or F2 with one record, and events as records.
//!
//! What follows the detail that the code asks for is this project's own: the quality of the clock (1), the event's number (4)
//! and the count of its kind (4), so that whoever gets a report twice can tell.

use super::clock::{LocalSeconds, wall_time_of};
use super::event::{Event, EventKind};
use super::freeze;
use super::store::{Period, Report};
use crate::frame::gdw376::Item;
use crate::frame::gdw376::UnitError;
use crate::frame::gdw376::item::Unit;
use crate::frame::gdw376::item::event::{self, OfMeter, Record, erc};
use crate::frame::gdw376::item::time::Minute;

/// F1: important events; F2: all others.
pub(super) const IMPORTANT: u8 = 1;
pub(super) const GENERAL: u8 = 2;

/// Flags of [`erc::METER_FAULT`].
const BATTERY_LOW: u8 = 0x08;
const OTHER_FAULT: u8 = 0x80;
/// Details of [`erc::TERMINAL_FAULT`].
const MEMORY: u8 = 1;
const WIRE: u8 = 4;
/// The station that changed a parameter is not known to the event.
const NO_STATION: u8 = 0;

/// How many important and general events there have been; the frame carries the low bytes.
pub(super) fn counters(counts: &[(EventKind, i64)]) -> [u8; 2] {
    let sum = |important: bool| {
        let of_class = counts
            .iter()
            .filter(|(kind, _)| kind.is_important() == important);
        let sum: i64 = of_class.map(|(_, count)| *count).sum();
        sum.to_le_bytes().first().copied().unwrap_or(0)
    };
    [sum(true), sum(false)]
}

/// The item that tells a report.
///
/// # Errors
/// [`UnitError`] when its time or point has no code.
pub(super) fn item(report: &Report, [important, ordinary]: [u8; 2]) -> Result<Item, UnitError> {
    let no_code = UnitError::Malformed("an event's time or point has no code");
    let (function, record) = match report {
        Report::Event(event) if event.kind.is_important() => (IMPORTANT, of_event(event)),
        Report::Event(event) => (GENERAL, of_event(event)),
        Report::Freeze { point, period } => (GENERAL, of_freeze(*point, *period)),
    };
    let behind = if function == IMPORTANT {
        important
    } else {
        ordinary
    };
    let unit = event::Report {
        important,
        ordinary,
        first: behind.wrapping_sub(1),
        behind,
        records: vec![record.ok_or(no_code)?],
    };
    Ok(Item::of_terminal(function, unit.encode()?))
}

/// An event's record; `None` where its time or point has no code.
pub(super) fn of_event(event: &Event) -> Option<Record> {
    let meter = |begins: bool| {
        let point = event.point;
        OfMeter { point, begins }
            .to_bytes()
            .map(|bytes| bytes.to_vec())
    };
    let with = |more: &[u8]| Some([meter(true)?.as_slice(), more].concat());
    let (code, detail) = match event.kind {
        EventKind::PowerUp => (erc::STARTED, Some(Vec::new())),
        EventKind::ArchiveChanged => (erc::PARAMETERS_CHANGED, Some(vec![NO_STATION])),
        EventKind::MeterLost => (erc::METER_LOST, meter(true)),
        EventKind::MeterBack => (erc::METER_LOST, meter(false)),
        EventKind::Tamper => (erc::TAMPER, meter(true)),
        EventKind::BatteryLow => (erc::METER_FAULT, with(&[BATTERY_LOW])),
        EventKind::ClockOff => (erc::METER_CLOCK, meter(true)),
        EventKind::MeterFault => (erc::METER_FAULT, with(&[OTHER_FAULT])),
        EventKind::SupplyChanged => (erc::SUPPLY_CHANGED, meter(true)),
        EventKind::SupplySwitched => (erc::SUPPLY_SWITCHED, meter(true)),
        EventKind::ClockSet => (erc::CLOCK_SET, Some(Vec::new())),
        EventKind::SegmentDown => (erc::TERMINAL_FAULT, Some(vec![WIRE])),
        EventKind::StoreFailed => (erc::TERMINAL_FAULT, Some(vec![MEMORY])),
    };
    let mut detail = detail?;
    detail.push(event.seen.quality.code());
    detail.extend(low(event.number));
    detail.extend(low(event.count));
    Some(Record {
        code,
        at: minute(event.seen.at)?,
        detail,
    })
}

/// A frozen value is told with the end of its period.
fn of_freeze(point: u16, period: Period) -> Option<Record> {
    let kind = match period {
        Period::Day(_) => 0,
        Period::Month(_) => 1,
    };
    let [a, b] = point.to_le_bytes();
    Some(Record {
        code: erc::FROZEN,
        at: minute(freeze::day_after(period)?)?,
        detail: vec![a, b, kind],
    })
}

fn minute(at: LocalSeconds) -> Option<Minute> {
    wall_time_of(at).map(Minute::of)
}

/// The low four bytes, low byte first.
fn low(number: i64) -> [u8; 4] {
    let [a, b, c, d, ..] = number.to_le_bytes();
    [a, b, c, d]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::concentrator::clock::{ClockQuality, Stamp, seconds_of};
    use crate::frame::wall_time::WallTime;

    fn event(kind: EventKind) -> Event {
        Event {
            number: 258,
            kind,
            seen: Stamp {
                at: seconds_of(WallTime::new(2026, 11, 25, 13, 45, 59).unwrap()),
                quality: ClockQuality::Ntp,
            },
            point: 7,
            count: 2,
        }
    }

    #[test]
    fn an_important_event_goes_by_f1_with_its_time_point_and_counts() {
        let counts = [(EventKind::MeterLost, 257), (EventKind::PowerUp, 3)];
        let report = Report::Event(event(EventKind::MeterLost));
        let item = item(&report, counters(&counts)).unwrap();
        assert_eq!((item.point, item.function), (0, 1));
        let expected =
            "01030001".to_owned() + "C910" + "4513251126" + "0780" + "03" + "02010000" + "02000000";
        assert_eq!(hex::encode_upper(item.data), expected);
    }

    #[test]
    fn a_frozen_value_is_told_by_f2_with_the_end_of_its_period() {
        let report = Report::Freeze {
            point: 300,
            period: Period::Day(9_825),
        };
        let item = item(&report, [0, 5]).unwrap();
        assert_eq!(item.function, 2);
        assert_eq!(
            hex::encode_upper(item.data),
            "00050405CE080000261126".to_owned() + "2C0100"
        );
    }

    #[test]
    fn every_kind_of_event_has_a_record_that_decodes() {
        for kind in EventKind::ALL {
            let told = item(&Report::Event(event(kind)), [1, 1]).unwrap();
            let read = event::Report::decode(&told.data).unwrap();
            assert_eq!(read.records.len(), 1, "{kind:?}");
        }
    }

    #[test]
    fn a_lost_meter_and_its_return_are_two_ends_of_one_event() {
        let of = |kind| of_event(&event(kind)).unwrap();
        let (lost, back) = (of(EventKind::MeterLost), of(EventKind::MeterBack));
        assert_eq!(lost.code, back.code);
        let begins = |record: &Record| OfMeter::from_detail(&record.detail).unwrap().0.begins;
        assert!(begins(&lost) && !begins(&back));
    }
}
