//! A meter's clock by order: read beside the tenant's time, and set where it is further off than it may be.

use jiff::civil::DateTime;
use meterpost_bus::frame::wall_time::WallTime;
use meterpost_bus::master::ForwardLink;
use meterpost_bus::meter::{MeterDriver, MeterError};
use serde_json::json;

use super::outcome::{denied, of_clock_found, of_read, of_set_clock, shown};
use super::station::Station;
use crate::orders::Ended;

/// Seconds that a meter's clock may be off: as far as a clock that was just set may be read back, and as a concentrator's may be.
const ALLOWED: i64 = 30;

/// A meter's clock as it was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shown {
    /// What it showed.
    pub(super) clock: WallTime,
    /// Seconds that it is ahead of the tenant's time; negative where it is behind.
    pub(super) ahead: i64,
    /// Seconds by which that may be wrong: nobody knows when on its way through the exchange the clock was looked at.
    pub(super) within: i64,
}

impl Shown {
    /// Of a clock that was asked and had answered at these moments of the tenant's time.
    fn between(clock: WallTime, asked: DateTime, answered: DateTime) -> Shown {
        let since_asked = clock.to_civil().duration_since(asked).as_secs();
        let took = answered.duration_since(asked).as_secs();
        Shown {
            clock,
            ahead: since_asked - took / 2,
            // Half of what it took, and what whole seconds hide.
            within: took.abs() / 2 + 1,
        }
    }

    /// Whether it may stay as it is.
    pub(super) fn is_right(&self) -> bool {
        self.ahead.abs() <= ALLOWED
    }

    /// As an order's result has it.
    pub(super) fn told(&self) -> serde_json::Value {
        json!({ "clock": self.clock.to_string(), "ahead": self.ahead, "within": self.within })
    }
}

async fn look(
    station: &Station,
    driver: &MeterDriver,
    link: &mut ForwardLink,
) -> Result<Shown, MeterError> {
    let asked = station.local();
    let clock = driver.clock(link).await?;
    Ok(Shown::between(clock, asked, station.local()))
}

/// Reads it.
pub(super) async fn check(
    station: &Station,
    (driver, link): (&MeterDriver, &mut ForwardLink),
    attempts: i32,
) -> Ended {
    let read = look(station, driver, link).await;
    of_read(read.map(|found| found.told()), attempts)
}

/// Reads it, sets it where it is too far off, and reads it again. To do so twice does no harm.
pub(super) async fn set(
    station: &Station,
    (driver, link): (&MeterDriver, &mut ForwardLink),
    attempts: i32,
) -> Ended {
    let found = match look(station, driver, link).await {
        Ok(found) if found.is_right() => return shown(found.told()),
        Ok(found) => found,
        // Nothing was set.
        Err(error) => return of_read(Err(error), attempts),
    };
    let Some(now) = WallTime::from_civil(station.local()) else {
        return denied("this machine's clock shows no year from 2000 to 2099; set it".to_owned());
    };
    let outcome = driver.set_clock(link, now).await;
    tracing::info!(place = %station.name(), meter = %driver.address(), was = found.ahead, ?outcome, "a meter's clock");
    let in_flight = station.head_end.config.in_flight_seconds;
    of_set_clock(outcome, found.ahead, attempts, in_flight)
}

/// What became of setting it.
pub(super) async fn find_out(
    station: &Station,
    (driver, link): (&MeterDriver, &mut ForwardLink),
    attempts: i32,
) -> Ended {
    of_clock_found(look(station, driver, link).await, attempts)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_drift_is_told_with_what_the_exchange_hides() {
        let clock = WallTime::new(2026, 11, 25, 0, 0, 5).unwrap();
        let asked = date(2026, 11, 24).at(23, 59, 58, 0);
        let answered = date(2026, 11, 25).at(0, 0, 2, 0);
        let found = Shown::between(clock, asked, answered);
        assert_eq!((found.ahead, found.within), (5, 3));
        let at_once = Shown::between(clock, asked, asked);
        assert_eq!((at_once.ahead, at_once.within), (7, 1));
        assert!(found.is_right());
        let behind = Shown::between(clock, date(2026, 11, 25).at(0, 0, 36, 0), answered);
        assert!(behind.ahead < 0);
    }

    #[test]
    fn half_a_minute_may_stay() {
        let asked = date(2026, 11, 24).at(12, 0, 0, 0);
        for (second, right) in [(30, true), (31, false)] {
            let clock = WallTime::new(2026, 11, 24, 12, 0, second).unwrap();
            assert_eq!(Shown::between(clock, asked, asked).is_right(), right);
        }
    }
}
