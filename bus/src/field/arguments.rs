//! The command line of `read`, `credit` and `switch`.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueEnum};

use super::address::FieldAddress;
use crate::amount::Amount;
use crate::frame::dlt645::purchase::CustomerNumber;
use crate::frame::wall_time::WallTime;
use crate::link::{Parity, SerialSettings};
use crate::meter::{MeterAddress, MeterDriver, Profile};
use crate::uplink::{Security, TlsFiles};

/// What the tool does at a meter.
#[derive(Subcommand)]
pub enum FieldCommand {
    /// Read a meter: a prepaid one's books (purchase number, balance, relay or valve), the registers of any other.
    Read(MeterArguments),
    /// Credit a purchase once, and read the meter back.
    Credit(CreditArguments),
    /// Open or close a meter's relay or valve, and read its state back.
    Switch(SwitchArguments),
    /// Set a meter's clock, and read it back.
    SetClock(SetClockArguments),
}

impl FieldCommand {
    /// Which meter, and the way to it.
    pub fn meter(&self) -> &MeterArguments {
        match self {
            FieldCommand::Read(meter) => meter,
            FieldCommand::Credit(credit) => &credit.meter,
            FieldCommand::Switch(switch) => &switch.meter,
            FieldCommand::SetClock(clock) => &clock.meter,
        }
    }
}

/// Which meter, how it is spoken to, and the way to it.
#[derive(Args)]
pub struct MeterArguments {
    /// The meter's address: 12 digits (DL/T 645), type and number such as 10-71962403180002 (CJ/T 188), or for `read` on
    /// M-Bus a primary address or a number such as 12345678 or 12345678-MPT-01-07.
    #[arg(long, value_name = "N")]
    pub address: FieldAddress,
    /// How it is spoken to; without this, what the address tells.
    #[arg(long, value_enum)]
    pub protocol: Option<MeterProtocol>,
    /// The meter's profile, for everything the other options cannot say: a built-in one's name, or a TOML file.
    #[arg(long, value_name = "NAME|FILE", conflicts_with_all = ["protocol", "customer"])]
    pub profile: Option<PathBuf>,
    /// The customer number the meter knows (DL/T 645 credit).
    #[arg(long, value_name = "DIGITS", default_value = "0", value_parser = customer)]
    pub customer: CustomerNumber,
    /// The way to the meter.
    #[command(flatten)]
    pub way: WayArguments,
    /// Bits per second on the meter's wire.
    #[arg(long, default_value_t = 2400)]
    pub baud: u32,
    /// Parity on the meter's wire.
    #[arg(long, value_enum, default_value_t = ParityArgument::Even)]
    pub parity: ParityArgument,
    /// Print JSON in place of text.
    #[arg(long)]
    pub json: bool,
}

/// The way to the meter: exactly one.
#[derive(Args)]
#[group(skip)]
pub struct WayArguments {
    /// A serial port of this machine.
    #[arg(long, value_name = "DEVICE", group = "way", required_unless_present_any = ["tcp", "master"])]
    pub serial: Option<PathBuf>,
    /// A gateway that passes bytes to the wire.
    #[arg(long, value_name = "HOST:PORT", group = "way")]
    pub tcp: Option<String>,
    /// A concentrator.
    #[arg(long, value_name = "HOST:PORT", group = "way", requires = "segment")]
    pub master: Option<String>,
    /// The concentrator's port number of the wire, 1 to 31.
    #[arg(long, value_name = "N", requires = "master", value_parser = clap::value_parser!(u8).range(1..=31))]
    pub segment: Option<u8>,
    /// The concentrator's area code, four digits.
    #[arg(long, value_name = "DIGITS", requires = "master", default_value_t = 0, value_parser = clap::value_parser!(u16).range(0..=9999))]
    pub area: u16,
    /// The concentrator's terminal address.
    #[arg(long, value_name = "N", requires = "master", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=65534))]
    pub terminal: u16,
    /// The concentrator's password, 32 hex digits.
    #[arg(long, value_name = "HEX", requires = "master", value_parser = password)]
    pub password: Option<[u8; 16]>,
    /// TLS to the concentrator: the PEM file of the operator's CA.
    #[arg(long, value_name = "FILE", requires_all = ["master", "tls_certificate", "tls_key"])]
    pub tls_ca: Option<PathBuf>,
    /// TLS: the PEM file of this tool's certificate.
    #[arg(long, value_name = "FILE", requires = "tls_ca")]
    pub tls_certificate: Option<PathBuf>,
    /// TLS: the PEM file of that certificate's key.
    #[arg(long, value_name = "FILE", requires = "tls_ca")]
    pub tls_key: Option<PathBuf>,
    /// TLS: the PEM file of what the CA has revoked.
    #[arg(long, value_name = "FILE", requires = "tls_ca")]
    pub tls_crl: Option<PathBuf>,
    /// TLS: the name in the concentrator's certificate, if it is not the host.
    #[arg(long, value_name = "NAME", requires = "tls_ca")]
    pub tls_name: Option<String>,
    /// Go to a concentrator on another machine without encryption.
    #[arg(long, requires = "master", conflicts_with = "tls_ca")]
    pub allow_plain: bool,
    /// The serial port's converter hands back what is sent.
    #[arg(long, requires = "serial")]
    pub echo: bool,
}

