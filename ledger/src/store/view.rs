//! Taking the views that the decision table needs.

use meterpost_signing::{PublicKey, SignedCheckpoint, VerifierKey};
use rusqlite::Connection;

use crate::decide::{DatabaseState, KeyFit, SecondView, TreeState};
use crate::examine::{Examination, examine};
use crate::head_file::HeadFile;
use crate::merkle::empty_root;

/// The log in a database, read in full.
pub(crate) struct LogView {
    pub(crate) vkey: VerifierKey,
    /// The signed head, or why it is not believed.
    pub(crate) head: Result<SignedCheckpoint, String>,
    /// The head as it is stored.
    pub(crate) head_text: String,
    pub(crate) examination: Examination,
}

/// Reads the log. An error is the database's; a text is what makes it no ledger.
pub(crate) fn view_log(
    connection: &Connection,
    second: &HeadFile,
) -> Result<Result<LogView, String>, rusqlite::Error> {
    let vkey: String = connection.query_row("SELECT vkey FROM log", [], |row| row.get(0))?;
    let vkey = match VerifierKey::parse(&vkey) {
        Ok(vkey) => vkey,
        Err(error) => return Ok(Err(format!("its verifier key is damaged: {error}"))),
    };
    let (size, head_text): (i64, String) =
        connection.query_row("SELECT size, note FROM head", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
    let head = match SignedCheckpoint::open(head_text.as_bytes(), &vkey) {
        Ok(head) if u64::try_from(size) == Ok(head.checkpoint().size) => Ok(head),
        Ok(_) => Err("the size beside it is another".to_owned()),
        Err(error) => Err(error.to_string()),
    };
    let mark = match second_view(second, &vkey) {
        SecondView::Present { size, .. } => Some(size),
        _ => None,
    };
    Ok(Ok(LogView {
        examination: examine(connection, mark)?,
        vkey,
        head,
        head_text,
    }))
}

impl LogView {
    /// What the decision table needs of it, against the key at hand.
    pub(crate) fn state(&self, key: &PublicKey) -> DatabaseState {
        let (size, root, mut fit) = match &self.head {
            Ok(head) => {
                let checkpoint = head.checkpoint();
                (checkpoint.size, checkpoint.root, KeyFit::Ours)
            }
            Err(why) => (0, empty_root(), KeyFit::BadCheckpoint(why.clone())),
        };
        if self.vkey.key() != key {
            fit = KeyFit::OtherKey;
        }
        let tree = &self.examination.tree;
        let state = match self.examination.problems.first() {
            Some(problem) => TreeState::EntryFault(problem.to_string()),
            None if tree.size() == size && tree.root() == root => TreeState::Sound,
            None => TreeState::Differs {
                entries: tree.size(),
            },
        };
        DatabaseState {
            key: fit,
            size,
            root,
            tree: state,
            root_at_second: self.examination.root_at_mark,
        }
    }
}

/// The second head as seen with the log's own key.
pub(crate) fn second_view(file: &HeadFile, vkey: &VerifierKey) -> SecondView {
    match file {
        HeadFile::Absent => SecondView::Absent,
        HeadFile::Damaged(why) => SecondView::Damaged(why.clone()),
        HeadFile::Note(bytes) => match SignedCheckpoint::open(bytes, vkey) {
            Ok(head) => SecondView::Present {
                size: head.checkpoint().size,
                root: head.checkpoint().root,
            },
            Err(error) => SecondView::Foreign(error.to_string()),
        },
    }
}
