//! Which protocols a link looks for in what comes back.

use crate::frame::Protocol;
use crate::frame::cjt188::Cjt188;
use crate::frame::dlt645::Dlt645;
use crate::frame::gdw376::Gdw376;
use crate::frame::mbus::Mbus;
use crate::frame::scan::Scanner;

/// A set of protocols: what a wire's frames are told apart by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spoken(Vec<Protocol>);

impl Spoken {
    /// What RS-485 wires of meters carry: DL/T 645 and CJ/T 188.
    pub fn meter_wire() -> Self {
        Spoken(vec![Protocol::Dlt645, Protocol::Cjt188])
    }

    /// Exactly these protocols. Where a header fits two, the fault told is that of the one named first.
    pub fn only(protocols: &[Protocol]) -> Self {
        Spoken(protocols.to_vec())
    }

    /// The protocols, in the order of preference.
    pub fn protocols(&self) -> &[Protocol] {
        &self.0
    }

    /// A fresh scanner for them.
    pub fn scanner(&self) -> Scanner {
        self.0
            .iter()
            .fold(Scanner::empty(), |scanner, protocol| match protocol {
                Protocol::Dlt645 => scanner.and::<Dlt645>(),
                Protocol::Cjt188 => scanner.and::<Cjt188>(),
                Protocol::Gdw376 => scanner.and::<Gdw376>(),
                Protocol::Mbus => scanner.and::<Mbus>(),
            })
    }
}

impl Default for Spoken {
    /// What RS-485 wires of meters carry.
    fn default() -> Self {
        Spoken::meter_wire()
    }
}
