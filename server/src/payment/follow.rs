//! What a terminal's log says became of a payment by QR code: where its sale never took the money, that goes back.

use deadpool_postgres::Transaction;
use meterpost_ledger::signing::LogOrigin;
use meterpost_ledger::{Event as Entry, Means, PaymentOutcome, SaleId};

use super::apply::{Acting, apply};
use super::error::PaymentError;
use super::order;
use super::schedule::Schedule;
use super::state::{Event, Step, step};
use crate::database::DatabaseError;
use crate::wallet::{Unfollowed, name, or_dispute};

/// Follows an entry, which a cosigned head covers. After it the terminal's own rules let it take the money no more, so it is safe to give back
/// even what was taken here and whose answer was lost. What does not fit is kept for people: it must not keep the log from going on.
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
    let disowned = disown(transaction, origin, *sale, (schedule, now));
    or_dispute(transaction, (origin, *sale), now, disowned).await
}

/// Gives back what came or comes for a sale; the words are for people.
async fn disown(
    transaction: &Transaction<'_>,
    origin: &LogOrigin,
    sale: SaleId,
    (schedule, now): (Option<&Schedule>, u64),
) -> Result<Option<&'static str>, Unfollowed> {
    let (terminal, payment) = (origin.terminal().as_str(), name(origin, sale));
    // One that was never heard of shows its code to nobody, and expires.
    let Some(mut found) = order::lock_named(transaction, terminal, &payment).await? else {
        return Ok(None);
    };
    let Some(schedule) = schedule else {
        let step = step(found.state, Event::Disowned, found.target());
        return Ok(matches!(step, Step::Go(_)).then_some(
            "the terminal's log gives the payment up, and there is no provider any more to give it back through",
        ));
    };
    let by = format!("terminal {terminal}");
    let acting = Acting {
        tenant: origin.tenant(),
        by: &by,
        now,
        schedule,
    };
    match apply(transaction, acting, &mut found, Event::Disowned, None).await {
        Ok(Step::Go(_) | Step::Stay) => Ok(None),
        Ok(Step::Wrong) => Ok(Some(
            "the terminal's log gives up a payment that came into a wallet, where it stays",
        )),
        Err(PaymentError::Wallet(error)) => Err(error.into()),
        Err(other) => Err(Unfollowed::Unfit(other.to_string())),
    }
}
