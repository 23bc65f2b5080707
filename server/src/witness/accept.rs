//! Taking entries in. They are stored where they belong and believed by nobody until a head covers them.

use deadpool_postgres::Transaction;
use meterpost_ledger::signing::LogOrigin;
use meterpost_ledger::{TileChanges, leaf_hash};

use super::log_row::{LogRow, Which, to_i64};
use super::tree::{Tree, entries, write_tiles};
use super::{WitnessError, follow};
use crate::database::DatabaseError;

/// What became of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stored {
    /// All of it is here; so many entries are, and this many of them are new.
    Here {
        /// Entries here.
        have: u64,
        /// Of this batch, stored now.
        new: u64,
    },
    /// It begins behind the end of what is here: continue from there.
    Gap {
        /// Entries here.
        have: u64,
    },
    /// An entry under a head that is cosigned is another one here. Ask for a cosignature: the answer says what that means.
    Differs {
        /// Its place.
        seq: u64,
        /// Entries here.
        have: u64,
    },
    /// More than may wait for a head: a head of what is here has to come first.
    Full {
        /// Entries here.
        have: u64,
    },
}

/// Takes the entries from place `first` on; `log` is locked by this transaction. At most `most_unsigned` may wait for a head: whoever has
/// a terminal's key must not be able to fill the disk with what no key vouches for.
///
/// # Errors
/// When the database does not answer, or the stored tree is damaged.
pub async fn store_entries(
    transaction: &Transaction<'_>,
    log: &LogRow,
    first: u64,
    batch: &[&[u8]],
    most_unsigned: u64,
) -> Result<Stored, WitnessError> {
    let origin = &log.memory.origin;
    let signed = log.memory.last_size();
    let mut have = log.stored;
    if first > have {
        return Ok(Stored::Gap { have });
    }
    let end = first + batch.len() as u64;
    let known = match end.min(have) {
        same if same <= first => Vec::new(),
        known => entries(transaction, origin, first, known).await?,
    };
    let other = known
        .iter()
        .zip(batch)
        .position(|(known, sent)| known != *sent);
    if let Some(place) = other {
        let seq = first + place as u64;
        if seq < signed {
            return Ok(Stored::Differs { seq, have });
        }
        // Nobody vouched for what is here; it may be what a disk held that has been restored since.
        forget_from(transaction, origin, seq).await?;
        have = seq;
    }
    let new = &batch[usize::try_from(have - first)
        .unwrap_or(batch.len())
        .min(batch.len())..];
    if end.saturating_sub(signed) > most_unsigned {
        return Ok(Stored::Full { have });
    }
    if !new.is_empty() {
        append(transaction, origin, have, new).await?;
        have += new.len() as u64;
    }
    let new = new.len() as u64;
    Ok(Stored::Here { have, new })
}

/// Entries that no head covers turned out not to belong to the log.
pub(super) async fn forget_from(
    transaction: &Transaction<'_>,
    origin: &LogOrigin,
    seq: u64,
) -> Result<(), WitnessError> {
    let which = Which::log(origin);
    let from = to_i64(seq)?;
    transaction
        .execute(
            "DELETE FROM entry WHERE tenant = $1 AND terminal = $2 AND epoch = $3 AND seq >= $4",
            &which.with(&[&from]),
        )
        .await?;
    follow::forget(transaction, origin, seq).await?;
    set_stored(transaction, origin, seq).await
}

async fn set_stored(
    transaction: &Transaction<'_>,
    origin: &LogOrigin,
    stored: u64,
) -> Result<(), WitnessError> {
    let which = Which::log(origin);
    let stored = to_i64(stored)?;
    let statement = transaction
        .prepare_cached(
            "UPDATE log SET stored = $4 WHERE tenant = $1 AND terminal = $2 AND epoch = $3",
        )
        .await?;
    transaction
        .execute(&statement, &which.with(&[&stored]))
        .await?;
    Ok(())
}

/// Behind the end of what is here. The database writes the rows while the hashes over them are computed; on one connection the statements
/// run one after another all the same.
async fn append(
    transaction: &Transaction<'_>,
    origin: &LogOrigin,
    first: u64,
    new: &[&[u8]],
) -> Result<(), WitnessError> {
    let mut edge = Tree::new(transaction, origin).edge(first).await?;
    let hashed = async {
        let mut changes = TileChanges::default();
        for sent in new {
            edge.push(leaf_hash(sent), &mut changes);
        }
        Ok(write_tiles(transaction, origin, changes).await?)
    };
    let (written, hashed, noted, counted) = tokio::join!(
        write_entries(transaction, origin, first, new),
        hashed,
        follow::note(transaction, origin, first, new),
        set_stored(transaction, origin, first + new.len() as u64),
    );
    cause([written, hashed, noted, counted])
}

/// Where statements that were begun together failed: the one that failed by itself, whichever was heard of first.
fn cause<const N: usize>(ended: [Result<(), WitnessError>; N]) -> Result<(), WitnessError> {
    let mut aborted = Ok(());
    for one in ended {
        match one {
            Ok(()) => {}
            Err(WitnessError::Database(DatabaseError::Aborted)) => aborted = one,
            Err(_) => return one,
        }
    }
    aborted
}

async fn write_entries(
    transaction: &Transaction<'_>,
    origin: &LogOrigin,
    first: u64,
    new: &[&[u8]],
) -> Result<(), WitnessError> {
    let which = Which::log(origin);
    let from = to_i64(first)?;
    let statement = transaction
        .prepare_cached(
            "INSERT INTO entry (tenant, terminal, epoch, seq, bytes) \
             SELECT $1, $2, $3, $4 + place - 1, bytes FROM unnest($5::bytea[]) WITH ORDINALITY AS sent (bytes, place)",
        )
        .await?;
    transaction
        .execute(&statement, &which.with(&[&from, &new]))
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_statements_begun_together_the_one_that_failed_by_itself_is_told() {
        let aborted = || Err(WitnessError::Database(DatabaseError::Aborted));
        let full = || {
            Err(WitnessError::Database(DatabaseError::Unreachable(
                "53100".into(),
            )))
        };
        let told = |ended| match cause(ended) {
            Err(WitnessError::Database(error)) => error.to_string(),
            other => format!("{other:?}"),
        };
        for ended in [[aborted(), full(), Ok(())], [full(), aborted(), Ok(())]] {
            assert!(told(ended).contains("53100"));
        }
        assert!(told([Ok(()), aborted(), Ok(())]).contains("before it failed"));
        assert!(cause([Ok(()), Ok(())]).is_ok());
    }
}
