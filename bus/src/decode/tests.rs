use super::*;
use proptest::prelude::*;

#[test]
fn text_that_is_no_hex_is_refused_with_a_reason() {
    for text in ["6", "6G", "68 1"] {
        assert!(
            matches!(from_hex(text), Err(DecodeError::NotHex(_))),
            "{text}"
        );
    }
    assert_eq!(from_hex("68 16\n").unwrap(), [0x68, 0x16]);
}

#[test]
fn a_meter_frame_is_found_whichever_protocol_it_has() {
    let electricity = from_hex("681290785634126811043335C333F916").unwrap();
    let water = from_hex("68101802122020000001038105067416").unwrap();
    assert_eq!(meter_frame(&electricity).unwrap().protocol, "dlt645");
    assert_eq!(meter_frame(&water).unwrap().protocol, "cjt188");
    assert!(meter_frame(&[0x68, 0x16]).is_err());
}

#[test]
fn the_text_form_shows_value_unit_and_refusal() {
    let read = decode(
        Protocol::Dlt645,
        &from_hex("681290785634126891083335C33378563433B216").unwrap(),
    )
    .unwrap();
    assert!(read.to_string().contains("123.45 yuan"));
    let refused = decode(
        Protocol::Dlt645,
        &from_hex("6812907856341268C3027333F116").unwrap(),
    )
    .unwrap();
    assert!(refused.to_string().contains("hoarding limit exceeded"));
}

#[test]
fn the_most_copied_water_frame_of_the_web_is_refused() {
    let copied =
        from_hex("68104433221100337881161F9000007766552C007766552C3101221105152021840816").unwrap();
    let error = decode(Protocol::Cjt188, &copied).unwrap_err();
    assert_eq!(error.to_string(), "the checksum must be 13, it is 08");
}

#[test]
fn the_balance_in_a_top_up_answer_is_not_its_value() {
    use crate::frame::dlt645::purchase::{CustomerNumber, PurchaseAnswer, TOP_UP};
    use crate::frame::dlt645::{Address, Control, Frame};
    let answer = PurchaseAnswer {
        balance: 12_345,
        count: 7,
        customer: CustomerNumber::from_digits("1234").unwrap(),
    };
    let frame = Frame::fixed(Address::WILDCARD, Control(0x83), answer.to_data(TOP_UP));
    let decoded = decode(Protocol::Dlt645, &frame.encode()).unwrap();
    assert_eq!(decoded.value, None);
    let balance = Field::with_unit("balance", Some("123.45".to_owned()), "yuan");
    assert!(decoded.fields.contains(&balance));
}

#[test]
fn a_block_may_end_with_a_makers_filler() {
    use crate::frame::dlt645::{Address, Control, Frame};
    let data = [
        0x00, 0xFF, 0x01, 0x02, 0x14, 0x23, 0x00, 0x00, 0xFF, 0xFF, 0xAA,
    ];
    let frame = Frame::fixed(Address::WILDCARD, Control(0x91), data);
    let decoded = decode(Protocol::Dlt645, &frame.encode()).unwrap();
    let volts = [Some("231.4".to_owned()), Some("0.0".to_owned()), None];
    assert_eq!(decoded.value, Some(Value::Many(volts.to_vec())));
}

#[test]
fn a_made_up_vendor_payload_is_kept_and_not_guessed() {
    use crate::frame::dlt645::{Address, Control, Frame};
    let di = [0x00, 0x02, 0x90, 0x00];
    for extra in [vec![0x0A, 0, 0, 0], vec![1, 2, 3, 4, 5], vec![]] {
        let data = [&di[..], &extra].concat();
        let frame = Frame::new(Address::WILDCARD, Control(0x91), data).unwrap();
        let decoded = decode(Protocol::Dlt645, &frame.encode()).unwrap();
        assert_eq!(decoded.data.is_some(), !extra.is_empty());
        assert_eq!(decoded.value, None);
    }
}

