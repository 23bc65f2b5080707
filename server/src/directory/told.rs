//! What one terminal is told of its district: nothing, a difference, or all of it. Which, is a pure decision.

use deadpool_postgres::Transaction;
use meterpost_ledger::bulletin::ContentError;
use meterpost_ledger::bulletin::directory::{
    AccountRecord, CHANGES_KIND, DIRECTORY_KIND, Directory, DirectoryChanges,
};
use meterpost_ledger::signing::{LogOrigin, TenantId};
use meterpost_ledger::{Addressee, Bulletin, BulletinContent, BulletinError, Validity};
use thiserror::Error;

use super::district::{Served, served_by};
use super::mask::masked;
use super::next_version;
use super::rows::{AccountRow, Which, accounts};
use crate::database::DatabaseError;
use crate::keys::Keys;

/// From so many changed accounts on, a whole directory may be the shorter way.
const FEW: u64 = 500;
/// How long a terminal may begin to apply it, in seconds.
const VALID_FOR: u64 = 30 * 86_400;

/// What a terminal has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Has {
    /// The version of the whole directory that it keeps; 0 for none that can be read.
    pub base: u64,
    /// The version of the difference to it that it keeps; 0 for none.
    pub changes: u64,
    /// The highest version it has ever applied of a whole directory; what it is told has to be above.
    pub applied: u64,
}

/// What is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct There {
    /// Since which version the terminal serves this district.
    since: u64,
    /// The version of the last change in the district, 0 for none.
    last_change: u64,
    /// How many accounts have changed since the terminal's whole directory.
    changed: u64,
    /// How many there are.
    accounts: u64,
}

/// What to tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tell {
    Nothing,
    Whole,
    Difference,
}

/// The decision.
fn decide(has: Has, there: There) -> Tell {
    if has.base == 0 || has.base < there.since {
        return Tell::Whole;
    }
    if there.last_change <= has.base.max(has.changes) {
        return Tell::Nothing;
    }
    match there.changed > FEW && there.changed > there.accounts / 4 {
        true => Tell::Whole,
        false => Tell::Difference,
    }
}

