//! The concentrator's file: TOML, strict, with the line of every mistake.

mod meters;
mod uplink;

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use toml::Spanned;

use super::cascade::{self, CascadeConfig, FileCascade};
use super::clock::LocalSeconds;
use super::schedule::Cycle;
use super::store::Retention;
use crate::frame::gdw376::{Address, port};
use crate::link::{Parity, SerialPortConfig, SerialSettings};
use crate::meter::{MeterAddress, Profile};
use crate::uplink::{ConnectConfig, ListenConfig, Peers};
use meters::{FileKeep, FileMeter, FileSchedule};
use uplink::{FileTls, FileUplink};

/// What masters that connect without a name of their own are called together.
pub(super) const LISTENING: &str = "listen";

/// A checked configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// Who the concentrator is.
    pub address: Address,
    /// Where masters connect; `None` = nowhere, the concentrator connects to them.
    pub listen: Option<ListenConfig>,
    /// The masters it connects to.
    pub connect: Vec<ConnectConfig>,
    /// How often it sends a heartbeat.
    pub heartbeat: Duration,
    /// Whether masters are told of events and frozen values by themselves.
    pub reports: bool,
    /// The password that commands must carry; `None` = any.
    pub password: Option<[u8; 16]>,
    /// Where everything is kept; see [`store`](Self::store).
    pub state: PathBuf,
    /// The socket on which the status is told; `None` = nowhere.
    pub status_socket: Option<PathBuf>,
    /// The wires, by ascending port.
    pub segments: Vec<SegmentConfig>,
    /// The meters that the file names.
    pub meters: Vec<MeterConfig>,
    /// When they are read.
    pub schedule: ScheduleConfig,
    /// How long what was read is kept.
    pub keep: Retention,
    /// Its part in the cascade; `None` = its wires are its own.
    pub cascade: Option<CascadeConfig>,
}

/// A meter of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MeterConfig {
    /// Its measuring point, 1 to 2040.
    pub point: u16,
    /// The port of its wire.
    pub port: u8,
    /// Its address.
    pub address: MeterAddress,
    /// How it is spoken to.
    pub profile: Arc<Profile>,
    /// Rate and framing; `None` = the wire's own.
    pub settings: Option<SerialSettings>,
}

/// When meters are read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ScheduleConfig {
    /// The cycles; `None` = meters are not read on schedule.
    pub cycle: Option<Cycle>,
    /// How long after midnight a reading stands for the day before, in seconds.
    pub freeze_window: LocalSeconds,
    /// How meters of the archive are spoken to that are DL/T 645-2007; `None` = they are not read on schedule.
    pub archive_profile: Option<Arc<Profile>>,
    /// The second of the day at which clocks are set; `None` = never.
    pub clock_at: Option<LocalSeconds>,
}

/// One wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SegmentConfig {
    /// Its number in Q/GDW 376.1 frames, 1 to 31.
    pub port: u8,
    /// The serial port.
    pub serial: SerialPortConfig,
    /// How long a request may wait for its turn.
    pub queue: Duration,
}

/// What is wrong with a configuration, one line each: `file:line: what is wrong; what would be right`.
#[derive(Debug)]
pub struct ConfigError(Vec<String>);

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("\n"))
    }
}

impl std::error::Error for ConfigError {}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    area: Spanned<String>,
    address: Spanned<u16>,
    listen: Option<Spanned<String>>,
    #[serde(default)]
    allow_plain: bool,
    tls: Option<FileTls>,
    #[serde(default)]
    uplink: Vec<FileUplink>,
    heartbeat_seconds: Option<Spanned<u64>>,
    password: Option<Spanned<String>>,
    #[serde(default)]
    reports: bool,
    state: PathBuf,
    status_socket: Option<PathBuf>,
    #[serde(default)]
    segment: Vec<FileSegment>,
    #[serde(default)]
    meter: Vec<FileMeter>,
    schedule: Option<FileSchedule>,
    keep: Option<FileKeep>,
    cascade: Option<FileCascade>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileSegment {
    port: Spanned<u8>,
    device: Spanned<PathBuf>,
    baud: Option<Spanned<u32>>,
    parity: Option<Parity>,
    data_bits: Option<Spanned<u8>>,
    stop_bits: Option<Spanned<u8>>,
    #[serde(default)]
    echo: bool,
    queue_seconds: Option<Spanned<u64>>,
    adapter_latency_ms: Option<Spanned<u64>>,
}

