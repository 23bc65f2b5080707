//! The hash tree of a stored log. The functions of the ledger read it piece by piece and without waiting; here the pieces come
//! from a database, so a function runs until it misses one, which is fetched, and runs again.

use std::collections::HashMap;

use deadpool_postgres::Transaction;
use meterpost_ledger::signing::LogOrigin;
use meterpost_ledger::{
    Edge, NodeHash, NodeSource, TILE_HEIGHT, TILE_WIDTH, TileChanges, TreeError, leaf_hash,
};

use super::WitnessError;
use super::log_row::{Which, to_i64, to_u64};
use crate::database::DatabaseError;

/// A tile that is not here yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Missing {
    level: u8,
    index: u64,
}

/// The tiles fetched so far.
#[derive(Debug, Default)]
pub(super) struct Fetched(HashMap<(u8, u64), Vec<NodeHash>>);

impl NodeSource for Fetched {
    type Error = Missing;

    fn tile(&mut self, level: u8, index: u64, width: u8) -> Result<Vec<NodeHash>, Missing> {
        let tile = self.0.get(&(level, index));
        let hashes = tile.ok_or(Missing { level, index })?;
        Ok(hashes[..hashes.len().min(usize::from(width))].to_vec())
    }
}

/// The tree of one log.
pub(super) struct Tree<'t> {
    transaction: &'t Transaction<'t>,
    origin: &'t LogOrigin,
    fetched: Fetched,
}

impl<'t> Tree<'t> {
    pub(super) fn new(transaction: &'t Transaction<'t>, origin: &'t LogOrigin) -> Tree<'t> {
        Tree {
            transaction,
            origin,
            fetched: Fetched::default(),
        }
    }

    /// Runs a function of the tree, fetching what it misses.
    pub(super) async fn read<T>(
        &mut self,
        run: impl Fn(&mut Fetched) -> Result<T, TreeError<Missing>>,
    ) -> Result<T, WitnessError> {
        loop {
            match run(&mut self.fetched) {
                Ok(found) => return Ok(found),
                Err(TreeError::Source(missing)) => self.fetch(&[missing]).await?,
                Err(other) => return Err(WitnessError::Tree(format!("{other:?}"))),
            }
        }
    }

    /// The right edge of the tree at a size. All it needs is known beforehand and fetched at once.
    pub(super) async fn edge(&mut self, size: u64) -> Result<Edge, WitnessError> {
        let mut needed = Vec::new();
        let mut level = 0;
        while size.checked_shr(level.into()).unwrap_or(0) > 0 {
            let nodes = size >> level;
            let index = nodes / u64::from(TILE_WIDTH);
            if !nodes.is_multiple_of(u64::from(TILE_WIDTH)) {
                needed.push(Missing { level, index });
            }
            level += TILE_HEIGHT;
        }
        self.fetch(&needed).await?;
        self.read(|source| Edge::load(size, source)).await
    }

    async fn fetch(&mut self, tiles: &[Missing]) -> Result<(), WitnessError> {
        let (leaves, upper): (Vec<_>, Vec<_>) =
            tiles.iter().copied().partition(|tile| tile.level == 0);
        for Missing { index, .. } in leaves {
            self.fetch_leaves(index).await?;
        }
        if upper.is_empty() {
            return Ok(());
        }
        let which = Which::log(self.origin);
        let levels: Vec<i16> = upper.iter().map(|tile| i16::from(tile.level)).collect();
        let indexes: Result<Vec<i64>, _> = upper.iter().map(|tile| to_i64(tile.index)).collect();
        let indexes = indexes?;
        let statement = self
            .transaction
            .prepare_cached(
                "SELECT level, idx, hashes FROM tile JOIN unnest($4::smallint[], $5::bigint[]) AS asked (l, i) \
                 ON level = l AND idx = i WHERE tenant = $1 AND terminal = $2 AND epoch = $3",
            )
            .await?;
        // What is not stored is an empty tile, which whoever reads it refuses.
        for tile in upper {
            self.fetched.0.entry((tile.level, tile.index)).or_default();
        }
        let parameters = which.with(&[&levels, &indexes]);
        for row in self.transaction.query(&statement, &parameters).await? {
            let level: i16 = row.try_get(0)?;
            let index = to_u64(row.try_get(1)?)?;
            let bytes: &[u8] = row.try_get(2)?;
            let hashes = bytes.as_chunks::<32>().0.to_vec();
            let level = u8::try_from(level).unwrap_or(u8::MAX);
            self.fetched.0.insert((level, index), hashes);
        }
        Ok(())
    }

    async fn fetch_leaves(&mut self, index: u64) -> Result<(), WitnessError> {
        let first = index.saturating_mul(u64::from(TILE_WIDTH));
        let entries = entries(
            self.transaction,
            self.origin,
            first,
            first.saturating_add(u64::from(TILE_WIDTH)),
        )
        .await?;
        let hashes = entries.iter().map(|bytes| leaf_hash(bytes).0).collect();
        self.fetched.0.insert((0, index), hashes);
        Ok(())
    }
}

/// The exact bytes of stored entries, in order; fewer where the log is shorter.
pub(super) async fn entries(
    transaction: &Transaction<'_>,
    origin: &LogOrigin,
    first: u64,
    end: u64,
) -> Result<Vec<Vec<u8>>, DatabaseError> {
    let which = Which::log(origin);
    let (from, to) = (to_i64(first)?, to_i64(end)?);
    let statement = transaction
        .prepare_cached(
            "SELECT seq, bytes FROM entry WHERE tenant = $1 AND terminal = $2 AND epoch = $3 AND seq >= $4 AND seq < $5 \
             ORDER BY seq",
        )
        .await?;
    let rows = transaction
        .query(&statement, &which.with(&[&from, &to]))
        .await?;
    let mut found = Vec::with_capacity(rows.len());
    for row in rows {
        let seq = to_u64(row.try_get(0)?)?;
        if seq != first.saturating_add(found.len() as u64) {
            return Err(DatabaseError::Damaged(format!(
                "{origin} lacks entries before {seq}"
            )));
        }
        found.push(row.try_get(1)?);
    }
    Ok(found)
}

/// Writes the tiles that changed.
pub(super) async fn write_tiles(
    transaction: &Transaction<'_>,
    origin: &LogOrigin,
    changes: TileChanges,
) -> Result<(), DatabaseError> {
    if changes.is_empty() {
        return Ok(());
    }
    let which = Which::log(origin);
    let mut levels: Vec<i16> = Vec::new();
    let mut indexes: Vec<i64> = Vec::new();
    let mut hashes: Vec<Vec<u8>> = Vec::new();
    for tile in changes {
        levels.push(i16::from(tile.level));
        indexes.push(to_i64(tile.index)?);
        hashes.push(tile.hashes.as_flattened().to_vec());
    }
    let statement = transaction
        .prepare_cached(
            "INSERT INTO tile (tenant, terminal, epoch, level, idx, hashes) \
             SELECT $1, $2, $3, * FROM unnest($4::smallint[], $5::bigint[], $6::bytea[]) \
             ON CONFLICT (tenant, terminal, epoch, level, idx) DO UPDATE SET hashes = excluded.hashes",
        )
        .await?;
    transaction
        .execute(&statement, &which.with(&[&levels, &indexes, &hashes]))
        .await?;
    Ok(())
}
