//! Frames, faults and pauses in what a line carries, without a clock of its own.

use std::time::Duration;

use super::file::{Chunk, Way};
use crate::frame::scan::{Found, Scanner};
use crate::frame::{FrameError, Protocol};
use crate::link::Spoken;

/// A pause inside a frame after which its rest will not come (DL/T 645-2007, 5.3).
pub(super) const QUIET: Duration = Duration::from_millis(500);

/// Something on the line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Event {
    /// When its last byte came.
    pub at: Duration,
    /// The silence before its first byte; `None` for the first one.
    pub gap: Option<Duration>,
    pub way: Way,
    pub what: What,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum What {
    Frame {
        protocol: Protocol,
        bytes: Vec<u8>,
    },
    Spoilt {
        protocol: Protocol,
        error: FrameError,
    },
    Noise {
        bytes: usize,
    },
}

/// Watches one line.
pub(super) struct Watch {
    scanner: Scanner,
    /// When the last byte came.
    last: Option<Duration>,
    /// The silence before the bytes that still wait.
    gap: Option<Duration>,
    way: Way,
}

impl Watch {
    pub(super) fn new(spoken: &Spoken) -> Self {
        Watch {
            scanner: spoken.scanner(),
            last: None,
            gap: None,
            way: Way::Unknown,
        }
    }

    /// Takes the next bytes.
    pub(super) fn push(&mut self, chunk: &Chunk) -> Vec<Event> {
        let silence = self.last.map(|last| chunk.at.saturating_sub(last));
        let turned = chunk.way != self.way && chunk.way != Way::Unknown;
        let mut events = Vec::new();
        if silence.is_some_and(|silence| silence >= QUIET) || turned {
            events = self.quiet();
        }
        if self.scanner.pending() == 0 {
            self.gap = silence;
        }
        self.way = chunk.way;
        self.last = Some(chunk.at);
        let found = self.scanner.push(&chunk.bytes);
        events.extend(self.events(found));
        events
    }

    /// The line is silent: what still waits is judged as it lies there.
    pub(super) fn quiet(&mut self) -> Vec<Event> {
        let found = self.scanner.idle();
        self.events(found)
    }

    /// When the line is silent enough for [`quiet`](Watch::quiet), if anything waits.
    pub(super) fn quiet_at(&self) -> Option<Duration> {
        self.last
            .filter(|_| self.scanner.pending() > 0)
            .map(|last| last + QUIET)
    }

    fn events(&mut self, found: Vec<Found>) -> Vec<Event> {
        let at = self.last.unwrap_or_default();
        found
            .into_iter()
            .map(|found| Event {
                at,
                gap: self.gap.take(),
                way: self.way,
                what: match found {
                    Found::Frame { protocol, bytes } => What::Frame { protocol, bytes },
                    Found::Spoilt { protocol, error } => What::Spoilt { protocol, error },
                    Found::Noise { bytes } => What::Noise { bytes },
                },
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANSWER: &str = "681290785634126891083335C33378563433B216";

    fn chunk(millis: u64, hex: &str) -> Chunk {
        Chunk {
            at: Duration::from_millis(millis),
            way: Way::Unknown,
            bytes: hex::decode(hex).unwrap(),
        }
    }

    #[test]
    fn a_frame_in_pieces_is_one_with_the_silence_before_it() {
        let mut watch = Watch::new(&Spoken::default());
        assert_eq!(watch.push(&chunk(0, ANSWER)).len(), 1);
        assert_eq!(watch.push(&chunk(300, &ANSWER[..10])), []);
        let events = watch.push(&chunk(350, &ANSWER[10..]));
        assert_eq!(events.len(), 1);
        assert_eq!(events[0].gap, Some(Duration::from_millis(300)));
        assert_eq!(events[0].at, Duration::from_millis(350));
        assert!(matches!(
            events[0].what,
            What::Frame {
                protocol: Protocol::Dlt645,
                ..
            }
        ));
    }

    #[test]
    fn half_a_frame_is_noise_when_the_line_goes_quiet_and_spoils_nothing_behind_it() {
        let mut watch = Watch::new(&Spoken::default());
        assert_eq!(watch.push(&chunk(0, &ANSWER[..20])), []);
        assert_eq!(watch.quiet_at(), Some(QUIET));
        let events = watch.push(&chunk(600, ANSWER));
        assert_eq!(events.len(), 2);
        assert_eq!(events[0].what, What::Noise { bytes: 10 });
        assert!(matches!(events[1].what, What::Frame { .. }));
    }

    #[test]
    fn a_wrong_checksum_is_told_as_such() {
        let mut watch = Watch::new(&Spoken::default());
        let spoilt = ANSWER.replace("B216", "B316");
        let mut events = watch.push(&chunk(0, &spoilt));
        events.extend(watch.quiet());
        assert!(matches!(
            events[0].what,
            What::Spoilt {
                error: FrameError::Checksum { .. },
                ..
            }
        ));
    }
}
