//! The logs of all terminals at a glance, each with the terminal's own last word.

use deadpool_postgres::Transaction;

use crate::database::DatabaseError;

/// A terminal's log.
#[derive(Clone, Debug)]
pub struct Head {
    /// Which terminal.
    pub terminal: String,
    /// Which of its epochs.
    pub epoch: i64,
    /// The size of its head, by its last word.
    pub claimed: i64,
    /// Entries here.
    pub stored: i64,
    /// Entries under the head cosigned last.
    pub cosigned: i64,
    /// When it called last, in seconds since 1970.
    pub last_contact: Option<i64>,
    /// `in_sync`, `behind`, `suspect`, `held` or `closed`.
    pub state: String,
    /// How the terminal is by its last word; none for older epochs.
    pub status: Option<serde_json::Value>,
    /// When it said so, in seconds since 1970.
    pub status_at: Option<i64>,
    /// Seconds that its clock was ahead then.
    pub clock_offset: Option<f64>,
}

impl Head {
    /// How many of its entries are not cosigned.
    pub fn gap(&self) -> i64 {
        (self.claimed - self.cosigned).max(0)
    }
}

/// Those of one terminal or of all, a row for each epoch.
///
/// # Errors
/// The database's.
pub async fn heads(
    transaction: &Transaction<'_>,
    terminal: Option<&str>,
) -> Result<Vec<Head>, DatabaseError> {
    let rows = transaction
        .query(
            "SELECT terminal, epoch, claimed, stored, size, extract(epoch FROM last_contact)::bigint, \
             CASE WHEN memory->>'conflict' IS NOT NULL THEN 'held' \
                  WHEN memory->>'suspicion' IS NOT NULL THEN 'suspect' \
                  WHEN memory->>'closed_by' IS NOT NULL THEN 'closed' \
                  WHEN claimed > size THEN 'behind' ELSE 'in_sync' END, \
             status, extract(epoch FROM at)::bigint, clock_offset \
             FROM log LEFT JOIN terminal_status USING (tenant, terminal, epoch) \
             WHERE $1::text IS NULL OR terminal = $1 ORDER BY terminal, epoch",
            &[&terminal],
        )
        .await?;
    let read = |row: &tokio_postgres::Row| {
        Ok(Head {
            terminal: row.try_get(0)?,
            epoch: row.try_get(1)?,
            claimed: row.try_get(2)?,
            stored: row.try_get(3)?,
            cosigned: row.try_get(4)?,
            last_contact: row.try_get(5)?,
            state: row.try_get(6)?,
            status: row.try_get(7)?,
            status_at: row.try_get(8)?,
            clock_offset: row.try_get(9)?,
        })
    };
    rows.iter().map(read).collect()
}
