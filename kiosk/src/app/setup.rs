//! From the configuration to what the program's parts want. Everything that can be wrong is found here, before anything starts.

use std::sync::Arc;

use meterpost_bus::frame::dlt645::purchase::CustomerNumber;
use meterpost_bus::link::{Parity, SerialSettings};
use meterpost_bus::master::MasterConfig;
use meterpost_bus::meter::{MeterAddress, MeterDriver, Profile};
use meterpost_ledger::Folder;
use meterpost_ui::view::Utility;

use crate::config::{self, ClockSource, Config, MeterConfig, ServerConfig};
use crate::device::printer::PrinterSettings;
use crate::device::validator::ValidatorSettings;
use crate::flow::{Delays, DirectoryMeter, Rules};

/// Everything the program is started with.
#[derive(Clone, Debug)]
pub struct Setup {
    /// What the flow needs to know.
    pub rules: Rules,
    /// Where the ledger is.
    pub folder: Folder,
    /// The operator's tenant.
    pub tenant: String,
    /// How far the wall clock is trusted.
    pub clock: ClockSource,
    /// The note validator.
    pub validator: ValidatorSettings,
    /// The printer.
    pub printer: PrinterSettings,
    /// Dots across the roll.
    pub paper_width: usize,
    /// The way to the meters.
    pub master: MasterConfig,
    /// The way to the server, where there is one.
    pub server: Option<ServerConfig>,
}

/// Why a configuration whose every key is right still makes no terminal.
#[derive(Debug, thiserror::Error)]
#[error("meter {number}: {why}")]
pub struct SetupError {
    number: String,
    why: String,
}

impl Setup {
    /// The parts' own settings.
    ///
    /// # Errors
    /// When a meter's profile and address do not fit together.
    pub fn from_config(config: &Config) -> Result<Setup, SetupError> {
        let terminal = &config.terminal;
        let folder = Folder::new(&terminal.data);
        let folder = match &terminal.head {
            Some(head) => folder.with_head(head),
            None => folder,
        };
        Ok(Setup {
            rules: rules(config)?,
            folder,
            tenant: terminal.tenant.clone(),
            clock: terminal.clock,
            validator: ValidatorSettings {
                device: config.validator.device.clone(),
                currency: terminal.currency.clone(),
                notes: config.validator.notes.clone(),
                serial: config.validator.serial,
            },
            printer: PrinterSettings {
                address: config.printer.address.clone(),
            },
            paper_width: config.printer.width,
            master: MasterConfig {
                security: config.bus.security.clone(),
                name: config.bus.name.clone(),
                ..MasterConfig::new(
                    config.bus.masters.clone(),
                    config.bus.area,
                    config.bus.address,
                )
            },
            server: config.server.clone(),
        })
    }

    /// The origin of a log that is enrolled nowhere: `meterpost/<tenant>/<terminal>/<epoch>`.
    pub fn first_origin(&self) -> String {
        format!(
            "meterpost/{}/{}/{FIRST_EPOCH}",
            self.tenant, self.rules.terminal
        )
    }
}

/// Each enrolment opens the next epoch; a terminal that is not enrolled anywhere is in its first.
const FIRST_EPOCH: u32 = 1;

fn rules(config: &Config) -> Result<Rules, SetupError> {
    let delays = &config.timeouts;
    Ok(Rules {
        terminal: config.terminal.id.clone(),
        place: config.terminal.place.clone(),
        phone: config.terminal.phone.clone(),
        currency: config.terminal.currency_sign.clone(),
        language: config.terminal.language,
        highest_sale: config.limits.highest_sale,
        amounts: config.limits.amounts.clone(),
        notes: config.validator.notes.clone(),
        meters: config
            .meters
            .iter()
            .map(directory_meter)
            .collect::<Result<_, _>>()?,
        attempts: delays.attempts,
        delays: Delays {
            idle: delays.idle,
            warning: delays.warning,
            finish_after_note: delays.finish_after_note,
            done: delays.done,
            owed: delays.owed,
            slow: delays.slow,
            attempt_pause: delays.attempt_pause,
            retry: delays.retry,
            note_patience: delays.note_patience,
            start: delays.start,
        },
    })
}

fn directory_meter(meter: &MeterConfig) -> Result<DirectoryMeter, SetupError> {
    let wrong = |why: String| SetupError {
        number: meter.number.clone(),
        why,
    };
    let address: MeterAddress = wire_address(meter)
        .parse()
        .map_err(|e: meterpost_bus::meter::BadAddress| wrong(e.to_string()))?;
    let driver =
        MeterDriver::new(profile(meter), address, meter.baud).map_err(|e| wrong(e.to_string()))?;
    Ok(DirectoryMeter {
        number: meter.number.clone(),
        utility: meter.utility,
        profile: meter.profile.name().to_owned(),
        place: meter.place.clone(),
        low_balance: meter.low_balance,
        segment: meter.segment,
        serial: SerialSettings {
            baud: meter.baud,
            parity: match meter.parity {
                config::Parity::Even => Parity::Even,
                config::Parity::None => Parity::None,
                config::Parity::Odd => Parity::Odd,
            },
            ..SerialSettings::default()
        },
        driver: Arc::new(driver),
    })
}

/// The meter's profile with what only this meter has: its customer number, where it has one.
fn profile(meter: &MeterConfig) -> Profile {
    let profile = meter.profile.profile().clone();
    match CustomerNumber::from_digits(&meter.customer) {
        Some(customer) => profile.with_customer(customer),
        None => profile,
    }
}

/// The address as the bus writes it: CJ/T 188 puts the meter's type in front (CJ/T 188-2004, table 2).
fn wire_address(meter: &MeterConfig) -> String {
    let kind = match meter.utility {
        Utility::Water => "10",
        Utility::HotWater => "11",
        Utility::Heat => "20",
        Utility::Gas => "30",
        Utility::Electricity => "40",
    };
    if meter.profile.is_dlt645() {
        meter.address.clone()
    } else {
        format!("{kind}-{}", meter.address)
    }
}
