//! What terminals are told. A bulletin is signed once, when a person issues it, and handed out as it is.

use deadpool_postgres::Transaction;
use meterpost_ledger::signing::{TenantId, TerminalId};
use meterpost_ledger::{
    Addressee, Bulletin, BulletinContent, BulletinError, LIMITS_KIND, Limits, Validity,
};
use thiserror::Error;

use crate::database::DatabaseError;
use crate::keys::Keys;

/// Why a bulletin was not issued.
#[derive(Debug, Error)]
pub enum IssueError {
    /// It breaks a rule of its own.
    #[error("{0}")]
    Bulletin(#[from] BulletinError),
    /// The database.
    #[error("{0}")]
    Database(#[from] DatabaseError),
}

impl From<tokio_postgres::Error> for IssueError {
    fn from(error: tokio_postgres::Error) -> IssueError {
        IssueError::Database(error.into())
    }
}

/// Limits as a person issues them.
#[derive(Clone, Debug)]
pub struct NewLimits<'n> {
    /// Whose terminals.
    pub tenant: &'n TenantId,
    /// One of them, or all.
    pub terminal: Option<TerminalId>,
    /// The limits.
    pub limits: Limits,
    /// As they were asked for, to be shown again.
    pub content: serde_json::Value,
    /// How long terminals may begin to apply them, in seconds.
    pub valid_for: u64,
    /// Who issues them.
    pub by: &'n str,
}

/// Signs the next version and stores it.
///
/// # Errors
/// [`IssueError`]; nothing is issued then.
pub async fn issue_limits(
    transaction: &Transaction<'_>,
    keys: &Keys,
    new: NewLimits<'_>,
    now: u64,
) -> Result<u64, IssueError> {
    // Two issued at once get one version after the other.
    transaction
        .execute(
            "SELECT pg_advisory_xact_lock(hashtextextended($1 || ' ' || $2, 0))",
            &[&new.tenant.as_str(), &LIMITS_KIND],
        )
        .await?;
    let version: i64 = transaction
        .query_one(
            "SELECT coalesce(max(version), 0) + 1 FROM bulletin WHERE tenant = $1 AND kind = $2",
            &[&new.tenant.as_str(), &LIMITS_KIND],
        )
        .await?
        .try_get(0)?;
    let terminal = new.terminal.as_ref().map(|id| id.as_str().to_owned());
    let bulletin = Bulletin {
        addressee: Addressee {
            tenant: new.tenant.clone(),
            terminal: new.terminal,
        },
        version: u64::try_from(version).unwrap_or(0),
        // A terminal whose clock was never set is decades behind; it must take limits all the same.
        validity: Validity {
            from: 0,
            until: now.saturating_add(new.valid_for).saturating_mul(1000),
        },
        content: BulletinContent::Limits(new.limits),
    };
    let bytes = bulletin.sign(keys.name(), keys.witness())?;
    transaction
        .execute(
            "INSERT INTO bulletin (tenant, kind, version, terminal, bytes, content, issued_by) \
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
            &[
                &new.tenant.as_str(),
                &LIMITS_KIND,
                &version,
                &terminal,
                &bytes,
                &new.content,
                &new.by,
            ],
        )
        .await?;
    Ok(bulletin.version)
}

/// The newest bulletin of a kind for a terminal, where it is above the version the terminal has.
///
/// # Errors
/// When the database does not answer.
pub async fn newer(
    transaction: &Transaction<'_>,
    terminal: &TerminalId,
    kind: &str,
    have: u64,
) -> Result<Option<Vec<u8>>, DatabaseError> {
    let have = i64::try_from(have).unwrap_or(i64::MAX);
    let row = transaction
        .query_opt(
            "SELECT bytes FROM bulletin WHERE kind = $1 AND version > $2 AND (terminal IS NULL OR terminal = $3) \
             ORDER BY version DESC LIMIT 1",
            &[&kind, &have, &terminal.as_str()],
        )
        .await?;
    Ok(row.map(|row| row.try_get(0)).transpose()?)
}
