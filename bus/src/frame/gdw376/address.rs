//! The address field: A1 area code, A2 terminal address, A3 master station and group flag.

use std::fmt;

/// The address field of a frame, Q/GDW 376.1, 4.2.4.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Address {
    /// A1 as it is on the wire, low byte first: four BCD digits, so area 0171 is `0x0171`. Field frames with digits above
    /// nine exist and are kept.
    pub area: u16,
    /// A2: the terminal's number, 1 to 65534; `0xFFFF` is everybody.
    pub terminal: u16,
    /// A3 bit 0: A2 is a group address.
    pub group: bool,
    /// A3 bits 7 to 1: which master station asks (MSA), 0 to 127. A terminal's own reports use 0.
    pub station: u8,
}

impl Address {
    /// The address of one terminal, with the area code given as a number of at most four decimal digits.
    ///
    /// `None` when the area has more than four digits, or the terminal's number is 0 or the broadcast.
    pub fn of_terminal(area: u16, terminal: u16) -> Option<Address> {
        if area > 9999 || terminal == 0 || terminal == u16::MAX {
            return None;
        }
        let bcd =
            (area / 1000) << 12 | (area / 100 % 10) << 8 | (area / 10 % 10) << 4 | (area % 10);
        Some(Address {
            area: bcd,
            terminal,
            group: false,
            station: 0,
        })
    }

    /// The same terminal, spoken to by master station `station`.
    pub fn with_station(self, station: u8) -> Address {
        Address {
            station: station & 0x7F,
            ..self
        }
    }

    /// Whether the address means one terminal: no group, and not everybody.
    pub fn is_single(self) -> bool {
        !self.group && self.terminal != 0 && self.terminal != u16::MAX
    }

    /// Whether both name the same terminal, whichever master station speaks.
    pub fn same_terminal(self, other: Address) -> bool {
        (self.area, self.terminal, self.group) == (other.area, other.terminal, other.group)
    }

    pub(super) fn to_bytes(self) -> [u8; 5] {
        let area = self.area.to_le_bytes();
        let terminal = self.terminal.to_le_bytes();
        let a3 = (self.station & 0x7F) << 1 | u8::from(self.group);
        [area[0], area[1], terminal[0], terminal[1], a3]
    }

    pub(super) fn from_bytes(bytes: [u8; 5]) -> Address {
        let [a10, a11, a20, a21, a3] = bytes;
        Address {
            area: u16::from_le_bytes([a10, a11]),
            terminal: u16::from_le_bytes([a20, a21]),
            group: a3 & 1 == 1,
            station: a3 >> 1,
        }
    }
}

impl fmt::Display for Address {
    /// `0171-2082`: area code, then the terminal's number in decimal.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let group = if self.group { " (group)" } else { "" };
        write!(f, "{:04X}-{}{group}", self.area, self.terminal)
    }
}
