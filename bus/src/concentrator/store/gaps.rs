//! Days and months between frozen values of which nothing is known: they were owed when the concentrator was stopped.

use rusqlite::params;

use super::{Period, Store, StoreError};
use crate::concentrator::freeze;

impl Store {
    /// The periods of a point without any value that lie between some with one, the oldest first, no further back than an
    /// outage is followed up.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn gaps(&self, point: u16) -> Result<Vec<Period>, StoreError> {
        let days = self.between(point, 0, freeze::LONGEST)?;
        let months = self.between(point, 1, freeze::LONGEST / 31 + 1)?;
        let days = days.into_iter().map(Period::Day);
        Ok(days.chain(months.into_iter().map(Period::Month)).collect())
    }

    fn between(&self, point: u16, kind: u8, reach: i64) -> Result<Vec<i64>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT period FROM freeze WHERE kind = ?1 AND point = ?2 AND period >= \
             (SELECT max(period) FROM freeze WHERE kind = ?1 AND point = ?2) - ?3 ORDER BY period",
        )?;
        let known = statement
            .query_map(params![kind, point, reach], |row| row.get::<_, i64>(0))?
            .collect::<Result<Vec<_>, _>>()?;
        let pairs = known.iter().zip(known.iter().skip(1));
        Ok(pairs.flat_map(|(a, b)| a + 1..*b).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::concentrator::store::{Frozen, Write};

    fn missed(point: u16, period: Period) -> Write {
        Write::Frozen {
            point,
            period,
            value: Frozen::Missed,
            at: 0,
        }
    }

    #[test]
    fn what_lies_between_two_values_is_owed_and_nothing_before_the_first() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = Store::open(&folder.path().join("node.db"), None).unwrap();
        assert_eq!(store.gaps(7).unwrap(), []);
        let day = |number| missed(7, Period::Day(number));
        let other = missed(8, Period::Day(102));
        let months = [
            missed(7, Period::Month(24_312)),
            missed(7, Period::Month(24_314)),
        ];
        let mut writes = vec![day(100), day(101), day(104), other];
        writes.extend(months);
        store.write(&writes).unwrap();
        let owed = [Period::Day(102), Period::Day(103), Period::Month(24_313)];
        assert_eq!(store.gaps(7).unwrap(), owed);
        assert_eq!(store.gaps(8).unwrap(), []);
    }
}
