//! Real concentrators in a cascade over wires in memory, in virtual time: a read through hops, and the death of an owner.

use std::sync::Arc;
use std::time::Duration;

use meterpost_bus::cascade::Target;
use meterpost_bus::concentrator::segment::WireParts;
use meterpost_bus::concentrator::{Concentrator, Config, Parts};
use meterpost_bus::frame::cascade::{Assembler, Body, Operation, Outcome as Told, PortName};
use meterpost_bus::frame::dlt645::Dlt645;
use meterpost_bus::frame::scan::{Found, Scanner};
use meterpost_bus::link::{Parity, SerialSettings, Spoken};
use tokio::time::Instant;

use crate::Outcome;
use crate::table::{Mark, Table};
use crate::virtual_wire::{Says, VirtualWire};

const READ: &str = "681290785634126811043335C333F916";
const ANSWER: &str = "681290785634126891083335C33378563433B216";
const ANSWER_DELAY: Duration = Duration::from_millis(20);
const LINE: SerialSettings = SerialSettings {
    baud: 9600,
    parity: Parity::Even,
    data_bits: 8,
    stop_bits: 1,
};
/// How long a cascade that starts may take to know itself.
const SETTLE: Duration = Duration::from_secs(60);
/// From the request's last byte to the answer's: DL/T 645-2007 allows a pause of 500 ms.
const PATIENCE: Duration = Duration::from_millis(600);
const READS: usize = 20;

fn wire(meter: bool) -> VirtualWire {
    let wire = VirtualWire::new();
    if meter {
        wire.device("meter", LINE, Spoken::default(), |request: &[u8]| -> Says {
            let answer = hex::decode(ANSWER).unwrap_or_default();
            let asked = hex::encode_upper(request) == READ;
            asked
                .then_some((ANSWER_DELAY, answer))
                .into_iter()
                .collect()
        });
    }
    wire
}

/// A concentrator on wires that have these numbers; port n is the nth of them.
struct Node {
    concentrator: Concentrator,
    _folder: tempfile::TempDir,
}

impl Node {
    async fn start(number: u16, wires: &[(u16, &VirtualWire)]) -> Outcome<Node> {
        let folder = tempfile::tempdir()?;
        let mut text = format!(
            "area = \"0171\"\naddress = {number}\nlisten = \"127.0.0.1:0\"\nstate = \"{}/node.db\"\n",
            folder.path().display()
        );
        for port in 1..=wires.len() {
            text += &format!(
                "[[segment]]\nport = {port}\ndevice = \"wire{port}\"\nbaud = 9600\nadapter_latency_ms = 0\n"
            );
        }
        text += &format!("[cascade]\nnode = {number}\nrank = {}\n", number * 10);
        for (index, (segment, _)) in wires.iter().enumerate() {
            text += &format!(
                "[[cascade.wire]]\nport = {}\nsegment = {segment}\n",
                index + 1
            );
        }
        let config = Config::parse(&text, "bench")?;
        let mut parts = Parts::default();
        for (segment, (_, wire)) in config.segments.iter().zip(wires) {
            let mut own = WireParts::of(segment);
            own.opener = Arc::new(wire.port(&format!("node {number}"), false));
            parts.wires.insert(segment.port, own);
        }
        Ok(Node {
            concentrator: Concentrator::start_with(config, parts).await?,
            _folder: folder,
        })
    }

    fn becomes_root(&self) -> Outcome<()> {
        let cascade = self.concentrator.cascade().ok_or("no cascade")?;
        cascade.set_uplink(true);
        Ok(())
    }

    /// Reads the meter on the wire that masters call by a port of a terminal.
    async fn read(&self, terminal: u16, port: u8) -> Outcome<(bool, Duration)> {
        let name = PortName {
            area: 0x0171,
            terminal,
            port,
        };
        let operation = Operation::Meter {
            segment: 0,
            control: 0,
            patience: PATIENCE,
            frame: hex::decode(READ)?,
        };
        let cascade = self.concentrator.cascade().ok_or("no cascade")?;
        let began = Instant::now();
        let told = cascade
            .ask(Target::Port(name), operation, Duration::from_secs(8))
            .await;
        Ok((told == Told::Done(hex::decode(ANSWER)?), began.elapsed()))
    }
}

/// The time on this wire of what belongs to requests: the frames that carry a request or its answer, and the meter's own.
fn of_requests(wire: &VirtualWire, from: Instant) -> (Duration, u32) {
    let mut scanner = Scanner::new::<Dlt645>();
    let mut assembler = Assembler::default();
    let (mut bytes, mut frames, mut pending) = (0, 0, 0);
    for byte in wire.log().iter().filter(|byte| byte.began >= from) {
        for found in scanner.push(&[byte.byte]) {
            let Found::Frame { bytes: frame, .. } = found else {
                continue;
            };
            let hex = hex::encode_upper(&frame);
            if hex == READ || hex == ANSWER {
                bytes += frame.len();
                frames += 1;
                continue;
            }
            pending += frame.len();
            match assembler.take(&frame) {
                Some(Ok(packet)) => {
                    if matches!(packet.body, Body::Request(_) | Body::Answer(_)) {
                        bytes += pending;
                        frames += 1;
                    }
                    pending = 0;
                }
                Some(Err(_)) => pending = 0,
                None => {}
            }
        }
    }
    (LINE.wire_time(bytes), frames)
}

