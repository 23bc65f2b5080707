//! Meters that hear a line and answer.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use super::EmulateArguments;
use super::state::State;
use crate::emulate::EmulatedMeter;
use crate::emulate::mbus::together;
use crate::field::{local_time, words};
use crate::frame::scan::{Found, Scanner};
use crate::frame::{PREAMBLE, Protocol};
use crate::link::Spoken;

/// A pause inside a frame after which its rest will not come (DL/T 645-2007, 5.3).
const QUIET: Duration = Duration::from_millis(500);
/// Bit times by which each meter answers later than the one before: no two are equally fast.
const LATER: usize = 3;

/// The meters of one line, and how they answer.
pub(super) struct Bench {
    meters: Vec<Box<dyn EmulatedMeter>>,
    state: Option<State>,
    spoken: Spoken,
    baud: u32,
    delay: Duration,
    preamble: u8,
    verbose: bool,
}

impl Bench {
    pub(super) fn new(
        meters: Vec<Box<dyn EmulatedMeter>>,
        state: Option<State>,
        arguments: &EmulateArguments,
    ) -> Self {
        let protocols: Vec<Protocol> = meters
            .first()
            .map(|meter| meter.protocol())
            .into_iter()
            .collect();
        Bench {
            meters,
            state,
            spoken: Spoken::only(&protocols),
            baud: arguments.baud,
            delay: Duration::from_millis(arguments.delay_ms),
            preamble: arguments.preamble,
            verbose: arguments.verbose,
        }
    }

    /// Prints when somebody wants to know.
    pub(super) fn say(&self, text: &str) {
        if self.verbose {
            println!("{text}");
        }
    }

    /// The rate that the meters listen at.
    fn rate(&self) -> u32 {
        let told = self.meters.first().and_then(|meter| meter.rate());
        told.unwrap_or(self.baud)
    }

    /// Like [`serve_rated`](Bench::serve_rated), on a line whose rate is nobody's choice here.
    pub(super) async fn serve<P>(
        &mut self,
        port: &mut P,
        fits: &mut (dyn FnMut(u32) -> bool + Send),
    ) -> io::Result<()>
    where
        P: AsyncRead + AsyncWrite + Unpin + Send + ?Sized,
    {
        self.serve_rated(port, &mut |baud, _: &P| fits(baud)).await
    }

    /// Hears and answers until the line ends. `fits` says whether the line is set to the meters' rate; at another one they
    /// understand nothing.
    pub(super) async fn serve_rated<P>(
        &mut self,
        port: &mut P,
        fits: &mut (dyn FnMut(u32, &P) -> bool + Send),
    ) -> io::Result<()>
    where
        P: AsyncRead + AsyncWrite + Unpin + Send + ?Sized,
    {
        let mut scanner: Scanner = self.spoken.scanner();
        let mut chunk = [0; 512];
        loop {
            let read = port.read(&mut chunk);
            let found = if scanner.pending() == 0 {
                Some(read.await?)
            } else {
                match tokio::time::timeout(QUIET, read).await {
                    Ok(read) => Some(read?),
                    Err(_) => None,
                }
            };
            let found = match found {
                Some(0) => return Ok(()),
                Some(count) => scanner.push(chunk.get(..count).unwrap_or_default()),
                None => scanner.idle(),
            };
            for found in found {
                match found {
                    Found::Frame { protocol, bytes } if fits(self.rate(), port) => {
                        self.answer(port, protocol, &bytes).await?;
                    }
                    Found::Frame { .. } => self.say("(a request at another rate)"),
                    Found::Spoilt { error, .. } => self.say(&format!("(spoilt: {error})")),
                    Found::Noise { bytes } => self.say(&format!("({bytes} bytes of noise)")),
                }
            }
        }
    }

    async fn answer<P>(&mut self, port: &mut P, protocol: Protocol, heard: &[u8]) -> io::Result<()>
    where
        P: AsyncWrite + Unpin + ?Sized,
    {
        self.say(&format!("> {}", words::line(protocol, heard)));
        let Some(now) = local_time() else {
            return Err(io::Error::other(
                "this machine's clock is not between 2000 and 2099",
            ));
        };
        if let Some(state) = &mut self.state {
            state.add(heard)?;
        }
        let answers: Vec<Vec<u8>> = self
            .meters
            .iter_mut()
            .filter_map(|meter| meter.hear(heard, now))
            .collect();
        if let [answer] = answers.as_slice() {
            self.say(&format!("< {}", words::line(protocol, answer)));
        } else if !answers.is_empty() {
            self.say(&format!("< {} meters at once", answers.len()));
        }
        let preamble = match protocol {
            Protocol::Mbus => 0,
            _ => usize::from(self.preamble),
        };
        let late: Vec<(usize, Vec<u8>)> = (0..)
            .zip(answers)
            .map(|(place, answer): (usize, _)| {
                let mut bytes = vec![PREAMBLE; preamble];
                bytes.extend(answer);
                (place * LATER, bytes)
            })
            .collect();
        let Some(bytes) = together(&late) else {
            return Ok(());
        };
        tokio::time::sleep(self.delay).await;
        port.write_all(&bytes).await?;
        port.flush().await
    }
}
