//! The program `kiosk`: the terminal itself, and the commands around it.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use meterpost_kiosk::{cli, screen};

/// A terminal at which residents top up prepaid meters.
#[derive(Parser)]
#[command(name = "kiosk", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the terminal.
    Run {
        /// The configuration file.
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
        /// The panel's size in pixels, where the system does not tell it: 1280x800.
        #[arg(long, value_name = "WxH")]
        size: Option<screen::Size>,
        /// The panel's pixels per inch, where the system does not tell them: 149.4 for 1280x800 on 10.1 inches.
        #[arg(long, value_name = "PPI")]
        ppi: Option<f32>,
    },
    /// Make the key and the empty ledger of a new terminal. Refuses where there is one already.
    Init {
        /// The configuration file.
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
    },
    /// Check a configuration file and list everything that is wrong with it.
    Check {
        /// The configuration file.
        #[arg(value_name = "FILE")]
        config: PathBuf,
    },
    /// Look at a ledger without changing it.
    Ledger {
        #[command(subcommand)]
        command: LedgerCommand,
    },
}

#[derive(Subcommand)]
enum LedgerCommand {
    /// Recompute everything and compare: entries, tree, signature, accounts, second head.
    Verify {
        /// The data folder.
        #[arg(long, value_name = "DIR")]
        data: PathBuf,
        /// The second head, where it is not in the data folder.
        #[arg(long, value_name = "FILE")]
        head: Option<PathBuf>,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// List the entries, oldest first, and the accounts they add up to.
    List {
        /// The data folder.
        #[arg(long, value_name = "DIR")]
        data: PathBuf,
        /// The second head, where it is not in the data folder.
        #[arg(long, value_name = "FILE")]
        head: Option<PathBuf>,
        /// Print JSON, one entry a line, the accounts last.
        #[arg(long)]
        json: bool,
    },
}

fn main() -> ExitCode {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();
    match Arguments::parse().command {
        Command::Run { config, size, ppi } => cli::run(&config, screen::Panel { size, ppi }),
        Command::Init { config } => cli::init(&config),
        Command::Check { config } => cli::check(&config),
        Command::Ledger {
            command: LedgerCommand::Verify { data, head, json },
        } => cli::verify(&cli::folder(data, head), json),
        Command::Ledger {
            command: LedgerCommand::List { data, head, json },
        } => cli::list(&cli::folder(data, head), json),
    }
}
