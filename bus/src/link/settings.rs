//! How a serial line is set, and how long bytes take on it.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Parity of a serial line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Parity {
    /// No parity bit.
    None,
    /// Even.
    Even,
    /// Odd.
    Odd,
}

/// Rate and framing of a serial line. The default is the meters' own: 2400 baud, 8 bits, even parity, one stop bit
/// (DL/T 645-2007, 5.2; CJ/T 188-2004, 5.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SerialSettings {
    /// Bits per second.
    pub baud: u32,
    /// Parity.
    pub parity: Parity,
    /// Data bits, 5 to 8.
    pub data_bits: u8,
    /// Stop bits, 1 or 2.
    pub stop_bits: u8,
}

impl Default for SerialSettings {
    fn default() -> Self {
        SerialSettings {
            baud: 2400,
            parity: Parity::Even,
            data_bits: 8,
            stop_bits: 1,
        }
    }
}

impl SerialSettings {
    /// How long `bytes` take on the wire.
    pub fn wire_time(&self, bytes: usize) -> Duration {
        let parity = u64::from(self.parity != Parity::None);
        let bits = 1 + u64::from(self.data_bits) + parity + u64::from(self.stop_bits);
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        self.bit_times(bits.saturating_mul(bytes))
    }

    /// How long `bits` bits take on the wire.
    pub fn bit_times(&self, bits: u64) -> Duration {
        Duration::from_micros(
            bits.saturating_mul(1_000_000)
                .div_ceil(u64::from(self.baud.max(1))),
        )
    }
}

impl fmt::Display for SerialSettings {
    /// `2400 8E1`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parity = match self.parity {
            Parity::None => 'N',
            Parity::Even => 'E',
            Parity::Odd => 'O',
        };
        write!(
            f,
            "{} {}{parity}{}",
            self.baud, self.data_bits, self.stop_bits
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_at_2400_8e1_takes_eleven_bits() {
        let line = SerialSettings::default();
        assert_eq!(line.wire_time(212), Duration::from_micros(971_667));
        assert_eq!(line.to_string(), "2400 8E1");
    }
}
