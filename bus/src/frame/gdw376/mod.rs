//! Q/GDW 376.1-2009 and 1376.1-2013: the protocol between a master station and a terminal (concentrator).
//!
//! `68 L L 68 C A1 A2 A3 AFN SEQ DATA [AUX] CS 16`. [`Frame`] is the envelope, [`units`] splits its data into items by
//! point and function, and [`archive`], [`confirm`] and [`forward`] are the items this project itself speaks. All other
//! functions decode to their headers with raw data.

pub mod address;
pub mod archive;
pub mod check;
pub mod confirm;
pub mod control;
mod describe;
pub mod forward;
mod frame;
pub mod item;
pub mod port;
pub mod series;
pub mod time_tag;
pub mod units;
mod wire;

pub use address::Address;
pub use confirm::Confirm;
pub use control::{Control, Sequence};
pub use describe::describe;
pub use frame::{EncodeError, Frame};
pub use time_tag::TimeTag;
pub use units::{Item, UnitError};
pub use wire::Gdw376;

/// Application functions (AFN) of Q/GDW 376.1, 4.4.
pub mod afn {
    /// Confirm or deny.
    pub const CONFIRM: u8 = 0x00;
    /// Reset.
    pub const RESET: u8 = 0x01;
    /// Link: login, logout, heartbeat.
    pub const LINK: u8 = 0x02;
    /// Set parameters.
    pub const SET: u8 = 0x04;
    /// Control.
    pub const CONTROL: u8 = 0x05;
    /// Authentication.
    pub const AUTHENTICATE: u8 = 0x06;
    /// Ask a cascaded terminal to report.
    pub const ASK_CASCADED: u8 = 0x08;
    /// What the terminal is.
    pub const CONFIGURATION: u8 = 0x09;
    /// Read parameters.
    pub const READ_PARAMETERS: u8 = 0x0A;
    /// Current data (class 1).
    pub const CLASS_1: u8 = 0x0C;
    /// Frozen data (class 2).
    pub const CLASS_2: u8 = 0x0D;
    /// Events (class 3).
    pub const EVENTS: u8 = 0x0E;
    /// File transfer.
    pub const FILE: u8 = 0x0F;
    /// Data forwarding.
    pub const FORWARD: u8 = 0x10;
}

#[cfg(test)]
mod tests;
