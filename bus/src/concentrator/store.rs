//! What the concentrator keeps across power cuts, in one SQLite file: archive, readings, freezes, events, what is still to be
//! reported.
//!
//! [`Store`] is the file; it blocks and is owned by one thread. [`Keeper`] is the way to it for everybody else. A file that
//! is damaged, or a disk that is full, is told and leaves the concentrator without a store: wires and forwarding go on.

mod events;
mod gaps;
mod import;
mod keeper;
mod schema;
mod write;

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, params};
use serde::{Deserialize, Serialize};

pub use keeper::Keeper;
pub use write::{Retention, Write};

use super::event::Event;
use super::record::Record;
use super::schedule::Answers;
use crate::frame::gdw376::archive::{self, Meter};

/// Why the store cannot do what it should.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// SQLite's own words: damaged, full, read-only.
    #[error("the store failed: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// The file was written by a newer program.
    #[error(
        "the store has version {version}, this program knows versions up to {known}; run the newer program, or move the file away to start with an empty one"
    )]
    Newer {
        /// Its version.
        version: i64,
        /// The newest one that is known.
        known: i64,
    },
    /// The check of the whole file found damage.
    #[error(
        "{} is damaged: {what}; move it away to start with an empty one, and set the meter archive again", path.display()
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What SQLite found.
        what: String,
    },
    /// The archive of an earlier version of this program cannot be taken over.
    #[error("{}: {why}; repair it, or move it away to start with an empty archive", path.display())]
    Import {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// A stored value is not what this program writes.
    #[error("the store has {what} that this program did not write")]
    Strange {
        /// What it is.
        what: &'static str,
    },
    /// There is no store; why was told before.
    #[error("there is no store: {0}")]
    None(String),
}

/// Whose frozen value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Period {
    /// The end of a day, by its number since 2000-01-01.
    Day(i64),
    /// The end of a month: `year * 12 + month - 1`.
    Month(i64),
}

impl Period {
    fn parts(self) -> (i64, i64) {
        match self {
            Period::Day(day) => (0, day),
            Period::Month(month) => (1, month),
        }
    }
}

/// Where a frozen value comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Frozen {
    /// Read by the concentrator after the end of the period.
    Read(Record),
    /// Read later, out of the meter's own memory of that period.
    BackFilled(Record),
    /// There is none and there will be none: nothing is invented.
    Missed,
}

/// Something that every master has to confirm.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Report {
    /// An event.
    Event(Event),
    /// A frozen value.
    Freeze {
        /// The measuring point.
        point: u16,
        /// The period.
        period: Period,
    },
}

/// The store's file.
#[derive(Debug)]
pub struct Store {
    path: PathBuf,
    connection: Connection,
}

/// How long SQLite waits for another program that looks into the file.
const BUSY: Duration = Duration::from_secs(5);

