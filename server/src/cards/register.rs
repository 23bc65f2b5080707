//! The register of cards: ordered, replaced, and each step of their life. Terminals are told of the account's cards with the
//! directory's next version.

use deadpool_postgres::Transaction;
use meterpost_ledger::signing::TenantId;
use tokio_postgres::Row;

use super::CardError;
use super::life::{CardAct, CardKind, CardState};
use crate::database::DatabaseError;
use crate::directory::touch;

/// A card, as the register has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Card {
    /// Its number.
    pub number: String,
    /// The account that it belongs to; none for staff.
    pub account: Option<String>,
    /// Whose.
    pub kind: CardKind,
    /// Where it is in its life.
    pub state: CardState,
    /// The card that took its place.
    pub replaced_by: Option<String>,
}

/// A card to order.
#[derive(Clone, Copy, Debug)]
pub struct NewCard<'n> {
    /// The account; none for staff.
    pub account: Option<&'n str>,
    /// Whose.
    pub kind: CardKind,
    /// The desk that is to make it.
    pub terminal: &'n str,
    /// Who orders it.
    pub by: &'n str,
}

const COLUMNS: &str = "number, account, kind, state, replaced_by";

fn read(row: &Row) -> Result<Card, DatabaseError> {
    let damaged = |what: &str| DatabaseError::Damaged(format!("card.{what}"));
    let (kind, state): (String, String) = (row.try_get(2)?, row.try_get(3)?);
    Ok(Card {
        number: row.try_get(0)?,
        account: row.try_get(1)?,
        kind: CardKind::parse(&kind).ok_or_else(|| damaged("kind"))?,
        state: CardState::parse(&state).ok_or_else(|| damaged("state"))?,
        replaced_by: row.try_get(4)?,
    })
}

/// The cards of an account, or all of the tenant's; at most 500, the newest numbers first.
///
/// # Errors
/// When the database does not answer.
pub async fn cards(
    transaction: &Transaction<'_>,
    account: Option<&str>,
) -> Result<Vec<Card>, DatabaseError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM card WHERE $1::text IS NULL OR account = $1 ORDER BY number DESC LIMIT 500"
    );
    let rows = transaction.query(&sql, &[&account]).await?;
    rows.iter().map(read).collect()
}

/// Those whose number or account has this in it, newest first.
///
/// # Errors
/// The database's.
pub async fn search(transaction: &Transaction<'_>, text: &str) -> Result<Vec<Card>, DatabaseError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM card WHERE position($1 in number) > 0 OR account = $1 ORDER BY number DESC LIMIT 500"
    );
    let rows = transaction.query(&sql, &[&text]).await?;
    rows.iter().map(read).collect()
}

/// A card.
///
/// # Errors
/// When the database does not answer.
pub async fn find(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    number: &str,
) -> Result<Option<Card>, DatabaseError> {
    let sql = format!("SELECT {COLUMNS} FROM card WHERE tenant = $1 AND number = $2");
    let row = transaction
        .query_opt(&sql, &[&tenant.as_str(), &number])
        .await?;
    row.as_ref().map(read).transpose()
}

/// A card, locked until the transaction ends.
pub(super) async fn locked(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    number: &str,
) -> Result<Card, CardError> {
    let sql = format!("SELECT {COLUMNS} FROM card WHERE tenant = $1 AND number = $2 FOR UPDATE");
    let row = transaction
        .query_opt(&sql, &[&tenant.as_str(), &number])
        .await?
        .ok_or_else(|| CardError::NoCard(number.to_owned()))?;
    Ok(read(&row)?)
}

/// Orders a card, and has a desk make it; its number and the job.
///
/// # Errors
/// When the account or the terminal is not known.
pub async fn order(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    new: NewCard<'_>,
) -> Result<(String, i64), CardError> {
    if let Some(account) = new.account {
        let sql = "SELECT 1 FROM account WHERE tenant = $1 AND account = $2";
        let found = transaction
            .query_opt(sql, &[&tenant.as_str(), &account])
            .await?;
        found.ok_or_else(|| CardError::NoAccount(account.to_owned()))?;
    }
    let row = transaction
        .query_one("SELECT nextval('card_number')", &[])
        .await?;
    let count: i64 = row.try_get(0)?;
    let letter = match new.kind {
        CardKind::Resident => 'C',
        CardKind::Maintenance | CardKind::Clerk | CardKind::Manager => 'S',
    };
    let number = format!("{letter}-{count:06}");
    transaction
        .execute(
            "INSERT INTO card (tenant, number, account, kind, state) VALUES ($1, $2, $3, $4, $5)",
            &[
                &tenant.as_str(),
                &number,
                &new.account,
                &new.kind.name(),
                &CardState::Ordered.name(),
            ],
        )
        .await?;
    let job = begin_job(transaction, tenant, &number, new.terminal, new.by).await?;
    Ok((number, job))
}

