//! A crypto machine over the network.
//!
//! Operators' crypto machines have no public protocol, so this one is ours: a small adapter beside the machine speaks it. One
//! JSON object a line each way over TCP, one question at a time; `docs/bus/dlt645.md` describes it. All bytes are hex in the
//! order of the wire; turning them around for the security module is the adapter's part, as is the choice of keys.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use super::{Purpose, SealedData, Session, Signer, SignerError};
use crate::frame::bytes::{digits, hex};
use crate::frame::dlt645::security::Identity;

/// The longest line an adapter may send.
const LONGEST_LINE: u64 = 4096;
/// The version of the protocol.
const VERSION: u8 = 1;

/// Where the crypto machine's adapter listens.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CryptoMachineConfig {
    /// Host and port.
    pub address: String,
    /// How long one answer may take.
    #[serde(default = "five")]
    pub timeout_seconds: u64,
    /// Whether a machine elsewhere than on this host may be spoken to. The protocol is not encrypted: set it only where the
    /// network itself is (a tunnel, a separate cable).
    #[serde(default)]
    pub allow_plain: bool,
}

fn five() -> u64 {
    5
}

/// The client. It connects when first asked and stays connected; after any failure the next question connects anew.
#[derive(Debug)]
pub struct CryptoMachine {
    config: CryptoMachineConfig,
    stream: Option<BufReader<TcpStream>>,
    last_id: u64,
}

#[derive(Serialize)]
struct Question<'a> {
    v: u8,
    id: u64,
    ask: &'a str,
    meter: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    session: Option<SessionText>,
    #[serde(skip_serializing_if = "Option::is_none")]
    purpose: Option<Purpose>,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mac: Option<String>,
}

#[derive(Serialize)]
struct SessionText {
    master_random: String,
    meter_random: String,
    esam: String,
}

#[derive(Deserialize)]
struct AnswerLine {
    id: u64,
    cipher: Option<String>,
    random: Option<String>,
    divergence: Option<String>,
    mac: Option<String>,
    valid: Option<bool>,
    error: Option<String>,
}

impl CryptoMachine {
    /// A client that is not connected yet.
    ///
    /// # Errors
    /// [`SignerError::Unreachable`] where the address is not on this host and `allow_plain` is not set.
    pub fn new(config: CryptoMachineConfig) -> Result<Self, SignerError> {
        let host = config.address.rsplit_once(':').map_or("", |(host, _)| host);
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let here = host == "localhost"
            || host
                .parse::<std::net::IpAddr>()
                .is_ok_and(|ip| ip.is_loopback());
        if !here && !config.allow_plain {
            return Err(SignerError::Unreachable(format!(
                "{} is not an address of this host, and the protocol is not encrypted; use a tunnel to this host, or set allow_plain = true",
                config.address
            )));
        }
        Ok(CryptoMachine {
            config,
            stream: None,
            last_id: 0,
        })
    }

    async fn ask(&mut self, question: Question<'_>) -> Result<AnswerLine, SignerError> {
        let timeout = Duration::from_secs(self.config.timeout_seconds);
        // The connection is taken out while it is used: after a failure or a cancelled call it is gone, and with it an
        // answer that might come later and be taken for another question's.
        let stream = self.stream.take();
        let exchange = exchange(stream, &self.config.address, &question);
        let (stream, answer) = tokio::time::timeout(timeout, exchange)
            .await
            .map_err(|_| SignerError::Silent(timeout))??;
        self.stream = Some(stream);
        match answer.error {
            Some(error) => Err(SignerError::Refused(error)),
            None => Ok(answer),
        }
    }

    fn question<'a>(&mut self, ask: &'a str, meter: [u8; 6]) -> Question<'a> {
        self.last_id += 1;
        Question {
            v: VERSION,
            id: self.last_id,
            ask,
            meter: digits(&meter),
            session: None,
            purpose: None,
            data: None,
            mac: None,
        }
    }

    fn about<'a>(
        &mut self,
        ask: &'a str,
        session: &Session,
        purpose: Purpose,
        data: &[u8],
    ) -> Question<'a> {
        let question = self.question(ask, session.meter);
        Question {
            session: Some(SessionText {
                master_random: hex(&session.master_random),
                meter_random: hex(&session.meter_random),
                esam: hex(&session.esam),
            }),
            purpose: Some(purpose),
            data: Some(hex(data)),
            ..question
        }
    }
}