impl Config {
    /// Reads and checks a file.
    ///
    /// # Errors
    /// [`ConfigError`] lists every mistake with its line.
    pub fn load(path: &Path) -> Result<Config, ConfigError> {
        let text = std::fs::read_to_string(path)
            .map_err(|error| ConfigError(vec![format!("{}: {error}", path.display())]))?;
        Config::parse(&text, &path.display().to_string())
    }

    /// Checks the text of a file; `name` stands in the messages.
    ///
    /// # Errors
    /// [`ConfigError`] lists every mistake with its line.
    pub fn parse(text: &str, name: &str) -> Result<Config, ConfigError> {
        let file: File = toml::from_str(text).map_err(|error| {
            let line = line_of(text, error.span().map_or(0, |span| span.start));
            ConfigError(vec![format!("{name}:{line}: {}", error.message().trim())])
        })?;
        let mut check = Check {
            text,
            name,
            problems: Vec::new(),
        };
        let config = check.file(&file);
        match config {
            Some(config) if check.problems.is_empty() => Ok(config),
            _ => Err(ConfigError(check.problems)),
        }
    }
}

impl Config {
    /// The store's file. Where `state` names the JSON file of an earlier version, the store stands beside it.
    pub fn store(&self) -> PathBuf {
        if self.earlier().is_some() {
            self.state.with_extension("db")
        } else {
            self.state.clone()
        }
    }

    /// The names of the uplinks that are to be told of everything: the endpoints it connects to, and those who connect.
    pub fn uplink_names(&self) -> Vec<String> {
        if !self.reports {
            return Vec::new();
        }
        let mut names: Vec<String> = self
            .connect
            .iter()
            .map(|uplink| uplink.endpoint.clone())
            .collect();
        if let Some(listen) = &self.listen {
            match &listen.peers {
                Peers::Named(masters) => names.extend(masters.iter().cloned()),
                Peers::AnyOfCa => names.push(LISTENING.to_owned()),
            }
        }
        names
    }

    /// The JSON file of an earlier version, if `state` names one.
    pub fn earlier(&self) -> Option<PathBuf> {
        let json = self.state.extension().is_some_and(|name| name == "json");
        json.then(|| self.state.clone())
    }
}

fn line_of(text: &str, offset: usize) -> usize {
    let before = text.as_bytes().get(..offset).unwrap_or(text.as_bytes());
    before.iter().filter(|byte| **byte == b'\n').count() + 1
}

/// Collects mistakes, so that one run shows them all.
struct Check<'a> {
    text: &'a str,
    name: &'a str,
    problems: Vec<String>,
}

