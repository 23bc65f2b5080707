//! What became of setting a meter's clock.

use tokio::time::Instant;

use super::MeterError;
use super::driver::{Kind, MeterDriver, READ_BACKS};
use super::profile::{Capability, Quantity, Register};
use super::value::RegisterValue;
use crate::frame::wall_time::WallTime;
use crate::link::Link;

/// How far from the right time a clock may be read back and still count as set, in seconds: what the exchanges take on a
/// slow wire, and what meters round away.
const TOLERANCE: i64 = 30;

/// What became of setting a meter's clock, judged by reading it afterwards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClockOutcome {
    /// It shows the right time.
    Set {
        /// Seconds it is ahead; negative where it is behind.
        ahead: i64,
    },
    /// It shows another time. Meters take a broadcast only a few minutes from their own time, far from midnight, once a day.
    NotSet {
        /// Why, as far as the meter said.
        reason: String,
        /// What it shows; `None` where nothing was sent.
        clock: Option<WallTime>,
    },
    /// It could not be read.
    Unknown(String),
}

impl MeterDriver {
    /// Sets the meter's clock to the local time `now`, once, and reads it back.
    ///
    /// Many electricity meters take the time only by a broadcast, which all meters of the wire hear and none answers.
    pub async fn set_clock<L: Link>(&self, link: &mut L, now: WallTime) -> ClockOutcome {
        if !self.profile().can(Capability::Clock) {
            return ClockOutcome::NotSet {
                reason: "this kind of meter has no clock that can be set; nothing was sent"
                    .to_owned(),
                clock: None,
            };
        }
        let since = Instant::now();
        let reason = match self.kind() {
            Kind::Electricity(meter) => meter.write_clock(link, now).await,
            Kind::Water(meter) => meter.write_clock(link, now).await,
            Kind::OldElectricity(_) | Kind::Mbus(_) => Some("it is only read".to_owned()),
        };
        let mut clock = Err("not read".to_owned());
        for _ in 0..READ_BACKS {
            clock = self.clock(link).await.map_err(|error| error.to_string());
            if clock.is_ok() {
                break;
            }
        }
        let passed = i64::try_from(since.elapsed().as_secs()).unwrap_or(i64::MAX);
        judge_clock(now.plus_seconds(passed).unwrap_or(now), reason, clock)
    }

    /// What the meter's clock shows.
    ///
    /// # Errors
    /// Nothing was changed at the meter. [`MeterError::Unsupported`] where the profile names no register with the clock.
    pub async fn clock<L: Link>(&self, link: &mut L) -> Result<WallTime, MeterError> {
        if let Kind::Electricity(meter) = self.kind() {
            return meter.clock(link).await;
        }
        let named = |register: &&Register| register.quantity == Quantity::Clock;
        let Some(register) = self.profile().registers.iter().find(named) else {
            return Err(MeterError::Unsupported(
                "its profile names no register with quantity = \"clock\"".to_owned(),
            ));
        };
        let read = self
            .read_these(link, std::slice::from_ref(register))
            .await?;
        match read.into_iter().next().map(|reading| reading.value) {
            Some(RegisterValue::Clock(clock)) => Ok(clock),
            _ => Err(MeterError::Malformed("it tells no time".to_owned())),
        }
    }
}

/// The outcome of setting a clock to what is `right` at the moment of reading it. `reason` is why it may not have worked.
pub(super) fn judge_clock(
    right: WallTime,
    reason: Option<String>,
    clock: Result<WallTime, String>,
) -> ClockOutcome {
    match clock {
        Err(why) => ClockOutcome::Unknown(format!("the meter's clock could not be read: {why}")),
        Ok(clock) => {
            let ahead = clock.seconds_since(right);
            if ahead.abs() <= TOLERANCE {
                ClockOutcome::Set { ahead }
            } else {
                ClockOutcome::NotSet {
                    reason: reason.unwrap_or_else(|| "the meter did not take the time".to_owned()),
                    clock: Some(clock),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_decides_not_the_answer() {
        let right = WallTime::new(2026, 11, 24, 12, 0, 0).unwrap();
        let late = right.plus_seconds(-29).unwrap();
        let outcome = judge_clock(right, Some("no answer".to_owned()), Ok(late));
        assert_eq!(outcome, ClockOutcome::Set { ahead: -29 });
        let wrong = right.plus_seconds(31).unwrap();
        let outcome = judge_clock(right, None, Ok(wrong));
        assert!(
            matches!(outcome, ClockOutcome::NotSet { clock: Some(clock), .. } if clock == wrong)
        );
        let outcome = judge_clock(right, None, Err("silence".to_owned()));
        assert!(matches!(outcome, ClockOutcome::Unknown(_)));
    }
}
