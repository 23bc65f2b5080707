//! Whether a connection is encrypted.

use std::net::IpAddr;

use super::TlsFiles;
use super::error::UplinkError;

/// How an uplink is protected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Security {
    /// Bare TCP, on this machine's own addresses only.
    PlainOnLoopback,
    /// Bare TCP wherever it goes: the way is protected otherwise, and the operator has said so.
    PlainAllowed,
    /// TLS 1.2 or 1.3 with certificates on both sides.
    Tls(TlsFiles),
}

impl Security {
    /// TLS where there are files, else bare TCP, which leaves this machine only if `allow_plain`.
    pub fn new(files: Option<TlsFiles>, allow_plain: bool) -> Self {
        match files {
            Some(files) => Security::Tls(files),
            None if allow_plain => Security::PlainAllowed,
            None => Security::PlainOnLoopback,
        }
    }

    /// Whether a connection with this address may be made this way; `shown` stands in the error.
    pub(super) fn permit(&self, address: IpAddr, shown: &str) -> Result<(), UplinkError> {
        match self {
            Security::PlainOnLoopback if !address.to_canonical().is_loopback() => {
                Err(UplinkError::PlainNotAllowed {
                    address: shown.to_owned(),
                })
            }
            _ => Ok(()),
        }
    }

    /// Checks the files, if there are any, as they lie there now.
    ///
    /// # Errors
    /// The first thing that would keep a connection from being made; see [`TlsFiles::check`].
    pub fn check(&self) -> Result<(), UplinkError> {
        match self {
            Security::Tls(files) => files.check(),
            Security::PlainOnLoopback | Security::PlainAllowed => Ok(()),
        }
    }
}
