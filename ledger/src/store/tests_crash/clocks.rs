//! Clocks that say anything. The days with them are explored like all others; here is what the log makes of them.

use super::day::play;
use super::script::day_of_clocks;
use super::terminal::Terminal;
use crate::entry::{ClockQuality, Entry};
use crate::event::Event;

fn entries() -> Vec<Entry> {
    let terminal = Terminal::new("FULL");
    let day = play(&terminal, &day_of_clocks());
    let entries = day.history.entries.values();
    entries.map(|bytes| Entry::decode(bytes).unwrap()).collect()
}

#[test]
fn the_wall_clock_goes_back_only_where_an_entry_says_so() {
    let entries = entries();
    let mut back = 0;
    for pair in entries.windows(2) {
        if pair[1].stamp.wall >= pair[0].stamp.wall {
            continue;
        }
        back += 1;
        let Event::ClockStepped { now, .. } = pair[1].event else {
            panic!("{pair:?}");
        };
        assert_eq!(now, pair[1].stamp.wall);
        assert!(pair[1].stamp.quality >= ClockQuality::Ntp, "{pair:?}");
    }
    // By seconds when it is set at last, from 2038 to today, and from 2106 to 1970.
    assert_eq!(back, 3);
}

#[test]
fn a_clock_that_was_never_set_carries_the_logs_own_time_on() {
    let entries = entries();
    let unset: Vec<&Entry> = entries
        .iter()
        .filter(|entry| entry.stamp.quality == ClockQuality::Unset)
        .collect();
    assert!(!unset.is_empty());
    assert!(
        unset
            .iter()
            .all(|entry| entry.stamp.wall > 1_700_000_000_000)
    );
}

#[test]
fn times_beyond_32_bits_are_kept_as_they_are() {
    let beyond = |seconds: u64| {
        let later = move |entry: &&Entry| entry.stamp.wall > seconds * 1000;
        entries().iter().filter(later).count()
    };
    assert!(beyond(0x8000_0000) > 0, "2038");
    assert!(beyond(0x1_0000_0000) > 0, "2106");
}

#[test]
fn the_sequence_number_is_the_order_whatever_the_clock_says() {
    for (at, entry) in entries().iter().enumerate() {
        assert_eq!(entry.index, at as u64);
    }
}
