//! Opening a ledger: the decision table carried out.

use std::io;

use meterpost_signing::{SignedCheckpoint, Signer};
use rusqlite::Connection;

use super::append::Position;
use super::database::{accept, fold, make_durable, open_writer};
use super::error::{DatabaseTrouble, OpenError, database_trouble};
use super::ledger::Ledger;
use super::lock::Lock;
use super::medium::{Disk, LEAST_ROOM, Medium};
use super::quick::Quick;
use super::rebuild::rebuild;
use super::schema::{Content, FORMAT, content};
use super::view::{Depth, LogView, view_log};
use crate::decide::{DatabaseView, Decision, Refusal, SecondNote, SecondView, Unwritable, decide};
use crate::folder::Folder;
use crate::head_file::HeadFile;

/// What opening found that people should know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// How many entries there are.
    pub size: u64,
    /// Anything out of the ordinary, to be shown to staff and logged.
    pub notes: Vec<OpeningNote>,
}

/// Something out of the ordinary that did not keep the ledger from being opened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpeningNote {
    /// The second head was written anew.
    #[error("{0}")]
    Second(SecondNote),
    /// What is stored beside the entries was made anew from them.
    #[error(
        "what is stored beside the entries did not fit them ({0}) and was made anew from the entries, which are whole"
    )]
    Replayed(String),
}

impl Ledger {
    /// Opens the log of a folder: checks its end against its signed head, the second head and what a witness has cosigned,
    /// and refuses with a reason where something is wrong. How long that takes does not depend on the log's length; only
    /// where something stored beside the entries does not fit is the whole log read.
    pub fn open(folder: &Folder, signer: Box<dyn Signer>) -> Result<(Ledger, Opened), OpenError> {
        Ledger::open_on(Box::new(Disk(folder.clone())), folder, signer)
    }

    /// The same after reading the whole log, so that whatever stored beside the entries does not fit them is made anew.
    pub fn open_checked(
        folder: &Folder,
        signer: Box<dyn Signer>,
    ) -> Result<(Ledger, Opened), OpenError> {
        let medium = Box::new(Disk(folder.clone()));
        Ledger::open_to(medium, folder, signer, Depth::Everything)
    }

    pub(super) fn open_on(
        medium: Box<dyn Medium>,
        folder: &Folder,
        signer: Box<dyn Signer>,
    ) -> Result<(Ledger, Opened), OpenError> {
        Ledger::open_to(medium, folder, signer, Depth::Enough)
    }

    pub(super) fn open_to(
        medium: Box<dyn Medium>,
        folder: &Folder,
        signer: Box<dyn Signer>,
        depth: Depth,
    ) -> Result<(Ledger, Opened), OpenError> {
        let file = medium.read_head();
        if !folder.directory().is_dir() {
            return Err(refusal(decide(&DatabaseView::Absent, &rough_second(&file))));
        }
        let lock = lock(folder)?;
        let (connection, format, log) = match read_database(folder, medium.as_ref(), &file, depth)?
        {
            Found::Log(connection, format, log) => (connection, format, log),
            Found::Nothing(view) => return Err(refusal(decide(&view, &rough_second(&file)))),
        };
        let second = log.second_view(&file);
        let state = log.state(&signer.public_key());
        let (log, notes) = match decide(&DatabaseView::Present(state), &second) {
            Decision::Open => (log, Vec::new()),
            Decision::OpenAndRewriteSecond(note) => (log, vec![OpeningNote::Second(note)]),
            Decision::Replay { why, second } => {
                let log = replay(&connection, format, &file, &why)?;
                let second = second.map(OpeningNote::Second);
                let replayed = OpeningNote::Replayed(why);
                (log, std::iter::once(replayed).chain(second).collect())
            }
            refused => return Err(refusal(refused)),
        };
        accept(&connection)
            .and_then(|()| fold(&connection))
            .map_err(|error| trouble(&error, &rough_second(&file)))?;
        // Reading everything gives no state to go on from.
        let log = match log.quick {
            Some(_) => log,
            None => read_again(&connection, &file)?,
        };
        let (quick, head) = state_of(&log)?;
        let mut ledger = Ledger {
            connection,
            medium,
            signer,
            folder: folder.clone(),
            first: log.log,
            vkey: log.vkey,
            position: Position {
                books: quick.player.books,
                tree: quick.tree,
                last: quick.player.last,
                stated: quick.stated,
            },
            second_size: match second {
                SecondView::Present { size, .. } => Some(size),
                _ => None,
            },
            head,
            cosigned: log.cosigned_text,
            poisoned: None,
            _lock: lock,
        };
        if !notes.is_empty() {
            ledger
                .sync_head()
                .map_err(|error| open_io("second head", io::Error::other(error.to_string())))?;
        }
        for note in &notes {
            tracing::warn!(%note, "opening the ledger");
        }
        let size = ledger.size();
        Ok((ledger, Opened { size, notes }))
    }
}

