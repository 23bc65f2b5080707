//! A prepaid water or gas meter with a valve.

use super::books::{Booked, Books};
use super::{Asked, Clock, Said};
use crate::decode::Field;
use crate::emulate::{Description, EmulatedMeter};
use crate::frame::Protocol;
use crate::frame::bytes::{bcd_to_u64, decimal};
use crate::frame::cjt188::coding::PurchaseLayout;
use crate::frame::cjt188::identifier::{
    ADDRESS, ENABLE_FACTORY, KEY_VERSION, LAST_MONTH, METERING, PRICES, PURCHASE, READING_DAY,
    SETTLEMENT_DAY, SYNCHRONISE, TWELFTH_MONTH, VALVE, WRITE_ADDRESS, WRITE_KEY, WRITE_PRICES,
    WRITE_PURCHASE, WRITE_READING_DAY, WRITE_SETTLEMENT_DAY, WRITE_TIME,
};
use crate::frame::cjt188::key::NewKey;
use crate::frame::cjt188::metering::{Metering, Quantity, history, read_clock};
use crate::frame::cjt188::price::{self, Prices};
use crate::frame::cjt188::purchase::Record;
use crate::frame::cjt188::status::{Status, StatusLayout, Valve};
use crate::frame::cjt188::valve::ValveCommand;
use crate::frame::cjt188::{Address, Frame, Function, address_kind_name};
use crate::frame::wall_time::WallTime;

/// What a meter is when it leaves the works.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrepaidSetup {
    /// Its type and address.
    pub address: Address,
    /// How it writes and tells purchases.
    pub purchases: PurchaseLayout,
    /// What its books count.
    pub charge: Charge,
    /// Where its status word has the valve.
    pub status: StatusLayout,
    /// What it answers to a purchase.
    pub write_answer: WriteAnswer,
    /// Whether it has a clock.
    pub has_clock: bool,
    /// What has flowed, in litres.
    pub litres: u64,
    /// What flows while the valve is open, in litres an hour.
    pub flow: u32,
    /// What is left, in the unit of the books.
    pub remaining: u32,
}

/// What the books of a meter count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Charge {
    /// Money, in hundredths; the first price of the table is what a cubic metre costs.
    Money,
    /// Volume, in tenths of a cubic metre.
    Volume,
}

/// What a meter answers to a purchase.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WriteAnswer {
    /// The purchase, as the standard has it.
    #[default]
    Echo,
    /// The status word, as some makers do.
    Status,
}

impl PrepaidSetup {
    /// A water meter by the standard, with nothing left.
    pub fn new(address: Address) -> Self {
        PrepaidSetup {
            address,
            purchases: PurchaseLayout::default(),
            charge: Charge::Money,
            status: StatusLayout::LowBits,
            write_answer: WriteAnswer::Echo,
            has_clock: true,
            litres: 0,
            flow: 0,
            remaining: 0,
        }
    }
}

/// A prepaid water or gas meter.
#[derive(Clone, Debug)]
pub struct PrepaidMeter {
    setup: PrepaidSetup,
    books: Books,
    valve: Valve,
    /// Whether a person closed the valve: money does not open it then.
    held_closed: bool,
    clock: Clock,
    prices: Prices,
    start_day: u8,
    settlement_day: u8,
    reading_day: u8,
    settlement_litres: Option<u64>,
    key_version: u8,
    since: Option<WallTime>,
    /// Litres of a part of an hour.
    fraction: u64,
    /// Hundredths of currency times litres that have not become a whole hundredth.
    owed: u64,
}

const CUBIC_METRES: u8 = 0x2C;
const SECONDS_AN_HOUR: u64 = 3600;
const LITRES_A_CUBIC_METRE: u64 = 1000;
const LITRES_A_TENTH: u64 = 100;

impl PrepaidMeter {
    /// A meter as it leaves the works.
    pub fn new(setup: PrepaidSetup) -> Self {
        PrepaidMeter {
            books: Books {
                remaining: setup.remaining,
                ..Books::default()
            },
            valve: if setup.remaining > 0 {
                Valve::Open
            } else {
                Valve::Closed
            },
            setup,
            held_closed: false,
            clock: Clock::default(),
            prices: Prices {
                prices: [300, 400, 500],
                steps: [180, 260],
            },
            start_day: 1,
            settlement_day: 1,
            reading_day: 1,
            settlement_litres: None,
            key_version: 0,
            since: None,
            fraction: 0,
            owed: 0,
        }
    }