impl WayArguments {
    /// How the connection to a concentrator is protected.
    pub(super) fn security(&self) -> Security {
        let files = match (&self.tls_ca, &self.tls_certificate, &self.tls_key) {
            (Some(ca), Some(certificate), Some(key)) => Some(TlsFiles {
                ca: ca.clone(),
                certificate: certificate.clone(),
                key: key.clone(),
                crl: self.tls_crl.clone(),
            }),
            _ => None,
        };
        Security::new(files, self.allow_plain)
    }
}

/// `credit`.
#[derive(Args)]
pub struct CreditArguments {
    /// The meter.
    #[command(flatten)]
    pub meter: MeterArguments,
    /// The purchase number: the meter's last one plus one, or a new order number where the meter counts by orders.
    #[arg(long)]
    pub number: u32,
    /// The amount, such as 50 or 12.34.
    #[arg(long, value_parser = amount)]
    pub amount: Amount,
}

/// `switch`.
#[derive(Args)]
pub struct SwitchArguments {
    /// The meter.
    #[command(flatten)]
    pub meter: MeterArguments,
    /// Where to.
    #[arg(long, value_enum)]
    pub to: SwitchTo,
    /// Until when the meter may carry it out, in its own time: `2026-11-30 12:00:00` (DL/T 645). Without this, always.
    #[arg(long, value_name = "TIME", value_parser = wall_time)]
    pub valid_until: Option<WallTime>,
}

/// `set-clock`.
#[derive(Args)]
pub struct SetClockArguments {
    /// The meter.
    #[command(flatten)]
    pub meter: MeterArguments,
    /// The time, in the meter's own time zone: `2026-11-30 12:00:00`. Without this, this machine's local time.
    #[arg(long, value_name = "TIME", value_parser = wall_time)]
    pub to: Option<WallTime>,
}

/// How a meter is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum MeterProtocol {
    /// An electricity meter.
    Dlt645,
    /// A water or gas meter.
    Cjt188,
}

/// Parity, as on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ParityArgument {
    /// No parity bit.
    None,
    /// Even.
    Even,
    /// Odd.
    Odd,
}

/// Where a relay or valve goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SwitchTo {
    /// Let the utility through.
    On,
    /// Cut it off.
    Off,
}

impl ParityArgument {
    /// The parity of the line.
    pub fn parity(self) -> Parity {
        match self {
            ParityArgument::None => Parity::None,
            ParityArgument::Even => Parity::Even,
            ParityArgument::Odd => Parity::Odd,
        }
    }
}

impl SwitchTo {
    /// Whether it lets the utility through.
    pub fn is_on(self) -> bool {
        self == SwitchTo::On
    }
}

impl MeterArguments {
    /// Rate and framing of the meter's wire.
    pub fn settings(&self) -> SerialSettings {
        SerialSettings {
            baud: self.baud,
            parity: self.parity.parity(),
            ..SerialSettings::default()
        }
    }

