//! A serial line, usually RS-485 behind a converter.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::Instant;

use super::collect::Wait;
use super::tty::Tty;
use super::{Ear, Link, LinkError, Port, PortOpener, SerialSettings, Spoken};
use crate::frame::scan::{Found, Scanner};

/// A port and how it is set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SerialPortConfig {
    /// The device, best by a name that stays when the adapter is plugged in again (`/dev/serial/by-id/…`).
    pub device: PathBuf,
    /// Rate and framing.
    pub settings: SerialSettings,
    /// The converter hands back every byte that is sent.
    pub echo: bool,
    /// What the adapter adds to each answer (USB polling and buffering).
    pub adapter_latency: Duration,
}

impl SerialPortConfig {
    /// A port with the meters' own settings, no echo and 50 ms of adapter latency.
    pub fn new(device: impl Into<PathBuf>) -> Self {
        SerialPortConfig {
            device: device.into(),
            settings: SerialSettings::default(),
            echo: false,
            adapter_latency: Duration::from_millis(50),
        }
    }

    /// What opens the device.
    pub fn opener(&self) -> Arc<dyn PortOpener> {
        Arc::new(Tty {
            device: self.device.clone(),
        })
    }
}

/// Silence between two frames, in bit times (EN 13757-2; the meters of DL/T 645 and CJ/T 188 are content with less).
const GAP_BITS: u64 = 33;
/// A pause inside a frame after which its rest will not come: DL/T 645-2007, 5.3 allows 500 ms between bytes.
const QUIET: Duration = Duration::from_millis(500);
/// Bytes of the longest frame on a wire, for whoever waits for its end.
const LONGEST: usize = 300;
/// How long one wait for bytes lasts while nothing is half heard.
const LISTEN: Duration = Duration::from_secs(3600);

/// A link over a serial port. It opens the port by itself, also again after the adapter was pulled and put back.
pub struct SerialLink {
    opener: Arc<dyn PortOpener>,
    config: SerialPortConfig,
    settings: SerialSettings,
    spoken: Spoken,
    ear: Option<Ear>,
    /// Finds frames in what others say between our exchanges.
    scanner: Scanner,
    port: Option<Box<dyn Port>>,
    free_from: Instant,
}

impl SerialLink {
    /// A link over a terminal device that is opened when first needed.
    pub fn new(config: SerialPortConfig) -> Self {
        SerialLink::over(config.opener(), config)
    }

    /// A link over whatever `opener` opens, set as `config` says; the device named there is not touched.
    pub fn over(opener: Arc<dyn PortOpener>, config: SerialPortConfig) -> Self {
        SerialLink {
            opener,
            settings: config.settings,
            spoken: Spoken::default(),
            ear: None,
            scanner: Spoken::default().scanner(),
            config,
            port: None,
            free_from: Instant::now(),
        }
    }

    /// Looks for frames of these protocols from now on.
    pub fn hear(&mut self, spoken: Spoken) {
        self.scanner = spoken.scanner();
        self.spoken = spoken;
    }

    /// Tells this ear of every sound frame that answers none of our requests, during an exchange and while
    /// [`listening`](Self::listen).
    pub fn overhear(&mut self, ear: Option<Ear>) {
        self.ear = ear;
    }

    /// Rate and framing as they are now.
    pub fn settings(&self) -> SerialSettings {
        self.settings
    }

    /// Whether the port was open when it was last used.
    pub fn is_open(&self) -> bool {
        self.port.is_some()
    }

