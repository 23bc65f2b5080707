//! How a terminal's port is set: the control byte of AFN 10H and the rate-and-port byte of the archive.

use serde::{Deserialize, Serialize};

use crate::link::{Parity, SerialSettings};

/// Rates by their code, in baud.
const RATES: [u32; 8] = [300, 600, 1200, 2400, 4800, 7200, 9600, 19200];

fn code_of(baud: u32) -> Option<u8> {
    let at = RATES.iter().position(|rate| *rate == baud)?;
    u8::try_from(at).ok()
}

fn rate_of(code: u8) -> u32 {
    RATES.get(usize::from(code & 7)).copied().unwrap_or(2400)
}

/// The control byte: D7-5 rate, D4 two stop bits, D3 parity on, D2 odd, D1-0 data bits minus 5. `6B` = 2400 8E1.
///
/// `None` for a rate, or a number of bits, that has no code.
pub fn control_byte(settings: &SerialSettings) -> Option<u8> {
    let rate = code_of(settings.baud)?;
    let stop = match settings.stop_bits {
        1 => 0x00,
        2 => 0x10,
        _ => return None,
    };
    let parity = match settings.parity {
        Parity::None => 0x00,
        Parity::Even => 0x08,
        Parity::Odd => 0x0C,
    };
    let bits = match settings.data_bits {
        5..=8 => settings.data_bits - 5,
        _ => return None,
    };
    Some(rate << 5 | stop | parity | bits)
}

/// What a control byte asks for; `None` for 00, the port's own setting.
///
/// (00 would also be 300 5N1, which no meter uses; the field reads it as "as configured".)
pub fn from_control_byte(byte: u8) -> Option<SerialSettings> {
    if byte == 0 {
        return None;
    }
    Some(SerialSettings {
        baud: rate_of(byte >> 5),
        parity: match byte & 0x0C {
            0x08 => Parity::Even,
            0x0C => Parity::Odd,
            _ => Parity::None,
        },
        data_bits: (byte & 0x03) + 5,
        stop_bits: if byte & 0x10 == 0 { 1 } else { 2 },
    })
}

/// The rate-and-port byte of the archive: D7-5 rate code, D4-0 port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PortRate {
    /// The port, 1 to 31.
    pub port: u8,
    /// The rate code, 0 to 7; 0 = the port's own.
    pub rate: u8,
}

impl PortRate {
    /// The rate in baud; `None` for code 0, the port's own.
    pub fn baud(self) -> Option<u32> {
        (self.rate != 0).then(|| rate_of(self.rate))
    }

    pub(super) fn to_byte(self) -> u8 {
        (self.rate & 7) << 5 | self.port & 0x1F
    }

    pub(super) fn from_byte(byte: u8) -> PortRate {
        PortRate {
            port: byte & 0x1F,
            rate: byte >> 5,
        }
    }
}
