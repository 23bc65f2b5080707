//! Metering data of heat meters, `901F`. The sources disagree on the layout, so a profile says which one a meter has.

use serde::Deserialize;

use super::metering::{Quantity, clock, clock_bytes};
use super::status::Status;
use crate::frame::bytes::{bcd_to_u64, is_filler, u64_to_bcd};
use crate::frame::wall_time::WallTime;

/// How the values of `901F` lie behind each other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HeatLayout {
    /// L=2Eh; five quantities of four bytes each with the unit behind, temperatures and hours of three bytes: the standard's.
    #[default]
    UnitLast,
    /// L=2Eh; the same with the unit before each value. A meter in the field does it.
    UnitFirst,
    /// L=2Ch; as the standard's, with power and flow of three bytes.
    ShortRates,
    /// L=2Bh; with power and flow of three bytes, temperatures of two and hours of four.
    ShortTemperatures,
}

/// The widths that differ.
struct Widths {
    rate: usize,
    temperature: usize,
    hours: usize,
}

impl HeatLayout {
    /// All of them, the likeliest first.
    pub const ALL: [HeatLayout; 4] = [
        HeatLayout::UnitLast,
        HeatLayout::UnitFirst,
        HeatLayout::ShortRates,
        HeatLayout::ShortTemperatures,
    ];

    /// Bytes of the payload behind the serial byte.
    pub fn length(self) -> usize {
        let Widths {
            rate,
            temperature,
            hours,
        } = self.widths();
        // Three quantities of 4+1 bytes, two rates, two temperatures, hours, clock and status.
        3 * 5 + 2 * (rate + 1) + 2 * temperature + hours + 7 + 2
    }

    /// The word for it in profiles.
    pub fn word(self) -> &'static str {
        match self {
            HeatLayout::UnitLast => "unit_last",
            HeatLayout::UnitFirst => "unit_first",
            HeatLayout::ShortRates => "short_rates",
            HeatLayout::ShortTemperatures => "short_temperatures",
        }
    }

    fn widths(self) -> Widths {
        let (rate, temperature, hours) = match self {
            HeatLayout::UnitLast | HeatLayout::UnitFirst => (4, 3, 3),
            HeatLayout::ShortRates => (3, 3, 3),
            HeatLayout::ShortTemperatures => (3, 2, 4),
        };
        Widths {
            rate,
            temperature,
            hours,
        }
    }

    fn unit_first(self) -> bool {
        self == HeatLayout::UnitFirst
    }
}

/// What a heat meter tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heat {
    /// Heat at the last settlement day.
    pub settlement: Quantity,
    /// Heat so far.
    pub current: Quantity,
    /// Power.
    pub power: Quantity,
    /// Flow.
    pub flow: Quantity,
    /// Volume so far.
    pub volume: Quantity,
    /// Supply temperature in hundredths of a degree Celsius.
    pub supply: Option<u32>,
    /// Return temperature in hundredths of a degree Celsius.
    pub back: Option<u32>,
    /// Hours of work.
    pub hours: Option<u32>,
    /// The meter's clock.
    pub clock: Option<WallTime>,
    /// The status word.
    pub status: Status,
}

impl Heat {
    /// Reads the payload in a layout. `None` where it is not this layout.
    pub fn parse(payload: &[u8], layout: HeatLayout) -> Option<Self> {
        if payload.len() != layout.length() {
            return None;
        }
        let widths = layout.widths();
        let mut rest = payload;
        let mut quantity = |width: usize| {
            let (part, behind) = rest.split_at_checked(width + 1)?;
            rest = behind;
            let (value, unit) = if layout.unit_first() {
                let (unit, value) = part.split_first()?;
                (value, *unit)
            } else {
                let (unit, value) = part.split_last()?;
                (value, *unit)
            };
            Some(Quantity {
                hundredths: number(value)?,
                unit,
            })
        };
        let settlement = quantity(4)?;
        let current = quantity(4)?;
        let power = quantity(widths.rate)?;
        let flow = quantity(widths.rate)?;
        let volume = quantity(4)?;
        let mut plain = |width: usize| {
            let (part, behind) = rest.split_at_checked(width)?;
            rest = behind;
            number(part)
        };
        let supply = plain(widths.temperature)?;
        let back = plain(widths.temperature)?;
        let hours = plain(widths.hours)?;
        let (time, status) = rest.split_at_checked(7)?;
        Some(Heat {
            settlement,
            current,
            power,
            flow,
            volume,
            supply,
            back,
            hours,
            clock: clock(time.try_into().ok()?)?,
            status: Status(status.try_into().ok()?),
        })
    }

    /// Reads the payload in the layout that fits best: of those with its length, the first one in which all units are known.
    /// Good enough to explain a frame to a person; a driver goes by its profile.
    pub fn guess(payload: &[u8]) -> Option<(Self, HeatLayout)> {
        let mut fitting = HeatLayout::ALL
            .into_iter()
            .filter_map(|layout| Some((Heat::parse(payload, layout)?, layout)));
        let all: Vec<_> = fitting.by_ref().collect();
        let known = all.iter().find(|(heat, _)| heat.units_are_known());
        known.or(all.first()).copied()
    }

