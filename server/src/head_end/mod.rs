//! The head-end: concentrators dial in (Q/GDW 376.1 over TLS), are told their meters, and tell what they read; orders go out
//! through them. One task a connected concentrator; what it does is in the database before the wire hears of it.
//!
//! | file | what |
//! |---|---|
//! | `config` | its part of the configuration |
//! | `listen` | who is let in |
//! | `concentrator` | its row: who it is, and which session commands its meters |
//! | `station` | a connection while it lasts |
//! | `carry_out` | orders |
//! | `download`, `archive` | its meter archive and clock |
//! | `collect`, `told`, `periods`, `readings` | what it read |
//! | `events` | what it tells by itself |
//! | `inbox` | what it told, to be worked off by people |
//! | `tree` | the meters of a concentrator by segment, and what is missing |
//! | `meter` | a meter of the directory as the bus speaks to it |

mod archive;
mod carry_out;
mod clock_order;
mod collect;
mod concentrator;
mod config;
mod download;
mod events;
mod hub;
mod inbox;
mod listen;
mod meter;
mod outcome;
mod periods;
pub mod readings;
mod station;
mod told;
mod tree;

use std::sync::Arc;
use std::time::Duration;

use meterpost_bus::uplink::UplinkError;
use meterpost_ledger::signing::TenantId;
use tokio::sync::broadcast;

use crate::clock::Clock;
use crate::database::Database;
use hub::Hub;

pub use concentrator::{Listed, Registered, list, register};
pub use config::HeadEndConfig;
pub use inbox::{Event, inbox, take_up};
pub use meter::{Unreachable, driver};
pub use readings::{Kept, of_meter as readings_of_meter};
pub use tree::{Leaf, MissingPeriod, leaves, missing};

/// Which concentrator has a new order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nudge {
    /// Of which tenant.
    pub tenant: TenantId,
    /// Its area code.
    pub area: i32,
    /// Its terminal address.
    pub address: i32,
}

/// Tells the connected concentrators of this server at once that an order waits; those of other servers find it by looking.
#[derive(Clone, Debug)]
pub struct Nudges(broadcast::Sender<Nudge>);

impl Default for Nudges {
    fn default() -> Nudges {
        Nudges(broadcast::channel(256).0)
    }
}

impl Nudges {
    /// An order waits there.
    pub fn tell(&self, nudge: Nudge) {
        // Without a concentrator nobody listens.
        let _ = self.0.send(nudge);
    }

    fn listen(&self) -> broadcast::Receiver<Nudge> {
        self.0.subscribe()
    }
}

/// What all connections share.
#[derive(Debug)]
struct HeadEnd {
    database: Database,
    config: HeadEndConfig,
    clock: Clock,
    nudges: Nudges,
    hub: Hub,
}

/// How far ahead months have their partition, and how often that is looked after.
const MONTHS_AHEAD: i32 = 3;
const PARTITIONS: Duration = Duration::from_secs(6 * 3600);

/// Listens for concentrators until the program ends.
///
/// # Errors
/// [`UplinkError`]: the address cannot be had, or a certificate file cannot be used.
pub async fn start(
    database: Database,
    config: HeadEndConfig,
    clock: Clock,
    nudges: Nudges,
) -> Result<(), UplinkError> {
    let head_end = Arc::new(HeadEnd {
        database,
        config,
        clock,
        nudges,
        hub: Hub::default(),
    });
    let listener = listen::bind(&head_end.config).await?;
    tokio::spawn(partitions(head_end.database.clone()));
    tokio::spawn(listen::accept(listener, head_end));
    Ok(())
}

async fn partitions(database: Database) {
    loop {
        match database.make_partitions(MONTHS_AHEAD).await {
            Ok(0) => {}
            Ok(made) => tracing::info!(made, "months of readings were made ahead"),
            Err(error) => tracing::error!(%error, "no month of readings can be made ahead"),
        }
        tokio::time::sleep(PARTITIONS).await;
    }
}
