use std::time::Duration;

use proptest::prelude::*;

use super::confirm::Verdict;
use super::port::{PortRate, control_byte, from_control_byte};
use super::*;
use crate::frame::{Framing, Probe};
use crate::link::{Parity, SerialSettings};

fn login() -> Frame {
    Frame {
        protocol: 2,
        control: Control::LINK_TEST,
        address: Address::of_terminal(171, 2082).unwrap(),
        afn: afn::LINK,
        sequence: Sequence::single(8, true),
        data: units::join(&[Item::of_terminal(1, Vec::new())]).unwrap(),
        password: None,
        events: None,
        time_tag: None,
    }
}

#[test]
fn a_login_is_the_frame_that_terminals_in_the_field_send() {
    let bytes = login().encode().unwrap();
    assert_eq!(
        hex::encode_upper(bytes),
        "683200320068C97101220800027800000100E016"
    );
}

#[test]
fn a_password_upward_or_a_missing_one_downward_is_not_encoded() {
    let upward = Frame {
        password: Some([0; 16]),
        ..login()
    };
    assert!(matches!(
        upward.encode(),
        Err(EncodeError::Contradiction(_))
    ));
    let downward = Frame {
        control: Control::COMMAND,
        afn: afn::SET,
        ..login()
    };
    assert!(matches!(
        downward.encode(),
        Err(EncodeError::Contradiction(_))
    ));
}

#[test]
fn more_than_the_length_can_say_is_not_encoded() {
    let frame = Frame {
        data: vec![0; 0x4000],
        ..login()
    };
    assert_eq!(frame.encode(), Err(EncodeError::TooLong(0x4008)));
}

#[test]
fn a_confirm_written_with_dt_as_a_plain_number_is_item_by_item() {
    let items = units::split(afn::CONFIRM, false, &[0, 0, 3, 0, 2, 0, 0, 3, 0, 0]).unwrap();
    let confirm = Confirm::from_items(&items).unwrap();
    let heartbeat = Verdict {
        point: 0,
        function: 3,
        error: 0,
    };
    assert_eq!(
        confirm,
        Confirm::Each {
            afn: afn::LINK,
            verdicts: vec![heartbeat]
        }
    );
    assert!(confirm.accepts_all());
}

#[test]
fn several_bits_in_one_header_are_functions_inside_points() {
    let items = units::split(0x0E, true, &[0b101, 2, 0b11, 1]).unwrap();
    let named: Vec<_> = items
        .iter()
        .map(|item| (item.point, item.function))
        .collect();
    assert_eq!(named, [(9, 9), (9, 10), (11, 9), (11, 10)]);
}

#[test]
fn a_forward_longer_than_its_frame_is_refused() {
    assert_eq!(
        units::split(afn::FORWARD, true, &[0, 0, 1, 0, 2, 5, 0, 1]),
        Err(UnitError::Short)
    );
}

#[test]
fn a_header_that_names_nothing_is_refused() {
    assert_eq!(
        units::split(afn::CLASS_1, false, &[0, 1, 1, 0]),
        Err(UnitError::Empty)
    );
    assert_eq!(
        units::split(afn::CLASS_1, false, &[0, 0, 0, 0]),
        Err(UnitError::Empty)
    );
}

#[test]
fn control_byte_6b_is_2400_baud_even_parity() {
    let meter_default = SerialSettings::default();
    assert_eq!(control_byte(&meter_default), Some(0x6B));
    assert_eq!(from_control_byte(0x6B), Some(meter_default));
    assert_eq!(from_control_byte(0), None);
    let odd = SerialSettings {
        baud: 9600,
        parity: Parity::Odd,
        data_bits: 7,
        stop_bits: 2,
    };
    assert_eq!(control_byte(&odd).and_then(from_control_byte), Some(odd));
    let no_code = SerialSettings {
        baud: 115_200,
        ..meter_default
    };
    assert_eq!(control_byte(&no_code), None);
}

#[test]
fn a_wait_is_rounded_up_never_down() {
    for millis in [0, 1, 10, 1270, 1271, 5000, 5001, 127_000] {
        let wait = Duration::from_millis(millis);
        let said = forward::timeout_of(forward::timeout_byte(wait));
        assert!(
            said >= wait && said <= wait + Duration::from_secs(1),
            "{wait:?} {said:?}"
        );
    }
    let endless = forward::timeout_byte(Duration::from_secs(1000));
    assert_eq!(forward::timeout_of(endless), forward::MAX_TIMEOUT);
}

#[test]
fn an_area_code_is_four_decimal_digits() {
    assert_eq!(Address::of_terminal(9191, 4).unwrap().area, 0x9191);
    assert_eq!(Address::of_terminal(10_000, 4), None);
    assert_eq!(Address::of_terminal(1, 0), None);
    assert_eq!(Address::of_terminal(1, u16::MAX), None);
}

