//! Listening for peers that connect.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use super::connect::HANDSHAKE;
use super::error::UplinkError;
use super::fault::explain_io;
use super::keepalive::settle;
use super::{Peers, Security, UplinkStream};

/// Where to listen and whom to accept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListenConfig {
    /// The address; port 0 = one that the system chooses.
    pub address: SocketAddr,
    /// How connections are protected.
    pub security: Security,
    /// Whose certificates are accepted; bare TCP knows no names.
    pub peers: Peers,
}

impl ListenConfig {
    /// On this address, for every certificate of the operator's CA.
    pub fn new(address: SocketAddr, security: Security) -> Self {
        ListenConfig {
            address,
            security,
            peers: Peers::AnyOfCa,
        }
    }
}

/// A listener.
#[derive(Debug)]
pub struct UplinkListener {
    config: Arc<ListenConfig>,
    listener: TcpListener,
}

/// A connection that has come in; nothing was read from it yet.
#[derive(Debug)]
pub struct Arrived {
    config: Arc<ListenConfig>,
    stream: TcpStream,
    peer: SocketAddr,
}

impl UplinkListener {
    /// Listens. The certificate files are checked, but only what no connection could be made with is an error: a certificate
    /// that has expired is told in the log and by every handshake, for it may be renewed while the listener runs.
    ///
    /// # Errors
    /// [`UplinkError`]: the address cannot be had, bare TCP is not allowed on it, or a file is missing or unusable.
    pub async fn bind(config: ListenConfig) -> Result<Self, UplinkError> {
        config
            .security
            .permit(config.address.ip(), &config.address.to_string())?;
        if let Security::Tls(files) = &config.security {
            files.server(&config.peers)?;
            if let Err(error) = files.check() {
                tracing::warn!(%error, "peers will refuse this certificate");
            }
        }
        let listener =
            TcpListener::bind(config.address)
                .await
                .map_err(|error| UplinkError::Listen {
                    address: config.address,
                    error,
                })?;
        Ok(UplinkListener {
            config: Arc::new(config),
            listener,
        })
    }

    /// Where it listens.
    ///
    /// # Errors
    /// What the system says.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Waits for the next connection. The handshake is not part of it, so that a peer that says nothing holds up nobody:
    /// see [`Arrived::secure`].
    ///
    /// # Errors
    /// What the system says, such as too many open files; the listener goes on listening.
    pub async fn accept(&self) -> io::Result<Arrived> {
        let (stream, peer) = self.listener.accept().await?;
        Ok(Arrived {
            config: Arc::clone(&self.config),
            stream,
            peer,
        })
    }
}

impl Arrived {
    /// Who has connected.
    pub fn peer(&self) -> SocketAddr {
        self.peer
    }

    /// Goes through the handshake, if there is one.
    ///
    /// # Errors
    /// [`UplinkError`] says why the peer is not accepted. The connection is then closed.
    pub async fn secure(self) -> Result<UplinkStream, UplinkError> {
        let peer = self.peer.to_string();
        settle(&self.stream).map_err(|error| UplinkError::Connect {
            endpoint: peer.clone(),
            why: error.to_string(),
        })?;
        let Security::Tls(files) = &self.config.security else {
            return Ok(UplinkStream::plain(self.stream));
        };
        let acceptor = TlsAcceptor::from(files.server(&self.config.peers)?);
        match tokio::time::timeout(HANDSHAKE, acceptor.accept(self.stream)).await {
            Ok(Ok(stream)) => Ok(UplinkStream::tls(stream)),
            Ok(Err(error)) => Err(UplinkError::Handshake {
                peer,
                why: explain_io(&error),
            }),
            Err(_) => Err(UplinkError::HandshakeTimeout {
                peer,
                patience: HANDSHAKE,
            }),
        }
    }
}
