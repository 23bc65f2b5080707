//! How a terminal's signed slip stands to what the server has cosigned of its log.

use deadpool_postgres::Transaction;
use meterpost_ledger::exchange::{Request, Verdict, judge_with_entries};
use meterpost_ledger::signing::Note;
use meterpost_ledger::{CheckedProof, tree_root};

use super::WitnessError;
use super::log_row::{LogRow, store_memory};
use super::tree::{Tree, entries};

/// How an entry that the log signed stands to what is cosigned here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnRecord {
    /// This very entry is at its place.
    Here,
    /// The log has not come that far here.
    NotYet,
    /// Its place has another entry, or its tree is not one that the log passed through here: the log signed two histories.
    Contradicts,
}

/// Compares an entry, whose proof holds, with what is cosigned.
///
/// # Errors
/// When the database does not answer, or the stored tree is damaged.
pub async fn compare(
    transaction: &Transaction<'_>,
    log: &LogRow,
    checked: &CheckedProof,
    entry: &[u8],
) -> Result<OnRecord, WitnessError> {
    let origin = &log.memory.origin;
    let cosigned = log.memory.last_size();
    if checked.size <= cosigned {
        let mut tree = Tree::new(transaction, origin);
        let size = checked.size;
        let root = tree.read(|source| tree_root(size, source)).await?;
        if root != checked.root {
            return Ok(OnRecord::Contradicts);
        }
    }
    if checked.index >= cosigned {
        return Ok(OnRecord::NotYet);
    }
    let ours = entries(
        transaction,
        origin,
        checked.index,
        checked.index.saturating_add(1),
    )
    .await?;
    Ok(match ours.first().is_some_and(|ours| ours == entry) {
        true => OnRecord::Here,
        false => OnRecord::Contradicts,
    })
}

/// The exact bytes of cosigned entries before a place, at most so many, the last one first.
///
/// # Errors
/// When the database does not answer.
pub async fn entries_before(
    transaction: &Transaction<'_>,
    log: &LogRow,
    (index, most): (u64, u64),
) -> Result<Vec<Vec<u8>>, WitnessError> {
    let end = index.min(log.memory.last_size());
    let first = end.saturating_sub(most);
    let mut found = entries(transaction, &log.memory.origin, first, end).await?;
    found.reverse();
    Ok(found)
}

/// Judges a slip's head as if the terminal had brought it, and holds the log where that convicts it; `log` is locked by this
/// transaction. A head that merely lies in the past, as a slip's does, changes nothing.
///
/// # Errors
/// When the database does not answer, or the stored tree is damaged.
pub async fn convict(
    transaction: &Transaction<'_>,
    log: &LogRow,
    head: Note,
) -> Result<(), WitnessError> {
    let memory = &log.memory;
    let Ok(request) = Request::new(0, Vec::new(), head) else {
        return Ok(());
    };
    let mut tree = Tree::new(transaction, &memory.origin);
    let judgement = tree
        .read(|source| judge_with_entries(memory, &request, source))
        .await?;
    if let (Verdict::Fork(_), Some(after)) = (judgement.verdict(), judgement.change()) {
        store_memory(transaction, memory, after).await?;
    }
    Ok(())
}
