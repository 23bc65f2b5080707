//! What a master asks a concentrator itself, and what a concentrator tells by itself: over real TCP.

mod concentrator_rig;

use std::time::Duration;

use concentrator_rig::*;
use meterpost_bus::frame::gdw376::confirm::Verdict;
use meterpost_bus::frame::gdw376::item::Unit;
use meterpost_bus::frame::gdw376::item::event::{Query, erc};
use meterpost_bus::frame::gdw376::item::time::Clock;
use meterpost_bus::frame::gdw376::{
    Address, Control, Frame, Gdw376, Item, Sequence, afn, series, units,
};
use meterpost_bus::frame::scan::{Found, Scanner};
use meterpost_bus::frame::wall_time::WallTime;
use meterpost_bus::master::{Master, RequestError};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

fn set_clock() -> Item {
    let time = WallTime::new(2026, 11, 25, 12, 0, 0).unwrap();
    Item::of_terminal(31, Clock(time).encode().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_master_orders_and_asks_and_each_item_has_its_verdict() {
    let wire = Wire::new(honest);
    let node = Node::start(&wire).await;
    let master = node.master().await;
    let unknown = Item::of_terminal(77, vec![1]);
    let verdicts = master.command(vec![set_clock()]).await.unwrap();
    assert_eq!(
        verdicts
            .iter()
            .map(|verdict| verdict.error)
            .collect::<Vec<_>>(),
        [0]
    );
    let verdicts = master.command(vec![set_clock(), unknown]).await.unwrap();
    assert_eq!(
        verdicts,
        [
            Verdict {
                point: 0,
                function: 31,
                error: 0
            },
            Verdict {
                point: 0,
                function: 77,
                error: 1
            },
        ]
    );
    let told = master.current(&[(0, 2)]).await.unwrap();
    let clock = Clock::decode(&told[0].data).unwrap().0;
    assert_eq!(&clock.to_string()[..16], "2026-11-25 12:00");
    let query = Query {
        first: 0,
        behind: 255,
    };
    let report = master.events(false, query).await.unwrap();
    let codes: Vec<u8> = report.records.iter().map(|record| record.code).collect();
    assert_eq!(codes, [erc::STARTED, erc::CLOCK_SET, erc::CLOCK_SET]);
    let archive = master
        .parameters(vec![Item::of_terminal(10, Vec::new())])
        .await
        .unwrap();
    assert_eq!(archive[0].data, [0, 0]);
    let nothing = master.current(&[(5, 129)]).await.unwrap_err();
    assert_eq!(nothing, RequestError::Nothing);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_concentrator_an_order_is_certainly_not_sent() {
    let closed = TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap();
    let master = Master::new(master_config(&[closed.to_string()])).unwrap();
    let error = master.command(vec![set_clock()]).await.unwrap_err();
    assert!(matches!(error, RequestError::NotSent(_)), "{error:?}");
}

/// A concentrator that logs in, and answers the first question as `answer` says; then the connection ends.
async fn scripted(answer: impl FnOnce(&Frame) -> Vec<Vec<u8>> + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let frame = |control, function, sequence, data| Frame {
            protocol: 2,
            control,
            address: Address::of_terminal(171, 2082).unwrap(),
            afn: function,
            sequence,
            data,
            password: None,
            events: None,
            time_tag: None,
        };
        let login = units::join(&[Item::of_terminal(1, Vec::new())]).unwrap();
        let login = frame(
            Control::LINK_TEST,
            afn::LINK,
            Sequence::single(1, true),
            login,
        );
        stream.write_all(&login.encode().unwrap()).await.unwrap();
        let mut scanner = Scanner::new::<Gdw376>();
        let mut chunk = [0; 1024];
        loop {
            let count = stream.read(&mut chunk).await.unwrap();
            for found in scanner.push(&chunk[..count]) {
                let Found::Frame { bytes, .. } = found else {
                    continue;
                };
                let asked = Frame::decode(&bytes).unwrap();
                if asked.afn != afn::CONFIRM {
                    for bytes in answer(&asked) {
                        stream.write_all(&bytes).await.unwrap();
                    }
                    return;
                }
            }
        }
    });
    endpoint
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_in_several_frames_is_put_together() {
    let items: Vec<Item> = (1..=200)
        .map(|point| Item {
            point,
            function: 240,
            data: vec![0x11; 14],
        })
        .collect();
    let sent = items.clone();
    let endpoint = scripted(move |asked| {
        let frames = series::cut(&sent, asked.sequence.number()).unwrap();
        assert!(frames.len() > 1);
        let frame = |(sequence, data)| Frame {
            control: Control::RESPONSE,
            sequence,
            data,
            password: None,
            ..asked.clone()
        };
        frames
            .into_iter()
            .map(|part| frame(part).encode().unwrap())
            .collect()
    })
    .await;
    let master = master_of(&[endpoint]).await;
    let told = master.current(&[(Item::ALL_POINTS, 240)]).await.unwrap();
    assert_eq!(told, items);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_whose_answer_was_lost_is_unknown_and_not_given_again() {
    let endpoint = scripted(|_| Vec::new()).await;
    let master = master_of(&[endpoint]).await;
    let error = master.command(vec![set_clock()]).await.unwrap_err();
    assert!(matches!(error, RequestError::Unknown(_)), "{error:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_is_told_again_until_whoever_takes_it_confirms() {
    let wire = Wire::new(silent);
    let node = Node::start_with(&wire, "reports = true", "").await;
    let master = node.master().await;
    let told = master.reports().recv().await.unwrap();
    assert_eq!(told.report.records[0].code, erc::STARTED);
    // Its power fails before it is kept.
    drop((told, master));
    let master = node.master().await;
    let mut reports = master.reports();
    let told = reports.recv().await.unwrap();
    assert_eq!(told.report.records[0].code, erc::STARTED);
    told.confirm().await;
    master.command(vec![set_clock()]).await.unwrap();
    let told = tokio::time::timeout(Duration::from_secs(30), reports.recv()).await;
    assert_eq!(
        told.unwrap().unwrap().report.records[0].code,
        erc::CLOCK_SET
    );
}
