//! DL/T 645 frames in words.

use super::{
    DecodeError, Decoded, Direction, Field, Value, dlt645_1997, dlt645_command, dlt645_security,
};
use crate::frame::Protocol;
use crate::frame::bytes::{array, digits, hex};
use crate::frame::dlt645::format::{Format, Part};
use crate::frame::dlt645::identifier::{Identifier, find, known};
use crate::frame::dlt645::load;
use crate::frame::dlt645::purchase;
use crate::frame::dlt645::refusal::ErrorByte;
use crate::frame::dlt645::relay::StatusWord3;
use crate::frame::dlt645::{Edition, Frame, Function};
use crate::frame::wall_time::WallTime;

/// Explains one whole frame of either edition.
pub(super) fn decode(bytes: &[u8]) -> Result<Decoded, DecodeError> {
    let frame = Frame::parse(bytes)?;
    let control = frame.control();
    let direction = if control.from_meter() {
        Direction::Answer
    } else {
        Direction::Request
    };
    let function = control.function();
    let mut decoded = Decoded::new(
        Protocol::Dlt645,
        frame.address().to_string(),
        direction,
        control.0,
        function.word(),
    );
    decoded.edition = Some(function.edition().year());
    decoded.ok = !control.refused();
    if control.more() {
        decoded.fields.push(Field::new("more", "true"));
    }
    match (function.edition(), function) {
        (Edition::Y1997, _) => dlt645_1997::explain(&frame, &mut decoded),
        (Edition::Y2007, Function::Security) => dlt645_security::explain(&frame, &mut decoded),
        (Edition::Y2007, _) if control.refused() => refusal(function, frame.data(), &mut decoded),
        (Edition::Y2007, _) if control.from_meter() => answer(function, frame.data(), &mut decoded),
        (Edition::Y2007, _) => request(function, frame.data(), &mut decoded),
    }
    Ok(decoded)
}

fn refusal(function: Function, data: &[u8], decoded: &mut Decoded) {
    match data {
        [low, high] if function == Function::Relay => {
            decoded.error = Some("refused with a result word".to_owned());
            let word = hex(&[*high, *low]);
            decoded.fields.push(Field::new("result_word", word));
        }
        [error] => {
            decoded.error = Some(ErrorByte(*error).to_string());
            decoded.fields.push(Field::new("error_code", hex(data)));
        }
        _ => {
            decoded.error = Some("refused".to_owned());
            left_over(data, "a refusal carries one error byte", decoded);
        }
    }
}

fn request(function: Function, data: &[u8], decoded: &mut Decoded) {
    match function {
        Function::Read | Function::ReadNext => {
            let rest = identifier(data, decoded).1;
            match (function, rest) {
                (_, []) => {}
                (Function::ReadNext, [sequence]) => decoded
                    .fields
                    .push(Field::new("sequence", sequence.to_string())),
                (Function::Read, [blocks]) => decoded
                    .fields
                    .push(Field::new("blocks", blocks.to_string())),
                (Function::Read, [blocks, since @ ..]) if since.len() == 5 => {
                    let since = Format::Minute.text(since).ok().flatten();
                    decoded.fields.extend([
                        Field::new("blocks", blocks.to_string()),
                        Field::with_unit("since", since, ""),
                    ]);
                }
                _ => left_over(rest, "bytes after the identifier", decoded),
            }
        }
        Function::BroadcastTime => match array(data, 0).and_then(WallTime::from_bcd) {
            Some(time) if data.len() == 6 => {
                decoded.name = Some("time".to_owned());
                decoded.value = Some(Value::One(time.to_string()));
            }
            _ => left_over(data, "not a time", decoded),
        },
        Function::WriteAddress => address(data, decoded),
        Function::ReadAddress => left_over(data, "", decoded),
        command => dlt645_command::request(command, data, decoded),
    }
}

fn answer(function: Function, data: &[u8], decoded: &mut Decoded) {
    match function {
        Function::Read => {
            let (known, rest) = identifier(data, decoded);
            value(known, rest, decoded);
        }
        Function::ReadNext => {
            let (known, rest) = identifier(data, decoded);
            if let Some((sequence, rest)) = rest.split_last() {
                decoded
                    .fields
                    .push(Field::new("sequence", sequence.to_string()));
                value(known, rest, decoded);
            }
        }
        Function::ReadAddress => address(data, decoded),
        command => dlt645_command::answer(command, data, decoded),
    }
}

