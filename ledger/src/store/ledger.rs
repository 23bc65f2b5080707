//! The ledger: what the kiosk holds while it runs.

use std::ops::Range;

use meterpost_signing::{
    KeyName, RootHash, SignError, SignedCheckpoint, SignedStatement, Signer, Statement, VerifierKey,
};
use rusqlite::Connection;

use super::append::{Batch, Committed, Position, prepare};
use super::error::{CommitError, SyncError};
use super::lock::Lock;
use super::medium::Medium;
use super::reading::Entries;
use super::tiles::{StoredTiles, StoredTreeError};
use crate::books::Books;
use crate::entry::Stamp;
use crate::event::Event;
use crate::folder::Folder;
use crate::head_file::Notes;
use crate::merkle::{EdgeSource, consistency_proof, inclusion_proof};

/// An open ledger: the one writer of its folder.
pub struct Ledger {
    // Fields are dropped in this order: the database is closed before the lock is given up.
    pub(super) connection: Connection,
    pub(super) medium: Box<dyn Medium>,
    pub(super) signer: Box<dyn Signer>,
    pub(super) folder: Folder,
    /// The log's name and first key.
    pub(super) first: VerifierKey,
    /// The log's name and the key it is signed with now.
    pub(super) vkey: VerifierKey,
    pub(super) position: Position,
    pub(super) head: SignedCheckpoint,
    /// The size the second head has.
    pub(super) second_size: Option<u64>,
    /// The largest checkpoint that a witness has cosigned, as text.
    pub(super) cosigned: Option<String>,
    pub(super) poisoned: Option<String>,
    pub(super) _lock: Lock,
}

impl Ledger {
    /// Appends the events and makes them durable with a signed checkpoint, all or none. When an event breaks a rule
    /// nothing has happened; after a database or signing error the ledger takes nothing more until it is reopened.
    ///
    /// # Errors
    /// See [`CommitError`]; of a refused commit nothing is written.
    pub fn commit(&mut self, stamp: &Stamp, events: &[Event]) -> Result<Committed, CommitError> {
        if let Some(way) = events.iter().find_map(way_of_its_own) {
            return Err(CommitError::OtherWay(way));
        }
        self.commit_beside(stamp, events, |_| Ok(()))
    }

    /// The same, with something else written in the same transaction.
    pub(super) fn commit_beside(
        &mut self,
        stamp: &Stamp,
        events: &[Event],
        beside: impl FnOnce(&Connection) -> Result<(), rusqlite::Error>,
    ) -> Result<Committed, CommitError> {
        if let Some(reason) = &self.poisoned {
            return Err(CommitError::Poisoned(reason.clone()));
        }
        let batch = prepare(&self.position, stamp, events)?;
        match self.make_durable(&batch, beside) {
            Ok(head) => Ok(self.advance(batch, head)),
            Err(error) => {
                // After a failed commit or sync it is open what the disk holds; reading back could show what only the
                // page cache has. Only opening anew decides.
                self.poisoned = Some(error.to_string());
                Err(error)
            }
        }
    }

    fn make_durable(
        &mut self,
        batch: &Batch,
        beside: impl FnOnce(&Connection) -> Result<(), rusqlite::Error>,
    ) -> Result<SignedCheckpoint, CommitError> {
        let head = batch.sign(self.vkey.name(), self.signer.as_ref())?;
        let before = self.position.tree.size();
        let write = |connection: &mut Connection| {
            let transaction = connection.transaction()?;
            batch.write(&transaction, before, &head)?;
            beside(&transaction)?;
            transaction.commit()
        };
        write(&mut self.connection).map_err(CommitError::from_database)?;
        Ok(head)
    }

    fn advance(&mut self, batch: Batch, head: SignedCheckpoint) -> Committed {
        let committed = Committed {
            first_index: batch.first_index(),
            size: head.checkpoint().size,
            root: head.checkpoint().root,
            checkpoint: head.to_text(),
        };
        self.position = batch.after;
        self.head = head;
        committed
    }

    /// Writes the second head, so that a loss of what was committed up to now would be seen. To be called when a sale ends
    /// and when idle; it costs nothing when nothing was committed since.
    pub fn sync_head(&mut self) -> Result<(), SyncError> {
        if let Some(reason) = &self.poisoned {
            return Err(SyncError::Poisoned(reason.clone()));
        }
        let size = self.head.checkpoint().size;
        if self.second_size != Some(size) {
            self.medium.write_head(&Notes {
                head: self.head.to_text(),
                cosigned: self.cosigned.clone(),
            })?;
            self.second_size = Some(size);
        }
        Ok(())
    }

    /// What all committed entries add up to.
    pub fn books(&self) -> &Books {
        &self.position.books
    }

    /// How many entries there are.
    pub fn size(&self) -> u64 {
        self.head.checkpoint().size
    }

    /// The root over all entries.
    pub fn root(&self) -> RootHash {
        self.head.checkpoint().root
    }

    /// The last signed checkpoint.
    pub fn head(&self) -> &SignedCheckpoint {
        &self.head
    }

    /// The log's name.
    pub fn origin(&self) -> &KeyName {
        self.vkey.name()
    }

    /// The log's name and first key: what replaying the log from its beginning starts with.
    pub fn first_key(&self) -> &VerifierKey {
        &self.first
    }

    /// The log's name and the key it is signed with now.
    pub fn vkey(&self) -> &VerifierKey {
        &self.vkey
    }

    /// Where it lies.
    pub fn folder(&self) -> &Folder {
        &self.folder
    }

    /// The wall clock of the last entry, in Unix milliseconds: time that is certainly past.
    pub fn last_wall(&self) -> u64 {
        self.position.last.map_or(0, |last| last.wall)
    }

    /// Why nothing more is taken, if so.
    pub fn poisoned(&self) -> Option<&str> {
        self.poisoned.as_deref()
    }

    /// Proves that the entry at this place is in the log as it is now, from the stored tree.
    pub fn inclusion_proof(&self, index: u64) -> Result<Vec<[u8; 32]>, StoredTreeError> {
        inclusion_proof(index, self.size(), &mut self.nodes())
    }

    /// Proves that the log as it is now continues the one of this size.
    pub fn consistency_proof(&self, size: u64) -> Result<Vec<[u8; 32]>, StoredTreeError> {
        consistency_proof(size, self.size(), &mut self.nodes())
    }

    /// The stored tree, its right edge from memory.
    pub(super) fn nodes(&self) -> EdgeSource<'_, StoredTiles<'_>> {
        self.position.tree.over(StoredTiles(&self.connection))
    }

    /// The largest checkpoint that a witness has cosigned, as text.
    pub fn cosigned(&self) -> Option<&str> {
        self.cosigned.as_deref()
    }

    /// Entries with their exact bytes, read as the iterator goes.
    pub fn entries(&self, range: Range<u64>) -> Entries<'_> {
        Entries::new(&self.connection, range)
    }

    /// Signs a statement with the log's key, such as a claim.
    pub fn sign<S: Statement>(&self, statement: &S) -> Result<SignedStatement, SignError> {
        SignedStatement::sign(statement, self.vkey.name(), self.signer.as_ref())
    }
}

/// What must write this event, where a plain commit must not: these say something about more than the entries.
fn way_of_its_own(event: &Event) -> Option<&'static str> {
    match event {
        Event::KeyRotated { .. } => Some("Ledger::rotate"),
        Event::Contact { .. } => Some("Ledger::keep_cosigned"),
        Event::BulletinApplied { .. } => Some("Ledger::apply_bulletin"),
        _ => None,
    }
}
