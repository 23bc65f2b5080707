//! What the terminal asks, and what it concludes from each answer.

use super::testing::*;
use super::*;
use meterpost_signing::{CosignatureError, NoteError};
use proptest::prelude::*;

fn asked(size: u64) -> (Terminal, Ask) {
    let mut terminal = Terminal::new("K1/1", 0, size);
    let asked = terminal.ask(0).unwrap();
    (terminal, asked)
}

fn held(terminal: &Terminal, asked: &Ask, answer: Answer) -> HeldBecause {
    match take_answer(&terminal.standings[0], asked, &answer, terminal.size()) {
        TerminalStep::Held(why) => why,
        other => panic!("{other:?}"),
    }
}

#[test]
fn nothing_is_asked_where_the_head_is_cosigned() {
    let mut terminal = Terminal::new("K1/1", 0, 5);
    let mut server = Witness::new(SERVER, [terminal.memory()]);
    talk(&mut terminal, 0, &mut server);
    let (standing, head) = (terminal.standings[0].clone(), terminal.head());
    let next = next_request(&standing, &head, &mut terminal.tree).unwrap();
    assert_eq!(next, Next::InSync);
    assert_eq!(standing, Standing::stored(witness(SERVER), 5));
    terminal.sell(1, 0);
    let head = terminal.head();
    let next = next_request(&standing, &head, &mut terminal.tree).unwrap();
    let Next::Ask(asked) = next else {
        panic!("{next:?}");
    };
    assert_eq!(asked.request.old(), 5);
}

#[test]
fn each_witness_has_its_own_size() {
    let mut terminal = Terminal::new("K1/1", 0, 5);
    let mut server = Witness::new(SERVER, [terminal.memory()]);
    let mut further = Witness::new(FURTHER, [terminal.memory()]);
    talk(&mut terminal, 0, &mut server);
    terminal.sell(4, 0);
    talk(&mut terminal, 1, &mut further);
    terminal.sell(4, 0);
    assert_eq!(terminal.ask(0).unwrap().request.old(), 5);
    assert_eq!(terminal.ask(1).unwrap().request.old(), 9);
    talk(&mut terminal, 0, &mut server);
    assert_eq!(terminal.standings[0].cosigned, Some(13));
    assert_eq!(terminal.standings[1].cosigned, Some(9));
}

#[test]
fn a_forgotten_standing_is_learnt_again() {
    let mut terminal = Terminal::new("K1/1", 0, 5);
    let mut server = Witness::new(SERVER, [terminal.memory()]);
    talk(&mut terminal, 0, &mut server);
    terminal.standings[0] = Standing::new(witness(SERVER));
    terminal.sell(3, 0);
    assert_eq!(talk(&mut terminal, 0, &mut server), None);
    assert_eq!(terminal.standings[0].cosigned, Some(8));
}

#[test]
fn a_lost_answer_is_asked_for_again() {
    let mut terminal = Terminal::new("K1/1", 0, 5);
    let mut server = Witness::new(SERVER, [terminal.memory()]);
    let asked = terminal.ask(0).unwrap();
    server.receive(asked.request.format().as_bytes());
    assert_eq!(talk(&mut terminal, 0, &mut server), None);
    assert_eq!(terminal.standings[0].cosigned, Some(5));
}

#[test]
fn a_witness_that_knows_more_means_that_entries_are_lost() {
    let mut terminal = Terminal::new("K1/1", 0, 30);
    let mut server = Witness::new(SERVER, [terminal.memory()]);
    let copy = terminal.clone();
    talk(&mut terminal, 0, &mut server);
    // The disk is an older copy: the standing is older too.
    terminal = copy;
    terminal.cut(20);
    let lost = HeldBecause::RolledBack {
        own: 20,
        witness: 30,
    };
    assert_eq!(talk(&mut terminal, 0, &mut server), Some(lost.clone()));
    // Only the log is older: seen before anything is sent.
    terminal.standings[0] = Standing::stored(witness(SERVER), 30);
    assert_eq!(talk(&mut terminal, 0, &mut server), Some(lost));
}

