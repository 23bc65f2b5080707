//! M-Bus frames in words.

use super::dlt645::left_over;
use super::{DecodeError, Decoded, Direction, Field, Value};
use crate::frame::Protocol;
use crate::frame::bytes::{array, hex};
use crate::frame::mbus::answer::{self, Answer, error_name};
use crate::frame::mbus::fixed::Fixed;
use crate::frame::mbus::record::{Function, Record, Records};
use crate::frame::mbus::{Address, Control, Frame, Header, Information, Selection, medium_name};

/// Explains one whole frame.
pub(super) fn decode(bytes: &[u8]) -> Result<Decoded, DecodeError> {
    let frame = Frame::parse(bytes)?;
    let (control, address, information, data) = match frame {
        Frame::Ack => {
            let none = String::new();
            let acknowledged =
                Decoded::new(Protocol::Mbus, none, Direction::Answer, 0xE5, "acknowledge");
            return Ok(acknowledged);
        }
        Frame::Short { control, address } => (control, address, None, &[][..]),
        Frame::Long {
            control,
            address,
            information,
            data,
        } => (control, address, Some(information), data),
    };
    let direction = if control.from_meter() {
        Direction::Answer
    } else {
        Direction::Request
    };
    let mut decoded = Decoded::new(
        Protocol::Mbus,
        address.to_string(),
        direction,
        control.0,
        control.word(),
    );
    link(control, address, &mut decoded);
    let Some(information) = information else {
        return Ok(decoded);
    };
    decoded.di = Some(hex(&[information.code()]));
    decoded.name = Some(information.name().to_owned());
    if control.from_meter() {
        match answer::parse(&frame) {
            Ok(said) => from_meter(said, &mut decoded),
            Err(error) => left_over(data, &error.to_string(), &mut decoded),
        }
    } else {
        from_master(information, data, &mut decoded);
    }
    Ok(decoded)
}

fn link(control: Control, address: Address, decoded: &mut Decoded) {
    let meant = match address {
        Address::SELECTED => Some("the selected meter"),
        Address::TEST => Some("any meter"),
        Address::BROADCAST => Some("all meters"),
        _ => None,
    };
    let mut push = |name: &str, value: &str| decoded.fields.push(Field::new(name, value));
    if let Some(meant) = meant {
        push("speaks_to", meant);
    }
    if let Some(count) = control.frame_count() {
        push("frame_count", if count { "1" } else { "0" });
    }
    if control.access_demand() {
        push("access_demand", "1");
    }
    if control.overflow() {
        push("overflow", "1");
    }
}

fn from_master(information: Information, data: &[u8], decoded: &mut Decoded) {
    let known = match information {
        Information::Select { high_first: false } => match array::<8>(data, 0) {
            Some(wanted) => {
                decoded.value = Some(Value::One(Selection::from_bytes(wanted).to_string()));
                // What follows can only be the number of an enhanced selection.
                data.get(8..).filter(|rest| !rest.is_empty())
            }
            None => Some(data),
        },
        Information::SendData { high_first } => {
            records(Records::new(data, high_first), decoded);
            None
        }
        Information::SetBaud(rate) => {
            decoded.value = Some(Value::One(rate.baud().to_string()));
            decoded.unit = Some("baud".to_owned());
            Some(data).filter(|rest| !rest.is_empty())
        }
        Information::ApplicationReset => match *data {
            [] => None,
            [code] => {
                decoded
                    .fields
                    .push(Field::new("answer_wanted", hex(&[code])));
                None
            }
            _ => Some(data),
        },
        _ => Some(data).filter(|rest| !rest.is_empty()),
    };
    if let Some(rest) = known {
        left_over(rest, "a layout that is not known", decoded);
    }
}

fn from_meter(said: Answer<'_>, decoded: &mut Decoded) {
    match said {
        Answer::Ack => {}
        Answer::Variable {
            header,
            records: list,
            encrypted,
        } => {
            if let Some(header) = header {
                head(&header, decoded);
            }
            records(list, decoded);
            if let Some(encrypted) = encrypted {
                left_over(
                    encrypted,
                    "encrypted, and the key is not known here",
                    decoded,
                );
            }
        }
        Answer::Fixed(data) => fixed(&data, decoded),
        Answer::Error(code) => {
            decoded.ok = false;
            decoded.error = Some(error_name(code).to_owned());
        }
        Answer::Alarm(bits) => decoded.value = Some(Value::One(hex(bits))),
    }
}

fn head(header: &Header, decoded: &mut Decoded) {
    decoded.fields.extend([
        Field::new("secondary_address", header.meter.to_string()),
        Field::new("meter_kind", medium_name(header.meter.medium)),
        Field::new("access_number", header.access.to_string()),
    ]);
    status(header.status, decoded);
}

fn status(status: u8, decoded: &mut Decoded) {
    decoded.fields.push(Field::new("status", hex(&[status])));
    let faults = Header::faults(status);
    if !faults.is_empty() {
        decoded.fields.push(Field::new("faults", faults.join(", ")));
    }
}

fn fixed(data: &Fixed, decoded: &mut Decoded) {
    decoded.fields.extend([
        Field::new("number", data.number()),
        Field::new("meter_kind", data.medium_name()),
        Field::new("access_number", data.access.to_string()),
    ]);
    // Its two low bits say how the counters are to be read, not that there is a fault.
    status(data.status & 0x1C, decoded);
    for (place, counter) in data.counters.into_iter().enumerate() {
        let (unit, exponent) = data.unit(place).unwrap_or(("", 0));
        let text = counter
            .and_then(|count| crate::frame::mbus::Value::Integer(i64::from(count)).text(exponent));
        let earlier = if data.is_earlier(place) || data.is_stored() {
            "_stored"
        } else {
            ""
        };
        if place == 0 {
            decoded.value = text.clone().map(Value::One);
            decoded.unit = Some(unit.to_owned()).filter(|unit| !unit.is_empty());
        }
        let mut field = Field::with_unit(format!("counter_{}{earlier}", place + 1), text, unit);
        field.unit = field.unit.filter(|unit| !unit.is_empty());
        decoded.fields.push(field);
    }
}

fn records(list: Records<'_>, decoded: &mut Decoded) {
    let mut first = true;
    for record in list {
        let record = match record {
            Ok(record) => record,
            Err(bad) => {
                decoded.note = Some(bad.to_string());
                continue;
            }
        };
        let (value, unit) = (record.text(), record.unit().map(|unit| unit.into_owned()));
        let unit = unit.filter(|unit| !unit.is_empty());
        if first && value.is_some() {
            decoded.value = value.clone().map(Value::One);
            decoded.unit = unit.clone();
            first = false;
        }
        if let crate::frame::mbus::Value::Manufacturer {
            more_follows: true, ..
        } = record.value
        {
            decoded.fields.push(Field::new("more_telegrams", "1"));
        }
        let name = record_name(&record);
        decoded.fields.push(Field { name, value, unit });
    }
}

/// `volume_flow_maximum_storage_5`: the quantity, and what sets the record apart from the value of now.
fn record_name(record: &Record<'_>) -> String {
    let mut name = record.quantity();
    if record.function != Function::Instantaneous {
        name.push('_');
        name.push_str(record.function.word());
    }
    for (word, number) in [
        ("storage", record.storage),
        ("tariff", record.tariff),
        ("subunit", record.subunit),
    ] {
        if number != 0 {
            name.push_str(&format!("_{word}_{number}"));
        }
    }
    name
}
