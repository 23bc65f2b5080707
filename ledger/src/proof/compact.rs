//! The compact form for a receipt's QR code: nothing in it that the checker has or can compute.
//!
//! | bytes | what |
//! |---|---|
//! | 1 | version, 1 |
//! | 4 | key id of the log's verifier key (c2sp.org/signed-note) |
//! | 64 | the log's signature of the checkpoint |
//! | 8 | the checkpoint's size, big-endian |
//! | 2 | length n of the entry, big-endian |
//! | n | the entry; its own index is the index of the proof |
//! | 32 each | the audit path; how many hashes follows from index and size |
//! | 76 each | cosignatures to the end: key id of the witness's verifier key (4), time (8, big-endian), signature (64) |
//!
//! The origin comes with the verifier key, and the root from entry and path; with the size they are the text the
//! signatures are over. In a QR code stands `MP1:` and the bytes in Base45 (RFC 9285), all of it in alphanumeric mode.

use meterpost_signing::{
    Checkpoint, Cosignature, NoteKeyId, SignedCheckpoint, VerifierKey, WitnessKey,
};

use super::{ProofError, ReceiptProof, base45, decode_entry, text::MAX_PROOF_BYTES};
use crate::lines::signature_line;
use crate::merkle::{NodeHash, leaf_hash, proof_length, root_of_inclusion};

/// The version of the compact form, its first byte.
pub const COMPACT_VERSION: u8 = 1;

/// What the text in a QR code begins with.
pub const QR_PREFIX: &str = "MP1:";

impl ReceiptProof {
    /// The compact form, with the cosignatures of the witnesses given that the checkpoint has. The proof is checked on
    /// the way, so that no useless code is printed.
    pub fn to_compact(
        &self,
        log: &VerifierKey,
        witnesses: &[WitnessKey],
    ) -> Result<Vec<u8>, ProofError> {
        let checked = self.check(log, witnesses)?;
        // A proof that checks has the log's line, and each line with its name and id verified.
        let lines = self.checkpoint.signatures();
        let line = lines
            .iter()
            .find(|line| line.name == *log.name() && line.id == log.id())
            .ok_or(ProofError::Length)?;
        let length = u16::try_from(self.entry.len())
            .map_err(|_| ProofError::EntryTooLong(self.entry.len()))?;
        let mut bytes = vec![COMPACT_VERSION];
        bytes.extend(log.id().0);
        bytes.extend(&line.signature);
        bytes.extend(checked.size.to_be_bytes());
        bytes.extend(length.to_be_bytes());
        bytes.extend(&self.entry);
        bytes.extend(self.hashes.as_flattened());
        for cosignature in &checked.cosignatures {
            bytes.extend(cosignature.witness().id().0);
            bytes.extend(cosignature.time().to_be_bytes());
            bytes.extend(cosignature.signature().0);
        }
        Ok(bytes)
    }

    /// Reads the compact form. The log's key completes it, so its signature is checked here already; so are the
    /// cosignatures of the witnesses given, and those of others are left out.
    pub fn from_compact(
        bytes: &[u8],
        log: &VerifierKey,
        witnesses: &[WitnessKey],
    ) -> Result<ReceiptProof, ProofError> {
        let Parts {
            id,
            signature,
            size,
            entry,
            mut rest,
        } = take_apart(bytes)?;
        if id != log.id() {
            return Err(ProofError::OtherKey {
                found: id,
                expected: log.id(),
            });
        }
        let index = decode_entry(entry)?.index;
        let count = proof_length(index, size)? as usize;
        let (hashes, cosignatures) = rest
            .split_at_checked(count.saturating_mul(32))
            .ok_or(ProofError::Length)?;
        rest = cosignatures;
        let hashes: Vec<NodeHash> = hashes.as_chunks::<32>().0.to_vec();
        let root = root_of_inclusion(leaf_hash(entry), index, size, &hashes)?;
        let checkpoint = Checkpoint {
            origin: log.name().clone(),
            size,
            root,
        };
        let line = signature_line(log.name(), &log.id(), &signature);
        let note = format!("{}\n{line}", checkpoint.format());
        let mut signed = SignedCheckpoint::open(note.as_bytes(), log)?;
        while let Some((cosignature, behind)) = rest.split_first_chunk::<76>() {
            rest = behind;
            if let Some(cosignature) = read_cosignature(cosignature, &signed, witnesses)? {
                signed = signed.with(&cosignature)?;
            }
        }
        if !rest.is_empty() {
            return Err(ProofError::Length);
        }
        ReceiptProof::new(entry, index, hashes, &signed)
    }

