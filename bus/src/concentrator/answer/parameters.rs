//! AFN 04H and 0AH: parameters. Each item has its own verdict.
//!
//! | Fn | 04 | 0A |
//! |---|---|---|
//! | F1 | – | the heartbeat |
//! | F10 | the meter archive, durably | the same |
//! | F33 | how often a wire's meters are read, durably | the same |
//!
//! Everything else is refused: where masters are and which wires there are stands in the installer's file, cascades find
//! themselves, and purchases are the meters' own business.

use std::sync::Arc;

use super::super::archive::ArchiveError;
use super::super::node::Node;
use super::super::reply::Reply;
use super::super::told_schedule;
use super::{OTHER_ERROR, password_is_wrong};
use crate::frame::gdw376::confirm::Verdict;
use crate::frame::gdw376::item::Unit;
use crate::frame::gdw376::item::schedule::Schedule;
use crate::frame::gdw376::{Control, Frame, Item, UnitError, afn, archive};

/// Communication parameters.
const COMMUNICATION: u8 = 1;
/// The meter archive.
const ARCHIVE: u8 = 10;
/// When meters are read.
const SCHEDULE: u8 = 33;

pub(super) async fn set(node: &Arc<Node>, frame: &Frame, items: Vec<Item>, reply: &Reply) {
    if password_is_wrong(node, frame) {
        tracing::warn!("a parameter setting with a wrong password was denied");
        return reply.deny();
    }
    let mut verdicts = Vec::with_capacity(items.len());
    for item in items {
        let (point, function) = (item.point, item.function);
        let done = match (point, function) {
            (0, ARCHIVE) => set_archive(node, &item.data).await,
            (0, SCHEDULE) => set_schedule(node, &item.data).await,
            _ => false,
        };
        verdicts.push(Verdict {
            point,
            function,
            error: if done { 0 } else { OTHER_ERROR },
        });
    }
    reply.verdicts(afn::SET, verdicts);
}

async fn set_archive(node: &Arc<Node>, unit: &[u8]) -> bool {
    let Ok(meters) = archive::decode(unit) else {
        return false;
    };
    let count = meters.len();
    match node.set_archive(meters).await {
        Ok(()) => {
            tracing::info!(count, "meter archive set");
            true
        }
        Err(error @ ArchiveError::Invalid(_)) => {
            tracing::info!(%error, "meter archive refused");
            false
        }
        Err(error) => {
            tracing::error!(%error, "meter archive not stored");
            false
        }
    }
}

async fn set_schedule(node: &Arc<Node>, unit: &[u8]) -> bool {
    let Ok(Schedule(ports)) = Schedule::decode(unit) else {
        return false;
    };
    let config = node.config();
    // All ports or none.
    let cycles = ports
        .iter()
        .map(|port| {
            let known = node.station.cycle_kept(port.port).is_some();
            let cycle = told_schedule::cycle_of(port, config.schedule.clock_at)?;
            known.then_some((port.port, cycle))
        })
        .collect::<Option<Vec<_>>>();
    let Some(cycles) = cycles.filter(|cycles| !cycles.is_empty()) else {
        tracing::info!("a reading schedule that cannot be kept was refused");
        return false;
    };
    match node.station.set_cycles(cycles).await {
        Ok(()) => true,
        Err(error) => {
            tracing::error!(%error, "reading schedule not stored");
            false
        }
    }
}

pub(super) fn read(node: &Node, items: &[Item], reply: &Reply) {
    let told: Vec<Item> = items
        .iter()
        .filter(|item| item.point == 0)
        .filter_map(|item| one(node, item))
        .collect();
    match told.as_slice() {
        [] => reply.deny(),
        [single] => reply.send(Control::RESPONSE, afn::READ_PARAMETERS, Ok(single.clone())),
        _ => reply.send_all(afn::READ_PARAMETERS, &told),
    }
}

/// One parameter as it is; `None` where this concentrator has no such one.
fn one(node: &Node, item: &Item) -> Option<Item> {
    let unit: Result<Vec<u8>, UnitError> = match item.function {
        COMMUNICATION => {
            // The first five bytes are of a radio modem, which there is none of; the last one is whole minutes.
            let minutes = u8::try_from(node.heartbeat.as_secs().div_ceil(60)).unwrap_or(u8::MAX);
            Ok(vec![0, 0, 0, 0, 0, minutes])
        }
        ARCHIVE => {
            let indexes = archive::decode_query(&item.data).ok()?;
            archive::encode(&node.archive().get(&indexes))
        }
        SCHEDULE => {
            let config = node.config();
            let ports = node.segments.keys().filter_map(|port| {
                told_schedule::of_cycle(
                    *port,
                    &node.station.cycle_kept(*port)?,
                    config.schedule.clock_at,
                )
            });
            Schedule(ports.collect()).encode()
        }
        _ => return None,
    };
    match unit {
        Ok(unit) => Some(Item::of_terminal(item.function, unit)),
        Err(error) => {
            tracing::warn!(function = item.function, %error, "a parameter does not fit its unit");
            None
        }
    }
}
