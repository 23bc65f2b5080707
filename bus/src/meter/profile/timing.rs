//! How fast a kind of meter is.

use std::time::Duration;

use super::section::{Section, Words};

/// How fast a kind of meter is, and at which rates it may be found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timing {
    /// How many bytes `FE` go before a request.
    pub preamble: u8,
    /// The longest the meter takes before the first byte of its answer.
    pub answer_delay: Duration,
    /// The pause it leaves between two bytes of its answer.
    pub byte_pause: Duration,
    /// The silence it needs before each request, beyond what the link keeps (33 bit times).
    pub gap: Duration,
    /// The rates it may be found at, the likeliest first.
    pub bauds: Vec<u32>,
    /// The parities it may be found with, the likeliest first.
    pub parities: Vec<WireParity>,
}

/// A parity of the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WireParity {
    /// Even, as the standards ask for.
    Even,
    /// Odd.
    Odd,
    /// No parity bit.
    None,
}

const PARITIES: &Words<WireParity> = &[
    ("even", WireParity::Even),
    ("odd", WireParity::Odd),
    ("none", WireParity::None),
];

impl Default for Timing {
    /// Four bytes of preamble, half a second to answer, 2400 baud with even parity first (DL/T 645-2007, 5 and 6).
    fn default() -> Self {
        Timing {
            preamble: 4,
            answer_delay: Duration::from_millis(500),
            byte_pause: Duration::ZERO,
            gap: Duration::ZERO,
            bauds: vec![2400, 9600, 1200, 4800],
            parities: vec![WireParity::Even, WireParity::None],
        }
    }
}

impl Timing {
    pub(super) fn read(top: &Section<'_>) -> Timing {
        let usual = Timing::default();
        let Some(section) = top.section("timing") else {
            return usual;
        };
        let millis = |key, most, usual| {
            section
                .number(key, 0..=most)
                .and_then(|number| u64::try_from(number).ok())
                .map_or(usual, Duration::from_millis)
        };
        let timing = Timing {
            preamble: section.small("preamble", 0..=16).unwrap_or(usual.preamble),
            answer_delay: millis("answer_delay_ms", 10_000, usual.answer_delay),
            byte_pause: millis("byte_pause_ms", 500, usual.byte_pause),
            gap: millis("gap_ms", 5_000, usual.gap),
            bauds: section
                .numbers("bauds", 300..=115_200)
                .map_or(usual.bauds, |bauds| {
                    bauds
                        .iter()
                        .filter_map(|&baud| u32::try_from(baud).ok())
                        .collect()
                }),
            parities: section
                .choices("parities", PARITIES)
                .unwrap_or(usual.parities),
        };
        section.finish();
        timing
    }
}
