//! One message: who says it with what standing, and what.

use std::time::Duration;

use super::crc32::crc32;
use super::envelope::{Answer, MAX_HOPS, Request, RequestId};
use super::reader::{Reader, put_nodes};
use super::{FUNCTION, NodeId, VERSION};
use crate::frame::FrameError;
use crate::frame::dlt645::{Address, Control};

/// A speaker's claim to the wire it speaks on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Counts who owned the wire: every take-over and hand-over makes it one more. It wraps.
    pub term: u16,
    /// Nodes on the speaker's way from a root, both included: 1 = it is a root itself; 255 = no way known.
    pub distance: u8,
    /// Configured: the smaller, the rather it owns.
    pub rank: u8,
}

/// What is said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// The owner is alive. It may announce a long silence of its own, and invite nodes it does not know.
    Beacon {
        /// How long the wire stays with the owner though nothing is heard.
        hold: Duration,
        /// Slots for a [`Body::Hello`] that follow; 0 = none.
        slots: u8,
        /// The owner's way from a root, itself last; empty = none known.
        way: Vec<NodeId>,
    },
    /// A stand-by heard nothing and takes over unless somebody objects. The term is the new one.
    Claim,
    /// Here I am; said in a slot only.
    Hello {
        /// A way from a root that does not lead over this wire, the speaker last; empty = none.
        way: Vec<NodeId>,
    },
    /// The owner asks a node how it is.
    Poll {
        /// The owner's way.
        way: Vec<NodeId>,
        /// Whose table has which version: the owner's own, what it knows of the node asked, and others; at most
        /// [`MAX_NEWS`].
        news: Vec<Version>,
    },
    /// The answer to a poll.
    Status {
        /// As in [`Body::Hello`].
        way: Vec<NodeId>,
        /// As in [`Body::Poll`], the speaker's own first.
        news: Vec<Version>,
    },
    /// The wire is given to the receiver, with this new term.
    HandOver {
        /// The term of the new owner.
        term: u16,
    },
    /// A request on its way.
    Request(Request),
    /// An answer on its way back.
    Answer(Answer),
    /// A request is still being carried out; said again and again so that nobody takes the silence for a failure.
    Wait(RequestId),
    /// A request must wait until the owner of another wire asks for it: nobody need wait for the answer on this wire. It
    /// comes in place of the status of a later poll.
    Later(RequestId),
    /// Something for every concentrator, passed on from owners to those on their wires.
    Broadcast {
        /// Who began it.
        origin: NodeId,
        /// Counts the origin's broadcasts: with the origin the key by which a second copy is known.
        sequence: u16,
        /// How many more wires it may cross.
        hops: u8,
        /// What it says.
        content: Vec<u8>,
    },
}

/// How new a node's table is. A root that learns of a later version than that of the table it has asks for it again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Version {
    /// Whose table.
    pub node: NodeId,
    /// Counts its changes; it wraps.
    pub version: u16,
}

/// Versions that one message can tell.
pub const MAX_NEWS: usize = 4;

fn put_news(out: &mut Vec<u8>, news: &[Version]) {
    let news = news.get(..MAX_NEWS).unwrap_or(news);
    out.push(news.len() as u8);
    for news in news {
        out.extend(news.node.number().to_le_bytes());
        out.extend(news.version.to_le_bytes());
    }
}

fn news(reader: &mut Reader<'_>) -> Result<Vec<Version>, FrameError> {
    let count = usize::from(reader.byte("number of versions")?);
    if count > MAX_NEWS {
        return Err(FrameError::Content(format!(
            "{count} versions; more than {MAX_NEWS} are not allowed"
        )));
    }
    let one = |reader: &mut Reader<'_>| {
        Ok(Version {
            node: reader.node("node of a version")?,
            version: reader.number("version")?,
        })
    };
    (0..count).map(|_| one(reader)).collect()
}

/// A message and whom it is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packet {
    /// Who is to act on it. `None`: everybody on the wire hears it; an answer is the owner's.
    pub to: Option<NodeId>,
    /// Who says it.
    pub from: NodeId,
    /// With what claim to the wire.
    pub standing: Standing,
    /// What.
    pub body: Body,
}

impl Packet {
    /// The address field of its frames: the receiver's in what is said to one node, else the speaker's, as with meters.
    pub(super) fn address(&self) -> Address {
        self.to.unwrap_or(self.from).address()
    }

    /// The control byte of its frames.
    pub(super) fn control(&self) -> Control {
        Control(match self.to {
            Some(_) => FUNCTION,
            None => FUNCTION | 0x80,
        })
    }

    /// The message's bytes, with the check value over control byte, address and message.
    pub(super) fn message(&self) -> Vec<u8> {
        let mut out = vec![
            VERSION << 4 | self.body.kind(),
            self.standing.distance,
            self.standing.rank,
        ];
        out.extend(self.from.number().to_le_bytes());
        out.extend(self.standing.term.to_le_bytes());
        self.body.put(&mut out);
        let crc = check(self.control(), self.address(), &out);
        out.extend(crc.to_le_bytes());
        out
    }

