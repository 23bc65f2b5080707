//! An electricity meter on DL/T 645-2007, and 1997 where it is told to: prepaid without ESAM, with ESAM, in the order-number
//! dialect, or not prepaid at all.
//!
//! It is the meter's side of the codec: everything a master can send is carried out or refused the way the firmwares and field
//! reports in `docs/bus/dlt645.md` do it. It keeps its books in memory.

mod books;
mod clock;
mod config;
mod energy;
mod long;
mod parameters;
mod passing;
mod purchase;
mod read;
mod refuse;
mod relay;
mod security;
mod session;
mod write;
mod y1997;

pub use config::{BadConfig, ErrorForm, MeterConfig, Prepayment};

use super::{Description, EmulatedMeter};
use crate::amount::Amount;
use crate::decode::Field;
use crate::frame::Protocol;
use crate::frame::bytes::{decimal, digits};
use crate::frame::dlt645::freeze::FreezeTime;
use crate::frame::dlt645::heard::{self, Heard};
use crate::frame::dlt645::password::Password;
use crate::frame::dlt645::purchase::CustomerNumber;
use crate::frame::dlt645::rate::Output;
use crate::frame::dlt645::refusal::ErrorByte;
use crate::frame::dlt645::security::only_asks;
use crate::frame::dlt645::{Address, Frame, Function, reply};
use crate::frame::wall_time::WallTime;
use crate::signer::Esam;

use books::Books;
use clock::Clock;
use energy::{Energy, HUNDREDTH};
use long::LongAnswer;
use parameters::{Parameters, factory, settlements};
use refuse::{NO_DATA, OTHER};
use relay::Relay;
use session::Session;
use write::Tally;

/// The meter.
pub struct ElectricityMeter {
    config: MeterConfig,
    address: Address,
    number: [u8; 6],
    customer: CustomerNumber,
    password_02: Password,
    password_04: Password,
    baud: u32,
    books: Books,
    energy: Energy,
    relay: Relay,
    session: Session,
    tally: Tally,
    parameters: Parameters,
    clock: Clock,
    output: Option<Output>,
    long: LongAnswer,
    freeze: Option<FreezeTime>,
    trip_at: Option<WallTime>,
    recover_at: Option<WallTime>,
    /// Up to when, by its own clock, time has passed for the meter.
    passed_to: Option<WallTime>,
    esam: Option<Box<dyn Esam>>,
}

/// How a request names this meter.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Call {
    ByAddress,
    ByWildcard,
    Broadcast,
}

impl ElectricityMeter {
    /// A meter without a security module. One configured to have an ESAM then refuses everything that needs it.
    ///
    /// # Errors
    /// [`BadConfig`] names what is wrong and what would be right.
    pub fn new(config: MeterConfig) -> Result<Self, BadConfig> {
        let identity = config.identity()?;
        let energy = Energy {
            watt_seconds: config.energy.saturating_mul(HUNDREDTH),
            ..Energy::default()
        };
        let mut meter = ElectricityMeter {
            address: identity.address,
            number: identity.number,
            customer: identity.customer,
            password_02: identity.password_02,
            password_04: identity.password_04,
            baud: config.baud,
            books: ElectricityMeter::first_books(&config),
            energy,
            relay: Relay::default(),
            session: Session::default(),
            tally: Tally::default(),
            parameters: factory(),
            clock: Clock::default(),
            output: None,
            long: LongAnswer::default(),
            freeze: None,
            trip_at: None,
            recover_at: None,
            passed_to: None,
            esam: None,
            config,
        };
        // A meter that begins without money begins with its relay open.
        let broke = meter.books.balance <= -meter.config.overdraft_limit;
        if meter.sells() && meter.config.price > 0 && broke {
            meter.relay.closed = false;
            meter.relay.told_open = true;
            meter.relay.for_money = true;
        }
        Ok(meter)
    }

    /// The same with a security module.
    pub fn with_esam(mut self, esam: Box<dyn Esam>) -> Self {
        self.esam = Some(esam);
        self
    }

    /// The balance in fen; below zero is an overdraft.
    pub fn balance(&self) -> i64 {
        self.books.balance
    }

    /// The number of purchases.
    pub fn purchase_count(&self) -> u32 {
        self.books.count
    }

    /// Whether current can flow.
    pub fn supplies(&self) -> bool {
        self.relay.closed
    }

    /// Changes what hangs on the meter, in watts.
    pub fn set_load(&mut self, watts: u32, now: WallTime) {
        self.pass(now);
        self.config.load_watts = watts;
    }

