//! Frames that concentrators say to each other on a wire they share with meters; `docs/bus/cascade.md` has the layout.
//!
//! * [`NodeId`] names a concentrator and has a meter-shaped address.
//! * A [`Packet`] is one message and whom it is for. It travels in one or more frames of DL/T 645 with the function code
//!   [`FUNCTION`], which no meter knows, so meters on the same wire let it pass.
//! * [`Request`] and [`Answer`] are the envelope that relays pass on: path, hop limit, request id, remaining time.
//! * [`Assembler`] joins the frames of a long message.

mod crc32;
mod envelope;
mod fragment;
mod links;
mod message;
mod node_id;
mod reader;

pub use envelope::{Answer, MAX_HOPS, Operation, Outcome, Refused, Request, RequestId};
pub use fragment::{Assembler, MAX_MESSAGE};
pub use links::{LinkEntry, LinkTable, PortName};
pub use message::{Body, MAX_NEWS, Packet, Standing, Version};
pub use node_id::NodeId;

/// The function code, DL/T 645-2007, 5.2.4: unused in both editions.
pub const FUNCTION: u8 = 0x1F;

/// The version of the layout, in the high half of a message's first byte.
pub const VERSION: u8 = 1;

#[cfg(test)]
mod tests;
