//! Frame codecs: pure functions between bytes and meaning, one folder a protocol.
//!
//! * [`Framing`] is what a protocol tells the [`scan::Scanner`]: where a frame begins and ends.
//! * [`whole`] is the strict check of one frame that lies there complete.
//! * [`bytes`] holds the number formats the protocols share.

pub mod bytes;
pub mod cascade;
pub mod cjt188;
pub mod dlt645;
pub mod gdw376;
pub mod mbus;
pub mod scan;
pub mod wall_time;

use std::fmt;
use std::str::FromStr;

/// A protocol spoken on a meter wire or between concentrator and master.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Protocol {
    /// DL/T 645, both editions: electricity meters.
    Dlt645,
    /// CJ/T 188: water, gas and heat meters.
    Cjt188,
    /// Q/GDW 376.1: concentrators and their masters.
    Gdw376,
    /// Wired M-Bus, EN 13757-2 and -3.
    Mbus,
}

impl Protocol {
    /// The short name used on the command line and in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Protocol::Dlt645 => "dlt645",
            Protocol::Cjt188 => "cjt188",
            Protocol::Gdw376 => "gdw376",
            Protocol::Mbus => "mbus",
        }
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The text is no protocol's name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown protocol {0:?}; known are dlt645, cjt188, gdw376 and mbus")]
pub struct UnknownProtocol(pub String);

impl FromStr for Protocol {
    type Err = UnknownProtocol;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "dlt645" => Ok(Protocol::Dlt645),
            "cjt188" => Ok(Protocol::Cjt188),
            "gdw376" => Ok(Protocol::Gdw376),
            "mbus" => Ok(Protocol::Mbus),
            other => Err(UnknownProtocol(other.to_owned())),
        }
    }
}

/// Why bytes are not a frame.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FrameError {
    /// Fewer bytes than the shortest frame of this protocol.
    #[error("too short: a frame has at least {needed} bytes, these are {actual}")]
    TooShort {
        /// Bytes of the shortest frame.
        needed: usize,
        /// Bytes given (without preamble).
        actual: usize,
    },
    /// A start mark is missing.
    #[error("byte {offset} must be the start mark 68, it is {found:02X}")]
    BadStart {
        /// Where the mark belongs, counted from the first byte after the preamble.
        offset: usize,
        /// What is there.
        found: u8,
    },
    /// The length field and the number of bytes disagree.
    #[error("the length field makes {declared} bytes, there are {actual}")]
    Length {
        /// Bytes of the whole frame as the length field says.
        declared: usize,
        /// Bytes given (without preamble).
        actual: usize,
    },
    /// The two copies of the length field differ (Q/GDW 376.1).
    #[error("the two length fields differ: {first:04X} and {second:04X}")]
    LengthCopies {
        /// The first copy.
        first: u16,
        /// The second copy.
        second: u16,
    },
    /// The checksum is wrong.
    #[error("the checksum must be {expected:02X}, it is {found:02X}")]
    Checksum {
        /// The sum over the bytes.
        expected: u8,
        /// The checksum byte.
        found: u8,
    },
    /// The end mark is missing.
    #[error("the end mark must be 16, it is {found:02X}")]
    EndMark {
        /// What is there.
        found: u8,
    },
    /// A good frame is followed by something else.
    #[error("{count} bytes follow the end of the frame")]
    Trailing {
        /// How many.
        count: usize,
    },
    /// The frame is sound and its content breaks a rule of the protocol.
    #[error("{0}")]
    Content(String),
}

/// What the bytes at one position can be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Probe {
    /// A frame may begin here; more bytes are needed to tell.
    NeedMore,
    /// No frame begins here.
    NotHere,
    /// A frame's header is here, and the frame is spoilt.
    Bad(FrameError),
    /// A sound frame of this many bytes begins here.
    Frame(usize),
}

/// What a protocol tells the scanner and the strict check. The bytes never include a preamble.
pub trait Framing {
    /// Which protocol it is.
    const PROTOCOL: Protocol;
    /// Bytes of the longest frame. [`probe`](Framing::probe) never asks for more than that.
    const LONGEST: usize;

    /// What begins at the first byte. It must decide once it is given [`LONGEST`](Framing::LONGEST) bytes, and a decision
    /// other than [`Probe::NeedMore`] must not change when more bytes follow.
    fn probe(bytes: &[u8]) -> Probe;

    /// Bytes of the shortest frame.
    const SHORTEST: usize;

    /// Whether a frame can begin with this byte.
    fn starts(byte: u8) -> bool {
        byte == START
    }

    /// Bytes of the whole frame as its header says; an error where the header itself is wrong. Called with at least
    /// [`SHORTEST`](Framing::SHORTEST) bytes.
    ///
    /// # Errors
    /// What is wrong with the header.
    fn declared(bytes: &[u8]) -> Result<usize, FrameError>;
}

/// The bytes after the leading `FE` bytes that wake a receiver (DL/T 645-2007 and CJ/T 188: 0 to n of them).
pub fn without_preamble(bytes: &[u8]) -> &[u8] {
    let count = bytes.iter().take_while(|&&byte| byte == PREAMBLE).count();
    bytes.get(count..).unwrap_or_default()
}

/// The byte sent before a frame to wake receivers.
pub const PREAMBLE: u8 = 0xFE;
/// The byte every frame begins with.
pub const START: u8 = 0x68;
/// The byte every frame ends with.
pub const END: u8 = 0x16;

/// Checks that `bytes`, after any preamble, are exactly one sound frame, and returns it without the preamble.
///
/// # Errors
/// The first fault in this order: too short, start marks and header, length, checksum, end mark, trailing bytes.
pub fn whole<F: Framing>(bytes: &[u8]) -> Result<&[u8], FrameError> {
    let bytes = without_preamble(bytes);
    let actual = bytes.len();
    match bytes.first() {
        Some(&first) if F::starts(first) => {}
        None => {}
        Some(&found) => return Err(FrameError::BadStart { offset: 0, found }),
    }
    if actual < F::SHORTEST {
        let needed = F::SHORTEST;
        return Err(FrameError::TooShort { needed, actual });
    }
    let declared = F::declared(bytes)?;
    match F::probe(bytes) {
        Probe::Frame(length) if length == actual => Ok(bytes),
        Probe::Frame(length) => Err(FrameError::Trailing {
            count: actual.saturating_sub(length),
        }),
        _ if declared != actual => Err(FrameError::Length { declared, actual }),
        Probe::Bad(error) => Err(error),
        Probe::NeedMore | Probe::NotHere => Err(FrameError::Length { declared, actual }),
    }
}
