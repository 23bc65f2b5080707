//! The key file's format: four lines of ASCII.
//!
//! ```text
//! meterpost-key v1
//! sealer <name>
//! public <base64 of 32 bytes>
//! sealed <base64 of what the sealer keeps>
//! ```

use base64ct::{Base64, Encoding};
use thiserror::Error;
use zeroize::Zeroizing;

use crate::fields;
use crate::key::{KeyError, PublicKey};

/// Longest key file read; a TPM's blob is well below it.
pub(crate) const MAX_BYTES: usize = 4096;

/// What is wrong with a key file's content.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum KeyFileError {
    /// The first line is not that of a key file of this version.
    #[error("it is not a meterpost key file of version 1")]
    Header,
    /// A line is missing, out of order or not in the form expected.
    #[error("its line `{0}` is missing or malformed")]
    Line(&'static str),
    /// There is something after the last line.
    #[error("there is something after the last line")]
    Trailing,
    /// The public key in it is refused.
    #[error("its public key is refused: {0}")]
    PublicKey(#[from] KeyError),
}

/// A key file taken apart.
pub(crate) struct KeyFile {
    pub(crate) sealer: String,
    pub(crate) public: PublicKey,
    pub(crate) sealed: Zeroizing<Vec<u8>>,
}

const HEADER: &str = "meterpost-key v1";

impl KeyFile {
    pub(crate) fn format(&self) -> Zeroizing<String> {
        let sealed = Zeroizing::new(Base64::encode_string(&self.sealed));
        let public = Base64::encode_string(&self.public.to_bytes());
        // Sized in full beforehand: a growing string would leave copies of the seed behind.
        let mut text = Zeroizing::new(String::with_capacity(MAX_BYTES));
        for part in [HEADER, "\nsealer ", &self.sealer, "\npublic ", &public] {
            text.push_str(part);
        }
        text.push_str("\nsealed ");
        text.push_str(&sealed);
        text.push('\n');
        text
    }

    pub(crate) fn parse(bytes: &[u8]) -> Result<KeyFile, KeyFileError> {
        let text = std::str::from_utf8(bytes).map_err(|_| KeyFileError::Header)?;
        let rest = text
            .strip_prefix(HEADER)
            .and_then(|rest| rest.strip_prefix('\n'))
            .ok_or(KeyFileError::Header)?;
        let (sealer, rest) = line(rest, "sealer")?;
        let (public, rest) = line(rest, "public")?;
        let (sealed, rest) = line(rest, "sealed")?;
        if !rest.is_empty() {
            return Err(KeyFileError::Trailing);
        }
        if !sealer_name_is_valid(sealer) {
            return Err(KeyFileError::Line("sealer"));
        }
        let public = Base64::decode_vec(public).map_err(|_| KeyFileError::Line("public"))?;
        let sealed = Base64::decode_vec(sealed).map_err(|_| KeyFileError::Line("sealed"))?;
        Ok(KeyFile {
            sealer: sealer.to_owned(),
            public: PublicKey::from_bytes(&public)?,
            sealed: Zeroizing::new(sealed),
        })
    }
}

pub(crate) fn sealer_name_is_valid(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= 32
        && name
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

fn line<'a>(text: &'a str, field: &'static str) -> Result<(&'a str, &'a str), KeyFileError> {
    fields::line(text, field).ok_or(KeyFileError::Line(field))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sealer::Seed;
    use crate::signer::{SecretKey, Signer};
    use proptest::prelude::*;

    fn sample() -> KeyFile {
        KeyFile {
            sealer: "plain".into(),
            public: SecretKey::from_seed(&Seed::new([9; 32]))
                .unwrap()
                .public_key(),
            sealed: Zeroizing::new(vec![9; 32]),
        }
    }

    #[test]
    fn what_was_written_is_read() {
        let file = sample();
        let read = KeyFile::parse(file.format().as_bytes()).unwrap();
        assert_eq!(read.sealer, "plain");
        assert_eq!(read.public, file.public);
        assert_eq!(read.sealed, file.sealed);
    }

    #[test]
    fn every_malformation_has_its_error() {
        let good = sample().format().to_string();
        let error = |text: String| KeyFile::parse(text.as_bytes()).err();
        assert_eq!(error("hello".into()), Some(KeyFileError::Header));
        assert_eq!(error(good.replace("v1", "v2")), Some(KeyFileError::Header));
        assert_eq!(
            error(good.replace("sealer plain", "sealer Plain")),
            Some(KeyFileError::Line("sealer"))
        );
        assert_eq!(
            error(good.replace("public ", "public  ")),
            Some(KeyFileError::Line("public"))
        );
        assert_eq!(
            error(good.trim_end().to_owned()),
            Some(KeyFileError::Line("sealed"))
        );
        assert_eq!(error(format!("{good}x")), Some(KeyFileError::Trailing));
    }

    proptest! {
        #[test]
        fn any_bytes_are_refused_or_mean_one_thing(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            if let Ok(file) = KeyFile::parse(&bytes) {
                prop_assert_eq!(file.format().as_bytes().to_vec(), bytes);
            }
        }

        #[test]
        fn a_changed_byte_never_panics(at in 0_usize..150, byte in any::<u8>()) {
            let mut bytes = sample().format().as_bytes().to_vec();
            let at = at % bytes.len();
            bytes[at] = byte;
            if let Ok(file) = KeyFile::parse(&bytes) {
                prop_assert_eq!(file.format().as_bytes().to_vec(), bytes);
            }
        }
    }
}
