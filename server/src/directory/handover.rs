//! An account gets another holder: the old one's cards are void, and what is in the wallet is either settled before or goes along.

use deadpool_postgres::Transaction;
use meterpost_ledger::Money;
use meterpost_ledger::signing::TenantId;

use super::change::ChangeError;
use super::deny::renew;
use super::edit::edit;
use super::history::By;
use crate::bulletins::IssueError;
use crate::cards::{self, CardAct, CardState};
use crate::keys::Keys;
use crate::wallet::balances;

/// Who takes an account over.
#[derive(Clone, Copy, Debug)]
pub struct HandOver<'h> {
    /// Which account.
    pub account: &'h str,
    /// The new holder's name.
    pub name: &'h str,
    /// What the wallet holds or owes goes along.
    pub with_money: bool,
}

/// Hands it over. All cards that could be used are revoked, and terminals are told.
///
/// # Errors
/// [`ChangeError`]; the transaction is to be rolled back then.
pub async fn hand_over(
    transaction: &Transaction<'_>,
    keys: &Keys,
    tenant: &TenantId,
    by: By<'_>,
    wanted: &HandOver<'_>,
) -> Result<(), ChangeError> {
    let account = wanted.account;
    let wrong = |why: String| ChangeError::Senseless {
        account: account.to_owned(),
        why,
    };
    if wanted.name.is_empty() {
        return Err(wrong("say who the new holder is".to_owned()));
    }
    edit(transaction, tenant, by, account, |new| {
        wanted.name.clone_into(&mut new.name);
        Ok(())
    })
    .await?;
    let now = balances(transaction, account).await?;
    let empty = [now.balance, now.held, now.debt]
        .iter()
        .all(|amount| *amount == Money::ZERO);
    if !empty && !wanted.with_money {
        return Err(wrong(format!(
            "its wallet holds {}, {} of it put aside, and owes {}: pay that out or in first, or say that it goes to the new holder",
            now.balance, now.held, now.debt
        )));
    }
    let mut revoked = false;
    for card in cards::cards(transaction, Some(account)).await? {
        if !matches!(
            card.state,
            CardState::Ordered | CardState::Issued | CardState::Lost
        ) {
            continue;
        }
        let done = cards::act(transaction, tenant, &card.number, CardAct::Revoke).await;
        done.map_err(|error| wrong(error.to_string()))?;
        revoked = true;
    }
    if revoked {
        let told = renew(transaction, keys, tenant, by.name, by.at).await;
        told.map_err(|error| match error {
            IssueError::Database(error) => ChangeError::Database(error),
            other => wrong(other.to_string()),
        })?;
    }
    Ok(())
}
