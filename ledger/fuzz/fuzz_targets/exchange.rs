//! The witness exchange: a terminal's request and a witness's answer.
#![no_main]

use libfuzzer_sys::fuzz_target;
use meterpost_ledger::exchange::{Answer, Request};

fuzz_target!(|input: (u16, &[u8])| {
    let (status, body) = input;
    let _ = Answer::parse(status, body);
    let _ = Request::parse(body);
});
