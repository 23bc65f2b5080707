//! Opening without reading the whole log.
//!
//! Every 512 entries or so the log states in an entry what the books were then. The books themselves are stored beside it.
//! So the stored tree gives the root at that statement, the entries after it are played and hashed, and the root that
//! comes out must be the signed one: that vouches for the stored tree's edge, the statement and, through its digest, the
//! stored books. Anything that does not fit leads to the long way, which tells what is wrong.

use meterpost_signing::{Checkpoint, Note, RootHash, VerifierKey};
use rusqlite::{Connection, OptionalExtension};

use super::tiles::{StoredTiles, to_i64};
use crate::books::Books;
use crate::entry::Entry;
use crate::examine::Player;
use crate::merkle::{
    Edge, TileChanges, TreeError, consistency_proof, leaf_hash, verify_consistency,
};

/// The state a log is in, taken from its end.
#[derive(Clone, Debug)]
pub(crate) struct Quick {
    pub(crate) tree: Edge,
    pub(crate) player: Player,
    /// The entry that stated the stored books; 0 where none did yet.
    pub(crate) stated: u64,
}

/// Takes the state, or `None` where anything at all does not fit. An error is the database's.
pub(crate) fn quick_view(
    connection: &Connection,
    log: &VerifierKey,
    checkpoint: &Checkpoint,
) -> Result<Option<Quick>, rusqlite::Error> {
    let bounds = bounds(connection)?;
    if bounds.last.checked_add(1) != Some(checkpoint.size) || bounds.first != bounds.pruned {
        return Ok(None);
    }
    let stated: Option<(i64, Vec<u8>)> = connection
        .query_row(
            "SELECT size, books FROM statement ORDER BY size DESC LIMIT 1",
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .optional()?;
    let (stated, player) = match stated {
        None => (0, Player::new()),
        Some((size, books)) => match (u64::try_from(size), Books::decode(&books)) {
            (Ok(size), Ok(books)) => (size, Player::from(books)),
            _ => return Ok(None),
        },
    };
    let tree = match Edge::load(stated, &mut StoredTiles(connection)) {
        Ok(tree) => tree,
        Err(TreeError::Source(error)) => return Err(error),
        Err(_) => return Ok(None),
    };
    let mut quick = Quick {
        tree,
        player,
        stated,
    };
    if !quick.play(connection, log)? || quick.tree.root() != checkpoint.root {
        return Ok(None);
    }
    Ok(Some(quick))
}

impl Quick {
    /// Plays the entries behind the statement; `false` where one is not sound.
    fn play(
        &mut self,
        connection: &Connection,
        log: &VerifierKey,
    ) -> Result<bool, rusqlite::Error> {
        let mut statement =
            connection.prepare("SELECT idx, bytes FROM entry WHERE idx >= ?1 ORDER BY idx")?;
        let mut rows = statement.query([to_i64(self.stated)?])?;
        while let Some(row) = rows.next()? {
            let bytes = row.get_ref(1)?.as_blob().map_err(rusqlite::Error::from)?;
            let Ok(entry) = Entry::decode(bytes) else {
                return Ok(false);
            };
            let index = self.tree.size();
            if row.get(0) != Ok(to_i64(index)?) || self.player.play(index, &entry, log).is_err() {
                return Ok(false);
            }
            // The tiles these complete are stored already.
            self.tree
                .push(leaf_hash(bytes), &mut TileChanges::default());
        }
        Ok(true)
    }
}

struct Bounds {
    first: u64,
    last: u64,
    pruned: u64,
}

/// The first and the last entry, and where the pruned ones end.
fn bounds(connection: &Connection) -> Result<Bounds, rusqlite::Error> {
    let number = |sql: &str| -> Result<u64, rusqlite::Error> {
        let number: Option<i64> = connection.query_row(sql, [], |row| row.get(0)).optional()?;
        Ok(number.and_then(|n| u64::try_from(n).ok()).unwrap_or(0))
    };
    Ok(Bounds {
        first: number("SELECT idx FROM entry ORDER BY idx LIMIT 1")?,
        last: number("SELECT idx FROM entry ORDER BY idx DESC LIMIT 1")?,
        pruned: number("SELECT pruned FROM retention")?,
    })
}

/// The root that the log has at a smaller size, if it is the one claimed.
pub(crate) fn root_at(
    connection: &Connection,
    (size, claimed): (u64, RootHash),
    checkpoint: &Checkpoint,
) -> Option<RootHash> {
    if size > checkpoint.size {
        return None;
    }
    let proof = consistency_proof(size, checkpoint.size, &mut StoredTiles(connection)).ok()?;
    verify_consistency(size, checkpoint.size, &proof, &claimed, &checkpoint.root).ok()?;
    Some(claimed)
}

/// What a signed note says, its signature not checked yet.
pub(crate) fn claimed(note: &str) -> Option<Checkpoint> {
    Checkpoint::parse(Note::parse(note.as_bytes()).ok()?.text()).ok()
}
