//! CJ/T 188 frames in words.

use super::dlt645::left_over;
use super::{DecodeError, Decoded, Direction, Field, Value};
use crate::frame::Protocol;
use crate::frame::bytes::{decimal, digits, hex};
use crate::frame::cjt188::heat::Heat;
use crate::frame::cjt188::identifier::{
    ADDRESS, KEY_VERSION, LAST_MONTH, METERING, PRICES, PURCHASE, READING_DAY, SETTLEMENT_DAY,
    SYNCHRONISE, TWELFTH_MONTH, VALVE, WRITE_ADDRESS, WRITE_KEY, WRITE_PRICES, WRITE_PURCHASE,
    WRITE_READING_DAY, WRITE_SETTLEMENT_DAY, WRITE_TIME, detect, name,
};
use crate::frame::cjt188::key::NewKey;
use crate::frame::cjt188::metering::{Metering, Quantity, history, read_clock, unit_name};
use crate::frame::cjt188::price::{self, Prices};
use crate::frame::cjt188::purchase::{Purchase, Record, VolumePurchase};
use crate::frame::cjt188::status::{Status, StatusLayout};
use crate::frame::cjt188::valve::ValveCommand;
use crate::frame::cjt188::{Frame, address_kind_name};

/// Explains one whole frame.
pub(super) fn decode(bytes: &[u8]) -> Result<Decoded, DecodeError> {
    let frame = Frame::parse(bytes)?;
    let (address, control) = (frame.address(), frame.control());
    let direction = if control.from_meter() {
        Direction::Answer
    } else {
        Direction::Request
    };
    let word = control.function().word();
    let mut decoded = Decoded::new(
        Protocol::Cjt188,
        address.to_string(),
        direction,
        control.0,
        word,
    );
    decoded.ok = !control.refused();
    decoded.fields.extend([
        Field::new("meter_type", hex(&[address.kind])),
        Field::new("meter_kind", address_kind_name(address.kind)),
    ]);
    if control.refused() {
        refusal(frame.data(), &mut decoded);
        return Ok(decoded);
    }
    let &[a, b, serial, ref payload @ ..] = frame.data() else {
        left_over(
            frame.data(),
            "no whole identifier and serial byte",
            &mut decoded,
        );
        return Ok(decoded);
    };
    let (di, order) = detect([a, b]);
    decoded.di = Some(format!("{di:04X}"));
    decoded.name = name(di).map(str::to_owned);
    decoded.fields.push(Field::new("di_order", order.word()));
    decoded.fields.push(Field::new("serial", hex(&[serial])));
    if (di, control.from_meter()) == (ADDRESS, true) {
        // The answer has no payload: the address is the one in the header.
        decoded.value = Some(Value::One(address.to_string()));
    }
    if !explain(di, control.from_meter(), payload, &mut decoded) {
        left_over(payload, "a layout that is not known", &mut decoded);
    }
    Ok(decoded)
}

fn refusal(data: &[u8], decoded: &mut Decoded) {
    decoded.error = Some("refused".to_owned());
    match *data {
        [serial, a, b] => {
            decoded.fields.push(Field::new("serial", hex(&[serial])));
            status(Status([a, b]), decoded);
        }
        _ => left_over(
            data,
            "a refusal carries serial byte and status word",
            decoded,
        ),
    }
}

/// Whether the payload is a known layout.
fn explain(di: u16, from_meter: bool, payload: &[u8], decoded: &mut Decoded) -> bool {
    if from_meter {
        told(di, payload, decoded)
    } else {
        asked(di, payload, decoded)
    }
}

