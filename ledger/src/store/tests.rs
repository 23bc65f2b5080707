use meterpost_signing::SignedCheckpoint;
use proptest::prelude::*;
use rusqlite::Connection;

use super::testing::{ORIGIN, Place, sell};
use super::*;
use crate::books::testing::{claim, found, history, opened, stacked, unknown, whole_sale};
use crate::decide::{Refusal, SecondNote};
use crate::entry::tests::stamp;
use crate::entry::{ClockQuality, MAX_ENTRY_BYTES, Stamp};
use crate::event::Event;
use crate::money::Money;
use crate::{Frontier, leaf_hash};

#[test]
fn a_new_log_has_its_first_entry_and_both_heads() {
    let place = Place::new(1);
    let ledger = place.create();
    assert_eq!(ledger.size(), 1);
    assert_eq!(ledger.origin().as_str(), ORIGIN);
    let first = ledger.entries(0..9).next().unwrap().unwrap();
    let software = "test 1".into();
    assert_eq!(first.entry.event, Event::LogCreated { software });
    drop(ledger);
    let (ledger, opened) = place.open().unwrap();
    assert_eq!((ledger.size(), opened.notes), (1, vec![]));
}

#[test]
fn a_commit_ends_in_a_checkpoint_that_fits_its_entries() {
    let place = Place::new(1);
    let mut ledger = place.create();
    let committed = ledger
        .commit(&stamp(5000), &whole_sale(1, "111", 5))
        .unwrap();
    assert_eq!((committed.first_index, committed.size), (1, 10));
    let head = SignedCheckpoint::open(committed.checkpoint.as_bytes(), ledger.vkey()).unwrap();
    assert_eq!(head.checkpoint().root, committed.root);
    assert_eq!(head.checkpoint().size, 10);
    let mut tree = Frontier::default();
    for (index, stored) in ledger.entries(0..u64::MAX).enumerate() {
        let stored = stored.unwrap();
        assert_eq!(stored.entry.index, index as u64);
        assert_eq!(stored.leaf, leaf_hash(&stored.bytes));
        tree.push(stored.leaf);
    }
    assert_eq!((tree.size(), tree.root()), (10, committed.root));
}

#[test]
fn books_are_the_same_after_reopening() {
    let place = Place::new(1);
    let mut ledger = place.create();
    sell(&mut ledger, 5);
    let events = [opened(2, "111"), found(Some(2), 700)];
    ledger.commit(&stamp(3000), &events).unwrap();
    let (books, root) = (ledger.books().clone(), ledger.root());
    ledger.sync_head().unwrap();
    drop(ledger);
    let (ledger, opened) = place.open().unwrap();
    assert_eq!(*ledger.books(), books);
    assert_eq!(ledger.root(), root);
    assert_eq!(ledger.books().open_sale().unwrap().suspense, Money(700));
    assert_eq!(opened.notes, []);
}

#[test]
fn a_commit_with_one_bad_event_leaves_nothing() {
    let place = Place::new(1);
    let mut ledger = place.create();
    let (books, root) = (ledger.books().clone(), ledger.root());
    let error = ledger
        .commit(&stamp(2000), &[opened(1, "111"), stacked(1, 9, 5)])
        .unwrap_err();
    assert!(matches!(error, CommitError::Refused { position: 1, .. }));
    assert_eq!((ledger.books(), ledger.root()), (&books, root));
    assert_eq!(ledger.entries(0..9).count(), 1);
    // Not poisoned: nothing was written.
    ledger.commit(&stamp(2000), &[opened(1, "111")]).unwrap();
}

#[test]
fn an_empty_commit_is_refused() {
    let place = Place::new(1);
    let mut ledger = place.create();
    let error = ledger.commit(&stamp(1), &[]).unwrap_err();
    assert!(matches!(error, CommitError::Nothing));
}

#[test]
fn the_longest_entry_is_kept_and_proved_and_one_byte_more_is_refused() {
    let started = |length: usize| Event::Started {
        software: "x".repeat(length),
    };
    let place = Place::new(1);
    let mut ledger = place.create();
    ledger.commit(&stamp(2000), &[started(60_000)]).unwrap();
    let around = ledger.entries(1..2).next().unwrap().unwrap().bytes.len() - 60_000;
    let fits = MAX_ENTRY_BYTES - around;
    let error = ledger
        .commit(&stamp(2000), &[started(fits + 1)])
        .unwrap_err();
    assert!(matches!(error, CommitError::Entry(_)), "{error}");
    ledger.commit(&stamp(2000), &[started(fits)]).unwrap();
    ledger.sync_head().unwrap();
    drop(ledger);
    let (ledger, _) = place.open().unwrap();
    let longest = ledger.entries(2..3).next().unwrap().unwrap();
    assert_eq!((ledger.size(), longest.bytes.len()), (3, MAX_ENTRY_BYTES));
    let proof = ledger.prove(2).unwrap();
    proof.check(ledger.vkey(), &[]).unwrap();
}