    /// Reads what others say on the wire, for as long as the port is there. Dropping it in the middle loses no more than the
    /// frame that is just coming.
    pub async fn listen(&mut self) -> LinkError {
        let mut chunk = [0; 512];
        let quiet = QUIET + self.config.adapter_latency;
        loop {
            let Some(port) = self.port.as_mut() else {
                return LinkError::NotConnected(format!("{} is closed", self.opener.name()));
            };
            let pending = self.scanner.pending() > 0;
            let until = Instant::now() + if pending { quiet } else { LISTEN };
            let found = match tokio::time::timeout_at(until, port.read(&mut chunk)).await {
                Ok(Ok(0)) => {
                    let gone = "the device is gone";
                    self.close(&gone);
                    return LinkError::Broken(gone.to_owned());
                }
                Ok(Ok(count)) => {
                    let gap = self.settings.bit_times(GAP_BITS);
                    self.free_from = (Instant::now() + gap).max(self.free_from);
                    self.scanner.push(chunk.get(..count).unwrap_or_default())
                }
                Ok(Err(error)) if error.kind() == io::ErrorKind::Interrupted => continue,
                Ok(Err(error)) => {
                    self.close(&error);
                    return LinkError::Broken(error.to_string());
                }
                Err(_) => self.scanner.idle(),
            };
            self.hand_over(found);
        }
    }

    /// Opens the port, unless it is open and the device is still there.
    ///
    /// # Errors
    /// [`LinkError::NotConnected`] when the device is missing, taken, or cannot be set this way.
    pub fn ensure_open(&mut self) -> Result<(), LinkError> {
        if let Some(port) = self.port.as_mut() {
            match port.discard_input() {
                Ok(()) => return Ok(()),
                Err(error) => self.close(&error),
            }
        }
        let opened = self
            .opener
            .open(&self.settings)
            .map_err(|error| LinkError::NotConnected(format!("{}: {error}", self.opener.name())))?;
        tracing::info!(device = %self.opener.name(), settings = %self.settings, "serial port opened");
        self.port = Some(opened);
        Ok(())
    }

    /// Changes rate and framing for what follows; `None` = back to the configured ones.
    ///
    /// # Errors
    /// [`LinkError::NotConnected`] when the port cannot be set this way.
    pub fn set(&mut self, settings: Option<SerialSettings>) -> Result<(), LinkError> {
        let wanted = settings.unwrap_or(self.config.settings);
        if wanted == self.settings {
            return Ok(());
        }
        if let Some(port) = self.port.as_mut()
            && let Err(error) = port.set(&wanted)
        {
            // Half set is worse than closed: the next use opens it afresh.
            self.close(&error);
            self.settings = self.config.settings;
            return Err(LinkError::NotConnected(format!(
                "cannot set {wanted}: {error}"
            )));
        }
        self.settings = wanted;
        Ok(())
    }

    /// Sends a frame whose answer, if there is one, is for the ear, and returns when its last byte is out. Nothing is read
    /// meanwhile, so that [`listen`](Self::listen) hears an answer whole that begins at once.
    ///
    /// # Errors
    /// As [`Link::exchange`], without [`LinkError::NoAnswer`].
    pub async fn say(&mut self, frame: &[u8]) -> Result<(), LinkError> {
        self.ensure_open()?;
        tokio::time::sleep_until(self.free_from).await;
        let Some(port) = self.port.as_mut() else {
            return Err(LinkError::NotConnected("the port is closed".to_owned()));
        };
        let wire = self.settings.wire_time(frame.len());
        let limit = wire * 2 + Duration::from_secs(1);
        let sent = tokio::time::timeout(limit, Self::send(port.as_mut(), frame)).await;
        let sent = sent.unwrap_or_else(|_| {
            Err(LinkError::Broken(
                "the port does not take the frame".to_owned(),
            ))
        });
        if let Err(error) = sent {
            self.close(&error);
            return Err(error);
        }
        let ends = Instant::now() + wire;
        tokio::time::sleep_until(ends).await;
        self.free_from = ends + self.settings.bit_times(GAP_BITS);
        Ok(())
    }

    fn close(&mut self, why: &dyn std::fmt::Display) {
        if self.port.take().is_some() {
            tracing::warn!(device = %self.opener.name(), %why, "serial port closed");
        }
    }

