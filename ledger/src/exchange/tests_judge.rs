//! One test for each verdict.

use super::testing::*;
use super::*;
use crate::merkle::CheckError;
use meterpost_signing::Note;
use proptest::prelude::*;

#[test]
fn the_first_head_is_taken_and_the_next_one_has_to_continue_it() {
    let (mut terminal, mut server) = cosigned_thirty();
    assert!(matches!(
        verdict(&server),
        Verdict::Advanced { from: 0, .. }
    ));
    assert_eq!(talk(&mut terminal, 0, &mut server), None);
    assert!(matches!(
        verdict(&server),
        Verdict::Advanced { from: 30, .. }
    ));
    assert_eq!(server.memory(&terminal).last_size(), 40);
    assert_eq!(terminal.standings[0].cosigned, Some(40));
}

#[test]
fn the_head_cosigned_last_is_cosigned_again_with_a_newer_time() {
    let (mut terminal, mut server) = cosigned_thirty();
    talk(&mut terminal, 0, &mut server);
    let version = server.memory(&terminal).version;
    assert_eq!(talk(&mut terminal, 0, &mut server), None);
    assert!(matches!(verdict(&server), Verdict::InSync { .. }));
    assert_eq!(server.memory(&terminal).version, version);
}

#[test]
fn the_empty_log_is_cosigned_and_continued() {
    let mut terminal = Terminal::new("K1/1", 0, 0);
    let mut server = Witness::new(SERVER, [terminal.memory()]);
    assert_eq!(talk(&mut terminal, 0, &mut server), None);
    assert_eq!(server.cosigned[0].size, 0);
    assert_eq!(talk(&mut terminal, 0, &mut server), None);
    assert!(matches!(verdict(&server), Verdict::InSync { .. }));
    terminal.sell(3, 0);
    assert_eq!(talk(&mut terminal, 0, &mut server), None);
    assert_eq!(server.memory(&terminal).last_size(), 3);
}

#[test]
fn a_proof_from_another_size_is_told_where_to_continue() {
    let (mut terminal, mut server) = cosigned_thirty();
    for old in [0, 29, 31, 40] {
        let request = terminal.insist(old);
        assert_eq!(receive(&mut server, &request), 409);
        assert_eq!(*verdict(&server), Verdict::Behind { resume: 30 });
    }
    // A witness that knows nothing yet.
    let mut further = Witness::new(FURTHER, [terminal.memory()]);
    let request = terminal.insist(30);
    assert_eq!(receive(&mut further, &request), 409);
    assert_eq!(*verdict(&further), Verdict::Behind { resume: 0 });
}

#[test]
fn a_smaller_head_is_a_rollback_until_the_log_proves_otherwise() {
    let (mut terminal, mut server) = cosigned_thirty();
    let mut older = terminal.clone();
    older.cut(20);
    let request = older.insist(10);
    assert_eq!(receive(&mut server, &request), 409);
    let head = Box::new(older.head());
    assert_eq!(*verdict(&server), Verdict::Rollback { last: 30, head });
    let suspicion = server.memory(&terminal).suspicion.clone().unwrap();
    let keys = server.memory(&terminal).verifier_keys().unwrap();
    suspicion.evidence().verify(&keys).unwrap();
    assert!(!suspicion.evidence().convicts());
    // Repeating it changes nothing.
    let version = server.memory(&terminal).version;
    receive(&mut server, &request);
    assert_eq!(server.memory(&terminal).version, version);
    // The terminal that still has all it had clears it up.
    assert_eq!(talk(&mut terminal, 0, &mut server), None);
    assert_eq!(server.memory(&terminal).suspicion, None);
}

#[test]
fn repeating_the_last_head_ends_no_suspicion() {
    let (terminal, mut server) = cosigned_thirty();
    let mut older = terminal.clone();
    older.cut(30);
    let last = older.insist(30);
    older.cut(20);
    receive(&mut server, &older.insist(10));
    assert_eq!(receive(&mut server, &last), 200);
    assert!(server.memory(&terminal).suspicion.is_some());
}

#[test]
fn who_has_the_entries_tells_a_late_message_from_another_past() {
    for size in [0, 1, 2, 16, 20, 29] {
        let (mut terminal, server) = cosigned_thirty();
        let memory = server.memory(&terminal);
        let mut late = terminal.clone();
        late.cut(size);
        let request = late.insist(0);
        let judged = judge_with_entries(memory, &request, &mut terminal.tree).unwrap();
        assert_eq!(judged, judge(memory, &request));
        assert!(matches!(judged.verdict(), Verdict::Rollback { .. }));
    }
    for size in [1, 2, 16, 20, 29] {
        let (mut terminal, mut server) = cosigned_thirty();
        let memory = server.memory(&terminal);
        let mut copy = terminal.clone();
        copy.cut(size - 1);
        copy.sell(1, 9);
        let request = copy.insist(0);
        let judged = judge_with_entries(memory, &request, &mut terminal.tree).unwrap();
        assert!(matches!(judged.verdict(), Verdict::Fork(_)));
        let change = judged.change().unwrap().clone();
        assert_eq!(change.version, memory.version + 1);
        server.store.insert(terminal.origin.to_string(), change);
        assert_convicted(&server, &terminal, ConflictKind::Fork);
    }
}

