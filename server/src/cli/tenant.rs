//! `server tenant`: a new tenant, and one taken along or brought in as a file (`docs/backup.md`).

use std::path::PathBuf;

use clap::{Args, Subcommand};
use jiff::Timestamp;
use meterpost_ledger::signing::TenantId;

use super::{ConfigFile, Failure, setup};
use crate::backup::RecoveryKey;
use crate::config::Config;
use crate::database::Database;
use crate::keys::Keys;
use crate::tenant_file::{Arriving, Leaving, Sums, export, import};

/// A tenant.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(super) struct Tenant {
    /// 1 to 32 of a-z, 0-9 and -
    #[arg(required = true)]
    tenant: Option<String>,
    /// The time zone of its days and months, such as Europe/Berlin; where nothing is said a new tenant has `utc_offset_minutes` of the
    /// configuration, or Asia/Shanghai
    #[arg(long)]
    zone: Option<String>,
    #[command(flatten)]
    file: ConfigFile,
    #[command(subcommand)]
    act: Option<Act>,
}

#[derive(Debug, Subcommand)]
enum Act {
    /// Takes everything of one tenant along, as of one moment, in one file that only the recovery key opens
    Export {
        /// Whose
        #[arg(long)]
        tenant: String,
        /// The file; there is none yet
        #[arg(long)]
        to: PathBuf,
        #[command(flatten)]
        file: ConfigFile,
    },
    /// Brings a tenant in from such a file, all of it or nothing, where it is not here yet
    Import {
        /// The file
        #[arg(long)]
        from: PathBuf,
        /// The file of the recovery key it was sealed with; this server's own where it is not said
        #[arg(long)]
        recovery_key: Option<PathBuf>,
        /// Tries it and says what would come; nothing is kept
        #[arg(long)]
        dry_run: bool,
        /// Also from a server with other keys, which none of its terminals and cards know
        #[arg(long)]
        other_server: bool,
        /// Also where its books do not add up
        #[arg(long)]
        despite_problems: bool,
        #[command(flatten)]
        file: ConfigFile,
    },
}

pub(super) async fn tenant(asked: &Tenant) -> Result<(), Failure> {
    match &asked.act {
        None => {
            let tenant = asked.tenant.as_deref().unwrap_or_default();
            setup::tenant(&asked.file.load()?, tenant, asked.zone.as_deref()).await
        }
        Some(Act::Export { tenant, to, file }) => {
            let config = file.load()?;
            let tenant = TenantId::new(tenant).map_err(Failure::config)?;
            let key = RecoveryKey::open(&config.keys).map_err(Failure::data)?;
            let keys = Keys::open(&config.keys, &config.witness).map_err(Failure::data)?;
            let address = config.database.address().map_err(Failure::config)?;
            let database = Database::new(&address, 2).map_err(Failure::config)?;
            let leaving = Leaving {
                tenant: &tenant,
                to,
                key: &key,
            };
            let sums = export(&database, &keys, &leaving, Timestamp::now()).await;
            told(&sums.map_err(Failure::data)?);
            println!("The tenant {tenant} is in {}.", to.display());
            Ok(())
        }
        Some(Act::Import {
            from,
            recovery_key,
            dry_run,
            other_server,
            despite_problems,
            file,
        }) => {
            let config = file.load()?;
            let key = match recovery_key {
                Some(path) => RecoveryKey::read(path),
                None => RecoveryKey::open(&config.keys),
            };
            let arriving = Arriving {
                from,
                key: &key.map_err(Failure::data)?,
                other_server: *other_server,
                despite_problems: *despite_problems,
                dry: *dry_run,
            };
            arrives(&config, &arriving).await
        }
    }
}

async fn arrives(config: &Config, arriving: &Arriving<'_>) -> Result<(), Failure> {
    let keys = Keys::open(&config.keys, &config.witness).map_err(Failure::data)?;
    let address = config.database.owner_address().map_err(Failure::config)?;
    let owner = Database::as_owner(&address).map_err(Failure::config)?;
    let arrived = import(&owner, &keys, arriving)
        .await
        .map_err(Failure::data)?;
    let header = &arrived.header;
    told(&arrived.sums);
    for problem in &arrived.problems {
        println!("problem  {}", problem.words);
    }
    println!(
        "The tenant {} as it was at {} {}.",
        header.tenant,
        header.made_at,
        match arriving.dry {
            true => "would come in; nothing was kept",
            false => "is here",
        }
    );
    if !arrived.same_keys {
        println!(
            "It was cosigned by {}, whose keys are not here. Enrol its terminals and make its cards anew, and set up second factors again \
             (`server person --forget-factor`).",
            header.witnessed.name
        );
    }
    Ok(())
}

/// A line for each table that has anything.
fn told(sums: &[Sums]) {
    for sum in sums.iter().filter(|sum| sum.rows > 0) {
        println!("{:<20} {:>12} rows  {}", sum.name, sum.rows, sum.sha256);
    }
}
