//! The concentrator node as a program.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use meterpost_bus::concentrator::{Concentrator, Config};
use tokio::signal::unix::{SignalKind, signal};
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
    /// Checks a configuration file and says what is wrong with it.
    Check {
        /// The configuration file.
        file: PathBuf,
    },
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match (arguments.command, arguments.config) {
        (Some(Command::Check { file }), _) => match Config::load(&file) {
            Ok(config) => {
                println!("{}: concentrator {}", file.display(), config.address);
                if let Some(listen) = &config.listen {
                    println!("  masters connect to {}", listen.address);
                }
                for uplink in &config.connect {
                    println!("  connects to {}", uplink.endpoint);
                }
                for segment in &config.segments {
                    println!(
                        "  port {}: {} {}",
                        segment.port,
                        segment.serial.device.display(),
                        segment.serial.settings
                    );
                }
                ExitCode::SUCCESS
            }
            Err(error) => bad_configuration(&error),
        },
        (None, Some(file)) => match Config::load(&file) {
            Ok(config) => run(config),
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

fn run(config: Config) -> ExitCode {
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
    runtime.block_on(async {
        let (mut terminate, mut interrupt) = match (
            signal(SignalKind::terminate()),
            signal(SignalKind::interrupt()),
        ) {
            (Ok(terminate), Ok(interrupt)) => (terminate, interrupt),
            (Err(error), _) | (_, Err(error)) => return failed(&error),
        };
        let concentrator = match Concentrator::start(config).await {
            Ok(concentrator) => concentrator,
            Err(error) => return failed(&error),
        };
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        concentrator.stop().await;
        ExitCode::SUCCESS
    })
}

fn failed(error: &dyn std::fmt::Display) -> ExitCode {
    tracing::error!(%error, "the concentrator cannot run");
    ExitCode::FAILURE
}
