//! One endpoint: connecting, the login, and frames both ways.

use std::sync::Arc;
use std::time::Duration;

use tokio::io::AsyncReadExt;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use super::MasterConfig;
use super::allowance::{Allowance, Spent};
use super::board::Board;
use super::incoming::Seat;
use super::outgoing::Outgoing;
use super::pending::Incoming;
use super::report::ReportSink;
use super::session::Session;
use crate::frame::gdw376::Address;
use crate::link::LinkError;
use crate::uplink::{ConnectConfig, UplinkError, UplinkStream, connect};

/// The concentrator logs in at once; without that, whatever listens there is none.
const LOGIN: Duration = Duration::from_secs(15);
/// A frame whose rest does not come in this time is noise.
const QUIET: Duration = Duration::from_secs(2);
const FIRST_RETRY: Duration = Duration::from_millis(250);
const LAST_RETRY: Duration = Duration::from_secs(15);
/// A connection that held for less than this does not reset the back-off.
const STABLE: Duration = Duration::from_secs(5);

/// What links ask of a connection.
pub(super) enum Command {
    /// Send a request.
    Send {
        /// The request.
        request: Outgoing,
        /// Who waits for what comes back.
        waiter: mpsc::Sender<Incoming>,
        /// Told when it was written, with the connection's number; or why it was not.
        written: oneshot::Sender<Result<u64, LinkError>>,
    },
    /// A report was taken by whoever subscribed: tell the concentrator.
    Confirm {
        /// The connection it came on.
        generation: u64,
        /// The number of its frame.
        number: u8,
    },
    /// Nothing at all came back on this connection, although the concentrator always says something: give it up.
    Suspect(u64),
}

/// Where a connection comes from.
pub(super) enum Source {
    /// The concentrator listens.
    Dial(ConnectConfig),
    /// The concentrator connects by itself.
    Seat(Seat),
    /// One connection that is there, and how much may come on it; there is no other after it.
    Given(Option<Box<UplinkStream>>, Allowance),
}

impl Source {
    /// The connection with which the concentrator replaces the one that it has.
    async fn newer(&mut self) -> UplinkStream {
        if let Source::Seat(seat) = self
            && let Some(stream) = seat.arrivals.recv().await
        {
            return stream;
        }
        std::future::pending().await
    }
}

pub(super) struct Connection {
    source: Source,
    /// What has come while the one before was still in use.
    next: Option<UplinkStream>,
    index: usize,
    address: Address,
    password: [u8; 16],
    silence: Duration,
    board: Arc<Board>,
    commands: mpsc::Receiver<Command>,
    own: mpsc::WeakSender<Command>,
    reports: ReportSink,
    generation: u64,
}

/// Why a connection ended.
enum End {
    /// Nobody uses the master any more.
    Unused,
    /// It is to be tried again.
    Lost(String),
}

impl Connection {
    /// Starts the endpoint's task; it ends when the returned sender and its clones are gone.
    pub(super) fn start(
        config: &MasterConfig,
        index: usize,
        source: Source,
        address: Address,
        board: Arc<Board>,
        reports: ReportSink,
    ) -> mpsc::Sender<Command> {
        let (sender, commands) = mpsc::channel(32);
        let connection = Connection {
            source,
            next: None,
            index,
            address,
            password: config.password,
            silence: config.silence,
            board,
            commands,
            own: sender.downgrade(),
            reports,
            generation: 0,
        };
        tokio::spawn(connection.run());
        sender
    }

    async fn run(mut self) {
        let mut backoff = FIRST_RETRY;
        loop {
            let why = match self.connect().await {
                Err(End::Unused) => return,
                Err(End::Lost(why)) => why,
                Ok(stream) => {
                    let began = Instant::now();
                    match self.talk(stream).await {
                        End::Unused => return,
                        End::Lost(why) => {
                            if began.elapsed() >= STABLE {
                                backoff = FIRST_RETRY;
                            }
                            why
                        }
                    }
                }
            };
            self.board.note(self.index, Err(why.clone()));
            if let Source::Seat(seat) = &self.source {
                backoff = FIRST_RETRY;
                if self.next.is_none() {
                    seat.leave();
                }
            }
            if self.next.is_none()
                && self
                    .refuse_until(Instant::now() + backoff, &why)
                    .await
                    .is_err()
            {
                return;
            }
            backoff = (backoff * 2).min(LAST_RETRY);
        }
    }

