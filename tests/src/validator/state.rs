//! What the validator is, what it keeps over a power cut, and what a test may break.

use serde::{Deserialize, Serialize};

/// What kind of validator this is. Times in milliseconds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ValidatorConfig {
    /// Currency, three letters.
    pub currency: String,
    /// Value of each channel in whole currency units, channel 1 first.
    pub channels: Vec<u32>,
    /// Serial number.
    pub serial: u32,
    /// Whether POLL WITH ACK and EVENT ACK are known; otherwise they are answered F2.
    pub poll_with_ack: bool,
    /// How long a note is read.
    pub read_ms: u64,
    /// How long a note travels from escrow to the box.
    pub stack_ms: u64,
    /// How long a note travels back to the mouth.
    pub reject_ms: u64,
    /// How long a note stays in escrow without HOLD or another command.
    pub escrow_ms: u64,
    /// After how long without a poll the validator takes no notes.
    pub poll_timeout_ms: u64,
    /// How long it is silent after power comes.
    pub boot_ms: u64,
    /// How many notes the box holds.
    pub capacity: usize,
    /// Emulated time against real time for movements and the boot, as at the segments; 0 lets them end at once. What the
    /// host has time for (escrow, poll) stays as it is.
    pub scale: f64,
}

impl Default for ValidatorConfig {
    fn default() -> Self {
        Self {
            currency: "CNY".to_owned(),
            channels: vec![5, 10, 20, 50, 100],
            serial: 0x001C_962C,
            poll_with_ack: true,
            read_ms: 300,
            stack_ms: 400,
            reject_ms: 300,
            escrow_ms: 5_000,
            poll_timeout_ms: 10_000,
            boot_ms: 500,
            capacity: 600,
            scale: 1.0,
        }
    }
}

impl ValidatorConfig {
    /// The same with the scale applied to all movements.
    pub fn scaled(mut self) -> Self {
        let scale = self.scale.max(0.0);
        let movements = [
            &mut self.read_ms,
            &mut self.stack_ms,
            &mut self.reject_ms,
            &mut self.boot_ms,
        ];
        for time in movements {
            *time = (*time as f64 * scale) as u64;
        }
        self.scale = 1.0;
        self
    }
}

/// An event the host has not heard or not acknowledged yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PendingEvent {
    /// F1: power came or RESET.
    SlaveReset,
    /// EE: the note of this channel is in the box.
    Credit(u8),
    /// EB: the note has reached its place.
    Stacked,
    /// EC: the note is back in the customer's hand.
    Rejected,
    /// E8: disabled.
    Disabled,
    /// E1: at power-up a note was returned; channel or 0.
    ClearedFromFront(u8),
    /// E2: at power-up a note went into the box; channel or 0.
    ClearedIntoBox(u8),
    /// E6: somebody tampers with this channel.
    Fraud(u8),
    /// E7: no room in the box.
    StackerFull,
    /// E4: the box is back.
    BoxReplaced,
}

impl PendingEvent {
    /// Event code and data as in a poll's answer.
    pub fn bytes(self) -> Vec<u8> {
        match self {
            PendingEvent::SlaveReset => vec![0xF1],
            PendingEvent::Credit(channel) => vec![0xEE, channel],
            PendingEvent::Stacked => vec![0xEB],
            PendingEvent::Rejected => vec![0xEC],
            PendingEvent::Disabled => vec![0xE8],
            PendingEvent::ClearedFromFront(channel) => vec![0xE1, channel],
            PendingEvent::ClearedIntoBox(channel) => vec![0xE2, channel],
            PendingEvent::Fraud(channel) => vec![0xE6, channel],
            PendingEvent::StackerFull => vec![0xE7],
            PendingEvent::BoxReplaced => vec![0xE4],
        }
    }

    /// Whether POLL WITH ACK repeats it until EVENT ACK. These are about money, and survive a power cut.
    pub fn needs_ack(self) -> bool {
        matches!(
            self,
            PendingEvent::Credit(_)
                | PendingEvent::ClearedFromFront(_)
                | PendingEvent::ClearedIntoBox(_)
                | PendingEvent::Fraud(_)
        )
    }
}

/// Where a note in the path is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PathNote {
    /// Being read since that time.
    Reading {
        /// Channel it will turn out to be.
        channel: u8,
        /// When the reading ends.
        until: u64,
    },
    /// Valid and held; accepted by the next poll once the host was told.
    Escrow {
        /// Its channel.
        channel: u8,
        /// When it goes back by itself.
        until: u64,
        /// Whether a poll told the host.
        told: bool,
    },
    /// On its way to the box.
    Stacking {
        /// Its channel.
        channel: u8,
        /// When it is there.
        until: u64,
    },
    /// On its way back.
    Rejecting {
        /// When it is out.
        until: u64,
    },
}

/// One note in the box.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Boxed {
    /// Value in whole currency units.
    pub value: u32,
}

/// What survives a power cut and the rig's own end.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ValidatorState {
    /// Notes in the box, oldest first: the truth the kiosk's books are compared with.
    pub in_box: Vec<Boxed>,
    /// Notes taken away with earlier boxes.
    pub collected: Vec<Boxed>,
    /// Events not heard or not acknowledged, oldest first.
    pub pending: Vec<PendingEvent>,
    /// The note in the path.
    pub path: Option<PathNote>,
    /// How many notes were given back.
    pub returned: u64,
}

/// What a test may break.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ValidatorFault {
    /// E9 on every poll; a note in the path stands still.
    Jam,
    /// The jam is cleared.
    JamCleared,
    /// No room in the box: E7, and notes are refused.
    StackerFull,
    /// There is room again.
    StackerEmptied,
    /// The box is taken out with what is in it: E3 on every poll, no notes.
    BoxRemoved,
    /// An empty box is put in: E4.
    BoxReplaced,
    /// E6 with this channel.
    Fraud {
        /// The channel, 0 unknown.
        channel: u8,
    },
    /// Carries out nothing and answers nothing until `answering`.
    Silent,
    /// Answers again.
    Answering,
    /// Carries out the next commands but their answers are lost.
    LoseReplies {
        /// How many.
        count: u32,
    },
    /// The next answers have a wrong check.
    CorruptReplies {
        /// How many.
        count: u32,
    },
}
