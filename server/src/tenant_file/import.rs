//! From a file into the database: all of a tenant or nothing, in one transaction, and never over anything that is there.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use deadpool_postgres::Transaction;
use meterpost_ledger::signing::TenantId;

use super::TenantFileError;
use super::frame::{Counters, Header, Part, Reader, Sums, Witnessed};
use super::land::{LOGIN, Landing, SERVER, differing};
use super::seal::Opener;
use super::tables::{How, TABLES};
use crate::backup::RecoveryKey;
use crate::book_check::check_within;
use crate::database::{Database, schema_version};
use crate::keys::Keys;
use crate::witness::WitnessError;

/// Values of a sequence that are left free above the highest one that came, for whoever draws one while it is raised.
const MARGIN: i64 = 1_000;

/// What is to come in.
#[derive(Debug)]
pub struct Arriving<'a> {
    /// From which file.
    pub from: &'a Path,
    /// Sealed under this key.
    pub key: &'a RecoveryKey,
    /// Also where the file is of a server with other keys.
    pub other_server: bool,
    /// Also where the books do not add up.
    pub despite_problems: bool,
    /// Whether it is only tried, and nothing kept.
    pub dry: bool,
}

/// What came in, or would.
#[derive(Debug)]
pub struct Arrived {
    /// What the file said of itself.
    pub header: Header,
    /// How much of each table.
    pub sums: Vec<Sums>,
    /// Whether the file is of a server with the keys of this one.
    pub same_keys: bool,
    /// What of the books did not add up.
    pub problems: Vec<crate::book_check::Problem>,
}

/// A file that is not what was written.
pub(super) fn damaged(why: String) -> TenantFileError {
    TenantFileError::File {
        path: std::path::PathBuf::new(),
        why,
    }
}

type Parts = Reader<Opener<BufReader<File>>>;

/// Brings a tenant in, as the owner of the schema; what came.
///
/// # Errors
/// [`TenantFileError`]; nothing came in then.
pub async fn import(
    owner: &Database,
    keys: &Keys,
    arriving: &Arriving<'_>,
) -> Result<Arrived, TenantFileError> {
    let arrived = bring(owner, keys, arriving).await;
    arrived.map_err(|error| match error {
        TenantFileError::File { why, .. } => TenantFileError::File {
            path: arriving.from.to_owned(),
            why,
        },
        other => other,
    })
}

async fn bring(
    owner: &Database,
    keys: &Keys,
    arriving: &Arriving<'_>,
) -> Result<Arrived, TenantFileError> {
    let wrong = TenantFileError::file(arriving.from);
    let file = File::open(arriving.from).map_err(&wrong)?;
    let opener = Opener::new(BufReader::new(file), arriving.key).map_err(&wrong)?;
    let (mut parts, header) = Reader::new(opener).map_err(&wrong)?;
    let tenant = TenantId::new(&header.tenant).map_err(|error| damaged(error.to_string()))?;
    let same_keys = same_keys(keys, &header.witnessed);
    if !same_keys && !arriving.other_server {
        return Err(TenantFileError::OtherServer(header.witnessed.name.clone()));
    }
    if !arriving.dry {
        // Apart from the rest, since a partition that is made locks others out; one that stays empty does no harm.
        refuse_early(owner, &tenant, &header).await?;
        for month in &header.months {
            owner.make_partition(month).await?;
        }
    }
    let mut connection = owner.connection().await?;
    let transaction = connection.begin(&tenant).await?;
    refuse(&transaction, &tenant, &header).await?;
    let sums = rows(&transaction, &tenant, &mut parts).await?;
    settle(&transaction, &tenant).await?;
    // As the server looks at it: it sees this tenant's rows only, which a login that is above the rules does not.
    transaction.batch_execute(SERVER).await?;
    let found = check_within(&transaction, &tenant)
        .await
        .map_err(|error| match error {
            WitnessError::Database(error) => TenantFileError::Database(error),
            other => damaged(other.to_string()),
        })?;
    if !found.problems.is_empty() && !arriving.despite_problems {
        return Err(TenantFileError::Books(found.problems));
    }
    transaction.batch_execute(LOGIN).await?;
    match arriving.dry {
        true => transaction.rollback().await?,
        false => {
            raise(&transaction, &tenant, header.counters).await?;
            note(&transaction, &tenant, arriving.from).await?;
            transaction.commit().await?;
        }
    }
    Ok(Arrived {
        header,
        sums,
        same_keys,
        problems: found.problems,
    })
}

/// Whether terminals that know the file's server would know one with these keys.
fn same_keys(keys: &Keys, of: &Witnessed) -> bool {
    let mine = Witnessed::by(keys);
    let once = keys
        .rotations()
        .iter()
        .any(|rotation| hex::encode(rotation.old.to_bytes()) == of.witness);
    mine.name == of.name && mine.operator == of.operator && (mine.witness == of.witness || once)
}

async fn refuse_early(
    owner: &Database,
    tenant: &TenantId,
    header: &Header,
) -> Result<(), TenantFileError> {
    let mut connection = owner.connection().await?;
    let transaction = connection.begin(tenant).await?;
    refuse(&transaction, tenant, header).await
}

