//! The exchange between a log and its witnesses (c2sp.org/tlog-witness), as pure functions that both sides call.
//!
//! A terminal asks a witness to cosign its head and proves that it continues the last one cosigned; the witness judges,
//! stores, then cosigns. The server is each log's first witness; any number of others is asked the same way, each with its
//! own last cosigned size.
//!
//! | who | function | then |
//! |---|---|---|
//! | terminal | [`next_request`] | sends the body |
//! | witness | [`Request::parse`], [`judge`] or [`judge_with_entries`] | stores [`Judgement::change`], then [`Judgement::recorded`] |
//! | witness | [`Ruling::answer`] | sends status and body |
//! | terminal | [`Answer::parse`], [`take_answer`] | stores the cosignature, asks again, or says why it is held |
//!
//! Messages may be lost, doubled, late and out of order. What is concluded from one message alone is therefore split: a
//! proven [`Conflict`] needs two signed heads that contradict each other and holds the log for good; a [`Suspicion`] may
//! be a late message and ends when the log proves that it continues what was cosigned.

mod answer;
mod batch;
mod evidence;
mod judge;
mod memory;
mod request;
mod terminal;
mod verdict;

pub use answer::{Answer, AnswerError, MAX_ANSWER_BYTES, SIZE_CONTENT_TYPE};
pub use batch::{BatchError, MAX_BATCH_BYTES, push_entry, read_batch};
pub use evidence::{Conflict, ConflictKind, Evidence, Suspicion};
pub use judge::{Judgement, Ruling, judge, judge_with_entries};
pub use memory::{LogKey, MemoryError, WitnessMemory};
pub use request::{MAX_REQUEST_BYTES, Request, RequestError};
pub use terminal::{
    Ask, HeldBecause, Next, Standing, TerminalStep, ask, next_request, take_answer,
};
pub use verdict::Verdict;

#[cfg(test)]
mod simulation;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests_document;
#[cfg(test)]
mod tests_judge;
#[cfg(test)]
mod tests_memory;
#[cfg(test)]
mod tests_terminal;
#[cfg(test)]
mod tests_wire;