impl Store {
    /// Opens or makes the file, checks it, and takes over the archive of `earlier` (JSON) once.
    ///
    /// # Errors
    /// [`StoreError`]; the file is left as it is.
    pub fn open(path: &Path, earlier: Option<&Path>) -> Result<Store, StoreError> {
        let mut connection = Connection::open(path)?;
        connection.busy_timeout(BUSY)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "cache_size", -512)?;
        let verdict: String =
            connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
        if verdict != "ok" {
            return Err(StoreError::Damaged {
                path: path.to_owned(),
                what: verdict,
            });
        }
        schema::migrate(&mut connection)?;
        let mut store = Store {
            path: path.to_owned(),
            connection,
        };
        if let Some(earlier) = earlier {
            import::once(&mut store, earlier)?;
        }
        Ok(store)
    }

    /// All meters of the archive, by index.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn archive(&self) -> Result<Vec<Meter>, StoreError> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT entry FROM meter ORDER BY idx")?;
        let rows = statement.query_map([], |row| row.get::<_, Vec<u8>>(0))?;
        let mut unit = Vec::new();
        let mut count: u16 = 0;
        for row in rows {
            unit.extend(row?);
            count = count.saturating_add(1);
        }
        let mut bytes = count.to_le_bytes().to_vec();
        bytes.extend(unit);
        archive::decode(&bytes).map_err(|_| StoreError::Strange {
            what: "a meter archive",
        })
    }

    /// Puts this archive in place of the one before: the whole of it, durably, or nothing.
    ///
    /// # Errors
    /// [`StoreError`]; the archive is then as before.
    pub fn set_archive(&mut self, meters: &[Meter]) -> Result<(), StoreError> {
        let transaction = self.connection.transaction()?;
        transaction.execute("DELETE FROM meter", [])?;
        for meter in meters {
            let unit = archive::encode(std::slice::from_ref(meter));
            let unit = unit.map_err(|_| StoreError::Strange { what: "a meter" })?;
            let entry = unit.get(2..).unwrap_or_default();
            transaction.execute(
                "INSERT INTO meter (idx, entry) VALUES (?1, ?2)",
                params![meter.index, entry],
            )?;
        }
        transaction.commit()?;
        Ok(())
    }

    /// The last reading of a point.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn reading(&self, point: u16) -> Result<Option<Record>, StoreError> {
        let text: Option<String> = self
            .connection
            .prepare_cached("SELECT record FROM reading WHERE point = ?1")?
            .query_row([point], |row| row.get(0))
            .optional()?;
        text.map(|text| read_json(&text, "a reading")).transpose()
    }

    /// The frozen value of a point for a period; `None` = nothing is known yet.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn frozen(&self, point: u16, period: Period) -> Result<Option<Frozen>, StoreError> {
        let (kind, number) = period.parts();
        let found: Option<(i64, Option<String>)> = self
            .connection
            .prepare_cached(
                "SELECT source, record FROM freeze WHERE kind = ?1 AND period = ?2 AND point = ?3",
            )?
            .query_row(params![kind, number, point], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .optional()?;
        let strange = StoreError::Strange {
            what: "a frozen value",
        };
        Ok(match found {
            None => None,
            Some((2, _)) => Some(Frozen::Missed),
            Some((source, Some(text))) => {
                let record = read_json(&text, "a frozen value")?;
                Some(if source == 0 {
                    Frozen::Read(record)
                } else {
                    Frozen::BackFilled(record)
                })
            }
            Some((_, None)) => return Err(strange),
        })
    }

    /// The newest period of this kind that anything is known of.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn last_day(&self, point: u16) -> Result<Option<i64>, StoreError> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT max(period) FROM freeze WHERE kind = 0 AND point = ?1")?;
        Ok(statement.query_row([point], |row| row.get(0))?)
    }

    /// What is known of each meter's answers.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn answers(&self) -> Result<Vec<(u16, Answers)>, StoreError> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT point, state FROM answers")?;
        let rows = statement.query_map([], |row| {
            Ok((row.get::<_, u16>(0)?, row.get::<_, String>(1)?))
        })?;
        rows.map(|row| {
            let (point, text) = row?;
            Ok((point, read_json(&text, "a meter's answers")?))
        })
        .collect()
    }

    /// Up to `limit` reports that this uplink has not confirmed, the oldest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn unreported(&self, uplink: &str, limit: u32) -> Result<Vec<(i64, Report)>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT number, body FROM report \
             WHERE number > coalesce((SELECT confirmed FROM uplink WHERE name = ?1), 0) \
             ORDER BY number LIMIT ?2",
        )?;
        let rows = statement.query_map(params![uplink, limit], |row| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?))
        })?;
        rows.map(|row| {
            let (number, text) = row?;
            Ok((number, read_json(&text, "a report")?))
        })
        .collect()
    }

    /// How many reports wait for each uplink.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn waiting(&self) -> Result<Vec<(String, i64)>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT name, (SELECT count(*) FROM report WHERE number > confirmed) FROM uplink \
             ORDER BY name",
        )?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// A setting of this name.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn setting(&self, name: &str) -> Result<Option<String>, StoreError> {
        Ok(self
            .connection
            .prepare_cached("SELECT value FROM setting WHERE name = ?1")?
            .query_row([name], |row| row.get(0))
            .optional()?)
    }

    /// Bytes of the file.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn size(&self) -> Result<u64, StoreError> {
        let pages: i64 = self
            .connection
            .query_row("PRAGMA page_count", [], |row| row.get(0))?;
        let page: i64 = self
            .connection
            .query_row("PRAGMA page_size", [], |row| row.get(0))?;
        Ok(u64::try_from(pages * page).unwrap_or(0))
    }

    /// Where the file is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

fn read_json<T: for<'de> Deserialize<'de>>(
    text: &str,
    what: &'static str,
) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|_| StoreError::Strange { what })
}

fn json<T: Serialize>(value: &T, what: &'static str) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|_| StoreError::Strange { what })
}

#[cfg(test)]
mod tests;
