//! Reading the energy totals that a meter kept at its last settlement days.

use super::driver::{Kind, MeterDriver};
use super::profile::Capability;
use super::registers::Block;
use super::{Decimal, MeterError, dlt645::Electricity};
use crate::frame::bytes::{bcd_to_u64, is_filler};
use crate::frame::dlt645::identifier::known;
use crate::link::Link;

/// A meter keeps so many settlement days (DL/T 645-2007, annex A, table A.1: DI0 is 01 to 0C).
const SETTLEMENTS_KEPT: u8 = 12;
/// DI0 for the running total and all settlement days in one answer. In the tables of DL/T 645-2007 `FF` in DI1 stands for all tariffs or phases; that it
/// may stand in DI0 for all settlement days was not read there, so a meter that refuses it is asked for one after the other.
const ALL: u32 = 0xFF;
/// A total is `XXXXXX.XX` kWh.
const TOTAL_BYTES: usize = 4;
const PLACES: u8 = 2;

/// What a meter counted up to now and up to its last settlement days, in kWh.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settlements {
    /// The day of the month on which it settles.
    pub day: u8,
    /// The full hour of that day.
    pub hour: u8,
    /// The running total.
    pub now: Decimal,
    /// The totals at its settlement days, the last one first, as many as it has.
    pub totals: Vec<Decimal>,
}

impl MeterDriver {
    /// The totals at the last settlement days. Only reads: three exchanges where the meter tells all totals at once, else one more for
    /// each that it has.
    ///
    /// # Errors
    /// [`MeterError::Unsupported`] for a profile without the capability `settlements`, and for a meter that settles more than once a month.
    pub async fn settlements<L: Link>(&self, link: &mut L) -> Result<Settlements, MeterError> {
        let (true, Kind::Electricity(meter)) =
            (self.profile().can(Capability::Settlements), self.kind())
        else {
            return Err(MeterError::Unsupported(
                "its profile has no readings of settlement days".to_owned(),
            ));
        };
        let (day, hour) = monthly(meter, link).await?;
        let mut totals = match all(meter, link).await? {
            Some(totals) => totals,
            None => one_by_one(meter, link).await?,
        };
        let now = match totals.is_empty() {
            true => return Err(malformed("no running total")),
            false => totals.remove(0),
        };
        Ok(Settlements {
            day,
            hour,
            now,
            totals,
        })
    }
}

fn malformed(why: &str) -> MeterError {
    MeterError::Malformed(why.to_owned())
}

/// The one settlement day of the month and its hour.
async fn monthly<L: Link>(meter: &Electricity, link: &mut L) -> Result<(u8, u8), MeterError> {
    let Some(first) = settles(meter, link, known::SETTLEMENT_DAY_1).await? else {
        return Err(malformed("the meter settles on no day"));
    };
    match settles(meter, link, known::SETTLEMENT_DAY_2).await? {
        None => Ok(first),
        Some(second) if second == first => Ok(first),
        Some(_) => Err(MeterError::Unsupported(
            "it settles more than once a month".to_owned(),
        )),
    }
}

/// A settlement day, `DDhh`; `None` where there is none.
async fn settles<L: Link>(
    meter: &Electricity,
    link: &mut L,
    di: u32,
) -> Result<Option<(u8, u8)>, MeterError> {
    let bytes = match meter.block(link, di, 2).await? {
        Block::Data(bytes) => bytes,
        Block::Refused(_) => return Ok(None),
    };
    if is_filler(&bytes, &[0xFF, 0x99, 0x00]) {
        return Ok(None);
    }
    let two = |byte: u8| bcd_to_u64(&[byte]).and_then(|value| u8::try_from(value).ok());
    match bytes[..] {
        [hour, day] => match (two(day), two(hour)) {
            (Some(day @ 1..=31), Some(hour @ 0..=23)) => Ok(Some((day, hour))),
            _ => Err(malformed("no day and hour of a settlement")),
        },
        _ => Err(malformed("a settlement day of another length")),
    }
}

/// All totals at once, the running one first; `None` where the meter has no such block.
async fn all<L: Link>(
    meter: &Electricity,
    link: &mut L,
) -> Result<Option<Vec<Decimal>>, MeterError> {
    let count = TOTAL_BYTES * (usize::from(SETTLEMENTS_KEPT) + 1);
    let bytes = match meter
        .block(link, known::FORWARD_ENERGY | ALL, count)
        .await?
    {
        Block::Data(bytes) => bytes,
        Block::Refused(_) => return Ok(None),
    };
    if bytes.is_empty() || bytes.len() % TOTAL_BYTES != 0 || bytes.len() > count {
        return Err(malformed("a block of totals of another length"));
    }
    let mut totals = Vec::new();
    for chunk in bytes.chunks(TOTAL_BYTES) {
        match total(chunk)? {
            Some(total) => totals.push(total),
            None => break,
        }
    }
    Ok(Some(totals))
}

async fn one_by_one<L: Link>(
    meter: &Electricity,
    link: &mut L,
) -> Result<Vec<Decimal>, MeterError> {
    let mut totals = Vec::new();
    for back in 0..=SETTLEMENTS_KEPT {
        let di = known::FORWARD_ENERGY | u32::from(back);
        match meter.block(link, di, TOTAL_BYTES).await? {
            Block::Data(bytes) => match total(&bytes)? {
                Some(total) => totals.push(total),
                None => break,
            },
            Block::Refused(_) => break,
        }
    }
    Ok(totals)
}

/// A total; `None` where the meter fills its place.
fn total(bytes: &[u8]) -> Result<Option<Decimal>, MeterError> {
    if bytes.len() != TOTAL_BYTES {
        return Err(malformed("a total of another length"));
    }
    if is_filler(bytes, &[0xFF]) {
        return Ok(None);
    }
    let value = bcd_to_u64(bytes).and_then(|value| i64::try_from(value).ok());
    let value = value.ok_or_else(|| malformed("a total that is no decimal"))?;
    Ok(Some(Decimal {
        value,
        places: PLACES,
    }))
}

#[cfg(test)]
mod tests;
