//! What a master is told of stored readings, and which of its frames are not acted on, over real TCP and a wire in memory.

#[path = "common/virtual_wire.rs"]
mod virtual_wire;

use std::sync::Arc;
use std::time::Duration;

use meterpost_bus::concentrator::clock::{ClockQuality, NodeClock};
use meterpost_bus::concentrator::segment::WireParts;
use meterpost_bus::concentrator::{Concentrator, Config, Parts};
use meterpost_bus::frame::gdw376::item::Unit;
use meterpost_bus::frame::gdw376::item::prepaid::Books;
use meterpost_bus::frame::gdw376::{
    Address, Confirm, Control, Frame, Gdw376, Item, Sequence, TimeTag, afn, units,
};
use meterpost_bus::frame::scan::{Found, Scanner};
use meterpost_bus::frame::wall_time::WallTime;
use meterpost_bus::link::{SerialSettings, Spoken};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use virtual_wire::{Says, VirtualWire};

/// Books of a prepaid meter.
const BOOKS: u8 = 241;
/// The meter at point 2 says nothing.
const SILENT: u8 = 0x02;

/// The answer of a CJ/T 188 meter to `8105`, with the request's address and serial byte.
fn meters(request: &[u8]) -> Says {
    if request[2] == SILENT {
        return Vec::new();
    }
    let template = "68101802122020000081128105060300000100005003005087000000003116";
    let mut answer = hex::decode(template).unwrap();
    answer[1..9].copy_from_slice(&request[1..9]);
    answer[13] = request[13];
    let end = answer.len() - 2;
    answer[end] = answer[..end]
        .iter()
        .fold(0u8, |sum, byte| sum.wrapping_add(*byte));
    vec![(Duration::from_millis(1), answer)]
}

const PROFILE: &str = r#"name = "books"
protocol = "cjt188"
billing = "on_meter"
capabilities = ["read"]
[dialect]
edition = "2004"
"#;

/// Three meters at points 1 to 3; the clock shows 2026-11-25 10:00.
async fn start(folder: &std::path::Path) -> Concentrator {
    let mut text = format!(
        "area = \"0171\"\naddress = 1\nlisten = \"127.0.0.1:0\"\nstate = \"{}/node.db\"\n[schedule]\nevery_minutes = 60\n[[segment]]\nport = 1\ndevice = \"none\"\nadapter_latency_ms = 0\n",
        folder.display()
    );
    for point in 1..=3 {
        text += &format!(
            "[[meter]]\npoint = {point}\nport = 1\naddress = \"10-{point:014}\"\nprofile = \"books.toml\"\n"
        );
    }
    std::fs::write(folder.join("books.toml"), PROFILE).unwrap();
    let name = folder.join("concentrator.toml").display().to_string();
    let config = Config::parse(&text, &name).unwrap();
    let wire = VirtualWire::new();
    let own = wire.port("master", false);
    wire.device(
        "meters",
        SerialSettings::default(),
        Spoken::default(),
        meters,
    );
    let mut wire_parts = WireParts::of(&config.segments[0]);
    wire_parts.opener = Arc::new(own);
    let mut parts = Parts::default();
    let now = WallTime::new(2026, 11, 25, 10, 0, 0).unwrap();
    parts.clock = Some(NodeClock::simulated(now, ClockQuality::Ntp));
    parts.wires.insert(1, wire_parts);
    Concentrator::start_with(config, parts).await.unwrap()
}

async fn read(node: &Concentrator, point: u16) {
    while node.reading(point).is_none() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

struct Master(TcpStream, Scanner);

impl Master {
    async fn connect(node: &Concentrator) -> Master {
        let stream = TcpStream::connect(node.local_addr().unwrap()).await;
        let mut master = Master(stream.unwrap(), Scanner::new::<Gdw376>());
        let login = master.hear().await;
        assert_eq!(login.afn, afn::LINK);
        let sequence = Sequence::single(login.sequence.number(), false);
        let item = Confirm::All.to_item().unwrap();
        master
            .say(Control::CONFIRM_DOWN, afn::CONFIRM, sequence, item, None)
            .await;
        master
    }

    async fn hear(&mut self) -> Frame {
        let mut chunk = [0; 1024];
        loop {
            let count = self.0.read(&mut chunk).await.unwrap();
            assert!(count > 0, "the connection ended");
            for found in self.1.push(&chunk[..count]) {
                if let Found::Frame { bytes, .. } = found {
                    return Frame::decode(&bytes).unwrap();
                }
            }
        }
    }

    async fn say(
        &mut self,
        control: Control,
        function: u8,
        sequence: Sequence,
        item: Item,
        time_tag: Option<TimeTag>,
    ) {
        let frame = Frame {
            protocol: 2,
            control,
            address: Address::of_terminal(171, 1).unwrap().with_station(5),
            afn: function,
            sequence,
            data: units::join(&[item]).unwrap(),
            password: None,
            events: None,
            time_tag,
        };
        self.0.write_all(&frame.encode().unwrap()).await.unwrap();
    }

    async fn ask(&mut self, number: u8, point: u16, function: u8) -> Frame {
        let item = Item {
            point,
            function,
            data: Vec::new(),
        };
        let sequence = Sequence::single(number, false);
        self.say(Control::REQUEST, afn::CLASS_1, sequence, item, None)
            .await;
        self.hear().await
    }
}

#[tokio::test]
async fn all_points_are_told_but_those_that_never_answered() {
    let folder = tempfile::tempdir().unwrap();
    let node = start(folder.path()).await;
    let mut master = Master::connect(&node).await;
    read(&node, 1).await;
    read(&node, 3).await;
    let answer = master.ask(4, Item::ALL_POINTS, BOOKS).await;
    assert_eq!((answer.afn, answer.sequence.number()), (afn::CLASS_1, 4));
    let items = units::split(afn::CLASS_1, true, &answer.data).unwrap();
    let points: Vec<u16> = items.iter().map(|item| item.point).collect();
    assert_eq!(points, [1, 3]);
    let books = Books::decode(&items[1].data).unwrap();
    let known = node.reading(3).unwrap().values["balance"].number;
    assert_eq!(books.balance, known);

    // Nothing is there at all: denied.
    let answer = master.ask(5, 2, BOOKS).await;
    assert_eq!(answer.afn, afn::CONFIRM);
    assert_eq!(answer.data, hex::decode("00000200").unwrap());
    node.stop().await;
}

#[tokio::test]
async fn a_frame_that_is_too_old_is_dropped_in_silence_and_the_next_is_answered() {
    let folder = tempfile::tempdir().unwrap();
    let node = start(folder.path()).await;
    let mut master = Master::connect(&node).await;
    for (number, minute) in [(4, 0x50), (5, 0x58)] {
        let tag = TimeTag {
            counter: number,
            sent: [0x00, minute, 0x09, 0x25],
            permitted_minutes: 5,
        };
        let sequence = Sequence::single(number, false);
        let clock = Item::of_terminal(2, Vec::new());
        master
            .say(Control::REQUEST, afn::CLASS_1, sequence, clock, Some(tag))
            .await;
    }
    // Ten minutes ago was too late; two minutes ago was not.
    let answer = master.hear().await;
    assert_eq!((answer.afn, answer.sequence.number()), (afn::CLASS_1, 5));
    node.stop().await;
}
