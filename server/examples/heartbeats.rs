//! What the signs of life of a large fleet cost: the shipping `server` on a real PostgreSQL, a signed call from each of many terminals, and the
//! processor time that the whole machine spends meanwhile, the callers' own included.
//!
//!     cargo build --release -p meterpost-server --bin server
//!     cargo run --release -p meterpost-server --example heartbeats -- "$(scripts/database.sh)" 10000

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant, SystemTime};

use meterpost_ledger::exchange::WitnessMemory;
use meterpost_ledger::signing::{
    CALL_HEADER, KeyStore, LogOrigin, Signer, sign_call, system_entropy,
};
use meterpost_server::database::{Address, Database};
use meterpost_server::witness;

const DATABASE: &str = "meterpost_heartbeats";
const TARGET: &str = "/api/v1/status";
/// Keys, shared by the terminals: what is signed names the terminal, so every call is its own.
const KEYS: usize = 32;
const CALLERS: usize = 8;
/// Terminals put in with one transaction.
const AT_ONCE: usize = 1000;

type Failure = Box<dyn std::error::Error>;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let (Some(cluster), count) = (arguments.next(), arguments.next()) else {
        eprintln!("heartbeats: say how to reach PostgreSQL, as scripts/database.sh prints it");
        return ExitCode::from(2);
    };
    let count = count.and_then(|count| count.parse().ok()).unwrap_or(10_000);
    match measure(&cluster, count) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("heartbeats: {error}");
            ExitCode::FAILURE
        }
    }
}

/// The server; it is killed when dropped.
struct Server {
    child: Child,
    url: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs a program to its end.
fn ran(program: &mut Command) -> Result<(), Failure> {
    let output = program.stdin(Stdio::null()).output()?;
    match output.status.success() {
        true => Ok(()),
        false => Err(String::from_utf8_lossy(&output.stderr).into_owned().into()),
    }
}

fn sql(url: &str, statement: &str) -> Result<(), Failure> {
    ran(Command::new("psql").args(["-qtA", "-v", "ON_ERROR_STOP=1", "-d", url, "-c", statement]))
}

fn start(folder: &Path, url: &str) -> Result<Server, Failure> {
    let here = std::env::current_exe()?;
    // Examples lie in a folder below the programs.
    let programs = here.ancestors().nth(2).ok_or("the program lies nowhere")?;
    let program = programs.join("server");
    let config = folder.join("server.toml");
    std::fs::write(
        &config,
        format!(
            "listen = \"127.0.0.1:0\"\nkeys = \"keys\"\nwitness = \"witness.example/bench\"\n\n[database]\nurl = \"{url}\"\n"
        ),
    )?;
    let command = |words: &[&str]| {
        let mut command = Command::new(&program);
        command.args(words).arg("--config").arg(&config);
        command
    };
    ran(&mut command(&["init"]))?;
    ran(&mut command(&["tenant", "bench"]))?;
    let log = std::fs::File::create(folder.join("log"))?;
    let mut child = command(&["serve"])
        .stdout(Stdio::piped())
        .stderr(log)
        .spawn()?;
    let mut line = String::new();
    BufReader::new(child.stdout.take().ok_or("no output")?).read_line(&mut line)?;
    let url = line.trim().strip_prefix("serving on ").map(str::to_owned);
    let url = url.ok_or_else(|| format!("the server does not come up: {line}"))?;
    Ok(Server { child, url })
}

fn origin(number: usize) -> Result<LogOrigin, Failure> {
    Ok(LogOrigin::parse(&format!("meterpost/bench/K{number}/1"))?)
}

fn enrol(url: &str, keys: &[KeyStore], count: usize) -> Result<(), Failure> {
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(async {
        let database = Database::new(&Address::plain(url)?, 1)?;
        let mut connection = database.connection().await?;
        for first in (0..count).step_by(AT_ONCE) {
            let transaction = connection.begin(origin(first)?.tenant()).await?;
            for number in first..count.min(first + AT_ONCE) {
                let log = origin(number)?;
                let terminal = log.terminal().as_str().to_owned();
                let add = "INSERT INTO terminal (tenant, terminal, epoch) VALUES ('bench', $1, 1)";
                transaction.execute(add, &[&terminal]).await?;
                let key = keys[number % KEYS].public_key();
                witness::add(&transaction, &WitnessMemory::new(log, key)).await?;
            }
            transaction.commit().await?;
        }
        Ok(())
    })
}

fn body(number: usize) -> String {
    let wall = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let wall = wall.map_or(0, |now| now.as_millis());
    format!(
        r#"{{"report":{{"wall":{wall},"clock":"ntp","software":"0.1.0","uptime":86400,"session":"free","session_for":600,
        "devices":{{"validator":"ok","printer":"ok","bus":"ok"}},"cash_box":{{"notes":{},"money":125000,"capacity":600}},
        "unknown_deliveries":0,"owed":0}},"have":{{"limits":0,"parameters":0,"tariffs":0,"deny":0}},
        "directory":{{"base":0,"changes":0,"applied":0}},"command":0,"command_open":false}}"#,
        number % 600
    )
}