#[test]
fn a_witness_that_forgot_is_told_again() {
    let mut terminal = Terminal::new("K1/1", 0, 30);
    let mut server = Witness::new(SERVER, [terminal.memory()]);
    talk(&mut terminal, 0, &mut server);
    let backup = server.memory(&terminal).clone();
    terminal.sell(5, 0);
    talk(&mut terminal, 0, &mut server);
    server.store.insert(terminal.origin.to_string(), backup);
    terminal.sell(5, 0);
    assert_eq!(talk(&mut terminal, 0, &mut server), None);
    assert_eq!(server.memory(&terminal).last_size(), 40);
}

#[test]
fn only_the_cosignature_of_the_witness_asked_counts() {
    let (mut terminal, asked) = asked(5);
    let mut further = Witness::new(FURTHER, [terminal.memory()]);
    let (_, other) = further.receive(asked.request.format().as_bytes());
    let lines = String::from_utf8(other).unwrap();
    assert_eq!(
        held(&terminal, &asked, Answer::Cosigned(lines.clone())),
        HeldBecause::NoCosignature("w4".into())
    );
    // A cosignature of another head by the right witness.
    let mut server = Witness::new(SERVER, [terminal.memory()]);
    terminal.sell(1, 0);
    let later = terminal.ask(0).unwrap();
    let (_, body) = server.receive(later.request.format().as_bytes());
    let wrong = String::from_utf8(body).unwrap();
    let bad = HeldBecause::BadCosignature(CosignatureError::Bad(name("w4")));
    assert_eq!(
        held(&terminal, &asked, Answer::Cosigned(wrong.clone())),
        bad
    );
    // Lines of strangers beside the right one are ignored.
    let both = Answer::Cosigned(format!("{lines}{wrong}"));
    let step = take_answer(&terminal.standings[0], &later, &both, 6);
    assert!(matches!(step, TerminalStep::Store { size: 6, .. }));
    assert!(matches!(
        held(&terminal, &asked, Answer::Cosigned(String::new())),
        HeldBecause::BadCosignature(CosignatureError::Note(NoteError::Structure))
    ));
}

#[test]
fn a_late_cosignature_is_stored_and_takes_nothing_back() {
    let (mut terminal, first) = asked(5);
    let mut server = Witness::new(SERVER, [terminal.memory()]);
    let (_, late) = server.receive(first.request.format().as_bytes());
    terminal.sell(3, 0);
    talk(&mut terminal, 0, &mut server);
    assert_eq!(terminal.take(0, &first, 200, &late), None);
    assert_eq!(terminal.standings[0], Standing::stored(witness(SERVER), 8));
}

#[test]
fn every_refusal_says_why() {
    let (terminal, asked) = asked(5);
    let why = || "because".to_owned();
    for (answer, expected) in [
        (Answer::NotConsistent(why()), HeldBecause::OtherPast(why())),
        (Answer::Forbidden(why()), HeldBecause::Refused(why())),
        (Answer::UnknownLog(why()), HeldBecause::UnknownLog(why())),
        (Answer::Malformed(why()), HeldBecause::Malformed(why())),
        (Answer::ContinueFrom(0), HeldBecause::Contradiction(0)),
    ] {
        assert_eq!(held(&terminal, &asked, answer), expected);
    }
}

proptest! {
    #[test]
    fn any_answer_is_refused_or_says_something(status in prop_oneof![Just(200_u16), Just(409), any::<u16>()], body in prop::collection::vec(any::<u8>(), 0..120)) {
        let (terminal, asked) = asked(5);
        if let Ok(answer) = Answer::parse(status, &body) {
            let step = take_answer(&terminal.standings[0], &asked, &answer, 5);
            prop_assert!(!matches!(step, TerminalStep::Store { .. }), "nobody but the witness cosigns");
        }
    }
}
