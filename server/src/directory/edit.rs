//! One change to one account, as people make them: the rest of it stays as it is, and two that come at once follow one another.

use deadpool_postgres::Transaction;
use meterpost_ledger::signing::TenantId;

use super::change::{ChangeError, NewAccount, change};
use super::history::By;
use super::rows::one;

fn senseless(account: &str, why: &str) -> ChangeError {
    ChangeError::Senseless {
        account: account.to_owned(),
        why: why.to_owned(),
    }
}

/// Opens an account under a number that is free.
///
/// # Errors
/// [`ChangeError`]; the transaction is to be rolled back then.
pub async fn open(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    by: By<'_>,
    new: NewAccount,
) -> Result<(), ChangeError> {
    if one(transaction, tenant, &new.account).await?.is_some() {
        return Err(senseless(
            &new.account,
            "there is one with this number; choose another",
        ));
    }
    change(transaction, tenant, by, &[new], &[]).await?;
    Ok(())
}

/// Changes something of an account that there is.
///
/// # Errors
/// [`ChangeError`]; the transaction is to be rolled back then.
pub async fn edit(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    by: By<'_>,
    account: &str,
    work: impl FnOnce(&mut NewAccount) -> Result<(), &'static str>,
) -> Result<(), ChangeError> {
    let locked = transaction
        .query_opt(
            "SELECT 1 FROM account WHERE tenant = $1 AND account = $2 AND district <> '' FOR UPDATE",
            &[&tenant.as_str(), &account],
        )
        .await?;
    let found = match locked {
        Some(_) => one(transaction, tenant, account).await?,
        None => None,
    };
    let found = found.ok_or_else(|| senseless(account, "there is none with this number"))?;
    let mut new = NewAccount {
        account: found.account,
        district: found.district,
        name: found.name,
        place: found.place,
        meters: found.meters,
        // Those that are known stay as they are.
        cards: Vec::new(),
    };
    work(&mut new).map_err(|why| senseless(account, why))?;
    change(transaction, tenant, by, &[new], &[]).await?;
    Ok(())
}
