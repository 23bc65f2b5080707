//! The task that owns the printer: prints slips, and between them asks how the printer is.

use std::time::Duration;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout};

use super::job::{self, CLEAR};
use super::link::Link;
use super::{PrintJob, PrintOutcome, PrinterEvent, PrinterState};
use crate::device::backoff::Backoff;

/// Between two status questions while idle.
const IDLE_STATUS: Duration = Duration::from_secs(3);
/// Between two status questions while a slip is being printed.
const PRINTING_STATUS: Duration = Duration::from_millis(200);
/// Answers in a row that say "ready" before a slip counts as printed.
const GOOD_ANSWERS: u32 = 2;
/// For a slip to come out after it was handed over.
const LONGEST_PRINT: Duration = Duration::from_secs(20);

/// Where the printer is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PrinterAddress {
    /// `host:port`, usually port 9100.
    Tcp(String),
    /// A serial line, 8N1.
    Serial {
        /// The path.
        device: String,
        /// Baud.
        baud: u32,
    },
}

impl PrinterAddress {
    /// Its serial line, where it has one.
    pub fn device(&self) -> Option<&str> {
        match self {
            PrinterAddress::Tcp(_) => None,
            PrinterAddress::Serial { device, .. } => Some(device),
        }
    }
}

/// Which printer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrinterSettings {
    /// Where it is.
    pub address: PrinterAddress,
}

/// Starts the task. It ends when `jobs` is closed.
pub fn spawn(
    settings: PrinterSettings,
    jobs: UnboundedReceiver<PrintJob>,
    events: UnboundedSender<PrinterEvent>,
) -> JoinHandle<()> {
    tokio::spawn(async move {
        let mut desk = Desk {
            settings,
            link: None,
            backoff: Backoff::default(),
            events,
            shown: None,
        };
        desk.serve(jobs).await;
    })
}

/// The caller is gone.
struct Gone;

struct Desk {
    settings: PrinterSettings,
    link: Option<Link>,
    backoff: Backoff,
    events: UnboundedSender<PrinterEvent>,
    shown: Option<PrinterState>,
}

impl Desk {
    async fn serve(&mut self, mut jobs: UnboundedReceiver<PrintJob>) {
        loop {
            let state = self.check().await;
            let pause = match &state {
                PrinterState::Offline(_) => self.backoff.pause(),
                _ => {
                    self.backoff.reset();
                    IDLE_STATUS
                }
            };
            if self.show(state).is_err() {
                return;
            }
            let job = match timeout(pause, jobs.recv()).await {
                Err(_) => continue,
                Ok(None) => return,
                Ok(Some(job)) => job,
            };
            let outcome = self.print(&job).await;
            tracing::info!(?outcome, "slip");
            if self.events.send(PrinterEvent::Done(outcome)).is_err() {
                return;
            }
        }
    }

    fn show(&mut self, state: PrinterState) -> Result<(), Gone> {
        if self.shown.as_ref() == Some(&state) {
            return Ok(());
        }
        tracing::info!(?state, "printer");
        self.shown = Some(state.clone());
        self.events
            .send(PrinterEvent::State(state))
            .map_err(|_| Gone)
    }

    /// Before a slip's outcome: whoever hears that it was not printed knows by then why the next one will not be either. That
    /// nobody listens any more is noticed with the outcome.
    fn show_first(&mut self, state: &PrinterState) {
        let _ = self.show(state.clone());
    }

    /// Asks the printer how it is, over a new line if there is none.
    async fn check(&mut self) -> PrinterState {
        let (link, is_new) = match &mut self.link {
            Some(link) => (link, false),
            None => match Link::open(&self.settings.address).await {
                Ok(link) => (self.link.insert(link), true),
                Err(why) => return PrinterState::Offline(why),
            },
        };
        let mut status = link.status().await;
        // Whoever had the line before may have been cut off in the middle of an image.
        if status.is_err() && is_new && link.send(&job::end_unfinished()).await.is_ok() {
            status = link.status().await;
        }
        match status {
            Ok(status) => status.state(),
            Err(why) => {
                self.link = None;
                PrinterState::Offline(why)
            }
        }
    }

