//! Commands from afar. Each is recorded before it reaches the flow, is begun only while nobody stands in front of the terminal and nothing is
//! being settled, and ends in an entry.

use meterpost_bus::meter::{Reading, Supply};
use meterpost_ledger::bulletin::command::Command;
use meterpost_ledger::{CommandOutcome, Event, Money};
use meterpost_ui::view::ServiceReason;

use super::session::Session;
use super::{BusJob, Effect, Flow};

/// What a command makes the machine do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// Remember that the terminal is locked, over restarts.
    Lock(String),
    /// Forget it.
    Unlock,
    /// Start the machine anew.
    Reboot,
    /// Start the program anew.
    Restart,
    /// Install this version.
    Update(String),
    /// Send so many lines of log.
    SendLogs(u32),
}

/// What is known when the program has started and a command had not ended.
#[derive(Clone, Copy, Debug)]
pub struct AfterRestart<'a> {
    /// The machine was started anew, too.
    pub new_boot: bool,
    /// The terminal is locked.
    pub locked: bool,
    /// The version that runs.
    pub software: &'a str,
}

impl AfterRestart<'_> {
    /// What became of the command.
    pub fn outcome(&self, command: &Command) -> (CommandOutcome, String) {
        use CommandOutcome as O;
        let cut_off = |outcome| (outcome, "cut off by a restart".to_owned());
        let done = |words: &str| (O::Done, words.to_owned());
        match command {
            Command::Restart => done("started again"),
            Command::Reboot if self.new_boot => done("the machine was started again"),
            Command::Reboot => (
                O::Unknown,
                "the program was started again, the machine was not".to_owned(),
            ),
            Command::Update { version } if version == self.software => {
                (O::Done, format!("version {version} runs"))
            }
            Command::Update { .. } => (O::Failed, format!("version {} runs", self.software)),
            Command::Lock { .. } if self.locked => done("locked"),
            Command::Unlock if !self.locked => done("open"),
            Command::Lock { .. } | Command::Unlock => cut_off(O::Failed),
            // They change nothing and can be given again.
            Command::ReadMeter { .. } | Command::SendLogs { .. } => cut_off(O::Failed),
        }
    }
}

impl Flow {
    /// The terminal was locked before it was started.
    pub fn locked(mut self) -> Flow {
        self.locked = true;
        self
    }

    pub(super) fn on_command(&mut self, version: u64, command: Result<Command, String>) {
        let command = match command {
            Ok(command) => command,
            Err(why) => {
                self.end_command(version, CommandOutcome::Refused, &why);
                return;
            }
        };
        if let Some(why) = self.busy_for(&command) {
            self.end_command(version, CommandOutcome::Refused, why);
            return;
        }
        let act = match command {
            Command::Lock { reason } => Act::Lock(reason),
            Command::Unlock => Act::Unlock,
            Command::Reboot => Act::Reboot,
            Command::Restart => Act::Restart,
            Command::Update { version } => Act::Update(version),
            Command::SendLogs { lines } => Act::SendLogs(lines),
            Command::ReadMeter { meter } => {
                self.bus_job = Some(BusJob::Command(version));
                self.out.push(Effect::ReadMeter(meter));
                return;
            }
        };
        self.out.push(Effect::Act(version, act));
    }

    /// Whether the program may end now to be started anew: nobody stands in front of the terminal and nothing is being settled.
    pub fn may_restart(&self) -> bool {
        self.busy_for(&Command::Restart).is_none()
    }

