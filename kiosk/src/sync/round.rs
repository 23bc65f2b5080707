//! One talk with the server: from the head of now to its cosignature. What to say next follows from what was answered; it
//! knows neither network nor clock.

use meterpost_ledger::exchange::{
    Answer, Ask, HeldBecause, Next, Standing, TerminalStep, take_answer,
};
use meterpost_ledger::signing::SignedCheckpoint;
use meterpost_ledger::{Ledger, PastHeadError, ReadError, StoredTreeError};

use super::line::Answered;

/// How often the server may ask for entries anew in one talk before it counts as going round in circles.
const MOST_ROUNDS: u32 = 20;

/// Why a talk ended without a cosignature.
#[derive(Debug, thiserror::Error)]
pub enum RoundError {
    /// The ledger cannot be read.
    #[error("the ledger cannot be read: {0}")]
    Ledger(String),
    /// It does not go on until a person acts; each message says what to do.
    #[error("{0}")]
    Held(#[from] HeldBecause),
    /// The server refuses; its words.
    #[error("the server refuses (HTTP {status}): {why}")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// Its words.
        why: String,
    },
    /// The call's counter is not above this one: use a higher one and say it again.
    #[error("the server has seen call {0} already")]
    Counter(u64),
    /// The server asks for the same again and again.
    #[error("the server goes on asking for entries it was brought")]
    Circles,
}

impl From<ReadError> for RoundError {
    fn from(error: ReadError) -> RoundError {
        RoundError::Ledger(error.to_string())
    }
}

impl From<PastHeadError> for RoundError {
    fn from(error: PastHeadError) -> RoundError {
        RoundError::Ledger(error.to_string())
    }
}

impl From<StoredTreeError> for RoundError {
    fn from(error: StoredTreeError) -> RoundError {
        RoundError::Ledger(error.to_string())
    }
}

/// What to say next.
#[derive(Clone, Debug)]
pub enum Say {
    /// A call: its target and body.
    Call {
        /// Path and query.
        target: String,
        /// The body.
        body: Vec<u8>,
    },
    /// Nothing more: keep this cosigned head.
    Keep(Box<SignedCheckpoint>),
    /// Nothing: all is cosigned.
    Nothing,
}

#[derive(Debug)]
enum At {
    /// The head is to be asked for.
    Head,
    /// That of a smaller size is: the server takes no more entries before.
    Past(u64),
    /// It was asked for.
    Asked(Box<Ask>),
    /// Entries from this place on are to be brought.
    Bring(u64),
    /// They were.
    Brought(u64),
    /// The head is cosigned.
    Done(Box<SignedCheckpoint>),
}

/// A talk.
#[derive(Debug)]
pub struct Round {
    standing: Standing,
    at: At,
    rounds: u32,
}

impl Round {
    /// Begins with the head.
    pub fn new(standing: Standing) -> Round {
        Round {
            standing,
            at: At::Head,
            rounds: 0,
        }
    }

    /// What to say now.
    ///
    /// # Errors
    /// When the ledger cannot be read, or the log is held.
    pub fn say(&mut self, ledger: &Ledger) -> Result<Say, RoundError> {
        if let At::Bring(first) = self.at {
            let (body, _) = ledger.batch(first)?;
            if !body.is_empty() {
                self.at = At::Brought(first);
                let target = format!("/api/v1/log/entries?first={first}");
                return Ok(Say::Call { target, body });
            }
            self.at = At::Head;
        }
        match &self.at {
            At::Done(head) => Ok(Say::Keep(head.clone())),
            At::Asked(ask) => Ok(head_call(ask)),
            At::Brought(first) => {
                self.at = At::Bring(*first);
                self.say(ledger)
            }
            At::Past(size) => {
                let next = ledger.ask_at(&self.standing, *size)?;
                self.ask_for(next)
            }
            At::Head | At::Bring(_) => {
                let next = ledger.ask(&self.standing)?;
                self.ask_for(next)
            }
        }
    }

    fn ask_for(&mut self, next: Next) -> Result<Say, RoundError> {
        match next {
            Next::InSync => Ok(Say::Nothing),
            Next::Held(why) => Err(why.into()),
            Next::Ask(ask) => {
                let call = head_call(&ask);
                self.at = At::Asked(ask);
                Ok(call)
            }
        }
    }

    /// What the server answered to what was said last. `own` is the log's size of now.
    ///
    /// # Errors
    /// [`RoundError`]; the talk is over but for [`RoundError::Counter`], after which the same is said again.
    pub fn answered(&mut self, answered: &Answered, own: u64) -> Result<(), RoundError> {
        if let (409, Some(seen)) = (answered.status, answered.number("counter")) {
            return Err(RoundError::Counter(seen));
        }
        match std::mem::replace(&mut self.at, At::Head) {
            At::Asked(ask) => self.head_answered(*ask, answered, own),
            At::Brought(first) => self.entries_answered(first, answered),
            other => {
                self.at = other;
                Ok(())
            }
        }
    }

    fn entries_answered(&mut self, first: u64, answered: &Answered) -> Result<(), RoundError> {
        let have = answered.number("have");
        match (answered.status, have) {
            (200, Some(have)) if have > first => self.at = At::Bring(have),
            // As many as it takes without a head are there.
            (413, Some(have)) if answered.text("code").as_deref() == Some("full") => {
                self.count()?;
                self.at = At::Past(have);
            }
            // Another place to go on from, or a past of its own: the answer to the head says which.
            (409, Some(have)) if have != first => {
                self.count()?;
                self.at = At::Bring(have);
                if answered.text("code").is_some_and(|code| code != "gap") {
                    self.at = At::Head;
                }
            }
            _ => return Err(refused(answered)),
        }
        Ok(())
    }

    fn head_answered(&mut self, ask: Ask, answered: &Answered, own: u64) -> Result<(), RoundError> {
        if let (428, Some(have)) = (answered.status, answered.number("have")) {
            self.count()?;
            self.at = At::Bring(have);
            return Ok(());
        }
        let answer =
            Answer::parse(answered.status, &answered.body).map_err(|_| refused(answered))?;
        match take_answer(&self.standing, &ask, &answer, own) {
            TerminalStep::AskAgain(standing) => {
                self.count()?;
                self.standing = standing;
                Ok(())
            }
            TerminalStep::Held(why) => Err(why.into()),
            TerminalStep::Store { cosignature, .. } => {
                let head = ask.head.with(&cosignature).map_err(HeldBecause::from)?;
                self.at = At::Done(Box::new(head));
                Ok(())
            }
        }
    }

    fn count(&mut self) -> Result<(), RoundError> {
        self.rounds += 1;
        if self.rounds > MOST_ROUNDS {
            return Err(RoundError::Circles);
        }
        Ok(())
    }
}

fn head_call(ask: &Ask) -> Say {
    Say::Call {
        target: "/api/v1/log/add-checkpoint".to_owned(),
        body: ask.request.format().into_bytes(),
    }
}

fn refused(answered: &Answered) -> RoundError {
    let words = answered.text("message");
    let plain = || String::from_utf8_lossy(&answered.body[..answered.body.len().min(200)]).into();
    RoundError::Refused {
        status: answered.status,
        why: words.unwrap_or_else(plain),
    }
}
