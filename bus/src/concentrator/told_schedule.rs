//! The cycle of a wire as Q/GDW 376.1 writes it: 04 and 0A F33.
//!
//! The standard's schedule can say more than this concentrator keeps: days of the month, forbidden hours, a clock round a
//! wire. What cannot be kept is refused rather than half kept.

use super::clock::LocalSeconds;
use super::schedule::Cycle;
use crate::frame::gdw376::item::schedule::{HourMinute, PortSchedule};

/// All days of a month.
const EVERY_DAY: u32 = 0x7FFF_FFFF;
/// D0 of the control word: reading is not allowed.
const NOT_ALLOWED: u16 = 1;

const MIDNIGHT: Option<HourMinute> = HourMinute::new(0, 0);

/// The time of day at which clocks are set; midnight where they are not.
fn clock_time(clock_at: Option<LocalSeconds>) -> Option<HourMinute> {
    let minutes = clock_at.unwrap_or(0).div_euclid(60);
    HourMinute::new(
        u8::try_from(minutes / 60).ok()?,
        u8::try_from(minutes % 60).ok()?,
    )
}

/// The cycle that a master asks for; `None` where it asks for something that cannot be kept.
pub(super) fn cycle_of(asked: &PortSchedule, clock_at: Option<LocalSeconds>) -> Option<Cycle> {
    let kept = asked.control & NOT_ALLOWED == 0
        && asked.days & EVERY_DAY == EVERY_DAY
        && asked.allowed.is_empty()
        && asked.clock_day == 0
        && Some(asked.clock_at) == clock_time(clock_at)
        && asked.interval > 0;
    if !kept || Some(asked.at) != MIDNIGHT {
        return None;
    }
    Some(Cycle::Every(i64::from(asked.interval) * 60))
}

/// The cycle as it is; `None` where the standard's schedule cannot say it: times of day that are no interval, or one of more
/// than 255 minutes.
pub(super) fn of_cycle(
    port: u8,
    cycle: &Cycle,
    clock_at: Option<LocalSeconds>,
) -> Option<PortSchedule> {
    let Cycle::Every(seconds) = cycle else {
        return None;
    };
    Some(PortSchedule {
        port,
        control: 0,
        days: EVERY_DAY,
        at: MIDNIGHT?,
        interval: u8::try_from(seconds / 60).ok()?,
        clock_day: 0,
        clock_at: clock_time(clock_at)?,
        allowed: Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cycle_comes_back_as_it_was_told() {
        let cycle = Cycle::Every(15 * 60);
        let told = of_cycle(3, &cycle, Some(190 * 60)).unwrap();
        assert_eq!((told.port, told.interval), (3, 15));
        assert_eq!(told.clock_at, HourMinute::new(3, 10).unwrap());
        assert_eq!(cycle_of(&told, Some(190 * 60)), Some(cycle));
    }

    #[test]
    fn what_cannot_be_kept_is_refused() {
        let good = of_cycle(3, &Cycle::Every(3600), None).unwrap();
        assert!(cycle_of(&good, None).is_some());
        let refused = |change: fn(&mut PortSchedule)| {
            let mut asked = good.clone();
            change(&mut asked);
            assert_eq!(cycle_of(&asked, None), None, "{asked:?}");
        };
        refused(|asked| asked.control = 1);
        refused(|asked| asked.days = 1);
        refused(|asked| asked.interval = 0);
        refused(|asked| asked.at = HourMinute::new(1, 0).unwrap());
        refused(|asked| asked.clock_day = 5);
        refused(|asked| asked.clock_at = HourMinute::new(3, 10).unwrap());
        refused(|asked| {
            let noon = HourMinute::new(12, 0).unwrap();
            asked.allowed.push((noon, noon));
        });
        assert_eq!(of_cycle(3, &Cycle::At(vec![0]), None), None);
        assert_eq!(of_cycle(3, &Cycle::Every(300 * 60), None), None);
    }
}
