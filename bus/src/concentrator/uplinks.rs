//! Where masters come in, and where the concentrator goes out to them.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::node::{Node, stopped};
use super::session;
use crate::uplink::{Arrived, Backoff, ConnectConfig, UplinkListener, connect, scatter};

/// Masters that may be connected at once.
const UPLINKS: usize = 32;
const FIRST_RETRY: Duration = Duration::from_secs(1);
const LAST_RETRY: Duration = Duration::from_secs(60);
/// A connection that held for less than this does not reset the back-off.
const STABLE: Duration = Duration::from_secs(30);

/// Takes in whoever connects, until the concentrator stops.
pub(super) async fn accept(
    listener: UplinkListener,
    node: Arc<Node>,
    mut stop: watch::Receiver<bool>,
) {
    let mut sessions = JoinSet::new();
    let until = stop.clone();
    loop {
        tokio::select! {
            biased;
            () = stopped(&mut stop) => break,
            accepted = listener.accept() => match accepted {
                Ok(arrived) if sessions.len() < UPLINKS => {
                    sessions.spawn(take_in(arrived, Arc::clone(&node), until.clone()));
                }
                Ok(arrived) => tracing::warn!(peer = %arrived.peer(), "too many uplinks, connection refused"),
                Err(error) => {
                    // Out of file handles, for instance: others may close theirs.
                    tracing::warn!(%error, "cannot accept");
                    tokio::time::sleep(Duration::from_millis(200)).await;
                }
            },
            Some(_) = sessions.join_next(), if !sessions.is_empty() => {}
        }
    }
    drop(listener);
    drop(node);
    while sessions.join_next().await.is_some() {}
}

async fn take_in(arrived: Arrived, node: Arc<Node>, mut stop: watch::Receiver<bool>) {
    let peer = arrived.peer().to_string();
    let secured = tokio::select! {
        biased;
        () = stopped(&mut stop) => return,
        secured = arrived.secure() => secured,
    };
    match secured {
        Ok(stream) => session::serve(stream, peer, node, stop).await,
        Err(error) => tracing::warn!(%error, "uplink refused"),
    }
}

/// Connects to a master, again and again, until the concentrator stops.
pub(super) async fn dial(config: ConnectConfig, node: Arc<Node>, mut stop: watch::Receiver<bool>) {
    let mut backoff = Backoff::new(FIRST_RETRY, LAST_RETRY, STABLE);
    let mut reported = String::new();
    loop {
        let connected = tokio::select! {
            biased;
            () = stopped(&mut stop) => return,
            connected = connect(&config) => connected,
        };
        let held = match connected {
            Ok(stream) => {
                reported.clear();
                let began = Instant::now();
                let peer = config.endpoint.clone();
                session::serve(stream, peer, Arc::clone(&node), stop.clone()).await;
                began.elapsed()
            }
            Err(error) => {
                // The same fault is told once, not at every attempt.
                let why = error.to_string();
                if why != reported {
                    tracing::warn!(%error, "uplink is down");
                    reported = why;
                }
                Duration::ZERO
            }
        };
        tokio::select! {
            biased;
            () = stopped(&mut stop) => return,
            () = tokio::time::sleep(backoff.pause(held, scatter())) => {}
        }
    }
}
