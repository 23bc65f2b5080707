//! Moments as people read them.

use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};

/// A moment in a tenant's time, with how far that is ahead of UTC; nothing where there is none.
pub(super) fn moment(zone: Offset, seconds: Option<i64>) -> String {
    let at = seconds.and_then(|seconds| Timestamp::from_second(seconds).ok());
    at.map_or_else(String::new, |at| {
        let at = at.to_zoned(TimeZone::fixed(zone));
        let format = if zone == Offset::UTC {
            "%F %T UTC"
        } else {
            "%F %T %:z"
        };
        at.strftime(format).to_string()
    })
}

#[cfg(test)]
mod tests {
    use jiff::tz::offset;

    use super::*;

    #[test]
    fn a_moment_is_told_in_the_districts_time_and_says_so() {
        let at = |zone| moment(zone, Some(1_795_726_800));
        assert_eq!(at(Offset::UTC), "2026-11-26 21:00:00 UTC");
        assert_eq!(at(offset(8)), "2026-11-27 05:00:00 +08:00");
        let half = Offset::from_seconds(-(3 * 3600 + 1800)).expect("an offset");
        assert_eq!(at(half), "2026-11-26 17:30:00 -03:30");
        assert_eq!(moment(offset(8), None), "");
    }
}
