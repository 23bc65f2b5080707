//! Accounts with their meters and cards, from the database.

use std::collections::HashMap;

use deadpool_postgres::Transaction;
use meterpost_ledger::bulletin::directory::MeterRecord;
use meterpost_ledger::signing::TenantId;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use crate::database::DatabaseError;

/// An account as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountRow {
    /// Its number.
    pub account: String,
    /// Its district.
    pub district: String,
    /// The holder's name, in full.
    pub name: String,
    /// Building and room.
    pub place: String,
    /// Its meters.
    pub meters: Vec<MeterRecord>,
    /// The numbers of the cards that may be used.
    pub cards: Vec<String>,
}

/// Which accounts.
#[derive(Clone, Copy, Debug)]
pub(super) enum Which<'w> {
    /// Those of a district that changed after this version.
    Changed {
        /// The district.
        district: &'w str,
        /// The version; 0 for all.
        after: i64,
    },
    /// The one of this number.
    One {
        /// The number.
        account: &'w str,
    },
    /// Those of these numbers.
    Among {
        /// The numbers.
        accounts: &'w [&'w str],
    },
    /// Up to so many behind this number, by number.
    Page {
        /// Begins behind it.
        behind: &'w str,
        /// How many.
        most: i64,
    },
}

/// The accounts asked for, by number.
pub(super) async fn accounts(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    which: Which<'_>,
) -> Result<Vec<AccountRow>, DatabaseError> {
    let tenant = tenant.as_str();
    let (condition, first, second): (&str, &(dyn ToSql + Sync), &(dyn ToSql + Sync)) = match &which
    {
        Which::Changed { district, after } => (
            "account.district = $2 AND account.changed > $3",
            district,
            after,
        ),
        // The third parameter is there for the others.
        Which::One { account } => (
            "account.account = $2 AND $3::text IS NOT NULL",
            account,
            account,
        ),
        Which::Among { accounts } => (
            "account.account = ANY($2) AND $3::text[] IS NOT NULL",
            accounts,
            accounts,
        ),
        Which::Page { behind, most } => (
            "account.account IN (SELECT account FROM account WHERE tenant = $1 AND account > $2 ORDER BY account LIMIT $3)",
            behind,
            most,
        ),
    };
    let parameters: [&(dyn ToSql + Sync); 3] = [&tenant, first, second];
    let sql = format!(
        "SELECT account, district, name, place FROM account WHERE tenant = $1 AND {condition} ORDER BY account"
    );
    let mut found = Vec::new();
    let mut places = HashMap::new();
    for row in transaction.query(&sql, &parameters).await? {
        let account = account_row(&row)?;
        places.insert(account.account.clone(), found.len());
        found.push(account);
    }
    let sql = format!(
        "SELECT meter.account, number, utility, profile, address, segment, baud, parity, customer, meter.place, low_balance, owner, billing \
         FROM meter JOIN account USING (tenant, account) WHERE tenant = $1 AND {condition} ORDER BY number"
    );
    for row in transaction.query(&sql, &parameters).await? {
        if let Some(place) = places.get(row.try_get::<_, &str>(0)?) {
            found[*place].meters.push(meter_record(&row)?);
        }
    }
    let sql = format!(
        "SELECT card.account, number FROM card JOIN account USING (tenant, account) \
         WHERE tenant = $1 AND card.state = 'issued' AND {condition} ORDER BY number"
    );
    for row in transaction.query(&sql, &parameters).await? {
        if let Some(place) = places.get(row.try_get::<_, &str>(0)?) {
            found[*place].cards.push(row.try_get(1)?);
        }
    }
    Ok(found)
}

/// Up to `most` accounts behind a number, for people.
///
/// # Errors
/// When the database does not answer.
pub async fn page(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    behind: &str,
    most: i64,
) -> Result<Vec<AccountRow>, DatabaseError> {
    accounts(transaction, tenant, Which::Page { behind, most }).await
}

/// One account, for people.
///
/// # Errors
/// When the database does not answer.
pub async fn one(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    account: &str,
) -> Result<Option<AccountRow>, DatabaseError> {
    let found = accounts(transaction, tenant, Which::One { account }).await?;
    Ok(found.into_iter().next())
}

fn account_row(row: &Row) -> Result<AccountRow, DatabaseError> {
    Ok(AccountRow {
        account: row.try_get(0)?,
        district: row.try_get(1)?,
        name: row.try_get(2)?,
        place: row.try_get(3)?,
        meters: Vec::new(),
        cards: Vec::new(),
    })
}

fn meter_record(row: &Row) -> Result<MeterRecord, DatabaseError> {
    let damaged = |what: &str| DatabaseError::Damaged(format!("a meter's {what}"));
    Ok(MeterRecord {
        number: row.try_get(1)?,
        utility: row.try_get(2)?,
        profile: row.try_get(3)?,
        address: row.try_get(4)?,
        segment: u8::try_from(row.try_get::<_, i16>(5)?).map_err(|_| damaged("segment"))?,
        baud: row
            .try_get::<_, Option<i32>>(6)?
            .map(u32::try_from)
            .transpose()
            .map_err(|_| damaged("baud"))?,
        parity: row.try_get(7)?,
        customer: row.try_get(8)?,
        place: row.try_get(9)?,
        low_balance: row.try_get(10)?,
        owner: row.try_get(11)?,
        on_account: row.try_get::<_, &str>(12)? == "on_account",
    })
}
