//! Charges worked out by hand. Amounts are fen, quantities 1/10000 of the unit.

use jiff::civil::date;
use serde_json::{Value, json};

use super::*;

/// Beijing's residents (京发改〔2015〕 price table, single price): 0.4883, 0.5383 and 0.7883 yuan up to 240, 400 and beyond a month.
fn beijing() -> Value {
    json!({
        "utility": "electricity", "unit": "kWh", "period": "month",
        "tiers": [{"upto": 240_000, "price": 488_300}, {"upto": 400_000, "price": 538_300}, {"price": 788_300}],
    })
}

/// Beijing's water: 5, 7 and 9 yuan up to 180, 260 and beyond a year; from six people on each adds 30 to both bounds.
fn water() -> Value {
    json!({
        "utility": "water", "unit": "m3", "period": "year",
        "tiers": [
            {"upto": 180_000, "extra": 30_000, "price": 5_000_000},
            {"upto": 260_000, "extra": 30_000, "price": 7_000_000},
            {"price": 9_000_000},
        ],
        "household": {"base": 5},
    })
}

/// 1 : 1.5 : 3 on 2 yuan, by month.
fn ratio() -> Value {
    json!({
        "utility": "water", "unit": "m3", "period": "month",
        "tiers": [{"upto": 12_000, "price": 2_000_000}, {"upto": 20_000, "price": 3_000_000}, {"price": 6_000_000}],
        "surcharges": [{"name": "sewage", "price": 950_000}],
    })
}

fn cost(content: &Value, used: i64, total: i64, people: Option<u16>) -> i64 {
    let tariff = Tariff::parse(content).expect("a tariff");
    let first = date(2026, 3, 1);
    let before = Accumulator {
        period: Some(tariff.period.first(first)),
        used,
        carry: 0,
    };
    let consumption = Consumption {
        total,
        rates: Vec::new(),
    };
    charge(
        &tariff,
        &before,
        &consumption,
        Days { first, count: 31 },
        people,
    )
    .expect("a charge")
    .amount
}

#[test]
fn tiers_by_hand() {
    let kwh = 10_000;
    let cases = [
        // 100 × 0.4883 = 48.83 yuan.
        (beijing(), 0, 100 * kwh, None, 4_883),
        // 240 × 0.4883 = 117.192, to the half fen above: 117.19.
        (beijing(), 0, 240 * kwh, None, 11_719),
        // + 1 × 0.5383 = 117.7303.
        (beijing(), 0, 241 * kwh, None, 11_773),
        // + 160 × 0.5383 = 86.128, together 203.32.
        (beijing(), 0, 400 * kwh, None, 20_332),
        // + 100 × 0.7883 = 78.83, together 282.15.
        (beijing(), 0, 500 * kwh, None, 28_215),
        // From 239 on: 1 × 0.4883 + 1 × 0.5383 = 1.0266.
        (beijing(), 239 * kwh, 2 * kwh, None, 103),
        // From 500 on: 10 × 0.7883 = 7.883.
        (beijing(), 500 * kwh, 10 * kwh, None, 788),
        // 180 × 5 + 80 × 7 + 40 × 9 = 1820 yuan.
        (water(), 0, 300 * kwh, None, 182_000),
        (water(), 0, 300 * kwh, Some(5), 182_000),
        // Seven people: 240 × 5 + 60 × 7 = 1620 yuan.
        (water(), 0, 300 * kwh, Some(7), 162_000),
        // 12 × 2 + 8 × 3 + 5 × 6 = 78, and 25 × 0.95 = 23.75.
        (ratio(), 0, 25 * kwh, None, 10_175),
        // 0.001 m³ × 2.95 yuan = 0.295 fen.
        (ratio(), 0, 10, None, 0),
        // 0.0017 m³ × 2.95 yuan = 0.5015 fen.
        (ratio(), 0, 17, None, 1),
        (ratio(), 0, 0, None, 0),
    ];
    for (tariff, used, total, people, fen) in cases {
        assert_eq!(
            cost(&tariff, used, total, people),
            fen,
            "{total} from {used}, {people:?}: {tariff}"
        );
    }
}

fn full() -> Value {
    let mut full = beijing();
    full["rates"] = json!([
        {"name": "峰", "register": 2, "delta": 30_000, "hours": ["08:00-22:00"], "share": 600},
        {"name": "谷", "register": 3, "delta": -200_000, "hours": ["22:00-08:00"], "share": 400},
    ]);
    full["fixed"] = json!(310);
    full["tax"] = json!({"rate": 1300, "included": false});
    full
}

#[test]
fn rates_fixed_charge_and_tax_by_hand() {
    let tariff = Tariff::parse(&full()).expect("a tariff");
    let day = Days {
        first: date(2026, 3, 31),
        count: 1,
    };
    let counted = Consumption {
        total: 100_000,
        rates: vec![0, 70_000, 30_000],
    };
    let charged = charge(&tariff, &Accumulator::default(), &counted, day, None).expect("a charge");
    // 10 × 48.83 + 7 × 3 − 3 × 20 + 310 ÷ 31 = 459.3 fen; × 1.13 = 519.009.
    let lines: Vec<String> = charged
        .lines
        .iter()
        .map(|line| {
            format!(
                "{:?} {} {}",
                line.what,
                line.name,
                super::line::minor_units(line.amount)
            )
        })
        .collect();
    assert_eq!(
        lines,
        [
            "Tier 1 488.3",
            "Rate 峰 21",
            "Rate 谷 -60",
            "Fixed  10",
            "Tax  59.709"
        ]
    );
    assert_eq!(
        (charged.amount, charged.after.carry),
        (519, 9_000_000_000_000)
    );

    let total = Consumption {
        total: 100_000,
        rates: Vec::new(),
    };
    // By shares: 10 × 48.83 + 6 × 3 − 4 × 20 + 10 = 436.3; × 1.13 = 493.019.
    let charged = charge(&tariff, &Accumulator::default(), &total, day, None).expect("a charge");
    assert_eq!(charged.amount, 493);
}

