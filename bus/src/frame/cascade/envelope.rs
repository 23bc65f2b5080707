//! What relays pass on: a request along its path, and the answer back.

use std::time::Duration;

use super::NodeId;
use super::reader::{Reader, put_nodes};
use crate::frame::FrameError;

/// Relays between the node that asks and the node that carries out, at most; a path has one node more than hops.
pub const MAX_HOPS: usize = 8;

/// One request, anywhere and ever: the node that asks, a random number of its last start, and a count.
///
/// Eight bytes are enough: the count makes ids of one start distinct, a node starts with a new random number, and a
/// request lives at most [`Request::MAX_REMAINING`], so two ids of one node would have to meet within minutes of two starts
/// (one chance in four thousand million per start).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId {
    /// Who asks.
    pub origin: NodeId,
    /// Random, new at every start of the origin and whenever the count wraps.
    pub boot: u32,
    /// Counts the origin's requests.
    pub number: u16,
}

impl RequestId {
    pub(super) fn put(self, out: &mut Vec<u8>) {
        out.extend(self.origin.number().to_le_bytes());
        out.extend(self.boot.to_le_bytes());
        out.extend(self.number.to_le_bytes());
    }

    pub(super) fn take(reader: &mut Reader<'_>) -> Result<RequestId, FrameError> {
        Ok(RequestId {
            origin: reader.node("request's origin")?,
            boot: u32::from_le_bytes(reader.bytes("request id")?),
            number: reader.number("request id")?,
        })
    }
}

/// What the last node of the path is to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Operation {
    /// One exchange with a meter on the wire `segment`.
    Meter {
        /// The number of the wire, the same for every concentrator on it.
        segment: u16,
        /// Rate and framing as in Q/GDW 376.1 AFN 10H F1; 0 = the port's own.
        control: u8,
        /// How long the meter may take, from the last byte of the request to the last byte of the answer.
        patience: Duration,
        /// The meter's frame.
        frame: Vec<u8>,
    },
    /// A frame of Q/GDW 376.1 for the node itself.
    Terminal(Vec<u8>),
    /// Its table of ports and neighbours.
    Links,
    /// The next report that waits at the node; an empty answer when there is none. `acknowledged` is the number of the report
    /// that arrived and may be forgotten, 0 = none.
    Report {
        /// The report that may be forgotten.
        acknowledged: u16,
    },
}

/// A request on its way down its path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Which one. The same id is carried out once, however often it is heard.
    pub id: RequestId,
    /// It was sent before, because no answer was heard. It asks for the answer kept, if the first one arrived.
    pub repeated: bool,
    /// How many more hops it may go. A relay counts it down, and lets nothing go that has 0.
    pub hops: u8,
    /// How long the asker still waits. Each relay takes off what it used itself.
    pub remaining: Duration,
    /// Who is to hear it now, as an index into the path; 1 after the first hop.
    pub cursor: u8,
    /// The nodes, first who asks, last who carries out.
    pub path: Vec<NodeId>,
    /// What to do.
    pub operation: Operation,
}

/// Time on the wire, 10 ms a unit, rounded down: a relay must never believe it has more time than it was given.
fn put_time(out: &mut Vec<u8>, time: Duration) {
    let units = u16::try_from(time.as_millis() / 10).unwrap_or(u16::MAX);
    out.extend(units.to_le_bytes());
}

fn take_time(reader: &mut Reader<'_>, field: &str) -> Result<Duration, FrameError> {
    Ok(Duration::from_millis(u64::from(reader.number(field)?) * 10))
}

impl Request {
    /// The longest time a request may have.
    pub const MAX_REMAINING: Duration = Duration::from_secs(240);

    pub(super) fn put(&self, out: &mut Vec<u8>) {
        self.id.put(out);
        out.push(u8::from(self.repeated));
        out.push(self.hops);
        put_time(out, self.remaining);
        out.push(self.cursor);
        put_nodes(out, &self.path);
        match &self.operation {
            Operation::Meter {
                segment,
                control,
                patience,
                frame,
            } => {
                out.push(0);
                out.extend(segment.to_le_bytes());
                out.push(*control);
                put_time(out, *patience);
                out.extend(frame);
            }
            Operation::Terminal(frame) => {
                out.push(1);
                out.extend(frame);
            }
            Operation::Links => out.push(2),
            Operation::Report { acknowledged } => {
                out.push(3);
                out.extend(acknowledged.to_le_bytes());
            }
        }
    }

