//! How a kind of meter is spoken to, as data: protocol, dialect, who keeps the money, what the meter can do, what is read of
//! it, and how fast it is.
//!
//! A profile is a TOML text ([`Profile::parse`], which tells the lines of its mistakes), a table in somebody's own file, or
//! the name of one of the [built-in ones](Profile::builtin). `base = "name"` begins with a built-in profile and changes what
//! it says. The table of all keys is in `docs/bus/profiles.md`.

mod capability;
mod cjt188;
mod dlt645;
mod frozen;
mod library;
mod problem;
mod quantity;
mod read;
mod register;
mod rules;
mod section;
mod short;
mod similar;
mod timing;
mod tree;

use serde::{Deserialize, Deserializer, de};

pub use capability::{Capabilities, Capability};
pub use cjt188::{
    AmountCoding, AmountForm, Cjt188Dialect, CreditUnit, Edition188, Sequence, ValveLength,
};
pub use dlt645::{
    BooksSource, ClockWay, CountRegister, Dlt645Dialect, ErrorBytes, MacSource, PurchaseLayout,
    RelayWay,
};
pub use frozen::Frozen;
pub use problem::{BadProfile, Problem};
pub use quantity::{Condition, Quantity};
pub use register::{Coding, Flag, RecordId, Register, RegisterId, STATUS_BYTE, Unit};
pub use timing::{Timing, WireParity};

use crate::frame::dlt645::purchase::CustomerNumber;
use tree::Node;

/// A kind of meter. In TOML or JSON a table, or the name of a built-in profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// What people call it.
    pub name: String,
    /// The protocol and how this kind of meter speaks it.
    pub dialect: Dialect,
    /// Who keeps the money.
    pub billing: Billing,
    /// What the meter can do.
    pub capabilities: Capabilities,
    /// What is read on schedule, in the order of reading.
    pub registers: Vec<Register>,
    /// Where the readings of past days are, for a meter that keeps them.
    pub frozen: Option<Frozen>,
    /// How fast the meter is.
    pub timing: Timing,
}

/// A protocol with the options that meters of one kind need.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Dialect {
    /// DL/T 645-2007: electricity.
    Dlt645(Dlt645Dialect),
    /// DL/T 645-1997: electricity, reading only.
    Dlt645Y1997,
    /// CJ/T 188: water, gas, heat.
    Cjt188(Cjt188Dialect),
    /// M-Bus: anything, reading only.
    Mbus,
}

/// The protocol of a profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ProfileProtocol {
    /// `dlt645`.
    Dlt645,
    /// `dlt645_1997`.
    Dlt645Y1997,
    /// `cjt188`.
    Cjt188,
    /// `mbus`.
    Mbus,
}

impl ProfileProtocol {
    const WORDS: &'static section::Words<Self> = &[
        ("dlt645", ProfileProtocol::Dlt645),
        ("dlt645_1997", ProfileProtocol::Dlt645Y1997),
        ("cjt188", ProfileProtocol::Cjt188),
        ("mbus", ProfileProtocol::Mbus),
    ];

    /// The word in a profile.
    pub fn word(self) -> &'static str {
        section::word_of(self, ProfileProtocol::WORDS)
    }
}

/// Who keeps the money.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Billing {
    /// The meter: it is credited and counts down.
    OnMeter,
    /// The server: the meter only counts, and is switched by order.
    OnAccount,
}

impl Billing {
    const WORDS: &'static section::Words<Self> = &[
        ("on_meter", Billing::OnMeter),
        ("on_account", Billing::OnAccount),
    ];

    /// The word in a profile.
    pub fn word(self) -> &'static str {
        section::word_of(self, Billing::WORDS)
    }
}

impl Profile {
    /// Reads a profile from the text of a TOML file: the full form, or the short one with `kind`.
    ///
    /// # Errors
    /// [`BadProfile`] lists every mistake with its line and what would be right.
    pub fn parse(text: &str) -> Result<Profile, BadProfile> {
        let node = Node::from_toml(text).map_err(|problem| BadProfile(vec![problem]))?;
        read::profile(node)
    }

    /// A profile that ships with this crate, by its name.
    ///
    /// # Errors
    /// [`BadProfile`] where there is none of that name; it names the one that was probably meant.
    pub fn builtin(name: &str) -> Result<Profile, BadProfile> {
        read::profile(Node::text(name))
    }

    /// The names of the profiles that ship with this crate.
    pub fn builtin_names() -> impl Iterator<Item = &'static str> {
        library::ALL.iter().map(|(name, _)| *name)
    }

    /// The TOML text of a profile that ships with this crate.
    pub fn builtin_text(name: &str) -> Option<&'static str> {
        library::text(name)
    }

    /// The protocol.
    pub fn protocol(&self) -> ProfileProtocol {
        match self.dialect {
            Dialect::Dlt645(_) => ProfileProtocol::Dlt645,
            Dialect::Dlt645Y1997 => ProfileProtocol::Dlt645Y1997,
            Dialect::Cjt188(_) => ProfileProtocol::Cjt188,
            Dialect::Mbus => ProfileProtocol::Mbus,
        }
    }

    /// Whether the meter does what is asked.
    pub fn can(&self, capability: Capability) -> bool {
        self.capabilities.has(capability)
    }

    /// What a credit at this meter is counted in.
    pub fn credit_unit(&self) -> CreditUnit {
        match &self.dialect {
            Dialect::Cjt188(dialect) => dialect.amount_unit,
            Dialect::Dlt645(_) | Dialect::Dlt645Y1997 | Dialect::Mbus => CreditUnit::Money,
        }
    }

    /// Whether money can be credited over a link alone: the meter keeps the money, counts its purchases and wants no codes of
    /// a signer.
    pub fn takes_money(&self) -> bool {
        let alone = match &self.dialect {
            Dialect::Dlt645(dialect) => {
                dialect.mac == MacSource::None && dialect.count_register != CountRegister::None
            }
            Dialect::Cjt188(_) => true,
            Dialect::Dlt645Y1997 | Dialect::Mbus => false,
        };
        alone
            && self.billing == Billing::OnMeter
            && self.can(Capability::Credit)
            && self.credit_unit() == CreditUnit::Money
    }

    /// For the meter of this customer. Only DL/T 645 meters that keep the money ask for it; others stay as they are.
    #[must_use]
    pub fn with_customer(mut self, customer: CustomerNumber) -> Self {
        if let Dialect::Dlt645(dialect) = &mut self.dialect {
            dialect.customer_number = Some(customer);
        }
        self
    }
}

impl<'de> Deserialize<'de> for Profile {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        read::profile(Node::deserialize(from)?).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests;
