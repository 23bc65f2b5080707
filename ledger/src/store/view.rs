//! Taking the views that the decision table needs.

use meterpost_signing::{Checkpoint, PublicKey, SignedCheckpoint, VerifierKey};
use rusqlite::{Connection, OptionalExtension};

use super::quick::{Quick, claimed, quick_view, root_at};
use super::schema::FORMAT;
use crate::books::Books;
use crate::decide::{Cosigned, DatabaseState, KeyFit, SecondView, TreeState};
use crate::examine::{EntryFault, EntryProblem, Examination, Scope, examine};
use crate::head_file::HeadFile;
use crate::merkle::empty_root;

/// The log in a database.
pub(crate) struct LogView {
    /// The log's name and first key.
    pub(crate) log: VerifierKey,
    /// The log's name and the key it is signed with now.
    pub(crate) vkey: VerifierKey,
    /// The signed head, or why it is not believed.
    pub(crate) head: Result<SignedCheckpoint, String>,
    /// The head as it is stored.
    pub(crate) head_text: String,
    /// What a witness has cosigned, if any, as text.
    pub(crate) cosigned_text: Option<String>,
    /// How many entries there are.
    pub(crate) entries: u64,
    /// How many of them were pruned, where the whole log was read.
    pub(crate) pruned: Option<u64>,
    /// What they add up to, as far as they are sound.
    pub(crate) books: Books,
    /// The faults found, where the whole log was read.
    pub(crate) problems: Vec<EntryProblem>,
    /// The state to go on from, where everything fits.
    pub(crate) quick: Option<Quick>,
    state: DatabaseState,
}

/// How much is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Depth {
    /// What is needed to go on, and everything where that does not fit.
    Enough,
    /// Everything.
    Everything,
}

/// What is stored of a log beside its entries.
struct Stored {
    format: i64,
    log: VerifierKey,
    size: i64,
    head_text: String,
    cosigned: Option<String>,
}

/// Reads the log. An error is the database's; a text is what makes it no ledger.
pub(crate) fn view_log(
    connection: &Connection,
    format: i64,
    second: &HeadFile,
    depth: Depth,
) -> Result<Result<LogView, String>, rusqlite::Error> {
    let stored = match read_stored(connection, format, second)? {
        Ok(stored) => stored,
        Err(why) => return Ok(Err(why)),
    };
    if format == FORMAT
        && depth == Depth::Enough
        && let Some(checkpoint) = claimed(&stored.head_text)
        && let Some(quick) = quick_view(connection, &stored.log, &checkpoint)?
        && let Some(view) = from_quick(connection, &stored, quick, &checkpoint, second)
    {
        return Ok(Ok(view));
    }
    from_everything(connection, stored, second)
}

