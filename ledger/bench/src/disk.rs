//! The room a log takes.

use std::path::Path;

use crate::bare;
use crate::place::{Outcome, bytes_in};
use crate::table::{Mark, Table};

/// Fills the row of the table; the log is closed.
pub fn measure(directory: &Path, table: &mut Table) -> Outcome<()> {
    let connection = bare::open_ledger(&directory.join("ledger.db"))?;
    let (entries, bytes): (i64, i64) = connection.query_row(
        "SELECT count(*), sum(length(bytes)) FROM entry",
        [],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    let files = bytes_in(directory)?;
    let measured = files as f64 / bytes as f64;
    table.row(
        "disk: all files of the closed log ÷ bytes of its entries",
        format!("{measured:.2}"),
        "≤ 1.6",
        Mark::at_most(measured, 1.6),
    );
    table.info(
        format!(
            "all files, for {entries} entries of {} bytes",
            bytes / entries
        ),
        format!("{:.1} MiB", files as f64 / f64::from(1 << 20)),
    );
    Ok(())
}
