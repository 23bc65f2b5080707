//! Events: 0E F1 (important) and F2 (ordinary).
//!
//! A terminal keeps each kind in a ring of 256 places and counts them in EC1 and EC2; a query names a part of the ring.

use super::super::UnitError;
use super::Unit;
use super::time::Minute;
use super::unit::{Reader, count};

/// Asks for the events with the counters from `first` up to but not including `behind`, both modulo 256.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Query {
    /// Pm: the first event's counter.
    pub first: u8,
    /// Pn: the counter behind the last one.
    pub behind: u8,
}

impl Unit for Query {
    fn encode(&self) -> Result<Vec<u8>, UnitError> {
        Ok(vec![self.first, self.behind])
    }

    fn decode(unit: &[u8]) -> Result<Self, UnitError> {
        match *unit {
            [first, behind] => Ok(Query { first, behind }),
            [] | [_] => Err(UnitError::Short),
            _ => Err(UnitError::Malformed("bytes follow the end of the unit")),
        }
    }
}

/// The events asked for, or reported by the terminal on its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// EC1: how many important events there were, modulo 256.
    pub important: u8,
    /// EC2: how many ordinary ones, modulo 256.
    pub ordinary: u8,
    /// Pm: the counter of the first record.
    pub first: u8,
    /// Pn: the counter behind the last record.
    pub behind: u8,
    /// The records in the order of their counters.
    pub records: Vec<Record>,
}

/// One event: ERC, a length, and so many bytes that begin with its time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// ERC, see [`erc`].
    pub code: u8,
    /// When it happened.
    pub at: Minute,
    /// What the code says: see [`OfMeter`] for the events of meters.
    pub detail: Vec<u8>,
}

/// Event codes. Those above 200 are this project's own, for which the standard has none.
pub mod erc {
    /// Parameters changed; detail: the station that changed them (1).
    pub const PARAMETERS_CHANGED: u8 = 3;
    /// A meter's clock is off; detail [`OfMeter`](super::OfMeter).
    pub const METER_CLOCK: u8 = 12;
    /// A meter's fault, of which this project reports the battery; detail `OfMeter` and a flag byte: D3 = battery low.
    pub const METER_FAULT: u8 = 13;
    /// The terminal was without power; detail: the minute the power came back (5), where the time of the record is that it went.
    pub const POWER: u8 = 14;
    /// A wrong password; detail: the station (1).
    pub const WRONG_PASSWORD: u8 = 20;
    /// The terminal itself has a fault; detail: 1 memory, 2 clock, 4 a wire.
    pub const TERMINAL_FAULT: u8 = 21;
    /// A meter does not answer any more, or again; detail `OfMeter`.
    pub const METER_LOST: u8 = 201;
    /// A relay or valve changed without an order; detail `OfMeter` and the state now (0 off, 1 on, 2 fault).
    pub const SUPPLY_CHANGED: u8 = 202;
    /// A meter says it was opened or tampered with; detail `OfMeter`.
    pub const TAMPER: u8 = 203;
    /// A relay or valve was switched by order; detail `OfMeter`.
    pub const SUPPLY_SWITCHED: u8 = 205;
    /// A frozen value is there; the time is the end of its period; detail: point (2), 0 = day, 1 = month.
    pub const FROZEN: u8 = 206;
    /// The terminal was started; no detail.
    pub const STARTED: u8 = 207;
    /// A master set the clock; no detail.
    pub const CLOCK_SET: u8 = 208;
    /// Another concentrator's wire was taken over or handed back; detail: segment (2), owner (2).
    pub const TAKE_OVER: u8 = 204;
}

/// What the events of meters begin with: two bytes, the point in D11 to D0 and in D15 whether it begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OfMeter {
    /// Which measuring point, at most 4095.
    pub point: u16,
    /// It begins (1) or ends (0).
    pub begins: bool,
}

impl OfMeter {
    const BEGINS: u16 = 0x8000;
    const POINT: u16 = 0x0FFF;

    /// The two bytes; `None` for a point that does not fit.
    pub fn to_bytes(self) -> Option<[u8; 2]> {
        if self.point > Self::POINT {
            return None;
        }
        let begins = if self.begins { Self::BEGINS } else { 0 };
        Some((self.point | begins).to_le_bytes())
    }

    /// From the beginning of a record's detail; the rest of the detail is returned too.
    pub fn from_detail(detail: &[u8]) -> Option<(OfMeter, &[u8])> {
        let (word, rest) = detail.split_first_chunk::<2>()?;
        let word = u16::from_le_bytes(*word);
        let of = OfMeter {
            point: word & Self::POINT,
            begins: word & Self::BEGINS != 0,
        };
        Some((of, rest))
    }
}

/// Bytes of a record's time.
const TIME: usize = 5;

impl Unit for Report {
    fn encode(&self) -> Result<Vec<u8>, UnitError> {
        if usize::from(self.behind.wrapping_sub(self.first)) != self.records.len() % 256 {
            return Err(UnitError::Malformed(
                "the counters and the records disagree",
            ));
        }
        let mut unit = vec![self.important, self.ordinary, self.first, self.behind];
        for record in &self.records {
            unit.push(record.code);
            unit.push(count(TIME + record.detail.len())?);
            record.at.put(&mut unit);
            unit.extend(&record.detail);
        }
        Ok(unit)
    }

    fn decode(unit: &[u8]) -> Result<Self, UnitError> {
        let mut reader = Reader::new(unit);
        let [important, ordinary, first, behind] = reader.array::<4>()?;
        let mut records = Vec::new();
        for _ in 0..behind.wrapping_sub(first) {
            let code = reader.byte()?;
            let length = reader.byte()?;
            let content = reader.bytes(usize::from(length))?;
            let mut content = Reader::new(content);
            let at = Minute::take(&mut content)?;
            let detail = content.rest().to_vec();
            records.push(Record { code, at, detail });
        }
        reader.end()?;
        Ok(Report {
            important,
            ordinary,
            first,
            behind,
            records,
        })
    }
}
