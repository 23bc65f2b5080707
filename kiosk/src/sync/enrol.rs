//! From a new key to a certificate and an empty ledger. A person compares the code on this screen with the one the server shows.
//! It may be cut off at any point and begun again: key and request stay until the ledger is there.

use std::path::{Path, PathBuf};
use std::time::Duration;

use base64ct::{Base64, Encoding};
use meterpost_ledger::signing::{
    Description, EnrolmentRequest, KeyStore, PublicKey, SignedCertificate, SignedRequest, Signer,
    TenantId, TerminalId, WitnessKey, read_at_most, replace, system_entropy,
};
use meterpost_ledger::{Folder, Ledger, Stamp};
use serde::Deserialize;

use super::CERTIFICATE_FILE;
use super::line::{Line, LineError};
use super::witness::WITNESS_FILE;

/// Between two questions to the server.
pub const PAUSE: Duration = Duration::from_secs(2);

/// The request that was made, while there is no answer.
const REQUEST_FILE: &str = "enrolment";
/// Longest file or answer read, in bytes.
const MOST: usize = 64 * 1024;

/// Why the terminal is not enrolled.
#[derive(Debug, thiserror::Error)]
pub enum EnrolError {
    /// There is a ledger.
    #[error(
        "there is a ledger in {0} already; to enrol the terminal anew, keep that folder as evidence and start with an empty one"
    )]
    Exists(PathBuf),
    /// A file or key cannot be made or read.
    #[error("{0}")]
    Local(String),
    /// The server.
    #[error("{0}")]
    Line(#[from] LineError),
    /// The server's answer is not to be believed or understood.
    #[error("the server's answer is refused: {0}")]
    Answer(String),
    /// A person refused it.
    #[error("the enrolment was refused; ask the operator why. Begun anew, it shows a new code")]
    Refused,
}

fn local(error: impl std::fmt::Display) -> EnrolError {
    EnrolError::Local(error.to_string())
}

fn answer(error: impl std::fmt::Display) -> EnrolError {
    EnrolError::Answer(error.to_string())
}

/// How far it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// A person has to decide.
    Waiting,
    /// It is done: the log has this origin.
    Enrolled(String),
}

#[derive(Deserialize)]
struct Reply {
    state: String,
    certificate: Option<String>,
    operator: String,
    witness: String,
}

/// An enrolment under way.
#[derive(Debug)]
pub struct Enrolment {
    folder: Folder,
    request: SignedRequest,
}

impl Enrolment {
    /// Makes key and request, or takes up those that were made before.
    ///
    /// # Errors
    /// When there is a ledger already, or nothing can be written.
    pub fn begin(folder: &Folder, tenant: &str, terminal: &str) -> Result<Enrolment, EnrolError> {
        if folder.database().exists() {
            return Err(EnrolError::Exists(folder.directory().to_owned()));
        }
        std::fs::create_dir_all(folder.directory()).map_err(local)?;
        let path = folder.directory().join(REQUEST_FILE);
        let request = if path.exists() && folder.key().exists() {
            let bytes = read_at_most(&path, MOST).map_err(local)?;
            SignedRequest::open(&bytes).map_err(local)?
        } else {
            make_request(folder, &path, tenant, terminal)?
        };
        Ok(Enrolment {
            folder: folder.clone(),
            request,
        })
    }

    /// The code to compare.
    pub fn code(&self) -> String {
        self.request.code().to_string()
    }

    /// Asks the server how it stands, and finishes when it is approved.
    ///
    /// # Errors
    /// [`EnrolError`]; after one of the line it may be asked again.
    pub fn ask(&self, line: &Line, stamp: &Stamp) -> Result<Progress, EnrolError> {
        let text = self.request.to_text();
        let answered = line.post("/api/v1/enrolment", &[], text.as_bytes())?;
        if answered.status != 200 {
            let why = answered.text("message");
            let why = why.unwrap_or_else(|| format!("HTTP {}", answered.status));
            return Err(match passes(answered.status) {
                true => LineError::NoAnswer(why).into(),
                false => answer(why),
            });
        }
        let reply: Reply = serde_json::from_slice(&answered.body).map_err(answer)?;
        match (reply.state.as_str(), &reply.certificate) {
            ("waiting", _) => Ok(Progress::Waiting),
            ("approved", Some(certificate)) => self.finish(&reply, certificate, stamp),
            ("refused", _) => {
                self.forget()?;
                Err(EnrolError::Refused)
            }
            (other, _) => Err(answer(format!("the state {other} is not known"))),
        }
    }

