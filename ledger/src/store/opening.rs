//! Creating and opening a ledger.

use std::io;

use meterpost_signing::{KeyName, Signer, VerifierKey};
use rusqlite::Connection;

use super::append::{Position, prepare};
use super::database::{Content, FORMAT, accept, content, make_durable, migrate, open_writer};
use super::error::{CommitError, CreateError, DatabaseTrouble, OpenError, database_trouble};
use super::ledger::Ledger;
use super::lock::Lock;
use super::medium::{Disk, Medium};
use super::view::{LogView, second_view, view_log};
use crate::books::Books;
use crate::decide::{DatabaseView, Decision, Refusal, SecondNote, SecondView, decide};
use crate::entry::Stamp;
use crate::event::Event;
use crate::folder::Folder;
use crate::head_file::HeadFile;
use crate::merkle::Frontier;

/// What opening found that people should know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// How many entries there are.
    pub size: u64,
    /// Anything out of the ordinary, to be shown to staff and logged.
    pub notes: Vec<SecondNote>,
}

impl Ledger {
    /// Makes a new log in a folder that has none, with its first entry, and the second head. The key stays as it is.
    pub fn create(
        folder: &Folder,
        origin: &str,
        signer: Box<dyn Signer>,
        stamp: &Stamp,
        software: &str,
    ) -> Result<Ledger, CreateError> {
        let medium = Box::new(Disk(folder.clone()));
        Ledger::create_on(medium, folder, origin, signer, stamp, software)
    }

    pub(super) fn create_on(
        medium: Box<dyn Medium>,
        folder: &Folder,
        origin: &str,
        signer: Box<dyn Signer>,
        stamp: &Stamp,
        software: &str,
    ) -> Result<Ledger, CreateError> {
        let vkey = VerifierKey::new(KeyName::new(origin)?, signer.public_key());
        let lock = Lock::exclusive(&folder.lock())
            .map_err(|source| create_io("lock file", source))?
            .ok_or(CreateError::InUse)?;
        if medium.read_head() != HeadFile::Absent {
            return Err(CreateError::Exists);
        }
        let mut connection = open_empty(folder, medium.as_ref())?;
        let empty = Position {
            books: Books::new(),
            tree: Frontier::default(),
            wall: 0,
        };
        let created = Event::LogCreated {
            software: software.to_owned(),
        };
        let batch = prepare(&empty, stamp, &[created])?;
        let head = batch.sign(vkey.name(), signer.as_ref())?;
        let write = |connection: &mut Connection| {
            let transaction = connection.transaction()?;
            migrate(&transaction, 0)?;
            transaction.execute(
                "INSERT INTO log (id, vkey) VALUES (1, ?1)",
                [vkey.to_string()],
            )?;
            batch.write(&transaction, 0, &head)?;
            transaction.commit()?;
            accept(connection)
        };
        write(&mut connection).map_err(|e| CommitError::Database(e.to_string()))?;
        // SQLite syncs the directory for its journals, not for a database it just made.
        medium
            .sync_directory()
            .map_err(|source| create_io("data folder", source))?;
        medium
            .write_head(&head)
            .map_err(|source| create_io("second head", source))?;
        Ok(Ledger {
            connection,
            medium,
            signer,
            folder: folder.clone(),
            vkey,
            position: batch.after,
            second_size: Some(head.checkpoint().size),
            head,
            poisoned: None,
            _lock: lock,
        })
    }

    /// Opens the log of a folder: reads all of it, checks it against its signed head and the second head, rebuilds the
    /// books, and refuses with a reason where something is wrong.
    pub fn open(folder: &Folder, signer: Box<dyn Signer>) -> Result<(Ledger, Opened), OpenError> {
        Ledger::open_on(Box::new(Disk(folder.clone())), folder, signer)
    }

