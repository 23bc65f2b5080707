//! Faults a test can switch on at a meter.

use std::collections::VecDeque;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// The request is carried out; its answer never comes.
    LoseAnswer,
    /// The request is carried out; its answer comes after the given time.
    LateAnswer,
    /// A purchase is refused as too large for the hoarding limit; any other request with "other error".
    Refuse,
    /// The meter does not hear the request.
    Silent,
    /// The answer's check sum is wrong.
    WrongChecksum,
    /// Noise bytes come right before the answer, one of them a start mark.
    Garbage,
    /// The answer breaks off in the middle.
    Truncated,
    /// An answer of another meter comes first.
    ForeignFirst,
    /// The request is carried out and answered with an error.
    RefuseThoughApplied,
    /// The request is acknowledged and not carried out.
    AckThoughNotApplied,
}

/// Which requests a fault waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultScope {
    /// The next request, whatever it is.
    Any,
    /// Requests that read.
    Read,
    /// Requests that change something: purchases, relay, valve.
    Write,
}

/// One fault, for the next `count` requests it fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// What goes wrong.
    pub kind: FaultKind,
    /// For how many requests.
    pub count: u32,
    /// Which requests; by default what the kind is about.
    pub scope: FaultScope,
    /// How late a late answer is, before scaling.
    pub delay_ms: u64,
}

impl Fault {
    /// A fault with its usual scope: writes for what concerns a purchase, any request for what concerns the wire.
    pub fn next(kind: FaultKind, count: u32) -> Self {
        let scope = match kind {
            FaultKind::LoseAnswer
            | FaultKind::LateAnswer
            | FaultKind::Refuse
            | FaultKind::RefuseThoughApplied
            | FaultKind::AckThoughNotApplied => FaultScope::Write,
            FaultKind::Silent
            | FaultKind::WrongChecksum
            | FaultKind::Garbage
            | FaultKind::Truncated
            | FaultKind::ForeignFirst => FaultScope::Any,
        };
        Self {
            kind,
            count,
            scope,
            delay_ms: 2_000,
        }
    }
}

/// The faults that are waiting, first come first served.
#[derive(Debug, Default)]
pub struct Faults {
    waiting: VecDeque<Fault>,
}

impl Faults {
    /// Adds a fault behind those that wait.
    pub fn add(&mut self, fault: Fault) {
        self.waiting.push_back(fault);
    }

    /// Forgets all.
    pub fn clear(&mut self) {
        self.waiting.clear();
    }

    /// The fault for this request, if one fits; its count goes down.
    pub fn take(&mut self, writes: bool) -> Option<Fault> {
        let at = self.waiting.iter().position(|fault| match fault.scope {
            FaultScope::Any => true,
            FaultScope::Read => !writes,
            FaultScope::Write => writes,
        })?;
        let fault = self.waiting[at];
        if fault.count <= 1 {
            self.waiting.remove(at);
        } else {
            self.waiting[at].count -= 1;
        }
        Some(fault)
    }
}

/// Bytes that go onto the wire, some time after the usual response delay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Time beyond the response delay, before scaling.
    pub extra: Duration,
    /// What is sent, preamble included.
    pub bytes: Vec<u8>,
}

impl Answer {
    /// An answer in its usual time.
    pub fn prompt(bytes: Vec<u8>) -> Self {
        Self {
            extra: Duration::ZERO,
            bytes,
        }
    }
}

/// The three answers among which a fault chooses.
pub struct Replies {
    /// The true one.
    pub good: Vec<u8>,
    /// The same as if another meter had sent it.
    pub foreign: Vec<u8>,
    /// A refusal.
    pub negative: Vec<u8>,
}

/// What goes onto the wire for a request that was carried out, or was not where the fault says so.
pub fn spoil(fault: Option<Fault>, replies: Replies) -> Vec<Answer> {
    let Some(fault) = fault else {
        return vec![Answer::prompt(replies.good)];
    };
    let good = replies.good;
    match fault.kind {
        FaultKind::LoseAnswer | FaultKind::Silent => Vec::new(),
        FaultKind::LateAnswer => {
            vec![Answer {
                extra: Duration::from_millis(fault.delay_ms),
                bytes: good,
            }]
        }
        FaultKind::Refuse | FaultKind::RefuseThoughApplied => {
            vec![Answer::prompt(replies.negative)]
        }
        FaultKind::AckThoughNotApplied => vec![Answer::prompt(good)],
        FaultKind::WrongChecksum => {
            let mut bytes = good;
            let sum = bytes.len() - 2;
            bytes[sum] ^= 0x01;
            vec![Answer::prompt(bytes)]
        }
        FaultKind::Garbage => {
            let mut bytes = vec![0x00, 0x68, 0xFF, 0x16, 0x5A];
            bytes.extend(good);
            vec![Answer::prompt(bytes)]
        }
        FaultKind::Truncated => {
            let mut bytes = good;
            bytes.truncate(bytes.len() * 2 / 3);
            vec![Answer::prompt(bytes)]
        }
        FaultKind::ForeignFirst => {
            vec![Answer::prompt(replies.foreign), Answer::prompt(good)]
        }
    }
}
