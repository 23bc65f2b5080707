//! The field tool: explains frames, and talks to meters.

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use meterpost_bus::decode::{DecodeError, Decoded, decode, from_hex};
use meterpost_bus::field::emulate::{self, EmulateArguments};
use meterpost_bus::field::scan::{self, ScanArguments};
use meterpost_bus::field::trace::{self, TraceArguments};
use meterpost_bus::field::{self, FieldCommand};
use meterpost_bus::frame::Protocol;

/// Reach a meter, or explain what went over its wire.
#[derive(Parser)]
#[command(version, about)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Explain one frame.
    Decode(DecodeArguments),
    #[command(flatten)]
    Field(FieldCommand),
    /// Find the meters on a line, and the rate and parity they speak at.
    Scan(ScanArguments),
    /// Be a meter, or several, for whoever wants to try something.
    Emulate(EmulateArguments),
    /// Watch a line: every frame explained, with times, gaps, noise and spoilt frames.
    Trace(TraceArguments),
}

#[derive(clap::Args)]
struct DecodeArguments {
    /// Whose frame: dlt645, cjt188, gdw376 or mbus.
    #[arg(long)]
    protocol: Protocol,
    /// The frame in hex digits, with or without leading FE bytes; blanks between bytes are allowed.
    #[arg(required = true)]
    hex: Vec<String>,
    /// Print JSON in place of text.
    #[arg(long)]
    json: bool,
}

/// The frame is bad (also what clap says for bad arguments).
const BAD_INPUT: u8 = 2;

fn main() -> ExitCode {
    match Arguments::parse().command {
        Command::Decode(arguments) => run_decode(&arguments),
        Command::Field(command) => field::run(&command),
        Command::Scan(arguments) => scan::run(&arguments),
        Command::Emulate(arguments) => emulate::run(&arguments),
        Command::Trace(arguments) => trace::run(&arguments),
    }
}

fn run_decode(arguments: &DecodeArguments) -> ExitCode {
    match explain(arguments) {
        Ok(text) => {
            print!("{text}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("meterbus: {error}");
            ExitCode::from(BAD_INPUT)
        }
    }
}

fn explain(arguments: &DecodeArguments) -> Result<String, DecodeError> {
    let bytes = from_hex(&arguments.hex.concat())?;
    let decoded: Decoded = decode(arguments.protocol, &bytes)?;
    if arguments.json {
        let json = serde_json::to_string_pretty(&decoded);
        return json
            .map(|text| text + "\n")
            .map_err(|error| DecodeError::NotPrintable(error.to_string()));
    }
    Ok(decoded.to_string())
}
