//! A frame in the words of [`decode`](crate::decode).

use super::confirm::not_forwarded;
use super::{Confirm, Frame, Item, afn, archive, forward, port, units};
use crate::decode::{DecodeError, Decoded, Direction, Field, Value};
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
        function_name(frame.afn),
    );
    decoded.fields = header_fields(&frame);
    if let Some(first) = items.first() {
        decoded.di = Some(label(frame.afn, first));
        decoded.name = item_name(frame.afn, first.function).map(str::to_owned);
    }
    match frame.afn {
        afn::CONFIRM => confirm(&items, &mut decoded)?,
        afn::FORWARD if is_only(&items, 1) => forwarded(&items, upward, &mut decoded, &inner)?,
        afn::SET | afn::READ_PARAMETERS if is_only(&items, 10) => {
            meters(&frame, &items, &mut decoded)?
        }
        afn::CLASS_1 if upward && is_only(&items, 2) => clock(&items, &mut decoded),
        afn::SET | afn::READ_PARAMETERS if is_only(&items, 3) => stations(&items, &mut decoded),
        afn::LINK if items.iter().any(|item| item.data.len() == 6) => clock(&items, &mut decoded),
        _ => raw(&items, &mut decoded),
    }
    if matches!(frame.afn, afn::CLASS_1 | FROZEN) {
        measured(&frame, &items, &mut decoded);
    }
    Ok(decoded)
}

/// Class 2 data: frozen daily and monthly.
const FROZEN: u8 = 0x0D;

fn content(error: units::UnitError) -> DecodeError {
    DecodeError::Frame(FrameError::Content(error.to_string()))
}

fn is_only(items: &[Item], function: u8) -> bool {
    matches!(items, [item] if item.function == function)
}

fn function_name(function: u8) -> &'static str {
    match function {
        afn::CONFIRM => "confirm",
        afn::RESET => "reset",
        afn::LINK => "link",
        0x03 => "relay_station",
        afn::SET => "set_parameters",
        afn::CONTROL => "control",
        afn::AUTHENTICATE => "authenticate",
        0x08 => "ask_cascaded_to_report",
        0x09 => "terminal_configuration",
        afn::READ_PARAMETERS => "read_parameters",
        0x0B => "task_data",
        afn::CLASS_1 => "current_data",
        0x0D => "frozen_data",
        0x0E => "events",
        afn::FILE => "file",
        afn::FORWARD => "forward",
        _ => "unknown",
    }
}

fn item_name(function: u8, item: u8) -> Option<&'static str> {
    Some(match (function, item) {
        (afn::CONFIRM, 1) => "confirm all",
        (afn::CONFIRM, 2) => "deny all",
        (afn::CONFIRM, 3) => "confirm or deny each item",
        (afn::LINK, 1) => "login",
        (afn::LINK, 2) => "logout",
        (afn::LINK, 3) => "heartbeat",
        (afn::SET | afn::READ_PARAMETERS, 1) => "uplink parameters",
        (afn::SET | afn::READ_PARAMETERS, 3) => "master station addresses",
        (afn::SET | afn::READ_PARAMETERS, 10) => "meter archive",
        (afn::CONTROL, 1) => "remote trip",
        (afn::CONTROL, 2) => "remote close",
        (afn::CONTROL, 31) => "time synchronisation",
        (afn::CLASS_1, 2) => "terminal clock",
        (afn::CLASS_1, 25) => "present power, voltage and current",
        (afn::CLASS_1, 33) => "present forward active and reactive totals",
        (afn::CLASS_1, 34) => "present reverse active and reactive totals",
        (afn::CLASS_1, 129) => "present forward active energy",
        (afn::CLASS_1, 167) => "purchase and use",
        (afn::CLASS_1, 168) => "settlement information",
        (0x0D, 1) => "daily frozen forward energy",
        (0x0D, 2) => "daily frozen reverse energy",
        (0x0D, 17) => "monthly frozen forward energy",
        (0x0D, 18) => "monthly frozen reverse energy",
        (afn::FORWARD, 1) => "transparent forward",
        _ => return None,
    })
}

