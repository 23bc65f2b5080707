//! Terminals' logs read into rows. What no head covers is not read, and what was read is never read again, so a row is there once;
//! everything happens under the lock of the log's row.

use deadpool_postgres::Transaction;
use meterpost_ledger::signing::LogOrigin;
use meterpost_ledger::{Account, Entry};
use tokio_postgres::types::ToSql;

use super::said::{CollectionRow, CountRow, Found};
use crate::database::DatabaseError;

/// Entries read in one statement.
const PIECE: i64 = 1_000;
/// Entries read in one transaction, so that nobody's head waits for an old log.
const MOST: i64 = 20_000;

/// Events that move money or open a sale, by their numbers in `docs/ledger.cddl`; the rest is not even decoded.
const READ: [u8; 12] = [2, 4, 7, 8, 9, 10, 12, 19, 24, 25, 29, 30];

/// A log, as the columns name it.
#[derive(Clone, Copy, Debug)]
struct Which<'o> {
    tenant: &'o str,
    terminal: &'o str,
    epoch: i64,
}

/// Reads what a head of this size covers, at most [`MOST`] entries at a time; true where all of it is read. The caller holds the lock of the log's row.
///
/// # Errors
/// The database's.
pub async fn follow(
    transaction: &Transaction<'_>,
    origin: &LogOrigin,
    size: u64,
    now: u64,
) -> Result<bool, DatabaseError> {
    let which = Which {
        tenant: origin.tenant().as_str(),
        terminal: origin.terminal().as_str(),
        epoch: i64::from(origin.epoch()),
    };
    let size = i64::try_from(size).unwrap_or(i64::MAX);
    let now = i64::try_from(now).unwrap_or(i64::MAX);
    let begin = read_so_far(transaction, which).await?;
    let end = size.min(begin.saturating_add(MOST));
    if end <= begin {
        return Ok(begin >= size);
    }
    let mut from = begin;
    while from < end {
        let until = end.min(from.saturating_add(PIECE));
        read_piece(transaction, which, (from, until), now).await?;
        from = until;
    }
    let statement = transaction
        .prepare_cached(
            "INSERT INTO log_read (tenant, terminal, epoch, size) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (tenant, terminal, epoch) DO UPDATE SET size = excluded.size",
        )
        .await?;
    transaction
        .execute(
            &statement,
            &[&which.tenant, &which.terminal, &which.epoch, &end],
        )
        .await?;
    Ok(end >= size)
}

async fn read_so_far(
    transaction: &Transaction<'_>,
    which: Which<'_>,
) -> Result<i64, DatabaseError> {
    let statement = transaction
        .prepare_cached(
            "SELECT size FROM log_read WHERE tenant = $1 AND terminal = $2 AND epoch = $3",
        )
        .await?;
    let row = transaction
        .query_opt(&statement, &[&which.tenant, &which.terminal, &which.epoch])
        .await?;
    Ok(row.map(|row| row.try_get(0)).transpose()?.unwrap_or(0))
}

async fn read_piece(
    transaction: &Transaction<'_>,
    which: Which<'_>,
    (from, until): (i64, i64),
    now: i64,
) -> Result<(), DatabaseError> {
    let statement = transaction
        .prepare_cached(
            "SELECT seq, bytes FROM entry WHERE tenant = $1 AND terminal = $2 AND epoch = $3 AND seq >= $4 AND seq < $5 ORDER BY seq",
        )
        .await?;
    let parameters: [&(dyn ToSql + Sync); 5] =
        [&which.tenant, &which.terminal, &which.epoch, &from, &until];
    let mut found = Found::default();
    for row in transaction.query(&statement, &parameters).await? {
        let (seq, bytes): (i64, &[u8]) = (row.try_get(0)?, row.try_get(1)?);
        if !Entry::event_code(bytes).is_some_and(|code| READ.contains(&code)) {
            continue;
        }
        match Entry::decode(bytes) {
            Ok(entry) => found.take(seq, &entry, now),
            // The log is as it is; `server verify` tells of it.
            Err(error) => {
                let Which {
                    terminal, epoch, ..
                } = which;
                tracing::error!(terminal, epoch, seq, %error, "an entry cannot be read");
            }
        }
    }
    found.store(transaction, which).await
}

impl Found {
    async fn store(
        &self,
        transaction: &Transaction<'_>,
        which: Which<'_>,
    ) -> Result<(), DatabaseError> {
        self.store_sales(transaction, which).await?;
        self.store_money(transaction, which).await?;
        self.store_cash(transaction, which).await
    }

