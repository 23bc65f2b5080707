//! How a hold ends: by its terminal's log, or by a manager's word with a reason.

use deadpool_postgres::Transaction;
use meterpost_ledger::signing::TenantId;

use super::books::{Book, Kind, repay_debt, seconds};
use super::caller::Caller;
use super::error::WalletError;
use super::hold::{Hold, HoldState, alone_with, move_money, stored};

/// What became of the delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// The meter was credited.
    Captured,
    /// It was not.
    Released,
}

impl Ended {
    /// The state that it leads to.
    pub fn state(self) -> HoldState {
        match self {
            Ended::Captured => HoldState::Captured,
            Ended::Released => HoldState::Released,
        }
    }

    /// The outcome of this name.
    pub fn parse(name: &str) -> Option<Ended> {
        [Ended::Captured, Ended::Released]
            .into_iter()
            .find(|ended| ended.state().name() == name)
    }
}

/// Ends a hold, once.
///
/// # Errors
/// [`WalletError`]; nothing has changed then.
pub async fn end_hold(
    transaction: &Transaction<'_>,
    (tenant, terminal, hold): (&TenantId, &str, &str),
    ended: Ended,
    (by, reason): (&str, Option<&str>),
    now: u64,
) -> Result<Hold, WalletError> {
    let which = (tenant, terminal, hold);
    let Some(found) = alone_with(transaction, which).await? else {
        return Err(WalletError::NoHold(hold.to_owned()));
    };
    if found.state == ended.state() {
        return Ok(found);
    }
    let (HoldState::Pending, Some((account, _, amount))) = (found.state, &found.what) else {
        return Err(WalletError::Ended(found.state.name()));
    };
    let (kind, credit) = match ended {
        Ended::Captured => (Kind::HoldCaptured, Book::Terminals.into()),
        Ended::Released => (Kind::HoldReleased, Book::Wallet.of(account)),
    };
    let reference = format!("{terminal}/{hold}");
    let moved = (kind, Book::Held.of(account), credit, *amount);
    let journal = move_money(transaction, (tenant, by), &reference, moved, now).await?;
    if ended == Ended::Released {
        repay_debt(transaction, tenant, account, (journal, by, now)).await?;
    }
    transaction
        .execute(
            "UPDATE wallet_hold SET state = $3, ended_at = $4, ended_by = $5, reason = $6 WHERE terminal = $1 AND hold = $2",
            &[&terminal, &hold, &ended.state().name(), &seconds(now)?, &by, &reason],
        )
        .await?;
    Ok(Hold {
        state: ended.state(),
        ..found
    })
}

/// Ends a hold by its terminal's log. A terminal that never learned whether its hold came about gives it up all the same: the
/// request may still be on its way, and finds the hold released.
///
/// # Errors
/// [`WalletError`]; nothing has changed then.
pub(super) async fn end_by_terminal(
    transaction: &Transaction<'_>,
    caller: &Caller<'_>,
    hold: &str,
    ended: Ended,
    now: u64,
) -> Result<Hold, WalletError> {
    let terminal = caller.origin.terminal().as_str();
    let (which, by) = ((caller.origin.tenant(), terminal, hold), caller.name());
    match end_hold(transaction, which, ended, (&by, None), now).await {
        Err(WalletError::NoHold(_)) if ended == Ended::Released => {
            transaction
                .execute(
                    "INSERT INTO wallet_hold (tenant, terminal, hold, epoch, state, made_at, ended_at, ended_by) \
                     VALUES ($1, $2, $3, $4, 'released', $5, $5, $6)",
                    &[
                        &caller.origin.tenant().as_str(),
                        &terminal,
                        &hold,
                        &i64::from(caller.origin.epoch()),
                        &seconds(now)?,
                        &by,
                    ],
                )
                .await?;
            stored(transaction, caller, hold).await
        }
        result => result,
    }
}
