//! The line to the printer: opening, sending, asking for the status.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_serial::StopBits;

use super::status::{Question, Status, is_answer};
use super::task::PrinterAddress;
use crate::device::serial;

/// For a connection to come up.
const CONNECT: Duration = Duration::from_secs(3);
/// For one status answer.
const ANSWER: Duration = Duration::from_secs(1);
/// For the printer to take the next kilobyte.
const SEND: Duration = Duration::from_secs(5);
/// Bytes handed over at a time.
const CHUNK: usize = 1024;

/// Both directions of a line.
pub trait Port: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Port for T {}

/// An open line.
pub struct Link {
    port: Box<dyn Port>,
}

/// How far a job got before the line failed.
#[derive(Debug, PartialEq, Eq)]
pub struct Unsent {
    /// Bytes that were handed over.
    pub sent: usize,
    /// Why no more.
    pub why: String,
}

impl Link {
    /// Opens the line.
    ///
    /// # Errors
    /// In English, for staff.
    pub async fn open(address: &PrinterAddress) -> Result<Link, String> {
        let port: Box<dyn Port> = match address {
            PrinterAddress::Tcp(host) => match timeout(CONNECT, TcpStream::connect(host)).await {
                Ok(Ok(stream)) => Box::new(stream),
                Ok(Err(e)) => return Err(format!("{host}: {e}")),
                Err(_) => {
                    return Err(format!(
                        "{host}: no connection within {} s",
                        CONNECT.as_secs()
                    ));
                }
            },
            PrinterAddress::Serial { device, baud } => {
                Box::new(serial::open(device, *baud, StopBits::One)?)
            }
        };
        Ok(Link { port })
    }

    /// Over a port that is open already.
    #[cfg(test)]
    pub fn over(port: impl Port + 'static) -> Link {
        Link {
            port: Box::new(port),
        }
    }

    /// Asks all four questions.
    ///
    /// # Errors
    /// In English, for staff: the printer is silent or gone.
    pub async fn status(&mut self) -> Result<Status, String> {
        self.discard().await?;
        let mut answers = [0; 4];
        for (answer, question) in answers.iter_mut().zip(Question::ALL) {
            *answer = self.ask(question).await?;
        }
        Status::decode(answers).ok_or_else(|| "the status makes no sense".to_owned())
    }

    async fn ask(&mut self, question: Question) -> Result<u8, String> {
        let deadline = Instant::now() + ANSWER;
        let exchange = async {
            self.port.write_all(&question.wire()).await?;
            self.port.flush().await?;
            loop {
                let byte = self.port.read_u8().await?;
                if is_answer(byte) {
                    return Ok::<u8, std::io::Error>(byte);
                }
            }
        };
        match timeout_at(deadline, exchange).await {
            Ok(Ok(byte)) => Ok(byte),
            Ok(Err(e)) => Err(format!("the line broke: {e}")),
            Err(_) => Err("no answer to the status question".to_owned()),
        }
    }

    /// Throws late answers away, so that the next answer belongs to the next question.
    async fn discard(&mut self) -> Result<(), String> {
        let mut buffer = [0; 64];
        loop {
            match timeout(Duration::from_millis(1), self.port.read(&mut buffer)).await {
                Ok(Ok(0)) => return Err("closed at the other end".to_owned()),
                Ok(Ok(_)) => {}
                Ok(Err(e)) => return Err(format!("the line broke: {e}")),
                Err(_) => return Ok(()),
            }
        }
    }

    /// Hands bytes over, as fast as the printer takes them.
    ///
    /// # Errors
    /// How much was handed over, and why no more.
    pub async fn send(&mut self, bytes: &[u8]) -> Result<(), Unsent> {
        let mut rest: VecDeque<&[u8]> = bytes.chunks(CHUNK).collect();
        let mut sent = 0;
        while let Some(mut chunk) = rest.pop_front() {
            while !chunk.is_empty() {
                match timeout(SEND, self.port.write(chunk)).await {
                    Ok(Ok(n @ 1..)) => {
                        sent += n;
                        chunk = &chunk[n..];
                    }
                    Ok(Ok(0)) => {
                        return Err(Unsent {
                            sent,
                            why: "closed at the other end".into(),
                        });
                    }
                    Ok(Err(e)) => {
                        return Err(Unsent {
                            sent,
                            why: format!("the line broke: {e}"),
                        });
                    }
                    Err(_) => {
                        return Err(Unsent {
                            sent,
                            why: "the printer takes no more data".into(),
                        });
                    }
                }
            }
        }
        match timeout(SEND, self.port.flush()).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(e)) => Err(Unsent {
                sent,
                why: format!("the line broke: {e}"),
            }),
            Err(_) => Err(Unsent {
                sent,
                why: "the printer takes no more data".into(),
            }),
        }
    }
}
