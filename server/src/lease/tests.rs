//! One test a row of the table in docs/head-end.md.

use super::*;

fn terminal(id: &str) -> Owner {
    Owner::Terminal {
        id: TerminalId::new(id).unwrap(),
        epoch: 3,
    }
}

fn lease(owner: Owner, wanted: Option<Wanted>) -> Lease {
    Lease {
        owner,
        version: 7,
        wanted,
    }
}

fn handover(id: &str) -> Option<Wanted> {
    Some(Wanted::Handover(terminal(id)))
}

fn fence() -> Option<Wanted> {
    Some(Wanted::Fence("f1".into()))
}

fn facts(under_way: i64, terminal_is_dead: bool) -> Facts {
    Facts {
        under_way,
        terminal_is_dead,
    }
}

const QUIET: Facts = Facts {
    under_way: 0,
    terminal_is_dead: false,
};

fn let_go(id: &str, epoch: i64, version: i64) -> Request {
    Request::LetGo {
        terminal: TerminalId::new(id).unwrap(),
        epoch,
        version,
    }
}

fn read_back(order: &str, read: bool) -> Request {
    Request::ReadBack {
        order: order.into(),
        read,
    }
}

#[test]
fn hand_to_whoever_has_it_is_refused() {
    let request = Request::Hand(terminal("K1"));
    let decision = decide(&lease(terminal("K1"), None), &request, QUIET);
    assert_eq!(decision, Decision::Refuse(Refusal::HasIt));
}

#[test]
fn hand_by_a_server_at_rest_moves_it_at_once() {
    let request = Request::Hand(terminal("K1"));
    let decision = decide(&lease(Owner::Server, None), &request, QUIET);
    assert_eq!(decision, Decision::Move(terminal("K1")));
}

#[test]
fn hand_by_a_server_with_a_credit_under_way_waits_for_its_end() {
    let request = Request::Hand(terminal("K1"));
    let decision = decide(&lease(Owner::Server, None), &request, facts(1, false));
    assert_eq!(decision, Decision::Await(Wanted::Handover(terminal("K1"))));
}

#[test]
fn hand_by_a_terminal_waits_until_its_log_says_so() {
    for owner in [Owner::Server, terminal("K2")] {
        let request = Request::Hand(owner.clone());
        let decision = decide(&lease(terminal("K1"), None), &request, facts(0, true));
        assert_eq!(decision, Decision::Await(Wanted::Handover(owner)));
    }
}

#[test]
fn hand_to_another_while_one_waits_takes_its_place() {
    let request = Request::Hand(terminal("K3"));
    let decision = decide(&lease(terminal("K1"), handover("K2")), &request, QUIET);
    assert_eq!(decision, Decision::Await(Wanted::Handover(terminal("K3"))));
}

#[test]
fn hand_during_a_fence_is_refused() {
    let request = Request::Hand(terminal("K2"));
    let decision = decide(&lease(terminal("K1"), fence()), &request, facts(0, true));
    assert_eq!(decision, Decision::Refuse(Refusal::BeingFenced));
}

#[test]
fn what_a_terminal_lets_go_goes_to_whoever_waits_for_it() {
    let decision = decide(
        &lease(terminal("K1"), handover("K2")),
        &let_go("K1", 3, 7),
        QUIET,
    );
    assert_eq!(decision, Decision::Move(terminal("K2")));
}

#[test]
fn what_a_terminal_lets_go_unasked_or_while_it_is_fenced_goes_to_the_server() {
    for wanted in [None, fence()] {
        let decision = decide(&lease(terminal("K1"), wanted), &let_go("K1", 3, 7), QUIET);
        assert_eq!(decision, Decision::Move(Owner::Server));
    }
}

#[test]
fn nobody_lets_go_of_what_is_anothers_or_was_its_own_in_another_epoch_or_version() {
    for (owner, request) in [
        (terminal("K1"), let_go("K2", 3, 7)),
        (terminal("K1"), let_go("K1", 4, 7)),
        (terminal("K1"), let_go("K1", 3, 6)),
        (Owner::Server, let_go("K1", 3, 7)),
    ] {
        let decision = decide(&lease(owner, handover("K9")), &request, QUIET);
        assert_eq!(decision, Decision::Refuse(Refusal::NotItsOwn));
    }
}

#[test]
fn a_server_that_comes_to_rest_lets_go() {
    let waiting = lease(Owner::Server, handover("K1"));
    let decision = decide(&waiting, &Request::Rest, QUIET);
    assert_eq!(decision, Decision::Move(terminal("K1")));
}

#[test]
fn a_server_that_is_not_at_rest_or_not_asked_keeps_it() {
    let waiting = lease(Owner::Server, handover("K1"));
    assert_eq!(
        decide(&waiting, &Request::Rest, facts(1, false)),
        Decision::Keep
    );
    let unasked = lease(Owner::Server, None);
    assert_eq!(decide(&unasked, &Request::Rest, QUIET), Decision::Keep);
}

#[test]
fn the_servers_rest_moves_nothing_of_a_terminal() {
    let decision = decide(
        &lease(terminal("K1"), handover("K2")),
        &Request::Rest,
        QUIET,
    );
    assert_eq!(decision, Decision::Keep);
}

#[test]
fn the_servers_own_lease_is_not_fenced() {
    let request = Request::Fence("f1".into());
    let decision = decide(&lease(Owner::Server, None), &request, facts(0, true));
    assert_eq!(decision, Decision::Refuse(Refusal::NoTerminal));
}

#[test]
fn a_terminal_that_may_still_sell_is_not_fenced() {
    let request = Request::Fence("f1".into());
    let decision = decide(&lease(terminal("K1"), handover("K2")), &request, QUIET);
    assert_eq!(decision, Decision::Refuse(Refusal::Alive));
}

#[test]
fn a_dead_terminals_lease_is_fenced_once_the_meter_is_read() {
    let request = Request::Fence("f1".into());
    let decision = decide(&lease(terminal("K1"), None), &request, facts(0, true));
    assert_eq!(decision, Decision::Await(Wanted::Fence("f1".into())));
    let fenced = lease(terminal("K1"), fence());
    let decision = decide(&fenced, &read_back("f1", true), facts(0, true));
    assert_eq!(decision, Decision::Move(Owner::Server));
}

#[test]
fn a_second_fence_waits_for_the_first() {
    let request = Request::Fence("f2".into());
    let decision = decide(&lease(terminal("K1"), fence()), &request, facts(0, true));
    assert_eq!(decision, Decision::Refuse(Refusal::BeingFenced));
}

#[test]
fn a_meter_that_cannot_be_read_or_a_terminal_that_lives_again_ends_the_fence() {
    let fenced = lease(terminal("K1"), fence());
    let decision = decide(&fenced, &read_back("f1", false), facts(0, true));
    assert_eq!(decision, Decision::Forget);
    let decision = decide(&fenced, &read_back("f1", true), QUIET);
    assert_eq!(decision, Decision::Forget);
}

#[test]
fn other_readings_move_nothing() {
    let fenced = lease(terminal("K1"), fence());
    for (lease, order) in [
        (fenced, "f2"),
        (lease(terminal("K1"), handover("K2")), "f1"),
        (lease(Owner::Server, None), "f1"),
    ] {
        let decision = decide(&lease, &read_back(order, true), facts(0, true));
        assert_eq!(decision, Decision::Keep);
    }
}

#[path = "simulation.rs"]
mod simulation;
