//! The concentrator's part in the cascade: joins the pure [`cascade::Node`](crate::cascade::Node) to the wires and to the
//! uplinks.
//!
//! * `actor` is the task that owns the node: what is heard, asked or over goes in, what is to be done comes out.
//! * `driver` speaks on one wire for it: it waits for a turn before everybody else's.
//! * [`OwnerGate`] lets this concentrator's own readings speak on a wire only while it owns the wire.
//! * `relay` answers masters for wires and terminals that are elsewhere.
//! * [`CascadeConfig`] is its part of the file.

mod actor;
mod config;
mod driver;
mod gate;
mod relay;

pub use actor::{Cascade, News};
pub use config::{CascadeConfig, CascadeWire};
pub use gate::OwnerGate;

pub(super) use actor::Parts;
pub(super) use config::{FileCascade, check};
pub(super) use relay::{forward, relay};
