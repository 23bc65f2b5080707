use std::collections::BTreeMap;
use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::frame::dlt645::{Address, Control, Frame};
use crate::link::LinkError;
use crate::meter::Profile;
use crate::meter::scripted::run;

const ADDRESS: &str = "260305510012";

/// A meter that knows what is in the map and refuses the rest.
struct Registers {
    known: BTreeMap<u32, Vec<u8>>,
    asked: Vec<u32>,
}

impl Link for Registers {
    async fn exchange(
        &mut self,
        request: &[u8],
        belongs: &(dyn Fn(&[u8]) -> bool + Sync),
        patience: Duration,
    ) -> Result<Vec<u8>, LinkError> {
        let request = Frame::parse(crate::frame::without_preamble(request)).unwrap();
        let di = u32::from_le_bytes(request.data().try_into().unwrap());
        self.asked.push(di);
        let address = Address::from_digits(ADDRESS).unwrap();
        let frame = match self.known.get(&di) {
            Some(value) => Frame::new(
                address,
                Control(0x91),
                [&di.to_le_bytes()[..], value].concat(),
            ),
            None => Frame::new(address, Control(0xD1), vec![0x02]),
        };
        let frame = frame.unwrap().encode();
        belongs(&frame)
            .then_some(frame)
            .ok_or(LinkError::NoAnswer(patience))
    }
}

fn meter(known: &[(u32, &str)]) -> Registers {
    let bytes = |(di, value): &(u32, &str)| (*di, hex::decode(value).unwrap());
    Registers {
        known: known.iter().map(bytes).collect(),
        asked: Vec::new(),
    }
}

fn driver(profile: &str) -> MeterDriver {
    let profile = Profile::builtin(profile).unwrap();
    MeterDriver::new(profile, ADDRESS.parse().unwrap(), 2400).unwrap()
}

fn read(meter: &mut Registers) -> Result<Settlements, MeterError> {
    run(driver("dlt645-plain").settlements(meter))
}

fn kwh(value: i64) -> Decimal {
    Decimal { value, places: 2 }
}

#[test]
fn all_totals_come_in_three_exchanges_where_the_meter_has_the_block() {
    // 752.64 kWh, 100.40, 0, and a place that is not filled.
    let mut meter = meter(&[
        (0x0400_0B01, "0001"),
        (0x0400_0B02, "9999"),
        (0x0001_00FF, "645207004000010000000000FFFFFFFF"),
    ]);
    let settled = read(&mut meter).unwrap();
    assert_eq!((settled.day, settled.hour), (1, 0));
    assert_eq!(settled.now, kwh(75_264));
    assert_eq!(settled.totals, [kwh(10_040), kwh(0)]);
    assert_eq!(meter.asked.len(), 3);
}

#[test]
fn a_meter_without_the_block_is_asked_for_each_that_it_has() {
    let mut meter = meter(&[
        (0x0400_0B01, "0428"),
        (0x0001_0000, "64520700"),
        (0x0001_0001, "00500700"),
        (0x0001_0002, "00400700"),
    ]);
    let settled = read(&mut meter).unwrap();
    assert_eq!((settled.day, settled.hour), (28, 4));
    assert_eq!(settled.totals, [kwh(75_000), kwh(74_000)]);
    assert_eq!(meter.asked.last(), Some(&0x0001_0003));
}

#[test]
fn what_is_not_settled_by_months_is_no_months() {
    let twice = &[
        (0x0400_0B01, "0001"),
        (0x0400_0B02, "0015"),
        (0x0001_00FF, "64520700"),
    ];
    assert!(matches!(
        read(&mut meter(twice)),
        Err(MeterError::Unsupported(_))
    ));
    for none in ["9999", "FFFF", "0000"] {
        let never = &[(0x0400_0B01, none), (0x0001_00FF, "64520700")];
        assert!(matches!(
            read(&mut meter(never)),
            Err(MeterError::Malformed(_))
        ));
    }
}

#[test]
fn a_profile_that_does_not_say_so_is_not_asked() {
    let mut meter = meter(&[]);
    let profile = Profile::builtin("cjt188-prepaid").unwrap();
    let water = MeterDriver::new(profile, "10-12022018000007".parse().unwrap(), 2400).unwrap();
    assert!(matches!(
        run(water.settlements(&mut meter)),
        Err(MeterError::Unsupported(_))
    ));
    assert!(meter.asked.is_empty());
}

proptest! {
    #[test]
    fn no_bytes_of_a_meter_make_it_panic(
        day in proptest::collection::vec(any::<u8>(), 0..4),
        block in proptest::collection::vec(any::<u8>(), 0..80),
    ) {
        let mut meter = meter(&[]);
        meter.known.insert(0x0400_0B01, day);
        meter.known.insert(0x0001_00FF, block.clone());
        meter.known.insert(0x0001_0000, block);
        let _ = read(&mut meter);
    }
}
