//! Signed notes, checkpoints and verifier keys.
#![no_main]

use libfuzzer_sys::fuzz_target;
use meterpost_ledger::signing::{Checkpoint, Note, VerifierKey, WitnessKey};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(note) = Note::parse(bytes) {
        assert_eq!(note.format().as_bytes(), bytes);
    }
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let _ = Checkpoint::parse(text);
    if let Ok(key) = VerifierKey::parse(text) {
        assert_eq!(key.to_string(), text);
    }
    let _ = WitnessKey::parse(text);
});
