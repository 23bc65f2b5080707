//! What a scan found, for people and for scripts.

use serde_json::{Value, json};

use crate::field::exit;
use crate::field::table::Table;
use crate::link::SerialSettings;

/// A meter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub protocol: &'static str,
    /// As the other commands take it.
    pub address: String,
    pub kind: String,
    pub settings: SerialSettings,
}

/// What was heard at one setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Tried {
    pub settings: SerialSettings,
    /// Frames with a sound checksum.
    pub sound: usize,
    /// Frames without.
    pub spoilt: usize,
    /// Bytes of no frame.
    pub noise: usize,
}

#[derive(Debug, Default)]
pub(super) struct Report {
    pub found: Vec<Found>,
    pub tried: Vec<Tried>,
    /// Where meters answer that cannot be told apart, and what to do.
    pub unresolved: Vec<String>,
    /// Why the scan ended early.
    pub fault: Option<String>,
    /// The rate is the gateway's own.
    pub gateway: bool,
}

impl Report {
    pub(super) fn exit(&self) -> u8 {
        match (&self.fault, self.found.is_empty()) {
            (None, false) => 0,
            _ => exit::NO_ANSWER,
        }
    }

    pub(super) fn print(&self, json: bool) {
        if json {
            println!("{:#}", self.json());
            return;
        }
        if !self.found.is_empty() {
            print!("{}", self.table());
        }
        for unresolved in &self.unresolved {
            eprintln!("meterbus: {unresolved}");
        }
        if let Some(fault) = &self.fault {
            eprintln!("meterbus: {fault}");
        } else if self.found.is_empty() {
            eprintln!("meterbus: {}", self.nothing());
        }
    }

    fn settings(&self, settings: SerialSettings) -> String {
        if self.gateway {
            "gateway's".to_owned()
        } else {
            settings.to_string()
        }
    }

    fn table(&self) -> Table {
        let mut table = Table::new(&["protocol", "address", "line", "kind"]);
        for found in &self.found {
            table.row(&[
                found.protocol,
                &found.address,
                &self.settings(found.settings),
                &found.kind,
            ]);
        }
        table
    }

    fn nothing(&self) -> String {
        let heard: Vec<String> = self
            .tried
            .iter()
            .filter(|tried| tried.spoilt + tried.noise > 0)
            .map(|tried| self.settings(tried.settings))
            .collect();
        if heard.is_empty() {
            "nobody answered; check the wiring (A and B swapped?), the meters' power, and whether another master uses the line"
                .to_owned()
        } else {
            format!(
                "no sound answer, only noise at {}; check termination and bias of the line, and whether another master uses it",
                heard.join(", ")
            )
        }
    }

    fn json(&self) -> Value {
        let line = |settings: SerialSettings| {
            if self.gateway {
                Value::Null
            } else {
                json!({
                    "baud": settings.baud,
                    "parity": settings.parity,
                    "data_bits": settings.data_bits,
                    "stop_bits": settings.stop_bits,
                })
            }
        };
        let found: Vec<Value> = self
            .found
            .iter()
            .map(|found| {
                json!({
                    "protocol": found.protocol,
                    "address": found.address,
                    "kind": found.kind,
                    "line": line(found.settings),
                })
            })
            .collect();
        let tried: Vec<Value> = self
            .tried
            .iter()
            .map(|tried| {
                json!({
                    "line": line(tried.settings),
                    "sound": tried.sound,
                    "spoilt": tried.spoilt,
                    "noise": tried.noise,
                })
            })
            .collect();
        json!({
            "found": found,
            "tried": tried,
            "unresolved": self.unresolved,
            "reason": self.fault,
        })
    }
}