    pub(super) fn open_on(
        medium: Box<dyn Medium>,
        folder: &Folder,
        signer: Box<dyn Signer>,
    ) -> Result<(Ledger, Opened), OpenError> {
        if !folder.directory().is_dir() {
            let second = rough_second(&medium.read_head());
            return Err(refusal(decide(&DatabaseView::Absent, &second)));
        }
        let lock = Lock::exclusive(&folder.lock())
            .map_err(|source| open_io("lock file", source))?
            .ok_or(OpenError::InUse)?;
        let file = medium.read_head();
        let (connection, log) = match read_database(folder, medium.as_ref(), &file)? {
            Found::Log(connection, log) => (connection, log),
            Found::Nothing(view) => return Err(refusal(decide(&view, &rough_second(&file)))),
        };
        let second = second_view(&file, &log.vkey);
        let state = log.state(&signer.public_key());
        let notes = match decide(&DatabaseView::Present(state), &second) {
            Decision::Open => Vec::new(),
            Decision::OpenAndRewriteSecond(note) => vec![note],
            refused => return Err(refusal(refused)),
        };
        let head = log
            .head
            .map_err(|why| OpenError::Refused(Refusal::BadCheckpoint(why)))?;
        accept(&connection).map_err(|error| OpenError::Database(error.to_string()))?;
        let mut ledger = Ledger {
            connection,
            medium,
            signer,
            folder: folder.clone(),
            vkey: log.vkey,
            position: Position {
                books: log.examination.books,
                tree: log.examination.tree,
                wall: log.examination.wall,
            },
            second_size: match second {
                SecondView::Present { size, .. } => Some(size),
                _ => None,
            },
            head,
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

enum Found {
    Log(Connection, Box<LogView>),
    Nothing(DatabaseView),
}

fn read_database(
    folder: &Folder,
    medium: &dyn Medium,
    second: &HeadFile,
) -> Result<Found, OpenError> {
    match medium.database_length() {
        Err(source) => return Err(open_io("database", source)),
        // An empty one is not even opened: SQLite would remove a write-ahead log beside it.
        Ok(None | Some(0)) => return Ok(Found::Nothing(DatabaseView::Absent)),
        Ok(Some(_)) => {}
    }
    let read = || -> Result<Result<Found, OpenError>, rusqlite::Error> {
        let connection = open_writer(&folder.database(), medium.vfs(), false)?;
        match content(&connection)? {
            Content::Empty => return Ok(Ok(Found::Nothing(DatabaseView::Absent))),
            Content::Other => {
                let why = "it belongs to another program".to_owned();
                return Ok(Ok(Found::Nothing(DatabaseView::Damaged(why))));
            }
            Content::Ledger(found) if found > FORMAT => {
                let known = FORMAT;
                return Ok(Err(OpenError::Newer { found, known }));
            }
            Content::Ledger(_) => {}
        }
        make_durable(&connection, medium.synchronous())?;
        Ok(Ok(match view_log(&connection, second)? {
            Ok(log) => Found::Log(connection, Box::new(log)),
            Err(why) => Found::Nothing(DatabaseView::Damaged(why)),
        }))
    };
    match read() {
        Ok(found) => found,
        Err(error) => match database_trouble(&error) {
            DatabaseTrouble::InUse => Err(OpenError::InUse),
            DatabaseTrouble::Damaged(why) => Ok(Found::Nothing(DatabaseView::Damaged(why))),
            DatabaseTrouble::Failed(why) => Err(OpenError::Database(why)),
        },
    }
}

/// The second head where there is no log to check it against: all that counts is whether there is one.
fn rough_second(file: &HeadFile) -> SecondView {
    match file {
        HeadFile::Absent => SecondView::Absent,
        HeadFile::Damaged(why) => SecondView::Damaged(why.clone()),
        HeadFile::Note(_) => SecondView::Foreign("there is no log to check it against".into()),
    }
}

fn refusal(decision: Decision) -> OpenError {
    match decision {
        Decision::Refuse(refusal) => OpenError::Refused(refusal),
        // The table opens only what is present.
        Decision::Create | Decision::Open | Decision::OpenAndRewriteSecond(_) => {
            OpenError::NoLedger
        }
    }
}

/// The database of a folder without a log: new, or left empty by a creation that was cut off.
fn open_empty(folder: &Folder, medium: &dyn Medium) -> Result<Connection, CreateError> {
    let open = || {
        let connection = open_writer(&folder.database(), medium.vfs(), true)?;
        let content = content(&connection)?;
        if content == Content::Empty {
            make_durable(&connection, medium.synchronous())?;
        }
        Ok((connection, content))
    };
    match open() {
        Ok((connection, Content::Empty)) => Ok(connection),
        Ok(_) => Err(CreateError::Exists),
        Err(error) => Err(match database_trouble(&error) {
            DatabaseTrouble::InUse => CreateError::InUse,
            DatabaseTrouble::Damaged(_) => CreateError::Exists,
            DatabaseTrouble::Failed(why) => CreateError::Database(why),
        }),
    }
}

fn create_io(what: &'static str, source: io::Error) -> CreateError {
    CreateError::Io { what, source }
}

fn open_io(what: &'static str, source: io::Error) -> OpenError {
    OpenError::Io { what, source }
}
