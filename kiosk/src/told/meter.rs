//! From a record of the directory to a meter that can be spoken to.

use std::sync::Arc;

use meterpost_bus::frame::dlt645::purchase::CustomerNumber;
use meterpost_bus::link::{Parity, SerialSettings};
use meterpost_bus::meter::profile::ProfileProtocol;
use meterpost_bus::meter::{BadAddress, MeterAddress, MeterDriver, Profile};
use meterpost_ledger::Money;
use meterpost_ledger::bulletin::directory::MeterRecord;
use meterpost_ui::view::Utility;

use super::Found;
use crate::flow::{DirectoryMeter, utility_from_word};

/// What a meter is made of, wherever it is described.
#[derive(Clone, Debug)]
pub struct MeterParts<'m> {
    /// The number residents type.
    pub number: &'m str,
    /// What it measures.
    pub utility: Utility,
    /// How it is spoken to.
    pub profile: Profile,
    /// Decimal digits of its address.
    pub address: &'m str,
    /// The concentrator's port it hangs on.
    pub segment: u8,
    /// Baud of its wire.
    pub baud: u32,
    /// Parity of its wire.
    pub parity: Parity,
    /// Its customer number; empty for none.
    pub customer: &'m str,
    /// Building and room.
    pub place: &'m str,
    /// Below this balance the screen says "low".
    pub low_balance: Money,
    /// Whether this terminal may send it purchases.
    pub ours: bool,
    /// Whether the server keeps its money.
    pub on_account: bool,
}

/// The meter, ready.
///
/// # Errors
/// When profile and address do not fit together.
pub fn build_meter(parts: MeterParts<'_>) -> Result<DirectoryMeter, String> {
    let address: MeterAddress = wire_address(&parts)
        .parse()
        .map_err(|error: BadAddress| error.to_string())?;
    let profile_name = parts.profile.name.clone();
    let profile = match CustomerNumber::from_digits(parts.customer) {
        Some(customer) => parts.profile.with_customer(customer),
        None => parts.profile,
    };
    let driver = MeterDriver::new(profile, address, parts.baud).map_err(|e| e.to_string())?;
    Ok(DirectoryMeter {
        number: parts.number.to_owned(),
        utility: parts.utility,
        profile: profile_name,
        place: parts.place.to_owned(),
        low_balance: parts.low_balance,
        segment: parts.segment,
        serial: SerialSettings {
            baud: parts.baud,
            parity: parts.parity,
            ..SerialSettings::default()
        },
        driver: Arc::new(driver),
        ours: parts.ours,
        on_account: parts.on_account,
    })
}

/// The address as the bus writes it: CJ/T 188 puts the meter's type in front (CJ/T 188-2004, table 2).
fn wire_address(parts: &MeterParts<'_>) -> String {
    let kind = match parts.utility {
        Utility::Water => "10",
        Utility::HotWater => "11",
        Utility::Heat => "20",
        Utility::Gas => "30",
        Utility::Electricity => "40",
    };
    match parts.profile.protocol() {
        ProfileProtocol::Dlt645 => parts.address.to_owned(),
        _ => format!("{kind}-{}", parts.address),
    }
}

impl Found<'_> {
    /// The meter, ready, as the terminal of this id may use it.
    ///
    /// # Errors
    /// Why the server's record makes no meter.
    pub fn build(&self, terminal: &str) -> Result<DirectoryMeter, String> {
        let MeterRecord {
            number,
            profile,
            address,
            segment,
            ..
        } = self.meter;
        let place = match self.meter.place.as_str() {
            "" => &self.account.place,
            own => own,
        };
        build_meter(MeterParts {
            number,
            utility: utility_from_word(&self.meter.utility)
                .ok_or_else(|| format!("utility {} is not known", self.meter.utility))?,
            profile: Profile::builtin(profile).map_err(|error| error.to_string())?,
            address,
            segment: *segment,
            baud: self.meter.baud.unwrap_or(2400),
            parity: match self.meter.parity.as_deref() {
                None | Some("even") => Parity::Even,
                Some("none") => Parity::None,
                Some("odd") => Parity::Odd,
                Some(other) => return Err(format!("parity {other} is not known")),
            },
            customer: self.meter.customer.as_deref().unwrap_or_default(),
            place,
            low_balance: Money(self.meter.low_balance),
            // Two who send the same number to a meter could not be told apart by it.
            ours: self.meter.owner.as_deref() == Some(terminal),
            on_account: self.meter.on_account,
        })
    }
}
