//! How weak the protocols' checksum is, in numbers: it is a sum of bytes, so two changes that cancel each other are not seen.
//!
//! What stands behind it: an answer must fit its request in address, function and identifier, and every write is read back.

mod robust;

use meterpost_bus::frame::cjt188::Cjt188;
use meterpost_bus::frame::dlt645::{self, Dlt645, answer};
use meterpost_bus::frame::gdw376::Gdw376;
use meterpost_bus::frame::{Framing, Protocol, whole};
use robust::golden;

/// The places of a frame that no rule but the sum fixes: all but start marks, length and end mark.
fn free_places(protocol: Protocol, length: usize) -> Vec<usize> {
    let fixed: &[usize] = match protocol {
        Protocol::Dlt645 => &[0, 7, 9],
        Protocol::Cjt188 => &[0, 10],
        _ => &[0, 1, 2, 3, 4, 5],
    };
    (0..length - 1)
        .filter(|place| !fixed.contains(place))
        .collect()
}

/// Both of two bytes changed, in every way: how many such changes there are, and those that `accepts` lets pass.
fn double_changes(frame: &[u8], places: &[usize], accepts: impl Fn(&[u8]) -> bool) -> [usize; 2] {
    let (mut all, mut accepted) = (0, 0);
    let mut bytes = frame.to_vec();
    for (index, &one) in places.iter().enumerate() {
        for &other in &places[index + 1..] {
            for (first, second) in (1..=u8::MAX).flat_map(|a| (1..=u8::MAX).map(move |b| (a, b))) {
                bytes[one] = frame[one].wrapping_add(first);
                bytes[other] = frame[other].wrapping_add(second);
                all += 1;
                accepted += usize::from(accepts(&bytes));
            }
            bytes[one] = frame[one];
            bytes[other] = frame[other];
        }
    }
    [all, accepted]
}

/// The shortest frame of the collection.
fn shortest(protocol: Protocol) -> Vec<u8> {
    let frames = golden().into_iter().filter(|f| f.protocol == protocol);
    frames.map(|f| f.bytes).min_by_key(Vec::len).unwrap()
}

fn of_255_double_changes_one_is_not_seen<F: Framing>() {
    let frame = shortest(F::PROTOCOL);
    let places = free_places(F::PROTOCOL, frame.len());
    let [all, accepted] = double_changes(&frame, &places, |bytes| {
        whole::<F>(bytes).is_ok_and(|found| found.len() == bytes.len())
    });
    println!(
        "{}: {accepted} of {all} double changes of a frame of {} bytes keep its sum",
        F::PROTOCOL,
        frame.len()
    );
    assert_eq!(accepted * 255, all);
}

#[test]
fn of_255_double_changes_of_dlt645_one_is_not_seen() {
    of_255_double_changes_one_is_not_seen::<Dlt645>();
}

#[test]
fn of_255_double_changes_of_cjt188_one_is_not_seen() {
    of_255_double_changes_one_is_not_seen::<Cjt188>();
}

#[test]
fn of_255_double_changes_of_gdw376_one_is_not_seen() {
    of_255_double_changes_one_is_not_seen::<Gdw376>();
}

#[test]
fn what_the_sum_lets_pass_is_held_against_the_request() {
    // Reads the remaining amount; the answer says 123.45 in its last four data bytes.
    let request = hex::decode("681290785634126811043335C333F916").unwrap();
    let request = dlt645::Frame::parse(&request).unwrap();
    let frame = hex::decode("681290785634126891083335C33378563433B216").unwrap();
    let places = free_places(Protocol::Dlt645, frame.len());
    // Only changes that keep the sum, to spare the others' time: the sum byte follows, any other byte goes against.
    let sum = frame.len() - 2;
    let (mut sound, mut believed, mut elsewhere) = (0, 0, 0);
    for (index, &one) in places.iter().enumerate() {
        for &other in &places[index + 1..] {
            for change in 1..=u8::MAX {
                let mut bytes = frame.clone();
                bytes[one] = bytes[one].wrapping_add(change);
                let against = if other == sum {
                    change
                } else {
                    change.wrapping_neg()
                };
                bytes[other] = bytes[other].wrapping_add(against);
                sound += usize::from(whole::<Dlt645>(&bytes).is_ok());
                if answer::belongs(&request, &bytes) {
                    believed += 1;
                    elsewhere += usize::from(bytes[1..7] != frame[1..7]);
                }
            }
        }
    }
    println!("{sound} double changes keep the sum, {believed} of them still answer the request");
    assert_eq!(sound, places.len() * (places.len() - 1) / 2 * 255);
    assert_eq!(elsewhere, 0, "another meter's answer was taken");
    // Within the value, between value and sum, and the bits of the control byte that do not name the function.
    assert!(believed * 5 < sound, "{believed} of {sound}");
}
