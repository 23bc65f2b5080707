//! Faults between a concentrator and its meters, over a real pseudo-terminal and real TCP.

mod concentrator_rig;

use std::time::Duration;

use concentrator_rig::*;
use meterpost_bus::link::{Link, LinkError, Parity, SerialSettings};

const SHORT: Duration = Duration::from_millis(300);

#[tokio::test(flavor = "multi_thread")]
async fn a_forward_brings_the_meters_answer() {
    let wire = Wire::new(honest);
    let node = Node::start(&wire).await;
    let master = node.master().await;
    assert_eq!(
        ask(&master, 2, READ_BALANCE, BALANCE).await.unwrap(),
        BALANCE
    );
    assert_eq!(ask(&master, 2, READ_COUNT, COUNT).await.unwrap(), COUNT);
    assert_eq!(wire.heard(), [READ_BALANCE, READ_COUNT]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_meter_is_asked_once_and_reported_as_no_answer() {
    let wire = Wire::new(silent);
    let node = Node::start(&wire).await;
    let master = node.master().await;
    let error = ask_for(&master, 2, READ_BALANCE, BALANCE, SHORT)
        .await
        .unwrap_err();
    assert!(
        matches!(error, LinkError::NoAnswer(_)) && !error.never_sent(),
        "{error:?}"
    );
    assert_eq!(wire.heard(), [READ_BALANCE]);
}

#[tokio::test(flavor = "multi_thread")]
async fn garbage_from_the_meter_is_no_answer() {
    let wire = Wire::new(|_| at_once("FE0068FF16681290785634126891083335C33378563433B316"));
    let node = Node::start(&wire).await;
    let master = node.master().await;
    let error = ask_for(&master, 2, READ_BALANCE, BALANCE, SHORT)
        .await
        .unwrap_err();
    assert!(matches!(error, LinkError::NoAnswer(_)), "{error:?}");
    assert_eq!(wire.heard(), [READ_BALANCE]);
}

#[tokio::test(flavor = "multi_thread")]
async fn noise_and_a_doubled_start_before_the_answer_are_passed() {
    let wire = Wire::new(|_| {
        vec![
            (Duration::ZERO, bytes("00FF68")),
            (Duration::from_millis(20), bytes("FEFE6812907856")),
            (Duration::from_millis(20), bytes("341268")),
            (Duration::from_millis(20), bytes("91083335C33378563433B216")),
        ]
    });
    let node = Node::start(&wire).await;
    let master = node.master().await;
    assert_eq!(
        ask(&master, 2, READ_BALANCE, BALANCE).await.unwrap(),
        BALANCE
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_answer_to_the_previous_request_is_not_taken_for_the_next() {
    let mut first = true;
    let wire = Wire::new(move |_| {
        if std::mem::take(&mut first) {
            return Vec::new();
        }
        vec![
            (Duration::ZERO, bytes(BALANCE)),
            (Duration::from_millis(50), bytes(COUNT)),
        ]
    });
    let node = Node::start(&wire).await;
    let master = node.master().await;
    ask_for(&master, 2, READ_BALANCE, BALANCE, SHORT)
        .await
        .unwrap_err();
    assert_eq!(ask(&master, 2, READ_COUNT, COUNT).await.unwrap(), COUNT);
}

#[tokio::test(flavor = "multi_thread")]
async fn bytes_that_lay_in_the_port_before_the_request_are_not_its_answer() {
    let mut asked = 0;
    let wire = Wire::new(move |request| {
        asked += 1;
        if asked == 1 {
            honest(request)
        } else {
            Vec::new()
        }
    });
    let node = Node::start(&wire).await;
    let master = node.master().await;
    ask(&master, 2, READ_BALANCE, BALANCE).await.unwrap();
    // The same answer once more, unasked; then a request that the meter leaves unanswered.
    wire.say(BALANCE);
    tokio::time::sleep(Duration::from_millis(50)).await;
    let error = ask_for(&master, 2, READ_BALANCE, BALANCE, SHORT)
        .await
        .unwrap_err();
    assert!(matches!(error, LinkError::NoAnswer(_)), "{error:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_echoing_line_does_not_answer_itself() {
    let wire = Wire::new(|request| {
        let mut says = vec![(Duration::ZERO, request.to_vec())];
        says.extend(honest(request));
        says
    });
    let node = Node::start_with(&wire, "", "echo = true\n").await;
    let master = node.master().await;
    let mut link = master.link(2, SerialSettings::default());
    let anything = |_: &[u8]| true;
    let answer = link
        .exchange(&bytes(READ_BALANCE), &anything, Duration::from_secs(2))
        .await
        .unwrap();
    assert_eq!(hex::encode_upper(answer), BALANCE);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_meters_answer_is_dropped_and_the_right_one_awaited() {
    let wire = Wire::new(|_| {
        vec![
            (
                Duration::ZERO,
                bytes("681390785634126891083335C33378563433B316"),
            ),
            (Duration::from_millis(30), bytes(BALANCE)),
        ]
    });
    let node = Node::start(&wire).await;
    let master = node.master().await;
    assert_eq!(
        ask(&master, 2, READ_BALANCE, BALANCE).await.unwrap(),
        BALANCE
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_port_is_certainly_not_forwarded() {
    let wire = Wire::new(honest);
    let node = Node::start(&wire).await;
    let master = node.master().await;
    for port in [0, 3, 31, 32] {
        let error = ask(&master, port, READ_BALANCE, BALANCE).await.unwrap_err();
        assert!(matches!(error, LinkError::NotForwarded(_)), "{error:?}");
    }
    assert!(wire.heard().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pulled_cable_is_not_forwarded_and_works_again_when_put_back() {
    let wire = Wire::new(honest);
    let node = Node::start(&wire).await;
    let master = node.master().await;
    ask(&master, 2, READ_BALANCE, BALANCE).await.unwrap();
    wire.pull(node.folder.path());
    let error = ask(&master, 2, READ_BALANCE, BALANCE).await.unwrap_err();
    assert!(matches!(error, LinkError::NotForwarded(_)), "{error:?}");
    let again = Wire::new(honest);
    plug(node.folder.path(), &again);
    assert_eq!(
        ask(&master, 2, READ_BALANCE, BALANCE).await.unwrap(),
        BALANCE
    );
    assert_eq!(again.heard(), [READ_BALANCE]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cable_pulled_while_the_meter_is_asked_is_unknown_not_unsent() {
    let wire = Wire::new(silent);
    let node = Node::start(&wire).await;
    let master = node.master().await;
    let asking = tokio::spawn(async move {
        ask_for(&master, 2, READ_BALANCE, BALANCE, Duration::from_secs(20)).await
    });
    while wire.heard().is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    wire.pull(node.folder.path());
    let error = asking.await.unwrap().unwrap_err();
    assert!(!error.never_sent(), "{error:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_port_is_set_as_the_master_asks_and_back_again() {
    let wire = Wire::new(honest);
    let node = Node::start(&wire).await;
    let master = node.master().await;
    let slow = SerialSettings {
        baud: 1200,
        parity: Parity::None,
        data_bits: 8,
        stop_bits: 1,
    };
    let anything = |_: &[u8]| true;
    let mut link = master.link(2, slow);
    link.exchange(&bytes(READ_BALANCE), &anything, Duration::from_secs(2))
        .await
        .unwrap();
    assert_eq!(wire.baud(), 1200);
    ask(&master, 2, READ_BALANCE, BALANCE).await.unwrap();
    assert_eq!(wire.baud(), 2400);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_waited_too_long_is_never_sent() {
    let wire = Wire::new(silent);
    let node = Node::start(&wire).await;
    let (busy, late) = (node.master().await, node.master().await);
    let first = tokio::spawn(async move {
        ask_for(&busy, 2, READ_BALANCE, BALANCE, Duration::from_millis(2500)).await
    });
    while wire.heard().is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    // The wire stays busy for longer than the second of `queue_seconds`.
    let error = ask(&late, 2, READ_COUNT, COUNT).await.unwrap_err();
    assert!(matches!(error, LinkError::NotForwarded(_)), "{error:?}");
    first.await.unwrap().unwrap_err();
    assert_eq!(wire.heard(), [READ_BALANCE]);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_masters_at_once_each_get_their_own_answer() {
    let wire = Wire::new(honest);
    let node = Node::start(&wire).await;
    let (kiosk, tool) = (node.master().await, node.master().await);
    let both = (0..5).map(|_| async {
        tokio::join!(
            ask(&kiosk, 2, READ_BALANCE, BALANCE),
            ask(&tool, 2, READ_COUNT, COUNT)
        )
    });
    for pair in both {
        let (balance, count) = pair.await;
        assert_eq!(
            (balance.unwrap().as_str(), count.unwrap().as_str()),
            (BALANCE, COUNT)
        );
    }
    assert_eq!(wire.heard().len(), 10);
}
