//! Real concentrators over wires in memory, under a paused clock: a read through hops, the death of an owner, and readings of
//! their own beside that.

#[path = "common/virtual_wire.rs"]
mod virtual_wire;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use meterpost_bus::cascade::Target;
use meterpost_bus::concentrator::segment::{Priority, WireParts};
use meterpost_bus::concentrator::{Concentrator, Config, Parts};
use meterpost_bus::frame::cascade::{Operation, Outcome, PortName};
use meterpost_bus::link::{Link, SerialSettings, Spoken};
use tokio::time::Instant;
use virtual_wire::{Says, VirtualWire};

const READ: &str = "681290785634126811043335C333F916";
const ANSWER: &str = "681290785634126891083335C33378563433B216";
const LINE: SerialSettings = SerialSettings {
    baud: 9600,
    parity: meterpost_bus::link::Parity::Even,
    data_bits: 8,
    stop_bits: 1,
};

fn bytes(hex: &str) -> Vec<u8> {
    hex::decode(hex).unwrap()
}

/// The meter of the field collection.
fn meter(request: &[u8]) -> Says {
    let asked = hex::encode_upper(request) == READ;
    let answer = (Duration::from_millis(20), bytes(ANSWER));
    asked.then_some(answer).into_iter().collect()
}

fn wire_with_meter() -> VirtualWire {
    let wire = VirtualWire::new();
    wire.device("meter", LINE, Spoken::default(), meter);
    wire
}

/// A concentrator with the terminal address `number` on wires, each with its segment number. Port n is the nth of them.
async fn concentrator(number: u16, rank: u8, wires: &[(u16, &VirtualWire)]) -> Running {
    let folder = tempfile::tempdir().unwrap();
    let mut text = format!(
        "area = \"0171\"\naddress = {number}\nlisten = \"127.0.0.1:0\"\nstate = \"{}/state.json\"\n",
        folder.path().display()
    );
    for port in 1..=wires.len() {
        text += &format!(
            "[[segment]]\nport = {port}\ndevice = \"none{port}\"\nbaud = 9600\nadapter_latency_ms = 0\n"
        );
    }
    text += &format!("[cascade]\nnode = {number}\nrank = {rank}\n");
    for (index, (segment, _)) in wires.iter().enumerate() {
        let port = index + 1;
        text += &format!("[[cascade.wire]]\nport = {port}\nsegment = {segment}\n");
    }
    let config = Config::parse(&text, "test").unwrap();
    let mut wires_of = BTreeMap::new();
    for (segment, (_, wire)) in config.segments.iter().zip(wires) {
        let mut own = WireParts::of(segment);
        own.opener = Arc::new(wire.port(&format!("node {number}"), false));
        wires_of.insert(segment.port, own);
    }
    let parts = Parts {
        wires: wires_of,
        ..Parts::default()
    };
    let concentrator = Concentrator::start_with(config, parts).await.unwrap();
    Running {
        concentrator,
        _folder: folder,
    }
}

struct Running {
    concentrator: Concentrator,
    _folder: tempfile::TempDir,
}

impl Running {
    /// Becomes a root, as if a master had connected.
    fn with_master(self) -> Running {
        self.concentrator.cascade().unwrap().set_uplink(true);
        self
    }

    /// Reads the meter on a wire that masters call by a port of a terminal.
    async fn read(&self, terminal: u16, port: u8) -> (Outcome, Duration) {
        let name = PortName {
            area: 0x0171,
            terminal,
            port,
        };
        let operation = Operation::Meter {
            segment: 0,
            control: 0,
            patience: Duration::from_millis(600),
            frame: bytes(READ),
        };
        let began = Instant::now();
        let cascade = self.concentrator.cascade().unwrap();
        let outcome = cascade
            .ask(Target::Port(name), operation, Duration::from_secs(8))
            .await;
        (outcome, began.elapsed())
    }
}

async fn settle() {
    tokio::time::sleep(Duration::from_secs(45)).await;
}

