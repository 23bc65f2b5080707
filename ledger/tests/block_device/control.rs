//! The controls: a plain SQLite database in WAL mode. With `synchronous=NORMAL` a commit is not durable, so a harness that
//! sees no loss there would see none anywhere.

use std::path::Path;

use rusqlite::Connection;

use crate::Anything;
use crate::explore::Fault;
use crate::recording::{Promise, Promised};

const FILE: &str = "rows.db";

/// Inserts rows, each a commit, and acknowledges each.
pub fn insert(
    mounted: &Path,
    synchronous: &str,
    rows: u64,
    promise: &mut dyn FnMut(Promise) -> Anything<()>,
) -> Anything<()> {
    let connection = Connection::open(mounted.join(FILE))?;
    connection.execute_batch(&format!(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = {synchronous};
         CREATE TABLE rows (at INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT;"
    ))?;
    let bytes = vec![7_u8; 300];
    for row in 1..=rows {
        connection.execute("INSERT INTO rows VALUES (?1, ?2)", (row as i64, &bytes))?;
        promise(Promise::Size(row))?;
    }
    Ok(())
}

/// Whether the rows that were acknowledged are there.
pub fn judge(mounted: &Path, promised: &Promised) -> Result<(), Fault> {
    let found = count(&mounted.join(FILE)).unwrap_or(0);
    if found < promised.size {
        return Err(Fault::Lost(format!(
            "{} rows were acknowledged, {found} are there",
            promised.size
        )));
    }
    Ok(())
}

fn count(path: &Path) -> Anything<u64> {
    if !path.exists() {
        return Ok(0);
    }
    let connection = Connection::open(path)?;
    let rows: i64 = connection.query_row("SELECT count(*) FROM rows", [], |row| row.get(0))?;
    Ok(rows.try_into()?)
}