/// `AFN0C F167 P1`: how the field writes an item.
fn label(function: u8, item: &Item) -> String {
    let point = match item.point {
        Item::ALL_POINTS => "all".to_owned(),
        number => number.to_string(),
    };
    format!("AFN{function:02X} F{} P{point}", item.function)
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

fn confirm(items: &[Item], decoded: &mut Decoded) -> Result<(), DecodeError> {
    let confirm = Confirm::from_items(items).map_err(content)?;
    decoded.ok = confirm.accepts_all();
    if confirm == Confirm::None {
        decoded.error = Some("everything denied".to_owned());
    }
    if let Confirm::Each { afn, verdicts } = &confirm {
        for verdict in verdicts {
            let name = format!("afn{afn:02X}_f{}_p{}", verdict.function, verdict.point);
            decoded
                .fields
                .push(Field::new(name, format!("{:02X}", verdict.error)));
        }
        decoded.error = verdicts
            .iter()
            .find(|verdict| verdict.error != 0)
            .map(|verdict| {
                let meaning = not_forwarded::meaning(verdict.error).unwrap_or("denied");
                format!("{meaning} (code {:02X})", verdict.error)
            });
    }
    Ok(())
}

fn forwarded(
    items: &[Item],
    upward: bool,
    decoded: &mut Decoded,
    inner: &impl Fn(&[u8]) -> Result<Decoded, DecodeError>,
) -> Result<(), DecodeError> {
    let unit = items
        .first()
        .map(|item| item.data.as_slice())
        .unwrap_or_default();
    let carried = if upward {
        let reply = forward::Reply::decode(unit).map_err(content)?;
        decoded
            .fields
            .push(Field::new("port", reply.port.to_string()));
        reply.content
    } else {
        let request = forward::Request::decode(unit).map_err(content)?;
        decoded
            .fields
            .push(Field::new("port", request.port.to_string()));
        decoded
            .fields
            .push(Field::new("framing", framing(request.control)));
        let wait = forward::timeout_of(request.message_timeout);
        decoded.fields.push(Field::with_unit(
            "message_timeout",
            Some(wait.as_millis().to_string()),
            "ms",
        ));
        let gap = u32::from(request.byte_timeout) * 10;
        decoded.fields.push(Field::with_unit(
            "byte_timeout",
            Some(gap.to_string()),
            "ms",
        ));
        request.content
    };
    if carried.is_empty() {
        decoded.note = Some("sent, and nothing came back in time".to_owned());
        return Ok(());
    }
    match inner(&carried) {
        Ok(frame) => decoded.inner = Some(Box::new(frame)),
        Err(error) => {
            decoded.data = Some(hex::encode_upper(&carried));
            decoded.note = Some(format!("what it carries is no meter frame: {error}"));
        }
    }
    Ok(())
}

/// `2400 8E1`, or `default`.
fn framing(control: u8) -> String {
    match port::from_control_byte(control) {
        None => "default".to_owned(),
        Some(settings) => settings.to_string(),
    }
}

fn meters(frame: &Frame, items: &[Item], decoded: &mut Decoded) -> Result<(), DecodeError> {
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

/// A1 format: ss mm hh DD, month with the weekday in its high three bits, YY.
fn clock(items: &[Item], decoded: &mut Decoded) {
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

/// F3: main and backup master station, access point.
fn stations(items: &[Item], decoded: &mut Decoded) {
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

/// When measured data were taken, and that some are missing. The values themselves stay raw.
fn measured(frame: &Frame, items: &[Item], decoded: &mut Decoded) {
    let [item] = items else {
        return;
    };
    let upward = frame.control.upward();
    match (frame.afn, item.function, item.data.as_slice()) {
        (FROZEN, 1..=12, [day, month, year, ..]) => {
            let date = format!("20{year:02X}-{month:02X}-{day:02X}");
            decoded.fields.push(Field::new("frozen", date));
        }
        (FROZEN, 17..=24, [month, year, ..]) => {
            decoded
                .fields
                .push(Field::new("frozen", format!("20{year:02X}-{month:02X}")));
        }
        (afn::CLASS_1, 25..=48 | 129..=136 | 167 | 168, [minute, hour, day, month, year, ..])
            if upward =>
        {
            let time = format!("20{year:02X}-{month:02X}-{day:02X} {hour:02X}:{minute:02X}");
            decoded.fields.push(Field::new("read_at", time));
        }
        _ => {}
    }
    if upward && item.data.windows(2).any(|pair| pair == [0xEE, 0xEE]) {
        decoded.note = Some("values of EE bytes are not known to the terminal".to_owned());
    }
}

fn raw(items: &[Item], decoded: &mut Decoded) {
    if let [item] = items {
        if !item.data.is_empty() {
            decoded.data = Some(hex::encode_upper(&item.data));
        }
        return;
    }
    for item in items {
        let name = format!("f{}_p{}", item.function, item.point);
        decoded
            .fields
            .push(Field::new(name, hex::encode_upper(&item.data)));
    }
}
