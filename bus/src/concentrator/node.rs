//! The node: its wires, its listener and its end.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

use super::archive::{Archive, ArchiveError};
use super::config::Config;
use super::segment::Segment;
use super::session;
use crate::frame::gdw376::Address;

/// Masters that may be connected at once.
const UPLINKS: usize = 32;

/// What the tasks share.
pub(super) struct Node {
    pub(super) address: Address,
    pub(super) heartbeat: Duration,
    pub(super) password: Option<[u8; 16]>,
    pub(super) segments: BTreeMap<u8, Segment>,
    archive: Mutex<Archive>,
}

impl Node {
    pub(super) fn archive(&self) -> MutexGuard<'_, Archive> {
        // The archive is swapped as a whole, so it is sound even if a holder died.
        self.archive.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A running concentrator.
pub struct Concentrator {
    local: SocketAddr,
    stop: watch::Sender<bool>,
    wires: Vec<JoinHandle<()>>,
    uplinks: JoinHandle<()>,
}

/// Why a concentrator cannot start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The address to listen on cannot be had.
    #[error("cannot listen on {address}: {error}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        error: io::Error,
    },
    /// The meter archive cannot be read.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
}

impl Concentrator {
    /// Reads the archive, opens the listener and starts the wires. A wire whose device is missing is tried again and again;
    /// it does not keep the others from working.
    ///
    /// # Errors
    /// [`StartError`] when the listener or the archive fails.
    pub async fn start(config: Config) -> Result<Concentrator, StartError> {
        let archive = Archive::open(&config.state)?;
        let failed = |error| StartError::Listen {
            address: config.listen,
            error,
        };
        let listener = TcpListener::bind(config.listen).await.map_err(failed)?;
        let local = listener.local_addr().map_err(failed)?;
        let (stop, stopped) = watch::channel(false);
        let mut segments = BTreeMap::new();
        let mut wires = Vec::new();
        for segment in config.segments {
            let port = segment.port;
            let (entrance, task) = Segment::start(segment, stopped.clone());
            segments.insert(port, entrance);
            wires.push(task);
        }
        tracing::info!(address = %config.address, %local, segments = wires.len(), meters = archive.len(), "concentrator started");
        let node = Arc::new(Node {
            address: config.address,
            heartbeat: config.heartbeat,
            password: config.password,
            segments,
            archive: Mutex::new(archive),
        });
        Ok(Concentrator {
            local,
            stop,
            wires,
            uplinks: tokio::spawn(accept(listener, node, stopped)),
        })
    }

    /// Where masters connect; with port 0 in the configuration, the one the system chose.
    pub fn local_addr(&self) -> SocketAddr {
        self.local
    }

    /// Ends it: no new requests; what is on a wire gets its answer, what waits is denied as not sent.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        for task in self.wires.into_iter().chain([self.uplinks]) {
            if let Err(error) = task.await {
                tracing::error!(%error, "a task failed");
            }
        }
        tracing::info!("concentrator stopped");
    }
}

async fn accept(listener: TcpListener, node: Arc<Node>, mut stop: watch::Receiver<bool>) {
    let mut sessions = JoinSet::new();
    let until = stop.clone();
    loop {
        tokio::select! {
            biased;
            () = stopped(&mut stop) => break,
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) if sessions.len() < UPLINKS => {
                    sessions.spawn(session::serve(stream, peer, Arc::clone(&node), until.clone()));
                }
                Ok((_, peer)) => tracing::warn!(%peer, "too many uplinks, connection refused"),
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

/// Returns when the concentrator is told to stop (or nobody is left who could tell it to go on).
pub(super) async fn stopped(stop: &mut watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}
