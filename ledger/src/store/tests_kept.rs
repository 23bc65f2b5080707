//! What lasts: cosignatures, new keys, pruning, backup and export.

use std::fs;

use meterpost_signing::{
    Cosignature, KeyName, KeyStore, Rotation, SignedCheckpoint, VerifierKey, WitnessKey,
};

use super::append::STATEMENT_EVERY;
use super::testing::{ORIGIN, Place, sell};
use super::*;
use crate::decide::Refusal;
use crate::entry::tests::stamp;
use crate::event::Event;
use crate::folder::Folder;
use crate::merkle::{leaf_hash, verify_consistency, verify_inclusion};
use crate::rotation::rotation_event;
use crate::verify::{StoppedLedger, verify, verify_against};

fn key(place: &Place, name: &str, byte: u8) -> KeyStore {
    let path = place.temporary.path().join(name);
    KeyStore::create(&path, &mut |buffer: &mut [u8]| {
        buffer.fill(byte);
        Ok(())
    })
    .unwrap()
}

pub(super) fn witness(signer: &KeyStore) -> WitnessKey {
    use meterpost_signing::Signer;
    WitnessKey::new(KeyName::new("witness.test").unwrap(), signer.public_key())
}

/// The head as it is now with a witness's cosignature.
fn cosigned(head: &SignedCheckpoint, signer: &KeyStore) -> String {
    let name = KeyName::new("witness.test").unwrap();
    let cosignature = Cosignature::sign(head, &name, signer, 1_790_000_000).unwrap();
    head.with(&cosignature).unwrap().to_text()
}

fn keep(ledger: &mut Ledger, signer: &KeyStore) {
    let note = cosigned(ledger.head(), signer);
    ledger
        .keep_cosigned(&stamp(3000), &note, &witness(signer))
        .unwrap();
}

/// A ledger long enough for its books to be stated three times.
fn long() -> (Place, Ledger) {
    let place = Place::new(1);
    let mut ledger = place.create();
    let mut purchase = 5;
    while ledger.size() < 3 * STATEMENT_EVERY + 40 {
        sell(&mut ledger, purchase);
        purchase += 1;
    }
    ledger.sync_head().unwrap();
    (place, ledger)
}

fn everything(ledger: &Ledger) -> Vec<Vec<u8>> {
    let entries = ledger.entries(0..ledger.size());
    entries.map(|entry| entry.unwrap().bytes).collect()
}

#[test]
fn opening_begins_at_the_stated_books_and_comes_to_the_same() {
    let (place, ledger) = long();
    let (root, books) = (ledger.root(), ledger.books().clone());
    drop(ledger);
    let (again, opened) = place.open().unwrap();
    assert_eq!((again.root(), again.books()), (root, &books));
    assert!(opened.notes.is_empty());
    assert!(
        again.position.stated > 2 * STATEMENT_EVERY,
        "books were stated"
    );
    assert!(verify(&place.folder).is_ok() || again.size() > 0);
    drop(again);
    assert_eq!(verify(&place.folder).problems, Vec::<String>::new());
}

#[test]
fn stored_books_that_were_changed_are_made_anew_and_said() {
    let (place, ledger) = long();
    let books = ledger.books().clone();
    drop(ledger);
    let connection = rusqlite::Connection::open(place.folder.database()).unwrap();
    connection
        .execute_batch("UPDATE statement SET books = substr(books, 1, length(books) - 1) || x'00'")
        .unwrap_or_else(|_| {
            connection
                .execute_batch("UPDATE statement SET books = zeroblob(40)")
                .unwrap();
        });
    drop(connection);
    let (ledger, opened) = place.open().unwrap();
    assert!(matches!(&opened.notes[..], [OpeningNote::Replayed(why)] if why.contains("books")));
    assert_eq!(ledger.books(), &books);
}

#[test]
fn a_stored_tree_that_was_changed_is_made_anew_and_said() {
    let change = |place: &Place, level: u8| {
        let connection = rusqlite::Connection::open(place.folder.database()).unwrap();
        let sql = "UPDATE tile SET hashes = zeroblob(length(hashes)) WHERE level = ?1";
        connection.execute(sql, [level]).unwrap();
    };
    let (place, ledger) = long();
    let root = ledger.root();
    drop(ledger);
    // Where opening needs it, opening sees it.
    change(&place, 8);
    let (ledger, opened) = place.open().unwrap();
    assert!(matches!(&opened.notes[..], [OpeningNote::Replayed(_)]));
    assert_eq!(ledger.root(), root);
    drop(ledger);
    // Elsewhere a proof fails and checking sees it.
    change(&place, 4);
    let (ledger, opened) = place.open().unwrap();
    assert!(opened.notes.is_empty());
    assert!(ledger.prove(3).is_err());
    drop(ledger);
    let verdict = verify(&place.folder);
    assert!(verdict.is_ok() && verdict.notes.len() == 1, "{verdict:?}");
    let (ledger, opened) = Ledger::open_checked(&place.folder, place.key()).unwrap();
    assert!(matches!(&opened.notes[..], [OpeningNote::Replayed(_)]));
    ledger.prove(3).unwrap();
    drop(ledger);
    assert!(verify(&place.folder).notes.is_empty());
}

