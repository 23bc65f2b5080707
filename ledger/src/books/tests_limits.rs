//! Limits (invariant 7), one test a rule.

use super::testing::*;
use super::testing_time::*;
use super::*;
use crate::limits::LimitHit;

fn per_sale(limit: i64) -> Limits {
    Limits {
        per_sale: Some(Money(limit)),
        ..no_limits()
    }
}

fn per_card_day(limit: i64) -> Limits {
    Limits {
        per_card_day: Some(Money(limit)),
        ..no_limits()
    }
}

fn money(limit: i64) -> Limits {
    Limits {
        since_contact_money: Some(Money(limit)),
        ..no_limits()
    }
}

fn count(limit: u32) -> Limits {
    Limits {
        since_contact_count: Some(limit),
        ..no_limits()
    }
}

fn hours(limit: u32) -> Limits {
    Limits {
        since_contact_hours: Some(limit),
        ..no_limits()
    }
}

#[test]
fn a_sale_is_not_opened_above_the_limit_of_a_sale() {
    let mut terminal = Clocked::with(per_sale(5_000));
    let (limit, asked) = (Money(5_000), Money(5_001));
    let hit = terminal.hits(terminal.opening(5_001, None));
    assert_eq!(hit, LimitHit::PerSale { limit, asked });
    assert_eq!(terminal.books.allows_sale(asked, None), Err(hit));
    assert_eq!(terminal.books.allows_sale(limit, None), Ok(()));
    terminal.put(terminal.opening(5_000, None));
}

#[test]
fn a_note_is_not_offered_above_the_limit_of_a_sale() {
    let mut terminal = Clocked::with(per_sale(5_000));
    terminal.put(terminal.opening(1_000, None));
    terminal.pay(3_000);
    let (limit, asked) = (Money(5_000), Money(5_001));
    let hit = terminal.hits(terminal.offer(2_001));
    assert_eq!(hit, LimitHit::PerSale { limit, asked });
    assert_eq!(terminal.books.allows_note(Money(2_001)), Err(hit));
    assert_eq!(terminal.books.allows_note(Money(2_000)), Ok(()));
    // More than the target is the resident's choice; the limit's last cent may be taken.
    terminal.pay(2_000);
    terminal.hits(terminal.offer(1));
    // What was delivered in between was paid for this sale all the same.
    terminal.put(intended(1, 5, 5_000));
    terminal.put(applied(1, 5));
    terminal.hits(terminal.offer(1));
    terminal.close();
    terminal.sell(5_000, None);
}

#[test]
fn no_note_in_the_box_is_refused_by_a_limit() {
    let all = Limits {
        per_sale: Some(Money(1_000)),
        per_card_day: Some(Money(1_000)),
        since_contact_money: Some(Money(1_000)),
        since_contact_count: Some(1),
        since_contact_hours: Some(1),
        day_offset_minutes: 0,
    };
    let mut terminal = Clocked::with(all);
    terminal.put(terminal.opening(1_000, Some("C-1")));
    terminal.put(terminal.offer(1_000));
    terminal.wait(2 * HOUR);
    // The validator's word on the value may differ from what was offered.
    terminal.put(stacked(1, 1, 100_000));
    terminal.put(found(Some(1), 100_000));
    terminal.put(found(None, 100_000));
    terminal.hits(terminal.offer(1));
    terminal.close();
    terminal.hits(terminal.opening(1, None));
    terminal.put(found(None, 100_000));
    terminal.put(Event::NoteAcknowledged);
    assert_eq!(terminal.books.till().total(), Some(Money(400_000)));
}

#[test]
fn a_card_is_used_up_to_its_limit_of_the_day_over_all_sales() {
    let mut terminal = Clocked::with(per_card_day(5_000));
    terminal.sell(3_000, Some("C-1"));
    let (limit, asked) = (Money(5_000), Money(5_001));
    let hit = LimitHit::PerCardDay { limit, asked };
    assert_eq!(terminal.hits(terminal.opening(2_001, Some("C-1"))), hit);
    let card = CardRef("C-1".into());
    assert_eq!(
        terminal.books.allows_sale(Money(2_001), Some(&card)),
        Err(hit)
    );
    terminal.put(terminal.opening(2_000, Some("C-1")));
    assert_eq!(terminal.hits(terminal.offer(2_001)), hit);
    assert_eq!(terminal.books.allows_note(Money(2_001)), Err(hit));
    terminal.pay(2_000);
    terminal.hits(terminal.offer(1));
    terminal.close();
    terminal.hits(terminal.opening(1, Some("C-1")));
    // Other cards, and residents without one, are not that card.
    terminal.sell(5_000, Some("C-2"));
    terminal.sell(50_000, None);
}

