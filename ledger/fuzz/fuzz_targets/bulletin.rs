//! Bulletins, as what is signed: bytes are refused, or are the one encoding of what they say.
#![no_main]

use libfuzzer_sys::fuzz_target;
use meterpost_ledger::Bulletin;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(bulletin) = Bulletin::from_payload(bytes) {
        assert_eq!(bulletin.payload().ok().as_deref(), Some(bytes));
    }
});