    /// The driver these arguments describe, or why there is none.
    pub(super) fn driver(&self) -> Result<MeterDriver, String> {
        let FieldAddress::Meter(address) = self.address else {
            return Err(format!(
                "{} is an address of M-Bus, which knows no purchases and no relays; it can only be read",
                self.address
            ));
        };
        let profile = match &self.profile {
            Some(name) => profile(name)?,
            None => self.plain_profile(address)?,
        };
        MeterDriver::new(profile, address, self.baud).map_err(|error| error.to_string())
    }

    fn plain_profile(&self, address: MeterAddress) -> Result<Profile, String> {
        let protocol = self.protocol.unwrap_or(match address {
            MeterAddress::Dlt645(_) => MeterProtocol::Dlt645,
            MeterAddress::Cjt188(_) => MeterProtocol::Cjt188,
            MeterAddress::MbusPrimary(_) | MeterAddress::MbusSecondary(_) => {
                return Profile::builtin("mbus-heat").map_err(|error| error.to_string());
            }
        });
        let name = match protocol {
            MeterProtocol::Dlt645 => "dlt645-plain",
            MeterProtocol::Cjt188 => "cjt188-prepaid",
        };
        Profile::builtin(name)
            .map(|profile| profile.with_customer(self.customer))
            .map_err(|error| error.to_string())
    }
}

/// A file where there is one, else a built-in profile of this name.
fn profile(name: &Path) -> Result<Profile, String> {
    match std::fs::read_to_string(name) {
        Ok(text) => Profile::parse(&text).map_err(|error| format!("{}: {error}", name.display())),
        Err(error) => {
            let text = name.to_string_lossy();
            if text.contains(['/', '.']) {
                return Err(format!("{text}: {error}"));
            }
            Profile::builtin(&text).map_err(|error| format!("--profile {text}: {error}"))
        }
    }
}

fn customer(text: &str) -> Result<CustomerNumber, String> {
    CustomerNumber::from_digits(text).ok_or_else(|| "it must have up to twelve digits".to_owned())
}

fn password(text: &str) -> Result<[u8; 16], String> {
    let mut password = [0; 16];
    hex::decode_to_slice(text, &mut password)
        .map_err(|_| "it must have 32 hexadecimal digits".to_owned())?;
    Ok(password)
}

/// An exact decimal with at most two places; no floating point touches money.
pub(super) fn amount(text: &str) -> Result<Amount, String> {
    let wrong = || "it must be a positive amount such as 50 or 12.34".to_owned();
    let (whole, cents) = text.split_once('.').unwrap_or((text, "00"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(cents) || cents.len() > 2 {
        return Err(wrong());
    }
    let cents_value: i64 = cents.parse().map_err(|_| wrong())?;
    let cents_value = if cents.len() == 1 {
        cents_value * 10
    } else {
        cents_value
    };
    let whole: i64 = whole.parse().map_err(|_| wrong())?;
    let total = whole
        .checked_mul(100)
        .and_then(|whole| whole.checked_add(cents_value));
    total
        .filter(|total| *total > 0)
        .map(Amount)
        .ok_or_else(wrong)
}

fn wall_time(text: &str) -> Result<WallTime, String> {
    let parse = || {
        let mut parts = text.split(['-', ' ', ':', 'T']);
        let year = parts.next()?.parse().ok()?;
        let mut next = || parts.next()?.parse::<u8>().ok();
        let time = WallTime::new(year, next()?, next()?, next()?, next()?, next()?)?;
        parts.next().is_none().then_some(time)
    };
    parse().ok_or_else(|| "it must be a time such as 2026-11-30 12:00:00".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_exact_or_refused() {
        assert_eq!(amount("12.34"), Ok(Amount(1234)));
        assert_eq!(amount("50"), Ok(Amount(5000)));
        assert_eq!(amount("0.5"), Ok(Amount(50)));
        for wrong in [
            "",
            ".5",
            "1.",
            "1.234",
            "-1",
            "+1",
            "1e3",
            "0",
            "0.00",
            "1,5",
            "99999999999999999999",
        ] {
            amount(wrong).unwrap_err();
        }
    }

    #[test]
    fn a_time_that_does_not_exist_is_refused() {
        assert!(wall_time("2026-11-30 12:00:00").is_ok());
        for wrong in [
            "2026-02-30 12:00:00",
            "2026-11-30",
            "2026-11-30 12:00:00:00",
            "noon",
        ] {
            wall_time(wrong).unwrap_err();
        }
    }
}
