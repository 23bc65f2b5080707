//! A frame in one line, for whoever watches a wire.

use crate::decode::{Decoded, Direction, Value, decode};
use crate::frame::Protocol;

/// What a frame says, in one line.
pub(super) fn line(protocol: Protocol, bytes: &[u8]) -> String {
    match decode(protocol, bytes) {
        Ok(decoded) => sentence(&decoded),
        Err(error) => format!("{} ({error})", hex::encode_upper(bytes)),
    }
}

/// Who speaks in a decoded frame.
pub(super) fn direction(decoded: &Decoded) -> &'static str {
    match decoded.direction {
        Direction::Request => "request",
        Direction::Answer => "answer",
    }
}

/// `read 00010000 forward_active_energy = 12.34 kWh, meter 260305510012`.
pub(super) fn sentence(decoded: &Decoded) -> String {
    let mut text = decoded.function.clone();
    let mut say = |part: &str| {
        text.push(' ');
        text.push_str(part);
    };
    for part in [&decoded.di, &decoded.name].into_iter().flatten() {
        say(part);
    }
    if let Some(value) = &decoded.value {
        say("=");
        say(&shown(value));
        if let Some(unit) = &decoded.unit {
            say(unit);
        }
    }
    for field in &decoded.fields {
        let value = field.value.as_deref().unwrap_or("none");
        let unit = field
            .unit
            .as_deref()
            .map_or(String::new(), |unit| format!(" {unit}"));
        say(&format!("{}={value}{unit}", field.name));
    }
    if let Some(error) = &decoded.error {
        say(&format!("REFUSED: {error}"));
    }
    if let Some(data) = &decoded.data {
        say(&format!("data={data}"));
    }
    if let Some(inner) = &decoded.inner {
        say(&format!("[{}]", sentence(inner)));
    }
    text.push_str(&format!(", meter {}", decoded.address));
    text
}

fn shown(value: &Value) -> String {
    match value {
        Value::One(value) => value.clone(),
        Value::Many(values) => {
            let values: Vec<&str> = values
                .iter()
                .map(|value| value.as_deref().unwrap_or("none"))
                .collect();
            values.join(" ")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_says_what_it_holds_and_whose_it_is() {
        let bytes = hex::decode("681290785634126891083335C33378563433B216").unwrap();
        let told = line(Protocol::Dlt645, &bytes);
        assert!(told.contains("00900200"), "{told}");
        assert!(
            told.contains("= 123.45") || told.contains("=123.45"),
            "{told}"
        );
        assert!(told.ends_with(", meter 123456789012"), "{told}");
    }

    #[test]
    fn bytes_that_are_no_frame_are_shown_with_the_reason() {
        let told = line(Protocol::Dlt645, &[0x68, 0x16]);
        assert!(told.starts_with("6816 (too short"), "{told}");
    }
}