    /// Its address at present.
    pub fn address(&self) -> Address {
        self.setup.address
    }

    fn status(&self) -> Status {
        Status::of(self.valve, false, self.setup.status)
    }

    fn let_flow(&mut self, now: WallTime) {
        let seconds = self.since.map_or(0, |since| now.seconds_since(since));
        self.since = Some(now);
        let seconds = u64::try_from(seconds).unwrap_or(0);
        if self.valve != Valve::Open {
            return;
        }
        self.fraction += seconds * u64::from(self.setup.flow);
        let litres = self.fraction / SECONDS_AN_HOUR;
        self.fraction %= SECONDS_AN_HOUR;
        self.setup.litres += litres;
        let (price, divisor) = match self.setup.charge {
            Charge::Money => {
                let [first, ..] = self.prices.prices;
                (u64::from(first), LITRES_A_CUBIC_METRE)
            }
            Charge::Volume => (1, LITRES_A_TENTH),
        };
        self.owed += litres * price;
        let used = u32::try_from(self.owed / divisor).unwrap_or(u32::MAX);
        self.owed %= divisor;
        self.books.use_up(used);
        if self.books.remaining == 0 {
            self.valve = Valve::Closed;
        }
    }

    fn cubic_metres(litres: u64) -> Quantity {
        Quantity {
            // The register has eight digits and begins anew, as a counter does.
            hundredths: u32::try_from(litres / 10 % 100_000_000).ok(),
            unit: CUBIC_METRES,
        }
    }

    fn read(&self, di: u16, now: WallTime) -> Option<Vec<u8>> {
        Some(match di {
            METERING => Metering {
                current: Self::cubic_metres(self.setup.litres),
                settlement: self.settlement_litres.map_or(
                    Quantity {
                        hundredths: None,
                        unit: CUBIC_METRES,
                    },
                    Self::cubic_metres,
                ),
                clock: self.clock.shows(now).filter(|_| self.setup.has_clock),
                status: self.status(),
            }
            .to_payload()?
            .to_vec(),
            LAST_MONTH..=TWELFTH_MONTH => Quantity {
                hundredths: None,
                unit: CUBIC_METRES,
            }
            .to_bytes()?
            .to_vec(),
            PRICES => self.prices.to_payload()?.to_vec(),
            SETTLEMENT_DAY => vec![self.settlement_day],
            READING_DAY => vec![self.reading_day],
            PURCHASE => self.setup.purchases.write_record(&Record {
                sequence: u8::try_from(self.books.number).ok()?,
                last: self.books.last,
                cumulative: self.books.cumulative,
                remaining: self.books.remaining,
                status: self.status(),
            })?,
            _ => return None,
        })
    }

    fn write(&mut self, di: u16, payload: &[u8], now: WallTime) -> Option<Vec<u8>> {
        let status = self.status().0.to_vec();
        match (di, payload) {
            (WRITE_PRICES, _) => {
                let (table, day) = payload.split_at_checked(price::LENGTH)?;
                let (&[start], prices) = (day, Prices::parse(table)?) else {
                    return None;
                };
                self.prices = prices;
                self.start_day = start;
                Some(status)
            }
            (WRITE_SETTLEMENT_DAY, &[day]) if is_day(day) => {
                self.settlement_day = day;
                Some(status)
            }
            (WRITE_READING_DAY, &[day]) if is_day(day) => {
                self.reading_day = day;
                Some(status)
            }
            (WRITE_PURCHASE, _) => self.buy(payload),
            (WRITE_KEY, _) => {
                self.key_version = NewKey::parse(payload)?.version;
                Some(vec![self.key_version])
            }
            (WRITE_TIME, _) if self.setup.has_clock => {
                self.clock.set(read_clock(payload)?, now);
                Some(Vec::new())
            }
            (ENABLE_FACTORY, []) => Some(Vec::new()),
            (VALVE, &[code] | &[code, 0, 0, 0]) => self.move_valve(ValveCommand::of(code)?),
            _ => None,
        }
    }

