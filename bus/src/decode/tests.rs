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
}
