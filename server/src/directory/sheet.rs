//! Sheets as files: CSV in UTF-8 (RFC 4180) and XLSX workbooks, read as rows of text and written from them.

use std::io::Cursor;

use calamine::{Data, Reader, Xlsx, open_workbook_from_rs};
use thiserror::Error;

use crate::report::harmless;

/// Most rows of a file that is read.
pub const MOST_ROWS: usize = 5_000;

/// Why a file is no sheet.
#[derive(Debug, Error)]
pub enum SheetError {
    /// Of another encoding.
    #[error("the file is not UTF-8: save it as \"CSV UTF-8\" or as a workbook (.xlsx)")]
    Encoding,
    /// Not as CSV is written.
    #[error("row {row}: this is not CSV: {why}")]
    Csv {
        /// Where.
        row: u64,
        /// What.
        why: String,
    },
    /// Not a workbook that can be read.
    #[error("the workbook cannot be read: {0}")]
    Workbook(String),
    /// Longer than one that is read.
    #[error("the file has more than {MOST_ROWS} rows; split it")]
    Long,
    /// It could not be written.
    #[error("the file cannot be written: {0}")]
    Write(String),
}

/// The rows of a file, whichever of the two it is.
///
/// # Errors
/// [`SheetError`].
pub fn read(bytes: &[u8]) -> Result<Vec<Vec<String>>, SheetError> {
    // A workbook is a ZIP archive.
    let rows = match bytes.starts_with(b"PK\x03\x04") {
        true => read_workbook(bytes)?,
        false => read_csv(bytes)?,
    };
    match rows.len() {
        0..=MOST_ROWS => Ok(rows),
        _ => Err(SheetError::Long),
    }
}

fn read_csv(bytes: &[u8]) -> Result<Vec<Vec<String>>, SheetError> {
    let text = std::str::from_utf8(bytes).map_err(|_| SheetError::Encoding)?;
    let text = text.trim_start_matches('\u{feff}');
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes());
    let (mut rows, mut record) = (Vec::new(), csv::StringRecord::new());
    loop {
        let began = reader.position().line();
        match reader.read_record(&mut record) {
            Ok(true) => {}
            Ok(false) => return Ok(rows),
            Err(error) => {
                return Err(SheetError::Csv {
                    row: rows.len() as u64 + 1,
                    why: error.to_string(),
                });
            }
        }
        // The reader passes over empty lines, which are rows for whoever counts.
        let within: usize = record.iter().map(|cell| cell.matches('\n').count()).sum();
        let lines = reader.position().line() - began;
        let empty = lines.saturating_sub(1 + within as u64);
        if rows.len() as u64 + empty >= MOST_ROWS as u64 {
            return Err(SheetError::Long);
        }
        rows.extend((0..empty).map(|_| Vec::new()));
        rows.push(record.iter().map(plain).collect());
    }
}

fn read_workbook(bytes: &[u8]) -> Result<Vec<Vec<String>>, SheetError> {
    let wrong = |error: calamine::XlsxError| SheetError::Workbook(error.to_string());
    let mut book: Xlsx<_> = open_workbook_from_rs(Cursor::new(bytes)).map_err(wrong)?;
    let sheet = book
        .worksheet_range_at(0)
        .ok_or_else(|| SheetError::Workbook("it has no sheet".to_owned()))?;
    let sheet = sheet.map_err(wrong)?;
    if sheet.height() > MOST_ROWS {
        return Err(SheetError::Long);
    }
    let cell = |cell: &Data| match cell {
        Data::String(text) => plain(text),
        // A number that has no fraction is one without a point: meters and addresses are digits.
        Data::Float(number) if number.fract() == 0.0 && number.abs() < 1e15 => {
            format!("{number:.0}")
        }
        other => other.to_string(),
    };
    Ok(sheet
        .rows()
        .map(|row| row.iter().map(cell).collect())
        .collect())
}

/// Without the apostrophe that keeps a spreadsheet from carrying a text out.
fn plain(text: &str) -> String {
    let kept = text
        .strip_prefix('\'')
        .filter(|rest| harmless(rest) != *rest);
    kept.unwrap_or(text).to_owned()
}

/// A file that is written row by row.
pub enum Writing {
    /// Comma separated.
    Csv(Box<csv::Writer<Vec<u8>>>),
    /// A workbook, and its next row.
    Xlsx(Box<rust_xlsxwriter::Workbook>, u32),
}

