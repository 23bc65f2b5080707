//! `[settlement]` of the server's configuration.

use jiff::civil::Time;
use serde::Deserialize;

/// When days are settled. Without it only the command `server settle` does.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SettlementConfig {
    /// At this local time the day before is settled.
    #[serde(default = "at")]
    pub at: String,
    /// Minutes that the district's time is ahead of UTC; the system's own where it is left out.
    pub utc_offset_minutes: Option<i16>,
}

fn at() -> String {
    "02:30".to_owned()
}

impl SettlementConfig {
    /// What is wrong with it, in words.
    pub(crate) fn problem(&self) -> Option<String> {
        let offset = self
            .utc_offset_minutes
            .is_some_and(|minutes| minutes.abs() > 15 * 60);
        let at = Time::strptime("%H:%M", &self.at).is_err();
        (offset || at).then(|| {
            "settlement: `at` is a time of day such as \"02:30\", utc_offset_minutes is -900 to 900".to_owned()
        })
    }

    /// At which local time days are settled.
    pub(super) fn time(&self) -> Time {
        Time::strptime("%H:%M", &self.at).unwrap_or(Time::midnight())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{local, zone};

    #[test]
    fn a_time_of_day_and_an_offset_are_what_they_say() {
        let config = |at: &str, utc_offset_minutes| SettlementConfig {
            at: at.to_owned(),
            utc_offset_minutes,
        };
        assert_eq!(config("02:30", Some(480)).problem(), None);
        assert!(config("2.30", None).problem().is_some());
        assert!(config("24:00", None).problem().is_some());
        assert!(config("02:30", Some(901)).problem().is_some());
        assert_eq!(config("23:05", None).time(), Time::constant(23, 5, 0, 0));
        let east = zone(Some(480));
        assert_eq!(local(&east, 0).to_string(), "1970-01-01T08:00:00");
    }
}
