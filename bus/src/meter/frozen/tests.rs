use std::time::Duration;

use jiff::civil::date;
use proptest::prelude::*;

use super::*;
use crate::frame::dlt645::{Address, Control, Frame};
use crate::link::LinkError;
use crate::meter::Profile;
use crate::meter::scripted::run;

const ADDRESS: &str = "260305510012";

/// A meter with a record for each of these days, the last one first. The energy of a record is its day of the month.
struct Records {
    days: Vec<Date>,
    asked: usize,
    /// A record is made after so many questions.
    midnight: Option<usize>,
}

impl Link for Records {
    async fn exchange(
        &mut self,
        request: &[u8],
        belongs: &(dyn Fn(&[u8]) -> bool + Sync),
        patience: Duration,
    ) -> Result<Vec<u8>, LinkError> {
        self.asked += 1;
        if self.midnight == Some(self.asked) {
            let tomorrow = self.days[0].tomorrow().unwrap();
            self.days.insert(0, tomorrow);
        }
        let request = Frame::parse(crate::frame::without_preamble(request)).unwrap();
        let di = u32::from_le_bytes(request.data().try_into().unwrap());
        let address = Address::from_digits(ADDRESS).unwrap();
        let record = (di & 0xFF) as usize;
        let value = self.days.get(record - 1).map(|day| {
            let bcd = |value: i8| ((value / 10) * 16 + value % 10) as u8;
            let (day, month) = (bcd(day.day()), bcd(day.month()));
            match di & 0xFFFF_FF00 {
                0x0506_0000 => vec![0, 0, day, month, 0x26],
                _ => vec![0, day, 0, 0],
            }
        });
        let frame = match value {
            Some(value) => {
                let data = [&di.to_le_bytes()[..], &value].concat();
                Frame::new(address, Control(0x91), data)
            }
            None => Frame::new(address, Control(0xD1), vec![0x02]),
        };
        let frame = frame.unwrap().encode();
        belongs(&frame)
            .then_some(frame)
            .ok_or(LinkError::NoAnswer(patience))
    }
}

fn driver() -> MeterDriver {
    let profile = Profile::builtin("dlt645-remote").unwrap();
    MeterDriver::new(profile, ADDRESS.parse().unwrap(), 2400).unwrap()
}

fn records(days: Vec<Date>) -> Records {
    Records {
        days,
        asked: 0,
        midnight: None,
    }
}

#[test]
fn the_record_of_a_day_is_found_though_days_are_missing() {
    let days = vec![
        date(2026, 11, 25),
        date(2026, 11, 24),
        date(2026, 11, 20),
        date(2026, 11, 19),
    ];
    for day in days.clone() {
        let mut link = records(days.clone());
        let found = run(driver().frozen(&mut link, day)).unwrap().unwrap();
        assert_eq!(found.at.to_civil().date(), day);
        let number = found.registers[0].number().unwrap();
        assert_eq!(number.value, i64::from(day.day()) * 100);
    }
    for day in [date(2026, 11, 26), date(2026, 11, 22), date(2026, 11, 1)] {
        assert_eq!(
            run(driver().frozen(&mut records(days.clone()), day)).unwrap(),
            None
        );
    }
    assert_eq!(
        run(driver().frozen(&mut records(vec![]), date(2026, 11, 25))).unwrap(),
        None
    );
}

#[test]
fn a_record_made_meanwhile_is_not_taken_for_the_day_before() {
    let mut link = records(vec![date(2026, 11, 24), date(2026, 11, 23)]);
    link.midnight = Some(2);
    let error = run(driver().frozen(&mut link, date(2026, 11, 24))).unwrap_err();
    assert!(matches!(error, MeterError::Malformed(_)));
}

#[test]
fn a_profile_without_records_says_so() {
    let profile = Profile::builtin("dlt645-plain").unwrap();
    let driver = MeterDriver::new(profile, ADDRESS.parse().unwrap(), 2400).unwrap();
    let error = run(driver.frozen(&mut records(vec![]), date(2026, 11, 25))).unwrap_err();
    assert!(matches!(error, MeterError::Unsupported(_)));
}

proptest! {
    #[test]
    fn a_day_is_found_exactly_when_it_has_a_record(kept in proptest::collection::vec(any::<bool>(), 1..62), wanted in 0usize..62) {
        let all: Vec<Date> = (0..kept.len())
            .map(|back| date(2026, 11, 25).checked_sub(jiff::Span::new().days(back as i64)).unwrap())
            .collect();
        let days: Vec<Date> = all.iter().zip(&kept).filter(|(_, kept)| **kept).map(|(day, _)| *day).collect();
        let day = all[wanted % all.len()];
        let mut link = records(days.clone());
        let found = run(driver().frozen(&mut link, day)).unwrap();
        prop_assert_eq!(found.is_some(), days.contains(&day));
        prop_assert!(link.asked <= 7 + 3, "{} exchanges", link.asked);
    }
}
