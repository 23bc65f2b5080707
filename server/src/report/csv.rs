//! CSV (RFC 4180) in UTF-8, with the mark by which office programs know it. One line with the columns' names, then rows, then the sums.

use std::borrow::Cow;
use std::io::{BufWriter, Write};
use std::path::Path;

use super::harmless::harmless;
use super::run::ReportError;
use super::table::{Heading, Row, Value};
use super::write::Writer;

/// A file that is written.
pub(super) struct File {
    csv: csv::Writer<BufWriter<std::fs::File>>,
}

impl File {
    pub(super) fn new(heading: &Heading, path: &Path) -> Result<File, ReportError> {
        let mut file = BufWriter::new(std::fs::File::create(path)?);
        file.write_all("\u{feff}".as_bytes())?;
        let mut csv = csv::WriterBuilder::new()
            .terminator(csv::Terminator::CRLF)
            .from_writer(file);
        let names = heading.columns.iter();
        csv.write_record(names.map(|column| column.name.in_(heading.language)))?;
        Ok(File { csv })
    }

    fn row(&mut self, row: &Row) -> Result<(), ReportError> {
        for cell in row {
            let text = match &cell.value {
                Value::Text(text) => harmless(text),
                // Amounts may begin with a minus sign; they have digits and a point, and nothing else.
                other => Cow::Owned(other.shown()),
            };
            self.csv.write_field(text.as_ref())?;
        }
        // Ends the record.
        self.csv.write_record(None::<&[u8]>)?;
        Ok(())
    }
}

impl Writer for File {
    fn rows(&mut self, rows: &[Row]) -> Result<(), ReportError> {
        rows.iter().try_for_each(|row| self.row(row))
    }

    fn end(mut self: Box<Self>, total: Option<Row>) -> Result<(), ReportError> {
        total.iter().try_for_each(|row| self.row(row))?;
        let file = self.csv.into_inner();
        let file = file.map_err(|error| ReportError::Write(error.to_string()))?;
        let file = file.into_inner();
        let file = file.map_err(|error| ReportError::Write(error.to_string()))?;
        file.sync_all()?;
        Ok(())
    }
}

impl From<csv::Error> for ReportError {
    fn from(error: csv::Error) -> ReportError {
        ReportError::Write(error.to_string())
    }
}
