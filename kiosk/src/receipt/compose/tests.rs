use meterpost_ui::view::Utility;

use super::super::{ClaimReason, NARROW, WIDE};
use super::*;

fn typeface() -> Typeface {
    Typeface::embedded().unwrap()
}

fn doc(kind: Slip) -> SlipDoc {
    SlipDoc {
        operator: "东区物业服务中心".into(),
        terminal: "K1".into(),
        reference: "K1-000042".into(),
        kind,
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
        notes: vec![Money(2000), Money(1000), Money(2000)],
        means: None,
        phone: "400-810-0000".into(),
        reason: (kind == Slip::Claim).then_some(ClaimReason::Refused),
        ledger: Some(LedgerLine {
            entry: 123,
            size: 130,
            root: "3f9a5c".repeat(10),
        }),
        qr: Some(format!(
            "meterpost:1:meterpost/east/K1/1:123:130:{}",
            "a1".repeat(32)
        )),
    }
}

/// The columns of a picture that hold any black.
fn inked(raster: &Raster) -> (usize, usize) {
    let column = |x: &usize| (0..raster.height()).any(|y| raster.get(*x, y));
    let first = (0..raster.width()).find(column).unwrap();
    let last = (0..raster.width()).rev().find(column).unwrap();
    (first, last)
}

#[test]
fn every_character_of_every_text_is_in_the_font() {
    let typeface = typeface();
    let own = "¥€£$×+-*/:.,0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let texts = words::every_text()
        .into_iter()
        .flat_map(|b| [b.zh, b.en])
        .chain([own]);
    for text in texts {
        let missing: String = text.chars().filter(|&c| !typeface.has(c)).collect();
        assert!(missing.is_empty(), "{text}: {missing}");
    }
}

#[test]
fn every_kind_fits_both_papers_within_the_margins() {
    let typeface = typeface();
    for (kind, width) in [Slip::Receipt, Slip::Claim, Slip::Pending]
        .into_iter()
        .flat_map(|k| [(k, WIDE), (k, NARROW)])
    {
        let slip = compose(&doc(kind), &typeface, width);
        assert_eq!(slip.width(), width);
        let margin = Sizes::for_width(width).margin;
        let (left, right) = inked(&slip);
        // A band across the paper is the only thing that may reach the edge.
        if kind == Slip::Receipt {
            assert!(
                left >= margin && right < width - margin,
                "{kind:?} {width}: {left} to {right}"
            );
        }
        assert!(
            slip.height() < 2400,
            "{kind:?} {width}: {} rows",
            slip.height()
        );
    }
}

#[test]
fn long_words_and_large_sums_still_stay_inside() {
    let typeface = typeface();
    let mut long = doc(Slip::Receipt);
    long.operator = "东".repeat(40);
    long.meter_place = "东区花园小区北门三号楼一单元十二层一二零一室左侧".into();
    long.amount = Money(9_999_999_999);
    long.paid = long.amount;
    long.notes = (1..=20).map(|n| Money(n * 500)).collect();
    for width in [WIDE, NARROW] {
        let (left, right) = inked(&compose(&long, &typeface, width));
        let margin = Sizes::for_width(width).margin;
        assert!(
            left >= margin && right < width - margin,
            "{width}: {left} to {right}"
        );
    }
}

#[test]
fn a_copy_differs_from_the_original_by_its_banner() {
    let typeface = typeface();
    let original = compose(&doc(Slip::Receipt), &typeface, WIDE);
    let copy = compose(
        &SlipDoc {
            copy: 1,
            ..doc(Slip::Receipt)
        },
        &typeface,
        WIDE,
    );
    let taller = copy.height() - original.height();
    assert!(
        copy.get(0, 0) && !original.get(0, 0),
        "the banner is black to the edge"
    );
    let same = (0..original.height())
        .all(|y| (0..WIDE).all(|x| original.get(x, y) == copy.get(x, y + taller)));
    assert!(same, "below the banner nothing changes");
}

#[test]
fn the_qr_code_is_drawn_module_by_module() {
    let typeface = typeface();
    let slip = doc(Slip::Receipt);
    let modules = Modules::encode(slip.qr.as_deref().unwrap()).unwrap();
    let picture = compose(&slip, &typeface, WIDE);
    let module = Sizes::for_width(WIDE).module;
    let left = (WIDE - modules.side * module) / 2;
    let centre = |n: usize| n * module + module / 2;
    let all = || (0..modules.side).flat_map(|r| (0..modules.side).map(move |c| (r, c)));
    let found = (0..picture.height()).any(|top| {
        all().all(|(r, c)| picture.get(left + centre(c), top + centre(r)) == modules.black(c, r))
    });
    assert!(found);
}

#[test]
fn personal_data_is_masked_and_numbers_are_grouped() {
    assert_eq!(masked("3栋1单元1201"), "3栋1单元12**");
    assert_eq!(masked("Block A, 7"), "Block *, *");
    assert_eq!(masked("传达室"), "传达室");
    assert_eq!(grouped("000012345678"), "0000 1234 5678");
    assert_eq!(grouped("12345"), "1234 5");
}

#[test]
fn notes_are_counted_largest_first() {
    assert_eq!(
        counted(&[Money(2000), Money(1000), Money(2000)]),
        "20×2 + 10×1"
    );
    assert_eq!(counted(&[Money(50)]), "0.50×1");
}
