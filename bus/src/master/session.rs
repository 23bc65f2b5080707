//! One connection to a concentrator while it lasts: its login, and frames both ways.

use std::io;
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::connection::Command;
use super::pending::{Incoming, Pending};
use crate::frame::gdw376::{
    Address, Confirm, Control, Frame, Gdw376, Item, Sequence, afn, forward, units,
};
use crate::frame::scan::{Found, Scanner};
use crate::link::LinkError;
use crate::uplink::UplinkStream;

const WRITE: Duration = Duration::from_secs(5);

pub(super) struct Session {
    pub(super) stream: UplinkStream,
    pub(super) scanner: Scanner,
    /// Whether the concentrator has said who it is; nothing is asked before.
    pub(super) logged_in: bool,
    address: Address,
    password: [u8; 16],
    generation: u64,
    pending: Pending,
}

impl Session {
    pub(super) fn new(
        stream: UplinkStream,
        address: Address,
        password: [u8; 16],
        generation: u64,
    ) -> Self {
        Session {
            stream,
            scanner: Scanner::new::<Gdw376>(),
            logged_in: false,
            address,
            password,
            generation,
            pending: Pending::default(),
        }
    }

    /// Carries out a command. An error ends the connection.
    pub(super) async fn obey(&mut self, command: Command) -> Result<(), String> {
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
            let _ = written.send(Err(LinkError::NotConnected(
                "the concentrator has not logged in yet".to_owned(),
            )));
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

    fn forward(
        &mut self,
        request: &forward::Request,
        waiter: mpsc::Sender<Incoming>,
    ) -> Result<Vec<u8>, String> {
        let unit = request.encode().map_err(|error| error.to_string())?;
        let data = units::join(&[Item::of_terminal(1, unit)]).map_err(|error| error.to_string())?;
        let number = self
            .pending
            .take(waiter)
            .ok_or("too many requests at once")?;
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
        match tokio::time::timeout_at(deadline, self.stream.flush()).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(LinkError::Broken(error.to_string())),
            Err(_) => Err(LinkError::Broken(
                "the connection does not take the request".to_owned(),
            )),
        }
    }

    /// Acts on what was found. An error ends the connection.
    pub(super) async fn take(&mut self, found: Vec<Found>) -> Result<(), String> {
        for item in found {
            match item {
                Found::Frame { bytes, .. } => match Frame::decode(&bytes) {
                    Ok(frame) => self.frame(&frame).await?,
                    Err(error) => tracing::info!(%error, "spoilt frame from the concentrator"),
                },
                Found::Spoilt { error, .. } => {
                    tracing::info!(%error, "spoilt frame from the concentrator")
                }
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
            return Err(format!(
                "it is concentrator {}, not {}",
                frame.address, self.address
            ));
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
                    self.deliver(
                        number,
                        forward::Reply::decode(&item.data).map(|reply| Incoming::Reply {
                            port: reply.port,
                            content: reply.content,
                        }),
                    );
                }
            }
            afn::CONFIRM => {
                let denied =
                    Confirm::from_items(&items).map(|confirm| Incoming::Denied(code(&confirm)));
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
        self.logged_in |= items
            .iter()
            .any(|item| item.function == 1 || item.function == 3);
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
        Confirm::Each {
            afn: afn::FORWARD,
            verdicts,
        } => verdicts
            .iter()
            .map(|verdict| verdict.error)
            .find(|error| *error != 0),
        _ => None,
    }
}
