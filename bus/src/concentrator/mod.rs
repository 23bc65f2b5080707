//! The concentrator node: one master on one or more meter wires, reached by masters over Q/GDW 376.1.
//!
//! * [`Config`] is its file.
//! * One task a [`segment`] owns the port; whoever wants to speak waits in one bounded queue, by priority and deadline, and
//!   is heard once or never. One task a segment reads its meters on schedule, through that same queue.
//! * One thread owns the [`store`]: archive, readings, freezes, events, reports.
//! * One task an uplink connection logs in, keeps the heartbeat and answers.
//!
//! Nothing here repeats a request: whoever owns the order decides after reading the meter back.

mod answer;
mod archive;
mod cascade;
pub mod clock;
mod clock_task;
mod config;
pub mod event;
pub mod freeze;
mod matching;
mod node;
pub mod notify;
mod reader;
pub mod record;
mod reply;
pub mod roster;
mod running;
pub mod schedule;
pub mod segment;
mod session;
mod station;
mod status;
pub mod store;
mod told_data;
mod told_report;
mod told_schedule;
mod told_time;
mod uplinks;
mod watching;

pub use archive::{Archive, ArchiveError};
pub use cascade::{Cascade, CascadeConfig, CascadeWire, News, OwnerGate};
pub use config::{Config, ConfigError, MeterConfig, ScheduleConfig, SegmentConfig};
pub use running::{Concentrator, Parts, StartError};
pub use station::CycleState;
pub use status::{SegmentStatus, Status, StoreStatus};
