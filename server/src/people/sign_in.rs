//! From a name to a session that is in, a step at a time. Every refusal says the same, whoever is meant and whatever was wrong, and costs a
//! password's hash. Only the wait after many wrong tries tells that a name exists.

use deadpool_postgres::Transaction;
use meterpost_ledger::signing::TenantId;

use super::factor::{FactorError, FactorKey, Whose};
use super::password::{self, Weak};
use super::secret::{self, Secret};
use super::session::{self, Missing, Session};
use crate::audit::happened;
use crate::database::{Database, DatabaseError};

/// Why a step led nowhere.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// The name, the password or the code is wrong.
    #[error("the name, the password or the code is wrong")]
    Wrong,
    /// Too many wrong tries in a row: none is looked at for so many seconds.
    #[error("too many wrong tries: wait {0} seconds")]
    Wait(i64),
    /// The new password will not do.
    #[error("the new password will not do")]
    Weak(Weak),
    /// The session is not at this step.
    #[error("begin again")]
    OutOfStep,
    /// Secrets cannot be read or made.
    #[error("{0}")]
    Factor(#[from] FactorError),
    /// A password cannot be hashed.
    #[error("{0}")]
    Hash(String),
    /// The database.
    #[error("{0}")]
    Database(#[from] DatabaseError),
}

impl From<tokio_postgres::Error> for SignInError {
    fn from(error: tokio_postgres::Error) -> SignInError {
        SignInError::Database(error.into())
    }
}

/// The hash of a password that nobody has: a name that is not known takes as long as one that is.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// What a password stands against, off the threads that others wait on.
async fn matches(password: &str, kept: &str) -> bool {
    let (password, kept) = (password.to_owned(), kept.to_owned());
    let checked = tokio::task::spawn_blocking(move || password::verify(&password, &kept));
    checked.await.unwrap_or(false)
}

async fn hashed(password: &str) -> Result<String, SignInError> {
    let password = password.to_owned();
    let hashed = tokio::task::spawn_blocking(move || password::hash(&password)).await;
    hashed
        .map_err(|error| SignInError::Hash(error.to_string()))?
        .map_err(SignInError::Hash)
}

fn unlocked(secret: &Secret, now: i64) -> Result<(), SignInError> {
    match secret.locked_until - now {
        left if left > 0 => Err(SignInError::Wait(left)),
        _ => Ok(()),
    }
}

/// Name and password: the session that asks for what is missing.
///
/// # Errors
/// [`SignInError`].
pub async fn with_password(
    database: &Database,
    key: &FactorKey,
    (tenant, name, password): (&TenantId, &str, &str),
    now: i64,
) -> Result<String, SignInError> {
    let mut connection = database.connection().await?;
    let known = {
        let transaction = connection.begin(tenant).await?;
        secret::find(&transaction, tenant, name).await?
    };
    let kept = known.as_ref().map_or(NOBODY, |known| &known.password);
    let right = matches(password, kept).await;
    let Some(known) = known else {
        return Err(SignInError::Wrong);
    };
    unlocked(&known, now)?;
    let transaction = connection.begin(tenant).await?;
    if !right {
        secret::failed(&transaction, tenant, name, now).await?;
        happened(&transaction, tenant, (name, "sign_in.password"), "wrong").await?;
        transaction.commit().await?;
        return Err(SignInError::Wrong);
    }
    let whose = Whose {
        tenant: tenant.as_str(),
        name,
    };
    let token = match known.totp {
        Some(_) => session::begin(&transaction, tenant, name, (Missing::Code, None), now).await?,
        None => {
            let offered = key.new_secret(whose)?;
            let missing = (Missing::Factor, Some(&offered[..]));
            session::begin(&transaction, tenant, name, missing, now).await?
        }
    };
    transaction.commit().await?;
    Ok(token)
}

/// The second factor's code, or the first code of one that is set up: another session, which is in or asks for a new password.
///
/// # Errors
/// [`SignInError`].
pub async fn with_code(
    database: &Database,
    key: &FactorKey,
    session: &Session,
    code: &str,
    now: i64,
) -> Result<String, SignInError> {
    let (tenant, name) = (&session.staff.tenant, session.staff.name.as_str());
    let whose = Whose {
        tenant: tenant.as_str(),
        name,
    };
    let mut connection = database.connection().await?;
    let transaction = connection.begin(tenant).await?;
    let known = secret::find(&transaction, tenant, name).await?;
    let known = known.ok_or(SignInError::Wrong)?;
    unlocked(&known, now)?;
    let sealed = match (session.missing, &known.totp, &session.offered) {
        (Missing::Code, Some(sealed), _) => sealed,
        // Set up in another window meanwhile: that one counts.
        (Missing::Factor, None, Some(offered)) => offered,
        _ => return Err(SignInError::OutOfStep),
    };
    let codes = key.codes(whose, sealed)?;
    let at = u64::try_from(now).unwrap_or(0);
    let Some(step) = codes.check(code, at, known.totp_step) else {
        secret::failed(&transaction, tenant, name, now).await?;
        happened(&transaction, tenant, (name, "sign_in.code"), "wrong").await?;
        transaction.commit().await?;
        return Err(SignInError::Wrong);
    };
    if session.missing == Missing::Factor {
        secret::set_factor(&transaction, tenant, name, Some(sealed)).await?;
    }
    secret::passed(&transaction, tenant, name, step).await?;
    happened(&transaction, tenant, (name, "sign_in"), "done").await?;
    let missing = match known.must_change {
        true => Missing::Password,
        false => Missing::Nothing,
    };
    let token = another(&transaction, session, missing, now).await?;
    transaction.commit().await?;
    Ok(token)
}

/// A new password, where it has to be changed: another session, which is in; every other of this person is over.
///
/// # Errors
/// [`SignInError`].
pub async fn with_new_password(
    database: &Database,
    session: &Session,
    new: &str,
    now: i64,
) -> Result<String, SignInError> {
    let (tenant, name) = (&session.staff.tenant, session.staff.name.as_str());
    if session.missing != Missing::Password {
        return Err(SignInError::OutOfStep);
    }
    password::judge(new, &[name, tenant.as_str()]).map_err(SignInError::Weak)?;
    let mut connection = database.connection().await?;
    let known = {
        let transaction = connection.begin(tenant).await?;
        secret::find(&transaction, tenant, name).await?
    };
    let known = known.ok_or(SignInError::Wrong)?;
    if matches(new, &known.password).await {
        return Err(SignInError::Weak(Weak::Common));
    }
    let hash = hashed(new).await?;
    let transaction = connection.begin(tenant).await?;
    secret::set_password(&transaction, tenant, name, (&hash, false)).await?;
    session::end_all(&transaction, tenant, name).await?;
    let token = session::begin(&transaction, tenant, name, (Missing::Nothing, None), now).await?;
    transaction.commit().await?;
    Ok(token)
}

/// What a browser had before a step is worth nothing after it (session fixation).
async fn another(
    transaction: &Transaction<'_>,
    session: &Session,
    missing: Missing,
    now: i64,
) -> Result<String, DatabaseError> {
    session::end(transaction, session).await?;
    let (tenant, name) = (&session.staff.tenant, session.staff.name.as_str());
    session::begin(transaction, tenant, name, (missing, None), now).await
}
