//! The configuration of `server serve`, a file that a person writes.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use meterpost_bus::uplink::TlsFiles;
use meterpost_ledger::signing::TenantId;
use serde::{Deserialize, Deserializer};
use thiserror::Error;

/// Why a configuration is refused.
#[derive(Debug, Error)]
pub enum ConfigError {
    /// It cannot be read.
    #[error("{path}: {why}")]
    Read {
        /// Which file.
        path: PathBuf,
        /// Why.
        why: std::io::Error,
    },
    /// A key is unknown, missing, or has a value that makes no sense.
    #[error("{path}: {why}")]
    Content {
        /// Which file.
        path: PathBuf,
        /// What, with the place.
        why: String,
    },
    /// Plain HTTP beyond this machine.
    #[error(
        "{path}: {listen} is reachable from other machines, and there is no [tls]: give certificate and key, listen on \
         127.0.0.1 behind a proxy, or say `plain = true` where another layer encrypts"
    )]
    Plain {
        /// Which file.
        path: PathBuf,
        /// The address.
        listen: SocketAddr,
    },
}

/// The configuration.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where terminals and people come in.
    pub listen: SocketAddr,
    /// Where Prometheus reads; nothing is said there without it.
    pub metrics: Option<SocketAddr>,
    /// Where the operator's and the witness's keys are.
    pub keys: PathBuf,
    /// The name under which heads are cosigned, such as `witness.example/east`.
    pub witness: String,
    /// The database.
    pub database: DatabaseConfig,
    /// Encryption.
    pub tls: Option<TlsConfig>,
    /// Whether plain HTTP beyond this machine is meant.
    #[serde(default)]
    pub plain: bool,
    /// Where concentrators dial in; they do not without it.
    pub head_end: Option<HeadEndConfig>,
}

/// The head-end.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeadEndConfig {
    /// Where concentrators dial in.
    pub listen: SocketAddr,
    /// The head-end's certificate, and the authority whose concentrators are let in.
    pub tls: Option<TlsFiles>,
    /// Whose concentrators come in without a certificate, on this machine only.
    #[serde(default, deserialize_with = "tenant")]
    pub tenant: Option<TenantId>,
    /// Concentrators that may be connected at once.
    #[serde(default = "concentrators")]
    pub connections: usize,
    /// Seconds after which a silent connection is given up; more than two of the concentrators' heartbeats.
    #[serde(default = "silence")]
    pub silence_seconds: u64,
    /// Seconds between two questions for readings; as the concentrator itself reads where it is left out.
    pub poll_seconds: Option<u64>,
    /// Seconds in which something that was sent is certainly at its meter or lost.
    #[serde(default = "in_flight")]
    pub in_flight_seconds: i32,
    /// Minutes that the district's time is ahead of UTC; the system's own where it is left out.
    pub utc_offset_minutes: Option<i16>,
}

fn tenant<'de, D: Deserializer<'de>>(from: D) -> Result<Option<TenantId>, D::Error> {
    let text = String::deserialize(from)?;
    TenantId::new(&text)
        .map(Some)
        .map_err(serde::de::Error::custom)
}

fn concentrators() -> usize {
    2000
}

fn silence() -> u64 {
    150
}

fn in_flight() -> i32 {
    30
}

impl HeadEndConfig {
    /// What is wrong with it, in words.
    fn problem(&self) -> Option<String> {
        match (&self.tls, &self.tenant) {
            (Some(_), Some(_)) => {
                return Some("head_end.tenant is for a head-end without [head_end.tls]; certificates say whose a concentrator is".into());
            }
            (None, None) => {
                return Some(
                    "head_end has neither [head_end.tls] nor `tenant`: nobody could come in".into(),
                );
            }
            (None, Some(_)) if !self.listen.ip().is_loopback() => {
                return Some(format!(
                    "head_end.listen is {}, which other machines reach without encryption; add [head_end.tls]",
                    self.listen
                ));
            }
            _ => {}
        }
        let wrong =
            self.connections == 0 || self.silence_seconds == 0 || self.poll_seconds == Some(0);
        let range = !(1..=600).contains(&self.in_flight_seconds)
            || self
                .utc_offset_minutes
                .is_some_and(|minutes| minutes.abs() > 15 * 60);
        (wrong || range).then(|| {
            "head_end: connections, silence_seconds and poll_seconds are above 0, in_flight_seconds is 1 to 600, \
             utc_offset_minutes is -900 to 900"
                .into()
        })
    }

    fn beside(&mut self, here: &Path) {
        if let Some(tls) = &mut self.tls {
            let crl = tls.crl.iter_mut();
            for path in [&mut tls.ca, &mut tls.certificate, &mut tls.key]
                .into_iter()
                .chain(crl)
            {
                *path = here.join(&*path);
            }
        }
    }
}

/// The database.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DatabaseConfig {
    /// As PostgreSQL writes it, such as `host=/run/postgresql user=meterpost dbname=meterpost`.
    pub url: String,
    /// Connections at most.
    #[serde(default = "connections")]
    pub connections: usize,
}

