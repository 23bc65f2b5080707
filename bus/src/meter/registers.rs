//! Reading registers: one exchange for each identifier, whatever number of registers is cut out of its answer.

use super::MeterError;
use super::driver::{Kind, MeterDriver};
use super::profile::{Register, RegisterId, Unit};
use super::value::{RegisterReading, RegisterValue};
use crate::link::Link;

/// What a meter answered to one identifier.
pub(super) enum Block {
    /// What follows the identifier.
    Data(Vec<u8>),
    /// It has no such thing, in words.
    Refused(String),
}

impl MeterDriver {
    /// The registers of the profile, in its order: each with its exact value, its unit and the raw bytes.
    ///
    /// A register the meter refuses or tells wrongly is reported as such and costs the others nothing. When the meter falls
    /// silent no more is asked of it, and the rest comes back as [`RegisterValue::Unread`].
    ///
    /// # Errors
    /// Not one register could be read, for the reason that kept the first one from being read.
    pub async fn read_registers<L: Link>(
        &self,
        link: &mut L,
    ) -> Result<Vec<RegisterReading>, MeterError> {
        self.read_these(link, &self.profile().registers).await
    }

    /// The same for any registers of the profile's protocol, such as those of one schedule.
    ///
    /// # Errors
    /// As [`read_registers`](MeterDriver::read_registers).
    pub async fn read_these<L: Link>(
        &self,
        link: &mut L,
        registers: &[Register],
    ) -> Result<Vec<RegisterReading>, MeterError> {
        if let Kind::Mbus(meter) = self.kind() {
            return meter.registers(link, registers).await;
        }
        let mut readings: Vec<Option<RegisterReading>> = vec![None; registers.len()];
        let mut silence: Option<MeterError> = None;
        for register in registers {
            let done = registers
                .iter()
                .zip(&readings)
                .any(|(other, reading)| other.id == register.id && reading.is_some());
            if done || silence.is_some() {
                continue;
            }
            let block = match self
                .block(link, &register.id, length(registers, register))
                .await
            {
                Ok(block) => Ok(block),
                Err(MeterError::Malformed(why)) => Err(why),
                Err(error) => {
                    silence = Some(error);
                    continue;
                }
            };
            for (other, reading) in registers.iter().zip(&mut readings) {
                if other.id == register.id {
                    *reading = Some(of_answer(other, &block));
                }
            }
        }
        match silence {
            Some(error) if readings.iter().all(Option::is_none) => Err(error),
            silence => Ok(complete(registers, readings, silence)),
        }
    }

    async fn block<L: Link>(
        &self,
        link: &mut L,
        id: &RegisterId,
        count: usize,
    ) -> Result<Block, MeterError> {
        match (self.kind(), id) {
            (Kind::Electricity(meter), RegisterId::Long(di)) => meter.block(link, *di, count).await,
            (Kind::OldElectricity(meter), RegisterId::Short(di)) => {
                meter.block(link, *di, count).await
            }
            (Kind::Water(meter), RegisterId::Short(di)) => meter.block(link, *di, count).await,
            (_, id) => Err(MeterError::Unsupported(format!(
                "{id} is no identifier of its protocol"
            ))),
        }
    }
}

/// How long the answer to a register's identifier is at least.
fn length(registers: &[Register], register: &Register) -> usize {
    let ends = registers.iter().filter(|other| other.id == register.id);
    ends.map(|other| other.at + other.bytes + usize::from(other.unit == Unit::Told))
        .max()
        .unwrap_or_default()
}

fn of_answer(register: &Register, block: &Result<Block, String>) -> RegisterReading {
    match block {
        Ok(Block::Data(data)) => RegisterReading::of_block(register, data),
        Ok(Block::Refused(why)) => {
            RegisterReading::without_value(register, RegisterValue::Refused(why.clone()))
        }
        Err(why) => RegisterReading::without_value(register, RegisterValue::Malformed(why.clone())),
    }
}

fn complete(
    registers: &[Register],
    readings: Vec<Option<RegisterReading>>,
    silence: Option<MeterError>,
) -> Vec<RegisterReading> {
    let why = silence.map_or_else(String::new, |error| error.to_string());
    let unread =
        |register| RegisterReading::without_value(register, RegisterValue::Unread(why.clone()));
    let pairs = registers.iter().zip(readings);
    pairs
        .map(|(register, reading)| reading.unwrap_or_else(|| unread(register)))
        .collect()
}

#[cfg(test)]
mod tests;
