//! A master on an M-Bus wire: reading, searching, giving addresses and rates.
//!
//! [`Wire`] carries one request and tells what was heard, noise included. [`Session`] is the link layer of a master: it keeps
//! the frame count bit, repeats what may be repeated, and joins the telegrams of one answer. [`scan`] looks for meters by
//! primary address and by walking the digits of secondary ones; which digit comes next is decided by the pure
//! [`SecondarySearch`].
//!
//! Reads are repeated at most twice (EN 13757-2, 5.6.3). Writes are sent once and judged by reading back.

mod ear;
mod link_wire;
mod port_wire;
mod reading;
pub mod scan;
mod search;
mod session;
mod wire;
mod write;

pub use link_wire::LinkWire;
pub use port_wire::PortWire;
pub use reading::Reading;
pub use search::{SecondarySearch, Verdict};
pub use session::{Health, MbusError, Session};
pub use wire::{Heard, Timing, Wire};
pub use write::Change;

#[cfg(test)]
mod tests;
