//! The options of CJ/T 188: byte orders, the status word, how purchases and the valve's command are written.

use super::section::{Section, Words};
use crate::frame::cjt188::DiOrder;
use crate::frame::cjt188::status::StatusLayout;

/// How water, gas and heat meters of one kind speak CJ/T 188.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cjt188Dialect {
    /// The edition of the standard.
    pub edition: Edition188,
    /// The order in which identifiers are sent. Answers are taken in either.
    pub di_order: DiOrder,
    /// Where the status word has the valve.
    pub status_layout: StatusLayout,
    /// How long the valve's command is.
    pub valve_command: ValveLength,
    /// How the one byte of the purchase sequence counts.
    pub sequence: Sequence,
    /// What a purchase is counted in.
    pub amount_unit: CreditUnit,
    /// How an amount is written in `A013`.
    pub amount: AmountForm,
    /// How the amounts in `8105` are written.
    pub record: AmountForm,
    /// Zero bytes after the amount in `A013`.
    pub purchase_padding: u8,
}

/// The edition of CJ/T 188.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Edition188 {
    /// 2004.
    #[default]
    Y2004,
    /// 2018, without its encrypted commands.
    Y2018,
}

/// How long the valve's command `A017` is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ValveLength {
    /// One byte: the standard's.
    #[default]
    Short,
    /// Three zero bytes more.
    Long,
}

/// How the byte of the purchase sequence counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sequence {
    /// Binary: 255 is followed by 0.
    #[default]
    Byte,
    /// Two packed digits: 99 is followed by 0.
    Bcd,
}

/// What a credit is counted in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CreditUnit {
    /// Money: an [`Amount`](crate::amount::Amount) is in hundredths of the currency.
    #[default]
    Money,
    /// Volume: an [`Amount`](crate::amount::Amount) is in hundredths of a cubic metre.
    Volume,
}

/// How an amount is written in four bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AmountForm {
    /// Digits or binary, and which byte comes first.
    pub coding: AmountCoding,
    /// Places behind the decimal point: 0, 1 or 2.
    pub places: u8,
}

/// Digits or binary, and which byte comes first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AmountCoding {
    /// Packed decimals, low pair first: the standard's.
    #[default]
    Bcd,
    /// Binary, low byte first.
    Binary,
    /// Binary, high byte first.
    BinaryHighFirst,
}

impl Default for AmountForm {
    fn default() -> Self {
        AmountForm {
            coding: AmountCoding::Bcd,
            places: 2,
        }
    }
}

impl Default for Cjt188Dialect {
    /// A meter of 2004 that keeps to the standard.
    fn default() -> Self {
        Cjt188Dialect {
            edition: Edition188::Y2004,
            di_order: DiOrder::HighFirst,
            status_layout: StatusLayout::LowBits,
            valve_command: ValveLength::Short,
            sequence: Sequence::Byte,
            amount_unit: CreditUnit::Money,
            amount: AmountForm::default(),
            record: AmountForm::default(),
            purchase_padding: 0,
        }
    }
}

const EDITION: &Words<Edition188> = &[("2004", Edition188::Y2004), ("2018", Edition188::Y2018)];
const DI_ORDER: &Words<DiOrder> = &[
    ("high_first", DiOrder::HighFirst),
    ("low_first", DiOrder::LowFirst),
];
const STATUS_LAYOUT: &Words<StatusLayout> = &[
    ("low_bits", StatusLayout::LowBits),
    ("high_bits", StatusLayout::HighBits),
];
const VALVE: &Words<ValveLength> = &[("short", ValveLength::Short), ("long", ValveLength::Long)];
const SEQUENCE: &Words<Sequence> = &[("byte", Sequence::Byte), ("bcd", Sequence::Bcd)];
const UNIT: &Words<CreditUnit> = &[("money", CreditUnit::Money), ("volume", CreditUnit::Volume)];
const CODING: &Words<AmountCoding> = &[
    ("bcd", AmountCoding::Bcd),
    ("binary", AmountCoding::Binary),
    ("binary_high_first", AmountCoding::BinaryHighFirst),
];

impl Cjt188Dialect {
    pub(super) fn read(section: &Section<'_>) -> Cjt188Dialect {
        let edition = section.choice("edition", EDITION).unwrap_or_default();
        let order = match edition {
            Edition188::Y2004 => DiOrder::HighFirst,
            Edition188::Y2018 => DiOrder::LowFirst,
        };
        let amount = form(
            section,
            "amount_coding",
            "amount_places",
            AmountForm::default(),
        );
        Cjt188Dialect {
            edition,
            di_order: section.choice("di_order", DI_ORDER).unwrap_or(order),
            status_layout: section
                .choice("status_layout", STATUS_LAYOUT)
                .unwrap_or_default(),
            valve_command: section.choice("valve_command", VALVE).unwrap_or_default(),
            sequence: section.choice("sequence", SEQUENCE).unwrap_or_default(),
            amount_unit: section.choice("amount_unit", UNIT).unwrap_or_default(),
            amount,
            record: form(section, "record_coding", "record_places", amount),
            purchase_padding: section.small("purchase_padding", 0..=8).unwrap_or_default(),
        }
    }
}

fn form(
    section: &Section<'_>,
    coding: &'static str,
    places: &'static str,
    usual: AmountForm,
) -> AmountForm {
    AmountForm {
        coding: section.choice(coding, CODING).unwrap_or(usual.coding),
        places: section.small(places, 0..=2).unwrap_or(usual.places),
    }
}
