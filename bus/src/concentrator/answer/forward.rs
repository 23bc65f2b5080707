//! AFN 10H F1: a meter's frame, unchanged, to a wire and its answer back.

use super::super::cascade;
use super::super::node::Node;
use super::super::record::SupplyState;
use super::super::reply::Reply;
use super::password_is_wrong;
use crate::frame::cascade::PortName;
use crate::frame::gdw376::confirm::not_forwarded;
use crate::frame::gdw376::{Frame, Item, forward};
use crate::frame::{cjt188, dlt645};
use crate::meter::MeterAddress;

pub(super) fn forward_to_wire(node: &Node, frame: &Frame, items: &[Item], reply: Reply) {
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
