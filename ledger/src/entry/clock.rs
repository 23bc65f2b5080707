//! The wall clock in the log: it never goes back unseen.

use super::{ClockQuality, Entry, Stamp};
use crate::event::Event;

/// Whether an entry's wall clock may stand behind the one before it: never below, unless the entry itself says that the
/// clock was set back, by a source that can be trusted.
pub(crate) fn wall_allowed(previous: u64, entry: &Entry) -> bool {
    match entry.event {
        Event::ClockStepped { now, .. } => {
            now == entry.stamp.wall && (now >= previous || trusted(entry.stamp.quality))
        }
        _ => entry.stamp.wall >= previous,
    }
}

/// The entry that is due because the clock jumped since the last one, if any. A clock that fell behind the log and cannot
/// be trusted gives none: the log's own time is carried on instead.
pub(crate) fn clock_step(last: &Stamp, now: &Stamp, tolerance_ms: u64) -> Option<Event> {
    let before = if last.boot == now.boot {
        let passed = now.monotonic_ms.saturating_sub(last.monotonic_ms);
        last.wall.saturating_add(passed)
    } else if now.wall >= last.wall {
        // Nobody knows how long it was off.
        return None;
    } else {
        last.wall
    };
    let allowed = now.wall >= last.wall || trusted(now.quality);
    (allowed && before.abs_diff(now.wall) > tolerance_ms).then_some(Event::ClockStepped {
        before,
        now: now.wall,
    })
}

fn trusted(quality: ClockQuality) -> bool {
    match quality {
        ClockQuality::Unset | ClockQuality::Restored | ClockQuality::Rtc => false,
        ClockQuality::Ntp | ClockQuality::Server => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::BootId;

    const Y1970: u64 = 5_000;
    const Y2026: u64 = 1_790_000_000_000;
    const Y2038: u64 = 2_147_483_648_000;

    fn stamp(boot: u8, monotonic_ms: u64, wall: u64, quality: ClockQuality) -> Stamp {
        Stamp {
            boot: BootId([boot; 16]),
            monotonic_ms,
            wall,
            quality,
        }
    }

    fn step(last: Stamp, now: Stamp) -> Option<(u64, u64)> {
        match clock_step(&last, &now, 5_000) {
            Some(Event::ClockStepped { before, now }) => Some((before, now)),
            Some(other) => panic!("{other:?}"),
            None => None,
        }
    }

    #[test]
    fn a_clock_that_goes_as_it_should_gives_no_entry() {
        let last = stamp(1, 1_000, Y2026, ClockQuality::Rtc);
        assert_eq!(
            step(last, stamp(1, 61_000, Y2026 + 63_000, ClockQuality::Rtc)),
            None
        );
        assert_eq!(
            step(last, stamp(2, 10, Y2026 + 86_400_000, ClockQuality::Rtc)),
            None
        );
    }

    #[test]
    fn a_jump_to_2038_is_an_entry_and_so_is_the_way_back() {
        let last = stamp(1, 1_000, Y2026, ClockQuality::Rtc);
        let wrong = stamp(1, 2_000, Y2038, ClockQuality::Rtc);
        assert_eq!(step(last, wrong), Some((Y2026 + 1_000, Y2038)));
        let right = stamp(1, 3_000, Y2026 + 2_000, ClockQuality::Ntp);
        assert_eq!(step(wrong, right), Some((Y2038 + 1_000, Y2026 + 2_000)));
    }

    #[test]
    fn a_jump_to_1970_is_not_believed() {
        let last = stamp(1, 1_000, Y2026, ClockQuality::Ntp);
        for quality in [
            ClockQuality::Unset,
            ClockQuality::Restored,
            ClockQuality::Rtc,
        ] {
            assert_eq!(step(last, stamp(1, 2_000, Y1970, quality)), None);
            assert_eq!(step(last, stamp(2, 2_000, Y1970, quality)), None);
        }
    }

    #[test]
    fn the_wall_clock_is_set_back_by_a_trusted_source_only() {
        let entry = |now, wall, quality| {
            Entry::new(
                1,
                stamp(1, 1, wall, quality),
                Event::ClockStepped { before: 9, now },
                Vec::new(),
                Default::default(),
            )
        };
        assert!(wall_allowed(Y2038, &entry(Y2026, Y2026, ClockQuality::Ntp)));
        assert!(!wall_allowed(
            Y2038,
            &entry(Y2026, Y2026, ClockQuality::Rtc)
        ));
        assert!(!wall_allowed(
            Y2038,
            &entry(Y2026, Y2038, ClockQuality::Ntp)
        ));
        let mut plain = entry(Y2026, Y2026, ClockQuality::Ntp);
        plain.event = Event::CashBoxRemoved;
        assert!(!wall_allowed(Y2038, &plain));
        assert!(wall_allowed(Y2026, &plain));
    }
}
