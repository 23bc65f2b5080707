//! `meterbus emulate`: meters on a serial port, on a fresh pseudo-terminal, or on TCP.
//!
//! The meters are those of [`crate::emulate`]. Several of them share the line as they would a wire: when two answer at once,
//! both answers are spoilt.

mod line;
mod meters;
mod serve;
mod state;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueEnum};

use super::arguments::{ParityArgument, amount};
use super::exit;
use crate::amount::Amount;
use crate::link::SerialSettings;
use line::EmulatedLine;
use serve::Bench;
use state::State;

/// `emulate`.
#[derive(Args)]
pub struct EmulateArguments {
    /// What the meters speak.
    #[arg(long, value_enum)]
    pub protocol: EmulatedProtocol,
    /// A meter's address; say it again for each further meter. DL/T 645: 12 digits; CJ/T 188: type and number, such as
    /// 10-71962403180002; M-Bus: eight digits, or such as 12345678-MPT-01-07.
    #[arg(long, value_name = "N", required = true)]
    pub address: Vec<String>,
    /// A serial port of this machine.
    #[arg(long, value_name = "DEVICE", group = "place", required_unless_present_any = ["pty", "listen"])]
    pub serial: Option<PathBuf>,
    /// A fresh pseudo-terminal; PATH becomes a symbolic link to it.
    #[arg(long, value_name = "PATH", group = "place", num_args = 0..=1)]
    pub pty: Option<Option<PathBuf>>,
    /// Where to wait for a TCP connection; port 0 = one that the system chooses.
    #[arg(long, value_name = "HOST:PORT", group = "place")]
    pub listen: Option<String>,
    /// Bits per second that the meters speak at.
    #[arg(long, default_value_t = 2400)]
    pub baud: u32,
    /// Parity that the meters speak with (serial port only).
    #[arg(long, value_enum, default_value_t = ParityArgument::Even)]
    pub parity: ParityArgument,
    /// The balance they begin with, such as 12.34.
    #[arg(long, value_parser = amount)]
    pub balance: Option<Amount>,
    /// The customer number they begin with (DL/T 645).
    #[arg(long, value_name = "DIGITS")]
    pub customer: Option<String>,
    /// A TOML file with everything else about the meters (DL/T 645).
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Milliseconds from a request to its answer.
    #[arg(long, default_value_t = 25)]
    pub delay_ms: u64,
    /// Bytes FE before an answer.
    #[arg(long, default_value_t = 4)]
    pub preamble: u8,
    /// Keep what the meters went through in this file, and go on from there the next time.
    #[arg(long, value_name = "FILE")]
    pub state: Option<PathBuf>,
    /// Print what is heard and answered.
    #[arg(long, short)]
    pub verbose: bool,
}

/// What emulated meters speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum EmulatedProtocol {
    /// Electricity meters.
    Dlt645,
    /// Prepaid water and gas meters.
    Cjt188,
    /// Water meters on M-Bus.
    Mbus,
}

impl EmulateArguments {
    fn settings(&self) -> SerialSettings {
        SerialSettings {
            baud: self.baud,
            parity: self.parity.parity(),
            ..SerialSettings::default()
        }
    }
}

/// Why the meters cannot live, and the exit code for it.
type Fault = (u8, String);

/// Lets the meters live until they are interrupted, and says how the program ends (see [`exit`]).
pub fn run(arguments: &EmulateArguments) -> ExitCode {
    let runtime = match super::runtime() {
        Ok(runtime) => runtime,
        Err(code) => return code,
    };
    match runtime.block_on(live(arguments)) {
        Ok(()) => ExitCode::SUCCESS,
        Err((code, why)) => {
            eprintln!("meterbus: {why}");
            ExitCode::from(code)
        }
    }
}

async fn live(arguments: &EmulateArguments) -> Result<(), Fault> {
    let mut meters = meters::build(arguments).map_err(|why| (exit::BAD_ARGUMENTS, why))?;
    let state = match &arguments.state {
        Some(path) => {
            Some(State::open(path, &mut meters).map_err(|why| (exit::BAD_ARGUMENTS, why))?)
        }
        None => None,
    };
    let mut line = EmulatedLine::open(arguments)
        .await
        .map_err(|why| (exit::NO_ANSWER, why))?;
    for meter in &meters {
        let told = meter.describe();
        println!(
            "{} {} ({}) on {}",
            told.protocol,
            told.address,
            told.kind,
            line.name()
        );
    }
    let mut bench = Bench::new(meters, state, arguments);
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())
        .map_err(|error| (1, error.to_string()))?;
    let interrupted = tokio::signal::ctrl_c();
    tokio::pin!(interrupted);
    loop {
        let served = tokio::select! {
            _ = &mut interrupted => return Ok(()),
            _ = terminate.recv() => return Ok(()),
            served = line.serve(&mut bench) => served,
        };
        served.map_err(|why| (exit::NO_ANSWER, why))?;
    }
}
