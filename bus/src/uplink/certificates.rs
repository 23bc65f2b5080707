//! The files that make up one end's identity, and what TLS makes of them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::client::{Resumption, WebPkiServerVerifier, verify_server_cert_signed_by_trust_anchor};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, CertificateRevocationListDer, PrivateKeyDer, UnixTime};
use rustls::server::danger::ClientCertVerifier;
use rustls::server::{NoServerSessionStorage, ParsedCertificate, WebPkiClientVerifier};
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use serde::Deserialize;

use super::Peers;
use super::error::UplinkError;
use super::fault::explain;
use super::peers::NamedClients;

/// Where one end's certificate, its key and the operator's CA lie, all in PEM form. They are read again for every
/// connection, so renewed files need no restart.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TlsFiles {
    /// The operator's CA: the only root that is trusted. Several certificates where one CA takes over from another.
    pub ca: PathBuf,
    /// This end's certificate, followed by those between it and the CA if there are any. Its subjectAltName holds this end's
    /// name, its extendedKeyUsage both `serverAuth` and `clientAuth`.
    pub certificate: PathBuf,
    /// The key of `certificate`, unencrypted, readable by nobody else.
    pub key: PathBuf,
    /// What the CA has revoked.
    #[serde(default)]
    pub crl: Option<PathBuf>,
}

struct Loaded {
    provider: Arc<CryptoProvider>,
    roots: Arc<RootCertStore>,
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
    crls: Vec<CertificateRevocationListDer<'static>>,
}

impl TlsFiles {
    /// Checks that the files can be used now: they exist, the key is closed to others and belongs to the certificate, and the
    /// certificate is valid today, signed by the CA and good for both directions.
    ///
    /// # Errors
    /// [`UplinkError::File`] with the first fault.
    pub fn check(&self) -> Result<(), UplinkError> {
        let loaded = self.load()?;
        self.server_of(&loaded, &Peers::AnyOfCa)?;
        let Some((own, between)) = loaded.chain.split_first() else {
            return Err(fault(&self.certificate, "it holds no certificate"));
        };
        let now = UnixTime::now();
        let verified = self
            .clients(&loaded, &Peers::AnyOfCa)?
            .verify_client_cert(own, between, now)
            .map(|_| ())
            .and_then(|()| {
                verify_server_cert_signed_by_trust_anchor(
                    &ParsedCertificate::try_from(own)?,
                    &loaded.roots,
                    between,
                    now,
                    loaded.provider.signature_verification_algorithms.all,
                )
            });
        verified.map_err(|error| {
            let why = explain(&error).replace("the peer's certificate", "this certificate");
            fault(&self.certificate, why)
        })
    }

    /// What a listener needs.
    pub(super) fn server(&self, peers: &Peers) -> Result<Arc<ServerConfig>, UplinkError> {
        let loaded = self.load()?;
        self.server_of(&loaded, peers)
    }

    fn server_of(&self, loaded: &Loaded, peers: &Peers) -> Result<Arc<ServerConfig>, UplinkError> {
        let mut config = ServerConfig::builder_with_provider(Arc::clone(&loaded.provider))
            .with_safe_default_protocol_versions()
            .map_err(|error| fault(&self.certificate, error))?
            .with_client_cert_verifier(self.clients(loaded, peers)?)
            .with_single_cert(loaded.chain.clone(), loaded.key.clone_key())
            .map_err(|error| self.mismatch(&error))?;
        // Every connection shows its certificate afresh: one that has expired or was revoked does not live on in a ticket.
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.send_tls13_tickets = 0;
        Ok(Arc::new(config))
    }

    /// What whoever connects needs.
    pub(super) fn client(&self) -> Result<Arc<ClientConfig>, UplinkError> {
        let loaded = self.load()?;
        let verifier = WebPkiServerVerifier::builder_with_provider(
            Arc::clone(&loaded.roots),
            Arc::clone(&loaded.provider),
        )
        .with_crls(loaded.crls.clone())
        .only_check_end_entity_revocation()
        .build()
        .map_err(|error| self.bad_ca(&error))?;
        let mut config = ClientConfig::builder_with_provider(Arc::clone(&loaded.provider))
            .with_safe_default_protocol_versions()
            .map_err(|error| fault(&self.certificate, error))?
            .with_webpki_verifier(verifier)
            .with_client_auth_cert(loaded.chain, loaded.key)
            .map_err(|error| self.mismatch(&error))?;
        config.resumption = Resumption::disabled();
        Ok(Arc::new(config))
    }

