//! Parameters: the reading schedule, the standard's own cascade, purchase control.

use super::super::item::Unit;
use super::super::item::cascading::Cascading;
use super::super::item::purchase::{Mode, Purchase};
use super::super::item::schedule::{HourMinute, PortSchedule, Schedule};
use super::super::{Item, UnitError};
use crate::decode::Field;

/// Values by name and unit.
pub(super) fn values(item: &Item) -> Option<Result<Vec<Field>, UnitError>> {
    let unit = item.data.as_slice();
    Some(match item.function {
        33 => Schedule::decode(unit).map(|Schedule(ports)| ports.iter().flat_map(port).collect()),
        37 => Cascading::decode(unit).map(|cascading| cascade(&cascading)),
        47 => Purchase::decode(unit).map(|bought| purchase(&bought)),
        _ => return None,
    })
}

fn port(schedule: &PortSchedule) -> Vec<Field> {
    let name = |what: &str| format!("port_{}_{what}", schedule.port);
    let days: Vec<_> = (0..31u32)
        .filter(|day| schedule.days >> day & 1 == 1)
        .map(|day| (day + 1).to_string())
        .collect();
    let clock_day = match schedule.clock_day {
        0 => "every day".to_owned(),
        day => format!("day {day}"),
    };
    let mut fields = vec![
        Field::new(name("control"), format!("{:04X}", schedule.control)),
        Field::new(name("days"), days.join(" ")),
        Field::new(name("at"), time(schedule.at)),
        Field::with_unit(name("interval"), Some(schedule.interval.to_string()), "min"),
        Field::new(
            name("clocks_set"),
            format!("{clock_day} {}", time(schedule.clock_at)),
        ),
    ];
    for (from, to) in &schedule.allowed {
        fields.push(Field::new(
            name("allowed"),
            format!("{} to {}", time(*from), time(*to)),
        ));
    }
    fields
}

fn time(at: HourMinute) -> String {
    format!("{:02}:{:02}", at.hour(), at.minute())
}

fn cascade(cascading: &Cascading) -> Vec<Field> {
    let ms = |name: &str, number: u8, each: u32| {
        Field::with_unit(name, Some((u32::from(number) * each).to_string()), "ms")
    };
    let side = if cascading.passive {
        "passive"
    } else {
        "active"
    };
    let mut fields = vec![
        Field::new("port", cascading.port.to_string()),
        Field::new("framing", super::forwarded::framing(cascading.control)),
        ms("message_timeout", cascading.message_timeout, 100),
        ms("byte_timeout", cascading.byte_timeout, 10),
        Field::new("retries", cascading.retries.to_string()),
        Field::with_unit("poll", Some(cascading.poll_minutes.to_string()), "min"),
        Field::new("side", side),
    ];
    for ((area, terminal), number) in cascading.others.iter().zip(1..) {
        let name = format!("terminal_{number}");
        fields.push(Field::new(name, format!("{area:04X}-{terminal}")));
    }
    fields
}

fn purchase(bought: &Purchase) -> Vec<Field> {
    let mode = match bought.mode {
        Mode::Append => "added",
        Mode::Refresh => "replaced",
    };
    // Whether these are kWh or money is told by another parameter: the bytes as on the wire.
    let bytes = |name: &str, amount: [u8; 4]| Field::new(name, hex::encode_upper(amount));
    vec![
        Field::new("order", bought.order.to_string()),
        Field::new("mode", mode),
        bytes("amount_bytes", bought.amount),
        bytes("alarm_bytes", bought.alarm),
        bytes("trip_bytes", bought.trip),
    ]
}
