//! One table's rows on their way in: first as they came into a table of the transaction's own, then from there under the server's own role, so
//! that row-level security, constraints and triggers judge them as they judge everything that the server writes.

use std::io::Cursor;
use std::pin::Pin;

use deadpool_postgres::Transaction;
use futures_util::SinkExt;
use meterpost_ledger::signing::TenantId;
use tokio_postgres::CopyInSink;

use super::frame::OfTable;
use super::tables::{How, columns, find, listed, order};
use super::{TenantFileError, import::damaged};

/// The role under which rows are written, as the server writes them.
pub(super) const SERVER: &str = "SET LOCAL ROLE meterpost_server";
/// Back to the login.
pub(super) const LOGIN: &str = "SET LOCAL ROLE NONE";

/// A table whose rows come.
pub(super) struct Landing {
    table: &'static str,
    how: How,
    list: String,
    rows: Pin<Box<CopyInSink<Cursor<Vec<u8>>>>>,
}

impl Landing {
    /// Makes room for a table's rows.
    pub(super) async fn begin(
        transaction: &Transaction<'_>,
        of: &OfTable,
    ) -> Result<Landing, TenantFileError> {
        let (table, how) = find(&of.name)
            .ok_or_else(|| damaged(format!("it has a table {:?}, which none has", of.name)))?;
        if columns(transaction, table).await? != of.columns {
            return Err(damaged(format!(
                "the table {table} has other columns here, though the schema's version is the same"
            )));
        }
        let list = listed(&of.columns);
        transaction
            .batch_execute(&format!(
                "CREATE TEMPORARY TABLE incoming_{table} ON COMMIT DROP AS SELECT {list} FROM {table} WITH NO DATA; \
                 GRANT SELECT ON incoming_{table} TO meterpost_server"
            ))
            .await?;
        let sql = format!("COPY incoming_{table} ({list}) FROM STDIN");
        let rows = Box::pin(transaction.copy_in(&sql).await?);
        Ok(Landing {
            table,
            how,
            list,
            rows,
        })
    }

    /// Some of its rows' bytes.
    pub(super) async fn rows(&mut self, bytes: Vec<u8>) -> Result<(), TenantFileError> {
        Ok(self.rows.send(Cursor::new(bytes)).await?)
    }

    /// That was all: writes the rows, where no trigger did.
    pub(super) async fn end(
        mut self,
        transaction: &Transaction<'_>,
        tenant: &TenantId,
    ) -> Result<(), TenantFileError> {
        self.rows.as_mut().finish().await?;
        let Landing {
            table, how, list, ..
        } = self;
        // A file is of one tenant, whatever its rows say.
        let others = format!("SELECT count(*) FROM incoming_{table} WHERE tenant <> $1");
        let others = transaction.query_one(&others, &[&tenant.as_str()]).await?;
        if others.try_get::<_, i64>(0)? > 0 {
            return Err(damaged(format!(
                "the table {table} has rows of another tenant"
            )));
        }
        if how == How::Follows {
            return Ok(());
        }
        let order = order(table);
        transaction
            .batch_execute(&format!(
                "{SERVER}; INSERT INTO {table} ({list}) OVERRIDING SYSTEM VALUE SELECT {list} FROM incoming_{table} {order}; {LOGIN}"
            ))
            .await?;
        // The cards are looked at once more, for their numbers.
        if table != "card" {
            let sql = format!("DROP TABLE incoming_{table}");
            transaction.batch_execute(&sql).await?;
        }
        Ok(())
    }
}

/// How many rows that triggers wrote are not those that were taken along, or the other way round.
pub(super) async fn differing(
    transaction: &Transaction<'_>,
    table: &str,
    tenant: &TenantId,
) -> Result<i64, TenantFileError> {
    let list = listed(&columns(transaction, table).await?);
    let (here, came) = (
        format!("SELECT {list} FROM {table} WHERE tenant = $1"),
        format!("SELECT {list} FROM incoming_{table}"),
    );
    let sql = format!(
        "SELECT count(*) FROM (({here} EXCEPT {came}) UNION ALL ({came} EXCEPT {here})) AS differing"
    );
    let row = transaction.query_one(&sql, &[&tenant.as_str()]).await?;
    Ok(row.try_get(0)?)
}
