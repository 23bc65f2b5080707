//! A signed call as it travels: packed where that is worth it, and then signed, so that what is signed is what travels.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use meterpost_ledger::Ledger;

use super::round::RoundError;

/// Bodies below this travel as they are, in bytes.
const WORTH_PACKING: usize = 2048;

/// A call as it travels.
pub(super) struct SignedCall {
    /// Path and query.
    pub(super) target: String,
    /// What travels.
    pub(super) body: Vec<u8>,
    /// Whether that is packed with gzip.
    pub(super) packed: bool,
    /// The signature.
    pub(super) header: String,
}

/// Packs a body that is worth it, and signs what travels.
pub(super) fn sign(
    ledger: &Ledger,
    number: u64,
    target: String,
    body: Vec<u8>,
) -> Result<SignedCall, RoundError> {
    let small = (body.len() >= WORTH_PACKING).then(|| pack(&body)).flatten();
    let packed = small.is_some();
    let body = small.unwrap_or(body);
    let header = ledger
        .sign_call(number, "POST", &target, &body)
        .map_err(|error| RoundError::Ledger(error.to_string()))?;
    Ok(SignedCall {
        target,
        body,
        packed,
        header,
    })
}

fn pack(body: &[u8]) -> Option<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(body).ok()?;
    encoder.finish().ok()
}
