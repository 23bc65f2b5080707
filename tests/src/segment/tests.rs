//! The wire through a real pseudo-terminal.

use super::*;
use crate::host::{Host, bytes};
use crate::meter::{
    Books, ElectricityConfig, ElectricityMeter, Fault, FaultKind, VolumeConfig, VolumeMeter,
};

const READ: &str = "681290785634126811043335C333F916";
const READ_ANSWER: &str = "681290785634126891083335C33378563433B216";
const ANYBODY: &str = "FEFEFEFE68AAAAAAAAAAAA681300DF16";

struct Bench {
    folder: tempfile::TempDir,
    segment: Segment,
    meters: Vec<SharedMeter>,
}

fn electricity(address: &str) -> SharedMeter {
    let config = ElectricityConfig {
        address: address.to_owned(),
        preamble: 0,
        first: Books {
            number: 7,
            balance: 12_345,
            ..Books::default()
        },
        ..ElectricityConfig::default()
    };
    let meter = ElectricityMeter::open(config, None).unwrap();
    Arc::new(Mutex::new(VirtualMeter::Electricity(meter)))
}

fn water() -> SharedMeter {
    let meter = VolumeMeter::open(VolumeConfig::default(), None).unwrap();
    Arc::new(Mutex::new(VirtualMeter::Volume(meter)))
}

fn bench(meters: Vec<SharedMeter>, change: impl FnOnce(&mut SegmentConfig)) -> Bench {
    let folder = tempfile::tempdir().unwrap();
    let mut config = SegmentConfig::default();
    config.line.scale = 0.0;
    change(&mut config);
    let tty = folder.path().join("segment1");
    let segment = Segment::start(config, tty, meters.clone()).unwrap();
    Bench {
        folder,
        segment,
        meters,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_travels_through_the_tty() {
    let bench = bench(vec![electricity("123456789012"), water()], |_| {});
    let mut host = Host::open(bench.segment.tty());
    host.exchange(READ, READ_ANSWER);
    let counters = bench.segment.counters();
    assert_eq!(
        (counters.bytes_from_host, counters.bytes_from_meters),
        (16, 20)
    );
    assert_eq!(
        counters.busy_ns.div_ceil(1_000),
        36 * 11 * 1_000_000 / 2_400
    );
    bench.segment.reset_counters();
    assert_eq!(bench.segment.counters(), Counters::default());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_in_pieces_is_one_request_and_real_time_works() {
    let bench = bench(vec![electricity("123456789012")], |config| {
        config.line = LineConfig {
            baud: 115_200,
            scale: 1.0,
            ..config.line
        };
    });
    let mut host = Host::open(bench.segment.tty());
    let request = bytes(READ);
    host.write(&request[..5]);
    host.write(&request[5..]);
    assert_eq!(host.read(20), bytes(READ_ANSWER));
}

#[tokio::test(flavor = "multi_thread")]
async fn two_meters_that_answer_at_once_spoil_each_other() {
    let bench = bench(
        vec![electricity("123456789012"), electricity("260305510012")],
        |_| {},
    );
    let mut host = Host::open(bench.segment.tty());
    host.write(&bytes(ANYBODY));
    let heard = host.read(18);
    assert_ne!(heard[1..7], bytes("129078563412"));
    assert_ne!(heard[1..7], bytes("120051050326"));
    assert_eq!(bench.segment.counters().collisions, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_answer_arrives_behind_the_next_request() {
    let bench = bench(vec![electricity("123456789012")], |config| {
        config.line = LineConfig {
            baud: 115_200,
            scale: 1.0,
            ..config.line
        };
    });
    let mut fault = Fault::next(FaultKind::LateAnswer, 1);
    fault.scope = crate::meter::FaultScope::Any;
    fault.delay_ms = 600;
    bench.meters[0].lock().unwrap().faults().add(fault);
    let mut host = Host::open(bench.segment.tty());
    host.write(&bytes(READ));
    host.exchange(
        "6812907856341268110434356636A016",
        "68129078563412689106343566363A338F16",
    );
    assert_eq!(host.read(20), bytes(READ_ANSWER));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cut_cable_takes_the_tty_away_and_brings_it_back() {
    let bench = bench(vec![electricity("123456789012")], |_| {});
    let mut before = Host::open(bench.segment.tty());
    before.exchange(READ, READ_ANSWER);
    bench.segment.cut();
    assert!(!bench.segment.tty().exists());
    assert_eq!(std::fs::read_dir(bench.folder.path()).unwrap().count(), 0);
    bench.segment.restore().unwrap();
    bench.segment.restore().unwrap();
    let mut after = Host::open(bench.segment.tty());
    after.exchange(READ, READ_ANSWER);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_that_died_does_not_lock_the_line() {
    let bench = bench(vec![electricity("123456789012")], |_| {});
    let mut first = Host::open(bench.segment.tty());
    first.mark_exclusive();
    first.exchange(READ, READ_ANSWER);
    drop(first);
    // The mark outlives its owner because the line stays open at the other end; it is wiped off a moment later.
    let wiped = (0..500).any(|_| {
        std::thread::sleep(std::time::Duration::from_millis(10));
        std::fs::File::open(bench.segment.tty()).is_ok()
    });
    assert!(wiped);
    Host::open(bench.segment.tty()).exchange(READ, READ_ANSWER);
}

#[tokio::test(flavor = "multi_thread")]
async fn echo_comes_before_the_answer() {
    let bench = bench(vec![electricity("123456789012")], |config| {
        config.echo = true
    });
    Host::open(bench.segment.tty()).exchange(READ, &format!("{READ}{READ_ANSWER}"));
}

#[tokio::test(flavor = "multi_thread")]
async fn noise_makes_every_third_piece_wrong() {
    let bench = bench(vec![electricity("123456789012")], |config| {
        config.noise_every = 3
    });
    let mut host = Host::open(bench.segment.tty());
    host.exchange(READ, READ_ANSWER);
    host.write(&bytes(READ));
    assert!(host.stays_silent(), "the request was spoiled");
    host.write(&bytes(READ));
    assert_eq!(host.read(20), bytes(READ_ANSWER));
}
