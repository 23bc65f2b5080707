//! How content that is larger than a few lines is written: JSON (RFC 8259) in one zlib stream (RFC 1950).

use std::io::{Read, Write};

use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;
use serde::Serialize;
use serde::de::DeserializeOwned;
use thiserror::Error;

/// Longest content after unpacking, in bytes.
const MOST_PLAIN: u64 = 64 << 20;

/// Why a bulletin's content is not what its kind promises.
#[derive(Debug, Error)]
pub enum ContentError {
    /// It cannot be unpacked.
    #[error("the content cannot be unpacked: {0}")]
    Packed(#[from] std::io::Error),
    /// It unpacks to more than anybody would write.
    #[error("the content unpacks to more than {MOST_PLAIN} bytes")]
    TooLarge,
    /// It is not of its kind.
    #[error("the content is not understood: {0}")]
    Shape(#[from] serde_json::Error),
    /// It makes no sense.
    #[error("{0}")]
    Senseless(String),
}

/// JSON, packed.
pub(super) fn pack<T: Serialize>(content: &T) -> Result<Vec<u8>, ContentError> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(&serde_json::to_vec(content)?)?;
    Ok(encoder.finish()?)
}

/// Reads packed JSON.
pub(super) fn unpack<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ContentError> {
    let mut plain = Vec::new();
    let mut decoder = ZlibDecoder::new(bytes).take(MOST_PLAIN + 1);
    decoder.read_to_end(&mut plain)?;
    if plain.len() as u64 > MOST_PLAIN {
        return Err(ContentError::TooLarge);
    }
    Ok(serde_json::from_slice(&plain)?)
}