/// What a meter tells.
fn told(di: u16, payload: &[u8], decoded: &mut Decoded) -> bool {
    match (di, payload) {
        (METERING, _) => metering(payload, decoded) || heat(payload, decoded),
        (LAST_MONTH..=TWELFTH_MONTH, _) => past(payload, decoded),
        (PURCHASE, _) => record(payload, decoded),
        (PRICES, _) => prices(payload, decoded),
        (SETTLEMENT_DAY | READING_DAY, &[day]) => value(hex(&[day]), decoded),
        (KEY_VERSION | WRITE_KEY, &[version]) => value(hex(&[version]), decoded),
        // The standard has the address in the header only; some meters send it here too.
        (ADDRESS, [_, _, _, _, _, _, _]) => value(digits(payload), decoded),
        (WRITE_PURCHASE, [_, _, _, _, _, ..]) => purchase(payload, decoded),
        (0xA000..=0xA1FF, &[a, b]) => {
            status(Status([a, b]), decoded);
            true
        }
        _ => payload.is_empty(),
    }
}

/// What a master asks or writes.
fn asked(di: u16, payload: &[u8], decoded: &mut Decoded) -> bool {
    match (di, payload) {
        (WRITE_PRICES, _) => match payload.split_at_checked(price::LENGTH) {
            Some((table, [day])) if prices(table, decoded) => {
                decoded.fields.push(Field::new("start_day", hex(&[*day])));
                true
            }
            _ => false,
        },
        (WRITE_SETTLEMENT_DAY | WRITE_READING_DAY, &[day]) => value(hex(&[day]), decoded),
        (WRITE_PURCHASE, [_, _, _, _, _, ..]) => purchase(payload, decoded),
        (WRITE_KEY, _) => NewKey::parse(payload).is_some_and(|key| {
            decoded.note = Some("the key is not shown".to_owned());
            value(hex(&[key.version]), decoded)
        }),
        (WRITE_TIME, _) => {
            read_clock(payload).is_some_and(|clock| value(clock.to_string(), decoded))
        }
        (SYNCHRONISE, _) => past(payload, decoded),
        (WRITE_ADDRESS | ADDRESS, [_, _, _, _, _, _, _]) => value(digits(payload), decoded),
        (VALVE, _) => valve(payload, decoded),
        _ => payload.is_empty(),
    }
}

fn value(text: String, decoded: &mut Decoded) -> bool {
    decoded.value = Some(Value::One(text));
    true
}

fn unit_text(quantity: Quantity) -> String {
    unit_name(quantity.unit).map_or_else(|| hex(&[quantity.unit]), str::to_owned)
}

fn hundredths(value: Option<u32>) -> Option<String> {
    value.map(|value| decimal(u64::from(value), 2))
}

fn past(payload: &[u8], decoded: &mut Decoded) -> bool {
    let Some(list) = history(payload) else {
        return false;
    };
    decoded.unit = list.first().copied().map(unit_text);
    let mut texts: Vec<_> = list
        .iter()
        .map(|quantity| hundredths(quantity.hundredths))
        .collect();
    decoded.value = match (texts.len(), texts.pop()) {
        (1, Some(only)) => only.map(Value::One),
        (_, last) => {
            texts.extend(last);
            Some(Value::Many(texts))
        }
    };
    true
}

fn heat(payload: &[u8], decoded: &mut Decoded) -> bool {
    let Some((heat, layout)) = Heat::guess(payload) else {
        return false;
    };
    decoded.value = hundredths(heat.current.hundredths).map(Value::One);
    decoded.unit = Some(unit_text(heat.current));
    for (name, quantity) in [
        ("settlement", heat.settlement),
        ("power", heat.power),
        ("flow", heat.flow),
        ("volume", heat.volume),
    ] {
        let text = hundredths(quantity.hundredths);
        decoded
            .fields
            .push(Field::with_unit(name, text, unit_text(quantity)));
    }
    for (name, degrees) in [
        ("supply_temperature", heat.supply),
        ("return_temperature", heat.back),
    ] {
        decoded
            .fields
            .push(Field::with_unit(name, hundredths(degrees), "°C"));
    }
    let hours = heat.hours.map(|hours| hours.to_string());
    decoded
        .fields
        .push(Field::with_unit("working_time", hours, "h"));
    decoded.fields.push(Field {
        name: "clock".to_owned(),
        value: heat.clock.map(|clock| clock.to_string()),
        unit: None,
    });
    decoded
        .fields
        .push(Field::new("heat_layout", layout.word()));
    status(heat.status, decoded);
    true
}

