//! An M-Bus meter, and what several of them at once look like on a wire.

mod overlay;
mod telegrams;

pub use overlay::together;

use super::{Description, EmulatedMeter};
use crate::decode::Field;
use crate::frame::Protocol;
use crate::frame::bytes::decimal;
use crate::frame::mbus::record::{Record, Records};
use crate::frame::mbus::{
    Address, BaudRate, Control, Frame, Information, Moment, SecondaryAddress, Selection, Value,
    medium_name,
};
use crate::frame::wall_time::WallTime;

/// What a meter is when it leaves the works.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MbusSetup {
    /// Its secondary address.
    pub meter: SecondaryAddress,
    /// Its primary address.
    pub primary: Address,
    /// How it tells its data.
    pub structure: Structure,
    /// What has flowed, in litres.
    pub litres: u64,
    /// What flows, in litres an hour.
    pub flow: u32,
}

/// How a meter tells its data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Structure {
    /// Records, in this many telegrams (at least one).
    Variable {
        /// Telegrams of one answer.
        telegrams: u8,
    },
    /// Two counters.
    Fixed,
}

/// A water meter on M-Bus, with a valve behind its digital output (bit 0: open).
#[derive(Clone, Debug)]
pub struct MbusMeter {
    setup: MbusSetup,
    selected: bool,
    rate: BaudRate,
    access: u8,
    /// The last answer and the frame count bit it was asked with; a master that uses the same bit again has not heard it.
    last: Option<(bool, Vec<u8>)>,
    /// Whether its valve is open.
    open: bool,
    /// By how many seconds its clock is ahead of the time of the place.
    ahead: i64,
    next: u8,
    /// What to tell in place of data, once: the code of an application error.
    error: Option<u8>,
    /// Since when the flow is counted.
    since: Option<WallTime>,
    /// Litres of a part of an hour.
    fraction: u64,
}

/// The application does not know the CI field (EN 13757-3, CI 70).
const UNKNOWN_INFORMATION: u8 = 1;
const SECONDS_AN_HOUR: u64 = 3600;

impl MbusMeter {
    /// A meter as it leaves the works.
    pub fn new(setup: MbusSetup) -> Self {
        MbusMeter {
            setup,
            selected: false,
            rate: BaudRate::B2400,
            access: 0,
            last: None,
            open: true,
            ahead: 0,
            next: 0,
            error: None,
            since: None,
            fraction: 0,
        }
    }

    /// Its primary address at present.
    pub fn primary(&self) -> Address {
        self.setup.primary
    }

    /// Its secondary address.
    pub fn secondary(&self) -> SecondaryAddress {
        self.setup.meter
    }

    fn is_meant(&self, address: Address) -> bool {
        address == self.setup.primary
            || address == Address::TEST
            || address == Address::BROADCAST
            || (address == Address::SELECTED && self.selected)
    }

    fn let_flow(&mut self, now: WallTime) {
        let seconds = self.since.map_or(0, |since| now.seconds_since(since));
        self.since = Some(now);
        // A clock that was set back lets nothing flow backwards.
        let seconds = u64::try_from(seconds).unwrap_or(0);
        if !self.open {
            return;
        }
        self.fraction += seconds * u64::from(self.setup.flow);
        self.setup.litres += self.fraction / SECONDS_AN_HOUR;
        self.fraction %= SECONDS_AN_HOUR;
    }

    fn restart_link(&mut self) {
        self.last = None;
        self.next = 0;
    }

    fn reset(&mut self, address: Address) -> Option<Vec<u8>> {
        if address == Address::SELECTED {
            self.selected = false;
        }
        self.restart_link();
        acknowledge(address)
    }

    /// The answer to a request with the same frame count bit as the one before: that master has not heard it.
    fn repeated(&self, control: Control) -> Option<Vec<u8>> {
        let count = control.frame_count()?;
        let (asked, answer) = self.last.as_ref()?;
        (*asked == count).then(|| answer.clone())
    }

