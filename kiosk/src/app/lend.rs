//! What other threads ask of the engine, which alone has the ledger.

use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::time::Duration;

use meterpost_ledger::{Ledger, Stamp};

use super::engine::Message;

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unanswered {
    /// The engine did not come to it in time.
    #[error("the terminal is busy")]
    Busy,
    /// The program ends.
    #[error("the terminal stops")]
    Over,
}

/// Asks the engine between two steps of the flow; its answer.
///
/// # Errors
/// [`Unanswered`].
pub fn asked<T>(
    messages: &Sender<Message>,
    patience: Duration,
    message: impl FnOnce(Sender<T>) -> Message,
) -> Result<T, Unanswered> {
    let (sender, answer) = channel();
    let sent = messages.send(message(sender));
    sent.map_err(|_| Unanswered::Over)?;
    answer.recv_timeout(patience).map_err(|error| match error {
        RecvTimeoutError::Timeout => Unanswered::Busy,
        RecvTimeoutError::Disconnected => Unanswered::Over,
    })
}

/// Has the engine do something with its ledger; what came of it.
///
/// # Errors
/// [`Unanswered`].
pub fn lent<T: Send + 'static>(
    messages: &Sender<Message>,
    patience: Duration,
    work: impl FnOnce(&mut Ledger, &Stamp) -> T + Send + 'static,
) -> Result<T, Unanswered> {
    asked(messages, patience, |sender| {
        Message::Ledger(Box::new(move |ledger, stamp| {
            let _ = sender.send(work(ledger, stamp));
        }))
    })
}
