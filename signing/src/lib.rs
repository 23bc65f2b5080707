//! Who said it: Ed25519 keys, domain-separated statements, C2SP signed notes, checkpoints and cosignatures; how a key is
//! enrolled, rotated and revoked; and the key store. The formats are in `docs/keys.md`.
//!
//! Only this crate sees a private key (invariant 9). Signatures are always checked with `verify_strict`; weak and
//! non-canonical public keys are refused where they enter. Of the cargo features, `tpm` adds a sealer that lets a TPM 2.0
//! keep the seed.

#![warn(missing_docs)]

mod call;
mod checkpoint;
mod cosignature;
mod durable;
#[cfg(test)]
mod edge_vectors;
mod enrolment;
mod entropy;
mod fields;
mod key;
mod key_file;
mod key_store;
mod next_key;
mod note;
mod origin;
mod process;
mod revocation;
mod rotation;
mod sealer;
#[cfg(feature = "tpm")]
mod sealer_tpm;
mod signer;
mod statement;

pub use call::{CALL_HEADER, CallError, SignedCall, sign_call};
pub use checkpoint::{Checkpoint, CheckpointError, RootHash, SignedCheckpoint};
pub use cosignature::{Cosignature, CosignatureError, WitnessKey};
pub use durable::{create_new, read_at_most, replace};
pub use enrolment::{
    Certificate, CertificateError, Description, EnrolmentCode, EnrolmentRequest, RequestError,
    SignedCertificate, SignedRequest,
};
pub use entropy::{EntropyError, system_entropy};
pub use fields::FieldsError;
pub use key::{KeyError, KeyId, PublicKey, Signature, SignatureError};
pub use key_file::KeyFileError;
pub use key_store::{KeyStore, KeyStoreError};
pub use next_key::AfterCut;
pub use note::{
    KeyName, MAX_NOTE_BYTES, MAX_SIGNATURES, NameError, Note, NoteError, NoteKeyId, NoteSignature,
    VerifierKey, VkeyError,
};
pub use origin::{LogOrigin, OriginError, TenantId, TerminalId};
pub use process::forbid_core_dumps;
pub use revocation::{Revocation, RevocationError, SignedRevocation, still_accepted};
pub use rotation::{Rotation, RotationError, chain};
pub use sealer::{PlainFile, SealError, Sealer, Seed};
#[cfg(feature = "tpm")]
pub use sealer_tpm::TpmSealer;
pub use signer::{SignError, Signer};
pub use statement::{SignedStatement, Statement, StatementError};
