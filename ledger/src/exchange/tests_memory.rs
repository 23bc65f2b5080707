//! The rules of the memory: keys that end, epochs that close, evidence that holds.

use super::testing::*;
use super::*;
use meterpost_signing::{Revocation, Rotation, SignedCheckpoint, Signer};

#[test]
fn a_key_is_believed_up_to_its_size() {
    let (terminal, mut server) = cosigned_thirty();
    let memory = server.memory(&terminal).clone();
    let revocation = Revocation {
        origin: terminal.origin.clone(),
        key: key(0).public_key().id(),
        accepted: 35,
    };
    let revoked = memory.revoke(&revocation).unwrap();
    assert_eq!(revoked.version, memory.version + 1);
    server.store.insert(terminal.origin.to_string(), revoked);
    let mut late = terminal.clone();
    late.cut(35);
    assert_eq!(receive(&mut server, &late.insist(30)), 200);
    late.sell(1, 0);
    assert_eq!(receive(&mut server, &late.insist(35)), 403);
    assert_eq!(
        *verdict(&server),
        Verdict::RevokedAfter {
            key: key(0).public_key().id(),
            accepted: 35,
            size: 36
        }
    );
}

#[test]
fn a_revocation_is_only_ever_lowered_and_only_for_a_key_of_the_log() {
    let memory = Terminal::new("K1/1", 0, 1).memory();
    let revoke = |memory: &WitnessMemory, text, number, accepted| {
        let key = key(number).public_key().id();
        let origin = origin(text);
        memory.revoke(&Revocation {
            origin,
            key,
            accepted,
        })
    };
    let low = revoke(&memory, "K1/1", 0, 10).unwrap();
    let raised = revoke(&low, "K1/1", 0, 20).unwrap();
    assert_eq!(raised.keys[0].until, Some(10));
    assert_eq!(revoke(&memory, "K1/2", 0, 10), Err(MemoryError::OtherKey));
    assert_eq!(revoke(&memory, "K1/1", 1, 10), Err(MemoryError::OtherKey));
}

#[test]
fn the_next_key_takes_over_and_the_old_one_stops() {
    let (mut terminal, mut server) = cosigned_thirty();
    let name = terminal.origin.name().unwrap();
    let rotation = Rotation::sign(&name, key(0), key(1)).unwrap();
    let rotated = server.memory(&terminal).rotate(&rotation, 40).unwrap();
    server
        .store
        .insert(terminal.origin.to_string(), rotated.clone());
    assert_eq!(talk(&mut terminal, 0, &mut server), None);
    terminal.sell(1, 0);
    let old_key = terminal.insist(40);
    assert_eq!(receive(&mut server, &old_key), 403);
    assert!(matches!(
        verdict(&server),
        Verdict::RevokedAfter { accepted: 40, .. }
    ));
    terminal.key = 1;
    assert_eq!(talk(&mut terminal, 0, &mut server), None);

    assert_eq!(rotated.rotate(&rotation, 50), Err(MemoryError::NotInUse));
    let back = Rotation::sign(&name, key(1), key(0)).unwrap();
    assert_eq!(rotated.rotate(&back, 50), Err(MemoryError::Returned));
    let other = Rotation::sign(&origin("K9/1").name().unwrap(), key(1), key(2)).unwrap();
    assert!(matches!(
        rotated.rotate(&other, 50),
        Err(MemoryError::Rotation(_))
    ));
}

#[test]
fn going_on_with_an_older_epoch_is_a_clone() {
    let (mut terminal, mut server) = cosigned_thirty();
    let closed = server.memory(&terminal).close(2).unwrap();
    server
        .store
        .insert(terminal.origin.to_string(), closed.clone());
    // A late message says nothing, and the last head stays what it is.
    let mut older = terminal.clone();
    older.cut(20);
    assert_eq!(receive(&mut server, &older.insist(0)), 409);
    assert_eq!(*verdict(&server), Verdict::Behind { resume: 30 });
    older = terminal.clone();
    older.cut(30);
    assert_eq!(receive(&mut server, &older.insist(30)), 200);
    assert_eq!(*server.memory(&terminal), closed);

    let why = talk(&mut terminal, 0, &mut server);
    assert!(matches!(why, Some(HeldBecause::Refused(_))));
    assert!(matches!(
        verdict(&server),
        Verdict::Clone {
            kind: ConflictKind::OlderEpoch,
            ..
        }
    ));
    let memory = server.memory(&terminal);
    let conflict = memory.conflict.as_ref().unwrap();
    let keys = memory.verifier_keys().unwrap();
    conflict.evidence.verify(&keys).unwrap();
    assert_eq!(memory.close(1), Err(MemoryError::Epoch { by: 1, own: 1 }));
    assert_eq!(memory.close(2).unwrap().closed_by, Some(2));
}

#[test]
fn evidence_needs_two_heads_of_one_log() {
    let one = Terminal::new("K1/1", 0, 5).head();
    let other = Terminal::new("K2/1", 0, 6).head();
    let evidence = |ours: Option<&SignedCheckpoint>, theirs: &SignedCheckpoint| Evidence {
        ours: ours.cloned(),
        theirs: theirs.clone(),
        proof: Vec::new(),
    };
    assert!(!evidence(None, &one).convicts());
    assert!(!evidence(Some(&one), &one).convicts());
    assert!(!evidence(Some(&one), &other).convicts());
    let keys = Terminal::new("K1/1", 0, 0)
        .memory()
        .verifier_keys()
        .unwrap();
    assert!(evidence(Some(&one), &one).verify(&keys).is_ok());
    assert!(evidence(Some(&one), &other).verify(&keys).is_err());
    assert!(evidence(Some(&one), &one).verify(&[]).is_err());
}
