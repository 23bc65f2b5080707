//! Q/GDW 376.1: the bytes as they are, and as user data under a right length and checksum; every data unit and item in them.
#![no_main]

use libfuzzer_sys::fuzz_target;
use meterpost_bus::decode::decode;
use meterpost_bus::frame::gdw376::{Frame, units};
use meterpost_bus::frame::{Protocol, without_preamble};

fn read(bytes: &[u8]) {
    let explained = decode(Protocol::Gdw376, bytes);
    let Ok(frame) = Frame::decode(bytes) else {
        assert!(explained.is_err());
        return;
    };
    let again = frame.encode().expect("what was decoded can be encoded");
    assert_eq!(again, without_preamble(bytes));
    let _ = units::split(frame.afn, frame.control.upward(), &frame.data);
    if let Ok(explained) = explained {
        serde_json::to_string(&explained).expect("what is explained can be printed");
    }
}

fuzz_target!(|bytes: &[u8]| {
    read(bytes);
    let user_data = &bytes[..bytes.len().min(0x3FFF)];
    let [low, high] = ((user_data.len() as u16) << 2 | 2).to_le_bytes();
    let mut frame = [&[0x68, low, high, low, high, 0x68], user_data].concat();
    let sum = user_data
        .iter()
        .fold(0u8, |sum, byte| sum.wrapping_add(*byte));
    frame.extend([sum, 0x16]);
    read(&frame);
});
