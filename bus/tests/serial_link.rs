//! The serial link over a wire in memory, under a paused clock.

#[path = "common/virtual_wire.rs"]
mod virtual_wire;

use std::sync::Arc;
use std::time::Duration;

use meterpost_bus::link::{
    Link, LinkError, Parity, SerialLink, SerialPortConfig, SerialSettings, Spoken,
};
use tokio::time::Instant;
use virtual_wire::{Says, VirtualPort, VirtualWire};

const READ: &str = "681290785634126811043335C333F916";
const ANSWER: &str = "681290785634126891083335C33378563433B216";
const PATIENCE: Duration = Duration::from_millis(800);

fn bytes(hex: &str) -> Vec<u8> {
    hex::decode(hex).unwrap()
}

fn honest(request: &[u8]) -> Says {
    let asked = hex::encode_upper(request) == READ;
    let answer = (Duration::from_millis(20), bytes(ANSWER));
    asked.then_some(answer).into_iter().collect()
}

fn link(wire: &VirtualWire, echo: bool) -> (SerialLink, VirtualPort) {
    let port = wire.port("master", echo);
    let mut config = SerialPortConfig::new("unused");
    config.adapter_latency = Duration::ZERO;
    config.echo = echo;
    (SerialLink::over(Arc::new(port.clone()), config), port)
}

async fn read(link: &mut SerialLink) -> Result<Vec<u8>, LinkError> {
    let request = bytes(READ);
    let belongs = |frame: &[u8]| frame != request;
    link.exchange(&request, &belongs, PATIENCE).await
}

#[tokio::test(start_paused = true)]
async fn an_exchange_takes_its_bytes_and_the_answer_delay() {
    let wire = VirtualWire::new();
    wire.device(
        "meter",
        SerialSettings::default(),
        Spoken::default(),
        honest,
    );
    let (mut link, _port) = link(&wire, false);
    let began = Instant::now();
    assert_eq!(read(&mut link).await.unwrap(), bytes(ANSWER));
    let line = SerialSettings::default();
    let least = line.wire_time(16) + Duration::from_millis(20) + line.wire_time(20);
    let took = began.elapsed();
    assert!(took >= least, "{took:?}");
    assert!(took <= least + Duration::from_millis(4), "{took:?}");
    assert!(!wire.collided());
}

#[tokio::test(start_paused = true)]
async fn the_second_request_waits_for_the_gap_and_no_longer() {
    let wire = VirtualWire::new();
    wire.device(
        "meter",
        SerialSettings::default(),
        Spoken::default(),
        honest,
    );
    let (mut link, port) = link(&wire, false);
    read(&mut link).await.unwrap();
    read(&mut link).await.unwrap();
    let log = wire.log();
    let own = |from: usize| {
        log[from..]
            .iter()
            .position(|byte| byte.port == port.index())
    };
    let answer_end = log[35].ended;
    let second = log[36 + own(36).unwrap()].began;
    let gap = second - answer_end;
    let least = SerialSettings::default().bit_times(33);
    assert!(
        gap >= least && gap <= least + Duration::from_millis(3),
        "{gap:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn an_echo_is_no_answer() {
    let wire = VirtualWire::new();
    wire.device(
        "meter",
        SerialSettings::default(),
        Spoken::default(),
        honest,
    );
    let (mut link, _port) = link(&wire, true);
    assert_eq!(read(&mut link).await.unwrap(), bytes(ANSWER));
}

#[tokio::test(start_paused = true)]
async fn a_meter_at_another_parity_is_silent() {
    let wire = VirtualWire::new();
    let odd = SerialSettings {
        parity: Parity::None,
        ..SerialSettings::default()
    };
    wire.device("meter", odd, Spoken::default(), honest);
    let (mut link, _port) = link(&wire, false);
    assert!(matches!(read(&mut link).await, Err(LinkError::NoAnswer(_))));
    link.set(Some(odd)).unwrap();
    assert_eq!(read(&mut link).await.unwrap(), bytes(ANSWER));
}

#[tokio::test(start_paused = true)]
async fn two_meters_that_talk_at_once_spoil_each_other() {
    let wire = VirtualWire::new();
    for (name, pause) in [("one", 20), ("two", 31)] {
        wire.device(
            name,
            SerialSettings::default(),
            Spoken::default(),
            move |asked| {
                honest(asked)
                    .into_iter()
                    .map(|(_, answer)| (Duration::from_millis(pause), answer))
                    .collect()
            },
        );
    }
    let (mut link, _port) = link(&wire, false);
    assert!(matches!(read(&mut link).await, Err(LinkError::NoAnswer(_))));
    assert!(wire.collided());
}

#[tokio::test(start_paused = true)]
async fn a_cut_wire_is_silent_and_a_healed_one_answers() {
    let wire = VirtualWire::new();
    let meter = wire.device(
        "meter",
        SerialSettings::default(),
        Spoken::default(),
        honest,
    );
    let (mut link, _port) = link(&wire, false);
    wire.cut();
    assert!(matches!(read(&mut link).await, Err(LinkError::NoAnswer(_))));
    wire.heal();
    read(&mut link).await.unwrap();
    meter.cut_off();
    assert!(matches!(read(&mut link).await, Err(LinkError::NoAnswer(_))));
    meter.join();
    read(&mut link).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_pulled_adapter_is_not_connected_and_comes_back() {
    let wire = VirtualWire::new();
    wire.device(
        "meter",
        SerialSettings::default(),
        Spoken::default(),
        honest,
    );
    let (mut link, port) = link(&wire, false);
    read(&mut link).await.unwrap();
    port.unplug();
    let error = read(&mut link).await.unwrap_err();
    assert!(error.never_sent(), "{error}");
    port.plug_in();
    read(&mut link).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn noise_before_and_between_costs_nothing() {
    let wire = VirtualWire::new();
    wire.device(
        "meter",
        SerialSettings::default(),
        Spoken::default(),
        |asked| {
            let mut says = honest(asked);
            if let Some(first) = says.first_mut() {
                first.1.splice(0..0, [0x68, 0x00, 0xFE, 0x16]);
            }
            says
        },
    );
    let (mut link, _port) = link(&wire, false);
    wire.noise(&[0x68, 0x12]);
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(read(&mut link).await.unwrap(), bytes(ANSWER));
}

#[tokio::test(start_paused = true)]
async fn a_link_hears_only_the_protocols_it_was_told() {
    let wire = VirtualWire::new();
    wire.device(
        "meter",
        SerialSettings::default(),
        Spoken::default(),
        honest,
    );
    let (mut link, _port) = link(&wire, false);
    link.hear(Spoken::only(&[meterpost_bus::frame::Protocol::Cjt188]));
    assert!(matches!(read(&mut link).await, Err(LinkError::NoAnswer(_))));
}
