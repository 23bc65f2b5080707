//! Reading cycles over wires in memory under a paused clock: how much of the wire they use, and what bad meters cost.

#[path = "common/virtual_wire.rs"]
mod virtual_wire;

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;

use meterpost_bus::concentrator::clock::{ClockQuality, NodeClock};
use meterpost_bus::concentrator::segment::WireParts;
use meterpost_bus::concentrator::{Concentrator, Config, CycleState, Parts};
use meterpost_bus::frame::wall_time::WallTime;
use meterpost_bus::link::{SerialSettings, Spoken};
use virtual_wire::{Says, VirtualPort, VirtualWire};

const DELAY: Duration = Duration::from_millis(20);
const GAP_BITS: u64 = 33;

/// The answer of a CJ/T 188 meter to `8105`, with the request's address and serial byte.
fn answer(request: &[u8]) -> Vec<u8> {
    let template = "68101802122020000081128105060300000100005003005087000000003116";
    let mut answer = hex::decode(template).unwrap();
    answer[1..9].copy_from_slice(&request[1..9]);
    answer[13] = request[13];
    let end = answer.len() - 2;
    answer[end] = answer[..end]
        .iter()
        .fold(0u8, |sum, byte| sum.wrapping_add(*byte));
    answer
}

/// Which meter is asked: the two lowest digits of its number.
fn asked(request: &[u8]) -> u8 {
    let byte = request[2];
    (byte >> 4) * 10 + (byte & 0x0F)
}

fn honest(request: &[u8]) -> Says {
    vec![(DELAY, answer(request))]
}

/// A profile without registers: the books are read, one exchange a meter.
const BOOKS: &str = r#"name = "books"
protocol = "cjt188"
billing = "on_meter"
capabilities = ["read"]
[dialect]
edition = "2004"
"#;

struct Wire {
    wire: VirtualWire,
    own: VirtualPort,
}

struct Bench {
    wires: Vec<Wire>,
    node: Concentrator,
    _folder: tempfile::TempDir,
}

fn config(folder: &std::path::Path, meters: &[u8]) -> Config {
    let mut text = format!(
        "area = \"0171\"\naddress = 1\nlisten = \"127.0.0.1:0\"\nstate = \"{}/node.db\"\n[schedule]\nevery_minutes = 60\n",
        folder.display()
    );
    let mut point = 0;
    for (at, count) in meters.iter().enumerate() {
        let port = at + 1;
        write!(
            text,
            "[[segment]]\nport = {port}\ndevice = \"none{port}\"\nadapter_latency_ms = 0\n"
        )
        .unwrap();
        for number in 1..=*count {
            point += 1;
            write!(
                text,
                "[[meter]]\npoint = {point}\nport = {port}\naddress = \"10-{:014}\"\nprofile = \"books.toml\"\n",
                port * 100_000 + usize::from(number)
            )
            .unwrap();
        }
    }
    std::fs::write(folder.join("books.toml"), BOOKS).unwrap();
    let name = folder.join("concentrator.toml");
    Config::parse(&text, &name.display().to_string()).unwrap()
}

/// Holds the paused clock while it lives: it runs on when nothing but a thread of its own, like the store's, has work, and on a
/// busy machine an hour would pass before the store is open.
struct HeldClock {
    _until_dropped: std::sync::mpsc::Sender<()>,
}

impl HeldClock {
    fn hold() -> HeldClock {
        let (held, released) = std::sync::mpsc::channel::<()>();
        tokio::task::spawn_blocking(move || released.recv());
        HeldClock {
            _until_dropped: held,
        }
    }
}

impl Bench {
    /// One wire for each number of meters.
    async fn start(
        meters: &[u8],
        script: impl Fn(&[u8]) -> Says + Clone + Send + 'static,
    ) -> Bench {
        let folder = tempfile::tempdir().unwrap();
        let config = config(folder.path(), meters);
        let mut parts = Parts::default();
        let start = WallTime::new(2026, 11, 25, 10, 0, 0).unwrap();
        parts.clock = Some(NodeClock::simulated(start, ClockQuality::Ntp));
        let mut wires = Vec::new();
        for segment in &config.segments {
            let wire = VirtualWire::new();
            let own = wire.port("master", false);
            let settings = SerialSettings::default();
            wire.device("meters", settings, Spoken::default(), script.clone());
            let mut wire_parts = WireParts::of(segment);
            wire_parts.opener = Arc::new(own.clone());
            parts.wires.insert(segment.port, wire_parts);
            wires.push(Wire { wire, own });
        }
        let clock = HeldClock::hold();
        let node = Concentrator::start_with(config, parts).await.unwrap();
        // Answered once the store is open and has told what it keeps.
        node.status().await;
        drop(clock);
        Bench {
            wires,
            node,
            _folder: folder,
        }
    }

    /// Waits for the end of the cycle that is under way, by the wires: nobody says anything for a minute.
    async fn cycle(&self) {
        loop {
            let said = || -> usize { self.wires.iter().map(|wire| wire.wire.log().len()).sum() };
            let before = said();
            tokio::time::sleep(Duration::from_secs(30)).await;
            if said() == before && before > 0 {
                return;
            }
        }
    }

    fn state(&self, port: u8) -> CycleState {
        self.node.cycle(port).unwrap()
    }
}

