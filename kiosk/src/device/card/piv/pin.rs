//! The PIN, counted on the card (SP 800-73-4 part 2, 3.2.1 to 3.2.3, and 2.4.3).

use zeroize::Zeroizing;

use super::super::apdu::{Status, Wire, exchange};
use super::{PivError, command};

const VERIFY: u8 = 0x20;
const CHANGE_REFERENCE_DATA: u8 = 0x24;
const RESET_RETRY_COUNTER: u8 = 0x2C;
/// The application's PIN.
const PIN: u8 = 0x80;
/// The code that unblocks it.
const PUK: u8 = 0x81;
/// A PIN is padded with these to eight bytes.
const PAD: u8 = 0xFF;

/// A PIN as the card compares it: 6 to 8 digits, padded.
#[derive(Clone, PartialEq, Eq)]
pub struct Pin(Zeroizing<[u8; 8]>);

impl Pin {
    /// From what somebody typed; `None` if it cannot be a PIN, so that no try is spent on it.
    pub fn new(typed: &str) -> Option<Pin> {
        let digits = typed.as_bytes();
        if !(6..=8).contains(&digits.len()) || !digits.iter().all(u8::is_ascii_digit) {
            return None;
        }
        let mut padded = Zeroizing::new([PAD; 8]);
        padded[..digits.len()].copy_from_slice(digits);
        Some(Pin(padded))
    }
}

/// The code that unblocks a PIN: eight bytes of any value.
#[derive(Clone, PartialEq, Eq)]
pub struct Puk(pub Zeroizing<[u8; 8]>);

impl std::fmt::Debug for Pin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Pin")
    }
}

impl std::fmt::Debug for Puk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Puk")
    }
}

/// What the card says to a PIN.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PinAnswer {
    /// It is right.
    Right,
    /// It is wrong; so many tries are left.
    Wrong(u8),
    /// No try is left.
    Blocked,
    /// Not over this reader: the card takes its PIN over contacts only.
    NotHere,
}

/// Shows the PIN to the card. It spends a try if it is wrong.
///
/// # Errors
/// When the card does not answer, or says something that is no answer to a PIN.
pub fn verify(wire: &mut impl Wire, pin: &Pin) -> Result<PinAnswer, PivError> {
    let verify = command(VERIFY, 0x00, PIN, pin.0.to_vec(), false);
    answer(exchange(wire, &verify)?.status, "check the PIN")
}

/// Changes the code that unblocks the PIN; the old one counts as a try.
///
/// # Errors
/// As [`verify`].
pub fn change_puk(wire: &mut impl Wire, old: &Puk, new: &Puk) -> Result<PinAnswer, PivError> {
    let data = [&old.0[..], &new.0[..]].concat();
    let change = command(CHANGE_REFERENCE_DATA, 0x00, PUK, data, false);
    answer(
        exchange(wire, &change)?.status,
        "change the unblocking code",
    )
}

/// Sets a new PIN, and its tries anew, with the code that unblocks it; the code counts as a try of its own.
///
/// # Errors
/// As [`verify`].
pub fn unblock(wire: &mut impl Wire, puk: &Puk, new: &Pin) -> Result<PinAnswer, PivError> {
    let data = [&puk.0[..], &new.0[..]].concat();
    let unblock = command(RESET_RETRY_COUNTER, 0x00, PIN, data, false);
    answer(exchange(wire, &unblock)?.status, "take a new PIN")
}

fn answer(status: Status, what: &'static str) -> Result<PinAnswer, PivError> {
    match (status, status.tries_left()) {
        (Status::OK, _) => Ok(PinAnswer::Right),
        (Status::BLOCKED, _) | (_, Some(0)) => Ok(PinAnswer::Blocked),
        (_, Some(left)) => Ok(PinAnswer::Wrong(left)),
        (Status(0x6982 | 0x6985 | 0x6A81), _) => Ok(PinAnswer::NotHere),
        (status, None) => Err(PivError::Refused { what, status }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_a_pin_is_not_shown_to_the_card() {
        for typed in [
            "",
            "12345",
            "123456789",
            "12345a",
            "１２３４５６",
            "123 456",
        ] {
            assert_eq!(Pin::new(typed), None, "{typed:?}");
        }
        let pin = Pin::new("123456").unwrap();
        assert_eq!(*pin.0, [0x31, 0x32, 0x33, 0x34, 0x35, 0x36, 0xFF, 0xFF]);
        assert!(Pin::new("12345678").is_some());
    }

    #[test]
    fn each_status_means_what_the_standard_says() {
        let said = |status| answer(Status(status), "check the PIN").ok();
        assert_eq!(said(0x9000), Some(PinAnswer::Right));
        assert_eq!(said(0x63C2), Some(PinAnswer::Wrong(2)));
        assert_eq!(said(0x63C0), Some(PinAnswer::Blocked));
        assert_eq!(said(0x6983), Some(PinAnswer::Blocked));
        assert_eq!(said(0x6982), Some(PinAnswer::NotHere));
        assert_eq!(said(0x6700), None);
        assert_eq!(said(0x6100), None);
    }
}
