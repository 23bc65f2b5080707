//! What outlives a visit and a restart: wrong tries, the last one-time code, what the tests said. It is read back from the ledger's own
//! entries, so there is no file that could be lost, set back or forgotten.

use std::collections::BTreeMap;
use std::time::Duration;

use meterpost_ledger::{Event, StaffOutcome};

use super::acted;
use super::acts::UPDATE_FROM_USB;

/// The name of coming in, in entries.
pub const ENTER: &str = "enter";
/// What the words of an entry begin with where a one-time code was taken.
const CODE_STEP: &str = "code step ";

/// Wrong tries without a pause.
const FREE: u32 = 2;
/// The pause after the next one; it doubles with each.
const FIRST_PAUSE: Duration = Duration::from_secs(15);
/// The longest.
const LONGEST_PAUSE: Duration = Duration::from_secs(15 * 60);

/// How long nobody may try after so many tries without success.
pub fn pause(tries: u32) -> Duration {
    match tries.checked_sub(FREE) {
        None | Some(0) => Duration::ZERO,
        Some(more) => FIRST_PAUSE
            .saturating_mul(1 << (more - 1).min(16))
            .min(LONGEST_PAUSE),
    }
}

/// What is remembered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Memory {
    /// Tries since somebody came in last. One counts from its beginning, so cutting the power during it gains nothing.
    pub tries: u32,
    /// Nobody may try before.
    pub wait_until: Duration,
    /// The step of the last one-time code that was taken.
    pub code_step: u64,
    /// What each test said last.
    pub tests: BTreeMap<String, StaffOutcome>,
    /// The act that was begun and has no outcome: by whom, which.
    pub open: Option<(String, String)>,
    /// The installation that has none, which other acts may go on beside: by whom, which.
    pub installing: Option<(String, String)>,
    /// How the last installation ended, in the words of its entry.
    pub installed: Option<(StaffOutcome, String)>,
    /// A collection was recorded since that act began.
    collected: bool,
}

impl Memory {
    /// Reads the newest entries, oldest first.
    pub fn take(&mut self, event: &Event) {
        match event {
            Event::StaffActed {
                who,
                act,
                outcome,
                words,
            } => self.take_act((who.as_str(), act.as_str()), *outcome, words),
            Event::Collected { .. } => self.collected = true,
            _ => {}
        }
    }

    fn take_act(&mut self, (who, act): (&str, &str), outcome: StaffOutcome, words: &str) {
        if act.starts_with(UPDATE_FROM_USB) {
            return self.take_installation((who, act), outcome, words);
        }
        match outcome {
            StaffOutcome::Begun => {
                self.open = Some((who.to_owned(), act.to_owned()));
                self.collected = false;
            }
            _ => self.open = None,
        }
        if act == ENTER {
            match outcome {
                StaffOutcome::Begun => self.tries = self.tries.saturating_add(1),
                StaffOutcome::Done => self.tries = 0,
                _ => {}
            }
            let step = words.split(CODE_STEP).nth(1).and_then(|rest| {
                let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
                digits.parse().ok()
            });
            self.code_step = self.code_step.max(step.unwrap_or(0));
        } else if act.starts_with("test-") && outcome != StaffOutcome::Begun {
            self.tests.insert(act.to_owned(), outcome);
        }
    }

    fn take_installation(&mut self, (who, act): (&str, &str), outcome: StaffOutcome, words: &str) {
        match outcome {
            StaffOutcome::Begun => self.installing = Some((who.to_owned(), act.to_owned())),
            _ => {
                self.installing = None;
                self.installed = Some((outcome, words.to_owned()));
            }
        }
    }

    /// After a start, perhaps of the whole machine: the pause begins anew, and what had been begun is ended by what is known of it.
    pub fn wake(&mut self, now: Duration, new_boot: bool) -> Vec<Event> {
        self.wait_until = now + pause(self.tries);
        let installation = self.installing.take().map(|(who, act)| {
            let words = "cut off by a restart; the slots say what is installed";
            self.installed = Some((StaffOutcome::Unknown, words.to_owned()));
            acted(&who, &act, StaffOutcome::Unknown, words)
        });
        installation
            .into_iter()
            .chain(self.end_open(new_boot))
            .collect()
    }

    fn end_open(&mut self, new_boot: bool) -> Option<Event> {
        let (who, act) = self.open.take()?;
        let (outcome, words) = match act.as_str() {
            "restart" => (StaffOutcome::Done, "started again"),
            "reboot" | "shutdown" if new_boot => {
                (StaffOutcome::Done, "the machine was started again")
            }
            "reboot" | "shutdown" => (
                StaffOutcome::Unknown,
                "the program was started again, the machine was not",
            ),
            "collect" if self.collected => (
                StaffOutcome::Done,
                "the count was closed; the terminal was started again before the box was back",
            ),
            "collect" => (
                StaffOutcome::Failed,
                "the terminal was started again before the box was out; the count goes on",
            ),
            ENTER => (
                StaffOutcome::Unknown,
                "cut off by a restart; it counts as a try",
            ),
            _ => (StaffOutcome::Unknown, "cut off by a restart"),
        };
        if act.starts_with("test-") {
            self.tests.insert(act.clone(), outcome);
        }
        Some(acted(&who, &act, outcome, words))
    }
}

