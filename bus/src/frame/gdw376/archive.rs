//! AFN 04H F10 and its read-back AFN 0AH F10: which meters a terminal knows, 27 bytes each.

use serde::{Deserialize, Serialize};

use super::UnitError;
use super::port::PortRate;

/// One meter of the archive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Meter {
    /// The meter's place in the archive, from 1.
    pub index: u16,
    /// The measuring point it is (pn); 0 takes the meter out of the archive.
    pub point: u16,
    /// The port, 1 to 31, and the rate to speak at.
    pub port: PortRate,
    /// 0 none, 1 = DL/T 645-1997, 2 AC sampling, 30 = DL/T 645-2007, 31 local module.
    pub protocol: u8,
    /// The meter's address as on the wire, low byte first.
    pub address: [u8; 6],
    /// Its password, low byte first.
    pub password: [u8; 6],
    /// How many tariffs.
    pub tariffs: u8,
    /// Digits of the energy readings: D3-2 integer digits minus 4, D1-0 decimals minus 1.
    pub digits: u8,
    /// The collector the meter hangs on, low byte first; zeros = none.
    pub collector: [u8; 6],
    /// D7-4 large class, D3-0 small class of the user.
    pub class: u8,
}

/// The bytes of one entry.
pub const ENTRY: usize = 27;

impl Meter {
    fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(ENTRY);
        bytes.extend(self.index.to_le_bytes());
        bytes.extend(self.point.to_le_bytes());
        bytes.extend([self.port.to_byte(), self.protocol]);
        bytes.extend(self.address);
        bytes.extend(self.password);
        bytes.extend([self.tariffs, self.digits]);
        bytes.extend(self.collector);
        bytes.push(self.class);
        bytes
    }

    fn from_bytes(bytes: &[u8; ENTRY]) -> Meter {
        let six = |at: usize| {
            let mut field = [0; 6];
            field.copy_from_slice(&bytes[at..at + 6]);
            field
        };
        Meter {
            index: u16::from_le_bytes([bytes[0], bytes[1]]),
            point: u16::from_le_bytes([bytes[2], bytes[3]]),
            port: PortRate::from_byte(bytes[4]),
            protocol: bytes[5],
            address: six(6),
            password: six(12),
            tariffs: bytes[18],
            digits: bytes[19],
            collector: six(20),
            class: bytes[26],
        }
    }
}

/// The unit of AFN 04H F10 down and AFN 0AH F10 up: count, then the entries.
///
/// # Errors
/// [`UnitError::Malformed`] for more entries than a count can say.
pub fn encode(meters: &[Meter]) -> Result<Vec<u8>, UnitError> {
    let count = u16::try_from(meters.len()).map_err(|_| UnitError::Malformed("too many meters"))?;
    let mut bytes = count.to_le_bytes().to_vec();
    for meter in meters {
        bytes.extend(meter.to_bytes());
    }
    Ok(bytes)
}

/// The meters of a unit.
///
/// # Errors
/// [`UnitError`] when the unit is shorter or longer than its count says.
pub fn decode(unit: &[u8]) -> Result<Vec<Meter>, UnitError> {
    if unit.len() != length(unit)? {
        return Err(UnitError::Malformed(
            "the meter count and the length disagree",
        ));
    }
    let (entries, _) = unit.get(2..).unwrap_or_default().as_chunks::<ENTRY>();
    Ok(entries.iter().map(Meter::from_bytes).collect())
}

/// The unit of AFN 0AH F10 down: count, then the indexes asked for.
///
/// # Errors
/// [`UnitError::Malformed`] for more indexes than a count can say.
pub fn encode_query(indexes: &[u16]) -> Result<Vec<u8>, UnitError> {
    let count =
        u16::try_from(indexes.len()).map_err(|_| UnitError::Malformed("too many meters"))?;
    let mut bytes = count.to_le_bytes().to_vec();
    bytes.extend(indexes.iter().flat_map(|index| index.to_le_bytes()));
    Ok(bytes)
}

/// The indexes asked for; empty = all (a request without data).
///
/// # Errors
/// [`UnitError`] when the unit is shorter or longer than its count says.
pub fn decode_query(unit: &[u8]) -> Result<Vec<u16>, UnitError> {
    if unit.is_empty() {
        return Ok(Vec::new());
    }
    if unit.len() != query_length(unit)? {
        return Err(UnitError::Malformed(
            "the index count and the length disagree",
        ));
    }
    let (indexes, _) = unit.get(2..).unwrap_or_default().as_chunks::<2>();
    Ok(indexes
        .iter()
        .map(|index| u16::from_le_bytes(*index))
        .collect())
}

pub(super) fn length(rest: &[u8]) -> Result<usize, UnitError> {
    Ok(2 + count(rest)? * ENTRY)
}

pub(super) fn query_length(rest: &[u8]) -> Result<usize, UnitError> {
    Ok(2 + count(rest)? * 2)
}

fn count(rest: &[u8]) -> Result<usize, UnitError> {
    let field = rest.first_chunk::<2>().ok_or(UnitError::Short)?;
    Ok(usize::from(u16::from_le_bytes(*field)))
}
