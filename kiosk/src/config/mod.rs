//! The terminal's configuration: one TOML file, read once at the start. `docs/kiosk-config.md` names every key.
//!
//! Whoever wires a kiosk reads the errors, not this code: all problems are told at once, each with its line, what is wrong
//! and what would be right.

mod cards;
mod commands;
mod desk;
mod meter;
mod problem;
mod reader;
mod scanner;
mod sections;
mod server;
mod service;
mod similar;
mod speech;
mod timeouts;
mod top;

use std::path::{Path, PathBuf};
use std::time::Duration;

use meterpost_bus::uplink::Security;
use meterpost_ledger::Money;
use meterpost_ui::Keys;
use meterpost_ui::view::Language;
use toml::de::DeTable;

use crate::device::speech::SpeechSettings;
use crate::flow::PayRules;
use crate::service::ServiceRules;

pub use commands::{CommandsConfig, FILE as FILE_PLACE, VERSION as VERSION_PLACE};
pub use desk::DeskConfig;
pub use meter::{MeterConfig, MeterProfile, Parity};
pub use problem::{ConfigErrors, Problem};
pub use timeouts::Timeouts;

pub(crate) use sections::MOST_AMOUNTS;

use meter::read_meters;
use reader::Notes;

/// The whole configuration. What is inside was checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// `[terminal]`
    pub terminal: TerminalConfig,
    /// `[limits]`
    pub limits: LimitsConfig,
    /// `[validator]`
    pub validator: ValidatorConfig,
    /// `[printer]`
    pub printer: PrinterConfig,
    /// `[bus]`
    pub bus: BusConfig,
    /// `[server]`; `None` = the terminal works alone.
    pub server: Option<ServerConfig>,
    /// `[commands]`
    pub commands: CommandsConfig,
    /// `[service]` and `[[service.person]]`.
    pub service: ServiceRules,
    /// `[cards]`; `None` = the terminal has no card reader.
    pub cards: Option<CardsConfig>,
    /// `[scanner]`; `None` = the terminal has no scanner of codes.
    pub scanner: Option<ScannerConfig>,
    /// `[[meter]]`, each number once; at least one where there is no server to tell of others.
    pub meters: Vec<MeterConfig>,
    /// `[timeouts]`
    pub timeouts: Timeouts,
    /// `[speech]`; `None` = the terminal does not speak.
    pub speech: Option<SpeechSettings>,
    /// `[keys]`
    pub keys: Keys,
}

/// Who and where the terminal is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TerminalConfig {
    /// Its id, the first part of every reference: 1 to 16 letters and digits.
    pub id: String,
    /// The operator's tenant, part of the ledger's origin: 1 to 32 small letters, digits and hyphens.
    pub tenant: String,
    /// The operator's name, on the screen and on slips.
    pub place: String,
    /// Whom residents call.
    pub phone: String,
    /// The language a session starts with.
    pub language: Language,
    /// ISO 4217 letters.
    pub currency: String,
    /// The sign printed before amounts.
    pub currency_sign: String,
    /// The folder of the ledger and the keys.
    pub data: PathBuf,
    /// The file of the ledger head's second copy; better on another disk. Inside `data` if not given.
    pub head: Option<PathBuf>,
    /// How far the wall clock is trusted.
    pub clock: ClockSource,
}

/// How far the wall clock is trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClockSource {
    /// When the system says that it is synchronised.
    System,
    /// Always: the machine has a battery-backed clock.
    Rtc,
}

/// What a sale may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LimitsConfig {
    /// The highest sum of one sale.
    pub highest_sale: Money,
    /// The amounts offered, one to six, rising, none above the highest sale.
    pub amounts: Vec<Money>,
}

/// The note validator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValidatorConfig {
    /// Its serial line.
    pub device: String,
    /// The notes taken, rising; at least one.
    pub notes: Vec<Money>,
    /// The only serial number accepted, if given.
    pub serial: Option<u32>,
    /// How many notes its cash box takes; 0 where that is not known.
    pub capacity: u64,
}

/// The receipt printer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrinterConfig {
    /// Where it is.
    pub address: crate::device::printer::PrinterAddress,
    /// Dots across the paper: 576 or 384.
    pub width: usize,
}

/// The way to the meters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BusConfig {
    /// `host:port` of each concentrator, the preferred one first; at least one.
    pub masters: Vec<String>,
    /// Their area code.
    pub area: u16,
    /// Their address.
    pub address: u16,
    /// How the way to them is protected.
    pub security: Security,
    /// The name in their certificates; `None` = the endpoint's host.
    pub name: Option<String>,
}