    fn buy(&mut self, payload: &[u8]) -> Option<Vec<u8>> {
        let layout = self.setup.purchases;
        let (number, amount) = layout.read(payload)?;
        match self
            .books
            .buy(number, amount, layout.sequence, layout.amount.most())
        {
            Booked::Refused => return None,
            Booked::Repeated => {}
            Booked::Added => {
                if !self.held_closed && self.books.remaining > 0 {
                    self.valve = Valve::Open;
                }
            }
        }
        Some(match self.setup.write_answer {
            WriteAnswer::Echo => payload.to_vec(),
            WriteAnswer::Status => self.status().0.to_vec(),
        })
    }

    fn move_valve(&mut self, command: ValveCommand) -> Option<Vec<u8>> {
        match command {
            ValveCommand::Open => {
                self.held_closed = false;
                self.valve = Valve::Open;
            }
            ValveCommand::Close => {
                self.held_closed = true;
                self.valve = Valve::Closed;
            }
            // It moves once and stands where it stood.
            ValveCommand::Exercise => {}
            ValveCommand::HalfOpen => return None,
        }
        Some(self.status().0.to_vec())
    }

    fn obey(&mut self, asked: &Asked<'_>, now: WallTime) -> Option<Vec<u8>> {
        match (asked.function, asked.di) {
            (Function::Read, ADDRESS) | (Function::ReadAddress, ADDRESS) => Some(Vec::new()),
            (Function::Read, di) => self.read(di, now),
            (Function::ReadKeyVersion, KEY_VERSION) => Some(vec![self.key_version]),
            (Function::Write, di) => self.write(di, asked.payload, now),
            (Function::WriteSync, SYNCHRONISE) => {
                let [reading] = history(asked.payload)?[..] else {
                    return None;
                };
                let cubic_metres = reading.unit == CUBIC_METRES;
                self.setup.litres = u64::from(reading.hundredths.filter(|_| cubic_metres)?) * 10;
                Some(self.status().0.to_vec())
            }
            (Function::WriteAddress, WRITE_ADDRESS) => {
                let to =
                    Address::from_wire(self.setup.address.kind, asked.payload.try_into().ok()?);
                self.setup.address = Some(to).filter(|to| to.is_single())?;
                Some(Vec::new())
            }
            _ => None,
        }
    }
}

fn is_day(byte: u8) -> bool {
    bcd_to_u64(&[byte]).is_some_and(|day| (1..=31).contains(&day))
}

impl EmulatedMeter for PrepaidMeter {
    fn protocol(&self) -> Protocol {
        Protocol::Cjt188
    }

    fn hear(&mut self, frame: &[u8], now: WallTime) -> Option<Vec<u8>> {
        self.let_flow(now);
        let frame = Frame::parse(frame).ok()?;
        let own = self.setup.address;
        let asked = Asked::of(&frame, own)?;
        // "Whoever is there" may be read; a write to all would change every meter of the wire.
        if !frame.address().is_single()
            && asked.function != Function::Read
            && !asked.is_for_address()
        {
            return None;
        }
        let said = match self.obey(&asked, now) {
            Some(payload) => Said::Payload(payload),
            None => Said::Refusal,
        };
        asked.answer(self.setup.address, said, self.status())
    }

    fn describe(&self) -> Description {
        let places = match self.setup.charge {
            Charge::Money => 2,
            Charge::Volume => 1,
        };
        let amount = |value: u32| decimal(u64::from(value), places);
        Description {
            protocol: Protocol::Cjt188.name(),
            kind: format!(
                "prepaid {} meter",
                address_kind_name(self.setup.address.kind)
            ),
            address: format!("{:02X}-{}", self.setup.address.kind, self.setup.address),
            state: vec![
                Field::new("purchase_number", self.books.number.to_string()),
                Field::new("last_purchase", amount(self.books.last)),
                Field::new("cumulative", amount(self.books.cumulative)),
                Field::new("remaining", amount(self.books.remaining)),
                Field::new("valve", self.valve.word()),
                Field::with_unit("volume", Some(decimal(self.setup.litres, 3)), "m3"),
            ],
        }
    }
}
