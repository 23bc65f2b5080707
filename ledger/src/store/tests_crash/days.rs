//! The days that are explored.

use super::day::{Day, play, play_on};
use super::disk::{Image, Op};
use super::script::{SALES_BEFORE, Step, day_after, day_of_clocks, first_day, late_day};
use super::terminal::Terminal;
use crate::books::testing::whole_sale;
use crate::entry::Entry;
use crate::event::Event;

/// The disk of a terminal that has sold for a while, everything on it synced.
pub(super) fn sold_for_a_while(terminal: &Terminal) -> Image {
    let sale = |sale: u64| Step::Commit(whole_sale(sale, "222", sale as u32 + 4));
    let mut steps: Vec<Step> = (1..=SALES_BEFORE).map(sale).collect();
    steps.push(Step::SyncHead);
    play(terminal, &steps);
    let mut image = terminal.live();
    image.tidy();
    image
}

/// All of them, by name.
pub(super) fn days(terminal: &Terminal) -> [(&'static str, Day); 4] {
    let first = play(terminal, &first_day());
    let clocks = play(terminal, &day_of_clocks());
    let before = sold_for_a_while(terminal);
    let late = play_on(terminal, before, &late_day());
    let mut before = terminal.live();
    before.tidy();
    let after = play_on(terminal, before, &day_after());
    [
        ("first", first),
        ("clocks", clocks),
        ("late", late),
        ("after", after),
    ]
}

/// The files that got this name, in order.
fn named<'d>(day: &'d Day, name: &'d str) -> impl Iterator<Item = u64> + 'd {
    day.ops.iter().filter_map(move |op| match op {
        Op::Create(created, inode) if created == name => Some(*inode),
        _ => None,
    })
}

#[test]
fn the_first_day_has_everything_a_disk_meets() {
    let terminal = Terminal::new("FULL");
    let day = play(&terminal, &first_day());
    assert_eq!(named(&day, "ledger.db").count(), 1);
    // One write-ahead log a run of the program, removed at each clean end.
    let logs: Vec<u64> = named(&day, "ledger.db-wal").collect();
    assert_eq!(logs.len(), 5);
    let unlinked = |op: &&Op| matches!(op, Op::Unlink(name) if name == "ledger.db-wal");
    assert_eq!(day.ops.iter().filter(unlinked).count(), 5);
    // Its first bytes are written again when it is begun anew after it was copied into the database.
    let begun = |log: &&u64| {
        let head = |op: &&Op| matches!(op, Op::Write(inode, 0, _) if inode == *log);
        day.ops.iter().filter(head).count() > 1
    };
    assert!(logs.iter().filter(begun).count() >= 2);
    let renamed = |op: &&Op| matches!(op, Op::Rename(_, to, _) if to == "head");
    assert!(day.ops.iter().filter(renamed).count() >= 7);
}

#[test]
fn the_days_have_everything_a_log_meets() {
    let terminal = Terminal::new("FULL");
    let mut events = Vec::new();
    for (_, day) in days(&terminal) {
        let entries = day.history.entries.values();
        events.extend(entries.map(|bytes| Entry::decode(bytes).unwrap().event));
    }
    let has = |what: fn(&Event) -> bool| assert!(events.iter().any(what));
    has(|event| matches!(event, Event::DeliveryVoided { .. }));
    has(|event| matches!(event, Event::DeliveryUnknown { .. }));
    has(|event| matches!(event, Event::ClaimIssued { .. }));
    has(|event| matches!(event, Event::NoteInDoubt { .. }));
    has(|event| matches!(event, Event::BooksStated { .. }));
    has(|event| matches!(event, Event::Contact { .. }));
    has(|event| matches!(event, Event::Collected { .. }));
    has(|event| matches!(event, Event::BulletinApplied { .. }));
    has(|event| matches!(event, Event::KeyRotated { .. }));
    has(|event| matches!(event, Event::ClockStepped { .. }));
    // The last day's disk is still in.
    let (ledger, _) = terminal.open().unwrap();
    assert!(ledger.pruned().unwrap() > 0);
}

#[test]
fn the_same_day_is_the_same_operations() {
    let terminal = Terminal::new("FULL");
    // The salts of the write-ahead log are SQLite's own choice, and other tests may run beside this one.
    let shape = |op: &Op| match op {
        Op::Write(inode, offset, bytes) => Op::Write(*inode, *offset, vec![0; bytes.len()].into()),
        other => other.clone(),
    };
    let play = || -> Vec<Op> {
        let day = play(&terminal, &first_day());
        day.ops.iter().map(shape).collect()
    };
    assert_eq!(play(), play());
}
