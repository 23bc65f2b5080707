//! The scanner for all protocols: it finds exactly what a second, plain implementation of their rules finds, however the
//! stream is cut, and accounts for every byte.
#![no_main]

use libfuzzer_sys::fuzz_target;
use meterpost_bus::frame::scan::Found;

#[path = "../../tests/robust/mod.rs"]
mod robust;

fuzz_target!(|bytes: &[u8]| {
    let Some((&size, stream)) = bytes.split_first() else {
        return;
    };
    let found = robust::scan(stream);
    assert_eq!(found, robust::expected(stream));
    assert_eq!(
        found,
        robust::scan_in_pieces(stream, &[usize::from(size), 1])
    );

    let mut scanner = robust::scanner();
    let mut all = scanner.push(stream);
    all.extend(scanner.idle());
    let counted: usize = all
        .iter()
        .map(|found| match found {
            Found::Frame { bytes, .. } => bytes.len(),
            Found::Noise { bytes } => *bytes,
            Found::Spoilt { .. } => 0,
        })
        .sum();
    let preamble = stream.iter().filter(|byte| **byte == 0xFE).count();
    assert!(counted <= stream.len() && counted + preamble >= stream.len());
});
