//! The file's part about uplinks: where masters connect, where the concentrator connects, and how that is protected.

use std::net::SocketAddr;
use std::path::PathBuf;

use serde::Deserialize;
use toml::Spanned;

use super::{Check, File};
use crate::uplink::{ConnectConfig, ListenConfig, Peers, Security, TlsFiles};

/// `[tls]`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FileTls {
    ca: PathBuf,
    certificate: PathBuf,
    key: PathBuf,
    crl: Option<PathBuf>,
    masters: Option<Vec<String>>,
}

/// `[[uplink]]`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FileUplink {
    connect: Spanned<String>,
    name: Option<String>,
}

impl FileTls {
    fn files(&self) -> TlsFiles {
        TlsFiles {
            ca: self.ca.clone(),
            certificate: self.certificate.clone(),
            key: self.key.clone(),
            crl: self.crl.clone(),
        }
    }
}

impl Check<'_> {
    /// Where masters connect, and where the concentrator connects.
    pub(super) fn uplinks(&mut self, file: &File) -> (Option<ListenConfig>, Vec<ConnectConfig>) {
        let files = file.tls.as_ref().map(FileTls::files);
        let security = Security::new(files, file.allow_plain);
        let listen = file
            .listen
            .as_ref()
            .and_then(|listen| self.listen(listen, file, &security));
        let connect = file
            .uplink
            .iter()
            .filter_map(|uplink| self.uplink(uplink, &security))
            .collect();
        if file.listen.is_none() && file.uplink.is_empty() {
            self.problems.push(format!(
                "{}: there is no way for a master; write `listen = \"127.0.0.1:8376\"`, or an [[uplink]] with `connect`",
                self.name
            ));
        }
        (listen, connect)
    }

    fn listen(
        &mut self,
        spanned: &Spanned<String>,
        file: &File,
        security: &Security,
    ) -> Option<ListenConfig> {
        let text = spanned.get_ref();
        let Ok(address) = text.parse::<SocketAddr>() else {
            let what = format!(
                "listen is {text:?}; it must be an address and a port, such as \"127.0.0.1:8376\""
            );
            self.problem(spanned, what);
            return None;
        };
        if *security == Security::PlainOnLoopback && !address.ip().is_loopback() {
            self.problem(
                spanned,
                format!(
                    "listen is {address}, which other machines reach without encryption; add [tls], listen on 127.0.0.1, \
                     or write `allow_plain = true` where the network itself is protected"
                ),
            );
            return None;
        }
        let masters = file.tls.as_ref().and_then(|tls| tls.masters.clone());
        Some(ListenConfig {
            address,
            security: security.clone(),
            peers: masters.map_or(Peers::AnyOfCa, Peers::Named),
        })
    }

    fn uplink(&mut self, uplink: &FileUplink, security: &Security) -> Option<ConnectConfig> {
        let endpoint = uplink.connect.get_ref();
        let port = endpoint
            .rsplit_once(':')
            .map(|(_, port)| port.parse::<u16>());
        if !matches!(port, Some(Ok(1..))) {
            let what = format!(
                "connect is {endpoint:?}; it must be a host and a port, such as \"head-end.example:2404\""
            );
            self.problem(&uplink.connect, what);
            return None;
        }
        Some(ConnectConfig {
            endpoint: endpoint.clone(),
            security: security.clone(),
            name: uplink.name.clone(),
        })
    }
}
