//! A second misfortune before the first is dealt with: the power is cut while the ledger recovers, or the program was
//! killed and what SQLite then found was only in the system's memory.

use super::check::{Checker, afterwards};
use super::damage::Damage;
use super::day::{Day, History, Player, play, size_at};
use super::days::days;
use super::exploring::Tally;
use super::random::{from_environment, long_form};
use super::replay::Replay;
use super::script::{Step, first_day};
use super::terminal::Terminal;
use crate::event::Event;

/// Lets a kiosk start on this disk, sell, and then cuts the power at every operation since. What the kiosk was shown when
/// it opened counts as acknowledged too: it acts on it.
pub(super) fn start_and_cut(
    terminal: &Terminal,
    replay: &Replay,
    (history, acknowledged): (&History, u64),
    damages: &[Damage],
) -> Tally {
    terminal.insert(replay.whole());
    let mut player = Player::new(terminal);
    if let Err(why) = player.open() {
        if acknowledged > 0 {
            let mut tally = Tally::default();
            tally.refuse(why);
            return tally;
        }
        player.create().unwrap();
    }
    let steps = [
        Step::Commit(vec![Event::CashBoxRemoved]),
        Step::SyncHead,
        Step::Commit(vec![Event::CashBoxReplaced]),
    ];
    for step in &steps {
        player.step(step).unwrap();
    }
    let mut day = player.end();
    day.history = merged(history, &day.history);
    cut_after(terminal, replay.clone(), &day, acknowledged, damages)
}

/// What was committed before, and then.
fn merged(before: &History, then: &History) -> History {
    let mut history = then.clone();
    for (size, state) in &before.commits {
        history
            .commits
            .entry(*size)
            .or_insert_with(|| state.clone());
    }
    history
}

fn cut_after(
    terminal: &Terminal,
    mut replay: Replay,
    day: &Day,
    acknowledged: u64,
    damages: &[Damage],
) -> Tally {
    let mut checker = Checker::new(terminal);
    let mut tally = Tally::default();
    let (seed, _) = from_environment();
    for at in 0..=day.ops.len() {
        if let Some(before) = at.checked_sub(1) {
            replay.advance(&day.ops[before]);
        }
        let acknowledged = acknowledged.max(size_at(&day.acknowledged, at));
        for damage in damages {
            let image = damage.strike(&replay, seed, at as u64);
            let found = checker.check(image, &day.history);
            let place = format!("{at} operations later, {damage:?}");
            tally.take(&found, acknowledged, u64::MAX, &place);
        }
    }
    tally
}

fn every(day: &Day, stride: usize, mut at_each: impl FnMut(&Replay, u64, usize)) {
    let mut replay = Replay::on(day.before.clone());
    for at in 0..=day.ops.len() {
        if let Some(before) = at.checked_sub(1) {
            replay.advance(&day.ops[before]);
        }
        if at % stride == 0 {
            at_each(&replay, size_at(&day.acknowledged, at), at);
        }
    }
}

#[test]
fn what_a_killed_program_left_in_memory_is_made_durable_before_it_is_shown() {
    let terminal = Terminal::new("FULL");
    let stride = if long_form() { 1 } else { 5 };
    let mut tally = Tally::default();
    for (_, day) in days(&terminal) {
        every(&day, stride, |replay, acknowledged, at| {
            let before = (&day.history, acknowledged);
            let cuts = start_and_cut(&terminal, replay, before, &[Damage::Nothing]);
            tally.add(cuts.named(&format!("from operation {at}")));
        });
    }
    println!("killed, then cut: {tally}");
    tally.must_be_clean();
}

#[test]
fn a_power_cut_during_recovery_loses_nothing() {
    let terminal = Terminal::new("FULL");
    let day = play(&terminal, &first_day());
    let (seed, _) = from_environment();
    let stride = if long_form() { 1 } else { 23 };
    let mut tally = Tally::default();
    every(&day, stride, |replay, acknowledged, at| {
        for damage in Damage::few(1) {
            let cut = Replay::on(damage.strike(replay, seed, at as u64));
            let before = (&day.history, acknowledged);
            let cuts = start_and_cut(&terminal, &cut, before, &Damage::few(2));
            tally.add(cuts.named(&format!("from operation {at}")));
        }
    });
    println!("cut twice: {tally}");
    tally.must_be_clean();
}

#[test]
fn a_second_ledger_is_not_begun_after_the_first() {
    let terminal = Terminal::new("FULL");
    let day = play(&terminal, &first_day());
    terminal.insert(super::replay::worst_cut(&day.before, &day.ops));
    assert!(terminal.create(&afterwards()).is_err());
    assert!(terminal.open().is_ok());
}
