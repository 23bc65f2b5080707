//! What speaks against a bulletin.

use meterpost_signing::StatementError;
use thiserror::Error;

use crate::entry::DecodeError;

/// Why a bulletin is not signed or not accepted.
#[derive(Debug, PartialEq, Eq, Error)]
pub enum BulletinError {
    /// Longer than [`super::MAX_BULLETIN_BYTES`].
    #[error("the bulletin is longer than any may be")]
    TooLarge,
    /// The bytes are no bulletin.
    #[error("the bulletin is damaged: {0}")]
    Damaged(#[from] DecodeError),
    /// It has a form that this program does not know.
    #[error("the bulletin has format {0}, which this program does not know: update the terminal")]
    Format(u64),
    /// The name of an operator or a terminal in it is none.
    #[error("the bulletin is for no possible terminal")]
    Addressee,
    /// The server did not sign it.
    #[error("the bulletin is not signed by this terminal's server: {0}")]
    Signature(#[from] StatementError),
    /// Version 0, or one beyond 2^63 - 1.
    #[error("the bulletin's version is out of range")]
    Version,
    /// It ends before it begins.
    #[error("the bulletin's validity ends before it begins")]
    NeverValid,
    /// The kind is no word of 1 to 32 small letters and hyphens, or it is `limits` without limits.
    #[error("the bulletin's kind is none")]
    Kind,
    /// It is for another terminal or another operator.
    #[error("the bulletin is for another terminal")]
    OtherTerminal,
    /// A version at least as high is in force.
    #[error("bulletin {version} is not newer than {in_force}, which is in force")]
    NotNewer {
        /// Its version.
        version: u64,
        /// The one in force.
        in_force: u64,
    },
    /// Its time has not come, by this terminal's clock.
    #[error("the bulletin is not valid yet: check the terminal's clock, or wait")]
    NotYetValid,
    /// Its time is over.
    #[error("the bulletin's time is over: ask the server for a new one")]
    Expired,
    /// The signature could not be made.
    #[error("the bulletin cannot be signed: {0}")]
    Sign(String),
}