#[tokio::test(start_paused = true)]
async fn a_read_goes_through_two_other_concentrators() {
    let (one, two, three) = (VirtualWire::new(), VirtualWire::new(), wire_with_meter());
    let root = concentrator(1, 10, &[(11, &one)]).await.with_master();
    let _middle = concentrator(2, 10, &[(11, &one), (12, &two)]).await;
    let _last = concentrator(3, 10, &[(12, &two), (13, &three)]).await;
    settle().await;
    let (outcome, took) = root.read(3, 2).await;
    assert_eq!(outcome, Outcome::Done(bytes(ANSWER)));
    println!("read through two cascaded hops at 9600 baud: {took:?}");
    assert!(took < Duration::from_millis(900), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn the_stand_by_takes_the_wire_of_a_dead_concentrator_and_the_next_read_goes_through_it() {
    let (above, below) = (VirtualWire::new(), wire_with_meter());
    let root = concentrator(1, 10, &[(11, &above)]).await.with_master();
    let owner = concentrator(2, 10, &[(11, &above), (12, &below)]).await;
    let stand_by = concentrator(3, 20, &[(11, &above), (12, &below)]).await;
    settle().await;
    assert_eq!(root.read(2, 2).await.0, Outcome::Done(bytes(ANSWER)));
    assert!(owner.concentrator.cascade().unwrap().owns(2));
    owner.concentrator.stop().await;
    let died = Instant::now();
    // Masters go on calling the wire by the dead one's port.
    let (outcome, took) = root.read(2, 2).await;
    assert_eq!(outcome, Outcome::Done(bytes(ANSWER)));
    println!("a read begun when the owner of its wire died: {took:?}");
    assert!(stand_by.concentrator.cascade().unwrap().owns(2));
    assert!(
        died.elapsed() < Duration::from_secs(6),
        "{:?}",
        died.elapsed()
    );
    let (outcome, took) = root.read(2, 2).await;
    assert_eq!(outcome, Outcome::Done(bytes(ANSWER)));
    assert!(took < Duration::from_millis(600), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn a_stand_by_owns_the_wire_within_three_seconds() {
    let wire = wire_with_meter();
    let owner = concentrator(1, 10, &[(11, &wire)]).await;
    let stand_by = concentrator(2, 20, &[(11, &wire)]).await;
    settle().await;
    assert!(owner.concentrator.cascade().unwrap().owns(1));
    assert!(!stand_by.concentrator.cascade().unwrap().owns(1));
    owner.concentrator.stop().await;
    let died = Instant::now();
    while !stand_by.concentrator.cascade().unwrap().owns(1) {
        tokio::time::sleep(Duration::from_millis(10)).await;
        assert!(died.elapsed() < Duration::from_secs(3));
    }
    println!("take-over at 9600 baud: {:?}", died.elapsed());
}

#[tokio::test(start_paused = true)]
async fn only_the_owner_of_a_wire_reads_its_meters_and_its_own_readings_do_not_disturb_the_cascade()
{
    let wire = wire_with_meter();
    let owner = concentrator(1, 10, &[(11, &wire)]).await;
    let stand_by = concentrator(2, 20, &[(11, &wire)]).await;
    settle().await;
    let read = async |running: &Running| {
        let entrance = running.concentrator.entrance(1).unwrap();
        let mut link = entrance.link(Priority::Scheduled, Duration::from_secs(5));
        let request = bytes(READ);
        let belongs = |frame: &[u8]| frame != request;
        link.exchange(&request, &belongs, Duration::from_millis(600))
            .await
    };
    for _ in 0..50 {
        assert_eq!(read(&owner).await.unwrap(), bytes(ANSWER));
    }
    let refused = read(&stand_by).await.unwrap_err();
    assert!(refused.never_sent(), "{refused:?}");
    assert!(!wire.collided());
    assert!(owner.concentrator.cascade().unwrap().owns(1));
}
