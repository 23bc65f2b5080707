//! A transparent forward, and the meter frame in it.

use super::super::{Item, forward, port};
use super::content;
use crate::decode::{DecodeError, Decoded, Field};

pub(super) fn forwarded(
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
pub(super) fn framing(control: u8) -> String {
    match port::from_control_byte(control) {
        None => "default".to_owned(),
        Some(settings) => settings.to_string(),
    }
}
