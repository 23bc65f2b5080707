use super::*;
use crate::frame::dlt645::freeze::FreezeTime;
use crate::frame::dlt645::heard::{Permit, Write};
use crate::frame::dlt645::password::{Password, Protected};
use crate::frame::dlt645::purchase::Operator;
use crate::frame::dlt645::rate::Output;
use crate::frame::dlt645::security::{
    Deed, IDENTITY, Identity, KEYS, LIFETIME, Lifetime, SecurityRequest,
};
use crate::frame::dlt645::{Address, Control, Frame, request};

fn meter() -> Address {
    Address::from_digits("260305510012").unwrap()
}

fn explained(frame: &Frame) -> Decoded {
    decode(Protocol::Dlt645, &frame.encode()).unwrap()
}

fn one(decoded: &Decoded) -> Option<&str> {
    match &decoded.value {
        Some(Value::One(text)) => Some(text),
        _ => None,
    }
}

fn field<'a>(decoded: &'a Decoded, name: &str) -> Option<&'a str> {
    let field = decoded.fields.iter().find(|field| field.name == name)?;
    field.value.as_deref()
}

fn permit(class: u8) -> Permit {
    Permit {
        password: Password::of_class(class),
        operator: Operator([1, 2, 3, 4]),
    }
}

#[test]
fn every_command_is_explained_and_leaves_no_bytes() {
    let write = |class, content| {
        let write = Write {
            di: 0x0400_1401,
            permit: permit(class),
            content,
        };
        request::write(meter(), write).unwrap()
    };
    let mac = [0xA1, 0xA2, 0xA3, 0xA4];
    for (frame, value, name) in [
        (
            request::freeze(meter(), FreezeTime::Now),
            Some("now"),
            Some("time of the freeze"),
        ),
        (
            request::change_rate(meter(), 0x20),
            Some("9600"),
            Some("transmission rate"),
        ),
        (
            request::change_rate(meter(), 0x32),
            Some("9600"),
            Some("transmission rate"),
        ),
        (
            request::output(meter(), Output::ClockSecond),
            Some("clock_second"),
            Some("multifunction output"),
        ),
        (request::clear_demand(meter(), permit(4)), None, None),
        (request::clear_meter(meter(), permit(2)), None, None),
        (
            request::clear_events(meter(), permit(2), u32::MAX),
            None,
            Some("all events"),
        ),
        (
            request::change_password(
                meter(),
                0x0400_0C03,
                Password::of_class(2),
                Password::of_class(2),
            ),
            None,
            Some("password"),
        ),
        (
            write(4, Protected::Plain(&[5, 0])),
            Some("5"),
            Some("trip delay"),
        ),
        (
            write(0x99, Protected::Signed { data: &[5, 0], mac }),
            Some("5"),
            Some("trip delay"),
        ),
        (
            write(
                0x98,
                Protected::Sealed {
                    cipher: &[7; 8],
                    mac,
                },
            ),
            None,
            Some("trip delay"),
        ),
    ] {
        let decoded = explained(&frame);
        assert_eq!(one(&decoded), value, "{decoded}");
        assert_eq!(decoded.name.as_deref(), name, "{decoded}");
        assert_eq!((decoded.data, decoded.note), (None, None));
    }
}

#[test]
fn a_password_change_and_a_sealed_write_show_their_parts() {
    let old = Password::of_class(2);
    let new = Password {
        class: 2,
        digits: [0x56, 0x34, 0x12],
    };
    let decoded = explained(&request::change_password(meter(), 0x0400_0C03, old, new));
    assert_eq!(field(&decoded, "old_password"), Some("02000000"));
    assert_eq!(field(&decoded, "new_password"), Some("02563412"));
    let answer = Frame::fixed(meter(), Control(0x98), new.to_wire());
    assert_eq!(field(&explained(&answer), "password"), Some("02563412"));
    let refused = Frame::fixed(meter(), Control(0xDC), [0x34, 0x12]);
    let decoded = explained(&refused);
    assert_eq!(field(&decoded, "result_word"), Some("1234"));
    assert!(!decoded.ok);
}

#[test]
fn the_security_family_is_explained() {
    let security = |di, deed| {
        let operator = Operator([1, 2, 3, 4]);
        let request = SecurityRequest { di, operator, deed };
        explained(&request::security(meter(), request).unwrap())
    };
    let identity = Identity {
        cipher: [1; 8],
        random: [2; 8],
        divergence: Identity::divergence_of(meter().to_wire()),
    };
    let decoded = security(IDENTITY, Deed::Identity(identity));
    assert_eq!(field(&decoded, "divergence"), Some("1200510503260000"));
    assert_eq!(field(&decoded, "operator"), Some("01020304"));
    let decoded = security(LIFETIME, Deed::Lifetime(Lifetime::new(30, [9; 4]).unwrap()));
    assert_eq!(one(&decoded), Some("30"));
    assert_eq!(decoded.unit.as_deref(), Some("min"));
    let keys = [7; 72];
    let decoded = security(
        KEYS,
        Deed::Keys {
            keys: &keys,
            mac: [9; 4],
        },
    );
    assert_eq!(
        decoded
            .fields
            .iter()
            .filter(|field| field.name == "key")
            .count(),
        2
    );
    let short = Frame::fixed(meter(), Control(0x03), IDENTITY.to_le_bytes());
    assert_eq!(explained(&short).data, None);
}

#[test]
fn records_are_taken_apart() {
    let demand = [
        0x00, 0x00, 0x01, 0x01, 0x45, 0x23, 0x01, 0x30, 0x12, 0x24, 0x11, 0x25,
    ];
    let decoded = explained(&Frame::fixed(meter(), Control(0x91), demand));
    assert_eq!(field(&decoded, "maximum"), Some("1.2345"));
    assert_eq!(field(&decoded, "time"), Some("2025-11-24 12:30"));
    assert_eq!(decoded.data, None);
    let short = explained(&Frame::fixed(meter(), Control(0x91), [0, 0, 1, 1, 0x45]));
    assert_eq!(short.data.as_deref(), Some("45"));
}

#[test]
fn load_records_are_read_and_half_ones_are_kept() {
    let record = crate::frame::dlt645::load::LoadRecord {
        time: [0x15, 0x12, 0x25, 0x11, 0x26],
        classes: Default::default(),
    };
    let mut data = 0x0600_0002u32.to_le_bytes().to_vec();
    data.extend(record.encode());
    let whole = Frame::new(meter(), Control(0x91), data.clone()).unwrap();
    let texts = vec![Some("2026-11-25 12:15".to_owned())];
    assert_eq!(explained(&whole).value, Some(Value::Many(texts)));
    data.pop();
    let half = explained(&Frame::new(meter(), Control(0xB1), data).unwrap());
    assert!(half.value.is_none() && half.data.is_some());
    let asked = request::read_records(meter(), 0x0600_0001, 3, Some([0, 0, 1, 1, 0x26]));
    let decoded = explained(&asked);
    assert_eq!(field(&decoded, "since"), Some("2026-01-01 00:00"));
}
