//! A tariff as people type it: fields with amounts in the currency, and rows of which an empty one does not count. What cannot be read, or makes
//! no tariff, is told for its field; nothing that was typed is lost.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde_json::{Map, Value, json};

use super::words::Language;
use crate::tariff::{Problem, Tariff, TariffError, Unit, Utility};

/// Rows of a kind at most.
pub(super) const MOST: usize = 16;
/// Places of prices, bounds and percents as they are typed.
const PRICE: u32 = 6;
const BOUND: u32 = 3;
const MONEY: u32 = 2;
const TAX: u32 = 2;
const SHARE: u32 = 1;

/// A kind of row, with its columns.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kind {
    pub(super) name: &'static str,
    pub(super) columns: &'static [&'static str],
    /// Rows that are offered at first.
    first: usize,
}

pub(super) const TIERS: Kind = Kind {
    name: "tiers",
    columns: &["upto", "price", "extra"],
    first: 3,
};
pub(super) const RATES: Kind = Kind {
    name: "rates",
    columns: &["name", "register", "delta", "hours", "share"],
    first: 0,
};
pub(super) const SURCHARGES: Kind = Kind {
    name: "surcharges",
    columns: &["name", "price"],
    first: 1,
};

/// What was typed, and what is wrong with it.
#[derive(Debug, Default)]
pub(super) struct Sheet {
    values: BTreeMap<String, String>,
    faults: BTreeMap<String, String>,
}

impl Sheet {
    pub(super) fn new(values: BTreeMap<String, String>) -> Sheet {
        Sheet {
            values,
            faults: BTreeMap::new(),
        }
    }

    /// As a tariff has it.
    pub(super) fn of(name: &str, tariff: &Tariff) -> Sheet {
        let mut sheet = Sheet::default();
        sheet.set("name", name.to_owned());
        let Ok(content) = serde_json::to_value(tariff) else {
            return sheet;
        };
        for field in ["utility", "unit", "period"] {
            sheet.set(field, text(&content[field]));
        }
        let number =
            |value: &Value, places| value.as_i64().map_or(String::new(), |n| typed(n, places));
        sheet.set("household", number(&content["household"]["base"], 0));
        sheet.set("fixed", number(&content["fixed"], MONEY));
        sheet.set("tax", number(&content["tax"]["rate"], TAX));
        if content["tax"]["included"] == json!(true) {
            sheet.set("tax_included", "yes".into());
        }
        for kind in [TIERS, RATES, SURCHARGES] {
            let rows = content[kind.name].as_array().cloned().unwrap_or_default();
            for (n, row) in rows.iter().enumerate() {
                for column in kind.columns {
                    let value = &row[*column];
                    let shown = match (places(column), *column) {
                        (Some(places), _) => number(value, places),
                        (None, "hours") => {
                            let hours = value.as_array().into_iter().flatten();
                            hours.map(text).collect::<Vec<_>>().join(" ")
                        }
                        _ => text(value),
                    };
                    sheet.set(&format!("{}.{n}.{column}", kind.name), shown);
                }
            }
        }
        sheet
    }

    fn set(&mut self, field: &str, value: String) {
        if !value.is_empty() {
            self.values.insert(field.to_owned(), value);
        }
    }

    pub(super) fn value(&self, field: &str) -> &str {
        self.values.get(field).map_or("", |value| value.trim())
    }

    pub(super) fn fault(&self, field: &str) -> Option<&str> {
        self.faults.get(field).map(String::as_str)
    }

    pub(super) fn wrong(&self) -> bool {
        !self.faults.is_empty()
    }

    pub(super) fn blame(&mut self, field: &str, why: &str) {
        self.faults
            .entry(field.to_owned())
            .or_insert(why.to_owned());
    }

