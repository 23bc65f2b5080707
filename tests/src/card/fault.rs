//! What can be wrong with a card.

use std::time::Duration;

/// A fault. It stays until the next one is set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CardFault {
    /// None.
    #[default]
    None,
    /// It is pulled while it works on the n-th command after power-up, counted from 1.
    PulledAt(u32),
    /// It is pulled after it carried the n-th command out, before its answer came.
    AnswerLostAt(u32),
    /// Each answer takes so long.
    Slow(Duration),
    /// It answers random bytes; the number begins the row.
    Garbage(u64),
    /// It signs something else.
    WrongSignature,
    /// Every answer says that there is more.
    Endless,
    /// Every answer is a length without an end: objects of 16 MB, of which nothing comes.
    Huge,
    /// Every answer is longer than a reader has room for.
    Overlong,
    /// It answers one byte, which is no status.
    OneByte,
}

/// Carries a fault out.
#[derive(Clone, Debug, Default)]
pub(super) struct Spoiler {
    fault: CardFault,
    heard: u32,
    row: u64,
}

impl Spoiler {
    pub(super) fn set(&mut self, fault: CardFault) {
        self.fault = fault;
        self.heard = 0;
        if let CardFault::Garbage(start) = fault {
            self.row = start;
        }
    }

    pub(super) fn reset(&mut self) {
        self.heard = 0;
    }

    /// What is answered instead: nothing at all (`Some(None)`) when the card is gone; `None` where it answers as it should.
    pub(super) fn instead(&mut self) -> Option<Option<Vec<u8>>> {
        self.heard += 1;
        match self.fault {
            CardFault::None | CardFault::WrongSignature | CardFault::AnswerLostAt(_) => None,
            CardFault::PulledAt(n) => (self.heard == n).then_some(None),
            CardFault::Slow(pause) => {
                std::thread::sleep(pause);
                None
            }
            CardFault::Garbage(_) => Some(Some(self.garbage())),
            CardFault::Endless => Some(Some(vec![0x53, 0x61, 0xFF])),
            CardFault::Huge => Some(Some(vec![0x53, 0x83, 0xFF, 0xFF, 0xFF, 0x90, 0x00])),
            CardFault::Overlong => Some(Some(vec![0x53; 5000])),
            CardFault::OneByte => Some(Some(vec![0x90])),
        }
    }

    /// Whether the answer to the command just carried out is lost.
    pub(super) fn loses_answer(&self) -> bool {
        self.fault == CardFault::AnswerLostAt(self.heard)
    }

    pub(super) fn digest(&self, mut digest: Vec<u8>) -> Vec<u8> {
        if let (CardFault::WrongSignature, Some(first)) = (self.fault, digest.first_mut()) {
            *first ^= 1;
        }
        digest
    }

    /// Random bytes, often with a status that leads on.
    fn garbage(&mut self) -> Vec<u8> {
        let length = self.next() % 64;
        let mut bytes: Vec<u8> = (0..length).map(|_| self.next() as u8).collect();
        let low = self.next() as u8;
        match self.next() % 4 {
            0 => {}
            1 => bytes.extend([0x61, low]),
            2 => bytes.extend([0x6C, low]),
            _ => bytes.extend([0x90, 0x00]),
        }
        bytes
    }

    /// The generator of Knuth's MMIX.
    fn next(&mut self) -> u64 {
        self.row = self
            .row
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        self.row >> 33
    }
}
