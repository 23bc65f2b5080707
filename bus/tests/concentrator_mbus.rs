//! M-Bus meters behind a concentrator, read through it by a master.

mod concentrator_rig;

use std::time::Duration;

use concentrator_rig::*;
use meterpost_bus::emulate::EmulatedMeter;
use meterpost_bus::emulate::mbus::{MbusMeter, MbusSetup, Structure};
use meterpost_bus::frame::mbus::{Address, Manufacturer, Mbus, SecondaryAddress};
use meterpost_bus::frame::scan::Scanner;
use meterpost_bus::frame::wall_time::WallTime;
use meterpost_bus::link::SerialSettings;
use meterpost_bus::meter::{MeterAddress, MeterDriver, Profile, RegisterReading};

const METER: &str =
    "[[meter]]\npoint = 1\nport = 2\naddress = \"mbus:12345678\"\nprofile = \"mbus-water\"\n";

/// A wire with one water meter that has counted 1234.567 m³.
fn wire() -> Wire {
    let mut meter = MbusMeter::new(MbusSetup {
        meter: SecondaryAddress {
            id: [0x78, 0x56, 0x34, 0x12],
            manufacturer: Manufacturer::from_letters("MTP").unwrap(),
            version: 1,
            medium: 7,
        },
        primary: Address(5),
        structure: Structure::Variable { telegrams: 1 },
        litres: 1_234_567,
        flow: 60,
    });
    let now = WallTime::new(2026, 11, 25, 2, 40, 0).unwrap();
    Wire::hearing(Scanner::new::<Mbus>(), move |request| {
        let answer = meter.hear(request, now);
        answer
            .into_iter()
            .map(|says| (Duration::from_millis(5), says))
            .collect()
    })
}

fn volume(registers: &[RegisterReading]) -> String {
    let volume = registers
        .iter()
        .find(|register| register.name == "volume")
        .unwrap();
    volume.number().unwrap().to_string()
}

async fn read(address: &str) -> Vec<RegisterReading> {
    let wire = wire();
    let node = Node::start_with(&wire, "", METER).await;
    let master = node.master().await;
    let address: MeterAddress = address.parse().unwrap();
    let driver = MeterDriver::new(Profile::builtin("mbus-water").unwrap(), address, 2400).unwrap();
    let mut link = master.link(2, SerialSettings::default());
    driver.read_registers(&mut link).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_master_reads_a_meter_by_its_primary_address() {
    assert_eq!(volume(&read("mbus:5").await), "1234.567");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_master_reads_a_meter_by_its_secondary_address() {
    assert_eq!(volume(&read("mbus:12345678").await), "1234.567");
}
