use super::answer::{Answer, belongs, parse};
use super::encode::{NewRecord, NewValue};
use super::record::{Function, Records};
use super::*;
use crate::frame::scan::{Found, Scanner};
use crate::frame::{FrameError, Protocol};
use proptest::prelude::*;

fn bytes(text: &str) -> Vec<u8> {
    hex::decode(text).unwrap()
}

const WATER: &str = "681F1F680802727856341224400107550000000313153100DA023B13018B60043718021816";

#[test]
fn requests_are_byte_for_byte_those_of_the_reference() {
    let wildcard: Selection = "1FFFFFFF".parse().unwrap();
    let mut selected = request::select(wildcard).unwrap();
    // The reference has the other frame count.
    selected[4] |= 0x20;
    selected[15] = selected[15].wrapping_add(0x20);
    for (frame, expected) in [
        (request::reset(Address(1)), "1040014116"),
        (request::read(Address(1), true), "107B017C16"),
        (selected, "680B0B6873FD52FFFFFF1FFFFFFFFFDA16"),
        (Frame::Ack.encode().unwrap(), "E5"),
        (
            request::set_address(Address::UNCONFIGURED, false, Address(5)).unwrap(),
            "68060668530051017A052416",
        ),
        (
            request::set_baud(Address(1), false, BaudRate::B9600).unwrap(),
            "680303685301BD1116",
        ),
    ] {
        assert_eq!(hex::encode_upper(frame), expected);
    }
    assert!(request::set_address(Address(1), false, Address::SELECTED).is_err());
}

#[test]
fn the_example_of_the_standard_reads_exactly() {
    let telegram = bytes(WATER);
    let frame = Frame::parse(&telegram).unwrap();
    let Answer::Variable {
        header: Some(header),
        records,
        ..
    } = parse(&frame).unwrap()
    else {
        panic!("another answer");
    };
    assert_eq!(header.meter.to_string(), "12345678-PAD-01-07");
    assert_eq!(header.access, 0x55);
    let records: Vec<_> = records.map(Result::unwrap).collect();
    let told: Vec<_> = records
        .iter()
        .map(|record| {
            (
                record.quantity(),
                record.text().unwrap(),
                record.unit().unwrap().into_owned(),
            )
        })
        .collect();
    let row = |a: &str, b: &str, c: &str| (a.to_owned(), b.to_owned(), c.to_owned());
    assert_eq!(
        told,
        [
            row("volume", "12.565", "m3"),
            row("volume_flow", "0.113", "m3/h"),
            row("energy", "218370", "Wh"),
        ]
    );
    assert_eq!(
        (records[1].storage, records[1].function),
        (5, Function::Maximum)
    );
    assert_eq!((records[2].tariff, records[2].subunit), (2, 1));
}

#[test]
fn the_fixed_structure_reads_with_its_own_units() {
    let telegram = bytes("68131368080573785634120A00E97E01000000350100003C16");
    let frame = Frame::parse(&telegram).unwrap();
    let Answer::Fixed(fixed) = parse(&frame).unwrap() else {
        panic!("another answer");
    };
    assert_eq!(fixed.number(), "12345678");
    assert_eq!(fixed.medium_name(), "water");
    assert_eq!(fixed.counters, [Some(1), Some(135)]);
    assert_eq!([fixed.unit(0), fixed.unit(1)], [Some(("m3", -3)); 2]);
    assert!(fixed.is_earlier(1) && !fixed.is_earlier(0));
    assert_eq!(fixed.to_bytes().unwrap(), telegram[7..23]);
}

#[test]
fn a_wildcard_fits_by_digit() {
    let meter = SecondaryAddress {
        id: [0x78, 0x56, 0x34, 0x12],
        manufacturer: Manufacturer::from_letters("PAD").unwrap(),
        version: 1,
        medium: 7,
    };
    let fits = |text: &str| text.parse::<Selection>().unwrap().fits(meter);
    for text in [
        "FFFFFFFF",
        "1FFFFFFF",
        "12345678",
        "FFFFFFF8-PAD-01-07",
        "F2F4F6F8-FFFF-FF-07",
    ] {
        assert!(fits(text), "{text}");
    }
    for text in [
        "2FFFFFFF",
        "12345679",
        "12345678-ABC-FF-FF",
        "12345678-PAD-02-07",
        "12345678-PAD-01-06",
    ] {
        assert!(!fits(text), "{text}");
    }
    assert!(Selection::one(meter).fits(meter));
    assert_eq!(
        meter.to_string().parse::<Selection>(),
        Ok(Selection::one(meter))
    );
    assert_eq!(Selection::ALL.with_digit(0, 1), "1FFFFFFF".parse().unwrap());
    assert_eq!(Selection::ALL.with_digit(7, 8), "FFFFFFF8".parse().unwrap());
    for text in [
        "1234567",
        "123456789",
        "1234567G",
        "12345678-PAD",
        "12345678-PAD-01-07-00",
        "",
    ] {
        assert!(text.parse::<Selection>().is_err(), "{text}");
    }
}

