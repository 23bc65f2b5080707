//! What a terminal's log says became of a payment by QR code: where its sale never took the money, that goes back.

use deadpool_postgres::Transaction;
use meterpost_ledger::signing::LogOrigin;
use meterpost_ledger::{Event as Entry, Means, PaymentOutcome};

use super::apply::{Acting, apply};
use super::order;
use super::schedule::Schedule;
use super::state::{Event, Step};
use crate::database::DatabaseError;
use crate::wallet::name;

/// Follows an entry, which a cosigned head covers. After it the terminal's own rules let it take the money no more, so it is safe to give back
/// even what was taken here and whose answer was lost.
///
/// # Errors
/// The database's.
pub async fn follow(
    transaction: &Transaction<'_>,
    origin: &LogOrigin,
    entry: &Entry,
    (schedule, now): (Option<&Schedule>, u64),
) -> Result<(), DatabaseError> {
    let Entry::PaymentEnded {
        sale,
        means: Means::Code,
        outcome: PaymentOutcome::Refused,
        ..
    } = entry
    else {
        return Ok(());
    };
    let (terminal, payment) = (origin.terminal().as_str(), name(origin, *sale));
    // One that was never heard of shows its code to nobody, and expires.
    let Some(mut found) = order::lock_named(transaction, terminal, &payment).await? else {
        return Ok(());
    };
    let Some(schedule) = schedule else {
        tracing::error!(log = %origin, payment, "there is no provider any more to give it back through");
        return Ok(());
    };
    let by = format!("terminal {terminal}");
    let acting = Acting {
        tenant: origin.tenant(),
        by: &by,
        now,
        schedule,
    };
    let step = apply(transaction, acting, &mut found, Event::Disowned, None).await;
    match step {
        Ok(Step::Go(_) | Step::Stay | Step::Wrong) => Ok(()),
        Err(error) => Err(DatabaseError::Damaged(error.to_string())),
    }
}
