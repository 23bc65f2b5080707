//! One connection to a concentrator while it lasts: its login, and frames both ways.

use std::io;
use std::sync::PoisonError;
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::connection::Command;
use super::outgoing::Outgoing;
use super::pending::{Incoming, Pending};
use super::report::{ReportSink, Told};
use crate::frame::gdw376::item::Unit;
use crate::frame::gdw376::item::event::Report;
use crate::frame::gdw376::series::{Joined, Joining};
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
    /// An answer in several frames, and the number that it was asked for under.
    joining: (u8, Joining),
    reports: Option<(mpsc::WeakSender<Command>, ReportSink)>,
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
            joining: (0, Joining::default()),
            reports: None,
        }
    }

    /// Carries out a command. An error ends the connection.
    pub(super) async fn obey(&mut self, command: Command) -> Result<(), String> {
        let (request, waiter, written) = match command {
            Command::Confirm { generation, number } if generation == self.generation => {
                return self.say_confirm(2, number).await;
            }
            Command::Confirm { .. } => return Ok(()),
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
        let bytes = match self.numbered(&request, waiter) {
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

    /// The request's bytes under the next free number.
    fn numbered(
        &mut self,
        request: &Outgoing,
        waiter: mpsc::Sender<Incoming>,
    ) -> Result<Vec<u8>, String> {
        let number = self
            .pending
            .take(waiter)
            .ok_or("too many requests at once")?;
        request.encode(self.address, number, self.password)
    }

    /// Reports go there; without anybody who takes them they are not confirmed.
    pub(super) fn report_to(&mut self, own: mpsc::WeakSender<Command>, reports: ReportSink) {
        self.reports = Some((own, reports));
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
                self.deliver(number, Confirm::from_items(&items).map(Incoming::Verdict));
            }
            afn::EVENTS if frame.control.starting() => self.reported(frame, &items),
            function @ (afn::CLASS_1 | afn::CLASS_2 | afn::EVENTS | afn::READ_PARAMETERS) => {
                self.joined(function, frame.sequence, items);
            }
            other => tracing::debug!(afn = other, "nothing waits for this function"),
        }
        Ok(())
    }

    /// Data that were asked for, perhaps in several frames: the first one has the number of the question. One question for
    /// data is under way at a time, so the frames that follow are of the same answer.
    fn joined(&mut self, function: u8, sequence: Sequence, items: Vec<Item>) {
        let (asked, joining) = &mut self.joining;
        if sequence.first() || self.pending.is_waiting(sequence.number()) && !joining.has_begun() {
            *asked = sequence.number();
        }
        match joining.take(sequence, items) {
            Joined::More => {}
            Joined::Whole(items) => {
                let asked = *asked;
                self.deliver(asked, Ok(Incoming::Items { function, items }));
            }
            Joined::OutOfOrder => tracing::info!("an answer in several frames lost one of them"),
        }
    }

    /// What the concentrator tells by itself: handed on if somebody takes it; it is told again until it is confirmed.
    fn reported(&self, frame: &Frame, items: &[Item]) {
        let Some((own, sink)) = &self.reports else {
            return;
        };
        let taker = sink.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let Some(taker) = taker else {
            return;
        };
        for item in items {
            let report = match Report::decode(&item.data) {
                Ok(report) => report,
                Err(error) => {
                    tracing::info!(%error, "a report that cannot be read");
                    continue;
                }
            };
            let told = Told {
                important: item.function == 1,
                report,
                generation: self.generation,
                number: frame.sequence.number(),
                connection: own.clone(),
            };
            if taker.try_send(told).is_err() {
                tracing::info!("a report has to wait: nobody takes it");
            }
        }
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
        self.say_confirm(asked.protocol, asked.sequence.number())
            .await
    }

    async fn say_confirm(&mut self, protocol: u8, number: u8) -> Result<(), String> {
        let data = Confirm::All
            .to_item()
            .and_then(|item| units::join(&[item]))
            .map_err(|error| error.to_string())?;
        let frame = Frame {
            protocol,
            control: Control::CONFIRM_DOWN,
            address: self.address,
            afn: afn::CONFIRM,
            sequence: Sequence::single(number, false),
            data,
            password: None,
            events: None,
            time_tag: None,
        };
        let bytes = frame.encode().map_err(|error| error.to_string())?;
        self.write(&bytes).await.map_err(|error| error.to_string())
    }
}
