//! Money of an account put aside for one delivery. The terminal names the hold before it asks, and its log tells what became of the
//! delivery. A hold never ends by itself: while nobody knows whether the meter was credited, unknown is a state (invariant 4).

use deadpool_postgres::Transaction;
use meterpost_ledger::Money;
use meterpost_ledger::signing::TenantId;
use serde_json::json;
use tokio_postgres::Row;

use super::books::{Book, Kind, Place, Transfer, post, seconds};
use super::caller::Caller;
use super::error::WalletError;
use super::is_id;
use crate::database::DatabaseError;

/// How a hold stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HoldState {
    /// Put aside; the delivery's outcome is not known here.
    Pending,
    /// The meter was credited.
    Captured,
    /// It was not; the money is the wallet's again.
    Released,
}

impl HoldState {
    /// As it is written.
    pub fn name(self) -> &'static str {
        match self {
            HoldState::Pending => "pending",
            HoldState::Captured => "captured",
            HoldState::Released => "released",
        }
    }

    fn parse(name: &str) -> Result<HoldState, DatabaseError> {
        [HoldState::Pending, HoldState::Captured, HoldState::Released]
            .into_iter()
            .find(|state| state.name() == name)
            .ok_or_else(|| DatabaseError::Damaged(format!("the state {name} of a hold")))
    }
}

/// What a terminal asks for.
#[derive(Clone, Debug)]
pub struct HoldAsk<'h> {
    /// Chosen by the terminal, and written down there, before it asks.
    pub hold: &'h str,
    /// Whose money.
    pub account: &'h str,
    /// Which of their meters is credited.
    pub meter: &'h str,
    /// How much.
    pub amount: Money,
}

/// A hold as it stands.
#[derive(Clone, Debug)]
pub struct Hold {
    /// Whose it is.
    pub terminal: String,
    /// The terminal's name for it.
    pub hold: String,
    /// Account, meter and amount; none where it was given up before the server had heard of it.
    pub what: Option<(String, String, Money)>,
    /// Whether the terminal delivered first, offline.
    pub offline: bool,
    /// How it stands.
    pub state: HoldState,
    /// When it was made, in seconds since 1970.
    pub made_at: i64,
}

const COLUMNS: &str =
    "SELECT terminal, hold, account, meter, amount, offline, state, made_at FROM wallet_hold";

fn read(row: &Row) -> Result<Hold, DatabaseError> {
    let (account, meter, amount): (Option<String>, Option<String>, Option<i64>) =
        (row.try_get(2)?, row.try_get(3)?, row.try_get(4)?);
    Ok(Hold {
        terminal: row.try_get(0)?,
        hold: row.try_get(1)?,
        what: account
            .zip(meter)
            .zip(amount)
            .map(|((account, meter), amount)| (account, meter, Money(amount))),
        offline: row.try_get(5)?,
        state: HoldState::parse(row.try_get(6)?)?,
        made_at: row.try_get(7)?,
    })
}

/// The hold, with nobody else at work on one of its name, whether it is there or not: of two calls with one id, at two servers,
/// the second waits here until the first is through.
pub(super) async fn alone_with(
    transaction: &Transaction<'_>,
    (tenant, terminal, hold): (&TenantId, &str, &str),
) -> Result<Option<Hold>, WalletError> {
    if !is_id(hold) {
        return Err(WalletError::Malformed(
            "a hold's id is 1 to 64 letters, digits and . _ : -",
        ));
    }
    let lock_id = format!("hold {tenant} {terminal} {hold}");
    transaction
        .execute(
            "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))",
            &[&lock_id],
        )
        .await?;
    Ok(load(transaction, terminal, hold).await?)
}

async fn load(
    transaction: &Transaction<'_>,
    terminal: &str,
    hold: &str,
) -> Result<Option<Hold>, DatabaseError> {
    let sql = format!("{COLUMNS} WHERE terminal = $1 AND hold = $2 FOR UPDATE");
    let row = transaction.query_opt(&sql, &[&terminal, &hold]).await?;
    row.as_ref().map(read).transpose()
}