    /// How many rows of this kind are shown.
    pub(super) fn rows(&self, kind: Kind) -> usize {
        let asked = self.value(kind.name).parse().unwrap_or(kind.first);
        let begins = format!("{}.", kind.name);
        let typed = self
            .values
            .iter()
            .filter(|(_, value)| !value.trim().is_empty());
        let last = typed
            .filter_map(|(field, _)| field.strip_prefix(&begins)?.split_once('.')?.0.parse().ok())
            .map(|n: usize| n.saturating_add(1))
            .max();
        asked.max(last.unwrap_or(0)).clamp(kind.first, MOST)
    }

    /// One row more.
    pub(super) fn add(&mut self, kind: Kind) {
        let rows = (self.rows(kind) + 1).min(MOST);
        self.values.insert(kind.name.to_owned(), rows.to_string());
    }

    /// The name, the first day and the tariff; nothing where something is wrong, which then stands at its field.
    pub(super) fn read(&mut self, words: Language) -> Option<(String, Date, Tariff)> {
        let day = self.value("valid_from").parse::<Date>().ok();
        if day.is_none() {
            self.blame("valid_from", words.t("Choose a day."));
        }
        let mut content = Map::new();
        for (field, known) in [
            ("utility", Utility::parse(self.value("utility")).is_some()),
            ("unit", !self.value("unit").is_empty()),
            ("period", !self.value("period").is_empty()),
        ] {
            if !known {
                self.blame(field, words.t("Choose one."));
            }
            content.insert(field.into(), json!(self.value(field)));
        }
        if let Some(base) = self.number("household", 0, words) {
            content.insert("household".into(), json!({ "base": base }));
        }
        if let Some(fixed) = self.number("fixed", MONEY, words) {
            content.insert("fixed".into(), json!(fixed));
        }
        if let Some(rate) = self.number("tax", TAX, words) {
            let included = self.value("tax_included") == "yes";
            content.insert("tax".into(), json!({ "rate": rate, "included": included }));
        }
        let mut places = BTreeMap::new();
        for kind in [TIERS, RATES, SURCHARGES] {
            let rows = self.kind(kind, words, &mut places);
            content.insert(kind.name.into(), Value::Array(rows));
        }
        if self.wrong() {
            return None;
        }
        match Tariff::parse(&Value::Object(content)) {
            Ok(tariff) => Some((self.value("name").to_owned(), day?, tariff)),
            Err(error) => {
                let field = place(&error, &places);
                self.blame(&field, said(&error.problem, words));
                None
            }
        }
    }

    /// The rows of a kind that have anything in them. `places` learns which row of the form each one is.
    fn kind(
        &mut self,
        kind: Kind,
        words: Language,
        places_of: &mut BTreeMap<String, String>,
    ) -> Vec<Value> {
        let mut rows = Vec::new();
        for n in 0..self.rows(kind) {
            let field = |column: &str| format!("{}.{n}.{column}", kind.name);
            if kind
                .columns
                .iter()
                .all(|column| self.value(&field(column)).is_empty())
            {
                continue;
            }
            places_of.insert(
                format!("{}[{}]", kind.name, rows.len()),
                format!("{}.{n}", kind.name),
            );
            let mut row = Map::new();
            for column in kind.columns {
                let value = match (places(column), *column) {
                    (Some(places), _) => {
                        self.number(&field(column), places, words).map(|n| json!(n))
                    }
                    (None, "hours") => self.hours(&field(column), words),
                    _ => Some(json!(self.value(&field(column)))),
                };
                row.extend(value.map(|value| ((*column).to_owned(), value)));
            }
            for needed in ["price", "delta", "register"] {
                if kind.columns.contains(&needed) && !row.contains_key(needed) {
                    self.blame(&field(needed), words.t("A number is needed here."));
                }
            }
            rows.push(Value::Object(row));
        }
        rows
    }

    fn number(&mut self, field: &str, places: u32, words: Language) -> Option<i64> {
        let typed = self.value(field).to_owned();
        if typed.is_empty() {
            return None;
        }
        let read = decimal(&typed, places);
        if read.is_none() {
            let why = match places {
                0 => words.t("Type a whole number."),
                _ => words.t("Type a number such as 12.5, with a point and no more places than the price has."),
            };
            self.blame(field, why);
        }
        read
    }

