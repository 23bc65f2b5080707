//! Concentrators that stand in for each other: who speaks on a wire, how a request reaches a wire that others serve, and
//! what happens when one of them fails. `docs/bus/cascade.md` has the rules and the bytes.
//!
//! A [`Node`] is one concentrator's part in it, a pure state machine: [`Node::step`] takes what happened and says what is to
//! be done, [`Node::deadline`] says when it wants to be called again. It has no clock, no port and no source of chance of
//! its own. The same machine runs in a concentrator and in the simulation that proves it.
//!
//! * `hearing` sorts what is heard; `ownership` decides who speaks; `beat` is what an owner does.
//! * `relay` takes requests, `hop` hands them to the next node, `carry_out` is what the last one does: each at most once;
//!   `cache` remembers them.
//! * `origin` chooses the way of this node's own requests; [`Graph`] finds it; `discovery` fills the graph.
//! * `versions` spreads whose table has changed; `spread` passes broadcasts on; `timers` says when something is due.

mod beat;
mod cache;
mod carry_out;
mod discovery;
mod event;
mod graph;
mod hearing;
mod hop;
mod node;
mod origin;
mod ownership;
mod port;
mod random;
mod relay;
mod settings;
mod spread;
mod standing;
mod timers;
mod timing;
mod versions;

pub use event::{Exchanged, Input, Output, Target, Time};
pub use graph::{Avoid, Goal, Graph, Way};
pub use node::Node;
pub use settings::{NodeSettings, PortSettings};
pub use standing::{NO_WAY, Priority, later, prevails, priority};
pub use timing::Timing;

#[cfg(test)]
mod tests;