    /// Why the command is not begun now, if anything speaks against it.
    fn busy_for(&self, command: &Command) -> Option<&'static str> {
        if matches!(command, Command::SendLogs { .. }) {
            return None;
        }
        let somebody = !matches!(self.session, Session::Attract | Session::OutOfService(_));
        if somebody || self.books.open_sale().is_some() {
            return Some("somebody stands at the terminal; try again later");
        }
        if self.settling.is_some() || self.printer_busy() {
            return Some("a sale is being settled; try again in a minute");
        }
        if matches!(command, Command::ReadMeter { .. }) {
            if self.bus_job.is_some() {
                return Some("a meter is being read; try again in a minute");
            }
            if !self.devices.bus {
                return Some("no concentrator is reached");
            }
        }
        None
    }

    pub(super) fn on_act_done(&mut self, version: u64, act: &Act, result: Result<String, String>) {
        match (act, &result) {
            (Act::Lock(_), Ok(_)) => {
                self.locked = true;
                self.session = self.nobody();
            }
            (Act::Unlock, Ok(_)) => {
                self.locked = false;
                if let Session::OutOfService(ServiceReason::Locked) = self.session {
                    self.session = self.nobody();
                }
            }
            _ => {}
        }
        match result {
            Ok(words) => self.end_command(version, CommandOutcome::Done, &words),
            Err(why) => self.end_command(version, CommandOutcome::Failed, &why),
        }
    }

    pub(super) fn command_read_ended(&mut self, version: u64, result: Result<Reading, String>) {
        match result {
            Ok(reading) => {
                let words = reading_in_words(&reading);
                self.end_command(version, CommandOutcome::Done, &words);
            }
            Err(why) => self.end_command(version, CommandOutcome::Failed, &why),
        }
    }

    fn end_command(&mut self, version: u64, outcome: CommandOutcome, words: &str) {
        self.record(vec![Event::CommandEnded {
            version,
            outcome,
            words: words.chars().take(MOST_WORDS).collect(),
        }]);
    }

    /// The screen while nobody is there.
    pub(super) fn nobody(&self) -> Session {
        match self.locked {
            true => Session::OutOfService(ServiceReason::Locked),
            false => Session::Attract,
        }
    }
}

/// Longest text of an outcome, in characters.
const MOST_WORDS: usize = 300;

fn reading_in_words(reading: &Reading) -> String {
    let supply = match reading.supply {
        Supply::On => "supply on",
        Supply::Off => "supply off",
        Supply::Fault => "supply switch faulty",
        Supply::NotReported => "supply not reported",
    };
    let (balance, number) = (Money(reading.balance.0), reading.purchase_number);
    format!("balance {balance}, purchase number {number}, {supply}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use CommandOutcome as O;

    const SAME: AfterRestart = AfterRestart {
        new_boot: false,
        locked: false,
        software: "1.0",
    };

    fn lock() -> Command {
        Command::Lock {
            reason: "audit".into(),
        }
    }

    fn update(version: &str) -> Command {
        Command::Update {
            version: version.into(),
        }
    }

    #[test]
    fn a_restart_is_done_by_having_started() {
        assert_eq!(SAME.outcome(&Command::Restart).0, O::Done);
    }

    #[test]
    fn a_reboot_is_done_only_where_the_machine_was_started_anew() {
        let rebooted = AfterRestart {
            new_boot: true,
            ..SAME
        };
        assert_eq!(rebooted.outcome(&Command::Reboot).0, O::Done);
        assert_eq!(SAME.outcome(&Command::Reboot).0, O::Unknown);
    }

    #[test]
    fn an_update_is_done_by_the_version_that_runs() {
        assert_eq!(SAME.outcome(&update("1.0")).0, O::Done);
        assert_eq!(
            SAME.outcome(&update("2.0")),
            (O::Failed, "version 1.0 runs".to_owned())
        );
    }

    #[test]
    fn a_lock_is_done_by_being_there() {
        let locked = AfterRestart {
            locked: true,
            ..SAME
        };
        assert_eq!(locked.outcome(&lock()).0, O::Done);
        assert_eq!(SAME.outcome(&lock()).0, O::Failed);
        assert_eq!(SAME.outcome(&Command::Unlock).0, O::Done);
        assert_eq!(locked.outcome(&Command::Unlock).0, O::Failed);
    }

    #[test]
    fn what_changes_nothing_was_cut_off() {
        let read = Command::ReadMeter { meter: "1".into() };
        for command in [read, Command::SendLogs { lines: 5 }] {
            assert_eq!(SAME.outcome(&command).0, O::Failed);
        }
    }
}
