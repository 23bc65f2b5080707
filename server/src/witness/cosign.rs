//! What the witness says to a head: judge, make durable, cosign; in this order.

use deadpool_postgres::Transaction;
use meterpost_ledger::exchange::{Judgement, Request, Verdict, judge, judge_with_entries};
use meterpost_ledger::tree_root;

use super::accept::forget_from;
use super::log_row::{LogRow, store_memory};
use super::tree::Tree;
use super::{Following, WitnessError, follow};

/// What to do about a request.
#[derive(Debug)]
pub enum Cosigning {
    /// Commit, then answer with what the judgement says once it is recorded.
    Judged(Box<Judgement>),
    /// Commit, then say so: entries of the head are missing here, or those that are here are not the head's.
    Needs {
        /// Entries here; the next ones are wanted.
        have: u64,
    },
}

/// Judges a request; `log` is locked by this transaction. What changes is written; the caller commits before it answers.
///
/// # Errors
/// When the database does not answer, or the stored tree is damaged.
pub async fn cosign(
    transaction: &Transaction<'_>,
    log: &LogRow,
    request: &Request,
    following: &Following<'_>,
) -> Result<Cosigning, WitnessError> {
    let memory = &log.memory;
    let mut judgement = judge(memory, request);
    let mut tree = Tree::new(transaction, &memory.origin);
    if let Verdict::Rollback { .. } = judgement.verdict() {
        judgement = tree
            .read(|source| judge_with_entries(memory, request, source))
            .await?;
    }
    if let Verdict::Advanced { head, .. } = judgement.verdict() {
        let (size, root) = (head.checkpoint().size, head.checkpoint().root);
        if size > log.stored {
            let have = log.stored;
            return Ok(Cosigning::Needs { have });
        }
        if tree.read(|source| tree_root(size, source)).await? != root {
            let have = memory.last_size();
            tracing::warn!(log = %memory.origin, size, have, "the entries that came are not those of the head");
            forget_from(transaction, &memory.origin, have).await?;
            return Ok(Cosigning::Needs { have });
        }
    }
    if let Some(after) = judgement.change() {
        store_memory(transaction, memory, after).await?;
        let size = after.last_size();
        follow::follow(transaction, &memory.origin, size, following).await?;
    }
    Ok(Cosigning::Judged(Box::new(judgement)))
}
