use super::*;
use crate::emulate::dlt645::{ElectricityMeter, MeterConfig};
use crate::frame::cjt188::{Address, Control, DiOrder, Frame, request};
use crate::meter::emulated::{Fault, Way};
use crate::meter::profile::{Condition, Quantity};
use crate::meter::scripted::{Script, Step, Wire, run};
use crate::meter::{MeterDriver, Profile};

fn driver(profile: &str, address: &str) -> MeterDriver {
    let profile = Profile::builtin(profile).unwrap();
    MeterDriver::new(profile, address.parse().unwrap(), 2400).unwrap()
}

fn electricity(config: MeterConfig) -> Way<ElectricityMeter> {
    Way::new(ElectricityMeter::new(config).unwrap())
}

fn texts(readings: &[RegisterReading]) -> Vec<(String, String)> {
    let text = |reading: &RegisterReading| match &reading.value {
        RegisterValue::Number(number) => {
            format!("{number} {}", reading.unit.clone().unwrap_or_default())
        }
        other => format!("{other:?}"),
    };
    readings
        .iter()
        .map(|reading| (reading.name.clone(), text(reading)))
        .collect()
}

const WATER: &str = "10-71962403180002";

fn metering(wire: impl FnOnce(Vec<u8>) -> Wire) -> Step {
    let address = Address::from_digits(0x10, "71962403180002").unwrap();
    let mut data = vec![0x90, 0x1F, 0];
    data.extend([0x00, 0x23, 0x01, 0x00, 0x2C, 0xFF, 0xFF, 0xFF, 0xFF, 0x2C]);
    data.extend([0x00, 0x30, 0x12, 0x24, 0x11, 0x26, 0x20, 0x05, 0x00]);
    let answer = Frame::new(address, Control(0x81), data).unwrap().encode();
    Step {
        request: request::read(address, DiOrder::HighFirst, 0x901F, 0).encode(),
        wire: wire(answer),
    }
}

#[test]
fn one_exchange_reads_all_registers_of_a_block() {
    let mut link = Script::new([metering(|answer| Wire::Frames(vec![answer]))]);
    let readings = run(driver("cjt188-on-account", WATER).read_registers(&mut link)).unwrap();
    link.finish();
    let texts = texts(&readings);
    assert_eq!(texts[0], ("volume".to_owned(), "123.00 m3".to_owned()));
    assert_eq!(texts[1], ("settled_volume".to_owned(), "Absent".to_owned()));
    assert_eq!(readings[2].quantity, Quantity::Clock);
    assert_eq!(
        readings[3].value,
        RegisterValue::Status(vec![Condition::BatteryLow])
    );
    assert_eq!(readings[3].raw, [0x05, 0x00]);
}

#[test]
fn a_silent_meter_is_an_error_and_is_asked_once() {
    let mut link = Script::new([metering(|_| Wire::Frames(vec![]))]);
    let error = run(driver("cjt188-on-account", WATER).read_registers(&mut link)).unwrap_err();
    link.finish();
    assert!(matches!(error, MeterError::Link(_)));
}

#[test]
fn an_electricity_meter_is_read_register_by_register() {
    let config = MeterConfig {
        energy: 750_264,
        load_watts: 0,
        ..MeterConfig::default()
    };
    let mut way = electricity(config);
    let readings = run(driver("dlt645-remote", "260305510012").read_registers(&mut way)).unwrap();
    let texts = texts(&readings);
    assert_eq!(
        texts[0],
        ("forward_active".to_owned(), "7502.64 kWh".to_owned())
    );
    assert_eq!(
        texts[1],
        ("reverse_active".to_owned(), "0.00 kWh".to_owned())
    );
    assert!(matches!(readings[3].value, RegisterValue::Status(_)));
    assert_eq!(way.count, 4);
}

#[test]
fn a_meter_that_falls_silent_keeps_what_it_told_and_is_asked_no_more() {
    let mut way = electricity(MeterConfig::default()).with(&[Fault::None, Fault::RequestLost]);
    let readings = run(driver("dlt645-remote", "260305510012").read_registers(&mut way)).unwrap();
    assert!(readings[0].number().is_some());
    for reading in &readings[1..] {
        assert!(matches!(&reading.value, RegisterValue::Unread(why) if why.contains("no answer")));
    }
    assert_eq!(way.count, 2);
}

#[test]
fn a_register_the_meter_does_not_have_costs_the_others_nothing() {
    let text = "base = \"dlt645-remote\"\ncapabilities = [\"read\", \"switch\", \"freeze\"]\n\
        [[register]]\nname = \"none\"\nid = \"0A0B0C0D\"\nquantity = \"other\"\nbytes = 4\n\
        [[register]]\nname = \"energy\"\nid = \"00010000\"\nquantity = \"energy\"\nbytes = 4\nplaces = 2";
    let profile = Profile::parse(text).unwrap_or_else(|error| panic!("{error}"));
    let driver = MeterDriver::new(profile, "260305510012".parse().unwrap(), 2400).unwrap();
    let readings = run(driver.read_registers(&mut electricity(MeterConfig::default()))).unwrap();
    assert!(matches!(readings[0].value, RegisterValue::Refused(_)));
    assert!(readings[1].number().is_some());
}

#[test]
fn a_meter_of_1997_is_read() {
    let config = MeterConfig {
        edition_1997: true,
        energy: 12_345,
        load_watts: 0,
        ..MeterConfig::default()
    };
    let mut way = electricity(config);
    let readings = run(driver("dlt645-1997", "260305510012").read_registers(&mut way)).unwrap();
    let texts = texts(&readings);
    assert_eq!(
        texts[0],
        ("forward_active".to_owned(), "123.45 kWh".to_owned())
    );
}
