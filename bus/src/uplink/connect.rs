//! Connecting to a peer that listens.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::{TcpStream, lookup_host};
use tokio_rustls::TlsConnector;

use super::error::UplinkError;
use super::fault::explain_io;
use super::keepalive::settle;
use super::peers::server_name;
use super::{Security, UplinkStream};

const CONNECT: Duration = Duration::from_secs(5);
/// How long a handshake may take.
pub(super) const HANDSHAKE: Duration = Duration::from_secs(10);

/// Where to connect and what to expect there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectConfig {
    /// `host:port`.
    pub endpoint: String,
    /// How the connection is protected.
    pub security: Security,
    /// The name in the peer's certificate; `None` = the endpoint's host.
    pub name: Option<String>,
}

impl ConnectConfig {
    /// To this `host:port`, whose certificate must be for its host.
    pub fn new(endpoint: impl Into<String>, security: Security) -> Self {
        ConnectConfig {
            endpoint: endpoint.into(),
            security,
            name: None,
        }
    }

    fn expected(&self) -> &str {
        self.name.as_deref().unwrap_or_else(|| {
            let host = self.endpoint.rsplit_once(':').map(|(host, _)| host);
            host.unwrap_or(&self.endpoint).trim_matches(['[', ']'])
        })
    }
}

/// Connects once: the first of the endpoint's addresses that answers, then the handshake.
///
/// # Errors
/// [`UplinkError`] says what failed.
pub async fn connect(config: &ConnectConfig) -> Result<UplinkStream, UplinkError> {
    let failed = |why: String| UplinkError::Connect {
        endpoint: config.endpoint.clone(),
        why,
    };
    let stream = tokio::time::timeout(CONNECT, dial(config))
        .await
        .map_err(|_| failed("no connection in time".to_owned()))??;
    settle(&stream).map_err(|error| failed(error.to_string()))?;
    let Security::Tls(files) = &config.security else {
        return Ok(UplinkStream::plain(stream));
    };
    let name = server_name(config.expected())?;
    let connector = TlsConnector::from(files.client()?);
    match tokio::time::timeout(HANDSHAKE, connector.connect(name, stream)).await {
        Ok(Ok(stream)) => Ok(UplinkStream::tls(stream)),
        Ok(Err(error)) => Err(UplinkError::Handshake {
            peer: config.endpoint.clone(),
            why: explain_io(&error),
        }),
        Err(_) => Err(UplinkError::HandshakeTimeout {
            peer: config.endpoint.clone(),
            patience: HANDSHAKE,
        }),
    }
}

async fn dial(config: &ConnectConfig) -> Result<TcpStream, UplinkError> {
    let failed = |why: String| UplinkError::Connect {
        endpoint: config.endpoint.clone(),
        why,
    };
    let addresses: Vec<SocketAddr> = lookup_host(&config.endpoint)
        .await
        .map_err(|error| failed(error.to_string()))?
        .collect();
    let mut why = failed("the name has no address".to_owned());
    for address in addresses {
        if let Err(error) = config.security.permit(address.ip(), &config.endpoint) {
            why = error;
            continue;
        }
        match TcpStream::connect(address).await {
            Ok(stream) => return Ok(stream),
            Err(error) => why = failed(error.to_string()),
        }
    }
    Err(why)
}
