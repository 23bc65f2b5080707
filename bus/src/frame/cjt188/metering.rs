//! Metering data of water and gas meters, `901F` with L=16h.

use super::status::Status;
use crate::frame::bytes::{array, bcd_to_u64, is_filler};
use crate::frame::wall_time::WallTime;

/// A counted quantity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quantity {
    /// In hundredths of the unit; `None` where the meter has no such value (filled with FF or 99).
    pub hundredths: Option<u32>,
    /// The unit's code.
    pub unit: u8,
}

/// The answer's payload behind the serial byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Metering {
    /// What flowed so far.
    pub current: Quantity,
    /// What had flowed at the last settlement day.
    pub settlement: Quantity,
    /// The meter's clock; `None` where it has none (filled with FF, 99 or 00).
    pub clock: Option<WallTime>,
    /// The status word.
    pub status: Status,
}

/// Bytes of the payload.
pub const LENGTH: usize = 19;

impl Metering {
    /// Reads the payload. `None` where it is not this layout.
    pub fn parse(payload: &[u8]) -> Option<Self> {
        let layout: [u8; LENGTH] = payload.try_into().ok()?;
        Some(Metering {
            current: quantity(array(&layout, 0)?)?,
            settlement: quantity(array(&layout, 5)?)?,
            clock: clock(array(&layout, 10)?)?,
            status: Status(array(&layout, 17)?),
        })
    }
}

fn quantity(bytes: [u8; 5]) -> Option<Quantity> {
    let [a, b, c, d, unit] = bytes;
    let value = [a, b, c, d];
    let hundredths = if is_filler(&value, &[0xFF, 0x99]) {
        None
    } else {
        Some(u32::try_from(bcd_to_u64(&value)?).ok()?)
    };
    Some(Quantity { hundredths, unit })
}

fn clock(bytes: [u8; 7]) -> Option<Option<WallTime>> {
    if is_filler(&bytes, &[0xFF, 0x99, 0x00]) {
        return Some(None);
    }
    let [second, minute, hour, day, month, year, century] = bytes;
    if century != 0x20 {
        return None;
    }
    WallTime::from_bcd([second, minute, hour, day, month, year]).map(Some)
}

/// The name of a unit's code.
pub fn unit_name(code: u8) -> Option<&'static str> {
    Some(match code {
        0x01 => "J",
        0x02 => "Wh",
        0x05 => "kWh",
        0x08 => "MWh",
        0x0A => "100 MWh",
        0x0B => "kJ",
        0x0E => "MJ",
        0x11 => "GJ",
        0x13 => "100 GJ",
        0x14 => "W",
        0x17 => "kW",
        0x1A => "MW",
        0x29 => "L",
        0x2C => "m3",
        0x32 => "L/h",
        0x35 => "m3/h",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const VALUE: [u8; 5] = [0x29, 0x00, 0x00, 0x00, 0x2C];

    fn payload(settlement: [u8; 5], clock: [u8; 7]) -> Vec<u8> {
        [&VALUE[..], &settlement, &clock, &[0x00, 0x23]].concat()
    }

    #[test]
    fn fillers_are_absent_values_and_no_errors() {
        for filler in [0xFF, 0x99] {
            let read = Metering::parse(&payload([filler; 5], [filler; 7])).unwrap();
            assert_eq!(read.current.hundredths, Some(29));
            assert_eq!(read.settlement.hundredths, None);
            assert_eq!(read.clock, None);
        }
        assert_eq!(
            Metering::parse(&payload(VALUE, [0; 7])).unwrap().clock,
            None
        );
    }

    #[test]
    fn a_clock_that_cannot_be_is_refused() {
        assert_eq!(
            Metering::parse(&payload(VALUE, [0x60, 0, 0, 1, 1, 0x26, 0x20])),
            None
        );
        assert_eq!(
            Metering::parse(&payload(VALUE, [0, 0, 0, 1, 1, 0x26, 0x19])),
            None
        );
    }
}
