//! An event on a payment: its change of state and the posting that goes with it, in one transaction under the row's lock. So money
//! is posted once, whoever says first and however often that it has come.

use deadpool_postgres::Transaction;
use meterpost_ledger::Money;
use meterpost_ledger::signing::TenantId;
use serde_json::json;

use super::ask::Purpose;
use super::error::PaymentError;
use super::order::{self, Payment};
use super::provider::{Answer, Received, Report};
use super::schedule::{Due, Schedule, next};
use super::state::{Event, State, Step, posting, step};
use crate::database::DatabaseError;
use crate::wallet::{self, Book, Place, Transfer, WalletError, post, repay_debt};

/// The constraint that gives a provider's transaction to one order only.
const TRANSACTION_ONCE: &str = "transaction_once";
/// Longest text of a trouble that is kept, in characters.
const LONGEST_TROUBLE: usize = 300;

/// In whose name and when.
#[derive(Clone, Copy, Debug)]
pub(super) struct Acting<'a> {
    pub(super) tenant: &'a TenantId,
    pub(super) by: &'a str,
    pub(super) now: u64,
    pub(super) schedule: &'a Schedule,
}

/// Changes a locked payment by an event, and stores it.
pub(super) async fn apply(
    transaction: &Transaction<'_>,
    acting: Acting<'_>,
    payment: &mut Payment,
    event: Event,
    received: Option<Received>,
) -> Result<Step, PaymentError> {
    let found = step(payment.state, event, payment.target());
    if let Step::Go(state) = found {
        let from = std::mem::replace(&mut payment.state, state);
        if payment.received.is_none() && has_money(state) {
            payment.received = received;
        }
        payment.changed_at = acting.now;
        payment.attempts = 0;
        payment.trouble = None;
        reschedule(acting, payment);
        store(transaction, payment).await?;
        move_money(transaction, acting, payment, from).await?;
        tracing::info!(tenant = %acting.tenant, number = payment.number, %from, to = %state, by = acting.by, "payment");
    }
    Ok(found)
}

fn has_money(state: State) -> bool {
    match state {
        State::Paid | State::Taken | State::PaidLate | State::Refunding | State::Refunded => true,
        State::Created
        | State::Waiting
        | State::Cancelling
        | State::Abandoned
        | State::Cancelled
        | State::Expired
        | State::Refused => false,
    }
}

fn reschedule(acting: Acting<'_>, payment: &mut Payment) {
    let due = Due {
        state: payment.state,
        target: payment.target(),
        changed_at: payment.changed_at,
        attempts: payment.attempts,
        number: &payment.number,
    };
    payment.next_at = next(acting.schedule, due, acting.now);
}

async fn store(transaction: &Transaction<'_>, payment: &Payment) -> Result<(), PaymentError> {
    payment.store(transaction).await.map_err(|error| {
        let constraint = error.as_db_error().and_then(|said| said.constraint());
        match (constraint, &payment.received) {
            (Some(TRANSACTION_ONCE), Some(received)) => {
                PaymentError::Transaction(received.transaction.clone())
            }
            _ => error.into(),
        }
    })
}

async fn move_money(
    transaction: &Transaction<'_>,
    acting: Acting<'_>,
    payment: &Payment,
    from: State,
) -> Result<(), PaymentError> {
    let Some((kind, debit, credit)) = posting(from, payment.state, payment.target()) else {
        return Ok(());
    };
    let received = payment.received.as_ref().ok_or_else(|| {
        DatabaseError::Damaged(format!("payment {} without money", payment.number))
    })?;
    let account = match &payment.purpose {
        Purpose::Wallet { account } => Some(account.as_str()),
        Purpose::Sale { .. } => None,
    };
    let place = |book: Book| match (book, account) {
        (Book::Wallet, Some(account)) => book.of(account),
        (book, _) => Place::from(book),
    };
    let transfer = Transfer {
        kind,
        reference: &payment.number,
        debit: place(debit),
        credit: place(credit),
        amount: received.amount,
        content: json!({ "transaction": received.transaction, "terminal": payment.terminal, "payment": payment.payment }),
        by: acting.by,
        at: acting.now,
    };
    let posted = post(transaction, acting.tenant, &transfer).await?;
    if let (Book::Wallet, Some(account)) = (credit, account) {
        let source = (posted.journal(), acting.by, acting.now);
        repay_debt(transaction, acting.tenant, account, source).await?;
    }
    Ok(())
}

