//! Damage on real files, and what opening says of it.

use std::fs;
use std::path::Path;

use rusqlite::Connection;

use super::testing::{Place, contents, sell};
use super::*;
use crate::decide::{Refusal, SecondNote};
use crate::entry::tests::stamp;
use crate::event::Event;

/// A closed ledger of ten entries with its second head up to date.
fn sold() -> Place {
    let place = Place::new(1);
    let mut ledger = place.create();
    sell(&mut ledger, 5);
    ledger.sync_head().unwrap();
    place
}

fn refusal(place: &Place) -> Refusal {
    match place.open() {
        Err(OpenError::Refused(refusal)) => refusal,
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("it was opened"),
    }
}

/// Changes the closed database the way somebody with a tool would.
fn tamper(place: &Place, sql: &str) {
    let connection = Connection::open(place.folder.database()).unwrap();
    connection.execute_batch(sql).unwrap();
}

fn flip(path: &Path, at: usize) {
    let mut bytes = fs::read(path).unwrap();
    bytes[at] ^= 0x10;
    fs::write(path, bytes).unwrap();
}

#[test]
fn a_flipped_bit_in_the_write_ahead_log_loses_no_commit_unseen() {
    let place = Place::new(1);
    let mut ledger = place.create();
    for purchase in 5..9 {
        sell(&mut ledger, purchase);
    }
    ledger.sync_head().unwrap();
    let length = fs::metadata(place.folder.write_ahead_log()).unwrap().len() as usize;
    assert!(length > 100_000, "the log was not in use");
    for tenth in 1..10 {
        let cut = place.snapshot();
        flip(&cut.folder.write_ahead_log(), length * tenth / 10);
        let before = contents(&cut);
        let refusal = refusal(&cut);
        assert!(contents(&cut) == before, "evidence was changed");
        match refusal {
            // SQLite drops everything from the damaged frame on and says all is well.
            Refusal::DatabaseBehind { database, second } => {
                assert!(database < second && second == ledger.size());
            }
            // The first transaction is among what was dropped.
            Refusal::DatabaseMissing => assert!(tenth < 4),
            other => panic!("{other}"),
        }
    }
    assert!(place.snapshot().open().is_ok(), "undamaged, it opens");
}

#[test]
fn a_flipped_bit_anywhere_in_the_database_is_seen() {
    let place = sold();
    let root = place.open().unwrap().0.root();
    let whole = fs::read(place.folder.database()).unwrap();
    let mut seen = 0;
    for at in (0..whole.len()).step_by(41) {
        let cut = place.snapshot();
        flip(&cut.folder.database(), at);
        match cut.open() {
            // Unused space and header fields without meaning to the log.
            Ok((ledger, _)) => assert_eq!((ledger.size(), ledger.root()), (10, root)),
            Err(OpenError::InUse) => panic!("byte {at}"),
            Err(_) => seen += 1,
        }
    }
    assert!(seen > 40, "only {seen} seen");
}

#[test]
fn a_changed_entry_is_named() {
    let place = sold();
    tamper(
        &place,
        "UPDATE entry SET bytes = zeroblob(40) WHERE idx = 3",
    );
    let Refusal::EntryFault(which) = refusal(&place) else {
        panic!()
    };
    assert!(which.starts_with("entry 3: "), "{which}");
}

#[test]
fn an_entry_replaced_by_another_is_seen() {
    let place = sold();
    tamper(
        &place,
        "UPDATE entry SET bytes = (SELECT bytes FROM entry WHERE idx = 1) WHERE idx = 3",
    );
    assert_eq!(
        refusal(&place),
        Refusal::EntryFault("entry 3: it says it is entry 1".into())
    );
}