fn any_frame() -> impl Strategy<Value = Frame> {
    (
        0u8..4,
        any::<u8>(),
        any::<(u16, u16, bool, u8)>(),
        any::<u8>(),
        any::<u8>(),
        prop::collection::vec(any::<u8>(), 0..80),
        any::<([u8; 16], [u8; 2], [u8; 4], u8)>(),
    )
        .prop_map(
            |(
                protocol,
                control,
                address,
                function,
                seq,
                data,
                (password, events, sent, permitted),
            )| {
                let control = Control(control);
                let sequence = Sequence(seq);
                let changes = matches!(function, 0x01 | 0x04 | 0x05 | 0x06 | 0x0F | 0x10);
                Frame {
                    protocol,
                    control,
                    address: Address {
                        area: address.0,
                        terminal: address.1,
                        group: address.2,
                        station: address.3 & 0x7F,
                    },
                    afn: function,
                    sequence,
                    data,
                    password: (!control.upward() && changes).then_some(password),
                    events: control.access_demand().then_some(events),
                    time_tag: sequence.time_tagged().then_some(TimeTag {
                        counter: seq,
                        sent,
                        permitted_minutes: permitted,
                    }),
                }
            },
        )
}

fn any_item() -> impl Strategy<Value = Item> {
    let point = prop_oneof![0..=Item::MAX_POINT, Just(Item::ALL_POINTS)];
    (point, 1u8..=248).prop_map(|(point, function)| Item {
        point,
        function,
        data: Vec::new(),
    })
}

proptest! {
    #[test]
    fn what_is_encoded_decodes_to_the_same(frame in any_frame()) {
        let bytes = frame.encode().unwrap();
        prop_assert_eq!(Gdw376::probe(&bytes), Probe::Frame(bytes.len()));
        prop_assert_eq!(Frame::decode(&bytes).unwrap(), frame);
    }

    #[test]
    fn noise_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..120)) {
        let _ = Frame::decode(&bytes);
        let _ = describe(&bytes, |_| Err(crate::decode::DecodeError::NotHex(String::new())));
        let _ = units::split(bytes.first().copied().unwrap_or(0), bytes.len() % 2 == 0, &bytes);
        let _ = archive::decode(&bytes);
        let _ = archive::decode_query(&bytes);
        let _ = forward::Request::decode(&bytes);
        let _ = forward::Reply::decode(&bytes);
    }

    #[test]
    fn a_sound_frame_with_any_data_never_panics(frame in any_frame()) {
        let bytes = frame.encode().unwrap();
        let _ = describe(&bytes, |_| Err(crate::decode::DecodeError::NotHex(String::new())));
        let items = units::split(frame.afn, frame.control.upward(), &frame.data).unwrap_or_default();
        let _ = Confirm::from_items(&items);
    }

    #[test]
    fn one_changed_byte_is_never_the_same_frame(frame in any_frame(), at in any::<prop::sample::Index>(), flip in 1u8..) {
        let mut bytes = frame.encode().unwrap();
        let at = at.index(bytes.len());
        bytes[at] ^= flip;
        prop_assert_ne!(Frame::decode(&bytes).ok(), Some(frame));
    }

    #[test]
    fn items_without_data_keep_point_and_function(items in prop::collection::vec(any_item(), 1..8)) {
        let bytes = units::join(&items).unwrap();
        prop_assert_eq!(units::split(afn::CLASS_1, false, &bytes).unwrap(), items);
    }

    #[test]
    fn forwards_keep_every_byte(port in any::<u8>(), control in any::<u8>(), wait in any::<(u8, u8)>(),
        content in prop::collection::vec(any::<u8>(), 0..300)) {
        let request = forward::Request {
            port, control, message_timeout: wait.0, byte_timeout: wait.1, content: content.clone(),
        };
        prop_assert_eq!(forward::Request::decode(&request.encode().unwrap()).unwrap(), request);
        let reply = forward::Reply { port, content };
        prop_assert_eq!(forward::Reply::decode(&reply.encode().unwrap()).unwrap(), reply);
    }

    #[test]
    fn archives_keep_every_meter(raw in prop::collection::vec(any::<(u16, u16, u8, u8, [u8; 6], [u8; 6], u8, u8, [u8; 6])>(), 0..20)) {
        let meters: Vec<_> = raw.into_iter().map(|(index, point, port, protocol, address, password, tariffs, digits, collector)| {
            archive::Meter {
                index, point, port: PortRate { port: port & 0x1F, rate: port >> 5 }, protocol, address, password,
                tariffs, digits, collector, class: tariffs ^ digits,
            }
        }).collect();
        prop_assert_eq!(archive::decode(&archive::encode(&meters).unwrap()).unwrap(), meters);
    }
}
