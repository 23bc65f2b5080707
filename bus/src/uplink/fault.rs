//! What a TLS fault means to the person who has to mend it.

use std::io;

use rustls::{AlertDescription, CertificateError, Error};

/// Whether the certificate at fault is the peer's (seen here) or our own (as the peer told us).
fn of_peer(error: &CertificateError) -> String {
    match error {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            "the peer's certificate has expired; renew it, and check this machine's clock".to_owned()
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "the peer's certificate is not valid yet; is this machine's clock right?".to_owned()
        }
        CertificateError::UnknownIssuer => {
            "the peer's certificate is not signed by the CA in `ca`".to_owned()
        }
        CertificateError::BadSignature => {
            "the peer's certificate is not signed by the CA in `ca`, but by one of the same name with another key"
                .to_owned()
        }
        CertificateError::Revoked => "the peer's certificate was revoked".to_owned(),
        CertificateError::UnknownRevocationStatus => {
            "the revocation list says nothing about the CA of the peer's certificate".to_owned()
        }
        CertificateError::NotValidForName => "the peer's certificate is for another name".to_owned(),
        CertificateError::NotValidForNameContext {
            expected,
            presented,
        } => format!(
            "the peer's certificate must be for {}, it is for {}",
            expected.to_str(),
            if presented.is_empty() {
                "no name (subjectAltName is missing)".to_owned()
            } else {
                presented.join(", ")
            }
        ),
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
            "the peer's certificate is not for this use; extendedKeyUsage must have both serverAuth and clientAuth"
                .to_owned()
        }
        CertificateError::Other(other) => other.to_string(),
        other => format!("the peer's certificate: {other:?}"),
    }
}

fn told(alert: AlertDescription) -> String {
    let why = match alert {
        AlertDescription::CertificateRequired => "it wants a certificate and got none",
        AlertDescription::CertificateExpired => "our certificate has expired, as its clock has it",
        AlertDescription::CertificateRevoked => "our certificate was revoked",
        AlertDescription::DecryptError => {
            "our certificate is not signed by its CA, but by one of the same name with another key"
        }
        AlertDescription::UnknownCA => "our certificate is not signed by its CA",
        AlertDescription::BadCertificate | AlertDescription::CertificateUnknown => {
            "our certificate is for a name it does not accept, or is damaged"
        }
        AlertDescription::UnsupportedCertificate => {
            "our certificate is not for this use; extendedKeyUsage must have both serverAuth and clientAuth"
        }
        AlertDescription::AccessDenied => "our certificate gives no access",
        AlertDescription::ProtocolVersion => "it speaks neither TLS 1.2 nor 1.3",
        AlertDescription::HandshakeFailure => {
            "it found no common cipher or wants something we do not have"
        }
        other => return format!("the peer refused: {other:?}"),
    };
    format!("the peer refused: {why}")
}

/// What `error` means.
pub(super) fn explain(error: &Error) -> String {
    match error {
        Error::InvalidCertificate(certificate) => of_peer(certificate),
        Error::NoCertificatesPresented => "the peer showed no certificate".to_owned(),
        Error::AlertReceived(alert) => told(*alert),
        Error::InvalidMessage(_)
        | Error::InappropriateMessage { .. }
        | Error::InappropriateHandshakeMessage { .. }
        | Error::PeerMisbehaved(_) => "what the peer says is not TLS".to_owned(),
        Error::PeerIncompatible(why) => {
            format!("the peer's TLS has nothing in common with ours ({why:?})")
        }
        other => other.to_string(),
    }
}

/// The same for an error of a stream, which may carry a TLS fault inside.
pub(super) fn explain_io(error: &io::Error) -> String {
    let inner = error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<Error>());
    match inner {
        Some(inner) => explain(inner),
        None if error.kind() == io::ErrorKind::UnexpectedEof => {
            "the peer closed the connection in the middle; it may have refused our certificate, or not speak TLS".to_owned()
        }
        None => error.to_string(),
    }
}