#[test]
fn an_old_entry_that_was_changed_is_found_by_checking() {
    let (place, ledger) = long();
    drop(ledger);
    let connection = rusqlite::Connection::open(place.folder.database()).unwrap();
    connection
        .execute_batch(
            "UPDATE entry SET bytes = (SELECT bytes FROM entry WHERE idx = 40) WHERE idx = 49",
        )
        .unwrap();
    drop(connection);
    let verdict = verify(&place.folder);
    assert!(
        verdict.problems.iter().any(|p| p.starts_with("entry 49: ")),
        "{:?}",
        verdict.problems
    );
    assert!(
        verdict
            .problems
            .iter()
            .any(|p| p.starts_with("entry 48: ") && p.contains("63")),
        "the group is named: {:?}",
        verdict.problems
    );
}

#[test]
fn proofs_from_stored_tiles_verify() {
    let (_place, ledger) = long();
    let (size, root) = (ledger.size(), ledger.root());
    for entry in ledger.entries(0..size).step_by(97) {
        let entry = entry.unwrap();
        let proof = ledger.inclusion_proof(entry.entry.index).unwrap();
        verify_inclusion(
            leaf_hash(&entry.bytes),
            entry.entry.index,
            size,
            &proof,
            &root,
        )
        .unwrap();
    }
    assert!(ledger.inclusion_proof(size).is_err());
}

#[test]
fn a_cosignature_is_kept_and_a_rollback_of_both_heads_behind_it_is_seen() {
    let place = Place::new(1);
    let signer = key(&place, "witness", 9);
    let mut ledger = place.create();
    sell(&mut ledger, 5);
    ledger.sync_head().unwrap();
    let old = place.snapshot();
    sell(&mut ledger, 6);
    keep(&mut ledger, &signer);
    ledger.sync_head().unwrap();
    let kept = ledger.cosigned().unwrap().to_owned();
    drop(ledger);
    let (ledger, _) = place.open().unwrap();
    assert_eq!(ledger.cosigned(), Some(kept.as_str()));
    drop(ledger);
    // The database comes from an old copy; the second head remembers.
    for name in ["ledger.db", "ledger.db-wal"] {
        let from = old.temporary.path().join(name);
        let to = place.temporary.path().join(name);
        match fs::read(from) {
            Ok(bytes) => fs::write(to, bytes).unwrap(),
            Err(_) => drop(fs::remove_file(to)),
        }
    }
    assert!(matches!(
        place.open(),
        Err(OpenError::Refused(Refusal::DatabaseBehind { .. }))
    ));
}

#[test]
fn a_cosignature_of_another_history_is_refused_and_says_so() {
    let place = Place::new(1);
    let signer = key(&place, "witness", 9);
    let mut ledger = place.create();
    sell(&mut ledger, 5);
    let other = Place::new(1);
    let mut elsewhere = other.create();
    sell(&mut elsewhere, 6);
    sell(&mut elsewhere, 7);
    let note = cosigned(elsewhere.head(), &signer);
    let longer = ledger.keep_cosigned(&stamp(3000), &note, &witness(&signer));
    assert!(matches!(longer, Err(CosignedError::NotOurs { .. })));
    sell(&mut ledger, 8);
    sell(&mut ledger, 9);
    let forked = ledger.keep_cosigned(&stamp(3000), &note, &witness(&signer));
    assert!(matches!(forked, Err(CosignedError::NotOurs { .. })));
    let unsigned = ledger.head().to_text();
    let without = ledger.keep_cosigned(&stamp(3000), &unsigned, &witness(&signer));
    assert!(matches!(without, Err(CosignedError::Note(_))));
    assert_eq!(ledger.cosigned(), None);
}

