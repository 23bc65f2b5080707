//! Where randomness comes from. It is passed in, so that simulations are reproducible.

use thiserror::Error;

/// The source of randomness failed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("no randomness: {0}")]
pub struct EntropyError(pub String);

/// Fills the buffer from the operating system's generator.
pub fn system_entropy(buffer: &mut [u8]) -> Result<(), EntropyError> {
    getrandom::fill(buffer).map_err(|error| EntropyError(error.to_string()))
}
