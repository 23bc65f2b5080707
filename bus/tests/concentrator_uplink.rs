//! Faults between a concentrator and its masters, over real TCP.

mod concentrator_rig;

use std::time::Duration;

use concentrator_rig::*;
use meterpost_bus::frame::gdw376::archive::{self, Meter};
use meterpost_bus::frame::gdw376::port::PortRate;
use meterpost_bus::frame::gdw376::{
    Address, Confirm, Control, Frame, Gdw376, Item, Sequence, afn, confirm::not_forwarded, forward,
    units,
};
use meterpost_bus::frame::scan::{Found, Scanner};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A master that speaks frame by frame.
struct Raw {
    stream: TcpStream,
    scanner: Scanner,
    frames: Vec<Frame>,
}

impl Raw {
    async fn connect(endpoint: &str) -> Raw {
        let stream = TcpStream::connect(endpoint).await.unwrap();
        Raw {
            stream,
            scanner: Scanner::new::<Gdw376>(),
            frames: Vec::new(),
        }
    }

    async fn hear(&mut self) -> Option<Frame> {
        let mut chunk = [0; 1024];
        while self.frames.is_empty() {
            let count = self
                .stream
                .read(&mut chunk)
                .await
                .ok()
                .filter(|count| *count > 0)?;
            for found in self.scanner.push(&chunk[..count]) {
                if let Found::Frame { bytes, .. } = found {
                    self.frames.push(Frame::decode(&bytes).unwrap());
                }
            }
        }
        Some(self.frames.remove(0))
    }

    /// The next frame that is no login or heartbeat.
    async fn answer(&mut self) -> Frame {
        loop {
            let frame = self.hear().await.expect("the connection ended");
            if frame.afn != afn::LINK {
                return frame;
            }
        }
    }

    async fn say(&mut self, function: u8, item: Item, password: Option<[u8; 16]>) {
        let frame = Frame {
            protocol: 2,
            control: if function == afn::CONFIRM {
                Control::CONFIRM_DOWN
            } else {
                Control::COMMAND
            },
            address: Address::of_terminal(171, 2082).unwrap().with_station(5),
            afn: function,
            sequence: Sequence::single(9, false),
            data: units::join(&[item]).unwrap(),
            password,
            events: None,
            time_tag: None,
        };
        self.stream
            .write_all(&frame.encode().unwrap())
            .await
            .unwrap();
    }

    async fn forward(&mut self, port: u8, hex: &str, password: [u8; 16]) {
        let request = forward::Request {
            port,
            control: 0,
            message_timeout: 100,
            byte_timeout: 10,
            content: bytes(hex),
        };
        self.say(
            afn::FORWARD,
            Item::of_terminal(1, request.encode().unwrap()),
            Some(password),
        )
        .await;
    }
}

fn items(frame: &Frame) -> Vec<Item> {
    units::split(frame.afn, true, &frame.data).unwrap()
}

fn refusal(frame: &Frame) -> u8 {
    match Confirm::from_items(&items(frame)).unwrap() {
        Confirm::Each {
            afn: afn::FORWARD,
            verdicts,
        } => verdicts[0].error,
        other => panic!("{other:?}"),
    }
}