    /// Waits for the gap after the last frame. Who still talks is heard out first, such as a meter that answers twice: to
    /// talk into it would spoil the request, and cost the next meter its turn.
    async fn hush(&mut self) -> Result<(), LinkError> {
        let gap = self.settings.bit_times(GAP_BITS);
        let most = Instant::now().max(self.free_from) + self.settings.wire_time(LONGEST);
        let mut chunk = [0; 512];
        loop {
            let Some(port) = self.port.as_mut() else {
                return Err(LinkError::NotConnected("the port is closed".to_owned()));
            };
            let until = self.free_from;
            let count = match tokio::time::timeout_at(until, port.read(&mut chunk)).await {
                Err(_) => return Ok(()),
                Ok(Ok(0)) => {
                    let gone = "the device is gone";
                    self.close(&gone);
                    return Err(LinkError::NotConnected(gone.to_owned()));
                }
                Ok(Ok(count)) => count,
                Ok(Err(error)) if error.kind() == io::ErrorKind::Interrupted => continue,
                Ok(Err(error)) => {
                    self.close(&error);
                    return Err(LinkError::NotConnected(error.to_string()));
                }
            };
            self.free_from = (Instant::now() + gap).max(self.free_from);
            let found = self.scanner.push(chunk.get(..count).unwrap_or_default());
            self.hand_over(found);
            if Instant::now() >= most {
                // A converter that babbles without end is not waited for.
                tokio::time::sleep_until(self.free_from).await;
                return Ok(());
            }
        }
    }

    fn hand_over(&self, found: Vec<Found>) {
        for item in found {
            if let (Some(ear), Found::Frame { protocol, bytes }) = (&self.ear, item) {
                ear(protocol, &bytes);
            }
        }
    }

    /// Sends, and says whether anything may have left when it fails.
    async fn send(port: &mut dyn Port, request: &[u8]) -> Result<(), LinkError> {
        let mut sent = 0;
        while let Some(rest) = request.get(sent..).filter(|rest| !rest.is_empty()) {
            match port.write(rest).await {
                Ok(0) => return Err(write_failed(sent, &"the port takes nothing")),
                Ok(count) => sent += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(write_failed(sent, &error)),
            }
        }
        Ok(())
    }
}

fn write_failed(sent: usize, error: &dyn std::fmt::Display) -> LinkError {
    if sent == 0 {
        LinkError::NotConnected(error.to_string())
    } else {
        LinkError::Broken(error.to_string())
    }
}

impl Link for SerialLink {
    /// `patience` is how long the meter may take from the last byte of the request to the last byte of its answer; the time
    /// that the request itself needs on the wire, its echo and the adapter's latency come on top.
    async fn exchange(
        &mut self,
        request: &[u8],
        belongs: &(dyn Fn(&[u8]) -> bool + Sync),
        patience: Duration,
    ) -> Result<Vec<u8>, LinkError> {
        if self.port.is_none() {
            self.ensure_open()?;
        }
        self.hush().await?;
        // The rest of what was half heard will not come through our request.
        let half = self.scanner.idle();
        self.hand_over(half);
        // What still lies in the port belongs to nobody any more.
        self.ensure_open()?;
        let Some(port) = self.port.as_mut() else {
            return Err(LinkError::NotConnected("the port is closed".to_owned()));
        };
        let wire = self.settings.wire_time(request.len());
        let sent = match tokio::time::timeout(
            wire * 2 + Duration::from_secs(1),
            Self::send(port.as_mut(), request),
        )
        .await
        {
            Ok(sent) => sent,
            // How much of it left is not known.
            Err(_) => Err(LinkError::Broken(
                "the port does not take the request".to_owned(),
            )),
        };
        let started = Instant::now();
        let result = match sent {
            Ok(()) => {
                let wait = Wait {
                    request,
                    spoken: &self.spoken,
                    belongs,
                    deadline: started + wire + self.config.adapter_latency + patience,
                    patience,
                    quiet: QUIET + self.config.adapter_latency,
                    echo: self.config.echo,
                    ear: self.ear.as_ref(),
                };
                wait.answer(port.as_mut()).await
            }
            Err(error) => Err(error),
        };
        if let Err(error @ (LinkError::Broken(_) | LinkError::NotConnected(_))) = &result {
            self.close(error);
        }
        self.free_from = Instant::now().max(started + wire) + self.settings.bit_times(GAP_BITS);
        result
    }
}
