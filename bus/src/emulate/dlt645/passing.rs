//! Time that passes between two frames: energy is counted and paid, days and settlements are frozen, loads recorded, a trip
//! that was due happens.

use super::ElectricityMeter;
use super::energy::Reading;
use super::parameters::settlements;
use crate::frame::dlt645::freeze::FreezeTime;
use crate::frame::wall_time::WallTime;

/// Longer gaps are passed in one step up to here, so that a meter left alone for years costs no time.
const DETAIL: i64 = 40 * 86_400;

impl ElectricityMeter {
    /// Lets time pass up to `now`, by the meter's own clock. Time that goes backwards passes nothing.
    pub(super) fn pass(&mut self, now: WallTime) {
        let to = self.clock.time(now);
        let Some(mut at) = self.passed_to.replace(to) else {
            return;
        };
        if to.seconds_since(at) > DETAIL
            && let Some(from) = to.plus_seconds(-DETAIL)
        {
            self.run(at, from);
            at = from;
        }
        while at < to {
            let next = self.next_mark(at).filter(|next| *next < to).unwrap_or(to);
            self.run(at, next);
            self.mark(next);
            at = next;
        }
    }

    /// The next full minute at which something may be due.
    fn next_mark(&self, at: WallTime) -> Option<WallTime> {
        let interval = match self.config.load_interval {
            0 => 3600,
            minutes => i64::from(minutes.min(60)) * 60,
        };
        let civil = at.to_civil();
        let second = i64::from(civil.minute()) * 60 + i64::from(civil.second());
        let to_hour = 3600 - second;
        let regular = at.plus_seconds((interval - second % interval).min(to_hour));
        let freeze = self.freeze_minute().and_then(|minute| {
            let wait = (i64::from(minute) * 60 - second).rem_euclid(3600);
            at.plus_seconds(if wait == 0 { 3600 } else { wait })
        });
        let due = [self.trip_at, self.recover_at].into_iter().flatten();
        due.filter(|due| *due > at)
            .chain(regular)
            .chain(freeze)
            .min()
    }

    fn freeze_minute(&self) -> Option<u8> {
        match self.freeze? {
            FreezeTime::Now => None,
            FreezeTime::Hourly { minute }
            | FreezeTime::Daily { minute, .. }
            | FreezeTime::Monthly { minute, .. }
            | FreezeTime::On { minute, .. } => Some(minute),
        }
    }

    /// Uses energy between two marks; the relay opens in between where the money ends.
    fn run(&mut self, from: WallTime, to: WallTime) {
        let seconds = u64::try_from(to.seconds_since(from)).unwrap_or_default();
        if !self.relay.closed || self.config.load_watts == 0 {
            return;
        }
        let watts = u64::from(self.config.load_watts);
        let wanted = seconds.saturating_mul(watts);
        let lasts = match self.sells() {
            true => self
                .books
                .lasts(self.config.price, self.config.overdraft_limit),
            false => None,
        };
        let used = match lasts {
            Some(lasts) if !self.relay.keep => {
                // Up to the second in which the money ends.
                wanted.min(lasts.div_ceil(watts).saturating_mul(watts))
            }
            _ => wanted,
        };
        self.energy.watt_seconds = self.energy.watt_seconds.saturating_add(used);
        self.energy.watch(self.config.load_watts, to);
        if self.sells() {
            self.books.consume(used, self.config.price);
            if self.books.balance <= -self.config.overdraft_limit && self.config.price > 0 {
                self.open_for_want_of_money(to);
            }
        }
    }

    /// What is due at a time.
    fn mark(&mut self, at: WallTime) {
        if self.trip_at.is_some_and(|due| due <= at) {
            self.trip_at = None;
            self.open_relay(at);
        }
        if self.recover_at.is_some_and(|due| due <= at) {
            self.recover_at = None;
            self.close_relay(at);
        }
        let reading = self.reading(at);
        let civil = at.to_civil();
        if civil.second() != 0 {
            return;
        }
        let interval = i64::from(self.config.load_interval.min(60));
        if interval > 0 && i64::from(civil.minute()) % interval == 0 {
            self.energy.record_load(reading);
        }
        if self.freeze.is_some_and(|freeze| is_due(freeze, at)) {
            self.energy.freeze_timed(reading);
        }
        if civil.minute() != 0 {
            return;
        }
        if civil.hour() == 0 {
            self.energy.freeze_day(reading);
        }
        let due = |(hour, day): (u8, u8)| {
            i64::from(civil.hour()) == i64::from(hour) && i64::from(civil.day()) == i64::from(day)
        };
        if settlements(&self.parameters).into_iter().any(due) {
            self.energy.settle(reading);
        }
    }

    /// What the meter shows now.
    pub(super) fn reading(&self, time: WallTime) -> Reading {
        Reading {
            time,
            watt_seconds: self.energy.watt_seconds,
            watts: self.watts(),
        }
    }
}

fn is_due(freeze: FreezeTime, at: WallTime) -> bool {
    let civil = at.to_civil();
    let [month, day, hour, minute] = [civil.month(), civil.day(), civil.hour(), civil.minute()]
        .map(|part| u8::try_from(part).unwrap_or_default());
    match freeze {
        FreezeTime::Now => false,
        FreezeTime::Hourly { minute: m } => m == minute,
        FreezeTime::Daily { hour: h, minute: m } => (h, m) == (hour, minute),
        FreezeTime::Monthly {
            day: d,
            hour: h,
            minute: m,
        } => (d, h, m) == (day, hour, minute),
        FreezeTime::On {
            month: mo,
            day: d,
            hour: h,
            minute: m,
        } => (mo, d, h, m) == (month, day, hour, minute),
    }
}
