//! What meters that keep their money say they were credited in all, against the books. A meter credits by itself, so the
//! server never corrects such a difference; it shows it.

use deadpool_postgres::Transaction;
use meterpost_ledger::Money;
use meterpost_ledger::signing::TenantId;

use crate::database::DatabaseError;

/// A meter whose count grew otherwise than our books.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Which meter.
    pub meter: String,
    /// What it was credited between its first reading of the kind and its last one, by its own count.
    pub by_meter: Money,
    /// What our books say was delivered to it in that time: orders that were applied, holds that were captured, payments by code that
    /// were taken, and what terminals credited for cash by their logs, as far as a cosigned head covers them.
    pub by_books: Money,
    /// The first of the two readings, local.
    pub from: jiff::civil::DateTime,
    /// The last one, local.
    pub to: jiff::civil::DateTime,
}

/// The meters whose own count of purchases grew otherwise than our books, by number. Meters' local time is that of the tenant's zone.
///
/// # Errors
/// The database's.
pub async fn differences(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
) -> Result<Vec<Difference>, DatabaseError> {
    let rows = transaction
        .query(
            "WITH said AS ( \
                 SELECT meter, min(at) AS first, max(at) AS last FROM reading \
                 WHERE tenant = $1 AND kind = 'books' AND detail->>'cumulative' IS NOT NULL GROUP BY meter HAVING min(at) < max(at)), \
             grown AS ( \
                 SELECT s.meter, s.first, s.last, (l.detail->>'cumulative')::bigint - (f.detail->>'cumulative')::bigint AS amount, \
                     extract(epoch FROM s.first AT TIME ZONE z.zone)::bigint AS since, \
                     extract(epoch FROM s.last AT TIME ZONE z.zone)::bigint AS until \
                 FROM said s JOIN reading f ON f.tenant = $1 AND f.meter = s.meter AND f.kind = 'books' AND f.at = s.first \
                 JOIN reading l ON l.tenant = $1 AND l.meter = s.meter AND l.kind = 'books' AND l.at = s.last JOIN tenant z ON z.tenant = $1), \
             credited AS ( \
                 SELECT meter, amount, extract(epoch FROM ended_at)::bigint AS at FROM meter_order \
                 WHERE tenant = $1 AND kind = 'credit' AND state = 'applied' \
                 UNION ALL SELECT meter, amount, ended_at FROM wallet_hold WHERE tenant = $1 AND state = 'captured' \
                 UNION ALL SELECT meter, amount, changed_at FROM payment_order WHERE tenant = $1 AND state = 'taken' \
                 UNION ALL SELECT s.meter, -m.credited, m.at FROM terminal_money m \
                 JOIN terminal_sale s ON s.tenant = $1 AND s.terminal = m.terminal AND s.epoch = m.epoch AND s.sale = m.sale \
                 WHERE m.tenant = $1 AND m.event = 9 AND m.credited <> 0 AND NOT EXISTS (SELECT FROM terminal_money p \
                     WHERE p.tenant = $1 AND p.terminal = m.terminal AND p.epoch = m.epoch AND p.sale = m.sale AND p.event = 29 \
                     AND (p.wallets > 0 OR p.provider > 0))), \
             ours AS ( \
                 SELECT g.meter, coalesce(sum(c.amount), 0)::bigint AS amount FROM grown g \
                 LEFT JOIN credited c ON c.meter = g.meter AND c.at > g.since AND c.at <= g.until GROUP BY g.meter) \
             SELECT g.meter, g.amount, o.amount, g.first, g.last FROM grown g JOIN ours o USING (meter) \
             WHERE g.amount <> o.amount ORDER BY g.meter LIMIT 1000",
            &[&tenant.as_str()],
        )
        .await?;
    let read = |row: &tokio_postgres::Row| {
        Ok(Difference {
            meter: row.try_get(0)?,
            by_meter: Money(row.try_get(1)?),
            by_books: Money(row.try_get(2)?),
            from: row.try_get(3)?,
            to: row.try_get(4)?,
        })
    };
    rows.iter().map(read).collect()
}
