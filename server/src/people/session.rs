//! A browser's session. The browser has 256 random bits behind the tenant's name; the database has their hash. It is over after half an hour
//! without a page, and after a working day in any case.

use base64ct::{Base64UrlUnpadded, Encoding};
use deadpool_postgres::Transaction;
use jiff::tz::Offset;
use meterpost_ledger::signing::{EntropyError, TenantId, system_entropy};

use crate::database::DatabaseError;
use crate::staff::{Role, Staff, hash, new_token};

/// Seconds without a page.
const IDLE: i64 = 30 * 60;
/// Seconds in all.
const LONGEST: i64 = 12 * 3600;
/// Seconds in which a sign-in that was begun is finished.
const UNFINISHED: i64 = 10 * 60;

/// What is missing until the session is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// The second factor's code.
    Code,
    /// A second factor has to be set up.
    Factor,
    /// The password has to be changed.
    Password,
    /// Nothing.
    Nothing,
}

impl Missing {
    const ALL: [Missing; 4] = [
        Missing::Code,
        Missing::Factor,
        Missing::Password,
        Missing::Nothing,
    ];

    fn name(self) -> &'static str {
        match self {
            Missing::Code => "code",
            Missing::Factor => "factor",
            Missing::Password => "password",
            Missing::Nothing => "in",
        }
    }
}

/// A session.
#[derive(Clone, PartialEq, Eq)]
pub struct Session {
    /// Whose.
    pub staff: Staff,
    /// What is missing.
    pub missing: Missing,
    /// In every form: what another site cannot know.
    pub form: String,
    /// How far the tenant's time is ahead of UTC now. The database knows zones and their changes.
    pub zone: Offset,
    /// The second factor's secret while it is set up, sealed.
    pub offered: Option<Vec<u8>>,
    hash: Vec<u8>,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Session({}, {:?})", self.staff.name, self.missing)
    }
}

fn random() -> Result<String, EntropyError> {
    let mut bits = [0; 32];
    system_entropy(&mut bits)?;
    Ok(Base64UrlUnpadded::encode_string(&bits))
}

/// Begins a session; what the browser gets.
///
/// # Errors
/// The database's, and where there is no randomness.
pub async fn begin(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    name: &str,
    (missing, offered): (Missing, Option<&[u8]>),
    now: i64,
) -> Result<String, DatabaseError> {
    let lacking = |error: EntropyError| DatabaseError::Unreachable(error.to_string());
    let token = new_token(tenant).map_err(lacking)?;
    let form = random().map_err(lacking)?;
    transaction
        .execute(
            "INSERT INTO staff_session (tenant, hash, name, state, offered, form, began, seen) VALUES ($1, $2, $3, $4, $5, $6, $7, $7)",
            &[&tenant.as_str(), &hash(&token), &name, &missing.name(), &offered, &form, &now],
        )
        .await?;
    // Those that nobody will come back to.
    transaction
        .execute(
            "DELETE FROM staff_session WHERE tenant = $1 AND (seen < $2 OR began < $3)",
            &[&tenant.as_str(), &(now - IDLE), &(now - LONGEST)],
        )
        .await?;
    Ok(token)
}

/// The session that a browser has, where it is not over.
///
/// # Errors
/// The database's.
pub async fn find(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    token: &str,
    now: i64,
) -> Result<Option<Session>, DatabaseError> {
    let hash = hash(token);
    let row = transaction
        .query_opt(
            "UPDATE staff_session SET seen = greatest(seen, $3) FROM staff \
             WHERE staff.tenant = staff_session.tenant AND staff.name = staff_session.name \
             AND NOT staff.blocked AND staff_session.tenant = $1 AND hash = $2 AND seen >= $4 AND began >= $5 AND (state = 'in' OR began >= $6) \
             RETURNING staff.name, role, state, form, offered, \
             (SELECT extract(epoch FROM (now() AT TIME ZONE t.zone) - (now() AT TIME ZONE 'UTC'))::integer FROM tenant t WHERE t.tenant = $1)",
            &[&tenant.as_str(), &hash, &now, &(now - IDLE), &(now - LONGEST), &(now - UNFINISHED)],
        )
        .await?;
    let Some(row) = row else { return Ok(None) };
    let (role, state): (String, String) = (row.try_get(1)?, row.try_get(2)?);
    let damaged = |what: &str| DatabaseError::Damaged(format!("session: {what}"));
    let ahead: i32 = row.try_get(5)?;
    let zone = Offset::from_seconds(ahead).ok();
    let missing = Missing::ALL.into_iter().find(|one| one.name() == state);
    Ok(Some(Session {
        staff: Staff {
            tenant: tenant.clone(),
            name: row.try_get(0)?,
            role: Role::parse(&role).ok_or_else(|| damaged("role"))?,
        },
        missing: missing.ok_or_else(|| damaged("state"))?,
        form: row.try_get(3)?,
        zone: zone.ok_or_else(|| damaged("zone"))?,
        offered: row.try_get(4)?,
        hash,
    }))
}

/// Ends one: its cookie opens nothing any more.
///
/// # Errors
/// The database's.
pub async fn end(transaction: &Transaction<'_>, session: &Session) -> Result<(), DatabaseError> {
    transaction
        .execute(
            "DELETE FROM staff_session WHERE tenant = $1 AND hash = $2",
            &[&session.staff.tenant.as_str(), &session.hash],
        )
        .await?;
    Ok(())
}

/// Ends all of a person's.
///
/// # Errors
/// The database's.
pub async fn end_all(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    name: &str,
) -> Result<(), DatabaseError> {
    transaction
        .execute(
            "DELETE FROM staff_session WHERE tenant = $1 AND name = $2",
            &[&tenant.as_str(), &name],
        )
        .await?;
    Ok(())
}
