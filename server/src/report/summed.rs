//! Sums of days that are over. A report over months would read a million movements each time; so whoever serves sums each local day once it is two
//! days old, by the statements that reports read movements with, and reports add the movements of the other days to that. A movement that comes
//! in late throws the sums of its day away (trigger `sums_go`, V22), and so does another time zone; they are made anew then.

use deadpool_postgres::Transaction;
use jiff::civil::Date;
use meterpost_ledger::signing::TenantId;

use super::moved::{changed, charge, moved};
use crate::database::{Database, DatabaseError};

/// Days summed in one round, so that a tenant with years behind it does not keep the others waiting.
const ROUND: i64 = 100;

/// What is summed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// Movements, by what they were, and nothing else: a year of them is read for a page.
    Total,
    /// Movements, by what they were, terminal and clerk.
    Moved,
    /// Credits and payments into wallets, by how they were paid.
    Charge,
    /// What changed in accounts' wallets, by the journal's kind.
    Account,
}

impl Part {
    const ALL: [Part; 4] = [Part::Total, Part::Moved, Part::Charge, Part::Account];

    fn name(self) -> &'static str {
        match self {
            Part::Total => "total",
            Part::Moved => "moved",
            Part::Charge => "charge",
            Part::Account => "account",
        }
    }

    /// `(what, terminal, clerk, utility, amount)` between two moments.
    fn rows(self, moments: (&str, &str)) -> String {
        match self {
            Part::Total => format!(
                "SELECT what, NULL::text AS terminal, NULL::text AS clerk, NULL::text AS utility, amount FROM ({}) AS t",
                moved(moments)
            ),
            Part::Moved => format!(
                "SELECT what, terminal, clerk, NULL::text AS utility, amount FROM ({}) AS m",
                moved(moments)
            ),
            Part::Charge => format!(
                "SELECT means AS what, terminal, clerk, utility, amount FROM ({}) AS c",
                charge(moments)
            ),
            Part::Account => format!(
                "SELECT kind AS what, NULL::text AS terminal, NULL::text AS clerk, NULL::text AS utility, amount FROM ({}) AS a",
                changed(moments)
            ),
        }
    }
}

/// Names a query `sums (day, what, terminal, clerk, utility, count, amount)` of the local days from `first` to `last`: sums where there are some,
/// single movements where there are none. `$3` is the time zone.
pub(super) fn sums(part: Part, (first, last): (&str, &str)) -> String {
    let at = |pick: &str| {
        format!(
            "(to_timestamp({pick}((SELECT {end}(at) FROM terminal_money), (SELECT {end}(at) FROM posting_journal))) AT TIME ZONE $3)::date",
            end = if pick == "least" { "min" } else { "max" }
        )
    };
    format!(
        ", gap AS MATERIALIZED (SELECT day, extract(epoch FROM day::timestamp AT TIME ZONE $3)::bigint AS first, \
                 extract(epoch FROM (day + 1)::timestamp AT TIME ZONE $3)::bigint AS beyond \
             FROM (SELECT d::date AS day FROM generate_series(greatest({first}, {})::timestamp, least({last}, {})::timestamp, interval '1 day') d) AS all_days \
             WHERE NOT EXISTS (SELECT FROM moved_summed s WHERE s.day = all_days.day AND s.zone = $3)), \
         sums AS (SELECT d.day, d.what, d.terminal, d.clerk, d.utility, d.count, d.amount \
             FROM moved_day d JOIN moved_summed s ON s.tenant = d.tenant AND s.day = d.day \
             WHERE s.zone = $3 AND d.part = '{}' AND d.day >= {first} AND d.day <= {last} \
             UNION ALL \
             SELECT gap.day, r.what, r.terminal, r.clerk, r.utility, 1, r.amount FROM gap CROSS JOIN LATERAL ({}) AS r)",
        at("least"),
        at("greatest"),
        part.name(),
        part.rows(("gap.first", "gap.beyond"))
    )
}

/// Sums the days of a tenant that are over for two days and have no sums, at most [`ROUND`] of them; how many.
///
/// # Errors
/// The database's; what was summed before it stays.
pub async fn sum_days(
    database: &Database,
    tenant: &TenantId,
    now: u64,
) -> Result<usize, DatabaseError> {
    let mut connection = database.connection().await?;
    let transaction = connection.begin(tenant).await?;
    let days = due(&transaction, tenant, now).await?;
    transaction.commit().await?;
    for day in &days {
        let transaction = connection.begin(tenant).await?;
        // Alone before it looks: what comes in late either is seen by this, or waits and throws the sums away.
        transaction
            .execute(
                "SELECT pg_advisory_xact_lock(hashtextextended($1 || ' summed', 0))",
                &[&tenant.as_str()],
            )
            .await?;
        sum(&transaction, tenant, *day).await?;
        transaction.commit().await?;
    }
    Ok(days.len())
}

/// The newest days without sums: pages ask for those first.
async fn due(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    now: u64,
) -> Result<Vec<Date>, DatabaseError> {
    let now = i64::try_from(now).unwrap_or(i64::MAX);
    let gone = "DELETE FROM moved_summed USING tenant t WHERE t.tenant = moved_summed.tenant AND moved_summed.zone <> t.zone";
    transaction.execute(gone, &[]).await?;
    let rows = transaction
        .query(
            "SELECT d::date FROM tenant t CROSS JOIN LATERAL (SELECT (to_timestamp(least((SELECT min(at) FROM terminal_money), \
                 (SELECT min(at) FROM posting_journal))) AT TIME ZONE t.zone)::date AS first, \
                 (to_timestamp($2::bigint) AT TIME ZONE t.zone)::date - 3 AS last) AS span \
             CROSS JOIN LATERAL generate_series(greatest(span.first, span.last - 3700)::timestamp, span.last::timestamp, interval '1 day') d \
             WHERE t.tenant = $1 AND NOT EXISTS (SELECT FROM moved_summed s WHERE s.tenant = $1 AND s.day = d::date) \
             ORDER BY d DESC LIMIT $3",
            &[&tenant.as_str(), &now, &ROUND],
        )
        .await?;
    let days = rows.iter().map(|row| row.try_get(0));
    Ok(days.collect::<Result<_, _>>()?)
}

async fn sum(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    day: Date,
) -> Result<(), DatabaseError> {
    let row = transaction
        .query_opt(
            "INSERT INTO moved_summed (tenant, day, zone, first, beyond) \
             SELECT tenant, $2, zone, extract(epoch FROM $2::timestamp AT TIME ZONE zone)::bigint, \
                    extract(epoch FROM ($2::date + 1)::timestamp AT TIME ZONE zone)::bigint \
             FROM tenant WHERE tenant = $1 ON CONFLICT DO NOTHING RETURNING first, beyond",
            &[&tenant.as_str(), &day],
        )
        .await?;
    // Another server was quicker.
    let Some(row) = row else { return Ok(()) };
    let (first, beyond): (i64, i64) = (row.try_get(0)?, row.try_get(1)?);
    for part in Part::ALL {
        let sql = format!(
            "INSERT INTO moved_day (tenant, day, part, what, terminal, clerk, utility, count, amount) \
             SELECT $3, $4, '{}', what, terminal, clerk, utility, count(*), sum(amount)::bigint FROM ({}) AS r \
             GROUP BY what, terminal, clerk, utility",
            part.name(),
            part.rows(("$1::bigint", "$2::bigint"))
        );
        let statement = transaction.prepare_cached(&sql).await?;
        transaction
            .execute(&statement, &[&first, &beyond, &tenant.as_str(), &day])
            .await?;
    }
    Ok(())
}