#[test]
fn two_roots_of_one_size_are_a_fork_from_wherever_the_proof_starts() {
    for old in [0, 7, 30] {
        let (terminal, mut server) = cosigned_thirty();
        let mut forked = terminal.clone();
        forked.cut(29);
        forked.sell(1, 9);
        let request = forked.insist(old);
        assert_eq!(receive(&mut server, &request), 422);
        assert_convicted(&server, &terminal, ConflictKind::Fork);
    }
}

#[test]
fn a_proof_of_another_past_is_a_fork() {
    let (terminal, mut server) = cosigned_thirty();
    let mut forked = terminal.clone();
    forked.cut(29);
    forked.sell(20, 9);
    let request = forked.insist(30);
    assert_eq!(receive(&mut server, &request), 422);
    assert!(matches!(verdict(&server), Verdict::Fork(_)));
    assert_convicted(&server, &terminal, ConflictKind::Fork);
}

fn assert_convicted(server: &Witness, terminal: &Terminal, kind: ConflictKind) {
    let memory = server.memory(terminal);
    let conflict = memory.conflict.as_ref().unwrap();
    assert_eq!(conflict.kind, kind);
    assert!(conflict.evidence.convicts());
    conflict
        .evidence
        .verify(&memory.verifier_keys().unwrap())
        .unwrap();
    assert_eq!(memory.last_size(), 30, "the head cosigned last stays");
}

#[test]
fn a_held_log_is_never_cosigned_again() {
    let (mut terminal, mut server) = cosigned_thirty();
    let mut forked = terminal.clone();
    forked.cut(29);
    forked.sell(1, 9);
    receive(&mut server, &forked.insist(30));
    let count = server.cosigned.len();
    forked.sell(5, 9);
    assert_eq!(receive(&mut server, &forked.insist(30)), 403);
    assert_eq!(*verdict(&server), Verdict::Held(ConflictKind::Fork));
    // The history that was cosigned goes on too: then there are two machines.
    let why = talk(&mut terminal, 0, &mut server);
    assert!(matches!(why, Some(HeldBecause::Refused(_))));
    assert!(matches!(
        verdict(&server),
        Verdict::Clone {
            kind: ConflictKind::BothContinued,
            ..
        }
    ));
    assert_convicted(&server, &terminal, ConflictKind::BothContinued);
    talk(&mut terminal, 0, &mut server);
    assert_eq!(
        *verdict(&server),
        Verdict::Held(ConflictKind::BothContinued)
    );
    assert_eq!(server.cosigned.len(), count);
}

#[test]
fn a_proof_that_leads_nowhere_is_refused_but_convicts_nobody() {
    let (mut terminal, mut server) = cosigned_thirty();
    let right = terminal.insist(30);
    let mut damaged = right.proof().to_vec();
    damaged[0][0] ^= 1;
    let mut longer = right.proof().to_vec();
    longer.push([0; 32]);
    for (proof, why) in [
        (damaged, CheckError::Root),
        (
            longer,
            CheckError::Length {
                expected: right.proof().len() as u32,
                found: right.proof().len() + 1,
            },
        ),
    ] {
        let request = Request::new(30, proof, right.note().clone()).unwrap();
        assert_eq!(receive(&mut server, &request), 422);
        assert_eq!(*verdict(&server), Verdict::Unproven(why));
        assert!(matches!(
            server.memory(&terminal).suspicion,
            Some(Suspicion::Unproven(_))
        ));
    }
    assert_eq!(server.memory(&terminal).conflict, None);
    assert_eq!(talk(&mut terminal, 0, &mut server), None);
    assert_eq!(server.memory(&terminal).suspicion, None);
}

/// The proof from a size that is a power of two does not name the past, so the fork is refused, but not proven.
#[test]
fn a_fork_before_a_power_of_two_is_refused_and_suspected() {
    let mut terminal = Terminal::new("K1/1", 0, 32);
    let mut server = Witness::new(SERVER, [terminal.memory()]);
    talk(&mut terminal, 0, &mut server);
    terminal.cut(31);
    terminal.sell(20, 9);
    let request = terminal.insist(32);
    assert_eq!(receive(&mut server, &request), 422);
    assert_eq!(*verdict(&server), Verdict::Unproven(CheckError::Root));
    let suspicion = server.memory(&terminal).suspicion.clone().unwrap();
    let keys = server.memory(&terminal).verifier_keys().unwrap();
    suspicion.evidence().verify(&keys).unwrap();
}

