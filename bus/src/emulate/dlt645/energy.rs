//! Energy, what of it was frozen, and load records.

use std::collections::VecDeque;

use crate::frame::dlt645::format::Format;
use crate::frame::dlt645::load::LoadRecord;
use crate::frame::wall_time::WallTime;

/// Watt seconds of a hundredth of a kilowatt hour.
pub(super) const HUNDREDTH: u64 = 36_000;
/// Days, settlements and load records that are kept.
const DAYS: usize = 62;
const SETTLEMENTS: usize = 12;
const LOADS: usize = 96;
const INSTANTS: usize = 3;

/// A reading at a time: watt seconds, and the power in watts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Reading {
    pub(super) time: WallTime,
    pub(super) watt_seconds: u64,
    pub(super) watts: u32,
}

/// The energy register and all that is derived from it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Energy {
    pub(super) watt_seconds: u64,
    /// The last first.
    pub(super) daily: VecDeque<Reading>,
    /// The last first.
    pub(super) settled: VecDeque<Reading>,
    /// The last first.
    pub(super) instant: VecDeque<Reading>,
    /// The last first.
    pub(super) timed: VecDeque<Reading>,
    /// The oldest first.
    pub(super) loads: VecDeque<Reading>,
    /// The largest power and when it was.
    pub(super) demand: Option<(u32, WallTime)>,
}

impl Energy {
    /// Keeps a reading in a row, the last first.
    fn keep(row: &mut VecDeque<Reading>, reading: Reading, most: usize) {
        row.push_front(reading);
        row.truncate(most);
    }

    pub(super) fn freeze_day(&mut self, reading: Reading) {
        Energy::keep(&mut self.daily, reading, DAYS);
    }

    pub(super) fn settle(&mut self, reading: Reading) {
        Energy::keep(&mut self.settled, reading, SETTLEMENTS);
    }

    pub(super) fn freeze_now(&mut self, reading: Reading) {
        Energy::keep(&mut self.instant, reading, INSTANTS);
    }

    pub(super) fn freeze_timed(&mut self, reading: Reading) {
        Energy::keep(&mut self.timed, reading, DAYS);
    }

    pub(super) fn record_load(&mut self, reading: Reading) {
        if self.loads.len() >= LOADS {
            self.loads.pop_front();
        }
        self.loads.push_back(reading);
    }

    /// Watches the maximum demand.
    pub(super) fn watch(&mut self, watts: u32, time: WallTime) {
        if self.demand.is_none_or(|(most, _)| watts > most) {
            self.demand = Some((watts, time));
        }
    }

    /// Forgets everything that was counted.
    pub(super) fn clear(&mut self) {
        *self = Energy::default();
    }
}

/// An energy as four bytes, XXXXXX.XX kWh; it wraps where the register does.
pub(super) fn energy_bytes(watt_seconds: u64) -> Vec<u8> {
    let hundredths = i64::try_from(watt_seconds / HUNDREDTH % 100_000_000).unwrap_or_default();
    let format = Format::Decimal {
        bytes: 4,
        places: 2,
    };
    format.encode(hundredths).unwrap_or_default()
}

/// Total and four tariffs; everything is used in the first tariff.
pub(super) fn with_tariffs(watt_seconds: u64) -> Vec<u8> {
    let used = energy_bytes(watt_seconds);
    [used.clone(), used, vec![0; 12]].concat()
}

/// `mm hh DD MM YY`.
pub(super) fn minute_bytes(time: WallTime) -> [u8; 5] {
    let [_, minute, hour, day, month, year] = time.to_bcd();
    [minute, hour, day, month, year]
}

/// Volts in tenths, milliamperes and watts as a single-phase meter measures them.
pub(super) fn milliamperes(watts: u32) -> i64 {
    i64::from(watts) * 1000 / 220
}

/// A load record of all six classes of a single-phase meter; values of the phases it does not have are zero.
pub(super) fn load_record(reading: &Reading) -> LoadRecord {
    let signed = |bytes, places, value| {
        let format = Format::Signed { bytes, places };
        format.encode(value).unwrap_or_default()
    };
    let ten_thousandths = i64::from(reading.watts) * 10;
    let power = signed(3, 4, ten_thousandths);
    let energy = energy_bytes(reading.watt_seconds);
    LoadRecord {
        time: minute_bytes(reading.time),
        classes: [
            [
                vec![0x00, 0x22, 0, 0, 0, 0],
                signed(3, 3, milliamperes(reading.watts)),
                vec![0; 6],
                vec![0x00, 0x50],
            ]
            .concat(),
            [power.clone(), power.clone(), vec![0; 18]].concat(),
            vec![0x00, 0x10, 0x00, 0x10, 0, 0, 0, 0],
            [energy, vec![0; 12]].concat(),
            vec![0; 16],
            [power, vec![0; 3]].concat(),
        ],
    }
}
