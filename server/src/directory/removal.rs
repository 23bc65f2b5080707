//! Meters that are taken down: what they showed, and the money that was left in them, which goes to the account's wallet once another
//! person has agreed.

use deadpool_postgres::Transaction;
use meterpost_ledger::Money;
use meterpost_ledger::bulletin::directory::MeterRecord;
use meterpost_ledger::signing::TenantId;
use serde_json::json;
use tokio_postgres::Row;

use super::change::ChangeError;
use super::edit::edit;
use super::history::By;
use crate::database::DatabaseError;
use crate::settlement::{LastError, settle_last};
use crate::wallet::{Book, Kind, Transfer, WalletError, is_id, post, repay_debt, seconds};

/// A meter to take down.
#[derive(Clone, Debug)]
pub struct TakeDown<'t> {
    /// Chosen by who asks; said twice it is one.
    pub id: &'t str,
    /// Whose meter.
    pub account: &'t str,
    /// Its number.
    pub meter: &'t str,
    /// What it showed at the end, with its unit.
    pub reading: &'t str,
    /// What was left in it.
    pub balance: Money,
    /// The meter that takes its place, in all but these like it: number and address.
    pub replacement: Option<(&'t str, &'t str)>,
    /// Why.
    pub reason: &'t str,
}

/// A meter that was taken down.
#[derive(Clone, Debug)]
pub struct Removal {
    /// Its id.
    pub id: String,
    /// Whose meter.
    pub account: String,
    /// Its number.
    pub meter: String,
    /// What it showed.
    pub reading: String,
    /// What was left in it.
    pub balance: Money,
    /// The meter in its place.
    pub replaced_by: Option<String>,
    /// Why.
    pub reason: String,
    /// `settled`, `waiting`, `approved` or `refused`.
    pub state: String,
    /// Who asked.
    pub requested_by: String,
    /// When, in seconds since 1970.
    pub requested_at: i64,
    /// Who decided.
    pub decided_by: Option<String>,
}

const COLUMNS: &str = "SELECT removal, account, meter, reading, balance, replaced_by, reason, state, requested_by, requested_at, decided_by \
                       FROM meter_removal";

fn read(row: &Row) -> Result<Removal, DatabaseError> {
    Ok(Removal {
        id: row.try_get(0)?,
        account: row.try_get(1)?,
        meter: row.try_get(2)?,
        reading: row.try_get(3)?,
        balance: Money(row.try_get(4)?),
        replaced_by: row.try_get(5)?,
        reason: row.try_get(6)?,
        state: row.try_get(7)?,
        requested_by: row.try_get(8)?,
        requested_at: row.try_get(9)?,
        decided_by: row.try_get(10)?,
    })
}

/// Those of an account, or of all; those that wait first, then the newest.
///
/// # Errors
/// The database's.
pub async fn removals(
    transaction: &Transaction<'_>,
    account: Option<&str>,
) -> Result<Vec<Removal>, DatabaseError> {
    let sql = format!(
        "{COLUMNS} WHERE $1::text IS NULL OR account = $1 ORDER BY state <> 'waiting', requested_at DESC, removal LIMIT 200"
    );
    let rows = transaction.query(&sql, &[&account]).await?;
    rows.iter().map(read).collect()
}

fn wrong(account: &str, why: &str) -> ChangeError {
    ChangeError::Senseless {
        account: account.to_owned(),
        why: why.to_owned(),
    }
}

