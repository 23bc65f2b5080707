//! One question to everybody, and everything that comes back.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::{Instant, timeout, timeout_at};

use crate::frame::scan::Found;
use crate::frame::{Protocol, without_preamble};
use crate::link::{Port, PortOpener, SerialSettings, Spoken};

/// Silence after which nobody goes on. Meters that answer one after the other start within the same window.
const QUIET: Duration = Duration::from_millis(200);
/// A line that never falls silent is given up.
const LONGEST: Duration = Duration::from_secs(5);

/// Everything that came back to one question.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Heard {
    /// Sound frames, without the echo.
    pub frames: Vec<(Protocol, Vec<u8>)>,
    /// Headers with a wrong checksum or end.
    pub spoilt: usize,
    /// Bytes of no frame.
    pub noise: usize,
}

impl Heard {
    /// Whether more was heard than sound frames.
    pub(super) fn is_disturbed(&self) -> bool {
        self.spoilt > 0 || self.noise > 0
    }

    fn take(&mut self, found: Vec<Found>, request: &[u8]) {
        for item in found {
            match item {
                Found::Frame { bytes, .. } if bytes == without_preamble(request) => {}
                Found::Frame { protocol, bytes } => self.frames.push((protocol, bytes)),
                Found::Spoilt { .. } => self.spoilt += 1,
                Found::Noise { bytes } => self.noise += bytes,
            }
        }
    }
}

/// A line that is asked, at settings that change.
pub(super) struct Line {
    opener: Arc<dyn PortOpener>,
    port: Option<Box<dyn Port>>,
    settings: SerialSettings,
    /// The latest start of an answer.
    latest: Duration,
}

impl Line {
    pub(super) fn new(
        opener: Arc<dyn PortOpener>,
        settings: SerialSettings,
        latest: Duration,
    ) -> Self {
        Line {
            opener,
            port: None,
            settings,
            latest,
        }
    }

    /// How long a question takes to which nobody answers.
    pub(super) fn silence(&self, request: &[u8]) -> Duration {
        self.settings.wire_time(request.len()) + self.latest
    }

    /// Asks, and listens until the line is silent.
    pub(super) async fn ask(&mut self, request: &[u8], spoken: &Spoken) -> io::Result<Heard> {
        let first = self.silence(request);
        let port = match self.port.take() {
            Some(port) => port,
            None => self.opener.open(&self.settings)?,
        };
        let port = self.port.insert(port);
        port.discard_input()?;
        timeout(LONGEST, port.write_all(request))
            .await
            .map_err(|_| io::Error::new(io::ErrorKind::TimedOut, "the port takes nothing"))??;
        let mut heard = Heard::default();
        let mut scanner = spoken.scanner();
        let began = Instant::now();
        let mut until = began + first;
        let mut chunk = [0; 512];
        while until < began + first + LONGEST {
            match timeout_at(until, port.read(&mut chunk)).await {
                Ok(Ok(0)) => {
                    return Err(io::Error::new(
                        io::ErrorKind::UnexpectedEof,
                        "the other end is gone",
                    ));
                }
                Ok(Ok(count)) => {
                    heard.take(
                        scanner.push(chunk.get(..count).unwrap_or_default()),
                        request,
                    );
                    until = until.max(Instant::now() + QUIET);
                }
                Ok(Err(error)) if error.kind() == io::ErrorKind::Interrupted => {}
                Ok(Err(error)) => return Err(error),
                Err(_) => break,
            }
        }
        heard.take(scanner.idle(), request);
        Ok(heard)
    }
}
