//! AFN 10H F12 and F13: readings of many points now, and how far they are. What is read is fetched as class 1 data.

use std::sync::Arc;
use std::time::Duration;

use super::super::node::Node;
use super::super::reader::read_now;
use super::super::reply::Reply;
use super::password_is_wrong;
use crate::frame::gdw376::confirm::not_forwarded;
use crate::frame::gdw376::item::Unit;
use crate::frame::gdw376::item::batch::{Status, Task};
use crate::frame::gdw376::{Control, Frame, Item, afn};

/// How long one reading waits for its wire.
const TURN: Duration = Duration::from_secs(60);

/// Begins a task; one with the number of a task that is known is not begun again.
pub(super) fn begin(node: &Arc<Node>, frame: &Frame, item: &Item, reply: &Reply) {
    if password_is_wrong(node, frame) {
        return reply.verdict(afn::FORWARD, item.function, not_forwarded::PASSWORD);
    }
    let Ok(task) = Task::decode(&item.data) else {
        return reply.verdict(afn::FORWARD, item.function, not_forwarded::MALFORMED);
    };
    let roster = node.station.roster();
    let mut points: Vec<u16> = match task.points.as_slice() {
        [] => roster.points().map(|(point, _)| point).collect(),
        named => named.to_vec(),
    };
    points.sort_unstable();
    points.dedup();
    let count = u16::try_from(points.len()).unwrap_or(u16::MAX);
    if node.station.begin_task(task.number, count) {
        for (port, points) in by_port(node, points, task.number) {
            tokio::spawn(read_all(Arc::clone(node), port, points, task.number));
        }
    }
    reply.confirm();
}

/// The points of each wire; those that are on none have failed at once.
fn by_port(node: &Node, points: Vec<u16>, number: u16) -> Vec<(u8, Vec<u16>)> {
    let roster = node.station.roster();
    let mut wires = std::collections::BTreeMap::<u8, Vec<u16>>::new();
    for point in points {
        let port = roster.get(point).map(|known| known.port);
        match port.filter(|port| node.segments.contains_key(port)) {
            Some(port) => wires.entry(port).or_default().push(point),
            None => node.station.task_done(number, false),
        }
    }
    wires.into_iter().collect()
}

async fn read_all(node: Arc<Node>, port: u8, points: Vec<u16>, number: u16) {
    let Some(segment) = node.segments.get(&port) else {
        return;
    };
    for point in points {
        let roster = node.station.roster();
        let read = match roster.get(point) {
            Some(known) => {
                read_now(
                    &node.station,
                    segment.entrance(),
                    segment.settings(),
                    point,
                    known,
                    TURN,
                )
                .await
            }
            None => false,
        };
        node.station.task_done(number, read);
    }
}

/// How far a task is.
pub(super) fn status(node: &Node, item: &Item, reply: &Reply) {
    let number = match item.data.as_slice() {
        [low, high] => u16::from_le_bytes([*low, *high]),
        _ => return reply.verdict(afn::FORWARD, item.function, not_forwarded::MALFORMED),
    };
    match node.station.task(number) {
        Some(status) => {
            let unit = Status::encode(&status).map(|unit| Item::of_terminal(item.function, unit));
            reply.send(Control::RESPONSE, afn::FORWARD, unit);
        }
        None => reply.deny(),
    }
}
