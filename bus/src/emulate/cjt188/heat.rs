//! A heat meter.

use super::{Asked, Clock, Said};
use crate::decode::Field;
use crate::emulate::{Description, EmulatedMeter};
use crate::frame::Protocol;
use crate::frame::bytes::decimal;
use crate::frame::cjt188::heat::{Heat, HeatLayout};
use crate::frame::cjt188::identifier::{ADDRESS, METERING, WRITE_TIME};
use crate::frame::cjt188::metering::{Quantity, read_clock};
use crate::frame::cjt188::status::Status;
use crate::frame::cjt188::{Address, Frame, Function, address_kind_name};
use crate::frame::wall_time::WallTime;

/// What a heat meter is when it leaves the works.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeatSetup {
    /// Its type (20, 21 or 22) and address.
    pub address: Address,
    /// How `901F` lies.
    pub layout: HeatLayout,
    /// Heat so far, in watt hours.
    pub watt_hours: u64,
    /// Power, in watts.
    pub watts: u32,
    /// Volume so far, in litres.
    pub litres: u64,
    /// Flow, in litres an hour.
    pub flow: u32,
    /// Supply temperature, in hundredths of a degree Celsius.
    pub supply: u32,
    /// Return temperature, in hundredths of a degree Celsius.
    pub back: u32,
}

/// A heat meter without a valve: it is read, and its clock is set.
#[derive(Clone, Debug)]
pub struct HeatMeter {
    setup: HeatSetup,
    clock: Clock,
    since: Option<WallTime>,
    seconds: u64,
    /// Watt seconds and litre seconds an hour that have not become whole ones.
    parts: (u64, u64),
}

const KILOWATT_HOURS: u8 = 0x05;
const KILOWATTS: u8 = 0x17;
const CUBIC_METRES_AN_HOUR: u8 = 0x35;
const CUBIC_METRES: u8 = 0x2C;
const SECONDS_AN_HOUR: u64 = 3600;

impl HeatMeter {
    /// A meter as it leaves the works.
    pub fn new(setup: HeatSetup) -> Self {
        HeatMeter {
            setup,
            clock: Clock::default(),
            since: None,
            seconds: 0,
            parts: (0, 0),
        }
    }

    fn let_flow(&mut self, now: WallTime) {
        let seconds = self.since.map_or(0, |since| now.seconds_since(since));
        self.since = Some(now);
        let seconds = u64::try_from(seconds).unwrap_or(0);
        self.seconds += seconds;
        let (heat, volume) = self.parts;
        let heat = heat + seconds * u64::from(self.setup.watts);
        let volume = volume + seconds * u64::from(self.setup.flow);
        self.setup.watt_hours += heat / SECONDS_AN_HOUR;
        self.setup.litres += volume / SECONDS_AN_HOUR;
        self.parts = (heat % SECONDS_AN_HOUR, volume % SECONDS_AN_HOUR);
    }

    fn heat(&self, now: WallTime) -> Heat {
        // Registers begin anew behind their last digit, as counters do.
        let quantity = |thousandths: u64, digits: u32, unit| Quantity {
            hundredths: u32::try_from(thousandths / 10 % 10u64.pow(digits)).ok(),
            unit,
        };
        Heat {
            settlement: Quantity {
                hundredths: None,
                unit: KILOWATT_HOURS,
            },
            current: quantity(self.setup.watt_hours, 8, KILOWATT_HOURS),
            power: quantity(u64::from(self.setup.watts), 6, KILOWATTS),
            flow: quantity(u64::from(self.setup.flow), 6, CUBIC_METRES_AN_HOUR),
            volume: quantity(self.setup.litres, 8, CUBIC_METRES),
            supply: Some(self.setup.supply % 10_000),
            back: Some(self.setup.back % 10_000),
            hours: u32::try_from(self.seconds / SECONDS_AN_HOUR % 1_000_000).ok(),
            clock: self.clock.shows(now),
            status: Status::default(),
        }
    }
}

impl EmulatedMeter for HeatMeter {
    fn protocol(&self) -> Protocol {
        Protocol::Cjt188
    }

    fn hear(&mut self, frame: &[u8], now: WallTime) -> Option<Vec<u8>> {
        self.let_flow(now);
        let frame = Frame::parse(frame).ok()?;
        let own = self.setup.address;
        let asked = Asked::of(&frame, own)?;
        let writes = asked.function == Function::Write;
        if writes && !frame.address().is_single() {
            return None;
        }
        let said = match (asked.function, asked.di) {
            (Function::Read, METERING) => self.heat(now).to_payload(self.setup.layout),
            (Function::Read | Function::ReadAddress, ADDRESS) => Some(Vec::new()),
            (Function::Write, WRITE_TIME) => read_clock(asked.payload).map(|to| {
                self.clock.set(to, now);
                Vec::new()
            }),
            _ => None,
        };
        asked.answer(
            own,
            said.map_or(Said::Refusal, Said::Payload),
            Status::default(),
        )
    }

    fn describe(&self) -> Description {
        let thousandths = |value| Some(decimal(value, 3));
        Description {
            protocol: Protocol::Cjt188.name(),
            kind: format!("{} meter", address_kind_name(self.setup.address.kind)),
            address: format!("{:02X}-{}", self.setup.address.kind, self.setup.address),
            state: vec![
                Field::with_unit("heat", thousandths(self.setup.watt_hours), "kWh"),
                Field::with_unit("power", thousandths(u64::from(self.setup.watts)), "kW"),
                Field::with_unit("volume", thousandths(self.setup.litres), "m3"),
                Field::new("heat_layout", self.setup.layout.word()),
            ],
        }
    }
}
