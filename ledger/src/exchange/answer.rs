//! A witness's answer: an HTTP status and a body (c2sp.org/tlog-witness, "add-checkpoint").

use thiserror::Error;

use crate::lines::{Lines, parse_number};
use meterpost_signing::MAX_NOTE_BYTES;

/// Longest answer read, in bytes.
pub const MAX_ANSWER_BYTES: usize = MAX_NOTE_BYTES;

/// The content type of an answer with a size.
pub const SIZE_CONTENT_TYPE: &str = "text/x.tlog.size";

/// How much of a reason is kept, in characters.
const MAX_REASON: usize = 500;

/// Why status and body are no answer.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum AnswerError {
    /// A status that the protocol does not have, such as a proxy's.
    #[error("the witness answered with status {0}: try again later")]
    Status(u16),
    /// The answer is longer than any can be.
    #[error("the answer is {0} bytes long; at most {MAX_ANSWER_BYTES} are read")]
    TooLong(usize),
    /// A 409 without a size.
    #[error("the answer does not say from which size to continue")]
    Size,
    /// A 200 whose body is no text.
    #[error("the answer is not UTF-8")]
    Encoding,
}

/// What a witness answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// 200: cosignature lines, each with its end.
    Cosigned(String),
    /// 409: the size the witness cosigned last; prove from there.
    ContinueFrom(u64),
    /// 400: the request is malformed; a reason for people.
    Malformed(String),
    /// 403: no signature by a key that is believed, or the log is held; a reason for people.
    Forbidden(String),
    /// 404: the witness does not know the log; a reason for people.
    UnknownLog(String),
    /// 422: the proof does not hold; a reason for people.
    NotConsistent(String),
}

impl Answer {
    /// The HTTP status.
    pub fn status(&self) -> u16 {
        match self {
            Answer::Cosigned(_) => 200,
            Answer::Malformed(_) => 400,
            Answer::Forbidden(_) => 403,
            Answer::UnknownLog(_) => 404,
            Answer::ContinueFrom(_) => 409,
            Answer::NotConsistent(_) => 422,
        }
    }

    /// The value of the header `Content-Type`.
    pub fn content_type(&self) -> &'static str {
        match self {
            Answer::ContinueFrom(_) => SIZE_CONTENT_TYPE,
            _ => "text/plain; charset=utf-8",
        }
    }

    /// The body.
    pub fn body(&self) -> String {
        match self {
            Answer::Cosigned(lines) => lines.clone(),
            Answer::ContinueFrom(size) => format!("{size}\n"),
            Answer::Malformed(why)
            | Answer::Forbidden(why)
            | Answer::UnknownLog(why)
            | Answer::NotConsistent(why) => format!("{why}\n"),
        }
    }

    /// Reads status and body. Sizes and cosignatures are read strictly; a reason is for people only, and is cut and
    /// cleaned.
    pub fn parse(status: u16, body: &[u8]) -> Result<Answer, AnswerError> {
        if body.len() > MAX_ANSWER_BYTES {
            return Err(AnswerError::TooLong(body.len()));
        }
        Ok(match status {
            200 => {
                let text = std::str::from_utf8(body).map_err(|_| AnswerError::Encoding)?;
                Answer::Cosigned(text.to_owned())
            }
            400 => Answer::Malformed(reason(body)),
            403 => Answer::Forbidden(reason(body)),
            404 => Answer::UnknownLog(reason(body)),
            409 => {
                let mut lines = Lines::new(body);
                let size = lines.next().and_then(parse_number);
                match size {
                    Some(size) if lines.rest().is_empty() => Answer::ContinueFrom(size),
                    _ => return Err(AnswerError::Size),
                }
            }
            422 => Answer::NotConsistent(reason(body)),
            other => return Err(AnswerError::Status(other)),
        })
    }
}

/// The first line, without what does not belong on a screen or in a log file.
fn reason(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    let line = text.split('\n').next().unwrap_or_default();
    let clean = line.chars().filter(|c| !c.is_control());
    clean.take(MAX_REASON).collect()
}
