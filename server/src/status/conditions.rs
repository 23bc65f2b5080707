//! What is wrong with a terminal now. A pure function of what was seen of it, so every rule has its test.

use super::alerts::About;
use super::report::{Report, Session};

/// When something counts as wrong.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Thresholds {
    /// Seconds without a sign of life.
    pub silent: u64,
    /// Seconds in which somebody stands in front of it and nothing changes.
    pub stuck: u64,
    /// Seconds that a clock may be off.
    pub clock: f64,
    /// Days until the cash box is full.
    pub days_to_full: f64,
}

/// What was seen of a terminal.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    /// Which.
    pub terminal: String,
    /// When it spoke last, in seconds since 1970.
    pub at: u64,
    /// What it said.
    pub report: Report,
    /// Seconds that its clock was ahead then.
    pub clock_offset: f64,
    /// Its log contradicts itself.
    pub held: bool,
    /// Notes that come into its box in a day, where that is known; below zero after it was emptied.
    pub notes_a_day: Option<f64>,
}

/// Something wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// About what.
    pub about: About,
    /// A word for programs.
    pub kind: String,
    /// A sentence for people.
    pub words: String,
}

fn condition(kind: impl Into<String>, words: impl Into<String>) -> Condition {
    Condition {
        about: About::Terminal,
        kind: kind.into(),
        words: words.into(),
    }
}

impl Seen {
    /// Days until the box is full, where it fills at all.
    pub fn days_to_full(&self) -> Option<f64> {
        let cash = self.report.cash_box;
        let rate = self.notes_a_day.filter(|rate| *rate > 0.0)?;
        #[expect(clippy::cast_precision_loss, reason = "a forecast")]
        let room = cash.capacity.saturating_sub(cash.notes) as f64;
        (cash.capacity > 0).then_some(room / rate)
    }

    /// Everything wrong with it at `now`, in seconds since 1970.
    pub fn conditions(&self, now: u64, limits: &Thresholds) -> Vec<Condition> {
        let mut found = Vec::new();
        if self.held {
            found.push(condition(
                "held",
                "its log contradicts itself and is not cosigned; look into the inbox of conflicts",
            ));
        }
        let silent = now.saturating_sub(self.at);
        if silent >= limits.silent {
            found.push(condition(
                "silent",
                format!("no sign of life for {} minutes", silent / 60),
            ));
            // The rest is what it said before it fell silent.
            return found;
        }
        self.session(limits, &mut found);
        self.devices(&mut found);
        self.cash(limits, &mut found);
        if self.clock_offset.abs() > limits.clock {
            let (offset, quality) = (self.clock_offset, &self.report.clock);
            found.push(condition(
                "clock",
                format!("its clock is off by {offset:.0} s (quality {quality})"),
            ));
        }
        if self.report.unknown_deliveries > 0 {
            let count = self.report.unknown_deliveries;
            found.push(condition(
                "unknown_deliveries",
                format!("{count} deliveries of which it is not known whether they arrived"),
            ));
        }
        found
    }

    fn session(&self, limits: &Thresholds, found: &mut Vec<Condition>) {
        let report = &self.report;
        let minutes = report.session_for / 60;
        match report.session {
            Session::Busy if report.session_for >= limits.stuck => found.push(condition(
                "stuck",
                format!("a session has stood still for {minutes} minutes"),
            )),
            Session::OutOfService => found.push(condition(
                "out_of_service",
                format!("out of service for {minutes} minutes"),
            )),
            Session::Locked => found.push(condition("locked", "locked by a command")),
            Session::Starting | Session::Free | Session::Busy => {}
        }
    }

    fn devices(&self, found: &mut Vec<Condition>) {
        for (device, state) in &self.report.devices {
            if state != "ok" {
                found.push(condition(
                    format!("device.{device}"),
                    format!("{device}: {state}"),
                ));
            }
        }
    }