/// Puts money aside, once; asked again, tells how the hold stands.
///
/// # Errors
/// [`WalletError`]; nothing has changed then.
pub async fn hold(
    transaction: &Transaction<'_>,
    caller: &Caller<'_>,
    asked: &HoldAsk<'_>,
    now: u64,
) -> Result<Hold, WalletError> {
    if let Some(found) = existing(transaction, caller, asked).await? {
        return Ok(found);
    }
    insert(transaction, caller, asked, None, now).await?;
    let (debit, credit) = (Book::Wallet.of(asked.account), Book::Held.of(asked.account));
    let who = (caller.origin.tenant(), caller.name());
    let moved = (Kind::HoldMade, debit, credit, asked.amount);
    move_money(
        transaction,
        (who.0, &who.1),
        &reference(caller, asked),
        moved,
        now,
    )
    .await?;
    stored(transaction, caller, asked.hold).await
}

/// The hold of this name, where it is there already with the same content.
async fn existing(
    transaction: &Transaction<'_>,
    caller: &Caller<'_>,
    asked: &HoldAsk<'_>,
) -> Result<Option<Hold>, WalletError> {
    let terminal = caller.origin.terminal().as_str();
    let found = alone_with(transaction, (caller.origin.tenant(), terminal, asked.hold)).await?;
    if let Some(found) = found {
        let same = match &found.what {
            // Given up before it came: it stays so, whatever it would have been.
            None => true,
            Some((account, meter, amount)) => {
                (account.as_str(), meter.as_str(), *amount)
                    == (asked.account, asked.meter, asked.amount)
                    && !found.offline
            }
        };
        return match same {
            true => Ok(Some(found)),
            false => Err(WalletError::Differs(asked.hold.to_owned())),
        };
    }
    caller.serves(transaction, asked.account).await?;
    let meter = transaction
        .query_opt(
            "SELECT 1 FROM meter WHERE number = $1 AND account = $2",
            &[&asked.meter, &asked.account],
        )
        .await?;
    // A terminal in the wrong hands can so move money to its owner's own meters only.
    match meter {
        Some(_) => Ok(None),
        None => Err(WalletError::NoMeter(asked.meter.to_owned())),
    }
}

/// Writes it down: pending, or captured by whoever delivered it offline.
pub(super) async fn insert(
    transaction: &Transaction<'_>,
    caller: &Caller<'_>,
    asked: &HoldAsk<'_>,
    captured_by: Option<&str>,
    now: u64,
) -> Result<(), WalletError> {
    let state = match captured_by {
        Some(_) => HoldState::Captured,
        None => HoldState::Pending,
    };
    if asked.amount <= Money::ZERO {
        return Err(WalletError::Malformed("an amount is above zero"));
    }
    let now = seconds(now)?;
    let offline = captured_by.is_some();
    transaction
        .execute(
            "INSERT INTO wallet_hold \
             (tenant, terminal, hold, epoch, account, meter, amount, offline, state, made_at, ended_at, ended_by) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
            &[
                &caller.origin.tenant().as_str(),
                &caller.origin.terminal().as_str(),
                &asked.hold,
                &i64::from(caller.origin.epoch()),
                &asked.account,
                &asked.meter,
                &asked.amount.0,
                &offline,
                &state.name(),
                &now,
                &offline.then_some(now),
                &captured_by,
            ],
        )
        .await?;
    Ok(())
}

/// What its journals refer to.
pub(super) fn reference(caller: &Caller<'_>, asked: &HoldAsk<'_>) -> String {
    format!("{}/{}", caller.origin.terminal(), asked.hold)
}

pub(super) async fn stored(
    transaction: &Transaction<'_>,
    caller: &Caller<'_>,
    hold: &str,
) -> Result<Hold, WalletError> {
    let found = load(transaction, caller.origin.terminal().as_str(), hold).await?;
    found.ok_or_else(|| WalletError::NoHold(hold.to_owned()))
}

pub(super) type Moved = (Kind, Place, Place, Money);

pub(super) async fn move_money(
    transaction: &Transaction<'_>,
    (tenant, by): (&TenantId, &str),
    reference: &str,
    (kind, debit, credit, amount): Moved,
    at: u64,
) -> Result<i64, WalletError> {
    let transfer = Transfer {
        kind,
        reference,
        debit,
        credit,
        amount,
        content: json!({ "amount": amount.to_string() }),
        by,
        at,
    };
    Ok(post(transaction, tenant, &transfer).await?.journal())
}

/// The holds whose outcome is open, the oldest first.
///
/// # Errors
/// The database's.
pub async fn pending_holds(transaction: &Transaction<'_>) -> Result<Vec<Hold>, DatabaseError> {
    let sql = format!("{COLUMNS} WHERE state = 'pending' ORDER BY made_at, hold LIMIT 500");
    let rows = transaction.query(&sql, &[]).await?;
    rows.iter().map(read).collect()
}
