//! The time, passed in.

use std::time::{SystemTime, UNIX_EPOCH};

/// Tells the time in seconds since 1970.
pub type Clock = fn() -> u64;

/// The system's time.
pub fn system() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}
