//! What is kept of a person who signs in, and how wrong tries are slowed down: each beyond the fourth in a row doubles the wait, from a minute
//! to an hour. It is counted for the person, not for an address, which a caller chooses.

use deadpool_postgres::Transaction;
use meterpost_ledger::signing::TenantId;

use crate::database::DatabaseError;

/// Wrong tries in a row that cost nothing yet.
const FREE: i32 = 4;
/// Seconds of the first wait, and of the longest.
const WAITS: (i64, i64) = (60, 3600);

/// A person's row.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret {
    /// The name.
    pub name: String,
    /// The password's hash.
    pub password: String,
    /// It has to be changed.
    pub must_change: bool,
    /// The sealed secret of the second factor.
    pub totp: Option<Vec<u8>>,
    /// The step of the last code taken.
    pub totp_step: u64,
    /// Until when no try is looked at.
    pub locked_until: i64,
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Secret")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// How long nothing is looked at after so many wrong tries in a row, in seconds.
fn wait(failures: i32) -> i64 {
    let (first, longest) = WAITS;
    match failures.saturating_sub(FREE) {
        ..=0 => 0,
        more => {
            let doubled = u32::try_from(more - 1).unwrap_or(u32::MAX).min(16);
            first.saturating_mul(1 << doubled).min(longest)
        }
    }
}

/// A person who can sign in.
///
/// # Errors
/// The database's.
pub async fn find(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    name: &str,
) -> Result<Option<Secret>, DatabaseError> {
    let row = transaction
        .query_opt(
            "SELECT name, password, must_change, totp, totp_step, locked_until \
             FROM staff_secret JOIN staff USING (tenant, name) WHERE tenant = $1 AND name = $2 AND NOT blocked \
             AND (expires_at IS NULL OR expires_at > now()) \
             FOR UPDATE OF staff_secret",
            &[&tenant.as_str(), &name],
        )
        .await?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(Secret {
        name: row.try_get(0)?,
        password: row.try_get(1)?,
        must_change: row.try_get(2)?,
        totp: row.try_get(3)?,
        totp_step: u64::try_from(row.try_get::<_, i64>(4)?).unwrap_or(0),
        locked_until: row.try_get(5)?,
    }))
}

/// Gives a person a password, with or without a second factor from before; `true` makes them change it.
///
/// # Errors
/// The database's, also where there is no such person.
pub async fn set_password(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    name: &str,
    (hash, must_change): (&str, bool),
) -> Result<(), DatabaseError> {
    transaction
        .execute(
            "INSERT INTO staff_secret (tenant, name, password, must_change, expires_at) \
             VALUES ($1, $2, $3, $4, CASE WHEN $4 THEN now() + interval '7 days' END) \
             ON CONFLICT (tenant, name) DO UPDATE \
             SET password = $3, must_change = $4, expires_at = excluded.expires_at, failures = 0, locked_until = 0",
            &[&tenant.as_str(), &name, &hash, &must_change],
        )
        .await?;
    Ok(())
}

/// Keeps the second factor that was set up; or forgets it, with the steps that were taken.
///
/// # Errors
/// The database's.
pub async fn set_factor(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    name: &str,
    sealed: Option<&[u8]>,
) -> Result<(), DatabaseError> {
    transaction
        .execute(
            "UPDATE staff_secret SET totp = $3, totp_step = 0 WHERE tenant = $1 AND name = $2",
            &[&tenant.as_str(), &name, &sealed],
        )
        .await?;
    Ok(())
}

/// A wrong try.
///
/// # Errors
/// The database's.
pub async fn failed(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    name: &str,
    now: i64,
) -> Result<(), DatabaseError> {
    let row = transaction
        .query_one(
            "UPDATE staff_secret SET failures = failures + 1 WHERE tenant = $1 AND name = $2 RETURNING failures",
            &[&tenant.as_str(), &name],
        )
        .await?;
    let wait = wait(row.try_get(0)?);
    if wait > 0 {
        transaction
            .execute(
                "UPDATE staff_secret SET locked_until = $3 WHERE tenant = $1 AND name = $2",
                &[&tenant.as_str(), &name, &(now + wait)],
            )
            .await?;
    }
    Ok(())
}

/// A code was right: it is not taken again, and the wrong tries are over.
///
/// # Errors
/// The database's.
pub async fn passed(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    name: &str,
    step: u64,
) -> Result<(), DatabaseError> {
    let step = i64::try_from(step).unwrap_or(i64::MAX);
    transaction
        .execute(
            "UPDATE staff_secret SET totp_step = $3, failures = 0, locked_until = 0 WHERE tenant = $1 AND name = $2",
            &[&tenant.as_str(), &name, &step],
        )
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_wrong_try_beyond_the_fourth_doubles_the_wait_up_to_an_hour() {
        let waits: Vec<i64> = (0..14).map(wait).collect();
        assert_eq!(
            waits,
            [
                0, 0, 0, 0, 0, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600
            ]
        );
        assert_eq!(wait(i32::MAX), 3600);
    }
}