#[test]
fn the_cards_day_begins_at_local_midnight() {
    for offset in [0, 480, -480, i16::MAX, i16::MIN] {
        let mut terminal = Clocked::with(Limits {
            day_offset_minutes: offset,
            ..per_card_day(1_000)
        });
        let local = NOON.saturating_add_signed(i64::from(offset) * 60_000);
        let left = 24 * HOUR - local % (24 * HOUR);
        terminal.sell(1_000, Some("C-1"));
        terminal.wait(left - 1);
        terminal.hits(terminal.opening(1, Some("C-1")));
        terminal.wait(1);
        terminal.sell(1_000, Some("C-1"));
        terminal.hits(terminal.opening(1, Some("C-1")));
    }
}

#[test]
fn a_sale_over_midnight_counts_each_note_on_its_day() {
    let mut terminal = Clocked::with(per_card_day(1_000));
    terminal.put(terminal.opening(1_000, Some("C-1")));
    terminal.pay(1_000);
    terminal.hits(terminal.offer(1));
    terminal.wait(12 * HOUR);
    terminal.pay(1_000);
    terminal.hits(terminal.offer(1));
}

#[test]
fn a_clock_that_was_wrong_for_a_while_gives_no_card_its_day_anew() {
    let mut terminal = Clocked::with(per_card_day(1_000));
    terminal.sell(1_000, Some("C-1"));
    let noon = terminal.stamp.wall;
    // Into 2038; there it is another day, whose sums last until the clock is right again.
    terminal.step(2_147_483_648_000);
    terminal.sell(1_000, Some("C-1"));
    terminal.step(noon + 1_000);
    terminal.hits(terminal.opening(1, Some("C-1")));
    // Also where no card was used since.
    terminal.wait(12 * HOUR);
    terminal.sell(1_000, Some("C-1"));
}

#[test]
fn a_clock_set_back_by_a_day_gives_no_card_its_day_anew() {
    let mut terminal = Clocked::with(per_card_day(1_000));
    terminal.sell(1_000, Some("C-1"));
    terminal.step(NOON - 24 * HOUR);
    terminal.hits(terminal.opening(1, Some("C-1")));
    terminal.step(NOON - 48 * HOUR);
    terminal.hits(terminal.opening(1, Some("C-1")));
}

#[test]
fn new_limits_with_another_local_day_give_no_card_its_day_anew() {
    let mut terminal = Clocked::with(per_card_day(1_000));
    terminal.sell(1_000, Some("C-1"));
    for (version, offset) in [(2, 12 * 60), (3, -12 * 60 - 1), (4, 0)] {
        let limits = Limits {
            day_offset_minutes: offset,
            ..per_card_day(1_000)
        };
        terminal.put(limited(version, limits));
        terminal.hits(terminal.opening(1, Some("C-1")));
    }
}

#[test]
fn a_clock_that_was_never_set_gives_no_new_day() {
    let mut terminal = Clocked::with(per_card_day(1_000));
    terminal.sell(1_000, Some("C-1"));
    terminal.reboot(0);
    terminal.stamp.wall = 0;
    terminal.stamp.quality = crate::entry::ClockQuality::Unset;
    // It runs for more than a day; the log carries its own time on.
    terminal.wait(30 * HOUR);
    terminal.hits(terminal.opening(1, Some("C-1")));
    terminal.step(NOON + 30 * HOUR);
    terminal.sell(1_000, Some("C-1"));
}

