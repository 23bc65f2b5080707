//! A repeater: a transparent bridge between two wires, where one is too long.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::sleep_until;

use super::Segment;
use super::wire::{End, Repeated, Wire};

/// Passes on what it hears on either wire, some time later. It knows no protocol. Dropping it takes its power away.
#[derive(Debug)]
pub struct Repeater {
    directions: [JoinHandle<()>; 2],
}

impl Repeater {
    /// Joins two wires. Needs a Tokio runtime. Repeaters must not close a ring: what is sent would circle for ever.
    pub fn join(one: &Segment, other: &Segment, delay: Duration) -> Self {
        let (end_of_one, from_one) = one.wire.bridge();
        let (end_of_other, from_other) = other.wire.bridge();
        let pass = |to: &Segment, as_end, heard| {
            tokio::spawn(pass_on(Arc::clone(&to.wire), as_end, heard, delay))
        };
        Self {
            directions: [
                pass(other, end_of_other, from_one),
                pass(one, end_of_one, from_other),
            ],
        }
    }
}

async fn pass_on(
    to: Arc<Wire>,
    as_end: End,
    mut heard: mpsc::UnboundedReceiver<Repeated>,
    delay: Duration,
) {
    // Counted from the hearing of each piece, so that the pieces of a frame stay as close as they were.
    while let Some((at, bytes)) = heard.recv().await {
        if to.line().scale > 0.0 {
            sleep_until(at + to.line().scaled(delay)).await;
        }
        to.send(as_end, bytes).await;
    }
}

impl Drop for Repeater {
    fn drop(&mut self) {
        for direction in &self.directions {
            direction.abort();
        }
    }
}
