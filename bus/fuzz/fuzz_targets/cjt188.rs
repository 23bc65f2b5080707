//! CJ/T 188: the bytes as they are, and their content under a right length and checksum.
#![no_main]

use libfuzzer_sys::fuzz_target;
use meterpost_bus::decode::decode;
use meterpost_bus::frame::cjt188::{Frame, answer};
use meterpost_bus::frame::{Protocol, without_preamble};

fn read(bytes: &[u8]) {
    let explained = decode(Protocol::Cjt188, bytes);
    let Ok(frame) = Frame::parse(bytes) else {
        assert!(explained.is_err());
        return;
    };
    assert_eq!(frame.encode(), without_preamble(bytes));
    let _ = answer::parse(&frame);
    let _ = answer::belongs(&frame, bytes);
    if let Ok(explained) = explained {
        serde_json::to_string(&explained).expect("what is explained can be printed");
    }
}

fuzz_target!(|bytes: &[u8]| {
    read(bytes);
    let Some((address, [control, data @ ..])) = bytes.split_at_checked(8) else {
        return;
    };
    let data = &data[..data.len().min(255)];
    let mut frame = [&[0x68], address, &[*control, data.len() as u8], data].concat();
    let sum = frame.iter().fold(0u8, |sum, byte| sum.wrapping_add(*byte));
    frame.extend([sum, 0x16]);
    read(&frame);
});
