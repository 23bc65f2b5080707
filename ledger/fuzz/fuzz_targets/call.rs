//! The header of a signed call: it has one spelling, and nobody here holds the key.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use meterpost_ledger::signing::{PublicKey, SignedCall, VerifierKey};

static KEY: LazyLock<PublicKey> = LazyLock::new(|| {
    let line = "meterpost/east-district/K1/1+6ddebc27+Ad+ISRzexvnBZPat8eXVEs/EWS6jJcVxGoPEjyUERqF3";
    *VerifierKey::parse(line)
        .expect("the key is well-formed")
        .key()
});

fuzz_target!(|bytes: &[u8]| {
    if let Ok(call) = SignedCall::parse(bytes) {
        let spelt = format!("{} {} ", call.origin, call.counter);
        assert!(bytes.starts_with(spelt.as_bytes()));
        assert!(
            call.verify(&KEY, "POST", "/api/v1/log/entries", bytes)
                .is_err()
        );
    }
});
