//! The program `server`.

use std::process::ExitCode;

fn main() -> ExitCode {
    meterpost_server::cli::main()
}
