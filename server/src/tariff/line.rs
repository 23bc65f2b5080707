//! The lines of a charge, exact before the rounding.

use serde::{Deserialize, Serialize, Serializer};

/// What a line is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// A tier's price.
    Tier,
    /// What a rate adds to it.
    Rate,
    /// The fixed charge.
    Fixed,
    /// On each unit.
    Surcharge,
    /// On top of all.
    Tax,
    /// In the prices already; told, and not added.
    TaxIncluded,
}

/// A line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Line {
    /// What for.
    pub what: What,
    /// The tier's number, or the name.
    pub name: String,
    /// In 1/10000 of the unit; of the fixed charge the days, of a tax nothing.
    pub quantity: i64,
    /// For one unit in 1/10000 minor units; of the fixed charge minor units a month, of a tax hundredths of a percent.
    pub price: i64,
    /// In [`SCALE`](super::charge::SCALE)ths of a minor unit; written as minor units.
    #[serde(serialize_with = "exact")]
    pub amount: i128,
}

fn exact<S: Serializer>(amount: &i128, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&minor_units(*amount))
}

/// An amount in minor units with all its places, and none that is not needed.
pub(super) fn minor_units(amount: i128) -> String {
    let scale = super::charge::SCALE.unsigned_abs();
    let (whole, part) = (amount.unsigned_abs() / scale, amount.unsigned_abs() % scale);
    let sign = if amount < 0 { "-" } else { "" };
    let part = format!("{part:015}");
    match part.trim_end_matches('0') {
        "" => format!("{sign}{whole}"),
        part => format!("{sign}{whole}.{part}"),
    }
}

#[cfg(test)]
mod tests {
    use super::minor_units;

    #[test]
    fn an_exact_amount_is_written_with_all_its_places() {
        assert_eq!(minor_units(0), "0");
        assert_eq!(minor_units(48_830_000_000_000_000), "48.83");
        assert_eq!(minor_units(-1), "-0.000000000000001");
        assert_eq!(minor_units(-12_000_000_000_000_000), "-12");
    }
}
