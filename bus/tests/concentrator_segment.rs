//! The entrance to a wire, over a wire in memory under a paused clock: who is next, what is never sent, what is heard.

#[path = "common/virtual_wire.rs"]
mod virtual_wire;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use meterpost_bus::concentrator::segment::{
    Admission, Entrance, Gate, NoTurn, Priority, SegmentLink, WireParts,
};
use meterpost_bus::concentrator::{Concentrator, Config, Parts};
use meterpost_bus::link::{Link, LinkError, SerialSettings, Spoken};
use tokio::time::Instant;
use virtual_wire::{Says, VirtualPort, VirtualWire};

const READ: &str = "681290785634126811043335C333F916";
const ANSWER: &str = "681290785634126891083335C33378563433B216";
const PATIENCE: Duration = Duration::from_millis(800);

fn bytes(hex: &str) -> Vec<u8> {
    hex::decode(hex).unwrap()
}

/// A frame of the same length whose address begins with `meter`.
fn read_of(meter: u8) -> Vec<u8> {
    let mut frame = bytes(READ);
    frame[1] = meter;
    let sum = frame[..14]
        .iter()
        .fold(0u8, |sum, byte| sum.wrapping_add(*byte));
    frame[14] = sum;
    frame
}

fn honest(request: &[u8]) -> Says {
    let mut answer = bytes(ANSWER);
    answer[1] = request[1];
    answer[18] = answer[..18]
        .iter()
        .fold(0u8, |sum, byte| sum.wrapping_add(*byte));
    vec![(Duration::from_millis(20), answer)]
}

struct Bench {
    wire: VirtualWire,
    own: VirtualPort,
    node: Concentrator,
    _folder: tempfile::TempDir,
}

impl Bench {
    async fn start(change: impl FnOnce(&mut WireParts)) -> Bench {
        let folder = tempfile::tempdir().unwrap();
        let text = format!(
            "area = \"0171\"\naddress = 1\nlisten = \"127.0.0.1:0\"\nstate = \"{}/state.json\"\n\
             [[segment]]\nport = 2\ndevice = \"none\"\nadapter_latency_ms = 0\n",
            folder.path().display()
        );
        let config = Config::parse(&text, "test").unwrap();
        let wire = VirtualWire::new();
        let own = wire.port("master", false);
        let mut parts = WireParts::of(&config.segments[0]);
        parts.opener = Arc::new(own.clone());
        change(&mut parts);
        let parts = Parts {
            wires: BTreeMap::from([(2, parts)]),
            ..Parts::default()
        };
        let node = Concentrator::start_with(config, parts).await.unwrap();
        Bench {
            wire,
            own,
            node,
            _folder: folder,
        }
    }

    fn meters(&self, script: impl FnMut(&[u8]) -> Says + Send + 'static) {
        let settings = SerialSettings::default();
        self.wire
            .device("meters", settings, Spoken::default(), script);
    }

    fn entrance(&self) -> Entrance {
        self.node.entrance(2).unwrap().clone()
    }

    fn link(&self, priority: Priority) -> SegmentLink {
        self.entrance().link(priority, Duration::from_secs(30))
    }

    /// The second byte of each request that this concentrator sent.
    fn asked(&self) -> Vec<u8> {
        let log = self.wire.log();
        let own: Vec<u8> = log
            .iter()
            .filter(|byte| byte.port == self.own.index())
            .map(|byte| byte.byte)
            .collect();
        own.chunks(16).map(|frame| frame[1]).collect()
    }
}

async fn ask(mut link: SegmentLink, meter: u8) -> Result<Vec<u8>, LinkError> {
    let request = read_of(meter);
    let belongs = |frame: &[u8]| frame[1] == meter;
    link.exchange(&request, &belongs, PATIENCE).await
}

#[tokio::test(start_paused = true)]
async fn a_waiting_forward_overtakes_scheduled_reads_between_two_exchanges() {
    let bench = Bench::start(|_| {}).await;
    bench.meters(honest);
    let scheduled = tokio::spawn({
        let link = bench.link(Priority::Scheduled);
        async move {
            for meter in 1..=3 {
                ask(link.clone(), meter).await.unwrap();
            }
        }
    });
    tokio::time::sleep(Duration::from_millis(30)).await;
    let forward = tokio::spawn(ask(bench.link(Priority::Forward), 9));
    forward.await.unwrap().unwrap();
    scheduled.await.unwrap();
    assert_eq!(bench.asked(), [1, 9, 2, 3]);
    assert!(!bench.wire.collided());
}

#[tokio::test(start_paused = true)]
async fn what_waited_too_long_is_never_sent() {
    let bench = Bench::start(|_| {}).await;
    bench.meters(|_| Vec::new());
    let first = tokio::spawn(ask(bench.link(Priority::Forward), 1));
    tokio::time::sleep(Duration::from_millis(1)).await;
    let began = Instant::now();
    let late = bench
        .entrance()
        .turn(Priority::Forward, began + Duration::from_millis(100))
        .await;
    assert_eq!(late.err(), Some(NoTurn::Stale));
    assert_eq!(began.elapsed().as_millis() / 10, 10);
    assert!(matches!(first.await.unwrap(), Err(LinkError::NoAnswer(_))));
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert_eq!(bench.asked(), [1]);
}

