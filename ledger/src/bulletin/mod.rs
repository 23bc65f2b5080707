//! Bulletins: what the server tells its terminals, signed, versioned and good for a time.
//!
//! A bulletin comes over any way at all, a network or a stick. Nothing of it is believed before [`accept`] has checked all
//! of it against the server's key, this terminal, what is in force and the clock; what it accepts becomes an entry, so the
//! log says under which limits each sale was made. `docs/ledger.md` has the bytes.

pub mod command;
pub mod deny;
pub mod directory;
mod encoding;
mod error;
mod packed;
pub mod parameters;
pub mod tariffs;

#[cfg(test)]
mod tests;

use meterpost_signing::{
    KeyName, LogOrigin, SignError, SignedStatement, Signer, Statement, TenantId, TerminalId,
    VerifierKey,
};
use sha2::{Digest, Sha256};

pub use command::COMMAND_KIND;
pub use error::BulletinError;
pub use packed::ContentError;

use crate::books::Books;
use crate::entry::Stamp;
use crate::event::Event;
use crate::limits::Limits;

/// Longest bulletin, in bytes: a directory of 100,000 accounts fits.
pub const MAX_BULLETIN_BYTES: usize = 4 << 20;

/// Longest kind, in bytes.
const MAX_KIND: usize = 32;

/// The kind of bulletin that sets limits.
pub const LIMITS_KIND: &str = "limits";

/// Whom a bulletin is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Addressee {
    /// The operator.
    pub tenant: TenantId,
    /// One terminal, or all of the operator's.
    pub terminal: Option<TerminalId>,
}

/// When a bulletin may be applied, in Unix milliseconds. What was applied stays in force until a newer one comes: a
/// terminal without contact must not fall back to no limits at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Validity {
    /// Not before this instant.
    pub from: u64,
    /// Before this instant.
    pub until: u64,
}

/// What a bulletin says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BulletinContent {
    /// The terminal's limits; its kind is `limits`.
    Limits(Limits),
    /// Something that the ledger keeps for others, under a kind of 1 to 32 small letters and hyphens other than `limits`.
    Other {
        /// The kind.
        kind: String,
        /// The bytes, in the kind's own form.
        bytes: Vec<u8>,
    },
}

/// A server's statement to its terminals.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bulletin {
    /// For whom.
    pub addressee: Addressee,
    /// Its version: within one kind each is higher than the one before; from 1.
    pub version: u64,
    /// When it may be applied.
    pub validity: Validity,
    /// What it says.
    pub content: BulletinContent,
}

/// The bytes that are signed, as a statement of the server.
struct Signed<'a>(&'a [u8]);

impl Statement for Signed<'_> {
    const LABEL: &'static str = "meterpost-bulletin/v1";

    fn body(&self) -> Vec<u8> {
        self.0.to_vec()
    }
}

impl Bulletin {
    /// The kind: `limits`, or what others call theirs.
    pub fn kind(&self) -> &str {
        match &self.content {
            BulletinContent::Limits(_) => LIMITS_KIND,
            BulletinContent::Other { kind, .. } => kind,
        }
    }

    /// Signs it in the server's name; the bytes are what terminals accept.
    ///
    /// # Errors
    /// The bulletin breaks a rule of its own, such as an empty validity, or the key does not sign.
    pub fn sign(&self, server: &KeyName, key: &dyn Signer) -> Result<Vec<u8>, BulletinError> {
        self.check()?;
        let payload = self.payload()?;
        let signed = SignedStatement::sign(&Signed(&payload), server, key)?;
        let bytes = encoding::envelope(&payload, &signed.signature)?;
        if bytes.len() > MAX_BULLETIN_BYTES {
            return Err(BulletinError::TooLarge);
        }
        Ok(bytes)
    }

    /// The bytes that are signed.
    ///
    /// # Errors
    /// The encoder's.
    pub fn payload(&self) -> Result<Vec<u8>, BulletinError> {
        encoding::payload(self)
    }

    /// Reads the bytes that are signed, strictly, without a signature: to look at what was prepared. A terminal's way is
    /// [`accept`].
    ///
    /// # Errors
    /// Not in the one spelling, or not a possible bulletin.
    pub fn from_payload(bytes: &[u8]) -> Result<Bulletin, BulletinError> {
        let bulletin = encoding::read_payload(bytes)?;
        bulletin.check()?;
        Ok(bulletin)
    }

    /// What bytes say, without a look at who signed them: for the server, which wrote them. A terminal's way is [`accept`].
    ///
    /// # Errors
    /// Not in the one spelling, or not a possible bulletin.
    pub fn peek(bytes: &[u8]) -> Result<Bulletin, BulletinError> {
        let (payload, _) = encoding::open_envelope(bytes)?;
        Bulletin::from_payload(payload)
    }