impl Writing {
    /// An empty CSV file.
    pub fn csv() -> Writing {
        // The mark by which office programs know UTF-8.
        let begin = "\u{feff}".as_bytes().to_vec();
        let csv = csv::WriterBuilder::new()
            .terminator(csv::Terminator::CRLF)
            .from_writer(begin);
        Writing::Csv(Box::new(csv))
    }

    /// An empty workbook, whose rows go to the disk as they come.
    ///
    /// # Errors
    /// [`SheetError::Write`], where there is no room for them.
    pub fn xlsx() -> Result<Writing, SheetError> {
        let mut book = rust_xlsxwriter::Workbook::new();
        let added = book.add_worksheet_with_constant_memory();
        added.map_err(|error| SheetError::Write(error.to_string()))?;
        Ok(Writing::Xlsx(Box::new(book), 0))
    }

    /// A row more.
    ///
    /// # Errors
    /// [`SheetError::Write`].
    pub fn row(&mut self, cells: &[String]) -> Result<(), SheetError> {
        let failed = |why: String| SheetError::Write(why);
        match self {
            Writing::Csv(csv) => {
                let cells = cells.iter().map(|cell| harmless(cell).into_owned());
                csv.write_record(cells)
                    .map_err(|error| failed(error.to_string()))
            }
            Writing::Xlsx(book, row) => {
                let sheet = book.worksheet_from_index(0);
                let sheet = sheet.map_err(|error| failed(error.to_string()))?;
                for (column, cell) in (0u16..).zip(cells) {
                    // Text, whatever it looks like: numbers of meters keep their zeros.
                    sheet
                        .write_string(*row, column, harmless(cell).as_ref())
                        .map_err(|error| failed(error.to_string()))?;
                }
                *row += 1;
                Ok(())
            }
        }
    }

    /// The whole file.
    ///
    /// # Errors
    /// [`SheetError::Write`].
    pub fn end(self) -> Result<Vec<u8>, SheetError> {
        match self {
            Writing::Csv(csv) => csv
                .into_inner()
                .map_err(|error| SheetError::Write(error.to_string())),
            Writing::Xlsx(mut book, _) => book
                .save_to_buffer()
                .map_err(|error| SheetError::Write(error.to_string())),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written(mut writing: Writing, rows: &[Vec<String>]) -> Vec<u8> {
        rows.iter().for_each(|row| writing.row(row).unwrap());
        writing.end().unwrap()
    }

    #[test]
    fn another_encoding_and_no_workbook_are_said() {
        let gbk = [0xcd, 0xf5, b',', b'1'];
        assert!(matches!(read(&gbk), Err(SheetError::Encoding)));
        assert!(matches!(
            read(b"PK\x03\x04rubbish"),
            Err(SheetError::Workbook(_))
        ));
        assert_eq!(read(b"").unwrap(), Vec::<Vec<String>>::new());
        let long = "a\r\n".repeat(MOST_ROWS + 1);
        assert!(matches!(read(long.as_bytes()), Err(SheetError::Long)));
    }

    #[test]
    fn rows_are_counted_as_the_file_has_them() {
        let rows = read(b"a,b\r\n\r\n\"1\n2\",x\r\n3,y\r\n").unwrap();
        assert_eq!(
            rows,
            [vec!["a", "b"], vec![], vec!["1\n2", "x"], vec!["3", "y"]]
        );
    }

    #[test]
    fn numbers_that_people_typed_into_a_workbook_are_their_digits() {
        let mut book = rust_xlsxwriter::Workbook::new();
        let sheet = book.add_worksheet();
        sheet.write_number(0, 0, 260_305_510_012.0).unwrap();
        sheet.write_number(0, 1, 20.5).unwrap();
        let bytes = book.save_to_buffer().unwrap();
        assert_eq!(read(&bytes).unwrap(), [["260305510012", "20.5"]]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn what_was_written_is_read_again(rows in prop::collection::vec(prop::collection::vec("[a-z0-9=+@,\"王 -]{1,12}", 3), 1..6)) {
            for writing in [Writing::csv(), Writing::xlsx().unwrap()] {
                prop_assert_eq!(&read(&written(writing, &rows)).unwrap(), &rows);
            }
        }

        #[test]
        fn no_bytes_bring_the_reader_down(bytes in prop::collection::vec(any::<u8>(), 0..400), zip in any::<bool>()) {
            let mut all = if zip { b"PK\x03\x04".to_vec() } else { Vec::new() };
            all.extend(bytes);
            let _ = read(&all);
        }
    }
}
