//! Who lives in the district: an account each, a meter for electricity whose money is at the server, one for water that keeps its own.

use serde_json::{Value, json};

use crate::district::{DistrictConfig, MeterConfig, SegmentPlan};
use crate::meter::{Books, ElectricityConfig, VolumeConfig};
use crate::segment::{LineConfig, SegmentConfig};

/// Households on one wire at most: two meters each.
const ON_A_WIRE: usize = 25;
/// What a cubic metre costs by the water meters' own count, in fen.
const WATER_PRICE: i64 = 300;
/// Baud of the wires.
pub const BAUD: u32 = 19_200;
/// The wires' time against real time.
const SCALE: f64 = 0.02;

/// One of the households.
#[derive(Clone, Debug)]
pub struct Household {
    /// Which, from 1 on.
    pub n: usize,
    /// Its account.
    pub account: String,
    /// The number of its electricity meter, which is also its address.
    pub electricity: String,
    /// The number of its water meter.
    pub water: String,
    /// The address of its water meter.
    pub water_address: String,
    /// The wire both hang on, from 0 on.
    pub wire: usize,
}

/// What a household uses in a day.
#[derive(Clone, Copy, Debug)]
pub struct Used {
    /// 1/100 kWh.
    pub electricity: u32,
    /// 1/100 m³.
    pub water: u32,
    /// What the water meter takes for it, in fen.
    pub water_fen: i64,
}

impl Household {
    /// All of a district.
    pub fn all(count: usize) -> Vec<Household> {
        (1..=count)
            .map(|n| Household {
                n,
                account: format!("{n:04}"),
                electricity: format!("2603{n:08}"),
                water: format!("3{n:07}"),
                water_address: format!("1202{n:010}"),
                wire: (n - 1) / ON_A_WIRE,
            })
            .collect()
    }

    /// Its consumption of the day with this number, the same in every play: 3 to 15 kWh and up to half a cubic metre.
    pub fn uses(&self, day: i32) -> Used {
        let chance = mix(self.n as u64 ^ u64::from(day.unsigned_abs()) << 32);
        let water = (chance >> 32) as u32 % 50;
        Used {
            electricity: 300 + chance as u32 % 1_200,
            water,
            water_fen: i64::from(water) * WATER_PRICE / 100,
        }
    }

    /// As the server's directory has it.
    pub fn account(&self) -> Value {
        let meter = |number: &str, utility: &str, profile: &str, address: &str| {
            json!({
                "number": number, "utility": utility, "profile": profile, "address": address,
                "segment": self.wire + 1, "baud": BAUD,
            })
        };
        let mut electricity = meter(
            &self.electricity,
            "electricity",
            "dlt645-plain",
            &self.electricity,
        );
        electricity["on_account"] = json!(true);
        electricity["owner"] = json!("server");
        electricity["customer"] = json!("000000001234");
        let mut water = meter(&self.water, "water", "cjt188-prepaid", &self.water_address);
        water["owner"] = json!(super::TERMINAL);
        let (building, room) = ((self.n - 1) / 20 + 1, self.n);
        json!({
            "account": self.account, "district": super::DISTRICT, "name": format!("住户{room:03}"),
            "place": format!("{building}栋{room:03}室"), "meters": [electricity, water],
        })
    }

    /// Under which points its two meters stand at their concentrator.
    pub fn points(&self) -> [(&str, usize); 2] {
        [
            (&self.electricity, 2 * self.n - 1),
            (&self.water, 2 * self.n),
        ]
    }
}

/// Numbers without a pattern that are the same in every play (SplitMix64, Steele et al. 2014).
pub fn mix(seed: u64) -> u64 {
    let mut mixed = seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}

/// The wires of a district with these households on them.
pub fn district(households: &[Household]) -> DistrictConfig {
    let wires = households.iter().map(|one| one.wire + 1).max().unwrap_or(1);
    let segments = (0..wires).map(|wire| SegmentPlan {
        wire: SegmentConfig {
            name: format!("wire{}", wire + 1),
            line: LineConfig {
                baud: BAUD,
                scale: SCALE,
                ..LineConfig::default()
            },
            ..SegmentConfig::default()
        },
        meters: households
            .iter()
            .filter(|one| one.wire == wire)
            .flat_map(meters)
            .collect(),
        hosts: Vec::new(),
    });
    DistrictConfig {
        segments: segments.collect(),
        ..DistrictConfig::default()
    }
}

fn meters(household: &Household) -> [MeterConfig; 2] {
    let first = |balance| Books {
        number: 1,
        balance,
        cumulative: 20_000,
        last_amount: 20_000,
        usage: household.n as u64 * 1_000,
        ..Books::default()
    };
    [
        MeterConfig::Dlt645(ElectricityConfig {
            address: household.electricity.clone(),
            first: first(0),
            ..ElectricityConfig::default()
        }),
        MeterConfig::Cjt188(VolumeConfig {
            address: household.water_address.clone(),
            first: first(2_500),
            ..VolumeConfig::default()
        }),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_household_has_numbers_of_its_own_and_two_meters_on_its_wire() {
        let households = Household::all(200);
        let config = district(&households);
        assert_eq!(config.segments.len(), 8);
        let addresses: Vec<&str> = config
            .segments
            .iter()
            .flat_map(|plan| plan.meters.iter().map(MeterConfig::address))
            .collect();
        let different: std::collections::BTreeSet<&&str> = addresses.iter().collect();
        assert_eq!((addresses.len(), different.len()), (400, 400));
        assert!(addresses.iter().all(|a| a.len() == 12 || a.len() == 14));
    }

    #[test]
    fn a_household_uses_the_same_in_every_play_and_another_day_something_else() {
        let households = Household::all(30);
        let sum = |day| -> u32 { households.iter().map(|one| one.uses(day).electricity).sum() };
        assert_eq!(sum(100), sum(100));
        assert_ne!(sum(100), sum(101));
        let mean = sum(100) / 30;
        assert!((600..1_200).contains(&mean), "{mean}");
    }
}