/// Takes a meter down, and puts its replacement up. What was left in it waits for another person.
///
/// # Errors
/// [`ChangeError`]; the transaction is to be rolled back then.
pub async fn take_down(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    by: By<'_>,
    asked: &TakeDown<'_>,
) -> Result<(), ChangeError> {
    let account = asked.account;
    if !is_id(asked.id) || asked.balance < Money::ZERO {
        return Err(wrong(account, "the form is not complete; load it anew"));
    }
    let lengths = (asked.reading.chars().count(), asked.reason.chars().count());
    if !(1..=40).contains(&lengths.0) || !(3..=500).contains(&lengths.1) {
        return Err(wrong(
            account,
            "say what the meter shows (up to 40 characters) and why it is taken down (3 to 500)",
        ));
    }
    let state = match asked.balance {
        Money::ZERO => "settled",
        _ => "waiting",
    };
    let key = tenant.as_str();
    let new = transaction
        .execute(
            "INSERT INTO meter_removal (tenant, removal, account, meter, reading, balance, replaced_by, reason, state, requested_by, requested_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT (tenant, removal) DO NOTHING",
            &[
                &key,
                &asked.id,
                &account,
                &asked.meter,
                &asked.reading,
                &asked.balance.0,
                &asked.replacement.map(|(number, _)| number),
                &asked.reason,
                &state,
                &by.name,
                &seconds(by.at)?,
            ],
        )
        .await?;
    if new == 0 {
        // The form was sent twice.
        return Ok(());
    }
    if let Some((number, _)) = asked.replacement {
        let sql = "SELECT 1 FROM meter WHERE tenant = $1 AND number = $2";
        if transaction
            .query_opt(sql, &[&key, &number])
            .await?
            .is_some()
        {
            return Err(wrong(account, "the new meter's number is another meter's"));
        }
    }
    let under_way = "SELECT 1 FROM meter_order WHERE tenant = $1 AND meter = $2 AND state IN ('queued', 'sent', 'unknown')";
    let under_way = transaction
        .query_opt(under_way, &[&key, &asked.meter])
        .await?;
    if under_way.is_some() {
        return Err(wrong(
            account,
            "an order to this meter is under way; wait for its outcome",
        ));
    }
    charge(transaction, tenant, by, asked).await?;
    // It is charged as the old one was.
    let tariff = transaction
        .query_opt(
            "SELECT tariff FROM meter WHERE tenant = $1 AND number = $2",
            &[&key, &asked.meter],
        )
        .await?;
    let tariff: Option<String> = tariff.map(|row| row.try_get(0)).transpose()?.flatten();
    edit(transaction, tenant, by, account, |account| {
        let place = account
            .meters
            .iter()
            .position(|meter| meter.number == asked.meter);
        let old = account
            .meters
            .remove(place.ok_or("the meter is not this account's")?);
        account
            .meters
            .extend(asked.replacement.map(|new| like(&old, new)));
        Ok(())
    })
    .await?;
    if let Some((number, _)) = asked.replacement {
        if let Some(tariff) = tariff {
            transaction
                .execute(
                    "UPDATE meter SET tariff = $3 WHERE tenant = $1 AND number = $2",
                    &[&key, &number, &tariff],
                )
                .await?;
        }
        // The new one hangs where the old one hung; its days begin today.
        transaction
            .execute(
                "UPDATE meter_point SET meter = $3, since = current_date WHERE tenant = $1 AND meter = $2",
                &[&key, &asked.meter, &number],
            )
            .await?;
    }
    Ok(())
}

/// What it used until now is charged, where its money is here.
async fn charge(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    by: By<'_>,
    asked: &TakeDown<'_>,
) -> Result<(), ChangeError> {
    let account = asked.account;
    let own = "SELECT 1 FROM meter WHERE tenant = $1 AND number = $2 AND account = $3 FOR UPDATE";
    let own = transaction
        .query_opt(own, &[&tenant.as_str(), &asked.meter, &account])
        .await?;
    if own.is_none() {
        return Err(wrong(account, "the meter is not this account's"));
    }
    let last = settle_last(transaction, tenant, (asked.meter, asked.reading), by.at).await;
    let last = last.map_err(|error| match error {
        LastError::Database(error) => ChangeError::Database(error),
        error => wrong(account, &error.to_string()),
    })?;
    if let Some(last) = last {
        transaction
            .execute(
                "INSERT INTO final_charge (tenant, meter, day, account, removal, registers, charged) VALUES ($1, $2, $3, $4, $5, $6, $7)",
                &[
                    &tenant.as_str(),
                    &asked.meter,
                    &last.day,
                    &account,
                    &asked.id,
                    &last.registers,
                    &last.charged,
                ],
            )
            .await?;
    }
    Ok(())
}

/// A meter like another; who may send it purchases is settled anew.
fn like(old: &MeterRecord, (number, address): (&str, &str)) -> MeterRecord {
    MeterRecord {
        number: number.to_owned(),
        address: address.to_owned(),
        owner: None,
        ..old.clone()
    }
}

/// Decides about the money that was left in a meter.
///
/// # Errors
/// [`WalletError`]; nothing has changed then.
pub async fn decide_removal(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    by: By<'_>,
    (id, approved): (&str, bool),
) -> Result<(), WalletError> {
    let sql = format!("{COLUMNS} WHERE tenant = $1 AND removal = $2 FOR UPDATE");
    let row = transaction
        .query_opt(&sql, &[&tenant.as_str(), &id])
        .await?;
    let found = row.as_ref().map(read).transpose()?;
    let found = found.ok_or_else(|| WalletError::NoReversal(id.to_owned()))?;
    if found.state != "waiting" {
        return Err(WalletError::Decided(found.state));
    }
    if found.requested_by == by.name {
        return Err(WalletError::FourEyes);
    }
    if approved {
        let transfer = Transfer {
            kind: Kind::MeterReturned,
            reference: id,
            debit: Book::Meters.into(),
            credit: Book::Wallet.of(&found.account),
            amount: found.balance,
            content: json!({
                "meter": found.meter,
                "reading": found.reading,
                "reason": found.reason,
                "requested_by": found.requested_by,
            }),
            by: by.name,
            at: by.at,
        };
        let journal = post(transaction, tenant, &transfer).await?.journal();
        repay_debt(
            transaction,
            tenant,
            &found.account,
            (journal, by.name, by.at),
        )
        .await?;
    }
    let state = if approved { "approved" } else { "refused" };
    transaction
        .execute(
            "UPDATE meter_removal SET state = $3, decided_by = $4, decided_at = $5 WHERE tenant = $1 AND removal = $2",
            &[&tenant.as_str(), &id, &state, &by.name, &seconds(by.at)?],
        )
        .await?;
    Ok(())
}
