//! What a resident's telephone reads from a slip: the code on its picture, with a reader that knows nothing of the kiosk.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use meterpost_ledger::signing::VerifierKey;
use meterpost_ledger::{Event, ReceiptProof};
use meterpost_tests::printer::Slip;

/// One slip.
#[derive(Debug)]
pub struct Paper {
    /// It ended with a cut; otherwise it is torn.
    pub whole: bool,
    /// Its code, if one can be read.
    pub code: Option<Code>,
}

/// What the code proves, checked with the terminal's public key alone.
#[derive(Debug)]
pub struct Code {
    /// The entry it proves.
    pub entry: usize,
    /// The log's size when it was printed.
    pub size: usize,
    /// What the entry says.
    pub event: Event,
}

/// Reads a slip's picture.
pub fn read(slip: &Slip, key: &VerifierKey) -> Paper {
    let codes = codes(&slip.png);
    assert!(codes.len() <= 1, "more than one code on a slip: {codes:?}");
    Paper {
        whole: slip.whole,
        code: codes.first().map(|text| check(text, key)),
    }
}

/// The texts of all codes on a picture.
pub fn codes(png: &Path) -> Vec<String> {
    let file = BufReader::new(File::open(png).expect("the slip's picture"));
    let mut reader = png::Decoder::new(file).read_info().expect("a PNG");
    let mut shades = vec![0; reader.output_buffer_size().expect("a picture that fits")];
    let info = reader.next_frame(&mut shades).expect("a whole PNG");
    let (width, height) = (info.width as usize, info.height as usize);
    assert_eq!(shades.len(), width * height, "one byte a dot");
    let mut picture =
        rqrr::PreparedImage::prepare_from_greyscale(width, height, |x, y| shades[y * width + x]);
    picture
        .detect_grids()
        .iter()
        .filter_map(|grid| grid.decode().ok())
        .map(|(_, text)| text)
        .collect()
}

fn check(text: &str, key: &VerifierKey) -> Code {
    let proof = ReceiptProof::from_qr_text(text.as_bytes(), key, &[]).expect("a receipt's code");
    let checked = proof.check(key, &[]).expect("a proof that holds");
    Code {
        entry: usize::try_from(checked.index).expect("an entry's number"),
        size: usize::try_from(checked.size).expect("a size"),
        event: checked.entry.event,
    }
}
