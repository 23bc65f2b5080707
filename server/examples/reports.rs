//! The month of many accounts as a workbook: how long it takes, and what memory it needs at most. It fails where ten times the accounts need
//! much more memory.
//!
//!     cargo run --release -p meterpost-server --example reports -- "$(scripts/database.sh)" 10000 100000 [folder for the files]

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use jiff::civil::Date;
use meterpost_ledger::signing::TenantId;
use meterpost_server::database::{Address, Database, migrate};
use meterpost_server::report::{Asked, Format, Language, Name, Narrowed, span, write};

const DATABASE: &str = "meterpost_bench_reports";
/// Kilobytes that the larger report may need beyond the smaller one.
const MORE: u64 = 16 * 1024;

type Failure = Box<dyn std::error::Error>;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [cluster, few, many, rest @ ..] = arguments.as_slice() else {
        eprintln!(
            "reports: say how to reach PostgreSQL, as scripts/database.sh prints it, and two numbers of accounts"
        );
        return ExitCode::from(2);
    };
    let folder = rest.first().map(PathBuf::from);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    let done = runtime.map_err(Failure::from).and_then(|runtime| {
        runtime.block_on(measure(cluster, (few.parse()?, many.parse()?), folder))
    });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("reports: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn connect(url: &str) -> Result<tokio_postgres::Client, Failure> {
    let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}

async fn measure(
    cluster: &str,
    (few, many): (i64, i64),
    folder: Option<PathBuf>,
) -> Result<(), Failure> {
    let owner = connect(cluster).await?;
    let drop = format!("DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)");
    owner.batch_execute(&drop).await?;
    owner
        .batch_execute(&format!("CREATE DATABASE {DATABASE}"))
        .await?;
    let url = cluster.replace("dbname=postgres", &format!("dbname={DATABASE}"));
    let done = in_database(&url, (few, many), folder).await;
    owner.batch_execute(&drop).await?;
    done
}

async fn in_database(
    url: &str,
    (few, many): (i64, i64),
    folder: Option<PathBuf>,
) -> Result<(), Failure> {
    let address = Address::plain(url)?;
    migrate(&address).await?;
    let owner = connect(url).await?;
    for (tenant, accounts) in [("few", few), ("many", many)] {
        fill(&owner, tenant, accounts).await?;
    }
    let database = Database::new(&address, 2)?;
    let temporary = tempfile::tempdir()?;
    let folder = folder.unwrap_or_else(|| temporary.path().to_owned());
    // What the program needs by itself is there before anything is measured.
    make(&database, "few", Format::Xlsx, &folder).await?;
    let small = make(&database, "few", Format::Xlsx, &folder).await?;
    let large = make(&database, "many", Format::Xlsx, &folder).await?;
    let csv = make(&database, "many", Format::Csv, &folder).await?;
    make(&database, "few", Format::Pdf, &folder).await?;
    if large > small + MORE || csv > small + MORE {
        return Err(format!("memory grows with the accounts: {small} kB, {large} kB").into());
    }
    Ok(())
}

/// A month of each account: money paid in, put aside and delivered. The triggers are left out, for they are not what is measured.
async fn fill(owner: &tokio_postgres::Client, tenant: &str, accounts: i64) -> Result<(), Failure> {
    let sql = format!(
        "SET session_replication_role = replica; \
         INSERT INTO tenant (tenant) VALUES ('{tenant}'); \
         INSERT INTO account (tenant, account, district, name, place, changed) \
         SELECT '{tenant}', 'A' || lpad(n::text, 7, '0'), 'north', '王小明', (n / 100) || '栋' || n % 100, 1 FROM generate_series(1, {accounts}) AS n; \
         INSERT INTO posting_journal (tenant, at, kind, reference, content, made_by) \
         SELECT '{tenant}', extract(epoch FROM timestamptz '2026-09-01 08:00+08')::bigint + n % 2500000, kind, n::text, 'null', 'Lin' \
         FROM generate_series(1, {accounts}) AS n, unnest(ARRAY['wallet.top_up', 'hold.made', 'hold.captured']) AS kind; \
         INSERT INTO wallet_posting (tenant, journal, line, book, account, amount) \
         SELECT j.tenant, j.journal, side.line, side.book, CASE WHEN side.book IN ('wallet', 'held') THEN 'A' || lpad(j.reference, 7, '0') END, \
                side.amount * (100 + j.reference::bigint % 9900) \
         FROM posting_journal j JOIN (VALUES ('wallet.top_up', 1, 'desk', 2), ('wallet.top_up', 2, 'wallet', -2), \
             ('hold.made', 1, 'wallet', 1), ('hold.made', 2, 'held', -1), ('hold.captured', 1, 'held', 1), \
             ('hold.captured', 2, 'terminals', -1)) AS side (kind, line, book, amount) ON side.kind = j.kind WHERE j.tenant = '{tenant}'; \
         ANALYZE; SET session_replication_role = origin"
    );
    owner.batch_execute(&sql).await?;
    Ok(())
}

/// Makes a file; the most memory that the program had meanwhile, in kilobytes.
async fn make(
    database: &Database,
    tenant: &str,
    format: Format,
    folder: &Path,
) -> Result<u64, Failure> {
    let tenant = TenantId::new(tenant)?;
    let asked = Asked {
        name: Name::Accounts,
        from: Some(Date::constant(2026, 9, 1)),
        until: Some(Date::constant(2026, 9, 30)),
        narrowed: Narrowed::default(),
    };
    let path = folder.join(format!("{tenant}.{}", format.word()));
    // The kernel's own mark of the most memory begins anew (proc(5)).
    std::fs::write("/proc/self/clear_refs", "5")?;
    let began = Instant::now();
    let mut connection = database.connection().await?;
    let transaction = connection.look(&tenant).await?;
    let span = span(&transaction, &tenant, &asked, 0).await?;
    let what = (&asked, &span, Language::Chinese);
    let rows = write(&transaction, what, (format, &path)).await?;
    let seconds = began.elapsed().as_secs_f64();
    let most = most_memory()?;
    let bytes = std::fs::metadata(&path)?.len();
    println!(
        "{rows:>7} accounts as {:<4}  {seconds:>6.2} s  {:>7.0} rows/s  {:>6} kB of memory at most  {:>6} kB of file",
        format.word(),
        rows as f64 / seconds,
        most,
        bytes / 1024
    );
    Ok(most)
}

fn most_memory() -> Result<u64, Failure> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let line = line.ok_or("no mark of the most memory")?;
    Ok(line.trim().trim_end_matches(" kB").trim().parse()?)
}