#[test]
fn a_heat_meter_of_the_field_is_explained() {
    let hex = "682032413140000000812E901F0108020000000802000000170000000035000000002C34100000352500662500000000530012100715200000\
               3116";
    let decoded = decode(Protocol::Cjt188, &from_hex(hex).unwrap()).unwrap();
    assert_eq!(decoded.value, Some(Value::One("0.02".to_owned())));
    assert_eq!(decoded.unit.as_deref(), Some("MWh"));
    let supply = Field::with_unit("supply_temperature", Some("25.35".to_owned()), "°C");
    assert!(decoded.fields.contains(&supply));
    assert!(
        decoded
            .fields
            .contains(&Field::new("heat_layout", "unit_first"))
    );
    assert_eq!(decoded.data, None);
}

#[test]
fn writes_to_a_water_meter_are_explained_and_a_key_is_not_shown() {
    use crate::frame::cjt188::key::NewKey;
    use crate::frame::cjt188::metering::Quantity;
    use crate::frame::cjt188::{Address, DiOrder, Function, request};
    use crate::frame::wall_time::WallTime;
    let (meter, order) = (
        Address::from_digits(0x10, "71962403180002").unwrap(),
        DiOrder::LowFirst,
    );
    let said =
        |frame: crate::frame::cjt188::Frame| decode(Protocol::Cjt188, &frame.encode()).unwrap();
    let one = |text: &str| Some(Value::One(text.to_owned()));
    let now = WallTime::new(2026, 11, 25, 3, 0, 0).unwrap();
    let clock = said(request::set_clock(meter, order, 1, now));
    assert_eq!(
        (clock.di.as_deref(), clock.value),
        (Some("A015"), one("2026-11-25 03:00:00"))
    );
    let reading = Quantity {
        hundredths: Some(12_345),
        unit: 0x2C,
    };
    let sync = said(request::synchronise(meter, order, 1, reading).unwrap());
    assert_eq!(
        (sync.value, sync.unit.as_deref()),
        (one("123.45"), Some("m3"))
    );
    let to = Address::from_digits(0x10, "00000000000042").unwrap();
    let address = said(request::set_address(meter, order, 1, to).unwrap());
    assert_eq!(address.value, one("00000000000042"));
    let key = said(request::write_key(
        meter,
        order,
        1,
        NewKey {
            version: 3,
            key: [0x5A; 8],
        },
    ));
    assert!(!serde_json::to_string(&key).unwrap().contains("5A5A"));
    let refund =
        request::with_payload(meter, Function::Write, order, 0xA0EC, 1, &[1, 2, 3]).unwrap();
    let refund = said(refund);
    assert_eq!(
        (refund.name.as_deref(), refund.data.as_deref()),
        (Some("refund"), Some("010203"))
    );
}

proptest! {
    #[test]
    fn invariant_10_arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        for protocol in [Protocol::Dlt645, Protocol::Cjt188, Protocol::Gdw376, Protocol::Mbus] {
            let _ = decode(protocol, &bytes);
        }
    }

    #[test]
    fn arbitrary_content_in_a_sound_645_frame_is_always_explained(
        control: u8, data in proptest::collection::vec(any::<u8>(), 0..=255),
    ) {
        use crate::frame::dlt645::{Address, Control, Frame};
        let frame = Frame::new(Address::WILDCARD, Control(control), data).unwrap();
        let decoded = decode(Protocol::Dlt645, &frame.encode()).unwrap();
        prop_assert_eq!(decoded.ok, control & 0x40 == 0);
    }

    #[test]
    fn arbitrary_content_in_a_sound_188_frame_is_always_explained(
        control: u8, data in proptest::collection::vec(any::<u8>(), 0..=255),
    ) {
        use crate::frame::cjt188::{Address, Control, Frame};
        let frame = Frame::new(Address::WILDCARD, Control(control), data).unwrap();
        let decoded = decode(Protocol::Cjt188, &frame.encode()).unwrap();
        prop_assert_eq!(decoded.ok, control & 0x40 == 0);
    }

    #[test]
    fn arbitrary_content_in_a_sound_mbus_frame_is_always_explained(
        control: u8, information: u8, data in proptest::collection::vec(any::<u8>(), 0..=252),
    ) {
        use crate::frame::mbus::{Address, Control, Frame, Information};
        let frame = Frame::Long {
            control: Control(control), address: Address(1), information: Information::of(information), data: &data,
        };
        let decoded = decode(Protocol::Mbus, &frame.encode().unwrap()).unwrap();
        prop_assert_eq!(decoded.protocol, "mbus");
        prop_assert!(!decoded.to_string().is_empty());
    }
}