    fn hours(&mut self, field: &str, words: Language) -> Option<Value> {
        let typed = self.value(field).to_owned();
        let all: Vec<&str> = typed
            .split([' ', ',', '，', '、'])
            .filter(|part| !part.is_empty())
            .collect();
        let sound = all
            .iter()
            .all(|part| part.parse::<crate::tariff::Hours>().is_ok());
        if all.is_empty() || !sound {
            self.blame(
                field,
                words.t("Type times such as 08:00-12:00 18:00-22:00."),
            );
            return None;
        }
        Some(json!(all))
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// Places of a column of numbers; none of a text.
fn places(column: &str) -> Option<u32> {
    match column {
        "upto" | "extra" => Some(BOUND),
        "price" | "delta" => Some(PRICE),
        "share" => Some(SHARE),
        "register" => Some(0),
        _ => None,
    }
}

/// A number with so many places at most, in parts of its last one.
fn decimal(text: &str, places: u32) -> Option<i64> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text),
    };
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let length = u32::try_from(part.len()).ok()?;
    if whole.is_empty() || !plain(whole) || !plain(part) || length > places || digits.ends_with('.')
    {
        return None;
    }
    let all: i64 = format!("{whole}{part}").parse().ok()?;
    all.checked_mul(10_i64.checked_pow(places - length)?)?
        .checked_mul(sign)
}

/// The other way round, without places that say nothing.
fn typed(number: i64, places: u32) -> String {
    let one = 10_u64.pow(places);
    let (sign, size) = (if number < 0 { "-" } else { "" }, number.unsigned_abs());
    let width = places as usize;
    match size % one {
        0 => format!("{sign}{}", size / one),
        part => {
            let part = format!("{part:0width$}");
            format!("{sign}{}.{}", size / one, part.trim_end_matches('0'))
        }
    }
}

/// The form's field of a tariff's fault.
fn place(error: &TariffError, places: &BTreeMap<String, String>) -> String {
    let field = error.field.as_str();
    let (row, column) = field
        .split_once("].")
        .map_or((field, ""), |(row, column)| (row, column));
    match (places.get(&format!("{row}]")), field) {
        (Some(place), _) if !column.is_empty() => format!("{place}.{column}"),
        (_, "household.base") => "household".to_owned(),
        (_, "tax.rate") => "tax".to_owned(),
        (_, "content") => "form".to_owned(),
        _ => field.to_owned(),
    }
}

/// A fault in the words of the form.
fn said(problem: &Problem, words: Language) -> &'static str {
    words.t(match problem {
        Problem::Shape(_) => "A number is too large for its field.",
        Problem::Count => "There have to be 1 to 16 rows.",
        Problem::Unit => "This utility is not counted in that unit.",
        Problem::Range { .. } => "This number is too small or too large.",
        Problem::NotRising => "It has to be above the row before, and not be widened by less.",
        Problem::Bound => {
            "Every row but the last has a bound, and the last has none and is not widened."
        }
        Problem::NoHousehold => "Say from how many people on the tiers are wider.",
        Problem::Name => "A name has 1 to 40 characters, and there is one of a kind.",
        Problem::Register => "A register is from 1 to 63, and belongs to one row.",
        Problem::Hours(..) => "The times of all rows together have to cover the day once.",
        Problem::Shares => {
            "Either every row has a share and they are 100 % together, or none has one."
        }
        Problem::Negative(_) => "With a tier's price a unit would cost less than nothing.",
    })
}

/// The units that are offered.
pub(super) const UNITS: [Unit; 4] = [
    Unit::KilowattHour,
    Unit::CubicMetre,
    Unit::MegawattHour,
    Unit::Gigajoule,
];

#[cfg(test)]
mod tests {
    use super::*;

