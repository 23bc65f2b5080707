//! A tariff as data. Every number is an integer; what it counts stands beside it.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::hours::Hours;

/// Places behind the point in which consumption is counted: 1/10000 of the unit, as concentrators tell energy.
pub const UNIT_PLACES: u32 = 4;

/// What flows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Utility {
    /// Electricity.
    Electricity,
    /// Cold water.
    Water,
    /// Hot water.
    HotWater,
    /// Gas.
    Gas,
    /// Heat.
    Heat,
}

impl Utility {
    /// All of them.
    pub const ALL: [Utility; 5] = [
        Utility::Electricity,
        Utility::Water,
        Utility::HotWater,
        Utility::Gas,
        Utility::Heat,
    ];

    /// As it is written.
    pub fn name(self) -> &'static str {
        match self {
            Utility::Electricity => "electricity",
            Utility::Water => "water",
            Utility::HotWater => "hot_water",
            Utility::Gas => "gas",
            Utility::Heat => "heat",
        }
    }

    /// The utility of this name.
    pub fn parse(name: &str) -> Option<Utility> {
        Utility::ALL
            .into_iter()
            .find(|utility| utility.name() == name)
    }
}

/// What consumption is counted in. The names are those of the readings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Unit {
    /// Kilowatt hours.
    #[serde(rename = "kWh")]
    KilowattHour,
    /// Megawatt hours.
    #[serde(rename = "MWh")]
    MegawattHour,
    /// Gigajoules.
    #[serde(rename = "GJ")]
    Gigajoule,
    /// Cubic metres.
    #[serde(rename = "m3")]
    CubicMetre,
}

impl Unit {
    /// As readings have it.
    pub fn name(self) -> &'static str {
        match self {
            Unit::KilowattHour => "kWh",
            Unit::MegawattHour => "MWh",
            Unit::Gigajoule => "GJ",
            Unit::CubicMetre => "m3",
        }
    }

    /// Whether this utility is counted in it.
    pub fn fits(self, utility: Utility) -> bool {
        match utility {
            Utility::Electricity => self == Unit::KilowattHour,
            Utility::Water | Utility::HotWater | Utility::Gas => self == Unit::CubicMetre,
            Utility::Heat => self != Unit::CubicMetre,
        }
    }
}

/// How long consumption adds up towards the tiers; a calendar month or year, by local time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Period {
    /// From the first of each month.
    Month,
    /// From 1 January.
    Year,
}

impl Period {
    /// The first day of the period that this day is in.
    pub fn first(self, day: Date) -> Date {
        match self {
            Period::Month => day.first_of_month(),
            Period::Year => day.first_of_year(),
        }
    }
}

/// A tier (阶梯): a price up to a bound.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tier {
    /// Up to and including so much in the period, in thousandths of the unit; the last tier has no bound.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upto: Option<i64>,
    /// For each person above the household's base the bound is so much higher, in thousandths of the unit.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub extra: i64,
    /// For one unit, in 1/10000 minor units: 0.4883 yuan are 48.83 fen, so 488300.
    pub price: i64,
}

/// From how many people on the tiers are wider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Household {
    /// People up to whom the bounds are as they are written.
    pub base: u16,
}

/// A rate by time of day (尖, 峰, 平, 谷). What it adds to each tier's price, so that tiers and rates go together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rate {
    /// What people call it.
    pub name: String,
    /// The meter's register that counts it, from 1 on (DL/T 645: rates 1 to 63).
    pub register: u8,
    /// What a unit costs more than the tier says, or less, in 1/10000 minor units.
    pub delta: i64,
    /// When it holds, by local time. All rates together cover the day once. Meters keep this calendar; it is here for people.
    pub hours: Vec<Hours>,
    /// In thousandths: its part of the consumption of a meter that counts no rates. Either all rates have one or none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub share: Option<u16>,
}

/// Added to each unit whatever the tier, such as sewage or a fund.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Surcharge {
    /// What people call it.
    pub name: String,
    /// For one unit, in 1/10000 minor units.
    pub price: i64,
}

/// A tax on all of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tax {
    /// In hundredths of a percent: 13 % are 1300.
    pub rate: u16,
    /// Whether the prices hold it already; else it comes on top.
    pub included: bool,
}

/// A tariff. What was deserialised is one only after [`Tariff::check`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tariff {
    /// Of what.
    pub utility: Utility,
    /// In what it is counted.
    pub unit: Unit,
    /// How long consumption adds up towards the tiers.
    pub period: Period,
    /// The tiers, rising; the last one has no bound.
    pub tiers: Vec<Tier>,
    /// Who has wider tiers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub household: Option<Household>,
    /// The rates by time of day; none where one price holds all day.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rates: Vec<Rate>,
    /// For each month, in minor units; each of its days carries its part.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub fixed: i64,
    /// What each unit carries besides.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub surcharges: Vec<Surcharge>,
    /// The tax.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax: Option<Tax>,
}

fn is_zero(number: &i64) -> bool {
    *number == 0
}
