//! Dates, money and numbers as each language writes them. Pure: what it is given comes out as finished strings.
//!
//! The patterns follow the Unicode CLDR (`decimal`, `group`, `minimumGroupingDigits`, `currencySpacing`, `dateFormats`); money in
//! Chinese and English keeps a space behind the sign, as on the terminal's receipts.

/// How a language writes dates, money and numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Locale {
    /// Between whole and part.
    decimal: char,
    /// Between thousands.
    group: char,
    /// A number is grouped from so many digits before the decimal sign on.
    grouped_from: usize,
    /// The currency's sign follows the amount.
    sign_after: bool,
    /// The months' short names; none where months are counted.
    months: Option<[&'static str; 12]>,
}

/// Chinese, simplified and traditional alike.
pub const CHINESE: Locale = Locale {
    decimal: '.',
    group: ',',
    grouped_from: 4,
    sign_after: false,
    months: None,
};

/// English.
pub const ENGLISH: Locale = Locale {
    decimal: '.',
    group: ',',
    grouped_from: 4,
    sign_after: false,
    months: Some([
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]),
};

/// Spanish. Four digits stay together: `1234,50`, but `12.345,00`.
pub const SPANISH: Locale = Locale {
    decimal: ',',
    group: '.',
    grouped_from: 5,
    sign_after: true,
    months: Some([
        "ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sept", "oct", "nov", "dic",
    ]),
};

/// A calendar day. Months and days count from one; what is out of range is written as it is, never a panic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Day {
    /// The year.
    pub year: i32,
    /// 1 to 12.
    pub month: u8,
    /// 1 to 31.
    pub day: u8,
}

impl Locale {
    /// What stands between whole and part, and between thousands.
    pub(crate) fn separators(&self) -> (char, char) {
        (self.decimal, self.group)
    }

    /// A number given in units of 10^-`places`: `number(123456, 2)` is `1,234.56`. A minus is the sign U+2212, which stands at the
    /// height of digits.
    #[must_use]
    pub fn number(&self, value: i64, places: u32) -> String {
        let minus = if value < 0 { "\u{2212}" } else { "" };
        format!("{minus}{}", self.unsigned(value.unsigned_abs(), places))
    }

    fn unsigned(&self, value: u64, places: u32) -> String {
        // Beyond what 64 bits hold there is no whole part.
        let unit = 10_u64.checked_pow(places);
        let (whole, part) = unit.map_or((0, value), |unit| (value / unit, value % unit));
        let digits = whole.to_string();
        let mut text = String::new();
        for (place, digit) in digits.chars().enumerate() {
            if place > 0 && (digits.len() - place) % 3 == 0 && digits.len() >= self.grouped_from {
                text.push(self.group);
            }
            text.push(digit);
        }
        if places > 0 {
            text.push(self.decimal);
            text.push_str(&format!("{part:0>width$}", width = places as usize));
        }
        text
    }

    /// Money in minor units of 10^-`places`, with the currency's sign: `¥ 1,250.00`, `1250,00 ¥`.
    #[must_use]
    pub fn money(&self, sign: &str, minor: i64, places: u32) -> String {
        let minus = if minor < 0 { "\u{2212}" } else { "" };
        let amount = self.unsigned(minor.unsigned_abs(), places);
        if self.sign_after {
            format!("{minus}{amount} {sign}")
        } else {
            format!("{minus}{sign} {amount}")
        }
    }

    /// The same without the zeros of a whole amount: `¥ 50`.
    #[must_use]
    pub fn short_money(&self, sign: &str, minor: i64, places: u32) -> String {
        match 10_i64.checked_pow(places) {
            Some(unit) if minor % unit == 0 => self.money(sign, minor / unit, 0),
            _ => self.money(sign, minor, places),
        }
    }

    /// A quantity with its unit: `96.4 kWh`.
    #[must_use]
    pub fn quantity(&self, value: i64, places: u32, unit: &str) -> String {
        format!("{} {unit}", self.number(value, places))
    }

