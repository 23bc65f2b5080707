//! One request and its answer on the line.
//!
//! A request that gets no whole answer is sent again under the same sequence flag, and the validator then repeats its
//! answer instead of acting twice. When that does not help the connection is given up, and the caller starts it anew.

use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::{Instant, timeout_at};

use super::frame::{Found, Scanner};
use super::request::Request;

/// The protocol's reply time-out.
const PATIENCE: Duration = Duration::from_secs(1);
/// How often a request is sent before the connection is given up.
const ATTEMPTS: u32 = 3;
/// The sequence flag.
const FLAG: u8 = 0x80;
/// Reply code: done.
const OK: u8 = 0xF0;

/// Why there is no answer. The texts are for staff.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ExchangeError {
    /// The line is gone.
    #[error("the line broke: {0}")]
    Broken(String),
    /// No answer, or none that was whole.
    #[error("no answer{}", if *damaged { ", only damaged data" } else { "" })]
    NoAnswer {
        /// Something came, but damaged.
        damaged: bool,
    },
    /// The request could not be built.
    #[error("the request could not be built: {0}")]
    Request(String),
}

/// An answer: its code and what follows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// F0 for done, else why not.
    pub code: u8,
    /// What follows.
    pub data: Vec<u8>,
}

impl Answer {
    /// Whether the request was carried out.
    pub fn ok(&self) -> bool {
        self.code == OK
    }

    /// The command is not known to this validator (F2).
    pub fn unknown_command(&self) -> bool {
        self.code == 0xF2
    }

    /// The answer's code in words, for staff.
    pub fn reason(&self) -> String {
        let words = match self.code {
            OK => "done",
            0xF2 => "command not known",
            0xF3 => "wrong number of parameters",
            0xF4 => "parameter out of range",
            0xF5 => "cannot be done now",
            0xF6 => "software error",
            0xF8 => "failed",
            0xFA => "encryption key not set",
            other => return format!("unknown reply code {other:02X}"),
        };
        words.to_owned()
    }
}

/// The validator at the other end of a line.
pub struct Line<P> {
    port: P,
    address: u8,
    flag: u8,
    scanner: Scanner,
}

impl<P: AsyncRead + AsyncWrite + Unpin> Line<P> {
    /// Over an open port; 0 is the address of every validator that was not given another.
    pub fn new(port: P, address: u8) -> Self {
        Line {
            port,
            address,
            flag: FLAG,
            scanner: Scanner::default(),
        }
    }

    /// Starts the sequence flag anew.
    ///
    /// Sent under both flags: a validator that takes the first one for a repetition of what was said before this program
    /// started cannot take the second one for that as well.
    pub async fn sync(&mut self) -> Result<(), ExchangeError> {
        self.flag = FLAG;
        self.exchange(Request::Sync).await?;
        self.exchange(Request::Sync).await?;
        self.flag = FLAG;
        Ok(())
    }

    /// Sends a request and waits for its answer, at most three seconds.
    pub async fn exchange(&mut self, request: Request) -> Result<Answer, ExchangeError> {
        self.flag ^= FLAG;
        let seq = self.flag | self.address;
        let wire = request.to_wire(seq).map_err(ExchangeError::Request)?;
        let mut damaged = false;
        for _ in 0..ATTEMPTS {
            let deadline = Instant::now() + PATIENCE;
            match timeout_at(deadline, self.attempt(&wire, seq)).await {
                Ok(Ok(Some(answer))) => return Ok(answer),
                Ok(Ok(None)) => damaged = true,
                Ok(Err(e)) => return Err(ExchangeError::Broken(e.to_string())),
                Err(_) => {}
            }
        }
        Err(ExchangeError::NoAnswer { damaged })
    }

    /// One try; `None` where the answer came damaged.
    async fn attempt(&mut self, wire: &[u8], seq: u8) -> std::io::Result<Option<Answer>> {
        self.scanner = Scanner::default();
        self.port.write_all(wire).await?;
        self.port.flush().await?;
        let mut buffer = [0; 64];
        loop {
            let n = self.port.read(&mut buffer).await?;
            if n == 0 {
                return Err(std::io::Error::new(
                    std::io::ErrorKind::UnexpectedEof,
                    "closed at the other end",
                ));
            }
            for &byte in &buffer[..n] {
                match self.scanner.push(byte) {
                    Some(Found::Packet(packet)) if packet.seq == seq && is_answer(&packet.data) => {
                        let (code, data) = packet
                            .data
                            .split_first()
                            .map_or((0, &[][..]), |(c, d)| (*c, d));
                        return Ok(Some(Answer {
                            code,
                            data: data.to_vec(),
                        }));
                    }
                    // An echo of the request, or a late answer to the one before.
                    Some(Found::Packet(_)) | None => {}
                    Some(Found::Damaged) => return Ok(None),
                }
            }
        }
    }
}