#[test]
fn the_first_fault_is_named() {
    let fault = |text: &str| Frame::parse(&bytes(text)).unwrap_err();
    assert!(matches!(fault("0D04"), FrameError::Content(why) if why.contains("E5, 10 or 68")));
    assert_eq!(
        fault("1040014216"),
        FrameError::Checksum {
            expected: 0x41,
            found: 0x42
        }
    );
    assert_eq!(fault("1040014117"), FrameError::EndMark { found: 0x17 });
    assert_eq!(
        fault("10400141"),
        FrameError::Length {
            declared: 5,
            actual: 4
        }
    );
    assert_eq!(fault("E5E5"), FrameError::Trailing { count: 1 });
    assert_eq!(
        fault("680405680801700881"),
        FrameError::LengthCopies {
            first: 4,
            second: 5
        }
    );
    assert!(matches!(fault("680000680016"), FrameError::Content(_)));
    assert_eq!(
        fault("68"),
        FrameError::TooShort {
            needed: 9,
            actual: 1
        }
    );
    assert_eq!(
        Frame::parse(&[]),
        Err(FrameError::TooShort {
            needed: 1,
            actual: 0
        })
    );
}

#[test]
fn a_scanner_finds_acknowledgement_short_and_long_frames_between_noise() {
    let stream = [
        &[0x00, 0x16][..],
        &bytes("E5"),
        &bytes("107B017C16"),
        &[0x68, 0x68],
        &bytes(WATER),
    ]
    .concat();
    let mut scanner = Scanner::new::<Mbus>();
    let mut found: Vec<_> = stream
        .chunks(3)
        .flat_map(|chunk| scanner.push(chunk))
        .collect();
    found.extend(scanner.idle());
    let frame = |text| Found::Frame {
        protocol: Protocol::Mbus,
        bytes: bytes(text),
    };
    assert_eq!(
        found,
        [
            Found::Noise { bytes: 2 },
            frame("E5"),
            frame("107B017C16"),
            Found::Noise { bytes: 2 },
            frame(WATER),
        ]
    );
}

#[test]
fn an_answer_belongs_to_what_was_asked() {
    let (water, ack) = (bytes(WATER), bytes("E5"));
    for (request, answer, expected) in [
        (request::read(Address(2), true), &water, true),
        (request::read(Address(3), true), &water, false),
        (request::read(Address::SELECTED, true), &water, true),
        (request::read(Address::TEST, true), &water, true),
        (request::reset(Address(2)), &water, false),
        (request::reset(Address(2)), &ack, true),
        (request::select(Selection::ALL).unwrap(), &ack, true),
        (request::read(Address(2), true), &ack, false),
        (
            request::read(Address(2), true),
            &request::read(Address(2), true),
            false,
        ),
    ] {
        assert_eq!(
            belongs(&request, answer),
            expected,
            "{}",
            hex::encode(&request)
        );
    }
}

#[test]
fn a_bad_record_costs_only_itself() {
    let good = bytes("0C13785634120C13");
    let told: Vec<_> = Records::new(&good, false).collect();
    assert_eq!(
        told[0].as_ref().unwrap().text().as_deref(),
        Some("12345.678")
    );
    assert_eq!(told[1].as_ref().unwrap_err().at, 6);
    assert_eq!(told.len(), 2);
    // A length byte that is reserved hides where the record ends; dates that are none are no values.
    assert!(
        Records::new(&bytes("0D13F8"), false)
            .next()
            .unwrap()
            .is_err()
    );
    let none = Records::new(&bytes("026C0000"), false)
        .next()
        .unwrap()
        .unwrap()
        .text();
    assert_eq!(none, None);
}

#[test]
fn a_maker_s_data_end_the_telegram_and_may_announce_more() {
    let data = bytes("2F0313010000 1F AABB".replace(' ', "").as_str());
    let records: Vec<_> = Records::new(&data, false).map(Result::unwrap).collect();
    assert_eq!(records.len(), 2);
    assert_eq!(records[1].text().as_deref(), Some("AABB"));
    assert!(Records::new(&data, false).more_follow());
    assert!(!Records::new(&bytes("03130100000FAABB"), false).more_follow());
}

