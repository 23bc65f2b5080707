//! CJ/T 188 frames in words.

use super::dlt645::left_over;
use super::{DecodeError, Decoded, Direction, Field, Value};
use crate::frame::Protocol;
use crate::frame::bytes::{decimal, hex};
use crate::frame::cjt188::identifier::{
    ADDRESS, METERING, PRICES, PURCHASE, VALVE, WRITE_PRICES, WRITE_PURCHASE, detect, name,
};
use crate::frame::cjt188::metering::{Metering, Quantity, unit_name};
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
    match (di, from_meter) {
        (METERING, true) => metering(payload, decoded),
        (PURCHASE, true) => record(payload, decoded),
        (PRICES, true) => prices(payload, decoded),
        (WRITE_PRICES, false) => match payload.split_at_checked(price::LENGTH) {
            Some((table, [day])) if prices(table, decoded) => {
                decoded.fields.push(Field::new("start_day", hex(&[*day])));
                true
            }
            _ => false,
        },
        (WRITE_PURCHASE, _) if payload.len() == 5 => purchase(payload, decoded),
        (VALVE, false) => valve(payload, decoded),
        (0x8103 | 0x8104, true) | (0xA011 | 0xA012, false) => match payload {
            [day] => {
                decoded.value = Some(Value::One(hex(&[*day])));
                true
            }
            _ => false,
        },
        (0xA000..=0xA1FF, true) => match *payload {
            [a, b] => {
                status(Status([a, b]), decoded);
                true
            }
            _ => payload.is_empty(),
        },
        _ => payload.is_empty(),
    }
}

fn metering(payload: &[u8], decoded: &mut Decoded) -> bool {
    let Some(metering) = Metering::parse(payload) else {
        return false;
    };
    let unit = |quantity: Quantity| {
        unit_name(quantity.unit).map_or_else(|| hex(&[quantity.unit]), str::to_owned)
    };
    let text = |quantity: Quantity| {
        quantity
            .hundredths
            .map(|value| decimal(u64::from(value), 2))
    };
    decoded.value = text(metering.current).map(Value::One);
    decoded.unit = Some(unit(metering.current));
    decoded.fields.push(Field::with_unit(
        "settlement",
        text(metering.settlement),
        unit(metering.settlement),
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
