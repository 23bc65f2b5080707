//! The configuration of `server serve`, a file that a person writes.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use meterpost_ledger::signing::TenantId;
use serde::Deserialize;
use thiserror::Error;

use crate::book_check::NIGHTLY_AT;
use crate::clock::TimeOfDay;
use crate::database::{Address, DatabaseError};
use crate::head_end::HeadEndConfig;
use crate::payment::{PaymentConfig, check_settings};
use crate::report::ReportsConfig;
use crate::settlement::SettlementConfig;

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
    /// Payment by QR code: each tenant's contract with a provider.
    #[serde(default)]
    pub payment: BTreeMap<String, PaymentConfig>,
    /// Whether plain HTTP beyond this machine is meant.
    #[serde(default)]
    pub plain: bool,
    /// Entries of a log that may wait for a head: two months of a busy terminal. A terminal that has more sends heads in between.
    #[serde(default = "most_unsigned")]
    pub most_unsigned: u64,
    /// What people are told of terminals.
    #[serde(default)]
    pub alerts: AlertsConfig,
    /// The time of day, on this machine's clock, at which the books are checked.
    #[serde(default = "check_at")]
    pub check_at: TimeOfDay,
    /// Where concentrators dial in; they do not without it.
    pub head_end: Option<HeadEndConfig>,
    /// Reports that are put into a folder; none without it.
    pub reports: Option<ReportsConfig>,
    /// When days are settled; only by hand without it.
    pub settlement: Option<SettlementConfig>,
}

/// Entries of the largest batch that a terminal sends.
const LEAST_UNSIGNED: u64 = 1000;

/// What people are told of terminals.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AlertsConfig {
    /// A folder into which a message is put for each alert, for a mailer to carry on; without it they are in the program's log and in
    /// `GET /api/v1/alerts`.
    pub folder: Option<PathBuf>,
    /// Minutes until an alert that goes on is told again.
    pub repeat_minutes: u32,
    /// Seconds without a sign of life until a terminal counts as silent: three of its heartbeats.
    pub silent_seconds: u32,
    /// Seconds in which a session stands still until it counts as stuck.
    pub stuck_seconds: u32,
    /// Seconds that a terminal's clock may be off.
    pub clock_seconds: u32,
    /// Days before its cash box is full that somebody is told.
    pub days_to_full: u32,
}

impl Default for AlertsConfig {
    fn default() -> AlertsConfig {
        AlertsConfig {
            folder: None,
            repeat_minutes: 60,
            silent_seconds: 180,
            stuck_seconds: 420,
            clock_seconds: 60,
            days_to_full: 3,
        }
    }
}

/// The database.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DatabaseConfig {
    /// As PostgreSQL writes it, such as `host=/run/postgresql user=meterpost dbname=meterpost`.
    pub url: String,
    /// The same for the login that owns the schema, for `server init` and `server tenant import`; `url` where it is not said.
    pub owner_url: Option<String>,
    /// The authority (PEM) whose certificate the database has to show: the way there is encrypted then.
    pub ca: Option<PathBuf>,
    /// Connections at most.
    #[serde(default = "connections")]
    pub connections: usize,
}

impl DatabaseConfig {
    /// Where it is.
    ///
    /// # Errors
    /// When it is no address, or the authority's file cannot be used.
    pub fn address(&self) -> Result<Address, DatabaseError> {
        self.reach(&self.url)
    }

    /// Where it is for the schema's owner.
    ///
    /// # Errors
    /// As [`DatabaseConfig::address`].
    pub fn owner_address(&self) -> Result<Address, DatabaseError> {
        self.reach(self.owner_url.as_deref().unwrap_or(&self.url))
    }

