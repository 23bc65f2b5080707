//! The times of one wire, computed from its rate and the delays on it. `docs/bus/cascade.md` explains each of them.

use std::time::Duration;

use crate::link::SerialSettings;

/// Silence between two frames, in bit times.
const GAP_BITS: u64 = 33;
/// How long a meter may wait before it answers: DL/T 645-2007, 5.3.
const METER_DELAY: Duration = Duration::from_millis(500);
/// Bytes of the longest frame of the standard.
const METER_FRAME: usize = 212;
/// Bytes of a poll and its answer with the longest ways that are usual.
const POLL: usize = 84;
/// Bytes of a claim.
const CLAIM: usize = 26;
/// Bytes of a hello.
const HELLO: usize = 36;
/// Bytes of an answer that a relay must still be able to pass on.
const ANSWER: usize = 120;
const SHORTEST_BEAT: Duration = Duration::from_millis(600);

/// The times of one wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timing {
    line: SerialSettings,
    /// From the last byte of one speaker to the first byte of the next one, as the first one hears it.
    pub turn: Duration,
    /// A poll and its answer.
    pub poll: Duration,
    /// How often an idle owner says something, and how often a node says that it still works on a request.
    pub beat: Duration,
    /// How long a wire with a living owner can be silent.
    pub dead: Duration,
    /// One claim, and that everybody has heard it.
    pub slot: Duration,
    /// One hello, and that everybody has heard it.
    pub hello: Duration,
    /// How long a meter may be silent before its answer is complete.
    pub meter: Duration,
}

impl Timing {
    /// The times of a wire with this line, one-way delay of its repeaters and latency of the adapter.
    pub fn new(line: SerialSettings, repeater_delay: Duration, latency: Duration) -> Timing {
        let turn = line.bit_times(GAP_BITS) + repeater_delay + latency;
        let poll = line.wire_time(POLL) + turn * 2;
        let beat = SHORTEST_BEAT.max(poll * 3);
        Timing {
            line,
            turn,
            poll,
            beat,
            dead: beat * 2 + poll,
            slot: line.wire_time(CLAIM) + turn,
            hello: line.wire_time(HELLO) + turn,
            meter: METER_DELAY + line.wire_time(METER_FRAME) + turn + repeater_delay,
        }
    }

    /// How long `bytes` take.
    pub fn wire(&self, bytes: usize) -> Duration {
        self.line.wire_time(bytes)
    }

    /// How long the next node may be silent after `bytes` were sent to it: it says something every beat, and its longest
    /// frame takes a while.
    pub fn silence(&self, bytes: usize) -> Duration {
        self.wire(bytes + METER_FRAME) + self.beat + self.turn * 2
    }

    /// What a hop takes off the remaining time of a request of `bytes`: the way there and the answer's way back.
    pub fn hop(&self, bytes: usize) -> Duration {
        self.wire(bytes + ANSWER) + self.turn * 2
    }

    /// The longest time from the death of an owner to the first request of its successor, which is the first in rank:
    /// it had just asked a meter, then the silence, the claim, and one beacon.
    pub fn take_over(&self) -> Duration {
        self.meter + self.dead + self.slot * 3 + self.wire(CLAIM)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(baud: u32) -> Timing {
        let line = SerialSettings {
            baud,
            ..SerialSettings::default()
        };
        Timing::new(line, Duration::ZERO, Duration::from_millis(50))
    }

    #[test]
    fn a_successor_at_9600_baud_speaks_within_three_seconds() {
        assert!(at(9600).take_over() < Duration::from_secs(3));
    }

    #[test]
    fn a_living_owner_is_heard_before_it_is_taken_for_dead() {
        for baud in [1200, 2400, 9600, 19200] {
            let timing = at(baud);
            assert!(timing.beat + timing.poll < timing.dead, "{baud}");
            assert!(
                timing.silence(200) < timing.dead + timing.wire(412),
                "{baud}"
            );
        }
    }
}
