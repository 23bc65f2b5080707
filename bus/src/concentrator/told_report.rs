//! A report as a spontaneous AFN 0EH F1 or F2: event counters EC1 and EC2, the pointers Pm and Pn, and one record
//! `ERC, length, content`.
//!
//! The records are this project's own, with numbers above those of the standard, for what happened here has no record there
//! that would say all of it.

use super::clock::{LocalSeconds, wall_time_of};
use super::event::{Event, EventKind};
use super::store::{Period, Report};
use crate::frame::gdw376::Item;

/// Number of an event's record: this and the event's code.
const EVENT: u8 = 0xC0;
/// Number of the record that says that a frozen value is there.
const FROZEN: u8 = 0xE0;
/// F1: important events; F2: all others.
const IMPORTANT: u8 = 1;
const GENERAL: u8 = 2;

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
pub(super) fn item(report: &Report, counters: [u8; 2]) -> Item {
    let (function, record) = match report {
        Report::Event(event) if event.kind.is_important() => (IMPORTANT, of_event(event)),
        Report::Event(event) => (GENERAL, of_event(event)),
        Report::Freeze { point, period } => (GENERAL, of_freeze(*point, *period)),
    };
    let [important, general] = counters;
    let newest = if function == IMPORTANT {
        important
    } else {
        general
    };
    let mut unit = vec![important, general, newest.wrapping_sub(1), newest];
    unit.extend(record);
    Item::of_terminal(function, unit)
}

/// Time (minute, hour, day, month, year in packed decimals; `EE` where there is none), quality of the clock, point, count of
/// the kind, number.
fn of_event(event: &Event) -> Vec<u8> {
    let mut content = minute(event.seen.at).to_vec();
    content.push(event.seen.quality.code());
    content.extend(event.point.to_le_bytes());
    content.extend(low(event.count));
    content.extend(low(event.number));
    with_head(EVENT + event.kind.code(), content)
}

/// Point, kind (0 = day, 1 = month), period.
fn of_freeze(point: u16, period: Period) -> Vec<u8> {
    let (kind, number) = match period {
        Period::Day(day) => (0, day),
        Period::Month(month) => (1, month),
    };
    let mut content = point.to_le_bytes().to_vec();
    content.push(kind);
    content.extend(low(number));
    with_head(FROZEN, content)
}

fn with_head(number: u8, content: Vec<u8>) -> Vec<u8> {
    let length = u8::try_from(content.len()).unwrap_or(u8::MAX);
    [vec![number, length], content].concat()
}

fn minute(at: LocalSeconds) -> [u8; 5] {
    wall_time_of(at).map_or([0xEE; 5], |time| {
        let [_, minute, hour, day, month, year] = time.to_bcd();
        [minute, hour, day, month, year]
    })
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

    #[test]
    fn an_important_event_goes_by_f1_with_its_time_point_and_counts() {
        let event = Event {
            number: 258,
            kind: EventKind::MeterLost,
            seen: Stamp {
                at: seconds_of(WallTime::new(2026, 11, 25, 13, 45, 59).unwrap()),
                quality: ClockQuality::Ntp,
            },
            point: 7,
            count: 2,
        };
        let counts = [(EventKind::MeterLost, 257), (EventKind::PowerUp, 3)];
        let item = item(&Report::Event(event), counters(&counts));
        assert_eq!((item.point, item.function), (0, 1));
        let expected =
            "01030001C310".to_owned() + "4513251126" + "03" + "0700" + "02000000" + "02010000";
        assert_eq!(hex::encode_upper(item.data), expected);
    }

    #[test]
    fn a_frozen_value_is_told_by_f2() {
        let report = Report::Freeze {
            point: 300,
            period: Period::Day(9_825),
        };
        let item = item(&report, [0, 5]);
        assert_eq!(item.function, 2);
        assert_eq!(hex::encode_upper(item.data), "00050405E0072C010061260000");
    }
}
