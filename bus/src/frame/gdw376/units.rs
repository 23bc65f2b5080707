//! Data units: `DA1 DA2 DT1 DT2` and what follows, taken apart into items of one point and one function.

use super::{afn, archive};

/// The data of one function at one information point.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// pn: 0 = the terminal itself, [`Item::ALL_POINTS`] = all valid points.
    pub point: u16,
    /// Fn: 1 to 248.
    pub function: u8,
    /// The unit's bytes.
    pub data: Vec<u8>,
}

impl Item {
    /// DA = `FF 00`: all valid points.
    pub const ALL_POINTS: u16 = u16::MAX;
    /// The highest point that a DA can name: group 255, bit 8.
    pub const MAX_POINT: u16 = 255 * 8;

    /// An item of the terminal itself (p0).
    pub fn of_terminal(function: u8, data: Vec<u8>) -> Item {
        Item {
            point: 0,
            function,
            data,
        }
    }
}

/// Why data units cannot be taken apart or put together.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UnitError {
    /// A unit ends before its four header bytes or its data.
    #[error("a data unit is cut short")]
    Short,
    /// A header without any point or function.
    #[error("a data unit names no point or no function")]
    Empty,
    /// A point or function that has no code.
    #[error("p{point} F{function} has no code")]
    Range {
        /// The point.
        point: u16,
        /// The function.
        function: u8,
    },
    /// A unit's own counts or codes make no sense.
    #[error("a data unit is malformed: {0}")]
    Malformed(&'static str),
}

/// The points a DA names. DA = `01 00`, seen in the field for p1, is read as group 1.
fn points(da1: u8, da2: u8) -> Vec<u16> {
    match (da1, da2) {
        (0, 0) => vec![0],
        (0xFF, 0) => vec![Item::ALL_POINTS],
        _ => {
            let group = u16::from(da2.max(1)) - 1;
            bits(da1).map(|bit| group * 8 + u16::from(bit)).collect()
        }
    }
}

/// The functions a DT names; none beyond F248.
fn functions(dt1: u8, dt2: u8) -> Vec<u8> {
    bits(dt1)
        .filter_map(|bit| dt2.checked_mul(8).and_then(|base| base.checked_add(bit)))
        .collect()
}

/// The set bits as 1 to 8, lowest first.
fn bits(byte: u8) -> impl Iterator<Item = u8> {
    (1..=8u8).filter(move |bit| byte >> (bit - 1) & 1 == 1)
}

fn da(point: u16) -> Option<[u8; 2]> {
    match point {
        0 => Some([0, 0]),
        Item::ALL_POINTS => Some([0xFF, 0]),
        1..=Item::MAX_POINT => {
            let group = u8::try_from((point - 1) / 8 + 1).ok()?;
            Some([1 << ((point - 1) % 8), group])
        }
        _ => None,
    }
}

fn dt(function: u8) -> Option<[u8; 2]> {
    match function {
        1..=248 => Some([1 << ((function - 1) % 8), (function - 1) / 8]),
        _ => None,
    }
}

/// The four header bytes of one point and one function.
///
/// # Errors
/// [`UnitError::Range`] for a point over 2040 or a function outside 1 to 248.
pub fn header(point: u16, function: u8) -> Result<[u8; 4], UnitError> {
    match (da(point), dt(function)) {
        (Some([a, b]), Some([c, d])) => Ok([a, b, c, d]),
        _ => Err(UnitError::Range { point, function }),
    }
}

/// Reads one header: its points and functions, never empty.
pub(super) fn read_header(bytes: [u8; 4]) -> Result<(Vec<u16>, Vec<u8>), UnitError> {
    let [da1, da2, dt1, dt2] = bytes;
    let found = (points(da1, da2), functions(dt1, dt2));
    if found.0.is_empty() || found.1.is_empty() {
        return Err(UnitError::Empty);
    }
    Ok(found)
}

/// Puts items together, one header each.
///
/// # Errors
/// [`UnitError::Range`] for a point or function without a code.
pub fn join(items: &[Item]) -> Result<Vec<u8>, UnitError> {
    let mut bytes = Vec::new();
    for item in items {
        bytes.extend(header(item.point, item.function)?);
        bytes.extend(&item.data);
    }
    Ok(bytes)
}

/// Takes the data units of a frame apart.
///
/// Where the length of a unit is not known here, it takes everything to the end of the frame. Zeros that fill the end of a
/// confirm are accepted and dropped, and a confirm whose DT is `03 00` (written as a plain number) is read as F3.
///
/// # Errors
/// [`UnitError`] when a header or a unit of known length is cut short or names nothing.
pub fn split(function: u8, upward: bool, data: &[u8]) -> Result<Vec<Item>, UnitError> {
    let mut items = Vec::new();
    let mut rest = data;
    while !rest.is_empty() {
        if function == afn::CONFIRM && !items.is_empty() && rest.iter().all(|byte| *byte == 0) {
            break;
        }
        let (head, tail) = rest.split_first_chunk::<4>().ok_or(UnitError::Short)?;
        rest = tail;
        let (points, functions) = if function == afn::CONFIRM && *head == [0, 0, 3, 0] {
            (vec![0], vec![3])
        } else {
            read_header(*head)?
        };
        for point in points {
            for fn_ in &functions {
                let length = unit_length(function, upward, *fn_, rest)?.unwrap_or(rest.len());
                let (unit, tail) = rest.split_at_checked(length).ok_or(UnitError::Short)?;
                rest = tail;
                items.push(Item {
                    point,
                    function: *fn_,
                    data: unit.to_vec(),
                });
            }
        }
    }
    Ok(items)
}

