//! The mechanism: a note's way from the mouth to the box or back, pure in time.

use super::state::{
    Boxed, PathNote, PendingEvent, ValidatorConfig, ValidatorFault, ValidatorState,
};

/// Reject codes of LAST REJECT (GA138).
pub(super) mod reject_code {
    pub(crate) const BY_HOST: u8 = 0x08;
    pub(crate) const CHANNEL_INHIBITED_BY_HOST: u8 = 0x0C;
    pub(crate) const ESCROW_TIMEOUT: u8 = 0x13;
}

/// What became of a note held to the mouth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Insertion {
    /// The rollers took it.
    Taken,
    /// Not taken: disabled, inhibited, busy, jammed, no box, full, or nobody polls.
    Refused,
    /// The validator has no such channel.
    Unknown,
}

/// Where a note in the path ends up when power comes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoteGoes {
    /// Into the box (E2).
    Box,
    /// Back to the customer (E1).
    Front,
}

/// The validator without its wire. Time comes in as milliseconds of any epoch.
#[derive(Debug)]
pub struct Machine {
    pub(super) config: ValidatorConfig,
    pub(super) state: ValidatorState,
    pub(super) enabled: bool,
    /// Bit n set: channel n + 1 is taken.
    pub(super) allowed: u16,
    pub(super) protocol: u8,
    pub(super) last_reject: u8,
    pub(super) jammed: bool,
    pub(super) full: bool,
    pub(super) box_present: bool,
    pub(super) last_poll: Option<u64>,
    pub(super) reported_for_ack: bool,
}

impl Machine {
    /// A validator that has just been powered up in `state`; a note that was in the path is returned.
    pub fn power_up(config: ValidatorConfig, state: ValidatorState) -> Self {
        let mut machine = Self {
            config,
            state,
            enabled: false,
            allowed: 0,
            protocol: 4,
            last_reject: 0,
            jammed: false,
            full: false,
            box_present: true,
            last_poll: None,
            reported_for_ack: false,
        };
        machine.restart(NoteGoes::Front);
        machine
    }

    /// What is kept.
    pub fn state(&self) -> &ValidatorState {
        &self.state
    }

    /// Value of all notes in the box, in whole currency units.
    pub fn box_total(&self) -> u64 {
        self.state
            .in_box
            .iter()
            .map(|note| u64::from(note.value))
            .sum()
    }

    /// RESET or a power cycle: disabled, all channels inhibited, unacknowledged money events kept.
    pub(super) fn restart(&mut self, note: NoteGoes) {
        self.enabled = false;
        self.allowed = 0;
        self.protocol = 4;
        self.last_poll = None;
        self.reported_for_ack = false;
        self.state.pending.retain(|event| event.needs_ack());
        self.state.pending.insert(0, PendingEvent::SlaveReset);
        if let Some(path) = self.state.path.take() {
            self.clear_path(path, note);
        }
        self.state.pending.push(PendingEvent::Disabled);
    }

    fn clear_path(&mut self, path: PathNote, note: NoteGoes) {
        let channel = match path {
            PathNote::Escrow { channel, .. } | PathNote::Stacking { channel, .. } => channel,
            // A note that has not been read has no channel; one on its way back goes back.
            PathNote::Reading { .. } | PathNote::Rejecting { .. } => 0,
        };
        let to_box = note == NoteGoes::Box && channel != 0;
        if to_box {
            self.put_in_box(channel);
            self.state
                .pending
                .push(PendingEvent::ClearedIntoBox(channel));
        } else {
            self.state.returned += 1;
            self.state
                .pending
                .push(PendingEvent::ClearedFromFront(channel));
        }
    }

    /// Power goes and comes.
    pub fn power_cycle(&mut self, note: NoteGoes) {
        self.jammed = false;
        self.restart(note);
    }

    /// Somebody holds a note of `value` to the mouth.
    pub fn insert(&mut self, value: u32, now: u64) -> Insertion {
        let place = self
            .config
            .channels
            .iter()
            .position(|channel| *channel == value);
        let Some(place) = place else {
            return Insertion::Unknown;
        };
        if !self.takes_notes(now) || self.state.path.is_some() {
            return Insertion::Refused;
        }
        if self.allowed & (1 << place) == 0 {
            self.last_reject = reject_code::CHANNEL_INHIBITED_BY_HOST;
            return Insertion::Refused;
        }
        let until = now + self.config.read_ms;
        self.state.path = Some(PathNote::Reading {
            channel: place as u8 + 1,
            until,
        });
        Insertion::Taken
    }

    /// Whether the rollers are on.
    fn takes_notes(&self, now: u64) -> bool {
        let polled = self
            .last_poll
            .is_some_and(|last| now.saturating_sub(last) < self.config.poll_timeout_ms);
        self.enabled
            && polled
            && !self.jammed
            && !self.full
            && self.box_present
            && !self.state.pending.iter().any(|event| event.needs_ack())
    }

    /// Lets time pass: movements that have ended by `now` take effect.
    pub fn tick(&mut self, now: u64) {
        if self.jammed {
            return;
        }
        match self.state.path {
            Some(PathNote::Reading { channel, until }) if until <= now => {
                let until = now + self.config.escrow_ms;
                self.state.path = Some(PathNote::Escrow {
                    channel,
                    until,
                    told: false,
                });
            }
            Some(PathNote::Escrow { until, .. }) if until <= now => {
                self.turn_back(now, reject_code::ESCROW_TIMEOUT);
            }
            Some(PathNote::Stacking { channel, until }) if until <= now => {
                self.state.path = None;
                self.put_in_box(channel);
                self.state.pending.push(PendingEvent::Credit(channel));
                self.state.pending.push(PendingEvent::Stacked);
            }
            Some(PathNote::Rejecting { until }) if until <= now => {
                self.state.path = None;
                self.state.returned += 1;
                self.state.pending.push(PendingEvent::Rejected);
            }
            _ => {}
        }
    }

    pub(super) fn turn_back(&mut self, now: u64, code: u8) {
        self.last_reject = code;
        self.state.path = Some(PathNote::Rejecting {
            until: now + self.config.reject_ms,
        });
    }

    fn put_in_box(&mut self, channel: u8) {
        let value = self.config.channels[usize::from(channel) - 1];
        self.state.in_box.push(Boxed { value });
        if self.state.in_box.len() >= self.config.capacity && !self.full {
            self.full = true;
            self.state.pending.push(PendingEvent::StackerFull);
        }
    }

    /// Breaks or mends the mechanism. Faults of the answering itself are the device's.
    pub fn fault(&mut self, fault: ValidatorFault) {
        match fault {
            ValidatorFault::Jam => self.jammed = true,
            ValidatorFault::JamCleared => self.jammed = false,
            ValidatorFault::StackerFull => {
                self.full = true;
                self.state.pending.push(PendingEvent::StackerFull);
            }
            ValidatorFault::StackerEmptied => self.full = false,
            ValidatorFault::BoxRemoved => {
                self.box_present = false;
                self.state.collected.append(&mut self.state.in_box);
            }
            ValidatorFault::BoxReplaced => {
                self.box_present = true;
                self.full = false;
                self.state.pending.push(PendingEvent::BoxReplaced);
            }
            ValidatorFault::Fraud { channel } => {
                self.state.pending.push(PendingEvent::Fraud(channel));
            }
            ValidatorFault::Silent
            | ValidatorFault::Answering
            | ValidatorFault::LoseReplies { .. }
            | ValidatorFault::CorruptReplies { .. } => {}
        }
    }
}