#[test]
fn where_nothing_is_to_prove_there_is_no_proof() {
    let (mut terminal, mut server) = cosigned_thirty();
    let note = terminal.insist(0).note().clone();
    let mut further = Witness::new(FURTHER, [terminal.memory()]);
    let request = Request::new(0, vec![[0; 32]], note).unwrap();
    assert_eq!(receive(&mut further, &request), 422);
    let mut same = terminal.clone();
    same.cut(30);
    let request = Request::new(30, vec![[0; 32]], same.insist(30).note().clone()).unwrap();
    assert_eq!(receive(&mut server, &request), 422);
    assert!(matches!(verdict(&server), Verdict::Unproven(_)));
    assert_eq!(talk(&mut terminal, 0, &mut server), None);
}

#[test]
fn an_empty_log_with_a_root_is_refused() {
    let mut terminal = Terminal::new("K1/1", 0, 0);
    let mut server = Witness::new(SERVER, [terminal.memory()]);
    let mut checkpoint = terminal.head().checkpoint().clone();
    checkpoint.root.0[0] ^= 1;
    let text = checkpoint.sign(key(0)).unwrap().to_text();
    let request = Request::new(0, Vec::new(), Note::parse(text.as_bytes()).unwrap()).unwrap();
    assert_eq!(receive(&mut server, &request), 422);
    assert_eq!(talk(&mut terminal, 0, &mut server), None);
}

#[test]
fn a_log_that_is_not_enrolled_is_unknown() {
    let mut terminal = Terminal::new("K2/1", 0, 5);
    let mut server = Witness::new(SERVER, [Terminal::new("K1/1", 0, 5).memory()]);
    let why = talk(&mut terminal, 0, &mut server);
    assert!(matches!(why, Some(HeldBecause::UnknownLog(_))));
    assert_eq!(*verdict(&server), Verdict::UnknownLog);
    // Nor does one log's memory judge another's request.
    let judgement = judge(
        server.memory(&Terminal::new("K1/1", 0, 5)),
        &terminal.insist(0),
    );
    assert_eq!(*judgement.verdict(), Verdict::UnknownLog);
}

#[test]
fn another_key_says_nothing_and_leaves_no_trace() {
    let (terminal, mut server) = cosigned_thirty();
    let before = server.memory(&terminal).clone();
    let mut thief = terminal.clone();
    thief.key = 1;
    thief.cut(10);
    thief.sell(50, 9);
    assert_eq!(receive(&mut server, &thief.insist(30)), 403);
    assert_eq!(*verdict(&server), Verdict::UnknownKey);
    assert_eq!(*server.memory(&terminal), before);
}

#[test]
fn a_known_keys_line_that_fails_refuses_the_note() {
    let (mut terminal, mut server) = cosigned_thirty();
    let right = terminal.insist(30).note().format();
    let wrong = Terminal::new("K1/1", 0, 3).head().to_text();
    let line = wrong.lines().last().unwrap();
    for text in [
        format!("{right}{line}\n"),
        right.replace("\n40\n", "\n41\n"),
    ] {
        let note = Note::parse(text.as_bytes()).unwrap();
        let request = Request::new(30, Vec::new(), note).unwrap();
        assert_eq!(receive(&mut server, &request), 403);
        assert_eq!(*verdict(&server), Verdict::UnknownKey);
    }
}

#[test]
fn what_is_stored_and_cosigned_is_written_anew() {
    let (mut terminal, mut server) = cosigned_thirty();
    let stranger = "\u{2014} stranger AAAAAAA=\n";
    let request = terminal.insist(30);
    let text = format!("{}{stranger}", request.note().format());
    let note = Note::parse(text.as_bytes()).unwrap();
    let request = Request::new(30, request.proof().to_vec(), note).unwrap();
    assert_eq!(receive(&mut server, &request), 200);
    assert_eq!(server.memory(&terminal).last, Some(terminal.head()));
}

#[test]
fn what_cannot_be_read_is_answered_so() {
    let (_, mut server) = cosigned_thirty();
    assert_eq!(server.receive(b"old x\n").0, 400);
    assert_eq!(*verdict(&server), Verdict::Malformed(RequestError::Old));
}

proptest! {
    /// Whoever has no key of the log can only repeat what it signed. Nothing such a body does is ever evidence.
    #[test]
    fn a_changed_request_is_never_cosigned_as_something_else(at in any::<prop::sample::Index>(), bit in 0_u8..8) {
        let (mut terminal, mut server) = cosigned_thirty();
        let head = terminal.head().checkpoint().clone();
        let mut body = terminal.insist(30).format().into_bytes();
        let at = at.index(body.len());
        body[at] ^= 1 << bit;
        let before = server.cosigned.len();
        server.receive(&body);
        prop_assert!(server.cosigned[before..].iter().all(|cosigned| *cosigned == head));
        prop_assert_eq!(&server.memory(&terminal).conflict, &None);
        prop_assert_eq!(talk(&mut terminal, 0, &mut server), None);
    }
}