/// Why nothing can be told.
#[derive(Debug, Error)]
pub enum TellError {
    /// It cannot be signed.
    #[error("{0}")]
    Bulletin(#[from] BulletinError),
    /// It cannot be written.
    #[error("{0}")]
    Content(#[from] ContentError),
    /// The database.
    #[error("{0}")]
    Database(#[from] DatabaseError),
}

impl From<tokio_postgres::Error> for TellError {
    fn from(error: tokio_postgres::Error) -> TellError {
        TellError::Database(error.into())
    }
}

/// What is to be signed for a terminal.
#[derive(Debug)]
pub struct Unsigned {
    log: LogOrigin,
    version: u64,
    content: Content,
    now: u64,
}

#[derive(Debug)]
enum Content {
    Whole(Directory),
    Difference(DirectoryChanges),
}

/// Whether there is anything to tell the terminal of this log: a look that every sign of life takes.
///
/// # Errors
/// When the database does not answer.
pub async fn anything(
    transaction: &Transaction<'_>,
    log: &LogOrigin,
    has: Has,
) -> Result<bool, DatabaseError> {
    let tenant = log.tenant();
    let Some(served) = served_by(transaction, tenant, log.terminal()).await? else {
        return Ok(false);
    };
    let there = There {
        since: served.since,
        last_change: last_change(transaction, tenant, &served).await?,
        // They decide between a difference and all of it only.
        changed: 0,
        accounts: 0,
    };
    Ok(decide(has, there) != Tell::Nothing)
}

/// What the terminal of this log is to be told, if anything.
///
/// # Errors
/// When the database does not answer.
pub async fn tell(
    transaction: &Transaction<'_>,
    log: &LogOrigin,
    has: Has,
    now: u64,
) -> Result<Option<Unsigned>, DatabaseError> {
    let tenant = log.tenant();
    let Some(served) = served_by(transaction, tenant, log.terminal()).await? else {
        return Ok(None);
    };
    // Before the rows: what is changed meanwhile is told again next time, and nothing is left out.
    let mut version = newest(transaction, tenant).await?;
    let there = there(transaction, tenant, &served, has).await?;
    let content = match decide(has, there) {
        Tell::Nothing => return Ok(None),
        Tell::Whole => {
            if version <= has.applied {
                version = u64::try_from(next_version(transaction, tenant).await?).unwrap_or(0);
            }
            let rows = changed_accounts(transaction, tenant, &served, 0).await?;
            Content::Whole(Directory {
                accounts: rows.into_iter().map(record).collect(),
            })
        }
        Tell::Difference => {
            let rows = changed_accounts(transaction, tenant, &served, has.base).await?;
            Content::Difference(DirectoryChanges {
                base: has.base,
                accounts: rows.into_iter().map(record).collect(),
                gone: gone_since(transaction, tenant, &served, has.base).await?,
            })
        }
    };
    Ok(Some(Unsigned {
        log: log.clone(),
        version,
        content,
        now,
    }))
}

impl Unsigned {
    /// The bulletin's bytes. It takes its time: packing a large directory is work.
    ///
    /// # Errors
    /// When it cannot be written or signed.
    pub fn sign(self, keys: &Keys) -> Result<Vec<u8>, TellError> {
        let (kind, bytes) = match &self.content {
            Content::Whole(whole) => (DIRECTORY_KIND, whole.to_content()?),
            Content::Difference(changes) => (CHANGES_KIND, changes.to_content()?),
        };
        let bulletin = Bulletin {
            addressee: Addressee {
                tenant: self.log.tenant().clone(),
                terminal: Some(self.log.terminal().clone()),
            },
            version: self.version,
            // A terminal whose clock was never set is decades behind.
            validity: Validity {
                from: 0,
                until: self.now.saturating_add(VALID_FOR).saturating_mul(1000),
            },
            content: BulletinContent::Other {
                kind: kind.to_owned(),
                bytes,
            },
        };
        Ok(bulletin.sign(keys.name(), keys.witness())?)
    }
}

fn record(row: AccountRow) -> AccountRecord {
    AccountRecord {
        name: masked(&row.name),
        account: row.account,
        place: row.place,
        meters: row.meters,
        cards: row.cards,
    }
}

async fn newest(transaction: &Transaction<'_>, tenant: &TenantId) -> Result<u64, DatabaseError> {
    let row = transaction
        .query_opt(
            "SELECT version FROM directory WHERE tenant = $1",
            &[&tenant.as_str()],
        )
        .await?;
    let version = row.map(|row| row.try_get::<_, i64>(0)).transpose()?;
    Ok(version.and_then(|v| u64::try_from(v).ok()).unwrap_or(0))
}

fn number(value: Option<i64>) -> u64 {
    value.and_then(|v| u64::try_from(v).ok()).unwrap_or(0)
}

async fn last_change(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    served: &Served,
) -> Result<u64, DatabaseError> {
    let statement = transaction
        .prepare_cached(
            "SELECT greatest((SELECT max(changed) FROM account WHERE tenant = $1 AND district = $2), \
                             (SELECT max(changed) FROM account_gone WHERE tenant = $1 AND district = $2))",
        )
        .await?;
    let row = transaction
        .query_one(&statement, &[&tenant.as_str(), &served.district])
        .await?;
    Ok(number(row.try_get(0)?))
}

async fn there(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    served: &Served,
    has: Has,
) -> Result<There, DatabaseError> {
    let base = i64::try_from(has.base).unwrap_or(i64::MAX);
    let count = "SELECT (SELECT count(*) FROM account WHERE tenant = $1 AND district = $2 AND changed > $3) + \
                        (SELECT count(*) FROM account_gone WHERE tenant = $1 AND district = $2 AND changed > $3), \
                        (SELECT count(*) FROM account WHERE tenant = $1 AND district = $2)";
    let row = transaction
        .query_one(count, &[&tenant.as_str(), &served.district, &base])
        .await?;
    Ok(There {
        since: served.since,
        last_change: last_change(transaction, tenant, served).await?,
        changed: number(row.try_get(0)?),
        accounts: number(row.try_get(1)?),
    })
}

async fn changed_accounts(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    served: &Served,
    after: u64,
) -> Result<Vec<AccountRow>, DatabaseError> {
    let which = Which::Changed {
        district: &served.district,
        after: i64::try_from(after).unwrap_or(i64::MAX),
    };
    accounts(transaction, tenant, which).await
}

async fn gone_since(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    served: &Served,
    after: u64,
) -> Result<Vec<String>, DatabaseError> {
    let after = i64::try_from(after).unwrap_or(i64::MAX);
    let rows = transaction
        .query(
            "SELECT account FROM account_gone WHERE tenant = $1 AND district = $2 AND changed > $3 ORDER BY account",
            &[&tenant.as_str(), &served.district, &after],
        )
        .await?;
    let gone: Result<Vec<String>, _> = rows.iter().map(|row| row.try_get(0)).collect();
    Ok(gone?)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DISTRICT: There = There {
        since: 3,
        last_change: 40,
        changed: 10,
        accounts: 20_000,
    };

    fn has(base: u64, changes: u64) -> Has {
        Has {
            base,
            changes,
            applied: base,
        }
    }

    #[test]
    fn whoever_has_nothing_gets_all() {
        assert_eq!(decide(has(0, 0), DISTRICT), Tell::Whole);
    }

    #[test]
    fn whoever_has_another_districts_directory_gets_all() {
        assert_eq!(decide(has(2, 0), DISTRICT), Tell::Whole);
    }

    #[test]
    fn whoever_has_all_gets_nothing() {
        assert_eq!(decide(has(40, 0), DISTRICT), Tell::Nothing);
        assert_eq!(decide(has(10, 40), DISTRICT), Tell::Nothing);
    }

    #[test]
    fn whoever_is_behind_gets_the_difference() {
        assert_eq!(decide(has(39, 0), DISTRICT), Tell::Difference);
        assert_eq!(decide(has(10, 39), DISTRICT), Tell::Difference);
    }

    #[test]
    fn a_difference_that_is_most_of_it_becomes_all() {
        let many = There {
            changed: 6000,
            ..DISTRICT
        };
        assert_eq!(decide(has(10, 0), many), Tell::Whole);
        let some = There {
            changed: 4000,
            ..DISTRICT
        };
        assert_eq!(decide(has(10, 0), some), Tell::Difference);
    }
}
