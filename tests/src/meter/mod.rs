//! Virtual meters: DL/T 645-2007 electricity meters without ESAM and CJ/T 188 water and gas meters, both prepaid, and M-Bus
//! meters, which are only read.
//!
//! They have framing of their own, written apart from the product's codecs: that both sides agree is the proof.

pub mod bcd;
mod books;
mod electricity;
mod electricity_clock;
mod electricity_purchase;
mod electricity_read;
mod fault;
mod heat;
mod receiver;
mod volume;
mod wire188;
mod wire645;
mod wire_mbus;

#[cfg(test)]
mod tests_188;
#[cfg(test)]
mod tests_645;
#[cfg(test)]
mod tests_clock;
#[cfg(test)]
mod tests_faults;
#[cfg(test)]
mod tests_mbus;

use serde::{Deserialize, Serialize};

pub use books::{Applied, Books, Keeper};
pub use electricity::{ElectricityConfig, ElectricityMeter, ErrorForm};
pub use fault::{Answer, Fault, FaultKind, FaultScope, Faults};
pub use heat::{HeatConfig, HeatMeter};
pub use volume::{DiOrder, VolumeConfig, VolumeMeter};
pub use wire_mbus::FrameMBus;
pub use wire188::Frame188;
pub use wire645::Frame645;

/// Any virtual meter.
#[derive(Debug)]
pub enum VirtualMeter {
    /// DL/T 645-2007.
    Electricity(ElectricityMeter),
    /// CJ/T 188.
    Volume(VolumeMeter),
    /// M-Bus.
    Heat(HeatMeter),
}

/// What an outside observer may know of a meter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MeterState {
    /// Address in digits, high first.
    pub meter: String,
    /// How often a request for this meter was heard.
    pub heard: u64,
    /// Number of the last purchase.
    pub count: u32,
    /// Balance in fen.
    pub balance: i64,
    /// Sum of all purchases in fen.
    pub cumulative: i64,
    /// Whether relay or valve is open to the utility.
    pub supply_on: bool,
    /// What it has counted, in hundredths of a unit.
    pub usage: u64,
    /// Seconds that its clock is ahead of the machine's; negative where it is behind.
    pub clock_ahead: i64,
    /// Every purchase applied.
    pub applied: Vec<Applied>,
}

impl VirtualMeter {
    /// Takes bytes from the wire and says what the meter sends.
    pub fn hear(&mut self, bytes: &[u8]) -> Vec<Answer> {
        match self {
            VirtualMeter::Electricity(meter) => meter.hear(bytes),
            VirtualMeter::Volume(meter) => meter.hear(bytes),
            VirtualMeter::Heat(meter) => meter.hear(bytes),
        }
    }

    /// Address in digits, high first.
    pub fn address(&self) -> &str {
        match self {
            VirtualMeter::Electricity(meter) => &meter.config().address,
            VirtualMeter::Volume(meter) => &meter.config().address,
            VirtualMeter::Heat(meter) => &meter.config().address,
        }
    }

    /// Its switches for faults.
    pub fn faults(&mut self) -> &mut Faults {
        match self {
            VirtualMeter::Electricity(meter) => meter.faults(),
            VirtualMeter::Volume(meter) => meter.faults(),
            VirtualMeter::Heat(meter) => meter.faults(),
        }
    }

    /// Takes money for use, as consumption does.
    pub fn consume(&mut self, fen: i64) {
        match self {
            VirtualMeter::Electricity(meter) => meter.consume(fen),
            VirtualMeter::Volume(meter) => meter.consume(fen),
            VirtualMeter::Heat(meter) => meter.consume(fen),
        }
    }

    /// Counts hundredths of a unit, and takes money for them where the meter keeps any; nothing where it is switched off.
    pub fn use_up(&mut self, hundredths: u32, fen: i64) {
        match self {
            VirtualMeter::Electricity(meter) => meter.use_up(hundredths, fen),
            VirtualMeter::Volume(meter) => meter.use_up(hundredths, fen),
            VirtualMeter::Heat(meter) => meter.consume(i64::from(hundredths)),
        }
    }

    /// Its clock runs so many seconds ahead from now on, as the years make it. A heat meter tells no time.
    pub fn clock_ahead(&mut self, seconds: i64) {
        match self {
            VirtualMeter::Electricity(meter) => meter.clock_ahead(seconds),
            VirtualMeter::Volume(meter) => meter.clock_ahead(seconds),
            VirtualMeter::Heat(_) => {}
        }
    }

    /// What an outside observer may know.
    pub fn state(&self) -> MeterState {
        let (books, heard) = match self {
            VirtualMeter::Electricity(meter) => (meter.books(), meter.heard()),
            VirtualMeter::Volume(meter) => (meter.books(), meter.heard()),
            VirtualMeter::Heat(meter) => (meter.books(), meter.heard()),
        };
        MeterState {
            meter: self.address().to_owned(),
            heard,
            count: books.number,
            balance: books.balance,
            cumulative: books.cumulative,
            supply_on: books.supply_on,
            usage: books.usage,
            clock_ahead: books.clock_ahead,
            applied: books.applied.clone(),
        }
    }
}
