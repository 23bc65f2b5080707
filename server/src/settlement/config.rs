//! `[settlement]` of the server's configuration.

use jiff::civil::Time;
use serde::Deserialize;

use crate::clock::TimeOfDay;

/// When days are settled. Without it only the command `server settle` does.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SettlementConfig {
    /// At this time, by each tenant's own zone, the day before is settled.
    #[serde(default = "at")]
    pub at: TimeOfDay,
    /// Minutes ahead of UTC that a new tenant's zone is, where it is made without one.
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

    #[test]
    fn an_offset_is_one_that_there_is() {
        let config = |utc_offset_minutes| SettlementConfig {
            at: at(),
            utc_offset_minutes,
        };
        assert_eq!(config(Some(480)).problem(), None);
        assert!(config(Some(901)).problem().is_some());
    }
}
