//! An M-Bus wire behind a level converter on a port of this machine, or anything that opens like one.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::{Instant, timeout, timeout_at};

use super::ear::Ear;
use super::wire::{Heard, IDLE_BITS, Timing, Wire};
use crate::link::{LinkError, Port, PortOpener};

/// A wire over a port. It opens the port when first needed, and again after the port failed. The converter's echo is dropped.
pub struct PortWire {
    opener: Arc<dyn PortOpener>,
    timing: Timing,
    port: Option<Box<dyn Port>>,
    free_from: Instant,
}

impl PortWire {
    /// A wire over the port that `opener` opens.
    pub fn new(opener: Arc<dyn PortOpener>, timing: Timing) -> Self {
        PortWire {
            opener,
            timing,
            port: None,
            free_from: Instant::now(),
        }
    }

    fn opened(&mut self) -> Result<&mut Box<dyn Port>, LinkError> {
        if let Some(port) = self.port.as_mut()
            && port.discard_input().is_err()
        {
            self.port = None;
        }
        match self.port {
            Some(ref mut port) => Ok(port),
            None => {
                let opened = self.opener.open(&self.timing.settings);
                let opened = opened.map_err(|error| {
                    LinkError::NotConnected(format!("{}: {error}", self.opener.name()))
                })?;
                Ok(self.port.insert(opened))
            }
        }
    }
}

impl Wire for PortWire {
    async fn exchange(&mut self, request: &[u8]) -> Result<Heard, LinkError> {
        tokio::time::sleep_until(self.free_from).await;
        let timing = self.timing;
        let port = self.opened()?;
        let room = timing.settings.wire_time(request.len()) * 2 + Duration::from_secs(1);
        let sent = match timeout(room, port.write_all(request)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(LinkError::Broken(error.to_string())),
            Err(_) => Err(LinkError::Broken(
                "the port does not take the request".to_owned(),
            )),
        };
        let result = match sent {
            Ok(()) => listen(port.as_mut(), request, &timing).await,
            Err(error) => Err(error),
        };
        if result.is_err() {
            self.port = None;
        }
        self.free_from = Instant::now() + timing.settings.bit_times(IDLE_BITS);
        result
    }

    fn set_baud(&mut self, baud: u32) -> Result<(), LinkError> {
        self.timing.settings.baud = baud;
        if let Some(port) = self.port.as_mut()
            && let Err(error) = port.set(&self.timing.settings)
        {
            // Half set is worse than closed: the next use opens it afresh.
            self.port = None;
            return Err(LinkError::NotConnected(format!(
                "cannot set {baud} baud: {error}"
            )));
        }
        Ok(())
    }

    fn baud(&self) -> u32 {
        self.timing.settings.baud
    }
}

/// Listens from the end of writing on.
async fn listen(port: &mut dyn Port, request: &[u8], timing: &Timing) -> Result<Heard, LinkError> {
    let mut ear = Ear::new(request);
    let first = Instant::now() + timing.first_byte(request.len());
    // A line that never falls silent is no reason to listen for ever.
    let last = first + timing.whole_answer() * 2;
    let mut until = first;
    let mut chunk = [0; 512];
    while !ear.is_complete() && until <= last {
        match timeout_at(until, port.read(&mut chunk)).await {
            Ok(Ok(0)) => return Err(LinkError::Broken("the other end is gone".to_owned())),
            Ok(Ok(count)) => ear.hear(chunk.get(..count).unwrap_or_default()),
            Ok(Err(error)) if error.kind() == io::ErrorKind::Interrupted => {}
            Ok(Err(error)) => return Err(LinkError::Broken(error.to_string())),
            Err(_) => break,
        }
        until = if ear.only_echo() {
            first
        } else {
            Instant::now() + timing.quiet()
        };
    }
    Ok(ear.finish())
}