#[test]
fn a_tax_that_prices_hold_is_told_and_not_added() {
    let mut content = beijing();
    content["tax"] = json!({"rate": 1300, "included": true});
    assert_eq!(cost(&content, 0, 1_000_000, None), 4_883);
    let tariff = Tariff::parse(&content).expect("a tariff");
    let day = Days {
        first: date(2026, 3, 1),
        count: 1,
    };
    let consumption = Consumption {
        total: 1_000_000,
        rates: Vec::new(),
    };
    let charged =
        charge(&tariff, &Accumulator::default(), &consumption, day, None).expect("a charge");
    let tax = charged
        .lines
        .iter()
        .find(|line| line.what == What::TaxIncluded)
        .expect("told");
    // 4883 × 13 ÷ 113 = 561.761…
    assert_eq!(tax.amount / 1_000_000_000_000, 561_761);
}

#[test]
fn a_new_month_or_year_begins_its_tiers_anew_and_keeps_what_rounding_left() {
    for (content, last, next) in [
        (beijing(), date(2026, 3, 31), date(2026, 4, 1)),
        (water(), date(2026, 12, 31), date(2027, 1, 1)),
    ] {
        let tariff = Tariff::parse(&content).expect("a tariff");
        let before = Accumulator {
            period: Some(tariff.period.first(last)),
            used: 100_000_000,
            carry: 7,
        };
        let used = Consumption {
            total: 10_000,
            rates: Vec::new(),
        };
        let one = |first| {
            charge(&tariff, &before, &used, Days { first, count: 1 }, None).expect("a charge")
        };
        let tier = |charge: &Charge| charge.lines[0].name.clone();
        let (old, new) = (one(last), one(next));
        assert_eq!((tier(&old), tier(&new)), ("3".to_owned(), "1".to_owned()));
        assert_eq!((old.after.used, new.after.used), (100_010_000, 10_000));
        assert_eq!(new.after.period, Some(next));
        // 48.83 and 500 fen: what the line leaves over, and the seven from before.
        assert_eq!(new.after.carry.rem_euclid(10), 7);
    }
}

#[test]
fn a_price_that_changes_in_the_middle_keeps_the_place_in_the_tiers() {
    let old = Tariff::parse(&beijing()).expect("a tariff");
    let mut dearer = beijing();
    dearer["tiers"][1]["price"] = json!(600_000);
    let new = Tariff::parse(&dearer).expect("a tariff");
    let used = Consumption {
        total: 2_400_000,
        rates: Vec::new(),
    };
    let half = |tariff, before: &Accumulator, day| {
        let days = Days {
            first: date(2026, 3, day),
            count: 15,
        };
        charge(tariff, before, &used, days, None).expect("a charge")
    };
    let first = half(&old, &Accumulator::default(), 1);
    let second = half(&new, &first.after, 16);
    // 240 × 48.83 = 11719.2; then 160 × 60 + 80 × 78.83 = 15906.4; together 27625.6.
    assert_eq!((first.amount, second.amount), (11_719, 15_907));
}

#[test]
fn what_cannot_be_charged_is_said_and_not_guessed() {
    let mut content = full();
    for rate in content["rates"].as_array_mut().expect("rates") {
        rate.as_object_mut().expect("a rate").remove("share");
    }
    let tariff = Tariff::parse(&content).expect("a tariff");
    let day = Days {
        first: date(2026, 3, 31),
        count: 1,
    };
    let try_it = |total, rates: &[i64], days| {
        let consumption = Consumption {
            total,
            rates: rates.to_vec(),
        };
        charge(&tariff, &Accumulator::default(), &consumption, days, None)
            .map(|charge| charge.amount)
    };
    assert_eq!(try_it(10, &[], day), Err(ChargeError::NoRates));
    assert_eq!(try_it(10, &[0, 10], day), Err(ChargeError::NoRates));
    assert_eq!(try_it(10, &[10, 0, 0], day), Err(ChargeError::Register(1)));
    assert_eq!(try_it(-1, &[], day), Err(ChargeError::Negative));
    assert_eq!(try_it(10, &[0, -1, 11], day), Err(ChargeError::Negative));
    assert!(matches!(
        try_it(10, &[0, 5000, 0], day),
        Err(ChargeError::Differ { .. })
    ));
    let beyond = Days {
        first: date(2026, 3, 31),
        count: 2,
    };
    assert_eq!(try_it(10, &[0, 10, 0], beyond), Err(ChargeError::Days));
    let none = Days {
        first: date(2026, 3, 31),
        count: 0,
    };
    assert_eq!(try_it(10, &[0, 10, 0], none), Err(ChargeError::Days));
    let most = try_it(i64::MAX, &[0, i64::MAX, 0], day);
    assert_eq!(most, Err(ChargeError::TooLarge));
}
