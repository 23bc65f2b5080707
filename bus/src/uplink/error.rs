//! Why there is no uplink.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

/// Why an uplink cannot be had. The messages say what happened and what would be right.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UplinkError {
    /// The address to listen on cannot be had.
    #[error("cannot listen on {address}: {error}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        error: io::Error,
    },
    /// Bare TCP to or from another machine was not asked for.
    #[error(
        "{address} is not on this machine, and without TLS everything on the way is open; configure TLS, or say `allow_plain = true` if the way is protected otherwise"
    )]
    PlainNotAllowed {
        /// Where it would have gone.
        address: String,
    },
    /// No TCP connection.
    #[error("cannot connect to {endpoint}: {why}")]
    Connect {
        /// `host:port`.
        endpoint: String,
        /// What the system says.
        why: String,
    },
    /// A certificate, key or revocation list cannot be used.
    #[error("{}: {why}", file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// The name that the peer must have is no name.
    #[error("{name:?} is no host name and no IP address")]
    Name {
        /// The name.
        name: String,
    },
    /// The handshake failed.
    #[error("no TLS with {peer}: {why}")]
    Handshake {
        /// Who it was with.
        peer: String,
        /// What went wrong.
        why: String,
    },
    /// The peer said nothing, or stopped in the middle of the handshake.
    #[error(
        "no TLS with {peer}: the handshake did not end within {patience:?}; is TLS spoken there?"
    )]
    HandshakeTimeout {
        /// Who it was with.
        peer: String,
        /// How long was waited.
        patience: Duration,
    },
}
