//! From a terminal's request to its certificate. A person compares the code that both show, and decides.
//!
//! Each approval gives out the terminal's next epoch and closes the logs of the older ones: whoever goes on with one of those
//! is a copy of the disk, and is held.

use deadpool_postgres::Transaction;
use meterpost_ledger::exchange::{MemoryError, WitnessMemory};
use meterpost_ledger::signing::{
    Certificate, CertificateError, LogOrigin, SignedCertificate, SignedRequest, TenantId,
    TerminalId,
};
use sha2::{Digest, Sha256};
use thiserror::Error;

use crate::commands;
use crate::database::DatabaseError;
use crate::keys::Keys;
use crate::lease;
use crate::witness;

/// Requests of one tenant that may wait for a person. Anybody can make them.
const MOST_WAITING: i64 = 50;

/// Why an enrolment did not come about.
#[derive(Debug, Error)]
pub enum EnrolmentError {
    /// No such tenant.
    #[error("there is no tenant {0} here")]
    NoTenant(TenantId),
    /// No request waits under this code.
    #[error(
        "no request of terminal {0} with this code waits; compare the code on its screen, it may have made a new one"
    )]
    NoRequest(TerminalId),
    /// A name that means something else.
    #[error("a terminal cannot be called \"{0}\"; give it another id")]
    Reserved(TerminalId),
    /// Too many wait.
    #[error("too many requests wait for a decision; ask the operator to decide some")]
    TooMany,
    /// The certificate cannot be made.
    #[error("{0}")]
    Certificate(#[from] CertificateError),
    /// An older log cannot be closed.
    #[error("{0}")]
    Memory(#[from] MemoryError),
    /// All epochs are used up.
    #[error("terminal {0} has used up its epochs")]
    Epochs(TerminalId),
    /// The database.
    #[error("{0}")]
    Database(#[from] DatabaseError),
}

impl From<tokio_postgres::Error> for EnrolmentError {
    fn from(error: tokio_postgres::Error) -> EnrolmentError {
        EnrolmentError::Database(error.into())
    }
}

/// How a request stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// A person has to decide.
    Waiting,
    /// A person refused it.
    Refused,
    /// The certificate's text.
    Approved(String),
}

/// A request that waits for a person.
#[derive(Clone, Debug)]
pub struct Waiting {
    /// Which terminal.
    pub terminal: String,
    /// The code to compare.
    pub code: String,
    /// The request's text.
    pub request: String,
    /// When it was made, in seconds since 1970.
    pub asked_at: i64,
}

fn digest(request: &SignedRequest) -> Vec<u8> {
    Sha256::digest(request.to_text().as_bytes()).to_vec()
}

/// Takes a request in, or tells how it stands. Asking again changes nothing.
///
/// # Errors
/// [`EnrolmentError`].
pub async fn ask(
    transaction: &Transaction<'_>,
    request: &SignedRequest,
) -> Result<Standing, EnrolmentError> {
    let asked = request.request();
    let (tenant, terminal) = (asked.tenant.as_str(), asked.terminal.as_str());
    let found = transaction
        .query_opt(
            "SELECT state, certificate FROM enrolment WHERE tenant = $1 AND terminal = $2 AND digest = $3",
            &[&tenant, &terminal, &digest(request)],
        )
        .await?;
    if let Some(row) = found {
        let (state, certificate): (String, Option<String>) = (row.try_get(0)?, row.try_get(1)?);
        return Ok(match (state.as_str(), certificate) {
            ("approved", Some(text)) => Standing::Approved(text),
            ("waiting", _) => Standing::Waiting,
            _ => Standing::Refused,
        });
    }
    // As the owner of a meter, it is the server's own name.
    if terminal == lease::SERVER {
        return Err(EnrolmentError::Reserved(asked.terminal.clone()));
    }
    let known = transaction
        .query_opt("SELECT 1 FROM tenant WHERE tenant = $1", &[&tenant])
        .await?;
    if known.is_none() {
        return Err(EnrolmentError::NoTenant(asked.tenant.clone()));
    }
    let waiting: i64 = transaction
        .query_one(
            "SELECT count(*) FROM enrolment WHERE tenant = $1 AND state = 'waiting'",
            &[&tenant],
        )
        .await?
        .try_get(0)?;
    if waiting >= MOST_WAITING {
        return Err(EnrolmentError::TooMany);
    }
    // The same request twice at once is one.
    transaction
        .execute(
            "INSERT INTO enrolment (tenant, terminal, digest, request, code) VALUES ($1, $2, $3, $4, $5) \
             ON CONFLICT DO NOTHING",
            &[
                &tenant,
                &terminal,
                &digest(request),
                &request.to_text(),
                &request.code().to_string(),
            ],
        )
        .await?;
    Ok(Standing::Waiting)
}

/// The requests that wait, oldest first.
///
/// # Errors
/// When the database does not answer.
pub async fn waiting(transaction: &Transaction<'_>) -> Result<Vec<Waiting>, DatabaseError> {
    let rows = transaction
        .query(
            "SELECT terminal, code, request, extract(epoch FROM asked_at)::bigint FROM enrolment \
             WHERE state = 'waiting' ORDER BY asked_at",
            &[],
        )
        .await?;
    let read = |row: &tokio_postgres::Row| {
        Ok(Waiting {
            terminal: row.try_get(0)?,
            code: row.try_get(1)?,
            request: row.try_get(2)?,
            asked_at: row.try_get(3)?,
        })
    };
    rows.iter().map(read).collect()
}

/// Approves the request with this code: gives out the next epoch, certifies, opens its log, closes the older ones.
///
/// # Errors
/// [`EnrolmentError`]; nothing has changed then.
pub async fn approve(
    transaction: &Transaction<'_>,
    keys: &Keys,
    which: (&TenantId, &TerminalId, &str),
    by: &str,
    now: u64,
) -> Result<SignedCertificate, EnrolmentError> {
    let (tenant, terminal, code) = which;
    let request = locked_request(transaction, terminal, code).await?;
    let epoch: i64 = transaction
        .query_one(
            "INSERT INTO terminal (tenant, terminal, epoch) VALUES ($1, $2, 1) \
             ON CONFLICT (tenant, terminal) DO UPDATE SET epoch = terminal.epoch + 1 RETURNING epoch",
            &[&tenant.as_str(), &terminal.as_str()],
        )
        .await?
        .try_get(0)?;
    let epoch = u32::try_from(epoch).map_err(|_| EnrolmentError::Epochs(terminal.clone()))?;
    let serial: i64 = transaction
        .query_one("SELECT nextval('certificate_serial')", &[])
        .await?
        .try_get(0)?;
    let serial = u64::try_from(serial).unwrap_or(0);
    let certificate = Certificate::answer(&request, epoch, serial, now)?.sign(keys.operator())?;
    close_older(transaction, tenant, terminal, epoch).await?;
    commands::enrolled_anew(transaction, tenant, terminal).await?;
    let given = certificate.certificate();
    let memory = WitnessMemory::new(given.origin.clone(), given.key);
    witness::add(transaction, &memory).await?;
    let text = Some(certificate.to_text());
    decide(transaction, &request, "approved", text.as_deref(), by).await?;
    Ok(certificate)
}

/// Refuses the request with this code.
///
/// # Errors
/// [`EnrolmentError`]; nothing has changed then.
pub async fn refuse(
    transaction: &Transaction<'_>,
    terminal: &TerminalId,
    code: &str,
    by: &str,
) -> Result<(), EnrolmentError> {
    let request = locked_request(transaction, terminal, code).await?;
    decide(transaction, &request, "refused", None, by).await
}

/// The one request of the terminal that waits with this code, however it is typed.
async fn locked_request(
    transaction: &Transaction<'_>,
    terminal: &TerminalId,
    code: &str,
) -> Result<SignedRequest, EnrolmentError> {
    let rows = transaction
        .query(
            "SELECT request FROM enrolment WHERE terminal = $1 AND state = 'waiting' ORDER BY asked_at FOR UPDATE",
            &[&terminal.as_str()],
        )
        .await?;
    for row in rows {
        let text: &str = row.try_get(0)?;
        let request = SignedRequest::open(text.as_bytes())
            .map_err(|error| DatabaseError::Damaged(format!("an enrolment: {error}")))?;
        if request.code().matches(code) {
            return Ok(request);
        }
    }
    Err(EnrolmentError::NoRequest(terminal.clone()))
}

async fn decide(
    transaction: &Transaction<'_>,
    request: &SignedRequest,
    state: &str,
    certificate: Option<&str>,
    by: &str,
) -> Result<(), EnrolmentError> {
    let asked = request.request();
    transaction
        .execute(
            "UPDATE enrolment SET state = $4, certificate = $5, decided_at = now(), decided_by = $6 \
             WHERE tenant = $1 AND terminal = $2 AND digest = $3",
            &[
                &asked.tenant.as_str(),
                &asked.terminal.as_str(),
                &digest(request),
                &state,
                &certificate,
                &by,
            ],
        )
        .await?;
    Ok(())
}

async fn close_older(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    terminal: &TerminalId,
    epoch: u32,
) -> Result<(), EnrolmentError> {
    for older in 1..epoch {
        let Ok(origin) = LogOrigin::new(tenant.clone(), terminal.clone(), older) else {
            continue;
        };
        let Some(log) = witness::lock(transaction, &origin).await? else {
            continue;
        };
        if log.memory.closed_by.is_none() {
            let after = log.memory.close(epoch)?;
            witness::store_memory(transaction, &log.memory, &after).await?;
        }
    }
    Ok(())
}