    /// Prints one slip. Nothing is sent to a printer that cannot print.
    async fn print(&mut self, job: &PrintJob) -> PrintOutcome {
        let bytes = match job::encode(&job.raster) {
            Ok(bytes) => bytes,
            Err(why) => return PrintOutcome::NotPrinted(why),
        };
        // A network printer may have closed an idle line without a word: one more try over a new one.
        let mut before = self.check().await;
        if let PrinterState::Offline(_) = before {
            before = self.check().await;
        }
        self.show_first(&before);
        let PrinterState::Ready { .. } = before else {
            return PrintOutcome::NotPrinted(words(&before));
        };
        let Some(link) = &mut self.link else {
            return PrintOutcome::NotPrinted("not connected".into());
        };
        match link.send(&bytes).await {
            Ok(()) => self.confirm().await,
            Err(unsent) if unsent.sent == 0 => {
                self.link = None;
                PrintOutcome::NotPrinted(unsent.why)
            }
            // The cut is at the end of the job: what was cut off before it is no slip, but what the printer holds in its
            // buffer it may still print. A printer that says why it stopped was cleared; a silent one leaves it open.
            Err(unsent) => match self.confirm().await {
                PrintOutcome::NotPrinted(why) => PrintOutcome::NotPrinted(why),
                PrintOutcome::Printed | PrintOutcome::Unknown(_) => {
                    self.link = None;
                    PrintOutcome::Unknown(format!(
                        "{} of {} bytes were sent: {}",
                        unsent.sent,
                        bytes.len(),
                        unsent.why
                    ))
                }
            },
        }
    }

    /// Watches the printer until it says that it is ready again, or that it stopped.
    async fn confirm(&mut self) -> PrintOutcome {
        let deadline = Instant::now() + LONGEST_PRINT;
        let (mut good, mut last) = (0, String::from("no answer"));
        while Instant::now() < deadline {
            sleep(PRINTING_STATUS).await;
            let Some(link) = &mut self.link else {
                return PrintOutcome::Unknown(format!(
                    "the printer fell silent after the slip was sent: {last}"
                ));
            };
            match link.status().await.map(super::status::Status::state) {
                Ok(PrinterState::Ready { .. }) => good += 1,
                Ok(
                    state @ (PrinterState::PaperOut
                    | PrinterState::CoverOpen
                    | PrinterState::Fault(_)),
                ) => {
                    return self.abandon(&state).await;
                }
                Ok(PrinterState::Offline(why)) => last = why,
                Err(why) => {
                    last = why;
                    self.link = None;
                }
            }
            if good >= GOOD_ANSWERS {
                return PrintOutcome::Printed;
            }
        }
        PrintOutcome::Unknown(format!("the printer did not confirm the slip: {last}"))
    }

    /// The printer stopped in the middle: what it still holds must not come out when the roll is changed, because the slip is
    /// printed again from the start.
    async fn abandon(&mut self, state: &PrinterState) -> PrintOutcome {
        self.show_first(state);
        let why = words(state);
        let Some(link) = &mut self.link else {
            return PrintOutcome::Unknown(why);
        };
        match link.send(&CLEAR).await {
            Ok(()) => PrintOutcome::NotPrinted(format!("stopped in the middle: {why}")),
            Err(unsent) => {
                self.link = None;
                PrintOutcome::Unknown(format!(
                    "stopped in the middle ({why}), and could not be cleared: {}",
                    unsent.why
                ))
            }
        }
    }
}

/// A state in words, for staff.
fn words(state: &PrinterState) -> String {
    match state {
        PrinterState::Ready { .. } => "ready".into(),
        PrinterState::PaperOut => "no paper".into(),
        PrinterState::CoverOpen => "the cover is open".into(),
        PrinterState::Fault(why) => why.clone(),
        PrinterState::Offline(why) => format!("the printer does not answer: {why}"),
    }
}

#[cfg(test)]
mod tests;
