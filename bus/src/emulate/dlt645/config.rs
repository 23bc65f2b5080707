//! What kind of electricity meter it is, and what it begins with.

use serde::{Deserialize, Serialize};

use crate::frame::dlt645::Address;
use crate::frame::dlt645::password::Password;
use crate::frame::dlt645::purchase::CustomerNumber;
use crate::frame::dlt645::rate::RateCoding;

/// How a meter takes money.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Prepayment {
    /// Not at all: an ordinary meter.
    None,
    /// Without a security module: zeros for the codes, count 1 opens the account.
    #[default]
    Plain,
    /// With a security module (ESAM): a session, codes over everything, an account to open.
    Esam,
    /// The vendor's layout with an order number and the meter's own number.
    OrderNumber,
}

/// How C=03 says what is wrong.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorForm {
    /// One byte with codes of its own, 80 to 84 (meters without ESAM).
    #[default]
    Codes,
    /// One byte with the bits of the standard.
    OneByte,
    /// Two bytes with the bits of the standard.
    TwoBytes,
    /// Two bytes whose high one is always zero, so that "remote functions closed" arrives as an empty word.
    LowByteOnly,
}

/// An emulated electricity meter. Amounts are in fen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MeterConfig {
    /// Twelve digits: the communication address.
    pub address: String,
    /// Twelve digits: the number printed on it; empty where it is the address.
    pub meter_number: String,
    /// Up to twelve digits. A meter without ESAM learns it with the first purchase, one with ESAM when its account is opened.
    pub customer_number: String,
    /// How it takes money.
    pub prepayment: Prepayment,
    /// How C=03 says what is wrong.
    pub errors: ErrorForm,
    /// Whether the answer to a purchase carries balance, count and customer number (meters without ESAM).
    pub long_reply: bool,
    /// Whether an account is open from the beginning.
    pub account_open: bool,
    /// The balance it begins with.
    pub balance: i64,
    /// The purchase count it begins with.
    pub purchase_count: u32,
    /// The most a customer may hold; 0 is no limit.
    pub hoarding_limit: i64,
    /// The largest single purchase; 0 is no limit.
    pub largest_purchase: i64,
    /// How far below zero it delivers.
    pub overdraft_limit: i64,
    /// The balance from which a relay that opened for want of money closes again.
    pub closing_amount: i64,
    /// Fen for a kilowatt hour; 0 takes no money for energy.
    pub price: u32,
    /// What hangs on it, in watts, while the relay is closed.
    pub load_watts: u32,
    /// Forward energy it begins with, in hundredths of a kilowatt hour.
    pub energy: u64,
    /// Passwords of the classes 02 and 04, six digits each, as printed (P2 P1 P0).
    pub password_02: String,
    /// See `password_02`.
    pub password_04: String,
    /// Whether class 02 may trip the relay, or only allow closing and close.
    pub password_trip: bool,
    /// Whether the relay waits for a button on the meter after "allow closing".
    pub button: bool,
    /// Whether somebody is pressing the programming key: then the address can be written.
    pub programming_key: bool,
    /// The rate it begins with, in baud.
    pub baud: u32,
    /// Whether the feature word of a rate is decimal digits in place of one bit.
    pub decimal_rates: bool,
    /// Whether it answers reads of edition 1997 as well.
    pub edition_1997: bool,
    /// Minutes between two load records; 0 keeps none.
    pub load_interval: u32,
    /// The most data bytes in an answer before it goes on in a further frame.
    pub longest_answer: u8,
}

impl Default for MeterConfig {
    fn default() -> Self {
        MeterConfig {
            address: "260305510012".to_owned(),
            meter_number: String::new(),
            customer_number: String::new(),
            prepayment: Prepayment::Plain,
            errors: ErrorForm::Codes,
            long_reply: true,
            account_open: false,
            balance: 0,
            purchase_count: 0,
            hoarding_limit: 1_000_000,
            largest_purchase: 500_000,
            overdraft_limit: 2_000,
            closing_amount: 1,
            price: 60,
            load_watts: 300,
            energy: 0,
            password_02: "000000".to_owned(),
            password_04: "000000".to_owned(),
            password_trip: true,
            button: false,
            programming_key: false,
            baud: 2400,
            decimal_rates: false,
            edition_1997: false,
            load_interval: 15,
            longest_answer: 200,
        }
    }
}

/// A meter cannot be made from its configuration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{key} = {value:?} is wrong; right would be {right}")]
pub struct BadConfig {
    /// The key.
    pub key: &'static str,
    /// What it has.
    pub value: String,
    /// What it may have.
    pub right: &'static str,
}

/// The parts of a configuration that are read from text.
pub(super) struct Identity {
    pub(super) address: Address,
    pub(super) number: [u8; 6],
    pub(super) customer: CustomerNumber,
    pub(super) password_02: Password,
    pub(super) password_04: Password,
}

impl MeterConfig {
    pub(super) fn rate_coding(&self) -> RateCoding {
        match self.decimal_rates {
            true => RateCoding::Hundreds,
            false => RateCoding::OneBit,
        }
    }

    pub(super) fn identity(&self) -> Result<Identity, BadConfig> {
        let address = twelve("address", &self.address)?;
        let number = match self.meter_number.as_str() {
            "" => address.to_wire(),
            digits => twelve("meter_number", digits)?.to_wire(),
        };
        let customer = match self.customer_number.as_str() {
            "" => CustomerNumber::default(),
            digits => CustomerNumber::from_digits(digits)
                .ok_or_else(|| bad("customer_number", digits, "up to twelve decimal digits"))?,
        };
        if self.rate_coding().code(self.baud).is_none() {
            let value = self.baud.to_string();
            return Err(bad("baud", &value, "600, 1200, 2400, 4800, 9600 or 19200"));
        }
        if self.longest_answer < 16 {
            let value = self.longest_answer.to_string();
            return Err(bad("longest_answer", &value, "16 to 255"));
        }
        Ok(Identity {
            address,
            number,
            customer,
            password_02: password("password_02", 2, &self.password_02)?,
            password_04: password("password_04", 4, &self.password_04)?,
        })
    }
}

fn bad(key: &'static str, value: &str, right: &'static str) -> BadConfig {
    let value = value.to_owned();
    BadConfig { key, value, right }
}

fn twelve(key: &'static str, digits: &str) -> Result<Address, BadConfig> {
    Address::from_digits(digits)
        .filter(|address| address.is_single())
        .ok_or_else(|| bad(key, digits, "twelve decimal digits that are not all 9"))
}

fn password(key: &'static str, class: u8, text: &str) -> Result<Password, BadConfig> {
    let mut digits = [0; 3];
    hex::decode_to_slice(text, &mut digits).map_err(|_| bad(key, text, "six digits"))?;
    digits.reverse();
    Ok(Password { class, digits })
}
