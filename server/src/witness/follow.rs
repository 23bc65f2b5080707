//! Entries that mean something to other parts of the server. They are noted when they come, and followed once a head covers them: what
//! nobody vouched for changes nothing.

use deadpool_postgres::Transaction;
use meterpost_ledger::Entry;
use meterpost_ledger::signing::LogOrigin;

use super::WitnessError;
use super::log_row::{Which, to_i64};
use super::tree::entries;
use crate::payment::Schedule;
use crate::{commands, lease, payment, report, wallet};

/// BulletinApplied, CommandEnded and PaymentEnded (`docs/ledger.md`): rare, so the rest is not even read.
const NOTABLE: [u8; 3] = [22, 27, 30];

/// What following needs to know beside the log.
#[derive(Clone, Copy, Debug)]
pub struct Following<'f> {
    /// The time, in seconds since 1970.
    pub now: u64,
    /// When the operator's payment provider is asked; none where there is none.
    pub schedule: Option<&'f Schedule>,
}

/// Notes which of these entries, the first of which has place `first`, are worth a look later.
pub(super) async fn note(
    transaction: &Transaction<'_>,
    origin: &LogOrigin,
    first: u64,
    new: &[&[u8]],
) -> Result<(), WitnessError> {
    let notable =
        |bytes: &[u8]| Entry::event_code(bytes).is_some_and(|code| NOTABLE.contains(&code));
    let places = (first..).zip(new).filter(|(_, bytes)| notable(bytes));
    let places: Vec<i64> = places
        .map(|(seq, _)| to_i64(seq))
        .collect::<Result<_, _>>()?;
    if places.is_empty() {
        return Ok(());
    }
    let which = Which::log(origin);
    transaction
        .execute(
            "INSERT INTO notable (tenant, terminal, epoch, seq) SELECT $1, $2, $3, unnest($4::bigint[])",
            &which.with(&[&places]),
        )
        .await?;
    Ok(())
}

/// Entries from this place on were forgotten.
pub(super) async fn forget(
    transaction: &Transaction<'_>,
    origin: &LogOrigin,
    seq: u64,
) -> Result<(), WitnessError> {
    let which = Which::log(origin);
    let from = to_i64(seq)?;
    transaction
        .execute(
            "DELETE FROM notable WHERE tenant = $1 AND terminal = $2 AND epoch = $3 AND seq >= $4",
            &which.with(&[&from]),
        )
        .await?;
    Ok(())
}

/// Follows what was noted and is covered by a head of this size.
pub(super) async fn follow(
    transaction: &Transaction<'_>,
    origin: &LogOrigin,
    size: u64,
    following: &Following<'_>,
) -> Result<(), WitnessError> {
    let which = Which::log(origin);
    let until = to_i64(size)?;
    let statement = transaction
        .prepare_cached(
            "DELETE FROM notable WHERE tenant = $1 AND terminal = $2 AND epoch = $3 AND seq < $4 RETURNING seq",
        )
        .await?;
    let rows = transaction
        .query(&statement, &which.with(&[&until]))
        .await?;
    let mut places: Vec<i64> = rows
        .iter()
        .map(|row| row.try_get(0))
        .collect::<Result<_, _>>()?;
    places.sort_unstable();
    for seq in places.into_iter().filter_map(|seq| u64::try_from(seq).ok()) {
        for bytes in entries(transaction, origin, seq, seq + 1).await? {
            match Entry::decode(&bytes) {
                Ok(entry) => {
                    commands::follow(transaction, origin, &entry.event).await?;
                    lease::follow(transaction, origin, &entry.event).await?;
                    let now = following.now;
                    wallet::follow(transaction, origin, &entry.event, now).await?;
                    let when = (following.schedule, now);
                    payment::follow(transaction, origin, &entry.event, when).await?;
                }
                // The log is as it is; `server verify` tells of it.
                Err(error) => {
                    tracing::error!(log = %origin, seq, %error, "an entry cannot be read")
                }
            }
        }
    }
    // What is left of a long log is read in the background.
    report::follow(transaction, origin, size, following.now).await?;
    Ok(())
}
