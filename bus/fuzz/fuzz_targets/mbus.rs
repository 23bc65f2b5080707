//! M-Bus: the bytes as they are, as content under a right length and checksum, and as records.
#![no_main]

use libfuzzer_sys::fuzz_target;
use meterpost_bus::decode::decode;
use meterpost_bus::frame::Protocol;
use meterpost_bus::frame::mbus::record::Records;
use meterpost_bus::frame::mbus::{Frame, answer};

fn read(bytes: &[u8]) {
    if let Ok(explained) = decode(Protocol::Mbus, bytes) {
        serde_json::to_string(&explained).expect("what is explained can be printed");
    }
    if let Ok(frame) = Frame::parse(bytes) {
        let _ = answer::parse(&frame);
        let _ = answer::belongs(bytes, bytes);
        frame.encode().expect("what was decoded can be encoded");
    }
}

fuzz_target!(|bytes: &[u8]| {
    read(bytes);
    for high_first in [false, true] {
        assert!(Records::new(bytes, high_first).count() <= bytes.len() + 1);
    }
    let content = &bytes[..bytes.len().min(255)];
    let length = content.len() as u8;
    let sum = content
        .iter()
        .fold(0u8, |sum, byte| sum.wrapping_add(*byte));
    read(&[&[0x68, length, length, 0x68], content, &[sum, 0x16]].concat());
});
