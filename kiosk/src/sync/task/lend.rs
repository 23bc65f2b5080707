//! What this thread asks of the engine, which alone has the ledger.

use std::sync::mpsc::Sender;
use std::time::Duration;

use meterpost_ledger::{Ledger, Stamp};

use super::{TalkError, Task};
use crate::app::{Message, Unanswered, asked, lent};
use crate::flow::Input;

/// How long the engine may take to lend the ledger.
const PATIENCE: Duration = Duration::from_secs(30);

impl From<Unanswered> for TalkError {
    fn from(why: Unanswered) -> TalkError {
        match why {
            Unanswered::Busy => TalkError::Busy,
            Unanswered::Over => TalkError::Over,
        }
    }
}

impl Task {
    pub(super) fn tell(&self, input: Input) -> Result<(), TalkError> {
        let sent = self.engine.send(Message::Input(input));
        sent.map_err(|_| TalkError::Over)
    }

    /// Asks the engine for something.
    pub(super) fn ask_engine<T>(
        &self,
        message: impl FnOnce(Sender<T>) -> Message,
    ) -> Result<T, TalkError> {
        Ok(asked(&self.engine, PATIENCE, message)?)
    }

    /// Has the engine do something with its ledger.
    pub(super) fn with_ledger<T: Send + 'static>(
        &self,
        run: impl FnOnce(&mut Ledger, &Stamp) -> T + Send + 'static,
    ) -> Result<T, TalkError> {
        Ok(lent(&self.engine, PATIENCE, run)?)
    }
}
