//! Money as a whole number of the currency's smallest unit.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// An amount in minor units (fen, cents). Signed, because a posting may take as well as give.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Money(pub i64);

impl Money {
    /// Nothing.
    pub const ZERO: Money = Money(0);

    /// The sum, or `None` where it does not fit.
    pub fn checked_add(self, other: Money) -> Option<Money> {
        self.0.checked_add(other.0).map(Money)
    }

    /// The difference, or `None` where it does not fit.
    pub fn checked_sub(self, other: Money) -> Option<Money> {
        self.0.checked_sub(other.0).map(Money)
    }
}

impl fmt::Display for Money {
    /// An exact decimal with two places and no thousands separator: `-12.05`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let magnitude = self.0.unsigned_abs();
        write!(f, "{sign}{}.{:02}", magnitude / 100, magnitude % 100)
    }
}

/// What is no amount of money.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("an amount of money has digits, and at most two after the point: 50.00")]
pub struct NoMoney;

impl FromStr for Money {
    type Err = NoMoney;

    /// An exact decimal of at most two places.
    fn from_str(text: &str) -> Result<Money, NoMoney> {
        let (sign, digits) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let plain = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
        let well_formed =
            !whole.is_empty() && plain(whole) && plain(fraction) && fraction.len() <= 2;
        if !well_formed || digits.ends_with('.') {
            return Err(NoMoney);
        }
        let minor: i64 = format!("{fraction:0<2}").parse().map_err(|_| NoMoney)?;
        let major: i64 = whole.parse().map_err(|_| NoMoney)?;
        let sum = major
            .checked_mul(100)
            .and_then(|sum| sum.checked_add(minor));
        Ok(Money(sign * sum.ok_or(NoMoney)?))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn decimals_are_exact_or_refused() {
        let read = |text: &str| text.parse::<Money>().ok();
        assert_eq!(read("50"), Some(Money(5000)));
        assert_eq!(read("0.5"), Some(Money(50)));
        assert_eq!(read("12.05"), Some(Money(1205)));
        assert_eq!(read("-1.00"), Some(Money(-100)));
        let refused = [
            "",
            ".",
            "1.",
            ".5",
            "1.005",
            "1,00",
            "+1",
            "1e3",
            " 1",
            "99999999999999999999",
        ];
        for text in refused {
            assert_eq!(read(text), None, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn an_amount_is_read_back_as_it_is_written(minor in -1_000_000_000_000_i64..1_000_000_000_000) {
            prop_assert_eq!(Money(minor).to_string().parse(), Ok(Money(minor)));
        }
    }
}
