//! Which certificates of the operator's CA may connect.

use std::sync::Arc;

use rustls::client::danger::HandshakeSignatureValid;
use rustls::client::verify_server_name;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{CertificateError, DigitallySignedStruct, DistinguishedName, Error, SignatureScheme};

use super::error::UplinkError;

/// The peers that a listener accepts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Peers {
    /// Whoever has a certificate of the operator's CA.
    AnyOfCa,
    /// Only these names: host names or IP addresses, as in the certificate's subjectAltName.
    Named(Vec<String>),
}

impl Peers {
    pub(super) fn names(&self) -> Result<Option<Vec<ServerName<'static>>>, UplinkError> {
        match self {
            Peers::AnyOfCa => Ok(None),
            Peers::Named(names) => names
                .iter()
                .map(|name| server_name(name))
                .collect::<Result<_, _>>()
                .map(Some),
        }
    }
}

/// A name as TLS knows it.
pub(super) fn server_name(name: &str) -> Result<ServerName<'static>, UplinkError> {
    ServerName::try_from(name.to_owned()).map_err(|_| UplinkError::Name {
        name: name.to_owned(),
    })
}

/// Whether `certificate` is for `name`.
pub(super) fn is_for(certificate: &CertificateDer<'_>, name: &str) -> bool {
    let Ok(name) = server_name(name) else {
        return false;
    };
    ParsedCertificate::try_from(certificate)
        .is_ok_and(|certificate| verify_server_name(&certificate, &name).is_ok())
}

/// The host names that `certificate` is for.
pub(super) fn names_in(certificate: &CertificateDer<'_>) -> Vec<String> {
    let Ok(parsed) = webpki::EndEntityCert::try_from(certificate) else {
        return Vec::new();
    };
    parsed.valid_dns_names().map(str::to_owned).collect()
}

/// Checks the chain as `inner` does, then the name. The name is checked inside the handshake, so that the peer is told.
#[derive(Debug)]
pub(super) struct NamedClients {
    pub(super) inner: Arc<dyn ClientCertVerifier>,
    pub(super) names: Vec<ServerName<'static>>,
}

impl NamedClients {
    fn check_name(&self, end_entity: &CertificateDer<'_>) -> Result<(), Error> {
        let certificate = ParsedCertificate::try_from(end_entity)?;
        let mut fault = Error::InvalidCertificate(CertificateError::NotValidForName);
        for name in &self.names {
            match verify_server_name(&certificate, name) {
                Ok(()) => return Ok(()),
                Err(error) => fault = error,
            }
        }
        Err(fault)
    }
}

impl ClientCertVerifier for NamedClients {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        self.inner.root_hint_subjects()
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        let verified = self
            .inner
            .verify_client_cert(end_entity, intermediates, now)?;
        self.check_name(end_entity)?;
        Ok(verified)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.inner.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.inner.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.inner.supported_verify_schemes()
    }
}
