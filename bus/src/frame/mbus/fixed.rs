//! The fixed data structure: two counters (EN 13757-3 and its forerunner EN 1434-3, CI 73).

use crate::frame::bytes::{array, bcd_to_u64, digits};

/// Two counters and what they count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fixed {
    /// Eight packed digits, low pair first.
    pub id: [u8; 4],
    /// Counts the meter's answers.
    pub access: u8,
    /// Bit 0: the counters are binary; bit 1: they are values stored at a fixed date; bits 2 to 4 as in a [`Header`](super::Header).
    pub status: u8,
    /// The code of what is measured, four bits.
    pub medium: u8,
    /// The unit codes, six bits each.
    pub units: [u8; 2],
    /// The counters; `None` where the digits are none.
    pub counters: [Option<u32>; 2],
}

/// Bytes behind CI.
const LENGTH: usize = 16;
const BINARY: u8 = 0x01;
const STORED: u8 = 0x02;
/// The unit code of "the same as the other counter, at an earlier date".
const SAME_EARLIER: u8 = 0x3E;

impl Fixed {
    /// Reads the structure. `None` where it has another length.
    pub fn parse(data: &[u8], high_first: bool) -> Option<Self> {
        let layout: [u8; LENGTH] = data.try_into().ok()?;
        let [access, status, first, second] = array(&layout, 4)?;
        let four = |at| {
            array::<4>(&layout, at).map(|mut bytes| {
                if high_first {
                    bytes.reverse();
                }
                bytes
            })
        };
        let counter = |bytes: [u8; 4]| {
            if status & BINARY != 0 {
                Some(u32::from_le_bytes(bytes))
            } else {
                bcd_to_u64(&bytes).and_then(|value| u32::try_from(value).ok())
            }
        };
        Some(Fixed {
            id: four(0)?,
            access,
            status,
            medium: (first >> 6) | ((second >> 6) << 2),
            units: [first & 0x3F, second & 0x3F],
            counters: [counter(four(8)?), counter(four(12)?)],
        })
    }

    /// The structure as bytes, low byte first. `None` if a counter is missing or too large for its coding.
    pub fn to_bytes(self) -> Option<[u8; LENGTH]> {
        let mut bytes = [0; LENGTH];
        let [first, second] = self.units;
        let counter = |value: Option<u32>| {
            let value = value?;
            if self.status & BINARY != 0 {
                Some(value.to_le_bytes())
            } else {
                crate::frame::bytes::u64_to_bcd::<4>(u64::from(value))
            }
        };
        let [one, two] = self.counters;
        let (one, two) = (counter(one)?, counter(two)?);
        let middle = [
            self.access,
            self.status,
            (first & 0x3F) | ((self.medium & 3) << 6),
            (second & 0x3F) | ((self.medium >> 2) << 6),
        ];
        for (to, from) in bytes.iter_mut().zip([self.id, middle, one, two].concat()) {
            *to = from;
        }
        Some(bytes)
    }

    /// The identification number, high digit first.
    pub fn number(&self) -> String {
        digits(&self.id)
    }

    /// Whether both counters are values stored at a fixed date.
    pub fn is_stored(&self) -> bool {
        self.status & STORED != 0
    }

    /// Whether a counter (0 or 1) is an earlier value of the other one.
    pub fn is_earlier(&self, counter: usize) -> bool {
        self.units.get(counter) == Some(&SAME_EARLIER)
    }

    /// The unit of a counter (0 or 1) and the power of ten it is multiplied with. `None` where the code has no meaning or the
    /// unit is none.
    pub fn unit(&self, counter: usize) -> Option<(&'static str, isize)> {
        let own = *self.units.get(counter)?;
        let code = if own == SAME_EARLIER {
            *self.units.get(1usize.checked_sub(counter)?)?
        } else {
            own
        };
        unit(code)
    }

    /// What is measured.
    pub fn medium_name(&self) -> &'static str {
        match self.medium {
            0 => "other",
            1 => "oil",
            2 => "electricity",
            3 | 0x0A => "gas",
            4 | 0x0B => "heat",
            5 => "steam",
            6 | 0x0C => "hot water",
            7 | 0x0D => "water",
            8 | 0x0E => "heat cost allocator",
            _ => "unknown",
        }
    }
}

/// The table of units: groups of three, each a tenfold of the one before.
fn unit(code: u8) -> Option<(&'static str, isize)> {
    let group =
        |name, first: u8, exponent: isize| Some((name, exponent + isize::from(code - first)));
    match code {
        0x00 => Some(("h:m:s", 0)),
        0x01 => Some(("D:M:Y", 0)),
        0x02..=0x0A => group("Wh", 0x02, 0),
        0x0B..=0x13 => group("J", 0x0B, 3),
        0x14..=0x1C => group("W", 0x14, 0),
        0x1D..=0x25 => group("J/h", 0x1D, 3),
        0x26..=0x2E => group("m3", 0x26, -6),
        0x2F..=0x37 => group("m3/h", 0x2F, -6),
        0x38 => Some(("°C", -3)),
        0x39 => Some(("HCA unit", 0)),
        _ => None,
    }
}
