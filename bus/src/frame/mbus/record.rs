//! Records of variable data: one after the other, without a copy.

use std::borrow::Cow;

use m_bus_parser::user_data::data_information::{
    DataFieldCoding, DataInformation, DataInformationBlock, FunctionField,
};
use m_bus_parser::user_data::value_information::{ValueInformation, ValueInformationBlock};

use super::unit::{quantity, unit_name};
use super::value::{Value, reversed_text};

/// One record. Its text forms are made when asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Record<'a> {
    /// How the value came about.
    pub function: Function,
    /// 0 is now; others are what the meter stored.
    pub storage: u64,
    /// 0 is the total.
    pub tariff: u64,
    /// The part of the device.
    pub subunit: u64,
    /// The value before the power of ten of the VIF.
    pub value: Value<'a>,
    information: Option<ValueInformation<'a>>,
    /// Length byte and text of a VIF in plain text.
    plain_unit: Option<&'a [u8]>,
    exponent: isize,
    /// The record as it came.
    pub raw: &'a [u8],
}

/// How a value came about (bits 4 and 5 of the DIF).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Function {
    /// The value itself.
    Instantaneous,
    /// The largest of the period.
    Maximum,
    /// The smallest of the period.
    Minimum,
    /// The value while the meter was in error.
    DuringError,
}

impl Function {
    /// The word for it in the JSON of `decode`.
    pub fn word(self) -> &'static str {
        match self {
            Function::Instantaneous => "instantaneous",
            Function::Maximum => "maximum",
            Function::Minimum => "minimum",
            Function::DuringError => "during_error",
        }
    }
}

impl Record<'_> {
    /// The power of ten the VIF multiplies the value with.
    pub fn exponent(&self) -> isize {
        self.exponent
    }

    /// The value in [`unit`](Record::unit): an exact decimal, a date or text. `None` where there is no value.
    pub fn text(&self) -> Option<String> {
        self.value.text(self.exponent())
    }

    /// The unit without a power of ten: `Wh`, `m3`, `°C`.
    pub fn unit(&self) -> Option<Cow<'static, str>> {
        if let Some(text) = self.plain_unit.and_then(reversed_text) {
            return Some(Cow::Owned(text));
        }
        unit_name(self.information.as_ref()?)
    }

    /// What is measured, in `snake_case`: `volume`, `energy`, `fabrication_number`.
    pub fn quantity(&self) -> String {
        match (&self.value, &self.information) {
            (Value::Manufacturer { .. }, _) => "manufacturer_data".to_owned(),
            (_, None) if self.plain_unit.is_some() => "plain_text".to_owned(),
            (_, Some(information)) => quantity(information),
            (_, None) => "value".to_owned(),
        }
    }
}

/// A record that cannot be read. Those behind it are read where its length is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("record at byte {at} of the data: {why}")]
pub struct BadRecord {
    /// Where it begins.
    pub at: usize,
    /// What is wrong.
    pub why: &'static str,
}

/// The records of one telegram.
#[derive(Clone, Debug)]
pub struct Records<'a> {
    data: &'a [u8],
    at: usize,
    high_first: bool,
}

/// DIF of bytes that only fill.
const FILLER: u8 = 0x2F;
/// DIF of the maker's own data.
const MANUFACTURER: u8 = 0x0F;
/// The same, and further telegrams follow.
const MORE_FOLLOWS: u8 = 0x1F;
/// DIF by which a master asks for everything.
const EVERYTHING: u8 = 0x7F;

impl<'a> Records<'a> {
    /// The records of the data behind a header. `high_first`: numbers have their high byte first (CI 76).
    pub fn new(data: &'a [u8], high_first: bool) -> Self {
        Records {
            data,
            at: 0,
            high_first,
        }
    }

    /// Whether the meter has further telegrams to tell.
    pub fn more_follow(self) -> bool {
        self.flatten().any(|record| {
            matches!(record.value, Value::Manufacturer { more_follows, .. } if more_follows)
        })
    }

