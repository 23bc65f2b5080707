//! The accounts of the district, found by meter or card.

use std::collections::HashMap;
use std::fmt;

use meterpost_ledger::bulletin::directory::{AccountRecord, MeterRecord};

/// The directory. Records stay as they came; a meter is made ready to be spoken to when somebody asks for it.
#[derive(Clone, Default)]
pub struct Directory {
    accounts: Vec<AccountRecord>,
    /// Number to account and place in it.
    meters: HashMap<String, (usize, usize)>,
    /// Card to account.
    cards: HashMap<String, usize>,
    /// The shortest and the longest number of a meter.
    lengths: Option<(usize, usize)>,
}

/// A meter with its account.
#[derive(Clone, Copy, Debug)]
pub struct Found<'d> {
    /// The account.
    pub account: &'d AccountRecord,
    /// The meter.
    pub meter: &'d MeterRecord,
}

impl Directory {
    /// Of these accounts. Where two of them claim a meter or card, neither has it: to guess would be to credit a stranger.
    pub fn new(accounts: Vec<AccountRecord>) -> Directory {
        let mut directory = Directory::default();
        let mut claimed_twice = Vec::new();
        for (a, account) in accounts.iter().enumerate() {
            for (m, meter) in account.meters.iter().enumerate() {
                let length = meter.number.len();
                directory.lengths = Some(match directory.lengths {
                    None => (length, length),
                    Some((least, most)) => (least.min(length), most.max(length)),
                });
                let before = directory.meters.insert(meter.number.clone(), (a, m));
                if before.is_some() {
                    claimed_twice.push(meter.number.clone());
                }
            }
            for card in &account.cards {
                if directory.cards.insert(card.clone(), a).is_some() {
                    claimed_twice.push(card.clone());
                }
            }
        }
        for number in claimed_twice {
            tracing::error!(number, "a meter or card is in the directory twice");
            directory.meters.remove(&number);
            directory.cards.remove(&number);
        }
        directory.accounts = accounts;
        directory
    }

    /// How many accounts there are.
    pub fn len(&self) -> usize {
        self.accounts.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.accounts.is_empty()
    }

    /// The meter with this number.
    pub fn meter(&self, number: &str) -> Option<Found<'_>> {
        let (a, m) = self.meters.get(number)?;
        let account = self.accounts.get(*a)?;
        Some(Found {
            account,
            meter: account.meters.get(*m)?,
        })
    }

    /// Every meter whose number is nobody else's, in no order.
    pub fn meters(&self) -> impl Iterator<Item = &MeterRecord> {
        let places = self.meters.values();
        places.filter_map(|(a, m)| self.accounts.get(*a)?.meters.get(*m))
    }

    /// The account of the card with this number.
    pub fn card(&self, number: &str) -> Option<&AccountRecord> {
        self.accounts.get(*self.cards.get(number)?)
    }

    /// The shortest and the longest number of a meter.
    pub fn number_lengths(&self) -> Option<(usize, usize)> {
        self.lengths
    }
}

impl fmt::Debug for Directory {
    /// Without what it says of people.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Directory of {} accounts", self.accounts.len())
    }
}
