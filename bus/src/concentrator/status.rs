//! How the concentrator is: one snapshot, as JSON for machines and as a table for people.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::watch;

use super::clock::{LocalSeconds, Stamp, wall_time_of};
use super::event::EventKind;
use super::node::{Node, stopped};
use super::station::CycleState;

/// The snapshot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// Version of the program.
    pub version: String,
    /// Area and terminal address.
    pub address: String,
    /// The concentrator's clock.
    pub clock: Stamp,
    /// How far it is from the system's, in seconds.
    pub clock_offset: LocalSeconds,
    /// Seconds since the start.
    pub up_seconds: u64,
    /// The wires.
    pub segments: Vec<SegmentStatus>,
    /// Masters that are connected.
    pub uplinks: Vec<String>,
    /// Reports that wait, by uplink.
    pub waiting: Vec<(String, i64)>,
    /// The store.
    pub store: StoreStatus,
    /// How many events of each kind there have been.
    pub events: Vec<(EventKind, i64)>,
}

/// One wire.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SegmentStatus {
    /// Its port number.
    pub port: u8,
    /// The device, and how it is set.
    pub device: String,
    /// Whether the device is there.
    pub open: bool,
    /// Requests that wait for a turn, the most urgent kind first: cascade, forward, on demand, scheduled, clock.
    pub waiting: Vec<usize>,
    /// Meters that are read here on schedule.
    pub meters: usize,
    /// Those of them that do not answer.
    pub lost: usize,
    /// The reading cycle; `None` = there was none.
    pub cycle: Option<CycleState>,
}

/// The store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoreStatus {
    /// The file.
    pub path: PathBuf,
    /// Its size in bytes; `None` = there is no store.
    pub bytes: Option<u64>,
    /// Why there is none.
    pub error: Option<String>,
}

/// How long one who asks may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// Answers everybody who connects to `socket` with the snapshot, until the concentrator stops.
pub(super) async fn serve(
    listener: UnixListener,
    path: PathBuf,
    node: Arc<Node>,
    mut stop: watch::Receiver<bool>,
) {
    loop {
        let accepted = tokio::select! {
            biased;
            () = stopped(&mut stop) => break,
            accepted = listener.accept() => accepted,
        };
        let Ok((mut stream, _)) = accepted else {
            tokio::time::sleep(Duration::from_millis(200)).await;
            continue;
        };
        let node = Arc::clone(&node);
        tokio::spawn(async move {
            let status = node.status().await;
            let Ok(mut text) = serde_json::to_vec_pretty(&status) else {
                return;
            };
            text.push(b'\n');
            // Whoever goes away before the end has what it wanted.
            let _ = tokio::time::timeout(PATIENCE, stream.write_all(&text)).await;
        });
    }
    let _ = std::fs::remove_file(&path);
}

/// Listens at `path`, in place of a socket that a program which is gone has left.
///
/// # Errors
/// What the system says; also when another concentrator answers there.
pub(super) fn listen(path: &Path) -> io::Result<UnixListener> {
    if std::os::unix::net::UnixStream::connect(path).is_ok() {
        return Err(io::Error::new(
            io::ErrorKind::AddrInUse,
            "another concentrator runs with this status socket",
        ));
    }
    match std::fs::symlink_metadata(path) {
        Ok(found) if std::os::unix::fs::FileTypeExt::is_socket(&found.file_type()) => {
            std::fs::remove_file(path)?;
        }
        _ => {}
    }
    UnixListener::bind(path)
}

impl Status {
    /// Asks a running concentrator.
    ///
    /// # Errors
    /// What the system says: nobody listens there, or what came is no snapshot.
    pub async fn ask(socket: &Path) -> io::Result<Status> {
        let asking = async {
            let mut stream = UnixStream::connect(socket).await?;
            let mut text = Vec::new();
            stream.read_to_end(&mut text).await?;
            serde_json::from_slice(&text).map_err(io::Error::other)
        };
        tokio::time::timeout(PATIENCE * 2, asking)
            .await
            .unwrap_or_else(|_| Err(io::Error::from(io::ErrorKind::TimedOut)))
    }
}

fn time(at: LocalSeconds) -> String {
    wall_time_of(at).map_or_else(|| "never".to_owned(), |time| time.to_string())
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "concentrator {}, version {}, up {} s",
            self.address, self.version, self.up_seconds
        )?;
        let quality = format!("{:?}", self.clock.quality).to_lowercase();
        writeln!(f, "clock        {} ({quality})", time(self.clock.at))?;
        match (&self.store.bytes, &self.store.error) {
            (Some(bytes), _) => writeln!(
                f,
                "store        {}, {} KiB",
                self.store.path.display(),
                bytes / 1024
            )?,
            (None, error) => writeln!(
                f,
                "store        none: {}",
                error.as_deref().unwrap_or("not known why")
            )?,
        }
        let uplinks = if self.uplinks.is_empty() {
            "none".to_owned()
        } else {
            self.uplinks.join(", ")
        };
        writeln!(f, "masters      {uplinks}")?;
        for (uplink, count) in &self.waiting {
            writeln!(f, "unreported   {count} for {uplink}")?;
        }
        writeln!(
            f,
            "\nport  state  meters  lost  waiting  last cycle           asked  answered  took"
        )?;
        for segment in &self.segments {
            let state = if segment.open { "open" } else { "down" };
            let waiting: usize = segment.waiting.iter().sum();
            write!(
                f,
                "{:>4}  {state:<5}  {:>6}  {:>4}  {waiting:>7}  ",
                segment.port, segment.meters, segment.lost
            )?;
            match segment.cycle {
                Some(cycle) if cycle.running => writeln!(
                    f,
                    "{}  {:>5}  {:>8}  running",
                    time(cycle.began),
                    cycle.asked,
                    cycle.answered
                )?,
                Some(cycle) => writeln!(
                    f,
                    "{}  {:>5}  {:>8}  {}.{} s",
                    time(cycle.began),
                    cycle.asked,
                    cycle.answered,
                    cycle.took_ms / 1000,
                    cycle.took_ms % 1000 / 100
                )?,
                None => writeln!(f, "none")?,
            }
        }
        if !self.events.is_empty() {
            writeln!(f, "\nevents so far")?;
            for (kind, count) in &self.events {
                writeln!(f, "{count:>8}  {}", kind.words())?;
            }
        }
        Ok(())
    }
}
