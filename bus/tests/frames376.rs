//! Every Q/GDW 376.1 frame of the field collection says what the collection says it says.

use meterpost_bus::decode::{Decoded, Direction, Value, decode};
use meterpost_bus::frame::{FrameError, Protocol};

/// What a frame must decode to: hex, address, function, item, and further words that must appear in this order.
struct Expected {
    hex: &'static str,
    address: &'static str,
    direction: Direction,
    function: &'static str,
    item: &'static str,
    says: &'static [&'static str],
}

const fn row(
    hex: &'static str,
    address: &'static str,
    direction: Direction,
    function: &'static str,
    item: &'static str,
    says: &'static [&'static str],
) -> Expected {
    Expected {
        hex,
        address,
        direction,
        function,
        item,
        says,
    }
}

use Direction::{Answer as UP, Request as DOWN};

const FIELD: &str = "0171-2082";

#[rustfmt::skip]
const EXPECTED: &[Expected] = &[
    row("683200320068C97101220800027900000400E416", FIELD, UP, "link", "AFN02 F3 P0", &["heartbeat", "wants_confirm=true"]),
    row("683200320068C97101220800027800000100E016", FIELD, UP, "link", "AFN02 F1 P0", &["login", "wants_confirm=true"]),
    row("684A004A00681071012208000068000001000000000000001516", FIELD, DOWN, "confirm", "AFN00 F1 P0", &["confirm all", "ok=true"]),
    row("684A004A00684B71012208020CE2010101100239191628007C16", FIELD, DOWN, "current_data", "AFN0C F129 P1", &["sequence=2", "sent=28 16:19:39"]),
    row("684A004A00684B71012208020CE401018014040624162800DB16", FIELD, DOWN, "current_data", "AFN0C F168 P1", &["sent=28 16:24:06"]),
    row("684A004A00684B71012208020CEB010101030B13491628008B16", FIELD, DOWN, "current_data", "AFN0C F25 P1", &["sent=28 16:49:13"]),
    row("684A004A00684B71012208020CED010102040D2251162800A816", FIELD, DOWN, "current_data", "AFN0C F34 P1", &["sent=28 16:51:22"]),
    row("6856005600684B71012208020DE501010100270818050534162800A116", FIELD, DOWN, "frozen_data", "AFN0D F1 P1", &["frozen=2018-08-27"]),
    row("6852005200684B71012208020DEA0101020207180A4045162800D216", FIELD, DOWN, "frozen_data", "AFN0D F18 P1", &["frozen=2018-07"]),
    row("6856005600684B71012208020DE601010200270818065240162800FD16", FIELD, DOWN, "frozen_data", "AFN0D F2 P1", &["frozen=2018-08-27"]),
    row("6802010201688871012208020CA3010140142016280818EEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEE0000C8161000D516EEEEEEEEEEEEEE035921162800EB16", FIELD, UP, "current_data", "AFN0C F167 P1", &["single=false", "read_at=2018-08-28 16:20", "data=20162808", "EE"]),
    row("687A007A00688871012208020CA4010180142316280818EEEEEEEEEEEE550406241628004216", FIELD, UP, "current_data", "AFN0C F168 P1", &["single=false", "read_at=2018-08-28 16:23", "EE"]),
    row("68B601B601688871012208020CAC010101044816280818040001000000EEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEE0C09501628009316", FIELD, UP, "current_data", "AFN0C F33 P1", &["active=0.0100 kWh", "active_tariff_1=none kWh", "quadrant_4_tariff_4=none kvarh", "read_at=2018-08-28 16:48", "EE"]),
    row("68B601B601688871012208020CAD0101020449162808180400EEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEE0D22511628006816", FIELD, UP, "current_data", "AFN0C F34 P1", &["read_at=2018-08-28 16:49", "EE"]),
    row("68BE01BE01688871012208020DE90101010207185923310718040001000000EEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEE0948431628004316", FIELD, UP, "frozen_data", "AFN0D F17 P1", &["frozen=2018-07", "EE"]),
    row("68C201C201688871012208020DE60101020027081859232708180400EEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEE0652401628001916", FIELD, UP, "frozen_data", "AFN0D F2 P1", &["frozen=2018-08-27", "EE"]),
    row("6877007700684A121239302C05600100010014000000000000000000000000000000007E16", "1212-12345", DOWN, "control", "AFN05 F1 P1", &["remote trip", "protocol_mark=3", "password=present", "off_for=30 min", "alarm=4 min"]),
    row("684A004A006888001001002C00E1000001000119441016053016", "1000-1", UP, "confirm", "AFN00 F1 P0", &["confirm all", "sent=16 10:44:19", "permitted_delay=5"]),
    row("684A004A0068CB91910400000C64000002000039071743151216", "9191-4", UP, "current_data", "AFN0C F2 P0", &["value=2015-03-17 07:39:00"]),
    row("683200320068C900000005000260000001003116", "0000-1280", UP, "link", "AFN02 F1 P0", &["login", "wants_confirm=false"]),
    row("684A004A00688800130005000C7000000200512023071018E116", "1300-1280", UP, "current_data", "AFN0C F2 P0", &["value=2018-10-07 23:20:51"]),
    row("6832003200688B0000010000006000000200EE16", "0000-1", UP, "confirm", "AFN00 F2 P0", &["deny all", "ok=false", "error=everything denied"]),
    row("68A200A20068880000000B000A7000000400B46151BE254E000000000000636D6E65740000000000000000000000BF16", "0000-2816", UP, "read_parameters", "AFN0A F3 P0", &["main=180.97.81.190:20005", "backup=0.0.0.0:0", "apn=cmnet"]),
    row("68C200C2006888000B0005001060000001000621006877931017000068811534F3433935344B433333353C933C473935344B3377B516B016", "0B00-1280", UP, "forward", "AFN10 F1 P0", &["port=6", "inner=dlt645 1997 000017109377"]),
    row("684A004A0068CB020104031400E0000001000025121628003F16", "0102-772", UP, "confirm", "AFN00 F1 P0", &["sent=28 16:12:25", "permitted_delay=0"]),
    row("68CA00CA00684B7101220802106100000100026B85641000681290785634126811043335C333F91600000000000000000000000000000000C916", FIELD, DOWN, "forward", "AFN10 F1 P0", &["password=present", "port=2", "framing=2400 8E1", "message_timeout=5000 ms", "byte_timeout=1000 ms", "inner=dlt645 2007 123456789012 00900200"]),
    row("688E008E0068887101220802106100000100021400681290785634126891083335C33378563433B2162816", FIELD, UP, "forward", "AFN10 F1 P0", &["port=2", "inner=dlt645 2007 123456789012 00900200 123.45"]),
    row("68E600E600684A7101220802047200000201010001000200621E12907856341200000000000004090000000000001000000000000000000000000000000000B816", FIELD, DOWN, "set_parameters", "AFN04 F10 P0", &["meter archive", "meter_1=point 2 port 2 rate 2400 protocol 30 address 123456789012"]),
    row("6832003200688071012208020062000001008116", FIELD, UP, "confirm", "AFN00 F1 P0", &["confirm all", "sequence=2"]),
];