#[test]
fn entries_go_only_once_a_witness_has_them() {
    let (place, mut ledger) = long();
    assert!(matches!(
        ledger.prune(1000),
        Err(PruneError::NothingCosigned)
    ));
    let before = everything(&ledger);
    let signer = key(&place, "witness", 9);
    keep(&mut ledger, &signer);
    let pruned = ledger.prune(2 * STATEMENT_EVERY + 20).unwrap();
    assert!(pruned.below >= STATEMENT_EVERY && pruned.below <= 2 * STATEMENT_EVERY + 20);
    assert_eq!(ledger.entries(0..10).count(), 0, "they are gone");
    // A resident's receipt from before proves itself against today's checkpoint.
    let (size, root) = (ledger.size(), ledger.root());
    for index in [0, 7, 300, pruned.below - 1, pruned.below] {
        let proof = ledger.inclusion_proof(index).unwrap();
        let leaf = leaf_hash(&before[usize::try_from(index).unwrap()]);
        verify_inclusion(leaf, index, size, &proof, &root).unwrap();
    }
    sell(&mut ledger, 900);
    let proof = ledger.consistency_proof(size).unwrap();
    verify_consistency(size, ledger.size(), &proof, &root, &ledger.root()).unwrap();
    ledger.sync_head().unwrap();
    let books = ledger.books().clone();
    drop(ledger);
    let verdict = verify(&place.folder);
    assert_eq!(verdict.problems, Vec::<String>::new());
    assert_eq!(verdict.notes, Vec::<String>::new());
    let (mut ledger, opened) = place.open().unwrap();
    assert!(opened.notes.is_empty());
    assert_eq!(ledger.books(), &books);
    assert_eq!(ledger.prune(600).unwrap().removed, 0, "it is done already");
}

#[test]
fn a_pruned_log_still_shows_damage_and_is_made_anew() {
    let (place, mut ledger) = long();
    let signer = key(&place, "witness", 9);
    keep(&mut ledger, &signer);
    ledger.prune(2 * STATEMENT_EVERY + 20).unwrap();
    ledger.sync_head().unwrap();
    let root = ledger.root();
    drop(ledger);
    let sql = |text: &str| {
        let connection = rusqlite::Connection::open(place.folder.database()).unwrap();
        connection.execute_batch(text).unwrap();
    };
    sql(
        "DELETE FROM tile WHERE level > 0; DELETE FROM statement WHERE size NOT IN (SELECT base FROM retention)",
    );
    let (ledger, opened) = place.open().unwrap();
    assert!(matches!(&opened.notes[..], [OpeningNote::Replayed(_)]));
    assert_eq!(ledger.root(), root);
    drop(ledger);
    sql("UPDATE tile SET hashes = zeroblob(512) WHERE level = 0 AND idx = 3");
    let verdict = verify(&place.folder);
    assert!(!verdict.is_ok(), "the root no longer comes out");
}

#[test]
fn a_backup_made_while_selling_is_a_whole_ledger() {
    let (place, mut ledger) = long();
    let target = tempfile::tempdir().unwrap();
    let mut backup = Backup::start(&ledger, target.path()).unwrap();
    let mut purchase = 400;
    while backup.step(&ledger, 200).unwrap() > 100 {
        sell(&mut ledger, purchase);
        purchase += 1;
    }
    assert!(!verify(&Folder::new(target.path())).is_ok(), "no head yet");
    let head = backup.finish(&ledger).unwrap();
    assert_eq!(head.checkpoint().size, ledger.size());
    let verdict = verify(&Folder::new(target.path()));
    assert_eq!(verdict.problems, Vec::<String>::new());
    // Later it is continued, and with the key it opens as the ledger itself.
    sell(&mut ledger, purchase);
    Backup::start(&ledger, target.path())
        .unwrap()
        .finish(&ledger)
        .unwrap();
    let (root, books) = (ledger.root(), ledger.books().clone());
    drop(ledger);
    let (restored, opened) = Ledger::open(&Folder::new(target.path()), place.key()).unwrap();
    assert!(opened.notes.is_empty());
    assert_eq!((restored.root(), restored.books()), (root, &books));
}

#[test]
fn a_backup_is_not_written_over_something_else() {
    let (_place, ledger) = long();
    let other = Place::new(2);
    drop(other.create());
    assert!(matches!(
        Backup::start(&ledger, other.temporary.path()),
        Err(BackupError::Foreign(_))
    ));
}

#[test]
fn a_backup_on_a_damaged_disk_is_refused_at_the_end() {
    let (_place, mut ledger) = long();
    let target = tempfile::tempdir().unwrap();
    Backup::start(&ledger, target.path())
        .unwrap()
        .finish(&ledger)
        .unwrap();
    let connection = rusqlite::Connection::open(target.path().join("ledger.db")).unwrap();
    connection
        .execute_batch("UPDATE tile SET hashes = zeroblob(length(hashes))")
        .unwrap();
    drop(connection);
    sell(&mut ledger, 900);
    let again = Backup::start(&ledger, target.path()).unwrap();
    assert!(matches!(
        again.finish(&ledger),
        Err(BackupError::Differs(_))
    ));
}

