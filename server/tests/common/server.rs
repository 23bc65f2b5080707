//! The shipping program `server`, started as an operator would.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use super::database::TestDatabase;

/// A server that runs, or is stopped for a while.
pub struct Server {
    pub database: TestDatabase,
    pub folder: tempfile::TempDir,
    /// The manager's token.
    pub manager: String,
    child: Option<Child>,
    url: String,
}

pub const TENANT: &str = "east";

impl Server {
    /// A new server with one tenant and one manager.
    pub fn start() -> Server {
        Server::start_with("")
    }

    /// The same with more lines in its configuration.
    pub fn start_with(more: &str) -> Server {
        Server::start_on(TestDatabase::new(), more)
    }

    /// The same on this database.
    pub fn start_on(database: TestDatabase, more: &str) -> Server {
        let url = format!("url = \"{}\"", database.url());
        Server::start_as(database, more, &url)
    }

    /// The same with these lines about the database.
    pub fn start_as(database: TestDatabase, more: &str, logins: &str) -> Server {
        let folder = tempfile::tempdir().expect("a folder");
        let config = format!(
            "listen = \"127.0.0.1:0\"\nkeys = \"keys\"\nwitness = \"witness.example/{TENANT}\"\n{more}\n[database]\n{logins}\n"
        );
        std::fs::write(folder.path().join("server.toml"), config).expect("a configuration");
        let mut server = Server {
            database,
            folder,
            manager: String::new(),
            child: None,
            url: String::new(),
        };
        server.say(&["init"]);
        server.say(&["tenant", TENANT]);
        server.manager = server.staff(TENANT, "Mia", "manager");
        server.resume();
        server
    }

    /// One with the same keys on this database, which has the tenant `west` and no other. It does not serve yet.
    pub fn with_keys_of(other: &Server, database: TestDatabase) -> Server {
        let folder = tempfile::tempdir().expect("a folder");
        let keys = folder.path().join("keys");
        std::fs::create_dir(&keys).expect("a folder");
        for entry in std::fs::read_dir(other.folder.path().join("keys")).expect("keys") {
            let from = entry.expect("a key").path();
            std::fs::copy(&from, keys.join(from.file_name().expect("named"))).expect("copied");
        }
        let config = std::fs::read_to_string(other.config()).expect("a configuration");
        let config = config.replace(&other.database.url(), &database.url());
        std::fs::write(folder.path().join("server.toml"), config).expect("a configuration");
        let server = Server {
            database,
            folder,
            manager: other.manager.clone(),
            child: None,
            url: String::new(),
        };
        server.say(&["init"]);
        server.say(&["tenant", "west"]);
        server
    }

    pub fn config(&self) -> PathBuf {
        self.folder.path().join("server.toml")
    }

    /// A new person's token.
    pub fn staff(&self, tenant: &str, name: &str, role: &str) -> String {
        self.say(&["staff", "--tenant", tenant, "--name", name, "--role", role])
    }

    /// Runs another command of the program; it must succeed.
    pub fn say(&self, arguments: &[&str]) -> String {
        let output = self.try_say(arguments);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "server {arguments:?}: {said}");
        String::from_utf8(output.stdout)
            .expect("text")
            .trim()
            .to_owned()
    }

    pub fn try_say(&self, arguments: &[&str]) -> Output {
        program()
            .args(arguments)
            .arg("--config")
            .arg(self.config())
            .output()
            .expect("the program")
    }

    /// Starts it, where it does not run.
    pub fn resume(&mut self) {
        if self.child.is_some() {
            return;
        }
        let log = std::fs::File::options()
            .create(true)
            .append(true)
            .open(self.log())
            .expect("a log");
        let (child, line) = serve(&self.config(), log.into());
        let url = line.trim().strip_prefix("serving on ").map(str::to_owned);
        self.url = url.unwrap_or_else(|| panic!("{line:?}: {}", self.read_log()));
        self.child = Some(child);
    }

    /// Kills it, as a power cut would.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().expect("killed");
            child.wait().expect("gone");
        }
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    pub fn log(&self) -> PathBuf {
        self.folder.path().join("log")
    }

    pub fn read_log(&self) -> String {
        std::fs::read_to_string(self.log()).unwrap_or_default()
    }

    /// Calls a route with a token; status and body.
    pub fn call(
        &self,
        method: &str,
        path: &str,
        token: Option<&str>,
        body: Option<&str>,
    ) -> (u16, String) {
        let url = format!("{}{path}", self.url);
        super::terminal::http(
            method,
            &url,
            token.map(|t| ("authorization", format!("Bearer {t}"))),
            body.map(str::as_bytes),
        )
    }

    /// Calls a route as the manager; the answer must be JSON.
    pub fn manage(&self, method: &str, path: &str, body: Option<&str>) -> serde_json::Value {
        let (status, text) = self.call(method, path, Some(&self.manager), body);
        assert!((200..300).contains(&status), "{path}: {status} {text}");
        serde_json::from_str(&text).unwrap_or_default()
    }

    /// Every entry of a log of this size is stored once, and the log is in order.
    pub fn assert_whole(&self, terminal: &str, size: u64) {
        let stored = self.database.sql("SELECT count(*), max(seq) FROM entry");
        assert_eq!(stored, format!("{size}|{}", size - 1));
        assert_eq!(self.verify(terminal)["verdict"], "ok");
    }

    /// `server verify` of a terminal's newest log.
    pub fn verify(&self, terminal: &str) -> serde_json::Value {
        let text = self.say(&[
            "verify",
            "--tenant",
            TENANT,
            "--terminal",
            terminal,
            "--json",
        ]);
        serde_json::from_str(&text).expect("JSON")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Starts `server serve`; the program, and the first line it prints.
fn serve(config: &Path, log: Stdio) -> (Child, String) {
    let mut child = program()
        .arg("serve")
        .arg("--config")
        .arg(config)
        .stdout(Stdio::piped())
        .stderr(log)
        .spawn()
        .expect("the program");
    let mut line = String::new();
    let stdout = child.stdout.take().expect("piped");
    BufReader::new(stdout).read_line(&mut line).expect("a line");
    (child, line)
}

pub fn program() -> Command {
    Command::new(Path::new(env!("CARGO_BIN_EXE_server")))
}

/// Another server on the same database and keys.
pub struct Second {
    child: Child,
    url: String,
}

impl Second {
    pub fn beside(server: &Server) -> Second {
        let (child, line) = serve(&server.config(), Stdio::null());
        let url = line.trim().strip_prefix("serving on ").expect(&line);
        let url = url.to_owned();
        Second { child, url }
    }

    pub fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Second {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
