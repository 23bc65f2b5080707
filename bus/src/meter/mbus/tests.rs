use super::*;
use crate::emulate::mbus::{MbusMeter as Emulated, MbusSetup, Structure};
use crate::frame::mbus::{Manufacturer, SecondaryAddress};
use crate::meter::emulated::{Fault, Way};
use crate::meter::scripted::run;
use crate::meter::{CreditOrder, MeterDriver, Outcome, Profile, Reading as Books, Supply};

fn water() -> Way<Emulated> {
    Way::new(Emulated::new(MbusSetup {
        meter: SecondaryAddress {
            id: [0x78, 0x56, 0x34, 0x12],
            manufacturer: Manufacturer::from_letters("PAD").unwrap(),
            version: 1,
            medium: 7,
        },
        primary: Address(5),
        structure: Structure::Variable { telegrams: 2 },
        litres: 12_565,
        flow: 0,
    }))
}

fn driver(address: &str) -> MeterDriver {
    let profile = Profile::builtin("mbus-water").unwrap();
    MeterDriver::new(profile, address.parse().unwrap(), 2400).unwrap()
}

fn volume(readings: &[RegisterReading]) -> String {
    let number = readings[0]
        .number()
        .unwrap_or_else(|| panic!("{readings:?}"));
    format!("{number} {}", readings[0].unit.clone().unwrap_or_default())
}

#[test]
fn a_meter_is_read_by_its_primary_and_by_its_secondary_address() {
    for address in ["mbus:5", "mbus:12345678", "mbus:12345678-PAD-01-07"] {
        let readings = run(driver(address).read_registers(&mut water())).unwrap();
        assert_eq!(volume(&readings), "12.565 m3", "{address}");
        assert!(matches!(readings[2].value, RegisterValue::Status(_)));
    }
}

#[test]
fn a_lost_answer_is_asked_for_again_and_no_telegram_is_missed() {
    let faults = [
        Fault::None,
        Fault::AnswerLost,
        Fault::None,
        Fault::AnswerLost,
    ];
    let readings = run(driver("mbus:5").read_registers(&mut water().with(&faults))).unwrap();
    assert_eq!(volume(&readings), "12.565 m3");
}

#[test]
fn another_address_is_silence() {
    let error = run(driver("mbus:6").read_registers(&mut water())).unwrap_err();
    assert!(matches!(error, MeterError::Link(LinkError::NoAnswer(_))));
}

#[test]
fn there_is_nothing_to_credit_and_nothing_is_sent() {
    let before = Books {
        purchase_number: 0,
        balance: Default::default(),
        last_amount: None,
        cumulative: None,
        supply: Supply::NotReported,
    };
    let order = CreditOrder {
        number: 1,
        amount: crate::amount::Amount(100),
        before,
    };
    let mut way = water();
    let outcome = run(driver("mbus:5").credit(&mut way, &order));
    assert!(matches!(outcome, Outcome::NotApplied { .. }));
    assert!(matches!(
        run(driver("mbus:5").read(&mut way)),
        Err(MeterError::Unsupported(_))
    ));
    assert_eq!(way.count, 0);
}
