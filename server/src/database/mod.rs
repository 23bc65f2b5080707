//! The way to PostgreSQL. Whatever is read or written is of one tenant: a transaction begins by saying whose rows it may see,
//! under a role that is bound by row-level security.

mod address;
mod error;
mod logins;
mod migrations;

use std::time::Duration;

use deadpool_postgres::{
    Hook, HookError, Manager, ManagerConfig, Object, Pool, RecyclingMethod, Runtime, Timeouts,
    Transaction,
};
use meterpost_ledger::signing::{LogOrigin, NoteKeyId, TenantId};
use tokio_postgres::{IsolationLevel, NoTls};

use address::Way;

pub use address::Address;
pub use error::DatabaseError;
pub use logins::{Standing, differ, let_serve, standing};
pub use migrations::{Target, migrate, migrate_to, schema_version, versions};

/// How long a request waits for a connection.
const PATIENCE: Duration = Duration::from_secs(5);

/// Connections to one database. Clones share them.
#[derive(Clone, Debug)]
pub struct Database {
    pool: Pool,
}

impl Database {
    /// Prepares connections; none is opened yet.
    ///
    /// # Errors
    /// When there can be none.
    pub fn new(address: &Address, connections: usize) -> Result<Database, DatabaseError> {
        Database::with(
            address,
            connections,
            "SET ROLE meterpost_server; SET statement_timeout = '20s'",
        )
    }

    /// The same as the login itself, which owns the schema, and with time for what takes long: for commands, and never for what comes from outside.
    ///
    /// # Errors
    /// As [`Database::new`].
    pub fn as_owner(address: &Address) -> Result<Database, DatabaseError> {
        Database::with(address, 1, "SET statement_timeout = 0")
    }

    fn with(
        address: &Address,
        connections: usize,
        first: &'static str,
    ) -> Result<Database, DatabaseError> {
        let config = address.config.clone();
        let how = ManagerConfig {
            recycling_method: RecyclingMethod::Fast,
        };
        let manager = match &address.way {
            Way::Plain => Manager::from_config(config, NoTls, how),
            Way::Encrypted(tls) => Manager::from_config(config, tls.clone(), how),
        };
        let bound = Hook::async_fn(move |client, _| {
            Box::pin(async move {
                let ready = client.batch_execute(first).await;
                ready.map_err(HookError::Backend)
            })
        });
        let pool = Pool::builder(manager)
            .max_size(connections)
            .runtime(Runtime::Tokio1)
            .timeouts(Timeouts {
                wait: Some(PATIENCE),
                create: Some(PATIENCE),
                recycle: Some(PATIENCE),
            })
            .post_create(bound)
            .build()
            .map_err(|error| DatabaseError::Address(error.to_string()))?;
        Ok(Database { pool })
    }

    /// A connection of the pool.
    pub async fn connection(&self) -> Result<Connection, DatabaseError> {
        Ok(Connection(self.pool.get().await?))
    }

    /// The names of all tenants. What else they have is seen by their own transactions only.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn tenants(&self) -> Result<Vec<TenantId>, DatabaseError> {
        let connection = self.pool.get().await?;
        let rows = connection.query("SELECT tenants()", &[]).await?;
        let read = |row: &tokio_postgres::Row| {
            let name: &str = row.try_get(0)?;
            TenantId::new(name).map_err(|error| DatabaseError::Damaged(error.to_string()))
        };
        rows.iter().map(read).collect()
    }

    /// The logs that have a key with this id, of whichever tenants: whoever checks a receipt belongs to none. Nothing else of them is told.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn receipt_logs(&self, key: NoteKeyId) -> Result<Vec<LogOrigin>, DatabaseError> {
        let connection = self.pool.get().await?;
        let statement = connection
            .prepare_cached("SELECT tenant, terminal, epoch FROM receipt_logs($1)")
            .await?;
        let rows = connection.query(&statement, &[&key.0.as_slice()]).await?;
        let read = |row: &tokio_postgres::Row| {
            let (tenant, terminal, epoch): (&str, &str, i64) =
                (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
            LogOrigin::parse(&format!("meterpost/{tenant}/{terminal}/{epoch}"))
                .map_err(|error| DatabaseError::Damaged(error.to_string()))
        };
        rows.iter().map(read).collect()
    }

    /// Makes the partition of readings of the month of this day, such as `2026-03-01`, where there is none. A clock that was never
    /// set makes none. Only the owner may.
    ///
    /// # Errors
    /// When the database does not answer, or the day is none.
    pub async fn make_partition(&self, month: &str) -> Result<(), DatabaseError> {
        let connection = self.pool.get().await?;
        connection
            .execute(
                "SELECT reading_partition(first) FROM (SELECT $1::text::date AS first) AS asked \
                 WHERE first BETWEEN '2010-01-01' AND current_date + interval '24 months'",
                &[&month],
            )
            .await?;
        Ok(())
    }

    /// Makes the partitions of readings for this month, the one before and so many ahead; how many were made.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn make_partitions(&self, ahead: i32) -> Result<i32, DatabaseError> {
        let connection = self.pool.get().await?;
        let row = connection
            .query_one("SELECT reading_partitions($1)", &[&ahead])
            .await?;
        Ok(row.try_get(0)?)
    }

    /// Whether the database answers.
    pub async fn check(&self) -> Result<(), DatabaseError> {
        let connection = self.pool.get().await?;
        connection.batch_execute("SELECT 1").await?;
        Ok(())
    }
}

/// A connection, on which transactions of one tenant each follow one another.
pub struct Connection(Object);

impl Connection {
    /// Begins a transaction that sees this tenant's rows only. It is rolled back unless it is committed.
    pub async fn begin(&mut self, tenant: &TenantId) -> Result<Transaction<'_>, DatabaseError> {
        let transaction = self.0.transaction().await?;
        bind(&transaction, tenant).await?;
        Ok(transaction)
    }

    /// The same for looking only: all of it sees the tenant's rows as they were at one moment.
    pub async fn look(&mut self, tenant: &TenantId) -> Result<Transaction<'_>, DatabaseError> {
        let transaction = self
            .0
            .build_transaction()
            .isolation_level(IsolationLevel::RepeatableRead)
            .read_only(true)
            .start()
            .await?;
        bind(&transaction, tenant).await?;
        Ok(transaction)
    }
}

/// The text without the one character that no column holds.
pub fn storable(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

/// From here on the transaction sees this tenant's rows only.
async fn bind(transaction: &Transaction<'_>, tenant: &TenantId) -> Result<(), DatabaseError> {
    transaction
        .execute_typed(
            "SELECT set_config('meterpost.tenant', $1, true)",
            &[(&tenant.as_str(), tokio_postgres::types::Type::TEXT)],
        )
        .await?;
    Ok(())
}