/// Nothing comes where the tables are others, or where anything of the tenant is.
async fn refuse(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    header: &Header,
) -> Result<(), TenantFileError> {
    let here = schema_version(&**transaction).await?;
    if here != header.schema {
        return Err(TenantFileError::Schema {
            file: header.schema,
            program: header.program.clone(),
            here,
        });
    }
    for (table, _) in TABLES {
        let sql = format!("SELECT EXISTS (SELECT 1 FROM {table} WHERE tenant = $1)");
        let row = transaction.query_one(&sql, &[&tenant.as_str()]).await?;
        match (row.try_get(0)?, *table) {
            (false, _) => {}
            (true, "tenant") => return Err(TenantFileError::Here(tenant.clone())),
            (true, table) => {
                return Err(TenantFileError::Leftovers {
                    table,
                    tenant: tenant.clone(),
                });
            }
        }
    }
    Ok(())
}

/// The rows of all tables.
async fn rows(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    parts: &mut Parts,
) -> Result<Vec<Sums>, TenantFileError> {
    let wrong = TenantFileError::file(Path::new(""));
    let mut landing: Option<Landing> = None;
    loop {
        match parts.next().map_err(&wrong)? {
            Part::Table(of) => {
                if let Some(before) = landing.take() {
                    before.end(transaction, tenant).await?;
                }
                landing = Some(Landing::begin(transaction, &of).await?);
            }
            Part::Rows(bytes) => {
                let table = landing.as_mut();
                let table = table.ok_or_else(|| damaged("rows come before their table".into()))?;
                table.rows(bytes).await?;
            }
            Part::End(sums) => {
                if let Some(last) = landing.take() {
                    last.end(transaction, tenant).await?;
                }
                let came = sums.iter().map(|sum| sum.name.as_str());
                if !came.eq(TABLES.iter().map(|(table, _)| *table)) {
                    return Err(damaged("it has not the tables of a tenant".into()));
                }
                return Ok(sums);
            }
        }
    }
}

/// What follows from the rows, and what may stand only once.
async fn settle(transaction: &Transaction<'_>, tenant: &TenantId) -> Result<(), TenantFileError> {
    // Wallets that nothing was ever posted to have a row where they were once to be charged. No concentrator is connected here.
    transaction
        .batch_execute(&format!(
            "{SERVER}; \
             SELECT count(*) FROM settlement_wallets((SELECT coalesce(array_agg(account), '{{}}') FROM incoming_wallet)); \
             UPDATE concentrator SET holder = NULL WHERE holder IS NOT NULL; SET CONSTRAINTS ALL IMMEDIATE; {LOGIN}"
        ))
        .await?;
    for (table, how) in TABLES {
        if *how == How::Follows {
            let rows = differing(transaction, table, tenant).await?;
            if rows > 0 {
                return Err(TenantFileError::Follows { table, rows });
            }
        }
    }
    cards(transaction, tenant).await
}

/// A card is known by its number alone, whichever tenant's.
async fn cards(transaction: &Transaction<'_>, tenant: &TenantId) -> Result<(), TenantFileError> {
    let bind = "SELECT set_config('meterpost.tenant', $1, true)";
    let others = transaction
        .query(
            "SELECT t FROM tenants() AS t WHERE t <> $1",
            &[&tenant.as_str()],
        )
        .await?;
    for other in others {
        let other: &str = other.try_get(0)?;
        transaction.execute(bind, &[&other]).await?;
        let sql = "SELECT number FROM card JOIN incoming_card USING (number) WHERE card.tenant = $1 LIMIT 1";
        if let Some(row) = transaction.query_opt(sql, &[&other]).await? {
            let tenant = TenantId::new(other).map_err(|error| damaged(error.to_string()))?;
            return Err(TenantFileError::Card {
                card: row.try_get(0)?,
                tenant,
            });
        }
    }
    transaction.execute(bind, &[&tenant.as_str()]).await?;
    Ok(())
}

/// What is counted goes on above what came. Sequences are no part of a transaction: where it fails after all, some numbers are left out.
async fn raise(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    counters: Counters,
) -> Result<(), TenantFileError> {
    let raise = "SELECT setval($1::text::regclass, $2::bigint + $3::bigint) WHERE coalesce(pg_sequence_last_value($1::text::regclass), 0) <= $2::bigint";
    for (sequence, value) in [
        ("certificate_serial", counters.certificate_serial),
        ("card_number", counters.card_number),
    ] {
        transaction
            .execute(raise, &[&sequence, &value, &MARGIN])
            .await?;
    }
    for (table, _) in TABLES {
        let counted = transaction
            .query(
                "SELECT attname::text, pg_get_serial_sequence(attrelid::regclass::text, attname) FROM pg_attribute \
                 WHERE attrelid = to_regclass($1) AND attidentity <> '' AND NOT attisdropped",
                &[table],
            )
            .await?;
        for row in counted {
            let (column, sequence): (&str, &str) = (row.try_get(0)?, row.try_get(1)?);
            let sql =
                format!("SELECT coalesce(max(\"{column}\"), 0) FROM {table} WHERE tenant = $1");
            let most = transaction.query_one(&sql, &[&tenant.as_str()]).await?;
            let most: i64 = most.try_get(0)?;
            transaction
                .execute(raise, &[&sequence, &most, &MARGIN])
                .await?;
        }
    }
    Ok(())
}

/// The trail has it from here on.
async fn note(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    from: &Path,
) -> Result<(), TenantFileError> {
    transaction
        .execute(
            "INSERT INTO audit (tenant, actor, act, object, outcome) VALUES ($1, '(command)', 'tenant.import', $2, 'done')",
            &[&tenant.as_str(), &from.display().to_string()],
        )
        .await?;
    Ok(())
}