/// One sign of life of each terminal, as fast as it goes; how many were not taken.
fn all_call(server: &Server, folder: &Path, count: usize) -> Result<usize, Failure> {
    let next = AtomicUsize::new(0);
    let refused = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        let callers: Vec<_> = (0..CALLERS)
            .map(|_| scope.spawn(|| call_until_done(server, folder, count, &next, &refused)))
            .collect();
        for caller in callers {
            if let Ok(Err(error)) = caller.join() {
                eprintln!("heartbeats: {error}");
                refused.fetch_add(1, Ordering::Relaxed);
            }
        }
    });
    Ok(refused.into_inner())
}

fn call_until_done(
    server: &Server,
    folder: &Path,
    count: usize,
    next: &AtomicUsize,
    refused: &AtomicUsize,
) -> Result<(), String> {
    let keys = open_keys(folder).map_err(|error| error.to_string())?;
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .build()
        .into();
    loop {
        let number = next.fetch_add(1, Ordering::Relaxed);
        if number >= count {
            return Ok(());
        }
        let log = origin(number).map_err(|error| error.to_string())?;
        let body = body(number);
        let header = sign_call(
            &log,
            &keys[number % KEYS],
            1,
            "POST",
            TARGET,
            body.as_bytes(),
        );
        let header = header.map_err(|error| error.to_string())?;
        let sent = agent
            .post(format!("{}{TARGET}", server.url))
            .header(CALL_HEADER, header)
            .send(body.as_bytes());
        let mut answer = sent.map_err(|error| error.to_string())?;
        let text = answer
            .body_mut()
            .read_to_string()
            .map_err(|error| error.to_string())?;
        if answer.status() != 200 {
            refused.fetch_add(1, Ordering::Relaxed);
            return Err(text);
        }
    }
}

fn open_keys(folder: &Path) -> Result<Vec<KeyStore>, Failure> {
    let open = |number: usize| Ok(KeyStore::open(&folder.join(format!("key{number}")))?);
    (0..KEYS).map(open).collect()
}

/// The processor time that this machine has spent on anything but waiting, over all cores, since it was started.
fn busy() -> Result<Duration, Failure> {
    let stat = std::fs::read_to_string("/proc/stat")?;
    let line = stat.lines().next().unwrap_or_default();
    let ticks: Vec<u64> = line
        .split_whitespace()
        .skip(1)
        .filter_map(|t| t.parse().ok())
        .collect();
    // user, nice, system, (idle, iowait), irq, softirq (proc(5)); a tick is 10 ms.
    let spent: u64 = [0, 1, 2, 5, 6]
        .iter()
        .filter_map(|place| ticks.get(*place))
        .sum();
    Ok(Duration::from_millis(spent * 10))
}

fn measure(cluster: &str, count: usize) -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    sql(
        cluster,
        &format!("DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)"),
    )?;
    sql(cluster, &format!("CREATE DATABASE {DATABASE}"))?;
    let url = cluster.replace("dbname=postgres", &format!("dbname={DATABASE}"));
    for number in 0..KEYS {
        KeyStore::create(
            &folder.path().join(format!("key{number}")),
            &mut system_entropy,
        )?;
    }
    let server = start(folder.path(), &url)?;
    enrol(&url, &open_keys(folder.path())?, count)?;
    let (began, before) = (Instant::now(), busy()?);
    let refused = all_call(&server, folder.path(), count)?;
    let (took, spent) = (began.elapsed(), busy()?.saturating_sub(before));
    drop(server);
    sql(cluster, &format!("DROP DATABASE {DATABASE} WITH (FORCE)"))?;
    if refused > 0 {
        return Err(format!("{refused} signs of life were not taken").into());
    }
    println!("terminals                            {count}");
    println!(
        "signs of life                        {:.0}/s",
        count as f64 / took.as_secs_f64()
    );
    println!(
        "processor time for each              {:.2} ms",
        spent.as_secs_f64() * 1000.0 / count as f64
    );
    println!(
        "cores kept busy by one a minute each {:.2}",
        spent.as_secs_f64() / 60.0
    );
    Ok(())
}
