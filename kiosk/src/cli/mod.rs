//! The commands of the program `kiosk`. Exit codes: 0 done, 1 something is wrong with the machine or the data, 2 something is
//! wrong with the configuration or the command.

pub mod desk;
pub mod enrol;
pub mod ledger;
mod payment_words;
pub mod service;
mod words;

use std::path::Path;
use std::process::ExitCode;

use crate::app::{Setup, create_ledger};
use crate::config::Config;
use crate::logs::LogLines;
use crate::screen;

const WRONG_DATA: u8 = 1;
const WRONG_CONFIG: u8 = 2;

/// Tells what went wrong, and ends with the code for wrong data.
fn wrong_data(why: impl std::fmt::Display) -> ExitCode {
    eprintln!("kiosk: {why}");
    ExitCode::from(WRONG_DATA)
}

fn load(path: &Path) -> Result<Setup, ExitCode> {
    let wrong = |text: String| {
        eprintln!("{text}");
        ExitCode::from(WRONG_CONFIG)
    };
    let config = Config::load(path).map_err(|e| wrong(e.to_string()))?;
    Setup::from_config(&config).map_err(|e| wrong(format!("{}: {e}", path.display())))
}

/// `kiosk run`.
pub fn run(config: &Path, logs: LogLines, panel: screen::Panel) -> ExitCode {
    let setup = match load(config) {
        Ok(setup) => Setup { logs, ..setup },
        Err(code) => return code,
    };
    match screen::run(setup, panel) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => wrong_data(error),
    }
}

/// `kiosk init`.
pub fn init(config: &Path) -> ExitCode {
    let setup = match load(config) {
        Ok(setup) => setup,
        Err(code) => return code,
    };
    match create_ledger(&setup) {
        Ok(ledger) => {
            println!(
                "The ledger is in {}. Its public key:",
                setup.folder.directory().display()
            );
            println!("{}", ledger.vkey());
            ExitCode::SUCCESS
        }
        Err(error) => wrong_data(error),
    }
}

/// `kiosk check`.
pub fn check(config: &Path) -> ExitCode {
    match load(config) {
        Ok(setup) => {
            println!(
                "{}: in order, {} meters",
                config.display(),
                setup.rules.meters.len()
            );
            ExitCode::SUCCESS
        }
        Err(code) => code,
    }
}
