//! `rig`: the virtual district and the scenarios on it.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Args, Parser, Subcommand};
use meterpost_tests::district::{District, DistrictConfig, DistrictError, Places};
use meterpost_tests::scenario::Failure;
use meterpost_tests::scenario::stage::StagePlan;
use meterpost_tests::scenario::topup::play;

/// The proof: a virtual district at wire level, and whole-system scenarios.
#[derive(Parser)]
#[command(name = "rig", version)]
struct Rig {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Runs a district until it is interrupted; prints one JSON line with all places when it is ready.
    District(DistrictArgs),
    /// Plays one whole top-up through the real kiosk and concentrator.
    Topup(TopupArgs),
}

#[derive(Args)]
struct TopupArgs {
    /// Print the summary as JSON.
    #[arg(long)]
    json: bool,
    /// Leave everything, the terminal's data folder included, in this folder.
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
    /// The language of the screens: zh or en.
    #[arg(long, default_value = "zh")]
    language: String,
}

#[derive(Args)]
struct DistrictArgs {
    /// Folder for ttys, control socket, state and slips.
    #[arg(long)]
    dir: PathBuf,
    /// District as TOML or JSON; without it the built-in one.
    #[arg(long)]
    config: Option<PathBuf>,
    /// Speed of all segments in bits per second.
    #[arg(long)]
    baud: Option<u32>,
    /// Emulated time against real time: 1 is real, 0 without any waiting.
    #[arg(long)]
    scale: Option<f64>,
    /// TCP port of the printer; the system chooses one otherwise.
    #[arg(long)]
    printer_port: Option<u16>,
    /// Dots across the printer's paper: 576 or 384.
    #[arg(long)]
    printer_width: Option<usize>,
    /// A validator that does not know POLL WITH ACK.
    #[arg(long)]
    plain_poll: bool,
}

#[tokio::main]
async fn main() -> ExitCode {
    tracing_subscriber::fmt().with_writer(std::io::stderr).init();
    let result: Result<(), Box<dyn std::error::Error>> = match Rig::parse().command {
        Command::District(args) => district(args).await.map_err(Into::into),
        Command::Topup(args) => topup(&args).map_err(Into::into),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("rig: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn district(args: DistrictArgs) -> Result<(), DistrictError> {
    let config = configured(args)?;
    let district = Arc::new(District::start(config).await?);
    tokio::select! {
        result = Arc::clone(&district).serve(announce) => result,
        _ = interrupted() => Ok(()),
    }
}

fn configured(args: DistrictArgs) -> Result<DistrictConfig, DistrictError> {
    let mut config = match &args.config {
        Some(path) => DistrictConfig::from_file(path)?,
        None => DistrictConfig::default(),
    };
    config.dir = args.dir;
    if let Some(baud) = args.baud {
        config.set_baud(baud);
    }
    if let Some(scale) = args.scale {
        config.set_scale(scale);
    }
    if let Some(port) = args.printer_port {
        config.printer.port = port;
    }
    if let Some(width) = args.printer_width {
        config.printer.width = width;
    }
    if args.plain_poll {
        config.validator.poll_with_ack = false;
    }
    Ok(config)
}

fn announce(places: &Places) {
    match serde_json::to_string(places) {
        Ok(line) => println!("{line}"),
        Err(error) => eprintln!("rig: {error}"),
    }
}

/// Interrupt or termination, as from a supervisor. All state is on disk already.
async fn interrupted() -> std::io::Result<()> {
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    tokio::select! {
        result = tokio::signal::ctrl_c() => result,
        _ = terminate.recv() => Ok(()),
    }
}

fn topup(args: &TopupArgs) -> Result<(), Failure> {
    let scratch = tempfile::tempdir()?;
    let folder = args.keep.clone().unwrap_or_else(|| scratch.path().to_path_buf());
    let language = if args.language == "en" { "en" } else { "zh" };
    let summary = play(&folder, &StagePlan { language, ..StagePlan::default() })?;
    if args.json {
        println!("{}", serde_json::to_string(&summary)?);
    } else {
        println!("paid {}, credited {}", summary.paid, summary.credited);
        println!("the meter had {} and has {}", summary.meter_before, summary.meter_after);
        println!("{} entries, ledger {}", summary.entries, if summary.checkpoint_ok { "ok" } else { "NOT OK" });
    }
    Ok(())
}
