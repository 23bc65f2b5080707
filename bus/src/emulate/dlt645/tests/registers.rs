//! What can be read, and in how many frames.

use super::*;
use crate::frame::dlt645::identifier::{find, find_1997};
use crate::frame::dlt645::load::LoadRecord;

fn working() -> ElectricityMeter {
    let mut meter = ElectricityMeter::new(MeterConfig {
        balance: 1_000_000,
        purchase_count: 1,
        load_watts: 1_000,
        energy: 123_456,
        edition_1997: true,
        ..MeterConfig::default()
    })
    .unwrap();
    meter.hear(&[], noon());
    meter
}

#[test]
fn every_register_has_the_length_its_identifier_demands() {
    let mut meter = working();
    let later = later(70 * 86_400);
    let mut known = 0;
    let kinds = [0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x1D, 0x1E];
    for kind in kinds {
        for low in 0..=0x00FF_FFFFu32 {
            // The bytes DI2, DI1 and DI0 that the table has anything for.
            let [di0, di1, di2, _] = low.to_le_bytes();
            let seldom =
                |byte: u8| byte <= 0x23 || matches!(byte, 0x30..=0x33 | 0x80 | 0x90 | 0xFF);
            if !seldom(di0) || !seldom(di1) || !seldom(di2) {
                continue;
            }
            let di = kind << 24 | low;
            let Some(data) = meter.read(di, heard::ReadPart::All, later) else {
                continue;
            };
            let Some(row) = find(di) else {
                panic!("{di:08X} is read and is not in the table");
            };
            known += 1;
            let width = row.format.bytes();
            match row.block {
                true => assert!(data.len().is_multiple_of(width), "{di:08X}"),
                false => assert_eq!(data.len(), width, "{di:08X}"),
            }
            for value in data.chunks(width) {
                let text = row.format.text(value);
                assert!(text.is_ok(), "{di:08X}: {}", hex::encode(value));
            }
        }
    }
    assert!(known > 250, "{known}");
    meter.hear(&[], later);
}

#[test]
fn energy_and_power_follow_the_load() {
    let mut meter = working();
    assert_eq!(number(&mut meter, 0x0000_0000, noon()), 123_456);
    assert_eq!(
        number(&mut meter, 0x0001_0000, later(3600)),
        123_556,
        "one kilowatt hour more"
    );
    assert_eq!(number(&mut meter, 0x0203_0000, later(3600)), 10_000);
    assert_eq!(number(&mut meter, 0x0202_0100, later(3600)), 4_545);
    assert_eq!(number(&mut meter, 0x0201_0100, later(3600)), 2_200);
    assert_eq!(
        read(&mut meter, 0x0201_FF00, later(3600)),
        [0, 0x22, 0xFF, 0xFF, 0xFF, 0xFF]
    );
    assert_eq!(read(&mut meter, 0x0001_FF00, later(3600)).len(), 20);
    assert_eq!(number(&mut meter, 0x0090_0200, later(3600)), 1_000_000 - 60);
}

#[test]
fn money_is_taken_to_the_fen_however_often_the_meter_is_asked() {
    let mut often = working();
    let mut seldom = working();
    for second in 0..=3600 {
        often.hear(&[], later(second));
    }
    seldom.hear(&[], later(3600));
    assert_eq!(often.balance(), seldom.balance());
    assert_eq!(often.energy.watt_seconds, seldom.energy.watt_seconds);
}

#[test]
fn a_clock_that_goes_back_uses_no_energy_twice() {
    let mut meter = working();
    meter.hear(&[], later(3600));
    let (balance, energy) = (meter.balance(), meter.energy.watt_seconds);
    meter.hear(&[], noon());
    assert_eq!(
        (meter.balance(), meter.energy.watt_seconds),
        (balance, energy)
    );
}

#[test]
fn a_century_passes_in_no_time() {
    let mut meter = working();
    let last = WallTime::new(2099, 12, 31, 23, 59, 59).unwrap();
    meter.hear(&[], last);
    assert!(!meter.supplies(), "the money has ended");
    assert_eq!(meter.balance(), -2_000);
    assert_eq!(meter.energy.daily.len(), 40);
}

#[test]
fn days_and_settlements_are_frozen() {
    let mut meter = working();
    let in_december = WallTime::new(2026, 12, 2, 6, 0, 0).unwrap();
    assert_eq!(
        read(&mut meter, 0x0506_0001, in_december),
        [0, 0, 0x02, 0x12, 0x26]
    );
    let daily = read(&mut meter, 0x0506_0102, in_december);
    let settled = read(&mut meter, 0x0000_0001, in_december);
    assert_eq!(
        daily[..4],
        settled,
        "both of the first of December at midnight"
    );
    let used = number(&mut meter, 0x000B_0000, in_december);
    assert_eq!(used, 3_000, "thirty hours since then");
}

