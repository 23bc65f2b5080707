//! A concentrator that runs: its start and its end.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::archive::Archive;
use super::cascade::{self, Cascade};
use super::clock::NodeClock;
use super::clock_task;
use super::config::{Config, MeterConfig};
use super::event::EventKind;
use super::node::{Node, stopped};
use super::reader::Reader;
use super::roster::Roster;
use super::segment::{Entrance, Segment, WireParts};
use super::station::Station;
use super::status::{self, Status};
use super::store::Keeper;
use super::uplinks::{accept, dial};
use super::watching;
use crate::frame::Protocol;
use crate::link::Spoken;
use crate::meter::MeterAddress;
use crate::uplink::{UplinkError, UplinkListener};

/// A running concentrator.
pub struct Concentrator {
    local: Option<SocketAddr>,
    node: Arc<Node>,
    stop: watch::Sender<bool>,
    wires: Vec<JoinHandle<()>>,
    others: Vec<JoinHandle<()>>,
    store: std::thread::JoinHandle<()>,
}

/// Why a concentrator cannot start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// Masters cannot connect: the address cannot be had, or a certificate file cannot be used.
    #[error(transparent)]
    Uplink(#[from] UplinkError),
    /// The status cannot be told.
    #[error("status socket {}: {error}", path.display())]
    Status {
        /// The socket.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
}

/// What may be other than usual, for tests and simulations.
#[derive(Default)]
pub struct Parts {
    /// Other parts for some wires, by port.
    pub wires: BTreeMap<u8, WireParts>,
    /// Another clock than the system's.
    pub clock: Option<NodeClock>,
}

/// How long the store may take to write the last of it.
const WRITTEN: Duration = Duration::from_secs(20);
/// How often what is too old is taken out of the store.
const PRUNE: Duration = Duration::from_secs(6 * 3600);

impl Concentrator {
    /// Opens store and listener and starts the wires. A wire whose device is missing is tried again and again; it does not
    /// keep the others from working, and neither does a store that cannot be opened.
    ///
    /// # Errors
    /// [`StartError`] when the listener or the status socket fails.
    pub async fn start(config: Config) -> Result<Concentrator, StartError> {
        Concentrator::start_with(config, Parts::default()).await
    }

    /// The same with other parts.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub async fn start_with(config: Config, mut parts: Parts) -> Result<Concentrator, StartError> {
        let listener = match config.listen.clone() {
            Some(listen) => Some(UplinkListener::bind(listen).await?),
            None => None,
        };
        let local = listener
            .as_ref()
            .and_then(|listener| listener.local_addr().ok());
        let (keeper, store) = Keeper::start(config.store(), config.earlier());
        let (station, archive) = load(&config, keeper, parts.clock.take()).await;
        let station = Arc::new(station);
        let (stop, stopped) = watch::channel(false);
        let cascade = config
            .cascade
            .as_ref()
            .map(|cascade| cascade::Parts::new(cascade, config.address, &config.segments));
        let mut segments = BTreeMap::new();
        let mut wires = Vec::new();
        for segment in &config.segments {
            let port = segment.port;
            let mut parts = parts
                .wires
                .remove(&port)
                .unwrap_or_else(|| WireParts::of(segment).hearing(spoken(&config, port)));
            if let Some(cascade) = &cascade {
                cascade.join(port, &mut parts);
            }
            let (entrance, task) = Segment::start(segment, parts, stopped.clone());
            segments.insert(port, entrance);
            wires.push(task);
        }
        tracing::info!(
            address = %config.address, ?local, segments = wires.len(), archive = archive.len(),
            meters = station.roster().len(), "concentrator started"
        );
        let node = Arc::new(Node {
            address: config.address,
            heartbeat: config.heartbeat,
            password: config.password,
            segments,
            cascade: cascade.as_ref().map(cascade::Parts::cascade),
            station,
            masters: Mutex::default(),
            config: Mutex::new(Arc::new(config)),
            archive: Mutex::new(archive),
            started: Instant::now(),
        });
        node.station.tell(EventKind::PowerUp, 0);
        let mut others = start_others(&node, &stopped).await?;
        others.extend(
            cascade.map(|cascade| tokio::spawn(cascade.run(Arc::clone(&node), stopped.clone()))),
        );
        others.extend(
            listener.map(|listener| tokio::spawn(accept(listener, Arc::clone(&node), stopped))),
        );
        Ok(Concentrator {
            local,
            node,
            stop,
            wires,
            others,
            store,
        })
    }

    /// Where masters connect, if it listens; with port 0 in the configuration, the one the system chose.
    pub fn local_addr(&self) -> Option<SocketAddr> {
        self.local
    }

    /// The entrance to the wire with this port number.
    pub fn entrance(&self, port: u8) -> Option<&Entrance> {
        self.node.segments.get(&port).map(Segment::entrance)
    }

    /// The entrance to the cascade, when it takes part in one.
    pub fn cascade(&self) -> Option<&Cascade> {
        self.node.cascade.as_ref()
    }

    /// How it is.
    pub async fn status(&self) -> Status {
        self.node.status().await
    }

    /// How the reading cycle of a wire stands.
    pub fn cycle(&self, port: u8) -> Option<super::CycleState> {
        self.node.station.cycle_of(port)
    }

    /// The newest reading of a measuring point.
    pub fn reading(&self, point: u16) -> Option<super::record::Record> {
        self.node.station.reading(point)
    }

    /// Takes over what can be changed while it runs: the meters and their profiles. Says what needs a new start.
    pub fn reload(&self, new: Config) -> Vec<&'static str> {
        let old = self.node.config();
        let same = [
            (
                "area, address or password",
                old.address == new.address && old.password == new.password,
            ),
            ("heartbeat_seconds", old.heartbeat == new.heartbeat),
            (
                "listen, tls or [[uplink]]",
                old.listen == new.listen && old.connect == new.connect,
            ),
            ("[[segment]]", old.segments == new.segments),
            (
                "state, status_socket or [keep]",
                old.state == new.state
                    && old.status_socket == new.status_socket
                    && old.keep == new.keep,
            ),
            ("[schedule]", old.schedule == new.schedule),
            ("[cascade]", old.cascade == new.cascade),
        ];
        let config = Config {
            meters: new.meters,
            ..old.as_ref().clone()
        };
        *self
            .node
            .config
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = Arc::new(config);
        self.node.renew_roster();
        same.iter()
            .filter_map(|(name, same)| (!same).then_some(*name))
            .collect()
    }

    /// Ends it: no new requests; what is on a wire gets its answer, what waits is denied as not sent, what was read is stored.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        for task in self.wires.into_iter().chain(self.others) {
            if let Err(error) = task.await {
                tracing::error!(%error, "a task failed");
            }
        }
        drop(self.node);
        // The store's thread ends when the last one who could write is gone.
        let joined = tokio::task::spawn_blocking(move || self.store.join());
        match tokio::time::timeout(WRITTEN, joined).await {
            Ok(Ok(Ok(()))) => {}
            Ok(_) => tracing::error!("the store's thread failed"),
            Err(_) => tracing::error!("the store is not written yet; going without"),
        }
        tracing::info!("concentrator stopped");
    }
}

