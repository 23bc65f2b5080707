//! Who may approve and look: a token each, of which the database keeps the hash only.

use std::fmt;

use base64ct::{Base64UrlUnpadded, Encoding};
use deadpool_postgres::Transaction;
use meterpost_ledger::signing::{EntropyError, TenantId, system_entropy};
use sha2::{Digest, Sha256};

use crate::database::DatabaseError;

/// What a person may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Decides: enrolments, refunds, tariffs.
    Manager,
    /// Serves residents.
    Clerk,
    /// Looks after terminals and the bus.
    Maintenance,
    /// Looks at everything, changes nothing.
    Auditor,
    /// Is to give people their rights, and has none over money.
    Administrator,
}

impl Role {
    /// All of them.
    pub const ALL: [Role; 5] = [
        Role::Manager,
        Role::Clerk,
        Role::Maintenance,
        Role::Auditor,
        Role::Administrator,
    ];

    /// As it is written.
    pub fn name(self) -> &'static str {
        match self {
            Role::Manager => "manager",
            Role::Clerk => "clerk",
            Role::Maintenance => "maintenance",
            Role::Auditor => "auditor",
            Role::Administrator => "administrator",
        }
    }

    /// The role of this name.
    pub fn parse(name: &str) -> Option<Role> {
        Role::ALL.into_iter().find(|role| role.name() == name)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A person who is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Staff {
    /// Of which tenant.
    pub tenant: TenantId,
    /// By what name.
    pub name: String,
    /// What they may do.
    pub role: Role,
}

/// A new token, `<tenant>.<256 random bits>`: the tenant in front tells whose rows to look in.
///
/// # Errors
/// When the system has no randomness.
pub fn new_token(tenant: &TenantId) -> Result<String, EntropyError> {
    let mut secret = [0; 32];
    system_entropy(&mut secret)?;
    Ok(format!(
        "{tenant}.{}",
        Base64UrlUnpadded::encode_string(&secret)
    ))
}

/// The tenant that a token names.
pub fn tenant_of(token: &str) -> Option<TenantId> {
    TenantId::new(token.split_once('.')?.0).ok()
}

/// What is kept of a token. It has 256 random bits, so a plain hash cannot be searched.
pub(crate) fn hash(token: &str) -> Vec<u8> {
    Sha256::digest(token.as_bytes()).to_vec()
}

/// Adds a person.
///
/// # Errors
/// When the name is taken, or the database does not answer.
pub async fn add(
    transaction: &Transaction<'_>,
    staff: &Staff,
    token: &str,
) -> Result<(), DatabaseError> {
    transaction
        .execute(
            "INSERT INTO staff (tenant, name, role, token_hash) VALUES ($1, $2, $3, $4)",
            &[
                &staff.tenant.as_str(),
                &staff.name,
                &staff.role.name(),
                &hash(token),
            ],
        )
        .await?;
    Ok(())
}

/// Adds a person who comes by browser alone, unless there is one of that name; whether there was none.
///
/// # Errors
/// When the database does not answer, or there is no such tenant.
pub async fn add_without_token(
    transaction: &Transaction<'_>,
    staff: &Staff,
) -> Result<bool, DatabaseError> {
    let added = transaction
        .execute(
            "INSERT INTO staff (tenant, name, role) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
            &[&staff.tenant.as_str(), &staff.name, &staff.role.name()],
        )
        .await?;
    Ok(added == 1)
}

/// Who holds a token; the transaction is of the tenant that it names.
///
/// # Errors
/// When the database does not answer.
pub async fn find(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    token: &str,
) -> Result<Option<Staff>, DatabaseError> {
    let row = transaction
        .query_opt(
            "SELECT name, role FROM staff WHERE tenant = $1 AND token_hash = $2 AND NOT blocked",
            &[&tenant.as_str(), &hash(token)],
        )
        .await?;
    let Some(row) = row else { return Ok(None) };
    let role: String = row.try_get(1)?;
    let role = Role::parse(&role).ok_or_else(|| DatabaseError::Damaged(format!("role {role}")))?;
    Ok(Some(Staff {
        tenant: tenant.clone(),
        name: row.try_get(0)?,
        role,
    }))
}
