//! What a frame from a master makes the concentrator do.

use std::sync::Arc;

use super::archive::ArchiveError;
use super::cascade;
use super::clock::wall_time_of;
use super::node::Node;
use super::record::SupplyState;
use super::reply::Reply;
use super::told_data;
use super::told_time;
use crate::frame::cascade::PortName;
use crate::frame::gdw376::check::{self, ClockTrust};
use crate::frame::gdw376::confirm::not_forwarded;
use crate::frame::gdw376::{Confirm, Control, Frame, Item, afn, archive, forward, units};
use crate::frame::{cjt188, dlt645};
use crate::meter::MeterAddress;

/// What a frame means for the connection it came on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Heard {
    /// A master that means this concentrator.
    Master,
    /// It confirmed a login or heartbeat.
    Confirmed,
    /// Nothing for this concentrator.
    Nothing,
}

/// The error code of the standard for "another error".
const OTHER_ERROR: u8 = 0x01;

/// Acts on one frame. Answers go through `reply`, now or when the wire has been asked.
pub(super) async fn answer(node: &Arc<Node>, frame: &Frame, reply: Reply) -> Heard {
    if frame.control.upward() {
        tracing::debug!("a frame of another terminal was ignored");
        return Heard::Nothing;
    }
    if came_too_late(node, frame) {
        tracing::warn!(afn = frame.afn, tag = ?frame.time_tag, "a frame that came too late was dropped");
        return Heard::Nothing;
    }
    if !frame.address.same_terminal(node.address) {
        return elsewhere(node, frame, reply);
    }
    let items = match units::split(frame.afn, false, &frame.data) {
        Ok(items) => items,
        Err(error) => {
            tracing::info!(afn = frame.afn, %error, "a frame with malformed data was denied");
            match frame.afn {
                afn::CONFIRM => {}
                afn::FORWARD => reply.not_forwarded(not_forwarded::MALFORMED),
                _ => reply.deny(),
            }
            return Heard::Master;
        }
    };
    match frame.afn {
        afn::CONFIRM => match Confirm::from_items(&items) {
            Ok(confirm) if confirm.accepts_all() => return Heard::Confirmed,
            Ok(_) => tracing::warn!("the master denied the login or heartbeat"),
            Err(error) => tracing::info!(%error, "malformed confirm"),
        },
        afn::FORWARD => forward_to_wire(node, frame, &items, reply),
        afn::SET => set(node, frame, items, reply).await,
        afn::READ_PARAMETERS => read(node, &items, &reply),
        afn::CONTROL => control(node, frame, &items, reply).await,
        afn::CLASS_1 => current(node, &items, &reply),
        other => {
            tracing::info!(afn = other, "a function that is not offered was denied");
            reply.deny();
        }
    }
    Heard::Master
}

/// A frame for another terminal: the cascade may know the way to it, or to its wire.
fn elsewhere(node: &Arc<Node>, frame: &Frame, reply: Reply) -> Heard {
    let relayed = frame.address.is_single() && frame.afn != afn::CONFIRM;
    let Some(cascade) = node.cascade.as_ref().filter(|_| relayed) else {
        tracing::info!(meant = %frame.address, mine = %node.address, "a frame for somebody else was ignored");
        return Heard::Nothing;
    };
    if frame.afn != afn::FORWARD {
        cascade::relay(cascade, frame, reply);
        return Heard::Master;
    }
    match units::split(frame.afn, false, &frame.data) {
        Ok(items) => forward_to_wire(node, frame, &items, reply),
        Err(_) => reply.not_forwarded(not_forwarded::MALFORMED),
    }
    Heard::Master
}

fn password_is_wrong(node: &Node, frame: &Frame) -> bool {
    !check::password_fits(node.password.as_ref(), frame)
}

/// By the frame's own time tag. A clock that nobody would set others by is not gone by here either.
fn came_too_late(node: &Node, frame: &Frame) -> bool {
    let now = node.station.clock.now();
    let trust = if now.quality.trusted() {
        ClockTrust::Set
    } else {
        ClockTrust::Unset
    };
    match (&frame.time_tag, wall_time_of(now.at)) {
        (Some(tag), Some(now)) => check::too_old(tag, now, trust),
        _ => false,
    }
}

