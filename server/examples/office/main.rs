//! How long every page of the back office takes where there are 200,000 accounts, a million top-ups and a hundred million readings: the whole answer
//! over HTTP, by the program as it ships. Then how long the hourly look for alarms takes over the same meters. It fails where a page or a search is
//! over its bound, and where the program has a page that is not asked for here.
//!
//!     cargo build --release -p meterpost-server --bin server
//!     cargo run --release -p meterpost-server --example office -- "$(scripts/database.sh)" full
//!
//! Sizes: `smoke` (seconds), `usual` (ten million readings, some minutes, 4 GB), `full` (a hundred million, a quarter of an hour to fill, 20 GB). The
//! database is dropped at the end; where a third argument names one it is kept, and used as it is where it is there.

mod alarms;
mod fill;
mod walk;

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use fill::Size;
use meterpost_ledger::signing::TenantId;
use meterpost_server::database::{Address, Database};
use meterpost_server::people::session::{self, Missing};

const DATABASE: &str = "meterpost_bench_office";
/// Persons who look, each at each page once.
const PERSONS: usize = 15;

pub type Failure = Box<dyn std::error::Error>;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (size, kept) = match arguments.as_slice() {
        [_] => (Some(&fill::USUAL), None),
        [_, name] => (Size::named(name), None),
        [_, name, kept] => (Size::named(name), Some(kept.as_str())),
        _ => (None, None),
    };
    let (Some(cluster), Some(size)) = (arguments.first(), size) else {
        eprintln!(
            "office: say how to reach PostgreSQL, as scripts/database.sh prints it, and smoke, usual or full"
        );
        return ExitCode::from(2);
    };
    let runtime = tokio::runtime::Runtime::new();
    let done = runtime
        .map_err(Failure::from)
        .and_then(|runtime| runtime.block_on(measure(cluster, size, kept)));
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("office: {error}");
            ExitCode::FAILURE
        }
    }
}

pub async fn connect(url: &str) -> Result<tokio_postgres::Client, Failure> {
    let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}

async fn measure(cluster: &str, size: &Size, kept: Option<&str>) -> Result<bool, Failure> {
    let owner = connect(cluster).await?;
    let name = kept.unwrap_or(DATABASE);
    let drop = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
    if kept.is_none() {
        owner.batch_execute(&drop).await?;
    }
    let sql = "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)";
    let filled: bool = owner.query_one(sql, &[&name]).await?.try_get(0)?;
    if !filled {
        owner
            .batch_execute(&format!("CREATE DATABASE {name}"))
            .await?;
    }
    let url = cluster.replace("dbname=postgres", &format!("dbname={name}"));
    let folder = tempfile::tempdir()?;
    let done = in_database(&url, folder.path(), (size, filled)).await;
    if kept.is_none() {
        owner.batch_execute(&drop).await?;
    }
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

async fn in_database(
    url: &str,
    folder: &Path,
    (size, filled): (&Size, bool),
) -> Result<bool, Failure> {
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
    let inside = connect(url).await?;
    if !filled {
        fill::fill(&inside, size).await?;
    }
    let database = Database::new(&Address::plain(url)?, 2)?;
    let tenant = TenantId::new("east")?;
    summed(&database, &tenant).await?;
    inside.batch_execute("VACUUM ANALYZE").await?;
    fill::told(&inside).await?;
    let fine = {
        let (_served, base) = serve(&program, &config)?;
        let sessions = sessions(&database, &tenant).await?;
        walk::all(&base, &sessions, size)?
    };
    alarms::looked(&database, &tenant, &inside).await?;
    Ok(fine)
}

/// What the server does by itself after an update: the days that are over are summed.
async fn summed(database: &Database, tenant: &TenantId) -> Result<(), Failure> {
    let (began, mut all) = (Instant::now(), 0);
    loop {
        let days = meterpost_server::report::sum_days(database, tenant, now()?).await?;
        all += days;
        if days == 0 {
            break;
        }
    }
    let took = began.elapsed().as_secs_f64();
    println!("{all} days summed for the reports in {took:.1} s");
    Ok(())
}

/// Seconds since 1970.
pub fn now() -> Result<u64, Failure> {
    Ok(SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs())
}

fn serve(program: &Path, config: &Path) -> Result<(Served, String), Failure> {
    let mut child = Command::new(program)
        .args(["serve", "--config"])
        .arg(config)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let mut line = String::new();
    let said = child.stdout.take().ok_or("no output")?;
    let served = Served(child);
    BufReader::new(said).read_line(&mut line)?;
    let base = line.trim().trim_start_matches("serving on ").to_owned();
    Ok((served, base))
}

/// Managers who are in.
async fn sessions(database: &Database, tenant: &TenantId) -> Result<Vec<String>, Failure> {
    let mut connection = database.connection().await?;
    let transaction = connection.begin(tenant).await?;
    let now = i64::try_from(now()?)?;
    let mut found = Vec::new();
    for person in 0..PERSONS {
        let name = format!("M{person}");
        let begun = session::begin(&transaction, tenant, &name, (Missing::Nothing, None), now);
        found.push(begun.await?);
    }
    transaction.commit().await?;
    Ok(found)
}