/// How long the unit at the start of `rest` is; `None` = not known, it takes the rest.
fn unit_length(
    function: u8,
    upward: bool,
    fn_: u8,
    rest: &[u8],
) -> Result<Option<usize>, UnitError> {
    let known = match (function, fn_, upward) {
        (afn::CONFIRM, 1 | 2, _) => 0,
        (afn::CONFIRM, 3, _) => return Ok(None),
        (afn::LINK, 1 | 2, _) => 0,
        // 2009: no data; 2013: the clock, six bytes.
        (afn::LINK, 3, _) => {
            if rest.len() == 6 {
                6
            } else {
                0
            }
        }
        (afn::SET, 10, false) | (afn::READ_PARAMETERS, 10, true) => archive::length(rest)?,
        (afn::READ_PARAMETERS, 10, false) if !rest.is_empty() => archive::query_length(rest)?,
        (afn::SET, 1, false) | (afn::READ_PARAMETERS, 1, true) => 6,
        (afn::SET, 3, false) | (afn::READ_PARAMETERS, 3, true) => 28,
        (afn::CLASS_1, 2, true) => 6,
        (afn::SET, 33, false) | (afn::READ_PARAMETERS, 33, true) => schedules(rest)?,
        (afn::SET, 37, false) | (afn::READ_PARAMETERS, 37, true) => cascading(rest)?,
        (afn::SET, 47, false) | (afn::READ_PARAMETERS, 47, true) => 17,
        (afn::CONTROL, 1, false) => 1,
        (afn::CONTROL, 2, false) => 0,
        (afn::CONTROL, 31, false) => 6,
        (afn::CONTROL, 240, false) => 7,
        (afn::CLASS_1, 25, true) => 67,
        (afn::CLASS_1, 33 | 34, true) => registers(rest, 0, &[5, 4, 4, 4])?,
        (afn::CLASS_1, 129, true) => registers(rest, 0, &[5])?,
        (afn::CLASS_1, 240, true) => QUANTITY,
        (afn::CLASS_1, 241, true) => 34,
        (afn::CLASS_2, 1 | 2, true) => registers(rest, 3, &[5, 4, 4, 4])?,
        (afn::CLASS_2, 17 | 18, true) => registers(rest, 2, &[5, 4, 4, 4])?,
        (afn::CLASS_2, 240, true) => 3 + QUANTITY,
        (afn::CLASS_2, 241, true) => 2 + QUANTITY,
        (afn::CLASS_2, 240, false) => 3,
        (afn::CLASS_2, 241, false) => 2,
        (afn::EVENTS, 1 | 2, false) => 2,
        (afn::FORWARD, 9, false) => direct(rest)?,
        (afn::FORWARD, 12, false) => counted(rest, 2, 2)?,
        (afn::FORWARD, 13, false) => 2,
        (afn::FORWARD, 13, true) => 8,
        (afn::FORWARD, 1, false) => return with_length(rest, 4).map(Some),
        (afn::FORWARD, 1, true) => return with_length(rest, 1).map(Some),
        // Requests for data carry no data of their own, except the frozen ones (0D) with their date.
        (afn::CLASS_1 | afn::READ_PARAMETERS, _, false) => 0,
        (afn::CLASS_2, 1..=12, false) => 3,
        (afn::CLASS_2, 17..=24, false) => 2,
        _ => return Ok(None),
    };
    Ok(Some(known))
}

/// Bytes of [`Quantity`](super::item::prepaid::Quantity).
const QUANTITY: usize = 14;

/// A date of so many bytes, a time of five, the number of tariffs, and registers of these widths with a total each.
fn registers(rest: &[u8], date: usize, widths: &[usize]) -> Result<usize, UnitError> {
    let before = date + 6;
    let tariffs = usize::from(*rest.get(before - 1).ok_or(UnitError::Short)?);
    Ok(before + (tariffs + 1) * widths.iter().sum::<usize>())
}

/// Reading schedules: how many ports, and for each 14 bytes and as many pairs of times as the last of them says.
fn schedules(rest: &[u8]) -> Result<usize, UnitError> {
    let mut length = 1;
    for _ in 0..*rest.first().ok_or(UnitError::Short)? {
        let periods = rest.get(length + 13).ok_or(UnitError::Short)?;
        length += 14 + usize::from(*periods) * 4;
    }
    Ok(length)
}

/// A direct reading: port, relays on the way (FF = none), target, kind and identifier.
fn direct(rest: &[u8]) -> Result<usize, UnitError> {
    let relays = match *rest.get(1).ok_or(UnitError::Short)? {
        0xFF => 0,
        relays => usize::from(relays),
    };
    Ok(2 + relays * 6 + 11)
}

/// A two-byte count that stands `at`, followed by so many of this width.
fn counted(rest: &[u8], at: usize, width: usize) -> Result<usize, UnitError> {
    let field = rest.get(at..at + 2).and_then(|bytes| bytes.first_chunk());
    let count = u16::from_le_bytes(*field.ok_or(UnitError::Short)?);
    Ok(at + 2 + usize::from(count) * width)
}

/// The cascade's parameters end with as many terminals as their seventh byte says.
fn cascading(rest: &[u8]) -> Result<usize, UnitError> {
    let side = rest.get(6).ok_or(UnitError::Short)?;
    Ok(7 + usize::from(side & 0x7F) * 4)
}

/// A unit whose two-byte length stands `at`, followed by that many bytes.
fn with_length(rest: &[u8], at: usize) -> Result<usize, UnitError> {
    let field = rest
        .get(at..at + 2)
        .and_then(|bytes| bytes.first_chunk::<2>());
    let length = u16::from_le_bytes(*field.ok_or(UnitError::Short)?);
    Ok(at + 2 + usize::from(length))
}
