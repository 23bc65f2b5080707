//! What a report is made of.

use jiff::civil::{Date, DateTime};
use meterpost_ledger::Money;

/// A language of reports.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// English.
    English,
    /// Simplified Chinese.
    #[default]
    Chinese,
}

/// A text in both languages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Said(pub &'static str, pub &'static str);

impl Said {
    /// In this language.
    pub fn in_(self, language: Language) -> &'static str {
        match language {
            Language::English => self.0,
            Language::Chinese => self.1,
        }
    }
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Words, names, numbers that nobody adds.
    Text,
    /// A word of ours, shown in the language.
    Word,
    /// An exact decimal of some unit.
    Quantity,
    /// How many.
    Count,
    /// An amount.
    Money,
    /// A local day.
    Day,
    /// A local day and time.
    Moment,
}

impl Kind {
    /// Whether it stands at the right.
    pub fn is_number(self) -> bool {
        matches!(self, Kind::Count | Kind::Money | Kind::Quantity)
    }
}

/// A column.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// Its name.
    pub name: Said,
    /// What it holds.
    pub kind: Kind,
    /// Whether its sum says something.
    pub summed: bool,
}

impl Column {
    const fn new(name: Said, kind: Kind, summed: bool) -> Column {
        Column { name, kind, summed }
    }

    /// Words.
    pub const fn text(english: &'static str, chinese: &'static str) -> Column {
        Column::new(Said(english, chinese), Kind::Text, false)
    }

    /// Words of ours.
    pub const fn word(english: &'static str, chinese: &'static str) -> Column {
        Column::new(Said(english, chinese), Kind::Word, false)
    }

    /// Quantities.
    pub const fn quantity(english: &'static str, chinese: &'static str) -> Column {
        Column::new(Said(english, chinese), Kind::Quantity, false)
    }

    /// Days.
    pub const fn day(english: &'static str, chinese: &'static str) -> Column {
        Column::new(Said(english, chinese), Kind::Day, false)
    }

    /// Moments.
    pub const fn moment(english: &'static str, chinese: &'static str) -> Column {
        Column::new(Said(english, chinese), Kind::Moment, false)
    }

    /// How many, with a sum.
    pub const fn count(english: &'static str, chinese: &'static str) -> Column {
        Column::new(Said(english, chinese), Kind::Count, true)
    }

    /// Amounts, with a sum.
    pub const fn money(english: &'static str, chinese: &'static str) -> Column {
        Column::new(Said(english, chinese), Kind::Money, true)
    }
}

/// What stands in a cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Nothing, or not known.
    Nothing,
    /// Words, as they are in the database: whoever writes them makes them harmless.
    Text(String),
    /// How many.
    Count(i64),
    /// An amount.
    Money(Money),
    /// A local day.
    Day(Date),
    /// A local time.
    Moment(DateTime),
}

impl Value {
    /// As people read it.
    pub fn shown(&self) -> String {
        match self {
            Value::Nothing => String::new(),
            Value::Text(text) => text.clone(),
            Value::Count(count) => count.to_string(),
            Value::Money(amount) => amount.to_string(),
            Value::Day(day) => day.to_string(),
            Value::Moment(moment) => moment.strftime("%Y-%m-%d %H:%M:%S").to_string(),
        }
    }
}

/// A cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    /// What stands in it.
    pub value: Value,
    /// The page with the entries behind it.
    pub link: Option<String>,
}

/// A row: a cell for each column.
pub type Row = Vec<Cell>;

/// What stands above a report.
#[derive(Clone, Debug)]
pub struct Heading {
    /// Which report.
    pub title: &'static str,
    /// Of what: names and values.
    pub parameters: Vec<(&'static str, String)>,
    /// The columns.
    pub columns: &'static [Column],
    /// The language.
    pub language: Language,
}

/// The sums of the columns that have one, while rows go by.
#[derive(Clone, Debug)]
pub struct Totals {
    columns: &'static [Column],
    sums: Vec<i64>,
    rows: u64,
}

impl Totals {
    /// Before the first row.
    pub fn new(columns: &'static [Column]) -> Totals {
        Totals {
            columns,
            sums: vec![0; columns.len()],
            rows: 0,
        }
    }

    /// Of so many rows, whose summed columns come to this in their order.
    pub(super) fn of(columns: &'static [Column], rows: u64, sums: &[i64]) -> Totals {
        let mut sums = sums.iter().copied();
        let mut sum = |column: &Column| match column.summed {
            true => sums.next().unwrap_or(0),
            false => 0,
        };
        Totals {
            columns,
            sums: columns.iter().map(&mut sum).collect(),
            rows,
        }
    }

    /// With a row more; false where a sum does not fit.
    pub fn add(&mut self, row: &Row) -> bool {
        self.rows += 1;
        let summed = self.sums.iter_mut().zip(self.columns).zip(row);
        for ((sum, column), cell) in summed {
            let more = match (&cell.value, column.summed) {
                (Value::Count(count), true) => *count,
                (Value::Money(Money(amount)), true) => *amount,
                _ => 0,
            };
            let Some(next) = sum.checked_add(more) else {
                return false;
            };
            *sum = next;
        }
        true
    }

    /// How many rows there were.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// The last row; none where nothing is summed.
    pub fn row(&self, language: Language) -> Option<Row> {
        if !self.columns.iter().any(|column| column.summed) {
            return None;
        }
        let mut said = false;
        let row = self.columns.iter().zip(&self.sums).map(|(column, sum)| {
            let value = match (column.kind, column.summed) {
                (Kind::Money, true) => Value::Money(Money(*sum)),
                (Kind::Count, true) => Value::Count(*sum),
                _ if !said => {
                    said = true;
                    Value::Text(TOTAL.in_(language).to_owned())
                }
                _ => Value::Nothing,
            };
            Cell { value, link: None }
        });
        Some(row.collect())
    }
}

const TOTAL: Said = Said("Total", "合计");

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: &[Column] = &[
        Column::text("Name", "名称"),
        Column::money("Amount", "金额"),
    ];

    fn row(amount: i64) -> Row {
        let cell = |value| Cell { value, link: None };
        vec![
            cell(Value::Text("x".into())),
            cell(Value::Money(Money(amount))),
        ]
    }

    #[test]
    fn totals_are_exact_or_refused() {
        let mut totals = Totals::new(COLUMNS);
        assert!(totals.add(&row(i64::MAX - 1)) && totals.add(&row(1)));
        let last = totals.row(Language::English).unwrap();
        assert_eq!(last[0].value, Value::Text("Total".into()));
        assert_eq!(last[1].value, Value::Money(Money(i64::MAX)));
        assert!(!totals.add(&row(1)), "no wrapping");
    }
}
