//! What the server has told, and when it holds.

use std::sync::Arc;

use meterpost_ledger::bulletin::directory::{CHANGES_KIND, DIRECTORY_KIND};

use super::Flow;
use super::session::Session;
use crate::told::Told;

impl Flow {
    /// The server has told something new. It holds as soon as nobody stands in front of the screen.
    pub fn tell(&mut self, told: Arc<Told>) {
        self.told = Some(told);
        self.take_told();
    }

    /// Takes what was told. Whose a meter is holds at once; parameters wait while a person is in the middle of something.
    pub(super) fn take_told(&mut self) {
        let Some(told) = self.told.clone() else {
            return;
        };
        let busy = !matches!(
            self.session,
            Session::Starting | Session::Attract | Session::OutOfService(_)
        );
        if busy {
            self.rules.told = told;
            return;
        }
        self.told = None;
        self.rules = self.configured.under(told);
        self.language = self.rules.language;
    }

    /// Whether the directory here is the one that the ledger says is applied. Between that entry and its reading, no sale is begun: it may
    /// have taken the meter away.
    pub(super) fn in_step(&self) -> bool {
        let version = |kind| self.books.bulletin_version(kind).unwrap_or(0);
        let has = self.rules.told.has;
        let (base, changes) = (version(DIRECTORY_KIND), version(CHANGES_KIND));
        // A difference to an older directory has done its work.
        has.base == base && (has.changes == changes || changes <= base)
    }
}
