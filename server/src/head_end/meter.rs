//! A meter of the directory as the bus speaks to it.

use meterpost_bus::frame::dlt645::purchase::CustomerNumber;
use meterpost_bus::link::{Parity, SerialSettings};
use meterpost_bus::meter::profile::ProfileProtocol;
use meterpost_bus::meter::{MeterAddress, MeterDriver, Profile};
use meterpost_bus::uplink::scatter;
use thiserror::Error;

use crate::orders::MeterRow;

/// Why nothing can be said to a meter: its row makes no sense. Nothing was sent.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("the directory's row of meter {number} cannot be used: {why}")]
pub struct Unreachable {
    number: String,
    why: String,
}

/// Adapters, network and the concentrator's queue come on top of what the wire takes; the meter itself answers as always.
const BAUD: u32 = 2400;

/// How a meter is spoken to, how its wire is set, and the concentrator's port.
///
/// # Errors
/// [`Unreachable`] says what is wrong with its row.
pub fn driver(row: &MeterRow) -> Result<(MeterDriver, SerialSettings, u8), Unreachable> {
    let wrong = |why: String| Unreachable {
        number: row.number.clone(),
        why,
    };
    let profile = Profile::builtin(&row.profile).map_err(|error| wrong(error.to_string()))?;
    let customer = row
        .customer
        .as_deref()
        .and_then(CustomerNumber::from_digits);
    let profile = match customer {
        Some(customer) => profile.with_customer(customer),
        None => profile,
    };
    let address: MeterAddress = wire_address(row, profile.protocol())
        .parse()
        .map_err(|error: meterpost_bus::meter::BadAddress| wrong(error.to_string()))?;
    let baud = match row.baud {
        None => BAUD,
        Some(baud) => u32::try_from(baud).map_err(|_| wrong(format!("{baud} baud")))?,
    };
    let parity = match row.parity.as_deref() {
        None | Some("even") => Parity::Even,
        Some("odd") => Parity::Odd,
        Some("none") => Parity::None,
        Some(other) => return Err(wrong(format!("parity {other}"))),
    };
    let port = u8::try_from(row.segment)
        .ok()
        .filter(|port| (1..=31).contains(port));
    let port = port.ok_or_else(|| wrong(format!("it has no wire (segment {})", row.segment)))?;
    let driver =
        MeterDriver::new(profile, address, baud).map_err(|error| wrong(error.to_string()))?;
    let settings = SerialSettings {
        baud,
        parity,
        ..SerialSettings::default()
    };
    Ok((driver.with_first_serial(scatter()), settings, port))
}

/// The address as the bus writes it: CJ/T 188 puts the meter's type in front (CJ/T 188-2004, table 2).
fn wire_address(row: &MeterRow, protocol: ProfileProtocol) -> String {
    if protocol != ProfileProtocol::Cjt188 || row.address.len() != 14 {
        return row.address.clone();
    }
    let kind = match row.utility.as_str() {
        "hot_water" => "11",
        "heat" => "20",
        "gas" => "30",
        "electricity" => "40",
        _ => "10",
    };
    format!("{kind}-{}", row.address)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in super::super) fn row(profile: &str, address: &str) -> MeterRow {
        MeterRow {
            number: "m1".into(),
            utility: "water".into(),
            profile: profile.into(),
            address: address.into(),
            segment: 2,
            baud: None,
            parity: None,
            customer: None,
            on_meter: true,
            point: 7,
        }
    }

    #[test]
    fn a_row_becomes_a_driver() {
        let (driver, settings, port) = driver(&row("cjt188-prepaid", "12022018000007")).unwrap();
        assert_eq!(driver.address().to_string(), "10-12022018000007");
        assert_eq!((settings, port), (SerialSettings::default(), 2));
        let (driver, _, _) = super::driver(&row("dlt645-plain", "260305510012")).unwrap();
        assert_eq!(driver.address().to_string(), "260305510012");
    }

    #[test]
    fn a_row_that_makes_no_sense_is_told_and_nothing_is_sent() {
        let with = |change: fn(&mut MeterRow)| {
            let mut row = row("dlt645-plain", "260305510012");
            change(&mut row);
            driver(&row).unwrap_err().to_string()
        };
        assert!(with(|row| row.segment = 0).contains("no wire"));
        assert!(with(|row| row.profile = "dlt645-plane".into()).contains("dlt645-plain"));
        assert!(with(|row| row.address = "1".into()).contains("12 digits"));
        assert!(with(|row| row.baud = Some(-1)).contains("-1 baud"));
        assert!(with(|row| row.address = "12022018000007".into()).contains("14 characters"));
    }
}
