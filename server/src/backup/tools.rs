//! PostgreSQL's own programs. How they reach the database goes into their environment: arguments are seen by everybody on the machine.

use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;
use std::str::FromStr;

use tokio_postgres::config::Host;

use super::{BackupError, WAL};

/// The replication slot that keeps the log at the database until it has arrived here.
const SLOT: &str = "meterpost_backup";

/// Where the database is.
#[derive(Clone, Debug)]
pub struct Source {
    environment: Vec<(&'static str, OsString)>,
}

impl Source {
    /// Of an address as PostgreSQL writes it, and the authority whose certificate the database has to show.
    ///
    /// # Errors
    /// When it is no address.
    pub fn new(url: &str, ca: Option<&Path>) -> Result<Source, BackupError> {
        let config = tokio_postgres::Config::from_str(url)
            .map_err(|error| BackupError::Asked(format!("the database's address: {error}")))?;
        let host = |host: &Host| match host {
            Host::Tcp(name) => name.clone(),
            Host::Unix(folder) => folder.to_string_lossy().into_owned(),
        };
        let hosts: Vec<String> = config.get_hosts().iter().map(host).collect();
        let ports: Vec<String> = config.get_ports().iter().map(u16::to_string).collect();
        let mut environment = Vec::new();
        for (name, value) in [("PGHOST", hosts.join(",")), ("PGPORT", ports.join(","))] {
            if !value.is_empty() {
                environment.push((name, value.into()));
            }
        }
        if let Some(user) = config.get_user() {
            environment.push(("PGUSER", user.into()));
        }
        if let Some(password) = config.get_password() {
            let password = String::from_utf8_lossy(password).into_owned();
            environment.push(("PGPASSWORD", password.into()));
        }
        if let Some(ca) = ca {
            environment.push(("PGSSLMODE", "verify-full".into()));
            environment.push(("PGSSLROOTCERT", ca.into()));
        }
        Ok(Source { environment })
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }

    fn run(&self, program: &'static str, arguments: &[OsString]) -> Result<(), BackupError> {
        let output = self.command(program).args(arguments).output();
        let output = output.map_err(|error| missing(program, &error))?;
        match output.status.success() {
            true => Ok(()),
            false => Err(failed(program, &String::from_utf8_lossy(&output.stderr))),
        }
    }

    /// A base backup into a new folder, with the log that makes it whole by itself.
    pub(super) fn base_backup(&self, into: &Path) -> Result<(), BackupError> {
        let mut arguments: Vec<OsString> = vec!["--pgdata".into(), into.into()];
        arguments.extend(
            [
                "--format=plain",
                "--wal-method=stream",
                "--checkpoint=fast",
                "--manifest-checksums=SHA256",
                "--no-password",
            ]
            .map(OsString::from),
        );
        self.run("pg_basebackup", &arguments)
    }
}

/// Receives the log as it is written, until it is told to stop; this program becomes `pg_receivewal`.
///
/// # Errors
/// When it cannot begin. Otherwise it does not come back.
pub fn stream_wal(source: &Source, to: &Path) -> Result<(), BackupError> {
    let folder = to.join(WAL);
    std::fs::create_dir_all(&folder).map_err(BackupError::file(&folder))?;
    let slot = ["--slot", SLOT, "--no-password"].map(OsString::from);
    let create = ["--create-slot", "--if-not-exists"].map(OsString::from);
    source.run("pg_receivewal", &[&slot[..], &create[..]].concat())?;
    let error = source
        .command("pg_receivewal")
        .arg("--directory")
        .arg(&folder)
        .args(&slot)
        .arg("--synchronous")
        .exec();
    Err(missing("pg_receivewal", &error))
}

fn missing(program: &'static str, error: &std::io::Error) -> BackupError {
    let why = format!("{error}; install the package postgresql-client of the database's version");
    BackupError::Tool { program, why }
}

/// The last line that it said, and what helps against the two things that go wrong with a new installation.
fn failed(program: &'static str, said: &str) -> BackupError {
    let last = said.lines().rev().find(|line| !line.trim().is_empty());
    let last = last.unwrap_or("it failed and said nothing").to_owned();
    let help = match () {
        () if said.contains("no pg_hba.conf entry")
            || said.contains("must be superuser or replication") =>
        {
            ". The user needs the attribute REPLICATION and a line `replication` in pg_hba.conf (docs/backup.md)"
        }
        () if said.contains("max_wal_senders") || said.contains("max_replication_slots") => {
            ". Raise max_wal_senders and max_replication_slots in postgresql.conf"
        }
        () => "",
    };
    BackupError::Tool {
        program,
        why: format!("{last}{help}"),
    }
}
