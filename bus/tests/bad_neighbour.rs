//! A meter that misbehaves on a wire with good ones, behind the real concentrator, in virtual time: it costs the others nothing
//! but its own time-out, and nobody's answer is taken for another's.

#[path = "common/virtual_wire.rs"]
mod virtual_wire;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use meterpost_bus::concentrator::segment::{Priority, SegmentLink, WireParts};
use meterpost_bus::concentrator::{Concentrator, Config, Parts};
use meterpost_bus::frame::dlt645::{Address, Control, Frame, answer};
use meterpost_bus::link::{Link, LinkError, SerialSettings, Spoken};
use tokio::time::Instant;
use virtual_wire::{Says, VirtualWire};

const GOOD: u8 = 8;
/// The meter in the middle of the good ones.
const BAD: u8 = 4;
/// From the request's last byte to the answer's last: DL/T 645-2007 allows 500 ms before it, and it has 20 bytes.
const PATIENCE: Duration = Duration::from_millis(700);
const USUAL: Duration = Duration::from_millis(20);

fn address(meter: u8) -> Address {
    Address::from_digits(&format!("2603055100{meter:02}")).unwrap()
}

fn request(meter: u8) -> Frame {
    let data = 0x0090_0200u32.to_le_bytes().to_vec();
    Frame::new(address(meter), Control(0x11), data).unwrap()
}

/// Each meter has another balance.
fn answer_of(meter: u8) -> Vec<u8> {
    let mut data = 0x0090_0200u32.to_le_bytes().to_vec();
    data.extend([meter, 0, 0, 0]);
    let frame = Frame::new(address(meter), Control(0x91), data);
    frame.unwrap().encode()
}

/// What the bad meter says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    None,
    /// As late as the standard allows.
    Slow,
    /// Only after its time-out.
    Late(Duration),
    /// With its neighbour's address.
    ForAnother,
    Twice,
    /// In two pieces with a pause that a reader must bear.
    InHalves,
    /// The first half and no more.
    Half,
    /// With one bit wrong.
    Wrong,
    Never,
    /// Noise, and then the answer.
    Noise,
}

/// Whether the bad meter's own read must succeed.
fn is_answered(fault: Fault) -> bool {
    matches!(
        fault,
        Fault::None | Fault::Slow | Fault::Twice | Fault::InHalves | Fault::Noise
    )
}

fn says(fault: Fault) -> Says {
    let own = answer_of(BAD);
    let (first, second) = own.split_at(9);
    match fault {
        Fault::None => vec![(USUAL, own)],
        Fault::Slow => vec![(Duration::from_millis(500), own)],
        Fault::Late(after) => vec![(after, own)],
        Fault::ForAnother => vec![(USUAL, answer_of(BAD + 1))],
        Fault::Twice => vec![(USUAL, own.clone()), (Duration::ZERO, own)],
        Fault::InHalves => vec![
            (USUAL, first.to_vec()),
            (Duration::from_millis(400), second.to_vec()),
        ],
        Fault::Half => vec![(USUAL, first.to_vec())],
        Fault::Wrong => {
            let mut wrong = own;
            wrong[14] ^= 0x10;
            vec![(USUAL, wrong)]
        }
        Fault::Never => Vec::new(),
        Fault::Noise => vec![(
            USUAL,
            [&[0x68, 0x00, 0x68, 0xFF, 0x16], own.as_slice()].concat(),
        )],
    }
}

struct Stage {
    wire: VirtualWire,
    node: Concentrator,
    _folder: tempfile::TempDir,
}

async fn stage(fault: Fault) -> Stage {
    let folder = tempfile::tempdir().unwrap();
    let text = format!(
        "area = \"0171\"\naddress = 1\nlisten = \"127.0.0.1:0\"\nstate = \"{}/state\"\n\
         [[segment]]\nport = 2\ndevice = \"none\"\nadapter_latency_ms = 0\n",
        folder.path().display()
    );
    let config = Config::parse(&text, "test").unwrap();
    let wire = VirtualWire::new();
    // Each meter is a device of its own: a late answer does not keep the others from answering.
    for meter in 1..=GOOD {
        let settings = SerialSettings::default();
        wire.device("meter", settings, Spoken::default(), move |heard| {
            if heard != request(meter).encode() {
                Vec::new()
            } else if meter == BAD {
                says(fault)
            } else {
                vec![(USUAL, answer_of(meter))]
            }
        });
    }
    let mut parts = WireParts::of(&config.segments[0]);
    parts.opener = Arc::new(wire.port("concentrator", false));
    let parts = Parts {
        wires: BTreeMap::from([(2, parts)]),
        ..Parts::default()
    };
    let node = Concentrator::start_with(config, parts).await.unwrap();
    Stage {
        wire,
        node,
        _folder: folder,
    }
}