#[test]
fn a_unit_in_plain_text_may_stand_before_its_extensions_or_behind_them() {
    let data = bytes("02FC034852257 4440D".replace(' ', "").as_str());
    let record = Records::new(&data, false).next().unwrap().unwrap();
    assert_eq!(record.text().as_deref(), Some("33.96"));
    assert_eq!(record.unit().as_deref(), Some("%RH"));
    let data = bytes("03FC2003434241153100");
    let record = Records::new(&data, false).next().unwrap().unwrap();
    assert_eq!(record.text().as_deref(), Some("12565"));
    assert_eq!(record.unit().as_deref(), Some("ABC"));
    assert_eq!(record.raw.len(), data.len());
}

#[test]
fn a_telegram_with_the_high_byte_first_reads_the_same() {
    let data = bytes("12345678412401070A0000000313003115");
    let frame = Frame::Long {
        control: Control::RESPOND,
        address: Address(1),
        information: Information::Variable { high_first: true },
        data: &data,
    };
    let Answer::Variable {
        header: Some(header),
        mut records,
        ..
    } = parse(&frame).unwrap()
    else {
        panic!("another answer");
    };
    assert_eq!(header.meter.id, [0x78, 0x56, 0x34, 0x12]);
    assert_eq!(
        records.next().unwrap().unwrap().text().as_deref(),
        Some("12.565")
    );
}

#[test]
fn encrypted_records_are_not_read_as_if_they_were_open() {
    let data = bytes("78563412244001075500000503131531000000");
    let frame = Frame::Long {
        control: Control::RESPOND,
        address: Address(1),
        information: Information::Variable { high_first: false },
        data: &data,
    };
    let Answer::Variable {
        mut records,
        encrypted,
        ..
    } = parse(&frame).unwrap()
    else {
        panic!("another answer");
    };
    assert!(records.next().is_none());
    assert_eq!(encrypted.map(<[u8]>::len), Some(7));
}

#[test]
fn dates_come_back_and_bad_ones_are_none() {
    let time = Moment {
        year: 2026,
        month: 11,
        day: 25,
        time: Some((2, 40)),
        second: None,
    };
    assert_eq!(Moment::minute(time.to_minute().unwrap()), Some(time));
    let date = Moment { time: None, ..time };
    assert_eq!(Moment::date(date.to_date().unwrap()), Some(date));
    assert_eq!(Moment::minute([0x80, 2, 0x59, 0x3B]), None);
    assert_eq!(Moment::date([0xFF, 0xFF]), None);
    assert_eq!(Moment::date([0x21, 0xC1]).map(|old| old.year), Some(1997));
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300), high_first: bool) {
        let _ = Frame::parse(&bytes).map(|frame| parse(&frame).map(|_| ()));
        for record in Records::new(&bytes, high_first).flatten() {
            let _ = (record.text(), record.unit(), record.quantity());
        }
        let mut scanner = Scanner::new::<Mbus>();
        let _ = (scanner.push(&bytes), scanner.idle());
    }

    #[test]
    fn a_frame_comes_back(control: u8, address: u8, information: u8, data in proptest::collection::vec(any::<u8>(), 0..=252)) {
        let frame = Frame::Long {
            control: Control(control), address: Address(address), information: Information::of(information), data: &data,
        };
        let encoded = frame.encode().unwrap();
        prop_assert_eq!(Frame::parse(&encoded), Ok(frame));
        let short = Frame::Short { control: Control(control), address: Address(address) };
        let encoded = short.encode().unwrap();
        prop_assert_eq!(Frame::parse(&encoded), Ok(short));
    }

    #[test]
    fn a_record_comes_back(
        value in -0x7F_FFFF..=0x7F_FFFFi64, storage in 0u64..1 << 41, tariff in 0u64..1 << 20, subunit in 0u64..1 << 10,
    ) {
        let new = NewRecord {
            storage, tariff, subunit, ..NewRecord::now(&[0x13], NewValue::Integer { value, bytes: 3 })
        };
        let mut telegram = Vec::new();
        new.append_to(&mut telegram).unwrap();
        let read = Records::new(&telegram, false).next().unwrap().unwrap();
        prop_assert_eq!((read.storage, read.tariff, read.subunit), (storage, tariff, subunit));
        prop_assert_eq!(read.value, Value::Integer(value));
        prop_assert_eq!(read.raw, &telegram[..]);
    }
}
