//! One endpoint: connecting, the login, and frames both ways.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use super::MasterConfig;
use super::board::Board;
use super::pending::{Incoming, Pending};
use crate::frame::gdw376::{
    Address, Confirm, Control, Frame, Gdw376, Item, Sequence, afn, forward, units,
};
use crate::frame::scan::{Found, Scanner};
use crate::link::LinkError;

const CONNECT: Duration = Duration::from_secs(5);
const WRITE: Duration = Duration::from_secs(5);
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
    /// Send a forward.
    Send {
        /// The forward.
        request: forward::Request,
        /// Who waits for what comes back.
        waiter: mpsc::Sender<Incoming>,
        /// Told when it was written, with the connection's number; or why it was not.
        written: oneshot::Sender<Result<u64, LinkError>>,
    },
    /// Nothing at all came back on this connection, although the concentrator always says something: give it up.
    Suspect(u64),
}

pub(super) struct Connection {
    endpoint: String,
    index: usize,
    address: Address,
    password: [u8; 16],
    silence: Duration,
    board: Arc<Board>,
    commands: mpsc::Receiver<Command>,
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
        address: Address,
        board: Arc<Board>,
    ) -> mpsc::Sender<Command> {
        let (sender, commands) = mpsc::channel(32);
        let connection = Connection {
            endpoint: config.endpoints.get(index).cloned().unwrap_or_default(),
            index,
            address,
            password: config.password,
            silence: config.silence,
            board,
            commands,
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
            if self.refuse_until(Instant::now() + backoff, &why).await.is_err() {
                return;
            }
            backoff = (backoff * 2).min(LAST_RETRY);
        }
    }

    async fn connect(&mut self) -> Result<TcpStream, End> {
        let endpoint = self.endpoint.clone();
        let connecting = tokio::time::timeout(CONNECT, TcpStream::connect(endpoint));
        tokio::pin!(connecting);
        let connected = loop {
            tokio::select! {
                connected = &mut connecting => break connected,
                command = self.commands.recv() => match command {
                    Some(command) => refuse(command, "still connecting"),
                    None => return Err(End::Unused),
                },
            }
        };
        let stream = connected
            .map_err(|_| End::Lost("no connection in time".to_owned()))?
            .map_err(|error| End::Lost(error.to_string()))?;
        stream.set_nodelay(true).map_err(|error| End::Lost(error.to_string()))?;
        Ok(stream)
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

    async fn talk(&mut self, stream: TcpStream) -> End {
        self.generation += 1;
        let mut session = Session {
            stream,
            address: self.address,
            password: self.password,
            generation: self.generation,
            pending: Pending::default(),
            scanner: Scanner::new::<Gdw376>(),
            logged_in: false,
        };
        let mut chunk = vec![0; 4096];
        let began = Instant::now();
        let mut heard_at = began;
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
                        session.take(found).await
                    }
                    Err(error) => Err(error.to_string()),
                },
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

fn refuse(command: Command, why: &str) {
    if let Command::Send { written, .. } = command {
        // Whoever asked may be gone; nothing was sent, so nobody needs to know.
        let _ = written.send(Err(LinkError::NotConnected(why.to_owned())));
    }
}

struct Session {
    stream: TcpStream,
    address: Address,
    password: [u8; 16],
    generation: u64,
    pending: Pending,
    scanner: Scanner,
    logged_in: bool,
}

impl Session {
    /// Carries out a command. An error ends the connection.
    async fn obey(&mut self, command: Command) -> Result<(), String> {
        let (request, waiter, written) = match command {
            Command::Suspect(generation) if generation == self.generation => {
                return Err("the concentrator does not answer".to_owned());
            }
            Command::Suspect(_) => return Ok(()),
            Command::Send {
                request,
                waiter,
                written,
            } => (request, waiter, written),
        };
        if written.is_closed() {
            // Whoever asked gave up before anything was written; sending now would be late.
            return Ok(());
        }
        if !self.logged_in {
            let _ = written.send(Err(LinkError::NotConnected("the concentrator has not logged in yet".to_owned())));
            return Ok(());
        }
        let bytes = match self.forward(&request, waiter) {
            Ok(bytes) => bytes,
            Err(why) => {
                let _ = written.send(Err(LinkError::NotForwarded(why)));
                return Ok(());
            }
        };
        let result = self.write(&bytes).await;
        let ended = match &result {
            Ok(()) => Ok(()),
            Err(error) => Err(error.to_string()),
        };
        let _ = written.send(result.map(|()| self.generation));
        ended
    }

