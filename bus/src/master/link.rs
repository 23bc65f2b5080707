//! A meter's wire behind a concentrator, as a link.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use super::Shared;
use super::connection::Command;
use super::outgoing::Outgoing;
use super::pending::Incoming;
use crate::frame::cjt188::Cjt188;
use crate::frame::dlt645::Dlt645;
use crate::frame::gdw376::confirm::not_forwarded;
use crate::frame::gdw376::{Confirm, afn, forward, port};
use crate::frame::mbus::Mbus;
use crate::frame::scan::{Found, Scanner};
use crate::link::{Link, LinkError, SerialSettings};

/// What network and concentrator may add to an answer.
const MARGIN: Duration = Duration::from_secs(2);

/// One wire behind the concentrators. Requests of all links to the same wire take turns.
pub struct ForwardLink {
    shared: Arc<Shared>,
    port: u8,
    settings: SerialSettings,
}

impl ForwardLink {
    pub(super) fn new(shared: Arc<Shared>, port: u8, settings: SerialSettings) -> Self {
        ForwardLink {
            shared,
            port,
            settings,
        }
    }

    /// Asks through one endpoint.
    async fn ask(
        &self,
        endpoint: &mpsc::Sender<Command>,
        request: forward::Request,
        belongs: &(dyn Fn(&[u8]) -> bool + Sync),
        patience: Duration,
    ) -> Result<Vec<u8>, LinkError> {
        let wire = self.settings.wire_time(request.content.len());
        let total =
            self.shared.config.queue + wire + forward::timeout_of(request.message_timeout) + MARGIN;
        let (waiter, mut incoming) = mpsc::channel(4);
        let (written, was_written) = oneshot::channel();
        let outgoing = match Outgoing::forward(&request) {
            Ok(outgoing) => outgoing,
            Err(error) => return Err(LinkError::NotForwarded(error.to_string())),
        };
        let command = Command::Send {
            request: outgoing,
            waiter,
            written,
        };
        if endpoint.send(command).await.is_err() {
            return Err(LinkError::NotConnected(
                "the connection has ended".to_owned(),
            ));
        }
        let connection = match was_written.await {
            Ok(result) => result?,
            // Its task died while it had the request: nobody knows how far it came.
            Err(_) => return Err(LinkError::Broken("the connection has ended".to_owned())),
        };
        let deadline = Instant::now() + total;
        loop {
            let told = match tokio::time::timeout_at(deadline, incoming.recv()).await {
                Ok(Some(told)) => told,
                Ok(None) => return Err(LinkError::Broken("the concentrator was lost".to_owned())),
                Err(_) => {
                    // A concentrator always says something in this time; this connection is not to be trusted.
                    let _ = endpoint.try_send(Command::Suspect(connection));
                    return Err(LinkError::NoAnswer(patience));
                }
            };
            match told {
                Incoming::Verdict(confirm) => return Err(denied(code(&confirm), patience)),
                Incoming::Items { .. } => {}
                Incoming::Reply { port, content } if port == self.port => {
                    if content.is_empty() {
                        return Err(LinkError::NoAnswer(patience));
                    }
                    if let Some(frame) = first_that(&content, belongs) {
                        return Ok(frame);
                    }
                    tracing::info!(
                        port,
                        "a forwarded frame that answers nothing asked was dropped"
                    );
                }
                Incoming::Reply { port, .. } => {
                    tracing::info!(port, "an answer from another wire was dropped")
                }
            }
        }
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

/// A denial is certain only with one of our concentrator's own codes: others in the field deny also after the meter stayed
/// silent.
fn denied(code: Option<u8>, patience: Duration) -> LinkError {
    match code.and_then(not_forwarded::meaning) {
        Some(meaning) => LinkError::NotForwarded(meaning.to_owned()),
        None => {
            tracing::info!(
                ?code,
                "the concentrator denied a forward without saying whether it was sent"
            );
            LinkError::NoAnswer(patience)
        }
    }
}

/// The first frame that belongs. M-Bus is looked for by itself and last: its shortest frames are one and five bytes long, and
/// noise in front of another protocol's frame could look like one.
fn first_that(content: &[u8], belongs: &(dyn Fn(&[u8]) -> bool + Sync)) -> Option<Vec<u8>> {
    first_of(Scanner::new::<Dlt645>().and::<Cjt188>(), content, belongs)
        .or_else(|| first_of(Scanner::new::<Mbus>(), content, belongs))
}

fn first_of(
    mut scanner: Scanner,
    content: &[u8],
    belongs: &(dyn Fn(&[u8]) -> bool + Sync),
) -> Option<Vec<u8>> {
    let mut found = scanner.push(content);
    found.extend(scanner.idle());
    found.into_iter().find_map(|item| match item {
        Found::Frame { bytes, .. } if belongs(&bytes) => Some(bytes),
        _ => None,
    })
}

impl Link for ForwardLink {
    /// `patience` is how long the meter may take from the last byte of the request on its wire to the last byte of its
    /// answer; the time for network, queue and the request on the wire comes on top.
    async fn exchange(
        &mut self,
        request: &[u8],
        belongs: &(dyn Fn(&[u8]) -> bool + Sync),
        patience: Duration,
    ) -> Result<Vec<u8>, LinkError> {
        let Some(turn) = self
            .shared
            .turns
            .get(usize::from(self.port))
            .filter(|_| self.port != 0)
        else {
            return Err(LinkError::NotForwarded(format!(
                "{} is no wire's number; they go from 1 to 31",
                self.port
            )));
        };
        let Some(control) = port::control_byte(&self.settings) else {
            return Err(LinkError::NotForwarded(format!(
                "{} has no code in Q/GDW 376.1",
                self.settings
            )));
        };
        let request = forward::Request {
            port: self.port,
            control,
            message_timeout: forward::timeout_byte(patience.max(Duration::from_millis(10))),
            byte_timeout: 50,
            content: request.to_vec(),
        };
        let _turn = turn.lock().await;
        let mut reasons = Vec::new();
        let mut refused = false;
        for (endpoint, name) in self.shared.endpoints.iter().zip(&self.shared.names) {
            match self.ask(endpoint, request.clone(), belongs, patience).await {
                Err(error) if error.never_sent() => {
                    refused |= matches!(error, LinkError::NotForwarded(_));
                    reasons.push(format!("{name}: {error}"));
                }
                sent => return sent,
            }
        }
        let reasons = reasons.join("; ");
        Err(if refused {
            LinkError::NotForwarded(reasons)
        } else {
            LinkError::NotConnected(reasons)
        })
    }
}
