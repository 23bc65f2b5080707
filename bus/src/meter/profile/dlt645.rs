//! The options of DL/T 645-2007: how purchases are written, where the books are, who makes the authentication codes.

use super::section::{Section, Words};
use crate::frame::dlt645::purchase::{CustomerNumber, Operator};
use crate::frame::dlt645::relay::Password;

/// How electricity meters of one kind speak DL/T 645-2007.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dlt645Dialect {
    /// The layout of a purchase.
    pub purchase: PurchaseLayout,
    /// Where balance and purchase count are read.
    pub books: BooksSource,
    /// How the purchase count is written in register `03330201`.
    pub count_register: CountRegister,
    /// Who makes the authentication codes.
    pub mac: MacSource,
    /// How many bytes a refusal of C=03 has.
    pub error_bytes: ErrorBytes,
    /// How the clock is set.
    pub clock: ClockWay,
    /// The customer number the meter knows. One meter's, so a profile for many leaves it out.
    pub customer_number: Option<CustomerNumber>,
    /// Who operates, in the order of the wire.
    pub operator: Operator,
    /// How an order to the relay is authorised.
    pub relay: RelayWay,
    /// How long a session with the security module is asked to live, in minutes; `None` leaves the meter's own time.
    pub session_minutes: Option<u16>,
    /// The password for trip and close, and for setting the clock by writing.
    pub password: Password,
}

/// The layout of `070102FF`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PurchaseLayout {
    /// Amount, purchase count, customer number, two authentication codes (L=1Eh).
    #[default]
    Count,
    /// Amount, an order number of eight bytes, the meter's number, zeros for the codes (L=22h).
    OrderNumber,
}

/// Where balance and purchase count of an electricity meter are read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BooksSource {
    /// Both at once by the status query `078102FF`; if the meter refuses that, from the registers.
    #[default]
    StatusQuery,
    /// `00900200` and `03330201`.
    Registers,
}

/// How the register of the purchase count is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CountRegister {
    /// Packed decimals, as all registers of the standard.
    #[default]
    Bcd,
    /// Binary, low byte first.
    Binary,
    /// The meter counts no purchases; they are told by their amounts only.
    None,
}

/// How an order to the relay is authorised.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RelayWay {
    /// By the password.
    #[default]
    Password,
    /// By a code of the signer, with the order in clear (class 99).
    Signed,
    /// By a code of the signer, with the order enciphered (class 98).
    Sealed,
}

/// Who makes the authentication codes of C=03.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MacSource {
    /// Nobody: the meter has no ESAM and takes zeros.
    #[default]
    None,
    /// A signer: the operator's crypto machine, or a PSAM.
    Signer,
}

/// How many bytes a refusal of C=03 has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ErrorBytes {
    /// One or two; both occur.
    #[default]
    Either,
    /// One.
    One,
    /// Two, as the standard has it.
    Two,
}

impl ErrorBytes {
    /// Whether a refusal of so many bytes is one of this kind of meter.
    pub fn fits(self, count: usize) -> bool {
        match self {
            ErrorBytes::Either => count == 1 || count == 2,
            ErrorBytes::One => count == 1,
            ErrorBytes::Two => count == 2,
        }
    }
}

/// How the clock is set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ClockWay {
    /// By the broadcast C=08, which sets all meters of the wire and is never answered.
    #[default]
    Broadcast,
    /// By writing `04000101` and `04000102` with the password.
    Write,
}

const PURCHASE: &Words<PurchaseLayout> = &[
    ("count", PurchaseLayout::Count),
    ("order_number", PurchaseLayout::OrderNumber),
];
const BOOKS: &Words<BooksSource> = &[
    ("status_query", BooksSource::StatusQuery),
    ("registers", BooksSource::Registers),
];
const COUNT_REGISTER: &Words<CountRegister> = &[
    ("bcd", CountRegister::Bcd),
    ("binary", CountRegister::Binary),
    ("none", CountRegister::None),
];
const RELAY: &Words<RelayWay> = &[
    ("password", RelayWay::Password),
    ("signed", RelayWay::Signed),
    ("sealed", RelayWay::Sealed),
];
const MAC: &Words<MacSource> = &[("none", MacSource::None), ("signer", MacSource::Signer)];
const ERROR_BYTES: &Words<ErrorBytes> = &[
    ("either", ErrorBytes::Either),
    ("one", ErrorBytes::One),
    ("two", ErrorBytes::Two),
];
const CLOCK: &Words<ClockWay> = &[
    ("broadcast", ClockWay::Broadcast),
    ("write", ClockWay::Write),
];

/// The class of the everyday password (DL/T 645-2007: 02 and 04 are plain passwords).
const PASSWORD_CLASS: u8 = 0x02;

impl Default for Dlt645Dialect {
    /// A meter without ESAM that counts its purchases.
    fn default() -> Self {
        Dlt645Dialect {
            purchase: PurchaseLayout::default(),
            books: BooksSource::default(),
            count_register: CountRegister::default(),
            relay: RelayWay::default(),
            session_minutes: None,
            mac: MacSource::default(),
            error_bytes: ErrorBytes::default(),
            clock: ClockWay::default(),
            customer_number: None,
            operator: Operator::default(),
            password: Password {
                class: PASSWORD_CLASS,
                digits: [0; 3],
            },
        }
    }
}

impl Dlt645Dialect {
    pub(super) fn read(section: &Section<'_>) -> Dlt645Dialect {
        let usual = Dlt645Dialect::default();
        let class = section
            .hex("password_class")
            .map_or(PASSWORD_CLASS, |[class]| class);
        let [p2, p1, p0] = section.hex("password").unwrap_or_default();
        Dlt645Dialect {
            purchase: section.choice("purchase", PURCHASE).unwrap_or_default(),
            books: section.choice("books", BOOKS).unwrap_or_default(),
            count_register: section
                .choice("count_register", COUNT_REGISTER)
                .unwrap_or_default(),
            relay: section.choice("relay", RELAY).unwrap_or_default(),
            session_minutes: section
                .number("session_minutes", 1..=9999)
                .and_then(|minutes| u16::try_from(minutes).ok()),
            mac: section.choice("mac", MAC).unwrap_or_default(),
            error_bytes: section
                .choice("error_bytes", ERROR_BYTES)
                .unwrap_or_default(),
            clock: section.choice("clock", CLOCK).unwrap_or_default(),
            customer_number: customer_number(section),
            operator: section.hex("operator").map_or(usual.operator, Operator),
            password: Password {
                class,
                digits: [p0, p1, p2],
            },
        }
    }
}

fn customer_number(section: &Section<'_>) -> Option<CustomerNumber> {
    const RIGHT: &str = "up to twelve digits in quotes";
    let text = section.text("customer_number", RIGHT)?;
    let number = CustomerNumber::from_digits(text);
    if number.is_none() {
        section.wrong(
            "customer_number",
            format!("\"{text}\" is no customer number"),
            RIGHT,
        );
    }
    number
}
