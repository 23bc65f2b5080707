//! Logs that were there before reports were: read in pieces, beside everything else.

use meterpost_ledger::signing::{LogOrigin, TenantId};

use super::follow::follow;
use crate::App;
use crate::database::DatabaseError;
use crate::witness;

/// Reads what older programs left unread of all logs of a tenant; how many logs were behind.
///
/// # Errors
/// The database's; what was read before it stays read.
pub async fn catch_up(app: &App, tenant: &TenantId) -> Result<usize, DatabaseError> {
    let mut connection = app.database.connection().await?;
    let transaction = connection.look(tenant).await?;
    let rows = transaction
        .query(
            "SELECT log.terminal, log.epoch FROM log LEFT JOIN log_read USING (tenant, terminal, epoch) \
             WHERE log.size > coalesce(log_read.size, 0) ORDER BY 1, 2",
            &[],
        )
        .await?;
    transaction.rollback().await?;
    for row in &rows {
        let (terminal, epoch): (&str, i64) = (row.try_get(0)?, row.try_get(1)?);
        let origin = origin(tenant, terminal, epoch)?;
        loop {
            let transaction = connection.begin(tenant).await?;
            let Some(log) = witness::lock(&transaction, &origin).await? else {
                break;
            };
            let size = log.memory.last_size();
            let all = follow(&transaction, &origin, size, (app.clock)()).await?;
            transaction.commit().await?;
            if all {
                break;
            }
        }
        tracing::info!(%origin, "the log was read for the reports");
    }
    Ok(rows.len())
}

fn origin(tenant: &TenantId, terminal: &str, epoch: i64) -> Result<LogOrigin, DatabaseError> {
    let name = format!("meterpost/{tenant}/{terminal}/{epoch}");
    LogOrigin::parse(&name).map_err(|error| DatabaseError::Damaged(format!("{name}: {error}")))
}