    /// A month's short name: `11月`, `Nov`, `nov`.
    #[must_use]
    pub fn month(&self, month: u8) -> String {
        let named = |names: &[&str; 12]| {
            let name = names.get(usize::from(month.wrapping_sub(1)));
            name.map_or_else(|| month.to_string(), |name| (*name).to_owned())
        };
        self.months
            .as_ref()
            .map_or_else(|| format!("{month}月"), named)
    }

    /// A day without its year: `12月4日`, `4 Dec`, `4 dic`.
    #[must_use]
    pub fn day(&self, day: Day) -> String {
        if self.months.is_none() {
            format!("{}月{}日", day.month, day.day)
        } else {
            format!("{} {}", day.day, self.month(day.month))
        }
    }

    /// A day with its year: `2026年12月4日`, `4 Dec 2026`.
    #[must_use]
    pub fn date(&self, day: Day) -> String {
        if self.months.is_none() {
            format!("{}年{}", day.year, self.day(day))
        } else {
            format!("{} {}", self.day(day), day.year)
        }
    }

    /// A day and the time of day, on 24 hours: `4 Dec 2026, 09:05`.
    #[must_use]
    pub fn date_time(&self, day: Day, hour: u8, minute: u8) -> String {
        let between = if self.months.is_none() { " " } else { ", " };
        format!("{}{between}{hour:02}:{minute:02}", self.date(day))
    }
}

#[cfg(test)]
mod tests {
    use super::{CHINESE, Day, ENGLISH, SPANISH};

    const DAY: Day = Day {
        year: 2026,
        month: 12,
        day: 4,
    };

    #[test]
    fn money_stands_as_each_language_writes_it() {
        for (minor, chinese, spanish) in [
            (0, "¥ 0.00", "0,00 ¥"),
            (5, "¥ 0.05", "0,05 ¥"),
            (125_000, "¥ 1,250.00", "1250,00 ¥"),
            (1_250_000, "¥ 12,500.00", "12.500,00 ¥"),
            (-123_456_789, "−¥ 1,234,567.89", "−1.234.567,89 ¥"),
        ] {
            assert_eq!(CHINESE.money("¥", minor, 2), chinese);
            assert_eq!(ENGLISH.money("¥", minor, 2), chinese);
            assert_eq!(SPANISH.money("¥", minor, 2), spanish);
        }
        assert_eq!(
            ENGLISH.money("$", i64::MIN, 2),
            "−$ 92,233,720,368,547,758.08"
        );
        assert_eq!(ENGLISH.money("₩", 1_250, 0), "₩ 1,250");
    }

    #[test]
    fn a_whole_amount_has_no_zeros_and_another_keeps_its_part() {
        assert_eq!(CHINESE.short_money("¥", 5_000, 2), "¥ 50");
        assert_eq!(SPANISH.short_money("€", 5_050, 2), "50,50 €");
        assert_eq!(ENGLISH.short_money("¥", 0, 2), "¥ 0");
    }

    #[test]
    fn numbers_have_as_many_places_as_asked() {
        assert_eq!(ENGLISH.number(964, 1), "96.4");
        assert_eq!(SPANISH.number(-964, 1), "−96,4");
        assert_eq!(ENGLISH.number(7, 3), "0.007");
        assert_eq!(SPANISH.quantity(12_345_000, 3, "kWh"), "12.345,000 kWh");
        assert_eq!(ENGLISH.number(7, 30), "0.000000000000000000000000000007");
    }

    #[test]
    fn days_and_months_stand_in_each_languages_order() {
        assert_eq!(CHINESE.date(DAY), "2026年12月4日");
        assert_eq!(ENGLISH.date(DAY), "4 Dec 2026");
        assert_eq!(SPANISH.date(DAY), "4 dic 2026");
        assert_eq!(CHINESE.day(DAY), "12月4日");
        assert_eq!(CHINESE.date_time(DAY, 9, 5), "2026年12月4日 09:05");
        assert_eq!(SPANISH.date_time(DAY, 23, 59), "4 dic 2026, 23:59");
        assert_eq!(
            (CHINESE.month(1), ENGLISH.month(1)),
            ("1月".into(), "Jan".into())
        );
        for month in [0, 13, 255] {
            assert_eq!(ENGLISH.month(month), month.to_string());
        }
    }
}
