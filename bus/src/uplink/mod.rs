//! The way between concentrators and masters: TCP, bare or under TLS with certificates on both sides.
//!
//! Either side may listen, and either side may connect. Under TLS both show a certificate, both accept only what the
//! operator's own CA has signed, and both check that the certificate is for the name that is expected. Bare TCP is for
//! loopback, or for whoever asks for it.

mod backoff;
mod certificates;
mod connect;
mod error;
mod fault;
mod keepalive;
mod listen;
mod peers;
mod security;
mod stream;

pub use backoff::{Backoff, scatter};
pub use certificates::TlsFiles;
pub use connect::{ConnectConfig, connect};
pub use error::UplinkError;
pub use listen::{Arrived, ListenConfig, UplinkListener};
pub use peers::Peers;
pub use security::Security;
pub use stream::UplinkStream;
