//! Taking in accounts, meters and cards. All of a call is one change: all of it stands, or none.

use std::collections::HashMap;

use deadpool_postgres::Transaction;
use meterpost_ledger::bulletin::directory::MeterRecord;
use meterpost_ledger::signing::{TenantId, TerminalId};
use thiserror::Error;

use super::history::{self, By};
use super::next_version;
use crate::database::DatabaseError;
use crate::settlement::BACK;

/// An account with what belongs to it; it takes the place of what was there.
#[derive(Clone, Debug)]
pub struct NewAccount {
    /// Its number.
    pub account: String,
    /// Its district.
    pub district: String,
    /// The holder's name.
    pub name: String,
    /// Building and room.
    pub place: String,
    /// All its meters. An owner is set only where the meter has none yet.
    pub meters: Vec<MeterRecord>,
    /// Cards that were issued elsewhere. Those that are known stay as they are.
    pub cards: Vec<String>,
}

/// Why nothing was changed.
#[derive(Debug, Error)]
pub enum ChangeError {
    /// It makes no sense.
    #[error("account {account}: {why}")]
    Senseless {
        /// Which.
        account: String,
        /// What is wrong and what would be right.
        why: String,
    },
    /// The database.
    #[error("{0}")]
    Database(#[from] DatabaseError),
}

impl From<tokio_postgres::Error> for ChangeError {
    fn from(error: tokio_postgres::Error) -> ChangeError {
        ChangeError::Database(error.into())
    }
}

/// Takes accounts in and removes others, as the directory's next version, which it returns.
///
/// # Errors
/// [`ChangeError`]; the transaction is to be rolled back then.
pub async fn change(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    by: By<'_>,
    accounts: &[NewAccount],
    gone: &[String],
) -> Result<u64, ChangeError> {
    for account in accounts {
        check(account)?;
    }
    let version = next_version(transaction, tenant).await?;
    let mut numbers: Vec<&str> = accounts.iter().map(|one| one.account.as_str()).collect();
    numbers.sort_unstable();
    numbers.dedup();
    let before = history::states(transaction, tenant, &numbers).await?;
    for account in accounts {
        put_account(transaction, tenant, account, version).await?;
        put_meters(transaction, tenant, account, by.at).await?;
        put_cards(transaction, tenant, account).await?;
    }
    let after = history::states(transaction, tenant, &numbers).await?;
    history::note(transaction, tenant, by, &numbers, (&before, &after)).await?;
    let gone: Vec<&str> = gone.iter().map(String::as_str).collect();
    let before = history::states(transaction, tenant, &gone).await?;
    for account in &gone {
        remove(transaction, tenant, (account, by.at), version).await?;
    }
    history::note(transaction, tenant, by, &gone, (&before, &HashMap::new())).await?;
    for account in &gone {
        history::forget(transaction, tenant, account).await?;
    }
    Ok(u64::try_from(version).unwrap_or(0))
}

/// Something that belongs to the account was changed, such as a card: terminals have to be told of it.
///
/// # Errors
/// When the database does not answer.
pub async fn touch(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    account: &str,
) -> Result<(), DatabaseError> {
    let version = next_version(transaction, tenant).await?;
    transaction
        .execute(
            "UPDATE account SET changed = $3 WHERE tenant = $1 AND account = $2",
            &[&tenant.as_str(), &account, &version],
        )
        .await?;
    Ok(())
}

fn check(account: &NewAccount) -> Result<(), ChangeError> {
    let wrong = |why: String| {
        Err(ChangeError::Senseless {
            account: account.account.clone(),
            why,
        })
    };
    if !is_name(&account.account, 32) {
        return wrong("its number is 1 to 32 letters, digits and hyphens".to_owned());
    }
    if !is_name(&account.district, 32) {
        return wrong("its district is 1 to 32 letters, digits and hyphens".to_owned());
    }
    for text in [&account.name, &account.place] {
        if text.chars().count() > 100 || text.chars().any(char::is_control) {
            return wrong("name and place are up to 100 characters".to_owned());
        }
    }
    for card in &account.cards {
        if !is_name(card, 32) {
            return wrong(format!(
                "card \"{card}\": 1 to 32 letters, digits and hyphens"
            ));
        }
    }
    for meter in &account.meters {
        if let Err(why) = check_meter(meter) {
            return wrong(format!("meter {}: {why}", meter.number));
        }
    }
    Ok(())
}

fn check_meter(meter: &MeterRecord) -> Result<(), &'static str> {
    const UTILITIES: [&str; 5] = ["electricity", "water", "hot_water", "gas", "heat"];
    let digits = |text: &str, least, most| {
        (least..=most).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
    };
    if !digits(&meter.number, 4, 14) {
        return Err("its number is 4 to 14 digits");
    }
    if !UTILITIES.contains(&meter.utility.as_str()) {
        return Err("its utility is electricity, water, hot_water, gas or heat");
    }
    if !is_name(&meter.profile, 64) {
        return Err("its profile is the name of one, such as dlt645-plain");
    }
    if !digits(&meter.address, 12, 14) {
        return Err("its address is 12 digits (DL/T 645) or 14 (CJ/T 188)");
    }
    if !(1..=31).contains(&meter.segment) {
        return Err("its segment is the concentrator's port, 1 to 31");
    }
    if meter
        .baud
        .is_some_and(|baud| !(300..=115_200).contains(&baud))
    {
        return Err("its baud is 300 to 115200");
    }
    if meter
        .parity
        .as_ref()
        .is_some_and(|parity| !["even", "none", "odd"].contains(&parity.as_str()))
    {
        return Err("its parity is even, none or odd");
    }
    if meter
        .customer
        .as_ref()
        .is_some_and(|customer| !digits(customer, 1, 12))
    {
        return Err("its customer number is 1 to 12 digits");
    }
    if meter.place.chars().count() > 100 || meter.place.chars().any(char::is_control) {
        return Err("its place is up to 100 characters");
    }
    let owner = meter.owner.as_deref();
    if owner.is_some_and(|owner| TerminalId::new(owner).is_err()) {
        return Err("its owner is a terminal's id, or server");
    }
    Ok(())
}

