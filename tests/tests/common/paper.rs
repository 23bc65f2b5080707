//! What a resident's telephone reads from a slip: the code on its picture, with a reader that knows nothing of the kiosk.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use meterpost_tests::printer::Slip;

/// One slip.
#[derive(Debug)]
pub struct Paper {
    /// It ended with a cut; otherwise it is torn.
    pub whole: bool,
    /// Its code, if one can be read.
    pub code: Option<Code>,
}

/// `meterpost:1:<origin>:<entry>:<size>:<root>`, on claims with `:<sale>:<amount>:<signature>` behind it.
#[derive(Debug)]
pub struct Code {
    pub origin: String,
    pub entry: usize,
    pub size: u64,
    pub root: String,
    pub claim: Option<Claim>,
}

/// The terminal's word for what it owes.
#[derive(Debug)]
pub struct Claim {
    pub sale: u64,
    pub amount: String,
    pub signature: String,
}

/// Reads a slip's picture.
pub fn read(slip: &Slip) -> Paper {
    let codes = codes(&slip.png);
    assert!(codes.len() <= 1, "more than one code on a slip: {codes:?}");
    Paper {
        whole: slip.whole,
        code: codes.first().map(|text| parse(text)),
    }
}

fn codes(png: &Path) -> Vec<String> {
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

fn parse(text: &str) -> Code {
    let parts: Vec<&str> = text.split(':').collect();
    let (place, claim) = match parts.as_slice() {
        [place @ .., sale, amount, signature] if place.len() == 6 => (
            place,
            Some(Claim {
                sale: sale.parse().expect("a sale's number"),
                amount: (*amount).to_owned(),
                signature: (*signature).to_owned(),
            }),
        ),
        place => (place, None),
    };
    let ["meterpost", "1", origin, entry, size, root] = place else {
        panic!("not a slip's code: {text}")
    };
    Code {
        origin: (*origin).to_owned(),
        entry: entry.parse().expect("an entry's number"),
        size: size.parse().expect("a size"),
        root: (*root).to_owned(),
        claim,
    }
}
