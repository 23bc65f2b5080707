//! Reading events back.

use rusqlite::{Row, params};

use super::{Store, StoreError};
use crate::concentrator::clock::{ClockQuality, LocalSeconds, Stamp};
use crate::concentrator::event::{Event, EventKind};

const COLUMNS: &str = "SELECT number, kind, at, quality, point, count FROM event";

impl Store {
    /// Up to `limit` events with numbers above `after`, the oldest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn events(&self, after: i64, limit: u32) -> Result<Vec<Event>, StoreError> {
        let query = format!("{COLUMNS} WHERE number > ?1 ORDER BY number LIMIT ?2");
        let mut statement = self.connection.prepare_cached(&query)?;
        let rows = statement.query_map(params![after, limit], columns)?;
        rows.map(|row| event(row?)).collect()
    }

    /// Up to `limit` of the newest important events, or of the newest others; the oldest of them first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn newest_events(&self, important: bool, limit: u32) -> Result<Vec<Event>, StoreError> {
        let of_class = EventKind::ALL
            .into_iter()
            .filter(|kind| kind.is_important() == important);
        let codes: Vec<String> = of_class.map(|kind| kind.code().to_string()).collect();
        let codes = codes.join(", ");
        let query = format!("{COLUMNS} WHERE kind IN ({codes}) ORDER BY number DESC LIMIT ?1");
        let mut statement = self.connection.prepare_cached(&query)?;
        let rows = statement.query_map([limit], columns)?;
        let mut events: Vec<Event> = rows.map(|row| event(row?)).collect::<Result<_, _>>()?;
        events.reverse();
        Ok(events)
    }

    /// The number of the newest event, and how many of each kind there have been.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn event_counts(&self) -> Result<(i64, Vec<(EventKind, i64)>), StoreError> {
        let newest = self.setting("event")?;
        let newest = newest.and_then(|text| text.parse().ok()).unwrap_or(0);
        let mut statement = self
            .connection
            .prepare_cached("SELECT kind, count FROM counter")?;
        let rows = statement.query_map([], |row| Ok((row.get::<_, u8>(0)?, row.get(1)?)))?;
        let mut counts = Vec::new();
        for row in rows {
            let (kind, count) = row?;
            counts.extend(EventKind::from_code(kind).map(|kind| (kind, count)));
        }
        Ok((newest, counts))
    }
}

/// Number, kind, time, quality, point, count.
type Columns = (i64, u8, LocalSeconds, u8, u16, i64);

fn columns(row: &Row<'_>) -> rusqlite::Result<Columns> {
    Ok((
        row.get(0)?,
        row.get(1)?,
        row.get(2)?,
        row.get(3)?,
        row.get(4)?,
        row.get(5)?,
    ))
}

fn event((number, kind, at, quality, point, count): Columns) -> Result<Event, StoreError> {
    let kind = EventKind::from_code(kind).ok_or(StoreError::Strange { what: "an event" })?;
    Ok(Event {
        number,
        kind,
        seen: Stamp {
            at,
            quality: ClockQuality::from_code(quality),
        },
        point,
        count,
    })
}
