//! Commands of C=14 to C=1D and their answers.

use super::dlt645::{identifier, left_over, value};
use super::{Decoded, Field, Value};
use crate::frame::bytes::{hex, take};
use crate::frame::dlt645::Function;
use crate::frame::dlt645::freeze::FreezeTime;
use crate::frame::dlt645::heard::Permit;
use crate::frame::dlt645::password::{Password, Protected};
use crate::frame::dlt645::purchase::Operator;
use crate::frame::dlt645::rate::{Output, RateCoding};
use crate::frame::dlt645::relay::{ProtectedOrder, RelayOrder};

/// Fills in what the data of a command say.
pub(super) fn request(function: Function, data: &[u8], decoded: &mut Decoded) {
    let known = match function {
        Function::Write => write(data, decoded),
        Function::Freeze => freeze(data, decoded),
        Function::ChangeRate => rate(data, decoded),
        Function::ChangePassword => change_password(data, decoded),
        Function::ClearDemand | Function::ClearMeter => {
            data.len() == 8 && permit(data, decoded).is_some()
        }
        Function::ClearEvents => clear_events(data, decoded),
        Function::Relay => relay(data, decoded),
        Function::Output => output(data, decoded),
        _ => false,
    };
    if !known {
        left_over(data, "not the layout of this function", decoded);
    }
}

/// Fills in what the answer to a command says.
pub(super) fn answer(function: Function, data: &[u8], decoded: &mut Decoded) {
    let known = match (function, data) {
        (Function::ChangeRate, _) => rate(data, decoded),
        (Function::Output, _) => output(data, decoded),
        (Function::ChangePassword, &[class, p0, p1, p2]) => {
            decoded
                .fields
                .push(Field::new("password", hex(&[class, p0, p1, p2])));
            true
        }
        (Function::Relay, &[low, high]) => {
            decoded
                .fields
                .push(Field::new("result_word", hex(&[high, low])));
            true
        }
        _ => data.is_empty(),
    };
    if !known {
        left_over(data, "", decoded);
    }
}

fn permit(data: &[u8], decoded: &mut Decoded) -> Option<Permit> {
    let password = take(data, 0, 4)?;
    let operator = take(data, 4, 4)?;
    decoded.fields.push(Field::new("password", hex(password)));
    decoded.fields.push(Field::new("operator", hex(operator)));
    Some(Permit {
        password: Password::from_wire(password.try_into().ok()?),
        operator: Operator(operator.try_into().ok()?),
    })
}

fn write(data: &[u8], decoded: &mut Decoded) -> bool {
    let (known, rest) = identifier(data, decoded);
    let Some(permit) = permit(rest, decoded) else {
        left_over(rest, "no room for password and operator", decoded);
        return true;
    };
    let content = rest.get(8..).unwrap_or_default();
    match Protected::parse(permit.password.class, content) {
        Some(Protected::Plain(content)) => value(known, content, decoded),
        Some(Protected::Signed { data, mac }) => {
            value(known, data, decoded);
            decoded.fields.push(Field::new("mac", hex(&mac)));
        }
        Some(Protected::Sealed { cipher, mac }) => sealed(cipher, mac, decoded),
        None => left_over(content, "no room for the authentication code", decoded),
    }
    true
}

fn sealed(cipher: &[u8], mac: [u8; 4], decoded: &mut Decoded) {
    decoded.fields.push(Field::new("cipher", hex(cipher)));
    decoded.fields.push(Field::new("mac", hex(&mac)));
}

fn freeze(data: &[u8], decoded: &mut Decoded) -> bool {
    let time = data.try_into().ok().and_then(FreezeTime::parse);
    if let Some(time) = time {
        decoded.name = Some("time of the freeze".to_owned());
        decoded.value = Some(Value::One(time.to_string()));
    }
    time.is_some()
}

fn rate(data: &[u8], decoded: &mut Decoded) -> bool {
    let &[code] = data else { return false };
    // No byte means different rates in the two codings.
    let baud = RateCoding::OneBit
        .rate(code)
        .or_else(|| RateCoding::Hundreds.rate(code));
    let Some(baud) = baud else { return false };
    decoded.name = Some("transmission rate".to_owned());
    decoded.value = Some(Value::One(baud.to_string()));
    decoded.unit = Some("baud".to_owned());
    true
}

fn change_password(data: &[u8], decoded: &mut Decoded) -> bool {
    let (Some(old), Some(new), 12) = (take(data, 4, 4), take(data, 8, 4), data.len()) else {
        return false;
    };
    identifier(data, decoded);
    decoded.fields.push(Field::new("old_password", hex(old)));
    decoded.fields.push(Field::new("new_password", hex(new)));
    true
}

fn clear_events(data: &[u8], decoded: &mut Decoded) -> bool {
    let (Some(di), 12) = (take(data, 8, 4), data.len()) else {
        return false;
    };
    permit(data, decoded);
    identifier(di, decoded);
    if di == [0xFF; 4] {
        decoded.name = Some("all events".to_owned());
    }
    true
}

fn output(data: &[u8], decoded: &mut Decoded) -> bool {
    let &[code] = data else { return false };
    let output = Output::of(code);
    if let Some(output) = output {
        decoded.name = Some("multifunction output".to_owned());
        decoded.value = Some(Value::One(output.word().to_owned()));
    }
    output.is_some()
}

fn relay(data: &[u8], decoded: &mut Decoded) -> bool {
    let Some(order) = ProtectedOrder::parse(data) else {
        return false;
    };
    let (command, mac) = match order.content {
        Protected::Plain(command) => (command, None),
        Protected::Signed { data, mac } => (data, Some(mac)),
        Protected::Sealed { cipher, mac } => {
            decoded.name = Some("relay command".to_owned());
            head(order, decoded);
            sealed(cipher, mac, decoded);
            return true;
        }
    };
    let read = command
        .try_into()
        .ok()
        .and_then(|command| RelayOrder::of_parts(order.password, order.operator, command));
    let Some(read) = read else { return false };
    decoded.name = Some("relay command".to_owned());
    decoded.value = Some(Value::One(read.command.word().to_owned()));
    head(order, decoded);
    decoded.fields.extend([
        Field::new("delay", read.delay.to_string()),
        Field::new("valid_until", read.valid_until.to_string()),
    ]);
    decoded
        .fields
        .extend(mac.map(|mac| Field::new("mac", hex(&mac))));
    true
}

fn head(order: ProtectedOrder<'_>, decoded: &mut Decoded) {
    decoded.fields.extend([
        Field::new("password_class", hex(&[order.password.class])),
        Field::new("password", hex(&order.password.digits)),
        Field::new("operator", hex(&order.operator.0)),
    ]);
}
