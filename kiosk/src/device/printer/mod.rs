//! The receipt printer: ESC/POS over TCP (port 9100) or a serial line.
//!
//! ESC/POS has no answer to a print job, so a slip counts as printed only when the printer says, before and after it, that it
//! is on line, closed and has paper ([`status`]). Everything is printed as a raster ([`job`]), which every printer knows
//! and no code page can spoil. [`task`] owns the line.

mod job;
mod link;
mod status;
mod task;

pub use task::{PrinterAddress, PrinterSettings, spawn};

use crate::receipt::Raster;

/// The printer's state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PrinterState {
    /// Can print.
    Ready {
        /// The roll ends soon.
        paper_low: bool,
    },
    /// No paper.
    PaperOut,
    /// The cover is open.
    CoverOpen,
    /// It answers, but cannot print; the text says why, in English, for staff.
    Fault(String),
    /// It does not answer; the text says why, in English, for staff.
    Offline(String),
}

/// What became of a slip.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PrintOutcome {
    /// The printer was ready before and after it.
    Printed,
    /// No whole slip came out; it may be printed again from the start.
    NotPrinted(String),
    /// It may or may not have come out (the printer fell silent after it was sent).
    Unknown(String),
}

/// What the printer task reports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PrinterEvent {
    /// The state changed.
    State(PrinterState),
    /// The last [`PrintJob`] is finished.
    Done(PrintOutcome),
}

/// A slip to print; ends in one [`PrinterEvent::Done`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrintJob {
    /// The picture, as wide as the paper.
    pub raster: Raster,
}