/// What a provider's word means for this payment: an event, or none where it says nothing new yet.
fn event(payment: &Payment, report: &Report, acting: Acting<'_>) -> Option<Event> {
    let whole = |received: &Received| received.amount == payment.amount;
    match report {
        Report::Open(_) => Some(Event::Open),
        Report::Paid(received) if whole(received) => Some(Event::Paid),
        Report::Paid(_) => Some(Event::PaidOther),
        Report::Closed => Some(Event::Closed),
        Report::Expired => Some(Event::Expired),
        // On its way: asked again until it is there.
        Report::Refunding(_) => None,
        Report::Refunded(_) => Some(Event::Refunded),
        // The request that made it may still be on its way, until the provider would not take it for its age.
        Report::NoOrder => {
            let over = acting.now > payment.expires_at + acting.schedule.grace;
            over.then_some(Event::NeverMade)
        }
    }
}

/// The money that a report speaks of.
fn money(report: &Report) -> Option<&Received> {
    match report {
        Report::Paid(received) | Report::Refunding(received) | Report::Refunded(received) => {
            Some(received)
        }
        Report::Open(_) | Report::Closed | Report::Expired | Report::NoOrder => None,
    }
}

/// Takes in an answer of the provider, and says when to ask next.
pub(super) async fn take_in(
    transaction: &Transaction<'_>,
    acting: Acting<'_>,
    payment: &mut Payment,
    answer: Answer,
) -> Result<Step, PaymentError> {
    let report = match answer {
        Answer::Report(report) => report,
        Answer::Refused(why) if payment.state == State::Created => {
            let found = apply(transaction, acting, payment, Event::Refused, None).await?;
            trouble(transaction, acting, payment, &why).await?;
            return Ok(found);
        }
        Answer::Refused(why) | Answer::Unknown(why) => {
            trouble(transaction, acting, payment, &why).await?;
            return Ok(Step::Stay);
        }
    };
    let contradicts = match (&payment.received, money(&report)) {
        (Some(ours), Some(theirs)) => ours != theirs,
        _ => false,
    };
    if contradicts {
        let why = format!("the provider speaks of other money than what came: {report:?}");
        trouble(transaction, acting, payment, &why).await?;
        return Ok(Step::Wrong);
    }
    if let (Report::Open(code), None) = (&report, &payment.code) {
        payment.code = Some(code.clone());
    }
    let received = money(&report).cloned();
    let found = match event(payment, &report, acting) {
        Some(event) => apply(transaction, acting, payment, event, received).await?,
        None => Step::Stay,
    };
    match found {
        Step::Go(_) => {}
        Step::Stay => {
            payment.trouble = None;
            reschedule(acting, payment);
            store(transaction, payment).await?;
        }
        Step::Wrong => {
            let why = format!("the provider contradicts itself: {report:?}");
            trouble(transaction, acting, payment, &why).await?;
        }
    }
    Ok(found)
}

/// Notes what went wrong, for people, and tries again later.
async fn trouble(
    transaction: &Transaction<'_>,
    acting: Acting<'_>,
    payment: &mut Payment,
    why: &str,
) -> Result<(), PaymentError> {
    tracing::warn!(tenant = %acting.tenant, number = payment.number, state = %payment.state, why, "payment");
    payment.trouble = Some(why.chars().take(LONGEST_TROUBLE).collect());
    reschedule(acting, payment);
    store(transaction, payment).await
}

/// Sets a payment on its way back, after two people decided it; in the transaction of their decision.
///
/// # Errors
/// [`WalletError::NotPaid`], [`WalletError::Insufficient`] where the wallet has spent it, and the database's.
pub async fn refund_in(
    transaction: &Transaction<'_>,
    (tenant, by): (&TenantId, &str),
    number: &str,
    schedule: &Schedule,
    now: u64,
) -> Result<(), WalletError> {
    let Some(mut payment) = order::lock(transaction, number).await? else {
        return Err(WalletError::NotPaid("gone"));
    };
    let acting = Acting {
        tenant,
        by,
        now,
        schedule,
    };
    match apply(transaction, acting, &mut payment, Event::Refund, None).await {
        Ok(Step::Go(_)) => Ok(()),
        Ok(Step::Stay | Step::Wrong) => Err(WalletError::NotPaid(payment.state.name())),
        Err(PaymentError::Wallet(error)) => Err(error),
        Err(other) => Err(DatabaseError::Damaged(other.to_string()).into()),
    }
}

/// An amount that a payment may be over.
pub(super) fn is_payable(amount: Money) -> bool {
    (1..=wallet::LARGEST).contains(&amount.0)
}
