//! Checkpoints: what a log commits to, signed (c2sp.org/tlog-checkpoint).

use std::fmt;

use base64ct::{Base64, Encoding};
use thiserror::Error;

use crate::fields::decimal;
use crate::key::PublicKey;
use crate::note::{KeyName, NameError, Note, NoteError, VerifierKey};
use crate::signer::Signer;

/// The root of a log's hash tree (RFC 6962 §2.1).
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct RootHash(pub [u8; 32]);

impl fmt::Display for RootHash {
    /// In base64, as on a checkpoint.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&Base64::encode_string(&self.0))
    }
}

impl fmt::Debug for RootHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RootHash({self})")
    }
}

/// Why a checkpoint is refused.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CheckpointError {
    /// The note around it is refused.
    #[error("{0}")]
    Note(#[from] NoteError),
    /// Fewer than three lines, or the last one without its end.
    #[error("a checkpoint is three lines: origin, size, root")]
    Structure,
    /// More than three lines. The format allows extensions, but nobody can audit them, so ours have none.
    #[error("the checkpoint has extension lines, which are not accepted")]
    Extension,
    /// The origin is no name.
    #[error("origin: {0}")]
    Origin(#[from] NameError),
    /// The size is no decimal number without leading zeros that fits 63 bits.
    #[error("the size is not a plain decimal number")]
    Size,
    /// The root is not the base64 of 32 bytes.
    #[error("the root is not the base64 of 32 bytes")]
    Root,
    /// The note is signed by the log named, but speaks of another one.
    #[error("the checkpoint is of log {found}, not {expected}")]
    OtherOrigin {
        /// In the checkpoint.
        found: KeyName,
        /// The key's name.
        expected: KeyName,
    },
}

/// A log's size and root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which log.
    pub origin: KeyName,
    /// How many entries it has; at most 2^63 - 1, as databases count.
    pub size: u64,
    /// The root over all of them.
    pub root: RootHash,
}

impl Checkpoint {
    /// The text that is signed.
    pub fn format(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, self.root)
    }

    /// Reads the text, strictly: one checkpoint has one spelling.
    pub fn parse(text: &str) -> Result<Checkpoint, CheckpointError> {
        let lines = text
            .strip_suffix('\n')
            .ok_or(CheckpointError::Structure)?
            .split('\n')
            .collect::<Vec<_>>();
        let [origin, size, root, extensions @ ..] = &lines[..] else {
            return Err(CheckpointError::Structure);
        };
        if !extensions.is_empty() {
            return Err(CheckpointError::Extension);
        }
        let root = Base64::decode_vec(root).map_err(|_| CheckpointError::Root)?;
        Ok(Checkpoint {
            origin: KeyName::new(origin)?,
            size: decimal(size).ok_or(CheckpointError::Size)?,
            root: RootHash(root.try_into().map_err(|_| CheckpointError::Root)?),
        })
    }

    /// Signs it; the key's name is the origin.
    pub fn sign(&self, signer: &dyn Signer) -> Result<SignedCheckpoint, CheckpointError> {
        if self.size > i64::MAX as u64 {
            return Err(CheckpointError::Size);
        }
        let note = Note::sign(&self.format(), &self.origin, signer)?;
        Ok(SignedCheckpoint {
            checkpoint: self.clone(),
            log: signer.public_key(),
            note,
        })
    }
}

/// A checkpoint with its log's verified signature, and whatever further signature lines it came with. Those of
/// witnesses are checked by [`SignedCheckpoint::cosignatures`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedCheckpoint {
    checkpoint: Checkpoint,
    log: PublicKey,
    note: Note,
}

impl SignedCheckpoint {
    /// Reads a signed checkpoint and checks that the log named by the key signed it.
    pub fn open(bytes: &[u8], log: &VerifierKey) -> Result<SignedCheckpoint, CheckpointError> {
        let note = Note::parse(bytes)?;
        note.verify(std::slice::from_ref(log))?;
        let checkpoint = Checkpoint::parse(note.text())?;
        if checkpoint.origin != *log.name() {
            return Err(CheckpointError::OtherOrigin {
                found: checkpoint.origin,
                expected: log.name().clone(),
            });
        }
        Ok(SignedCheckpoint {
            checkpoint,
            log: *log.key(),
            note,
        })
    }

    /// The key of the log, by which the checkpoint was signed or opened.
    pub fn log_key(&self) -> &PublicKey {
        &self.log
    }