#[test]
fn an_entry_rewritten_consistently_does_not_fit_the_checkpoint() {
    let place = sold();
    let last = {
        let (ledger, _) = place.open().unwrap();
        ledger.entries(9..10).next().unwrap().unwrap()
    };
    let mut entry = last.entry;
    entry.stamp.monotonic_ms += 1;
    let bytes = entry.encode().unwrap();
    let connection = Connection::open(place.folder.database()).unwrap();
    connection
        .execute("UPDATE entry SET bytes = ?1 WHERE idx = 9", [bytes])
        .unwrap();
    drop(connection);
    assert_eq!(
        refusal(&place),
        Refusal::TreeDiffers {
            entries: 10,
            signed: 10
        }
    );
}

#[test]
fn a_removed_entry_is_seen() {
    let place = sold();
    tamper(&place, "DELETE FROM entry WHERE idx = 9");
    assert_eq!(
        refusal(&place),
        Refusal::TreeDiffers {
            entries: 9,
            signed: 10
        }
    );
    let place = sold();
    tamper(&place, "DELETE FROM entry WHERE idx = 4");
    assert_eq!(
        refusal(&place),
        Refusal::EntryFault("entry 5: entries from 4 on are missing before it".into())
    );
}

#[test]
fn a_checkpoint_that_was_changed_is_seen() {
    let place = sold();
    tamper(&place, "UPDATE head SET note = replace(note, '10', '11')");
    assert!(matches!(refusal(&place), Refusal::BadCheckpoint(_)));
    let place = sold();
    tamper(&place, "UPDATE head SET size = 9");
    assert!(matches!(refusal(&place), Refusal::BadCheckpoint(_)));
}

#[test]
fn a_restored_old_copy_is_seen() {
    let place = Place::new(1);
    let mut ledger = place.create();
    sell(&mut ledger, 5);
    ledger.sync_head().unwrap();
    let old = place.snapshot();
    sell(&mut ledger, 6);
    ledger.sync_head().unwrap();
    drop(ledger);
    fs::copy(place.folder.head(), old.folder.head()).unwrap();
    assert_eq!(
        refusal(&old),
        Refusal::DatabaseBehind {
            database: 10,
            second: 19
        }
    );
}

#[test]
fn two_histories_of_one_log_are_a_fork() {
    let place = sold();
    let clone = place.snapshot();
    let go_on = |place: &Place, event: Event| {
        let (mut ledger, _) = place.open().unwrap();
        ledger.commit(&stamp(5000), &[event]).unwrap();
        ledger.sync_head().unwrap();
    };
    go_on(&place, Event::CashBoxRemoved);
    go_on(&clone, Event::CashBoxReplaced);
    fs::copy(clone.folder.head(), place.folder.head()).unwrap();
    assert_eq!(refusal(&place), Refusal::Fork { size: 11 });
    // The same below the database's size.
    let (mut ledger, _) = {
        fs::remove_file(place.folder.head()).unwrap();
        place.open().unwrap()
    };
    ledger
        .commit(&stamp(6000), &[Event::CashBoxReplaced])
        .unwrap();
    drop(ledger);
    fs::copy(clone.folder.head(), place.folder.head()).unwrap();
    assert_eq!(refusal(&place), Refusal::Fork { size: 11 });
}

#[test]
fn a_second_head_of_another_log_is_refused() {
    let place = sold();
    let other = Place::new(2);
    drop(other.create());
    fs::copy(other.folder.head(), place.folder.head()).unwrap();
    assert!(matches!(refusal(&place), Refusal::SecondForeign(_)));
}

#[test]
fn a_missing_or_damaged_second_head_is_told_and_written_anew() {
    let place = sold();
    fs::remove_file(place.folder.head()).unwrap();
    assert_eq!(
        place.open().unwrap().1.notes,
        [OpeningNote::Second(SecondNote::Missing)]
    );
    flip(place.folder.head(), 30);
    let notes = place.open().unwrap().1.notes;
    assert!(matches!(
        notes[..],
        [OpeningNote::Second(SecondNote::Damaged(_))]
    ));
    assert_eq!(place.open().unwrap().1.notes, []);
}

#[test]
fn a_missing_database_is_refused_while_the_second_head_remembers_it() {
    let place = sold();
    fs::remove_file(place.folder.database()).unwrap();
    assert_eq!(refusal(&place), Refusal::DatabaseMissing);
}