    /// Presses or releases the programming key.
    pub fn set_programming_key(&mut self, pressed: bool) {
        self.config.programming_key = pressed;
    }

    /// Moves the meter's clock by seconds, as a bad crystal does in the course of months.
    pub fn drift(&mut self, seconds: i64, now: WallTime) {
        self.pass(now);
        if let Some(to) = self.clock.time(now).plus_seconds(seconds) {
            self.clock.set(now, to);
            self.passed_to = Some(to);
        }
    }

    fn call(&self, asked: Address) -> Option<Call> {
        if asked == Address::BROADCAST {
            return Some(Call::Broadcast);
        }
        if asked == self.address {
            return Some(Call::ByAddress);
        }
        asked.reaches(self.address).then_some(Call::ByWildcard)
    }

    fn carry_out(&mut self, heard: Heard<'_>, call: Call, now: WallTime) -> Option<Frame> {
        let time = self.clock.time(now);
        match heard {
            Heard::BroadcastTime(to) => {
                if call == Call::Broadcast {
                    self.take_broadcast(now, to);
                }
                None
            }
            Heard::Freeze(freeze) => {
                self.freeze(freeze, time);
                self.answer_unless_broadcast(call, Function::Freeze)
            }
            Heard::Output(output) => {
                let Some(output) = output else {
                    return Some(self.refused(Function::Output, OTHER));
                };
                self.output = Some(output);
                (call != Call::Broadcast)
                    .then(|| reply::done_with(self.address, Function::Output, [output.code()]))
            }
            _ if call == Call::Broadcast => None,
            _ if call == Call::ByWildcard && !may_be_wildcard(&heard) => None,
            Heard::Security(request) => Some(self.answer_security(request, time)),
            Heard::Read { di, part } => Some(self.answer_read(di, part, time)),
            Heard::ReadNext { di, sequence } => {
                let next = self.long.fetch(self.address, di, sequence);
                Some(next.unwrap_or_else(|| self.refused(Function::ReadNext, NO_DATA)))
            }
            Heard::ReadAddress => Some(reply::address(self.address)),
            Heard::Read1997(di) => self.answer_1997(di, time),
            Heard::Unknown(_) => None,
            command => Some(self.obeyed(command, now, time)),
        }
    }

    /// C=14, 15, 17 to 1C: done or refused.
    fn obeyed(&mut self, heard: Heard<'_>, now: WallTime, time: WallTime) -> Frame {
        let (function, done) = match heard {
            Heard::Write(write) => (Function::Write, self.write(write, now)),
            Heard::WriteAddress(address) => (Function::WriteAddress, self.write_address(address)),
            Heard::ChangeRate(code) => {
                if let Err(error) = self.change_rate(code) {
                    return self.refused(Function::ChangeRate, error);
                }
                return reply::done_with(self.address, Function::ChangeRate, [code]);
            }
            Heard::ChangePassword { di, old, new } => {
                if let Err(error) = self.change_password(di, old, new) {
                    return self.refused(Function::ChangePassword, error);
                }
                let echo = new.to_wire();
                return reply::done_with(self.address, Function::ChangePassword, echo);
            }
            Heard::ClearDemand(permit) => (Function::ClearDemand, self.clear_demand(permit)),
            Heard::ClearMeter(permit) => (Function::ClearMeter, self.clear_meter(permit)),
            Heard::ClearEvents { permit, di } => {
                (Function::ClearEvents, self.clear_events(permit, di))
            }
            Heard::Relay(order) => (Function::Relay, self.command(order, time)),
            _ => (Function::Read, Err(OTHER)),
        };
        match done {
            Ok(()) => reply::done(self.address, function),
            Err(error) => self.refused(function, error),
        }
    }

    fn take_broadcast(&mut self, now: WallTime, to: WallTime) {
        let settlements = settlements(&self.parameters);
        if self.clock.broadcast(now, to, &settlements) {
            self.passed_to = Some(self.clock.time(now));
        }
    }

    fn answer_unless_broadcast(&self, call: Call, function: Function) -> Option<Frame> {
        (call != Call::Broadcast).then(|| reply::done(self.address, function))
    }

