//! Receipts' proofs: as a file and as the text of a QR code.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use meterpost_ledger::signing::VerifierKey;
use meterpost_ledger::{ReceiptProof, check_proof, claimed_key};

static LOG: LazyLock<VerifierKey> = LazyLock::new(|| {
    VerifierKey::parse("meterpost/east-district/K1/1+6ddebc27+Ad+ISRzexvnBZPat8eXVEs/EWS6jJcVxGoPEjyUERqF3")
        .expect("the key is well-formed")
});

fuzz_target!(|bytes: &[u8]| {
    // Nobody here holds the key, so nothing can prove anything.
    assert!(check_proof(bytes, &LOG).is_err());
    // What it claims is read without the key, and no more is believed for it.
    let _ = claimed_key(bytes);
    if let Ok(proof) = ReceiptProof::parse(bytes) {
        assert_eq!(proof.to_text().as_bytes(), bytes);
    }
});
