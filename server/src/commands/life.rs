//! The life of a command, as one table. What the terminal's signed log says always holds: it was there.

use std::fmt;

use meterpost_ledger::CommandOutcome;

/// How a command stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CommandState {
    /// The terminal has not taken it, as far as its log was seen.
    Waiting,
    /// The terminal has taken it.
    Taken,
    /// It was carried out.
    Done,
    /// It was not begun.
    Refused,
    /// It did not succeed.
    Failed,
    /// It was cut off.
    Unknown,
    /// Its time is over.
    Expired,
    /// A person took it back.
    Cancelled,
}

/// What can happen to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Happening {
    /// The terminal's log: it was taken.
    Taken,
    /// The terminal's log: this became of it.
    Ended(CommandOutcome),
    /// Its time is over.
    Expired,
    /// A person takes it back.
    Cancelled,
    /// The terminal was enrolled anew; whatever it was doing is gone.
    EnrolledAnew,
}

impl CommandState {
    /// All of them.
    pub const ALL: [CommandState; 8] = [
        CommandState::Waiting,
        CommandState::Taken,
        CommandState::Done,
        CommandState::Refused,
        CommandState::Failed,
        CommandState::Unknown,
        CommandState::Expired,
        CommandState::Cancelled,
    ];

    /// As it is written.
    pub fn word(self) -> &'static str {
        match self {
            CommandState::Waiting => "waiting",
            CommandState::Taken => "taken",
            CommandState::Done => "done",
            CommandState::Refused => "refused",
            CommandState::Failed => "failed",
            CommandState::Unknown => "unknown",
            CommandState::Expired => "expired",
            CommandState::Cancelled => "cancelled",
        }
    }

    /// How it stands after that; nothing where that changes nothing.
    pub fn after(self, happening: Happening) -> Option<CommandState> {
        use CommandState as S;
        match (self, happening) {
            // It may have been fetched before it was taken back or its time was over.
            (S::Waiting | S::Expired | S::Cancelled, Happening::Taken) => Some(S::Taken),
            (S::Taken, Happening::Ended(outcome)) => Some(match outcome {
                CommandOutcome::Done => S::Done,
                CommandOutcome::Refused => S::Refused,
                CommandOutcome::Failed => S::Failed,
                CommandOutcome::Unknown => S::Unknown,
            }),
            (S::Taken, Happening::EnrolledAnew) => Some(S::Unknown),
            (S::Waiting, Happening::Expired) => Some(S::Expired),
            (S::Waiting, Happening::Cancelled) => Some(S::Cancelled),
            _ => None,
        }
    }

    /// The states in which that changes something, and to what: each target with the states that lead there.
    pub(super) fn moves(happening: Happening) -> Vec<(CommandState, CommandState)> {
        let lead = |from: CommandState| Some((from, from.after(happening)?));
        CommandState::ALL.into_iter().filter_map(lead).collect()
    }
}

impl fmt::Display for CommandState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use CommandState as S;

    const OUTCOMES: [(CommandOutcome, S); 4] = [
        (CommandOutcome::Done, S::Done),
        (CommandOutcome::Refused, S::Refused),
        (CommandOutcome::Failed, S::Failed),
        (CommandOutcome::Unknown, S::Unknown),
    ];

    #[test]
    fn what_was_taken_ends_as_the_log_says() {
        for (outcome, state) in OUTCOMES {
            assert_eq!(S::Taken.after(Happening::Ended(outcome)), Some(state));
        }
    }

    #[test]
    fn the_log_is_believed_though_a_person_took_it_back_meanwhile() {
        for before in [S::Waiting, S::Cancelled, S::Expired] {
            assert_eq!(before.after(Happening::Taken), Some(S::Taken));
        }
    }

    #[test]
    fn what_is_taken_is_neither_taken_back_nor_too_late() {
        assert_eq!(S::Taken.after(Happening::Cancelled), None);
        assert_eq!(S::Taken.after(Happening::Expired), None);
    }

    #[test]
    fn what_a_lost_machine_was_doing_is_not_known() {
        assert_eq!(S::Taken.after(Happening::EnrolledAnew), Some(S::Unknown));
        assert_eq!(S::Waiting.after(Happening::EnrolledAnew), None);
    }

    #[test]
    fn an_outcome_is_final() {
        let ended = [S::Done, S::Refused, S::Failed, S::Unknown];
        for state in ended {
            for (outcome, _) in OUTCOMES {
                assert_eq!(state.after(Happening::Ended(outcome)), None);
            }
            for happening in [Happening::Taken, Happening::Expired, Happening::Cancelled] {
                assert_eq!(state.after(happening), None);
            }
        }
    }
}
