//! The meter's clock: when it believes a broadcast.

use crate::frame::wall_time::WallTime;

/// Seconds around midnight and settlement hours in which no broadcast is taken, and the most a broadcast may move the clock.
const FIVE_MINUTES: i64 = 300;
const DAY: i64 = 86_400;

/// The clock as an offset to the time of the place, and the day on which a broadcast last set it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Clock {
    offset: i64,
    set_on: Option<(i16, i16)>,
}

impl Clock {
    /// The meter's own time. It stops at the ends of the century.
    pub(super) fn time(self, now: WallTime) -> WallTime {
        now.plus_seconds(self.offset).unwrap_or(now)
    }

    /// Sets the clock without any rule: a write under a password.
    pub(super) fn set(&mut self, now: WallTime, to: WallTime) {
        self.offset = to.seconds_since(now);
    }

    /// A broadcast of the time. It is taken once a day, moves the clock by no more than five minutes, and not while the clock
    /// shows midnight or a settlement hour (`hh DD` pairs) within five minutes. Returns whether it was taken.
    pub(super) fn broadcast(
        &mut self,
        now: WallTime,
        to: WallTime,
        settlements: &[(u8, u8)],
    ) -> bool {
        let own = self.time(now);
        let today = day_of(own);
        let taken = to.seconds_since(own).abs() <= FIVE_MINUTES
            && !near_midnight(own)
            && !near_midnight(to)
            && !settlements
                .iter()
                .any(|&(hour, day)| near_settlement(own, hour, day))
            && self.set_on != Some(today);
        if taken {
            self.set(now, to);
            self.set_on = Some(today);
        }
        taken
    }
}

fn day_of(time: WallTime) -> (i16, i16) {
    let date = time.to_civil().date();
    (date.year(), date.day_of_year())
}

fn second_of_day(time: WallTime) -> i64 {
    let time = time.to_civil().time();
    i64::from(time.hour()) * 3600 + i64::from(time.minute()) * 60 + i64::from(time.second())
}

fn near_midnight(time: WallTime) -> bool {
    let second = second_of_day(time);
    second <= FIVE_MINUTES || second >= DAY - FIVE_MINUTES
}

fn near_settlement(time: WallTime, hour: u8, day: u8) -> bool {
    i64::from(time.to_civil().day()) == i64::from(day)
        && (second_of_day(time) - i64::from(hour) * 3600).abs() <= FIVE_MINUTES
}
