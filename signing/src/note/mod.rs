//! C2SP signed notes: a text, a blank line, and signature lines (c2sp.org/signed-note).

mod name;
pub(crate) mod vkey;

use base64ct::{Base64, Encoding};
use thiserror::Error;

use crate::key::Signature;
use crate::signer::{SignError, Signer};
pub use name::{KeyName, NameError};
pub use vkey::{NoteKeyId, VerifierKey, VkeyError};

/// Longest note read, in bytes.
pub const MAX_NOTE_BYTES: usize = 64 * 1024;

/// Most signatures on a note; the specification asks for at least 16 to be taken.
pub const MAX_SIGNATURES: usize = 64;

const SIGNATURE_PREFIX: &str = "\u{2014} ";

/// Why a note is refused.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum NoteError {
    /// Longer than [`MAX_NOTE_BYTES`].
    #[error("the note is too long")]
    TooLong,
    /// Not UTF-8.
    #[error("the note is not UTF-8")]
    Encoding,
    /// A control character other than the line feed.
    #[error("the note has a control character")]
    ControlCharacter,
    /// No blank line between text and signatures, or a last line without its end.
    #[error("the note is not text, blank line, signatures")]
    Structure,
    /// A line after the blank line that is no signature line.
    #[error("signature line {0} is malformed")]
    SignatureLine(usize),
    /// More than [`MAX_SIGNATURES`].
    #[error("the note has too many signatures")]
    TooManySignatures,
    /// A signature by a known key does not verify: the whole note is refused.
    #[error("the signature by {0} does not verify")]
    BadSignature(KeyName),
    /// None of the signatures is by a known key.
    #[error("the note has no signature by a known key")]
    NoKnownSignature,
    /// The text to be signed does not end in a line feed.
    #[error("a note's text ends in a line feed")]
    UnfinishedText,
    /// The text begins like the message of a cosignature, so that a signature over it would be one.
    #[error("the note's text begins like the message of a cosignature")]
    Reserved,
    /// The note could not be signed.
    #[error("{0}")]
    Sign(#[from] SignError),
}

/// One signature line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoteSignature {
    /// Who signed, by its own word.
    pub name: KeyName,
    /// Which of the name's keys: a selector, no proof.
    pub id: NoteKeyId,
    /// The signature; its form depends on the key's type.
    pub signature: Vec<u8>,
}

/// A note taken apart. Parsing believes nothing yet; [`Note::verify`] does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    text: String,
    signatures: Vec<NoteSignature>,
}

impl Note {
    /// Takes a note apart. The text ends where the last blank line begins.
    pub fn parse(bytes: &[u8]) -> Result<Note, NoteError> {
        if bytes.len() > MAX_NOTE_BYTES {
            return Err(NoteError::TooLong);
        }
        let whole = std::str::from_utf8(bytes).map_err(|_| NoteError::Encoding)?;
        check_characters(whole)?;
        let split = whole.rfind("\n\n").ok_or(NoteError::Structure)?;
        let (text, rest) = whole.split_at(split + 1);
        let lines = rest.strip_prefix('\n').ok_or(NoteError::Structure)?;
        let signatures = parse_lines(lines)?;
        Ok(Note {
            text: text.to_owned(),
            signatures,
        })
    }

    /// Signs a text, which ends in a line feed, with one key under the name given.
    pub fn sign(text: &str, name: &KeyName, signer: &dyn Signer) -> Result<Note, NoteError> {
        check_characters(text)?;
        if !text.ends_with('\n') {
            return Err(NoteError::UnfinishedText);
        }
        check_reserved(text)?;
        let key = VerifierKey::new(name.clone(), signer.public_key());
        let signature = signer.sign(text.as_bytes())?;
        let note = Note {
            text: text.to_owned(),
            signatures: vec![NoteSignature {
                name: name.clone(),
                id: key.id(),
                signature: signature.0.to_vec(),
            }],
        };
        if note.format().len() > MAX_NOTE_BYTES {
            return Err(NoteError::TooLong);
        }
        Ok(note)
    }

