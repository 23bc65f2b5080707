//! The request: what a terminal says about itself and its new key.
//!
//! ```text
//! meterpost-enrolment v1
//! tenant <id>
//! terminal <id>
//! key <base64 of 32 bytes>
//! nonce <base64 of 16 bytes>
//! software <text>
//! hardware <text>
//! signature <base64 of 64 bytes>
//! ```
//!
//! The signature is a statement's with the label `meterpost-enrolment/v1`, the origin `meterpost/<tenant>/<terminal>`
//! (there is no epoch yet) and as its body the lines above it.

use std::fmt;

use base64ct::{Base64, Encoding};
use thiserror::Error;

use super::code::EnrolmentCode;
use crate::fields::{Fields, FieldsError, with_signature};
use crate::key::{KeyError, PublicKey, Signature};
use crate::note::{KeyName, NameError};
use crate::origin::{TenantId, TerminalId};
use crate::signer::{SignError, Signer};
use crate::statement::{SignedStatement, Statement, StatementError};

const HEADER: &str = "meterpost-enrolment v1";

/// Why a request is not made or not believed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum RequestError {
    /// The form is wrong.
    #[error("the enrolment request is damaged: {0}")]
    Fields(#[from] FieldsError),
    /// The key is refused.
    #[error("the key in the enrolment request is refused: {0}")]
    Key(#[from] KeyError),
    /// The signature does not fit: whoever made the request does not hold the key.
    #[error("the enrolment request is not signed by its own key: {0}")]
    Signature(#[from] StatementError),
    /// The request names another key than the one to sign it.
    #[error("an enrolment request is signed by the key it names, and by no other")]
    OtherKey,
    /// A description is empty, too long or has other characters.
    #[error("a description is 1 to 64 printable ASCII characters without a space at either end")]
    Description,
    /// The terminal has no name that can be signed.
    #[error("{0}")]
    Name(#[from] NameError),
    /// The signature could not be made.
    #[error("{0}")]
    Sign(#[from] SignError),
}

/// A short text for people: 1 to 64 printable ASCII characters, no space at either end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Description(String);

impl Description {
    /// Takes the text.
    pub fn new(text: &str) -> Result<Description, RequestError> {
        let printable = |b: u8| b.is_ascii_graphic() || b == b' ';
        if (1..=64).contains(&text.len()) && text.bytes().all(printable) && text.trim() == text {
            Ok(Description(text.to_owned()))
        } else {
            Err(RequestError::Description)
        }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Description {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a terminal asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnrolmentRequest {
    /// Whose terminal.
    pub tenant: TenantId,
    /// Which terminal.
    pub terminal: TerminalId,
    /// The new key.
    pub key: PublicKey,
    /// Fresh randomness: no two requests are alike, and the certificate repeats it.
    pub nonce: [u8; 16],
    /// Program and version.
    pub software: Description,
    /// The machine's serial number, as printed on it.
    pub hardware: Description,
}

impl Statement for EnrolmentRequest {
    const LABEL: &'static str = "meterpost-enrolment/v1";

    fn body(&self) -> Vec<u8> {
        // The lines have one spelling, so they are their own injective encoding.
        self.lines().into_bytes()
    }
}

impl EnrolmentRequest {
    /// Signs the request with the key it names, which proves that the terminal holds it.
    pub fn sign(self, signer: &dyn Signer) -> Result<SignedRequest, RequestError> {
        if signer.public_key() != self.key {
            return Err(RequestError::OtherKey);
        }
        let statement = SignedStatement::sign(&self, &self.origin()?, signer)?;
        Ok(SignedRequest {
            request: self,
            statement,
        })
    }

    pub(super) fn lines(&self) -> String {
        format!(
            "{HEADER}\ntenant {}\nterminal {}\nkey {}\nnonce {}\nsoftware {}\nhardware {}\n",
            self.tenant,
            self.terminal,
            Base64::encode_string(&self.key.to_bytes()),
            Base64::encode_string(&self.nonce),
            self.software,
            self.hardware,
        )
    }

    fn origin(&self) -> Result<KeyName, NameError> {
        KeyName::new(&format!("meterpost/{}/{}", self.tenant, self.terminal))
    }
}

/// A request whose signature by its own key is verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedRequest {
    request: EnrolmentRequest,
    statement: SignedStatement,
}

impl SignedRequest {
    /// Reads a request, strictly, and checks that its own key signed it.
    pub fn open(bytes: &[u8]) -> Result<SignedRequest, RequestError> {
        let mut fields = Fields::open(bytes, HEADER)?;
        let tenant = fields.take("tenant", |text| TenantId::new(text).ok())?;
        let terminal = fields.take("terminal", |text| TerminalId::new(text).ok())?;
        let key = fields.bytes::<32>("key")?;
        let nonce = fields.bytes("nonce")?;
        let software = fields.take("software", |text| Description::new(text).ok())?;
        let hardware = fields.take("hardware", |text| Description::new(text).ok())?;
        let statement = SignedStatement {
            signature: fields.signature()?,
        };
        let request = EnrolmentRequest {
            tenant,
            terminal,
            key: PublicKey::from_bytes(&key)?,
            nonce,
            software,
            hardware,
        };
        statement.verify(&request, &request.origin()?, &request.key)?;
        Ok(SignedRequest { request, statement })
    }

    /// What is asked for.
    pub fn request(&self) -> &EnrolmentRequest {
        &self.request
    }

    /// The code both sides show to the person who decides.
    pub fn code(&self) -> EnrolmentCode {
        EnrolmentCode::of(&self.request)
    }

    /// The signature.
    pub fn signature(&self) -> Signature {
        self.statement.signature
    }

    /// The whole file.
    pub fn to_text(&self) -> String {
        with_signature(&self.request.lines(), &self.statement.signature)
    }
}
