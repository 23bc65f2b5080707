//! How fast the terminal is, measured on the virtual district. Ratios of one run, because machines differ.

use std::path::Path;

use serde_json::Value;

use super::Failure;
use super::stage::{ELECTRICITY, Stage, StagePlan};
use super::topup::{PATIENCE, choose, insert, state};
use crate::district::{Command, DistrictState};

/// The shortest pause between a request and its answer that DL/T 645-2007 allows a meter; the virtual ones keep to it.
const ANSWER_PAUSE_MS: u64 = 20;

/// One top-up from the note's credit in the ledger to the meter's confirmation in the ledger.
#[derive(Clone, Copy, Debug)]
pub struct Delivery {
    /// Between the two entries, in milliseconds.
    pub total: u64,
    /// Of these, bytes were on the wire.
    pub bytes: u64,
    /// Of these, the meter kept the pause before its answers that its standard asks for.
    pub pauses: u64,
}

impl Delivery {
    /// The time beyond what the wire and the meter need, in percent of that.
    pub fn overhead_percent(self) -> f64 {
        let (total, wire) = (self.total as f64, (self.bytes + self.pauses).max(1) as f64);
        (total - wire) / wire * 100.0
    }
}

/// Tops the electricity meter up so many times over a wire of `baud`, and measures each delivery.
///
/// # Errors
/// When a top-up fails.
pub fn deliveries(folder: &Path, baud: u32, times: usize) -> Result<Vec<Delivery>, Failure> {
    let mut stage = Stage::set(
        folder,
        &StagePlan {
            baud,
            ..StagePlan::default()
        },
    )?;
    let mut screen = stage.start_kiosk()?;
    let mut wires = Vec::new();
    for _ in 0..times {
        choose(&mut screen, ELECTRICITY, 1_000, None)?;
        send(&mut stage, &Command::ResetCounters)?;
        insert(&mut stage, 10)?;
        screen.wait_for(&["Done"], &["slip: Printed"], PATIENCE)?;
        wires.push(wire_times(&state(&mut stage)?)?);
        screen.touch("close")?;
    }
    screen.wait_for(&["Attract"], &[], PATIENCE)?;
    stage.kill_kiosk()?;
    let totals = spans(&stage.list_ledger()?);
    let joined = totals.into_iter().zip(wires);
    Ok(joined
        .map(|(total, (bytes, pauses))| Delivery {
            total,
            bytes,
            pauses,
        })
        .collect())
}

/// How long bytes were on the first wire, and how long its meters kept their pauses, in milliseconds.
fn wire_times(state: &DistrictState) -> Result<(u64, u64), Failure> {
    let wire = state
        .segments
        .first()
        .ok_or_else(|| Failure::new("the district has no wire"))?;
    Ok((
        wire.counters.busy_ns / 1_000_000,
        wire.counters.answers * ANSWER_PAUSE_MS,
    ))
}

fn send(stage: &mut Stage, command: &Command) -> Result<Value, Failure> {
    stage
        .control
        .send(command)
        .map_err(|e| Failure::new(e.to_string()))
}

/// The milliseconds from each note's credit to the delivery's confirmation.
fn spans(entries: &[Value]) -> Vec<u64> {
    let mut spans = Vec::new();
    let mut stacked = None;
    for entry in entries {
        let (event, at) = (
            entry["event"].as_str().unwrap_or_default(),
            entry["monotonic_ms"].as_u64(),
        );
        if event.starts_with("NoteStacked") {
            stacked = at;
        } else if event.starts_with("DeliveryApplied")
            && let (Some(from), Some(to)) = (stacked.take(), at)
        {
            spans.push(to.saturating_sub(from));
        }
    }
    spans
}