fn lock(folder: &Folder) -> Result<Lock, OpenError> {
    match Lock::exclusive(&folder.lock()) {
        Ok(Some(lock)) => Ok(lock),
        Ok(None) => Err(OpenError::InUse),
        Err(error) if error.kind() == io::ErrorKind::ReadOnlyFilesystem => {
            Err(OpenError::Refused(Refusal::DiskReadOnly))
        }
        Err(source) => Err(open_io("lock file", source)),
    }
}

/// The state to go on from, and the head.
fn state_of(log: &LogView) -> Result<(Quick, SignedCheckpoint), OpenError> {
    let head = log
        .head
        .clone()
        .map_err(|why| OpenError::Refused(Refusal::BadCheckpoint(why)))?;
    match &log.quick {
        Some(quick) => Ok((quick.clone(), head)),
        None => Err(OpenError::Database(
            "the log is sound, but its end cannot be read".into(),
        )),
    }
}

/// Makes everything that is stored beside the entries anew, and reads the log again.
fn replay(
    connection: &Connection,
    format: i64,
    second: &HeadFile,
    why: &str,
) -> Result<Box<LogView>, OpenError> {
    tracing::warn!(why, "making what is stored beside the entries anew");
    rebuild(connection, format).map_err(|error| trouble(&error, &rough_second(second)))?;
    read_again(connection, second)
}

fn read_again(connection: &Connection, second: &HeadFile) -> Result<Box<LogView>, OpenError> {
    match view_log(connection, FORMAT, second, Depth::Enough) {
        Ok(Ok(log)) => Ok(Box::new(log)),
        Ok(Err(why)) => Err(OpenError::Database(why)),
        Err(error) => Err(trouble(&error, &rough_second(second))),
    }
}

enum Found {
    Log(Connection, i64, Box<LogView>),
    Nothing(DatabaseView),
}

fn read_database(
    folder: &Folder,
    medium: &dyn Medium,
    second: &HeadFile,
    depth: Depth,
) -> Result<Found, OpenError> {
    match medium.database_length() {
        Err(source) => return Err(open_io("database", source)),
        // An empty one is not even opened: SQLite would remove a write-ahead log beside it.
        Ok(None | Some(0)) => return Ok(Found::Nothing(DatabaseView::Absent)),
        Ok(Some(_)) => {}
    }
    match medium.room() {
        Ok(room) if room < LEAST_ROOM => {
            let full = DatabaseView::NotWritable(Unwritable::Full);
            return Ok(Found::Nothing(full));
        }
        Ok(_) => {}
        Err(source) => return Err(open_io("room on the disk", source)),
    }
    let read = || -> Result<Result<Found, OpenError>, rusqlite::Error> {
        let connection = open_writer(&folder.database(), medium.vfs(), false)?;
        let format = match content(&connection)? {
            Content::Empty => return Ok(Ok(Found::Nothing(DatabaseView::Absent))),
            Content::Other => {
                let why = "it belongs to another program".to_owned();
                return Ok(Ok(Found::Nothing(DatabaseView::Damaged(why))));
            }
            Content::HalfMigrated(why) => {
                return Ok(Ok(Found::Nothing(DatabaseView::HalfMigrated(why))));
            }
            Content::Newer(found) => {
                let known = FORMAT;
                return Ok(Err(OpenError::Newer { found, known }));
            }
            Content::Ledger(format) => format,
        };
        make_durable(&connection, medium.synchronous())?;
        let log = view_log(&connection, format, second, depth)?;
        Ok(Ok(match log {
            Ok(log) => Found::Log(connection, format, Box::new(log)),
            Err(why) => Found::Nothing(DatabaseView::Damaged(why)),
        }))
    };
    match read() {
        Ok(found) => found,
        Err(error) => match database_trouble(&error) {
            DatabaseTrouble::Damaged(why) => Ok(Found::Nothing(DatabaseView::Damaged(why))),
            _ => Err(trouble(&error, &rough_second(second))),
        },
    }
}

fn trouble(error: &rusqlite::Error, second: &SecondView) -> OpenError {
    match database_trouble(error) {
        DatabaseTrouble::InUse => OpenError::InUse,
        DatabaseTrouble::Failed(why) => OpenError::Database(why),
        DatabaseTrouble::Damaged(why) => refusal(decide(&DatabaseView::Damaged(why), second)),
        DatabaseTrouble::NotWritable(why) => {
            refusal(decide(&DatabaseView::NotWritable(why), second))
        }
    }
}

/// The second head where there is no log to check it against: all that counts is whether there is one.
fn rough_second(file: &HeadFile) -> SecondView {
    match file {
        HeadFile::Absent => SecondView::Absent,
        HeadFile::Damaged(why) => SecondView::Damaged(why.clone()),
        HeadFile::Notes(_) => SecondView::Foreign("there is no log to check it against".into()),
    }
}

fn refusal(decision: Decision) -> OpenError {
    match decision {
        Decision::Refuse(refusal) => OpenError::Refused(refusal),
        // The table opens only what is present.
        Decision::Create
        | Decision::Open
        | Decision::OpenAndRewriteSecond(_)
        | Decision::Replay { .. } => OpenError::NoLedger,
    }
}

fn open_io(what: &'static str, source: io::Error) -> OpenError {
    OpenError::Io { what, source }
}
