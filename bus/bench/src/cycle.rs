//! Scheduled reading cycles of the real concentrator over wires in memory, in virtual time: what is measured is the wire and
//! nothing of this machine.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use meterpost_bus::concentrator::clock::{ClockQuality, NodeClock};
use meterpost_bus::concentrator::segment::WireParts;
use meterpost_bus::concentrator::{Concentrator, Config, Parts};
use meterpost_bus::frame::wall_time::WallTime;
use meterpost_bus::link::{SerialSettings, Spoken};

use crate::Outcome;
use crate::table::{Mark, Table};
use crate::virtual_wire::{Says, VirtualPort, VirtualWire};

/// A meter's pause before its answer.
const ANSWER_DELAY: Duration = Duration::from_millis(20);
/// Silence between frames, in bit times (EN 13757-2).
const GAP_BITS: u64 = 33;
/// A water meter's answer to `8105`: number 3, 100.00 bought, 350.00 in all, 87.50 left.
const ANSWER: &str = "68101802122020000081128105060300000100005003005087000000003116";

/// A profile without registers: the books are read, one exchange a meter.
const BOOKS: &str = "name = \"books\"\nprotocol = \"cjt188\"\nbilling = \"on_meter\"\ncapabilities = [\"read\"]\n[dialect]\nedition = \"2004\"\n";

/// What a cycle took from the first bit to the last, and what the wire alone would have taken.
#[derive(Clone, Copy)]
struct Cycle {
    began: tokio::time::Instant,
    ended: tokio::time::Instant,
    limit: Duration,
    exchanges: u32,
    answered: usize,
}

impl Cycle {
    fn took(&self) -> Duration {
        self.ended - self.began
    }
}

/// One cycle of wires with so many meters each, all of one concentrator.
fn cycles(meters: &[usize]) -> Outcome<Vec<Cycle>> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()?;
    runtime.block_on(async {
        let folder = tempfile::tempdir()?;
        let config = configured(folder.path(), meters)?;
        let mut parts = Parts::default();
        let start = WallTime::new(2026, 11, 25, 10, 0, 0).ok_or("a time")?;
        parts.clock = Some(NodeClock::simulated(start, ClockQuality::Ntp));
        let mut wires = Vec::new();
        for segment in &config.segments {
            let wire = VirtualWire::new();
            let own = wire.port("concentrator", false);
            let settings = SerialSettings::default();
            wire.device("meters", settings, Spoken::default(), answer);
            let mut of_wire = WireParts::of(segment);
            of_wire.opener = Arc::new(own.clone());
            parts.wires.insert(segment.port, of_wire);
            wires.push((segment.port, wire, own));
        }
        let concentrator = Concentrator::start_with(config, parts).await?;
        quiet(&wires).await;
        let mut all = Vec::new();
        for (port, wire, own) in &wires {
            let state = concentrator.cycle(*port).ok_or("a wire without a cycle")?;
            all.push(measured(wire, own, state.answered as usize)?);
        }
        concentrator.stop().await;
        Ok(all)
    })
}

/// Waits until nobody has said anything for a while: the cycle is over, the next one is an hour away.
async fn quiet(wires: &[(u8, VirtualWire, VirtualPort)]) {
    let said = || -> usize { wires.iter().map(|(_, wire, _)| wire.log().len()).sum() };
    loop {
        let before = said();
        tokio::time::sleep(Duration::from_secs(30)).await;
        if said() == before && before > 0 {
            return;
        }
    }
}

fn answer(request: &[u8]) -> Says {
    let Ok(mut answer) = hex::decode(ANSWER) else {
        return Vec::new();
    };
    // The address, and the serial byte of the request.
    answer[1..9].copy_from_slice(&request[1..9]);
    answer[13] = request[13];
    let end = answer.len() - 2;
    answer[end] = answer[..end]
        .iter()
        .fold(0u8, |sum, byte| sum.wrapping_add(*byte));
    vec![(ANSWER_DELAY, answer)]
}

