//! An installation from a USB stick. It goes on while the menu is left, so the flow holds it and not the visit; its end is an entry wherever
//! the flow is then.

use std::time::Duration;

use meterpost_ledger::{Event, StaffOutcome};
use meterpost_ui::view::{MenuTone, Phrase, Word};

use super::software::Uninstalled;
use super::{Said, said};

/// Something that is being installed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Installing {
    /// Who began it.
    pub who: String,
    /// The act as entries name it.
    pub act: String,
    /// The bundle's name.
    pub bundle: String,
    /// Since when.
    pub since: Duration,
    /// What the program said last.
    pub words: String,
}

impl Installing {
    /// The entry at its end.
    pub fn ended(&self, result: &Result<(), Uninstalled>) -> Event {
        let bundle = &self.bundle;
        let (outcome, words) = match result {
            Ok(()) => (
                StaffOutcome::Done,
                format!("{bundle}: installed; it runs from the next start of the machine on"),
            ),
            Err(Uninstalled::StickPulledOut) => (
                StaffOutcome::Failed,
                format!("{bundle}: the stick was pulled out"),
            ),
            Err(Uninstalled::Refused(why)) => (StaffOutcome::Failed, format!("{bundle}: {why}")),
            Err(Uninstalled::Unknown(why)) => (StaffOutcome::Unknown, format!("{bundle}: {why}")),
        };
        super::acted(&self.who, &self.act, outcome, &words)
    }

    /// How far it is.
    pub(super) fn notice(&self, now: Duration) -> (MenuTone, Phrase) {
        let seconds = now.saturating_sub(self.since).as_secs().to_string();
        let words = said(Word::BeingInstalled, &[&seconds, &self.words]);
        (MenuTone::Busy, words)
    }
}

/// What is said on the glass at its end.
pub(super) fn outcome(bundle: &str, result: &Result<(), Uninstalled>) -> Said {
    Some(match result {
        Ok(()) => (MenuTone::Good, said(Word::Installed, &[bundle])),
        Err(Uninstalled::StickPulledOut) => (MenuTone::Bad, Word::StickPulledOut.into()),
        Err(Uninstalled::Refused(why)) => (MenuTone::Bad, said(Word::NotInstalled, &[why])),
        Err(Uninstalled::Unknown(why)) => (MenuTone::Warn, said(Word::InstallNotKnown, &[why])),
    })
}