/// The server that the terminal is enrolled with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerConfig {
    /// `https://host:port`, or `http://` on this machine.
    pub url: String,
    /// The PEM file of the authority that the server's certificate is checked with; always there for `https`.
    pub ca: Option<PathBuf>,
    /// The pause between two calls when there is nothing new.
    pub heartbeat: Duration,
    /// The ways to pay that it serves beside cash.
    pub pay: PayRules,
}

/// The card reader.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CardsConfig {
    /// The PEM file of the operator's card authorities.
    pub ca: PathBuf,
    /// Part of the reader's name; `None` = every reader.
    pub reader: Option<String>,
}

/// The scanner of QR codes and barcodes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScannerConfig {
    /// Its serial line.
    pub device: String,
    /// Its speed.
    pub baud: u32,
}

impl Config {
    /// Reads and checks a file.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn load(path: &Path) -> Result<Config, ConfigErrors> {
        let text = read_file(path, "a TOML file; docs/examples/kiosk.toml is one")?;
        Config::parse(&text).map_err(|problems| ConfigErrors::new(path.to_owned(), problems))
    }

    /// Checks a text.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn parse(text: &str) -> Result<Config, Vec<Problem>> {
        parse_with(text, read)
    }
}

fn read_file(path: &Path, right: &str) -> Result<String, ConfigErrors> {
    std::fs::read_to_string(path).map_err(|e| {
        let problem = Problem {
            line: None,
            place: "the file".into(),
            what: format!("cannot be read: {e}"),
            right: right.into(),
        };
        ConfigErrors::new(path.to_owned(), vec![problem])
    })
}

/// Reads a text by a function that writes down what is wrong.
fn parse_with<T>(
    text: &str,
    read: impl for<'a> Fn(&'a Notes<'a>, &'a DeTable<'a>) -> Option<T>,
) -> Result<T, Vec<Problem>> {
    let notes = Notes::new(text);
    let (root, errors) = DeTable::parse_recoverable(text);
    for error in &errors {
        let line = error.span().map(|span| notes.line(span.start));
        notes.add(
            line,
            "the file",
            format!("is no TOML here: {}", error.message()),
            "",
        );
    }
    // What follows a slip of syntax is read wrongly; its problems would only mislead.
    if !errors.is_empty() {
        return Err(notes.into_problems());
    }
    let config = read(&notes, root.get_ref());
    match (config, notes.into_problems()) {
        (Some(config), problems) if problems.is_empty() => Ok(config),
        (_, problems) => Err(problems),
    }
}

fn read<'a>(notes: &'a Notes<'a>, root: &'a DeTable<'a>) -> Option<Config> {
    let top = top::Top::new(notes, root);
    let terminal = sections::terminal(top.section("terminal"));
    let limits = sections::limits(top.section("limits"));
    let highest_note = limits.as_ref().map(|l| l.highest_sale);
    let validator = sections::validator(top.section("validator"), highest_note);
    let printer = sections::printer(top.section("printer"));
    let bus = sections::bus(top.section("bus"));
    let server = server::read(top.section("server"));
    let commands = commands::read(top.section("commands"));
    let cards = cards::read(top.section("cards"));
    let validators = validator.iter().map(|v| ("validator", v.device.as_str()));
    let printers = printer
        .iter()
        .filter_map(|p| Some(("printer", p.address.device()?)));
    let taken: Vec<(&str, &str)> = validators.chain(printers).collect();
    let scanner = scanner::read(top.section("scanner"), &taken);
    let service = service::read(top.section("service"), server.as_ref());
    let timeouts = timeouts::read(top.section("timeouts"));
    let speech = speech::read(top.section("speech"));
    let keys = speech::keys(top.section("keys"));
    // Wrong as it may be, a table [server] says that there is one.
    let told = !matches!(server, Some(None));
    let meters = read_meters(notes, top.list("meter"), told);
    top.finish();
    Some(Config {
        terminal: terminal?,
        limits: limits?,
        validator: validator?,
        printer: printer?,
        bus: bus?,
        server: server?,
        commands: commands?,
        service: service?,
        cards: cards?,
        scanner: scanner?,
        meters: meters?,
        timeouts: timeouts?,
        speech: speech?,
        keys,
    })
}

#[cfg(test)]
mod tests;