    /// What is signed.
    pub fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// The whole note as it is stored and sent.
    pub fn to_text(&self) -> String {
        self.note.format()
    }

    pub(crate) fn note(&self) -> &Note {
        &self.note
    }

    /// The same checkpoint in a note with other signature lines.
    pub(crate) fn in_note(&self, note: Note) -> SignedCheckpoint {
        SignedCheckpoint {
            note,
            ..self.clone()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sealer::Seed;
    use crate::signer::SecretKey;
    use proptest::prelude::*;

    fn key(byte: u8) -> SecretKey {
        SecretKey::from_seed(&Seed::new([byte; 32])).unwrap()
    }

    fn checkpoint(size: u64) -> Checkpoint {
        Checkpoint {
            origin: KeyName::new("meterpost/test/k1/1").unwrap(),
            size,
            root: RootHash([0x5a; 32]),
        }
    }

    fn log(byte: u8) -> VerifierKey {
        VerifierKey::new(checkpoint(0).origin, key(byte).public_key())
    }

    const ROOT: &str = "WlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlo=";

    #[test]
    fn the_text_is_three_lines() {
        let text = checkpoint(42).format();
        assert_eq!(text, format!("meterpost/test/k1/1\n42\n{ROOT}\n"));
        assert_eq!(Checkpoint::parse(&text), Ok(checkpoint(42)));
    }

    #[test]
    fn every_malformation_has_its_error() {
        let error = |text: &str| Checkpoint::parse(text).unwrap_err();
        assert_eq!(error(&format!("o\n1\n{ROOT}")), CheckpointError::Structure);
        assert_eq!(error("o\n1\n"), CheckpointError::Structure);
        assert_eq!(
            error(&format!("o\n1\n{ROOT}\nmore\n")),
            CheckpointError::Extension
        );
        for size in [
            "01",
            "",
            "-1",
            "+1",
            " 1",
            "1 ",
            "00",
            "9223372036854775808",
        ] {
            assert_eq!(
                error(&format!("o\n{size}\n{ROOT}\n")),
                CheckpointError::Size,
                "{size}"
            );
        }
        for root in ["", "AAAA", &ROOT[..43], &ROOT.replace("Wlo=", "Wlp=")] {
            assert_eq!(
                error(&format!("o\n1\n{root}\n")),
                CheckpointError::Root,
                "{root}"
            );
        }
        assert_eq!(
            error(&format!("\n1\n{ROOT}\n")),
            CheckpointError::Origin(NameError::Empty)
        );
    }

    #[test]
    fn a_signed_checkpoint_is_opened_by_its_log_only() {
        let signed = checkpoint(7).sign(&key(1)).unwrap();
        let text = signed.to_text();
        assert_eq!(SignedCheckpoint::open(text.as_bytes(), &log(1)), Ok(signed));
        assert!(SignedCheckpoint::open(text.as_bytes(), &log(2)).is_err());
        let changed = text.replace("\n7\n", "\n8\n");
        assert!(SignedCheckpoint::open(changed.as_bytes(), &log(1)).is_err());
    }

    #[test]
    fn a_log_cannot_speak_for_another() {
        let foreign = Checkpoint {
            origin: KeyName::new("meterpost/test/k2/1").unwrap(),
            ..checkpoint(7)
        };
        let note = Note::sign(&foreign.format(), &checkpoint(0).origin, &key(1)).unwrap();
        assert!(matches!(
            SignedCheckpoint::open(note.format().as_bytes(), &log(1)),
            Err(CheckpointError::OtherOrigin { .. })
        ));
    }

    proptest! {
        #[test]
        fn any_text_is_refused_or_means_one_thing(text in "[a-z+ ]{0,4}\n[0-9+]{0,20}\n[A-Za-z0-9+/=]{0,44}\n") {
            if let Ok(read) = Checkpoint::parse(&text) {
                prop_assert_eq!(read.format(), text);
            }
        }

        #[test]
        fn any_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = SignedCheckpoint::open(&bytes, &log(1));
        }

        #[test]
        fn every_checkpoint_survives(size in 0..=i64::MAX as u64, root in any::<[u8; 32]>()) {
            let made = Checkpoint { root: RootHash(root), ..checkpoint(size) };
            prop_assert_eq!(Checkpoint::parse(&made.format()), Ok(made));
        }
    }
}
