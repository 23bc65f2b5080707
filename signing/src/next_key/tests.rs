use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

use super::*;
use crate::durable::recorder::{Directory, read, steps};
use crate::entropy::system_entropy;
use crate::sealer::PlainFile;
use tempfile::TempDir;

struct Place {
    folder: TempDir,
    path: PathBuf,
    old: PublicKey,
}

fn place() -> Place {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key");
    let old = KeyStore::create(&path, &mut system_entropy)
        .unwrap()
        .public_key();
    Place { folder, path, old }
}

fn prepare(path: &Path) -> Result<KeyStore, KeyStoreError> {
    KeyStore::prepare_next(path, &mut system_entropy, &PlainFile)
}

fn recover(path: &Path, current: &PublicKey) -> Result<(KeyStore, AfterCut), KeyStoreError> {
    KeyStore::recover_rotation(path, current, &PlainFile)
}

/// The disk after a power cut: what the directory held, and once more with unsynced temporary files cut short.
fn disks(directory: &Directory) -> Vec<(TempDir, PathBuf)> {
    let lengths = [usize::MAX, 60, 0];
    lengths
        .map(|length| {
            let folder = tempfile::tempdir().unwrap();
            for (name, bytes) in directory {
                let torn = name.ends_with(".tmp");
                let kept = if torn {
                    length.min(bytes.len())
                } else {
                    bytes.len()
                };
                let path = folder.path().join(name);
                fs::write(&path, &bytes[..kept]).unwrap();
                fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
            }
            let path = folder.path().join("key");
            (folder, path)
        })
        .into()
}

/// Recovers from each step and checks that the key in use signs and is the only file left.
fn survives_every_cut(steps: &[Directory], current: &PublicKey) -> Vec<AfterCut> {
    let mut outcomes = Vec::new();
    for step in steps {
        for (folder, path) in disks(step) {
            let (opened, outcome) = recover(&path, current).unwrap();
            assert_eq!(opened.public_key(), *current);
            assert_eq!(opened.path(), path);
            assert!(opened.sign(b"x").is_ok());
            let left = read(folder.path());
            assert_eq!(left.keys().collect::<Vec<_>>(), ["key"]);
            let again = recover(&path, current).unwrap();
            assert_eq!(again.1, AfterCut::Nothing);
            outcomes.push(outcome);
        }
    }
    outcomes
}

#[test]
fn a_rotation_goes_through() {
    let place = place();
    let next = prepare(&place.path).unwrap();
    let new = next.public_key();
    assert_ne!(new, place.old);
    assert_eq!(next.path(), KeyStore::next_path(&place.path));
    let mode = fs::metadata(next.path()).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let found = KeyStore::open_next(&place.path, &PlainFile).unwrap();
    assert_eq!(found.unwrap().public_key(), new);
    assert_eq!(KeyStore::open(&place.path).unwrap().public_key(), place.old);

    let finished = KeyStore::finish_rotation(&place.path, &new, &PlainFile).unwrap();
    assert_eq!(finished.public_key(), new);
    assert_eq!(KeyStore::open(&place.path).unwrap().public_key(), new);
    assert!(
        KeyStore::open_next(&place.path, &PlainFile)
            .unwrap()
            .is_none()
    );
    KeyStore::finish_rotation(&place.path, &new, &PlainFile).unwrap();
}

#[test]
fn a_cut_at_any_step_of_preparing_leaves_the_old_key() {
    let place = place();
    let steps = steps(place.folder.path(), || {
        prepare(&place.path).unwrap();
    });
    // Before, created, written, linked, temporary removed, after.
    assert_eq!(steps.len(), 6);
    let outcomes = survives_every_cut(&steps, &place.old);
    assert!(outcomes.contains(&AfterCut::Nothing) && outcomes.contains(&AfterCut::Abandoned));
}

