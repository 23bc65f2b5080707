//! Explains one frame: what `meterbus decode` prints.
//!
//! The words of the JSON are stable, scripts may rely on them:
//!
//! | key | meaning |
//! |---|---|
//! | `protocol` | `dlt645`, `cjt188`, `gdw376` or `mbus` |
//! | `edition` | `2007` or `1997` (DL/T 645 only) |
//! | `address` | the meter's or terminal's number as printed on it, high digit first; M-Bus: the primary address |
//! | `direction` | `request` (master to meter) or `answer` (meter to master, also unasked reports) |
//! | `control` | the control byte, two hex digits |
//! | `function` | what is asked or answered, in words of `snake_case` |
//! | `ok` | `false` when the answer says that the meter refused |
//! | `di` | the data identifier, high byte first, whatever its order on the wire; M-Bus: the CI field |
//! | `name` | what the identifier holds |
//! | `value` | the main value as text, numbers as exact decimals; a list where the identifier is a block (`null`: no value) |
//! | `unit` | the unit of `value` |
//! | `fields` | further parts by name, each with `value` (`null`: the meter has none) and, where it has one, `unit` |
//! | `error` | the refusal in words |
//! | `data` | the bytes that no known layout explains, hex as on the wire (DL/T 645: without the 33h offset) |
//! | `note` | what is unusual about the frame |
//! | `inner` | the frame carried by a transparent forward, decoded the same way |

mod cjt188;
mod dlt645;
mod dlt645_1997;
mod dlt645_command;
mod dlt645_security;
mod mbus;
mod text;

#[cfg(test)]
mod dlt645_tests;
#[cfg(test)]
mod tests;

use serde::Serialize;

use crate::frame::{FrameError, Protocol, gdw376};

/// Explains one whole frame, with or without preamble.
///
/// A frame that is sound but says something unknown is explained as far as it goes: the rest is in [`Decoded::data`].
///
/// # Errors
/// The bytes are not one sound frame of this protocol.
pub fn decode(protocol: Protocol, bytes: &[u8]) -> Result<Decoded, DecodeError> {
    match protocol {
        Protocol::Dlt645 => dlt645::decode(bytes),
        Protocol::Cjt188 => cjt188::decode(bytes),
        Protocol::Gdw376 => gdw376::describe(bytes, meter_frame),
        Protocol::Mbus => mbus::decode(bytes),
    }
}

/// Explains a meter's frame of a protocol that is not told: what a transparent forward carries.
///
/// # Errors
/// The bytes are a sound frame of neither DL/T 645 nor CJ/T 188; the error is the one of DL/T 645.
pub fn meter_frame(bytes: &[u8]) -> Result<Decoded, DecodeError> {
    dlt645::decode(bytes).or_else(|error| cjt188::decode(bytes).map_err(|_| error))
}

/// Bytes from hex digits; blanks between them are allowed.
///
/// # Errors
/// [`DecodeError::NotHex`] names the fault.
pub fn from_hex(text: &str) -> Result<Vec<u8>, DecodeError> {
    let digits: String = text.split_whitespace().collect();
    hex::decode(&digits).map_err(|error| DecodeError::NotHex(error.to_string()))
}

/// What a frame says. The key words are those of the [module](self)'s table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Decoded {
    /// The protocol's short name.
    pub protocol: &'static str,
    /// The edition of the protocol where they differ.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub edition: Option<&'static str>,
    /// The address as printed on the device.
    pub address: String,
    /// Who speaks.
    pub direction: Direction,
    /// The control byte, two hex digits.
    pub control: String,
    /// What is asked or answered.
    pub function: String,
    /// Whether this is not a refusal.
    pub ok: bool,
    /// The data identifier.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub di: Option<String>,
    /// What the identifier holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The main value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
    /// The unit of the main value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// Further parts.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<Field>,
    /// The refusal in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Bytes that no known layout explains, in hex.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<String>,
    /// What is unusual.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// The frame inside a transparent forward.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inner: Option<Box<Decoded>>,
}

/// Who speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// The master asks.
    Request,
    /// The meter or terminal speaks.
    Answer,
}

/// One exact value, or those of a block in their order on the wire.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Value {
    /// One value.
    One(String),
    /// A block.
    Many(Vec<Option<String>>),
}

/// A part of a frame by its name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Field {
    /// What it is, in `snake_case`.
    pub name: String,
    /// Its value; `None` where the meter says that it has none.
    pub value: Option<String>,
    /// Its unit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
}

impl Field {
    /// A part without a unit.
    pub fn new(name: impl Into<String>, value: impl Into<String>) -> Self {
        Field {
            name: name.into(),
            value: Some(value.into()),
            unit: None,
        }
    }

    /// A part with a unit.
    pub fn with_unit(
        name: impl Into<String>,
        value: Option<String>,
        unit: impl Into<String>,
    ) -> Self {
        Field {
            name: name.into(),
            value,
            unit: Some(unit.into()),
        }
    }
}

impl Decoded {
    /// The parts every frame has; all others are empty.
    pub fn new(
        protocol: Protocol,
        address: String,
        direction: Direction,
        control: u8,
        function: impl Into<String>,
    ) -> Self {
        Decoded {
            protocol: protocol.name(),
            edition: None,
            address,
            direction,
            control: format!("{control:02X}"),
            function: function.into(),
            ok: true,
            di: None,
            name: None,
            value: None,
            unit: None,
            fields: Vec::new(),
            error: None,
            data: None,
            note: None,
            inner: None,
        }
    }
}

/// Why a frame cannot be explained.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// The bytes are not one sound frame.
    #[error(transparent)]
    Frame(#[from] FrameError),
    /// The text is not pairs of hex digits.
    #[error("not hexadecimal: {0}")]
    NotHex(String),
    /// The explanation cannot be written as JSON.
    #[error("cannot be written as JSON: {0}")]
    NotPrintable(String),
}
