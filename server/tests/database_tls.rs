//! A database over the network: encrypted, with a certificate of the operator's own authority, and nothing else is taken. The database is
//! PostgreSQL itself, with a cluster of its own that listens on TCP.

mod common;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use common::database::psql;
use tempfile::TempDir;

fn script() -> PathBuf {
    let here = std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo tells");
    Path::new(&here).join("../scripts/database.sh")
}

fn server(arguments: &[&str]) -> Output {
    let program = env!("CARGO_BIN_EXE_server");
    let output = Command::new(program).args(arguments).output();
    output.expect("the program")
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// A cluster that takes encrypted connections only, for a user with a password; stopped and removed when this is dropped.
struct Cluster {
    place: TempDir,
    port: u16,
}

impl Cluster {
    fn start(ca: &Path) -> Cluster {
        let place = tempfile::Builder::new()
            .prefix("meterpost-tls-")
            .tempdir_in("/tmp")
            .expect("a folder");
        let port = {
            let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
            free.local_addr().expect("an address").port()
        };
        let cluster = Cluster { place, port };
        let socket = cluster.run("start");
        let data = cluster.data();
        for name in ["server.pem", "server.key"] {
            std::fs::copy(ca.join(name), data.join(name)).expect("copied");
        }
        psql(
            &socket,
            "CREATE ROLE meterpost LOGIN SUPERUSER PASSWORD 'correct horse'",
        );
        for (name, value) in [
            ("listen_addresses", "127.0.0.1".to_owned()),
            ("port", port.to_string()),
            ("ssl", "on".to_owned()),
            ("ssl_cert_file", "server.pem".to_owned()),
            ("ssl_key_file", "server.key".to_owned()),
        ] {
            psql(&socket, &format!("ALTER SYSTEM SET {name} = '{value}'"));
        }
        let rules = "local all postgres trust\nhostssl all meterpost 127.0.0.1/32 scram-sha-256\n";
        std::fs::write(data.join("pg_hba.conf"), rules).expect("rules");
        cluster.restart();
        cluster
    }

    fn data(&self) -> PathBuf {
        self.place.path().join("cluster/data")
    }

    fn run(&self, what: &str) -> String {
        let output = Command::new(script())
            .arg(what)
            .env("METERPOST_DATABASE", self.place.path().join("cluster"))
            .output()
            .expect("bash");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "no PostgreSQL: {said}");
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// As the user that the data belongs to: PostgreSQL runs as nobody else, and takes a key of nobody else's.
    fn restart(&self) {
        let line = format!(
            "set -e; cd /; data='{}'; owner=$(stat -c %U \"$data\"); chown \"$owner\" \"$data\"/server.pem \"$data\"/server.key \"$data\"/pg_hba.conf; \
             chmod 600 \"$data\"/server.key; bin=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -n 1); \
             as() {{ if [ \"$(id -un)\" = \"$owner\" ]; then \"$@\"; else runuser -u \"$owner\" -- \"$@\"; fi; }}; \
             as \"$bin/pg_ctl\" -D \"$data\" -m fast -w -l \"$data/server.log\" restart </dev/null >/dev/null 2>&1",
            text(&self.data())
        );
        let status = Command::new("bash").args(["-c", &line]).status();
        let log = std::fs::read_to_string(self.data().join("server.log")).unwrap_or_default();
        assert!(status.expect("bash").success(), "{log}");
    }

    /// Its address by this name, as a server's configuration has it.
    fn url(&self, host: &str) -> String {
        format!(
            "host={host} port={} user=meterpost password='correct horse' dbname=postgres",
            self.port
        )
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // pg_isready in the script asks the usual port, so it is stopped by its own pid file.
        let pid = std::fs::read_to_string(self.data().join("postmaster.pid")).unwrap_or_default();
        if let Some(pid) = pid.lines().next() {
            let _ = Command::new("kill").args(["-INT", pid]).status();
            let gone = || !Path::new("/proc").join(pid).exists();
            for _ in 0..100 {
                if gone() {
                    break;
                }
                std::thread::sleep(std::time::Duration::from_millis(50));
            }
        }
    }
}

/// An authority, with a certificate for `localhost`.
fn authority(folder: &Path, name: &str) -> PathBuf {
    let place = folder.join(name);
    let dir = text(&place);
    for arguments in [
        &["ca", "init", "--dir", &dir, "--name", name][..],
        &["ca", "issue", "--dir", &dir, "--out", &dir, "localhost"],
    ] {
        let output = server(arguments);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{said}");
    }
    place
}

/// `server init` with this database; what it says of a failure.
fn init(folder: &Path, url: &str, ca: Option<&Path>) -> Result<(), String> {
    let ca = ca.map_or_else(String::new, |ca| format!("ca = \"{}\"\n", text(ca)));
    let config = format!(
        "listen = \"127.0.0.1:0\"\nkeys = \"keys\"\nwitness = \"w.example/east\"\n[database]\nurl = \"{url}\"\n{ca}"
    );
    let file = folder.join("server.toml");
    std::fs::write(&file, config).expect("written");
    let output = server(&["init", "--config", &text(&file)]);
    match output.status.success() {
        true => Ok(()),
        false => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
    }
}

#[test]
fn a_database_over_the_network_is_reached_encrypted_and_under_its_own_name_only() {
    let folder = tempfile::tempdir().expect("a folder");
    let ours = authority(folder.path(), "ours");
    let others = authority(folder.path(), "others");
    let cluster = Cluster::start(&ours);
    let ca = ours.join("ca.pem");
    let here = folder.path();

    init(here, &cluster.url("localhost"), Some(&ca)).expect("encrypted");
    let socket = format!(
        "host={} port={} user=postgres dbname=postgres",
        text(&cluster.place.path().join("cluster")),
        cluster.port
    );
    let tables = "SELECT count(*) > 20 FROM pg_tables WHERE schemaname = 'public'";
    assert_eq!(psql(&socket, tables), "t", "the schema is there");
    let tenant = server(&[
        "tenant",
        "east",
        "--config",
        &text(&here.join("server.toml")),
    ]);
    assert!(tenant.status.success(), "the pool goes the same way");

    // In the clear the database itself refuses; another authority's certificate and another name this program.
    let refused = |url: &str, ca: Option<&Path>| init(here, url, ca).expect_err("refused");
    let said = refused(&cluster.url("localhost"), None);
    assert!(!said.contains("correct horse"), "{said}");
    let said = refused(&cluster.url("localhost"), Some(&others.join("ca.pem")));
    assert!(said.contains("certificate"), "{said}");
    assert!(!said.contains("correct horse"), "{said}");
    let said = refused(&cluster.url("127.0.0.1"), Some(&ca));
    assert!(said.contains("certificate"), "{said}");
}
