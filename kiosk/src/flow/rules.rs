//! What the flow needs to know of this terminal: its meters, its limits and its delays. Filled from the configuration.

use std::sync::Arc;
use std::time::Duration;

use meterpost_bus::link::SerialSettings;
use meterpost_bus::meter::MeterDriver;
use meterpost_ledger::{MeterRef, Money};
use meterpost_ui::view::{Language, Utility};

use super::pay::PayRules;
use crate::language;
use crate::service::ServiceRules;
use crate::told::Told;

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
    /// Whether this terminal may send it purchases. Only one may: the meter could not tell two apart.
    pub ours: bool,
    /// The server keeps its money: nothing is ever sent to it from here.
    pub on_account: bool,
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

/// The utility of this word of the ledger.
pub fn utility_from_word(word: &str) -> Option<Utility> {
    const ALL: [Utility; 5] = [
        Utility::Electricity,
        Utility::Water,
        Utility::HotWater,
        Utility::Gas,
        Utility::Heat,
    ];
    ALL.into_iter()
        .find(|utility| utility_word(*utility) == word)
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
    /// So long a wallet may take to answer.
    pub wallet: Duration,
    /// So long a QR code can be paid.
    pub code: Duration,
    /// So long the server may take to bring a code, and to say what became of it.
    pub code_check: Duration,
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
    /// The meters of the configuration.
    pub meters: Vec<DirectoryMeter>,
    /// What the server has told: more meters, accounts and cards.
    pub told: Arc<Told>,
    /// The ways to pay beside cash.
    pub pay: PayRules,
    /// Whether there is a server that a lost card can be reported to.
    pub reports_loss: bool,
    /// How often a delivery is tried while the resident stands there.
    pub attempts: u32,
    /// The delays.
    pub delays: Delays,
    /// The service menu.
    pub service: ServiceRules,
}

impl Rules {
    /// The meter with this number, ready. How it is reached, the configuration says before the directory; whose it is, the directory says
    /// wherever it knows the meter.
    pub fn meter(&self, number: &str) -> Option<DirectoryMeter> {
        let found = self.told.directory.meter(number);
        if let Some(configured) = self.meters.iter().find(|m| m.number == number) {
            let mut meter = configured.clone();
            if let Some(found) = found {
                meter.ours = found.meter.owner.as_deref() == Some(self.terminal.as_str());
                meter.on_account = found.meter.on_account;
            }
            return Some(meter);
        }
        let found = found?;
        let built = found.build(&self.terminal);
        built
            .inspect_err(|why| {
                tracing::error!(number, why, "a meter of the directory cannot be used")
            })
            .ok()
    }

    /// How many digits a meter number can have: the shortest and the longest there is.
    pub fn number_lengths(&self) -> (usize, usize) {
        let own = self.meters.iter().map(|m| (m.number.len(), m.number.len()));
        let all = own.chain(self.told.directory.number_lengths());
        all.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))
            .unwrap_or((0, 0))
    }

    /// These rules under what the server has told.
    pub fn under(&self, told: Arc<Told>) -> Rules {
        let mut rules = self.clone();
        let told_to = &told.parameters;
        let seconds = |value: u32| Duration::from_secs(value.into());
        let set = |value: Option<u32>, delay: &mut Duration| {
            if let Some(value) = value {
                *delay = seconds(value);
            }
        };
        set(told_to.idle, &mut rules.delays.idle);
        set(told_to.warning, &mut rules.delays.warning);
        set(
            told_to.finish_after_note,
            &mut rules.delays.finish_after_note,
        );
        if let Some(place) = &told_to.place {
            rules.place.clone_from(place);
        }
        if let Some(phone) = &told_to.phone {
            rules.phone.clone_from(phone);
        }
        if let Some(told) = told_to.language.as_deref().and_then(language::from_word) {
            rules.language = told;
        }
        if let Some(most) = told_to.highest_sale {
            rules.highest_sale = Money(most);
        }
        if let Some(amounts) = &told_to.amounts {
            rules.amounts = amounts.iter().copied().map(Money).collect();
        }
        // Where only one of the two was told, no amount may be offered that is never taken.
        let most = rules.highest_sale;
        rules.amounts.retain(|amount| *amount <= most);
        rules.told = told;
        rules
    }
}
