//! `[timeouts]`: every delay in one record, each with a default that suits a busy hallway.

use std::time::Duration;

use super::reader::Section;

/// All delays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// Without a touch for so long, the screen asks "still there?".
    pub idle: Duration,
    /// For so long it asks, then the session ends.
    pub warning: Duration,
    /// So long after the last note the terminal finishes with what is inserted.
    pub finish_after_note: Duration,
    /// The done screen closes by itself.
    pub done: Duration,
    /// The owed screen closes by itself.
    pub owed: Duration,
    /// A delivery that takes longer is called slow on the screen.
    pub slow: Duration,
    /// How often a delivery is tried while the resident stands there.
    pub attempts: u32,
    /// The pause between two of these attempts.
    pub attempt_pause: Duration,
    /// The pause between two attempts in the background.
    pub retry: Duration,
    /// So long the validator may take to say what became of a note before the note is in doubt.
    pub note_patience: Duration,
    /// So long the devices may take to report after the start.
    pub start: Duration,
    /// So long a wallet may take to answer.
    pub wallet: Duration,
    /// So long a QR code can be paid.
    pub code: Duration,
    /// So long the server may take to bring a code, and to say what became of it.
    pub code_check: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Timeouts {
            idle: seconds(60),
            warning: seconds(30),
            finish_after_note: seconds(120),
            done: seconds(20),
            owed: seconds(60),
            slow: seconds(15),
            attempts: 3,
            attempt_pause: seconds(3),
            retry: seconds(60),
            note_patience: seconds(60),
            start: seconds(30),
            wallet: seconds(10),
            code: seconds(180),
            code_check: seconds(45),
        }
    }
}

/// A missing table or key means its default.
pub fn read(s: Section) -> Option<Timeouts> {
    let default = Timeouts::default();
    let delay = |key: &'static str, limits: std::ops::RangeInclusive<u64>, default: Duration| {
        s.number(key, limits, " seconds")
            .map_or(default, Duration::from_secs)
    };
    let read = Timeouts {
        idle: delay("idle", 10..=600, default.idle),
        // Not less: WCAG 2.2, 2.2.1 wants twenty seconds in which one touch gives more time.
        warning: delay("warning", 20..=120, default.warning),
        finish_after_note: delay("finish_after_note", 20..=900, default.finish_after_note),
        done: delay("done", 20..=120, default.done),
        owed: delay("owed", 20..=600, default.owed),
        slow: delay("slow", 3..=120, default.slow),
        attempts: s
            .number("attempts", 1..=20, "")
            .and_then(|n| u32::try_from(n).ok())
            .unwrap_or(default.attempts),
        attempt_pause: delay("attempt_pause", 1..=60, default.attempt_pause),
        retry: delay("retry", 5..=3600, default.retry),
        note_patience: delay("note_patience", 10..=600, default.note_patience),
        start: delay("start", 5..=300, default.start),
        wallet: delay("wallet", 3..=60, default.wallet),
        code: delay("code", 30..=900, default.code),
        code_check: delay("code_check", 10..=300, default.code_check),
    };
    s.finish();
    Some(read)
}