    /// Key and request are no use any more. The key has signed nothing but the request.
    fn forget(&self) -> Result<(), EnrolError> {
        std::fs::remove_file(self.folder.directory().join(REQUEST_FILE)).map_err(local)?;
        std::fs::remove_file(self.folder.key()).map_err(local)
    }

    fn finish(
        &self,
        reply: &Reply,
        certificate: &str,
        stamp: &Stamp,
    ) -> Result<Progress, EnrolError> {
        let operator = Base64::decode_vec(&reply.operator).map_err(answer)?;
        let operator = PublicKey::from_bytes(&operator).map_err(answer)?;
        let signed = SignedCertificate::open(certificate.as_bytes(), &operator).map_err(answer)?;
        signed.check_answers(&self.request).map_err(answer)?;
        WitnessKey::parse(&reply.witness).map_err(answer)?;
        let origin = signed.certificate().origin.to_string();
        let write = |file: &str, text: &str| {
            let path = self.folder.directory().join(file);
            replace(&path, text.as_bytes(), 0o644).map_err(local)
        };
        // The ledger comes last: while it is not there, all of this can be done again.
        write(CERTIFICATE_FILE, certificate)?;
        write(WITNESS_FILE, &format!("{}\n", reply.witness))?;
        let key = KeyStore::open(&self.folder.key()).map_err(local)?;
        let software = env!("CARGO_PKG_VERSION");
        Ledger::create(&self.folder, &origin, Box::new(key), stamp, software).map_err(local)?;
        let _ = std::fs::remove_file(self.folder.directory().join(REQUEST_FILE));
        Ok(Progress::Enrolled(origin))
    }
}

/// Whether a refusal is one of the moment: too many at once, too slow, or a server whose database is away. The same question later gets another
/// answer.
fn passes(status: u16) -> bool {
    matches!(status, 408 | 429 | 500..=599)
}

fn make_request(
    folder: &Folder,
    path: &Path,
    tenant: &str,
    terminal: &str,
) -> Result<SignedRequest, EnrolError> {
    // A key without a request is left of an attempt that was cut off right there; it has signed nothing.
    let key = if folder.key().exists() {
        KeyStore::open(&folder.key())
    } else {
        KeyStore::create(&folder.key(), &mut system_entropy)
    }
    .map_err(local)?;
    let mut nonce = [0; 16];
    system_entropy(&mut nonce).map_err(local)?;
    let request = EnrolmentRequest {
        tenant: TenantId::new(tenant).map_err(local)?,
        terminal: TerminalId::new(terminal).map_err(local)?,
        key: key.public_key(),
        nonce,
        software: Description::new(concat!("kiosk ", env!("CARGO_PKG_VERSION"))).map_err(local)?,
        hardware: Description::new(&hardware()).map_err(local)?,
    };
    let signed = request.sign(&key).map_err(local)?;
    replace(path, signed.to_text().as_bytes(), 0o600).map_err(local)?;
    Ok(signed)
}

/// What tells one machine from another to a person: the board's serial number on a Raspberry Pi.
fn hardware() -> String {
    let serial = read_at_most(Path::new("/proc/device-tree/serial-number"), 64)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .map(|text| text.trim_end_matches('\0').trim().to_owned());
    serial
        .filter(|text| Description::new(text).is_ok())
        .unwrap_or_else(|| std::env::consts::ARCH.to_owned())
}

#[cfg(test)]
mod tests {
    use super::passes;

    #[test]
    fn what_passes_is_asked_again_and_a_refusal_is_told() {
        for status in [408, 429, 500, 502, 503, 504] {
            assert!(passes(status), "{status}");
        }
        for status in [400, 404, 409, 413, 422] {
            assert!(!passes(status), "{status}");
        }
    }
}