#[test]
fn a_cut_at_any_step_of_finishing_leaves_the_new_key() {
    let place = place();
    let new = prepare(&place.path).unwrap().public_key();
    let steps = steps(place.folder.path(), || {
        KeyStore::finish_rotation(&place.path, &new, &PlainFile).unwrap();
    });
    // Before, renamed, after.
    assert_eq!(steps.len(), 3);
    let outcomes = survives_every_cut(&steps, &new);
    assert!(outcomes.contains(&AfterCut::Nothing) && outcomes.contains(&AfterCut::Finished));
    assert!(!outcomes.contains(&AfterCut::Abandoned));
}

#[test]
fn a_cut_at_any_step_of_abandoning_leaves_the_old_key() {
    let place = place();
    prepare(&place.path).unwrap();
    let steps = steps(place.folder.path(), || {
        KeyStore::abandon_rotation(&place.path, &place.old).unwrap();
    });
    assert_eq!(steps.len(), 4);
    let outcomes = survives_every_cut(&steps, &place.old);
    assert!(outcomes.contains(&AfterCut::Nothing) && outcomes.contains(&AfterCut::Abandoned));
    KeyStore::abandon_rotation(&place.path, &place.old).unwrap();
}

#[test]
fn a_cut_during_recovery_is_recovered_from() {
    for rotated in [false, true] {
        let place = place();
        let new = prepare(&place.path).unwrap().public_key();
        let current = if rotated { new } else { place.old };
        let steps = steps(place.folder.path(), || {
            recover(&place.path, &current).unwrap();
        });
        survives_every_cut(&steps, &current);
    }
}

#[test]
fn a_next_key_is_never_overwritten() {
    let place = place();
    prepare(&place.path).unwrap();
    let before = read(place.folder.path());
    assert!(matches!(
        prepare(&place.path),
        Err(KeyStoreError::Exists(_))
    ));
    assert_eq!(read(place.folder.path()), before);
}

#[test]
fn there_is_no_next_key_without_one_in_use() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key");
    assert!(matches!(prepare(&path), Err(KeyStoreError::Io { .. })));
    assert!(read(folder.path()).is_empty());
}

#[test]
fn nothing_is_replaced_by_a_key_that_cannot_sign_or_is_another() {
    let place = place();
    let new = prepare(&place.path).unwrap().public_key();
    let stranger = {
        let folder = tempfile::tempdir().unwrap();
        let made = KeyStore::create(&folder.path().join("key"), &mut system_entropy);
        made.unwrap().public_key()
    };
    let before = read(place.folder.path());
    let finish = |key| KeyStore::finish_rotation(&place.path, key, &PlainFile);
    assert!(matches!(
        finish(&stranger),
        Err(KeyStoreError::OtherKey { .. })
    ));
    assert!(matches!(
        recover(&place.path, &stranger),
        Err(KeyStoreError::OtherKey { .. })
    ));
    assert!(matches!(
        KeyStore::abandon_rotation(&place.path, &new),
        Err(KeyStoreError::OtherKey { .. })
    ));
    assert_eq!(read(place.folder.path()), before);

    let next = KeyStore::next_path(&place.path);
    let text = fs::read_to_string(&next).unwrap();
    fs::write(&next, &text[..text.len() - 9]).unwrap();
    let before = read(place.folder.path());
    assert!(matches!(finish(&new), Err(KeyStoreError::Format { .. })));
    assert!(matches!(
        recover(&place.path, &new),
        Err(KeyStoreError::Format { .. })
    ));
    assert_eq!(read(place.folder.path()), before);
    // A damaged next key does not stand in the old one's way.
    let (opened, outcome) = recover(&place.path, &place.old).unwrap();
    assert_eq!(opened.public_key(), place.old);
    assert_eq!(outcome, AfterCut::Abandoned);
}

#[test]
fn finishing_without_a_next_key_wants_the_new_one_in_place() {
    let place = place();
    let new = {
        let other = tempfile::tempdir().unwrap();
        let made = KeyStore::create(&other.path().join("key"), &mut system_entropy);
        made.unwrap().public_key()
    };
    assert!(matches!(
        KeyStore::finish_rotation(&place.path, &new, &PlainFile),
        Err(KeyStoreError::OtherKey { .. })
    ));
    assert_eq!(KeyStore::open(&place.path).unwrap().public_key(), place.old);
}
