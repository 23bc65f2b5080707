//! What a prepaid meter keeps: its money, its purchase number, and a witness' list of every purchase it applied.

use std::io;
use std::path::PathBuf;

use jiff::SignedDuration;
use jiff::civil::DateTime;
use serde::{Deserialize, Serialize};

use crate::store;

/// One purchase the meter applied. A double credit shows as two of the same number, or as a sum that is too large.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Applied {
    /// Purchase number as the meter took it.
    pub number: u32,
    /// Amount in fen.
    pub amount: i64,
    /// Balance before, fen.
    pub before: i64,
    /// Balance after, fen.
    pub after: i64,
    /// When, by the meter's clock: YYMMDDhhmm.
    pub at: String,
}

/// The persistent state of a meter. Money in fen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Books {
    /// Whether the account has been opened.
    pub opened: bool,
    /// Customer number, 12 digits.
    pub customer: String,
    /// Number of the last purchase.
    pub number: u32,
    /// Money left; negative is overdraft.
    pub balance: i64,
    /// Sum of all purchases.
    pub cumulative: i64,
    /// Amount of the last purchase.
    pub last_amount: i64,
    /// Whether relay or valve lets the utility through.
    pub supply_on: bool,
    /// Whether the meter itself switched off because the money was used up.
    pub off_for_money: bool,
    /// Meter reading in hundredths of kWh or cubic metres.
    pub usage: u64,
    /// What the reading was at the last settlement days (the first of each month, 0 o'clock), the last one first, at most twelve. They stay as
    /// they are while the meter runs: no scenario lasts over a month's end.
    pub settled: Vec<u64>,
    /// Seconds that its clock is ahead of the machine's local time; negative where it is behind.
    pub clock_ahead: i64,
    /// The day, YYMMDD, on which a broadcast last set its clock; empty = never.
    pub clock_told: String,
    /// Every purchase applied by this virtual meter.
    pub applied: Vec<Applied>,
}

impl Default for Books {
    fn default() -> Self {
        Self {
            opened: true,
            customer: "000000001234".to_owned(),
            number: 6,
            balance: 1_250,
            cumulative: 60_000,
            last_amount: 10_000,
            supply_on: true,
            off_for_money: false,
            usage: 75_264,
            settled: Vec::new(),
            clock_ahead: 0,
            clock_told: String::new(),
            applied: Vec::new(),
        }
    }
}

impl Books {
    /// What its clock shows.
    pub fn clock(&self) -> DateTime {
        let now = jiff::Zoned::now().datetime();
        now.saturating_add(SignedDuration::from_secs(self.clock_ahead))
    }

    /// The same, as YYMMDDhhmm.
    pub fn purchase_time(&self) -> String {
        self.clock().strftime("%y%m%d%H%M").to_string()
    }

    /// Sets its clock.
    pub fn set_clock(&mut self, to: DateTime) {
        let now = jiff::Zoned::now().datetime();
        self.clock_ahead = to.duration_since(now).as_secs_f64().round() as i64;
    }

    /// Adds a purchase. Overdraft is repaid first, which a signed balance does by itself; a meter that had switched
    /// off for want of money switches on again.
    pub fn apply(&mut self, number: u32, amount: i64, at: String) {
        let before = self.balance;
        self.balance += amount;
        self.number = number;
        self.cumulative += amount;
        self.last_amount = amount;
        if self.off_for_money && self.balance > 0 {
            self.off_for_money = false;
            self.supply_on = true;
        }
        self.applied.push(Applied {
            number,
            amount,
            before,
            after: self.balance,
            at,
        });
    }

    /// Takes money for use; switches off when it is used up.
    pub fn consume(&mut self, amount: i64, lowest: i64) {
        self.balance = (self.balance - amount).max(lowest);
        self.usage += u64::try_from(amount).unwrap_or(0);
        if self.balance <= 0 && self.supply_on {
            self.supply_on = false;
            self.off_for_money = true;
        }
    }

    /// Counts hundredths of a unit, and takes money for them where the meter keeps any. Nothing is used behind what is switched off.
    pub fn use_up(&mut self, hundredths: u32, fen: i64, lowest: i64) {
        if !self.supply_on {
            return;
        }
        let usage = self.usage + u64::from(hundredths);
        if fen > 0 {
            self.consume(fen, lowest);
        }
        self.usage = usage;
    }
}

/// Books and the file they live in.
#[derive(Debug)]
pub struct Keeper {
    /// The books as they stand on disk.
    pub books: Books,
    file: Option<PathBuf>,
}

impl Keeper {
    /// Opens the books in `file`, or begins with `first` where there are none; without a file nothing is kept.
    ///
    /// # Errors
    /// What the file system says.
    pub fn open(file: Option<PathBuf>, first: Books) -> io::Result<Self> {
        let stored = match &file {
            Some(path) => store::load(path)?,
            None => None,
        };
        let keeper = Self {
            books: stored.unwrap_or(first),
            file,
        };
        keeper.save()?;
        Ok(keeper)
    }

    /// Makes `books` the state, on disk first.
    ///
    /// # Panics
    /// When the disk cannot take it: a rig that cannot keep its witness list must not go on.
    pub fn commit(&mut self, books: Books) {
        if books != self.books {
            self.books = books;
            self.save().expect("a virtual meter's state can be written");
        }
    }

    fn save(&self) -> io::Result<()> {
        match &self.file {
            Some(path) => store::save(path, &self.books),
            None => Ok(()),
        }
    }
}
