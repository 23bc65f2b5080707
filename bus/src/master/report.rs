//! What concentrators tell by themselves.

use std::sync::{Arc, Mutex};

use tokio::sync::mpsc;

use super::connection::Command;
use crate::frame::gdw376::item::event::Report;

/// Reports that wait to be taken; the concentrator repeats what does not fit.
pub(super) const WAITING: usize = 64;

/// Where reports go, once somebody has asked for them.
pub(super) type ReportSink = Arc<Mutex<Option<mpsc::Sender<Told>>>>;

/// A report, told again and again until [`confirm`](Told::confirm).
#[derive(Debug)]
pub struct Told {
    /// Whether the events are important ones (0E F1) or others (F2).
    pub important: bool,
    /// The events.
    pub report: Report,
    pub(super) generation: u64,
    pub(super) number: u8,
    pub(super) connection: mpsc::WeakSender<Command>,
}

impl Told {
    /// Tells the concentrator that this report need not be told again. To be called when it is kept durably: before that a
    /// power cut would lose it. Where the connection is gone it is told again on the next one.
    pub async fn confirm(self) {
        if let Some(connection) = self.connection.upgrade() {
            let confirm = Command::Confirm {
                generation: self.generation,
                number: self.number,
            };
            // An end of the connection means that it is told again.
            let _ = connection.send(confirm).await;
        }
    }
}