/// Published with a wrong length; its repaired twin is among the good ones.
const REFUSED: &str = "683A003A006888000B0005001060000001000621006877931017000068811534F3433935344B433333353C933C473935344B3377B516B016";

fn words(decoded: &Decoded) -> String {
    let mut words = vec![
        decoded.name.clone().unwrap_or_default(),
        format!("ok={}", decoded.ok),
    ];
    for field in &decoded.fields {
        let unit = field
            .unit
            .as_ref()
            .map(|unit| format!(" {unit}"))
            .unwrap_or_default();
        words.push(format!(
            "{}={}{unit}",
            field.name,
            field.value.as_deref().unwrap_or("none")
        ));
    }
    if let Some(Value::One(value)) = &decoded.value {
        words.push(format!("value={value}"));
    }
    words.extend(decoded.data.iter().map(|data| format!("data={data}")));
    words.extend(decoded.error.iter().map(|error| format!("error={error}")));
    words.extend(decoded.note.clone());
    if let Some(inner) = &decoded.inner {
        let value = match &inner.value {
            Some(Value::One(value)) => value.as_str(),
            _ => "",
        };
        let (edition, di) = (
            inner.edition.unwrap_or_default(),
            inner.di.as_deref().unwrap_or_default(),
        );
        words.push(format!(
            "inner={} {edition} {} {di} {value}",
            inner.protocol, inner.address
        ));
    }
    words.join("; ")
}

fn rows() -> Vec<(bool, String)> {
    let table = include_str!("frames.tsv");
    let rows: Vec<_> = table
        .lines()
        .map(|line| line.split('\t').collect::<Vec<_>>())
        .filter(|columns| columns.first() == Some(&"376.1"))
        .map(|columns| (columns[2] == "OK", columns[3].to_owned()))
        .collect();
    assert!(!rows.is_empty(), "the collection has no 376.1 frames");
    rows
}

#[test]
fn every_good_frame_decodes_to_its_meaning() {
    for expected in EXPECTED {
        let decoded = decode(Protocol::Gdw376, &hex::decode(expected.hex).unwrap()).unwrap();
        assert_eq!(decoded.address, expected.address, "{}", expected.hex);
        assert_eq!(decoded.direction, expected.direction, "{}", expected.hex);
        assert_eq!(decoded.function, expected.function, "{}", expected.hex);
        assert_eq!(
            decoded.di.as_deref(),
            Some(expected.item),
            "{}",
            expected.hex
        );
        let words = words(&decoded);
        let mut rest = words.as_str();
        for word in expected.says {
            let at = rest
                .find(word)
                .unwrap_or_else(|| panic!("{}: no {word:?} in order in {words:?}", expected.hex));
            rest = &rest[at + word.len()..];
        }
    }
}

#[test]
fn every_frame_of_the_collection_has_an_expectation() {
    for (good, hex) in rows() {
        if good {
            assert!(
                EXPECTED.iter().any(|expected| expected.hex == hex),
                "no expectation for {hex}"
            );
        } else {
            assert_eq!(hex, REFUSED);
        }
    }
    assert_eq!(rows().len(), EXPECTED.len() + 1);
}

#[test]
fn a_frame_published_with_a_wrong_length_is_refused() {
    let error = decode(Protocol::Gdw376, &hex::decode(REFUSED).unwrap()).unwrap_err();
    let meterpost_bus::decode::DecodeError::Frame(error) = error else {
        panic!("{error}");
    };
    assert!(
        matches!(
            error,
            FrameError::Length {
                declared: 22,
                actual: 56
            }
        ),
        "{error:?}"
    );
}

#[test]
fn every_good_frame_with_one_flipped_bit_is_refused() {
    for expected in EXPECTED {
        let good = hex::decode(expected.hex).unwrap();
        for bit in 0..good.len() * 8 {
            let mut spoilt = good.clone();
            spoilt[bit / 8] ^= 1 << (bit % 8);
            // The two protocol bits of one length copy, and everything else, are covered by a check.
            assert!(
                decode(Protocol::Gdw376, &spoilt).is_err(),
                "{} survived bit {bit}",
                expected.hex
            );
        }
    }
}
