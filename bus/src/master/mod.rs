//! The client side of a concentrator: how a terminal or a server reaches meters behind one.
//!
//! [`Master`] keeps a connection to every endpoint and hands out [`ForwardLink`]s, one a wire. A request goes to the first
//! endpoint that is connected; it goes on to the next one only while it is certain that it was not sent to a meter.

mod allowance;
mod board;
mod caller;
mod connection;
mod incoming;
mod link;
mod outgoing;
mod pending;
mod report;
mod requests;
mod session;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Mutex, mpsc, watch};

use crate::frame::gdw376::Address;
use crate::link::SerialSettings;
use crate::uplink::{ConnectConfig, Security};
use board::Board;
use connection::{Command, Connection, Source};
use report::ReportSink;

pub use allowance::Allowance;
pub use board::{EndpointStatus, MasterStatus};
pub use caller::{Caller, NotKnown};
pub use incoming::MasterListener;
pub use link::ForwardLink;
pub use report::Told;
pub use requests::RequestError;

/// Where the concentrators are and who they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MasterConfig {
    /// `host:port` of each concentrator, the preferred one first. Several share one terminal address: they are the same
    /// station on the same wires, and one takes over from another.
    pub endpoints: Vec<String>,
    /// The concentrator's area code: a number of up to four digits.
    pub area: u16,
    /// The concentrator's terminal address, 1 to 65534.
    pub address: u16,
    /// Which master station this is (MSA), 1 to 127. The concentrator's answers carry it back.
    pub station: u8,
    /// The password of commands; zeros where the concentrator asks for none.
    pub password: [u8; 16],
    /// The longest that a concentrator lets a request wait for its wire: its `queue_seconds`, or more.
    pub queue: Duration,
    /// A connection on which nothing is heard for this long is given up. More than two of the concentrator's heartbeats.
    pub silence: Duration,
    /// How connections are protected.
    pub security: Security,
    /// The name in the concentrators' certificates; `None` = the endpoint's host, for each one.
    pub name: Option<String>,
}

impl MasterConfig {
    /// A configuration with master station 1, no password, 5 s of queue, 150 s of silence, and bare TCP that does not leave
    /// this machine.
    pub fn new(endpoints: Vec<String>, area: u16, address: u16) -> Self {
        MasterConfig {
            endpoints,
            area,
            address,
            station: 1,
            password: [0; 16],
            queue: Duration::from_secs(5),
            silence: Duration::from_secs(150),
            security: Security::PlainOnLoopback,
            name: None,
        }
    }
}

/// Why a master cannot be made of its configuration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MasterConfigError {
    /// No endpoint at all.
    #[error("a master needs at least one concentrator's host:port")]
    NoEndpoint,
    /// The area code or the terminal address is out of range.
    #[error(
        "area {area} must have at most four digits, address {address} must be between 1 and 65534"
    )]
    Address {
        /// The area code.
        area: u16,
        /// The terminal address.
        address: u16,
    },
}

/// Whom the master speaks to, under its own station.
fn terminal(config: &MasterConfig) -> Result<Address, MasterConfigError> {
    let address = Address::of_terminal(config.area, config.address);
    let none = MasterConfigError::Address {
        area: config.area,
        address: config.address,
    };
    Ok(address.ok_or(none)?.with_station(config.station))
}

/// A wire's number and what keeps its requests in line.
type Turn = Arc<Mutex<()>>;

struct Shared {
    config: MasterConfig,
    /// What each of `endpoints` is called in messages.
    names: Vec<String>,
    endpoints: Vec<mpsc::Sender<Command>>,
    turns: [Turn; 32],
    /// Questions for data take turns: their answers may have several frames.
    data_turn: Turn,
    reports: ReportSink,
    board: Arc<Board>,
}

/// Connections to the concentrators, kept up in the background until the last clone and the last link are gone.
#[derive(Clone)]
pub struct Master {
    shared: Arc<Shared>,
}

