//! What this thread asks of the engine, which alone has the ledger.

use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::time::Duration;

use meterpost_ledger::{Ledger, Stamp};

use super::{LedgerJob, TalkError, Task};
use crate::app::Message;
use crate::flow::Input;

/// How long the engine may take to lend the ledger.
const PATIENCE: Duration = Duration::from_secs(30);

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
        let (sender, answer) = channel();
        let sent = self.engine.send(message(sender));
        sent.map_err(|_| TalkError::Over)?;
        answer.recv_timeout(PATIENCE).map_err(late)
    }

    /// Has the engine do something with its ledger.
    pub(super) fn with_ledger<T: Send + 'static>(
        &self,
        run: impl FnOnce(&mut Ledger, &Stamp) -> T + Send + 'static,
    ) -> Result<T, TalkError> {
        let (done, result) = channel();
        let job: LedgerJob = Box::new(move |ledger, stamp| {
            let _ = done.send(run(ledger, stamp));
        });
        self.engine
            .send(Message::Ledger(job))
            .map_err(|_| TalkError::Over)?;
        result.recv_timeout(PATIENCE).map_err(late)
    }
}

fn late(error: RecvTimeoutError) -> TalkError {
    match error {
        RecvTimeoutError::Timeout => TalkError::Busy,
        RecvTimeoutError::Disconnected => TalkError::Over,
    }
}