    fn full() -> Tariff {
        Tariff::parse(&json!({
            "utility": "electricity", "unit": "kWh", "period": "year",
            "tiers": [{"upto": 2_760_500, "extra": 10_000, "price": 488_300}, {"price": 538_300}],
            "household": {"base": 4},
            "rates": [
                {"name": "峰", "register": 2, "delta": 30_000, "hours": ["08:00-12:00", "14:00-22:00"], "share": 605},
                {"name": "谷", "register": 4, "delta": -200_001, "hours": ["22:00-08:00", "12:00-14:00"], "share": 395},
            ],
            "fixed": 350, "surcharges": [{"name": "fund", "price": 10_000}], "tax": {"rate": 1_350, "included": true},
        }))
        .unwrap()
    }

    #[test]
    fn a_tariff_is_typed_and_read_the_same() {
        let mut sheet = Sheet::of("home", &full());
        sheet.set("valid_from", "2026-07-01".into());
        for (field, typed) in [
            ("tiers.0.upto", "2760.5"),
            ("tiers.0.price", "0.4883"),
            ("rates.1.delta", "-0.200001"),
            ("rates.0.share", "60.5"),
            ("fixed", "3.5"),
            ("tax", "13.5"),
        ] {
            assert_eq!(sheet.value(field), typed, "{field}");
        }
        // A row that is left empty in between does not count.
        for (from, to) in [(1, 4), (0, 2)] {
            for column in TIERS.columns {
                let old = sheet.values.remove(&format!("tiers.{from}.{column}"));
                sheet.set(&format!("tiers.{to}.{column}"), old.unwrap_or_default());
            }
        }
        let (name, day, tariff) = sheet
            .read(Language::English)
            .unwrap_or_else(|| panic!("{sheet:?}"));
        assert_eq!(
            (name.as_str(), day.to_string().as_str()),
            ("home", "2026-07-01")
        );
        assert_eq!(tariff, full());
    }

    #[test]
    fn each_fault_stands_at_its_field_and_what_was_typed_stays() {
        for (field, typed, at) in [
            ("tiers.0.price", "0,48", "tiers.0.price"),
            ("tiers.0.price", "0.4883001", "tiers.0.price"),
            ("tiers.0.upto", "-5", "tiers.0.upto"),
            ("tiers.1.upto", "9", "tiers.1.upto"),
            ("household", "", "household"),
            ("household", "four", "household"),
            ("rates.0.hours", "8-12", "rates.0.hours"),
            ("rates.0.hours", "08:00-12:00", "rates"),
            ("rates.1.register", "2", "rates.1.register"),
            ("rates.0.register", "900", "form"),
            ("rates.0.share", "60", "rates"),
            ("surcharges.0.price", "", "surcharges.0.price"),
            ("tax", "100.01", "tax"),
            ("fixed", "1e3", "fixed"),
            ("unit", "m3", "unit"),
            ("utility", "steam", "utility"),
            ("valid_from", "soon", "valid_from"),
        ] {
            let mut sheet = Sheet::of("home", &full());
            sheet
                .values
                .insert("valid_from".into(), "2026-07-01".into());
            sheet.values.insert(field.into(), typed.into());
            assert!(sheet.read(Language::Chinese).is_none(), "{field} = {typed}");
            assert!(
                sheet.fault(at).is_some(),
                "{field} = {typed}: {:?}",
                sheet.faults
            );
            assert_eq!(sheet.value(field), typed);
        }
    }

    #[test]
    fn rows_are_added_up_to_sixteen_and_none_is_lost() {
        let mut sheet = Sheet::default();
        assert_eq!((sheet.rows(TIERS), sheet.rows(RATES)), (3, 0));
        for _ in 0..20 {
            sheet.add(RATES);
        }
        assert_eq!(sheet.rows(RATES), 16);
        let typed = Sheet::new(BTreeMap::from([(
            "tiers.7.price".to_owned(),
            "1".to_owned(),
        )]));
        assert_eq!(typed.rows(TIERS), 8);
    }
}
