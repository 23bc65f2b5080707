//! What an account is charged by: the people of its household, which raise the tiers, and a tariff of its own for a meter (docs/tariffs.md).

use deadpool_postgres::Transaction;
use meterpost_ledger::signing::TenantId;

use super::change::ChangeError;
use crate::database::DatabaseError;

/// What an account is charged by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pricing {
    /// People in the household; none where that is not known.
    pub household: Option<i16>,
    /// Each meter with the name of its tariff; none for its utility's default.
    pub meters: Vec<(String, Option<String>)>,
}

/// What an account is charged by now.
///
/// # Errors
/// The database's.
pub async fn pricing(
    transaction: &Transaction<'_>,
    account: &str,
) -> Result<Pricing, DatabaseError> {
    let row = transaction
        .query_opt(
            "SELECT household FROM account WHERE account = $1",
            &[&account],
        )
        .await?;
    let household = row.map(|row| row.try_get(0)).transpose()?.flatten();
    let rows = transaction
        .query(
            "SELECT number, tariff FROM meter WHERE account = $1 ORDER BY number",
            &[&account],
        )
        .await?;
    let read = |row: &tokio_postgres::Row| Ok((row.try_get(0)?, row.try_get(1)?));
    let meters: Result<Vec<_>, DatabaseError> = rows.iter().map(read).collect();
    Ok(Pricing {
        household,
        meters: meters?,
    })
}

/// Sets the people of a household, and the tariff of one meter of it where that is said. Days that are settled keep what they were
/// charged by.
///
/// # Errors
/// [`ChangeError`]; the transaction is to be rolled back then.
pub async fn set_pricing(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    account: &str,
    household: Option<i16>,
    meter: Option<(&str, Option<&str>)>,
) -> Result<(), ChangeError> {
    let wrong = |why: &str| ChangeError::Senseless {
        account: account.to_owned(),
        why: why.to_owned(),
    };
    if household.is_some_and(|people| !(1..=100).contains(&people)) {
        return Err(wrong("a household has 1 to 100 people"));
    }
    let key = tenant.as_str();
    let changed = transaction
        .execute(
            "UPDATE account SET household = $3 WHERE tenant = $1 AND account = $2",
            &[&key, &account, &household],
        )
        .await?;
    if changed == 0 {
        return Err(wrong("there is none with this number"));
    }
    let Some((number, tariff)) = meter else {
        return Ok(());
    };
    if let Some(tariff) = tariff {
        let known = transaction
            .query_opt(
                "SELECT 1 FROM tariff_version v JOIN meter m ON m.tenant = v.tenant AND m.utility = v.utility \
                 WHERE v.tenant = $1 AND v.name = $2 AND m.number = $3 AND v.state = 'active' LIMIT 1",
                &[&key, &tariff, &number],
            )
            .await?;
        if known.is_none() {
            return Err(wrong(
                "the meter's utility has no tariff of this name in force; activate one first",
            ));
        }
    }
    let changed = transaction
        .execute(
            "UPDATE meter SET tariff = $4 WHERE tenant = $1 AND account = $2 AND number = $3",
            &[&key, &account, &number, &tariff],
        )
        .await?;
    match changed {
        0 => Err(wrong("the meter is not this account's")),
        _ => Ok(()),
    }
}