    fn units_are_known(&self) -> bool {
        [
            self.settlement,
            self.current,
            self.power,
            self.flow,
            self.volume,
        ]
        .iter()
        .all(|quantity| super::metering::unit_name(quantity.unit).is_some())
    }

    /// The payload in a layout. `None` where a value has too many digits. A missing value becomes `FF`.
    pub fn to_payload(&self, layout: HeatLayout) -> Option<Vec<u8>> {
        let widths = layout.widths();
        let mut payload = Vec::with_capacity(layout.length());
        for (quantity, width) in [
            (self.settlement, 4),
            (self.current, 4),
            (self.power, widths.rate),
            (self.flow, widths.rate),
            (self.volume, 4),
        ] {
            if layout.unit_first() {
                payload.push(quantity.unit);
            }
            append(&mut payload, quantity.hundredths, width)?;
            if !layout.unit_first() {
                payload.push(quantity.unit);
            }
        }
        append(&mut payload, self.supply, widths.temperature)?;
        append(&mut payload, self.back, widths.temperature)?;
        append(&mut payload, self.hours, widths.hours)?;
        payload.extend(clock_bytes(self.clock));
        payload.extend(self.status.0);
        Some(payload)
    }
}

/// Packed digits, or fillers that stand for "no value". `None` where they are neither.
fn number(bytes: &[u8]) -> Option<Option<u32>> {
    if is_filler(bytes, &[0xFF, 0x99]) {
        return Some(None);
    }
    u32::try_from(bcd_to_u64(bytes)?).ok().map(Some)
}

fn append(payload: &mut Vec<u8>, value: Option<u32>, width: usize) -> Option<()> {
    let Some(value) = value else {
        payload.extend(std::iter::repeat_n(0xFF, width));
        return Some(());
    };
    let digits = u64_to_bcd::<5>(u64::from(value))?;
    let (kept, cut) = digits.split_at_checked(width)?;
    cut.iter()
        .all(|&byte| byte == 0)
        .then(|| payload.extend(kept))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::cjt188::Frame;
    use proptest::prelude::*;

    /// A heat meter in the field (cnblogs.com/llguanli/p/8683992): 0.02 MWh, 10.34 m³, 25.35 and 25.66 °C.
    const FIELD: &str = "682032413140000000812E901F0108020000000802000000170000000035000000002C3410000035250066250000000053001210071520000031\
                         16";

    #[test]
    fn a_meter_of_the_field_has_its_units_first() {
        let frame = Frame::parse(&hex::decode(FIELD).unwrap()).unwrap();
        let (heat, layout) = Heat::guess(&frame.data()[3..]).unwrap();
        assert_eq!(layout, HeatLayout::UnitFirst);
        assert_eq!(
            (heat.current.hundredths, heat.current.unit),
            (Some(2), 0x08)
        );
        assert_eq!(
            (heat.volume.hundredths, heat.volume.unit),
            (Some(1034), 0x2C)
        );
        assert_eq!(
            (heat.supply, heat.back, heat.hours),
            (Some(2535), Some(2566), Some(0))
        );
        assert_eq!(heat.clock, WallTime::new(2015, 7, 10, 12, 0, 53));
        assert_eq!(heat.to_payload(layout).unwrap(), &frame.data()[3..]);
    }

    #[test]
    fn the_lengths_are_those_of_the_sources() {
        let with_head = HeatLayout::ALL.map(|layout| layout.length() + 3);
        assert_eq!(with_head, [0x2E, 0x2E, 0x2C, 0x2B]);
    }

    proptest! {
        #[test]
        fn heat_comes_back_in_every_layout(values in proptest::array::uniform5(proptest::option::of(0u32..99_0000)),
            temperatures in proptest::array::uniform2(proptest::option::of(0u32..9_900)), hours in proptest::option::of(0u32..99_0000)) {
            let unit = |place: usize| [0x05, 0x05, 0x17, 0x35, 0x2C][place];
            let quantity = |place: usize| Quantity { hundredths: values[place], unit: unit(place) };
            let heat = Heat {
                settlement: quantity(0), current: quantity(1), power: quantity(2), flow: quantity(3), volume: quantity(4),
                supply: temperatures[0], back: temperatures[1], hours, clock: WallTime::new(2026, 11, 25, 3, 0, 0),
                status: Status([0, 0x23]),
            };
            for layout in HeatLayout::ALL {
                let payload = heat.to_payload(layout).unwrap();
                prop_assert_eq!(payload.len(), layout.length());
                prop_assert_eq!(Heat::parse(&payload, layout), Some(heat));
            }
        }

        #[test]
        fn arbitrary_payloads_never_panic(payload in proptest::collection::vec(any::<u8>(), 0..50)) {
            let _ = Heat::guess(&payload);
        }
    }
}
