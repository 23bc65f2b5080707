//! A frame in the words of [`decode`](crate::decode).

mod command;
mod confirm;
mod event;
mod forwarded;
mod measured;
mod names;
mod parameter;
mod terminal;
#[cfg(test)]
mod tests;

use super::{Frame, Item, UnitError, afn, units};
use crate::decode::{DecodeError, Decoded, Direction, Field};
use crate::frame::{FrameError, Protocol};

/// Explains one whole frame. `inner` explains a forwarded frame; it may fail without spoiling the rest.
///
/// # Errors
/// The bytes are not a sound frame, or its data units are not what the function says.
pub fn describe(
    bytes: &[u8],
    inner: impl Fn(&[u8]) -> Result<Decoded, DecodeError>,
) -> Result<Decoded, DecodeError> {
    let frame = Frame::decode(bytes)?;
    let upward = frame.control.upward();
    let items = units::split(frame.afn, upward, &frame.data).map_err(content)?;
    let direction = if upward {
        Direction::Answer
    } else {
        Direction::Request
    };
    let mut decoded = Decoded::new(
        Protocol::Gdw376,
        frame.address.to_string(),
        direction,
        frame.control.0,
        names::function_name(frame.afn),
    );
    decoded.fields = header_fields(&frame);
    if let Some(first) = items.first() {
        decoded.di = Some(names::label(frame.afn, first));
        decoded.name = names::item_name(frame.afn, first.function).map(str::to_owned);
    }
    match frame.afn {
        afn::CONFIRM => confirm::confirm(&items, &mut decoded)?,
        afn::FORWARD if is_only(&items, 1) => {
            forwarded::forwarded(&items, upward, &mut decoded, &inner)?
        }
        afn::SET | afn::READ_PARAMETERS if is_only(&items, 10) => {
            terminal::meters(&frame, &items, &mut decoded)?
        }
        afn::CLASS_1 if upward && is_only(&items, 2) => terminal::clock(&items, &mut decoded),
        afn::SET | afn::READ_PARAMETERS if is_only(&items, 3) => {
            terminal::stations(&items, &mut decoded)
        }
        afn::LINK if items.iter().any(|item| item.data.len() == 6) => {
            terminal::clock(&items, &mut decoded)
        }
        afn::CONTROL if is_only(&items, 31) && items.iter().any(|item| item.data.len() == 6) => {
            terminal::clock(&items, &mut decoded)
        }
        _ => explain(frame.afn, upward, &items, &mut decoded),
    }
    if matches!(frame.afn, afn::CLASS_1 | afn::CLASS_2) {
        measured::taken(&frame, &items, &mut decoded);
    }
    Ok(decoded)
}

fn content(error: units::UnitError) -> DecodeError {
    DecodeError::Frame(FrameError::Content(error.to_string()))
}

fn is_only(items: &[Item], function: u8) -> bool {
    matches!(items, [item] if item.function == function)
}

fn header_fields(frame: &Frame) -> Vec<Field> {
    let mut fields = vec![
        Field::new("protocol_mark", frame.protocol.to_string()),
        Field::new("master_station", frame.address.station.to_string()),
        Field::new("sequence", frame.sequence.number().to_string()),
        Field::new(
            "single",
            (frame.sequence.first() && frame.sequence.last()).to_string(),
        ),
        Field::new("wants_confirm", frame.sequence.wants_confirm().to_string()),
    ];
    if frame.password.is_some() {
        fields.push(Field::new("password", "present"));
    }
    if let Some([important, ordinary]) = frame.events {
        fields.push(Field::new("events", format!("{important}/{ordinary}")));
    }
    if let Some(tag) = &frame.time_tag {
        let [second, minute, hour, day] = tag.sent;
        fields.push(Field::new(
            "sent",
            format!("{day:02X} {hour:02X}:{minute:02X}:{second:02X}"),
        ));
        fields.push(Field::new(
            "permitted_delay",
            tag.permitted_minutes.to_string(),
        ));
    }
    fields
}

/// The values of items by name; those without a known layout, or that break it, as they are.
fn explain(function: u8, upward: bool, items: &[Item], decoded: &mut Decoded) {
    let single = items.len() == 1;
    for item in items {
        let at = format!("f{}_p{}", item.function, item.point);
        match values(function, upward, item) {
            Some(Ok(fields)) if single => decoded.fields.extend(fields),
            Some(Ok(fields)) => decoded.fields.extend(fields.into_iter().map(|field| Field {
                name: format!("{at}_{}", field.name),
                ..field
            })),
            _ if single && item.data.is_empty() => {}
            Some(Err(error)) if single => {
                decoded.data = Some(hex::encode_upper(&item.data));
                decoded.note = Some(error.to_string());
            }
            None if single => decoded.data = Some(hex::encode_upper(&item.data)),
            _ => decoded
                .fields
                .push(Field::new(at, hex::encode_upper(&item.data))),
        }
    }
}

/// What an item says; `None` where its layout is not known here or it has no data.
fn values(function: u8, upward: bool, item: &Item) -> Option<Result<Vec<Field>, UnitError>> {
    if item.data.is_empty() {
        return None;
    }
    match function {
        afn::SET | afn::READ_PARAMETERS => parameter::values(item),
        afn::CLASS_1 | afn::CLASS_2 if upward => measured::values(function, item),
        afn::EVENTS => event::values(upward, item),
        afn::CONTROL | afn::FORWARD => command::values(function, upward, item),
        _ => None,
    }
}

/// A six-byte address as it is printed, high digit first.
fn printed(address: [u8; 6]) -> String {
    let mut address = address;
    address.reverse();
    hex::encode_upper(address)
}
