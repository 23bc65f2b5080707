//! A workbook (ECMA-376) with one sheet, written row by row into a temporary file.

use std::path::PathBuf;

use jiff::civil::DateTime;
use meterpost_ledger::Money;
use rust_xlsxwriter::{Color, ExcelDateTime, Format, Workbook, Worksheet, XlsxError};

use super::harmless::harmless;
use super::run::ReportError;
use super::table::{Column, Heading, Kind, Row, Value};
use super::write::Writer;

/// Rows of a sheet, without those above and below the report's own.
const ROWS: u32 = 1_048_000;
/// Spreadsheets keep 15 digits of a number; what has more is written as text, so that no cent is rounded away.
const EXACT: u64 = 1_000_000_000_000_000;

struct Formats {
    bold: Format,
    header: Format,
    money: Format,
    count: Format,
    day: Format,
    moment: Format,
}

impl Formats {
    fn new() -> Formats {
        Formats {
            bold: Format::new().set_bold(),
            header: Format::new()
                .set_bold()
                .set_background_color(Color::RGB(0xE8_ED_F2)),
            money: Format::new().set_num_format("#,##0.00"),
            count: Format::new().set_num_format("#,##0"),
            day: Format::new().set_num_format("yyyy-mm-dd"),
            moment: Format::new().set_num_format("yyyy-mm-dd hh:mm:ss"),
        }
    }

    /// The same for the row of sums.
    fn bold() -> Formats {
        let plain = Formats::new();
        Formats {
            money: plain.money.set_bold(),
            count: plain.count.set_bold(),
            ..plain
        }
    }
}

/// A file that is written.
pub(super) struct File {
    book: Workbook,
    path: PathBuf,
    next: u32,
    rows: u32,
    formats: Formats,
}

impl File {
    pub(super) fn new(heading: &Heading, path: PathBuf) -> Result<File, ReportError> {
        let formats = Formats::new();
        let mut book = Workbook::new();
        if let Some(folder) = path.parent() {
            book.set_tempdir(folder)?;
        }
        let sheet = book.add_worksheet_with_constant_memory()?;
        sheet.set_landscape();
        sheet.write_string_with_format(0, 0, heading.title, &formats.bold)?;
        let mut next = 1;
        for (name, value) in &heading.parameters {
            sheet.write_string(next, 0, *name)?;
            sheet.write_string(next, 1, harmless(value))?;
            next += 1;
        }
        next += 1;
        for (place, column) in (0..).zip(heading.columns) {
            sheet.set_column_width(place, width(column))?;
            let name = column.name.in_(heading.language);
            sheet.write_string_with_format(next, place, name, &formats.header)?;
        }
        next += 1;
        sheet.set_freeze_panes(next, 0)?;
        Ok(File {
            book,
            path,
            next,
            rows: 0,
            formats,
        })
    }
}

/// In characters.
fn width(column: &Column) -> f64 {
    match column.kind {
        Kind::Text | Kind::Word | Kind::Moment => 20.0,
        Kind::Money | Kind::Quantity => 16.0,
        Kind::Day | Kind::Count => 12.0,
    }
}

impl Writer for File {
    fn rows(&mut self, rows: &[Row]) -> Result<(), ReportError> {
        let sheet = self.book.worksheet_from_index(0)?;
        for row in rows {
            if self.rows == ROWS {
                return Err(ReportError::Long(ROWS.into()));
            }
            write_row(sheet, self.next, row, &self.formats)?;
            self.next += 1;
            self.rows += 1;
        }
        Ok(())
    }

    fn end(mut self: Box<Self>, total: Option<Row>) -> Result<(), ReportError> {
        let sheet = self.book.worksheet_from_index(0)?;
        if let Some(row) = total {
            write_row(sheet, self.next, &row, &Formats::bold())?;
        }
        self.book.save(&self.path)?;
        std::fs::File::open(&self.path)?.sync_all()?;
        Ok(())
    }
}

fn write_row(
    sheet: &mut Worksheet,
    line: u32,
    row: &Row,
    formats: &Formats,
) -> Result<(), XlsxError> {
    for (place, cell) in (0..).zip(row) {
        match &cell.value {
            Value::Nothing => continue,
            Value::Text(text) => sheet.write_string(line, place, harmless(text))?,
            Value::Count(count) => match number(*count, 1) {
                Some(number) => {
                    sheet.write_number_with_format(line, place, number, &formats.count)?
                }
                None => sheet.write_string(line, place, count.to_string())?,
            },
            Value::Money(amount @ Money(minor)) => match number(*minor, 100) {
                Some(number) => {
                    sheet.write_number_with_format(line, place, number, &formats.money)?
                }
                None => sheet.write_string(line, place, amount.to_string())?,
            },
            Value::Day(day) => {
                let day = moment(day.to_datetime(jiff::civil::Time::midnight()))?;
                sheet.write_datetime_with_format(line, place, &day, &formats.day)?
            }
            Value::Moment(at) => {
                sheet.write_datetime_with_format(line, place, &moment(*at)?, &formats.moment)?
            }
        };
    }
    Ok(())
}

/// A whole number over `parts`, as the double that is nearest to it: with at most 15 digits, that is the one by which every program shows
/// these very digits. None where there are more.
#[allow(
    clippy::cast_precision_loss,
    reason = "at most 15 digits are exact in a double"
)]
fn number(whole: i64, parts: i64) -> Option<f64> {
    (whole.unsigned_abs() < EXACT).then(|| whole as f64 / parts as f64)
}

/// As spreadsheets count days.
fn moment(at: DateTime) -> Result<ExcelDateTime, XlsxError> {
    let part = |part: i8| u8::try_from(part).unwrap_or(0);
    let year = u16::try_from(at.year()).unwrap_or(1900);
    // Spreadsheets begin with 1900.
    ExcelDateTime::from_ymd(year.max(1900), part(at.month()), part(at.day()))?.and_hms(
        part(at.hour()).into(),
        part(at.minute()),
        f64::from(at.second()),
    )
}

impl From<XlsxError> for ReportError {
    fn from(error: XlsxError) -> ReportError {
        ReportError::Write(error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn an_amount_in_a_cell_has_the_very_digits_of_the_amount(minor in -999_999_999_999_999_i64..=999_999_999_999_999) {
            let cell = number(minor, 100).unwrap();
            // The shortest text of the double is what stands in the file; with two places it is the amount again.
            let (text, shown) = (cell.to_string(), format!("{cell:.2}"));
            prop_assert_eq!(shown, Money(minor).to_string());
            prop_assert_eq!(text.parse::<Money>().unwrap(), Money(minor));
        }
    }

    #[test]
    fn an_amount_with_more_digits_than_a_spreadsheet_keeps_is_text() {
        assert_eq!(number(999_999_999_999_999, 100), Some(9_999_999_999_999.99));
        for minor in [1_000_000_000_000_000, 1 << 53, i64::MAX, i64::MIN] {
            assert_eq!(number(minor, 100), None);
        }
    }
}
