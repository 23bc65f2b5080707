//! Who there is: added, given another role, blocked, given a new password. Nobody is deleted, for the trail names them, and nobody
//! changes what they may do themselves.

use deadpool_postgres::Transaction;
use meterpost_ledger::signing::TenantId;
use thiserror::Error;

use super::{secret, session};
use crate::database::DatabaseError;
use crate::staff::{Role, Staff, add_without_token};

/// A person at a glance.
#[derive(Clone, Debug)]
pub struct Person {
    /// The name.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// They may not come in.
    pub blocked: bool,
    /// They come by browser, with a second factor that is set up.
    pub factor: bool,
    /// A program of theirs has a token.
    pub token: bool,
    /// When a session of theirs was seen last, in seconds since 1970; none is open where it is left out.
    pub seen: Option<i64>,
}

/// Why nothing was changed.
#[derive(Debug, Error)]
pub enum PersonError {
    /// A name that is none.
    #[error("a name is 1 to 60 characters, with none that cannot be seen")]
    Name,
    /// It is somebody's.
    #[error("there is a person of this name already; choose another name")]
    Taken,
    /// Nobody's.
    #[error("there is no person of this name")]
    Nobody,
    /// Of oneself.
    #[error("nobody changes their own rights; another administrator has to")]
    Oneself,
    /// The database.
    #[error("{0}")]
    Database(#[from] DatabaseError),
}

impl From<tokio_postgres::Error> for PersonError {
    fn from(error: tokio_postgres::Error) -> PersonError {
        PersonError::Database(error.into())
    }
}

/// Everybody, by name.
///
/// # Errors
/// The database's.
pub async fn people(transaction: &Transaction<'_>) -> Result<Vec<Person>, DatabaseError> {
    let rows = transaction
        .query(
            "SELECT name, role, blocked, coalesce(totp IS NOT NULL, false), token_hash IS NOT NULL, \
             (SELECT max(seen) FROM staff_session s WHERE s.tenant = staff.tenant AND s.name = staff.name AND s.state = 'in') \
             FROM staff LEFT JOIN staff_secret USING (tenant, name) ORDER BY blocked, name LIMIT 1000",
            &[],
        )
        .await?;
    let read = |row: &tokio_postgres::Row| {
        let role: &str = row.try_get(1)?;
        Ok(Person {
            name: row.try_get(0)?,
            role: Role::parse(role)
                .ok_or_else(|| DatabaseError::Damaged(format!("role {role}")))?,
            blocked: row.try_get(2)?,
            factor: row.try_get(3)?,
            token: row.try_get(4)?,
            seen: row.try_get(5)?,
        })
    };
    rows.iter().map(read).collect()
}

/// Adds a person with the hash of a password for one sign-in.
///
/// # Errors
/// [`PersonError`].
pub async fn add(
    transaction: &Transaction<'_>,
    person: &Staff,
    hash: &str,
) -> Result<(), PersonError> {
    let Staff { tenant, name, .. } = person;
    let fits = (1..=60).contains(&name.chars().count());
    if !fits || name.trim() != name || name.chars().any(char::is_control) {
        return Err(PersonError::Name);
    }
    if !add_without_token(transaction, person).await? {
        return Err(PersonError::Taken);
    }
    secret::set_password(transaction, tenant, name, (hash, true)).await?;
    Ok(())
}

/// What changes for a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// What they may do.
    Role(Role),
    /// They may not come in any more, or may again.
    Blocked(bool),
    /// The hash of a password for one sign-in, and whether the second factor is forgotten too.
    Password(String, bool),
}

/// Changes it, for `by`. All the person's sessions end.
///
/// # Errors
/// [`PersonError`].
pub async fn change(
    transaction: &Transaction<'_>,
    (tenant, by): (&TenantId, &str),
    name: &str,
    change: &Change,
) -> Result<(), PersonError> {
    if name == by {
        return Err(PersonError::Oneself);
    }
    let key = tenant.as_str();
    let found = transaction
        .query_opt(
            "SELECT 1 FROM staff WHERE tenant = $1 AND name = $2",
            &[&key, &name],
        )
        .await?;
    if found.is_none() {
        return Err(PersonError::Nobody);
    }
    match change {
        Change::Role(role) => {
            let sql = "UPDATE staff SET role = $3 WHERE tenant = $1 AND name = $2";
            transaction
                .execute(sql, &[&key, &name, &role.name()])
                .await?;
        }
        Change::Blocked(blocked) => {
            let sql = "UPDATE staff SET blocked = $3 WHERE tenant = $1 AND name = $2";
            transaction.execute(sql, &[&key, &name, blocked]).await?;
        }
        Change::Password(hash, forget) => {
            secret::set_password(transaction, tenant, name, (hash, true)).await?;
            if *forget {
                secret::set_factor(transaction, tenant, name, None).await?;
            }
        }
    }
    session::end_all(transaction, tenant, name).await?;
    Ok(())
}
