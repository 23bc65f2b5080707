//! M-Bus meters: only read, all records of all telegrams at once, by primary or secondary address.

use std::time::Duration;

use super::MeterError;
use super::profile::{RecordId, Register, RegisterId, STATUS_BYTE};
use super::value::{RegisterReading, RegisterValue};
use crate::frame::mbus::record::{Function, Record};
use crate::frame::mbus::{Address, Selection};
use crate::link::{Link, LinkError, SerialSettings};
use crate::mbus::{LinkWire, MbusError, Reading, Session, Timing};

/// One M-Bus meter.
#[derive(Debug)]
pub(super) struct MbusMeter {
    pub(super) address: MbusAddress,
    pub(super) baud: u32,
    /// For adapters, drivers and the network on the way.
    pub(super) margin: Duration,
}

/// How an M-Bus meter is addressed.
#[derive(Clone, Copy, Debug)]
pub(super) enum MbusAddress {
    Primary(Address),
    Secondary(Selection),
}

/// A link that is somebody else's.
struct Lent<'a, L>(&'a mut L);

impl<L: Link> Link for Lent<'_, L> {
    async fn exchange(
        &mut self,
        request: &[u8],
        belongs: &(dyn Fn(&[u8]) -> bool + Sync),
        patience: Duration,
    ) -> Result<Vec<u8>, LinkError> {
        self.0.exchange(request, belongs, patience).await
    }
}

impl MbusMeter {
    /// A meter on a wire of `baud`, with `margin` for the way.
    pub(super) fn new(address: MbusAddress, baud: u32, margin: Duration) -> Self {
        MbusMeter {
            address,
            baud,
            margin,
        }
    }

    /// The registers out of one reading of the meter.
    pub(super) async fn registers<L: Link>(
        &self,
        link: &mut L,
        registers: &[Register],
    ) -> Result<Vec<RegisterReading>, MeterError> {
        let timing = Timing {
            settings: SerialSettings {
                baud: self.baud,
                ..SerialSettings::default()
            },
            latency: self.margin,
        };
        let mut session = Session::new(LinkWire::new(Lent(link), timing));
        let read = match self.address {
            MbusAddress::Primary(address) => session.read(address).await,
            MbusAddress::Secondary(selection) => session.read_selected(selection).await,
        };
        let reading = read.map_err(|error| failure(error, timing.whole_answer()))?;
        let mut found = Vec::with_capacity(registers.len());
        for register in registers {
            found.push(match &register.id {
                RegisterId::Record(id) => value_of(register, id, &reading),
                other => RegisterReading::without_value(
                    register,
                    RegisterValue::Refused(format!("{other} is no record of M-Bus")),
                ),
            });
        }
        Ok(found)
    }
}

fn failure(error: MbusError, waited: Duration) -> MeterError {
    match error {
        MbusError::Link(error) => MeterError::Link(error),
        MbusError::Silent(_) => MeterError::Link(LinkError::NoAnswer(waited)),
        MbusError::Application(why) => MeterError::Refused(why.to_owned()),
        other => MeterError::Malformed(other.to_string()),
    }
}

/// The register's record, the first that fits.
fn value_of(register: &Register, id: &RecordId, reading: &Reading) -> RegisterReading {
    if id.label == STATUS_BYTE {
        return match reading.header() {
            Some(header) => RegisterReading::of_block(register, &[header.status]),
            None => RegisterReading::without_value(register, RegisterValue::Absent),
        };
    }
    let fits = |record: &Record<'_>| {
        record.storage == id.storage
            && record.tariff == id.tariff
            && record.subunit == id.subunit
            && record.function == Function::Instantaneous
            && record.quantity() == id.label
    };
    let record = reading.records().filter_map(Result::ok).find(fits);
    let mut found = RegisterReading::without_value(register, RegisterValue::Absent);
    if let Some(record) = record {
        found.unit = record.unit().map(std::borrow::Cow::into_owned);
        found.raw = record.raw.to_vec();
        if let Some(text) = record.text() {
            found.value = match text.parse() {
                Ok(number) => RegisterValue::Number(number),
                Err(_) => RegisterValue::Text(text),
            };
        }
    }
    found
}

#[cfg(test)]
mod tests;
