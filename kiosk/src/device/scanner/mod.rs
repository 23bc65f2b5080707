//! The scanner of QR codes and barcodes in its serial mode: what it reads arrives as lines on a port of its own, and no stray keystroke comes
//! to the glass.
//!
//! Bytes become lines in [`lines`], [`code`] says what a line means, [`repeats`] leaves out what only lies there still; all of that is pure.
//! [`task`] keeps the port open. The scanner is never told anything, so a port that opens is all that can be known of it.

pub mod code;
pub mod lines;
pub mod repeats;
mod task;

pub use code::Code;
pub use task::{ScannerSettings, spawn};

/// Whether codes can be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ScannerState {
    /// Its port was not opened yet.
    Starting,
    /// Its port is open.
    Ready,
    /// Its port cannot be opened, or went away; the text says why, in English, for staff. It is tried again all the time.
    Missing(String),
}

/// What the scanner reports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ScanEvent {
    /// Its state changed.
    State(ScannerState),
    /// It read a code. One that lies there is told once.
    Scanned(Code),
}
