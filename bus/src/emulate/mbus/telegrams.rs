//! What a meter tells.

use super::{MbusSetup, Structure};
use crate::frame::mbus::encode::{NewRecord, NewValue};
use crate::frame::mbus::fixed::Fixed;
use crate::frame::mbus::{Control, Frame, Header, Information, Moment};
use crate::frame::wall_time::WallTime;
use jiff::civil::DateTime;

/// VIF of the fabrication number.
const FABRICATION: [u8; 1] = [0x78];
/// VIF of a volume in litres.
const LITRES: [u8; 1] = [0x13];
/// VIF of a flow in litres an hour.
const LITRES_AN_HOUR: [u8; 1] = [0x3B];
/// VIF of a date.
const DATE: [u8; 1] = [0x6C];
/// VIF of a date and time.
const DATE_TIME: [u8; 1] = [0x6D];
/// VIF of error flags.
const ERROR_FLAGS: [u8; 2] = [0xFD, 0x17];
/// DIF of "further telegrams follow".
const MORE_FOLLOWS: u8 = 0x1F;
/// Months a telegram of the past holds.
const MONTHS: u64 = 6;
/// The unit code of litres in the fixed structure, and of "the same, earlier".
const FIXED_LITRES: u8 = 0x29;
const FIXED_EARLIER: u8 = 0x3E;
const FIXED_WATER: u8 = 7;

/// VIF of a digital output.
const DIGITAL_OUTPUT: [u8; 2] = [0xFD, 0x1A];

/// What a meter knows of itself.
pub(super) struct State<'a> {
    pub(super) setup: &'a MbusSetup,
    pub(super) access: u8,
    /// Whether its valve is open.
    pub(super) open: bool,
    /// What its clock shows.
    pub(super) now: WallTime,
}

/// The telegram with this place in the answer. `None` where a value does not fit its record.
pub(super) fn telegram(state: &State<'_>, place: u8) -> Option<Vec<u8>> {
    let (setup, access) = (state.setup, state.access);
    let (information, data) = match setup.structure {
        Structure::Fixed => (
            Information::Fixed { high_first: false },
            fixed(setup, access)?,
        ),
        Structure::Variable { telegrams } => {
            let header = Header {
                meter: setup.meter,
                access,
                status: 0,
                signature: 0,
            };
            let mut data = header.to_bytes().to_vec();
            let records = match place.checked_sub(1) {
                None => present(state),
                Some(before) => past(setup, u64::from(before), state.now),
            };
            for record in records {
                record.append_to(&mut data)?;
            }
            if place + 1 < telegrams {
                data.push(MORE_FOLLOWS);
            }
            (Information::Variable { high_first: false }, data)
        }
    };
    Frame::Long {
        control: Control::RESPOND,
        address: setup.primary,
        information,
        data: &data,
    }
    .encode()
    .ok()
}

fn present(state: &State<'_>) -> Vec<NewRecord> {
    let setup = state.setup;
    let number = setup.meter.id.iter().rev().fold(0, |number, byte| {
        number * 100 + u64::from(byte >> 4) * 10 + u64::from(byte & 15)
    });
    let civil = state.now.to_civil();
    vec![
        NewRecord::now(&FABRICATION, digits(number)),
        NewRecord::now(&LITRES, digits(setup.litres % 100_000_000)),
        NewRecord::now(
            &LITRES_AN_HOUR,
            NewValue::Integer {
                value: i64::from(setup.flow),
                bytes: 4,
            },
        ),
        NewRecord::now(&DATE_TIME, NewValue::Minute(moment(civil, true))),
        NewRecord::now(&ERROR_FLAGS, NewValue::Integer { value: 0, bytes: 1 }),
        NewRecord::now(
            &DIGITAL_OUTPUT,
            NewValue::Integer {
                value: i64::from(state.open),
                bytes: 1,
            },
        ),
    ]
}

/// The volume at the first of each of six months. The meter of this file has used the same in all of them.
fn past(setup: &MbusSetup, before: u64, now: WallTime) -> Vec<NewRecord> {
    let first = now.to_civil().first_of_month();
    (before * MONTHS..(before + 1) * MONTHS)
        .flat_map(|months| {
            let day = first.saturating_sub(jiff::Span::new().months(months as i64));
            let hours = (months * 30 + 1) * 24;
            let litres = setup.litres.saturating_sub(hours * u64::from(setup.flow));
            [
                NewRecord::now(&LITRES, digits(litres % 100_000_000)).stored(months + 1),
                NewRecord::now(&DATE, NewValue::Date(moment(day, false))).stored(months + 1),
            ]
        })
        .collect()
}

fn digits(value: u64) -> NewValue {
    NewValue::Digits { value, bytes: 4 }
}

fn moment(time: DateTime, with_time: bool) -> Moment {
    // A civil time of a wall time is in the years 2000 to 2099, and so are all its parts in their ranges.
    Moment {
        year: time.year().unsigned_abs(),
        month: time.month().unsigned_abs(),
        day: time.day().unsigned_abs(),
        time: with_time.then(|| (time.hour().unsigned_abs(), time.minute().unsigned_abs())),
        second: None,
    }
}

fn fixed(setup: &MbusSetup, access: u8) -> Option<Vec<u8>> {
    let litres = u32::try_from(setup.litres % 100_000_000).ok()?;
    let fixed = Fixed {
        id: setup.meter.id,
        access,
        status: 0,
        medium: FIXED_WATER,
        units: [FIXED_LITRES, FIXED_EARLIER],
        counters: [Some(litres), Some(litres)],
    };
    fixed.to_bytes().map(|bytes| bytes.to_vec())
}