/// The limit is the bytes that were on the wire, a pause before each answer, and a gap after each but the last.
fn measured(wire: &VirtualWire, own: &VirtualPort, answered: usize) -> Outcome<Cycle> {
    let log = wire.log();
    let (Some(first), Some(last)) = (log.first(), log.last()) else {
        return Err("nothing was said".into());
    };
    let ours = |at: usize| log[at].port == own.index();
    let begins = (0..log.len()).filter(|&at| ours(at) && (at == 0 || !ours(at - 1)));
    let exchanges = u32::try_from(begins.count())?;
    let line = SerialSettings::default();
    let pauses = ANSWER_DELAY * exchanges + line.bit_times(GAP_BITS) * (exchanges - 1);
    Ok(Cycle {
        began: first.began,
        ended: last.ended,
        limit: line.wire_time(log.len()) + pauses,
        exchanges,
        answered,
    })
}

fn configured(folder: &Path, wires: &[usize]) -> Outcome<Config> {
    let mut text = format!(
        "area = \"0171\"\naddress = 1\nlisten = \"127.0.0.1:0\"\nstate = \"{}/node.db\"\n[schedule]\nevery_minutes = 60\n",
        folder.display()
    );
    let mut point = 0;
    for (at, count) in wires.iter().enumerate() {
        let port = at + 1;
        text += &format!(
            "[[segment]]\nport = {port}\ndevice = \"wire{port}\"\nadapter_latency_ms = 0\n"
        );
        for number in 1..=*count {
            point += 1;
            let address = port * 100_000 + number;
            text += &format!(
                "[[meter]]\npoint = {point}\nport = {port}\naddress = \"10-{address:014}\"\nprofile = \"books.toml\"\n"
            );
        }
    }
    // A profile's file is looked for beside the configuration.
    std::fs::write(folder.join("books.toml"), BOOKS)?;
    let name = folder.join("node.toml");
    Ok(Config::parse(&text, &name.display().to_string())?)
}

/// One wire with 64 meters, then the same wire beside three shorter ones.
pub fn measure(table: &mut Table) -> Outcome<()> {
    let [one] = cycles(&[64])?[..] else {
        return Err("one wire, one cycle".into());
    };
    if one.answered != 64 {
        return Err(format!("{} of 64 meters were read", one.answered).into());
    }
    let reached = one.limit.as_secs_f64() / one.took().as_secs_f64();
    table.row(
        "reading cycle, 64 meters on one wire of 2400 baud",
        "≥ 97 % of the wire's limit",
        format!(
            "{:.3} s, limit {:.3} s",
            one.took().as_secs_f64(),
            one.limit.as_secs_f64()
        ),
        Some(reached),
        Mark::when(reached >= 0.97),
    );
    table.info(
        format!(
            "{} exchanges: bytes, 20 ms before each answer, 33 bits after it",
            one.exchanges
        ),
        format!(
            "{:.1} ms each",
            one.took().as_secs_f64() * 1e3 / f64::from(one.exchanges)
        ),
    );
    let four = cycles(&[64, 48, 32, 16])?;
    let answered: usize = four.iter().map(|cycle| cycle.answered).sum();
    if answered != 160 {
        return Err(format!("{answered} of 160 meters were read").into());
    }
    let began = four
        .iter()
        .map(|cycle| cycle.began)
        .min()
        .ok_or("no cycle")?;
    let ended = four
        .iter()
        .map(|cycle| cycle.ended)
        .max()
        .ok_or("no cycle")?;
    let slowest = four.iter().map(Cycle::took).max().ok_or("no cycle")?;
    let ratio = (ended - began).as_secs_f64() / slowest.as_secs_f64();
    table.row(
        "four wires of one concentrator: 64, 48, 32 and 16 meters",
        "the slowest one's cycle",
        format!(
            "{:.3} s, the slowest {:.3} s",
            (ended - began).as_secs_f64(),
            slowest.as_secs_f64()
        ),
        Some(ratio),
        Mark::when(ratio <= 1.01),
    );
    let one_by_one: Duration = four.iter().map(Cycle::took).sum();
    table.info(
        "one after the other they would take",
        format!("{:.3} s", one_by_one.as_secs_f64()),
    );
    Ok(())
}