    fn answer_security(
        &mut self,
        request: crate::frame::dlt645::security::SecurityRequest<'_>,
        time: WallTime,
    ) -> Frame {
        let refused = |meter: &Self, refusal: refuse::Refusal| {
            reply::security_refused(meter.address, refusal.said(meter.config.errors))
        };
        match self.security(request, time) {
            Ok(data) => {
                let di = request.di.to_le_bytes();
                reply::data(self.address, Function::Security, &di, &data, false)
                    .unwrap_or_else(|_| refused(self, refuse::Refusal::Other))
            }
            Err(refusal) => refused(self, refusal),
        }
    }

    fn answer_read(&mut self, di: u32, part: heard::ReadPart, time: WallTime) -> Frame {
        let answer = self.read(di, part, time).and_then(|data| {
            LongAnswer::begin(self.address, di, &data, self.config.longest_answer).ok()
        });
        match answer {
            Some((frame, long)) => {
                self.long = long;
                frame
            }
            None => self.refused(Function::Read, NO_DATA),
        }
    }

    /// A meter that does not speak 1997 is silent, as it is to everything it does not know.
    fn answer_1997(&self, di: u16, time: WallTime) -> Option<Frame> {
        if !self.config.edition_1997 {
            return None;
        }
        let answer = self.read_1997(di, time).and_then(|data| {
            let function = Function::Read1997;
            reply::data(self.address, function, &di.to_le_bytes(), &data, false).ok()
        });
        Some(answer.unwrap_or_else(|| self.refused(Function::Read1997, NO_DATA)))
    }

    fn refused(&self, function: Function, error: ErrorByte) -> Frame {
        reply::refused(self.address, function, error)
    }
}

/// Whether a request may go to a wildcard: none that writes or commands, and of C=03 only what asks. The address is written
/// to a wildcard only.
fn may_be_wildcard(heard: &Heard<'_>) -> bool {
    match heard {
        Heard::Write(_)
        | Heard::ChangeRate(_)
        | Heard::ClearDemand(_)
        | Heard::ClearMeter(_)
        | Heard::ClearEvents { .. }
        | Heard::Relay(_) => false,
        Heard::Security(request) => only_asks(request.di),
        _ => true,
    }
}

impl EmulatedMeter for ElectricityMeter {
    fn protocol(&self) -> Protocol {
        Protocol::Dlt645
    }

    fn hear(&mut self, frame: &[u8], now: WallTime) -> Option<Vec<u8>> {
        self.pass(now);
        let frame = Frame::parse(frame).ok()?;
        let call = self.call(frame.address())?;
        let heard = heard::parse(&frame).ok();
        match heard {
            Some(heard) => self.carry_out(heard, call, now).map(|frame| frame.encode()),
            // A layout of the wrong length: refused where a meter answers at all.
            None if call == Call::ByAddress && !frame.control().from_meter() => {
                let function = frame.control().function();
                let answer = match function {
                    Function::Security => {
                        let error = refuse::Refusal::Length.said(self.config.errors);
                        reply::security_refused(self.address, error)
                    }
                    Function::BroadcastTime => return None,
                    function => self.refused(function, OTHER),
                };
                Some(answer.encode())
            }
            None => None,
        }
    }

    fn rate(&self) -> Option<u32> {
        Some(self.baud)
    }

    fn describe(&self) -> Description {
        let kind = match self.config.prepayment {
            Prepayment::None => "electricity meter",
            Prepayment::Plain => "prepaid electricity meter without ESAM",
            Prepayment::Esam => "prepaid electricity meter with ESAM",
            Prepayment::OrderNumber => "prepaid electricity meter, order-number dialect",
        };
        let hundredths = self.energy.watt_seconds / HUNDREDTH;
        let mut state = vec![
            Field::with_unit("energy", Some(decimal(hundredths, 2)), "kWh"),
            Field::new("relay", if self.relay.closed { "closed" } else { "open" }),
            Field::with_unit("rate", Some(self.baud.to_string()), "baud"),
            Field::new("meter_number", digits(&self.number)),
        ];
        if self.sells() {
            let balance = Amount(self.books.balance).to_string();
            state.extend([
                Field::with_unit("balance", Some(balance), "yuan"),
                Field::new("purchase_count", self.books.count.to_string()),
                Field::new("customer_number", self.customer.to_string()),
                Field::new("account_open", self.books.account_open.to_string()),
            ]);
        }
        if let Some(output) = self.output {
            state.push(Field::new("output", output.word()));
        }
        Description {
            protocol: Protocol::Dlt645.name(),
            kind: kind.to_owned(),
            address: self.address.to_string(),
            state,
        }
    }
}

#[cfg(test)]
mod tests;
