//! The drill: a backup while money moves, a machine that is lost, and the books afterwards. And what is refused: a damaged backup, and a place
//! where something is.

mod common;

use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use common::cluster::{Cluster, file_below, signal};
use common::database::TestDatabase;
use common::purse::{district, hold};
use common::sale::wallet;
use common::server::{Server, program};
use common::terminal::{Ended, Terminal};
use meterpost_ledger::PaymentOutcome::{Delivered, Returned};
use serde_json::json;

fn pay_in(server: &Server, id: &str) {
    let body = json!({ "id": id, "amount": "50.00", "means": "cash" }).to_string();
    server.manage("POST", "/api/v1/wallets/A/top-ups", Some(&body));
}

/// Takes a backup; its folder.
fn backup(server: &Server, to: &Path, more: &[&str]) -> PathBuf {
    let to = to.to_str().expect("text");
    let said = server.say(&[&["backup", "--to", to], more].concat());
    let first = said.lines().next().expect("a line");
    let path = first.strip_prefix("The backup is in ").expect(&said);
    PathBuf::from(path.trim_end_matches('.'))
}

/// A cluster of its own with a server and a terminal, and folders for backups.
struct Drill {
    cluster: Cluster,
    server: Server,
    terminal: Terminal,
    to: PathBuf,
    _folder: tempfile::TempDir,
}

impl Drill {
    fn new() -> Drill {
        let cluster = Cluster::start();
        let server = Server::start_on(TestDatabase::within(cluster.url()), "");
        let terminal = Terminal::enrolled(&server, "K1");
        district(&server);
        let folder = tempfile::tempdir().expect("a folder");
        Drill {
            cluster,
            server,
            terminal,
            to: folder.path().join("backups"),
            _folder: folder,
        }
    }

    /// A delivery from the wallet, and one that came back.
    fn sells(&mut self) {
        for outcome in [Delivered, Returned] {
            let asked = self.terminal.asks(wallet("A"), "MA", 1500);
            let (status, text) = hold(&mut self.terminal, &self.server, &asked, "15.00");
            assert_eq!(status, 200, "{text}");
            self.terminal.ends(&self.server, &asked, outcome);
        }
    }

    fn pay_in(&self, id: &str) {
        pay_in(&self.server, id);
    }

    fn backup(&self, more: &[&str]) -> PathBuf {
        backup(&self.server, &self.to, more)
    }

    /// Money of each book, and how long the log is, with its root.
    fn books(&self) -> (String, String) {
        let database = &self.server.database;
        let sums = database.sql(
            "SELECT book, account, sum(amount) FROM wallet_posting GROUP BY 1, 2 ORDER BY 1, 2",
        );
        let wallets = database.sql("SELECT * FROM wallet ORDER BY account");
        let log = self.server.verify("K1");
        assert_eq!(log["verdict"], "ok");
        (sums + &wallets, format!("{} {}", log["size"], log["root"]))
    }

    /// The cluster on other files, and the server on it.
    fn goes_on_from(&mut self, data: &Path) {
        self.cluster.data = data.to_owned();
        self.cluster.resume();
        self.server.resume();
        self.server.say(&["check", "--all"]);
    }
}

fn restore(arguments: &[&str]) -> (Option<i32>, String) {
    let output = program().arg("restore").args(arguments).output();
    let output = output.expect("the program");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    (
        output.status.code(),
        said + &String::from_utf8_lossy(&output.stdout),
    )
}

/// The log of the database, received until it is dropped.
struct Stream(Child);

impl Stream {
    fn start(drill: &Drill) -> Stream {
        let child = program()
            .args(["backup", "--stream-wal", "--to"])
            .arg(&drill.to)
            .arg("--config")
            .arg(drill.server.config())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        let stream = Stream(child.expect("the program"));
        stream.has_all(drill);
        stream
    }

