//! What a scanner sends: bytes into lines, lines into codes. Their files are taken in as they are, since the kiosk as a whole would bring the
//! screens along.
#![no_main]
#![allow(dead_code, reason = "not all that the kiosk uses of these files is wanted here")]

#[path = "../../src/device/scanner/code.rs"]
mod code;
#[path = "../../src/device/scanner/lines.rs"]
mod lines;

use code::Code;
use libfuzzer_sys::fuzz_target;
use lines::{LONGEST, Lines};
use meterpost_ledger::{QR_PREFIX, claimed_key};

fuzz_target!(|bytes: &[u8]| {
    let whole = Lines::default().take(bytes);
    // Where the port cuts what it hands over changes nothing.
    let mut lines = Lines::default();
    let parts: Vec<String> = bytes.chunks(7).flat_map(|part| lines.take(part)).collect();
    assert_eq!(whole, parts);
    for line in whole {
        assert!(!line.is_empty() && line.len() <= LONGEST && !line.contains(char::is_control));
        match Code::read(&line) {
            Code::Meter(number) => assert!(line.ends_with(&number) && number.parse::<u64>().is_ok()),
            Code::Receipt(text) => {
                assert!(text == line && line.starts_with(QR_PREFIX));
                let _ = claimed_key(text.as_bytes());
            }
            Code::Other => {}
        }
    }
});
