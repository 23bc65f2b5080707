//! The concentrator node: one master on one or more meter wires, reached by masters over Q/GDW 376.1.
//!
//! * [`Config`] is its file, [`Archive`] the meters it was told of.
//! * One task a segment owns the port; requests wait in a bounded queue with a deadline and are sent once or never.
//! * One task an uplink connection logs in, keeps the heartbeat and answers.
//!
//! Nothing here repeats a request: whoever owns the order decides after reading the meter back.

mod answer;
mod archive;
mod config;
mod matching;
mod node;
mod reply;
pub mod segment;
mod session;
mod uplinks;

pub use archive::{Archive, ArchiveError};
pub use config::{Config, ConfigError, SegmentConfig};
pub use node::{Concentrator, StartError};