#[test]
fn no_more_money_is_taken_without_contact_than_the_limit() {
    let mut terminal = Clocked::with(money(5_000));
    terminal.sell(2_000, Some("C-1"));
    terminal.put(found(None, 1_000));
    let (limit, asked) = (Money(5_000), Money(5_001));
    let hit = LimitHit::SinceContactMoney { limit, asked };
    assert_eq!(terminal.hits(terminal.opening(2_001, None)), hit);
    terminal.put(terminal.opening(2_000, None));
    assert_eq!(terminal.hits(terminal.offer(2_001)), hit);
    terminal.pay(2_000);
    // Emptying the box is no contact.
    let (period, notes) = (1, terminal.books.till().notes());
    terminal.put(collected(period, notes));
    terminal.hits(terminal.offer(1));
    terminal.touch();
    terminal.pay(5_000);
}

#[test]
fn a_note_in_doubt_counts_once_it_is_found() {
    let mut terminal = Clocked::with(money(5_000));
    terminal.put(terminal.opening(5_000, None));
    terminal.put(terminal.offer(5_000));
    terminal.put(doubt(1));
    terminal.close();
    assert_eq!(terminal.books.allows_sale(Money(5_000), None), Ok(()));
    terminal.put(doubt_ended(1));
    terminal.hits(terminal.opening(1, None));
}

#[test]
fn no_more_sales_are_opened_without_contact_than_the_limit() {
    let mut terminal = Clocked::with(count(2));
    terminal.sell(1, None);
    // A sale nobody paid for counts too.
    terminal.put(terminal.opening(1, None));
    terminal.put(closed(2));
    let hit = terminal.hits(terminal.opening(1, None));
    assert_eq!(hit, LimitHit::SinceContactCount(2));
    terminal.touch();
    terminal.sell(1, None);
    terminal.sell(1, None);
    terminal.hits(terminal.opening(1, None));
}

#[test]
fn a_sale_in_flight_goes_on_where_no_new_one_is_opened() {
    let mut terminal = Clocked::with(Limits {
        since_contact_hours: Some(1),
        ..count(1)
    });
    terminal.put(terminal.opening(1_000, None));
    terminal.wait(2 * HOUR);
    terminal.pay(1_000);
    terminal.pay(1_000);
    terminal.put(intended(1, 5, 2_000));
    terminal.put(applied(1, 5));
    terminal.close();
    assert_eq!(
        terminal.hits(terminal.opening(1, None)),
        LimitHit::SinceContactHours(1)
    );
}

#[test]
fn a_limit_of_zero_stops_selling() {
    for limits in [per_sale(0), money(0), count(0), hours(0), per_sale(-1)] {
        let mut terminal = Clocked::with(limits);
        terminal.hits(terminal.opening(1, None));
        terminal.touch();
        terminal.hits(terminal.opening(1, None));
    }
    let mut terminal = Clocked::with(per_card_day(0));
    terminal.hits(terminal.opening(1, Some("C-1")));
    terminal.sell(1, None);
}

#[test]
fn without_limits_anything_is_sold() {
    let mut terminal = Clocked::new();
    terminal.wait(100_000 * HOUR);
    terminal.sell(i64::MAX / 2, Some("C-1"));
    terminal.put(limited(1, no_limits()));
    terminal.sell(i64::MAX / 4, Some("C-1"));
}

#[test]
fn new_limits_count_what_was_before_them() {
    let mut terminal = Clocked::new();
    terminal.sell(4_000, None);
    terminal.put(limited(1, money(5_000)));
    terminal.hits(terminal.opening(1_001, None));
    // Each bulletin replaces the limits as a whole.
    terminal.put(limited(2, count(1)));
    assert_eq!(terminal.books.limits(), Some(&count(1)));
    terminal.hits(terminal.opening(1, None));
    terminal.put(limited(3, count(2)));
    terminal.sell(9_000, None);
    terminal.put(limited(4, per_sale(1)));
    terminal.hits(terminal.opening(2, None));
    assert_eq!(terminal.books.bulletin_version("limits"), Some(4));
}

#[test]
fn sums_that_do_not_fit_hit_every_limit_of_money() {
    for limits in [per_sale(i64::MAX - 1), per_sale(i64::MAX), money(i64::MAX)] {
        let mut terminal = Clocked::with(limits);
        terminal.put(terminal.opening(1, None));
        terminal.pay(5);
        terminal.hits(terminal.offer(i64::MAX));
    }
}
