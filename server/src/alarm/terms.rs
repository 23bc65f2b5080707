//! What counts as a leak and as use by night, for each utility, as a manager sets it.

use deadpool_postgres::Transaction;
use meterpost_ledger::signing::TenantId;
use thiserror::Error;
use tokio_postgres::Row;

use crate::database::DatabaseError;

/// What is watched of a utility's meters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlarmTerms {
    /// Of which utility.
    pub utility: String,
    /// The night, in minutes of the local day; beyond midnight where the end is before the beginning.
    pub night: (i16, i16),
    /// So many nights in a row make a leak; none where leaks are not watched.
    pub leak_nights: Option<i16>,
    /// A smallest flow above so much, in 1/10000 unit an hour.
    pub leak_flow: i64,
    /// Use in a night above so much, in 1/10000 unit; none where it is not watched.
    pub night_use: Option<i64>,
}

/// Why they are not set.
#[derive(Debug, Error)]
pub enum TermsError {
    /// A night that is too short or too long.
    #[error("a night is 1 to 12 hours long; give its beginning and its end")]
    Night,
    /// Nights or quantities that cannot be.
    #[error("a leak is told from 1 to 14 nights, and no quantity is below 0")]
    Range,
    /// A utility that does not leak, or none.
    #[error(
        "leaks are watched of water, hot_water and gas; of electricity and heat only use by night is"
    )]
    Utility,
    /// The database.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

impl From<tokio_postgres::Error> for TermsError {
    fn from(error: tokio_postgres::Error) -> TermsError {
        TermsError::Database(error.into())
    }
}

impl AlarmTerms {
    /// What is wrong with them.
    ///
    /// # Errors
    /// [`TermsError`].
    pub fn check(&self) -> Result<(), TermsError> {
        let minutes = 0..1440;
        let length = (self.night.1 - self.night.0).rem_euclid(1440);
        if !minutes.contains(&self.night.0)
            || !minutes.contains(&self.night.1)
            || !(60..=720).contains(&length)
        {
            return Err(TermsError::Night);
        }
        let nights = self.leak_nights.is_some_and(|n| !(1..=14).contains(&n));
        if nights || self.leak_flow < 0 || self.night_use.is_some_and(|used| used < 0) {
            return Err(TermsError::Range);
        }
        let leaks = ["water", "hot_water", "gas"].contains(&self.utility.as_str());
        let other = ["electricity", "heat"].contains(&self.utility.as_str());
        match leaks || (other && self.leak_nights.is_none()) {
            true => Ok(()),
            false => Err(TermsError::Utility),
        }
    }
}

/// Sets what is watched of a utility; nothing where neither leaks nor use by night are.
///
/// # Errors
/// [`TermsError`]; nothing has changed then.
pub async fn set_alarm_terms(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    terms: &AlarmTerms,
) -> Result<(), TermsError> {
    terms.check()?;
    if terms.leak_nights.is_none() && terms.night_use.is_none() {
        let sql = "DELETE FROM alarm_terms WHERE tenant = $1 AND utility = $2";
        transaction
            .execute(sql, &[&tenant.as_str(), &terms.utility])
            .await?;
        return Ok(());
    }
    transaction
        .execute(
            "INSERT INTO alarm_terms (tenant, utility, night_from, night_to, leak_nights, leak_flow, night_use) \
             VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (tenant, utility) DO UPDATE SET night_from = excluded.night_from, \
             night_to = excluded.night_to, leak_nights = excluded.leak_nights, leak_flow = excluded.leak_flow, night_use = excluded.night_use",
            &[
                &tenant.as_str(),
                &terms.utility,
                &terms.night.0,
                &terms.night.1,
                &terms.leak_nights,
                &terms.leak_flow,
                &terms.night_use,
            ],
        )
        .await?;
    Ok(())
}

fn read(row: &Row) -> Result<AlarmTerms, DatabaseError> {
    Ok(AlarmTerms {
        utility: row.try_get(0)?,
        night: (row.try_get(1)?, row.try_get(2)?),
        leak_nights: row.try_get(3)?,
        leak_flow: row.try_get(4)?,
        night_use: row.try_get(5)?,
    })
}

/// What is watched, by utility.
///
/// # Errors
/// The database's.
pub async fn all_terms(transaction: &Transaction<'_>) -> Result<Vec<AlarmTerms>, DatabaseError> {
    let sql = "SELECT utility, night_from, night_to, leak_nights, leak_flow, night_use FROM alarm_terms ORDER BY utility";
    let rows = transaction.query(sql, &[]).await?;
    rows.iter().map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_that_make_no_sense_are_refused() {
        let good = AlarmTerms {
            utility: "water".to_owned(),
            night: (120, 240),
            leak_nights: Some(3),
            leak_flow: 0,
            night_use: None,
        };
        assert!(good.check().is_ok());
        let beyond_midnight = AlarmTerms {
            night: (1380, 300),
            ..good.clone()
        };
        assert!(beyond_midnight.check().is_ok());
        for night in [(120, 120), (120, 179), (120, 900), (-1, 120), (1440, 120)] {
            let terms = AlarmTerms {
                night,
                ..good.clone()
            };
            assert!(matches!(terms.check(), Err(TermsError::Night)), "{night:?}");
        }
        let nights = AlarmTerms {
            leak_nights: Some(15),
            ..good.clone()
        };
        assert!(matches!(nights.check(), Err(TermsError::Range)));
        for utility in ["electricity", "steam"] {
            let terms = AlarmTerms {
                utility: utility.to_owned(),
                ..good.clone()
            };
            assert!(
                matches!(terms.check(), Err(TermsError::Utility)),
                "{utility}"
            );
        }
    }
}