fn meter(index: u16) -> Meter {
    Meter {
        index,
        point: index,
        port: PortRate { port: 2, rate: 3 },
        protocol: 30,
        address: [0x12, 0x90, 0x78, 0x56, 0x34, 0x12],
        password: [0; 6],
        tariffs: 4,
        digits: 9,
        collector: [0; 6],
        class: 0x10,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn login_comes_first_and_heartbeats_follow_its_confirm() {
    let wire = Wire::new(honest);
    let node = Node::start_with(&wire, "heartbeat_seconds = 1", "").await;
    let mut raw = Raw::connect(&node.endpoint()).await;
    let login = raw.hear().await.unwrap();
    assert_eq!((login.afn, items(&login)[0].function), (afn::LINK, 1));
    assert_eq!(login.address.to_string(), "0171-2082");
    raw.say(afn::CONFIRM, Item::of_terminal(1, Vec::new()), None)
        .await;
    let heartbeat = raw.hear().await.unwrap();
    assert_eq!(
        (heartbeat.afn, items(&heartbeat)[0].function),
        (afn::LINK, 3)
    );
    assert_ne!(heartbeat.sequence, login.sequence);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_master_that_never_confirms_heartbeats_is_let_go() {
    let wire = Wire::new(honest);
    let node = Node::start_with(&wire, "heartbeat_seconds = 1", "").await;
    let mut raw = Raw::connect(&node.endpoint()).await;
    raw.hear().await.unwrap();
    raw.say(afn::CONFIRM, Item::of_terminal(1, Vec::new()), None)
        .await;
    let mut heartbeats = 0;
    while raw.hear().await.is_some() {
        heartbeats += 1;
    }
    assert_eq!(heartbeats, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn garbage_on_the_uplink_does_not_kill_it() {
    let wire = Wire::new(honest);
    let node = Node::start(&wire).await;
    let mut raw = Raw::connect(&node.endpoint()).await;
    raw.stream
        .write_all(&bytes("006868FFFF1668681668320032006816"))
        .await
        .unwrap();
    raw.stream.write_all(&[0x5A; 3000]).await.unwrap();
    raw.forward(2, READ_BALANCE, [0; 16]).await;
    let answer = raw.answer().await;
    assert_eq!(answer.sequence.number(), 9);
    assert_eq!(answer.address.station, 5);
    let reply = forward::Reply::decode(&items(&answer)[0].data).unwrap();
    assert_eq!(
        (reply.port, hex::encode_upper(reply.content).as_str()),
        (2, BALANCE)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_spoilt_length_holds_the_uplink_only_until_it_goes_quiet() {
    let wire = Wire::new(honest);
    let node = Node::start(&wire).await;
    let mut raw = Raw::connect(&node.endpoint()).await;
    // A header that announces 4096 bytes, and nothing behind it but a good frame.
    raw.stream.write_all(&bytes("680240024068")).await.unwrap();
    raw.forward(2, READ_BALANCE, [0; 16]).await;
    let reply = forward::Reply::decode(&items(&raw.answer().await)[0].data).unwrap();
    assert_eq!(hex::encode_upper(reply.content), BALANCE);
}

#[tokio::test(flavor = "multi_thread")]
async fn frames_for_another_terminal_are_not_obeyed() {
    let wire = Wire::new(honest);
    let node = Node::start(&wire).await;
    let mut raw = Raw::connect(&node.endpoint()).await;
    // The forward of the collection, but to terminal 2083; then the right one.
    let mut foreign = bytes(
        "68CA00CA00684B7101230802106100000100026B85641000681290785634126811043335C333F91600000000000000000000000000000000CA16",
    );
    raw.stream.write_all(&foreign).await.unwrap();
    foreign.clear();
    raw.forward(2, READ_COUNT, [0; 16]).await;
    raw.answer().await;
    assert_eq!(wire.heard(), [READ_COUNT]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_reaches_no_wire_and_no_archive() {
    let wire = Wire::new(honest);
    let node = Node::start_with(&wire, "password = \"000102030405060708090A0B0C0D0E0F\"", "").await;
    let mut raw = Raw::connect(&node.endpoint()).await;
    raw.forward(2, READ_BALANCE, [0; 16]).await;
    assert_eq!(refusal(&raw.answer().await), not_forwarded::PASSWORD);
    let unit = archive::encode(&[meter(1)]).unwrap();
    raw.say(afn::SET, Item::of_terminal(10, unit), Some([0; 16]))
        .await;
    assert_eq!(
        Confirm::from_items(&items(&raw.answer().await)).unwrap(),
        Confirm::None
    );
    raw.forward(2, READ_COUNT, std::array::from_fn(|at| at as u8))
        .await;
    assert_eq!(raw.answer().await.afn, afn::FORWARD);
    assert_eq!(wire.heard(), [READ_COUNT]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_forward_is_denied_as_not_sent() {
    let wire = Wire::new(honest);
    let node = Node::start(&wire).await;
    let mut raw = Raw::connect(&node.endpoint()).await;
    raw.forward(2, "", [0; 16]).await;
    assert_eq!(refusal(&raw.answer().await), not_forwarded::MALFORMED);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_function_that_is_not_offered_is_denied() {
    let wire = Wire::new(honest);
    let node = Node::start(&wire).await;
    let mut raw = Raw::connect(&node.endpoint()).await;
    raw.say(afn::CLASS_1, Item::of_terminal(25, Vec::new()), None)
        .await;
    assert_eq!(
        Confirm::from_items(&items(&raw.answer().await)).unwrap(),
        Confirm::None
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_of_a_master_that_has_left_are_not_sent() {
    let wire = Wire::new(silent);
    let node = Node::start(&wire).await;
    let master = node.master().await;
    let busy = tokio::spawn(async move {
        ask_for(
            &master,
            2,
            READ_BALANCE,
            BALANCE,
            Duration::from_millis(700),
        )
        .await
    });
    while wire.heard().is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let mut raw = Raw::connect(&node.endpoint()).await;
    raw.forward(2, READ_COUNT, [0; 16]).await;
    drop(raw);
    busy.await.unwrap().unwrap_err();
    let other = node.master().await;
    ask_for(&other, 2, READ_BALANCE, BALANCE, Duration::from_millis(200))
        .await
        .unwrap_err();
    assert_eq!(wire.heard(), [READ_BALANCE, READ_BALANCE]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_meter_archive_survives_a_restart() {
    let wire = Wire::new(honest);
    let node = Node::start(&wire).await;
    let mut raw = Raw::connect(&node.endpoint()).await;
    let unit = archive::encode(&[meter(1), meter(2)]).unwrap();
    raw.say(afn::SET, Item::of_terminal(10, unit), Some([0; 16]))
        .await;
    assert!(
        Confirm::from_items(&items(&raw.answer().await))
            .unwrap()
            .accepts_all()
    );
    node.concentrator.stop().await;

    let again = run(&node.config).await;
    let mut raw = Raw::connect(&again.local_addr().unwrap().to_string()).await;
    let query = archive::encode_query(&[2, 7]).unwrap();
    raw.say(afn::READ_PARAMETERS, Item::of_terminal(10, query), None)
        .await;
    let answer = raw.answer().await;
    assert_eq!(
        archive::decode(&items(&answer)[0].data).unwrap(),
        [meter(2)]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_meter_that_a_master_adds_between_two_cycles_is_read_at_once() {
    let wire = Wire::new(honest);
    let schedule = "[schedule]\nevery_minutes = 60\narchive_profile = \"dlt645-plain\"\n";
    let node = Node::start_with(&wire, "", schedule).await;
    // By now the schedule has nothing to do and waits for the next cycle.
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(wire.heard().is_empty());
    let mut raw = Raw::connect(&node.endpoint()).await;
    let unit = archive::encode(&[meter(1)]).unwrap();
    raw.say(afn::SET, Item::of_terminal(10, unit), Some([0; 16]))
        .await;
    raw.answer().await;
    for _ in 0..500 {
        if !wire.heard().is_empty() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("it was not read");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_archive_entry_without_index_changes_nothing() {
    let wire = Wire::new(honest);
    let node = Node::start(&wire).await;
    let mut raw = Raw::connect(&node.endpoint()).await;
    let unit = archive::encode(&[meter(1), meter(0)]).unwrap();
    raw.say(afn::SET, Item::of_terminal(10, unit), Some([0; 16]))
        .await;
    assert!(
        !Confirm::from_items(&items(&raw.answer().await))
            .unwrap()
            .accepts_all()
    );
    raw.say(
        afn::READ_PARAMETERS,
        Item::of_terminal(10, Vec::new()),
        None,
    )
    .await;
    assert!(
        archive::decode(&items(&raw.answer().await)[0].data)
            .unwrap()
            .is_empty()
    );
}
