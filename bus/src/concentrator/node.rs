//! What the tasks of a concentrator share.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use super::archive::{Archive, ArchiveError};
use super::cascade::Cascade;
use super::config::{Config, LISTENING};
use super::event::EventKind;
use super::roster::Roster;
use super::segment::Segment;
use super::station::Station;
use super::status::{SegmentStatus, Status, StoreStatus};
use crate::frame::gdw376::Address;
use crate::frame::gdw376::archive::Meter;
use crate::uplink::Peers;

/// What the tasks share.
pub(super) struct Node {
    pub(super) address: Address,
    pub(super) heartbeat: Duration,
    pub(super) password: Option<[u8; 16]>,
    pub(super) segments: BTreeMap<u8, Segment>,
    pub(super) cascade: Option<Cascade>,
    pub(super) station: Arc<Station>,
    /// Masters that are connected, with a number each.
    pub(super) masters: Mutex<BTreeMap<u64, String>>,
    pub(super) config: Mutex<Arc<Config>>,
    pub(super) archive: Mutex<Archive>,
    pub(super) started: Instant,
}

impl Node {
    pub(super) fn archive(&self) -> MutexGuard<'_, Archive> {
        // The archive is swapped as a whole, so it is sound even if a holder died.
        self.archive.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The configuration as it is now.
    pub(super) fn config(&self) -> Arc<Config> {
        let config = self.config.lock();
        Arc::clone(&config.unwrap_or_else(PoisonError::into_inner))
    }

    /// Puts these entries into the archive: all of them, durably, or none.
    ///
    /// # Errors
    /// [`ArchiveError`]; the archive is then as before.
    pub(super) async fn set_archive(&self, entries: Vec<Meter>) -> Result<(), ArchiveError> {
        let changed = self.archive().with(entries)?;
        let meters = changed.get(&[]);
        let stored = self
            .station
            .keeper
            .call(move |store| store.set_archive(&meters));
        stored.await?;
        *self.archive() = changed;
        self.renew_roster();
        self.station.tell(EventKind::ArchiveChanged, 0);
        Ok(())
    }

    pub(super) fn renew_roster(&self) {
        let roster = Roster::new(&self.config(), self.archive().entries());
        self.station.roster.send_replace(Arc::new(roster));
    }

    /// The first of the masters named in the configuration that `is` this one.
    pub(super) fn named_masters(&self, is: impl Fn(&str) -> bool) -> Option<String> {
        let config = self.config();
        match config.listen.as_ref().map(|listen| &listen.peers) {
            Some(Peers::Named(names)) => names.iter().find(|name| is(name)).cloned(),
            _ => None,
        }
    }

    /// What the store calls the uplink to `peer`; `None` where reports were not asked for.
    pub(super) fn uplink_name(&self, peer: &str, named: &Option<String>) -> Option<String> {
        let config = self.config();
        if !config.reports {
            return None;
        }
        let dialled = config.connect.iter().any(|uplink| uplink.endpoint == peer);
        match (dialled, named) {
            (true, _) => Some(peer.to_owned()),
            (false, Some(name)) => Some(name.clone()),
            (false, None) => Some(LISTENING.to_owned()),
        }
    }

    /// The snapshot.
    pub(super) async fn status(&self) -> Status {
        let config = self.config();
        let roster = self.station.roster();
        let asked = self
            .station
            .keeper
            .call(|store| Ok((store.size()?, store.waiting()?)));
        let (bytes, waiting, error) = match asked.await {
            Ok((bytes, waiting)) => (Some(bytes), waiting, None),
            Err(error) => (None, Vec::new(), Some(error.to_string())),
        };
        let segments = config.segments.iter().filter_map(|segment| {
            let running = self.segments.get(&segment.port)?;
            Some(SegmentStatus {
                port: segment.port,
                device: format!(
                    "{} {}",
                    segment.serial.device.display(),
                    segment.serial.settings
                ),
                open: running.is_open(),
                waiting: running.entrance().waiting().to_vec(),
                meters: roster.on_port(segment.port).count(),
                lost: self.station.lost(roster.on_port(segment.port)),
                cycle: self.station.cycle_of(segment.port),
            })
        });
        let masters = self.masters.lock().unwrap_or_else(PoisonError::into_inner);
        Status {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            address: self.address.to_string(),
            clock: self.station.clock.now(),
            clock_offset: self.station.clock.offset(),
            up_seconds: self.started.elapsed().as_secs(),
            segments: segments.collect(),
            uplinks: masters.values().cloned().collect(),
            waiting,
            store: StoreStatus {
                path: config.store(),
                bytes,
                error,
            },
            events: self.station.counts(),
        }
    }
}

/// Returns when the concentrator is told to stop (or nobody is left who could tell it to go on).
pub(super) async fn stopped(stop: &mut watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}
