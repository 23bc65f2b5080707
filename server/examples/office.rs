//! How long the pages of the back office take where there are 200,000 accounts, a million top-ups and millions of readings: the whole
//! answer over HTTP, by the program as it ships. It fails where a page or a search is over its bound.
//!
//!     cargo build --release -p meterpost-server --bin server
//!     cargo run --release -p meterpost-server --example office -- "$(scripts/database.sh)"

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use meterpost_ledger::signing::TenantId;
use meterpost_server::database::{Address, Database};
use meterpost_server::people::session::{self, Missing};

const DATABASE: &str = "meterpost_bench_office";
/// Most milliseconds, in the median, of a page and of a search.
const PAGE: u128 = 150;
const SEARCH: u128 = 100;
/// Persons who look, each at each page once.
const PERSONS: usize = 15;
const PAGES: &[&str] = &[
    "/",
    "/accounts/A-0100000",
    "/receipts/500000",
    "/meters/000000100001",
    "/concentrators",
    "/concentrators/1/7",
    "/cards",
    "/cards/C100000",
    "/requests",
    "/alerts",
    "/enrolments",
    "/conflicts",
    "/people",
    "/trail",
    "/trail?actor=Lin&object=A-0100000",
    "/reports",
    "/tariffs",
    "/settlement",
    "/check",
    "/account-import",
];
/// Nothing fits, one account, a hundred thousand of them, a part of a meter's number.
const SEARCHES: &[&str] = &[
    "/accounts?q=zzz",
    "/accounts?q=a-0177777",
    "/accounts?q=%E7%8E%8B",
    "/accounts?q=00199999",
];

type Failure = Box<dyn std::error::Error>;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [cluster] = arguments.as_slice() else {
        eprintln!("office: say how to reach PostgreSQL, as scripts/database.sh prints it");
        return ExitCode::from(2);
    };
    let runtime = tokio::runtime::Runtime::new();
    let done = runtime
        .map_err(Failure::from)
        .and_then(|runtime| runtime.block_on(measure(cluster)));
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("office: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn connect(url: &str) -> Result<tokio_postgres::Client, Failure> {
    let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}

async fn measure(cluster: &str) -> Result<bool, Failure> {
    let owner = connect(cluster).await?;
    let drop = format!("DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)");
    owner.batch_execute(&drop).await?;
    owner
        .batch_execute(&format!("CREATE DATABASE {DATABASE}"))
        .await?;
    let url = cluster.replace("dbname=postgres", &format!("dbname={DATABASE}"));
    let folder = tempfile::tempdir()?;
    let done = in_database(&url, folder.path()).await;
    owner.batch_execute(&drop).await?;
    done
}

/// The program beside this one.
fn program() -> Result<PathBuf, Failure> {
    let here = std::env::current_exe()?;
    let folder = here.parent().and_then(Path::parent);
    Ok(folder.ok_or("no folder of programs")?.join("server"))
}

/// The server while it runs.
struct Served(Child);

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

async fn in_database(url: &str, folder: &Path) -> Result<bool, Failure> {
    let config = folder.join("server.toml");
    let text = format!(
        "listen = \"127.0.0.1:0\"\nkeys = \"keys\"\nwitness = \"bench.example/east\"\n[database]\nurl = \"{url}\"\n"
    );
    std::fs::write(&config, text)?;
    let program = program()?;
    for command in [&["init"][..], &["tenant", "east"]] {
        let done = Command::new(&program)
            .args(command)
            .arg("--config")
            .arg(&config)
            .stdout(Stdio::null())
            .status()?;
        if !done.success() {
            return Err(format!("server {command:?} failed").into());
        }
    }
    let began = Instant::now();
    fill(&connect(url).await?).await?;
    eprintln!("filled in {:.0} s", began.elapsed().as_secs_f64());
    let mut child = Command::new(&program)
        .args(["serve", "--config"])
        .arg(&config)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let mut line = String::new();
    let said = child.stdout.take().ok_or("no output")?;
    let _served = Served(child);
    BufReader::new(said).read_line(&mut line)?;
    let base = line.trim().trim_start_matches("serving on ").to_owned();
    let sessions = sessions(url).await?;
    let mut fine = true;
    for (paths, bound) in [(PAGES, PAGE), (SEARCHES, SEARCH)] {
        for path in paths {
            fine &= one(&base, path, &sessions, bound)?;
        }
    }
    Ok(fine)
}

/// Managers who are in.
async fn sessions(url: &str) -> Result<Vec<String>, Failure> {
    let tenant = TenantId::new("east")?;
    let database = Database::new(&Address::plain(url)?, 1)?;
    let mut connection = database.connection().await?;
    let transaction = connection.begin(&tenant).await?;
    let now = i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs())?;
    let mut found = Vec::new();
    for person in 0..PERSONS {
        let name = format!("M{person}");
        let begun = session::begin(&transaction, &tenant, &name, (Missing::Nothing, None), now);
        found.push(begun.await?);
    }
    transaction.commit().await?;
    Ok(found)
}

/// A page as everybody gets it; whether its median is within the bound.
fn one(base: &str, path: &str, sessions: &[String], bound: u128) -> Result<bool, Failure> {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .max_redirects(0)
        .build()
        .into();
    let mut took: Vec<Duration> = Vec::new();
    let mut bytes = 0;
    for session in sessions {
        let began = Instant::now();
        let mut answer = agent
            .get(format!("{base}{path}"))
            .header("cookie", format!("__Host-office={session}"))
            .call()
            .map_err(|error| format!("{path}: {error}"))?;
        if answer.status() != 200 {
            return Err(format!("{path}: {}", answer.status()).into());
        }
        bytes = answer.body_mut().read_to_vec()?.len();
        took.push(began.elapsed());
    }
    took.sort_unstable();
    let (median, worst) = (took[took.len() / 2], took[took.len() - 1]);
    let fine = median.as_millis() <= bound;
    println!(
        "{path:40} median {:6.1} ms  worst {:6.1} ms  {bytes:7} bytes{}",
        median.as_secs_f64() * 1e3,
        worst.as_secs_f64() * 1e3,
        if fine { "" } else { "  OVER ITS BOUND" }
    );
    Ok(fine)
}

