//! What a terminal knows of itself: its meters, its masters, its clock.

use super::super::{Frame, Item, afn, archive};
use super::content;
use crate::decode::{DecodeError, Decoded, Field, Value};

pub(super) fn meters(
    frame: &Frame,
    items: &[Item],
    decoded: &mut Decoded,
) -> Result<(), DecodeError> {
    let unit = items
        .first()
        .map(|item| item.data.as_slice())
        .unwrap_or_default();
    if frame.afn == afn::READ_PARAMETERS && !frame.control.upward() {
        let indexes = archive::decode_query(unit).map_err(content)?;
        decoded.value = Some(Value::Many(
            indexes
                .iter()
                .map(|index| Some(index.to_string()))
                .collect(),
        ));
        return Ok(());
    }
    for meter in archive::decode(unit).map_err(content)? {
        let mut address = meter.address;
        address.reverse();
        let rate = meter
            .port
            .baud()
            .map_or("default".to_owned(), |baud| baud.to_string());
        decoded.fields.push(Field::new(
            format!("meter_{}", meter.index),
            format!(
                "point {} port {} rate {rate} protocol {} address {}",
                meter.point,
                meter.port.port,
                meter.protocol,
                hex::encode_upper(address)
            ),
        ));
    }
    Ok(())
}

/// F3: main and backup master station, access point.
pub(super) fn stations(items: &[Item], decoded: &mut Decoded) {
    let unit = items
        .first()
        .map(|item| item.data.as_slice())
        .unwrap_or_default();
    let Some((numbers, name)) = unit.split_first_chunk::<12>() else {
        return;
    };
    let at = |ip: &[u8], port: [u8; 2]| {
        let ip: Vec<_> = ip.iter().map(u8::to_string).collect();
        format!("{}:{}", ip.join("."), u16::from_le_bytes(port))
    };
    let main = at(&numbers[..4], [numbers[4], numbers[5]]);
    let backup = at(&numbers[6..10], [numbers[10], numbers[11]]);
    let end = name
        .iter()
        .position(|byte| *byte == 0)
        .unwrap_or(name.len());
    let apn = String::from_utf8_lossy(name.get(..end).unwrap_or_default()).into_owned();
    decoded.fields.push(Field::new("main", main));
    decoded.fields.push(Field::new("backup", backup));
    decoded.fields.push(Field::new("apn", apn));
}

/// A1 format: ss mm hh DD, month with the weekday in its high three bits, YY.
pub(super) fn clock(items: &[Item], decoded: &mut Decoded) {
    let unit = items
        .first()
        .map(|item| item.data.as_slice())
        .unwrap_or_default();
    if let &[second, minute, hour, day, month, year] = unit {
        let month = month & 0x1F;
        decoded.value = Some(Value::One(format!(
            "20{year:02X}-{month:02X}-{day:02X} {hour:02X}:{minute:02X}:{second:02X}"
        )));
    }
}
