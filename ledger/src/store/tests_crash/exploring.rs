//! The exploration itself: every operation of the days, every way in which the disk can treat what was not synced.

use std::collections::BTreeSet;
use std::fmt;

use super::check::{Checker, Found};
use super::damage::Damage;
use super::day::{Day, play, size_at};
use super::days::days;
use super::random::from_environment;
use super::replay::Replay;
use super::rot::{self, Rotten};
use super::script::first_day;
use super::terminal::Terminal;

/// What an exploration came to.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally {
    /// Power cuts: at an operation, with one disk that it can leave. Disks that are alike at one operation count once.
    pub(super) points: u64,
    /// Cuts after which an acknowledged entry was not there.
    pub(super) lost: u64,
    /// Cuts after which the ledger was not opened.
    pub(super) refused: u64,
    /// Cuts after which the ledger was opened and was not what was committed, or did not go on.
    pub(super) wrong: u64,
    /// Different disks that were opened.
    pub(super) disks: u64,
    /// The first few of what should not be.
    pub(super) told: Vec<String>,
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (points, lost, refused, wrong) = (self.points, self.lost, self.refused, self.wrong);
        write!(
            f,
            "{points} cuts, {lost} lost, {refused} refused, {wrong} wrong"
        )
    }
}

impl Tally {
    pub(super) fn take(&mut self, found: &Found, acknowledged: u64, attempted: u64, place: &str) {
        self.points += 1;
        let bad = self.refused + self.wrong;
        let size = found.size();
        let why = match found {
            Found::Refused(why) => {
                self.refused += 1;
                why.clone()
            }
            Found::Wrong(why) => {
                self.wrong += 1;
                why.clone()
            }
            Found::Nothing | Found::Opened(_) if size > Some(attempted) => {
                self.wrong += 1;
                format!("{found:?}, and only {attempted} were tried for")
            }
            _ => format!("{found:?}, and {acknowledged} were acknowledged"),
        };
        // What cannot be opened has lost everything.
        let lost = size.is_none_or(|size| size < acknowledged) && acknowledged > 0;
        self.lost += u64::from(lost);
        if (lost || self.refused + self.wrong > bad) && self.told.len() < 5 {
            self.told.push(format!("{place}: {why}"));
        }
    }

    /// A ledger that was not opened, or would not go on.
    pub(super) fn refuse(&mut self, why: String) {
        self.points += 1;
        self.refused += 1;
        self.lost += 1;
        self.told.push(why);
    }

    /// With the place where it begins in what it tells.
    pub(super) fn named(mut self, place: &str) -> Tally {
        for told in &mut self.told {
            *told = format!("{place}: {told}");
        }
        self
    }

    /// Nothing was lost, refused or wrong.
    pub(super) fn must_be_clean(&self) {
        let bad = (self.lost, self.refused, self.wrong);
        assert_eq!(bad, (0, 0, 0), "{:#?}", self.told);
    }

    pub(super) fn add(&mut self, other: Tally) {
        self.points += other.points;
        self.lost += other.lost;
        self.refused += other.refused;
        self.wrong += other.wrong;
        self.disks += other.disks;
        let room = 8_usize.saturating_sub(self.told.len());
        self.told.extend(other.told.into_iter().take(room));
    }
}

/// Cuts the power at every operation of a day, in all these ways.
pub(super) fn explore(terminal: &Terminal, day: &Day, damages: &[Damage], seed: u64) -> Tally {
    let mut checker = Checker::new(terminal);
    let mut tally = Tally::default();
    let mut replay = Replay::on(day.before.clone());
    for at in 0..=day.ops.len() {
        if let Some(before) = at.checked_sub(1) {
            replay.advance(&day.ops[before]);
        }
        let acknowledged = size_at(&day.acknowledged, at);
        let attempted = size_at(&day.attempted, at);
        let mut here = BTreeSet::new();
        for damage in damages {
            let image = damage.strike(&replay, seed, at as u64);
            if !here.insert(image.digest()) {
                continue;
            }
            let found = checker.check(image, &day.history);
            let place = format!("after {at} operations, {damage:?}");
            tally.take(&found, acknowledged, attempted, &place);
        }
    }
    tally.disks = checker.disks() as u64;
    tally
}

/// The same first day where SQLite syncs less than it must: after each commit the write-ahead log is left to the system.
fn control(seed: u64) -> Tally {
    let careless = Terminal::new("NORMAL");
    let day = play(&careless, &first_day());
    explore(&careless, &day, &Damage::few(0), seed)
}

/// Prints one line:
///
/// - `points`: power cuts, each at one operation with one disk that the operations up to there can leave. Where several of
///   the ways come to the same disk at an operation it counts once.
/// - `variants`: the ways in which unsynced operations survive, tried at every operation.
/// - `lost`: cuts after which an acknowledged entry was not there, whether the ledger was opened or refused.
/// - `silent`: damaged disks from which something was accepted that was never committed, or was not all of it.
/// - `control_lost`: the first, with `synchronous=NORMAL`.
///
/// The long form, with as many rounds of other damages at every operation, denser rot and every second misfortune:
/// `CRASH_SEEDS=20 cargo nextest run -p meterpost-ledger -E 'test(tests_crash)' --success-output final`; `CRASH_SEED` begins
/// elsewhere.
#[test]
fn no_power_cut_loses_what_was_acknowledged_and_no_damage_is_taken_for_sound() {
    let (seed, rounds) = from_environment();
    // The salts of the write-ahead log come from there.
    meterpost_crashdisk::seed_randomness(7);
    let damages = Damage::all(rounds);
    let terminal = Terminal::new("FULL");
    let (mut cuts, mut rotten) = (Tally::default(), Rotten::default());
    for (name, day) in days(&terminal) {
        let tally = explore(&terminal, &day, &damages, seed);
        let (operations, entries) = (day.ops.len(), day.history.entries.len());
        let (points, disks) = (tally.points, tally.disks);
        println!(
            "{name} day: {operations} operations, {entries} entries, {points} cuts, {disks} different disks"
        );
        cuts.add(tally);
        // What a clock says is nothing to a disk.
        if name != "clocks" {
            rotten.add(rot::explore(&terminal, &day));
        }
    }
    println!("rot: {rotten}");
    let control = control(seed);
    println!(
        "crash points={} variants={} lost={} silent={} control_lost={}",
        cuts.points,
        damages.len(),
        cuts.lost,
        rotten.silent,
        control.lost,
    );
    cuts.must_be_clean();
    assert_eq!(rotten.silent, 0, "{:#?}", rotten.told);
    assert!(cuts.points >= 10_000, "too few");
    assert!(control.lost > 0, "the harness proves nothing");
    assert_eq!(control.wrong, 0, "{:#?}", control.told);
}
