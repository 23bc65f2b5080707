//! `[head_end]` of the server's configuration.

use std::net::SocketAddr;
use std::path::Path;

use meterpost_bus::uplink::TlsFiles;
use meterpost_ledger::signing::TenantId;
use serde::{Deserialize, Deserializer};

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
    /// Minutes ahead of UTC that a new tenant's zone is, where it is made without one.
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
    pub(crate) fn problem(&self) -> Option<String> {
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

    /// Paths are taken from where the file is.
    pub(crate) fn beside(&mut self, here: &Path) {
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

#[cfg(test)]
mod tests {
    use std::path::Path;

    use crate::config::Config;

    const GOOD: &str = "listen = \"127.0.0.1:8443\"\nkeys = \"keys\"\nwitness = \"w.example/east\"\n[database]\nurl = \"host=/run\"\n";

    #[test]
    fn concentrators_come_in_with_certificates_or_on_this_machine_only() {
        let with = |table: &str| {
            Config::parse(
                &format!("{GOOD}[head_end]\n{table}"),
                Path::new("/etc/meterpost/server.toml"),
            )
        };
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
}