fn read_stored(
    connection: &Connection,
    format: i64,
    second: &HeadFile,
) -> Result<Result<Stored, String>, rusqlite::Error> {
    let vkey: String = connection.query_row("SELECT vkey FROM log", [], |row| row.get(0))?;
    let log = match VerifierKey::parse(&vkey) {
        Ok(log) => log,
        Err(error) => return Ok(Err(format!("its verifier key is damaged: {error}"))),
    };
    let (size, head_text): (i64, String) =
        connection.query_row("SELECT size, note FROM head", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
    let cosigned = match format {
        FORMAT => connection
            .query_row(
                "SELECT note FROM cosignature ORDER BY size DESC LIMIT 1",
                [],
                |row| row.get(0),
            )
            .optional()?,
        _ => None,
    };
    let beside = match second {
        HeadFile::Notes(notes) => notes.cosigned.clone(),
        HeadFile::Absent | HeadFile::Damaged(_) => None,
    };
    Ok(Ok(Stored {
        format,
        log,
        size,
        head_text,
        cosigned: larger(cosigned, beside),
    }))
}

/// The note over the larger log.
fn larger(one: Option<String>, other: Option<String>) -> Option<String> {
    let size = |note: &Option<String>| note.as_deref().and_then(claimed).map(|c| c.size);
    if size(&one) >= size(&other) {
        one
    } else {
        other
    }
}

/// The view from the state at the log's end, where head, second head and witness all agree with it.
fn from_quick(
    connection: &Connection,
    stored: &Stored,
    quick: Quick,
    checkpoint: &Checkpoint,
    second: &HeadFile,
) -> Option<LogView> {
    let keys = Keys::new(&stored.log, &quick.player.books);
    let head = stored.head(&keys).ok()?;
    let root_of = |claim: (u64, _)| root_at(connection, claim, checkpoint);
    let root_at_second = match keys.second_view(second) {
        SecondView::Present { size, root } if size < checkpoint.size => {
            Some(root_of((size, root))?)
        }
        _ => None,
    };
    let cosigned = match keys.cosigned(stored.cosigned.as_deref()).ok()? {
        Some(cosigned) => Some(Cosigned {
            own: Some(root_of((cosigned.size, cosigned.root))?),
            ..cosigned
        }),
        None => None,
    };
    Some(LogView {
        log: stored.log.clone(),
        vkey: keys.current(),
        head: Ok(head),
        head_text: stored.head_text.clone(),
        cosigned_text: stored.cosigned.clone(),
        entries: checkpoint.size,
        pruned: None,
        books: quick.player.books.clone(),
        problems: Vec::new(),
        quick: Some(quick),
        state: DatabaseState {
            key: KeyFit::Ours,
            size: checkpoint.size,
            root: checkpoint.root,
            tree: TreeState::Sound,
            root_at_second,
            cosigned,
        },
    })
}

/// The view after reading every entry.
fn from_everything(
    connection: &Connection,
    stored: Stored,
    second: &HeadFile,
) -> Result<Result<LogView, String>, rusqlite::Error> {
    let (pruned, base) = match retention(connection, stored.format)? {
        Ok(retention) => retention,
        Err(why) => return Ok(Err(why)),
    };
    let mark = |note: Option<&str>| note.and_then(claimed).map(|c| c.size);
    let second_note = match second {
        HeadFile::Notes(notes) => Some(notes.head.as_str()),
        HeadFile::Absent | HeadFile::Damaged(_) => None,
    };
    let marks = [mark(second_note), mark(stored.cosigned.as_deref())];
    let scope = Scope {
        log: &stored.log,
        pruned,
        base,
        tiles: stored.format == FORMAT,
        marks: marks.into_iter().flatten().collect(),
    };
    let examined = examine(connection, &scope)?;
    let keys = Keys::new(&stored.log, &examined.books);
    let head = stored.head(&keys);
    let root_of = |size| {
        examined
            .roots
            .iter()
            .find(|(at, _)| *at == size)
            .map(|at| at.1)
    };
    let root_at_second = match keys.second_view(second) {
        SecondView::Present { size, .. } => root_of(size),
        _ => None,
    };
    let cosigned = keys.cosigned(stored.cosigned.as_deref());
    let (size, root, key) = match &head {
        Ok(head) => (head.checkpoint().size, head.checkpoint().root, KeyFit::Ours),
        Err(why) => (0, empty_root(), KeyFit::BadCheckpoint(why.clone())),
    };
    let key = match (&cosigned, key) {
        (Err(why), KeyFit::Ours) => KeyFit::BadCheckpoint(format!("what was cosigned: {why}")),
        (_, key) => key,
    };
    let mut problems = examined.problems.clone();
    let fits = examined.size == size && examined.root == root;
    if !fits {
        problems.extend(examined.other_groups.iter().map(|first| EntryProblem {
            index: *first,
            fault: EntryFault::Group { last: first + 15 },
        }));
        problems.sort_by_key(|problem| problem.index);
    }
    let state = DatabaseState {
        key,
        size,
        root,
        tree: tree_state(&examined, fits, &problems, stored.format),
        root_at_second,
        cosigned: cosigned.ok().flatten().map(|cosigned| Cosigned {
            own: root_of(cosigned.size),
            ..cosigned
        }),
    };
    Ok(Ok(LogView {
        vkey: keys.current(),
        log: stored.log,
        head,
        head_text: stored.head_text,
        cosigned_text: stored.cosigned,
        entries: examined.size,
        pruned: Some(pruned),
        books: examined.books,
        problems,
        quick: None,
        state,
    }))
}

fn tree_state(
    examined: &Examination,
    fits: bool,
    problems: &[EntryProblem],
    format: i64,
) -> TreeState {
    match (problems.first(), &examined.derived, fits) {
        (Some(problem), _, _) => TreeState::EntryFault(problem.to_string()),
        (None, _, false) => TreeState::Differs {
            entries: examined.size,
        },
        (None, Some(why), true) => TreeState::DerivedDiffers(why.clone()),
        (None, None, true) => match examined.other_groups.first() {
            Some(first) => {
                TreeState::DerivedDiffers(format!("the hash stored for entry {first} and the next"))
            }
            None if format < FORMAT => TreeState::DerivedDiffers(format!("format {format}")),
            None => TreeState::Sound,
        },
    }
}

type Retention = (u64, Option<(u64, Books)>);

/// Where the entries begin that are still there, and the books before them.
fn retention(
    connection: &Connection,
    format: i64,
) -> Result<Result<Retention, String>, rusqlite::Error> {
    if format < FORMAT {
        return Ok(Ok((0, None)));
    }
    let row: Option<(i64, i64, Option<Vec<u8>>)> = connection
        .query_row(
            "SELECT pruned, base, books FROM retention LEFT JOIN statement ON statement.size = base",
            [],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
        )
        .optional()?;
    let Some((pruned, base, books)) = row else {
        return Ok(Ok((0, None)));
    };
    let books = match books.as_deref().map(Books::decode) {
        Some(Ok(books)) => books,
        Some(Err(error)) => {
            return Ok(Err(format!(
                "the books it begins with are damaged: {error}"
            )));
        }
        None => return Ok(Err("the books it begins with are missing".into())),
    };
    Ok(match (u64::try_from(pruned), u64::try_from(base)) {
        (Ok(pruned), Ok(base)) => Ok((pruned, Some((base, books)))),
        _ => Err("where it was pruned is damaged".into()),
    })
}

impl Stored {
    /// The head, if the key that the log had at that size signed it.
    fn head(&self, keys: &Keys) -> Result<SignedCheckpoint, String> {
        match keys.open(&self.head_text) {
            Ok(head) if u64::try_from(self.size) == Ok(head.checkpoint().size) => Ok(head),
            Ok(_) => Err("the size beside it is another".to_owned()),
            Err(why) => Err(why),
        }
    }
}

/// The keys that the log was signed with, one after the other.
pub(crate) struct Keys {
    log: VerifierKey,
    /// Each with the first size it signs.
    later: Vec<(u64, PublicKey)>,
}

impl Keys {
    pub(crate) fn new(log: &VerifierKey, books: &Books) -> Keys {
        Keys {
            log: log.clone(),
            later: books.keys().to_vec(),
        }
    }

    /// The one that signs a log of this size.
    pub(crate) fn at(&self, size: u64) -> VerifierKey {
        match self.later.iter().rev().find(|(first, _)| *first <= size) {
            Some((_, key)) => VerifierKey::new(self.log.name().clone(), *key),
            None => self.log.clone(),
        }
    }

    /// The one that signs now.
    pub(crate) fn current(&self) -> VerifierKey {
        self.at(u64::MAX)
    }

    /// A line a key: the first size it signs, and its verifier key.
    pub(crate) fn list(&self) -> String {
        let later = self.later.iter().map(|(first, _)| *first);
        std::iter::once(0)
            .chain(later)
            .map(|first| format!("{first} {}\n", self.at(first)))
            .collect()
    }

    /// Reads a checkpoint that the log signed.
    pub(crate) fn open(&self, note: &str) -> Result<SignedCheckpoint, String> {
        let size = claimed(note).map_or(u64::MAX, |checkpoint| checkpoint.size);
        SignedCheckpoint::open(note.as_bytes(), &self.at(size)).map_err(|e| e.to_string())
    }

    /// The second head as the log's own keys see it.
    pub(crate) fn second_view(&self, file: &HeadFile) -> SecondView {
        match file {
            HeadFile::Absent => SecondView::Absent,
            HeadFile::Damaged(why) => SecondView::Damaged(why.clone()),
            HeadFile::Notes(notes) => match self.open(&notes.head) {
                Ok(head) => SecondView::Present {
                    size: head.checkpoint().size,
                    root: head.checkpoint().root,
                },
                Err(why) => SecondView::Foreign(why),
            },
        }
    }

    fn cosigned(&self, note: Option<&str>) -> Result<Option<Cosigned>, String> {
        let Some(note) = note else { return Ok(None) };
        let signed = self.open(note)?;
        Ok(Some(Cosigned {
            size: signed.checkpoint().size,
            root: signed.checkpoint().root,
            own: None,
        }))
    }
}

impl LogView {
    /// What the decision table needs of it, against the key at hand.
    pub(crate) fn state(&self, key: &PublicKey) -> DatabaseState {
        let mut state = self.state.clone();
        if self.vkey.key() != key {
            state.key = KeyFit::OtherKey;
        }
        state
    }

    /// The second head as the log's own keys see it.
    pub(crate) fn second_view(&self, file: &HeadFile) -> SecondView {
        Keys::new(&self.log, &self.books).second_view(file)
    }
}
