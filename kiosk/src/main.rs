//! The program `kiosk`: the terminal itself, and the commands around it.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use meterpost_kiosk::cli::{self, ledger};
use meterpost_kiosk::logs::LogLines;
use meterpost_kiosk::screen;
use meterpost_ledger::Folder;
use meterpost_ledger::signing::forbid_core_dumps;

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
    /// Enrol a new terminal with its server: makes the key, shows a code that the operator compares, and waits for the decision.
    Enrol {
        /// The configuration file, with a table [server].
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
        /// Show it on the terminal's own screen instead of here.
        #[arg(long)]
        glass: bool,
        /// The panel's size in pixels, as for `kiosk run`.
        #[arg(long, value_name = "WxH", requires = "glass")]
        size: Option<screen::Size>,
        /// The panel's pixels per inch, as for `kiosk run`.
        #[arg(long, value_name = "PPI", requires = "glass")]
        ppi: Option<f32>,
    },
    /// Make cards: takes jobs from the server, in an office with a card reader and a printer.
    Desk {
        /// The desk's configuration file.
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
        /// Enrol the desk with its server first, as `kiosk enrol` does for a kiosk, and end.
        #[arg(long)]
        enrol: bool,
    },
    /// Check a configuration file and list everything that is wrong with it.
    Check {
        /// The configuration file.
        #[arg(value_name = "FILE")]
        config: PathBuf,
    },
    /// Prepare the service menu.
    Service {
        #[command(subcommand)]
        command: ServiceCommand,
    },
    /// Look at a ledger without changing it.
    Ledger {
        #[command(subcommand)]
        command: LedgerCommand,
    },
}

#[derive(Subcommand)]
enum ServiceCommand {
    /// Make the hash of a PIN for a table [[service.person]]. Reads the PIN, 6 to 12 digits, from the standard input.
    Pin,
}

#[derive(Subcommand)]
enum LedgerCommand {
    /// Recompute everything and compare: entries, tree, signature, accounts, second head.
    Verify {
        #[command(flatten)]
        place: Place,
        /// The log's verifier key, from elsewhere, the first or the one that signs now: sees a log that was rewritten under another key.
        #[arg(long, value_name = "VKEY")]
        key: Option<String>,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// List the entries, oldest first, and the accounts they add up to.
    List {
        #[command(flatten)]
        place: Place,
        /// Print JSON, one entry a line, the accounts last.
        #[arg(long)]
        json: bool,
    },
    /// Prove that an entry is in the log: writes a file that anyone can check without the ledger.
    Prove {
        #[command(flatten)]
        place: Place,
        /// Which entry, counted from 0.
        #[arg(long, value_name = "N")]
        index: u64,
        /// The file to write; a new one.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        /// Write the text of a receipt's QR code instead of a tlog-proof file.
        #[arg(long)]
        code: bool,
    },
    /// Check a proof file, or the text of a receipt's QR code in a file. Needs the file and the key, nothing else.
    Check {
        /// The file.
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// The log's verifier key, as `kiosk init` prints it.
        #[arg(long, value_name = "VKEY")]
        key: String,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Write the whole log as plain files that an auditor's own tool can check (C2SP tlog-tiles).
    Export {
        #[command(flatten)]
        place: Place,
        /// The directory to write; a new one.
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
    },
    /// Copy the ledger, without its key, into another folder; an earlier backup there is continued.
    Backup {
        #[command(flatten)]
        place: Place,
        /// The backup's folder.
        #[arg(long, value_name = "DIR")]
        to: PathBuf,
    },
    /// Read the whole log and make anew whatever is stored beside the entries and does not fit them.
    Rebuild {
        #[command(flatten)]
        place: Place,
    },
    /// Remove old entries that the server has cosigned. Their hashes stay, so every proof still works.
    Prune {
        #[command(flatten)]
        place: Place,
        /// The first entry to keep; a few more may be kept.
        #[arg(long, value_name = "N")]
        keep_from: u64,
    },
}

/// Where a ledger lies.
#[derive(clap::Args)]
struct Place {
    /// The data folder.
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// The second head, where it is not in the data folder.
    #[arg(long, value_name = "FILE")]
    head: Option<PathBuf>,
}

impl Place {
    fn folder(self) -> Folder {
        match self.head {
            Some(head) => Folder::new(self.data).with_head(head),
            None => Folder::new(self.data),
        }
    }
}

fn main() -> ExitCode {
    let logs = LogLines::default();
    let filter = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(logs.clone())
        .init();
    // The key is in this program's memory; a core dump would put it on the disk.
    if let Err(error) = forbid_core_dumps() {
        tracing::warn!(%error, "core dumps could not be turned off");
    }
    match Arguments::parse().command {
        Command::Run { config, size, ppi } => cli::run(&config, logs, screen::Panel { size, ppi }),
        Command::Init { config } => cli::init(&config),
        Command::Enrol {
            config,
            glass,
            size,
            ppi,
        } => cli::enrol::enrol(&config, glass.then_some(screen::Panel { size, ppi })),
        Command::Desk { config, enrol } => cli::desk::desk(&config, enrol),
        Command::Check { config } => cli::check(&config),
        Command::Service {
            command: ServiceCommand::Pin,
        } => cli::service::make_pin(),
        Command::Ledger { command } => run_ledger(command),
    }
}

fn run_ledger(command: LedgerCommand) -> ExitCode {
    match command {
        LedgerCommand::Verify { place, key, json } => {
            ledger::verify(&place.folder(), key.as_deref(), json)
        }
        LedgerCommand::List { place, json } => ledger::list(&place.folder(), json),
        LedgerCommand::Prove {
            place,
            index,
            out,
            code,
        } => ledger::prove(&place.folder(), index, &out, code),
        LedgerCommand::Check { file, key, json } => ledger::check(&file, &key, json),
        LedgerCommand::Export { place, out } => ledger::export(&place.folder(), &out),
        LedgerCommand::Backup { place, to } => ledger::backup(&place.folder(), &to),
        LedgerCommand::Rebuild { place } => ledger::rebuild(&place.folder()),
        LedgerCommand::Prune { place, keep_from } => ledger::prune(&place.folder(), keep_from),
    }
}