    /// The text of the QR code.
    pub fn to_qr_text(
        &self,
        log: &VerifierKey,
        witnesses: &[WitnessKey],
    ) -> Result<String, ProofError> {
        let bytes = self.to_compact(log, witnesses)?;
        Ok(format!("{QR_PREFIX}{}", base45::encode(&bytes)))
    }

    /// Reads the text of a QR code, exactly as scanned; see [`ReceiptProof::from_compact`].
    pub fn from_qr_text(
        text: &[u8],
        log: &VerifierKey,
        witnesses: &[WitnessKey],
    ) -> Result<ReceiptProof, ProofError> {
        ReceiptProof::from_compact(&decode_text(text)?, log, witnesses)
    }
}

fn decode_text(text: &[u8]) -> Result<Vec<u8>, ProofError> {
    if text.len() > MAX_PROOF_BYTES {
        return Err(ProofError::TooLong(text.len()));
    }
    let encoded = text.strip_prefix(QR_PREFIX.as_bytes());
    Ok(base45::decode(encoded.ok_or(ProofError::Kind)?)?)
}

/// The key id in the text of a QR code whose form is that of the table above, as far as that can be told without the key.
pub(super) fn claimed_key(text: &[u8]) -> Result<NoteKeyId, ProofError> {
    let bytes = decode_text(text)?;
    let parts = take_apart(&bytes)?;
    let index = decode_entry(parts.entry)?.index;
    let path = proof_length(index, parts.size)? as usize;
    let cosigned = parts.rest.len().checked_sub(path.saturating_mul(32));
    match cosigned {
        Some(rest) if rest.is_multiple_of(76) => Ok(parts.id),
        _ => Err(ProofError::Length),
    }
}

struct Parts<'b> {
    id: NoteKeyId,
    signature: [u8; 64],
    size: u64,
    entry: &'b [u8],
    rest: &'b [u8],
}

fn take_apart(bytes: &[u8]) -> Result<Parts<'_>, ProofError> {
    let (version, rest) = bytes.split_first().ok_or(ProofError::Length)?;
    if *version != COMPACT_VERSION {
        return Err(ProofError::Version(*version));
    }
    let (id, rest) = rest.split_first_chunk::<4>().ok_or(ProofError::Length)?;
    let (signature, rest) = rest.split_first_chunk::<64>().ok_or(ProofError::Length)?;
    let (size, rest) = rest.split_first_chunk::<8>().ok_or(ProofError::Length)?;
    let (length, rest) = rest.split_first_chunk::<2>().ok_or(ProofError::Length)?;
    let length = usize::from(u16::from_be_bytes(*length));
    let (entry, rest) = rest.split_at_checked(length).ok_or(ProofError::Length)?;
    Ok(Parts {
        id: NoteKeyId(*id),
        signature: *signature,
        size: u64::from_be_bytes(*size),
        entry,
        rest,
    })
}

/// One cosignature by one of the witnesses given; nothing for others.
fn read_cosignature(
    bytes: &[u8; 76],
    checkpoint: &SignedCheckpoint,
    witnesses: &[WitnessKey],
) -> Result<Option<Cosignature>, ProofError> {
    let (id, blob) = bytes.split_at(4);
    let mut refused = None;
    // Ids of four bytes can collide, so every witness that fits is asked.
    for witness in witnesses.iter().filter(|witness| witness.id().0 == id) {
        let line = signature_line(witness.name(), &witness.id(), blob);
        match Cosignature::read_lines(line.as_bytes(), checkpoint, std::slice::from_ref(witness)) {
            Ok(mut found) => return Ok(found.pop()),
            Err(error) => refused = Some(error),
        }
    }
    refused.map_or(Ok(None), |error| Err(error.into()))
}
