//! Reading the record that a meter keeps of one past day.

use jiff::civil::Date;

use super::driver::{Kind, MeterDriver};
use super::profile::{Frozen, Register, RegisterId};
use super::registers::Block;
use super::value::RegisterReading;
use super::{MeterError, dlt645::Electricity};
use crate::frame::bytes::{array, is_filler};
use crate::frame::wall_time::WallTime;
use crate::link::Link;

/// What a meter kept of one day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FrozenReading {
    /// When it made the record, by its own clock.
    pub at: WallTime,
    /// What the record holds.
    pub registers: Vec<RegisterReading>,
}

impl MeterDriver {
    /// The record the meter made on a day (most meters make it at midnight, when the day begins). `None` where the meter has
    /// none of that day. Records have no fixed place: a meter without power makes none, so the day is searched by the times
    /// of the records.
    ///
    /// # Errors
    /// Nothing was changed at the meter. [`MeterError::Unsupported`] for a profile without `[frozen]`.
    pub async fn frozen<L: Link>(
        &self,
        link: &mut L,
        day: Date,
    ) -> Result<Option<FrozenReading>, MeterError> {
        let (Some(frozen), Kind::Electricity(meter)) = (&self.profile().frozen, self.kind()) else {
            return Err(MeterError::Unsupported(
                "its profile has no readings of past days".to_owned(),
            ));
        };
        let Some((record, at)) = find(meter, link, frozen, day).await? else {
            return Ok(None);
        };
        let registers: Vec<Register> = frozen
            .registers
            .iter()
            .map(|register| Register {
                id: counted(&register.id, record),
                ..register.clone()
            })
            .collect();
        let readings = self.read_these(link, &registers).await?;
        // A record made between finding and reading would have shifted all of them by one.
        let still = time(meter, link, frozen, record).await?;
        if still != Some(at) {
            return Err(MeterError::Malformed(
                "the meter made a new record while this one was read; read it again".to_owned(),
            ));
        }
        Ok(Some(FrozenReading {
            at,
            registers: readings,
        }))
    }
}

/// The record of a day and its time: by halves, for the records lie in the order of time, the last one first.
async fn find<L: Link>(
    meter: &Electricity,
    link: &mut L,
    frozen: &Frozen,
    day: Date,
) -> Result<Option<(u8, WallTime)>, MeterError> {
    let (mut newest, mut oldest) = (1, frozen.most);
    let mut record = newest;
    while newest <= oldest {
        match time(meter, link, frozen, record).await? {
            Some(at) if at.to_civil().date() == day => return Ok(Some((record, at))),
            Some(at) if at.to_civil().date() > day => newest = record.saturating_add(1),
            // Too old, or never made: the day lies before it in the row.
            _ => oldest = record.saturating_sub(1),
        }
        record = newest + oldest.saturating_sub(newest) / 2;
    }
    Ok(None)
}

/// When a record was made; `None` where there is none.
async fn time<L: Link>(
    meter: &Electricity,
    link: &mut L,
    frozen: &Frozen,
    record: u8,
) -> Result<Option<WallTime>, MeterError> {
    let bytes = match meter
        .block(link, frozen.time | u32::from(record), 5)
        .await?
    {
        Block::Data(bytes) => bytes,
        Block::Refused(_) => return Ok(None),
    };
    if is_filler(&bytes, &[0xFF, 0x00]) {
        return Ok(None);
    }
    let moment = array::<5>(&bytes, 0).and_then(|[minute, hour, day, month, year]| {
        WallTime::from_bcd([0, minute, hour, day, month, year])
    });
    match moment {
        Some(moment) if bytes.len() == 5 => Ok(Some(moment)),
        _ => Err(MeterError::Malformed(format!(
            "{} is no time of a record",
            hex::encode_upper(&bytes)
        ))),
    }
}

fn counted(id: &RegisterId, record: u8) -> RegisterId {
    match id {
        RegisterId::Long(di) => RegisterId::Long(di | u32::from(record)),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests;
