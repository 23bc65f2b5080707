//! One-time codes for the service menus of terminals: whoever stands there without a staff card types a PIN, and the code that somebody in the
//! back office reads out. TOTP (RFC 6238) over SHA-1, eight digits, 60 seconds; each terminal has a secret of its own, which it is handed in
//! the talk that it signs and keeps in a file of its own. Here the secret is sealed as a second factor is ([`crate::people::factor`]).

use deadpool_postgres::Transaction;
use sha2::{Digest, Sha256};
use totp_rs::Builder;

use crate::database::DatabaseError;
use crate::people::factor::{FactorError, FactorKey, Whose};

/// Digits of a code.
const DIGITS: u8 = 8;
/// Seconds that a code is for.
pub const STEP: u64 = 60;

/// Why there is no code.
#[derive(Debug, thiserror::Error)]
pub enum ServiceCodeError {
    /// The database.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// The secret.
    #[error(transparent)]
    Secret(#[from] FactorError),
}

impl From<tokio_postgres::Error> for ServiceCodeError {
    fn from(error: tokio_postgres::Error) -> Self {
        ServiceCodeError::Database(error.into())
    }
}

/// No person's name can hold the stroke, so no secret is a person's and a terminal's.
fn name_of(terminal: &str) -> String {
    format!("terminal/{terminal}")
}

/// The secret of a terminal; made where there is none yet, or where it cannot be opened any more: the terminal is handed the new one.
///
/// # Errors
/// [`ServiceCodeError`].
pub async fn secret(
    transaction: &Transaction<'_>,
    key: &FactorKey,
    (tenant, terminal): (&str, &str),
) -> Result<Vec<u8>, ServiceCodeError> {
    let name = name_of(terminal);
    let whose = Whose {
        tenant,
        name: &name,
    };
    let kept = transaction
        .query_opt(
            "SELECT sealed FROM service_secret WHERE tenant = $1 AND terminal = $2 FOR UPDATE",
            &[&tenant, &terminal],
        )
        .await?;
    let statement = match kept {
        Some(row) => match key.secret(whose, &row.try_get::<_, Vec<u8>>(0)?) {
            Ok(secret) => return Ok(secret),
            Err(error) => {
                tracing::warn!(%error, terminal, "a new secret for codes is made");
                "UPDATE service_secret SET sealed = $3, made_at = now() WHERE tenant = $1 AND terminal = $2 RETURNING sealed"
            }
        },
        // Two signs of life at once: the first one's secret stays.
        None => {
            "INSERT INTO service_secret AS s (tenant, terminal, sealed) VALUES ($1, $2, $3)
             ON CONFLICT (tenant, terminal) DO UPDATE SET sealed = s.sealed RETURNING s.sealed"
        }
    };
    let sealed = key.new_secret(whose)?;
    let row = transaction
        .query_one(statement, &[&tenant, &terminal, &sealed])
        .await?;
    let sealed: Vec<u8> = row.try_get(0)?;
    Ok(key.secret(whose, &sealed)?)
}

/// Which secret it is, as a terminal says which it has: the first eight bytes of its SHA-256, in hexadecimal digits.
pub fn fingerprint(secret: &[u8]) -> String {
    hex::encode(&Sha256::digest(secret)[..8])
}

/// The code of this moment, in seconds since 1970, and for how many seconds it is good here. A terminal takes it a step longer.
///
/// # Errors
/// [`ServiceCodeError::Secret`].
pub fn code(secret: Vec<u8>, now: u64) -> Result<(String, u64), ServiceCodeError> {
    let codes = Builder::new()
        .with_digits(DIGITS)
        .with_step_duration(STEP)
        .with_secret(secret)
        .build()
        .map_err(|error| FactorError::Codes(error.to_string()))?;
    Ok((codes.generate(now).to_string(), STEP - now % STEP))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_those_of_the_standard() {
        // RFC 4226, appendix D: the last eight digits of counters 1 and 2.
        let secret = b"12345678901234567890".to_vec();
        assert_eq!(
            code(secret.clone(), 60).unwrap(),
            ("94287082".to_owned(), 60)
        );
        assert_eq!(code(secret, 179).unwrap(), ("37359152".to_owned(), 1));
    }
}
