//! Entries: bytes are refused, or are the one encoding of what they say.
#![no_main]

use libfuzzer_sys::fuzz_target;
use meterpost_ledger::Entry;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(entry) = Entry::decode(bytes) {
        assert_eq!(entry.encode().as_deref(), Ok(bytes));
    }
});