impl Check<'_> {
    fn problem<T>(&mut self, at: &Spanned<T>, what: impl fmt::Display) {
        let line = line_of(self.text, at.span().start);
        self.problems.push(format!("{}:{line}: {what}", self.name));
    }

    fn file(&mut self, file: &File) -> Option<Config> {
        let address = self.address(file);
        let (listen, connect) = self.uplinks(file);
        let heartbeat = self.seconds(
            file.heartbeat_seconds.as_ref(),
            60,
            1..=3600,
            "heartbeat_seconds",
        );
        let password = self.password(file.password.as_ref());
        let segments = self.segments(&file.segment);
        let (meters, schedule) = self.readings(&file.meter, file.schedule.as_ref(), &segments);
        let keep = self.keep(file.keep.as_ref());
        let cascade = file.cascade.as_ref().and_then(|cascade| {
            cascade::check(cascade, &segments, &mut |at, what| {
                let line = line_of(self.text, at);
                self.problems.push(format!("{}:{line}: {what}", self.name));
            })
        });
        Some(Config {
            address: address?,
            listen,
            connect,
            heartbeat,
            reports: file.reports,
            password,
            state: file.state.clone(),
            status_socket: file.status_socket.clone(),
            segments,
            meters,
            schedule,
            keep,
            cascade,
        })
    }

    fn address(&mut self, file: &File) -> Option<Address> {
        let area = file.area.get_ref();
        let digits = area.len() == 4 && area.bytes().all(|byte| byte.is_ascii_digit());
        let Some(area) = area.parse().ok().filter(|_| digits) else {
            let what =
                format!("area is {area:?}; it must be four digits in quotes, such as \"0171\"");
            self.problem(&file.area, what);
            return None;
        };
        let address = Address::of_terminal(area, *file.address.get_ref());
        if address.is_none() {
            self.problem(&file.address, "address must be between 1 and 65534");
        }
        address
    }

    fn password(&mut self, text: Option<&Spanned<String>>) -> Option<[u8; 16]> {
        let spanned = text?;
        let mut password = [0; 16];
        if hex::decode_to_slice(spanned.get_ref(), &mut password).is_err() {
            // The value itself is a secret and stays out of the message.
            self.problem(
                spanned,
                "password must be 32 hexadecimal digits in quotes (16 bytes)",
            );
        }
        Some(password)
    }

    fn seconds(
        &mut self,
        value: Option<&Spanned<u64>>,
        default: u64,
        range: std::ops::RangeInclusive<u64>,
        name: &str,
    ) -> Duration {
        let Some(spanned) = value else {
            return Duration::from_secs(default);
        };
        let number = *spanned.get_ref();
        if !range.contains(&number) {
            let (low, high) = range.into_inner();
            self.problem(
                spanned,
                format!("{name} is {number}; it must be between {low} and {high}"),
            );
        }
        Duration::from_secs(number)
    }

    fn segments(&mut self, segments: &[FileSegment]) -> Vec<SegmentConfig> {
        if segments.is_empty() {
            self.problems.push(format!(
                "{}: there is no [[segment]]; add one with `port` and `device` for each wire",
                self.name
            ));
        }
        let mut by_port = BTreeMap::new();
        let mut devices: BTreeMap<&Path, u8> = BTreeMap::new();
        for segment in segments {
            let config = self.segment(segment);
            let port = config.port;
            if let Some(other) = devices.insert(segment.device.get_ref(), port) {
                let what = format!("device is already used by port {other}; a wire has one master");
                self.problem(&segment.device, what);
            }
            if by_port.insert(port, config).is_some() {
                self.problem(
                    &segment.port,
                    format!("port {port} is there twice; each segment needs its own"),
                );
            }
        }
        by_port.into_values().collect()
    }

    fn segment(&mut self, segment: &FileSegment) -> SegmentConfig {
        let number = *segment.port.get_ref();
        if !(1..=31).contains(&number) {
            self.problem(
                &segment.port,
                format!("port is {number}; it must be between 1 and 31"),
            );
        }
        let mut serial = SerialPortConfig::new(segment.device.get_ref());
        serial.settings = self.settings(segment);
        serial.echo = segment.echo;
        if let Some(latency) = &segment.adapter_latency_ms {
            serial.adapter_latency = Duration::from_millis(*latency.get_ref());
            if *latency.get_ref() > 2000 {
                self.problem(latency, "adapter_latency_ms must be between 0 and 2000");
            }
        }
        SegmentConfig {
            port: number,
            serial,
            queue: self.seconds(segment.queue_seconds.as_ref(), 5, 1..=60, "queue_seconds"),
        }
    }

    fn settings(&mut self, segment: &FileSegment) -> SerialSettings {
        let mut settings = SerialSettings::default();
        if let Some(baud) = &segment.baud {
            settings.baud = *baud.get_ref();
            if port::control_byte(&settings).is_none() {
                let what = format!(
                    "baud is {}; it must be 300, 600, 1200, 2400, 4800, 7200, 9600 or 19200",
                    settings.baud
                );
                self.problem(baud, what);
            }
        }
        if let Some(bits) = &segment.data_bits {
            settings.data_bits = *bits.get_ref();
            if !(5..=8).contains(&settings.data_bits) {
                self.problem(bits, "data_bits must be between 5 and 8");
            }
        }
        if let Some(bits) = &segment.stop_bits {
            settings.stop_bits = *bits.get_ref();
            if !(1..=2).contains(&settings.stop_bits) {
                self.problem(bits, "stop_bits must be 1 or 2");
            }
        }
        settings.parity = segment.parity.unwrap_or(settings.parity);
        settings
    }
}

#[cfg(test)]
mod tests;
