//! `rig`: the virtual district and the scenarios on it.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Args, Parser, Subcommand};
use meterpost_tests::district::{District, DistrictConfig, DistrictError, Places};
use meterpost_tests::scenario::Failure;
use meterpost_tests::scenario::bench::deliveries;
use meterpost_tests::scenario::demo::narrate;
use meterpost_tests::scenario::kill::kill_everywhere;
use meterpost_tests::scenario::month::{Month, Plan};
use meterpost_tests::scenario::stage::StagePlan;
use meterpost_tests::scenario::teller::Teller;
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
    /// With --dir: runs a district until it is interrupted; prints one JSON line with all places when it is ready. Without:
    /// plays a district of 60 meters whose concentrators are killed while they read and credit, and prints the figures.
    District(DistrictArgs),
    /// Brings the server what a terminal sold in weeks without it, while it sells, and measures both.
    Backlog(BacklogArgs),
    /// Cuts the power at every boundary of a top-up and counts the money.
    Kill(KillArgs),
    /// Measures how long a credit takes from the note to the meter.
    Bench(BenchArgs),
    /// Tops up a meter and tells step by step what happens; with --window a person does it.
    Demo(DemoArgs),
    /// Films a top-up in every language of the terminal: a picture of every change of the screen, and a strip of them.
    Film {
        /// The folder for the pictures.
        #[arg(long, value_name = "DIR")]
        dir: PathBuf,
    },
    /// Measures the terminal's start, memory, processor time and touch beside Chromium in kiosk mode; wants Xvfb and Chromium.
    Glass(GlassArgs),
    /// Plays a month of a district day by day; `scripts/month.sh` starts it under a clock that can be moved.
    Month(MonthArgs),
    /// Sells while the line to the server is cut again and again, then compares the terminal's ledger with the server's.
    Sync(SyncArgs),
    /// Plays one whole top-up through the real kiosk and concentrator.
    Topup(TopupArgs),
}

#[derive(Args)]
struct BacklogArgs {
    /// How many entries wait.
    #[arg(long, default_value_t = 50_000)]
    entries: u64,
    /// How many of them the server lets wait for a head.
    #[arg(long, default_value_t = 100_000)]
    unsigned: u64,
    /// Print the figures as JSON.
    #[arg(long)]
    json: bool,
    /// Leave everything in this folder.
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
}

#[derive(Args)]
struct KillArgs {
    /// Cut at this boundary only.
    #[arg(long, value_name = "N")]
    only: Option<usize>,
    /// Leave the lives that went wrong in this folder.
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
}

#[derive(Args)]
struct BenchArgs {
    /// How many top-ups.
    #[arg(long, default_value_t = 5)]
    times: usize,
    /// Bits per second of the wire.
    #[arg(long, default_value_t = 2400)]
    baud: u32,
}

#[derive(Args)]
struct DemoArgs {
    /// Where everything is left.
    #[arg(long, value_name = "DIR")]
    dir: PathBuf,
    /// Open the terminal in a window, beside a panel with its devices.
    #[arg(long)]
    window: bool,
}

#[derive(Args)]
struct GlassArgs {
    /// Starts of each program.
    #[arg(long, default_value_t = 10)]
    starts: usize,
    /// Touches.
    #[arg(long, default_value_t = 300)]
    touches: usize,
    /// For how many seconds the first screen is left alone.
    #[arg(long, default_value_t = 60)]
    idle: u64,
}

#[derive(Args)]
struct MonthArgs {
    /// Where everything is left.
    #[arg(long, value_name = "DIR")]
    dir: PathBuf,
    /// The file that all programs read the offset of their time from.
    #[arg(long, value_name = "FILE")]
    clock: PathBuf,
    /// Play so many last days of the month before this one; all of them where it is left out.
    #[arg(long)]
    days: Option<i32>,
    /// How many households live there.
    #[arg(long, default_value_t = 200)]
    households: usize,
    /// Print the figures as JSON, last.
    #[arg(long)]
    json: bool,
    /// Go on with the server afterwards, in the present, for somebody who wants to look at its pages.
    #[arg(long)]
    stay: bool,
}

#[derive(Args)]
struct SyncArgs {
    /// How often the line is cut.
    #[arg(long, default_value_t = 200)]
    cuts: usize,
    /// The seed of the misfortunes.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Print the figures as JSON.
    #[arg(long)]
    json: bool,
    /// Leave everything in this folder.
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
}

#[derive(Args)]
struct TopupArgs {
    /// Print the summary as JSON.
    #[arg(long)]
    json: bool,
    /// Leave everything, the terminal's data folder included, in this folder.
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
    /// The language of the screens: zh, zh-TW, en or es.
    #[arg(long, default_value = "zh")]
    language: String,
}

