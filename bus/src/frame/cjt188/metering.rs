//! Metering data of water and gas meters, `901F` with L=16h.

use super::status::Status;
use crate::frame::bytes::{array, bcd_to_u64, is_filler, u64_to_bcd};
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

    /// The payload. `None` where a quantity has more than eight digits. Missing values become `FF`.
    pub fn to_payload(self) -> Option<[u8; LENGTH]> {
        let mut payload = [0; LENGTH];
        let (current, settlement) = (self.current.to_bytes()?, self.settlement.to_bytes()?);
        let parts: [&[u8]; 4] = [
            &current,
            &settlement,
            &clock_bytes(self.clock),
            &self.status.0,
        ];
        for (to, from) in payload.iter_mut().zip(parts.into_iter().flatten()) {
            *to = *from;
        }
        Some(payload)
    }
}

impl Quantity {
    /// Four packed digit pairs and the unit. `None` where they are neither digits nor fillers.
    pub fn parse(bytes: [u8; 5]) -> Option<Self> {
        quantity(bytes)
    }

    /// The same as bytes; a missing value becomes `FF`. `None` where it has more than eight digits.
    pub fn to_bytes(self) -> Option<[u8; 5]> {
        let [a, b, c, d] = match self.hundredths {
            Some(value) => u64_to_bcd::<4>(u64::from(value))?,
            None => [0xFF; 4],
        };
        Some([a, b, c, d, self.unit])
    }
}

/// Quantities one behind the other: what `D120` to `D12B` hold (one in the edition of 2004). `None` where it is not that.
pub fn history(payload: &[u8]) -> Option<Vec<Quantity>> {
    let (chunks, rest) = payload.as_chunks::<5>();
    if chunks.is_empty() || !rest.is_empty() {
        return None;
    }
    chunks.iter().copied().map(quantity).collect()
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

/// Reads `ss mm hh DD MM YY CC`. The outer `None`: no such time; the inner one: the meter has no clock.
pub(super) fn clock(bytes: [u8; 7]) -> Option<Option<WallTime>> {
    if is_filler(&bytes, &[0xFF, 0x99, 0x00]) {
        return Some(None);
    }
    let [second, minute, hour, day, month, year, century] = bytes;
    if century != 0x20 {
        return None;
    }
    WallTime::from_bcd([second, minute, hour, day, month, year]).map(Some)
}

/// `ss mm hh DD MM YY CC`; `FF` where there is no clock.
pub fn clock_bytes(clock: Option<WallTime>) -> [u8; 7] {
    match clock {
        Some(time) => {
            let [second, minute, hour, day, month, year] = time.to_bcd();
            [second, minute, hour, day, month, year, 0x20]
        }
        None => [0xFF; 7],
    }
}

/// A clock that must be one, as in `A015`. `None` where it is not.
pub fn read_clock(payload: &[u8]) -> Option<WallTime> {
    clock(payload.try_into().ok()?)?
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
    use proptest::prelude::*;

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
    fn a_past_month_is_one_quantity_or_several() {
        let two = [VALUE, VALUE].concat();
        assert_eq!(history(&VALUE).map(|list| list.len()), Some(1));
        assert_eq!(history(&two).map(|list| list.len()), Some(2));
        assert_eq!(history(&two[..9]), None);
        assert_eq!(history(&[]), None);
    }

    proptest! {
        #[test]
        fn metering_data_come_back(current in proptest::option::of(0u32..=99_999_998), settlement in proptest::option::of(0u32..=99_999_998), with_clock: bool) {
            // All nines are how some meters say that they have no value.
            let no_filler = |value: Option<u32>| value.filter(|&value| value != 99_999_999);
            let metering = Metering {
                current: Quantity { hundredths: no_filler(current), unit: 0x2C },
                settlement: Quantity { hundredths: no_filler(settlement), unit: 0x2C },
                clock: WallTime::new(2026, 11, 25, 3, 0, 0).filter(|_| with_clock),
                status: Status([1, 2]),
            };
            prop_assert_eq!(Metering::parse(&metering.to_payload().unwrap()), Some(metering));
        }
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
