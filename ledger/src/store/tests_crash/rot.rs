//! Disks that change what they hold: flipped bits, sectors of zeros, sectors and files as they were before, sectors in
//! another's place, lost and cut files.
//!
//! Unlike a power cut these may end in a refusal. What must not be is that a ledger is shown which is not the one that
//! was committed: by opening it, or by checking all of it.

use std::collections::BTreeSet;
use std::fmt;

use super::super::Ledger;
use super::super::view::Depth;
use super::check::{as_committed, entry_by_entry};
use super::day::{Day, History, play, size_at};
use super::disk::Image;
use super::random::long_form;
use super::replay::Replay;
use super::script::short_day;
use super::terminal::Terminal;

const SECTORS: [usize; 2] = [512, 4096];

/// How many damages are tried.
#[derive(Clone, Copy)]
struct Thinning {
    /// A bit is flipped in every so manieth byte; a prime, so that all fields of a page come by.
    bytes: usize,
    /// Every so manieth of the other damages.
    sectors: usize,
}

/// What the damages came to.
#[derive(Clone, Debug, Default)]
pub(super) struct Rotten {
    /// Damaged disks, each different.
    pub(super) disks: u64,
    /// The ledger was not opened, or checking it found what is wrong.
    pub(super) seen: u64,
    /// The entries are whole; what was damaged beside them, or the second head, was made anew and said.
    pub(super) remade: u64,
    /// The ledger is the one that was committed.
    pub(super) harmless: u64,
    /// Anything else.
    pub(super) silent: u64,
    /// The first few of those.
    pub(super) told: Vec<String>,
}

impl fmt::Display for Rotten {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Rotten {
            disks,
            seen,
            remade,
            harmless,
            silent,
            ..
        } = self;
        write!(
            f,
            "{disks} damaged disks, {seen} refused, {remade} made anew and said, {harmless} harmless, {silent} silent"
        )
    }
}

impl Rotten {
    pub(super) fn add(&mut self, other: Rotten) {
        self.disks += other.disks;
        self.seen += other.seen;
        self.remade += other.remade;
        self.harmless += other.harmless;
        self.silent += other.silent;
        self.told.extend(other.told.into_iter().take(5));
    }
}

/// What a damaged ledger shows of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shown {
    Seen,
    Remade,
    Harmless,
}

/// What must be shown, if anything is.
struct Truth<'h> {
    history: &'h History,
    size: u64,
    cosigned: Option<String>,
}

impl Truth<'_> {
    fn of<'h>(terminal: &Terminal, image: &Image, history: &'h History) -> Truth<'h> {
        terminal.insert(image.clone());
        let (ledger, _) = terminal.open().unwrap();
        Truth {
            history,
            size: ledger.size(),
            cosigned: ledger.cosigned().map(str::to_owned),
        }
    }

    fn told_by(&self, ledger: &Ledger) -> Result<(), String> {
        if ledger.size() != self.size {
            return Err(format!("{} entries, not {}", ledger.size(), self.size));
        }
        if ledger.cosigned() != self.cosigned.as_deref() {
            return Err("another cosigned checkpoint".to_owned());
        }
        as_committed(ledger, self.history)
    }

    /// Opens the disk both ways. An error is what was accepted and is not so.
    fn judge(&self, terminal: &Terminal, image: &Image) -> Result<Shown, String> {
        terminal.insert(image.clone());
        if let Ok((ledger, _)) = terminal.open() {
            self.told_by(&ledger)
                .map_err(|why| format!("opened: {why}"))?;
        }
        terminal.insert(image.clone());
        let Ok((ledger, opened)) = terminal.open_to(Depth::Everything) else {
            return Ok(Shown::Seen);
        };
        self.told_by(&ledger)
            .and_then(|()| entry_by_entry(&ledger, self.history))
            .map_err(|why| format!("checked: {why}"))?;
        Ok(match opened.notes.is_empty() {
            true => Shown::Harmless,
            false => Shown::Remade,
        })
    }
}

/// Damages a disk in every way and judges what the ledger makes of it. `older` are disks as they were before.
fn damage_all(
    terminal: &Terminal,
    truth: &Truth<'_>,
    image: &Image,
    older: &[Image],
    thinning: Thinning,
) -> Rotten {
    let mut rotten = Rotten::default();
    let mut seen = BTreeSet::from([image.digest()]);
    for name in image.names.keys() {
        let content = image.file(name).unwrap().as_slice();
        let mut versions = blotted(content);
        versions.extend(cut(content));
        let before: Vec<&[u8]> = older
            .iter()
            .filter_map(|image| image.file(name))
            .map(|content| content.as_slice())
            .collect();
        versions.extend(stale(content, &before));
        let thinned = versions.into_iter().step_by(thinning.sectors);
        let versions = flipped(content, thinning.bytes).into_iter().chain(thinned);
        for (what, content) in versions {
            let mut damaged = image.clone();
            *damaged.file_mut(name).unwrap() = content;
            if seen.insert(damaged.digest()) {
                rotten.take(terminal, truth, &damaged, &format!("{name}, {what}"));
            }
        }
        let mut lost = image.clone();
        lost.names.remove(name);
        lost.tidy();
        rotten.take(terminal, truth, &lost, &format!("{name} lost"));
    }
    rotten
}

impl Rotten {
    fn take(&mut self, terminal: &Terminal, truth: &Truth<'_>, image: &Image, what: &str) {
        self.disks += 1;
        match truth.judge(terminal, image) {
            Ok(Shown::Seen) => self.seen += 1,
            Ok(Shown::Remade) => self.remade += 1,
            Ok(Shown::Harmless) => self.harmless += 1,
            Err(why) => {
                self.silent += 1;
                if self.told.len() < 5 {
                    self.told.push(format!("{what}: {why}"));
                }
            }
        }
    }
}

