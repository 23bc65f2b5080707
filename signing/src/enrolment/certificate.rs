//! The certificate: the operator's word that a key speaks for a terminal's log.
//!
//! ```text
//! meterpost-certificate v1
//! origin meterpost/<tenant>/<terminal>/<epoch>
//! key <base64 of 32 bytes>
//! nonce <base64 of the request's 16 bytes>
//! serial <decimal>
//! issued <seconds since 1970>
//! signature <base64 of 64 bytes>
//! ```
//!
//! The signature is a statement's with the label `meterpost-certificate/v1`, the certificate's origin and as its body
//! the lines above it.

use base64ct::{Base64, Encoding};
use thiserror::Error;

use super::request::SignedRequest;
use crate::fields::{Fields, FieldsError, with_signature};
use crate::key::{KeyError, PublicKey, Signature};
use crate::note::{NameError, VerifierKey};
use crate::origin::LogOrigin;
use crate::signer::{SignError, Signer};
use crate::statement::{SignedStatement, Statement, StatementError};

const HEADER: &str = "meterpost-certificate v1";

/// Why a certificate is not made or not believed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CertificateError {
    /// The form is wrong.
    #[error("the certificate is damaged: {0}")]
    Fields(#[from] FieldsError),
    /// The key in it is refused.
    #[error("the key in the certificate is refused: {0}")]
    Key(#[from] KeyError),
    /// The operator did not sign it.
    #[error("the certificate is not signed by the operator's key: {0}")]
    Signature(#[from] StatementError),
    /// The operator's key and the terminal's are one.
    #[error("the operator's own key cannot be a terminal's")]
    OwnKey,
    /// A number is beyond 2^63 - 1, or the serial number is 0.
    #[error("the certificate's {0} is out of range")]
    Range(&'static str),
    /// It is for another request.
    #[error("the certificate does not answer this request: its {0} differs")]
    OtherRequest(&'static str),
    /// The origin is no name.
    #[error("{0}")]
    Name(#[from] NameError),
    /// The signature could not be made.
    #[error("{0}")]
    Sign(#[from] SignError),
}

/// That a key speaks for a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// The log; its epoch was never given out before.
    pub origin: LogOrigin,
    /// The terminal's key.
    pub key: PublicKey,
    /// The nonce of the request this answers.
    pub nonce: [u8; 16],
    /// The certificate's number with this operator, from 1.
    pub serial: u64,
    /// When it was issued, in seconds since 1970 by the operator's clock.
    pub issued: u64,
}

impl Statement for Certificate {
    const LABEL: &'static str = "meterpost-certificate/v1";

    fn body(&self) -> Vec<u8> {
        // The lines have one spelling, so they are their own injective encoding.
        self.lines().into_bytes()
    }
}

impl Certificate {
    /// The certificate that answers a request: the epoch and the serial number are the server's to give, once each.
    pub fn answer(
        request: &SignedRequest,
        epoch: u32,
        serial: u64,
        issued: u64,
    ) -> Result<Certificate, CertificateError> {
        let asked = request.request();
        Ok(Certificate {
            origin: LogOrigin::new(asked.tenant.clone(), asked.terminal.clone(), epoch)
                .map_err(|_| CertificateError::Range("epoch"))?,
            key: asked.key,
            nonce: asked.nonce,
            serial,
            issued,
        })
    }

    /// Signs it with the operator's key.
    pub fn sign(self, operator: &dyn Signer) -> Result<SignedCertificate, CertificateError> {
        self.check(&operator.public_key())?;
        let statement = SignedStatement::sign(&self, &self.origin.name()?, operator)?;
        Ok(SignedCertificate {
            certificate: self,
            statement,
        })
    }

    /// The key as it verifies the log's checkpoints.
    pub fn verifier_key(&self) -> Result<VerifierKey, NameError> {
        Ok(VerifierKey::new(self.origin.name()?, self.key))
    }

    fn check(&self, operator: &PublicKey) -> Result<(), CertificateError> {
        if self.key == *operator {
            return Err(CertificateError::OwnKey);
        }
        if self.serial == 0 || self.serial > i64::MAX as u64 {
            return Err(CertificateError::Range("serial number"));
        }
        if self.issued > i64::MAX as u64 {
            return Err(CertificateError::Range("time of issue"));
        }
        Ok(())
    }

    fn lines(&self) -> String {
        format!(
            "{HEADER}\norigin {}\nkey {}\nnonce {}\nserial {}\nissued {}\n",
            self.origin,
            Base64::encode_string(&self.key.to_bytes()),
            Base64::encode_string(&self.nonce),
            self.serial,
            self.issued,
        )
    }
}

/// A certificate whose signature by the operator is verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedCertificate {
    certificate: Certificate,
    statement: SignedStatement,
}

impl SignedCertificate {
    /// Reads a certificate, strictly, and checks that the operator signed it.
    pub fn open(bytes: &[u8], operator: &PublicKey) -> Result<SignedCertificate, CertificateError> {
        let mut fields = Fields::open(bytes, HEADER)?;
        let origin = fields.take("origin", |text| LogOrigin::parse(text).ok())?;
        let key = fields.bytes::<32>("key")?;
        let nonce = fields.bytes("nonce")?;
        let serial = fields.number("serial")?;
        let issued = fields.number("issued")?;
        let statement = SignedStatement {
            signature: fields.signature()?,
        };
        let certificate = Certificate {
            origin,
            key: PublicKey::from_bytes(&key)?,
            nonce,
            serial,
            issued,
        };
        statement.verify(&certificate, &certificate.origin.name()?, operator)?;
        certificate.check(operator)?;
        Ok(SignedCertificate {
            certificate,
            statement,
        })
    }

    /// Whether the certificate is the answer to the terminal's own request, and not one for another terminal, key or
    /// occasion.
    pub fn check_answers(&self, request: &SignedRequest) -> Result<(), CertificateError> {
        let (given, asked) = (&self.certificate, request.request());
        let differs = |what| Err(CertificateError::OtherRequest(what));
        if *given.origin.tenant() != asked.tenant {
            return differs("tenant");
        }
        if *given.origin.terminal() != asked.terminal {
            return differs("terminal");
        }
        if given.key != asked.key {
            return differs("key");
        }
        if given.nonce != asked.nonce {
            return differs("nonce");
        }
        Ok(())
    }

    /// What is certified.
    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// The signature.
    pub fn signature(&self) -> Signature {
        self.statement.signature
    }

    /// The whole file.
    pub fn to_text(&self) -> String {
        with_signature(&self.certificate.lines(), &self.statement.signature)
    }
}