fn metering(payload: &[u8], decoded: &mut Decoded) -> bool {
    let Some(metering) = Metering::parse(payload) else {
        return false;
    };
    decoded.value = hundredths(metering.current.hundredths).map(Value::One);
    decoded.unit = Some(unit_text(metering.current));
    decoded.fields.push(Field::with_unit(
        "settlement",
        hundredths(metering.settlement.hundredths),
        unit_text(metering.settlement),
    ));
    decoded.fields.push(Field {
        name: "clock".to_owned(),
        value: metering.clock.map(|clock| clock.to_string()),
        unit: None,
    });
    status(metering.status, decoded);
    true
}

fn record(payload: &[u8], decoded: &mut Decoded) -> bool {
    let Some(record) = Record::parse(payload) else {
        return false;
    };
    money(record.remaining, decoded);
    let amount = |name, value| Field::with_unit(name, Some(decimal(u64::from(value), 2)), "yuan");
    decoded.fields.extend([
        Field::new("sequence", record.sequence.to_string()),
        amount("last_purchase", record.last),
        amount("cumulative", record.cumulative),
        amount("remaining", record.remaining),
    ]);
    status(record.status, decoded);
    true
}

fn prices(table: &[u8], decoded: &mut Decoded) -> bool {
    let Some(read) = Prices::parse(table) else {
        return false;
    };
    let texts = read.prices.map(|price| Some(decimal(u64::from(price), 2)));
    decoded.value = Some(Value::Many(texts.to_vec()));
    decoded.unit = Some("yuan".to_owned());
    let [second, third] = read.steps;
    decoded
        .fields
        .push(Field::new("second_price_from", second.to_string()));
    decoded
        .fields
        .push(Field::new("third_price_from", third.to_string()));
    true
}

fn purchase(payload: &[u8], decoded: &mut Decoded) -> bool {
    let Some((payload, padding)) = payload.split_at_checked(5) else {
        return false;
    };
    if padding.iter().any(|&byte| byte != 0) {
        return false;
    }
    let standard = Purchase::parse(payload);
    match VolumePurchase::parse(payload) {
        Some(volume) if VolumePurchase::is_likely(payload) => {
            decoded.value = Some(Value::One(decimal(u64::from(volume.tenths), 1)));
            decoded.unit = Some("m3".to_owned());
            decoded
                .fields
                .push(Field::new("sequence", volume.sequence.to_string()));
            if let Some(standard) = standard {
                let text = decimal(u64::from(standard.amount), 2);
                decoded
                    .fields
                    .push(Field::with_unit("standard_reading", Some(text), "yuan"));
            }
            decoded.note = Some(
                "read as a vendor's layout: volume in 0.1 m3, binary, high byte first".to_owned(),
            );
        }
        _ => {
            let Some(standard) = standard else {
                return false;
            };
            money(standard.amount, decoded);
            decoded
                .fields
                .push(Field::new("sequence", standard.sequence.to_string()));
        }
    }
    true
}

fn valve(payload: &[u8], decoded: &mut Decoded) -> bool {
    let (code, padding) = match *payload {
        [code] => (code, false),
        [code, 0, 0, 0] => (code, true),
        _ => return false,
    };
    let Some(command) = ValveCommand::of(code) else {
        return false;
    };
    decoded.value = Some(Value::One(command.word().to_owned()));
    if padding {
        decoded.note = Some("a vendor's layout with three more bytes".to_owned());
    }
    true
}

fn status(status: Status, decoded: &mut Decoded) {
    let layout = StatusLayout::LowBits;
    decoded.fields.push(Field::new("status", hex(&status.0)));
    decoded
        .fields
        .push(Field::new("valve", status.valve(layout).word()));
    if status.battery_low(layout) {
        decoded.fields.push(Field::new("battery", "low"));
    }
}

fn money(hundredths: u32, decoded: &mut Decoded) {
    decoded.value = Some(Value::One(decimal(u64::from(hundredths), 2)));
    decoded.unit = Some("yuan".to_owned());
}