    async fn store_sales(
        &self,
        transaction: &Transaction<'_>,
        which: Which<'_>,
    ) -> Result<(), DatabaseError> {
        if self.sales.is_empty() {
            return Ok(());
        }
        let numbers: [Vec<i64>; 4] = [
            self.sales.iter().map(|row| row.sale).collect(),
            self.sales.iter().map(|row| row.seq).collect(),
            self.sales.iter().map(|row| row.at).collect(),
            self.sales.iter().map(|row| row.target).collect(),
        ];
        let meters: Vec<&str> = self.sales.iter().map(|row| row.meter.as_str()).collect();
        let utilities: Vec<&str> = self.sales.iter().map(|row| row.utility.as_str()).collect();
        let cards: Vec<Option<&str>> = self.sales.iter().map(|row| row.card.as_deref()).collect();
        let [sales, places, times, targets] = &numbers;
        let statement = transaction
            .prepare_cached(
                "INSERT INTO terminal_sale (tenant, terminal, epoch, sale, seq, at, target, meter, utility, card, account) \
                 SELECT $1, $2, $3, sale, seq, at, target, told.meter, told.utility, told.card, meter.account \
                 FROM unnest($4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], $8::text[], $9::text[], $10::text[]) \
                      AS told (sale, seq, at, target, meter, utility, card) \
                 LEFT JOIN meter ON meter.tenant = $1 AND meter.number = told.meter ON CONFLICT DO NOTHING",
            )
            .await?;
        let parameters: [&(dyn ToSql + Sync); 10] = [
            &which.tenant,
            &which.terminal,
            &which.epoch,
            sales,
            places,
            times,
            targets,
            &meters,
            &utilities,
            &cards,
        ];
        transaction.execute(&statement, &parameters).await?;
        Ok(())
    }

    async fn store_money(
        &self,
        transaction: &Transaction<'_>,
        which: Which<'_>,
    ) -> Result<(), DatabaseError> {
        if self.money.is_empty() {
            return Ok(());
        }
        let seqs: Vec<i64> = self.money.iter().map(|row| row.seq).collect();
        let times: Vec<i64> = self.money.iter().map(|row| row.at).collect();
        let clocks: Vec<i16> = self.money.iter().map(|row| row.clock).collect();
        let events: Vec<i16> = self.money.iter().map(|row| row.event).collect();
        let sales: Vec<Option<i64>> = self.money.iter().map(|row| row.sale).collect();
        let columns: Vec<Vec<i64>> = (0..Account::ALL.len())
            .map(|account| {
                self.money
                    .iter()
                    .filter_map(|row| row.moved.get(account).copied())
                    .collect()
            })
            .collect();
        let statement = transaction.prepare_cached(INSERT_MONEY).await?;
        let mut parameters: Vec<&(dyn ToSql + Sync)> = vec![
            &which.tenant,
            &which.terminal,
            &which.epoch,
            &seqs,
            &times,
            &clocks,
            &events,
            &sales,
        ];
        parameters.extend(columns.iter().map(|column| column as &(dyn ToSql + Sync)));
        transaction.execute(&statement, &parameters).await?;
        Ok(())
    }

    /// Rare: one by one.
    async fn store_cash(
        &self,
        transaction: &Transaction<'_>,
        which: Which<'_>,
    ) -> Result<(), DatabaseError> {
        let Which {
            tenant,
            terminal,
            epoch,
        } = which;
        for CollectionRow {
            period,
            seq,
            at,
            by,
            notes,
            amount,
        } in &self.collections
        {
            transaction
                .execute(
                    "INSERT INTO cash_collection (tenant, terminal, epoch, period, seq, at, made_by, notes, amount) \
                     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING",
                    &[&tenant, &terminal, &epoch, period, seq, at, by, notes, amount],
                )
                .await?;
        }
        for CountRow {
            period,
            seq,
            at,
            by,
            counted,
        } in &self.counts
        {
            transaction
                .execute(
                    "INSERT INTO cash_count (tenant, terminal, epoch, period, seq, at, counted_by, counted) \
                     VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING",
                    &[&tenant, &terminal, &epoch, period, seq, at, by, counted],
                )
                .await?;
        }
        Ok(())
    }
}

const INSERT_MONEY: &str = "INSERT INTO terminal_money (tenant, terminal, epoch, seq, at, clock, event, sale, \
     cash_box, cash_in_doubt, suspense, in_delivery, credited, owed, owed_in_doubt, collected, cash_difference, wallets, provider) \
     SELECT $1, $2, $3, * FROM unnest($4::bigint[], $5::bigint[], $6::smallint[], $7::smallint[], $8::bigint[], \
     $9::bigint[], $10::bigint[], $11::bigint[], $12::bigint[], $13::bigint[], $14::bigint[], $15::bigint[], $16::bigint[], $17::bigint[], \
     $18::bigint[], $19::bigint[]) ON CONFLICT DO NOTHING";
