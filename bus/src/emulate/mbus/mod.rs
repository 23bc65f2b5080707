//! An M-Bus meter, and what several of them at once look like on a wire.

mod overlay;
mod telegrams;

pub use overlay::together;

use super::{Description, EmulatedMeter};
use crate::decode::Field;
use crate::frame::Protocol;
use crate::frame::bytes::decimal;
use crate::frame::mbus::record::Records;
use crate::frame::mbus::{
    Address, BaudRate, Control, Frame, Information, SecondaryAddress, Selection, Value, medium_name,
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

/// A water meter on M-Bus.
#[derive(Clone, Debug)]
pub struct MbusMeter {
    setup: MbusSetup,
    selected: bool,
    rate: BaudRate,
    access: u8,
    /// The last telegram and the frame count bit it was asked with; a master that asks with the same bit has not heard it.
    last: Option<(bool, Vec<u8>)>,
    /// The frame count bit of the last write, which is carried out once.
    written: Option<bool>,
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
            written: None,
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
        self.fraction += seconds * u64::from(self.setup.flow);
        self.setup.litres += self.fraction / SECONDS_AN_HOUR;
        self.fraction %= SECONDS_AN_HOUR;
    }

    fn restart_link(&mut self) {
        self.last = None;
        self.written = None;
        self.next = 0;
    }

    fn reset(&mut self, address: Address) -> Option<Vec<u8>> {
        if address == Address::SELECTED {
            self.selected = false;
        }
        self.restart_link();
        acknowledge(address)
    }

    fn tell(&mut self, control: Control, now: WallTime) -> Option<Vec<u8>> {
        let count = control.frame_count()?;
        if let Some((asked, telegram)) = &self.last
            && *asked == count
        {
            return Some(telegram.clone());
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
                let telegram = telegrams::telegram(&self.setup, self.next, self.access, now)?;
                self.access = self.access.wrapping_add(1);
                self.next = match self.setup.structure {
                    Structure::Variable { telegrams } if self.next + 1 < telegrams => self.next + 1,
                    _ => 0,
                };
                telegram
            }
        };
        self.last = Some((count, telegram.clone()));
        Some(telegram)
    }

    fn select(&mut self, data: &[u8]) -> Option<Vec<u8>> {
        let wanted = data.first_chunk::<8>()?;
        self.selected = Selection::from_bytes(*wanted).fits(self.known_as());
        if !self.selected {
            return None;
        }
        self.restart_link();
        acknowledge(Address::SELECTED)
    }

    /// What selections compare with: a meter with the fixed structure has a number only.
    fn known_as(&self) -> SecondaryAddress {
        self.setup.meter
    }

    fn obey(&mut self, control: Control, information: Information, data: &[u8]) {
        let count = control.frame_count();
        if count.is_some() && self.written == count {
            return;
        }
        self.written = count;
        match information {
            Information::SendData { high_first } => {
                let new = Records::new(data, high_first).flatten().find_map(|record| {
                    match (record.quantity().as_str(), record.value) {
                        ("address", Value::Integer(value)) => u8::try_from(value & 0xFF).ok(),
                        _ => None,
                    }
                });
                if let Some(new) = new.map(Address).filter(|new| new.is_primary()) {
                    self.setup.primary = new;
                }
            }
            Information::ApplicationReset => self.next = 0,
            Information::SetBaud(rate) => self.rate = rate,
            Information::Synchronise => {}
            _ => self.error = Some(UNKNOWN_INFORMATION),
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
                self.obey(control, information, data);
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
                Field::with_unit("flow", Some(decimal(u64::from(self.setup.flow), 3)), "m3/h"),
            ],
        }
    }
}

#[cfg(test)]
mod tests;
