//! What terminals are told. A bulletin is signed once, when a person issues it, and handed out as it is.

use deadpool_postgres::Transaction;
use meterpost_ledger::bulletin::ContentError;
use meterpost_ledger::signing::{TenantId, TerminalId, VerifierKey};
use meterpost_ledger::{Addressee, Bulletin, BulletinContent, BulletinError, Validity};
use thiserror::Error;

use crate::database::DatabaseError;
use crate::keys::Keys;

/// Why a bulletin was not issued.
#[derive(Debug, Error)]
pub enum IssueError {
    /// It breaks a rule of its own.
    #[error("{0}")]
    Bulletin(#[from] BulletinError),
    /// Its content makes no sense.
    #[error("{0}")]
    Content(#[from] ContentError),
    /// The database.
    #[error("{0}")]
    Database(#[from] DatabaseError),
}

impl From<tokio_postgres::Error> for IssueError {
    fn from(error: tokio_postgres::Error) -> IssueError {
        IssueError::Database(error.into())
    }
}

/// What is issued to one terminal or all.
#[derive(Clone, Debug)]
pub struct NewBulletin<'n> {
    /// Whose terminals.
    pub tenant: &'n TenantId,
    /// One of them, or all.
    pub terminal: Option<TerminalId>,
    /// What it says.
    pub content: BulletinContent,
    /// As it was asked for, to be shown again.
    pub shown: serde_json::Value,
    /// How long terminals may begin to apply it, in seconds.
    pub valid_for: u64,
    /// Who issues it.
    pub by: &'n str,
}

/// Signs the next version of its kind and stores it.
///
/// # Errors
/// [`IssueError`]; nothing is issued then.
pub async fn issue(
    transaction: &Transaction<'_>,
    keys: &Keys,
    new: NewBulletin<'_>,
    now: u64,
) -> Result<u64, IssueError> {
    let mut bulletin = Bulletin {
        addressee: Addressee {
            tenant: new.tenant.clone(),
            terminal: new.terminal,
        },
        version: 1,
        // A terminal whose clock was never set is decades behind; it must take this all the same.
        validity: Validity {
            from: 0,
            until: now.saturating_add(new.valid_for).saturating_mul(1000),
        },
        content: new.content,
    };
    let kind = bulletin.kind().to_owned();
    // Two issued at once get one version after the other.
    transaction
        .execute(
            "SELECT pg_advisory_xact_lock(hashtextextended($1 || ' ' || $2, 0))",
            &[&new.tenant.as_str(), &kind],
        )
        .await?;
    let version: i64 = transaction
        .query_one(
            "SELECT coalesce(max(version), 0) + 1 FROM bulletin WHERE tenant = $1 AND kind = $2",
            &[&new.tenant.as_str(), &kind],
        )
        .await?
        .try_get(0)?;
    bulletin.version = u64::try_from(version).unwrap_or(0);
    let bytes = bulletin.sign(keys.name(), keys.witness())?;
    let terminal = bulletin.addressee.terminal.as_ref().map(|id| id.as_str());
    transaction
        .execute(
            "INSERT INTO bulletin (tenant, kind, version, terminal, bytes, content, issued_by) \
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
            &[
                &new.tenant.as_str(),
                &kind,
                &version,
                &terminal,
                &bytes,
                &new.shown,
                &new.by,
            ],
        )
        .await?;
    Ok(bulletin.version)
}

/// The newest bulletin of each of these kinds for a terminal, where it is above the version the terminal has. What an older key of the
/// server signed is signed anew.
///
/// # Errors
/// When the database does not answer, or a bulletin cannot be signed.
pub async fn newer(
    transaction: &Transaction<'_>,
    keys: &Keys,
    terminal: &TerminalId,
    have: &[(&str, u64)],
) -> Result<Vec<Vec<u8>>, IssueError> {
    let kinds: Vec<&str> = have.iter().map(|(kind, _)| *kind).collect();
    let statement = transaction
        .prepare_cached(
            "SELECT kind, coalesce(greatest( \
                 (SELECT max(version) FROM bulletin b WHERE b.kind = k.kind AND terminal IS NULL), \
                 (SELECT max(version) FROM bulletin b WHERE b.kind = k.kind AND terminal = $1)), 0) \
             FROM unnest($2::text[]) AS k (kind)",
        )
        .await?;
    let rows = transaction
        .query(&statement, &[&terminal.as_str(), &kinds])
        .await?;
    let mut found = Vec::new();
    for row in rows {
        let (kind, version): (&str, i64) = (row.try_get(0)?, row.try_get(1)?);
        let has = have.iter().find(|(k, _)| *k == kind).map_or(0, |(_, v)| *v);
        if u64::try_from(version).unwrap_or(0) <= has {
            continue;
        }
        let row = transaction
            .query_one(
                "SELECT bytes FROM bulletin WHERE kind = $1 AND version = $2",
                &[&kind, &version],
            )
            .await?;
        found.push(signed_now(row.try_get(0)?, keys)?);
    }
    Ok(found)
}

/// The bytes, or the same bulletin signed anew where the key that signed it is not the one in use any more.
///
/// # Errors
/// When the stored bytes are damaged, or the key does not sign.
pub fn signed_now(bytes: Vec<u8>, keys: &Keys) -> Result<Vec<u8>, BulletinError> {
    let key = VerifierKey::new(keys.name().clone(), *keys.witness_key().key());
    match Bulletin::is_signed_by(&bytes, &key)? {
        true => Ok(bytes),
        false => Bulletin::peek(&bytes)?.sign(keys.name(), keys.witness()),
    }
}