type Version = (String, Vec<u8>);

fn changed(content: &[u8], what: String, change: impl FnOnce(&mut Vec<u8>)) -> Version {
    let mut content = content.to_vec();
    change(&mut content);
    (what, content)
}

/// One bit flipped, in every so manieth byte.
fn flipped(content: &[u8], stride: usize) -> Vec<Version> {
    let places = (0..content.len()).step_by(stride);
    places
        .map(|at| {
            let bit = at / stride % 8;
            let what = format!("bit {bit} of byte {at}");
            changed(content, what, |bytes| bytes[at] ^= 1 << bit)
        })
        .collect()
}

/// One sector of zeros, or another sector's content.
fn blotted(content: &[u8]) -> Vec<Version> {
    let mut versions = Vec::new();
    for size in SECTORS {
        for at in (0..content.len()).step_by(size) {
            let end = content.len().min(at + size);
            let zeros = format!("{size} zeros at {at}");
            versions.push(changed(content, zeros, |bytes| bytes[at..end].fill(0)));
            let next = (at + size) % content.len();
            let from = content[next..content.len().min(next + end - at)].to_vec();
            let misplaced = format!("{size} bytes at {at} are those of {next}");
            versions.push(changed(content, misplaced, |bytes| {
                bytes[at..at + from.len()].copy_from_slice(&from);
            }));
        }
    }
    versions
}

/// The file cut at a sector, down to nothing.
fn cut(content: &[u8]) -> Vec<Version> {
    let ends = (0..content.len()).step_by(SECTORS[0]);
    ends.map(|end| (format!("cut at {end}"), content[..end].to_vec()))
        .collect()
}

/// One sector, or all of them, as they were before.
fn stale(content: &[u8], before: &[&[u8]]) -> Vec<Version> {
    let mut versions = Vec::new();
    for (age, old) in before.iter().enumerate() {
        versions.push((format!("all of version {age}"), old.to_vec()));
        for size in SECTORS {
            for at in (0..content.len().min(old.len())).step_by(size) {
                let end = content.len().min(old.len()).min(at + size);
                if content[at..end] != old[at..end] {
                    let what = format!("{size} bytes at {at} of version {age}");
                    versions.push(changed(content, what, |bytes| {
                        bytes[at..end].copy_from_slice(&old[at..end]);
                    }));
                }
            }
        }
    }
    versions
}

/// Lets the disk rot at the ends of some sales of a day, when the second head was up to date: until then the entries since
/// it was written may be lost with the write-ahead log unseen.
pub(super) fn explore(terminal: &Terminal, day: &Day) -> Rotten {
    let thinning = match long_form() {
        true => Thinning {
            bytes: 7,
            sectors: 1,
        },
        false => Thinning {
            bytes: 503,
            sectors: 5,
        },
    };
    let mut rotten = Rotten::default();
    let mut older: Vec<Image> = Vec::new();
    let mut replay = Replay::on(day.before.clone());
    let last = day.synced.last().copied();
    for at in 0..=day.ops.len() {
        if let Some(before) = at.checked_sub(1) {
            replay.advance(&day.ops[before]);
        }
        if !day.synced.contains(&at) && at < day.ops.len() {
            continue;
        }
        let mut image = replay.whole();
        image.tidy();
        // With the write-ahead log in use, and after the end of the day.
        if Some(at) == last || at == day.ops.len() {
            let truth = Truth::of(terminal, &image, &day.history);
            assert_eq!(truth.size, size_at(&day.acknowledged, at));
            rotten.add(damage_all(terminal, &truth, &image, &older, thinning));
        }
        older.push(image);
    }
    rotten
}

#[test]
fn each_damage_is_the_damage_it_says() {
    let content: Vec<u8> = (0..1300_u32).map(|at| (at % 251) as u8).collect();
    assert_eq!(flipped(&content, 100).len(), 13);
    let differing =
        |(_, version): &Version| version.iter().zip(&content).filter(|(a, b)| a != b).count();
    assert!(
        flipped(&content, 7)
            .iter()
            .all(|version| differing(version) == 1)
    );
    assert!(
        blotted(&content)
            .iter()
            .all(|version| differing(version) > 20)
    );
    assert_eq!(cut(&content).len(), 3);
    let mut old = content.clone();
    old[600] ^= 1;
    // The whole file, the one small sector, the one large one.
    let all = stale(&content, &[&old, &content]);
    assert_eq!(
        all.iter().filter(|version| differing(version) == 1).count(),
        3
    );
}

#[test]
fn without_the_second_head_a_lost_end_would_be_silent_and_the_judge_says_so() {
    let terminal = Terminal::new("FULL");
    let day = play(&terminal, &short_day());
    let mut replay = Replay::on(day.before.clone());
    for op in &day.ops[..day.synced[0]] {
        replay.advance(op);
    }
    let mut whole = replay.whole();
    whole.tidy();
    let truth = Truth::of(&terminal, &whole, &day.history);
    let log = whole.file("ledger.db-wal").unwrap().clone();
    let (mut with, mut without) = (0, 0);
    for (_, content) in cut(&log).into_iter().step_by(8) {
        let mut image = whole.clone();
        *image.file_mut("ledger.db-wal").unwrap() = content;
        with += u64::from(truth.judge(&terminal, &image).is_err());
        image.names.remove("head");
        without += u64::from(truth.judge(&terminal, &image).is_err());
    }
    assert_eq!(with, 0);
    assert!(without > 0, "the judge sees nothing");
}
