//! Several hosts on one wire, repeaters, and meters of all kinds beside each other.

use std::time::Duration;

use super::*;
use crate::host::{Host, bytes};
use crate::meter::{ElectricityConfig, ElectricityMeter, HeatConfig, HeatMeter};

const READ: &str = "681290785634126811043335C333F916";
const READ_HEAT: &str = "107B017C16";

fn electricity(address: &str) -> SharedMeter {
    let config = ElectricityConfig {
        address: address.to_owned(),
        preamble: 0,
        ..ElectricityConfig::default()
    };
    let meter = ElectricityMeter::open(config, None).unwrap();
    Arc::new(Mutex::new(VirtualMeter::Electricity(meter)))
}

fn heat() -> SharedMeter {
    let meter = HeatMeter::open(HeatConfig::default(), None).unwrap();
    Arc::new(Mutex::new(meter.into()))
}

/// A wire at 115200 baud in real time, or without any waiting.
fn wire(folder: &tempfile::TempDir, name: &str, hosts: usize, scale: f64) -> Segment {
    let mut config = SegmentConfig {
        name: name.to_owned(),
        ..SegmentConfig::default()
    };
    config.line.baud = 115_200;
    config.line.scale = scale;
    let ttys = (1..=hosts).map(|host| folder.path().join(format!("{name}-{host}")));
    let meters = vec![electricity("123456789012"), heat()];
    Segment::shared(config, ttys.collect(), meters).unwrap()
}

fn hosts(segment: &Segment) -> Vec<Host> {
    segment.ttys().map(|tty| Host::open(tty)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_host_sends_and_a_meter_answers_every_other_host_hears() {
    let folder = tempfile::tempdir().unwrap();
    let segment = wire(&folder, "w", 3, 1.0);
    let mut hosts = hosts(&segment);
    hosts[0].write(&bytes(READ));
    let answer = hosts[0].read(20);
    assert_eq!(answer[..10], bytes("68129078563412689108"));
    for other in &mut hosts[1..] {
        assert_eq!(other.read(36), [bytes(READ), answer.clone()].concat());
    }
    assert!(hosts[0].stays_silent(), "it does not hear itself");
    assert_eq!(segment.counters().collisions, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn hosts_that_talk_into_each_other_are_not_understood() {
    let folder = tempfile::tempdir().unwrap();
    let segment = wire(&folder, "w", 3, 1.0);
    let mut hosts = hosts(&segment);
    // Longer than a moment, so that the two surely meet.
    let long = [bytes(READ).repeat(30), bytes(READ)].concat();
    hosts[0].write(&long);
    hosts[1].write(&long);
    let heard = hosts[2].read(2 * long.len());
    assert!(!heard.windows(long.len()).any(|window| window == long));
    assert!(segment.counters().collisions > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn meters_of_all_kinds_share_a_wire() {
    let folder = tempfile::tempdir().unwrap();
    let segment = wire(&folder, "w", 1, 0.0);
    let mut host = Host::open(segment.tty());
    for _ in 0..3 {
        host.write(&bytes(READ));
        assert_eq!(host.read(20)[8], 0x91);
        host.exchange("1040014116", "E5");
        host.write(&bytes(READ_HEAT));
        assert_eq!(host.read(37)[..4], bytes("681F1F68"));
    }
    assert!(host.stays_silent());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeater_carries_both_ways_and_takes_nothing_away_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let near = wire(&folder, "near", 1, 1.0);
    let mut config = SegmentConfig::default();
    config.line.baud = 115_200;
    let far_meter = vec![electricity("260305510012")];
    let far = Segment::shared(config, vec![folder.path().join("far")], far_meter).unwrap();
    let repeater = Repeater::join(&near, &far, Duration::from_millis(5));
    let mut host = Host::open(near.tty());
    let read_far = "681200510503266811043335C333D416";
    host.write(&bytes(read_far));
    assert_eq!(host.read(20)[..10], bytes("68120051050326689108"));
    let mut at_far = Host::open(far.tty());
    assert!(at_far.read(36).starts_with(&bytes(read_far)));
    host.write(&bytes(READ));
    assert_eq!(host.read(20)[8], 0x91);
    assert!(
        at_far.read(36).starts_with(&bytes(READ)),
        "the far wire hears the near one"
    );
    drop(repeater);
    host.write(&bytes(read_far));
    assert!(host.stays_silent(), "the way to the far wire is gone");
    host.write(&bytes(READ));
    assert_eq!(host.read(20)[8], 0x91, "the near wire works on");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_cable_pulled_leaves_the_others_and_a_broken_wire_leaves_every_tty() {
    let folder = tempfile::tempdir().unwrap();
    let segment = wire(&folder, "w", 2, 0.0);
    let mut second = hosts(&segment).remove(1);
    segment.cut_host(0);
    assert_eq!(segment.ttys().filter(|tty| tty.exists()).count(), 1);
    second.write(&bytes(READ));
    assert_eq!(second.read(20)[8], 0x91);
    segment.break_wire();
    second.write(&bytes(READ));
    assert!(second.stays_silent());
    segment.mend_wire();
    segment.restore().unwrap();
    second.write(&bytes(READ));
    assert_eq!(second.read(20)[8], 0x91);
    assert!(segment.ttys().all(|tty| tty.exists()));
}
