//! Where the database is, and how far the way there is trusted. Over the network it is encrypted, and the database has to show a certificate of
//! the operator's own authority with the name that it is reached by.

use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;

use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::DatabaseError;

/// A database's address.
#[derive(Clone)]
pub struct Address {
    pub(super) config: tokio_postgres::Config,
    pub(super) way: Way,
}

/// How it is reached.
#[derive(Clone)]
pub(super) enum Way {
    /// In the clear: on this machine.
    Plain,
    /// Encrypted, and the database's certificate is checked.
    Encrypted(MakeRustlsConnect),
}

impl Address {
    /// Reads an address as PostgreSQL writes it. With `ca`, a file of certificates (PEM), the way is encrypted and nothing else is taken.
    ///
    /// # Errors
    /// [`DatabaseError::Address`] where it is none, the file cannot be used, or the two do not go together.
    pub fn new(url: &str, ca: Option<&Path>) -> Result<Address, DatabaseError> {
        let wrong = |why: String| DatabaseError::Address(why);
        let mut config =
            tokio_postgres::Config::from_str(url).map_err(|error| wrong(error.to_string()))?;
        let over_network = config
            .get_hosts()
            .iter()
            .any(|host| matches!(host, Host::Tcp(_)));
        let way = match ca {
            Some(_) if !over_network => {
                return Err(wrong(
                    "it names no host of a network, so there is nothing to encrypt: take `ca` out"
                        .into(),
                ));
            }
            Some(ca) => {
                config.ssl_mode(SslMode::Require);
                Way::Encrypted(MakeRustlsConnect::new(client_config(ca)?))
            }
            None if config.get_ssl_mode() == SslMode::Require => {
                return Err(wrong(
                    "with sslmode=require, `ca` has to name the authority's certificate".into(),
                ));
            }
            None => Way::Plain,
        };
        Ok(Address { config, way })
    }

    /// One on this machine, or one whose network is trusted.
    ///
    /// # Errors
    /// As [`Address::new`].
    pub fn plain(url: &str) -> Result<Address, DatabaseError> {
        Address::new(url, None)
    }

    /// Whether passwords and everything else go over a network that anybody may listen to.
    pub fn is_exposed(&self) -> bool {
        let away = |host: &Host| match host {
            Host::Unix(_) => false,
            Host::Tcp(name) => {
                let address = name.parse::<std::net::IpAddr>();
                name != "localhost" && !address.is_ok_and(|address| address.is_loopback())
            }
        };
        matches!(self.way, Way::Plain) && self.config.get_hosts().iter().any(away)
    }
}

fn client_config(ca: &Path) -> Result<ClientConfig, DatabaseError> {
    let wrong = |why: String| DatabaseError::Address(format!("{}: {why}", ca.display()));
    let found: Result<Vec<_>, _> = CertificateDer::pem_file_iter(ca).and_then(Iterator::collect);
    let found = found.map_err(|error| wrong(error.to_string()))?;
    let mut roots = RootCertStore::empty();
    for certificate in found {
        roots
            .add(certificate)
            .map_err(|error| wrong(error.to_string()))?;
    }
    if roots.is_empty() {
        return Err(wrong("there is no certificate in it".into()));
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| wrong(error.to_string()))?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(url: &str, ca: Option<&Path>) -> String {
        match Address::new(url, ca) {
            Err(error) => error.to_string(),
            Ok(_) => panic!("{url} is taken"),
        }
    }

    #[test]
    fn encryption_that_cannot_be_had_is_refused_and_never_left_out() {
        let said = refused("host=db.example sslmode=require", None);
        assert!(said.contains("`ca`"), "{said}");
        let said = refused("host=/run/postgresql", Some(Path::new("ca.pem")));
        assert!(said.contains("nothing to encrypt"), "{said}");
        let said = refused("host=db.example", Some(Path::new("/nowhere/ca.pem")));
        assert!(said.contains("/nowhere/ca.pem"), "{said}");
        let empty = tempfile::NamedTempFile::new().unwrap();
        let said = refused("host=db.example", Some(empty.path()));
        assert!(said.contains("no certificate"), "{said}");
    }

    #[test]
    fn only_another_machine_is_reached_over_a_network_that_others_hear() {
        for (url, exposed) in [
            ("host=/run/postgresql", false),
            ("host=localhost", false),
            ("postgresql://127.0.0.1/meters", false),
            ("host=::1", false),
            ("host=db.example", true),
            ("host=10.0.0.7", true),
            ("host=/run/postgresql,db.example", true),
        ] {
            let address = Address::plain(url).unwrap_or_else(|error| panic!("{url}: {error}"));
            assert_eq!(address.is_exposed(), exposed, "{url}");
        }
    }
}
