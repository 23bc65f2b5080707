//! What there is: made in the database by the files beside this one, with the tables, indexes and policies that ship. Triggers are left out while rows
//! are written where they are not measured.

use std::time::Instant;

use super::Failure;

/// How much of it.
pub struct Size {
    name: &'static str,
    /// Each with a meter and a card.
    pub accounts: u32,
    /// Those that are read.
    pub meters: u32,
    /// Half of them at terminals, half at the counter, over thirteen months.
    pub topups: u32,
    /// Days of which each meter has a reading.
    pub days: u32,
    /// Hours of which each meter has one.
    pub hours: u32,
}

/// As it is measured where nothing is said.
pub const USUAL: Size = Size {
    name: "usual",
    accounts: 200_000,
    meters: 100_000,
    topups: 1_000_000,
    days: 60,
    hours: 40,
};
const SIZES: [Size; 3] = [
    Size {
        name: "smoke",
        accounts: 2_000,
        meters: 1_000,
        topups: 10_000,
        days: 60,
        hours: 72,
    },
    USUAL,
    Size {
        name: "full",
        days: 390,
        hours: 596,
        ..USUAL
    },
];

impl Size {
    /// The one of this name.
    pub fn named(name: &str) -> Option<&'static Size> {
        const { &SIZES }.iter().find(|size| size.name == name)
    }

    fn within(&self, sql: &str) -> String {
        let numbers = [
            (":accounts", self.accounts),
            (":meters", self.meters),
            (":topups", self.topups),
            (":days", self.days),
            (":hours", self.hours),
        ];
        numbers
            .into_iter()
            .fold(sql.to_owned(), |sql, (name, number)| {
                sql.replace(name, &number.to_string())
            })
    }
}

const PARTS: [(&str, &str); 5] = [
    ("people, alerts, trail", include_str!("people.sql")),
    ("accounts, meters, orders", include_str!("accounts.sql")),
    ("money", include_str!("money.sql")),
    ("readings", include_str!("readings.sql")),
    ("settled days", include_str!("settled.sql")),
];

/// Writes all of it.
pub async fn fill(owner: &tokio_postgres::Client, size: &Size) -> Result<(), Failure> {
    owner
        .batch_execute("SET synchronous_commit = off; SET maintenance_work_mem = '1GB'; SET TIME ZONE 'Asia/Shanghai'")
        .await?;
    for (what, sql) in PARTS {
        let began = Instant::now();
        owner.batch_execute(&size.within(sql)).await?;
        eprintln!("{what}: filled in {:.0} s", began.elapsed().as_secs_f64());
    }
    owner.batch_execute("VACUUM ANALYZE").await?;
    Ok(())
}

/// Says what there is, by the database's own count.
pub async fn told(owner: &tokio_postgres::Client) -> Result<(), Failure> {
    let sql = "SELECT coalesce(parent.relname, t.relname)::text, count(*), sum(greatest(t.reltuples, 0))::bigint, \
             count(*) FILTER (WHERE t.reltuples > 0) \
         FROM pg_class t LEFT JOIN pg_inherits i ON i.inhrelid = t.oid LEFT JOIN pg_class parent ON parent.oid = i.inhparent \
         WHERE t.relkind = 'r' AND t.relnamespace = 'public'::regnamespace GROUP BY 1 HAVING sum(t.reltuples) >= 1000 ORDER BY 3 DESC";
    for row in owner.query(sql, &[]).await? {
        let (table, rows): (String, i64) = (row.try_get(0)?, row.try_get(2)?);
        let (parts, filled): (i64, i64) = (row.try_get(1)?, row.try_get(3)?);
        match parts {
            1 => println!("{table:24} {rows:>12} rows"),
            _ => println!("{table:24} {rows:>12} rows in {filled} of {parts} partitions"),
        }
    }
    let row = owner
        .query_one(
            "SELECT pg_size_pretty(pg_database_size(current_database()))",
            &[],
        )
        .await?;
    println!("{:24} {:>12}", "on the disk", row.try_get::<_, String>(0)?);
    Ok(())
}
