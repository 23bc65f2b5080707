//! The layouts of a session with a meter's security module: begin, lifetime, end.

use super::purchase::CustomerNumber;
use crate::frame::bytes::{array, bcd_to_u64, joined, u64_to_bcd};

/// The request of `070000FF` behind the operator (L=20h).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The first random number, enciphered with the authentication key of this meter.
    pub cipher: [u8; 8],
    /// The first random number.
    pub random: [u8; 8],
    /// What the meter's own keys are derived from: its number and two zero bytes.
    pub divergence: [u8; 8],
}

/// The answer of `070000FF` behind the identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IdentityAnswer {
    /// The second random number, which goes into every MAC of the session.
    pub random: [u8; 4],
    /// The number of the security module in the meter.
    pub esam: [u8; 8],
}

/// The request of `070001FF` behind the operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifetime {
    minutes: [u8; 2],
    mac: [u8; 4],
}

/// The answer of `070002FF` behind the identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EndAnswer {
    /// The customer number.
    pub customer: CustomerNumber,
    /// The balance in fen.
    pub balance: u32,
    /// The purchase count.
    pub count: u32,
    /// Which keys the meter has.
    pub key_info: [u8; 4],
}

impl Identity {
    /// The divergence of a meter by its number (six bytes, low pair first). The high end on the wire is zero.
    pub fn divergence_of(meter_number: [u8; 6]) -> [u8; 8] {
        joined(&[&meter_number, &[0, 0]])
    }

    pub(super) fn to_bytes(self) -> [u8; 24] {
        joined(&[&self.cipher, &self.random, &self.divergence])
    }

    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        let layout: [u8; 24] = bytes.try_into().ok()?;
        Some(Identity {
            cipher: array(&layout, 0)?,
            random: array(&layout, 8)?,
            divergence: array(&layout, 16)?,
        })
    }
}

impl IdentityAnswer {
    /// The data behind the identifier.
    pub fn to_bytes(self) -> [u8; 12] {
        joined(&[&self.random, &self.esam])
    }

    /// Reads the data behind the identifier. `None` unless they have the length of this layout.
    pub fn parse(after_di: &[u8]) -> Option<Self> {
        let layout: [u8; 12] = after_di.try_into().ok()?;
        Some(IdentityAnswer {
            random: array(&layout, 0)?,
            esam: array(&layout, 4)?,
        })
    }
}

impl Lifetime {
    /// A lifetime in minutes. `None` above 9999.
    pub fn new(minutes: u16, mac: [u8; 4]) -> Option<Self> {
        let minutes = Lifetime::minutes_bytes(minutes)?;
        Some(Lifetime { minutes, mac })
    }

    /// The minutes as two bytes of packed decimals: what the MAC covers. `None` above 9999.
    pub fn minutes_bytes(minutes: u16) -> Option<[u8; 2]> {
        u64_to_bcd(u64::from(minutes))
    }

    /// Minutes, 0 to 9999.
    pub fn minutes(self) -> u16 {
        bcd_to_u64(&self.minutes)
            .and_then(|minutes| u16::try_from(minutes).ok())
            .unwrap_or_default()
    }

    /// Authenticates the minutes.
    pub fn mac(self) -> [u8; 4] {
        self.mac
    }

    pub(super) fn to_bytes(self) -> [u8; 6] {
        joined(&[&self.minutes, &self.mac])
    }

    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        let layout: [u8; 6] = bytes.try_into().ok()?;
        let minutes: [u8; 2] = array(&layout, 0)?;
        bcd_to_u64(&minutes)?;
        let mac = array(&layout, 2)?;
        Some(Lifetime { minutes, mac })
    }
}

impl EndAnswer {
    /// The data behind the identifier.
    pub fn to_bytes(self) -> [u8; 18] {
        joined(&[
            &self.customer.to_wire(),
            &self.balance.to_le_bytes(),
            &self.count.to_le_bytes(),
            &self.key_info,
        ])
    }

    /// Reads the data behind the identifier. `None` unless they have the length of this layout.
    pub fn parse(after_di: &[u8]) -> Option<Self> {
        let layout: [u8; 18] = after_di.try_into().ok()?;
        Some(EndAnswer {
            customer: CustomerNumber::from_wire(array(&layout, 0)?),
            balance: u32::from_le_bytes(array(&layout, 6)?),
            count: u32::from_le_bytes(array(&layout, 10)?),
            key_info: array(&layout, 14)?,
        })
    }
}
