//! Creating a ledger.

use std::io;

use meterpost_signing::{KeyName, Signer, VerifierKey};
use rusqlite::Connection;

use super::append::{Position, prepare};
use super::database::{accept, make_durable, open_writer};
use super::error::{CommitError, CreateError, DatabaseTrouble, database_trouble};
use super::ledger::Ledger;
use super::lock::Lock;
use super::medium::{Disk, Medium};
use super::schema::{Content, content, migrate};
use crate::books::Books;
use crate::entry::Stamp;
use crate::event::Event;
use crate::folder::Folder;
use crate::head_file::{HeadFile, Notes};
use crate::merkle::Edge;

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
            tree: Edge::default(),
            last: None,
            stated: 0,
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
        write(&mut connection).map_err(CommitError::from_database)?;
        // SQLite syncs the directory for its journals, not for a database it just made.
        medium
            .sync_directory()
            .map_err(|source| create_io("data folder", source))?;
        let notes = Notes {
            head: head.to_text(),
            cosigned: None,
        };
        medium
            .write_head(&notes)
            .map_err(|source| create_io("second head", source))?;
        Ok(Ledger {
            connection,
            medium,
            signer,
            folder: folder.clone(),
            first: vkey.clone(),
            vkey,
            position: batch.after,
            second_size: Some(head.checkpoint().size),
            head,
            cosigned: None,
            poisoned: None,
            _lock: lock,
        })
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
            DatabaseTrouble::NotWritable(_) | DatabaseTrouble::Failed(_) => {
                CreateError::Commit(CommitError::from_database(error))
            }
        }),
    }
}

fn create_io(what: &'static str, source: io::Error) -> CreateError {
    CreateError::Io { what, source }
}
