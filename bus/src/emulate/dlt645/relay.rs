//! The relay: C=1C, and what money does to it.

use super::ElectricityMeter;
use crate::frame::dlt645::password::Protected;
use crate::frame::dlt645::refusal::ErrorByte;
use crate::frame::dlt645::relay::{ProtectedOrder, RelayCommand, RelayOrder};
use crate::frame::wall_time::WallTime;
use crate::signer::Purpose;

use super::refuse::{NOT_AUTHORISED, OTHER};

/// Minutes of one step of N2 in a trip that recovers by itself.
const STEP_MINUTES: i64 = 5;

/// The relay, the alarm and the lock against trips.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Relay {
    pub(super) closed: bool,
    /// Told to be open, which precedes the trip where there is a delay.
    pub(super) told_open: bool,
    /// Open for want of money, not by command.
    pub(super) for_money: bool,
    /// May be closed at the meter's button.
    pub(super) allowed: bool,
    pub(super) alarm: bool,
    /// Trips are ignored.
    pub(super) keep: bool,
    /// Times of trips and closings, the last first.
    pub(super) trips: Vec<WallTime>,
    pub(super) closings: Vec<WallTime>,
    pub(super) trip_count: u32,
    pub(super) closing_count: u32,
}

impl Default for Relay {
    fn default() -> Self {
        Relay {
            closed: true,
            told_open: false,
            for_money: false,
            allowed: false,
            alarm: false,
            keep: false,
            trips: Vec::new(),
            closings: Vec::new(),
            trip_count: 0,
            closing_count: 0,
        }
    }
}

impl ElectricityMeter {
    /// C=1C. The order is checked for its password or code, its time, and whether it may be done.
    pub(super) fn command(
        &mut self,
        order: ProtectedOrder<'_>,
        time: WallTime,
    ) -> Result<(), ErrorByte> {
        let command = self.uncover(order, time)?;
        let order = RelayOrder::of_parts(order.password, order.operator, command).ok_or(OTHER)?;
        let plain = matches!(order.password.class, 0..=9);
        let trips = matches!(
            order.command,
            RelayCommand::Trip | RelayCommand::TripAndRecover(_)
        );
        if plain && trips && !self.config.password_trip {
            return Err(NOT_AUTHORISED);
        }
        if order.valid_until < time || (trips && self.relay.keep) {
            return Err(OTHER);
        }
        self.obey(order, time);
        Ok(())
    }

    /// N1 to N8 in clear, whatever protected them.
    fn uncover(&mut self, order: ProtectedOrder<'_>, time: WallTime) -> Result<[u8; 8], ErrorByte> {
        let command = match order.content {
            Protected::Plain(command) => {
                self.allow(order.password, 2)?;
                command.to_vec()
            }
            protected => self.open_protected(Purpose::Control, &[], protected, time)?,
        };
        command.try_into().map_err(|_| OTHER)
    }

    fn obey(&mut self, order: RelayOrder, time: WallTime) {
        match order.command {
            RelayCommand::Trip => self.trip(time),
            RelayCommand::TripAndRecover(_) => {
                self.open_relay(time);
                self.recover_at = time.plus_seconds(i64::from(order.delay) * STEP_MINUTES * 60);
            }
            RelayCommand::AllowClose if self.config.button => {
                self.relay.allowed = true;
                self.relay.told_open = false;
                self.trip_at = None;
            }
            RelayCommand::AllowClose | RelayCommand::Close => {
                self.recover_at = None;
                self.close_relay(time);
            }
            RelayCommand::Alarm => self.relay.alarm = true,
            RelayCommand::AlarmOff => self.relay.alarm = false,
            RelayCommand::KeepPower => {
                self.relay.keep = true;
                self.close_relay(time);
            }
            RelayCommand::KeepPowerOff => self.relay.keep = false,
        }
    }

    /// Trips at once, or after the trip delay.
    fn trip(&mut self, time: WallTime) {
        self.relay.told_open = true;
        self.relay.allowed = false;
        self.recover_at = None;
        match self.trip_delay() {
            0 => self.open_relay(time),
            minutes => self.trip_at = time.plus_seconds(minutes * 60),
        }
    }

    /// Opens the relay and counts it.
    pub(super) fn open_relay(&mut self, time: WallTime) {
        self.relay.told_open = true;
        self.relay.for_money = false;
        self.trip_at = None;
        if std::mem::take(&mut self.relay.closed) {
            self.relay.trip_count += 1;
            self.relay.trips.insert(0, time);
            self.relay.trips.truncate(10);
        }
    }

    /// Closes the relay and counts it.
    pub(super) fn close_relay(&mut self, time: WallTime) {
        self.relay.told_open = false;
        self.relay.for_money = false;
        self.relay.allowed = false;
        self.trip_at = None;
        if !std::mem::replace(&mut self.relay.closed, true) {
            self.relay.closing_count += 1;
            self.relay.closings.insert(0, time);
            self.relay.closings.truncate(10);
        }
    }

    /// The money has ended.
    pub(super) fn open_for_want_of_money(&mut self, time: WallTime) {
        if self.relay.closed && !self.relay.keep {
            self.open_relay(time);
            self.relay.for_money = true;
        }
    }

    /// Money has come: a relay that opened for want of it may close.
    pub(super) fn close_after_purchase(&mut self, time: WallTime) {
        if self.relay.for_money && self.books.balance >= self.config.closing_amount {
            match self.config.button {
                true => {
                    self.relay.allowed = true;
                    self.relay.told_open = false;
                }
                false => self.close_relay(time),
            }
        }
    }

    /// Presses the button that closes the relay where that is allowed. Returns whether the relay is closed now.
    pub fn press_button(&mut self, now: WallTime) -> bool {
        self.pass(now);
        if self.relay.allowed {
            let time = self.clock.time(now);
            self.close_relay(time);
        }
        self.relay.closed
    }

    /// Watts that flow.
    pub(super) fn watts(&self) -> u32 {
        match self.relay.closed {
            true => self.config.load_watts,
            false => 0,
        }
    }
}
