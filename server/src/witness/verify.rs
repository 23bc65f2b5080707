//! Checking a whole log again from its stored entries: every one decoded, its rules and sums replayed, the tree hashed, and
//! the head compared.

use std::collections::BTreeMap;

use deadpool_postgres::Transaction;
use meterpost_ledger::signing::{LogOrigin, RootHash};
use meterpost_ledger::{Entry, Event, LogReplay, Means, Money, PaymentOutcome};

use super::WitnessError;
use super::log_row::find;
use super::tree::entries;

/// Entries read at a time.
const PAGE: u64 = 1000;
/// Problems told at most; one is enough.
const MOST_PROBLEMS: usize = 20;

/// What was found.
#[derive(Clone, Debug)]
pub struct Checked {
    /// Entries under the head cosigned last.
    pub size: u64,
    /// Entries here.
    pub stored: u64,
    /// The root over those under the head, hashed anew.
    pub root: RootHash,
    /// The head cosigned last.
    pub head: Option<String>,
    /// The balances of the log's accounts, by name.
    pub accounts: Vec<(String, String)>,
    /// What each sale delivered from a wallet.
    pub from_wallets: BTreeMap<u64, Money>,
    /// Why the log is held, if it is.
    pub held: Option<String>,
    /// What is wrong, a line each.
    pub problems: Vec<String>,
}

/// Checks a log; nothing where it is not known.
///
/// # Errors
/// When the database does not answer. What is wrong with the log is in [`Checked::problems`].
pub async fn verify(
    transaction: &Transaction<'_>,
    origin: &LogOrigin,
) -> Result<Option<Checked>, WitnessError> {
    let Some(log) = find(transaction, origin).await? else {
        return Ok(None);
    };
    let size = log.memory.last_size();
    let mut problems = Vec::new();
    let mut from_wallets = BTreeMap::new();
    let keys = log.memory.verifier_keys();
    let first = keys.ok().and_then(|keys| keys.into_iter().next());
    let Some(first) = first else {
        return Err(WitnessError::Tree("the log has no key".to_owned()));
    };
    let mut replay = LogReplay::new(first);
    while replay.size() < size && problems.len() < MOST_PROBLEMS {
        let from = replay.size();
        let page = entries(transaction, origin, from, size.min(from + PAGE)).await?;
        if page.is_empty() {
            problems.push(format!("entries {from} to {} are missing", size - 1));
            break;
        }
        for bytes in &page {
            from_wallets.extend(delivered_from_wallet(bytes));
            if let Err(fault) = replay.take(bytes) {
                problems.push(fault.to_string());
            }
        }
    }
    let root = replay.root();
    if let Some(head) = &log.memory.last
        && head.checkpoint().root != root
    {
        problems.push("the entries are not those of the head cosigned last".to_owned());
    }
    let balances = replay.books().balances().iter();
    Ok(Some(Checked {
        size,
        stored: log.stored,
        root,
        head: log.memory.last.as_ref().map(|head| head.to_text()),
        accounts: balances
            .map(|(account, money)| (format!("{account:?}"), money.to_string()))
            .collect(),
        from_wallets,
        held: log
            .memory
            .conflict
            .map(|conflict| conflict.kind.to_string()),
        problems,
    }))
}

/// PaymentEnded (`docs/ledger.md`).
const PAYMENT_ENDED: u8 = 30;

/// The sale and its amount, where the entry says that it was paid from a wallet and delivered.
fn delivered_from_wallet(bytes: &[u8]) -> Option<(u64, Money)> {
    if Entry::event_code(bytes) != Some(PAYMENT_ENDED) {
        return None;
    }
    match Entry::decode(bytes).ok()?.event {
        Event::PaymentEnded {
            sale,
            means: Means::Wallet(_),
            amount,
            outcome: PaymentOutcome::Delivered,
            ..
        } => Some((sale.0, amount)),
        _ => None,
    }
}
