//! Draws one slip of each kind as PNG: `cargo run -p meterpost-kiosk --example slips -- OUTDIR`.

use std::error::Error;
use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};

use meterpost_kiosk::receipt::{
    ClaimReason, LedgerLine, NARROW, Raster, SlipDoc, Typeface, WIDE, compose,
};
use meterpost_ledger::{Money, Slip};
use meterpost_ui::view::Utility;

fn main() -> Result<(), Box<dyn Error>> {
    let folder: PathBuf = std::env::args_os()
        .nth(1)
        .ok_or("usage: slips OUTDIR")?
        .into();
    std::fs::create_dir_all(&folder)?;
    let typeface = Typeface::embedded()?;
    for (name, doc) in samples() {
        for (paper, width) in [("80mm", WIDE), ("58mm", NARROW)] {
            let path = folder.join(format!("{name}-{paper}.png"));
            write_png(&compose(&doc, &typeface, width), &path)?;
            println!("{}", path.display());
        }
    }
    Ok(())
}

fn samples() -> Vec<(&'static str, SlipDoc)> {
    let receipt = receipt();
    let claim = SlipDoc {
        kind: Slip::Claim,
        reference: "K1-000043".into(),
        after: None,
        purchase: None,
        reason: Some(ClaimReason::HoardingLimit),
        ..receipt.clone()
    };
    let pending = SlipDoc {
        kind: Slip::Pending,
        reference: "K1-000044".into(),
        utility: Utility::Water,
        meter_number: "20260042".into(),
        after: None,
        reason: None,
        ..receipt.clone()
    };
    let copy = SlipDoc {
        copy: 1,
        printed_at: None,
        ..receipt.clone()
    };
    vec![
        ("receipt", receipt),
        ("claim", claim),
        ("pending", pending),
        ("copy", copy),
    ]
}

fn receipt() -> SlipDoc {
    let root = "3f9a5c0be1d2748693a4b5c6d7e8f901".repeat(2);
    SlipDoc {
        operator: "东区物业服务中心".into(),
        terminal: "K1".into(),
        reference: "K1-000042".into(),
        kind: Slip::Receipt,
        copy: 0,
        printed_at: Some("2026-11-22 14:05".into()),
        meter_number: "000012345678".into(),
        utility: Utility::Electricity,
        meter_place: "3栋1单元1201".into(),
        currency: "¥".into(),
        paid: Money(5000),
        amount: Money(5000),
        before: Some(Money(1250)),
        after: Some(Money(6250)),
        purchase: Some(7),
        notes: vec![Money(2000), Money(2000), Money(1000)],
        means: None,
        phone: "400-810-0000".into(),
        reason: None,
        qr: Some(format!(
            "meterpost:1:meterpost/east-district/K1/1:123:130:{root}"
        )),
        ledger: Some(LedgerLine {
            entry: 123,
            size: 130,
            root,
        }),
    }
}

fn write_png(raster: &Raster, path: &Path) -> Result<(), Box<dyn Error>> {
    let (width, height) = (
        u32::try_from(raster.width())?,
        u32::try_from(raster.height())?,
    );
    let mut encoder = png::Encoder::new(BufWriter::new(File::create(path)?), width, height);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::One);
    let white_is_one: Vec<u8> = raster.bits().iter().map(|byte| !byte).collect();
    encoder.write_header()?.write_image_data(&white_is_one)?;
    Ok(())
}
