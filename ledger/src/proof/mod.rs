//! Receipts that prove themselves: an entry, its audit path and the signed checkpoint, as a file or as a QR code.
//!
//! [`check_proof`] needs the bytes and the log's verifier key, and nothing else: no network, no ledger.

mod base45;
mod compact;
mod error;
mod text;

use meterpost_signing::{
    Cosignature, Note, NoteError, NoteKeyId, RootHash, SignedCheckpoint, VerifierKey, WitnessKey,
};

use crate::entry::{Entry, MAX_ENTRY_BYTES};
use crate::merkle::{NodeHash, leaf_hash, verify_inclusion};

pub use base45::Base45Error;
pub use compact::{COMPACT_VERSION, QR_PREFIX};
pub use error::ProofError;
pub use text::{MAX_PROOF_BYTES, PROOF_HEADER};

/// Most hashes in a proof: a log has at most 2^63 - 1 entries.
pub const MAX_PROOF_HASHES: usize = 63;

/// What a receipt carries. Nothing in it is believed until [`ReceiptProof::check`] says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceiptProof {
    entry: Vec<u8>,
    index: u64,
    hashes: Vec<NodeHash>,
    checkpoint: Note,
}

/// What a proof shows: this entry is in that log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckedProof {
    /// The entry.
    pub entry: Entry,
    /// Its place in the log.
    pub index: u64,
    /// The log's size when the checkpoint was signed.
    pub size: u64,
    /// Its root then.
    pub root: RootHash,
    /// The cosignatures by the witnesses asked for. Without any it is the log's word alone, and a log that signs two
    /// histories can prove an entry in either.
    pub cosignatures: Vec<Cosignature>,
}

impl ReceiptProof {
    /// Joins an entry's exact bytes, its audit path in the tree of the checkpoint, and the checkpoint with whatever
    /// cosignatures it has. What does not fit together is refused here already, so that no useless receipt is printed.
    pub fn new(
        entry: &[u8],
        index: u64,
        hashes: Vec<NodeHash>,
        checkpoint: &SignedCheckpoint,
    ) -> Result<ReceiptProof, ProofError> {
        let proof = ReceiptProof {
            entry: entry.to_vec(),
            index,
            hashes,
            checkpoint: Note::parse(checkpoint.to_text().as_bytes())
                .map_err(|error| ProofError::Checkpoint(error.into()))?,
        };
        let key = VerifierKey::new(
            checkpoint.checkpoint().origin.clone(),
            *checkpoint.log_key(),
        );
        proof.check(&key, &[])?;
        Ok(proof)
    }

    /// Checks all of it: the log's signature, the path from the entry's bytes to the signed root, and that the entry
    /// stands where it says. Cosignatures by known witnesses are checked and returned; one that fails refuses all.
    pub fn check(
        &self,
        log: &VerifierKey,
        witnesses: &[WitnessKey],
    ) -> Result<CheckedProof, ProofError> {
        let signed = SignedCheckpoint::open(self.checkpoint.format().as_bytes(), log)?;
        let cosignatures = signed.cosignatures(witnesses)?;
        let (size, root) = (signed.checkpoint().size, signed.checkpoint().root);
        let leaf = leaf_hash(&self.entry);
        verify_inclusion(leaf, self.index, size, &self.hashes, &root)?;
        let entry = decode_entry(&self.entry)?;
        if entry.index != self.index {
            return Err(ProofError::Place {
                entry: entry.index,
                proof: self.index,
            });
        }
        Ok(CheckedProof {
            entry,
            index: self.index,
            size,
            root,
            cosignatures,
        })
    }

    /// The entry's exact bytes.
    pub fn entry(&self) -> &[u8] {
        &self.entry
    }

    /// The entry's place in the log.
    pub fn index(&self) -> u64 {
        self.index
    }

    /// The audit path, the leaf's sibling first.
    pub fn hashes(&self) -> &[NodeHash] {
        &self.hashes
    }

    /// The checkpoint as it is carried.
    pub fn checkpoint(&self) -> &Note {
        &self.checkpoint
    }
}

/// Checks a proof file or the text of a receipt's QR code with nothing but the log's verifier key.
pub fn check_proof(bytes: &[u8], log: &VerifierKey) -> Result<CheckedProof, ProofError> {
    check_witnessed_proof(bytes, log, &[])
}

/// The same, with the witnesses whose cosignatures count. How many are enough is the caller's rule.
pub fn check_witnessed_proof(
    bytes: &[u8],
    log: &VerifierKey,
    witnesses: &[WitnessKey],
) -> Result<CheckedProof, ProofError> {
    if bytes.starts_with(QR_PREFIX.as_bytes()) {
        // A scanned code that was saved to a file may have got the end of a line.
        let text = bytes.strip_suffix(b"\n").unwrap_or(bytes);
        return ReceiptProof::from_qr_text(text, log, witnesses)?.check(log, witnesses);
    }
    ReceiptProof::parse(bytes)?.check(log, witnesses)
}

/// By which key a proof file or the text of a QR code says that it is signed, for whoever has the keys of many logs. It is a
/// claim, and ids of four bytes can collide: only [`check_proof`] with a key says more.
pub fn claimed_key(bytes: &[u8]) -> Result<NoteKeyId, ProofError> {
    if bytes.starts_with(QR_PREFIX.as_bytes()) {
        return compact::claimed_key(bytes.strip_suffix(b"\n").unwrap_or(bytes));
    }
    let proof = ReceiptProof::parse(bytes)?;
    // The log signs under its origin, which is the checkpoint's first line.
    let origin = proof.checkpoint.text().lines().next();
    let lines = proof.checkpoint.signatures();
    let own = lines
        .iter()
        .find(|line| Some(line.name.as_str()) == origin)
        .ok_or(ProofError::Checkpoint(NoteError::NoKnownSignature.into()))?;
    Ok(own.id)
}

fn decode_entry(bytes: &[u8]) -> Result<Entry, ProofError> {
    if bytes.len() > MAX_ENTRY_BYTES {
        return Err(ProofError::EntryTooLong(bytes.len()));
    }
    Ok(Entry::decode(bytes)?)
}

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
