//! AFN 10H F9: one data identifier of one electricity meter, read directly.
//!
//! Relays that are named on the way are those of other networks; here wires find their own way, so a request with relays is
//! answered "not sent".

use std::sync::Arc;
use std::time::Duration;

use super::super::node::Node;
use super::super::reply::Reply;
use super::super::segment::Priority;
use super::password_is_wrong;
use crate::frame::Framing;
use crate::frame::dlt645::{self, Control as Code, Dlt645, Function};
use crate::frame::gdw376::confirm::not_forwarded;
use crate::frame::gdw376::item::Unit;
use crate::frame::gdw376::item::relayed::{Outcome, Reply as Told, Request};
use crate::frame::gdw376::{Control, Frame, Item, afn};
use crate::link::{Link, LinkError};

/// DL/T 645-2007 in the request.
const EDITION_2007: u8 = 1;
const TURN: Duration = Duration::from_secs(10);

pub(super) fn read(node: &Arc<Node>, frame: &Frame, item: &Item, reply: Reply) {
    if password_is_wrong(node, frame) {
        return reply.verdict(afn::FORWARD, item.function, not_forwarded::PASSWORD);
    }
    let Ok(request) = Request::decode(&item.data) else {
        return reply.verdict(afn::FORWARD, item.function, not_forwarded::MALFORMED);
    };
    let (node, function) = (Arc::clone(node), item.function);
    tokio::spawn(async move {
        let (outcome, data) = ask(&node, &request).await;
        let told = Told {
            port: request.port,
            target: request.target,
            outcome,
            identifier: request.identifier,
            data,
        };
        let unit = told.encode().map(|unit| Item::of_terminal(function, unit));
        reply.send(Control::RESPONSE, afn::FORWARD, unit);
    });
}

async fn ask(node: &Node, request: &Request) -> (Outcome, Vec<u8>) {
    let not_sent = (Outcome::NotSent, Vec::new());
    let segment = node.segments.get(&request.port);
    let Some(segment) =
        segment.filter(|_| request.relays.is_empty() && request.kind == EDITION_2007)
    else {
        return not_sent;
    };
    let address = dlt645::Address::from_wire(request.target);
    let frame = dlt645::Frame::fixed(address, Code::request(Function::Read), request.identifier);
    let patience = segment.settings().wire_time(Dlt645::LONGEST) + Duration::from_millis(600);
    let belongs = |bytes: &[u8]| dlt645::answer::belongs(&frame, bytes);
    let mut link = segment.entrance().link(Priority::OnDemand, TURN);
    match link
        .exchange(&frame.encode_after_preamble(4), &belongs, patience)
        .await
    {
        Ok(bytes) => match dlt645::Frame::parse(&bytes) {
            Ok(answer) if answer.control().refused() => (Outcome::Refused, answer.data().to_vec()),
            Ok(answer) => (
                Outcome::Read,
                answer.data().get(4..).unwrap_or_default().to_vec(),
            ),
            Err(_) => (Outcome::Silent, Vec::new()),
        },
        Err(error) if error.never_sent() => not_sent,
        Err(LinkError::NoAnswer(_)) => (Outcome::Silent, Vec::new()),
        Err(error) => {
            tracing::info!(%error, "a direct reading");
            (Outcome::Silent, Vec::new())
        }
    }
}
