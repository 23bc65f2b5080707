//! C=14 to C=1B: parameters, address, freezes, rate, passwords, clearing.

use super::ElectricityMeter;
use super::books::Books;
use super::parameters::{fits, writable};
use super::refuse::{NO_DATA, NOT_AUTHORISED, OTHER, RATE};
use crate::frame::bytes::array;
use crate::frame::dlt645::Address;
use crate::frame::dlt645::freeze::FreezeTime;
use crate::frame::dlt645::heard::{Permit, Write};
use crate::frame::dlt645::identifier::{find, known};
use crate::frame::dlt645::password::{Password, Protected};
use crate::frame::dlt645::purchase::CustomerNumber;
use crate::frame::dlt645::refusal::ErrorByte;
use crate::frame::wall_time::WallTime;
use crate::signer::Purpose;

/// How often the meter was programmed and cleared: `033000nn` to `033004nn`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    programmed: u32,
    meter_cleared: u32,
    demand_cleared: u32,
    events_cleared: u32,
    clock_set: u32,
}

impl Tally {
    /// The count of a kind, the byte DI1.
    pub(super) fn of(&self, kind: u8) -> u32 {
        match kind {
            0 => self.programmed,
            1 => self.meter_cleared,
            2 => self.demand_cleared,
            3 => self.events_cleared,
            4 => self.clock_set,
            _ => 0,
        }
    }
}

impl ElectricityMeter {
    /// C=14. Password or code first, then identifier, then value.
    pub(super) fn write(&mut self, write: Write<'_>, now: WallTime) -> Result<(), ErrorByte> {
        let time = self.clock.time(now);
        let value = match write.content {
            Protected::Plain(value) => {
                self.allow(write.permit.password, 4)?;
                value.to_vec()
            }
            protected => {
                let head = write.di.to_le_bytes();
                self.open_protected(Purpose::Parameter, &head, protected, time)?
            }
        };
        if !writable(write.di) || find(write.di).is_none() {
            return Err(NO_DATA);
        }
        if !fits(write.di, &value) {
            return Err(OTHER);
        }
        self.put(write.di, value, now).ok_or(OTHER)?;
        self.tally.programmed += 1;
        Ok(())
    }

    /// Takes a value that has the right form. `None` where it makes no sense.
    fn put(&mut self, di: u32, value: Vec<u8>, now: WallTime) -> Option<()> {
        let fen = || find(di)?.format.number(&value);
        match di {
            known::DATE | known::TIME => return self.set_clock(di, &value, now),
            known::ADDRESS => {
                let address = Address::from_wire(array(&value, 0)?);
                self.address = Some(address).filter(|address| address.is_single())?;
            }
            known::METER_NUMBER => self.number = array(&value, 0)?,
            known::CUSTOMER_NUMBER => {
                self.customer = CustomerNumber::from_wire(array(&value, 0)?);
            }
            known::OVERDRAFT_LIMIT => self.config.overdraft_limit = fen()?,
            known::HOARDING_LIMIT => self.config.hoarding_limit = fen()?,
            known::CLOSING_AMOUNT => self.config.closing_amount = fen()?,
            _ => {
                self.parameters.insert(di, value);
            }
        }
        Some(())
    }

    /// Date and time are two identifiers: each changes its own part of the clock.
    fn set_clock(&mut self, di: u32, value: &[u8], now: WallTime) -> Option<()> {
        let [second, minute, hour, day, month, year] = self.clock.time(now).to_bcd();
        let parts = match (di, value) {
            (known::DATE, &[_, day, month, year]) => [second, minute, hour, day, month, year],
            (_, &[second, minute, hour]) => [second, minute, hour, day, month, year],
            _ => return None,
        };
        self.clock.set(now, WallTime::from_bcd(parts)?);
        self.passed_to = Some(self.clock.time(now));
        self.tally.clock_set += 1;
        Some(())
    }

    /// C=15: only while the programming key is pressed.
    pub(super) fn write_address(&mut self, address: Address) -> Result<(), ErrorByte> {
        if !self.config.programming_key {
            return Err(NOT_AUTHORISED);
        }
        if !address.is_single() {
            return Err(OTHER);
        }
        self.address = address;
        Ok(())
    }

    /// C=16.
    pub(super) fn freeze(&mut self, freeze: FreezeTime, time: WallTime) {
        match freeze {
            FreezeTime::Now => {
                let reading = self.reading(time);
                self.energy.freeze_now(reading);
            }
            later => self.freeze = Some(later),
        }
    }

    /// C=17.
    pub(super) fn change_rate(&mut self, code: u8) -> Result<(), ErrorByte> {
        self.baud = self.config.rate_coding().rate(code).ok_or(RATE)?;
        Ok(())
    }

    /// C=18: a class may change its own password and those of weaker classes.
    pub(super) fn change_password(
        &mut self,
        di: u32,
        old: Password,
        new: Password,
    ) -> Result<(), ErrorByte> {
        self.allow(old, new.class)?;
        let place = match (di, new.class) {
            (0x0400_0C03, 2) => &mut self.password_02,
            (0x0400_0C05, 4) => &mut self.password_04,
            _ => return Err(NO_DATA),
        };
        *place = new;
        Ok(())
    }

    /// C=19.
    pub(super) fn clear_demand(&mut self, permit: Permit) -> Result<(), ErrorByte> {
        self.allow(permit.password, 4)?;
        self.energy.demand = None;
        self.tally.demand_cleared += 1;
        Ok(())
    }

    /// C=1A: energies, demand, freezes, load records and events. Money stays: a purchase that was paid for is nobody's to
    /// clear with a password.
    pub(super) fn clear_meter(&mut self, permit: Permit) -> Result<(), ErrorByte> {
        self.allow(permit.password, 2)?;
        self.energy.clear();
        self.clear_event_rows(u32::MAX);
        self.tally.meter_cleared += 1;
        Ok(())
    }

    /// C=1B: all events, or those of one kind. The clearings themselves are never forgotten, nor are purchases.
    pub(super) fn clear_events(&mut self, permit: Permit, di: u32) -> Result<(), ErrorByte> {
        self.allow(permit.password, 2)?;
        self.clear_event_rows(di);
        self.tally.events_cleared += 1;
        Ok(())
    }

    fn clear_event_rows(&mut self, di: u32) {
        let meant = |kind: u32| di == u32::MAX || di & 0xFFFF_FF00 == kind;
        if meant(0x1D00_0000) || meant(0x1D00_0100) {
            self.relay.trips.clear();
            self.relay.trip_count = 0;
        }
        if meant(0x1E00_0000) || meant(0x1E00_0100) {
            self.relay.closings.clear();
            self.relay.closing_count = 0;
        }
        if meant(0x0330_0000) {
            self.tally.programmed = 0;
        }
        if meant(0x0330_0400) {
            self.tally.clock_set = 0;
        }
    }

    /// Minutes between the order to trip and the trip.
    pub(super) fn trip_delay(&self) -> i64 {
        let value = self.parameters.get(&known::TRIP_DELAY);
        value
            .and_then(|bytes| find(known::TRIP_DELAY)?.format.number(bytes))
            .unwrap_or(0)
    }

    /// Books to begin with.
    pub(super) fn first_books(config: &super::MeterConfig) -> Books {
        Books {
            balance: config.balance,
            count: config.purchase_count,
            account_open: config.account_open || config.purchase_count > 0,
            ..Books::default()
        }
    }
}
