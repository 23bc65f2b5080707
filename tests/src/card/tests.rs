//! The card against commands written by hand.

use super::*;

fn said(card: &mut PivCard, command: &str) -> String {
    let command = hex::decode(command.replace(' ', "")).expect("hex in a test");
    hex::encode_upper(card.answer(&command).expect("the card is there"))
}

const SELECT: &str = "00A4040009A00000030800001000";

#[test]
fn it_is_selected_by_name_and_answers_nothing_before() {
    let mut card = PivCard::blank();
    assert_eq!(said(&mut card, "00CB3FFF055C035FC10100"), "6D00");
    assert_eq!(said(&mut card, "00A4040007A0000000041010"), "6A82");
    assert_eq!(
        said(&mut card, SELECT),
        "61114F0600001000010079074F05A0000003089000"
    );
    assert_eq!(said(&mut card, "00CB3FFF055C035FC10100"), "6A82");
    assert_eq!(said(&mut PivCard::foreign(), SELECT), "6A82");
}

#[test]
fn a_pin_is_counted_down_and_reset_by_the_right_one_or_by_the_unblocking_code() {
    let mut card = PivCard::blank();
    said(&mut card, SELECT);
    let (right, wrong) = ("313233343536FFFF", "393939393939FFFF");
    let verify = |pin| format!("0020008008{pin}");
    assert_eq!(said(&mut card, "00200080"), "63C3");
    assert_eq!(said(&mut card, &verify(wrong)), "63C2");
    assert_eq!(said(&mut card, &verify(right)), "9000");
    assert_eq!(said(&mut card, "00200080"), "9000");
    for left in ["63C2", "63C1", "6983"] {
        assert_eq!(said(&mut card, &verify(wrong)), left);
    }
    card.reset();
    said(&mut card, SELECT);
    assert_eq!(
        said(&mut card, &verify(right)),
        "6983",
        "counted on the card"
    );
    let unblock = format!("002C0080103132333435363738{right}");
    assert_eq!(said(&mut card, &unblock), "9000");
    assert_eq!(said(&mut card, &verify(right)), "9000");
}

#[test]
fn keys_and_objects_are_for_the_holder_of_the_management_key() {
    let mut card = PivCard::blank();
    said(&mut card, SELECT);
    assert_eq!(said(&mut card, "0047009E05AC0380011100"), "6982");
    assert_eq!(said(&mut card, "00DB3FFF085C035FC1025301AA"), "6982");
    // A wrong answer to the card's challenge.
    assert!(said(&mut card, "0087039B047C02810000").ends_with("9000"));
    assert_eq!(
        said(&mut card, "0087039B0C7C0A82080000000000000000"),
        "6982"
    );
    // And to the last one a second time: it counts once.
    assert_eq!(
        said(&mut card, "0087039B0C7C0A82080000000000000000"),
        "6982"
    );
    assert_eq!(said(&mut card, "0047009E05AC0380011100"), "6982");
}

#[test]
fn a_long_answer_comes_in_pieces_and_a_long_command_may() {
    let authority = CardAuthority::new("test");
    let mut card = authority.issue(&Holder::resident("C-0042"));
    said(&mut card, SELECT);
    let first = said(&mut card, "00CB3FFF055C035FC10100");
    assert_eq!(first.len(), 2 * 258);
    let left = first[first.len() - 2..].to_owned();
    assert_eq!(&first[first.len() - 4..first.len() - 2], "61");
    let second = said(&mut card, &format!("00C00000{left}"));
    assert!(second.ends_with("9000"));
    // The same command in two pieces.
    assert_eq!(said(&mut card, "10CB3FFF035C035F"), "9000");
    assert_eq!(said(&mut card, "00CB3FFF02C10100"), first);
}
