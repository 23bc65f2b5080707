//! From the database into a file, as of one moment, while everybody goes on.

use std::fs::{File, OpenOptions};
use std::io::BufWriter;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::pin::pin;

use deadpool_postgres::Transaction;
use futures_util::TryStreamExt;
use jiff::Timestamp;
use meterpost_ledger::signing::{TenantId, system_entropy};

use super::frame::{Counters, Header, OfTable, Sums, Witnessed, Writer};
use super::seal::Sealer;
use super::{TABLES, TenantFileError, tables};
use crate::audit;
use crate::backup::RecoveryKey;
use crate::database::{Database, schema_version};
use crate::keys::Keys;

/// What is to be taken along.
#[derive(Debug)]
pub struct Leaving<'l> {
    /// Whose rows.
    pub tenant: &'l TenantId,
    /// Into which file; there is none yet.
    pub to: &'l Path,
    /// Sealed under this key.
    pub key: &'l RecoveryKey,
}

impl Witnessed {
    /// Of a server with these keys.
    pub fn by(keys: &Keys) -> Witnessed {
        Witnessed {
            name: keys.name().to_string(),
            witness: hex::encode(keys.witness_key().key().to_bytes()),
            operator: hex::encode(keys.operator_key().to_bytes()),
        }
    }
}

/// Writes everything of one tenant into a file; how much it was. The trail has it, before and after.
///
/// # Errors
/// [`TenantFileError`]; there is no file then.
pub async fn export(
    database: &Database,
    keys: &Keys,
    leaving: &Leaving<'_>,
    now: Timestamp,
) -> Result<Vec<Sums>, TenantFileError> {
    let Leaving { tenant, to, key } = *leaving;
    let mut connection = database.connection().await?;
    let mut trail = database.connection().await?;
    let transaction = connection.look(tenant).await?;
    // This fixes the moment: what is noted of the export itself is behind it, and not in the file.
    let here = transaction
        .query_opt(
            "SELECT 1 FROM tenant WHERE tenant = $1",
            &[&tenant.as_str()],
        )
        .await?;
    here.ok_or_else(|| TenantFileError::NoTenant(tenant.clone()))?;
    let object = to.display().to_string();
    let noted = audit::begin(&mut trail, tenant, "(command)", "tenant.export", &object).await?;
    let written = async {
        let header = header(&transaction, tenant, keys, now).await?;
        let file = create(to)?;
        let written = write(&transaction, &header, key, (file, to)).await;
        if written.is_err() {
            // It is no file of a tenant; whoever meets it would be told so.
            let _ = std::fs::remove_file(to);
        }
        written
    };
    let written = written.await;
    audit::end_with(&mut trail, tenant, noted, outcome(&written)).await?;
    written
}

fn outcome<T>(result: &Result<T, TenantFileError>) -> &'static str {
    match result {
        Ok(_) => "done",
        Err(_) => "failed",
    }
}

fn create(to: &Path) -> Result<File, TenantFileError> {
    let made = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(to);
    made.map_err(TenantFileError::file(to))
}

async fn header(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    keys: &Keys,
    now: Timestamp,
) -> Result<Header, TenantFileError> {
    transaction
        .batch_execute("SET LOCAL statement_timeout = 0")
        .await?;
    let schema = schema_version(&**transaction).await?;
    let counter = async |name: &str| {
        let sql = "SELECT coalesce(last_value, 0) FROM pg_sequences WHERE schemaname = current_schema() AND sequencename = $1";
        let row = transaction.query_one(sql, &[&name]).await?;
        row.try_get::<_, i64>(0)
    };
    let counters = Counters {
        certificate_serial: counter("certificate_serial").await?,
        card_number: counter("card_number").await?,
    };
    let rows = transaction
        .query(
            "SELECT DISTINCT date_trunc('month', at)::date::text FROM reading WHERE tenant = $1 ORDER BY 1",
            &[&tenant.as_str()],
        )
        .await?;
    let months = rows.iter().map(|row| row.try_get(0));
    Ok(Header::new(
        (schema, now.to_string(), tenant.to_string()),
        Witnessed::by(keys),
        counters,
        months.collect::<Result<_, _>>()?,
    ))
}

async fn write(
    transaction: &Transaction<'_>,
    header: &Header,
    key: &RecoveryKey,
    (file, to): (File, &Path),
) -> Result<Vec<Sums>, TenantFileError> {
    let wrong = TenantFileError::file(to);
    let mut salt = [0; 32];
    system_entropy(&mut salt).map_err(|error| wrong(std::io::Error::other(error)))?;
    let sealer = Sealer::new(BufWriter::new(file), key, &salt).map_err(&wrong)?;
    let mut writer = Writer::new(sealer, header).map_err(&wrong)?;
    for (name, _) in TABLES {
        let columns = tables::columns(transaction, name).await?;
        let list = tables::listed(&columns);
        let table = OfTable {
            name: (*name).to_owned(),
            columns,
        };
        writer.table(&table).map_err(&wrong)?;
        let sql = format!(
            "COPY (SELECT {list} FROM {name} WHERE tenant = current_setting('meterpost.tenant')) TO STDOUT"
        );
        let mut rows = pin!(transaction.copy_out(&sql).await?);
        while let Some(bytes) = rows.try_next().await? {
            writer.rows(&bytes).map_err(&wrong)?;
        }
    }
    let (sealer, sums) = writer.finish().map_err(&wrong)?;
    let out = sealer.finish().map_err(&wrong)?;
    let file = out
        .into_inner()
        .map_err(|error| wrong(error.into_error()))?;
    file.sync_all().map_err(&wrong)?;
    Ok(sums)
}