#[tokio::test(start_paused = true)]
async fn a_full_queue_denies_at_once() {
    let bench = Bench::start(|_| {}).await;
    bench.meters(|_| Vec::new());
    let speaking = tokio::spawn(ask(bench.link(Priority::Forward), 1));
    tokio::time::sleep(Duration::from_millis(1)).await;
    let waiting: Vec<_> = (2..=9)
        .map(|meter| tokio::spawn(ask(bench.link(Priority::Forward), meter)))
        .collect();
    tokio::time::sleep(Duration::from_millis(1)).await;
    assert_eq!(bench.entrance().waiting()[Priority::Forward as usize], 8);
    let full = bench
        .entrance()
        .turn(Priority::Forward, Instant::now() + PATIENCE)
        .await;
    assert_eq!(full.err(), Some(NoTurn::Full));
    for task in waiting.into_iter().chain([speaking]) {
        task.abort();
    }
}

#[tokio::test(start_paused = true)]
async fn whoever_gives_up_in_the_middle_leaves_the_wire_quiet_for_its_answer() {
    let bench = Bench::start(|_| {}).await;
    bench.meters(|request| {
        let mut says = honest(request);
        says[0].0 = Duration::from_millis(300);
        says
    });
    let first = tokio::spawn(ask(bench.link(Priority::Scheduled), 1));
    tokio::time::sleep(Duration::from_millis(100)).await;
    first.abort();
    ask(bench.link(Priority::Scheduled), 2).await.unwrap();
    assert!(!bench.wire.collided());
    assert_eq!(bench.asked(), [1, 2]);
}

#[derive(Debug, Default)]
struct Owner(AtomicBool);

impl Gate for Owner {
    fn admit(&self, priority: Priority) -> Admission {
        match (self.0.load(Ordering::SeqCst), priority) {
            (true, _) | (false, Priority::Cascade) => Admission::Speak,
            (false, Priority::Clock) => Admission::Refuse,
            (false, _) => Admission::Wait(Duration::from_millis(50)),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_gate_decides_who_may_speak_on_a_shared_wire() {
    let gate = Arc::new(Owner::default());
    let bench = Bench::start(|parts| parts.gate = Arc::<Owner>::clone(&gate)).await;
    bench.meters(honest);
    let read = tokio::spawn(ask(bench.link(Priority::Scheduled), 1));
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(bench.asked(), [] as [u8; 0]);
    let clock = bench
        .entrance()
        .turn(Priority::Clock, Instant::now() + PATIENCE)
        .await;
    assert!(clock.is_err(), "the read waits, the clock behind it too");
    ask(bench.link(Priority::Cascade), 7).await.unwrap();
    gate.0.store(true, Ordering::SeqCst);
    read.await.unwrap().unwrap();
    assert_eq!(bench.asked(), [7, 1]);
}

#[tokio::test(start_paused = true)]
async fn a_frame_that_belongs_to_no_exchange_reaches_the_ear() {
    let heard = Arc::<Mutex<Vec<Vec<u8>>>>::default();
    let bench = Bench::start(|parts| {
        let heard = Arc::clone(&heard);
        parts.ear = Some(Arc::new(move |_, frame: &[u8]| {
            heard.lock().unwrap().push(frame.to_vec());
        }));
    })
    .await;
    tokio::time::sleep(Duration::from_millis(10)).await;
    let stranger = read_of(0x55);
    bench.wire.noise(&stranger);
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(*heard.lock().unwrap(), [stranger]);
    // Inside an exchange too: what another says in place of the answer.
    bench.meters(|request| {
        let mut says = vec![(Duration::from_millis(20), read_of(0x66))];
        says.extend(honest(request));
        says
    });
    ask(bench.link(Priority::Forward), 1).await.unwrap();
    assert_eq!(heard.lock().unwrap()[1..], [read_of(0x66)]);
}

#[tokio::test(start_paused = true)]
async fn a_pulled_cable_is_noticed_and_the_wire_comes_back() {
    let bench = Bench::start(|_| {}).await;
    bench.meters(honest);
    ask(bench.link(Priority::Forward), 1).await.unwrap();
    bench.own.unplug();
    tokio::time::sleep(Duration::from_millis(100)).await;
    let gone = ask(bench.link(Priority::Forward), 2).await.unwrap_err();
    assert!(gone.never_sent(), "{gone}");
    bench.own.plug_in();
    ask(bench.link(Priority::Forward), 3).await.unwrap();
    assert_eq!(bench.asked(), [1, 3]);
}

#[tokio::test(start_paused = true)]
async fn stopping_lets_the_exchange_end_and_denies_what_waits() {
    let bench = Bench::start(|_| {}).await;
    bench.meters(honest);
    let speaking = tokio::spawn(ask(bench.link(Priority::Forward), 1));
    tokio::time::sleep(Duration::from_millis(1)).await;
    let waiting = tokio::spawn(ask(bench.link(Priority::Forward), 2));
    tokio::time::sleep(Duration::from_millis(1)).await;
    bench.node.stop().await;
    speaking.await.unwrap().unwrap();
    assert!(waiting.await.unwrap().unwrap_err().never_sent());
}

#[tokio::test(start_paused = true)]
async fn who_still_talks_is_heard_out_before_the_next_request() {
    let bench = Bench::start(|_| {}).await;
    bench.meters(|request| {
        let mut says = honest(request);
        if request[1] == 1 {
            says.push((Duration::from_millis(5), says[0].1.clone()));
        }
        says
    });
    ask(bench.link(Priority::Scheduled), 1).await.unwrap();
    ask(bench.link(Priority::Scheduled), 2).await.unwrap();
    assert!(!bench.wire.collided(), "a doubled answer was talked into");
    assert_eq!(bench.asked(), [1, 2]);
}
