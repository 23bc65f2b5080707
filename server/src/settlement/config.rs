//! `[settlement]` of the server's configuration.

use jiff::civil::Time;
use serde::Deserialize;

use crate::clock::TimeOfDay;

/// When days are settled. Without it only the command `server settle` does.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SettlementConfig {
    /// At this local time the day before is settled.
    #[serde(default = "at")]
    pub at: TimeOfDay,
    /// Minutes that the district's time is ahead of UTC; the system's own where it is left out.
    pub utc_offset_minutes: Option<i16>,
}

fn at() -> TimeOfDay {
    TimeOfDay(Time::constant(2, 30, 0, 0))
}

impl SettlementConfig {
    /// What is wrong with it, in words.
    pub(crate) fn problem(&self) -> Option<String> {
        let offset = self
            .utc_offset_minutes
            .is_some_and(|minutes| minutes.abs() > 15 * 60);
        offset.then(|| "settlement: utc_offset_minutes is -900 to 900".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{local, zone};

    #[test]
    fn an_offset_is_one_that_there_is() {
        let config = |utc_offset_minutes| SettlementConfig {
            at: at(),
            utc_offset_minutes,
        };
        assert_eq!(config(Some(480)).problem(), None);
        assert!(config(Some(901)).problem().is_some());
        let east = zone(Some(480));
        assert_eq!(local(&east, 0).to_string(), "1970-01-01T08:00:00");
    }
}