#[test]
fn the_wall_clock_never_goes_back() {
    let place = Place::new(1);
    let mut ledger = place.create();
    let removed = [Event::CashBoxRemoved];
    let untrusted = |wall| Stamp {
        quality: ClockQuality::Rtc,
        ..stamp(wall)
    };
    ledger.commit(&untrusted(9000), &removed).unwrap();
    ledger.commit(&untrusted(3000), &removed).unwrap();
    drop(ledger);
    let (mut ledger, _) = place.open().unwrap();
    ledger.commit(&untrusted(8999), &removed).unwrap();
    ledger.commit(&untrusted(9001), &removed).unwrap();
    let entries = ledger.entries(0..9).map(|stored| stored.unwrap().entry);
    let walls: Vec<u64> = entries.map(|entry| entry.stamp.wall).collect();
    // The third is that the clock jumped forward.
    assert_eq!(walls, [1000, 9000, 9000, 9000, 9000, 9001]);
}

#[test]
fn a_clock_set_right_by_a_trusted_source_is_an_entry_of_its_own() {
    let place = Place::new(1);
    let mut ledger = place.create();
    let at = |wall, monotonic_ms, quality| Stamp {
        monotonic_ms,
        quality,
        ..stamp(wall)
    };
    let removed = [Event::CashBoxRemoved];
    let y2038 = at(2_147_483_648_000, 2_000, ClockQuality::Rtc);
    ledger.commit(&y2038, &removed).unwrap();
    let y1970 = at(5, 3_000, ClockQuality::Unset);
    ledger.commit(&y1970, &removed).unwrap();
    let right = at(1_790_000_000_000, 4_000, ClockQuality::Server);
    ledger.commit(&right, &removed).unwrap();
    let seen: Vec<_> = ledger
        .entries(0..9)
        .map(|stored| stored.unwrap().entry)
        .map(|entry| {
            (
                matches!(entry.event, Event::ClockStepped { .. }),
                entry.stamp.wall,
            )
        })
        .collect();
    let (late, now) = (y2038.wall, right.wall);
    assert_eq!(
        seen,
        [
            (false, 1000),
            (true, late),
            (false, late),
            (false, late),
            (true, now),
            (false, now)
        ]
    );
    ledger.sync_head().unwrap();
    drop(ledger);
    assert!(crate::verify::verify(&place.folder).is_ok());
    place.open().unwrap();
}

#[test]
fn entries_are_read_by_range_across_pages() {
    let place = Place::new(1);
    let mut ledger = place.create();
    let many = vec![Event::CashBoxRemoved; 600];
    ledger.commit(&stamp(2000), &many).unwrap();
    let indices = |range| -> Vec<u64> {
        ledger
            .entries(range)
            .map(|stored| stored.unwrap().entry.index)
            .collect()
    };
    assert_eq!(indices(250..520), (250..520).collect::<Vec<_>>());
    // One more: a commit of this length states the books.
    assert_eq!(indices(598..10_000), [598, 599, 600, 601]);
    assert!(indices(602..700).is_empty());
    let (start, end) = (5, 3);
    assert!(indices(start..end).is_empty());
}

#[test]
fn a_failed_commit_poisons_the_ledger_until_it_is_reopened() {
    let place = Place::new(1);
    let mut ledger = place.create();
    let size: i64 = ledger
        .connection
        .query_row("PRAGMA page_count", [], |row| row.get(0))
        .unwrap();
    // The disk is full.
    ledger
        .connection
        .query_row(&format!("PRAGMA max_page_count={size}"), [], |_| Ok(()))
        .unwrap();
    let large = Event::Started {
        software: "x".repeat(60_000),
    };
    let root = ledger.root();
    let error = ledger.commit(&stamp(2000), &[large]).unwrap_err();
    assert!(matches!(error, CommitError::DiskFull), "{error}");
    assert_eq!((ledger.size(), ledger.root()), (1, root));
    let error = ledger
        .commit(&stamp(2000), &[Event::CashBoxRemoved])
        .unwrap_err();
    assert!(matches!(error, CommitError::Poisoned(_)), "{error}");
    assert!(matches!(ledger.sync_head(), Err(SyncError::Poisoned(_))));
    drop(ledger);
    let (mut ledger, _) = place.open().unwrap();
    assert_eq!(ledger.size(), 1);
    ledger
        .commit(&stamp(2000), &[Event::CashBoxRemoved])
        .unwrap();
}

#[test]
fn a_second_user_is_told_that_it_is_in_use() {
    let place = Place::new(1);
    let ledger = place.create();
    assert!(matches!(place.open(), Err(OpenError::InUse)));
    let again = Ledger::create(&place.folder, ORIGIN, place.key(), &stamp(1), "x");
    assert!(matches!(again, Err(CreateError::InUse)));
    // Even one that does not know our lock file is kept out, by SQLite's own lock.
    let other = Connection::open(place.folder.database()).unwrap();
    let error = other
        .query_row("SELECT count(*) FROM entry", [], |row| row.get::<_, i64>(0))
        .unwrap_err();
    assert!(matches!(
        database_trouble(&error),
        error::DatabaseTrouble::InUse
    ));
    drop(ledger);
    assert!(place.open().is_ok());
}

