//! What the flow needs to know of this terminal: its meters, its limits and its delays. Filled from the configuration.

use std::sync::Arc;
use std::time::Duration;

use meterpost_bus::link::SerialSettings;
use meterpost_bus::meter::MeterDriver;
use meterpost_ledger::{MeterRef, Money};
use meterpost_ui::view::{Language, Utility};

/// One meter of the terminal's directory.
#[derive(Clone, Debug)]
pub struct DirectoryMeter {
    /// The number residents type.
    pub number: String,
    /// What it measures.
    pub utility: Utility,
    /// The profile's name, for the ledger.
    pub profile: String,
    /// Building and room.
    pub place: String,
    /// Below this balance the screen says "low".
    pub low_balance: Money,
    /// The concentrator's port it hangs on.
    pub segment: u8,
    /// How the line is set there.
    pub serial: SerialSettings,
    /// How it is spoken to.
    pub driver: Arc<MeterDriver>,
}

impl DirectoryMeter {
    /// The meter as ledger entries name it.
    pub fn reference(&self) -> MeterRef {
        MeterRef {
            number: self.number.clone(),
            utility: utility_word(self.utility).to_owned(),
            profile: self.profile.clone(),
        }
    }
}

/// The ledger's word for a utility.
pub fn utility_word(utility: Utility) -> &'static str {
    match utility {
        Utility::Electricity => "electricity",
        Utility::Water => "water",
        Utility::HotWater => "hot_water",
        Utility::Gas => "gas",
        Utility::Heat => "heat",
    }
}

/// Every delay of the flow, in one place.
#[derive(Clone, Debug)]
pub struct Delays {
    /// Without a touch for so long, the screen asks "still there?".
    pub idle: Duration,
    /// For so long it asks, then the session ends.
    pub warning: Duration,
    /// So long after the last note the terminal finishes with what is inserted.
    pub finish_after_note: Duration,
    /// The done screen closes by itself.
    pub done: Duration,
    /// The owed screen closes by itself.
    pub owed: Duration,
    /// A delivery that takes longer is called slow on the screen.
    pub slow: Duration,
    /// The pause between two attempts to bring a delivery to an end.
    pub attempt_pause: Duration,
    /// The pause between two attempts in the background.
    pub retry: Duration,
    /// So long the validator may take to say what became of a note before the note is in doubt.
    pub note_patience: Duration,
    /// So long the devices may take to report after the start.
    pub start: Duration,
}

/// All rules.
#[derive(Clone, Debug)]
pub struct Rules {
    /// The terminal's id, the first part of every sale's reference.
    pub terminal: String,
    /// The operator's name for the header.
    pub place: String,
    /// Whom to call.
    pub phone: String,
    /// The currency sign: `¥`.
    pub currency: String,
    /// The language a session starts with.
    pub language: Language,
    /// The highest sum of one sale.
    pub highest_sale: Money,
    /// The amounts offered on the meter's page, at most six.
    pub amounts: Vec<Money>,
    /// The notes accepted, for the cash screen.
    pub notes: Vec<Money>,
    /// The meters.
    pub meters: Vec<DirectoryMeter>,
    /// How often a delivery is tried while the resident stands there.
    pub attempts: u32,
    /// The delays.
    pub delays: Delays,
}

impl Rules {
    /// The meter with this number.
    pub fn meter(&self, number: &str) -> Option<&DirectoryMeter> {
        self.meters.iter().find(|m| m.number == number)
    }

    /// How many digits a meter number can have: the shortest and the longest of the directory.
    pub fn number_lengths(&self) -> (usize, usize) {
        let lengths = || self.meters.iter().map(|m| m.number.len());
        (lengths().min().unwrap_or(0), lengths().max().unwrap_or(0))
    }
}
