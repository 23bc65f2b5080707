//! `meterbus scan`: which meters are on a line, at which rate and parity.
//!
//! Every setting is tried with one question to all meters of each protocol. Only answers with a sound checksum count; where
//! something was heard, the addresses are walked until every answer stands alone.

mod progress;
mod report;
mod search;
mod settings;
mod survey;
mod walk;

use std::process::ExitCode;

use clap::{Args, ValueEnum};

use super::arguments::ParityArgument;
use super::exit;
use super::line::LineArguments;
use crate::link::{Parity, SerialSettings};
use report::Report;
use search::Search;

/// `scan`.
#[derive(Args)]
pub struct ScanArguments {
    /// The line.
    #[command(flatten)]
    pub line: LineArguments,
    /// Protocols to look for; without this, all.
    #[arg(long, value_enum, value_delimiter = ',')]
    pub protocol: Vec<ScanProtocol>,
    /// Rates to try.
    #[arg(long, value_name = "RATES", value_delimiter = ',', default_values_t = settings::RATES)]
    pub baud: Vec<u32>,
    /// Parities to try; without this, even and none.
    #[arg(long, value_enum, value_delimiter = ',')]
    pub parity: Vec<ParityArgument>,
    /// Milliseconds that an electricity, water or gas meter has to begin its answer: 500 by the standard, and what the way
    /// adds.
    #[arg(long, value_name = "MS", default_value_t = 600)]
    pub patience_ms: u64,
    /// Stop at the first rate and parity at which a meter was found.
    #[arg(long)]
    pub quick: bool,
    /// Try every primary address of M-Bus too (251 questions at each rate).
    #[arg(long)]
    pub primary: bool,
    /// Print JSON in place of text.
    #[arg(long)]
    pub json: bool,
}

/// What is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ScanProtocol {
    /// Electricity meters, both editions.
    Dlt645,
    /// Water, gas and heat meters.
    Cjt188,
    /// Meters on M-Bus.
    Mbus,
}

impl ScanArguments {
    fn looks_for(&self, protocol: ScanProtocol) -> bool {
        self.protocol.is_empty() || self.protocol.contains(&protocol)
    }

    /// The settings to try; behind a gateway there is nothing to choose.
    fn settings(&self) -> Vec<SerialSettings> {
        if self.line.tcp.is_some() {
            return vec![SerialSettings::default()];
        }
        let parities: Vec<Parity> = self.parity.iter().map(|parity| parity.parity()).collect();
        let parities = if parities.is_empty() {
            settings::PARITIES.to_vec()
        } else {
            parities
        };
        settings::combinations(&self.baud, &parities)
    }
}

/// Scans the line, prints what was found, and says how the program ends (see [`exit`]).
pub fn run(arguments: &ScanArguments) -> ExitCode {
    let Some(opener) = arguments.line.opener() else {
        eprintln!("meterbus: name the line: --serial DEVICE or --tcp HOST:PORT");
        return ExitCode::from(exit::BAD_ARGUMENTS);
    };
    let runtime = match super::runtime() {
        Ok(runtime) => runtime,
        Err(code) => return code,
    };
    let report: Report = runtime.block_on(Search::new(arguments, opener).run());
    report.print(arguments.json);
    ExitCode::from(report.exit())
}
