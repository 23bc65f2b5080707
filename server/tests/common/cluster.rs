//! A PostgreSQL cluster of a test's own, which it may destroy. PostgreSQL refuses to run as root, so root's runs as the user postgres.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// The cluster; stopped when the test ends.
pub struct Cluster {
    place: tempfile::TempDir,
    /// Where its files are.
    pub data: PathBuf,
    process: Option<Child>,
}

fn is_root() -> bool {
    let output = Command::new("id").arg("-u").output().expect("id");
    output.stdout == b"0\n"
}

fn programs() -> PathBuf {
    let mut all: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .expect("PostgreSQL")
        .map(|entry| entry.expect("a folder").path().join("bin"))
        .filter(|path| path.join("initdb").exists())
        .collect();
    all.sort();
    all.pop().expect("initdb")
}

/// A program of PostgreSQL, as a user whom it takes.
fn as_owner(program: &str) -> Command {
    let path = programs().join(program);
    if !is_root() {
        return Command::new(path);
    }
    // The same process in the end, so that killing it kills PostgreSQL.
    let mut command = Command::new("setpriv");
    command.args(["--reuid=postgres", "--regid=postgres", "--init-groups"]);
    command.arg(path);
    command
}

impl Cluster {
    /// A new one, running.
    pub fn start() -> Cluster {
        let place = tempfile::tempdir().expect("a folder");
        if is_root() {
            let owned = Command::new("chown")
                .arg("postgres:postgres")
                .arg(place.path())
                .status();
            assert!(owned.expect("chown").success());
        }
        let data = place.path().join("data");
        let made = as_owner("initdb")
            .arg("-D")
            .arg(&data)
            .args([
                "-U",
                "postgres",
                "-A",
                "trust",
                "-E",
                "UTF8",
                "--locale=C.UTF-8",
                "-N",
            ])
            .current_dir("/")
            .output()
            .expect("initdb");
        assert!(made.status.success(), "{made:?}");
        let mut cluster = Cluster {
            place,
            data,
            process: None,
        };
        cluster.resume();
        cluster
    }

    /// How to reach it.
    pub fn url(&self) -> String {
        format!(
            "host={} user=postgres dbname=postgres",
            self.place.path().display()
        )
    }

    /// A place beside its files, which its user may use.
    pub fn beside(&self, name: &str) -> PathBuf {
        self.place.path().join(name)
    }

    /// Runs it on `data`.
    pub fn resume(&mut self) {
        let log = self
            .place
            .path()
            .join(format!("log-{}", std::process::id()));
        let log = std::fs::File::options()
            .create(true)
            .append(true)
            .open(log)
            .expect("a log");
        let process = as_owner("postgres")
            .arg("-D")
            .arg(&self.data)
            .args(["-c", "listen_addresses="])
            .arg("-k")
            .arg(self.place.path())
            .current_dir("/")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .expect("PostgreSQL");
        self.process = Some(process);
        for _ in 0..200 {
            let asked = Command::new("psql")
                .args([
                    "-qtA",
                    "-d",
                    &self.url(),
                    "-c",
                    "SELECT pg_is_in_recovery()",
                ])
                .output()
                .expect("psql");
            if asked.stdout == b"f\n" {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(100));
        }
        panic!("PostgreSQL does not come up: {}", self.read_log());
    }

    fn read_log(&self) -> String {
        let log = self
            .place
            .path()
            .join(format!("log-{}", std::process::id()));
        std::fs::read_to_string(log).unwrap_or_default()
    }

    /// Stops it without a word, as a machine that dies.
    pub fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            // SIGQUIT: at once, its children with it.
            signal(&process, "QUIT");
            process.wait().expect("gone");
        }
    }

    /// The machine is gone with its disk.
    pub fn destroy(&mut self) {
        self.kill();
        std::fs::remove_dir_all(&self.data).expect("removed");
    }
}

/// Sends a signal to one process.
pub fn signal(process: &Child, name: &str) {
    let id = process.id().to_string();
    let sent = Command::new("kill").args(["-s", name, &id]).status();
    assert!(sent.expect("kill").success());
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.kill();
    }
}

/// The first file below a folder whose name fits.
pub fn file_below(folder: &Path, fits: impl Fn(&Path) -> bool + Copy) -> Option<PathBuf> {
    let mut entries: Vec<PathBuf> = std::fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    entries.sort();
    entries.into_iter().find_map(|path| match path.is_dir() {
        true => file_below(&path, fits),
        false => fits(&path).then_some(path),
    })
}
