use std::sync::Arc;

use super::*;
use crate::concentrator::clock::{ClockQuality, Stamp, seconds_of};
use crate::frame::wall_time::WallTime;
use crate::meter::Profile;

fn measured(number: i64, places: u8, unit: &str) -> Measured {
    Measured {
        number,
        places,
        unit: unit.to_owned(),
    }
}

fn record(values: &[(&str, Measured)]) -> Record {
    let values = values.iter().cloned();
    Record {
        read: Stamp {
            at: seconds_of(WallTime::new(2026, 11, 25, 13, 45, 59).unwrap()),
            quality: ClockQuality::Ntp,
        },
        values: values
            .map(|(name, value)| (name.to_owned(), value))
            .collect(),
        supply: SupplyState::Off,
        troubles: Vec::new(),
    }
}

fn known(address: &str, profile: &str) -> Known {
    Known {
        port: 1,
        address: address.parse().unwrap(),
        profile: Arc::new(Profile::builtin(profile).unwrap()),
        settings: None,
    }
}

fn electricity() -> Known {
    known("000000000001", "dlt645_plain")
}

fn water() -> Known {
    known("10-00000000000001", "cjt188_prepaid")
}

fn unit(function: u8, known: &Known, record: &Record) -> Option<String> {
    current(function, 7, known, record).map(|item| {
        assert_eq!((item.point, item.function), (7, function));
        hex::encode_upper(item.data)
    })
}

#[test]
fn energy_has_four_places_whatever_the_meter_has() {
    let record = record(&[("energy", measured(123_456, 2, "kWh"))]);
    let expected = Some("4513251126".to_owned() + "00" + "0056341200");
    assert_eq!(unit(ENERGY, &electricity(), &record), expected);
}

#[test]
fn a_water_meter_has_a_volume_and_no_electricity() {
    let record = record(&[("volume", measured(1234, 2, "m3"))]);
    let item = current(QUANTITY, 7, &water(), &record).unwrap();
    let quantity = Quantity::decode(&item.data).unwrap();
    assert_eq!((quantity.unit, quantity.thousandths), (0x2C, Some(12_340)));
    assert_eq!(unit(ENERGY, &water(), &record), None);
}

#[test]
fn what_was_not_read_is_no_zero() {
    let nothing = record(&[]);
    for function in [ENERGY, QUANTITY, BOOKS, 33] {
        assert_eq!(unit(function, &electricity(), &nothing), None);
    }
    let odd = record(&[("energy", measured(-1, 0, "kWh"))]);
    assert_eq!(unit(ENERGY, &electricity(), &odd), None);
    assert_eq!(unit(QUANTITY, &electricity(), &odd), None);
}

#[test]
fn books_are_told_in_fen_and_an_amount_not_told_stays_unknown() {
    let record = record(&[
        ("purchase_number", measured(3, 0, "")),
        ("balance", measured(-150, 2, "")),
        ("last_amount", measured(5, 0, "yuan")),
    ]);
    let item = current(BOOKS, 7, &electricity(), &record).unwrap();
    let books = Books::decode(&item.data).unwrap();
    assert_eq!((books.purchase_number, books.balance), (3, -150));
    assert_eq!((books.last_amount, books.cumulative), (Some(500), None));
    assert_eq!(books.supply, Through::Off);
}

#[test]
fn money_that_is_no_whole_fen_or_no_money_is_left_out() {
    let number = ("purchase_number", measured(3, 0, ""));
    let parts = record(&[number.clone(), ("balance", measured(1234, 3, ""))]);
    assert_eq!(unit(BOOKS, &electricity(), &parts), None);
    let volume = record(&[number, ("balance", measured(1234, 2, ""))]);
    let in_volume = known("10-00000000000001", "cjt188_volume");
    assert_eq!(unit(BOOKS, &in_volume, &volume), None);
    assert!(unit(BOOKS, &water(), &volume).is_some());
}