    async fn connect(&mut self) -> Result<UplinkStream, End> {
        if let Some(next) = self.next.take() {
            return Ok(next);
        }
        if let Source::Seat(_) = self.source {
            let why = "it has not connected".to_owned();
            self.board.note(self.index, Err(why));
        }
        let connecting = obtain(&mut self.source);
        tokio::pin!(connecting);
        loop {
            tokio::select! {
                connected = &mut connecting => return connected.map_err(End::Lost),
                command = self.commands.recv() => match command {
                    Some(command) => refuse(command, "still connecting"),
                    None => return Err(End::Unused),
                },
            }
        }
    }

    /// Says no to everybody until it is time to try again.
    async fn refuse_until(&mut self, until: Instant, why: &str) -> Result<(), ()> {
        loop {
            tokio::select! {
                () = tokio::time::sleep_until(until) => return Ok(()),
                command = self.commands.recv() => match command {
                    Some(command) => refuse(command, why),
                    None => return Err(()),
                },
            }
        }
    }

    async fn talk(&mut self, stream: UplinkStream) -> End {
        self.generation += 1;
        let mut session = Session::new(stream, self.address, self.password, self.generation);
        session.report_to(self.own.clone(), Arc::clone(&self.reports));
        let mut chunk = vec![0; 4096];
        let began = Instant::now();
        let mut heard_at = began;
        let mut spent = match &self.source {
            Source::Given(_, most) => Some(Spent::new(most.clone(), began)),
            Source::Dial(_) | Source::Seat(_) => None,
        };
        loop {
            let dead_at = if session.logged_in {
                heard_at + self.silence
            } else {
                began + LOGIN
            };
            let quiet_at = heard_at + QUIET;
            let ended = tokio::select! {
                read = session.stream.read(&mut chunk) => match read {
                    Ok(0) => Err("closed by the concentrator".to_owned()),
                    Ok(count) => {
                        heard_at = Instant::now();
                        let found = session.scanner.push(chunk.get(..count).unwrap_or_default());
                        match spent.as_mut().map(|spent| spent.take(heard_at, found.len(), count)) {
                            Some(false) => Err("it says more than it may".to_owned()),
                            Some(true) | None => session.take(found).await,
                        }
                    }
                    Err(error) => Err(error.to_string()),
                },
                newer = self.source.newer() => {
                    self.next = Some(newer);
                    Err("it connected anew".to_owned())
                }
                command = self.commands.recv() => match command {
                    Some(command) => session.obey(command).await,
                    None => return End::Unused,
                },
                () = tokio::time::sleep_until(quiet_at), if session.scanner.pending() > 0 => {
                    let found = session.scanner.idle();
                    session.take(found).await
                }
                () = tokio::time::sleep_until(dead_at) => Err(if session.logged_in {
                    "nothing heard for too long".to_owned()
                } else {
                    "no login came".to_owned()
                }),
            };
            match ended {
                Ok(()) if session.logged_in => self.board.note(self.index, Ok(())),
                Ok(()) => {}
                Err(why) => return End::Lost(why),
            }
        }
    }
}

async fn obtain(source: &mut Source) -> Result<UplinkStream, String> {
    match source {
        Source::Dial(endpoint) => connect(endpoint).await.map_err(|error| match error {
            // The endpoint stands before the reason wherever it is shown.
            UplinkError::Connect { why, .. } => why,
            other => other.to_string(),
        }),
        Source::Seat(_) => Ok(source.newer().await),
        Source::Given(stream, _) => match stream.take() {
            Some(stream) => Ok(*stream),
            None => std::future::pending().await,
        },
    }
}

fn refuse(command: Command, why: &str) {
    if let Command::Send { written, .. } = command {
        // Whoever asked may be gone; nothing was sent, so nobody needs to know.
        let _ = written.send(Err(LinkError::NotConnected(why.to_owned())));
    }
}