#[test]
fn a_long_answer_is_fetched_piece_by_piece_and_again() {
    let mut meter = ElectricityMeter::new(MeterConfig {
        balance: 1_000_000,
        longest_answer: 50,
        ..MeterConfig::default()
    })
    .unwrap();
    meter.hear(&[], noon());
    let now = later(3 * 3600);
    let asked = request::read_records(address(), 0x0600_0000, 3, None);
    let frame = ask(&mut meter, &asked, now);
    assert_eq!(frame.control(), Control(0xB1));
    assert_eq!(frame.data().len(), 50);
    let mut data = frame.data()[4..].to_vec();
    for sequence in 1.. {
        let asked = request::read_next(address(), 0x0600_0000, sequence);
        let frame = ask(&mut meter, &asked, now);
        assert_eq!(ask(&mut meter, &asked, now), frame, "the same again");
        let (&number, piece) = frame.data()[4..].split_last().unwrap();
        assert_eq!(number, sequence);
        data.extend(piece);
        if !frame.control().more() {
            break;
        }
    }
    let records = LoadRecord::parse_all(&data).unwrap();
    assert_eq!(records.len(), 3);
    assert_eq!(records[0].time, [0x15, 0x12, 0x25, 0x11, 0x26]);
    let beyond = request::read_next(address(), 0x0600_0000, 200);
    let frame = ask(&mut meter, &beyond, now);
    assert_eq!(answer::parse(&frame), Ok(Answer::Refused(ErrorByte(0x02))));
    let other = request::read_next(address(), 0x0000_0000, 1);
    let frame = ask(&mut meter, &other, now);
    assert_eq!(answer::parse(&frame), Ok(Answer::Refused(ErrorByte(0x02))));
}

#[test]
fn load_records_are_read_from_a_time_on() {
    let mut meter = working();
    let now = later(3 * 3600);
    let since = [0x00, 0x14, 0x25, 0x11, 0x26];
    let asked = request::read_records(address(), 0x0600_0001, 1, Some(since));
    let frame = ask(&mut meter, &asked, now);
    let records = LoadRecord::parse_all(&frame.data()[4..]).unwrap();
    assert_eq!(records.len(), 1);
    assert_eq!(records[0].time, since);
    let tomorrow = Some([0x00, 0x14, 0x26, 0x11, 0x26]);
    let asked = request::read_records(address(), 0x0600_0001, 1, tomorrow);
    let frame = ask(&mut meter, &asked, now);
    assert_eq!(answer::parse(&frame), Ok(Answer::Refused(ErrorByte(0x02))));
}

#[test]
fn a_meter_of_1997_tells_the_same_registers_in_its_own_formats() {
    let mut meter = working();
    for (di, expected) in [
        (0x9010u16, "56341200"),
        (0x901F, "5634120056341200000000000000000000000000"),
        (0xB611, "2002"),
        (0xB621, "5404"),
        (0xB630, "000001"),
        (0xC032, "120051050326"),
    ] {
        let asked = request::read_1997(address(), di);
        let bytes = meter.hear(&asked.encode(), noon()).unwrap();
        let frame = Frame::parse(&bytes).unwrap();
        assert_eq!(frame.control(), Control(0x81));
        assert_eq!(frame.data()[..2], di.to_le_bytes());
        let value = hex::encode(&frame.data()[2..]);
        assert_eq!(value, expected, "{di:04X}");
        assert!(find_1997(di).is_some());
    }
    let asked = request::read_1997(address(), 0xC001);
    let bytes = meter.hear(&asked.encode(), noon()).unwrap();
    assert_eq!(Frame::parse(&bytes).unwrap().control(), Control(0xC1));
    let mut modern = idle(MeterConfig::default());
    silent(&mut modern, &request::read_1997(address(), 0x9010), noon());
}

#[test]
fn other_meters_frames_and_answers_are_not_answered() {
    let mut meter = working();
    let other = Address::from_digits("260305510013").unwrap();
    silent(&mut meter, &request::read(other, 0x0000_0000), noon());
    let answer = meter
        .hear(&request::read(address(), 0).encode(), noon())
        .unwrap();
    assert_eq!(meter.hear(&answer, noon()), None, "its own echo");
}

#[test]
fn a_configuration_that_makes_no_sense_is_refused_with_what_would_be_right() {
    let good = MeterConfig::default();
    for (config, key) in [
        (
            MeterConfig {
                address: "12".into(),
                ..good.clone()
            },
            "address",
        ),
        (
            MeterConfig {
                address: "999999999999".into(),
                ..good.clone()
            },
            "address",
        ),
        (
            MeterConfig {
                meter_number: "x".into(),
                ..good.clone()
            },
            "meter_number",
        ),
        (
            MeterConfig {
                customer_number: "x".into(),
                ..good.clone()
            },
            "customer_number",
        ),
        (
            MeterConfig {
                password_02: "12345".into(),
                ..good.clone()
            },
            "password_02",
        ),
        (
            MeterConfig {
                baud: 300,
                ..good.clone()
            },
            "baud",
        ),
        (
            MeterConfig {
                longest_answer: 4,
                ..good.clone()
            },
            "longest_answer",
        ),
    ] {
        let error = ElectricityMeter::new(config).err().unwrap();
        assert_eq!(error.key, key);
        assert!(error.to_string().contains("right would be"));
    }
}
