use std::fs;

use meterpost_signing::{KeyName, Signer};
use rusqlite::Connection;

use super::*;
use crate::store::testing::{ORIGIN, Place, contents, sell};

fn sold() -> (Place, RootHash) {
    let place = Place::new(1);
    let mut ledger = place.create();
    sell(&mut ledger, 5);
    ledger.sync_head().unwrap();
    let root = ledger.root();
    (place, root)
}

fn vkey(place: &Place) -> VerifierKey {
    VerifierKey::new(KeyName::new(ORIGIN).unwrap(), place.key().public_key())
}

#[test]
fn a_sound_ledger_is_sound_and_unchanged() {
    let (place, root) = sold();
    let before = contents(&place);
    let verdict = verify(&place.folder);
    assert_eq!(verdict.problems, Vec::<String>::new());
    assert!(verdict.is_ok());
    assert_eq!((verdict.size, verdict.root), (Some(10), Some(root)));
    assert_eq!(verdict.key, Some(vkey(&place).to_string()));
    assert!(
        verdict
            .head
            .unwrap()
            .starts_with("meterpost/test/k1/1\n10\n")
    );
    assert_eq!(verdict.notes, Vec::<String>::new());
    assert!(contents(&place) == before, "a file was changed");
}

#[test]
fn commits_that_are_only_in_the_write_ahead_log_count() {
    let place = Place::new(1);
    let mut ledger = place.create();
    sell(&mut ledger, 5);
    let cut = place.snapshot();
    let before = contents(&cut);
    let verdict = verify(&cut.folder);
    assert!(verdict.is_ok(), "{verdict:?}");
    assert_eq!(verdict.size, Some(10));
    assert_eq!(verdict.notes.len(), 1, "the second head trails");
    assert!(contents(&cut) == before, "a file was changed");
}

#[test]
fn a_ledger_in_use_is_said_to_be() {
    let place = Place::new(1);
    let _ledger = place.create();
    let verdict = verify(&place.folder);
    assert!(verdict.problems[0].contains("in use"), "{verdict:?}");
}

#[test]
fn every_changed_entry_is_listed() {
    let (place, _) = sold();
    let connection = Connection::open(place.folder.database()).unwrap();
    connection
        .execute_batch("UPDATE entry SET bytes = zeroblob(32) WHERE idx IN (2, 7)")
        .unwrap();
    drop(connection);
    let verdict = verify(&place.folder);
    assert!(!verdict.is_ok());
    for index in [2, 7] {
        let start = format!("entry {index}: ");
        assert!(verdict.problems.iter().any(|p| p.starts_with(&start)));
    }
}

#[test]
fn damage_anywhere_gives_a_verdict_and_no_panic() {
    let (place, root) = sold();
    let whole = fs::read(place.folder.database()).unwrap();
    for at in (0..whole.len()).step_by(131) {
        let mut damaged = whole.clone();
        damaged[at] ^= 0x40;
        fs::write(place.folder.database(), &damaged).unwrap();
        let verdict = verify(&place.folder);
        if verdict.is_ok() {
            assert_eq!((verdict.size, verdict.root), (Some(10), Some(root)));
        }
    }
    fs::write(place.folder.database(), &whole[..whole.len() / 2]).unwrap();
    assert!(!verify(&place.folder).is_ok());
    fs::write(place.folder.database(), b"").unwrap();
    assert!(!verify(&place.folder).is_ok());
    fs::remove_file(place.folder.database()).unwrap();
    assert!(!verify(&place.folder).is_ok());
}

#[test]
fn a_log_rewritten_under_another_key_is_seen() {
    let (place, _) = sold();
    let forged = Place::new(2);
    drop(forged.create());
    fs::copy(forged.folder.database(), place.folder.database()).unwrap();
    fs::copy(forged.folder.head(), place.folder.head()).unwrap();
    let verdict = verify(&place.folder);
    assert!(!verdict.is_ok(), "the key file beside it is another");
    let expected = vkey(&place);
    fs::copy(forged.folder.key(), place.folder.key()).unwrap();
    assert!(verify(&place.folder).is_ok(), "nothing inside tells");
    let verdict = verify_against(&place.folder, &expected);
    assert!(!verdict.is_ok(), "a key known from elsewhere does");
}

#[test]
fn a_missing_or_damaged_second_head_and_key_are_noted() {
    let (place, _) = sold();
    fs::remove_file(place.folder.key()).unwrap();
    fs::remove_file(place.folder.head()).unwrap();
    let verdict = verify(&place.folder);
    assert!(verdict.is_ok());
    assert_eq!(verdict.notes.len(), 2);
    fs::write(place.folder.head(), b"torn").unwrap();
    assert!(verify(&place.folder).notes[1].contains("damaged"));
}

#[test]
fn a_rollback_is_seen() {
    let (place, _) = sold();
    let old = place.snapshot();
    let (mut ledger, _) = place.open().unwrap();
    sell(&mut ledger, 6);
    ledger.sync_head().unwrap();
    fs::copy(place.folder.head(), old.folder.head()).unwrap();
    let verdict = verify(&old.folder);
    assert!(verdict.problems[0].contains("10 entries, but 19"));
}
