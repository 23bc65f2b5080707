//! Pages: A4 across, the columns' names on each of them, in the font of the terminals' screens, of which the file holds the characters that it
//! uses. Laying a page out is in `sheet`.

use std::path::PathBuf;

use krilla::Document;
use krilla::metadata::Metadata;
use krilla::page::PageSettings;

use super::run::ReportError;
use super::sheet::{Fonts, HEIGHT, Sheet, WIDTH, Widths};
use super::table::{Heading, Language, Row, Said};
use super::write::Writer;

/// Longest file: nobody reads more on paper, and a document is made in memory.
const ROWS: usize = 20_000;

const PAGE: Said = Said("Page", "第");
const OF_PAGE: Said = Said("", "页");

/// A file that is written: the rows are kept, for the widths follow from them.
pub(super) struct File {
    heading: Heading,
    path: PathBuf,
    rows: Vec<Row>,
}

impl File {
    pub(super) fn new(heading: &Heading, path: PathBuf) -> Result<File, ReportError> {
        Ok(File {
            heading: heading.clone(),
            path,
            rows: Vec::new(),
        })
    }

    fn document(&self, total: Option<&Row>) -> Result<Vec<u8>, ReportError> {
        let fonts =
            Fonts::load().ok_or_else(|| ReportError::Write("the font cannot be read".into()))?;
        let language = self.heading.language;
        let texts = self.rows.iter().chain(total);
        let widths = Widths::new(&fonts, &self.heading, texts);
        let mut document = Document::new();
        let code = match language {
            Language::English => "en",
            Language::Chinese => "zh-CN",
        };
        let metadata = Metadata::new()
            .title(self.heading.title.to_owned())
            .language(code.to_owned());
        document.set_metadata(metadata);
        let mut left = self.rows.as_slice();
        let mut number = 1;
        loop {
            let settings = PageSettings::from_wh(WIDTH, HEIGHT)
                .ok_or_else(|| ReportError::Write("a page without a size".into()))?;
            let mut page = document.start_page_with(settings);
            let mut sheet = Sheet::new(page.surface(), &fonts, &widths);
            if number == 1 {
                sheet.heading(&self.heading);
            }
            sheet.names(&self.heading);
            while let Some((row, rest)) = left.split_first().filter(|_| sheet.has_room(1)) {
                sheet.row(row, self.heading.columns);
                left = rest;
            }
            // The sums need a line beside the last row, or a page of their own.
            let done = left.is_empty() && sheet.has_room(1);
            if let (true, Some(total)) = (done, total) {
                sheet.total(total, self.heading.columns);
            }
            let foot = format!("{} {number} {}", PAGE.in_(language), OF_PAGE.in_(language));
            sheet.foot(self.heading.title, foot.trim_end());
            if done {
                break;
            }
            number += 1;
        }
        document
            .finish()
            .map_err(|error| ReportError::Write(format!("{error:?}")))
    }
}

impl Writer for File {
    fn rows(&mut self, rows: &[Row]) -> Result<(), ReportError> {
        if self.rows.len() + rows.len() > ROWS {
            return Err(ReportError::Long(ROWS as u64));
        }
        self.rows.extend_from_slice(rows);
        Ok(())
    }

    fn end(self: Box<Self>, total: Option<Row>) -> Result<(), ReportError> {
        let bytes = self.document(total.as_ref())?;
        std::fs::write(&self.path, bytes)?;
        std::fs::File::open(&self.path)?.sync_all()?;
        Ok(())
    }
}