    pub(super) fn take(reader: &mut Reader<'_>) -> Result<Request, FrameError> {
        let id = RequestId::take(reader)?;
        let flags = reader.byte("flags")?;
        if flags > 1 {
            return Err(FrameError::Content(format!(
                "the flags of a request are {flags:02X}; only 00 and 01 are known"
            )));
        }
        let hops = reader.byte("hop limit")?;
        let remaining = take_time(reader, "remaining time")?;
        let cursor = reader.byte("cursor")?;
        let path = reader.nodes("path", MAX_HOPS + 1)?;
        if path.first() != Some(&id.origin) {
            return Err(FrameError::Content(
                "the path of a request must begin with its origin".to_owned(),
            ));
        }
        if cursor == 0 || usize::from(cursor) >= path.len() {
            return Err(FrameError::Content(format!(
                "the cursor {cursor} points to nobody behind the origin of a path of {}",
                path.len()
            )));
        }
        let operation = match reader.byte("operation")? {
            0 => Operation::Meter {
                segment: reader.number("segment")?,
                control: reader.byte("port settings")?,
                patience: take_time(reader, "patience")?,
                frame: reader.rest().to_vec(),
            },
            1 => Operation::Terminal(reader.rest().to_vec()),
            2 => Operation::Links,
            3 => Operation::Report {
                acknowledged: reader.number("report number")?,
            },
            other => {
                return Err(FrameError::Content(format!(
                    "the operation {other} is unknown; known are 0 to 3"
                )));
            }
        };
        Ok(Request {
            id,
            repeated: flags == 1,
            hops,
            remaining,
            cursor,
            path,
            operation,
        })
    }
}

/// Why a request was certainly not carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Refused {
    /// One of the codes of Q/GDW 376.1 confirms that this project gives to forwards that were not sent (80 to 86).
    Forward(u8),
    /// No way leads there.
    NoWay,
    /// The node does not speak on that wire now.
    NotOwner,
    /// Its time was up before it was sent.
    Expired,
    /// The hop limit was reached.
    HopLimit,
    /// Too many requests are under way.
    Busy,
    /// It does not fit into a message, or is malformed.
    Malformed,
}

impl Refused {
    /// Its number on the wire and towards masters.
    pub const fn code(self) -> u8 {
        match self {
            Refused::Forward(code) => code,
            Refused::NoWay => 0x90,
            Refused::NotOwner => 0x91,
            Refused::Expired => 0x92,
            Refused::HopLimit => 0x93,
            Refused::Busy => 0x94,
            Refused::Malformed => 0x95,
        }
    }

    /// From its number.
    pub const fn of(code: u8) -> Refused {
        match code {
            0x90 => Refused::NoWay,
            0x91 => Refused::NotOwner,
            0x92 => Refused::Expired,
            0x93 => Refused::HopLimit,
            0x94 => Refused::Busy,
            0x95 => Refused::Malformed,
            code => Refused::Forward(code),
        }
    }
}

/// What became of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Carried out; for a meter its answer, for a node what was asked.
    Done(Vec<u8>),
    /// The meter was asked once and said nothing that fits.
    Silent,
    /// Certainly not sent to the meter, and it never will be.
    NotSent(Refused),
    /// No answer came from the next node: it may or may not have been carried out.
    Unknown,
}

/// The answer to a request, on its way back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// To which request.
    pub id: RequestId,
    /// Whom the outcome is about: who carried out or refused, or, for [`Outcome::Unknown`], who did not answer.
    pub about: NodeId,
    /// What became of it.
    pub outcome: Outcome,
}

impl Answer {
    pub(super) fn put(&self, out: &mut Vec<u8>) {
        self.id.put(out);
        out.extend(self.about.number().to_le_bytes());
        match &self.outcome {
            Outcome::Done(content) => {
                out.push(0);
                out.extend(content);
            }
            Outcome::Silent => out.push(1),
            Outcome::NotSent(why) => out.extend([2, why.code()]),
            Outcome::Unknown => out.push(3),
        }
    }

    pub(super) fn take(reader: &mut Reader<'_>) -> Result<Answer, FrameError> {
        let id = RequestId::take(reader)?;
        let about = reader.node("node that an answer is about")?;
        let outcome = match reader.byte("outcome")? {
            0 => Outcome::Done(reader.rest().to_vec()),
            1 => Outcome::Silent,
            2 => Outcome::NotSent(Refused::of(reader.byte("refusal")?)),
            3 => Outcome::Unknown,
            other => {
                return Err(FrameError::Content(format!(
                    "the outcome {other} is unknown; known are 0 to 3"
                )));
            }
        };
        Ok(Answer { id, about, outcome })
    }
}