#[test]
fn a_ledger_is_never_created_over_another() {
    let place = Place::new(1);
    drop(place.create());
    let create = || Ledger::create(&place.folder, ORIGIN, place.key(), &stamp(1), "x");
    assert!(matches!(create(), Err(CreateError::Exists)));
    std::fs::remove_file(place.folder.head()).unwrap();
    assert!(matches!(create(), Err(CreateError::Exists)));
}

#[test]
fn a_creation_that_was_cut_off_can_be_done_again() {
    let place = Place::new(1);
    // What is there after the database was made durable and before its first transaction.
    let connection = database::open_writer(&place.folder.database(), None, true).unwrap();
    database::make_durable(&connection, "FULL").unwrap();
    drop(connection);
    assert!(matches!(place.open(), Err(OpenError::NoLedger)));
    assert_eq!(place.create().size(), 1);
}

#[test]
fn a_fresh_folder_is_no_ledger_yet() {
    let place = Place::new(1);
    assert!(matches!(place.open(), Err(OpenError::NoLedger)));
}

#[test]
fn a_newer_format_is_refused() {
    let place = Place::new(1);
    drop(place.create());
    let connection = Connection::open(place.folder.database()).unwrap();
    connection.execute_batch("PRAGMA user_version=99").unwrap();
    drop(connection);
    assert!(matches!(
        place.open(),
        Err(OpenError::Newer {
            found: 99,
            known: 2
        })
    ));
}

#[test]
fn the_second_head_can_lie_elsewhere() {
    let mut place = Place::new(1);
    let elsewhere = tempfile::tempdir().unwrap();
    let head = elsewhere.path().join("k1.head");
    place.folder = place.folder.clone().with_head(&head);
    drop(place.create());
    assert!(head.exists());
    std::fs::remove_file(place.folder.database()).unwrap();
    assert!(matches!(
        place.open(),
        Err(OpenError::Refused(Refusal::DatabaseMissing))
    ));
}

#[test]
fn the_second_head_may_trail_and_never_leads() {
    let place = Place::new(1);
    let mut ledger = place.create();
    sell(&mut ledger, 5);
    let cut = place.snapshot();
    let (reopened, opened) = cut.open().unwrap();
    assert_eq!(reopened.size(), 10);
    assert_eq!(opened.notes, [OpeningNote::Second(SecondNote::Trails(9))]);
    drop(reopened);
    // It was brought up to date.
    assert_eq!(cut.open().unwrap().1.notes, []);
}

#[test]
fn invariant_5_a_power_cut_after_any_commit_loses_nothing() {
    let place = Place::new(1);
    let mut ledger = place.create();
    for (number, event) in whole_sale(1, "111", 5).into_iter().enumerate() {
        ledger.commit(&stamp(2000), &[event]).unwrap();
        if number % 3 == 0 {
            ledger.sync_head().unwrap();
        }
        let cut = place.snapshot();
        let (reopened, _) = cut.open().unwrap();
        assert_eq!(reopened.books(), ledger.books());
        assert_eq!(reopened.root(), ledger.root());
    }
}

#[test]
fn a_rule_is_kept_across_a_restart() {
    let place = Place::new(1);
    let mut ledger = place.create();
    let mut events = whole_sale(1, "111", 5);
    events.truncate(5);
    ledger.commit(&stamp(2000), &events).unwrap();
    drop(ledger);
    let (mut ledger, _) = place.open().unwrap();
    let sale = ledger.books().open_sale().unwrap();
    assert!(sale.delivery_open());
    let error = ledger.commit(&stamp(2000), &[claim(1, 2000)]).unwrap_err();
    assert!(matches!(error, CommitError::Refused { .. }));
    ledger.commit(&stamp(2000), &[unknown(1, 5)]).unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_history_is_rebuilt_as_it_was(events in history(40), batch in 1_usize..6) {
        let place = Place::new(1);
        let mut ledger = place.create();
        for events in events[1..].chunks(batch) {
            // A history has what only a commit of its own may write, too.
            ledger.commit_beside(&stamp(2000), events, |_| Ok(())).unwrap();
        }
        let (books, root) = (ledger.books().clone(), ledger.root());
        drop(ledger);
        let (ledger, _) = place.open().unwrap();
        prop_assert_eq!(ledger.books(), &books);
        prop_assert_eq!(ledger.root(), root);
        let last = ledger.entries(ledger.size() - 1..ledger.size()).next();
        prop_assert_eq!(last.unwrap().unwrap().entry.totals, *books.balances());
    }
}
