//! What somebody pasted or a hand scanner typed, as a proof that claims a key. Nothing of it is believed here.

use meterpost_ledger::signing::{NoteKeyId, VerifierKey};
use meterpost_ledger::{
    CheckedProof, ProofError, QR_PREFIX, ReceiptProof, check_proof, claimed_key,
};
use thiserror::Error;

/// Longest text read, in bytes: above what the largest QR code holds (4296 letters), and a proof file of a common entry.
pub const LONGEST_TEXT: usize = 12 * 1024;

/// It is no slip's code: cut short, mistyped, or something else altogether.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Unreadable {
    /// Nothing was entered.
    #[error("nothing was entered")]
    Empty,
    /// It is longer than any code.
    #[error("it is longer than any slip's code")]
    TooLong,
    /// It has not the form of a code or a proof file.
    #[error("{0}")]
    Form(#[from] ProofError),
}

/// A proof that claims a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scanned {
    text: String,
    key: NoteKeyId,
}

impl Scanned {
    /// Reads a text. A code's letters have no line ends, and neither the first nor the last of them is a blank (the last letter of Base45
    /// stands for at most 32), so whatever a clipboard or a scanner put around it is taken off without harm.
    ///
    /// # Errors
    /// [`Unreadable`].
    pub fn read(text: &str) -> Result<Scanned, Unreadable> {
        if text.len() > LONGEST_TEXT {
            return Err(Unreadable::TooLong);
        }
        let trimmed = text.trim();
        if trimmed.is_empty() {
            return Err(Unreadable::Empty);
        }
        let text = match trimmed.starts_with(QR_PREFIX) {
            true => trimmed.chars().filter(|c| !c.is_control()).collect(),
            // A proof file, whose lines end as browsers end them: with two characters.
            false => trimmed.replace("\r\n", "\n") + "\n",
        };
        let key = claimed_key(text.as_bytes())?;
        Ok(Scanned { text, key })
    }

    /// The id of the key that it claims.
    pub fn key(&self) -> NoteKeyId {
        self.key
    }

    /// In its plain form, to be kept.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Checks all of it by a log's key.
    ///
    /// # Errors
    /// As [`check_proof`].
    pub fn check(&self, key: &VerifierKey) -> Result<CheckedProof, ProofError> {
        check_proof(self.text.as_bytes(), key)
    }

    /// The proof itself.
    ///
    /// # Errors
    /// As [`check_proof`].
    pub fn proof(&self, key: &VerifierKey) -> Result<ReceiptProof, ProofError> {
        match self.text.starts_with(QR_PREFIX) {
            true => ReceiptProof::from_qr_text(self.text.as_bytes(), key, &[]),
            false => ReceiptProof::parse(self.text.as_bytes()),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_no_code_is_told_apart() {
        assert_eq!(Scanned::read("  \r\n"), Err(Unreadable::Empty));
        let long = "A".repeat(LONGEST_TEXT + 1);
        assert_eq!(Scanned::read(&long), Err(Unreadable::TooLong));
        for text in ["hello", "MP1:", "MP1:%%%", "MP2:ABC", "https://example/"] {
            assert!(
                matches!(Scanned::read(text), Err(Unreadable::Form(_))),
                "{text}"
            );
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in ".{0,400}", letters in "[0-9A-Z $%*+./:-]{0,600}") {
            let _ = Scanned::read(&text);
            let _ = Scanned::read(&format!("MP1:{letters}"));
            let _ = Scanned::read(&format!("c2sp.org/tlog-proof@v1\n{text}"));
        }
    }
}
