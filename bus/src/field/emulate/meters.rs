//! The meters that the command line asks for.

use super::{EmulateArguments, EmulatedProtocol};
use crate::amount::Amount;
use crate::emulate::EmulatedMeter;
use crate::emulate::cjt188::{PrepaidMeter, PrepaidSetup};
use crate::emulate::dlt645::{ElectricityMeter, MeterConfig};
use crate::emulate::mbus::{MbusMeter, MbusSetup, Structure};
use crate::frame::mbus::{Address, Manufacturer, SecondaryAddress, Selection};
use crate::meter::MeterAddress;

/// What a water meter on M-Bus is, unless its address says otherwise.
const WATER: u8 = 0x07;
const MAKER: &str = "MPT";

/// One meter for each address, the way the arguments describe it.
pub(super) fn build(arguments: &EmulateArguments) -> Result<Vec<Box<dyn EmulatedMeter>>, String> {
    if arguments.config.is_some() && arguments.protocol != EmulatedProtocol::Dlt645 {
        return Err("--config describes DL/T 645 meters only".to_owned());
    }
    (0..)
        .zip(&arguments.address)
        .map(|(index, address)| match arguments.protocol {
            EmulatedProtocol::Dlt645 => electricity(arguments, address),
            EmulatedProtocol::Cjt188 => volume(arguments, address),
            EmulatedProtocol::Mbus => mbus(address, index),
        })
        .collect()
}

fn electricity(
    arguments: &EmulateArguments,
    address: &str,
) -> Result<Box<dyn EmulatedMeter>, String> {
    let mut config = match &arguments.config {
        Some(path) => {
            let text = std::fs::read_to_string(path)
                .map_err(|error| format!("{}: {error}", path.display()))?;
            toml::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))?
        }
        None => MeterConfig {
            baud: arguments.baud,
            ..MeterConfig::default()
        },
    };
    config.address = address.to_owned();
    if let Some(customer) = &arguments.customer {
        config.customer_number.clone_from(customer);
    }
    if let Some(Amount(balance)) = arguments.balance {
        config.balance = balance;
        config.account_open = true;
    }
    let meter = ElectricityMeter::new(config).map_err(|error| error.to_string())?;
    Ok(Box::new(meter))
}

fn volume(arguments: &EmulateArguments, address: &str) -> Result<Box<dyn EmulatedMeter>, String> {
    let Ok(MeterAddress::Cjt188(address)) = address.parse::<MeterAddress>() else {
        return Err(format!(
            "{address:?} is no CJ/T 188 address; it must be type and fourteen digits, such as 10-71962403180002"
        ));
    };
    let mut setup = PrepaidSetup::new(address);
    if let Some(Amount(balance)) = arguments.balance {
        setup.remaining = u32::try_from(balance).map_err(|_| {
            format!(
                "--balance {} is more than the meter can hold",
                Amount(balance)
            )
        })?;
    }
    Ok(Box::new(PrepaidMeter::new(setup)))
}

/// The first meter has the primary address 1, the next 2, and so on.
fn mbus(address: &str, index: u8) -> Result<Box<dyn EmulatedMeter>, String> {
    let wrong = || {
        format!(
            "{address:?} is no M-Bus meter; it must be eight digits, or such as 12345678-MPT-01-07"
        )
    };
    let selection: Selection = address.parse().map_err(|_| wrong())?;
    let [a, b, c, d, m, n, version, medium] = selection.to_bytes();
    let or = |byte: u8, else_: u8| if byte == 0xFF { else_ } else { byte };
    let maker = u16::from_le_bytes([m, n]);
    let meter = SecondaryAddress {
        id: [a, b, c, d],
        manufacturer: if maker == 0xFFFF {
            Manufacturer::from_letters(MAKER).ok_or_else(wrong)?
        } else {
            Manufacturer(maker)
        },
        version: or(version, 1),
        medium: or(medium, WATER),
    };
    if meter.id.iter().any(|pair| pair >> 4 > 9 || pair & 0x0F > 9) {
        return Err(wrong());
    }
    Ok(Box::new(MbusMeter::new(MbusSetup {
        meter,
        primary: Address(index.saturating_add(1)),
        structure: Structure::Variable { telegrams: 1 },
        litres: 123_456,
        flow: 250,
    })))
}
