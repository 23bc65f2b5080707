//! A virtual ITL note validator that speaks SSP (GA138 v2.2) on a pseudo-terminal, without encryption.

mod command;
mod device;
mod frame;
mod note;
mod state;

#[cfg(test)]
mod tests;

pub use device::Validator;
pub use frame::{Packet, Scanner, crc};
pub use note::{Insertion, Machine, NoteGoes};
pub use state::{Boxed, PathNote, PendingEvent, ValidatorConfig, ValidatorFault, ValidatorState};
