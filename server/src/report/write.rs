//! Files. A writer waits for its disk on a thread of its own, and the rows wait for the writer: whatever the report's length, a few pieces
//! of it are in memory.

use std::path::{Path, PathBuf};

use deadpool_postgres::Transaction;
use tokio::sync::mpsc::{Receiver, Sender, channel};

use super::asked::{Asked, Span};
use super::run::{ReportError, Sink, heading, run};
use super::table::{Heading, Language, Row};
use super::{csv, pdf, xlsx};

/// Pieces that wait for the writer.
const WAITING: usize = 2;

/// A kind of file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// Text with commas.
    Csv,
    /// A workbook.
    Xlsx,
    /// Pages.
    Pdf,
}

impl Format {
    /// All of them.
    pub const ALL: [Format; 3] = [Format::Csv, Format::Xlsx, Format::Pdf];

    /// As addresses, configurations and file names have it.
    pub fn word(self) -> &'static str {
        match self {
            Format::Csv => "csv",
            Format::Xlsx => "xlsx",
            Format::Pdf => "pdf",
        }
    }

    /// The format of this word.
    pub fn parse(word: &str) -> Option<Format> {
        Format::ALL.into_iter().find(|format| format.word() == word)
    }

    /// The media type.
    pub fn media_type(self) -> &'static str {
        match self {
            Format::Csv => "text/csv; charset=utf-8",
            Format::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Format::Pdf => "application/pdf",
        }
    }
}

/// What makes a file of rows.
pub(super) trait Writer {
    /// Rows more.
    fn rows(&mut self, rows: &[Row]) -> Result<(), ReportError>;
    /// The sums, and the file is whole.
    fn end(self: Box<Self>, total: Option<Row>) -> Result<(), ReportError>;
}

enum Message {
    Rows(Vec<Row>),
    End(Option<Row>),
}

struct Waiting(Sender<Message>);

impl Sink for Waiting {
    async fn take(&mut self, rows: Vec<Row>) -> Result<(), ReportError> {
        let sent = self.0.send(Message::Rows(rows)).await;
        sent.map_err(|_| ReportError::Gone)
    }
}

/// Writes a report into a file, which is whole only where this succeeds; how many rows it has.
///
/// # Errors
/// [`ReportError`].
pub async fn write(
    transaction: &Transaction<'_>,
    (asked, span, language): (&Asked, &Span, Language),
    (format, path): (Format, &Path),
) -> Result<u64, ReportError> {
    let heading = heading(transaction, asked, span, language).await?;
    let (sender, receiver) = channel(WAITING);
    let path = path.to_owned();
    let writing = tokio::task::spawn_blocking(move || write_all(format, &heading, path, receiver));
    let mut waiting = Waiting(sender);
    let ran = run(transaction, (asked, span, language), &mut waiting).await;
    let ran = match ran {
        Ok(totals) => {
            let end = Message::End(totals.row(language));
            let sent = waiting.0.send(end).await;
            sent.map(|()| totals.rows()).map_err(|_| ReportError::Gone)
        }
        Err(error) => Err(error),
    };
    drop(waiting);
    let written = writing
        .await
        .map_err(|error| ReportError::Write(error.to_string()))?;
    match (ran, written) {
        (Ok(rows), Ok(())) => Ok(rows),
        // The rows are not taken because the writer failed: that one says why.
        (Err(ReportError::Gone) | Ok(_), Err(error)) => Err(error),
        (Err(error), _) => Err(error),
    }
}

fn write_all(
    format: Format,
    heading: &Heading,
    path: PathBuf,
    mut receiver: Receiver<Message>,
) -> Result<(), ReportError> {
    let mut writer: Box<dyn Writer> = match format {
        Format::Csv => Box::new(csv::File::new(heading, &path)?),
        Format::Xlsx => Box::new(xlsx::File::new(heading, path)?),
        Format::Pdf => Box::new(pdf::File::new(heading, path)?),
    };
    loop {
        match receiver.blocking_recv() {
            Some(Message::Rows(rows)) => writer.rows(&rows)?,
            Some(Message::End(total)) => return writer.end(total),
            None => return Err(ReportError::Gone),
        }
    }
}

impl From<std::io::Error> for ReportError {
    fn from(error: std::io::Error) -> ReportError {
        ReportError::Write(error.to_string())
    }
}
