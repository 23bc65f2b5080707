//! The schema, brought up to date.

use refinery::Migration;
pub use refinery::Target;
use tokio::task::JoinHandle;
use tokio_postgres::tls::MakeTlsConnect;
use tokio_postgres::{Client, Config, GenericClient, NoTls, Socket};

use super::DatabaseError;
use super::address::{Address, Way};

mod embedded {
    refinery::embed_migrations!("migrations");
}

/// The versions of the schema, rising.
pub fn versions() -> Vec<i32> {
    let all = embedded::migrations::runner();
    let mut versions: Vec<i32> = all
        .get_migrations()
        .iter()
        .map(Migration::version)
        .collect();
    versions.sort_unstable();
    versions
}

/// The version of the schema that the database has, 0 where none was brought in yet.
///
/// # Errors
/// When the database does not answer, or nothing was ever brought in.
pub async fn schema_version(client: &impl GenericClient) -> Result<i32, DatabaseError> {
    let row = client
        .query_one(
            "SELECT coalesce(max(version), 0)::integer FROM refinery_schema_history",
            &[],
        )
        .await?;
    Ok(row.try_get(0)?)
}

/// Two servers that start at once must not both change the schema. The number is only ever compared.
const LOCK: i64 = 0x6d65_7465_7270_6f73;

/// Brings the schema up to date, as the owner of the database; returns what was applied.
///
/// # Errors
/// When the database does not answer, a migration fails, or the schema is newer than this program.
pub async fn migrate(address: &Address) -> Result<Vec<String>, DatabaseError> {
    migrate_to(address, Target::Latest).await
}

/// The same up to an older version: tests begin with what an older program left.
///
/// # Errors
/// As [`migrate`].
pub async fn migrate_to(address: &Address, target: Target) -> Result<Vec<String>, DatabaseError> {
    let (mut client, driver) = open(address).await?;
    client
        .execute("SELECT pg_advisory_lock($1)", &[&LOCK])
        .await?;
    let report = embedded::migrations::runner()
        .set_target(target)
        .run_async(&mut client)
        .await
        .map_err(|error| DatabaseError::Migration(error.to_string()))?;
    // The lock ends with the session.
    drop(client);
    let _ = driver.await;
    let applied = report.applied_migrations().iter();
    Ok(applied.map(ToString::to_string).collect())
}

async fn open(address: &Address) -> Result<(Client, JoinHandle<()>), DatabaseError> {
    match &address.way {
        Way::Plain => connect(&address.config, NoTls).await,
        Way::Encrypted(tls) => connect(&address.config, tls.clone()).await,
    }
}

/// Does something over one connection as the login itself.
pub(super) async fn session<T>(
    address: &Address,
    work: impl AsyncFnOnce(&Client) -> Result<T, DatabaseError>,
) -> Result<T, DatabaseError> {
    let (client, driver) = open(address).await?;
    let done = work(&client).await;
    drop(client);
    let _ = driver.await;
    done
}

/// A connection, and the task that drives it until the client is dropped.
async fn connect<T>(config: &Config, tls: T) -> Result<(Client, JoinHandle<()>), DatabaseError>
where
    T: MakeTlsConnect<Socket>,
    T::Stream: Send + 'static,
{
    let (client, connection) = config.connect(tls).await?;
    let driver = tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(%error, "a connection of the login has ended");
        }
    });
    Ok((client, driver))
}
