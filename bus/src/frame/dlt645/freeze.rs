//! When a freeze of readings happens: the data of C=16.

use crate::frame::bytes::{bcd_to_u64, u64_to_bcd};

/// `mm hh DD MM`, where `99` stands for "every": `99 99 99 99` freezes at once (DL/T 645-2007, freeze command).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FreezeTime {
    /// At once.
    Now,
    /// Every hour at a minute.
    Hourly {
        /// 0 to 59.
        minute: u8,
    },
    /// Every day at a time.
    Daily {
        /// 0 to 23.
        hour: u8,
        /// 0 to 59.
        minute: u8,
    },
    /// Every month on a day.
    Monthly {
        /// 1 to 31.
        day: u8,
        /// 0 to 23.
        hour: u8,
        /// 0 to 59.
        minute: u8,
    },
    /// On one day of the year.
    On {
        /// 1 to 12.
        month: u8,
        /// 1 to 31.
        day: u8,
        /// 0 to 23.
        hour: u8,
        /// 0 to 59.
        minute: u8,
    },
}

const EVERY: u8 = 0x99;

impl FreezeTime {
    /// The data of the frame.
    pub fn to_data(self) -> [u8; 4] {
        match self {
            FreezeTime::Now => [EVERY; 4],
            FreezeTime::Hourly { minute } => [bcd(minute), EVERY, EVERY, EVERY],
            FreezeTime::Daily { hour, minute } => [bcd(minute), bcd(hour), EVERY, EVERY],
            FreezeTime::Monthly { day, hour, minute } => [bcd(minute), bcd(hour), bcd(day), EVERY],
            FreezeTime::On {
                month,
                day,
                hour,
                minute,
            } => [bcd(minute), bcd(hour), bcd(day), bcd(month)],
        }
    }

    /// Reads the data of the frame. `None` where they are no time, or `99` stands below a part that is given.
    pub fn parse(data: [u8; 4]) -> Option<Self> {
        let every = data.map(|byte| byte == EVERY);
        let part = |at: usize, most: u8| -> Option<u8> {
            let value = u8::try_from(bcd_to_u64(&[*data.get(at)?])?).ok()?;
            (value <= most).then_some(value)
        };
        let day = || part(2, 31).filter(|day| *day > 0);
        let month = || part(3, 12).filter(|month| *month > 0);
        Some(match every {
            [true, true, true, true] => FreezeTime::Now,
            [false, true, true, true] => FreezeTime::Hourly {
                minute: part(0, 59)?,
            },
            [false, false, true, true] => FreezeTime::Daily {
                hour: part(1, 23)?,
                minute: part(0, 59)?,
            },
            [false, false, false, true] => FreezeTime::Monthly {
                day: day()?,
                hour: part(1, 23)?,
                minute: part(0, 59)?,
            },
            [false, false, false, false] => FreezeTime::On {
                month: month()?,
                day: day()?,
                hour: part(1, 23)?,
                minute: part(0, 59)?,
            },
            _ => return None,
        })
    }
}

impl std::fmt::Display for FreezeTime {
    /// `now`, or `every hour at :05`, `every day at 00:05`, and so on.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            FreezeTime::Now => f.write_str("now"),
            FreezeTime::Hourly { minute } => write!(f, "every hour at :{minute:02}"),
            FreezeTime::Daily { hour, minute } => write!(f, "every day at {hour:02}:{minute:02}"),
            FreezeTime::Monthly { day, hour, minute } => {
                write!(f, "every month on day {day} at {hour:02}:{minute:02}")
            }
            FreezeTime::On {
                month,
                day,
                hour,
                minute,
            } => write!(f, "on {month:02}-{day:02} at {hour:02}:{minute:02}"),
        }
    }
}

fn bcd(value: u8) -> u8 {
    u64_to_bcd::<1>(u64::from(value)).map_or(EVERY, |[byte]| byte)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ninety_nine_means_every() {
        assert_eq!(FreezeTime::parse([0x99; 4]), Some(FreezeTime::Now));
        let daily = FreezeTime::Daily { hour: 0, minute: 5 };
        assert_eq!(daily.to_data(), [0x05, 0x00, 0x99, 0x99]);
        assert_eq!(FreezeTime::parse([0x05, 0x99, 0x01, 0x99]), None);
        assert_eq!(FreezeTime::parse([0x60, 0x00, 0x01, 0x01]), None);
        assert_eq!(FreezeTime::parse([0x00, 0x00, 0x00, 0x01]), None);
    }

    proptest! {
        #[test]
        fn what_is_a_time_comes_back(data: [u8; 4]) {
            if let Some(time) = FreezeTime::parse(data) {
                prop_assert_eq!(time.to_data(), data);
            }
        }
    }
}
