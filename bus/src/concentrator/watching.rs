//! What the concentrator notices about itself: wires whose port is gone, a store that cannot be written.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::event::EventKind;
use super::node::{Node, stopped};

/// How long a port may be away before that is an event: adapters come back by themselves after a glitch.
const GLITCH: Duration = Duration::from_secs(2);
/// And at the start, while the system may still be looking for its devices.
const AT_START: Duration = Duration::from_secs(10);
/// How often a store that could not be written is tried again without anything new to write.
const AGAIN: Duration = Duration::from_secs(30);

/// One task a wire, and one for the store.
pub(super) fn start(node: &Arc<Node>, stop: &watch::Receiver<bool>) -> Vec<JoinHandle<()>> {
    let wires = node.segments.keys().map(|port| {
        let watching = wire(Arc::clone(node), *port, stop.clone());
        tokio::spawn(watching)
    });
    let mut tasks: Vec<JoinHandle<()>> = wires.collect();
    tasks.push(tokio::spawn(store(Arc::clone(node), stop.clone())));
    tasks
}

async fn wire(node: Arc<Node>, port: u8, mut stop: watch::Receiver<bool>) {
    let Some(segment) = node.segments.get(&port) else {
        return;
    };
    let mut open = segment.opened();
    let mut patience = AT_START;
    let watching = async {
        loop {
            // Down for so long in one piece.
            if !becomes(&mut open, true, patience).await {
                tracing::warn!(port, "the port is gone");
                node.station.tell(EventKind::SegmentDown, 0);
                if open.wait_for(|open| *open).await.is_err() {
                    return;
                }
            }
            patience = GLITCH;
            if open.wait_for(|open| !*open).await.is_err() {
                return;
            }
        }
    };
    tokio::select! {
        biased;
        () = stopped(&mut stop) => {}
        () = watching => {}
    }
}

/// The event is kept with everything else that waits, and written when there is room again.
async fn store(node: Arc<Node>, mut stop: watch::Receiver<bool>) {
    let mut failing = node.station.keeper.failing();
    let watching = async {
        loop {
            if failing.wait_for(|failing| *failing).await.is_err() {
                return;
            }
            node.station.tell(EventKind::StoreFailed, 0);
            while !becomes(&mut failing, false, AGAIN).await {
                node.station.write(Vec::new());
            }
        }
    };
    tokio::select! {
        biased;
        () = stopped(&mut stop) => {}
        () = watching => {}
    }
}

/// Whether it becomes so in time. At the end of the program it is taken for so.
async fn becomes(state: &mut watch::Receiver<bool>, wanted: bool, patience: Duration) -> bool {
    let waiting = state.wait_for(|state| *state == wanted);
    tokio::time::timeout(patience, waiting).await.is_ok()
}
