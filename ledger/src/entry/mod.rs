//! Entries: one event with its place, its time, its postings and the totals after it.
//!
//! The format is deterministic CBOR (RFC 8949 §4.2.1), described in `docs/ledger.cddl`. The tree hashes the exact bytes,
//! and reading is strict: what does not re-encode to the same bytes is refused.

mod clock;
pub(crate) mod decode;
pub(crate) mod encode;
pub(crate) mod event_decode;
pub(crate) mod event_encode;
pub(crate) mod kept_decode;
pub(crate) mod kept_encode;
pub(crate) mod payment;

pub(crate) use clock::{clock_step, wall_allowed};

use thiserror::Error;

use crate::account::{Account, Posting};
use crate::balances::Balances;
use crate::event::Event;

/// Longest entry in bytes: what an entry bundle of C2SP tlog-tiles can carry.
pub const MAX_ENTRY_BYTES: usize = 65_535;

/// The format's version, the first field of every entry: which accounts its totals list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Layout {
    /// Version 1: the first seven accounts. Read, and no longer written.
    One,
    /// Version 2: the first nine. Written while nothing but cash was ever taken.
    Two,
    /// Version 3: all eleven.
    Three,
}

impl Layout {
    pub(crate) fn version(self) -> u8 {
        match self {
            Layout::One => 1,
            Layout::Two => 2,
            Layout::Three => 3,
        }
    }

    /// How many accounts the totals list.
    pub(crate) fn accounts(self) -> usize {
        match self {
            Layout::One => 7,
            Layout::Two => 9,
            Layout::Three => Account::ALL.len(),
        }
    }

    /// The one in which these totals are written: the newest only where it is needed, so that a slip's QR code stays small.
    pub(crate) fn of(totals: &Balances) -> Layout {
        match totals.fits(Layout::Two.accounts()) {
            true => Layout::Two,
            false => Layout::Three,
        }
    }
}

/// The kernel's boot id: 16 random bytes, new at each boot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct BootId(pub [u8; 16]);

/// How far the wall clock can be trusted (invariant 11).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ClockQuality {
    /// Never set since power-on.
    Unset,
    /// Restored from what was saved at the last shutdown.
    Restored,
    /// From a battery-backed clock.
    Rtc,
    /// Synchronised over the network.
    Ntp,
    /// Given by the server.
    Server,
}

/// When something was written. Passed in by the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Stamp {
    /// Which boot.
    pub boot: BootId,
    /// Milliseconds since that boot, from a clock that never goes back.
    pub monotonic_ms: u64,
    /// Milliseconds since 1970-01-01 UTC. In an entry never below the entry before.
    pub wall: u64,
    /// What the wall clock is worth.
    pub quality: ClockQuality,
}

/// One entry of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// How it is written.
    pub layout: Layout,
    /// Its place, counted from 0.
    pub index: u64,
    /// When it was written.
    pub stamp: Stamp,
    /// What happened.
    pub event: Event,
    /// What it moves; sums to zero.
    pub postings: Vec<Posting>,
    /// Every account's balance after it.
    pub totals: Balances,
}

/// Why an entry cannot be written.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum EntryError {
    /// Longer than [`MAX_ENTRY_BYTES`].
    #[error("the entry is {0} bytes long; at most {MAX_ENTRY_BYTES} are allowed")]
    TooLong(usize),
    /// The encoder failed.
    #[error("the entry cannot be encoded: {0}")]
    Encoder(String),
}

/// Why bytes are no entry.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum DecodeError {
    /// Not CBOR, or not of the shape expected.
    #[error("{0}")]
    Shape(String),
    /// Another version of the format.
    #[error("the entry has format version {0}, this program reads 1 to 3")]
    Version(u8),
    /// A number that stands for nothing this program knows.
    #[error("unknown {what} {code}: written by a newer program?")]
    Unknown {
        /// What it should stand for.
        what: &'static str,
        /// The number.
        code: u64,
    },
    /// There is something after the entry.
    #[error("there are {0} bytes after the entry")]
    Trailing(usize),
    /// Readable, but not in the one allowed encoding.
    #[error("the entry is not in canonical form")]
    NotCanonical,
    /// Longer than [`MAX_ENTRY_BYTES`].
    #[error("the entry is {0} bytes long; at most {MAX_ENTRY_BYTES} are allowed")]
    TooLong(usize),
}

impl Entry {
    /// A new entry, in the layout that its totals need.
    pub fn new(
        index: u64,
        stamp: Stamp,
        event: Event,
        postings: Vec<Posting>,
        totals: Balances,
    ) -> Entry {
        Entry {
            layout: Layout::of(&totals),
            index,
            stamp,
            event,
            postings,
            totals,
        }
    }

    /// The one encoding.
    pub fn encode(&self) -> Result<Vec<u8>, EntryError> {
        let bytes = encode::entry(self).map_err(|e| EntryError::Encoder(e.to_string()))?;
        if bytes.len() > MAX_ENTRY_BYTES {
            return Err(EntryError::TooLong(bytes.len()));
        }
        Ok(bytes)
    }

    /// The number of the event in an entry's bytes, without reading the rest: to tell at a glance whether the entry is worth a closer look.
    pub fn event_code(bytes: &[u8]) -> Option<u8> {
        let mut r = minicbor::Decoder::new(bytes);
        r.array().ok()??;
        // Layout, index and the four parts of the stamp.
        for _ in 0..6 {
            r.skip().ok()?;
        }
        r.array().ok()??;
        r.u8().ok()
    }

    /// Reads an entry, strictly.
    pub fn decode(bytes: &[u8]) -> Result<Entry, DecodeError> {
        if bytes.len() > MAX_ENTRY_BYTES {
            return Err(DecodeError::TooLong(bytes.len()));
        }
        let (entry, used) = decode::entry(bytes)?;
        if used < bytes.len() {
            return Err(DecodeError::Trailing(bytes.len() - used));
        }
        // The decoder takes overlong numbers and indefinite lengths; comparing with the encoder's output does not.
        match encode::entry(&entry) {
            Ok(canonical) if canonical == bytes => Ok(entry),
            _ => Err(DecodeError::NotCanonical),
        }
    }
}

#[cfg(test)]
pub(crate) mod tests;