/// Accounts, meters, cards, a million top-ups, a year's partitions of readings. The triggers are left out where they are not measured.
async fn fill(owner: &tokio_postgres::Client) -> Result<(), Failure> {
    owner.batch_execute(PEOPLE).await?;
    owner.batch_execute(ACCOUNTS).await?;
    owner.batch_execute(MONEY).await?;
    owner.batch_execute(READINGS).await?;
    owner.batch_execute("VACUUM ANALYZE").await?;
    Ok(())
}

const PEOPLE: &str = "\
    INSERT INTO staff (tenant, name, role) SELECT 'east', 'M' || n, 'manager' FROM generate_series(0, 40) n; \
    INSERT INTO terminal (tenant, terminal, epoch) SELECT 'east', 'k' || n, 1 FROM generate_series(1, 200) n; \
    INSERT INTO log (tenant, terminal, epoch, memory, version, last_contact) SELECT 'east', 'k' || n, 1, '{}', 1, now() FROM generate_series(1, 200) n; \
    INSERT INTO alert (tenant, terminal, kind, words, since, ended_at) SELECT 'east', 'k' || (1 + n % 200), 'paper', 'no paper', now(), now() \
        FROM generate_series(1, 100000) n; \
    INSERT INTO audit (tenant, actor, act, object, outcome) SELECT 'east', 'Lin', 'wallet.top_up', 'A-' || lpad((n % 200000)::text, 7, '0'), 'done' \
        FROM generate_series(1, 1000000) n";

const ACCOUNTS: &str = "\
    SET session_replication_role = replica; \
    INSERT INTO account (tenant, account, district, name, place, changed) SELECT 'east', 'A-' || lpad(n::text, 7, '0'), 'north', \
        (ARRAY['王','李','张','刘'])[1 + n % 4] || (ARRAY['小明','伟','芳'])[1 + n % 3], (n / 40) || '栋' || n % 40, n FROM generate_series(1, 200000) n; \
    INSERT INTO meter (tenant, number, account, utility, profile, address, segment) SELECT 'east', lpad(n::text, 12, '0'), \
        'A-' || lpad((n / 2 + 1)::text, 7, '0'), 'water', 'cjt188-2004', '26030551001200', 1 + n % 4 FROM generate_series(1, 399998) n; \
    INSERT INTO card (tenant, number, account, state) SELECT 'east', 'C' || n, 'A-' || lpad(n::text, 7, '0'), 'issued' FROM generate_series(1, 200000) n; \
    INSERT INTO concentrator (tenant, area, address, certificate, last_contact) SELECT 'east', 1, n, 'c' || n || '.east.example', now() \
        FROM generate_series(1, 200) n; \
    INSERT INTO meter_point (tenant, meter, area, address, point, since, read_at) SELECT 'east', lpad((100000 + n)::text, 12, '0'), 1, 7, n, current_date, now() \
        FROM generate_series(1, 2000) n; \
    SET session_replication_role = origin; \
    SELECT account_words('east', account) FROM account";

const MONEY: &str = "\
    SET session_replication_role = replica; \
    INSERT INTO wallet (tenant, account, balance) SELECT 'east', account, 50000 FROM account; \
    INSERT INTO posting_journal (tenant, at, kind, reference, content, made_by) SELECT 'east', 1700000000 + n * 60, 'wallet.top_up', 't' || n, '{}', 'Lin' \
        FROM generate_series(1, 1000000) n; \
    INSERT INTO wallet_posting (tenant, journal, line, book, account, amount) SELECT 'east', n, 1, 'desk', NULL, 5000 FROM generate_series(1, 1000000) n; \
    INSERT INTO wallet_posting (tenant, journal, line, book, account, amount) SELECT 'east', n, 2, 'wallet', 'A-' || lpad((1 + n % 200000)::text, 7, '0'), -5000 \
        FROM generate_series(1, 1000000) n; \
    SET session_replication_role = origin";

/// Thirteen months of days for two thousand meters, in partitions as the server makes them, and hourly readings of the last two weeks.
const READINGS: &str = "\
    DO $$ DECLARE month date; BEGIN FOR step IN 2..13 LOOP \
        month := (date_trunc('month', localtimestamp) - make_interval(months => step))::date; \
        EXECUTE format('CREATE TABLE %I PARTITION OF reading FOR VALUES FROM (%L) TO (%L)', 'reading_' || to_char(month, 'YYYY_MM'), month, (month + interval '1 month')::date); \
    END LOOP; PERFORM reading_partitions(1); END $$; \
    INSERT INTO reading (tenant, meter, kind, at, unit, value, places, detail) \
        SELECT 'east', lpad((100000 + m)::text, 12, '0'), 'day', current_date - d, 'm3', 100000 - d * 17, 2, '{}' FROM generate_series(1, 2000) m, generate_series(0, 390) d; \
    INSERT INTO reading (tenant, meter, kind, at, unit, value, places, detail) \
        SELECT 'east', lpad((100000 + m)::text, 12, '0'), 'energy', current_date - make_interval(hours => h), 'm3', 100000 - h, 2, '{}' FROM generate_series(1, 2000) m, generate_series(0, 700) h";
