//! What concentrators say to each other: any frames in a row, and any message under a right sum and check value.
#![no_main]

use libfuzzer_sys::fuzz_target;
use meterpost_bus::frame::cascade::{Assembler, LinkTable, Packet};

/// The check value of a message (ISO 3309), bit by bit.
fn crc32(bytes: impl Iterator<Item = u8>) -> u32 {
    !bytes.fold(!0u32, |crc, byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| {
            if crc & 1 == 1 {
                crc >> 1 ^ 0xEDB8_8320
            } else {
                crc >> 1
            }
        })
    })
}

fn frame(control: u8, address: [u8; 6], data: &[u8]) -> Vec<u8> {
    let mut frame = vec![0x68];
    frame.extend(address);
    frame.extend([0x68, control, data.len() as u8]);
    frame.extend(data.iter().map(|byte| byte.wrapping_add(0x33)));
    let sum = frame.iter().fold(0u8, |sum, byte| sum.wrapping_add(*byte));
    frame.extend([sum, 0x16]);
    frame
}

/// What is understood can be said again and is understood the same.
fn again(packet: &Packet) {
    let Ok(parts) = packet.encode(1) else {
        return;
    };
    let mut assembler = Assembler::default();
    let understood = parts.iter().filter_map(|part| assembler.take(part)).last();
    assert_eq!(understood, Some(Ok(packet.clone())));
}

fuzz_target!(|bytes: &[u8]| {
    let mut assembler = Assembler::default();
    for part in bytes.chunks(64) {
        let _ = assembler.take(part);
        let _ = assembler.take(&frame(0x9F, [0x02, 0, 0, 0, 0x68, 0x97], part));
    }
    let _ = LinkTable::decode(bytes);
    let Some((&node, message)) = bytes.split_first() else {
        return;
    };
    let message = &message[..message.len().min(190)];
    let address = [node % 10, 0, 0, 0, 0x68, 0x97];
    for control in [0x1F, 0x9F] {
        let covered = [control]
            .into_iter()
            .chain(address)
            .chain(message.iter().copied());
        let check = crc32(covered).to_le_bytes();
        let data = [&[0x80], message, &check].concat();
        if let Some(Ok(packet)) = Assembler::default().take(&frame(control, address, &data)) {
            again(&packet);
        }
    }
});
