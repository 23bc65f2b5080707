//! The other end: terminals enrol here, and the server is the witness of their logs: it verifies, stores, then cosigns.
//!
//! | folder | what |
//! |---|---|
//! | `api` | HTTP under `/api/v1`: who is this and is it well-formed, then one file a resource |
//! | `enrolment` | from a request to a certificate: the next epoch, and the older ones closed |
//! | `bulletins` | what terminals are told |
//! | `commands` | remote control |
//! | `status` | how terminals are, and alerts |
//! | `alarm` | alarms of meters and accounts: low balances, leaks, use by night, tampering, lost contact |
//! | `directory` | accounts, meters and cards, and what terminals are told of them |
//! | `wallet` | what accounts hold; double entry, holds, giving money back |
//! | `payment` | payments by QR code through a provider |
//! | `backup` | backups of database and keys, and restoring them |
//! | `tenant_file` | one tenant alone in a file, and from it into another database |
//! | `book_check` | the books against themselves and against the logs, each night |
//! | `receipts` | slips that anybody may check |
//! | `people` | who comes by browser: passwords, second factors, sessions |
//! | `office` | the back office's pages |
//! | `report` | reports: what is in them, and how they are written |
//! | `cards` | their life, the authority for them, and the desks that make them |
//! | `witness` | a log's entries, tree and memory; judging and cosigning its heads |
//! | `head_end` | concentrators that dial in: archive, readings, events, orders carried out |
//! | `orders` | what is to be done at meters, as durable rows with one state machine |
//! | `tariff` | what consumption costs: the pure core, and dated versions that two people bring into force |
//! | `settlement` | a day's consumption of meters whose money is here, charged once; warnings, cutting off and restoring |
//! | `lease` | who alone may send a meter its next purchase number |
//! | `zones` | each tenant's own time zone, by which its days go |
//! | `database` | connections that see one tenant, errors, migrations |
//! | `cli` | the commands of the program `server` |

pub mod alarm;
pub mod api;
pub mod audit;
pub mod backup;
pub mod book_check;
pub mod bulletins;
pub mod cards;
pub mod cli;
pub mod clock;
pub mod commands;
pub mod config;
pub mod database;
pub mod directory;
pub mod enrolment;
pub mod head_end;
pub mod keys;
pub mod lease;
pub mod metrics;
pub mod office;
pub mod orders;
pub mod payment;
pub mod peer;
pub mod people;
pub mod quota;
pub mod receipts;
pub mod report;
pub mod service_code;
pub mod settlement;
pub mod staff;
pub mod status;
pub mod tariff;
pub mod tenant_file;
pub mod tls;
mod typed;
pub mod wallet;
pub mod witness;
pub mod zones;

use std::sync::Arc;

use crate::cards::CardAuthority;
use crate::clock::Clock;
use crate::database::Database;
use crate::head_end::Nudges;
use crate::keys::Keys;
use crate::metrics::Metrics;
use crate::payment::Payments;
use crate::people::factor::FactorKey;
use crate::quota::Quotas;

/// What every request is served with.
#[derive(Clone)]
pub struct App {
    /// The way to the database.
    pub database: Database,
    /// The operator's and the witness's keys.
    pub keys: Arc<Keys>,
    /// The authority for cards, where there is one.
    pub cards: Option<Arc<CardAuthority>>,
    /// The time.
    pub clock: Clock,
    /// What is counted.
    pub metrics: Arc<Metrics>,
    /// The payments by QR code.
    pub payments: Arc<Payments>,
    /// How often anybody may call.
    pub quotas: Arc<Quotas>,
    /// Under which second factors are sealed.
    pub factor: Arc<FactorKey>,
    /// Entries of a log that may wait for a head.
    pub most_unsigned: u64,
    /// Where new orders are told at once.
    pub nudges: Nudges,
}
