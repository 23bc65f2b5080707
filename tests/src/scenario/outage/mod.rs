//! A district whose concentrators are killed in the middle of a reading cycle and of top-ups: nothing may be lost, doubled or
//! left unreached.

mod figures;
mod nodes;
pub mod plan;
mod till;

use std::path::Path;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use super::Failure;
use crate::district::District;
use nodes::Nodes;
use plan::{Hanging, WIRES};
use till::{Read, Till};

pub use figures::{Cycle, Figures, Sale};

/// How long the concentrators may take to find each other.
const SETTLE: Duration = Duration::from_secs(40);
/// Amount of each order, fen.
const AMOUNT: i64 = 2_000;

/// Which concentrator is killed in the middle of the reading cycle: k3 takes wire b over.
const CYCLE_KILL: &str = "k2";
/// And of the top-ups: which concentrator, on which wire, and how long after the order began. After k1 the master goes on
/// through k2, which takes wire a over; after k2 it goes on through k1, and k3 takes over wire b and the repeater's behind it.
const KILLS: [(&str, &str, u64); 2] = [("k1", "a", 60), ("k2", "c", 90)];
/// How long the master may need to connect again to a concentrator that came back: its pauses grow while one is away.
const RECONNECT: Duration = Duration::from_secs(5);

/// Plays the scenario in a folder. `say` is told what happens.
///
/// # Errors
/// When something cannot be started, or never comes to rest.
pub async fn play(folder: &Path, say: impl Fn(&str)) -> Result<Figures, Failure> {
    let began = Instant::now();
    let dir = folder.join("district");
    let district = District::start(plan::district(&dir)).await;
    let district = district.map_err(|error| Failure::new(error.to_string()))?;
    let mut nodes = Nodes::start(folder, &district.places().dir)?;
    let played = scene(&district, &mut nodes, began, say).await;
    played.map_err(|failure| Failure::new(format!("{failure}\n{}", nodes.last_words())))
}

async fn scene(
    district: &District,
    nodes: &mut Nodes,
    began: Instant,
    say: impl Fn(&str),
) -> Result<Figures, Failure> {
    let meters = plan::meters();
    let till = Till::open(nodes.endpoints())?;
    settled(&till, &meters).await?;
    let found = began.elapsed();
    say(&format!(
        "three concentrators have found each other after {:.1} s",
        found.as_secs_f64()
    ));
    let cycle = cycle(&till, district, nodes, &meters).await?;
    say(&format!(
        "{CYCLE_KILL} killed in the middle of a reading cycle: {} of {} meters read in {} ms, {} unreached",
        cycle.read, cycle.meters, cycle.ms, cycle.unreached
    ));
    let mut sales = Vec::new();
    let mut dead = CYCLE_KILL;
    for (victim, wire, after) in KILLS {
        nodes.revive(dead)?;
        tokio::time::sleep(RECONNECT).await;
        till.prefers_first().await?;
        let meter = last_of(&meters, wire)?;
        settled(&till, std::slice::from_ref(meter)).await?;
        let sale = sale(&till, nodes, meter, victim, after).await?;
        say(&format!(
            "{victim} killed {after} ms into a top-up on wire {wire}: {} after {} ms",
            if sale.applied {
                "applied"
            } else {
                "NOT APPLIED"
            },
            sale.ms
        ));
        dead = victim;
        sales.push(sale);
    }
    let state = district.state().await;
    Ok(figures::count(
        &meters,
        cycle,
        sales,
        &state.meters,
        found,
        began.elapsed(),
    ))
}

/// Waits until a meter on every wire that has one of these is reached.
async fn settled(till: &Till, meters: &[Hanging]) -> Result<(), Failure> {
    let end = Instant::now() + SETTLE;
    for wire in WIRES.iter().filter(|wire| wire.port != 0) {
        let Some(first) = meters.iter().find(|meter| meter.wire == wire.name) else {
            continue;
        };
        while let Err(error) = till.ask(first).await {
            if Instant::now() > end {
                return Err(Failure::new(format!(
                    "wire {} is not reached: {error}",
                    wire.name
                )));
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }
    Ok(())
}

fn last_of<'a>(meters: &'a [Hanging], wire: &str) -> Result<&'a Hanging, Failure> {
    let last = meters.iter().rfind(|meter| meter.wire == wire);
    last.ok_or_else(|| Failure::new(format!("wire {wire} has no meters")))
}

/// Reads every meter once, wire by wire at the same time, and kills a concentrator when a third has been read.
async fn cycle(
    till: &Till,
    district: &District,
    nodes: &mut Nodes,
    meters: &[Hanging],
) -> Result<Cycle, Failure> {
    let began = Instant::now();
    let (tell, mut told) = tokio::sync::mpsc::unbounded_channel::<Read>();
    let mut running = JoinSet::new();
    for port in 1..=3 {
        let till = till.clone();
        let tell = tell.clone();
        let own = meters.iter().filter(|meter| meter.port == port);
        let own: Vec<Hanging> = own.cloned().collect();
        running.spawn(async move {
            for meter in &own {
                let _ = tell.send(till.read(meter).await);
            }
        });
    }
    drop(tell);
    let mut reads = Vec::new();
    while let Some(read) = told.recv().await {
        reads.push(read);
        if reads.len() == meters.len() / 3 {
            nodes.kill(CYCLE_KILL)?;
        }
    }
    running.join_all().await;
    let took = began.elapsed();
    let heat = meters.iter().filter(|meter| meter.port == 0).count();
    let tty = district.places().dir.join("heat");
    let heat_read = till::read_heat(&tty, heat).await;
    Ok(Cycle::of(CYCLE_KILL, &reads, began, took, heat, heat_read))
}

/// Credits a meter, and kills a concentrator while that is under way.
async fn sale(
    till: &Till,
    nodes: &mut Nodes,
    meter: &Hanging,
    victim: &str,
    after: u64,
) -> Result<Sale, Failure> {
    let before = till.books(meter).await?;
    let (buyer, bought) = (till.clone(), meter.clone());
    let buying = tokio::spawn(async move { buyer.credit(&bought, before, AMOUNT).await });
    tokio::time::sleep(Duration::from_millis(after)).await;
    nodes.kill(victim)?;
    let order = buying
        .await
        .map_err(|error| Failure::new(error.to_string()))??;
    Ok(Sale::of(&order, victim, meter.wire, after))
}