#[derive(Args)]
struct DistrictArgs {
    /// Run a district: folder for ttys, control socket, state and slips.
    #[arg(long)]
    dir: Option<PathBuf>,
    /// Play the scenario: print its figures as JSON.
    #[arg(long, conflicts_with = "dir")]
    json: bool,
    /// Play the scenario: leave everything in this folder.
    #[arg(long, value_name = "DIR", conflicts_with = "dir")]
    keep: Option<PathBuf>,
    /// District as TOML or JSON; without it the built-in one.
    #[arg(long)]
    #[arg(requires = "dir")]
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
    // The windowing library complains about every desktop that lacks something.
    let filter = tracing_subscriber::EnvFilter::new("info,winit=error");
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();
    let result: Result<(), Box<dyn std::error::Error>> = match Rig::parse().command {
        Command::District(args) => match args.dir.clone() {
            Some(dir) => district(args, dir).await.map_err(Into::into),
            None => outage(&args).await.map_err(Into::into),
        },
        Command::Backlog(args) => backlog(&args).map_err(Into::into),
        Command::Kill(args) => kill(&args).map_err(Into::into),
        Command::Bench(args) => bench(&args).map_err(Into::into),
        Command::Demo(args) => demo(&args).map_err(Into::into),
        Command::Film { dir } => film(&dir).map_err(Into::into),
        Command::Glass(args) => glass(&args).map_err(Into::into),
        Command::Month(args) => month(&args).await.map_err(Into::into),
        Command::Sync(args) => sync(&args).map_err(Into::into),
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

async fn outage(args: &DistrictArgs) -> Result<(), Failure> {
    let scratch = tempfile::tempdir()?;
    let folder = args
        .keep
        .clone()
        .unwrap_or_else(|| scratch.path().to_path_buf());
    let figures =
        meterpost_tests::scenario::outage::play(&folder, |line| eprintln!("{line}")).await?;
    if args.json {
        println!("{}", serde_json::to_string(&figures)?);
    } else {
        println!(
            "{} meters, {} concentrators, {} repeater: lost={} doubled={} unreached={} in {} s",
            figures.meters,
            figures.concentrators,
            figures.repeaters,
            figures.lost,
            figures.doubled,
            figures.unreached,
            figures.seconds
        );
    }
    if figures.lost + figures.doubled + figures.unreached == 0 {
        Ok(())
    } else {
        Err(Failure::new(
            "money or a meter is missing; the figures say which",
        ))
    }
}

async fn district(args: DistrictArgs, dir: PathBuf) -> Result<(), DistrictError> {
    let config = configured(args, dir)?;
    let district = Arc::new(District::start(config).await?);
    tokio::select! {
        result = Arc::clone(&district).serve(announce) => result,
        _ = interrupted() => Ok(()),
    }
}

fn configured(args: DistrictArgs, dir: PathBuf) -> Result<DistrictConfig, DistrictError> {
    let mut config = match &args.config {
        Some(path) => DistrictConfig::from_file(path)?,
        None => DistrictConfig::default(),
    };
    config.dir = dir;
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

fn kill(args: &KillArgs) -> Result<(), Failure> {
    let scratch = tempfile::tempdir()?;
    let folder = args
        .keep
        .clone()
        .unwrap_or_else(|| scratch.path().to_path_buf());
    let tally = kill_everywhere(&folder, args.only, |line| eprintln!("{line}"))?;
    println!(
        "boundaries={} lost={} doubled={}",
        tally.boundaries, tally.lost, tally.doubled
    );
    if tally.complaints.is_empty() {
        Ok(())
    } else {
        Err(Failure::new(tally.complaints.join("\n")))
    }
}

fn bench(args: &BenchArgs) -> Result<(), Failure> {
    let scratch = tempfile::tempdir()?;
    eprintln!(
        "topping up {} times over a wire of {} baud …",
        args.times, args.baud
    );
    let mut measured = deliveries(scratch.path(), args.baud, args.times)?;
    println!(
        "note stacked to credit confirmed, {} baud, both ends in the ledger:",
        args.baud
    );
    for delivery in &measured {
        println!(
            "  {:5} ms: {:4} ms bytes on the wire, {:3} ms pauses of the meter, {:+.1} % beyond both",
            delivery.total,
            delivery.bytes,
            delivery.pauses,
            delivery.overhead_percent()
        );
    }
    measured.sort_by(|a, b| a.overhead_percent().total_cmp(&b.overhead_percent()));
    if let Some(median) = measured.get(measured.len() / 2) {
        println!(
            "  median {:+.1} % beyond the time on the wire",
            median.overhead_percent()
        );
    }
    Ok(())
}

fn demo(args: &DemoArgs) -> Result<(), Failure> {
    let plan = StagePlan::default();
    if args.window {
        windows(args, &plan)
    } else {
        narrate(&args.dir, &plan, Teller::default()).map(drop)
    }
}

#[cfg(feature = "panel")]
fn windows(args: &DemoArgs, plan: &StagePlan) -> Result<(), Failure> {
    tokio::spawn(async {
        let _ = interrupted().await;
        meterpost_tests::panel::close();
    });
    meterpost_tests::panel::open(&args.dir, plan, Teller::default())
}

#[cfg(not(feature = "panel"))]
fn windows(_args: &DemoArgs, _plan: &StagePlan) -> Result<(), Failure> {
    Err(Failure::new(
        "this rig was built without windows; `make demo` builds one with them",
    ))
}

fn film(dir: &std::path::Path) -> Result<(), Failure> {
    use meterpost_tests::scenario::film;
    let strips = film::film(dir, &film::LANGUAGES, |line| eprintln!("{line}"))?;
    for strip in strips {
        println!("{}", strip.display());
    }
    Ok(())
}

#[cfg(feature = "panel")]
fn glass(args: &GlassArgs) -> Result<(), Failure> {
    use meterpost_tests::scenario::glass::{Plan, measure};
    let scratch = tempfile::tempdir()?;
    let plan = Plan {
        starts: args.starts,
        touches: args.touches,
        idle: std::time::Duration::from_secs(args.idle),
    };
    let figures = measure(scratch.path(), plan, |line| eprintln!("{line}"))?;
    println!("{figures}");
    Ok(())
}

#[cfg(not(feature = "panel"))]
fn glass(_args: &GlassArgs) -> Result<(), Failure> {
    Err(Failure::new(
        "this rig was built without windows; `make bench` builds one with them",
    ))
}

async fn month(args: &MonthArgs) -> Result<(), Failure> {
    let today = jiff::Zoned::now().date();
    let plan = Plan::before(today, args.days, args.households)?;
    let teller = Teller::default();
    let played = Month::play(&args.dir, &args.clock, &plan, teller)?;
    if args.json {
        println!("{}", serde_json::to_string(&played.figures)?);
    }
    if args.stay {
        let _open = played.open_the_office(teller)?;
        interrupted().await?;
    }
    Ok(())
}

fn backlog(args: &BacklogArgs) -> Result<(), Failure> {
    let scratch = tempfile::tempdir()?;
    let folder = args.keep.as_deref().unwrap_or(scratch.path());
    let figures =
        meterpost_tests::scenario::backlog::play(folder, (args.entries, args.unsigned), |line| {
            eprintln!("{line}")
        })?;
    if args.json {
        println!("{}", serde_json::to_string(&figures)?);
    } else {
        println!(
            "{} entries at the server in {} ms, {} a second under {} heads, with {} sales meanwhile: {} ms each, {} ms afterwards; lost={}",
            figures.entries,
            figures.ms,
            figures.rate,
            figures.heads,
            figures.sales,
            figures.sale_ms,
            figures.sale_ms_after,
            figures.lost
        );
    }
    match figures.lost {
        0 => Ok(()),
        _ => Err(Failure::new(
            "entries are missing; the figures say how many",
        )),
    }
}

fn sync(args: &SyncArgs) -> Result<(), Failure> {
    let scratch = tempfile::tempdir()?;
    let folder = args
        .keep
        .clone()
        .unwrap_or_else(|| scratch.path().to_path_buf());
    let figures = meterpost_tests::scenario::sync::play(&folder, args.cuts, args.seed, |line| {
        eprintln!("{line}");
    })?;
    if args.json {
        println!("{}", serde_json::to_string(&figures)?);
    } else {
        println!(
            "{} entries, {} cuts, {} requests said again: lost={} doubled={} in {} s",
            figures.entries,
            figures.cuts,
            figures.replays,
            figures.lost,
            figures.doubled,
            figures.ms / 1000
        );
    }
    if figures.lost + figures.doubled > 0 || !figures.problems.is_empty() {
        return Err(Failure::new(format!(
            "the two ledgers do not agree: {}",
            figures.problems.join("; ")
        )));
    }
    Ok(())
}

fn topup(args: &TopupArgs) -> Result<(), Failure> {
    let scratch = tempfile::tempdir()?;
    let folder = args
        .keep
        .clone()
        .unwrap_or_else(|| scratch.path().to_path_buf());
    let language = if args.language == "en" { "en" } else { "zh" };
    let summary = play(
        &folder,
        &StagePlan {
            language,
            ..StagePlan::default()
        },
    )?;
    if args.json {
        println!("{}", serde_json::to_string(&summary)?);
    } else {
        println!("paid {}, credited {}", summary.paid, summary.credited);
        println!(
            "the meter had {} and has {}",
            summary.meter_before, summary.meter_after
        );
        println!(
            "{} entries, ledger {}",
            summary.entries,
            if summary.checkpoint_ok {
                "ok"
            } else {
                "NOT OK"
            }
        );
    }
    Ok(())
}