async fn exchange(
    stream: Option<BufReader<TcpStream>>,
    address: &str,
    question: &Question<'_>,
) -> Result<(BufReader<TcpStream>, AnswerLine), SignerError> {
    let unreachable =
        |error: std::io::Error| SignerError::Unreachable(format!("{address}: {error}"));
    let mut stream = match stream {
        Some(stream) => stream,
        None => BufReader::new(TcpStream::connect(address).await.map_err(unreachable)?),
    };
    let mut line =
        serde_json::to_vec(question).map_err(|error| SignerError::Malformed(error.to_string()))?;
    line.push(b'\n');
    stream.write_all(&line).await.map_err(unreachable)?;
    stream.flush().await.map_err(unreachable)?;
    let mut answer = Vec::new();
    (&mut stream)
        .take(LONGEST_LINE)
        .read_until(b'\n', &mut answer)
        .await
        .map_err(unreachable)?;
    if answer.last() != Some(&b'\n') {
        return Err(SignerError::Malformed(format!(
            "{} bytes without the end of a line",
            answer.len()
        )));
    }
    let answer: AnswerLine = serde_json::from_slice(&answer)
        .map_err(|error| SignerError::Malformed(error.to_string()))?;
    if answer.id != question.id {
        return Err(SignerError::Malformed(format!(
            "it answers question {}, asked was {}",
            answer.id, question.id
        )));
    }
    Ok((stream, answer))
}

/// Bytes of a field that must be there.
fn bytes(field: Option<String>, name: &str) -> Result<Vec<u8>, SignerError> {
    let text = field.ok_or_else(|| SignerError::Malformed(format!("no {name} in it")))?;
    hex::decode(&text).map_err(|error| SignerError::Malformed(format!("{name}: {error}")))
}

fn fixed<const N: usize>(field: Option<String>, name: &str) -> Result<[u8; N], SignerError> {
    let bytes = bytes(field, name)?;
    let count = bytes.len();
    bytes
        .try_into()
        .map_err(|_| SignerError::Malformed(format!("{name} has {count} bytes, it must have {N}")))
}

impl Signer for CryptoMachine {
    async fn identity(&mut self, meter: [u8; 6]) -> Result<Identity, SignerError> {
        let question = self.question("identity", meter);
        let answer = self.ask(question).await?;
        Ok(Identity {
            cipher: fixed(answer.cipher, "cipher")?,
            random: fixed(answer.random, "random")?,
            divergence: match answer.divergence {
                None => Identity::divergence_of(meter),
                given => fixed(given, "divergence")?,
            },
        })
    }

    async fn mac(
        &mut self,
        session: &Session,
        purpose: Purpose,
        data: &[u8],
    ) -> Result<[u8; 4], SignerError> {
        let question = self.about("mac", session, purpose, data);
        fixed(self.ask(question).await?.mac, "mac")
    }

    async fn seal(
        &mut self,
        session: &Session,
        purpose: Purpose,
        data: &[u8],
    ) -> Result<SealedData, SignerError> {
        let question = self.about("seal", session, purpose, data);
        let answer = self.ask(question).await?;
        let cipher = bytes(answer.cipher, "cipher")?;
        if cipher.is_empty() {
            return Err(SignerError::Malformed("an empty cipher".to_owned()));
        }
        let mac = fixed(answer.mac, "mac")?;
        Ok(SealedData { cipher, mac })
    }

    async fn verify(
        &mut self,
        session: &Session,
        purpose: Purpose,
        data: &[u8],
        mac: [u8; 4],
    ) -> Result<bool, SignerError> {
        let mut question = self.about("verify", session, purpose, data);
        question.mac = Some(hex(&mac));
        let answer = self.ask(question).await?;
        answer
            .valid
            .ok_or_else(|| SignerError::Malformed("no valid in it".to_owned()))
    }
}
