//! The session of a meter with a security module: who has shown that he has the keys, and for how long.

use crate::frame::wall_time::WallTime;

/// Failures after which a session ends, and after which nothing is believed until the hour changes.
const DROP_AFTER: u32 = 3;
const LOCK_AFTER: u32 = 15;

/// Session and count of failures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Session {
    until: Option<WallTime>,
    pub(super) minutes: u16,
    failures: u32,
    locked_in: Option<WallTime>,
    pub(super) key_info: [u8; 4],
}

impl Default for Session {
    fn default() -> Self {
        Session {
            until: None,
            minutes: 5,
            failures: 0,
            locked_in: None,
            key_info: [0, 0, 0, 1],
        }
    }
}

impl Session {
    pub(super) fn begin(&mut self, time: WallTime) {
        self.until = time.plus_seconds(i64::from(self.minutes) * 60);
    }

    pub(super) fn end(&mut self) {
        self.until = None;
    }

    pub(super) fn live(&self, time: WallTime) -> bool {
        self.until.is_some_and(|until| time < until)
    }

    /// Whole minutes left, rounded up.
    pub(super) fn minutes_left(&self, time: WallTime) -> i64 {
        self.until.map_or(0, |until| {
            let seconds = until.seconds_since(time).max(0);
            (seconds + 59) / 60
        })
    }

    /// Counts a code that was wrong. Every third one ends the session; after fifteen nothing is believed for this hour.
    pub(super) fn failed(&mut self, time: WallTime) {
        self.failures += 1;
        if self.failures.is_multiple_of(DROP_AFTER) {
            self.end();
        }
        if self.failures >= LOCK_AFTER {
            self.locked_in = Some(time);
        }
    }

    /// Whether nothing is believed. A new hour or day forgives.
    pub(super) fn locked(&mut self, time: WallTime) -> bool {
        let hour = |time: WallTime| {
            let civil = time.to_civil();
            (civil.date(), civil.hour())
        };
        let locked = self
            .locked_in
            .is_some_and(|since| hour(since) == hour(time));
        if !locked && self.locked_in.take().is_some() {
            self.failures = 0;
        }
        locked
    }
}