/// Certificate and key, as PEM files.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TlsConfig {
    /// The server's certificate, and those up to the authority.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
}

fn connections() -> usize {
    16
}

impl Config {
    /// Reads a file.
    ///
    /// # Errors
    /// [`ConfigError`], with file and line.
    pub fn load(path: &Path) -> Result<Config, ConfigError> {
        let text = std::fs::read_to_string(path).map_err(|why| ConfigError::Read {
            path: path.to_owned(),
            why,
        })?;
        Config::parse(&text, path)
    }

    /// Reads a text; relative paths are taken from where the file is.
    ///
    /// # Errors
    /// [`ConfigError`], with file and line.
    pub fn parse(text: &str, path: &Path) -> Result<Config, ConfigError> {
        let wrong = |why: String| ConfigError::Content {
            path: path.to_owned(),
            why,
        };
        let mut config: Config = toml::from_str(text).map_err(|error| wrong(error.to_string()))?;
        if config.database.connections == 0 {
            return Err(wrong(
                "database.connections is 0; at least 1 is needed".into(),
            ));
        }
        let here = path.parent().unwrap_or(Path::new("."));
        config.keys = here.join(&config.keys);
        if let Some(head_end) = &mut config.head_end {
            if let Some(problem) = head_end.problem() {
                return Err(wrong(problem));
            }
            head_end.beside(here);
        }
        match &mut config.tls {
            Some(tls) => {
                tls.certificate = here.join(&tls.certificate);
                tls.key = here.join(&tls.key);
            }
            None if !config.listen.ip().is_loopback() && !config.plain => {
                return Err(ConfigError::Plain {
                    path: path.to_owned(),
                    listen: config.listen,
                });
            }
            None => {}
        }
        Ok(config)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "listen = \"127.0.0.1:8443\"\nkeys = \"keys\"\nwitness = \"w.example/east\"\n[database]\nurl = \"host=/run\"\n";

    fn parse(text: &str) -> Result<Config, ConfigError> {
        Config::parse(text, Path::new("/etc/meterpost/server.toml"))
    }

    #[test]
    fn paths_are_taken_from_where_the_file_is() {
        let config = parse(GOOD).unwrap();
        assert_eq!(config.keys, Path::new("/etc/meterpost/keys"));
        assert_eq!(config.database.connections, 16);
    }

    #[test]
    fn the_example_of_the_documentation_is_sound() {
        let here = std::env::var("CARGO_MANIFEST_DIR").expect("cargo tells");
        let path = format!("{here}/../docs/examples/server.toml");
        let config = Config::load(Path::new(&path)).unwrap();
        assert!(config.tls.is_none() && config.metrics.is_some());
    }

    #[test]
    fn plain_http_beyond_this_machine_must_be_meant() {
        let open = GOOD.replace("127.0.0.1", "0.0.0.0");
        assert!(matches!(parse(&open), Err(ConfigError::Plain { .. })));
        assert!(parse(&format!("plain = true\n{open}")).is_ok());
        let tls = format!("{open}[tls]\ncertificate = \"c.pem\"\nkey = \"k.pem\"\n");
        assert!(parse(&tls).is_ok());
    }

    #[test]
    fn concentrators_come_in_with_certificates_or_on_this_machine_only() {
        let with = |table: &str| parse(&format!("{GOOD}[head_end]\n{table}"));
        let tls = "[head_end.tls]\nca = \"ca.pem\"\ncertificate = \"h.pem\"\nkey = \"h.key\"\n";
        let config = with(&format!("listen = \"0.0.0.0:8376\"\n{tls}")).unwrap();
        let head_end = config.head_end.unwrap();
        assert_eq!(head_end.tls.unwrap().ca, Path::new("/etc/meterpost/ca.pem"));
        assert!(with("listen = \"127.0.0.1:8376\"\ntenant = \"east\"\n").is_ok());
        let wrong = |table: &str| with(table).unwrap_err().to_string();
        assert!(
            wrong("listen = \"0.0.0.0:8376\"\ntenant = \"east\"\n").contains("without encryption")
        );
        assert!(wrong("listen = \"127.0.0.1:8376\"\n").contains("nobody could come in"));
        assert!(wrong("listen = \"127.0.0.1:8376\"\ntenant = \"East\"\n").contains("line"));
        let both = format!("listen = \"127.0.0.1:8376\"\ntenant = \"east\"\n{tls}");
        assert!(wrong(&both).contains("certificates say"));
        let never = "listen = \"127.0.0.1:8376\"\ntenant = \"east\"\nin_flight_seconds = 0\n";
        assert!(wrong(never).contains("in_flight_seconds"));
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        let error = parse(&GOOD.replace("witness", "witnes"))
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("server.toml") && error.contains("line 3"),
            "{error}"
        );
        let error = parse(&format!("{GOOD}connections = 0\n"))
            .unwrap_err()
            .to_string();
        assert!(error.contains("at least 1"), "{error}");
    }
}
