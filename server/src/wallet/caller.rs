//! Which terminals may ask for whose money: those whose log is in order, for the accounts of their own district.

use deadpool_postgres::Transaction;
use meterpost_ledger::signing::LogOrigin;

use super::error::WalletError;

/// A terminal that may move money.
#[derive(Clone, Debug)]
pub struct Caller<'c> {
    /// Its log.
    pub origin: &'c LogOrigin,
    /// Whose accounts it serves; none where nobody said.
    pub district: Option<String>,
}

/// The terminal of a signed call.
///
/// # Errors
/// [`WalletError::LogHeld`], and the database's.
pub async fn caller<'c>(
    transaction: &Transaction<'_>,
    origin: &'c LogOrigin,
) -> Result<Caller<'c>, WalletError> {
    let row = transaction
        .query_one(
            "SELECT district, coalesce(memory->>'conflict', memory->>'closed_by') IS NULL \
             FROM log JOIN terminal USING (tenant, terminal) WHERE terminal = $1 AND log.epoch = $2",
            &[&origin.terminal().as_str(), &i64::from(origin.epoch())],
        )
        .await?;
    let in_order: bool = row.try_get(1)?;
    if !in_order {
        return Err(WalletError::LogHeld);
    }
    Ok(Caller {
        origin,
        district: row.try_get(0)?,
    })
}

impl Caller<'_> {
    /// The terminal's name in journals.
    pub fn name(&self) -> String {
        format!("terminal {}", self.origin.terminal())
    }

    /// Whether it serves this account.
    ///
    /// # Errors
    /// [`WalletError::NoAccount`], and the database's.
    pub async fn serves(
        &self,
        transaction: &Transaction<'_>,
        account: &str,
    ) -> Result<(), WalletError> {
        let found = transaction
            .query_opt(
                "SELECT 1 FROM account WHERE account = $1 AND district = $2",
                &[&account, &self.district],
            )
            .await?;
        match found {
            Some(_) => Ok(()),
            None => Err(WalletError::NoAccount(account.to_owned())),
        }
    }
}
