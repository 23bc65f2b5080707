//! Moments as people read them.

use jiff::Timestamp;

/// A moment, in UTC; nothing where there is none.
pub(super) fn moment(seconds: Option<i64>) -> String {
    let at = seconds.and_then(|seconds| Timestamp::from_second(seconds).ok());
    at.map_or_else(String::new, |at| {
        at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
    })
}
