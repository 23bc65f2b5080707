//! The concentrator node as a program.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, Subcommand};
use meterpost_bus::concentrator::notify::Notify;
use meterpost_bus::concentrator::{Concentrator, Config, Status};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tracing_subscriber::EnvFilter;

/// Reaches the meters of one or more wires for masters over Q/GDW 376.1.
#[derive(Parser)]
#[command(
    version,
    args_conflicts_with_subcommands = true,
    arg_required_else_help = true
)]
struct Arguments {
    /// The configuration file.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Checks a configuration file, the profiles it names and its certificates, and says what is wrong.
    Check {
        /// The configuration file.
        file: PathBuf,
    },
    /// Says how the running concentrator is.
    Status {
        /// The configuration file it runs with.
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
        /// For machines.
        #[arg(long)]
        json: bool,
    },
}

/// No concentrator answers.
const NOT_THERE: u8 = 3;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match (arguments.command, arguments.config) {
        (Some(Command::Check { file }), _) => check(&file),
        (Some(Command::Status { config, json }), _) => status(&config, json),
        (None, Some(file)) => match Config::load(&file) {
            Ok(config) => run(&file, config),
            Err(error) => bad_configuration(&error),
        },
        (None, None) => {
            eprintln!("--config FILE is needed");
            ExitCode::from(2)
        }
    }
}

fn bad_configuration(error: &dyn std::fmt::Display) -> ExitCode {
    eprintln!("{error}");
    ExitCode::from(2)
}

fn check(file: &Path) -> ExitCode {
    let config = match Config::load(file) {
        Ok(config) => config,
        Err(error) => return bad_configuration(&error),
    };
    println!("{}: concentrator {}", file.display(), config.address);
    if let Some(listen) = &config.listen {
        println!("  masters connect to {}", listen.address);
    }
    for uplink in &config.connect {
        println!("  connects to {}", uplink.endpoint);
    }
    for segment in &config.segments {
        let on_port = |port| config.meters.iter().filter(move |meter| meter.port == port);
        println!(
            "  port {}: {} {}, {} meters named here",
            segment.port,
            segment.serial.device.display(),
            segment.serial.settings,
            on_port(segment.port).count()
        );
    }
    if config.schedule.cycle.is_none() {
        println!("  meters are not read on schedule; add [schedule] if they should be");
    }
    if let Some(cascade) = &config.cascade {
        println!("  cascade: node {}, rank {}", cascade.node, cascade.rank);
        for wire in &cascade.wires {
            println!("    port {} is on segment {}", wire.port, wire.segment);
        }
    }
    certificates(&config)
}

/// The files of TLS as they lie there now: better here than in the first handshake.
fn certificates(config: &Config) -> ExitCode {
    let listening = config.listen.iter().map(|listen| &listen.security);
    let connecting = config.connect.iter().map(|uplink| &uplink.security);
    let mut wrong: Vec<String> = listening
        .chain(connecting)
        .filter_map(|security| security.check().err())
        .map(|error| error.to_string())
        .collect();
    wrong.sort();
    wrong.dedup();
    for fault in &wrong {
        eprintln!("{fault}");
    }
    match wrong.is_empty() {
        true => ExitCode::SUCCESS,
        false => ExitCode::from(2),
    }
}

fn status(file: &Path, json: bool) -> ExitCode {
    let config = match Config::load(file) {
        Ok(config) => config,
        Err(error) => return bad_configuration(&error),
    };
    let Some(socket) = config.status_socket else {
        eprintln!(
            "{}: there is no status_socket; add one, such as \"/run/meterpost/concentrator.sock\", and restart the concentrator",
            file.display()
        );
        return ExitCode::from(2);
    };
    let runtime = match tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => return bad_configuration(&error),
    };
    match runtime.block_on(Status::ask(&socket)) {
        Ok(status) if json => match serde_json::to_string_pretty(&status) {
            Ok(text) => {
                println!("{text}");
                ExitCode::SUCCESS
            }
            Err(error) => bad_configuration(&error),
        },
        Ok(status) => {
            print!("{status}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!(
                "{}: {error}; is the concentrator running, and may this user use the socket?",
                socket.display()
            );
            ExitCode::from(NOT_THERE)
        }
    }
}

fn run(file: &Path, config: Config) -> ExitCode {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => return failed(&error),
    };
    runtime.block_on(serve(file, config))
}

/// What the system tells this program to do.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
    reload: Signal,
}

impl Signals {
    fn new() -> std::io::Result<Self> {
        Ok(Signals {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            reload: signal(SignalKind::hangup())?,
        })
    }
}

async fn serve(file: &Path, config: Config) -> ExitCode {
    let variable = |name: &str| std::env::var(name).ok();
    let notify = Notify::new(
        variable("NOTIFY_SOCKET").as_deref(),
        variable("WATCHDOG_USEC").as_deref(),
    );
    let (mut signals, notify) = match (Signals::new(), notify) {
        (Ok(signals), Ok(notify)) => (signals, notify),
        (Err(error), _) | (_, Err(error)) => return failed(&error),
    };
    let concentrator = match Concentrator::start(config).await {
        Ok(concentrator) => concentrator,
        Err(error) => return failed(&error),
    };
    notify.ready("working");
    // Without a watchdog the timer only has to exist.
    let mut alive = tokio::time::interval(notify.watchdog().unwrap_or(Duration::from_secs(3600)));
    loop {
        tokio::select! {
            _ = signals.terminate.recv() => break,
            _ = signals.interrupt.recv() => break,
            _ = signals.reload.recv() => reload(file, &concentrator),
            _ = alive.tick() => notify.alive(),
        }
    }
    notify.stopping();
    concentrator.stop().await;
    ExitCode::SUCCESS
}

fn reload(file: &Path, concentrator: &Concentrator) {
    match Config::load(file) {
        Ok(config) => {
            let left = concentrator.reload(config);
            tracing::info!("configuration read again");
            for part in left {
                tracing::warn!(part, "changed, and takes effect only after a restart");
            }
        }
        Err(error) => {
            tracing::error!(%error, "the configuration is wrong; going on with the one before")
        }
    }
}

fn failed(error: &dyn std::fmt::Display) -> ExitCode {
    tracing::error!(%error, "the concentrator cannot run");
    ExitCode::FAILURE
}