/// Takes the identifier off the front and names it.
pub(super) fn identifier<'a>(
    data: &'a [u8],
    decoded: &mut Decoded,
) -> (Option<Identifier>, &'a [u8]) {
    let Some(di) = array(data, 0).map(u32::from_le_bytes) else {
        left_over(data, "no whole identifier", decoded);
        return (None, &[]);
    };
    let known = find(di);
    decoded.di = Some(format!("{di:08X}"));
    let name = known.map(|known| known.name).or_else(|| purchase::name(di));
    decoded.name = name.map(str::to_owned);
    let rest = data.get(4..).unwrap_or_default();
    if let (known::STATUS_WORD_3, &[low, high]) = (di, rest) {
        status_word_3(StatusWord3(u16::from_le_bytes([low, high])), decoded);
    }
    (known, rest)
}

fn status_word_3(word: StatusWord3, decoded: &mut Decoded) {
    let relay = if word.relay_open() { "open" } else { "closed" };
    let told = if word.told_open() { "open" } else { "close" };
    let account = if word.account_open() {
        "open"
    } else {
        "not_open"
    };
    decoded.fields.push(Field::new("relay", relay));
    decoded.fields.push(Field::new("relay_command", told));
    decoded.fields.push(Field::new("remote_account", account));
    if word.about_to_trip() {
        decoded.fields.push(Field::new("pre_trip_alarm", "true"));
    }
}

/// The value of an identifier, or the bytes where it does not fit.
pub(super) fn value(known: Option<Identifier>, data: &[u8], decoded: &mut Decoded) {
    let Some(known) = known else {
        left_over(data, "", decoded);
        return;
    };
    if data.is_empty() {
        decoded.note = Some("an answer without a value".to_owned());
        return;
    }
    let width = known.format.bytes();
    match known.format {
        Format::Record(parts) if !known.block => {
            if !record(parts, data, decoded) {
                left_over(data, "not the layout of this record", decoded);
            }
            return;
        }
        _ if known.name == load::NAME => return loads(data, decoded),
        _ => {}
    }
    // Some makers close a block with AA or DD, which no packed decimal and no count of whole values can be.
    let data = match data.split_last() {
        Some((0xAA | 0xDD, values)) if known.block && data.len() % width == 1 => values,
        _ => data,
    };
    let texts: Result<Vec<_>, _> = data
        .chunks(width)
        .map(|chunk| known.format.text(chunk))
        .collect();
    decoded.unit = known.unit.map(str::to_owned);
    match texts {
        Ok(texts) if known.block && !texts.is_empty() => decoded.value = Some(Value::Many(texts)),
        Ok(mut texts) if texts.len() == 1 => match texts.pop().flatten() {
            Some(text) => decoded.value = Some(Value::One(text)),
            None => decoded.note = Some("the meter has no such value".to_owned()),
        },
        Ok(_) => {
            decoded.unit = None;
            decoded.fields.push(Field::new("digits", digits(data)));
            let note = format!("{} bytes where the identifier has {width}", data.len());
            left_over(data, &note, decoded);
        }
        Err(error) => {
            decoded.unit = None;
            left_over(data, &error.to_string(), decoded);
        }
    }
}

fn address(data: &[u8], decoded: &mut Decoded) {
    if data.len() == 6 {
        decoded.name = Some("communication address".to_owned());
        decoded.value = Some(Value::One(digits(data)));
    } else {
        left_over(data, "an address has six bytes", decoded);
    }
}

/// A record's parts as fields. Whether the bytes follow the format.
fn record(parts: &[Part], data: &[u8], decoded: &mut Decoded) -> bool {
    let (mut fields, mut rest) = (Vec::with_capacity(parts.len()), data);
    for part in parts {
        let Some((bytes, after)) = rest.split_at_checked(part.format.bytes()) else {
            return false;
        };
        let Ok(text) = part.format.text(bytes) else {
            return false;
        };
        fields.push(Field {
            name: part.name.replace(' ', "_"),
            value: text,
            unit: part.unit.map(str::to_owned),
        });
        rest = after;
    }
    decoded.fields.extend(fields);
    rest.is_empty()
}

/// Load records, one a line: the time and every class that is there.
fn loads(data: &[u8], decoded: &mut Decoded) {
    let Some(records) = load::LoadRecord::parse_all(data) else {
        left_over(
            data,
            "no whole load records; more frames may follow",
            decoded,
        );
        return;
    };
    let texts = records.iter().map(|record| Some(record.to_string()));
    decoded.value = Some(Value::Many(texts.collect()));
}

/// Keeps bytes that nothing explains. Does nothing where there are none.
pub(super) fn left_over(data: &[u8], why: &str, decoded: &mut Decoded) {
    if data.is_empty() {
        return;
    }
    decoded.data = Some(hex(data));
    if !why.is_empty() {
        decoded.note = Some(why.to_owned());
    }
}
