//! Proofs for random entries.

use std::path::Path;

use meterpost_ledger::{LeafHash, verify_inclusion};

use crate::making;
use crate::place::Outcome;
use crate::table::{Mark, Table};
use crate::times::{Both, said, taken};

const PROOFS: usize = 20_000;

/// Made before measuring, so that the files are in the system's memory.
const WARM_PROOFS: usize = 2_000;

const MAX_MICROS: f64 = 50.0;
const MAX_HASHES: usize = 20;

/// Fills the rows of the table; the log is closed, before and after.
pub fn measure(directory: &Path, table: &mut Table) -> Outcome<()> {
    let ledger = making::open(directory)?;
    let mut random = Random(2026);
    let mut proofs = Both::default();
    let mut receipts = Both::default();
    let mut most = 0;
    for round in 0..WARM_PROOFS + PROOFS {
        let index = random.next() % ledger.size();
        let (proof, time) = taken(|| ledger.inclusion_proof(index));
        let proof = proof?;
        most = most.max(proof.len());
        let other = random.next() % ledger.size();
        let (receipt, receipt_time) = taken(|| ledger.prove(other));
        receipt?;
        if round >= WARM_PROOFS {
            proofs.push(time);
            receipts.push(receipt_time);
        }
        if round % 1000 == 0 {
            let entry = ledger.entries(index..index + 1).next();
            let leaf: LeafHash = entry.ok_or("the entry is not there")??.leaf;
            verify_inclusion(leaf, index, ledger.size(), &proof, &ledger.root())?;
        }
    }
    let micros = proofs.wall.percentile(99).as_secs_f64() * 1e6;
    table.row(
        format!("inclusion proof at {} entries, p99", ledger.size()),
        said(proofs.wall.percentile(99)),
        "≤ 50 µs",
        Mark::at_most(micros, MAX_MICROS),
    );
    for (name, times) in [
        ("p50 / p99", &proofs.wall),
        ("processor time, p50 / p99", &proofs.processor),
        (
            "receipt proof with entry and checkpoint, p50 / p99",
            &receipts.wall,
        ),
    ] {
        table.info(
            name,
            format!("{} / {}", said(times.median()), said(times.percentile(99))),
        );
    }
    table.row(
        "  hashes in a proof, at most",
        most.to_string(),
        "≤ 20",
        Mark::at_most(most as f64, MAX_HASHES as f64),
    );
    Ok(())
}

/// SplitMix64: the same places in every run.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}
