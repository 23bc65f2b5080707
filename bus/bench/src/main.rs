//! How near the bus comes to what its wires allow, and what decoding costs: each bound of `docs/bus/proof.md` beside what was
//! measured, in one run. Wires run in virtual time.
//!
//! `BENCH_ROUNDS` sets how often the collection is decoded (3000); `CONCENTRATOR` names the program whose memory is measured.

mod cascade;
mod cycle;
mod decode;
mod memory;
mod table;
#[path = "../../tests/common/virtual_wire.rs"]
mod virtual_wire;

use std::process::ExitCode;

use table::Table;

/// What a measurement came to, or why it could not be made.
pub type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

fn main() -> ExitCode {
    match bench() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error}");
            ExitCode::FAILURE
        }
    }
}

fn bench() -> Outcome<()> {
    let rounds = match std::env::var("BENCH_ROUNDS") {
        Ok(text) => text.parse().map_err(|_| "BENCH_ROUNDS is a whole number")?,
        Err(_) => 3_000,
    };
    let mut table = Table::default();
    cycle::measure(&mut table)?;
    cascade::measure(&mut table)?;
    decode::measure(rounds, &mut table)?;
    memory::measure(&mut table)?;
    println!("{table}");
    match table.over() {
        0 => println!("every bound is kept"),
        over => println!("over the bound: {over}"),
    }
    Ok(())
}