fn is_name(text: &str, most: usize) -> bool {
    (1..=most).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

async fn put_account(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    new: &NewAccount,
    version: i64,
) -> Result<(), DatabaseError> {
    let tenant = tenant.as_str();
    // Its old district has to hear that it is gone; its new one must not.
    transaction
        .execute(
            "INSERT INTO account_gone (tenant, district, account, changed) \
             SELECT tenant, district, account, $4 FROM account WHERE tenant = $1 AND account = $2 AND district <> $3 \
             ON CONFLICT (tenant, district, account) DO UPDATE SET changed = excluded.changed",
            &[&tenant, &new.account, &new.district, &version],
        )
        .await?;
    transaction
        .execute(
            "DELETE FROM account_gone WHERE tenant = $1 AND account = $2 AND district = $3",
            &[&tenant, &new.account, &new.district],
        )
        .await?;
    transaction
        .execute(
            "INSERT INTO account (tenant, account, district, name, place, changed) VALUES ($1, $2, $3, $4, $5, $6) \
             ON CONFLICT (tenant, account) DO UPDATE \
             SET district = excluded.district, name = excluded.name, place = excluded.place, changed = excluded.changed",
            &[&tenant, &new.account, &new.district, &new.name, &new.place, &version],
        )
        .await?;
    Ok(())
}

async fn put_meters(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    account: &NewAccount,
    now: u64,
) -> Result<(), ChangeError> {
    let numbers: Vec<&str> = account
        .meters
        .iter()
        .map(|meter| meter.number.as_str())
        .collect();
    let on_account = account.meters.iter().filter(|meter| meter.on_account);
    let charged: Vec<&str> = on_account.map(|meter| meter.number.as_str()).collect();
    not_unsettled(transaction, tenant, (&account.account, &charged), now).await?;
    transaction
        .execute(
            "DELETE FROM meter WHERE tenant = $1 AND account = $2 AND NOT number = ANY($3)",
            &[&tenant.as_str(), &account.account, &numbers],
        )
        .await?;
    for meter in &account.meters {
        let billing = if meter.on_account {
            "on_account"
        } else {
            "on_meter"
        };
        let put = transaction
            .execute(
                "INSERT INTO meter (tenant, number, account, utility, profile, address, segment, baud, parity, customer, place, \
                 low_balance, billing, owner) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) \
                 ON CONFLICT (tenant, number) DO UPDATE SET utility = excluded.utility, profile = excluded.profile, \
                 address = excluded.address, segment = excluded.segment, baud = excluded.baud, parity = excluded.parity, \
                 customer = excluded.customer, place = excluded.place, low_balance = excluded.low_balance, \
                 billing = excluded.billing, owner = coalesce(meter.owner, excluded.owner) \
                 WHERE meter.account = excluded.account",
                &[
                    &tenant.as_str(),
                    &meter.number,
                    &account.account,
                    &meter.utility,
                    &meter.profile,
                    &meter.address,
                    &i16::from(meter.segment),
                    &meter.baud.map(|baud| i32::try_from(baud).unwrap_or(0)),
                    &meter.parity,
                    &meter.customer,
                    &meter.place,
                    &meter.low_balance,
                    &billing,
                    &meter.owner,
                ],
            )
            .await?;
        if put == 0 {
            return Err(ChangeError::Senseless {
                account: account.account.clone(),
                why: format!(
                    "meter {} belongs to another account; take it out of that one first",
                    meter.number
                ),
            });
        }
    }
    Ok(())
}

/// Whether all meters of the account but these may go, or keep their own money from now on: what one used whose money is here is charged first,
/// when it is taken down. Which readings there are to charge from is what `settlement::settle_last` looks at.
async fn not_unsettled(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    (account, stay): (&str, &[&str]),
    now: u64,
) -> Result<(), ChangeError> {
    let found = transaction
        .query_opt(
            "SELECT m.number FROM meter m CROSS JOIN (SELECT (to_timestamp($5::bigint) AT TIME ZONE zone)::date AS day FROM tenant WHERE tenant = $1) AS local \
             WHERE m.tenant = $1 AND m.account = $2 AND NOT m.number = ANY($3) AND m.billing = 'on_account' \
             AND (EXISTS (SELECT FROM settled_day s WHERE s.tenant = $1 AND s.meter = m.number) \
                  OR EXISTS (SELECT FROM reading r WHERE r.tenant = $1 AND r.meter = m.number AND r.kind = 'day' AND r.value IS NOT NULL \
                             AND r.at BETWEEN local.day - $4::integer AND local.day)) \
             AND NOT EXISTS (SELECT FROM final_charge f WHERE f.tenant = $1 AND f.meter = m.number AND f.day >= coalesce( \
                  (SELECT max(s.day) FROM settled_day s WHERE s.tenant = $1 AND s.meter = m.number), f.day)) ORDER BY m.number LIMIT 1",
            &[&tenant.as_str(), &account, &stay, &BACK, &i64::try_from(now).unwrap_or(i64::MAX)],
        )
        .await?;
    let Some(row) = found else { return Ok(()) };
    let meter: &str = row.try_get(0)?;
    Err(ChangeError::Senseless {
        account: account.to_owned(),
        why: format!(
            "what meter {meter} used is not charged to its end; take it down on its page, with what it shows, first"
        ),
    })
}

async fn put_cards(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    account: &NewAccount,
) -> Result<(), ChangeError> {
    for card in &account.cards {
        transaction
            .execute(
                "INSERT INTO card (tenant, number, account, state) VALUES ($1, $2, $3, 'issued') ON CONFLICT DO NOTHING",
                &[&tenant.as_str(), card, &account.account],
            )
            .await?;
        let row = transaction
            .query_one(
                "SELECT account FROM card WHERE tenant = $1 AND number = $2",
                &[&tenant.as_str(), card],
            )
            .await?;
        if row.try_get::<_, Option<&str>>(0)? != Some(account.account.as_str()) {
            return Err(ChangeError::Senseless {
                account: account.account.clone(),
                why: format!("card {card} belongs to another account"),
            });
        }
    }
    Ok(())
}

/// What has a history stays, without a person's name and without a district that sees it: neither a card's past nor a wallet's books
/// are ever lost.
async fn remove(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    (account, now): (&str, u64),
    version: i64,
) -> Result<(), ChangeError> {
    let district = may_end(transaction, tenant, account).await?;
    not_unsettled(transaction, tenant, (account, &[]), now).await?;
    let tenant = tenant.as_str();
    transaction
        .execute(
            "INSERT INTO account_gone (tenant, district, account, changed) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (tenant, district, account) DO UPDATE SET changed = excluded.changed",
            &[&tenant, &district, &account, &version],
        )
        .await?;
    transaction
        .execute(
            "DELETE FROM meter WHERE tenant = $1 AND account = $2",
            &[&tenant, &account],
        )
        .await?;
    let kept = transaction
        .execute(
            "UPDATE account SET district = '', name = '', place = '', changed = $3 WHERE tenant = $1 AND account = $2 AND ( \
             EXISTS (SELECT 1 FROM card WHERE card.tenant = account.tenant AND card.account = account.account) OR \
             EXISTS (SELECT 1 FROM meter_removal r WHERE r.tenant = account.tenant AND r.account = account.account) OR \
             EXISTS (SELECT 1 FROM wallet WHERE wallet.tenant = account.tenant AND wallet.account = account.account) OR \
             EXISTS (SELECT 1 FROM wallet_hold h WHERE h.tenant = account.tenant AND h.account = account.account) OR \
             EXISTS (SELECT 1 FROM payment_order o WHERE o.tenant = account.tenant AND o.account = account.account))",
            &[&tenant, &account, &version],
        )
        .await?;
    if kept == 0 {
        transaction
            .execute(
                "DELETE FROM account WHERE tenant = $1 AND account = $2",
                &[&tenant, &account],
            )
            .await?;
    }
    Ok(())
}

/// Whether nothing of the account is in use or open; its district.
async fn may_end(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    account: &str,
) -> Result<String, ChangeError> {
    let found = transaction
        .query_opt(
            "SELECT district, \
             EXISTS (SELECT 1 FROM card c WHERE c.tenant = a.tenant AND c.account = a.account AND c.state = 'issued'), \
             EXISTS (SELECT 1 FROM wallet w WHERE w.tenant = a.tenant AND w.account = a.account \
                     AND (w.balance <> 0 OR w.held <> 0 OR w.debt <> 0)), \
             EXISTS (SELECT 1 FROM payment_order o WHERE o.tenant = a.tenant AND o.account = a.account AND o.next_at IS NOT NULL), \
             EXISTS (SELECT 1 FROM meter_removal r WHERE r.tenant = a.tenant AND r.account = a.account AND r.state = 'waiting') \
             FROM account a WHERE tenant = $1 AND account = $2 FOR UPDATE",
            &[&tenant.as_str(), &account],
        )
        .await?;
    let senseless = |why: &str| ChangeError::Senseless {
        account: account.to_owned(),
        why: why.to_owned(),
    };
    let Some(found) = found else {
        return Err(senseless("there is none with this number"));
    };
    let reasons = [
        (
            1,
            "it has cards in use; take them back or revoke them first",
        ),
        (2, "its wallet holds money, or owes some; settle that first"),
        (
            3,
            "a payment for its wallet is under way; wait until it has ended",
        ),
        (
            4,
            "a meter of it was taken down with money in it; somebody has to decide about that first",
        ),
    ];
    for (place, why) in reasons {
        if found.try_get(place)? {
            return Err(senseless(why));
        }
    }
    Ok(found.try_get(0)?)
}
