//! The M-Bus master over a wire in memory, under a paused clock: real bytes, echo, noise, meters that speak at once.

#[path = "common/virtual_wire.rs"]
mod virtual_wire;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use meterpost_bus::emulate::EmulatedMeter;
use meterpost_bus::emulate::mbus::{MbusMeter, MbusSetup, Structure};
use meterpost_bus::frame::Protocol;
use meterpost_bus::frame::mbus::{Address, BaudRate, Manufacturer, SecondaryAddress};
use meterpost_bus::frame::wall_time::WallTime;
use meterpost_bus::link::{LinkError, SerialLink, SerialPortConfig, SerialSettings, Spoken};
use meterpost_bus::mbus::scan::{self, Occupant};
use meterpost_bus::mbus::{
    Change, LinkWire, MbusError, PortWire, SecondarySearch, Session, Timing,
};
use tokio::time::Instant;
use virtual_wire::{VirtualPort, VirtualWire};

fn identity(number: [u8; 4]) -> SecondaryAddress {
    SecondaryAddress {
        id: number,
        manufacturer: Manufacturer::from_letters("MTP").unwrap(),
        version: 1,
        medium: 7,
    }
}

/// Hangs a meter on the wire that begins to answer after this many bit times.
fn hang(wire: &VirtualWire, number: [u8; 4], primary: u8, telegrams: u8, bits: u64) -> VirtualPort {
    let mut meter = MbusMeter::new(MbusSetup {
        meter: identity(number),
        primary: Address(primary),
        structure: Structure::Variable { telegrams },
        litres: 12_565,
        flow: 60,
    });
    let now = WallTime::new(2026, 11, 25, 2, 40, 0).unwrap();
    let line = SerialSettings::default();
    wire.device(
        "meter",
        line,
        Spoken::only(&[Protocol::Mbus]),
        move |frame| {
            let answer = meter.hear(frame, now);
            answer
                .map(|answer| (line.bit_times(bits), answer))
                .into_iter()
                .collect()
        },
    )
}

fn timing() -> Timing {
    Timing {
        latency: Duration::from_millis(20),
        ..Timing::usual()
    }
}

fn master(wire: &VirtualWire, echo: bool) -> Session<PortWire> {
    Session::new(PortWire::new(Arc::new(wire.port("master", echo)), timing()))
}

#[tokio::test(start_paused = true)]
async fn a_meter_is_read_in_the_time_its_bytes_take() {
    for echo in [false, true] {
        let wire = VirtualWire::new();
        hang(&wire, [1, 0, 0, 0], 5, 1, 50);
        let mut session = master(&wire, echo);
        let began = Instant::now();
        let reading = session.read(Address(5)).await.unwrap();
        let took = began.elapsed();
        assert_eq!(reading.meter(), Some(identity([1, 0, 0, 0])));
        let line = SerialSettings::default();
        let bytes = 5 + 1 + 5 + reading.telegrams[0].len();
        // Two answer times, the silence after the acknowledgement, and the gap before the second request.
        let quiet = timing().quiet() + line.bit_times(33);
        let least = line.wire_time(bytes) + line.bit_times(2 * 50);
        assert!(
            took >= least && took <= least + quiet + Duration::from_millis(12),
            "{took:?} for {least:?}"
        );
        assert!(!wire.collided());
        assert_eq!(
            session.health().noise_bytes,
            0,
            "the converter's echo is no noise"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn silence_costs_the_latest_start_of_an_answer_and_no_more() {
    let wire = VirtualWire::new();
    let mut session = master(&wire, false);
    let began = Instant::now();
    assert_eq!(
        scan::occupant(&mut session, Address(7)).await.unwrap(),
        None
    );
    let twice = (timing().first_byte(5) + SerialSettings::default().bit_times(33)) * 2;
    assert!(
        began.elapsed() <= twice + Duration::from_millis(4),
        "{:?}",
        began.elapsed()
    );
}

#[tokio::test(start_paused = true)]
async fn meters_that_speak_at_once_are_found_one_by_one() {
    let wire = VirtualWire::new();
    let numbers = [
        [0x11, 0, 0, 0x10],
        [0x12, 0, 0, 0x10],
        [0x34, 0x12, 0, 0x87],
    ];
    for (place, number) in numbers.into_iter().enumerate() {
        hang(&wire, number, 5, 1, 20 + 4 * place as u64);
    }
    let mut session = master(&wire, true);
    let several = scan::occupant(&mut session, Address(5)).await.unwrap();
    assert_eq!(several, Some(Occupant::Several));
    let told = Mutex::new(0);
    let findings = scan::secondary(&mut session, SecondarySearch::new(), &mut |progress| {
        *told.lock().unwrap() = progress.found;
    })
    .await
    .unwrap();
    assert_eq!(findings.meters, numbers.map(identity));
    assert!(findings.unresolved.is_empty());
    assert_eq!(*told.lock().unwrap(), 3);
    assert!(wire.collided() && session.health().collisions > 0);
    // Each is then read by its own address.
    for number in numbers {
        let selection = identity(number).to_string().parse().unwrap();
        let reading = session.read_selected(selection).await.unwrap();
        assert_eq!(reading.meter(), Some(identity(number)));
    }
}

#[tokio::test(start_paused = true)]
async fn a_disturbed_answer_is_asked_for_again_and_brings_the_same_telegram() {
    let wire = VirtualWire::new();
    hang(&wire, [2, 0, 0, 0], 5, 2, 50);
    let mut session = master(&wire, false);
    session.reset(Address(5)).await.unwrap();
    let disturb = wire.clone();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_millis(150)).await;
        disturb.noise(&[0x00, 0xFF, 0x00]);
    });
    let reading = session.read(Address(5)).await.unwrap();
    assert_eq!(reading.telegrams.len(), 2);
    assert_eq!(session.health().repeated, 1);
    assert!(wire.collided());
}

#[tokio::test(start_paused = true)]
async fn a_meter_that_does_not_follow_a_new_rate_is_found_at_the_old_one() {
    let wire = VirtualWire::new();
    // This device's port stays at 2400 baud whatever its meter says.
    hang(&wire, [3, 0, 0, 0], 5, 1, 50);
    let mut session = master(&wire, false);
    let change = session.set_rate(Address(5), BaudRate::B9600).await.unwrap();
    assert_eq!(change, Change::NotApplied);
    session.read(Address(5)).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_port_that_is_not_there_sends_nothing_and_says_so() {
    let wire = VirtualWire::new();
    let port = wire.port("master", false);
    port.unplug();
    let mut session = Session::new(PortWire::new(Arc::new(port.clone()), timing()));
    let error = session.read(Address(5)).await.unwrap_err();
    assert!(
        matches!(error, MbusError::Link(LinkError::NotConnected(_))),
        "{error}"
    );
    assert!(wire.log().is_empty());
    port.plug_in();
    hang(&wire, [4, 0, 0, 0], 5, 1, 50);
    session.read(Address(5)).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_meter_is_read_through_any_link_that_hears_its_protocol() {
    let wire = VirtualWire::new();
    hang(&wire, [5, 0, 0, 0], 5, 3, 50);
    let port = wire.port("master", false);
    let mut link = SerialLink::over(Arc::new(port), SerialPortConfig::new("unused"));
    link.hear(Spoken::only(&[Protocol::Mbus]));
    let mut session = Session::new(LinkWire::new(link, timing()));
    let reading = session.read(Address(5)).await.unwrap();
    assert_eq!(reading.telegrams.len(), 3);
    let absent = session.read(Address(6)).await.unwrap_err();
    assert!(matches!(absent, MbusError::Silent(Address(6))));
}