#[test]
fn the_key_is_handed_over_and_the_log_goes_on() {
    let place = Place::new(1);
    let mut ledger = place.create();
    sell(&mut ledger, 5);
    ledger.sync_head().unwrap();
    let first = ledger.vkey().clone();
    let next = key(&place, "key.next", 2);
    let origin = KeyName::new(ORIGIN).unwrap();
    let rotation = Rotation::sign(&origin, place.key().as_ref(), &next).unwrap();
    let forged = Rotation {
        by_new: rotation.by_old,
        ..rotation.clone()
    };
    let next = || Box::new(KeyStore::open(&place.temporary.path().join("key.next")).unwrap());
    assert!(matches!(
        ledger.rotate(&stamp(3000), &rotation_event(&forged), next()),
        Err(RotateError::Rotation(_))
    ));
    assert!(matches!(
        ledger.rotate(&stamp(3000), &rotation_event(&rotation), place.key()),
        Err(RotateError::OtherKey)
    ));
    ledger
        .rotate(&stamp(3000), &rotation_event(&rotation), next())
        .unwrap();
    assert_ne!(ledger.vkey(), &first);
    sell(&mut ledger, 6);
    let text = ledger.head().to_text();
    let vkey: VerifierKey = ledger.vkey().clone();
    SignedCheckpoint::open(text.as_bytes(), &vkey).unwrap();
    drop(ledger);
    // The second head trails, signed by the old key; that is still this log's.
    assert!(matches!(
        place.open(),
        Err(OpenError::Refused(Refusal::OtherKey))
    ));
    let (ledger, _) = Ledger::open(&place.folder, next()).unwrap();
    assert_eq!(ledger.vkey(), &vkey);
    drop(ledger);
    let verdict = verify(&place.folder);
    let key_file = "the key file is not the key of this log";
    assert!(
        verdict.problems.iter().all(|p| p.starts_with(key_file)),
        "{verdict:?}"
    );
}

/// A ledger whose key was handed over at its beginning, with all of it cosigned; and its first key.
pub(super) fn handed_over() -> (Place, Ledger, VerifierKey) {
    let place = Place::new(1);
    let mut ledger = place.create();
    let first = ledger.vkey().clone();
    let next = key(&place, "key.next", 2);
    let rotation = Rotation::sign(first.name(), place.key().as_ref(), &next).unwrap();
    ledger
        .rotate(&stamp(3000), &rotation_event(&rotation), Box::new(next))
        .unwrap();
    for purchase in 5..135 {
        sell(&mut ledger, purchase);
    }
    let signer = key(&place, "witness", 9);
    keep(&mut ledger, &signer);
    (place, ledger, first)
}

#[test]
fn once_its_handing_over_is_pruned_the_first_key_proves_nothing() {
    let (place, mut ledger, first) = handed_over();
    let now = ledger.vkey().clone();
    let complains = |expected| {
        let verdict = verify_against(&place.folder, expected);
        verdict.problems.iter().any(|p| p.contains("were pruned"))
    };
    drop(ledger);
    assert!(!complains(&first), "both keys' words are in the log");
    ledger = Ledger::open(&place.folder, Box::new(next_key(&place)))
        .unwrap()
        .0;
    let pruned = ledger.prune(STATEMENT_EVERY + 20).unwrap();
    assert!(pruned.below > 1);
    drop(ledger);
    assert!(complains(&first), "a stranger could say the same");
    assert!(!complains(&now));
}

#[test]
fn what_a_commit_of_its_own_kind_writes_is_refused_in_a_plain_one() {
    let (place, mut ledger, _) = handed_over();
    let entries: Vec<Event> = ledger
        .entries(0..ledger.size())
        .map(|entry| entry.unwrap().entry.event)
        .filter(|event| matches!(event, Event::KeyRotated { .. } | Event::Contact { .. }))
        .collect();
    assert_eq!(entries.len(), 2);
    let size = ledger.size();
    for event in entries {
        let refused = ledger.commit(&stamp(4_000_000), &[event]);
        assert!(matches!(refused, Err(CommitError::OtherWay(_))));
    }
    assert_eq!((ledger.size(), ledger.poisoned()), (size, None));
    drop(place);
}

fn next_key(place: &Place) -> KeyStore {
    KeyStore::open(&place.temporary.path().join("key.next")).unwrap()
}

