//! The schema, brought up to date.

use std::str::FromStr;

use refinery::Migration;
pub use refinery::Target;
use tokio_postgres::NoTls;

use super::DatabaseError;

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

/// Two servers that start at once must not both change the schema. The number is only ever compared.
const LOCK: i64 = 0x6d65_7465_7270_6f73;

/// Brings the schema up to date, as the owner of the database; returns what was applied.
///
/// # Errors
/// When the database does not answer, a migration fails, or the schema is newer than this program.
pub async fn migrate(url: &str) -> Result<Vec<String>, DatabaseError> {
    migrate_to(url, Target::Latest).await
}

/// The same up to an older version: tests begin with what an older program left.
///
/// # Errors
/// As [`migrate`].
pub async fn migrate_to(url: &str, target: Target) -> Result<Vec<String>, DatabaseError> {
    let config = tokio_postgres::Config::from_str(url)
        .map_err(|error| DatabaseError::Address(error.to_string()))?;
    let (mut client, connection) = config.connect(NoTls).await?;
    let driver = tokio::spawn(connection);
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