/// Has a desk make an ordered card whose job failed, or that is wanted at another desk than before.
///
/// # Errors
/// When there is no such card or terminal, or the card is not to be made.
pub async fn send_to_desk(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    number: &str,
    terminal: &str,
    by: &str,
) -> Result<i64, CardError> {
    let card = locked(transaction, tenant, number).await?;
    card.state.after(CardAct::Issue)?;
    end_jobs(transaction, tenant, number, "it was given to another desk").await?;
    begin_job(transaction, tenant, number, terminal, by).await
}

async fn begin_job(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    number: &str,
    terminal: &str,
    by: &str,
) -> Result<i64, CardError> {
    let sql = "SELECT 1 FROM terminal WHERE tenant = $1 AND terminal = $2";
    let found = transaction
        .query_opt(sql, &[&tenant.as_str(), &terminal])
        .await?;
    found.ok_or_else(|| CardError::NoTerminal(terminal.to_owned()))?;
    let row = transaction
        .query_one(
            "INSERT INTO card_job (tenant, card, terminal, ordered_by) VALUES ($1, $2, $3, $4) RETURNING id",
            &[&tenant.as_str(), &number, &terminal, &by],
        )
        .await?;
    Ok(row.try_get(0)?)
}

/// Ends what desks are still doing with a card.
async fn end_jobs(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    number: &str,
    why: &str,
) -> Result<(), CardError> {
    transaction
        .execute(
            "UPDATE card_job SET state = 'failed', why = $3, ended_at = now() \
             WHERE tenant = $1 AND card = $2 AND state IN ('waiting', 'certified')",
            &[&tenant.as_str(), &number, &why],
        )
        .await?;
    Ok(())
}

/// Takes a card a step further in its life; its state then.
///
/// # Errors
/// When there is no such card, or its state does not allow it.
pub async fn act(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    number: &str,
    act: CardAct,
) -> Result<CardState, CardError> {
    let card = locked(transaction, tenant, number).await?;
    if act == CardAct::Find && card.replaced_by.is_some() {
        return Err(CardError::Conflict("another card took its place"));
    }
    step(transaction, tenant, &card, act).await
}

/// Replaces a card: it is void at once, in the same transaction in which the other is ordered.
///
/// # Errors
/// When there is no such card or terminal, or the card's state does not allow it.
pub async fn replace(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    number: &str,
    terminal: &str,
    by: &str,
) -> Result<(String, i64), CardError> {
    let card = locked(transaction, tenant, number).await?;
    step(transaction, tenant, &card, CardAct::Replace).await?;
    let new = NewCard {
        account: card.account.as_deref(),
        kind: card.kind,
        terminal,
        by,
    };
    let (successor, job) = order(transaction, tenant, new).await?;
    transaction
        .execute(
            "UPDATE card SET replaced_by = $3 WHERE tenant = $1 AND number = $2",
            &[&tenant.as_str(), &number, &successor],
        )
        .await?;
    Ok((successor, job))
}

/// The step itself, of a card that is locked.
pub(super) async fn step(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    card: &Card,
    act: CardAct,
) -> Result<CardState, CardError> {
    let state = card.state.after(act)?;
    transaction
        .execute(
            "UPDATE card SET state = $3 WHERE tenant = $1 AND number = $2",
            &[&tenant.as_str(), &card.number, &state.name()],
        )
        .await?;
    match act {
        CardAct::Issue => {}
        CardAct::ReportLost
        | CardAct::Find
        | CardAct::Revoke
        | CardAct::Reclaim
        | CardAct::Replace => {
            end_jobs(
                transaction,
                tenant,
                &card.number,
                "the card is not wanted any more",
            )
            .await?;
        }
    }
    if let Some(account) = &card.account {
        touch(transaction, tenant, account).await?;
    }
    Ok(state)
}
