//! What the desk and the server say to each other: signed calls over the desk's own connection.

use base64ct::{Base64, Encoding};
use meterpost_ledger::Ledger;
use meterpost_ledger::signing::CALL_HEADER;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Job, read_kind};
use crate::device::card::piv::Slot;
use crate::device::card::piv::authenticate::PublicKey;
use crate::sync::{Answered, CallCounter, Line};

/// Why the server did not do what it was asked. The texts are for the clerk.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OfficeError {
    /// Nobody knows whether it did. Asking again does no harm.
    #[error("{0}")]
    NoAnswer(String),
    /// It refused, for good.
    #[error("{message}")]
    Refused {
        /// A word for programs.
        code: String,
        /// What happened and what to do.
        message: String,
    },
    /// The desk itself cannot ask.
    #[error("{0}")]
    Desk(String),
}

/// The server, as this desk reaches it.
pub struct Office {
    line: Line,
    counter: CallCounter,
    ledger: Ledger,
}

impl std::fmt::Debug for Office {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Office").field("line", &self.line).finish()
    }
}

#[derive(Deserialize)]
struct Next {
    next: Option<NextJob>,
}

#[derive(Deserialize)]
struct NextJob {
    job: i64,
    card: String,
    kind: String,
}

#[derive(Deserialize)]
struct Certified {
    certificates: Vec<String>,
}

impl Office {
    /// Calls are signed with the ledger's key.
    pub fn new(line: Line, counter: CallCounter, ledger: Ledger) -> Office {
        Office {
            line,
            counter,
            ledger,
        }
    }

    /// The oldest card to make.
    ///
    /// # Errors
    /// When there is no answer, or a refusal.
    pub fn next_job(&mut self) -> Result<Option<Job>, OfficeError> {
        let answered = self.ask("next", &json!({}))?;
        let Next { next } = read(&answered)?;
        let job = |next: NextJob| {
            let kind = read_kind(&next.kind);
            let unknown = || unreadable(&format!("a card for {:?}", next.kind));
            Ok(Job {
                id: next.job,
                card: next.card.clone(),
                kind: kind.ok_or_else(unknown)?,
            })
        };
        next.map(job).transpose()
    }

    /// Has the keys of a card certified; the certificates in their order.
    ///
    /// # Errors
    /// When there is no answer, or a refusal.
    pub fn certify(
        &mut self,
        job: &Job,
        keys: &[(Slot, PublicKey)],
    ) -> Result<Vec<Vec<u8>>, OfficeError> {
        let keys: Vec<Value> = keys
            .iter()
            .map(|(slot, point)| {
                json!({"slot": format!("{:02X}", slot.key()), "point": Base64::encode_string(point)})
            })
            .collect();
        let count = keys.len();
        let answered = self.ask("certify", &json!({"job": job.id, "keys": keys}))?;
        let Certified { certificates } = read(&answered)?;
        let decode = |text: &String| Base64::decode_vec(text).map_err(|why| unreadable(&why));
        let decoded: Vec<Vec<u8>> = certificates.iter().map(decode).collect::<Result<_, _>>()?;
        if decoded.len() == count {
            Ok(decoded)
        } else {
            Err(unreadable(&"another number of certificates than of keys"))
        }
    }

    /// The card is made: from now on it is valid.
    ///
    /// # Errors
    /// When there is no answer, or a refusal.
    pub fn done(&mut self, job: &Job) -> Result<(), OfficeError> {
        self.ask("done", &json!({"job": job.id})).map(drop)
    }

    /// The card cannot be made.
    ///
    /// # Errors
    /// When there is no answer, or a refusal.
    pub fn failed(&mut self, job: &Job, why: &str) -> Result<(), OfficeError> {
        self.ask("failed", &json!({"job": job.id, "why": why}))
            .map(drop)
    }

    /// Asks, and once more under a higher number where the server has seen this one.
    fn ask(&mut self, what: &str, body: &Value) -> Result<Answered, OfficeError> {
        let target = format!("/api/v1/card-jobs/{what}");
        let body = body.to_string();
        let mut answered = self.call(&target, body.as_bytes())?;
        if answered.status == 409
            && answered.text("code").as_deref() == Some("replayed")
            && let Some(seen) = answered.number("counter")
        {
            self.counter.pass(seen);
            answered = self.call(&target, body.as_bytes())?;
        }
        match answered.status {
            200..=299 => Ok(answered),
            // A server that is overloaded, or whose database is away, changed nothing.
            408 | 429 | 500..=599 => Err(OfficeError::NoAnswer(words(&answered))),
            _ => Err(OfficeError::Refused {
                code: answered.text("code").unwrap_or_default(),
                message: words(&answered),
            }),
        }
    }

    fn call(&mut self, target: &str, body: &[u8]) -> Result<Answered, OfficeError> {
        let desk = |why: &dyn std::fmt::Display| OfficeError::Desk(why.to_string());
        let number = self.counter.take().map_err(|why| desk(&why))?;
        let header = self
            .ledger
            .sign_call(number, "POST", target, body)
            .map_err(|why| desk(&why))?;
        let headers = [
            (CALL_HEADER, header.as_str()),
            ("content-type", "application/json"),
        ];
        self.line
            .post(target, &headers, body)
            .map_err(|why| OfficeError::NoAnswer(why.to_string()))
    }
}

fn words(answered: &Answered) -> String {
    let message = answered.text("message");
    message.unwrap_or_else(|| format!("HTTP {}", answered.status))
}

fn read<'a, T: Deserialize<'a>>(answered: &'a Answered) -> Result<T, OfficeError> {
    serde_json::from_slice(&answered.body).map_err(|why| unreadable(&why))
}

fn unreadable(why: &dyn std::fmt::Display) -> OfficeError {
    OfficeError::NoAnswer(format!("the server's answer cannot be read: {why}"))
}