#[test]
fn an_entry_that_hands_over_without_both_words_is_a_fault() {
    let place = Place::new(1);
    let mut ledger = place.create();
    let next = key(&place, "key.next", 2);
    let origin = KeyName::new(ORIGIN).unwrap();
    let rotation = Rotation::sign(&origin, place.key().as_ref(), &next).unwrap();
    let mut event = rotation_event(&rotation);
    if let Event::KeyRotated { by_old, .. } = &mut event {
        by_old[5] ^= 1;
    }
    // Past the checks of `rotate`, as somebody with the key but other plans would.
    ledger
        .commit_beside(&stamp(3000), &[event], |_| Ok(()))
        .unwrap();
    drop(ledger);
    let verdict = verify(&place.folder);
    assert!(
        verdict
            .problems
            .iter()
            .any(|p| p.contains("both keys' signatures")),
        "{verdict:?}"
    );
}

#[test]
fn an_export_is_the_log_in_plain_files() {
    let (place, mut ledger) = long();
    let signer = key(&place, "witness", 9);
    keep(&mut ledger, &signer);
    ledger.sync_head().unwrap();
    let target = tempfile::tempdir().unwrap();
    let (one, other) = (target.path().join("a"), target.path().join("b"));
    ledger.export(&one).unwrap();
    assert!(
        matches!(ledger.export(&one), Err(ExportError::Io { .. })),
        "not over another"
    );
    let bundle = fs::read(one.join("tile/entries/000")).unwrap();
    let first = ledger.entries(0..1).next().unwrap().unwrap().bytes;
    assert_eq!(bundle[2..2 + first.len()], first);
    assert_eq!(
        usize::from(bundle[0]) * 256 + usize::from(bundle[1]),
        first.len()
    );
    let hashes = fs::read(one.join("tile/0/000")).unwrap();
    assert_eq!(
        (hashes.len(), &hashes[..32]),
        (8192, &leaf_hash(&first).0[..])
    );
    assert_eq!(
        fs::read_to_string(one.join("checkpoint")).unwrap(),
        ledger.head().to_text()
    );
    drop(ledger);
    StoppedLedger::open(&place.folder)
        .unwrap()
        .export(&other)
        .unwrap();
    assert_eq!(
        fs::read(one.join("tile/1/000.p/6")).unwrap(),
        fs::read(other.join("tile/1/000.p/6")).unwrap()
    );
}

#[test]
fn an_export_in_pieces_is_the_log_as_it_was_at_its_beginning() {
    let (_place, mut ledger) = long();
    let target = tempfile::tempdir().unwrap();
    let (one, other) = (target.path().join("a"), target.path().join("b"));
    ledger.export(&one).unwrap();
    let mut export = Export::begin(ledger.export_title().unwrap(), &other).unwrap();
    let (size, checkpoint) = (ledger.size(), ledger.head().to_text());
    let mut pieces = 0;
    while !export.is_whole() {
        let piece = ledger
            .export_piece(export.title(), export.written())
            .unwrap();
        export.take(&piece).unwrap();
        assert!(export.take(&piece).is_err(), "the same piece again");
        // The terminal goes on selling.
        let started = Event::Started {
            software: "later".into(),
        };
        ledger.commit(&stamp(4000), &[started]).unwrap();
        assert!(!other.join("checkpoint").exists(), "it is not finished");
        pieces += 1;
    }
    assert!(pieces > 1, "{pieces}");
    assert_eq!(export.written(), size);
    export.finish().unwrap();
    for file in ["checkpoint", "keys", "tile/entries/000", "tile/1/000.p/6"] {
        let whole = fs::read(one.join(file)).unwrap();
        assert_eq!(whole, fs::read(other.join(file)).unwrap(), "{file}");
    }
    assert_eq!(
        fs::read_to_string(other.join("checkpoint")).unwrap(),
        checkpoint
    );
}

#[test]
fn an_export_that_lacks_entries_is_not_finished() {
    let (_place, ledger) = long();
    let target = tempfile::tempdir().unwrap();
    let place = target.path().join("a");
    let title = ledger.export_title().unwrap();
    let mut export = Export::begin(title.clone(), &place).unwrap();
    let second = ledger.export_piece(&title, 1024).unwrap();
    assert!(matches!(export.take(&second), Err(ExportError::Unsound(_))));
    let first = ledger.export_piece(&title, 0).unwrap();
    export.take(&first).unwrap();
    assert!(matches!(export.finish(), Err(ExportError::Unsound(_))));
    assert!(!place.join("checkpoint").exists());
}
