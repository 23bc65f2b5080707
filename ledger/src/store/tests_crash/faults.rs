//! Failing disks: every single call of a short day fails once, or from it on all do.

use std::collections::BTreeSet;

use meterpost_crashdisk::Fault;

use super::damage::Damage;
use super::day::{Day, Player, play, play_on};
use super::days::sold_for_a_while;
use super::disk::{Image, Plan};
use super::exploring::Tally;
use super::killed::start_and_cut;
use super::random::long_form;
use super::replay::{Replay, replay};
use super::script::{Step, late_day, short_day};
use super::terminal::Terminal;

/// The kinds of failing disk, each with whether it stays so.
const FAULTS: [(Fault, bool); 5] = [
    (Fault::Device, false),
    (Fault::Device, true),
    (Fault::Full, false),
    (Fault::Full, true),
    (Fault::ReadOnly, true),
];

/// What a failing day came to.
enum Ended {
    /// The call is not one that the fault touches, or what failed is not needed.
    Well,
    Failed(Box<Failure>),
}

struct Failure {
    /// The disk as it is when the program has ended.
    closed: Replay,
    /// The same where the program was killed at the failure.
    killed: Replay,
    acknowledged: u64,
}

/// Plays until a step fails.
fn play_failing(terminal: &Terminal, before: &Image, steps: &[Step], plan: Plan) -> Ended {
    // Otherwise the same history, salts of the write-ahead log included.
    meterpost_crashdisk::seed_randomness(7);
    terminal.insert(before.clone());
    let mut player = Player::new(terminal);
    let fresh = before.names.is_empty();
    if !fresh {
        player.open().unwrap();
    }
    terminal.fail(Some(plan));
    let begun = if fresh { player.create() } else { Ok(()) };
    let mut steps = steps.iter();
    let failed = match begun {
        Err(_) => true,
        Ok(()) => steps.any(|step| step_failed(&mut player, step)),
    };
    let ops = terminal.ops();
    // The program ends, on a disk that fails still where the fault lasts.
    player.ledger = None;
    terminal.fail(None);
    let day = player.end();
    if !failed {
        return Ended::Well;
    }
    let told = day.acknowledged.last().map_or(0, |mark| mark.size);
    Ended::Failed(Box::new(Failure {
        closed: replay(before, &day.ops),
        killed: replay(before, &day.ops[..ops]),
        acknowledged: told,
    }))
}

/// Does a step; where it fails, the ledger must have taken nothing of it and must take nothing more.
fn step_failed(player: &mut Player<'_>, step: &Step) -> bool {
    let size = player.ledger.as_ref().unwrap().size();
    if player.step(step).is_ok() {
        return false;
    }
    let Some(ledger) = &player.ledger else {
        // It was not opened again.
        return true;
    };
    assert_eq!(ledger.size(), size, "{step:?}");
    // The second head is not the ledger; the old one is still there.
    let poisoned = ledger.poisoned().is_some();
    match step {
        Step::SyncHead | Step::Checkpoint => assert!(!poisoned),
        // Before it writes it reads.
        Step::Prune => {}
        _ => assert!(poisoned, "{step:?}"),
    }
    if poisoned {
        let more = Step::Commit(vec![crate::event::Event::CashBoxRemoved]);
        assert!(
            player
                .step(&more)
                .unwrap_err()
                .contains("closed for writing")
        );
        assert!(player.step(&Step::SyncHead).is_err());
    }
    true
}

/// Fails every call of these steps, and then starts the kiosk on what is left, with the power on and after a power cut.
/// What is left is often the same, as where one of several readings fails; it is tried once.
fn fail_every_call(terminal: &Terminal, good: &Day, steps: &[Step], stride: usize) -> Tally {
    let damages = match long_form() {
        true => Damage::few(1),
        false => vec![Damage::Nothing],
    };
    let mut tally = Tally::default();
    let (mut failures, mut seen) = (0, BTreeSet::new());
    for (fault, lasting) in FAULTS {
        for call in (0..good.calls).step_by(stride) {
            let plan = Plan {
                call,
                fault,
                lasting,
            };
            let Ended::Failed(failure) = play_failing(terminal, &good.before, steps, plan) else {
                continue;
            };
            failures += 1;
            let before = (&good.history, failure.acknowledged);
            let cut = Replay::on(failure.closed.cut([]));
            let ends = [
                ("killed", failure.killed),
                ("closed", failure.closed),
                ("cut", cut),
            ];
            for (end, replay) in ends {
                let digests = (replay.whole().digest(), replay.cut([]).digest());
                if seen.insert((digests, failure.acknowledged)) {
                    let cuts = start_and_cut(terminal, &replay, before, &damages);
                    tally.add(cuts.named(&format!("{plan:?}, {end}")));
                }
            }
        }
    }
    println!("{failures} failures, {} different ends", seen.len());
    tally
}

#[test]
fn a_disk_that_fails_at_any_call_loses_nothing_and_is_told() {
    let terminal = Terminal::new("FULL");
    let good = play(&terminal, &short_day());
    let tally = fail_every_call(&terminal, &good, &short_day(), 1);
    println!("failing disk: {tally}");
    tally.must_be_clean();
}

#[test]
fn a_disk_that_fails_while_old_entries_go_loses_nothing() {
    let terminal = Terminal::new("FULL");
    let before = sold_for_a_while(&terminal);
    let day = late_day();
    let prune = |step: &Step| matches!(step, Step::Prune);
    let (until, since) = day.split_at(day.iter().position(prune).unwrap());
    play_on(&terminal, before, until);
    let mut unpruned = terminal.live();
    unpruned.tidy();
    let good = play_on(&terminal, unpruned, &since[..2]);
    let stride = if long_form() { 1 } else { 7 };
    let tally = fail_every_call(&terminal, &good, &since[..2], stride);
    println!("failing while pruning: {tally}");
    tally.must_be_clean();
}
