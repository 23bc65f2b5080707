//! How long a day of many meters takes to settle: readings to charges to postings, over one connection, beside the same night again
//! (nothing changes) and the look through all balances. Of every hundred meters one reading is missing and is estimated.
//!
//!     cargo run --release -p meterpost-server --example settlement -- "$(scripts/database.sh)" 100000

use std::process::ExitCode;
use std::time::{Duration, Instant};

use jiff::ToSpan;
use jiff::civil::Date;
use meterpost_ledger::signing::TenantId;
use meterpost_server::database::{Address, Database, migrate};
use meterpost_server::settlement::{Report, Terms, set_terms, settle_days, supply};

const DATABASE: &str = "meterpost_bench_settlement";

type Failure = Box<dyn std::error::Error>;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let (Some(cluster), count) = (arguments.next(), arguments.next()) else {
        eprintln!("settlement: say how to reach PostgreSQL, as scripts/database.sh prints it");
        return ExitCode::from(2);
    };
    let count = count
        .and_then(|count| count.parse().ok())
        .unwrap_or(100_000);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    let done = runtime
        .map_err(Failure::from)
        .and_then(|runtime| runtime.block_on(measure(&cluster, count)));
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("settlement: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn connect(url: &str) -> Result<tokio_postgres::Client, Failure> {
    let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}

/// So many accounts with a meter each, a tariff with tiers, surcharge and tax, 100.00 in every wallet, and the readings of three days.
fn district(count: i32, first: Date) -> String {
    format!(
        "INSERT INTO tenant (tenant) VALUES ('bench'); INSERT INTO directory (tenant, version) VALUES ('bench', 1); \
         INSERT INTO account (tenant, account, district, changed) SELECT 'bench', 'A' || n, 'd', 1 FROM generate_series(1, {count}) n; \
         INSERT INTO meter (tenant, number, account, utility, profile, address, segment, billing) \
         SELECT 'bench', lpad(n::text, 12, '0'), 'A' || n, 'electricity', 'dlt645-plain', lpad(n::text, 12, '0'), 0, 'on_account' \
         FROM generate_series(1, {count}) n; \
         INSERT INTO tariff_version (tenant, utility, name, version, valid_from, content, state, drafted_by, activated_by, activated_at) \
         VALUES ('bench', 'electricity', 'default', 1, '2020-01-01', '{{\"utility\": \"electricity\", \"unit\": \"kWh\", \"period\": \"month\", \
         \"tiers\": [{{\"upto\": 240000, \"price\": 488300}}, {{\"upto\": 400000, \"price\": 538300}}, {{\"price\": 788300}}], \"fixed\": 300, \
         \"surcharges\": [{{\"name\": \"fund\", \"price\": 12300}}], \"tax\": {{\"rate\": 1300, \"included\": true}}}}', 'active', 'a', 'b', now()); \
         INSERT INTO posting_journal (tenant, at, kind, reference, content, made_by) \
         SELECT 'bench', 0, 'wallet.top_up', 'A' || n, '{{}}', 'bench' FROM generate_series(1, {count}) n; \
         INSERT INTO wallet_posting SELECT 'bench', journal, line, CASE line WHEN 1 THEN 'desk' ELSE 'wallet' END, \
             CASE line WHEN 2 THEN reference END, CASE line WHEN 1 THEN 10000 ELSE -10000 END \
         FROM posting_journal CROSS JOIN generate_series(1, 2) line; \
         INSERT INTO reading (tenant, meter, kind, at, unit, value, places, detail) \
         SELECT 'bench', lpad(n::text, 12, '0'), 'day', '{first}'::date + d, 'kWh', (1000000 + n * 7 % 90000 + d * (50000 + n % 30000)), 4, \
             '{{\"rates\": []}}' \
         FROM generate_series(1, {count}) n CROSS JOIN generate_series(0, 2) d WHERE d <> 2 OR n % 100 <> 0; \
         ANALYZE"
    )
}

async fn measure(cluster: &str, count: i32) -> Result<(), Failure> {
    let owner = connect(cluster).await?;
    owner
        .batch_execute(&format!("DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)"))
        .await?;
    owner
        .batch_execute(&format!("CREATE DATABASE {DATABASE}"))
        .await?;
    let url = cluster.replace("dbname=postgres", &format!("dbname={DATABASE}"));
    let address = Address::plain(&url)?;
    migrate(&address).await?;
    let database = Database::new(&address, 3)?;
    database.make_partitions(1).await?;
    let today = jiff::Zoned::now().date();
    let first = today.checked_sub(3.days())?;
    let inside = connect(&url).await?;
    inside.batch_execute(&district(count, first)).await?;
    let night = |day: i64| nightly(&database, first.saturating_add(day.days()), today);
    let (first_report, opening) = night(1).await?;
    let (report, usual) = night(2).await?;
    let (again, nothing) = night(2).await?;
    if again.revisions != 0 || report.revisions != first_report.meters {
        return Err(format!("{first_report:?} {report:?} {again:?}").into());
    }
    let looked = look(&database, today).await?;
    owner
        .batch_execute(&format!("DROP DATABASE {DATABASE} WITH (FORCE)"))
        .await?;
    let rate = |took: Duration| f64::from(count) / took.as_secs_f64();
    println!("meters                          {}", report.meters);
    println!("of them estimated               {}", report.estimated);
    for (what, took) in [
        ("their first day", opening),
        ("a day", usual),
        ("the same day again", nothing),
        ("a look through all balances", looked),
    ] {
        println!(
            "{what:<32}{:.1} s, {:.0} meters/s",
            took.as_secs_f64(),
            rate(took)
        );
    }
    Ok(())
}

async fn nightly(
    database: &Database,
    day: Date,
    today: Date,
) -> Result<(Report, Duration), Failure> {
    let tenant = TenantId::new("bench")?;
    let began = Instant::now();
    let report = settle_days(database, &tenant, (day, day), (today, 0)).await?;
    Ok((report, began.elapsed()))
}

async fn look(database: &Database, today: Date) -> Result<Duration, Failure> {
    let tenant = TenantId::new("bench")?;
    let terms = Terms {
        warn_first: 1000,
        warn_second: 500,
        emergency: 0,
        keep_power: false,
        quiet: (0, 0),
    };
    let mut connection = database.connection().await?;
    let transaction = connection.begin(&tenant).await?;
    set_terms(&transaction, &tenant, None, &terms).await?;
    transaction.commit().await?;
    let began = Instant::now();
    supply(database, &tenant, today.at(12, 0, 0, 0), 0).await?;
    Ok(began.elapsed())
}