    fn tell(&mut self, control: Control, now: WallTime) -> Option<Vec<u8>> {
        if let Some(again) = self.repeated(control) {
            return Some(again);
        }
        let telegram = match self.error.take() {
            Some(code) => Frame::Long {
                control: Control::RESPOND,
                address: self.setup.primary,
                information: Information::Error,
                data: &[code],
            }
            .encode()
            .ok()?,
            None => {
                let shown = now.plus_seconds(self.ahead)?;
                let state = telegrams::State {
                    setup: &self.setup,
                    access: self.access,
                    open: self.open,
                    now: shown,
                };
                let telegram = telegrams::telegram(&state, self.next)?;
                self.access = self.access.wrapping_add(1);
                self.next = match self.setup.structure {
                    Structure::Variable { telegrams } if self.next + 1 < telegrams => self.next + 1,
                    _ => 0,
                };
                telegram
            }
        };
        self.last = control.frame_count().map(|count| (count, telegram.clone()));
        Some(telegram)
    }

    fn select(&mut self, data: &[u8]) -> Option<Vec<u8>> {
        let wanted = data.first_chunk::<8>()?;
        self.selected = Selection::from_bytes(*wanted).fits(self.setup.meter);
        if !self.selected {
            return None;
        }
        self.restart_link();
        acknowledge(Address::SELECTED)
    }

    fn obey(&mut self, control: Control, information: Information, data: &[u8], now: WallTime) {
        match information {
            Information::SendData { high_first } => {
                for record in Records::new(data, high_first).flatten() {
                    self.take(&record, now);
                }
            }
            Information::ApplicationReset => self.next = 0,
            Information::SetBaud(rate) => self.rate = rate,
            Information::Synchronise => {}
            _ => self.error = Some(UNKNOWN_INFORMATION),
        }
        let acknowledged = acknowledge(self.setup.primary);
        self.last = control.frame_count().zip(acknowledged);
    }

    /// Takes a record a master sends.
    fn take(&mut self, record: &Record<'_>, now: WallTime) {
        match (record.quantity().as_str(), record.value) {
            ("address", Value::Integer(value)) => {
                let new = Address((value & 0xFF) as u8);
                if new.is_primary() {
                    self.setup.primary = new;
                }
            }
            ("digital_output", Value::Integer(bits)) => self.open = bits & 1 == 1,
            ("date_time", Value::Moment(moment)) => {
                let Moment {
                    year, month, day, ..
                } = moment;
                let set = moment
                    .time
                    .and_then(|(hour, minute)| WallTime::new(year, month, day, hour, minute, 0));
                if let Some(set) = set {
                    self.ahead = set.seconds_since(now);
                }
            }
            _ => {}
        }
    }
}

fn acknowledge(address: Address) -> Option<Vec<u8>> {
    (address != Address::BROADCAST)
        .then(|| Frame::Ack.encode().ok())
        .flatten()
}

impl EmulatedMeter for MbusMeter {
    fn protocol(&self) -> Protocol {
        Protocol::Mbus
    }

    fn hear(&mut self, frame: &[u8], now: WallTime) -> Option<Vec<u8>> {
        self.let_flow(now);
        match Frame::parse(frame).ok()? {
            Frame::Short { control, address } if self.is_meant(address) => {
                if control.is_reset() {
                    self.reset(address)
                } else if control.is_request_data() && address != Address::BROADCAST {
                    self.tell(control, now)
                } else if control == Control::request_alarm(false)
                    || control == Control::request_alarm(true)
                {
                    acknowledge(address)
                } else {
                    None
                }
            }
            Frame::Long {
                control,
                address: Address::SELECTED,
                information: Information::Select { high_first: false },
                data,
            } if control.is_send() => self.select(data),
            Frame::Long {
                control,
                address,
                information,
                data,
            } if control.is_send() && self.is_meant(address) => {
                if self.repeated(control).is_none() {
                    self.obey(control, information, data, now);
                }
                acknowledge(address)
            }
            _ => None,
        }
    }

    fn rate(&self) -> Option<u32> {
        Some(self.rate.baud())
    }

    fn describe(&self) -> Description {
        let structure = match self.setup.structure {
            Structure::Variable { .. } => "variable",
            Structure::Fixed => "fixed",
        };
        Description {
            protocol: Protocol::Mbus.name(),
            kind: format!(
                "{} meter, {structure} data",
                medium_name(self.setup.meter.medium)
            ),
            address: self.setup.meter.to_string(),
            state: vec![
                Field::new("primary_address", self.setup.primary.to_string()),
                Field::with_unit("volume", Some(decimal(self.setup.litres, 3)), "m3"),
                Field::new("valve", if self.open { "open" } else { "closed" }),
                Field::with_unit("flow", Some(decimal(u64::from(self.setup.flow), 3)), "m3/h"),
            ],
        }
    }
}

#[cfg(test)]
mod tests;
