//! Commands: trips and switches, readings through relays, batches.

use super::super::item::Unit;
use super::super::item::batch::{Status, Task};
use super::super::item::control::{Switch, Trip};
use super::super::item::relayed::{Outcome, Reply, Request};
use super::super::{Item, UnitError, afn};
use super::printed;
use crate::decode::Field;

/// Values by name and unit.
pub(super) fn values(
    function: u8,
    upward: bool,
    item: &Item,
) -> Option<Result<Vec<Field>, UnitError>> {
    let unit = item.data.as_slice();
    Some(match (function, item.function, upward) {
        (afn::CONTROL, 1, false) => Trip::decode(unit).map(trip),
        (afn::CONTROL, 240, false) => Switch::decode(unit).map(switch),
        (afn::FORWARD, 9, false) => Request::decode(unit).map(|request| asked(&request)),
        (afn::FORWARD, 9, true) => Reply::decode(unit).map(|reply| answered(&reply)),
        (afn::FORWARD, 12, false) => Task::decode(unit).map(|wanted| task(&wanted)),
        (afn::FORWARD, 13, true) => Status::decode(unit).map(status),
        _ => return None,
    })
}

fn trip(trip: Trip) -> Vec<Field> {
    let minutes = u16::from(trip.half_hours) * 30;
    vec![
        Field::with_unit("off_for", Some(minutes.to_string()), "min"),
        Field::with_unit("alarm", Some(trip.alarm_minutes.to_string()), "min"),
    ]
}

fn switch(switch: Switch) -> Vec<Field> {
    vec![
        Field::new("supply", if switch.on { "on" } else { "off" }),
        Field::new("valid_until", switch.valid_until.to_string()),
    ]
}

fn asked(request: &Request) -> Vec<Field> {
    let relays: Vec<_> = request.relays.iter().copied().map(printed).collect();
    let protocol = match request.kind {
        0 => "DL/T 645-1997".to_owned(),
        1 => "DL/T 645-2007".to_owned(),
        other => other.to_string(),
    };
    vec![
        Field::new("port", request.port.to_string()),
        Field::new("relays", relays.join(" ")),
        Field::new("target", printed(request.target)),
        Field::new("meter_protocol", protocol),
        Field::new("identifier", identifier(request.identifier)),
    ]
}

fn answered(reply: &Reply) -> Vec<Field> {
    let outcome = match reply.outcome {
        Outcome::NotSent => "not_sent",
        Outcome::Silent => "silent",
        Outcome::Refused => "refused",
        Outcome::Read => "read",
    };
    vec![
        Field::new("port", reply.port.to_string()),
        Field::new("target", printed(reply.target)),
        Field::new("outcome", outcome),
        Field::new("identifier", identifier(reply.identifier)),
        Field::new("meter_data", hex::encode_upper(&reply.data)),
    ]
}

fn identifier(bytes: [u8; 4]) -> String {
    format!("{:08X}", u32::from_le_bytes(bytes))
}

fn task(task: &Task) -> Vec<Field> {
    let points: Vec<_> = task.points.iter().map(u16::to_string).collect();
    let points = if points.is_empty() {
        "all".to_owned()
    } else {
        points.join(" ")
    };
    vec![
        Field::new("task", task.number.to_string()),
        Field::new("points", points),
    ]
}

fn status(status: Status) -> Vec<Field> {
    vec![
        Field::new("task", status.number.to_string()),
        Field::new("points", status.points.to_string()),
        Field::new("read", status.read.to_string()),
        Field::new("failed", status.failed.to_string()),
    ]
}
