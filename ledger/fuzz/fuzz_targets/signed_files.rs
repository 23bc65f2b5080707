//! Enrolment requests, certificates and revocations.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use meterpost_ledger::signing::{
    PublicKey, SignedCertificate, SignedRequest, SignedRevocation, VerifierKey,
};

static OPERATOR: LazyLock<PublicKey> = LazyLock::new(|| {
    let line = "meterpost/east-district/K1/1+6ddebc27+Ad+ISRzexvnBZPat8eXVEs/EWS6jJcVxGoPEjyUERqF3";
    *VerifierKey::parse(line).expect("the key is well-formed").key()
});

fuzz_target!(|bytes: &[u8]| {
    // Nobody here holds the operator's key.
    assert!(SignedCertificate::open(bytes, &OPERATOR).is_err());
    assert!(SignedRevocation::open(bytes, &OPERATOR).is_err());
    if let Ok(request) = SignedRequest::open(bytes) {
        assert_eq!(request.to_text().as_bytes(), bytes);
    }
});
