//! From the configuration to what the program's parts want. Everything that can be wrong is found here, before anything starts.

use std::sync::Arc;

use meterpost_bus::link::Parity;
use meterpost_bus::master::MasterConfig;
use meterpost_ledger::Folder;
use meterpost_ui::Keys;

use crate::config::{self, ClockSource, CommandsConfig, Config, MeterConfig, ServerConfig};
use crate::device::card::CardSettings;
use crate::device::printer::PrinterSettings;
use crate::device::scanner::ScannerSettings;
use crate::device::speech::SpeechSettings;
use crate::device::validator::ValidatorSettings;
use crate::flow::{Delays, DirectoryMeter, Rules};
use crate::logs::LogLines;
use crate::service::{Can, ServiceRules};
use crate::told::{MeterParts, build_meter};

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
    /// The card reader, where there is one.
    pub cards: Option<CardSettings>,
    /// The scanner of codes, where there is one.
    pub scanner: Option<ScannerSettings>,
    /// Dots across the roll.
    pub paper_width: usize,
    /// The way to the meters.
    pub master: MasterConfig,
    /// The way to the server, where there is one.
    pub server: Option<ServerConfig>,
    /// How the machine does what a command asks for.
    pub commands: CommandsConfig,
    /// How many notes the cash box takes; 0 where that is not known.
    pub box_capacity: u64,
    /// The voice, where there is one.
    pub speech: Option<SpeechSettings>,
    /// The four keys.
    pub keys: Keys,
    /// The program's own log.
    pub logs: LogLines,
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
            cards: config.cards.as_ref().map(|cards| CardSettings {
                ca: cards.ca.clone(),
                tenant: terminal.tenant.clone(),
                reader: cards.reader.clone(),
            }),
            scanner: config.scanner.as_ref().map(|scanner| ScannerSettings {
                device: scanner.device.clone(),
                baud: scanner.baud,
            }),
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
            commands: config.commands.clone(),
            box_capacity: config.validator.capacity,
            speech: config.speech.clone(),
            keys: config.keys,
            logs: LogLines::default(),
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
        told: Arc::default(),
        attempts: delays.attempts,
        reports_loss: config.server.is_some(),
        service: ServiceRules {
            can: Can {
                reboot: !config.commands.reboot.is_empty(),
                shutdown: !config.commands.shutdown.is_empty(),
                update: !config.commands.update.is_empty(),
                update_from: !config.commands.update_from.is_empty(),
            },
            ..config.service.clone()
        },
        pay: config
            .server
            .as_ref()
            .map(|server| server.pay)
            .unwrap_or_default(),
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
            wallet: delays.wallet,
            code: delays.code,
            code_check: delays.code_check,
        },
    })
}

fn directory_meter(meter: &MeterConfig) -> Result<DirectoryMeter, SetupError> {
    build_meter(MeterParts {
        number: &meter.number,
        utility: meter.utility,
        profile: meter.profile.profile().clone(),
        address: &meter.address,
        segment: meter.segment,
        baud: meter.baud,
        parity: match meter.parity {
            config::Parity::Even => Parity::Even,
            config::Parity::None => Parity::None,
            config::Parity::Odd => Parity::Odd,
        },
        customer: &meter.customer,
        place: &meter.place,
        low_balance: meter.low_balance,
        ours: true,
        on_account: false,
    })
    .map_err(|why| SetupError {
        number: meter.number.clone(),
        why,
    })
}