/// What is spoken on a wire: M-Bus only where a meter of the file speaks it, for its frames look like others' cut short.
fn spoken(config: &Config, port: u8) -> Spoken {
    let of_wire = || config.meters.iter().filter(|meter| meter.port == port);
    let is_mbus = |meter: &MeterConfig| {
        matches!(
            meter.address,
            MeterAddress::MbusPrimary(_) | MeterAddress::MbusSecondary(_)
        )
    };
    match (of_wire().any(is_mbus), of_wire().all(is_mbus)) {
        (false, _) => Spoken::meter_wire(),
        (true, true) => Spoken::only(&[Protocol::Mbus]),
        (true, false) => Spoken::only(&[Protocol::Dlt645, Protocol::Cjt188, Protocol::Mbus]),
    }
}

/// Loads what was kept.
async fn load(config: &Config, keeper: Keeper, clock: Option<NodeClock>) -> (Station, Archive) {
    let names: Vec<String> = config.uplink_names();
    let loaded = keeper
        .call(move |store| {
            store.keep_uplinks(&names)?;
            Ok((store.archive()?, store.setting("offset")?))
        })
        .await;
    let (meters, offset) = loaded.unwrap_or_else(|error| {
        tracing::error!(%error, "starting with an empty meter archive");
        (Vec::new(), None)
    });
    let archive = Archive::new(meters);
    let offset = offset.and_then(|text| text.parse().ok());
    let clock = clock.unwrap_or_else(|| NodeClock::system(offset));
    let roster = Roster::new(config, archive.entries());
    let station = Station::load(clock, keeper, roster, config.schedule.freeze_window).await;
    (station, archive)
}

/// Everything beside wires and listener.
async fn start_others(
    node: &Arc<Node>,
    stopped: &watch::Receiver<bool>,
) -> Result<Vec<JoinHandle<()>>, StartError> {
    let config = node.config();
    let mut tasks = Vec::new();
    if let Some(path) = config.status_socket.clone() {
        let listener = status::listen(&path).map_err(|error| StartError::Status {
            path: path.clone(),
            error,
        })?;
        let serving = status::serve(listener, path, Arc::clone(node), stopped.clone());
        tasks.push(tokio::spawn(serving));
    }
    if let Some(cycle) = &config.schedule.cycle {
        let ports = config.segments.iter().map(|segment| segment.port);
        let cycles = ports.map(|port| (port, cycle.clone())).collect();
        node.station.load_cycles(cycles).await;
        for segment in &config.segments {
            let Some(running) = node.segments.get(&segment.port) else {
                continue;
            };
            let reader = Reader::new(
                Arc::clone(&node.station),
                running.entrance().clone(),
                segment.serial.settings,
                cycle.clone(),
            );
            tasks.push(tokio::spawn(reader.run(stopped.clone())));
        }
    }
    if let Some(at) = config.schedule.clock_at {
        let setting = clock_task::run(Arc::clone(node), at, stopped.clone());
        tasks.push(tokio::spawn(setting));
    }
    tasks.push(tokio::spawn(prune(Arc::clone(node), stopped.clone())));
    tasks.extend(watching::start(node, stopped));
    for uplink in config.connect.clone() {
        tasks.push(tokio::spawn(dial(
            uplink,
            Arc::clone(node),
            stopped.clone(),
        )));
    }
    Ok(tasks)
}

/// Takes out of the store what is too old, now and then.
async fn prune(node: Arc<Node>, mut stop: watch::Receiver<bool>) {
    let keep = node.config().keep;
    loop {
        let now = node.station.clock.now();
        if now.quality.trusted()
            && let Err(error) = node
                .station
                .keeper
                .call(move |store| store.prune(now.at, keep))
                .await
        {
            tracing::warn!(%error, "what is too old stays in the store");
        }
        tokio::select! {
            biased;
            () = stopped(&mut stop) => return,
            () = tokio::time::sleep(PRUNE) => {}
        }
    }
}
