use super::super::setup::Channel;
use super::*;

fn watch() -> Watch {
    let channels = [500, 1000, 2000]
        .map(|v| Channel {
            currency: "CNY".into(),
            value: Money(v),
        })
        .to_vec();
    let mut watch = Watch::new(
        Setup {
            firmware: "0333".into(),
            channels,
        },
        "CNY",
        true,
    );
    watch.accepting = true;
    watch
}

fn at(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

fn stacked(value: i64, evidence: NoteEvidence) -> CashEvent {
    CashEvent::Stacked {
        value: Money(value),
        evidence,
    }
}

#[test]
fn a_note_is_held_stacked_on_order_and_credited_on_the_credit_event_only() {
    let mut watch = watch();
    assert_eq!(watch.on_poll(&[Event::Reading], at(0)), (vec![], vec![]));
    assert_eq!(
        watch.on_poll(&[Event::Escrow(2)], at(10)),
        (vec![CashEvent::Escrow(Money(1000))], vec![Todo::Hold])
    );
    watch.enter(Phase::Stacking(Some(Money(1000))), at(20));
    assert_eq!(watch.on_poll(&[Event::Escrow(2)], at(25)), (vec![], vec![]));
    assert_eq!(watch.on_poll(&[Event::Stacking], at(30)), (vec![], vec![]));
    assert_eq!(
        watch.on_poll(&[Event::Credit(2), Event::Stacked], at(40)),
        (vec![stacked(1000, NoteEvidence::Credit)], vec![])
    );
    assert_eq!(watch.phase(), Phase::Idle);
}

#[test]
fn a_repeated_credit_is_passed_on_once_and_acknowledged_after_the_commit() {
    let mut watch = watch();
    let (out, todo) = watch.on_poll(&[Event::Credit(1)], at(0));
    assert_eq!(
        (out, todo),
        (vec![stacked(500, NoteEvidence::Credit)], vec![])
    );
    assert_eq!(
        watch.on_poll(&[Event::Credit(1)], at(100)),
        (vec![], vec![])
    );
    assert!(watch.confirm());
    watch.acknowledged();
    assert!(
        !watch.confirm(),
        "a second confirmation must not acknowledge a later credit"
    );
    assert_eq!(
        watch.on_poll(&[Event::Credit(1)], at(200)).0,
        [stacked(500, NoteEvidence::Credit)]
    );
}

#[test]
fn two_equal_credits_in_one_answer_are_two_notes_and_need_two_commits() {
    let mut watch = watch();
    let (out, _) = watch.on_poll(&[Event::Credit(1), Event::Credit(1)], at(0));
    assert_eq!(out.len(), 2);
    assert_eq!(
        watch
            .on_poll(&[Event::Credit(1), Event::Credit(1)], at(100))
            .0,
        []
    );
    assert!(!watch.confirm());
    assert!(watch.confirm());
}

#[test]
fn without_repetition_every_credit_counts() {
    let mut watch = watch();
    watch.does_not_repeat();
    for ms in [0, 100] {
        assert_eq!(
            watch.on_poll(&[Event::Credit(1)], at(ms)).0,
            [stacked(500, NoteEvidence::Credit)]
        );
    }
}

#[test]
fn a_note_in_escrow_nobody_asked_for_goes_back() {
    let mut watch = watch();
    watch.accepting = false;
    assert_eq!(
        watch.on_poll(&[Event::Escrow(1)], at(0)),
        (vec![], vec![Todo::Reject])
    );
    let mut foreign = self::watch();
    assert_eq!(
        foreign.on_poll(&[Event::Escrow(9)], at(0)),
        (vec![], vec![Todo::Reject])
    );
}

#[test]
fn a_note_that_does_not_want_to_go_back_is_sent_back_again_not_stacked() {
    let mut watch = watch();
    watch.enter(Phase::Returning, at(0));
    assert_eq!(
        watch.on_poll(&[Event::Escrow(1)], at(10)),
        (vec![], vec![Todo::Reject])
    );
}

#[test]
fn power_up_events_are_money_or_a_return_and_need_no_second_word() {
    let mut watch = watch();
    let (out, todo) = watch.on_poll(
        &[Event::Reset, Event::ClearedToBox(3), Event::Disabled],
        at(0),
    );
    assert_eq!(
        (out, todo),
        (vec![stacked(2000, NoteEvidence::PowerUp)], vec![])
    );

    let mut watch = self::watch();
    let (out, todo) = watch.on_poll(
        &[Event::Reset, Event::ClearedToFront(0), Event::Disabled],
        at(0),
    );
    assert_eq!(
        (out, todo),
        (vec![CashEvent::ReturnedAtPowerUp], vec![Todo::Acknowledge])
    );
    watch.acknowledged();
    for ms in (1000..5000).step_by(100) {
        assert_eq!(
            watch.on_poll(&[Event::Disabled], at(ms)).0,
            [],
            "what was told is not told again"
        );
    }
}

#[test]
fn a_return_is_never_acknowledged_together_with_money_that_is_not_committed() {
    let mut watch = watch();
    let (_, todo) = watch.on_poll(&[Event::ClearedToFront(1), Event::Credit(2)], at(0));
    assert_eq!(todo, []);
}

#[test]
fn nothing_to_report_needs_a_while_at_rest_and_comes_once() {
    let mut watch = watch();
    let mut told = Vec::new();
    for ms in (0..2000).step_by(100) {
        let events: &[Event] = if ms < 500 {
            &[Event::Initialising]
        } else {
            &[Event::Disabled]
        };
        for event in watch.on_poll(events, at(ms)).0 {
            told.push((ms, event));
        }
    }
    assert_eq!(
        told,
        [(
            800,
            CashEvent::NothingToReport {
                repeats_credits: true
            }
        )]
    );
}

#[test]
fn a_note_still_moving_or_a_jam_or_a_missing_box_is_not_nothing() {
    for busy in [
        Event::Stacking,
        Event::Rejecting,
        Event::UnsafeJam,
        Event::BoxRemoved,
        Event::Unknown(0xDA),
    ] {
        let mut watch = watch();
        for ms in (0..2000).step_by(100) {
            let out = watch.on_poll(&[busy], at(ms)).0;
            assert!(
                !out.iter()
                    .any(|e| matches!(e, CashEvent::NothingToReport { .. })),
                "{busy:?}"
            );
        }
    }
}

#[test]
fn another_validator_cannot_say_what_became_of_a_note() {
    let setup = watch().setup;
    let mut watch = Watch::new(setup, "CNY", false);
    let told: Vec<_> = (0..10)
        .flat_map(|i| watch.on_poll(&[Event::Disabled], at(i * 100)).0)
        .collect();
    assert_eq!(
        told,
        [CashEvent::NothingToReport {
            repeats_credits: false
        }]
    );
}

#[test]
fn a_reset_in_mid_connection_asks_for_a_new_set_up_after_its_money_was_taken() {
    let mut watch = watch();
    watch.on_poll(&[], at(0));
    let (out, todo) = watch.on_poll(&[Event::Reset, Event::ClearedToBox(1)], at(100));
    assert_eq!(out, [stacked(500, NoteEvidence::PowerUp)]);
    assert_eq!(todo, [Todo::SetUp]);
}

#[test]
fn the_state_follows_the_conditions_and_they_pass() {
    let mut watch = watch();
    watch.on_poll(&[Event::Disabled], at(0));
    assert_eq!(watch.state(at(0)), CashState::Disabled);
    watch.enabled();
    watch.on_poll(&[], at(50));
    assert_eq!(watch.state(at(50)), CashState::Ready);
    watch.on_poll(&[Event::UnsafeJam], at(100));
    assert_eq!(watch.state(at(100)), CashState::Jammed);
    assert_eq!(watch.state(at(4000)), CashState::Ready);
    assert_eq!(
        watch.on_poll(&[Event::BoxRemoved], at(8000)).0,
        [CashEvent::BoxRemoved]
    );
    assert_eq!(watch.on_poll(&[Event::BoxRemoved], at(8100)).0, []);
    assert_eq!(watch.state(at(8100)), CashState::BoxRemoved);
    assert_eq!(
        watch.on_poll(&[Event::BoxReplaced], at(9000)).0,
        [CashEvent::BoxReplaced]
    );
    assert_eq!(watch.state(at(9000)), CashState::Ready);
}

#[test]
fn disabled_told_once_stays_true_until_it_is_enabled_again() {
    let mut watch = watch();
    watch.enabled();
    watch.on_poll(&[Event::Disabled], at(0));
    watch.on_poll(&[], at(100));
    assert!(watch.disabled());
    assert_eq!(watch.state(at(100)), CashState::Disabled);
}

#[test]
fn a_full_box_told_once_stays_full_until_it_is_exchanged() {
    let mut watch = watch();
    watch.enabled();
    watch.on_poll(&[Event::Credit(1), Event::Stacked, Event::BoxFull], at(0));
    watch.on_poll(&[], at(60_000));
    assert_eq!(watch.state(at(60_000)), CashState::BoxFull);
    watch.on_poll(&[Event::BoxRemoved], at(61_000));
    watch.on_poll(&[Event::BoxReplaced], at(62_000));
    assert_eq!(watch.state(at(62_000)), CashState::Ready);
}

#[test]
fn an_unknown_value_at_power_up_is_the_ordered_one_or_zero() {
    let mut watch = watch();
    watch.enter(Phase::Stacking(Some(Money(1000))), at(0));
    assert_eq!(
        watch.on_poll(&[Event::ClearedToBox(0)], at(10)).0,
        [stacked(1000, NoteEvidence::PowerUp)]
    );
    let mut fresh = self::watch();
    assert_eq!(
        fresh.on_poll(&[Event::ClearedToBox(0)], at(10)).0,
        [stacked(0, NoteEvidence::PowerUp)]
    );
}
