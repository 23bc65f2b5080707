//! How fast entries are taken in, beside bare inserts of the same rows into the same PostgreSQL. Both go over one connection, a
//! transaction for each batch of 1000; the server decodes every entry, grows the tree and judges the head in the end.
//!
//!     cargo run --release -p meterpost-server --example ingest -- "$(scripts/database.sh)" 50000

use std::process::ExitCode;
use std::time::{Duration, Instant};

use meterpost_ledger::exchange::{Next, WitnessMemory, read_batch};
use meterpost_ledger::signing::{KeyStore, LogOrigin, Signer, WitnessKey, system_entropy};
use meterpost_ledger::{BootId, ClockQuality, Event, Folder, Ledger, Stamp};
use meterpost_server::database::{Address, Database, migrate};
use meterpost_server::witness::{self, Cosigning, Following, Stored, cosign, store_entries};

const ORIGIN: &str = "meterpost/bench/K1/1";
const DATABASE: &str = "meterpost_bench";
const BARE: &str = "CREATE TABLE bare (tenant text, terminal text, epoch bigint, seq bigint, bytes bytea NOT NULL, \
     PRIMARY KEY (tenant, terminal, epoch, seq))";

type Failure = Box<dyn std::error::Error>;
/// Each with the place of its first entry.
type Batches = Vec<(u64, Vec<u8>)>;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let (Some(cluster), count) = (arguments.next(), arguments.next()) else {
        eprintln!("ingest: say how to reach PostgreSQL, as scripts/database.sh prints it");
        return ExitCode::from(2);
    };
    let count = count.and_then(|count| count.parse().ok()).unwrap_or(50_000);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    let done = runtime
        .map_err(Failure::from)
        .and_then(|runtime| runtime.block_on(measure(&cluster, count)));
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("ingest: {error}");
            ExitCode::FAILURE
        }
    }
}

fn stamp() -> Stamp {
    Stamp {
        boot: BootId([7; 16]),
        monotonic_ms: 1,
        wall: 1_700_000_000_000,
        quality: ClockQuality::Ntp,
    }
}

/// A log with so many entries, and its batches as a terminal sends them.
fn log(folder: &std::path::Path, count: usize) -> Result<(Ledger, Batches), Failure> {
    let place = Folder::new(folder);
    let key = KeyStore::create(&place.key(), &mut system_entropy)?;
    let mut ledger = Ledger::create(&place, ORIGIN, Box::new(key), &stamp(), "bench")?;
    let event = Event::Started {
        software: "bench".into(),
    };
    let mut left = count;
    while left > 0 {
        let some = left.min(10_000);
        ledger.commit(&stamp(), &vec![event.clone(); some])?;
        left -= some;
    }
    let mut batches = Vec::new();
    let mut first = 0;
    while first < ledger.size() {
        let (batch, next) = ledger.batch(first)?;
        batches.push((first, batch));
        first = next;
    }
    Ok((ledger, batches))
}

async fn connect(url: &str) -> Result<tokio_postgres::Client, Failure> {
    let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}

async fn measure(cluster: &str, count: usize) -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    let (ledger, batches) = log(folder.path(), count)?;
    let owner = connect(cluster).await?;
    owner
        .batch_execute(&format!("DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)"))
        .await?;
    owner
        .batch_execute(&format!("CREATE DATABASE {DATABASE}"))
        .await?;
    let url = cluster.replace("dbname=postgres", &format!("dbname={DATABASE}"));
    migrate(&Address::plain(&url)?).await?;
    let bare = bare(&url, &batches).await?;
    let whole = whole(&url, &ledger, &batches).await?;
    owner
        .batch_execute(&format!("DROP DATABASE {DATABASE} WITH (FORCE)"))
        .await?;
    let rate = |took: Duration| ledger.size() as f64 / took.as_secs_f64();
    println!("entries                         {}", ledger.size());
    println!(
        "bare multi-row inserts          {:.0} entries/s",
        rate(bare)
    );
    println!(
        "decoded, hashed, stored, judged {:.0} entries/s",
        rate(whole)
    );
    println!(
        "ratio                           {:.2}",
        rate(whole) / rate(bare)
    );
    Ok(())
}

/// The same rows into a table with the same key, and nothing else.
async fn bare(url: &str, batches: &[(u64, Vec<u8>)]) -> Result<Duration, Failure> {
    let client = connect(url).await?;
    client.batch_execute(BARE).await?;
    let insert = client
        .prepare(
            "INSERT INTO bare SELECT 'bench', 'K1', 1, $1 + place - 1, bytes \
             FROM unnest($2::bytea[]) WITH ORDINALITY AS sent (bytes, place)",
        )
        .await?;
    let mut took = Duration::ZERO;
    for (first, batch) in batches {
        let entries = read_batch(*first, batch)?;
        let from = i64::try_from(*first)?;
        let began = Instant::now();
        client.execute(&insert, &[&from, &entries]).await?;
        took += began.elapsed();
    }
    Ok(took)
}

/// What the server does with a call, from the batch to the cosigned head.
async fn whole(
    url: &str,
    ledger: &Ledger,
    batches: &[(u64, Vec<u8>)],
) -> Result<Duration, Failure> {
    let database = Database::new(&Address::plain(url)?, 1)?;
    let origin = LogOrigin::parse(ORIGIN)?;
    let mut connection = database.connection().await?;
    let transaction = connection.begin(origin.tenant()).await?;
    transaction
        .execute("INSERT INTO tenant (tenant) VALUES ('bench')", &[])
        .await?;
    witness::add(
        &transaction,
        &WitnessMemory::new(origin.clone(), *ledger.vkey().key()),
    )
    .await?;
    transaction.commit().await?;
    let began = Instant::now();
    for (first, batch) in batches {
        let entries = read_batch(*first, batch)?;
        let transaction = connection.begin(origin.tenant()).await?;
        let log = witness::lock(&transaction, &origin).await?;
        let log = log.ok_or("the log is gone")?;
        match store_entries(&transaction, &log, *first, &entries, u64::MAX).await? {
            Stored::Here { .. } => transaction.commit().await?,
            other => return Err(format!("{other:?}").into()),
        }
    }
    let key = KeyStore::create(
        &ledger.folder().directory().join("witness"),
        &mut system_entropy,
    )?;
    let witness = WitnessKey::new(ledger.origin().clone(), key.public_key());
    let Next::Ask(asked) = ledger.ask(&ledger.standing(&witness))? else {
        return Err("there is nothing to ask".into());
    };
    let transaction = connection.begin(origin.tenant()).await?;
    let log = witness::lock(&transaction, &origin).await?;
    let log = log.ok_or("the log is gone")?;
    let following = Following {
        now: 0,
        schedule: None,
    };
    match cosign(&transaction, &log, &asked.request, &following).await? {
        Cosigning::Judged(_) => transaction.commit().await?,
        Cosigning::Needs { have } => return Err(format!("only {have} are there").into()),
    }
    Ok(began.elapsed())
}