fn virtual_time<T>(work: impl Future<Output = Outcome<T>>) -> Outcome<T> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()?;
    runtime.block_on(work)
}

pub fn measure(table: &mut Table) -> Outcome<()> {
    virtual_time(hops(table))?;
    virtual_time(death(table))
}

/// A root, and three concentrators behind it one after the other; the meter is on the last one's wire.
async fn hops(table: &mut Table) -> Outcome<()> {
    let wires = [wire(false), wire(false), wire(false), wire(true)];
    let root = Node::start(1, &[(11, &wires[0])]).await?;
    root.becomes_root()?;
    let _second = Node::start(2, &[(11, &wires[0]), (12, &wires[1])]).await?;
    let _third = Node::start(3, &[(12, &wires[1]), (13, &wires[2])]).await?;
    let _last = Node::start(4, &[(13, &wires[2]), (14, &wires[3])]).await?;
    tokio::time::sleep(SETTLE).await;
    let mut ratios = Vec::new();
    for _ in 0..READS {
        let began = Instant::now();
        let (answered, took) = root.read(4, 2).await?;
        if !answered {
            return Err("a read through three hops brought no answer".into());
        }
        let (mut least, mut silences) = (ANSWER_DELAY, Duration::ZERO);
        for wire in &wires {
            let (bytes, frames) = of_requests(wire, began);
            least += bytes;
            silences += LINE.bit_times(33) * frames;
        }
        let with_silences = took.as_secs_f64() / (least + silences).as_secs_f64();
        ratios.push((
            took.as_secs_f64() / least.as_secs_f64(),
            took,
            least,
            with_silences,
        ));
        tokio::time::sleep(Duration::from_millis(1_370)).await;
    }
    ratios.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (ratio, took, least, with_silences) = ratios[READS / 2];
    table.row(
        format!("read through three cascaded hops, 9600 baud, median of {READS}"),
        "≤ 1.10 × bytes and answer delays",
        format!("{:.0} ms, least {:.0} ms", millis(took), millis(least)),
        Some(ratio),
        Mark::when(ratio <= 1.10),
    );
    table.info(
        "the same with the 33 bits of silence that each of these frames needs before it",
        format!("ratio {with_silences:.3}"),
    );
    let (ratio, took, _, _) = ratios[READS - 1];
    table.info(
        "the slowest of them",
        format!("{:.0} ms, ratio {ratio:.3}", millis(took)),
    );
    Ok(())
}

/// A wire with an owner and a stand-by below a root.
struct Pair {
    root: Node,
    owner: Node,
    stand_by: Node,
}

impl Pair {
    async fn settled() -> Outcome<Pair> {
        let (above, below) = (wire(false), wire(true));
        let root = Node::start(1, &[(11, &above)]).await?;
        root.becomes_root()?;
        let owner = Node::start(2, &[(11, &above), (12, &below)]).await?;
        let stand_by = Node::start(3, &[(11, &above), (12, &below)]).await?;
        tokio::time::sleep(SETTLE).await;
        if !root.read(2, 2).await?.0 {
            return Err("the owner's wire is not reached".into());
        }
        Ok(Pair {
            root,
            owner,
            stand_by,
        })
    }
}

/// The owner dies, once while nobody asks and once just before a read.
async fn death(table: &mut Table) -> Outcome<()> {
    let pair = Pair::settled().await?;
    let heir = pair.stand_by.concentrator.cascade().ok_or("no cascade")?;
    pair.owner.concentrator.stop().await;
    let died = Instant::now();
    while !heir.owns(2) {
        tokio::time::sleep(Duration::from_millis(1)).await;
        if died.elapsed() > Duration::from_secs(60) {
            return Err("nobody takes the wire over".into());
        }
    }
    let taken = died.elapsed();
    table.row(
        "concentrator dies: take-over of its wire, 9600 baud",
        "≤ 3 s",
        format!("{:.2} s", taken.as_secs_f64()),
        Some(taken.as_secs_f64() / 3.0),
        Mark::when(taken <= Duration::from_secs(3)),
    );
    let pair = Pair::settled().await?;
    pair.owner.concentrator.stop().await;
    let (answered, took) = pair.root.read(2, 2).await?;
    // A request's time-out at the master: the queue's 5 s, and what the meter may take.
    let time_out = Duration::from_secs(5) + PATIENCE;
    table.row(
        "a read asked for at that moment, through the other path",
        "≤ one request time-out",
        format!(
            "{:.2} s, time-out {:.1} s",
            took.as_secs_f64(),
            time_out.as_secs_f64()
        ),
        Some(took.as_secs_f64() / time_out.as_secs_f64()),
        Mark::when(answered && took <= time_out),
    );
    let (answered, took) = pair.root.read(2, 2).await?;
    if !answered {
        return Err("the wire is not reached after the take-over".into());
    }
    table.info("the read after that", format!("{:.0} ms", millis(took)));
    Ok(())
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
