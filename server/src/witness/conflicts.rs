//! The inbox of conflicts: what a log did that cannot be a mistake on the way, with both signed heads.

use deadpool_postgres::Transaction;

use crate::database::DatabaseError;

/// A conflict with its evidence.
#[derive(Clone, Debug)]
pub struct Conflict {
    /// Which terminal.
    pub terminal: String,
    /// Which of its epochs.
    pub epoch: i64,
    /// `fork`, `both_continued` or `older_epoch`.
    pub kind: String,
    /// The head cosigned last, signed by the log.
    pub ours: Option<String>,
    /// The head that does not go with it, signed by the log.
    pub theirs: String,
    /// The hashes of the proof between them, in hex, a line each.
    pub proof: String,
    /// When it was found, in seconds since 1970.
    pub found_at: i64,
}

/// All of them, newest first.
///
/// # Errors
/// The database's.
pub async fn conflicts(transaction: &Transaction<'_>) -> Result<Vec<Conflict>, DatabaseError> {
    let rows = transaction
        .query(
            "SELECT terminal, epoch, kind, ours, theirs, proof, extract(epoch FROM found_at)::bigint FROM conflict \
             ORDER BY found_at DESC",
            &[],
        )
        .await?;
    let read = |row: &tokio_postgres::Row| {
        Ok(Conflict {
            terminal: row.try_get(0)?,
            epoch: row.try_get(1)?,
            kind: row.try_get(2)?,
            ours: row.try_get(3)?,
            theirs: row.try_get(4)?,
            proof: row.try_get(5)?,
            found_at: row.try_get(6)?,
        })
    };
    rows.iter().map(read).collect()
}