    /// Waits until everything that the database wrote has arrived.
    fn has_all(&self, drill: &Drill) {
        let behind = "SELECT count(*) FROM pg_stat_replication WHERE application_name = 'pg_receivewal' AND flush_lsn >= pg_current_wal_flush_lsn()";
        let began = Instant::now();
        while drill.server.database.sql(behind) != "1" {
            assert!(
                began.elapsed() < Duration::from_secs(20),
                "the log does not arrive"
            );
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        signal(&self.0, "TERM");
        let _ = self.0.wait();
    }
}

#[test]
fn nothing_is_lost_with_the_log_and_terminals_bring_the_rest_where_there_is_none() {
    let mut drill = Drill::new();
    drill.pay_in("t-1");
    drill.sells();
    let stream = Stream::start(&drill);
    // Money and entries go on coming in while the backup is taken.
    let (server, terminal, to) = (&drill.server, &mut drill.terminal, &drill.to);
    let taken = std::thread::scope(|scope| {
        let taking = scope.spawn(|| backup(server, to, &[]));
        let mut number = 0;
        while !taking.is_finished() {
            pay_in(server, &format!("during-{number}"));
            terminal.work(3);
            assert_eq!(terminal.sync(server), Ended::InSync);
            number += 1;
        }
        assert!(number > 0, "the backup was quicker than one top-up");
        taking.join().expect("a backup")
    });
    let at_backup = drill.terminal.ledger.size();
    drill.pay_in("t-2");
    drill.sells();
    let before = drill.books();
    let moment = drill
        .server
        .database
        .sql("SELECT to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')");
    drill.pay_in("t-3");
    drill.sells();
    let last = drill.books();
    stream.has_all(&drill);

    drill.server.kill();
    drill.cluster.destroy();
    drop(stream);
    let (from, wal) = (taken.to_str().unwrap(), drill.to.join("wal"));
    let wal = wal.to_str().unwrap();

    // With the log: everything, to the last transaction.
    let all = drill.cluster.beside("all");
    let (code, said) = restore(&[
        "--from",
        from,
        "--to-database",
        all.to_str().unwrap(),
        "--wal",
        wal,
    ]);
    assert_eq!(code, Some(0), "{said}");
    drill.goes_on_from(&all);
    assert_eq!(drill.books(), last, "nothing is lost");
    assert_eq!(drill.terminal.sync(&drill.server), Ended::InSync);
    drill.server.kill();
    drill.cluster.kill();

    // Up to a moment: what came after it is not there, and the terminal brings its part again.
    let then = drill.cluster.beside("then");
    let to = then.to_str().unwrap();
    let (code, said) = restore(&[
        "--from",
        from,
        "--to-database",
        to,
        "--wal",
        wal,
        "--until",
        &moment,
    ]);
    assert_eq!(code, Some(0), "{said}");
    drill.goes_on_from(&then);
    assert_eq!(drill.books(), before, "as it was at that moment");
    drill.server.kill();
    drill.cluster.kill();

    // Without the log: the backup's own end. The terminal is ahead, and brings what the server has lost by itself.
    let old = drill.cluster.beside("old");
    let (code, said) = restore(&["--from", from, "--to-database", old.to_str().unwrap()]);
    assert_eq!(code, Some(0), "{said}");
    drill.goes_on_from(&old);
    let behind = drill.server.verify("K1")["size"].as_u64().expect("a size");
    assert!(behind < at_backup + 4, "the server is behind: {behind}");
    assert_eq!(drill.terminal.sync(&drill.server), Ended::InSync);
    drill.terminal.work(1);
    assert_eq!(drill.terminal.sync(&drill.server), Ended::InSync);
    let size = drill.terminal.ledger.size();
    assert_eq!(drill.server.verify("K1")["size"], size - 1);
    assert_eq!(drill.server.verify("K1")["verdict"], "ok");
    // What the log says of wallets is in the books again.
    drill.server.say(&["check", "--all"]);
    let conflicts = drill.server.manage("GET", "/api/v1/conflicts", None);
    assert_eq!(conflicts, json!([]), "no contradiction");
}

#[test]
fn a_damaged_backup_and_a_place_where_something_is_are_refused() {
    let drill = Drill::new();
    let backup = drill.backup(&[]);
    let from = backup.to_str().unwrap();
    let to = drill.to.to_str().unwrap();
    let said = drill.server.say(&["backup", "--verify", to]);
    assert!(said.contains("is in order"), "{said}");

    let (code, said) = restore(&[
        "--from",
        from,
        "--to-database",
        drill.cluster.data.to_str().unwrap(),
    ]);
    assert_eq!(code, Some(1), "{said}");
    assert!(
        said.contains("a cluster runs here") && said.contains("stop it"),
        "{said}"
    );
    let full = drill.cluster.beside("full");
    std::fs::create_dir(&full).unwrap();
    std::fs::write(full.join("letter"), "x").unwrap();
    let (code, said) = restore(&["--from", from, "--to-database", full.to_str().unwrap()]);
    assert_eq!(
        (code, said.contains("is not empty")),
        (Some(1), true),
        "{said}"
    );
    assert_eq!(
        drill.server.database.sql("SELECT 1"),
        "1",
        "the cluster runs on"
    );

    // One bit of a table.
    let table = file_below(&backup.join("base/base"), |path| {
        path.metadata().is_ok_and(|file| file.len() > 8192)
    });
    let table = table.expect("a table");
    let mut bytes = std::fs::read(&table).unwrap();
    bytes[5000] ^= 1;
    std::fs::write(&table, &bytes).unwrap();
    let name = table.strip_prefix(&backup).unwrap().to_str().unwrap();
    let output = drill.server.try_say(&["backup", "--verify", to]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(
        said.contains(&format!("{name} is not what was written")),
        "{said}"
    );
    let new = drill.cluster.beside("new");
    let (code, said) = restore(&["--from", from, "--to-database", new.to_str().unwrap()]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("damaged") && said.contains(name), "{said}");
    assert!(!new.exists(), "nothing was begun");

    // A backup that was cut off has no list, and is none.
    std::fs::remove_file(backup.join("manifest.json")).unwrap();
    let (code, said) = restore(&["--from", from, "--to-database", new.to_str().unwrap()]);
    assert_eq!((code, said.contains("cut off")), (Some(1), true), "{said}");
}

#[test]
fn keys_are_sealed_and_old_backups_go() {
    let drill = Drill::new();
    let first = drill.backup(&[]);
    let config = drill.server.folder.path();
    let operator = std::fs::read(config.join("keys/operator.key")).unwrap();
    let sealed = std::fs::read(first.join("keys.sealed")).unwrap();
    let within = sealed
        .windows(32)
        .any(|window| operator.windows(32).any(|key| key == window));
    assert!(!within, "nothing of a key is readable");
    // The recovery key itself is in no backup.
    let key = drill.server.say(&["backup", "--print-recovery-key"]);
    let kept = file_below(&first, |path| path.ends_with("backup.key"));
    assert_eq!(kept, None);
    let paper = config.join("paper");
    std::fs::write(&paper, &key).unwrap();
    let (new, keys) = (drill.cluster.beside("new"), config.join("back"));
    let arguments = [
        "--from",
        first.to_str().unwrap(),
        "--to-database",
        new.to_str().unwrap(),
        "--keys-to",
        keys.to_str().unwrap(),
        "--recovery-key",
        paper.to_str().unwrap(),
    ];
    let (code, said) = restore(&arguments);
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(
        std::fs::read(keys.join("keys/operator.key")).unwrap(),
        operator
    );
    let file = std::fs::read(keys.join("server.toml")).unwrap();
    assert_eq!(file, std::fs::read(drill.server.config()).unwrap());

    // Of two that are wanted the oldest of three goes.
    std::thread::sleep(Duration::from_millis(1100));
    let second = drill.backup(&["--keep", "2"]);
    std::thread::sleep(Duration::from_millis(1100));
    let third = drill.backup(&["--keep", "2"]);
    assert!(!first.exists() && second.exists() && third.exists());
    let refused =
        drill
            .server
            .try_say(&["backup", "--to", drill.to.to_str().unwrap(), "--keep", "0"]);
    assert_eq!(refused.status.code(), Some(2));
}

#[test]
fn a_database_that_gives_no_backup_says_what_to_do() {
    let drill = Drill::new();
    drill.server.database.sql("CREATE ROLE meek LOGIN");
    let config = drill.server.folder.path().join("meek.toml");
    let text = std::fs::read_to_string(drill.server.config()).unwrap();
    std::fs::write(&config, text.replace("user=postgres", "user=meek")).unwrap();
    let output = program()
        .args(["backup", "--to"])
        .arg(&drill.to)
        .arg("--config")
        .arg(&config)
        .output();
    let output = output.expect("the program");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("attribute REPLICATION"), "{said}");
    let left = file_below(&drill.to, |path| path.ends_with("manifest.json"));
    assert_eq!(left, None, "no backup");
}
