//! `kiosk desk`: makes cards until it is stopped. It tells the clerk what to do, a line at a time, on standard output.

use std::path::Path;
use std::process::ExitCode;

use meterpost_ledger::Folder;
use meterpost_ledger::signing::system_entropy;

use super::enrol::enrol_with;
use super::{WRONG_CONFIG, wrong_data};
use crate::app::{SystemClock, open_ledger, random_id};
use crate::config::DeskConfig;
use crate::desk::office::Office;
use crate::desk::run;
use crate::sync::{CallCounter, Line};

/// Takes jobs, or enrols the desk and ends.
pub fn desk(path: &Path, enrol: bool) -> ExitCode {
    let config = match DeskConfig::load(path) {
        Ok(config) => config,
        Err(errors) => {
            eprintln!("{errors}");
            return ExitCode::from(WRONG_CONFIG);
        }
    };
    let terminal = &config.terminal;
    let clock = SystemClock::new(terminal.clock, random_id());
    let folder = Folder::new(&terminal.data);
    let folder = match &terminal.head {
        Some(head) => folder.with_head(head),
        None => folder,
    };
    if enrol {
        return enrol_with(
            &config.server,
            &folder,
            (&terminal.tenant, &terminal.id),
            &clock,
        );
    }
    let ledger = match open_ledger(&folder) {
        Ok(ledger) => ledger,
        Err(error) => return wrong_data(error),
    };
    let line = match Line::new(&config.server) {
        Ok(line) => line,
        Err(error) => return wrong_data(error),
    };
    let office = Office::new(line, CallCounter::open(folder.directory()), ledger);
    let random = Box::new(|bytes: &mut [u8]| system_entropy(bytes).map_err(|why| why.to_string()));
    let tell = Box::new(|text: &str| println!("{text}"));
    match run(&config, office, clock, random, tell) {
        Ok(never) => match never {},
        Err(error) => wrong_data(error),
    }
}
