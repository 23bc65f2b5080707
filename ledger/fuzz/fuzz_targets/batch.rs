//! Batches of entries on their way to the server: what is read is written again byte for byte.
#![no_main]

use libfuzzer_sys::fuzz_target;
use meterpost_ledger::exchange::{push_entry, read_batch};

fuzz_target!(|bytes: &[u8]| {
    let Some((first, batch)) = bytes.split_first() else {
        return;
    };
    if let Ok(entries) = read_batch(u64::from(*first), batch) {
        let mut again = Vec::new();
        for entry in &entries {
            assert!(push_entry(&mut again, entry));
        }
        assert_eq!(again, batch);
    }
});
