//! The books' statement: bytes are refused, or are the one encoding of what they say.
#![no_main]

use libfuzzer_sys::fuzz_target;
use meterpost_ledger::Books;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(books) = Books::decode(bytes) {
        assert_eq!(books.encode(), bytes);
    }
});
