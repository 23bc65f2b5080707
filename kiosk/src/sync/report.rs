//! What the terminal says of itself with each sign of life, and what it is answered (`docs/server.md`).

use std::collections::BTreeMap;

use base64ct::{Base64, Encoding};
use meterpost_ledger::bulletin::COMMAND_KIND;
use meterpost_ledger::bulletin::deny::DENY_KIND;
use meterpost_ledger::bulletin::directory::DIRECTORY_KIND;
use meterpost_ledger::bulletin::parameters::PARAMETERS_KIND;
use meterpost_ledger::bulletin::tariffs::TARIFFS_KIND;
use meterpost_ledger::{Account, Books, ClockQuality, LIMITS_KIND};
use serde::{Deserialize, Serialize};

use zeroize::Zeroizing;

use super::line::Answered;
use crate::app::SystemClock;
use crate::flow::{FlowState, Occupied};
use crate::told::Has;

/// Where it is sent.
pub(super) const TARGET: &str = "/api/v1/status";

/// The kinds of which the newest is asked for.
const KINDS: [&str; 4] = [LIMITS_KIND, DENY_KIND, PARAMETERS_KIND, TARIFFS_KIND];

/// How the terminal is.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    wall: u64,
    clock: &'static str,
    software: &'static str,
    uptime: u64,
    session: &'static str,
    session_for: u64,
    devices: BTreeMap<&'static str, String>,
    cash_box: CashBox,
    unknown_deliveries: usize,
    owed: i64,
}

#[derive(Clone, Copy, Debug, Serialize)]
struct CashBox {
    notes: u64,
    money: i64,
    capacity: u64,
}

impl Report {
    /// From what the parts of the terminal know.
    pub fn new(state: &FlowState, books: &Books, clock: &SystemClock, capacity: u64) -> Report {
        let stamp = clock.stamp();
        Report {
            wall: stamp.wall,
            clock: quality(stamp.quality),
            software: env!("CARGO_PKG_VERSION"),
            uptime: clock.now().as_secs(),
            session: match state.occupied {
                Occupied::Starting => "starting",
                Occupied::Free => "free",
                Occupied::Busy => "busy",
                Occupied::OutOfService => "out_of_service",
                Occupied::Locked => "locked",
            },
            session_for: state.quiet.as_secs(),
            devices: state.devices.iter().cloned().collect(),
            cash_box: CashBox {
                notes: books.till().notes().iter().map(|(_, count)| count).sum(),
                money: books.balances().of(Account::CashBox).0,
                capacity,
            },
            unknown_deliveries: books.sales().filter(|sale| sale.delivery_open()).count(),
            owed: books.balances().of(Account::Owed).0.saturating_neg(),
        }
    }
}

fn quality(quality: ClockQuality) -> &'static str {
    match quality {
        ClockQuality::Unset => "unset",
        ClockQuality::Restored => "restored",
        ClockQuality::Rtc => "rtc",
        ClockQuality::Ntp => "ntp",
        ClockQuality::Server => "server",
    }
}

#[derive(Serialize)]
struct Body<'a> {
    report: &'a Report,
    have: BTreeMap<&'static str, u64>,
    directory: Directory,
    command: u64,
    command_open: bool,
    /// Which secret of one-time codes it has, as [`fingerprint`] says; empty for none.
    service_code: String,
}

#[derive(Serialize)]
struct Directory {
    base: u64,
    changes: u64,
    applied: u64,
}

/// Which secret it is: the first eight bytes of its SHA-256, in hexadecimal digits.
pub(super) fn fingerprint(secret: &[u8]) -> String {
    let digest = ring::digest::digest(&ring::digest::SHA256, secret);
    let bytes = digest.as_ref().iter().take(8);
    bytes.map(|byte| format!("{byte:02x}")).collect()
}

/// The body of a sign of life.
pub(super) fn body(report: &Report, books: &Books, has: Has, service_code: String) -> Vec<u8> {
    let version = |kind| books.bulletin_version(kind).unwrap_or(0);
    let body = Body {
        report,
        have: KINDS
            .into_iter()
            .map(|kind| (kind, version(kind)))
            .collect(),
        directory: Directory {
            base: has.base,
            changes: has.changes,
            applied: version(DIRECTORY_KIND),
        },
        command: version(COMMAND_KIND),
        command_open: books.open_command().is_some(),
        service_code,
    };
    // Texts and numbers are always JSON.
    serde_json::to_vec(&body).unwrap_or_default()
}

#[derive(Deserialize)]
struct Answer {
    bulletins: Vec<String>,
    directory: bool,
    command: Option<String>,
    #[serde(default)]
    service_secret: Option<String>,
}

/// What there is for the terminal.
#[derive(Default)]
pub(super) struct ForUs {
    /// Bulletins that are newer.
    pub(super) bulletins: Vec<Vec<u8>>,
    /// Whether the directory is worth fetching.
    pub(super) directory: bool,
    /// The next command.
    pub(super) command: Option<Vec<u8>>,
    /// The secret of one-time codes for the service menu.
    pub(super) service_secret: Option<Zeroizing<Vec<u8>>>,
}

/// What an answer holds, or why it holds nothing.
pub(super) fn read(answered: &Answered) -> Result<ForUs, String> {
    if answered.status != 200 {
        let words = answered.text("message");
        return Err(words.unwrap_or_else(|| format!("HTTP {}", answered.status)));
    }
    let answer: Answer =
        serde_json::from_slice(&answered.body).map_err(|error| error.to_string())?;
    let decode = |text: &String| Base64::decode_vec(text).map_err(|error| error.to_string());
    Ok(ForUs {
        bulletins: answer
            .bulletins
            .iter()
            .map(decode)
            .collect::<Result<_, _>>()?,
        directory: answer.directory,
        command: answer.command.as_ref().map(decode).transpose()?,
        service_secret: answer
            .service_secret
            .map(Zeroizing::new)
            .map(|text| decode(&text).map(Zeroizing::new))
            .transpose()?,
    })
}