impl Wire {
    /// Bytes on the wire, exchanges begun by us, and the time from the first bit to the last.
    fn used(&self) -> (usize, u32, Duration) {
        let log = self.wire.log();
        let mut exchanges = 0;
        let mut ours = false;
        for byte in &log {
            let own = byte.port == self.own.index();
            exchanges += u32::from(own && !ours);
            ours = own;
        }
        let took = log.last().unwrap().ended - log.first().unwrap().began;
        (log.len(), exchanges, took)
    }
}

#[tokio::test(start_paused = true)]
async fn a_cycle_of_64_meters_at_2400_baud_uses_the_wire_to_97_percent_of_its_limit() {
    let bench = Bench::start(&[64], honest).await;
    bench.cycle().await;
    let (bytes, exchanges, took) = bench.wires[0].used();
    assert_eq!(exchanges, 64);
    let line = SerialSettings::default();
    let limit = line.wire_time(bytes) + DELAY * 64 + line.bit_times(GAP_BITS) * 63;
    let used = limit.as_secs_f64() / took.as_secs_f64();
    println!(
        "64 meters: limit {limit:?}, took {took:?}, {:.2} %",
        used * 100.0
    );
    assert!(used >= 0.97, "{used}");
    assert!(!bench.wires[0].wire.collided());
    let state = bench.state(1);
    assert_eq!((state.asked, state.answered), (64, 64));
    assert_eq!(bench.node.reading(64).unwrap().values.len(), 4);
}

#[tokio::test(start_paused = true)]
async fn four_wires_take_as_long_as_the_slowest() {
    let bench = Bench::start(&[8, 32, 16, 4], honest).await;
    bench.cycle().await;
    let took: Vec<Duration> = bench.wires.iter().map(|wire| wire.used().2).collect();
    let first = bench
        .wires
        .iter()
        .map(|wire| wire.wire.log()[0].began)
        .min();
    let last = bench
        .wires
        .iter()
        .map(|wire| wire.wire.log().last().unwrap().ended);
    let all = last.max().unwrap() - first.unwrap();
    let slowest = took.iter().max().unwrap();
    println!("wires {took:?}, together {all:?}");
    assert!(
        all <= *slowest + Duration::from_millis(20),
        "{all:?} {slowest:?}"
    );
}

/// Meters 1 to 6 are bad in six ways, the others honest.
fn bad(request: &[u8]) -> Says {
    let mut good = honest(request);
    let mut other = request.to_vec();
    other[2] = 0x77;
    match asked(request) {
        // Slow, and still in time.
        1 => good[0].0 = Duration::from_millis(450),
        // For another.
        2 => good = vec![(DELAY, answer(&other))],
        // Twice.
        3 => good.push((Duration::from_millis(5), answer(request))),
        // In halves.
        4 => {
            let (first, second) = good[0].1.split_at(9);
            good = vec![
                (DELAY, first.to_vec()),
                (Duration::from_millis(100), second.to_vec()),
            ];
        }
        // Never.
        5 => good.clear(),
        // Half an answer, and nothing more.
        6 => good[0].1.truncate(11),
        _ => {}
    }
    good
}

#[tokio::test(start_paused = true)]
async fn a_bad_meter_costs_the_others_nothing_but_its_own_time_out() {
    let well = Bench::start(&[16], honest).await;
    well.cycle().await;
    let usual = well.wires[0].used().2;
    well.node.stop().await;
    let bench = Bench::start(&[16], bad).await;
    bench.cycle().await;
    let state = bench.state(1);
    assert_eq!((state.asked, state.answered), (16, 13));
    let read: Vec<u16> = (1..=16)
        .filter(|point| bench.node.reading(*point).is_some())
        .collect();
    assert_eq!(read, [1, 3, 4, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]);
    let line = SerialSettings::default();
    // What a meter may take by its profile: both frames, the answer delay of 500 ms, and the margin.
    let timeout = line.wire_time(20 + 31 + 4) + Duration::from_millis(530);
    let extra = bench.wires[0].used().2.saturating_sub(usual);
    println!("six bad meters cost {extra:?}; a time-out is {timeout:?}");
    assert!(
        extra <= timeout * 3 + Duration::from_millis(430 + 100 + 200),
        "{extra:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_silent_meter_becomes_lost_and_comes_back_with_one_event_each() {
    let silent = Arc::new(std::sync::atomic::AtomicBool::new(true));
    let script = {
        let silent = Arc::clone(&silent);
        move |request: &[u8]| -> Says {
            if asked(request) == 2 && silent.load(std::sync::atomic::Ordering::SeqCst) {
                Vec::new()
            } else {
                honest(request)
            }
        }
    };
    let bench = Bench::start(&[3], script).await;
    tokio::time::sleep(Duration::from_secs(6 * 3600)).await;
    silent.store(false, std::sync::atomic::Ordering::SeqCst);
    tokio::time::sleep(Duration::from_secs(24 * 3600)).await;
    let status = bench.node.status().await;
    let counts: BTreeMap<String, i64> = status
        .events
        .iter()
        .map(|(kind, count)| (format!("{kind:?}"), *count))
        .collect();
    assert_eq!(counts.get("MeterLost"), Some(&1), "{counts:?}");
    assert_eq!(counts.get("MeterBack"), Some(&1), "{counts:?}");
    assert_eq!(status.segments[0].lost, 0);
}
