//! Searching for accounts, for people: by what they know of one.

use deadpool_postgres::Transaction;

use crate::database::{DatabaseError, storable};

/// An account that fits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Its number.
    pub account: String,
    /// The holder's name.
    pub name: String,
    /// Building and room.
    pub place: String,
    /// Its district.
    pub district: String,
}

/// Accounts whose number, name or place, or the number of whose meter or card, contains the text, whatever its case; by number.
///
/// # Errors
/// The database's.
pub async fn search(
    transaction: &Transaction<'_>,
    text: &str,
    most: usize,
) -> Result<Vec<Found>, DatabaseError> {
    let pattern = pattern(text);
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let rows = transaction
        .query(
            "SELECT account, name, place, district FROM account JOIN account_search USING (tenant, account) \
             WHERE words LIKE $1 ORDER BY account LIMIT $2",
            &[&pattern, &most],
        )
        .await?;
    let read = |row: &tokio_postgres::Row| {
        Ok(Found {
            account: row.try_get(0)?,
            name: row.try_get(1)?,
            place: row.try_get(2)?,
            district: row.try_get(3)?,
        })
    };
    rows.iter().map(read).collect()
}

/// The text anywhere; what patterns mean otherwise is meant as it stands. A zero byte, which no column holds, fits nothing.
fn pattern(text: &str) -> String {
    let mut pattern = String::from("%");
    // The words are kept in small letters.
    for c in storable(text).to_lowercase().chars() {
        match c {
            '%' | '_' | '\\' => pattern.extend(['\\', c]),
            _ => pattern.push(c),
        }
    }
    pattern.push('%');
    pattern
}

#[cfg(test)]
mod tests {
    use super::pattern;

    #[test]
    fn signs_of_patterns_are_meant_as_they_stand() {
        assert_eq!(pattern("50%_\\"), "%50\\%\\_\\\\%");
        assert_eq!(pattern("A-1 Wang"), "%a-1 wang%");
        assert_eq!(pattern("a\0b"), "%a\u{fffd}b%");
    }
}
