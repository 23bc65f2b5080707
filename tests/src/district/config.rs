//! What hangs where.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::error::DistrictError;
use crate::meter::{Books, ElectricityConfig, HeatConfig, VolumeConfig};
use crate::printer::PrinterConfig;
use crate::segment::SegmentConfig;
use crate::validator::ValidatorConfig;

/// A district. The default has an electricity and a water meter on `segment1` and a gas meter on `segment2`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DistrictConfig {
    /// Folder for ttys, socket, state and slips.
    pub dir: PathBuf,
    /// The wires and what hangs on them.
    pub segments: Vec<SegmentPlan>,
    /// Repeaters between wires.
    pub repeaters: Vec<RepeaterPlan>,
    /// The note validator.
    pub validator: ValidatorConfig,
    /// The printer.
    pub printer: PrinterConfig,
}

/// One wire and its meters.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SegmentPlan {
    /// The wire.
    #[serde(default)]
    pub wire: SegmentConfig,
    /// The meters on it.
    pub meters: Vec<MeterConfig>,
    /// The programs on it. Without names there is one, whose tty has the name of the wire; the tty of each named one is
    /// `<wire>-<name>`.
    #[serde(default)]
    pub hosts: Vec<String>,
}

impl SegmentPlan {
    /// The names of the ttys at this wire.
    pub fn ttys(&self) -> Vec<String> {
        if self.hosts.is_empty() {
            vec![self.wire.name.clone()]
        } else {
            let hosts = self.hosts.iter();
            hosts
                .map(|host| format!("{}-{host}", self.wire.name))
                .collect()
        }
    }
}

/// A repeater.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RepeaterPlan {
    /// The names of the two wires it joins.
    pub between: [String; 2],
    /// How much later than it heard them it sends bytes on, in milliseconds.
    #[serde(default = "five")]
    pub delay_ms: u64,
}

fn five() -> u64 {
    5
}

/// A meter by its protocol.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "protocol", rename_all = "snake_case")]
pub enum MeterConfig {
    /// DL/T 645-2007 electricity meter.
    Dlt645(ElectricityConfig),
    /// CJ/T 188 water or gas meter.
    Cjt188(VolumeConfig),
    /// M-Bus meter, which is only read.
    Mbus(HeatConfig),
}

impl MeterConfig {
    /// Address in digits, high first.
    pub fn address(&self) -> &str {
        match self {
            MeterConfig::Dlt645(config) => &config.address,
            MeterConfig::Cjt188(config) => &config.address,
            MeterConfig::Mbus(config) => &config.address,
        }
    }
}

/// The default gas meter.
fn gas() -> VolumeConfig {
    VolumeConfig {
        address: "34012021000452".to_owned(),
        kind: 0x30,
        first: Books {
            number: 1,
            balance: 4_020,
            cumulative: 10_000,
            ..Books::default()
        },
        ..VolumeConfig::default()
    }
}

impl Default for DistrictConfig {
    fn default() -> Self {
        let second = SegmentConfig {
            name: "segment2".to_owned(),
            ..SegmentConfig::default()
        };
        Self {
            dir: PathBuf::from("district"),
            segments: vec![
                SegmentPlan {
                    wire: SegmentConfig::default(),
                    meters: vec![
                        MeterConfig::Dlt645(ElectricityConfig::default()),
                        MeterConfig::Cjt188(VolumeConfig::default()),
                    ],
                    hosts: Vec::new(),
                },
                SegmentPlan {
                    wire: second,
                    meters: vec![MeterConfig::Cjt188(gas())],
                    hosts: Vec::new(),
                },
            ],
            repeaters: Vec::new(),
            validator: ValidatorConfig::default(),
            printer: PrinterConfig::default(),
        }
    }
}

impl DistrictConfig {
    /// The default district in `dir`.
    pub fn in_dir(dir: &Path) -> Self {
        Self {
            dir: dir.to_path_buf(),
            ..Self::default()
        }
    }

    /// Reads a configuration from a TOML or (by its name) JSON file.
    ///
    /// # Errors
    /// The file cannot be read or is wrong.
    pub fn from_file(path: &Path) -> Result<Self, DistrictError> {
        let text = std::fs::read_to_string(path)?;
        let wrong = |error: String| DistrictError::Config(format!("{}: {error}", path.display()));
        if path.extension().is_some_and(|end| end == "json") {
            serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))
        } else {
            toml::from_str(&text).map_err(|error| wrong(error.to_string()))
        }
    }

    /// Sets the time scale of every wire and of the validator.
    pub fn set_scale(&mut self, scale: f64) {
        self.validator.scale = scale;
        for plan in &mut self.segments {
            plan.wire.line.scale = scale;
        }
    }

    /// Sets the speed of every wire.
    pub fn set_baud(&mut self, baud: u32) {
        for plan in &mut self.segments {
            plan.wire.line.baud = baud;
        }
    }
}
