//! The address byte A.

use std::fmt;

/// Whom a frame speaks to, or who speaks (EN 13757-2, address field).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address(pub u8);

impl Address {
    /// A meter that has not been given an address yet.
    pub const UNCONFIGURED: Address = Address(0);
    /// The highest primary address.
    pub const LAST: Address = Address(250);
    /// The meters selected by their secondary address.
    pub const SELECTED: Address = Address(253);
    /// All meters, and all answer: for a wire with one meter.
    pub const TEST: Address = Address(254);
    /// All meters, and none answers.
    pub const BROADCAST: Address = Address(255);

    /// Whether one meter can have this primary address (0 is that of a new meter).
    pub fn is_primary(self) -> bool {
        self <= Address::LAST
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}
