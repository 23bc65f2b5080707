//! The node: its wires, its listener and its end.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::archive::{Archive, ArchiveError};
use super::config::Config;
use super::segment::{Entrance, Segment, WireParts};
use super::uplinks::{accept, dial};
use crate::frame::gdw376::Address;
use crate::uplink::{UplinkError, UplinkListener};

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
    local: Option<SocketAddr>,
    segments: BTreeMap<u8, Segment>,
    stop: watch::Sender<bool>,
    wires: Vec<JoinHandle<()>>,
    uplinks: Vec<JoinHandle<()>>,
}

/// Why a concentrator cannot start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// Masters cannot connect: the address cannot be had, or a certificate file cannot be used.
    #[error(transparent)]
    Uplink(#[from] UplinkError),
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
        Concentrator::start_with(config, BTreeMap::new()).await
    }

    /// The same with other parts for some wires, by port: an opener, a gate, an ear.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub async fn start_with(
        config: Config,
        mut parts: BTreeMap<u8, WireParts>,
    ) -> Result<Concentrator, StartError> {
        let archive = Archive::open(&config.state)?;
        let listener = match config.listen {
            Some(listen) => Some(UplinkListener::bind(listen).await?),
            None => None,
        };
        let local = listener
            .as_ref()
            .and_then(|listener| listener.local_addr().ok());
        let (stop, stopped) = watch::channel(false);
        let mut segments = BTreeMap::new();
        let mut wires = Vec::new();
        for segment in &config.segments {
            let port = segment.port;
            let parts = parts
                .remove(&port)
                .unwrap_or_else(|| WireParts::of(segment));
            let (entrance, task) = Segment::start(segment, parts, stopped.clone());
            segments.insert(port, entrance);
            wires.push(task);
        }
        tracing::info!(address = %config.address, ?local, segments = wires.len(), meters = archive.len(), "concentrator started");
        let node = Arc::new(Node {
            address: config.address,
            heartbeat: config.heartbeat,
            password: config.password,
            segments: segments.clone(),
            archive: Mutex::new(archive),
        });
        let mut uplinks: Vec<_> = config
            .connect
            .into_iter()
            .map(|uplink| tokio::spawn(dial(uplink, Arc::clone(&node), stopped.clone())))
            .collect();
        uplinks.extend(listener.map(|listener| tokio::spawn(accept(listener, node, stopped))));
        Ok(Concentrator {
            local,
            segments,
            stop,
            wires,
            uplinks,
        })
    }

    /// Where masters connect, if it listens; with port 0 in the configuration, the one the system chose.
    pub fn local_addr(&self) -> Option<SocketAddr> {
        self.local
    }

    /// The entrance to the wire with this port number.
    pub fn entrance(&self, port: u8) -> Option<&Entrance> {
        self.segments.get(&port).map(Segment::entrance)
    }

    /// Ends it: no new requests; what is on a wire gets its answer, what waits is denied as not sent.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        for task in self.wires.into_iter().chain(self.uplinks) {
            if let Err(error) = task.await {
                tracing::error!(%error, "a task failed");
            }
        }
        tracing::info!("concentrator stopped");
    }
}

/// Returns when the concentrator is told to stop (or nobody is left who could tell it to go on).
pub(super) async fn stopped(stop: &mut watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}
