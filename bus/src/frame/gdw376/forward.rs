//! AFN 10H F1: a meter's frame carried through a terminal as it is.

use std::time::Duration;

use super::UnitError;

/// Downward: what to send on which port, and how long to wait.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The terminal's port, 1 to 31.
    pub port: u8,
    /// Rate and framing, see [`port::control_byte`](super::port::control_byte); 00 = the port's own.
    pub control: u8,
    /// How long the meter's answer may take: D7 = seconds (else 10 ms), D6-0 the number.
    pub message_timeout: u8,
    /// How long the line may be silent inside an answer, in 10 ms. Not used by scanners that know a frame's length.
    pub byte_timeout: u8,
    /// The meter's frame.
    pub content: Vec<u8>,
}

/// Upward: what the meter answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The terminal's port.
    pub port: u8,
    /// The meter's frame; empty = sent, but nothing came back in time.
    pub content: Vec<u8>,
}

/// The longest wait that the message timeout can say.
pub const MAX_TIMEOUT: Duration = Duration::from_secs(127);

/// The message timeout byte for a wait, rounded up: in 10 ms up to 1.27 s, then in seconds up to 127 s.
pub fn timeout_byte(wait: Duration) -> u8 {
    let hundredths = wait.as_millis().div_ceil(10);
    if let Ok(fine @ 0..=0x7F) = u8::try_from(hundredths) {
        return fine;
    }
    let seconds = wait.as_millis().div_ceil(1000).min(127);
    0x80 | u8::try_from(seconds).unwrap_or(0x7F)
}

/// The wait that a message timeout byte says.
pub fn timeout_of(byte: u8) -> Duration {
    let number = u64::from(byte & 0x7F);
    if byte & 0x80 == 0 {
        Duration::from_millis(number * 10)
    } else {
        Duration::from_secs(number)
    }
}

impl Request {
    /// The unit's bytes.
    ///
    /// # Errors
    /// [`UnitError::Malformed`] when the content is longer than its length field can say.
    pub fn encode(&self) -> Result<Vec<u8>, UnitError> {
        let mut unit = vec![
            self.port,
            self.control,
            self.message_timeout,
            self.byte_timeout,
        ];
        put_content(&mut unit, &self.content)?;
        Ok(unit)
    }

    /// Reads a unit.
    ///
    /// # Errors
    /// [`UnitError`] when it is shorter or longer than its length field says.
    pub fn decode(unit: &[u8]) -> Result<Request, UnitError> {
        let (&[port, control, message_timeout, byte_timeout], rest) =
            unit.split_first_chunk::<4>().ok_or(UnitError::Short)?;
        Ok(Request {
            port,
            control,
            message_timeout,
            byte_timeout,
            content: take_content(rest)?,
        })
    }
}

impl Reply {
    /// The unit's bytes.
    ///
    /// # Errors
    /// [`UnitError::Malformed`] when the content is longer than its length field can say.
    pub fn encode(&self) -> Result<Vec<u8>, UnitError> {
        let mut unit = vec![self.port];
        put_content(&mut unit, &self.content)?;
        Ok(unit)
    }

    /// Reads a unit.
    ///
    /// # Errors
    /// [`UnitError`] when it is shorter or longer than its length field says.
    pub fn decode(unit: &[u8]) -> Result<Reply, UnitError> {
        let (port, rest) = unit.split_first().ok_or(UnitError::Short)?;
        Ok(Reply {
            port: *port,
            content: take_content(rest)?,
        })
    }
}

fn put_content(unit: &mut Vec<u8>, content: &[u8]) -> Result<(), UnitError> {
    let length = u16::try_from(content.len())
        .map_err(|_| UnitError::Malformed("the content is too long"))?;
    unit.extend(length.to_le_bytes());
    unit.extend(content);
    Ok(())
}

fn take_content(rest: &[u8]) -> Result<Vec<u8>, UnitError> {
    let (length, content) = rest.split_first_chunk::<2>().ok_or(UnitError::Short)?;
    if content.len() != usize::from(u16::from_le_bytes(*length)) {
        return Err(UnitError::Malformed("the content and its length disagree"));
    }
    Ok(content.to_vec())
}
