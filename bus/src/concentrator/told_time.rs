//! The date and time of Q/GDW 376.1 items (data format A.1): `ss mm hh DD wM YY` in packed decimals, the weekday in the
//! three highest bits of the month's byte (1 is Monday, 0 not told).

use crate::frame::wall_time::WallTime;

/// The six bytes of a time.
pub(super) fn encode(time: WallTime) -> [u8; 6] {
    let [second, minute, hour, day, month, year] = time.to_bcd();
    let weekday = match time.weekday() {
        0 => 7,
        day => day,
    };
    [second, minute, hour, day, month | weekday << 5, year]
}

/// Reads six bytes; the weekday is not believed. `None` where that is no time.
pub(super) fn decode(unit: &[u8]) -> Option<WallTime> {
    let [second, minute, hour, day, month, year] = <[u8; 6]>::try_from(unit).ok()?;
    WallTime::from_bcd([second, minute, hour, day, month & 0x1F, year])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_comes_back_with_its_weekday() {
        let time = WallTime::new(2026, 11, 29, 23, 59, 58).unwrap();
        assert_eq!(encode(time), [0x58, 0x59, 0x23, 0x29, 0xF1, 0x26]);
        assert_eq!(decode(&encode(time)), Some(time));
        assert_eq!(decode(&[0x60, 0, 0, 1, 1, 0x26]), None);
        assert_eq!(decode(&[0; 5]), None);
    }
}
