//! Hours without contact, one test a rule: by whichever clock counts more of them.

use super::testing_time::*;
use super::*;
use crate::entry::ClockQuality;

fn terminal(hours: u32) -> Clocked {
    Clocked::with(Limits {
        since_contact_hours: Some(hours),
        ..no_limits()
    })
}

/// Whether a sale is opened now; it is not kept.
fn sells(terminal: &Clocked) -> bool {
    let mut terminal = terminal.clone();
    let opening = terminal.opening(1, None);
    terminal.put(Event::CashBoxRemoved);
    let allowed = terminal.books.allows_sale(Money(1), None);
    match terminal.books.apply(&opening) {
        Ok(_) => allowed.is_ok(),
        Err(error) => {
            assert_eq!(error, BooksError::Limit(LimitHit::SinceContactHours(2)));
            assert_eq!(allowed, Err(LimitHit::SinceContactHours(2)));
            false
        }
    }
}

#[test]
fn no_sale_is_opened_once_the_hours_without_contact_are_over() {
    let mut terminal = terminal(2);
    terminal.wait(HOUR);
    terminal.touch();
    terminal.wait(2 * HOUR - 1);
    assert!(sells(&terminal));
    terminal.wait(1);
    assert!(!sells(&terminal));
    terminal.touch();
    assert!(sells(&terminal));
}

#[test]
fn a_terminal_that_never_had_contact_has_its_running_time() {
    let mut terminal = terminal(2);
    terminal.wait(HOUR);
    assert!(sells(&terminal));
    // What it was off for is not known to count from anything.
    terminal.put(Event::CashBoxRemoved);
    terminal.reboot(1_000 * HOUR);
    assert!(sells(&terminal));
    terminal.wait(HOUR - 1);
    assert!(sells(&terminal));
    terminal.wait(1);
    assert!(!sells(&terminal));
}

#[test]
fn hours_that_it_was_off_count_by_the_wall_clock() {
    let mut terminal = terminal(2);
    terminal.touch();
    terminal.reboot(2 * HOUR);
    assert!(!sells(&terminal));
}

#[test]
fn a_clock_without_battery_counts_by_running_time() {
    let mut terminal = terminal(2);
    terminal.touch();
    terminal.reboot(0);
    terminal.stamp.wall = 0;
    terminal.stamp.quality = ClockQuality::Unset;
    terminal.wait(2 * HOUR - 1);
    assert!(sells(&terminal));
    terminal.wait(1);
    assert!(!sells(&terminal));
}

#[test]
fn every_boot_counts_at_least_what_it_ran_until_its_last_entry() {
    let mut terminal = terminal(2);
    terminal.touch();
    for _ in 0..3 {
        terminal.reboot(0);
        terminal.stamp.wall = 0;
        terminal.wait(40 * 60_000);
        assert_eq!(sells(&terminal), terminal.stamp.boot.0[0] < 4);
        terminal.put(Event::CashBoxRemoved);
    }
}

#[test]
fn a_clock_set_back_does_not_stretch_the_hours() {
    for now in [0, 5_000, NOON - HOUR, NOON - 1_000_000 * HOUR / 1_000] {
        let mut terminal = terminal(2);
        terminal.touch();
        terminal.wait(HOUR);
        terminal.step(now);
        terminal.wait(HOUR);
        assert!(!sells(&terminal), "{now}");
    }
}

#[test]
fn a_clock_set_ahead_ends_the_hours_and_set_right_goes_on_with_them() {
    let mut terminal = terminal(2);
    terminal.touch();
    for wrong in [2_147_483_648_000, 4_294_967_296_000, u64::MAX] {
        terminal.step(wrong);
        assert!(!sells(&terminal), "{wrong}");
    }
    terminal.step(NOON + HOUR);
    assert!(sells(&terminal));
    terminal.wait(HOUR);
    assert!(!sells(&terminal));
}

#[test]
fn a_contact_while_the_clock_was_ahead_counts_from_when_it_was_set_right() {
    let mut terminal = terminal(2);
    terminal.step(2_147_483_648_000);
    terminal.touch();
    terminal.step(NOON);
    assert!(sells(&terminal));
    terminal.reboot(2 * HOUR);
    assert!(!sells(&terminal), "off since, and yet not forgotten");
}

#[test]
fn running_time_that_goes_back_or_does_not_fit_never_stretches_the_hours() {
    let mut terminal = terminal(2);
    terminal.touch();
    terminal.wait(HOUR);
    terminal.put(Event::CashBoxRemoved);
    terminal.stamp.monotonic_ms = 0;
    terminal.put(Event::CashBoxReplaced);
    terminal.wait(HOUR);
    assert!(!sells(&terminal));
    terminal.stamp.monotonic_ms = u64::MAX;
    terminal.put(Event::CashBoxRemoved);
    terminal.reboot(0);
    terminal.stamp.monotonic_ms = u64::MAX;
    assert!(!sells(&terminal));
}

#[test]
fn the_most_hours_that_can_be_said_do_not_wrap() {
    let mut terminal = terminal(u32::MAX);
    terminal.touch();
    terminal.step(u64::MAX);
    let opening = terminal.opening(1, None);
    terminal.hits(opening);
}
