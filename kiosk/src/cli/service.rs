//! `kiosk service ...`: preparing the service menu.

use std::io::{BufRead, IsTerminal, Write};
use std::process::ExitCode;

use meterpost_ledger::signing::system_entropy;
use zeroize::Zeroizing;

use super::{WRONG_CONFIG, wrong_data};
use crate::service::pin;

/// `kiosk service pin`: reads a PIN from the standard input, so that it is on no command line, and prints its hash.
pub fn make_pin() -> ExitCode {
    let input = std::io::stdin();
    if input.is_terminal() {
        eprint!("PIN, 6 to 12 digits: ");
        let _ = std::io::stderr().flush();
    }
    let mut typed = Zeroizing::new(String::new());
    if let Err(error) = input.lock().read_line(&mut typed) {
        return wrong_data(error);
    }
    let mut salt = [0; 16];
    if let Err(error) = system_entropy(&mut salt) {
        return wrong_data(error);
    }
    match pin::hash(typed.trim(), &salt) {
        Ok(hash) => {
            println!("{hash}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("kiosk: {error}");
            ExitCode::from(WRONG_CONFIG)
        }
    }
}
