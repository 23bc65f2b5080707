//! The PIV card application (NIST SP 800-73-4): what a terminal asks of it, and what a desk puts on it. Pure but for the wire.

pub mod authenticate;
pub mod manage;
pub mod object;
pub mod pin;

use zeroize::Zeroizing;

use super::apdu::{Command, ExchangeError, Status};
use super::tlv::TlvError;

/// The application's id without its version (part 1, 2.2), which selects every version.
const APPLICATION: [u8; 9] = [0xA0, 0x00, 0x00, 0x03, 0x08, 0x00, 0x00, 0x10, 0x00];
/// Algorithm id of P-256 (SP 800-78-4, table 6-2).
pub const P256: u8 = 0x11;
/// Instruction GENERAL AUTHENTICATE (part 2, 3.2.4).
const GENERAL_AUTHENTICATE: u8 = 0x87;
/// The template that it carries, dynamic authentication data.
const DYNAMIC: u32 = 0x7C;

/// A key on the card that signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Slot {
    /// 9E, card authentication: signs without a PIN, over contacts or none.
    CardAuthentication,
    /// 9A, PIV authentication: signs after the PIN.
    Authentication,
}

impl Slot {
    /// The key reference (part 1, table 4b).
    pub fn key(self) -> u8 {
        match self {
            Slot::CardAuthentication => 0x9E,
            Slot::Authentication => 0x9A,
        }
    }

    /// The object that holds its certificate.
    pub fn certificate(self) -> Object {
        match self {
            Slot::CardAuthentication => Object::CARD_AUTHENTICATION,
            Slot::Authentication => Object::AUTHENTICATION,
        }
    }
}

/// The tag of a data object, as GET DATA and PUT DATA name it (part 1, table 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Object(pub [u8; 3]);

impl Object {
    /// X.509 certificate for card authentication.
    pub const CARD_AUTHENTICATION: Object = Object([0x5F, 0xC1, 0x01]);
    /// Card holder unique identifier.
    pub const HOLDER_ID: Object = Object([0x5F, 0xC1, 0x02]);
    /// X.509 certificate for PIV authentication.
    pub const AUTHENTICATION: Object = Object([0x5F, 0xC1, 0x05]);
    /// Card capability container.
    pub const CAPABILITIES: Object = Object([0x5F, 0xC1, 0x07]);
}

/// Why something was not done. The texts are for staff.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PivError {
    /// The way to the card.
    #[error(transparent)]
    Exchange(#[from] ExchangeError),
    /// The card refused.
    #[error("the card refused to {what} ({status:04X})", status = status.0)]
    Refused {
        /// What it was asked to do.
        what: &'static str,
        /// Its status.
        status: Status,
    },
    /// The card has no such application, object or key.
    #[error("the card has no {0}")]
    Absent(&'static str),
    /// The answer cannot be read.
    #[error("the card's {what} cannot be read: {why}")]
    Unreadable {
        /// What was read.
        what: &'static str,
        /// Why.
        why: String,
    },
    /// No randomness for a challenge.
    #[error("{0}")]
    Entropy(String),
}

impl PivError {
    fn tlv(what: &'static str) -> impl Fn(TlvError) -> PivError {
        move |why| PivError::Unreadable {
            what,
            why: why.to_string(),
        }
    }
}

/// Fills a buffer with random bytes.
pub trait Entropy: FnMut(&mut [u8]) -> Result<(), String> {}
impl<F: FnMut(&mut [u8]) -> Result<(), String>> Entropy for F {}

fn command(ins: u8, p1: u8, p2: u8, data: Vec<u8>, answered: bool) -> Command {
    Command {
        ins,
        p1,
        p2,
        data: Zeroizing::new(data),
        answered,
    }
}