    /// Reads a whole message out of frames with this address and control byte.
    pub(super) fn read(
        address: Address,
        control: Control,
        bytes: &[u8],
    ) -> Result<Packet, FrameError> {
        let (message, crc) = bytes
            .split_last_chunk::<4>()
            .ok_or_else(|| FrameError::Content("a cascade message is too short".to_owned()))?;
        let expected = check(control, address, message);
        let found = u32::from_le_bytes(*crc);
        if expected != found {
            return Err(FrameError::Content(format!(
                "the CRC-32 of a cascade message must be {expected:08X}, it is {found:08X}"
            )));
        }
        let mut reader = Reader(message);
        let first = reader.byte("kind")?;
        if first >> 4 != VERSION {
            return Err(FrameError::Content(format!(
                "a cascade message of version {}; version {VERSION} is known",
                first >> 4
            )));
        }
        let distance = reader.byte("distance")?;
        let rank = reader.byte("rank")?;
        let from = reader.node("speaker")?;
        let term = reader.number("term")?;
        let to = match control.from_meter() {
            true => None,
            false => NodeId::of_address(address),
        };
        let body = Body::take(first & 0x0F, &mut reader)?;
        reader.end()?;
        let packet = Packet {
            to,
            from,
            standing: Standing {
                term,
                distance,
                rank,
            },
            body,
        };
        if packet.address() != address || packet.control() != control {
            return Err(FrameError::Content(
                "address or control byte do not fit the speaker of a cascade message".to_owned(),
            ));
        }
        Ok(packet)
    }
}

fn check(control: Control, address: Address, message: &[u8]) -> u32 {
    crc32(&[&[control.0], &address.to_wire(), message])
}

impl Body {
    fn kind(&self) -> u8 {
        match self {
            Body::Beacon { .. } => 0,
            Body::Claim => 1,
            Body::Hello { .. } => 2,
            Body::Poll { .. } => 3,
            Body::Status { .. } => 4,
            Body::HandOver { .. } => 5,
            Body::Request(_) => 6,
            Body::Answer(_) => 7,
            Body::Wait(_) => 8,
            Body::Broadcast { .. } => 9,
            Body::Later(_) => 10,
        }
    }

    fn put(&self, out: &mut Vec<u8>) {
        match self {
            Body::Beacon { hold, slots, way } => {
                // Rounded up: a stand-by that waits too short speaks into the owner's exchange.
                let hold = u16::try_from(hold.as_millis().div_ceil(10)).unwrap_or(u16::MAX);
                out.extend(hold.to_le_bytes());
                out.push(*slots);
                put_nodes(out, way);
            }
            Body::Claim => {}
            Body::Hello { way } => put_nodes(out, way),
            Body::Poll { way, news } | Body::Status { way, news } => {
                put_nodes(out, way);
                put_news(out, news);
            }
            Body::HandOver { term } => out.extend(term.to_le_bytes()),
            Body::Request(request) => request.put(out),
            Body::Answer(answer) => answer.put(out),
            Body::Wait(id) | Body::Later(id) => id.put(out),
            Body::Broadcast {
                origin,
                sequence,
                hops,
                content,
            } => {
                out.extend(origin.number().to_le_bytes());
                out.extend(sequence.to_le_bytes());
                out.push(*hops);
                out.extend(content);
            }
        }
    }

    fn take(kind: u8, reader: &mut Reader<'_>) -> Result<Body, FrameError> {
        let way = |reader: &mut Reader<'_>| reader.nodes("way", MAX_HOPS + 1);
        Ok(match kind {
            0 => Body::Beacon {
                hold: Duration::from_millis(u64::from(reader.number("hold")?) * 10),
                slots: reader.byte("slots")?,
                way: way(reader)?,
            },
            1 => Body::Claim,
            2 => Body::Hello { way: way(reader)? },
            3 => Body::Poll {
                way: way(reader)?,
                news: news(reader)?,
            },
            4 => Body::Status {
                way: way(reader)?,
                news: news(reader)?,
            },
            5 => Body::HandOver {
                term: reader.number("new term")?,
            },
            6 => Body::Request(Request::take(reader)?),
            7 => Body::Answer(Answer::take(reader)?),
            8 => Body::Wait(RequestId::take(reader)?),
            9 => Body::Broadcast {
                origin: reader.node("origin of a broadcast")?,
                sequence: reader.number("sequence")?,
                hops: reader.byte("hop limit")?,
                content: reader.rest().to_vec(),
            },
            10 => Body::Later(RequestId::take(reader)?),
            other => {
                return Err(FrameError::Content(format!(
                    "the kind {other} of a cascade message is unknown; known are 0 to 10"
                )));
            }
        })
    }
}
