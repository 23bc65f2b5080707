//! What the server tells its terminals: asked for after each talk, checked, and applied between two steps of the flow.

use std::collections::BTreeMap;

use base64ct::{Base64, Encoding};
use meterpost_ledger::signing::{LogOrigin, VerifierKey, WitnessKey};
use meterpost_ledger::{LIMITS_KIND, Ledger, Stamp, accept_bulletin};
use serde::{Deserialize, Serialize};

use super::line::Answered;

/// Where they are asked for.
pub(super) const TARGET: &str = "/api/v1/bulletins/newer";

/// The kinds that this program applies.
const KINDS: [&str; 1] = [LIMITS_KIND];

#[derive(Serialize)]
struct Have {
    have: BTreeMap<&'static str, u64>,
}

#[derive(Deserialize)]
struct Newer {
    bulletins: Vec<String>,
}

/// The question: which versions are in force here.
pub(super) fn question(ledger: &Ledger) -> Vec<u8> {
    let version = |kind| (kind, ledger.books().bulletin_version(kind).unwrap_or(0));
    let have = KINDS.into_iter().map(version).collect();
    // A map of numbers is always JSON.
    serde_json::to_vec(&Have { have }).unwrap_or_default()
}

/// The bulletins in an answer, or why it has none.
pub(super) fn read(answered: &Answered) -> Result<Vec<Vec<u8>>, String> {
    if answered.status != 200 {
        let words = answered.text("message");
        return Err(words.unwrap_or_else(|| format!("HTTP {}", answered.status)));
    }
    let newer: Newer = serde_json::from_slice(&answered.body).map_err(|error| error.to_string())?;
    let decode = |text: &String| Base64::decode_vec(text).map_err(|error| error.to_string());
    newer.bulletins.iter().map(decode).collect()
}

/// Applies what is good for this terminal now. What is not is told and changes nothing.
pub(super) fn apply(
    ledger: &mut Ledger,
    stamp: &Stamp,
    server: &WitnessKey,
    bulletins: &[Vec<u8>],
) {
    let key = VerifierKey::new(server.name().clone(), *server.key());
    let Ok(origin) = LogOrigin::parse(ledger.origin().as_str()) else {
        return;
    };
    for bytes in bulletins {
        match accept_bulletin(bytes, &key, &origin, ledger.books(), stamp) {
            Ok(accepted) => match ledger.apply_bulletin(stamp, &accepted) {
                Ok(_) => {
                    let bulletin = accepted.bulletin();
                    let (kind, version) = (bulletin.kind(), bulletin.version);
                    tracing::info!(kind, version, "a bulletin is in force");
                }
                Err(error) => {
                    tracing::error!(%error, "a bulletin could not be recorded");
                    break;
                }
            },
            Err(error) => tracing::warn!(%error, "a bulletin is refused"),
        }
    }
}
