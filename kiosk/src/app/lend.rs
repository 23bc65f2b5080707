//! Having the engine do something with its ledger, from another thread.

use std::sync::mpsc::{Sender, channel};
use std::time::Duration;

use meterpost_ledger::{Ledger, Stamp};

use super::engine::Message;

/// Has the engine do it between two steps of the flow; what came of it.
///
/// # Errors
/// The engine stops, or does not come to it in time.
pub fn lent<T: Send + 'static>(
    messages: &Sender<Message>,
    patience: Duration,
    work: impl FnOnce(&Ledger) -> T + Send + 'static,
) -> Result<T, String> {
    let (sender, result) = channel();
    let job = Box::new(move |ledger: &mut Ledger, _: &Stamp| drop(sender.send(work(ledger))));
    let sent = messages.send(Message::Ledger(job));
    sent.map_err(|_| "the terminal stops".to_owned())?;
    result
        .recv_timeout(patience)
        .map_err(|_| "the terminal is busy".to_owned())
}
