//! The proof: a virtual district at wire level, and whole-system scenarios.
//!
//! Emulated hardware speaks the real wire (pseudo-terminals, TCP), so that what is tested are the drivers that ship. Its
//! framing is written apart from the product's codecs.

#![warn(missing_docs)]

pub mod card;
pub mod cutter;
pub mod district;
#[cfg(test)]
mod host;
pub mod meter;
#[cfg(feature = "panel")]
pub mod panel;
pub mod printer;
pub mod provider;
pub mod pty;
pub mod scanner;
pub mod scenario;
pub mod segment;
pub mod stick;
pub mod store;
pub mod validator;
