//! Paying: how, without cash, and not at all.

use meterpost_ui::view::{
    CashWay, PayProblem, PayView, PayingStep, PayingView, QrCode, Screen, UnpaidReason, UnpaidView,
    Utility, WalletWay,
};

use super::{ELECTRICITY, WATER};

/// The QR code of `https://pay.example/c/7Q2MXKD4R8VBN3TZ` at level M.
const CODE: [&str; 29] = [
    "#######.##...#.#.#..#.#######",
    "#.....#.##.###..##.#..#.....#",
    "#.###.#.#.#.##..#...#.#.###.#",
    "#.###.#...###......##.#.###.#",
    "#.###.#.#...##...#.##.#.###.#",
    "#.....#..#...#..###.#.#.....#",
    "#######.#.#.#.#.#.#.#.#######",
    "...........#.####...#........",
    "#..#######.###..####.#..#.###",
    "#.#.....#######....#...##.##.",
    ".#....#..#.#.#.#..#....#..#..",
    "###.##..#....#.########..#..#",
    ".##..##.#..#.#.###..#.##....#",
    "###.#.......###.###.###.#####",
    "...##.###.####.##..###.##.#.#",
    "#.####...#..#..#......#...#.#",
    "....#.#.###.#.####..#....#...",
    "###.#...#...###....##...#.##.",
    "##..####.......########.##..#",
    "###.##..#.##..#...##.#..###..",
    "###.#.###.#..##.....########.",
    "........##.#..#####.#...##...",
    "#######.#.##..##..###.#.##...",
    "#.....#.#.#...####.##...#....",
    "#.###.#.###..###.#.#######..#",
    "#.###.#.##..#...#.####......#",
    "#.###.#....#.####..#.#.##.###",
    "#.....#...#.......##.#..###.#",
    "#######.##..##.##.###..###...",
];

pub fn pay() -> PayView {
    PayView {
        number: ELECTRICITY.into(),
        utility: Utility::Electricity,
        amount: "¥ 50.00".into(),
        buys: None,
        cash: CashWay::Open,
        wallet: Some(WalletWay::Enough("¥ 120.00".into())),
        code: Some(true),
        problem: None,
    }
}

pub fn pay_states() -> Vec<(&'static str, Screen)> {
    let wallet = |wallet| PayView {
        wallet: Some(wallet),
        ..pay()
    };
    let large = PayView {
        number: WATER.into(),
        utility: Utility::HotWater,
        amount: "¥ 12,000.00".into(),
        ..wallet(WalletWay::Enough("¥ 1,234,567.89".into()))
    };
    let short = PayView {
        problem: Some(PayProblem::WalletShort),
        ..wallet(WalletWay::TooLittle("¥ 8.20".into()))
    };
    let large_short = PayView {
        problem: Some(PayProblem::CodeAway),
        wallet: Some(WalletWay::TooLittle("¥ 11,999.99".into())),
        ..large.clone()
    };
    let offline = PayView {
        code: Some(false),
        ..wallet(WalletWay::Offline)
    };
    let away = PayView {
        cash: CashWay::OutOfOrder,
        code: Some(false),
        problem: Some(PayProblem::WalletAway),
        ..wallet(WalletWay::No)
    };
    let phone = PayView {
        utility: Utility::Gas,
        wallet: None,
        problem: Some(PayProblem::CodeOver),
        ..pay()
    };
    let card = PayView {
        cash: CashWay::OutOfOrder,
        code: None,
        ..wallet(WalletWay::NeedsCard)
    };
    let cash = PayView {
        wallet: None,
        code: None,
        ..pay()
    };
    let not_cash = |cash| Screen::Pay(PayView { cash, ..pay() });
    vec![
        ("pay-large-sums", Screen::Pay(large)),
        (
            "pay-buys",
            Screen::Pay(PayView {
                buys: Some(super::account::buys()),
                ..pay()
            }),
        ),
        ("pay-needs-card", Screen::Pay(wallet(WalletWay::NeedsCard))),
        ("pay-asking", Screen::Pay(wallet(WalletWay::Asking))),
        ("pay-too-little", Screen::Pay(short)),
        ("pay-too-little-large-sums", Screen::Pay(large_short)),
        ("pay-offline", Screen::Pay(offline)),
        ("pay-nothing-works", Screen::Pay(away)),
        ("pay-two-ways", Screen::Pay(phone)),
        ("pay-card-or-nothing", Screen::Pay(card)),
        ("pay-one-way", Screen::Pay(cash)),
        ("pay-no-such-notes", not_cash(CashWay::NoSuchNotes)),
        ("pay-cash-limit", not_cash(CashWay::AtLimit)),
    ]
}

pub fn code() -> QrCode {
    QrCode {
        side: CODE.len() as u32,
        dark: CODE.concat().chars().map(|module| module == '#').collect(),
    }
}

/// As many modules as the longest of payment codes, in the pattern of no code.
pub fn fine_code() -> QrCode {
    let side = 57;
    let dark = |place| {
        let (x, y) = (place % side, place / side);
        x == 0 || y == 0 || x + 1 == side || y + 1 == side || (x * y) % 3 == 1
    };
    QrCode {
        side,
        dark: (0..side * side).map(dark).collect(),
    }
}

pub fn scan() -> PayingStep {
    PayingStep::Scan {
        code: code(),
        left: 118,
    }
}

pub fn paying(step: PayingStep) -> PayingView {
    PayingView {
        number: ELECTRICITY.into(),
        utility: Utility::Electricity,
        amount: "¥ 50.00".into(),
        step,
    }
}

pub fn paying_states() -> Vec<(&'static str, Screen)> {
    let fine = PayingView {
        number: WATER.into(),
        utility: Utility::HotWater,
        amount: "¥ 12,000.00".into(),
        ..paying(PayingStep::Scan {
            code: fine_code(),
            left: 7,
        })
    };
    let step = |step| Screen::Paying(paying(step));
    vec![
        ("paying-fine-code", Screen::Paying(fine)),
        ("paying-wallet", step(PayingStep::Wallet)),
        ("paying-asking", step(PayingStep::AskingCode)),
        ("paying-checking", step(PayingStep::Checking)),
    ]
}

pub fn unpaid(reason: UnpaidReason) -> UnpaidView {
    UnpaidView {
        amount: "¥ 50.00".into(),
        number: ELECTRICITY.into(),
        utility: Utility::Electricity,
        reference: "K1-000045".into(),
        reason,
        phone: "0571-8888 6666".into(),
        closing_in: Some(58),
    }
}

pub fn unpaid_states() -> Vec<(&'static str, Screen)> {
    let large = UnpaidView {
        amount: "¥ 12,000.00".into(),
        number: WATER.into(),
        utility: Utility::HotWater,
        phone: String::new(),
        closing_in: None,
        ..unpaid(UnpaidReason::TooMuch)
    };
    vec![
        (
            "unpaid-wallet",
            Screen::Unpaid(unpaid(UnpaidReason::BackInWallet)),
        ),
        ("unpaid-too-much", Screen::Unpaid(large)),
    ]
}
