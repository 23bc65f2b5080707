//! The other end of a [`Signer`](super::Signer): the security module inside a meter.

use super::Purpose;
use crate::frame::dlt645::security::{Identity, IdentityAnswer};

/// What an emulated meter asks of its security module.
///
/// The product has no implementation: keys and algorithm are the grid's. A test brings one that agrees with its own signer.
pub trait Esam: Send {
    /// Checks the cipher of an identity authentication. With success the session's second random number and the module's
    /// number come back, and a new session begins.
    fn identify(&mut self, identity: &Identity) -> Option<IdentityAnswer>;

    /// Whether `mac` authenticates `data` in the present session.
    fn check(&mut self, purpose: Purpose, data: &[u8], mac: [u8; 4]) -> bool;

    /// The MAC over `data` that an answer of the present session carries.
    fn sign(&mut self, purpose: Purpose, data: &[u8]) -> Option<[u8; 4]>;

    /// Deciphers data of class 98 after checking their MAC. `None` where either fails.
    fn open(&mut self, purpose: Purpose, cipher: &[u8], mac: [u8; 4]) -> Option<Vec<u8>>;
}