async fn read(link: &mut SegmentLink, meter: u8) -> Result<Vec<u8>, LinkError> {
    let request = request(meter);
    let belongs = |frame: &[u8]| answer::belongs(&request, frame);
    link.exchange(&request.encode(), &belongs, PATIENCE).await
}

/// Reads all meters twice; what the bad one answered the first time, and how long it all took.
async fn cycle(fault: Fault, between: Duration) -> (Vec<Option<Vec<u8>>>, Duration, Stage) {
    let stage = stage(fault).await;
    let entrance = stage.node.entrance(2).unwrap();
    let mut link = entrance.link(Priority::Scheduled, Duration::from_secs(30));
    let began = Instant::now();
    let mut read_so_far = Vec::new();
    for meter in 1..=GOOD {
        read_so_far.push(read(&mut link, meter).await.ok());
        tokio::time::sleep(between).await;
    }
    (read_so_far, began.elapsed(), stage)
}

/// Every good meter gave its own answer; the bad one its own or none.
fn check(fault: Fault, answers: &[Option<Vec<u8>>]) {
    for (meter, got) in (1..=GOOD).zip(answers) {
        let own = Some(answer_of(meter));
        if meter != BAD || is_answered(fault) {
            assert_eq!(*got, own, "{fault:?}: meter {meter}");
        } else {
            assert_eq!(*got, None, "{fault:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn it_costs_the_others_nothing_but_its_own_time_out() {
    let (answers, usual, _stage) = cycle(Fault::None, Duration::ZERO).await;
    check(Fault::None, &answers);
    for fault in [
        Fault::Slow,
        Fault::ForAnother,
        Fault::Twice,
        Fault::InHalves,
        Fault::Half,
        Fault::Wrong,
        Fault::Never,
        Fault::Noise,
    ] {
        let (answers, took, _stage) = cycle(fault, Duration::ZERO).await;
        check(fault, &answers);
        let more = took.saturating_sub(usual);
        println!("{fault:?}: {more:?} more than {usual:?}");
        assert!(more <= PATIENCE, "{fault:?} costs {more:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_after_its_time_out_is_dropped_and_its_meter_read_the_next_time() {
    // The wire rests for a second after each read, as it does between two orders.
    let late = Fault::Late(PATIENCE + Duration::from_millis(300));
    let (answers, _, stage) = cycle(late, Duration::from_secs(1)).await;
    check(late, &answers);
    assert!(!stage.wire.collided());
}

#[tokio::test(start_paused = true)]
async fn an_answer_after_its_time_out_on_a_busy_wire_spoils_what_it_falls_into_and_is_never_believed()
 {
    for step in 0..40 {
        let late = Fault::Late(PATIENCE + Duration::from_millis(10 * step));
        let (answers, took, stage) = cycle(late, Duration::ZERO).await;
        let mut missing = 0;
        for (meter, got) in (1..=GOOD).zip(&answers) {
            match got {
                Some(got) => assert_eq!(*got, answer_of(meter), "{late:?}"),
                None => missing += 1,
            }
        }
        // Its own, and what was on the wire at that moment: its 20 bytes reach into two exchanges at most.
        assert!(
            (1..=3).contains(&missing),
            "{late:?}: {missing} without an answer"
        );
        assert!(took < Duration::from_secs(5), "{late:?}: {took:?}");
        // The next cycle has them all.
        let entrance = stage.node.entrance(2).unwrap();
        let mut link = entrance.link(Priority::Scheduled, Duration::from_secs(30));
        tokio::time::sleep(Duration::from_secs(2)).await;
        for meter in (1..=GOOD).filter(|meter| *meter != BAD) {
            assert_eq!(read(&mut link, meter).await.ok(), Some(answer_of(meter)));
        }
    }
}
