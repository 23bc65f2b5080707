//! A virtual ESC/POS receipt printer on TCP and on a pseudo-terminal. Each cut leaves the slip as PNG and as plain text.

mod command;
mod glyphs;
mod mechanism;
mod paper;
mod render;
mod server;
mod status;
mod symbol;

#[cfg(test)]
mod tests;

pub use command::{Command, Lexer};
pub use mechanism::{Mechanism, Slip};
pub use server::Printer;
pub use status::{PaperState, PrinterConfig, PrinterFault, PrinterState};