fn forward_to_wire(node: &Node, frame: &Frame, items: &[Item], reply: Reply) {
    if password_is_wrong(node, frame) {
        tracing::warn!("a forward with a wrong password was denied");
        return reply.not_forwarded(not_forwarded::PASSWORD);
    }
    let request = match items {
        [item] if item.function == 1 && item.point == 0 => {
            forward::Request::decode(&item.data).ok()
        }
        _ => None,
    };
    let Some(request) = request.filter(|request| !request.content.is_empty()) else {
        return reply.not_forwarded(not_forwarded::MALFORMED);
    };
    let own = frame.address.same_terminal(node.address);
    let segment = node.segments.get(&request.port).filter(|_| own);
    if segment.is_some() {
        expect(node, &request);
    }
    if let Some(cascade) = &node.cascade
        && (segment.is_none() || cascade.has(request.port))
    {
        let name = PortName::new(frame.address, request.port);
        return cascade::forward(cascade, name, segment, request, reply);
    }
    match segment {
        Some(segment) => segment.forward(request, reply),
        None => {
            tracing::info!(
                port = request.port,
                "a forward to an unknown port was denied"
            );
            reply.not_forwarded(not_forwarded::UNKNOWN_PORT);
        }
    }
}

async fn set(node: &Arc<Node>, frame: &Frame, items: Vec<Item>, reply: Reply) {
    if password_is_wrong(node, frame) {
        tracing::warn!("a parameter setting with a wrong password was denied");
        return reply.deny();
    }
    let meters = match items.as_slice() {
        [item] if item.function == 10 && item.point == 0 => archive::decode(&item.data),
        [item] => return reply.verdict(afn::SET, item.function, OTHER_ERROR),
        _ => return reply.deny(),
    };
    let Ok(meters) = meters else {
        return reply.verdict(afn::SET, 10, OTHER_ERROR);
    };
    let count = meters.len();
    match node.set_archive(meters).await {
        Ok(()) => {
            tracing::info!(count, "meter archive set");
            reply.confirm();
        }
        Err(error @ ArchiveError::Invalid(_)) => {
            tracing::info!(%error, "meter archive refused");
            reply.verdict(afn::SET, 10, OTHER_ERROR);
        }
        Err(error) => {
            tracing::error!(%error, "meter archive not stored");
            reply.verdict(afn::SET, 10, OTHER_ERROR);
        }
    }
}

/// F31: the master says what time it is.
const SET_CLOCK: u8 = 31;

async fn control(node: &Arc<Node>, frame: &Frame, items: &[Item], reply: Reply) {
    if password_is_wrong(node, frame) {
        tracing::warn!("a command with a wrong password was denied");
        return reply.deny();
    }
    let [item] = items else { return reply.deny() };
    if item.function != SET_CLOCK || item.point != 0 {
        return reply.verdict(afn::CONTROL, item.function, OTHER_ERROR);
    }
    let Some(time) = told_time::decode(&item.data) else {
        return reply.verdict(afn::CONTROL, SET_CLOCK, OTHER_ERROR);
    };
    if let Err(error) = node.station.set_clock(time).await {
        tracing::error!(%error, "the clock was set and will be forgotten at the next start");
    }
    tracing::info!(%time, offset = node.station.clock.offset(), "clock set by a master");
    reply.confirm();
}

/// F2: the terminal's clock.
const READ_CLOCK: u8 = 2;

fn current(node: &Node, items: &[Item], reply: &Reply) {
    let roster = node.station.roster();
    let found = told_data::asked(items, &roster).into_iter();
    let told = found.filter_map(|(point, function)| match (point, function) {
        (0, READ_CLOCK) => {
            let now = wall_time_of(node.station.clock.now().at)?;
            Some(Item::of_terminal(
                READ_CLOCK,
                told_time::encode(now).to_vec(),
            ))
        }
        _ => {
            let known = roster.get(point)?;
            told_data::current(function, point, known, &node.station.reading(point)?)
        }
    });
    match told.collect::<Vec<Item>>() {
        none if none.is_empty() => reply.deny(),
        told => reply.send_all(afn::CLASS_1, &told),
    }
}

/// A master's own order to a relay or valve is no surprise when the next reading shows it.
fn expect(node: &Node, request: &forward::Request) {
    let address = if let Ok(frame) = dlt645::Frame::parse(&request.content) {
        let reads = frame.control().function() == dlt645::Function::Read;
        (!reads).then_some(MeterAddress::Dlt645(frame.address()))
    } else if let Ok(frame) = cjt188::Frame::parse(&request.content) {
        let reads = frame.control().function() == cjt188::Function::Read;
        (!reads).then_some(MeterAddress::Cjt188(frame.address()))
    } else {
        None
    };
    let roster = node.station.roster();
    if let Some(point) = address.and_then(|address| roster.point_of(request.port, address)) {
        node.station.expect(point, SupplyState::Unknown);
    }
}

fn read(node: &Node, items: &[Item], reply: &Reply) {
    let indexes = match items {
        [item] if item.function == 10 && item.point == 0 => archive::decode_query(&item.data),
        _ => return reply.deny(),
    };
    match indexes {
        Ok(indexes) => {
            let unit = archive::encode(&node.archive().get(&indexes));
            let item = unit.map(|unit| Item::of_terminal(10, unit));
            reply.send(Control::RESPONSE, afn::READ_PARAMETERS, item);
        }
        Err(_) => reply.deny(),
    }
}
