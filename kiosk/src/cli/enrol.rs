//! `kiosk enrol`: on the terminal's own glass, on its console, or over a technician's session.

use std::path::Path;
use std::process::ExitCode;

use meterpost_ledger::Folder;
use qrcode::QrCode;
use qrcode::render::unicode::Dense1x2;

use super::{WRONG_CONFIG, load, wrong_data};
use crate::app::{SystemClock, random_id};
use crate::config::ServerConfig;
use crate::screen::{self, Panel};
use crate::sync::{ENROL_PAUSE, EnrolError, Enrolment, Line, Progress};

/// Asks, shows the code, and waits until a person has decided. `glass`: on the terminal's screen; else where it was called.
pub fn enrol(config: &Path, glass: Option<Panel>) -> ExitCode {
    let setup = match load(config) {
        Ok(setup) => setup,
        Err(code) => return code,
    };
    let Some(server) = &setup.server else {
        eprintln!("{}: there is no [server] to enrol with", config.display());
        return ExitCode::from(WRONG_CONFIG);
    };
    if let Some(panel) = glass {
        return match screen::enrol(&setup, server.clone(), panel) {
            Ok(Ok(Some(origin))) => done(&origin, &setup.folder),
            Ok(Ok(None)) => {
                wrong_data("nobody has decided yet; the same code is shown again next time")
            }
            Ok(Err(error)) => wrong_data(error),
            Err(error) => wrong_data(error),
        };
    }
    let clock = SystemClock::new(setup.clock, random_id());
    let who = (setup.tenant.as_str(), setup.rules.terminal.as_str());
    enrol_with(server, &setup.folder, who, &clock)
}

/// The same for any enrolled program: `who` is tenant and terminal.
pub(super) fn enrol_with(
    server: &ServerConfig,
    folder: &Folder,
    who: (&str, &str),
    clock: &SystemClock,
) -> ExitCode {
    let (tenant, terminal) = who;
    let outcome = Line::new(server)
        .map_err(EnrolError::from)
        .and_then(|line| {
            let enrolment = Enrolment::begin(folder, tenant, terminal)?;
            show(terminal, &enrolment.code());
            wait(&enrolment, &line, clock)
        });
    match outcome {
        Ok(origin) => done(&origin, folder),
        Err(error) => wrong_data(error),
    }
}

fn done(origin: &str, folder: &Folder) -> ExitCode {
    let folder = folder.directory().display();
    println!("Enrolled. The ledger of {origin} is in {folder}.");
    ExitCode::SUCCESS
}

fn show(terminal: &str, code: &str) {
    println!("Terminal {terminal} asks to be enrolled. The operator must see the same code:");
    println!();
    println!("    {code}");
    println!();
    if let Ok(picture) = QrCode::new(format!("{terminal} {code}")) {
        println!("{}", picture.render::<Dense1x2>().quiet_zone(true).build());
    }
}

fn wait(enrolment: &Enrolment, line: &Line, clock: &SystemClock) -> Result<String, EnrolError> {
    let mut told = None;
    loop {
        let state = match enrolment.ask(line, &clock.stamp()) {
            Ok(Progress::Enrolled(origin)) => return Ok(origin),
            Ok(Progress::Waiting) => "waiting for the operator's decision".to_owned(),
            Err(EnrolError::Line(error)) => format!("{error}; asking again"),
            Err(error) => return Err(error),
        };
        if told.as_ref() != Some(&state) {
            println!("{state}");
            told = Some(state);
        }
        std::thread::sleep(ENROL_PAUSE);
    }
}
