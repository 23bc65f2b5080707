//! Encryption of what comes in: rustls with the operator's certificate. A client that is slow with its handshake holds up
//! nobody else.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::serve::Listener;
use rustls::ServerConfig;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use thiserror::Error;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::config::TlsConfig;

/// How long a handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// Connections whose handshake is done and that wait to be served.
const READY: usize = 64;

/// Why nothing can be encrypted.
#[derive(Debug, Error)]
pub enum TlsError {
    /// A file cannot be read as PEM.
    #[error("{path}: {why}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// Certificate and key do not fit.
    #[error("certificate and key do not fit: {0}")]
    Pair(#[from] rustls::Error),
}

/// The settings for rustls.
///
/// # Errors
/// [`TlsError`], with the file.
pub fn server_config(config: &TlsConfig) -> Result<Arc<ServerConfig>, TlsError> {
    let wrong = |path: &PathBuf, why: String| TlsError::File {
        path: path.clone(),
        why,
    };
    let chain: Result<Vec<_>, _> =
        CertificateDer::pem_file_iter(&config.certificate).and_then(Iterator::collect);
    let chain = chain.map_err(|error| wrong(&config.certificate, error.to_string()))?;
    let key = PrivateKeyDer::from_pem_file(&config.key)
        .map_err(|error| wrong(&config.key, error.to_string()))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let server = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    Ok(Arc::new(server))
}

/// Accepts connections and has their handshakes done side by side.
pub struct TlsListener {
    address: SocketAddr,
    ready: mpsc::Receiver<(TlsStream<TcpStream>, SocketAddr)>,
}

impl TlsListener {
    /// Begins to accept.
    ///
    /// # Errors
    /// When the listener has no address.
    pub fn new(listener: TcpListener, config: Arc<ServerConfig>) -> io::Result<TlsListener> {
        let address = listener.local_addr()?;
        let (done, ready) = mpsc::channel(READY);
        let acceptor = TlsAcceptor::from(config);
        tokio::spawn(async move {
            let mut listener = listener;
            loop {
                // axum's own way to accept: it waits where there are no descriptors left.
                let (stream, from) = Listener::accept(&mut listener).await;
                let Ok(place) = done.clone().reserve_owned().await else {
                    return;
                };
                let acceptor = acceptor.clone();
                tokio::spawn(async move {
                    match tokio::time::timeout(HANDSHAKE, acceptor.accept(stream)).await {
                        Ok(Ok(stream)) => drop(place.send((stream, from))),
                        Ok(Err(error)) => tracing::info!(%from, %error, "no TLS came about"),
                        Err(_) => tracing::info!(%from, "the TLS handshake took too long"),
                    }
                });
            }
        });
        Ok(TlsListener { address, ready })
    }
}

impl Listener for TlsListener {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        match self.ready.recv().await {
            Some(connection) => connection,
            // The accepting task never ends while this lives.
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.address)
    }
}