impl Master {
    /// Starts connecting. Must be called inside a Tokio runtime.
    ///
    /// # Errors
    /// [`MasterConfigError`] when the configuration names no endpoint or no terminal.
    pub fn new(config: MasterConfig) -> Result<Master, MasterConfigError> {
        if config.endpoints.is_empty() {
            return Err(MasterConfigError::NoEndpoint);
        }
        Master::over(config, Vec::new())
    }

    /// Like [`new`](Master::new), and the concentrators may also connect by themselves, to `listener`. They come after the
    /// endpoints, of which there may then be none.
    ///
    /// # Errors
    /// [`MasterConfigError`] when the configuration names no terminal.
    pub fn listening(
        config: MasterConfig,
        listener: &MasterListener,
    ) -> Result<Master, MasterConfigError> {
        let address = terminal(&config)?;
        let seats = listener.seats(address, config.name.clone()).into_iter();
        let seats = (1..).zip(seats);
        let named = seats.map(|(number, seat)| (format!("incoming {number}"), Source::Seat(seat)));
        Master::over(config, named.collect())
    }

    /// Over the connection of a concentrator that has connected by itself and said who it is. It is not replaced: when it is
    /// lost, [`status`](Master::status) says so for good. It is given up when more comes than `allowance`. The configuration's
    /// endpoints are not dialled.
    ///
    /// # Errors
    /// [`MasterConfigError`] when the configuration names another terminal than the caller, or none.
    pub fn accepted(
        mut config: MasterConfig,
        caller: Caller,
        allowance: Allowance,
    ) -> Result<Master, MasterConfigError> {
        if !terminal(&config)?.same_terminal(caller.address()) {
            return Err(MasterConfigError::Address {
                area: config.area,
                address: config.address,
            });
        }
        config.endpoints.clear();
        let name = caller.peer().to_string();
        let stream = Some(Box::new(caller.into_stream()));
        Master::over(config, vec![(name, Source::Given(stream, allowance))])
    }

    fn over(
        config: MasterConfig,
        incoming: Vec<(String, Source)>,
    ) -> Result<Master, MasterConfigError> {
        let address = terminal(&config)?;
        let mut names = config.endpoints.clone();
        let mut sources: Vec<_> = config
            .endpoints
            .iter()
            .map(|endpoint| {
                Source::Dial(ConnectConfig {
                    endpoint: endpoint.clone(),
                    security: config.security.clone(),
                    name: config.name.clone(),
                })
            })
            .collect();
        for (name, source) in incoming {
            names.push(name);
            sources.push(source);
        }
        let board = Arc::new(Board::new(&names));
        let reports = ReportSink::default();
        let endpoints = sources
            .into_iter()
            .enumerate()
            .map(|(index, source)| {
                Connection::start(
                    &config,
                    index,
                    source,
                    address,
                    Arc::clone(&board),
                    Arc::clone(&reports),
                )
            })
            .collect();
        Ok(Master {
            shared: Arc::new(Shared {
                config,
                names,
                endpoints,
                turns: std::array::from_fn(|_| Turn::default()),
                data_turn: Turn::default(),
                reports,
                board,
            }),
        })
    }

    /// Whether a concentrator is reached, now and whenever that changes.
    pub fn status(&self) -> watch::Receiver<MasterStatus> {
        self.shared.board.subscribe()
    }

    /// How each of the concentrators is, the preferred one first.
    pub fn endpoints(&self) -> Vec<EndpointStatus> {
        self.shared.board.endpoints()
    }

    /// Waits until a concentrator is reached, at most for `patience`; the status then says how it stands.
    pub async fn connected(&self, patience: Duration) -> MasterStatus {
        let mut status = self.status();
        let reached = status.wait_for(|status| matches!(status, MasterStatus::Connected { .. }));
        match tokio::time::timeout(patience, reached).await {
            Ok(Ok(status)) => status.clone(),
            Ok(Err(_)) | Err(_) => self.status().borrow().clone(),
        }
    }

    /// A link to the wire with this number (1 to 31) at every concentrator, spoken to at these settings.
    ///
    /// Links to the same wire take turns.
    pub fn link(&self, port: u8, settings: SerialSettings) -> ForwardLink {
        ForwardLink::new(Arc::clone(&self.shared), port, settings)
    }
}
