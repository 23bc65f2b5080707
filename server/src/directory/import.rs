//! A sheet of accounts taken in: what is there is changed, what is not is opened, and nothing is ever taken away. Each account that does not fit is
//! told with its row; then nothing at all is changed.

use deadpool_postgres::Transaction;
use meterpost_ledger::signing::TenantId;

use super::change::{ChangeError, NewAccount, change};
use super::columns::{Problem, SheetAccount};
use super::history::By;
use super::rows::one;

/// What became of a sheet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    /// Accounts that were opened.
    pub opened: usize,
    /// Accounts that were there.
    pub changed: usize,
    /// Rows that do not fit.
    pub problems: Vec<Problem>,
}

/// Takes the accounts in. Where there are problems the transaction is to be rolled back.
///
/// # Errors
/// The database's.
pub async fn import(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    by: By<'_>,
    accounts: &[SheetAccount],
) -> Result<Imported, ChangeError> {
    let mut done = Imported::default();
    for SheetAccount { row, account } in accounts {
        let found = one(transaction, tenant, &account.account).await?;
        let opened = found.as_ref().is_none_or(|found| found.district.is_empty());
        let mut whole = account.clone();
        for old in found.into_iter().flat_map(|found| found.meters) {
            match whole
                .meters
                .iter_mut()
                .find(|meter| meter.number == old.number)
            {
                Some(meter) => meter.owner = old.owner,
                None => whole.meters.push(old),
            }
        }
        // One that does not fit must not end the others' judgement.
        transaction.batch_execute("SAVEPOINT account").await?;
        match change(transaction, tenant, by, &[whole], &[]).await {
            Ok(_) => transaction.batch_execute("RELEASE account").await?,
            Err(ChangeError::Senseless { why, .. }) => {
                transaction.batch_execute("ROLLBACK TO account").await?;
                let NewAccount { account, .. } = account;
                done.problems.push(Problem {
                    row: *row,
                    why: format!("{account}: {why}"),
                });
                continue;
            }
            Err(error) => return Err(error),
        }
        match opened {
            true => done.opened += 1,
            false => done.changed += 1,
        }
    }
    Ok(done)
}
