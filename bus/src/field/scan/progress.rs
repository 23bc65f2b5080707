//! Telling how far a scan is.

use std::io::{IsTerminal, Write};
use std::time::Duration;

/// One line on the error stream that is written over on a terminal; elsewhere, a line for every rate.
pub(super) struct Progress {
    terminal: bool,
    shown: usize,
}

impl Progress {
    pub(super) fn new() -> Self {
        Progress {
            terminal: std::io::stderr().is_terminal(),
            shown: 0,
        }
    }

    /// A new rate and parity.
    pub(super) fn step(&mut self, text: &str) {
        if self.terminal {
            self.show(text);
        } else {
            eprintln!("{text}");
        }
    }

    /// Within one walk: what was tried, what is left at least, and how long that takes.
    pub(super) fn walk(
        &mut self,
        what: &str,
        tried: u32,
        left: usize,
        found: usize,
        each: Duration,
    ) {
        if !self.terminal {
            return;
        }
        let seconds = each
            .saturating_mul(u32::try_from(left).unwrap_or(u32::MAX))
            .as_secs();
        self.show(&format!(
            "{what}: {tried} tried, {found} found, {left} left (up to {seconds} s)"
        ));
    }

    fn show(&mut self, text: &str) {
        let width = text.chars().count();
        let rest = self.shown.saturating_sub(width);
        self.shown = width;
        eprint!("\r{text}{:rest$}", "");
        // A terminal that takes no progress takes the result all the same.
        let _ = std::io::stderr().flush();
    }

    pub(super) fn end(&mut self) {
        if self.terminal && self.shown > 0 {
            let blank = self.shown;
            eprint!("\r{:blank$}\r", "");
            let _ = std::io::stderr().flush();
        }
    }
}