    fn clients(
        &self,
        loaded: &Loaded,
        peers: &Peers,
    ) -> Result<Arc<dyn ClientCertVerifier>, UplinkError> {
        let inner = WebPkiClientVerifier::builder_with_provider(
            Arc::clone(&loaded.roots),
            Arc::clone(&loaded.provider),
        )
        .with_crls(loaded.crls.clone())
        .only_check_end_entity_revocation()
        .build()
        .map_err(|error| self.bad_ca(&error))?;
        Ok(match peers.names()? {
            None => inner,
            Some(names) => Arc::new(NamedClients { inner, names }),
        })
    }

    fn load(&self) -> Result<Loaded, UplinkError> {
        let mut roots = RootCertStore::empty();
        for root in certificates(&self.ca)? {
            roots
                .add(root)
                .map_err(|error| fault(&self.ca, format!("not usable as a CA: {error}")))?;
        }
        let crls = match &self.crl {
            Some(crl) => revoked(crl)?,
            None => Vec::new(),
        };
        Ok(Loaded {
            provider: Arc::new(ring::default_provider()),
            roots: Arc::new(roots),
            chain: certificates(&self.certificate)?,
            key: key(&self.key)?,
            crls,
        })
    }

    fn bad_ca(&self, error: &dyn std::fmt::Display) -> UplinkError {
        fault(self.crl.as_deref().unwrap_or(&self.ca), error)
    }

    fn mismatch(&self, error: &rustls::Error) -> UplinkError {
        match error {
            rustls::Error::InconsistentKeys(_) => fault(
                &self.key,
                format!(
                    "this is not the key of the certificate {}",
                    self.certificate.display()
                ),
            ),
            other => fault(&self.key, other),
        }
    }
}

fn fault(file: &Path, why: impl std::fmt::Display) -> UplinkError {
    UplinkError::File {
        file: file.to_owned(),
        why: why.to_string(),
    }
}

fn read(file: &Path) -> Result<Vec<u8>, UplinkError> {
    std::fs::read(file).map_err(|error| fault(file, error))
}

fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, UplinkError> {
    let found = CertificateDer::pem_slice_iter(&read(file)?)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| fault(file, format!("not a sound PEM file: {error}")))?;
    if found.is_empty() {
        return Err(fault(file, "it holds no certificate (BEGIN CERTIFICATE)"));
    }
    Ok(found)
}

fn revoked(file: &Path) -> Result<Vec<CertificateRevocationListDer<'static>>, UplinkError> {
    let found = CertificateRevocationListDer::pem_slice_iter(&read(file)?)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| fault(file, format!("not a sound PEM file: {error}")))?;
    if found.is_empty() {
        return Err(fault(file, "it holds no revocation list (BEGIN X509 CRL)"));
    }
    Ok(found)
}

fn key(file: &Path) -> Result<PrivateKeyDer<'static>, UplinkError> {
    closed(file)?;
    let text = read(file)?;
    PrivateKeyDer::from_pem_slice(&text).map_err(|error| {
        if text.windows(9).any(|part| part == b"ENCRYPTED") {
            fault(
                file,
                "the key is encrypted, and nobody is there to type its passphrase; store it unencrypted with mode 600",
            )
        } else {
            fault(file, format!("no key can be read from it: {error}"))
        }
    })
}

/// A key that others can read is nobody's secret. Mode 600, or 640 when root owns it and gives it to the program's group.
#[cfg(unix)]
fn closed(file: &Path) -> Result<(), UplinkError> {
    use std::os::unix::fs::MetadataExt;
    let about = std::fs::metadata(file).map_err(|error| fault(file, error))?;
    let forbidden = if about.uid() == 0 { 0o037 } else { 0o077 };
    if about.mode() & forbidden == 0 {
        return Ok(());
    }
    let mode = about.mode() & 0o777;
    Err(fault(
        file,
        format!(
            "others can read or change this key (mode {mode:03o}); chmod 600 it, and replace it if it was exposed"
        ),
    ))
}

#[cfg(not(unix))]
fn closed(_file: &Path) -> Result<(), UplinkError> {
    Ok(())
}
