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
    /// Credits by terminals, by the account whose meter it was.
    Credit,
    /// What changed in accounts' wallets, by the journal's kind.
    Account,
}

impl Part {
    const ALL: [Part; 5] = [
        Part::Total,
        Part::Moved,
        Part::Charge,
        Part::Credit,
        Part::Account,
    ];

    fn name(self) -> &'static str {
        match self {
            Part::Total => "total",
            Part::Moved => "moved",
            Part::Charge => "charge",
            Part::Credit => "credit",
            Part::Account => "account",
        }
    }

    /// `(at, what, terminal, clerk, utility, account, amount)` between two moments.
    fn rows(self, moments: (&str, &str)) -> String {
        const NONE: &str = "NULL::text";
        let (what, [terminal, clerk, utility, account], rows) = match self {
            Part::Total => ("what", [NONE; 4], moved(moments)),
            Part::Moved => ("what", ["terminal", "clerk", NONE, NONE], moved(moments)),
            Part::Charge => (
                "means",
                ["terminal", "clerk", "utility", NONE],
                charge(moments),
            ),
            Part::Credit => (
                "means",
                ["terminal", NONE, NONE, "account"],
                format!(
                    "SELECT * FROM ({}) AS c WHERE terminal IS NOT NULL",
                    charge(moments)
                ),
            ),
            Part::Account => ("kind", [NONE; 4], changed(moments)),
        };
        format!(
            "SELECT at, {what} AS what, {terminal} AS terminal, {clerk} AS clerk, {utility} AS utility, {account} AS account, amount FROM ({rows}) AS r"
        )
    }
}

/// Whole days without sums, one after the other: from this second to before that one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Gaps(Vec<(i64, i64)>);

impl Gaps {
    /// From single days in their order.
    fn of(days: impl IntoIterator<Item = (i64, i64)>) -> Gaps {
        let mut gaps: Vec<(i64, i64)> = Vec::new();
        for (first, beyond) in days {
            match gaps.last_mut() {
                Some(last) if last.1 == first => last.1 = beyond,
                _ => gaps.push((first, beyond)),
            }
        }
        Gaps(gaps)
    }

    /// What of them lies before this second.
    pub(super) fn before(&self, end: i64) -> Gaps {
        let cut =
            |(first, beyond): &(i64, i64)| (*first < end).then_some((*first, end.min(*beyond)));
        Gaps(self.0.iter().filter_map(cut).collect())
    }
}

/// The days without sums from this one on, as far as anything is known of.
///
/// # Errors
/// The database's.
pub(super) async fn gaps(
    transaction: &Transaction<'_>,
    (zone, from): (&str, Date),
) -> Result<Gaps, DatabaseError> {
    let rows = transaction
        .query(
            "SELECT extract(epoch FROM day::timestamp AT TIME ZONE $1)::bigint, extract(epoch FROM (day + 1)::timestamp AT TIME ZONE $1)::bigint \
             FROM (SELECT d::date AS day FROM generate_series( \
                 greatest($2::date, (to_timestamp(least((SELECT min(at) FROM terminal_money), (SELECT min(at) FROM posting_journal))) \
                     AT TIME ZONE $1)::date)::timestamp, \
                 (to_timestamp(greatest((SELECT max(at) FROM terminal_money), (SELECT max(at) FROM posting_journal))) AT TIME ZONE $1)::date::timestamp, \
                 interval '1 day') d) AS days \
             WHERE NOT EXISTS (SELECT FROM moved_summed s WHERE s.day = days.day AND s.zone = $1) ORDER BY day",
            &[&zone, &from],
        )
        .await?;
    let days: Result<Vec<_>, tokio_postgres::Error> = rows
        .iter()
        .map(|row| Ok((row.try_get(0)?, row.try_get(1)?)))
        .collect();
    Ok(Gaps::of(days?))
}

/// Names a query `sums (day, what, terminal, clerk, utility, account, count, amount)` of the local days from `first` to `last`: sums where there are
/// some, and movements of the days where there are none. `$3` is the time zone. The moments of those stand in the text, so that the database
/// knows how few they are.
pub(super) fn sums(part: Part, (first, last): (&str, &str), Gaps(gaps): &Gaps) -> String {
    let single = gaps.iter().map(|(first, beyond)| {
        format!(
            " UNION ALL SELECT (to_timestamp(at) AT TIME ZONE $3)::date, what, terminal, clerk, utility, account, 1, amount FROM ({}) AS r",
            part.rows((&format!("({first})::bigint"), &format!("({beyond})::bigint")))
        )
    });
    format!(
        ", sums AS (SELECT d.day, d.what, d.terminal, d.clerk, d.utility, d.account, d.count, d.amount \
             FROM moved_day d JOIN moved_summed s ON s.tenant = d.tenant AND s.day = d.day \
             WHERE s.zone = $3 AND d.part = '{}' AND d.day >= {first} AND d.day <= {last}{})",
        part.name(),
        single.collect::<String>()
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
             WHERE t.tenant = $1 AND span.first IS NOT NULL AND NOT EXISTS (SELECT FROM moved_summed s WHERE s.tenant = $1 AND s.day = d::date) \
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
             SELECT tenant, $2::date, zone, extract(epoch FROM $2::date::timestamp AT TIME ZONE zone)::bigint, \
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
            "INSERT INTO moved_day (tenant, day, part, what, terminal, clerk, utility, account, count, amount) \
             SELECT $3::text, $4::date, '{}', what, terminal, clerk, utility, account, count(*), sum(amount)::bigint FROM ({}) AS r \
             GROUP BY what, terminal, clerk, utility, account",
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_that_follow_one_another_are_one_gap_and_what_is_beyond_the_period_is_cut_off() {
        let gaps = Gaps::of([(0, 10), (10, 20), (40, 50)]);
        assert_eq!(gaps, Gaps(vec![(0, 20), (40, 50)]));
        assert_eq!(gaps.before(45), Gaps(vec![(0, 20), (40, 45)]));
        assert_eq!(gaps.before(40), Gaps(vec![(0, 20)]));
        assert_eq!(Gaps::of([]).before(1), Gaps(Vec::new()));
    }
}
