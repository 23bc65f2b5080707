//! The terminal's side: what to ask a witness next, and what its answer means.

use meterpost_signing::{Cosignature, CosignatureError, Note, SignedCheckpoint, WitnessKey};
use thiserror::Error;

use super::answer::Answer;
use super::request::{Request, RequestError};
use crate::merkle::{NodeSource, TreeError, consistency_proof};

/// How the log stands with one witness. Each witness has its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Which witness.
    pub witness: WitnessKey,
    /// The largest size of which its cosignature is stored; none before the first.
    pub cosigned: Option<u64>,
    /// The size it is believed to have cosigned last, from which the next proof starts; 0 for none.
    pub resume: u64,
}

/// A request and the head it asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ask {
    /// To be sent.
    pub request: Request,
    /// The head in it.
    pub head: SignedCheckpoint,
}

/// What to do next about a witness.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// Nothing: its cosignature of the head is stored.
    InSync,
    /// Send this.
    Ask(Box<Ask>),
    /// Nothing that would help; say why.
    Held(HeldBecause),
}

/// What an answer means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TerminalStep {
    /// Store the cosignature and the standing in one transaction.
    Store {
        /// The cosignature, verified.
        cosignature: Box<Cosignature>,
        /// The size of the head it is for.
        size: u64,
        /// How the log stands with the witness now.
        standing: Standing,
    },
    /// Ask again with this standing: the witness continues from another size. It need not be stored.
    AskAgain(Standing),
    /// The exchange does not go on by itself; say why. Asking again later does no harm.
    Held(HeldBecause),
}

/// Why the exchange with a witness does not go on. Each message says what to do.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum HeldBecause {
    /// The witness cosigned more than is here.
    #[error(
        "the witness cosigned {witness} entries, but there are {own}: entries were lost, or an old copy of the disk runs. Stop selling, keep the disk, call the operator"
    )]
    RolledBack {
        /// Entries here.
        own: u64,
        /// Entries there.
        witness: u64,
    },
    /// The witness refuses the proof: by its memory the log has another past.
    #[error(
        "the witness remembers another past of this log: {0}. Keep the disk, call the operator"
    )]
    OtherPast(String),
    /// The witness does not believe the log's key any more, or holds the log.
    #[error("the witness refuses this log: {0}")]
    Refused(String),
    /// The witness does not know the log.
    #[error("the witness does not know this log: {0}")]
    UnknownLog(String),
    /// The witness calls the request malformed.
    #[error("the witness cannot read the request: {0}. Do program versions match?")]
    Malformed(String),
    /// The cosignature does not verify.
    #[error("the witness's answer is refused: {0}")]
    BadCosignature(#[from] CosignatureError),
    /// The answer has no cosignature by the witness asked.
    #[error("the answer has no cosignature by {0}: is another witness's key configured?")]
    NoCosignature(String),
    /// The witness asks to continue from the very size that was continued from.
    #[error("the witness asks to continue from size {0}, from which it was continued")]
    Contradiction(u64),
    /// No request can be made.
    #[error("no request can be made: {0}")]
    Request(#[from] RequestError),
}

impl Standing {
    /// Nothing was exchanged yet.
    pub fn new(witness: WitnessKey) -> Standing {
        Standing {
            witness,
            cosigned: None,
            resume: 0,
        }
    }

    /// What is known from a stored cosignature of a head of this size.
    pub fn stored(witness: WitnessKey, size: u64) -> Standing {
        Standing {
            witness,
            cosigned: Some(size),
            resume: size,
        }
    }
}

/// What to ask a witness for the log's head. The source may hold more than the head; only durable heads are sent.
pub fn next_request<S: NodeSource>(
    standing: &Standing,
    head: &SignedCheckpoint,
    source: &mut S,
) -> Result<Next, TreeError<S::Error>> {
    if standing.cosigned == Some(head.checkpoint().size) {
        return Ok(Next::InSync);
    }
    ask(standing, head, source)
}

/// The same whether or not the head is cosigned already: a sign of life, which also shows the witness that nothing was
/// lost and gets a cosignature with a newer time.
pub fn ask<S: NodeSource>(
    standing: &Standing,
    head: &SignedCheckpoint,
    source: &mut S,
) -> Result<Next, TreeError<S::Error>> {
    let own = head.checkpoint().size;
    let old = standing.resume;
    let witness = standing.cosigned.unwrap_or(0).max(old);
    if witness > own {
        return Ok(Next::Held(HeldBecause::RolledBack { own, witness }));
    }
    let proof = match old {
        0 => Vec::new(),
        _ => consistency_proof(old, own, source)?,
    };
    let request = Note::parse(head.to_text().as_bytes())
        .map_err(|error| RequestError::Checkpoint(error.into()))
        .and_then(|note| Request::new(old, proof, note));
    Ok(match request {
        Ok(request) => Next::Ask(Box::new(Ask {
            request,
            head: head.clone(),
        })),
        Err(error) => Next::Held(error.into()),
    })
}

/// What the answer to a request means. `standing` is the one of now and `own` the log's size of now: both may have moved
/// on since the request was made. An answer that comes late or twice does no harm.
pub fn take_answer(standing: &Standing, asked: &Ask, answer: &Answer, own: u64) -> TerminalStep {
    match answer {
        Answer::Cosigned(lines) => match cosignature(standing, asked, lines) {
            Ok(cosignature) => store(standing, asked, cosignature),
            Err(why) => TerminalStep::Held(why),
        },
        Answer::ContinueFrom(size) if *size > own => {
            let (own, witness) = (own, *size);
            TerminalStep::Held(HeldBecause::RolledBack { own, witness })
        }
        Answer::ContinueFrom(size) if *size == asked.request.old() => {
            // A head below the size cosigned last is answered like that too, but then the sizes differ.
            TerminalStep::Held(HeldBecause::Contradiction(*size))
        }
        Answer::ContinueFrom(size) => TerminalStep::AskAgain(Standing {
            resume: *size,
            ..standing.clone()
        }),
        Answer::NotConsistent(why) => TerminalStep::Held(HeldBecause::OtherPast(why.clone())),
        Answer::Forbidden(why) => TerminalStep::Held(HeldBecause::Refused(why.clone())),
        Answer::UnknownLog(why) => TerminalStep::Held(HeldBecause::UnknownLog(why.clone())),
        Answer::Malformed(why) => TerminalStep::Held(HeldBecause::Malformed(why.clone())),
    }
}

fn cosignature(standing: &Standing, asked: &Ask, lines: &str) -> Result<Cosignature, HeldBecause> {
    let witness = std::slice::from_ref(&standing.witness);
    let mut found = Cosignature::read_lines(lines.as_bytes(), &asked.head, witness)?;
    let missing = || HeldBecause::NoCosignature(standing.witness.name().to_string());
    found.pop().ok_or_else(missing)
}

fn store(standing: &Standing, asked: &Ask, cosignature: Cosignature) -> TerminalStep {
    let size = asked.head.checkpoint().size;
    let largest = standing.cosigned.map_or(size, |earlier| earlier.max(size));
    TerminalStep::Store {
        cosignature: Box::new(cosignature),
        size,
        standing: Standing {
            witness: standing.witness.clone(),
            cosigned: Some(largest),
            resume: standing.resume.max(size),
        },
    }
}
