//! What the server tells its terminals: checked, and recorded between two steps of the flow.

use meterpost_ledger::bulletin::directory::DIRECTORY_KIND;
use meterpost_ledger::signing::{LogOrigin, WitnessKey};
use meterpost_ledger::{Bulletin, Ledger, Stamp, accept_bulletin};

use super::line::Answered;
use crate::told::{self, Has};

/// The question for the directory: what of it is here.
pub(super) fn directory_target(ledger: &Ledger, has: Has) -> String {
    let applied = ledger.books().bulletin_version(DIRECTORY_KIND).unwrap_or(0);
    let Has { base, changes } = has;
    format!("/api/v1/bulletins/directory?base={base}&changes={changes}&applied={applied}")
}

/// The directory in an answer, if there is a newer one, or why not.
pub(super) fn read_directory(answered: &Answered) -> Result<Option<Vec<u8>>, String> {
    match answered.status {
        200 => Ok(Some(answered.body.clone())),
        204 => Ok(None),
        status => Err(answered
            .text("message")
            .unwrap_or_else(|| format!("HTTP {status}"))),
    }
}

/// Records what is good for this terminal now, and says what that is. What is not is told and changes nothing.
pub(super) fn apply(
    ledger: &mut Ledger,
    stamp: &Stamp,
    server: &WitnessKey,
    bulletins: &[Vec<u8>],
) -> Vec<Bulletin> {
    let key = told::server_key(server);
    let Ok(origin) = LogOrigin::parse(ledger.origin().as_str()) else {
        return Vec::new();
    };
    let mut applied = Vec::new();
    for bytes in bulletins {
        let accepted = match accept_bulletin(bytes, &key, &origin, ledger.books(), stamp) {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "a bulletin is refused");
                continue;
            }
        };
        let bulletin = accepted.bulletin();
        let (kind, version) = (bulletin.kind(), bulletin.version);
        if let Err(error) = told::check(bulletin) {
            tracing::error!(kind, version, %error, "a bulletin cannot be applied");
            continue;
        }
        if let Err(error) = ledger.apply_bulletin(stamp, &accepted) {
            tracing::error!(%error, "a bulletin could not be recorded");
            break;
        }
        tracing::info!(kind, version, "a bulletin is in force");
        applied.push(bulletin.clone());
    }
    applied
}