    fn reach(&self, url: &str) -> Result<Address, DatabaseError> {
        let address = Address::new(url, self.ca.as_deref())?;
        if address.is_exposed() {
            tracing::warn!(
                "the way to the database is not encrypted: whoever is on that network can read and change what goes over it; set database.ca"
            );
        }
        Ok(address)
    }
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

fn check_at() -> TimeOfDay {
    NIGHTLY_AT
}

fn most_unsigned() -> u64 {
    100_000
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

    /// Each tenant's contract with a payment provider.
    pub fn payments(&self) -> BTreeMap<TenantId, PaymentConfig> {
        let named = |(tenant, config): (&String, &PaymentConfig)| {
            Some((TenantId::new(tenant).ok()?, config.clone()))
        };
        self.payment.iter().filter_map(named).collect()
    }

    /// Minutes ahead of UTC that a new tenant's zone is, where it is made without one.
    pub fn utc_offset_minutes(&self) -> Option<i16> {
        let settlement = self.settlement.as_ref();
        let head_end = self.head_end.as_ref();
        settlement
            .and_then(|settlement| settlement.utc_offset_minutes)
            .or(head_end.and_then(|head_end| head_end.utc_offset_minutes))
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
        if config.most_unsigned < LEAST_UNSIGNED {
            return Err(wrong(format!(
                "most_unsigned is {}; a batch has up to {LEAST_UNSIGNED} entries, so at least that many are needed",
                config.most_unsigned
            )));
        }
        let here = path.parent().unwrap_or(Path::new("."));
        config.keys = here.join(&config.keys);
        if let Some(ca) = &mut config.database.ca {
            *ca = here.join(&*ca);
        }
        if let Some(head_end) = &mut config.head_end {
            if let Some(problem) = head_end.problem() {
                return Err(wrong(problem));
            }
            head_end.beside(here);
        }
        let [settled, read] = [
            config
                .settlement
                .as_ref()
                .and_then(|of| of.utc_offset_minutes),
            config
                .head_end
                .as_ref()
                .and_then(|of| of.utc_offset_minutes),
        ];
        if settled.is_some() && read.is_some() && settled != read {
            return Err(wrong(
                "settlement.utc_offset_minutes and head_end.utc_offset_minutes differ, but a new tenant has one zone; \
                 leave out the one of [settlement]"
                    .into(),
            ));
        }
        if let Some(reports) = &mut config.reports {
            if let Some(problem) = reports.problem() {
                return Err(wrong(problem));
            }
            reports.beside(here);
        }
        if let Some(problem) = config
            .settlement
            .as_ref()
            .and_then(SettlementConfig::problem)
        {
            return Err(wrong(problem));
        }
        for (tenant, payment) in &mut config.payment {
            let told = |why: String| wrong(format!("payment.{tenant}: {why}"));
            TenantId::new(tenant).map_err(|error| told(error.to_string()))?;
            check_settings(payment, here).map_err(told)?;
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
    fn a_payment_contract_belongs_to_a_tenant_and_its_fault_is_told_with_it() {
        let contract = "[payment.east]\nurl = \"http://127.0.0.1:9\"\nmerchant = \"east\"\nkey_file = \"payment.key\"\nprovider_key = \"00\"\n";
        let config = parse(&format!("{GOOD}{contract}")).unwrap();
        let payments = config.payments();
        let (tenant, payment) = payments.first_key_value().unwrap();
        assert_eq!(tenant.as_str(), "east");
        assert_eq!(payment.key_file, Path::new("/etc/meterpost/payment.key"));
        for (from, to) in [
            ("payment.east", "payment.East"),
            ("127.0.0.1", "pay.example"),
        ] {
            let text = format!("{GOOD}{}", contract.replace(from, to));
            let error = parse(&text).unwrap_err().to_string();
            assert!(error.contains("payment."), "{error}");
        }
    }

    #[test]
    fn reports_are_known_and_their_folder_is_taken_from_where_the_file_is() {
        let wanted = "[reports]\nfolder = \"reports\"\ndaily = [\"days:pdf\"]\n";
        let config = parse(&format!("{GOOD}{wanted}")).unwrap();
        let folder = config.reports.unwrap().folder;
        assert_eq!(folder, Path::new("/etc/meterpost/reports"));
        let wrong = format!("{GOOD}{}", wanted.replace("days", "weeks"));
        let error = parse(&wrong).unwrap_err().to_string();
        assert!(
            error.contains("server.toml") && error.contains("weeks:pdf"),
            "{error}"
        );
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
