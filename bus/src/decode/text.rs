//! A decoded frame for people: one line a part.

use std::fmt;

use super::{Decoded, Direction, Value};

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::One(text) => f.write_str(text),
            Value::Many(texts) => {
                let shown: Vec<_> = texts
                    .iter()
                    .map(|text| text.as_deref().unwrap_or("-"))
                    .collect();
                f.write_str(&shown.join(" / "))
            }
        }
    }
}

impl fmt::Display for Decoded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_indented(f, self, "")
    }
}

fn write_indented(f: &mut fmt::Formatter<'_>, frame: &Decoded, indent: &str) -> fmt::Result {
    let mut line =
        |name: &str, text: &str| writeln!(f, "{indent}{:<18} {text}", name.replace('_', " "));
    let protocol = match frame.edition {
        Some(edition) => format!("{}-{edition}", frame.protocol),
        None => frame.protocol.to_owned(),
    };
    line("protocol", &protocol)?;
    line("address", &frame.address)?;
    let speaker = match frame.direction {
        Direction::Request => "request",
        Direction::Answer => "answer",
    };
    line(
        speaker,
        &format!("{} ({})", frame.function.replace('_', " "), frame.control),
    )?;
    if let Some(di) = &frame.di {
        line(
            "identifier",
            &format!("{di} {}", frame.name.as_deref().unwrap_or("")),
        )?;
    }
    if let Some(value) = &frame.value {
        let unit = frame.unit.as_deref().unwrap_or("");
        line("value", format!("{value} {unit}").trim_end())?;
    }
    for field in &frame.fields {
        let unit = field
            .unit
            .as_deref()
            .filter(|_| field.value.is_some())
            .unwrap_or("");
        let value = field.value.as_deref().unwrap_or("none");
        line(&field.name, format!("{value} {unit}").trim_end())?;
    }
    if !frame.ok {
        line(
            "refused",
            frame.error.as_deref().unwrap_or("without a reason"),
        )?;
    } else if let Some(error) = &frame.error {
        line("error", error)?;
    }
    if let Some(data) = &frame.data {
        line("data", data)?;
    }
    if let Some(note) = &frame.note {
        line("note", note)?;
    }
    match &frame.inner {
        Some(inner) => {
            line("carries", "")?;
            write_indented(f, inner, &format!("{indent}  "))
        }
        None => Ok(()),
    }
}