/// The words of an entry that says that a code was taken.
pub fn code_words(step: u64) -> String {
    format!("{CODE_STEP}{step}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn acted(act: &str, outcome: StaffOutcome, words: &str) -> Event {
        Event::StaffActed {
            who: "Wang".into(),
            act: act.into(),
            outcome,
            words: words.into(),
        }
    }

    fn remember(events: &[Event]) -> Memory {
        let mut memory = Memory::default();
        events.iter().for_each(|event| memory.take(event));
        memory
    }

    #[test]
    fn the_pause_grows_with_every_wrong_try_and_has_an_end() {
        let seconds: Vec<u64> = (0..10).map(|tries| pause(tries).as_secs()).collect();
        assert_eq!(seconds, [0, 0, 0, 15, 30, 60, 120, 240, 480, 900]);
        assert_eq!(pause(u32::MAX), LONGEST_PAUSE);
    }

    #[test]
    fn a_restart_forgets_no_try() {
        let begun = acted(ENTER, StaffOutcome::Begun, "");
        let refused = acted(ENTER, StaffOutcome::Refused, "");
        let mut memory = remember(&[begun.clone(), refused, begun.clone(), begun]);
        assert_eq!(memory.tries, 3);
        let ended = memory.wake(Duration::from_secs(5), false);
        assert!(matches!(
            ended[..],
            [Event::StaffActed {
                outcome: StaffOutcome::Unknown,
                ..
            }]
        ));
        assert_eq!(memory.wait_until, Duration::from_secs(20));
        memory.take(&acted(ENTER, StaffOutcome::Done, "by card and PIN"));
        assert_eq!(memory.tries, 0);
    }

    #[test]
    fn a_code_that_was_taken_stays_taken() {
        let memory = remember(&[
            acted(
                ENTER,
                StaffOutcome::Done,
                &format!("maintenance, by PIN and {}", code_words(41)),
            ),
            acted(ENTER, StaffOutcome::Done, "maintenance, by card and PIN"),
        ]);
        assert_eq!(memory.code_step, 41);
    }

    #[test]
    fn a_collection_that_was_cut_off_is_ended_by_what_the_log_says() {
        let begun = acted("collect", StaffOutcome::Begun, "");
        let collected = Event::Collected {
            period: 1,
            by: "Wang".into(),
            notes: Vec::new(),
        };
        let outcome = |events: &[Event]| match remember(events).wake(Duration::ZERO, true)[..] {
            [Event::StaffActed { outcome, .. }] => outcome,
            ref other => panic!("{other:?}"),
        };
        assert_eq!(outcome(std::slice::from_ref(&begun)), StaffOutcome::Failed);
        assert_eq!(outcome(&[begun, collected]), StaffOutcome::Done);
    }

    #[test]
    fn a_start_of_the_program_alone_is_not_the_reboot_that_was_ordered() {
        for (act, new_boot, outcome) in [
            ("restart", false, StaffOutcome::Done),
            ("reboot", false, StaffOutcome::Unknown),
            ("reboot", true, StaffOutcome::Done),
            ("shutdown", false, StaffOutcome::Unknown),
            ("shutdown", true, StaffOutcome::Done),
        ] {
            let begun = acted(act, StaffOutcome::Begun, "");
            let ended = remember(&[begun]).wake(Duration::ZERO, new_boot);
            let wanted = outcome;
            assert!(
                matches!(ended[..], [Event::StaffActed { outcome, .. }] if outcome == wanted),
                "{act}: {ended:?}"
            );
        }
    }

    #[test]
    fn an_installation_that_was_cut_off_is_unknown_whatever_was_done_beside_it() {
        let begun = acted("update-from-usb-0", StaffOutcome::Begun, "v2.raucb");
        let left = acted("leave", StaffOutcome::Done, "by hand");
        let export = acted("export-ledger", StaffOutcome::Begun, "");
        let mut memory = remember(&[begun, left, export]);
        let ended = memory.wake(Duration::ZERO, true);
        let of = |event: &Event| match event {
            Event::StaffActed { act, outcome, .. } => (act.clone(), *outcome),
            other => panic!("{other:?}"),
        };
        let ended: Vec<_> = ended.iter().map(of).collect();
        let unknown = |act: &str| (act.to_owned(), StaffOutcome::Unknown);
        assert_eq!(
            ended,
            [unknown("update-from-usb-0"), unknown("export-ledger")]
        );
        assert_eq!(
            memory.installed.map(|(outcome, _)| outcome),
            Some(StaffOutcome::Unknown)
        );
        assert_eq!(memory.installing, None);
    }
}
