//! The terminal: flow, devices, delivery, recovery and configuration.
#![warn(missing_docs)]

pub mod app;
pub mod cli;
pub mod config;
pub mod desk;
pub mod device;
pub mod flow;
pub mod language;
pub mod logs;
pub mod privacy;
pub mod receipt;
#[cfg(feature = "rig")]
pub mod rig;
pub mod screen;
pub mod service;
pub mod sync;
pub mod told;
