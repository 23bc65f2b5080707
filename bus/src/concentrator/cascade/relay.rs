//! Masters' frames for wires and terminals that are elsewhere.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;

use super::actor::Cascade;
use crate::cascade::Target;
use crate::concentrator::answer::answer;
use crate::concentrator::node::Node;
use crate::concentrator::reply::Reply;
use crate::concentrator::segment::Segment;
use crate::frame::cascade::{Operation, Outcome, PortName};
use crate::frame::gdw376::{Frame, forward};

/// How long a frame for another terminal may take in the cascade.
const TERMINAL: Duration = Duration::from_secs(20);
/// What the way through the cascade may take beside the meter's own time.
const WAY: Duration = Duration::from_secs(1);

/// How long a forward to a wire of another concentrator may wait.
const QUEUE: Duration = Duration::from_secs(5);
/// What the meter gets there when the master does not say.
const ANSWER: Duration = Duration::from_millis(1500);

/// Has a forward carried out by whoever speaks on the wire that masters call `name`, and replies as if it was here.
/// `segment` is the wire, if this concentrator is on it.
pub(in crate::concentrator) fn forward(
    cascade: &Cascade,
    name: PortName,
    segment: Option<&Segment>,
    request: forward::Request,
    reply: Reply,
) {
    let said = forward::timeout_of(request.message_timeout);
    let patience = match segment {
        Some(segment) => segment.answer_time(&request),
        None if said.is_zero() => ANSWER,
        None => said,
    };
    let queue = segment.map_or(QUEUE, Segment::queue_time);
    let cascade = cascade.clone();
    tokio::spawn(async move {
        let operation = Operation::Meter {
            segment: 0,
            control: request.control,
            patience,
            frame: request.content,
        };
        let within = queue + patience + WAY;
        let outcome = cascade.ask(Target::Port(name), operation, within).await;
        match outcome {
            Outcome::Done(frame) => reply.forwarded(request.port, frame),
            Outcome::Silent => reply.forwarded(request.port, Vec::new()),
            Outcome::Unknown => {
                tracing::info!(port = request.port, "no answer came through the cascade");
                reply.forwarded(request.port, Vec::new());
            }
            Outcome::NotSent(why) => {
                tracing::info!(port = request.port, ?why, "not sent through the cascade");
                reply.not_forwarded(why.code());
            }
        }
    });
}

/// Relays a frame for another terminal as it is, and its answer back. Nothing comes back when it could not be delivered,
/// as with any terminal that is not there.
pub(in crate::concentrator) fn relay(cascade: &Cascade, frame: &Frame, reply: Reply) {
    let Ok(bytes) = frame.encode() else {
        return;
    };
    let target = Target::Terminal(frame.address.area, frame.address.terminal);
    let cascade = cascade.clone();
    tokio::spawn(async move {
        let operation = Operation::Terminal(bytes);
        match cascade.ask(target, operation, TERMINAL).await {
            Outcome::Done(answer) => reply.raw(answer),
            other => {
                tracing::info!(outcome = ?other, "a frame for another terminal brought no answer")
            }
        }
    });
}

/// What this terminal answers to a frame that another node relayed to it; `None` when it says nothing.
pub(super) async fn serve(node: &Arc<Node>, frame: &[u8]) -> Option<Vec<u8>> {
    let frame = match Frame::decode(frame) {
        Ok(frame) => frame,
        Err(error) => {
            tracing::info!(%error, "a spoilt frame was relayed");
            return None;
        }
    };
    // It came by its address; what is not for this terminal goes no further, or it could go in a circle.
    if !frame.address.same_terminal(node.address) {
        return None;
    }
    let (outbox, mut answers) = mpsc::channel(1);
    let reply = Reply::to(&frame, outbox);
    answer(node, &frame, reply).await;
    tokio::time::timeout(TERMINAL, answers.recv()).await.ok()?
}
