//! Concentrators that connect by themselves, as they do behind a mobile network: one listener for any number of masters.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::{JoinHandle, JoinSet};

use super::caller::Caller;
use crate::frame::gdw376::Address;
use crate::uplink::{Arrived, ListenConfig, UplinkError, UplinkListener, UplinkStream};

/// Concentrators of one address that may be connected at once.
pub(super) const SEATS: usize = 4;
/// Connections that have not said who they are yet; more are closed at once.
const STRANGERS: usize = 64;

/// Who is at the other end, as far as it can be known: who connects again takes its own place.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Identity {
    Certificate(Vec<u8>),
    Host(IpAddr),
}

/// One master's place for one concentrator.
pub(super) struct Seat {
    pub(super) arrivals: mpsc::Receiver<UplinkStream>,
    taken: Arc<Mutex<Option<Identity>>>,
}

impl Seat {
    /// The connection is over; whoever comes next may have the seat.
    pub(super) fn leave(&self) {
        *lock(&self.taken) = None;
    }
}

/// The other side of a [`Seat`].
type Place = (mpsc::Sender<UplinkStream>, Arc<Mutex<Option<Identity>>>);

struct Row {
    address: Address,
    name: Option<String>,
    seats: Vec<Place>,
}

/// Where concentrators connect; it tells by their login which master they belong to.
#[derive(Debug)]
pub struct MasterListener {
    local: io::Result<SocketAddr>,
    rows: Arc<Mutex<Vec<Row>>>,
    task: JoinHandle<()>,
}

impl std::fmt::Debug for Row {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Row({}, {} seats)", self.address, self.seats.len())
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Only whole values are swapped under these locks.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl MasterListener {
    /// Listens. Must be called inside a Tokio runtime.
    ///
    /// # Errors
    /// [`UplinkError`]: the address cannot be had, or the certificate files cannot be used.
    pub async fn bind(config: ListenConfig) -> Result<Self, UplinkError> {
        let listener = UplinkListener::bind(config).await?;
        let local = listener.local_addr();
        let rows = Arc::<Mutex<Vec<Row>>>::default();
        let task = tokio::spawn(accept(listener, Arc::clone(&rows)));
        Ok(MasterListener { local, rows, task })
    }

    /// Where it listens.
    ///
    /// # Errors
    /// What the system says.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.local
            .as_ref()
            .copied()
            .map_err(|error| io::Error::new(error.kind(), error.to_string()))
    }

    /// Places for the concentrators of this address; `name` must be in their certificates, if given.
    pub(super) fn seats(&self, address: Address, name: Option<String>) -> Vec<Seat> {
        let mut senders = Vec::new();
        let mut seats = Vec::new();
        for _ in 0..SEATS {
            let (sender, arrivals) = mpsc::channel(1);
            let taken = Arc::<Mutex<Option<Identity>>>::default();
            senders.push((sender, Arc::clone(&taken)));
            seats.push(Seat { arrivals, taken });
        }
        let mut rows = lock(&self.rows);
        // Masters that have gone leave nothing behind.
        rows.retain(|row| row.seats.iter().any(|(sender, _)| !sender.is_closed()));
        rows.push(Row {
            address,
            name,
            seats: senders,
        });
        seats
    }
}

impl Drop for MasterListener {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn accept(listener: UplinkListener, rows: Arc<Mutex<Vec<Row>>>) {
    let mut strangers = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok(arrived) if strangers.len() < STRANGERS => {
                    strangers.spawn(receive(arrived, Arc::clone(&rows)));
                }
                Ok(arrived) => tracing::warn!(peer = %arrived.peer(), "too many connections at once, refused"),
                Err(error) => {
                    tracing::warn!(%error, "cannot accept");
                    tokio::time::sleep(Duration::from_millis(200)).await;
                }
            },
            Some(_) = strangers.join_next(), if !strangers.is_empty() => {}
        }
    }
}

async fn receive(arrived: Arrived, rows: Arc<Mutex<Vec<Row>>>) {
    let peer = arrived.peer();
    let seated = match Caller::identify(arrived).await {
        Ok(caller) => seat(&rows, caller.address, caller.stream, peer.ip()),
        Err(why) => Err(why.to_string()),
    };
    if let Err(why) = seated {
        tracing::warn!(%peer, why, "concentrator refused");
    }
}

/// Gives the connection its place: its own if it comes again, else a free one.
fn seat(
    rows: &Mutex<Vec<Row>>,
    address: Address,
    stream: UplinkStream,
    host: IpAddr,
) -> Result<(), String> {
    let rows = lock(rows);
    let row = rows
        .iter()
        .find(|row| row.address.same_terminal(address))
        .ok_or_else(|| format!("nobody here is responsible for concentrator {address}"))?;
    if let Some(name) = &row.name
        && stream.is_encrypted()
        && !stream.peer_is(name)
    {
        return Err(format!(
            "the certificate of concentrator {address} must be for {name}"
        ));
    }
    let identity = stream.certificate().map_or(Identity::Host(host), |bytes| {
        Identity::Certificate(bytes.to_vec())
    });
    let own = |taken: &Option<Identity>| taken.as_ref() == Some(&identity);
    let (sender, taken) = row
        .seats
        .iter()
        .find(|(_, taken)| own(&lock(taken)))
        .or_else(|| row.seats.iter().find(|(_, taken)| lock(taken).is_none()))
        .ok_or_else(|| format!("{SEATS} concentrators {address} are connected already"))?;
    sender
        .try_send(stream)
        .map_err(|_| "it connects faster than it is served".to_owned())?;
    *lock(taken) = Some(identity);
    Ok(())
}
