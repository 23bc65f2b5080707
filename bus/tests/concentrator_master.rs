//! The master's side: lost, wrong and several concentrators.

mod concentrator_rig;

use std::time::Duration;

use concentrator_rig::*;
use meterpost_bus::frame::gdw376::{Frame, Gdw376, afn};
use meterpost_bus::frame::scan::{Found, Scanner};
use meterpost_bus::link::LinkError;
use meterpost_bus::master::{Master, MasterStatus};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

#[tokio::test(flavor = "multi_thread")]
async fn stopping_lets_the_wire_finish_and_denies_what_waits() {
    let wire = Wire::new(|request| {
        honest(request)
            .into_iter()
            .map(|(_, says)| (Duration::from_millis(500), says))
            .collect()
    });
    let node = Node::start(&wire).await;
    let (first, second) = (node.master().await, node.master().await);
    let on_the_wire = tokio::spawn(async move { ask(&first, 2, READ_BALANCE, BALANCE).await });
    while wire.heard().is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let waiting = tokio::spawn(async move { ask(&second, 2, READ_COUNT, COUNT).await });
    tokio::time::sleep(Duration::from_millis(100)).await;
    node.concentrator.stop().await;
    assert_eq!(on_the_wire.await.unwrap().unwrap(), BALANCE);
    let error = waiting.await.unwrap().unwrap_err();
    assert!(matches!(error, LinkError::NotForwarded(_)), "{error:?}");
    assert_eq!(wire.heard(), [READ_BALANCE]);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_any_concentrator_nothing_is_sent_and_the_status_says_why() {
    let closed = TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap()
        .to_string();
    let master = Master::new(master_config(std::slice::from_ref(&closed))).unwrap();
    let error = ask(&master, 2, READ_BALANCE, BALANCE).await.unwrap_err();
    assert!(matches!(error, LinkError::NotConnected(_)), "{error:?}");
    let mut status = master.status();
    let told = |status: &MasterStatus| matches!(status, MasterStatus::NotConnected(why) if why.contains("refused"));
    let status = status.wait_for(told).await.unwrap().clone();
    assert!(matches!(status, MasterStatus::NotConnected(why) if why.contains(&closed)));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_master_comes_back_by_itself_when_the_concentrator_does() {
    let wire = Wire::new(honest);
    let node = Node::start(&wire).await;
    let endpoint = node.endpoint();
    let master = node.master().await;
    node.concentrator.stop().await;
    let mut status = master.status();
    status
        .wait_for(|status| matches!(status, MasterStatus::NotConnected(_)))
        .await
        .unwrap();
    let error = ask(&master, 2, READ_BALANCE, BALANCE).await.unwrap_err();
    assert!(matches!(error, LinkError::NotConnected(_)), "{error:?}");
    let _again = run(&node.config.replace("127.0.0.1:0", &endpoint)).await;
    status
        .wait_for(|status| matches!(status, MasterStatus::Connected { .. }))
        .await
        .unwrap();
    assert_eq!(
        ask(&master, 2, READ_BALANCE, BALANCE).await.unwrap(),
        BALANCE
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_concentrator_lost_after_the_request_is_unknown_not_unsent() {
    // It logs in, takes the request and hangs up.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream
            .write_all(&bytes("683200320068C97101220800027800000100E016"))
            .await
            .unwrap();
        let mut scanner = Scanner::new::<Gdw376>();
        let mut chunk = [0; 512];
        loop {
            let count = stream.read(&mut chunk).await.unwrap();
            let asked = scanner
                .push(&chunk[..count])
                .into_iter()
                .any(|found| match found {
                    Found::Frame { bytes, .. } => {
                        Frame::decode(&bytes).unwrap().afn == afn::FORWARD
                    }
                    _ => false,
                });
            if asked {
                return;
            }
        }
    });
    let master = master_of(&[endpoint]).await;
    let error = ask(&master, 2, READ_BALANCE, BALANCE).await.unwrap_err();
    assert!(
        matches!(error, LinkError::Broken(_)) && !error.never_sent(),
        "{error:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_concentrator_with_another_address_is_not_used() {
    let wire = Wire::new(honest);
    let node = Node::start(&wire).await;
    let mut config = master_config(&[node.endpoint()]);
    config.address = 7;
    let master = Master::new(config).unwrap();
    let mut status = master.status();
    let told = |status: &MasterStatus| matches!(status, MasterStatus::NotConnected(why) if why.contains("0171-2082, not 0171-7"));
    status.wait_for(told).await.unwrap();
    let error = ask(&master, 2, READ_BALANCE, BALANCE).await.unwrap_err();
    assert!(error.never_sent(), "{error:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_concentrator_takes_over_what_was_not_sent() {
    let gone = Wire::new(honest);
    let (first, wire) = (Node::start(&gone).await, Wire::new(honest));
    let second = Node::start(&wire).await;
    let master = master_of(&[first.endpoint(), second.endpoint()]).await;
    // The take-over needs the second one to be connected as well.
    let _ = master_of(&[second.endpoint()]).await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    gone.pull(first.folder.path());
    assert_eq!(
        ask(&master, 2, READ_BALANCE, BALANCE).await.unwrap(),
        BALANCE
    );
    assert_eq!(wire.heard(), [READ_BALANCE]);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_other_concentrator_takes_over_what_may_have_been_sent() {
    let (mute, wire) = (Wire::new(silent), Wire::new(honest));
    let (first, second) = (Node::start(&mute).await, Node::start(&wire).await);
    let master = master_of(&[first.endpoint()]).await;
    drop(master);
    let master = Master::new(master_config(&[first.endpoint(), second.endpoint()])).unwrap();
    let mut status = master.status();
    let preferred = MasterStatus::Connected {
        endpoint: first.endpoint(),
    };
    status
        .wait_for(|status| *status == preferred)
        .await
        .unwrap();
    let error = ask_for(
        &master,
        2,
        READ_BALANCE,
        BALANCE,
        Duration::from_millis(300),
    )
    .await
    .unwrap_err();
    assert!(matches!(error, LinkError::NoAnswer(_)), "{error:?}");
    assert_eq!(mute.heard(), [READ_BALANCE]);
    assert!(wire.heard().is_empty());
}