    fn forward(&mut self, request: &forward::Request, waiter: mpsc::Sender<Incoming>) -> Result<Vec<u8>, String> {
        let unit = request.encode().map_err(|error| error.to_string())?;
        let data = units::join(&[Item::of_terminal(1, unit)]).map_err(|error| error.to_string())?;
        let number = self.pending.take(waiter).ok_or("too many requests at once")?;
        let frame = Frame {
            protocol: 2,
            control: Control::REQUEST,
            address: self.address,
            afn: afn::FORWARD,
            sequence: Sequence::single(number, false),
            data,
            password: Some(self.password),
            events: None,
            time_tag: None,
        };
        frame.encode().map_err(|error| error.to_string())
    }

    /// Writes a frame, and knows whether any of it may have left when that fails.
    async fn write(&mut self, bytes: &[u8]) -> Result<(), LinkError> {
        let deadline = Instant::now() + WRITE;
        let mut sent = 0;
        while let Some(rest) = bytes.get(sent..).filter(|rest| !rest.is_empty()) {
            let why = match tokio::time::timeout_at(deadline, self.stream.write(rest)).await {
                Ok(Ok(0)) => "the connection takes nothing".to_owned(),
                Ok(Ok(count)) => {
                    sent += count;
                    continue;
                }
                Ok(Err(error)) if error.kind() == io::ErrorKind::Interrupted => continue,
                Ok(Err(error)) => error.to_string(),
                Err(_) => "the connection does not take the request".to_owned(),
            };
            return Err(if sent == 0 {
                LinkError::NotConnected(why)
            } else {
                LinkError::Broken(why)
            });
        }
        Ok(())
    }

    /// Acts on what was found. An error ends the connection.
    async fn take(&mut self, found: Vec<Found>) -> Result<(), String> {
        for item in found {
            match item {
                Found::Frame { bytes, .. } => match Frame::decode(&bytes) {
                    Ok(frame) => self.frame(&frame).await?,
                    Err(error) => tracing::info!(%error, "spoilt frame from the concentrator"),
                },
                Found::Spoilt { error, .. } => tracing::info!(%error, "spoilt frame from the concentrator"),
                Found::Noise { bytes } => tracing::info!(bytes, "noise from the concentrator"),
            }
        }
        Ok(())
    }

    async fn frame(&mut self, frame: &Frame) -> Result<(), String> {
        if !frame.control.upward() {
            return Ok(());
        }
        if !frame.address.same_terminal(self.address) {
            return Err(format!("it is concentrator {}, not {}", frame.address, self.address));
        }
        let items = match units::split(frame.afn, true, &frame.data) {
            Ok(items) => items,
            Err(error) => {
                tracing::info!(afn = frame.afn, %error, "malformed data from the concentrator");
                return Ok(());
            }
        };
        let number = frame.sequence.number();
        match frame.afn {
            afn::LINK => return self.confirm(frame, &items).await,
            afn::FORWARD => {
                for item in items.iter().filter(|item| item.function == 1) {
                    self.deliver(number, forward::Reply::decode(&item.data).map(|reply| Incoming::Reply {
                        port: reply.port,
                        content: reply.content,
                    }));
                }
            }
            afn::CONFIRM => {
                let denied = Confirm::from_items(&items).map(|confirm| Incoming::Denied(code(&confirm)));
                self.deliver(number, denied);
            }
            other => tracing::debug!(afn = other, "nothing waits for this function"),
        }
        Ok(())
    }

    fn deliver(&self, number: u8, incoming: Result<Incoming, units::UnitError>) {
        match incoming {
            Ok(incoming) => {
                if !self.pending.deliver(number, incoming) {
                    tracing::info!(number, "a late answer was dropped");
                }
            }
            Err(error) => tracing::info!(%error, "malformed data from the concentrator"),
        }
    }

    /// Confirms a login or heartbeat.
    async fn confirm(&mut self, asked: &Frame, items: &[Item]) -> Result<(), String> {
        self.logged_in |= items.iter().any(|item| item.function == 1 || item.function == 3);
        let data = Confirm::All
            .to_item()
            .and_then(|item| units::join(&[item]))
            .map_err(|error| error.to_string())?;
        let frame = Frame {
            protocol: asked.protocol,
            control: Control::CONFIRM_DOWN,
            address: self.address,
            afn: afn::CONFIRM,
            sequence: Sequence::single(asked.sequence.number(), false),
            data,
            password: None,
            events: None,
            time_tag: None,
        };
        let bytes = frame.encode().map_err(|error| error.to_string())?;
        self.write(&bytes).await.map_err(|error| error.to_string())
    }
}

/// The first refusing code of a verdict on a forward; `None` where the terminal gives no code for it.
fn code(confirm: &Confirm) -> Option<u8> {
    match confirm {
        Confirm::Each { afn: afn::FORWARD, verdicts } => {
            verdicts.iter().map(|verdict| verdict.error).find(|error| *error != 0)
        }
        _ => None,
    }
}