    fn cash(&self, limits: &Thresholds, found: &mut Vec<Condition>) {
        let cash = self.report.cash_box;
        if cash.capacity > 0 && cash.notes >= cash.capacity {
            let capacity = cash.capacity;
            found.push(condition(
                "cash_box_full",
                format!(
                    "the cash box holds {} notes and takes {capacity}",
                    cash.notes
                ),
            ));
            return;
        }
        if let Some(days) = self.days_to_full()
            && days <= limits.days_to_full
        {
            found.push(condition(
                "cash_box_filling",
                format!("the cash box is full in about {days:.1} days"),
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::report::CashBox;
    use super::*;

    const LIMITS: Thresholds = Thresholds {
        silent: 180,
        stuck: 420,
        clock: 60.0,
        days_to_full: 3.0,
    };

    fn well() -> Seen {
        Seen {
            terminal: "K1".into(),
            at: 1000,
            report: Report {
                wall: 1_000_000,
                clock: "ntp".into(),
                software: "1".into(),
                uptime: 5,
                session: Session::Free,
                session_for: 90_000,
                devices: [("printer".to_owned(), "ok".to_owned())].into(),
                cash_box: CashBox {
                    notes: 100,
                    money: 100_000,
                    capacity: 600,
                },
                unknown_deliveries: 0,
                owed: 0,
            },
            clock_offset: 0.4,
            held: false,
            notes_a_day: Some(50.0),
        }
    }

    fn kinds(seen: &Seen, now: u64) -> Vec<String> {
        let all = seen.conditions(now, &LIMITS);
        all.into_iter().map(|found| found.kind).collect()
    }

    #[test]
    fn a_terminal_that_is_well_gives_no_alert_however_long_nobody_comes() {
        assert!(kinds(&well(), 1100).is_empty());
    }

    #[test]
    fn a_silent_one_is_only_called_silent() {
        let mut seen = well();
        seen.report
            .devices
            .insert("printer".into(), "no paper".into());
        assert_eq!(kinds(&seen, 1179), ["device.printer"]);
        assert_eq!(kinds(&seen, 1180), ["silent"]);
    }

    #[test]
    fn a_session_that_stands_still_is_stuck() {
        let mut seen = well();
        seen.report.session = Session::Busy;
        seen.report.session_for = 419;
        assert!(kinds(&seen, 1000).is_empty());
        seen.report.session_for = 420;
        assert_eq!(kinds(&seen, 1000), ["stuck"]);
    }

    #[test]
    fn what_is_closed_says_so() {
        let mut seen = well();
        seen.report.session = Session::OutOfService;
        assert_eq!(kinds(&seen, 1000), ["out_of_service"]);
        seen.report.session = Session::Locked;
        assert_eq!(kinds(&seen, 1000), ["locked"]);
    }

    #[test]
    fn a_cash_box_is_told_of_before_it_is_full() {
        let mut seen = well();
        assert_eq!(seen.days_to_full(), Some(10.0));
        seen.report.cash_box.notes = 450;
        assert_eq!(kinds(&seen, 1000), ["cash_box_filling"]);
        seen.report.cash_box.notes = 600;
        assert_eq!(kinds(&seen, 1000), ["cash_box_full"]);
        // Whoever does not know the capacity, or has just emptied it, forecasts nothing.
        seen.report.cash_box.capacity = 0;
        assert!(kinds(&seen, 1000).is_empty());
        let mut emptied = well();
        emptied.notes_a_day = Some(-80.0);
        assert_eq!(emptied.days_to_full(), None);
    }

    #[test]
    fn a_clock_that_is_off_either_way_is_told() {
        for offset in [61.0, -61.0] {
            let mut seen = well();
            seen.clock_offset = offset;
            assert_eq!(kinds(&seen, 1000), ["clock"]);
        }
    }

    #[test]
    fn open_deliveries_and_contradictions_are_told() {
        let mut seen = well();
        seen.report.unknown_deliveries = 2;
        seen.held = true;
        assert_eq!(kinds(&seen, 1000), ["held", "unknown_deliveries"]);
    }
}