#[test]
fn a_file_that_is_no_database_is_refused() {
    let place = sold();
    fs::write(place.folder.database(), vec![0x55; 8192]).unwrap();
    assert!(matches!(refusal(&place), Refusal::DatabaseDamaged(_)));
    let place = sold();
    fs::remove_file(place.folder.database()).unwrap();
    tamper(&place, "CREATE TABLE t (x)");
    assert!(matches!(refusal(&place), Refusal::DatabaseDamaged(_)));
}

#[test]
fn another_key_file_is_refused() {
    let place = sold();
    let other = Place::new(2);
    let opened = Ledger::open(&place.folder, other.key());
    assert!(matches!(opened, Err(OpenError::Refused(Refusal::OtherKey))));
}

#[test]
fn nothing_is_changed_by_a_refusal() {
    let place = sold();
    tamper(
        &place,
        "UPDATE entry SET bytes = zeroblob(32) WHERE idx = 2",
    );
    let before = contents(&place);
    refusal(&place);
    assert!(contents(&place) == before, "a file was changed");
}

#[test]
fn an_emptied_database_file_does_not_cost_the_write_ahead_log() {
    let place = Place::new(1);
    let mut ledger = place.create();
    sell(&mut ledger, 5);
    let cut = place.snapshot();
    fs::write(cut.folder.database(), b"").unwrap();
    let before = contents(&cut);
    assert_eq!(refusal(&cut), Refusal::DatabaseMissing);
    assert!(contents(&cut) == before, "a file was changed");
}

#[test]
fn a_ledger_of_the_first_format_is_brought_up_once_and_said() {
    let place = sold();
    let root = place.open().unwrap().0.root();
    // As the first format had it: a leaf hash beside each entry, no tree, no statements.
    tamper(
        &place,
        "DROP TABLE tile; DROP TABLE statement; DROP TABLE cosignature; DROP TABLE bulletin; DROP TABLE retention;
         CREATE TABLE old (idx INTEGER PRIMARY KEY CHECK (idx >= 0),
            bytes BLOB NOT NULL CHECK (length(bytes) BETWEEN 1 AND 65535),
            leaf BLOB NOT NULL CHECK (length(leaf) = 32)) STRICT;
         INSERT INTO old SELECT idx, bytes, zeroblob(32) FROM entry;
         DROP TABLE entry; ALTER TABLE old RENAME TO entry; PRAGMA user_version=1;",
    );
    assert!(
        crate::verify::verify(&place.folder).is_ok(),
        "checked as it is"
    );
    let (ledger, opened) = place.open().unwrap();
    assert!(matches!(&opened.notes[..], [OpeningNote::Replayed(why)] if why == "format 1"));
    assert_eq!(ledger.root(), root);
    drop(ledger);
    assert!(place.open().unwrap().1.notes.is_empty(), "once");
}

#[test]
fn a_migration_that_was_cut_off_is_done_again() {
    let place = sold();
    tamper(
        &place,
        "DROP TABLE tile; DROP TABLE statement; DROP TABLE cosignature; DROP TABLE bulletin; DROP TABLE retention;
         ALTER TABLE entry ADD COLUMN leaf BLOB; PRAGMA user_version=1;",
    );
    let connection = Connection::open(place.folder.database()).unwrap();
    connection.execute_batch("PRAGMA journal_mode=WAL").unwrap();
    connection
        .execute_batch("BEGIN; ALTER TABLE entry DROP COLUMN leaf; CREATE TABLE tile (x); PRAGMA user_version=2;")
        .unwrap();
    // The power goes before COMMIT.
    let cut = place.snapshot();
    drop(connection);
    assert!(cut.open().is_ok());
}

#[test]
fn a_half_done_change_of_the_tables_is_refused_and_kept_as_evidence() {
    let place = sold();
    tamper(&place, "DROP TABLE statement");
    let before = contents(&place);
    assert!(matches!(refusal(&place), Refusal::HalfMigrated(_)));
    assert!(contents(&place) == before);
}