    /// Whether this key signed these bytes.
    ///
    /// # Errors
    /// The bytes are no signed bulletin at all.
    pub fn is_signed_by(bytes: &[u8], key: &VerifierKey) -> Result<bool, BulletinError> {
        let (payload, signature) = encoding::open_envelope(bytes)?;
        let statement = SignedStatement { signature };
        Ok(statement
            .verify(&Signed(payload), key.name(), key.key())
            .is_ok())
    }

    /// What can be wrong with a bulletin whoever signs it.
    fn check(&self) -> Result<(), BulletinError> {
        if self.version == 0 || i64::try_from(self.version).is_err() {
            return Err(BulletinError::Version);
        }
        if self.validity.from >= self.validity.until {
            return Err(BulletinError::NeverValid);
        }
        if let BulletinContent::Other { kind, .. } = &self.content {
            let plain = (1..=MAX_KIND).contains(&kind.len())
                && kind.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
            if !plain || kind == LIMITS_KIND {
                return Err(BulletinError::Kind);
            }
        }
        Ok(())
    }
}

/// A bulletin that [`accept`] found good for this terminal at this moment; only such a one is applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AcceptedBulletin {
    bulletin: Bulletin,
    bytes: Vec<u8>,
}

impl AcceptedBulletin {
    /// What it says.
    pub fn bulletin(&self) -> &Bulletin {
        &self.bulletin
    }

    /// The bytes as they came.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The entry that applies it.
    pub fn event(&self) -> Event {
        Event::BulletinApplied {
            kind: self.bulletin.kind().to_owned(),
            version: self.bulletin.version,
            digest: Sha256::digest(&self.bytes).into(),
            limits: match self.bulletin.content {
                BulletinContent::Limits(limits) => Some(limits),
                BulletinContent::Other { .. } => None,
            },
        }
    }
}

/// Decides over a bulletin that arrived at the terminal whose log is `log`. `books` say what is in force and how late it is
/// at least; `now` is the terminal's clock.
///
/// An expired bulletin is recognised even with a clock that was set back, because the log's last entry is older than now.
///
/// # Errors
/// Anything that speaks against it; the terminal goes on under what is in force.
pub fn accept(
    bytes: &[u8],
    server: &VerifierKey,
    log: &LogOrigin,
    books: &Books,
    now: &Stamp,
) -> Result<AcceptedBulletin, BulletinError> {
    if bytes.len() > MAX_BULLETIN_BYTES {
        return Err(BulletinError::TooLarge);
    }
    let bulletin = open_kept(bytes, server, log)?;
    let in_force = books.bulletin_version(bulletin.kind()).unwrap_or(0);
    if bulletin.version <= in_force {
        return Err(BulletinError::NotNewer {
            version: bulletin.version,
            in_force,
        });
    }
    in_time(&bulletin.validity, books, now)?;
    Ok(AcceptedBulletin {
        bulletin,
        bytes: bytes.to_vec(),
    })
}

/// Opens a bulletin that was accepted before and kept: its signature and addressee are checked again, its version and time were then.
///
/// # Errors
/// When the bytes are not the server's any more.
pub fn open_kept(
    bytes: &[u8],
    server: &VerifierKey,
    log: &LogOrigin,
) -> Result<Bulletin, BulletinError> {
    let (payload, signature) = encoding::open_envelope(bytes)?;
    // The signature comes before any look at what is signed.
    SignedStatement { signature }.verify(&Signed(payload), server.name(), server.key())?;
    let bulletin = Bulletin::from_payload(payload)?;
    for_this_terminal(&bulletin.addressee, log)?;
    Ok(bulletin)
}

fn for_this_terminal(addressee: &Addressee, log: &LogOrigin) -> Result<(), BulletinError> {
    let mine = addressee.tenant == *log.tenant()
        && addressee
            .terminal
            .as_ref()
            .is_none_or(|terminal| terminal == log.terminal());
    match mine {
        true => Ok(()),
        false => Err(BulletinError::OtherTerminal),
    }
}

fn in_time(validity: &Validity, books: &Books, now: &Stamp) -> Result<(), BulletinError> {
    if now.wall < validity.from {
        return Err(BulletinError::NotYetValid);
    }
    if now.wall.max(books.last_wall()) >= validity.until {
        return Err(BulletinError::Expired);
    }
    Ok(())
}

impl From<SignError> for BulletinError {
    fn from(error: SignError) -> BulletinError {
        BulletinError::Sign(error.to_string())
    }
}
