//! What a frame from a master makes the concentrator do, a file for each function.

mod batch;
mod control;
mod data;
mod events;
mod forward;
mod parameters;
mod relayed;

use std::sync::Arc;

use super::cascade;
use super::clock::wall_time_of;
use super::node::Node;
use super::reply::Reply;
use crate::frame::gdw376::check::{self, ClockTrust};
use crate::frame::gdw376::confirm::not_forwarded;
use crate::frame::gdw376::{Confirm, Frame, afn, units};
use forward::forward_to_wire;

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

/// Functions of AFN 10H: a direct reading, a batch of readings, how far it is.
const DIRECT: u8 = 9;
const BATCH: u8 = 12;
const BATCH_STATUS: u8 = 13;

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
        afn::FORWARD => match items.as_slice() {
            [item] if item.function == DIRECT => relayed::read(node, frame, item, reply),
            [item] if item.function == BATCH => batch::begin(node, frame, item, &reply),
            [item] if item.function == BATCH_STATUS => batch::status(node, item, &reply),
            _ => forward_to_wire(node, frame, &items, reply),
        },
        afn::SET => parameters::set(node, frame, items, &reply).await,
        afn::READ_PARAMETERS => parameters::read(node, &items, &reply),
        afn::CONTROL => control::carry_out(node, frame, items, reply),
        afn::CLASS_1 => data::current(node, &items, &reply),
        afn::CLASS_2 => data::frozen(node, &items, &reply).await,
        afn::EVENTS => events::asked(node, &items, &reply).await,
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