    /// The keys out of `known` that signed. Signatures by others are ignored; one by a known key that fails makes the
    /// whole note fail, and so does a note without any by a known key.
    pub fn verify<'k>(&self, known: &'k [VerifierKey]) -> Result<Vec<&'k VerifierKey>, NoteError> {
        check_reserved(&self.text)?;
        let mut verified: Vec<&VerifierKey> = Vec::new();
        for line in &self.signatures {
            // Ids of four bytes can collide, so every key that fits the line is asked.
            let mut candidates = known
                .iter()
                .filter(|key| *key.name() == line.name && key.id() == line.id)
                .peekable();
            if candidates.peek().is_none() {
                continue;
            }
            let signer = Signature::from_bytes(&line.signature)
                .ok()
                .and_then(|signature| {
                    candidates
                        .find(|key| key.key().verify(self.text.as_bytes(), &signature).is_ok())
                })
                .ok_or_else(|| NoteError::BadSignature(line.name.clone()))?;
            if !verified.contains(&signer) {
                verified.push(signer);
            }
        }
        if verified.is_empty() {
            return Err(NoteError::NoKnownSignature);
        }
        Ok(verified)
    }

    /// The text, ending in a line feed: exactly what is signed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The signature lines, in order.
    pub fn signatures(&self) -> &[NoteSignature] {
        &self.signatures
    }

    /// The note as it is stored and sent.
    pub fn format(&self) -> String {
        let mut whole = format!("{}\n", self.text);
        for line in &self.signatures {
            whole.push_str(&line.format());
        }
        whole
    }

    /// The same note with one more signature line, in the place of those that `replaces` names.
    pub(crate) fn with_line(
        &self,
        line: NoteSignature,
        replaces: impl Fn(&NoteSignature) -> bool,
    ) -> Result<Note, NoteError> {
        let mut note = self.clone();
        note.signatures.retain(|old| !replaces(old));
        note.signatures.push(line);
        if note.signatures.len() > MAX_SIGNATURES {
            return Err(NoteError::TooManySignatures);
        }
        if note.format().len() > MAX_NOTE_BYTES {
            return Err(NoteError::TooLong);
        }
        Ok(note)
    }
}

impl NoteSignature {
    /// The line, with its end.
    pub(crate) fn format(&self) -> String {
        let mut blob = self.id.0.to_vec();
        blob.extend_from_slice(&self.signature);
        let blob = Base64::encode_string(&blob);
        format!("{SIGNATURE_PREFIX}{} {blob}\n", self.name)
    }
}

/// Reads signature lines, each with its end.
pub(crate) fn parse_lines(text: &str) -> Result<Vec<NoteSignature>, NoteError> {
    let mut signatures = Vec::new();
    for (number, line) in text
        .strip_suffix('\n')
        .ok_or(NoteError::Structure)?
        .split('\n')
        .enumerate()
    {
        if number >= MAX_SIGNATURES {
            return Err(NoteError::TooManySignatures);
        }
        signatures.push(parse_signature(line).ok_or(NoteError::SignatureLine(number + 1))?);
    }
    Ok(signatures)
}

fn check_characters(text: &str) -> Result<(), NoteError> {
    if text.bytes().any(|b| b < 0x20 && b != b'\n') {
        return Err(NoteError::ControlCharacter);
    }
    Ok(())
}

/// A note's signature covers the text alone, so a text that begins like a cosignature's message would turn a log's or an
/// operator's signature into a witness's.
fn check_reserved(text: &str) -> Result<(), NoteError> {
    if text.starts_with(crate::cosignature::HEADER) {
        return Err(NoteError::Reserved);
    }
    Ok(())
}

fn parse_signature(line: &str) -> Option<NoteSignature> {
    let (name, blob) = line.strip_prefix(SIGNATURE_PREFIX)?.split_once(' ')?;
    let blob = Base64::decode_vec(blob).ok()?;
    let (id, signature) = blob.split_first_chunk::<4>()?;
    if signature.is_empty() {
        return None;
    }
    Some(NoteSignature {
        name: KeyName::new(name).ok()?,
        id: NoteKeyId(*id),
        signature: signature.to_vec(),
    })
}

#[cfg(test)]
mod tests;
