//! What the program begins with of the server: its keys, what it has told, the thread that talks with it.

use std::sync::mpsc::Sender;

use meterpost_ledger::signing::LogOrigin;
use meterpost_ledger::{Folder, Ledger};

use super::{CODE_FILE, Message, Setup, StartError};
use crate::config::ServerConfig;
use crate::sync::{self, CallCounter, Line, SyncJob, Talker, Witnesses};
use crate::told::{self, Has, Told};

/// The server's keys as a witness, as enrolment left them: what the server has told holds though its table is taken out of the configuration.
/// What is wrong with them closes nothing: the terminal sells as before.
pub(super) fn read_witnesses(setup: &Setup) -> Option<Witnesses> {
    match Witnesses::load(&setup.folder) {
        Ok(Some(witnesses)) => Some(witnesses),
        Ok(None) => {
            if setup.server.is_some() {
                tracing::error!(
                    "this terminal was never enrolled with a server: `kiosk enrol` does it"
                );
            }
            None
        }
        Err(error) => {
            tracing::error!(
                error,
                "the server's key cannot be read; nothing is synchronised"
            );
            None
        }
    }
}

/// What the server has told before.
pub(super) fn told(ledger: &Ledger, witnesses: &Witnesses) -> Told {
    match LogOrigin::parse(ledger.origin().as_str()) {
        Ok(origin) => Told::from_kept(&told::kept(ledger), &told::server_keys(witnesses), &origin),
        Err(_) => Told::default(),
    }
}

/// The log's epoch; names at the server begin with it.
pub(super) fn epoch(ledger: &Ledger) -> u32 {
    LogOrigin::parse(ledger.origin().as_str()).map_or(0, |origin| origin.epoch())
}

/// Starts bringing the log to the server. What is wrong with the way there closes nothing: the terminal sells as before.
pub(super) fn start(
    (server, epoch): (&ServerConfig, u32),
    folder: &Folder,
    witnesses: Witnesses,
    has: Has,
    messages: &Sender<Message>,
) -> Result<Option<Sender<SyncJob>>, StartError> {
    let line = match Line::new(server) {
        Ok(line) => line,
        Err(error) => {
            tracing::error!(%error, "the line to the server cannot be set up; nothing is synchronised");
            return Ok(None);
        }
    };
    let talker = Talker {
        line,
        counter: CallCounter::open(folder.directory()),
        witnesses,
        has,
        heartbeat: server.heartbeat,
        epoch,
        code_file: folder.directory().join(CODE_FILE),
    };
    Ok(Some(sync::spawn(talker, messages.clone())?))
}