    fn special(&mut self, dif: u8, rest: &'a [u8]) -> Option<Result<Record<'a>, BadRecord>> {
        let at = self.at;
        let (value, raw) = match dif {
            MANUFACTURER | MORE_FOLLOWS => {
                self.at = self.data.len();
                let data = rest.get(1..).unwrap_or_default();
                let more_follows = dif == MORE_FOLLOWS;
                (Value::Manufacturer { data, more_follows }, rest)
            }
            EVERYTHING => {
                self.at += 1;
                (Value::None, rest.get(..1).unwrap_or_default())
            }
            _ => {
                self.at += 1;
                let why = "a reserved DIF";
                return Some(Err(BadRecord { at, why }));
            }
        };
        Some(Ok(Record {
            function: Function::Instantaneous,
            storage: 0,
            tariff: 0,
            subunit: 0,
            value,
            information: None,
            plain_unit: None,
            exponent: 0,
            raw,
        }))
    }

    fn usual(&mut self, rest: &'a [u8]) -> Result<Record<'a>, BadRecord> {
        let at = self.at;
        let bad = |why| BadRecord { at, why };
        // Where even the length is unknown, nothing behind it can be found.
        self.at = self.data.len();
        let dib = DataInformationBlock::try_from(rest).map_err(|_| bad("its DIF does not end"))?;
        let vif_at = dib.get_size();
        let vif = rest.get(vif_at..).unwrap_or_default();
        let vif = read_vif(vif).ok_or(bad("its VIF does not end"))?;
        let data_at = vif_at + vif.size;
        let data = rest.get(data_at..).unwrap_or_default();
        let data_information =
            DataInformation::try_from(&dib).map_err(|_| bad("its DIF is too long"))?;
        let coding = with_dates(vif.code, data_information.data_field_coding);
        let Some((value, size)) = Value::read(coding, data, self.high_first) else {
            return Err(bad(
                "its data are cut off, or their length byte is reserved",
            ));
        };
        self.at = at + data_at + size;
        let Vif {
            information,
            plain_unit,
            exponent,
            ..
        } = vif;
        if information.is_none() && plain_unit.is_none() {
            return Err(bad("its VIF has no meaning"));
        }
        Ok(Record {
            function: match data_information.function_field {
                FunctionField::InstantaneousValue => Function::Instantaneous,
                FunctionField::MaximumValue => Function::Maximum,
                FunctionField::MinimumValue => Function::Minimum,
                _ => Function::DuringError,
            },
            storage: data_information.storage_number,
            tariff: data_information.tariff,
            subunit: data_information.device,
            value,
            information,
            plain_unit,
            exponent,
            raw: rest.get(..data_at + size).unwrap_or_default(),
        })
    }
}

/// A VIF with its extensions.
struct Vif<'a> {
    code: u8,
    /// Bytes on the wire.
    size: usize,
    information: Option<ValueInformation<'a>>,
    plain_unit: Option<&'a [u8]>,
    exponent: isize,
}

/// VIF of a unit in plain text, with extensions.
const PLAIN_TEXT: u8 = 0xFC;
const EXTENDED: u8 = 0x80;
/// Extensions of one VIF at most.
const MOST_EXTENSIONS: usize = 10;

/// Reads a VIF. A plain text stands before the extensions in most meters, and behind them in some: what does not make sense
/// the one way is read the other way.
fn read_vif(bytes: &[u8]) -> Option<Vif<'_>> {
    match ValueInformationBlock::try_from(bytes) {
        Ok(block) => {
            let information = ValueInformation::try_from(&block).ok();
            let exponent = information
                .as_ref()
                .map_or(0, |known| known.decimal_scale_exponent);
            let plain = block.plaintext_vife.is_some();
            Some(Vif {
                code: block.value_information.data,
                size: block.get_size(),
                information,
                plain_unit: plain.then_some(bytes.get(1..)).flatten(),
                exponent,
            })
        }
        Err(_) if bytes.first() == Some(&PLAIN_TEXT) => plain_text_last(bytes),
        Err(_) => None,
    }
}

fn plain_text_last(bytes: &[u8]) -> Option<Vif<'_>> {
    let extensions = bytes.iter().skip(1);
    let count = 1 + extensions
        .clone()
        .take_while(|&&byte| byte & EXTENDED != 0)
        .count();
    let text = bytes.get(1 + count..)?;
    let length = usize::from(*text.first()?);
    let letters = text.get(1..1 + length)?;
    if count > MOST_EXTENSIONS || !letters.iter().all(|byte| byte.is_ascii_graphic()) {
        return None;
    }
    let powers = extensions.take(count).map(|&byte| match byte & !EXTENDED {
        power @ 0x70..=0x77 => isize::from(power & 7) - 6,
        0x7D => 3,
        _ => 0,
    });
    Some(Vif {
        code: PLAIN_TEXT,
        size: 1 + count + 1 + length,
        information: None,
        plain_unit: Some(text),
        exponent: powers.sum(),
    })
}

/// VIF 6C and 6D tell that a number of two, four or six bytes is a date or time.
fn with_dates(vif: u8, coding: DataFieldCoding) -> DataFieldCoding {
    match (vif & 0x7F, coding) {
        (0x6C, DataFieldCoding::Integer16Bit) => DataFieldCoding::DateTypeG,
        (0x6D, DataFieldCoding::Integer32Bit) => DataFieldCoding::DateTimeTypeF,
        (0x6D, DataFieldCoding::Integer48Bit) => DataFieldCoding::DateTimeTypeI,
        (_, coding) => coding,
    }
}

impl<'a> Iterator for Records<'a> {
    type Item = Result<Record<'a>, BadRecord>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let rest = self.data.get(self.at..)?;
            match *rest.first()? {
                FILLER => self.at += 1,
                dif if dif & 0x0F == 0x0F => return self.special(dif, rest),
                _ => return Some(self.usual(rest)),
            }
        }
    }
}
