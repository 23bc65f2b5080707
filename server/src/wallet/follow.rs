//! What a terminal's log says became of a wallet's money. It is followed once, under a cosigned head, so there is nothing that a terminal has
//! to tell beside its log, and nothing that it could tell twice.

use deadpool_postgres::Transaction;
use meterpost_ledger::signing::LogOrigin;
use meterpost_ledger::{Event, Means, Money, PaymentOutcome, SaleId};

use super::books::{Book, Kind, repay_debt};
use super::caller::Caller;
use super::dispute::{Unfollowed, or_dispute};
use super::error::WalletError;
use super::hold::{Hold, HoldAsk, HoldState, alone_with, insert, move_money, reference};
use super::hold_end::{Ended, end_by_terminal};
use super::{LARGEST, desk::known_account};
use crate::database::DatabaseError;

/// What is done about an ended payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// It is as the log says.
    Nothing,
    /// The hold is spent.
    Capture,
    /// The hold is the wallet's again; also before it was heard of, so that a request still on its way finds it so.
    Release,
    /// It was delivered offline.
    Spend,
    /// It was delivered though somebody had released it: the account owes it, and people are told.
    SpendReleased,
    /// It does not fit, and nothing is done but telling people.
    Dispute(&'static str),
}

/// The table: how the hold stands, whether it is what the log speaks of, and what the log says.
fn step(found: Option<(HoldState, bool)>, outcome: PaymentOutcome) -> Step {
    use HoldState as H;
    let delivered = outcome == PaymentOutcome::Delivered;
    match (found, delivered) {
        (None, true) => Step::Spend,
        (None, false) => Step::Release,
        (Some((_, false)), _) => {
            Step::Dispute("the hold of this sale is over another account, meter or amount")
        }
        (Some((H::Pending, true)), true) => Step::Capture,
        (Some((H::Pending, true)), false) => Step::Release,
        (Some((H::Captured, true)), true) => Step::Nothing,
        (Some((H::Captured, true)), false) => Step::Dispute(
            "the hold was ended as delivered; the terminal's log says that it was not",
        ),
        (Some((H::Released, true)), true) => Step::SpendReleased,
        (Some((H::Released, true)), false) => Step::Nothing,
    }
}

/// The name that a terminal gives to the hold or payment of a sale: the log's epoch and the sale's number.
pub fn name(origin: &LogOrigin, sale: SaleId) -> String {
    format!("{}-{}", origin.epoch(), sale.0)
}

/// Follows an entry. What does not fit is kept for people: it must not keep the log from going on.
///
/// # Errors
/// The database's.
pub async fn follow(
    transaction: &Transaction<'_>,
    origin: &LogOrigin,
    event: &Event,
    now: u64,
) -> Result<(), DatabaseError> {
    let Event::PaymentEnded {
        sale,
        means: Means::Wallet(account),
        meter,
        amount,
        outcome,
        ..
    } = event
    else {
        return Ok(());
    };
    let hold = name(origin, *sale);
    let asked = HoldAsk {
        hold: &hold,
        account: &account.0,
        meter,
        amount: *amount,
    };
    let taken = take(transaction, origin, &asked, *outcome, now);
    or_dispute(transaction, (origin, *sale), now, taken).await
}

/// Does what the table says; the words are for people.
async fn take(
    transaction: &Transaction<'_>,
    origin: &LogOrigin,
    asked: &HoldAsk<'_>,
    outcome: PaymentOutcome,
    now: u64,
) -> Result<Option<&'static str>, Unfollowed> {
    let caller = Caller {
        origin,
        district: None,
    };
    if !(1..=LARGEST).contains(&asked.amount.0) {
        return Ok(Some("the amount is more than any transfer may be"));
    }
    let which = (origin.tenant(), origin.terminal().as_str(), asked.hold);
    let found = alone_with(transaction, which).await?;
    let seen = found.as_ref().map(|hold| (hold.state, is_of(hold, asked)));
    match step(seen, outcome) {
        Step::Nothing => {}
        Step::Dispute(words) => return Ok(Some(words)),
        Step::Capture => {
            end_by_terminal(transaction, &caller, asked.hold, Ended::Captured, now).await?;
        }
        Step::Release => {
            end_by_terminal(transaction, &caller, asked.hold, Ended::Released, now).await?;
        }
        Step::Spend => {
            // Whatever was moved to another district or owner meanwhile, it has happened.
            known_account(transaction, asked.account).await?;
            insert(transaction, &caller, asked, Some(&caller.name()), now).await?;
            owe(transaction, &caller, asked, now).await?;
        }
        Step::SpendReleased => {
            known_account(transaction, asked.account).await?;
            owe(transaction, &caller, asked, now).await?;
            return Ok(Some(
                "the hold was released; the terminal's log says that it was delivered, so the account owes it",
            ));
        }
    }
    Ok(None)
}

/// Whether the hold is over what the log says. One that was given up before it was heard of says nothing of that.
fn is_of(hold: &Hold, asked: &HoldAsk<'_>) -> bool {
    let same = |(account, meter, amount): &(String, String, Money)| {
        (account.as_str(), meter.as_str(), *amount) == (asked.account, asked.meter, asked.amount)
    };
    hold.what.as_ref().is_none_or(same)
}

/// A delivery that nobody holds money for. It is never refused for want of money: what the balance does not cover the account owes.
async fn owe(
    transaction: &Transaction<'_>,
    caller: &Caller<'_>,
    asked: &HoldAsk<'_>,
    now: u64,
) -> Result<(), WalletError> {
    let (tenant, by) = (caller.origin.tenant(), caller.name());
    let reference = reference(caller, asked);
    let debt = Book::Debt.of(asked.account);
    let moved = (Kind::HoldSpent, debt, Book::Terminals.into(), asked.amount);
    let journal = move_money(transaction, (tenant, &by), &reference, moved, now).await?;
    repay_debt(transaction, tenant, asked.account, (journal, &by, now)).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use HoldState::{Captured, Pending, Released};
    use PaymentOutcome::{Delivered, Refused, Returned};

    #[test]
    fn row_a_hold_is_spent_by_its_delivery_and_released_without_one() {
        assert_eq!(step(Some((Pending, true)), Delivered), Step::Capture);
        for outcome in [Refused, Returned] {
            assert_eq!(step(Some((Pending, true)), outcome), Step::Release);
        }
    }

    #[test]
    fn row_without_a_hold_it_was_delivered_offline_or_is_given_up() {
        assert_eq!(step(None, Delivered), Step::Spend);
        for outcome in [Refused, Returned] {
            assert_eq!(step(None, outcome), Step::Release);
        }
    }

    #[test]
    fn row_what_has_ended_so_is_left_alone() {
        assert_eq!(step(Some((Captured, true)), Delivered), Step::Nothing);
        for outcome in [Refused, Returned] {
            assert_eq!(step(Some((Released, true)), outcome), Step::Nothing);
        }
    }

    #[test]
    fn row_a_person_ended_it_otherwise() {
        assert_eq!(step(Some((Released, true)), Delivered), Step::SpendReleased);
        for outcome in [Refused, Returned] {
            let disputed = step(Some((Captured, true)), outcome);
            assert!(matches!(disputed, Step::Dispute(_)), "{disputed:?}");
        }
    }

    #[test]
    fn row_a_hold_over_something_else_is_never_touched() {
        for state in [Pending, Captured, Released] {
            for outcome in [Refused, Returned, Delivered] {
                let disputed = step(Some((state, false)), outcome);
                assert!(matches!(disputed, Step::Dispute(_)), "{disputed:?}");
            }
        }
    }
}
