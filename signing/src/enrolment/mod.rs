//! Enrolment: how a terminal's new key comes to be trusted.
//!
//! 1. The terminal makes a key and an [`EnrolmentRequest`], signed by that key, and shows the request's
//!    [`EnrolmentCode`].
//! 2. A person compares the code with the one the server shows for the request it received; only then the operator's
//!    key signs a [`Certificate`], which begins an epoch.
//! 3. The terminal checks that the certificate answers its own request, and opens the epoch's log.

mod certificate;
mod code;
mod request;

pub use certificate::{Certificate, CertificateError, SignedCertificate};
pub use code::EnrolmentCode;
pub use request::{Description, EnrolmentRequest, RequestError, SignedRequest};

#[cfg(test)]
mod tests;
