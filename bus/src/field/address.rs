//! A meter's address on the command line; its length tells the protocol.

use std::fmt;
use std::str::FromStr;

use crate::frame::mbus::{Address, Selection};
use crate::meter::MeterAddress;

/// A meter's address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldAddress {
    /// DL/T 645 or CJ/T 188.
    Meter(MeterAddress),
    /// M-Bus, primary: 0 to 250.
    Primary(Address),
    /// M-Bus, secondary.
    Secondary(Selection),
}

impl FromStr for FieldAddress {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        if text.len() <= 3 {
            let primary = text.parse().ok().map(Address);
            return primary
                .filter(|address| *address <= Address::LAST)
                .map(FieldAddress::Primary)
                .ok_or_else(|| format!("{text:?} is no primary address of M-Bus, 0 to 250"));
        }
        let number = text.split('-').next().unwrap_or_default();
        if number.len() == 8 {
            return text
                .parse()
                .map(FieldAddress::Secondary)
                .map_err(|error: crate::frame::mbus::BadSelection| error.to_string());
        }
        text.parse()
            .map(FieldAddress::Meter)
            .map_err(|error: crate::meter::BadAddress| error.to_string())
    }
}

impl fmt::Display for FieldAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FieldAddress::Meter(address) => address.fmt(f),
            FieldAddress::Primary(address) => address.fmt(f),
            FieldAddress::Secondary(selection) => selection.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_length_tells_the_protocol() {
        for (text, mbus) in [
            ("260305510012", false),
            ("10-71962403180002", false),
            ("1071962403180002", false),
            ("5", true),
            ("250", true),
            ("12345678", true),
            ("12345678-MPT-01-07", true),
        ] {
            let address: FieldAddress = text.parse().unwrap();
            assert_eq!(!matches!(address, FieldAddress::Meter(_)), mbus, "{text}");
        }
        for wrong in [
            "",
            "251",
            "x",
            "1234",
            "123456789",
            "12345678-",
            "99999999999",
        ] {
            wrong.parse::<FieldAddress>().unwrap_err();
        }
    }
}
