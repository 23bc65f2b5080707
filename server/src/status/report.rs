//! What a terminal says of itself with each sign of life.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Longest text in a report, in bytes.
const MOST_TEXT: usize = 200;
/// Most devices.
const MOST_DEVICES: usize = 20;

/// What the terminal is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Session {
    /// It has just started.
    Starting,
    /// Nobody stands in front of it.
    Free,
    /// Somebody does.
    Busy,
    /// It serves nobody.
    OutOfService,
    /// It was locked by a command.
    Locked,
}

/// The cash box, by the terminal's own count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CashBox {
    /// Notes in it.
    pub notes: u64,
    /// What they are worth, in minor units.
    pub money: i64,
    /// How many notes it takes; 0 where that is not known.
    #[serde(default)]
    pub capacity: u64,
}

/// A report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Report {
    /// The terminal's wall clock, in Unix milliseconds.
    pub wall: u64,
    /// What that is worth: `unset`, `restored`, `rtc`, `ntp` or `server`.
    pub clock: String,
    /// The program's version.
    pub software: String,
    /// Seconds since the program started.
    pub uptime: u64,
    /// What it is doing.
    pub session: Session,
    /// For how many seconds.
    pub session_for: u64,
    /// Each device with its state: `ok`, or what is wrong with it.
    pub devices: BTreeMap<String, String>,
    /// The cash box.
    pub cash_box: CashBox,
    /// Deliveries of which it is not known whether they arrived.
    pub unknown_deliveries: u64,
    /// What is owed to residents on claims, in minor units.
    pub owed: i64,
}

impl Report {
    /// Whether it is of a size that a terminal would send.
    pub fn fits(&self) -> bool {
        let short = |text: &String| text.len() <= MOST_TEXT;
        let devices = &self.devices;
        devices.len() <= MOST_DEVICES
            && devices
                .iter()
                .all(|(name, state)| short(name) && short(state))
            && short(&self.clock)
            && short(&self.software)
    }
}
