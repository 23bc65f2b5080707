//! Authentication codes for meters with a security module (ESAM): who makes them, and how they are asked for.
//!
//! The keys belong to whoever runs the key system, not to this product. So there is an interface, [`Signer`], and two ways to
//! something that has the keys: a crypto machine over the network ([`CryptoMachine`]) and, with the feature `psam`, a card in a
//! PC/SC reader (`pcsc::Psam`). None of them ever makes up a code: a signer that is missing, unreachable or refuses is an error
//! and nothing is sent to the meter.
//!
//! A session goes like this:
//!
//! ```text
//! signer.identity(meter number)       -> cipher, random 1         C=03 070000FF ->
//!                                                                 <- random 2, ESAM number
//! Session { meter, random 1, random 2, ESAM }
//! signer.mac(session, purpose, data)  -> mac                      C=03, C=14 class 99, C=1C class 99
//! signer.seal(session, purpose, data) -> ciphertext, mac          C=14 class 98, C=1C class 98
//! signer.verify(session, purpose, data, mac)                      MACs in the meter's answers
//! ```

mod any;
mod crypto_machine;
mod error;
mod esam;
mod orders;
pub mod psam;
mod purpose;

pub use any::{AnySigner, SignerConfig};
pub use crypto_machine::{CryptoMachine, CryptoMachineConfig};
pub use error::SignerError;
pub use esam::Esam;
pub use orders::{begin, identity_request, sign_purchase, sign_relay, sign_write};
pub use purpose::Purpose;

use std::future::Future;

use crate::frame::dlt645::security::{Identity, IdentityAnswer};

/// A session with a meter's security module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Session {
    /// The meter's number, low pair first: what its keys are derived from.
    pub meter: [u8; 6],
    /// The first random number, chosen by the signer, in the order of the wire. Codes in the meter's answers cover it.
    pub master_random: [u8; 8],
    /// The second random number, chosen by the meter, in the order of the wire. Codes in requests cover it.
    pub meter_random: [u8; 4],
    /// The number of the module in the meter, in the order of the wire.
    pub esam: [u8; 8],
}

impl Session {
    /// The session that a meter's answer opens.
    pub fn new(meter: [u8; 6], identity: &Identity, answer: IdentityAnswer) -> Self {
        Session {
            meter,
            master_random: identity.random,
            meter_random: answer.random,
            esam: answer.esam,
        }
    }
}

/// Data that only the meter can read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedData {
    /// The ciphertext in the order of the wire.
    pub cipher: Vec<u8>,
    /// Its MAC in the order of the wire.
    pub mac: [u8; 4],
}

/// Something that has the keys of meters. All bytes are in the order of the wire, without the 33h offset.
pub trait Signer: Send {
    /// Cipher and random number for the identity authentication of a meter, by its number (low pair first).
    ///
    /// # Errors
    /// [`SignerError`] says why there is none.
    fn identity(
        &mut self,
        meter: [u8; 6],
    ) -> impl Future<Output = Result<Identity, SignerError>> + Send;

    /// The code that authenticates `data` in a session.
    ///
    /// # Errors
    /// [`SignerError`] says why there is none.
    fn mac(
        &mut self,
        session: &Session,
        purpose: Purpose,
        data: &[u8],
    ) -> impl Future<Output = Result<[u8; 4], SignerError>> + Send;

    /// `data` enciphered for the meter, with a code.
    ///
    /// # Errors
    /// [`SignerError`] says why there is none.
    fn seal(
        &mut self,
        session: &Session,
        purpose: Purpose,
        data: &[u8],
    ) -> impl Future<Output = Result<SealedData, SignerError>> + Send;

    /// Whether a code in the meter's answer is right.
    ///
    /// # Errors
    /// [`SignerError`] says why that cannot be told; the answer is then as good as unauthenticated.
    fn verify(
        &mut self,
        session: &Session,
        purpose: Purpose,
        data: &[u8],
        mac: [u8; 4],
    ) -> impl Future<Output = Result<bool, SignerError>> + Send;
}