/// Reply codes are F0 to FA; commands, which an echoing line sends back, are all below 80.
fn is_answer(data: &[u8]) -> bool {
    data.first().is_some_and(|&code| code >= 0xF0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{DuplexStream, duplex};

    async fn expect(port: &mut DuplexStream, wire: &[u8]) {
        let mut got = vec![0; wire.len()];
        port.read_exact(&mut got).await.unwrap();
        assert_eq!(got, wire);
    }

    fn line() -> (Line<DuplexStream>, DuplexStream) {
        let (near, far) = duplex(1024);
        (Line::new(near, 0), far)
    }

    fn reply(seq: u8, data: &[u8]) -> Vec<u8> {
        let mut plain = vec![0x7F, seq, u8::try_from(data.len()).unwrap()];
        plain.extend_from_slice(data);
        plain.extend_from_slice(&ssp::crc::crc16(&plain[1..]).to_le_bytes());
        super::super::frame::stuff(&plain)
    }

    #[tokio::test(start_paused = true)]
    async fn the_flag_toggles_with_every_request_and_is_fresh_after_a_sync() {
        let (mut line, mut far) = line();
        let validator = async {
            for (seq, command) in [
                (0x00, Request::Sync),
                (0x80, Request::Sync),
                (0x00, Request::Poll),
                (0x80, Request::Poll),
            ] {
                expect(&mut far, &command.to_wire(seq).unwrap()).await;
                far.write_all(&reply(seq, &[0xF0])).await.unwrap();
            }
        };
        let host = async {
            line.sync().await.unwrap();
            line.exchange(Request::Poll).await.unwrap();
            line.exchange(Request::Poll).await.unwrap();
        };
        tokio::join!(validator, host);
    }

    #[tokio::test(start_paused = true)]
    async fn a_damaged_and_a_lost_answer_are_asked_for_again_under_the_same_flag() {
        let (mut line, mut far) = line();
        let wire = Request::Poll.to_wire(0x00).unwrap();
        let validator = async {
            expect(&mut far, &wire).await;
            let mut bad = reply(0x00, &[0xF0, 0xEE, 0x01]);
            bad[4] ^= 1;
            far.write_all(&bad).await.unwrap();
            expect(&mut far, &wire).await;
            expect(&mut far, &wire).await;
            far.write_all(&reply(0x00, &[0xF0, 0xEE, 0x01]))
                .await
                .unwrap();
        };
        let (answer, ()) = tokio::join!(line.exchange(Request::Poll), validator);
        assert_eq!(
            answer,
            Ok(Answer {
                code: 0xF0,
                data: vec![0xEE, 0x01]
            })
        );
    }

    #[tokio::test(start_paused = true)]
    async fn an_echo_and_a_late_answer_are_not_taken_for_the_answer() {
        let (mut line, mut far) = line();
        let wire = Request::Poll.to_wire(0x00).unwrap();
        let validator = async {
            expect(&mut far, &wire).await;
            far.write_all(&wire).await.unwrap();
            far.write_all(&reply(0x80, &[0xF0, 0xE8])).await.unwrap();
            far.write_all(&reply(0x00, &[0xF0])).await.unwrap();
        };
        let (answer, ()) = tokio::join!(line.exchange(Request::Poll), validator);
        assert_eq!(
            answer,
            Ok(Answer {
                code: 0xF0,
                data: vec![]
            })
        );
    }

    #[tokio::test(start_paused = true)]
    async fn silence_ends_after_three_attempts_and_a_closed_line_at_once() {
        let (mut line, far) = line();
        assert_eq!(
            line.exchange(Request::Poll).await,
            Err(ExchangeError::NoAnswer { damaged: false })
        );
        drop(far);
        assert!(matches!(
            line.exchange(Request::Poll).await,
            Err(ExchangeError::Broken(_))
        ));
    }
}
