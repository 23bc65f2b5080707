//! Reads of edition 1997: the registers of 2007 in the formats of 1997.

use super::ElectricityMeter;
use crate::frame::dlt645::format::Format;
use crate::frame::dlt645::heard::ReadPart;
use crate::frame::dlt645::identifier::{find, find_1997, from_1997};
use crate::frame::wall_time::WallTime;

impl ElectricityMeter {
    /// The data of a two-byte identifier; `None` where the meter has no such register or does not speak 1997.
    pub(super) fn read_1997(&self, di: u16, time: WallTime) -> Option<Vec<u8>> {
        if !self.config.edition_1997 {
            return None;
        }
        let successor = from_1997(di)?;
        let (old, new) = (find_1997(di)?.format, find(successor)?.format);
        let data = self.read(successor, ReadPart::All, time)?;
        let values = data.chunks(new.bytes());
        Some(values.flat_map(|value| convert(value, new, old)).collect())
    }
}

/// A value in another format of the same quantity. What is no number goes as it is; what does not fit is no value.
fn convert(value: &[u8], from: Format, to: Format) -> Vec<u8> {
    if from == to {
        return value.to_vec();
    }
    let number = from
        .number(value)
        .and_then(|number| rescale(number, places(from)?, places(to)?))
        .and_then(|number| to.encode(number));
    number.unwrap_or_else(|| vec![0xFF; to.bytes()])
}

fn places(format: Format) -> Option<u32> {
    match format {
        Format::Decimal { places, .. } | Format::Signed { places, .. } => Some(u32::from(places)),
        _ => None,
    }
}

/// Fewer digits behind the point cut the rest off, as a register that has no more digits does.
fn rescale(number: i64, from: u32, to: u32) -> Option<i64> {
    match to.checked_sub(from) {
        Some(more) => number.checked_mul(10i64.checked_pow(more)?),
        None => number.checked_div(10i64.checked_pow(from - to)?),
    }
}
