//! The talk with cards that answer anything.

use meterpost_ledger::ClockQuality;
use proptest::prelude::*;
use rcgen::{BasicConstraints, CertificateParams, IsCa, KeyPair};

use super::*;
use crate::device::card::StaffRole;
use crate::device::card::piv::manage::{self, Cipher, ManagementKey};

const NOW: CardTime = CardTime {
    wall: 1_795_000_000_000,
    quality: ClockQuality::Ntp,
    logged: 0,
};

/// Answers from a list, over and over.
struct Random {
    answers: Vec<Vec<u8>>,
    heard: usize,
}

impl Wire for Random {
    fn transmit(&mut self, _: &[u8]) -> Result<Vec<u8>, WireError> {
        let answer = &self.answers[self.heard % self.answers.len()];
        self.heard += 1;
        Ok(answer.clone())
    }
}

fn judge() -> Judge {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    let key = KeyPair::generate().unwrap();
    let pem = params.self_signed(&key).unwrap().pem();
    Judge {
        authority: Authority::from_pem(pem.as_bytes()).unwrap(),
        tenant: "east-district".to_owned(),
    }
}

fn no_surprise(bytes: &mut [u8]) -> Result<(), String> {
    bytes.fill(7);
    Ok(())
}

/// Bytes that look like a card's: a good status, more to come, a template, an object, or nothing of that.
fn answer() -> impl Strategy<Value = Vec<u8>> {
    let status = prop_oneof![
        4 => Just(vec![0x90, 0x00]),
        2 => any::<u8>().prop_map(|low| vec![0x61, low]),
        1 => any::<u8>().prop_map(|low| vec![0x6C, low]),
        1 => any::<u8>().prop_map(|low| vec![0x63, low]),
        1 => any::<[u8; 2]>().prop_map(|both| both.to_vec()),
        1 => Just(Vec::new()),
    ];
    let head = prop_oneof![
        Just(vec![]),
        Just(vec![0x53, 0x82]),
        Just(vec![0x53, 0x10, 0x70, 0x0E]),
        Just(vec![0x53, 0x20, 0x71, 0x01, 0x01, 0x70]),
        Just(vec![0x7C, 0x40, 0x82]),
        Just(vec![0x7F, 0x49, 0x43, 0x86, 0x41, 0x04]),
    ];
    let body = prop::collection::vec(any::<u8>(), 0..260);
    (head, body, status).prop_map(|(head, body, status)| [head, body, status].concat())
}

proptest! {
    #[test]
    fn a_random_card_is_refused_after_a_bounded_talk(answers in prop::collection::vec(answer(), 1..20)) {
        let mut card = Random { answers, heard: 0 };
        let shown = judge().identify(&mut card, &NOW, &mut no_surprise);
        prop_assert!(shown.is_err());
        prop_assert!(card.heard <= 3 * 66);
    }

    #[test]
    fn a_random_card_never_makes_a_pin_right(answers in prop::collection::vec(answer(), 1..20)) {
        let shown = ShownCard { number: "S-0001".to_owned(), kind: CardKind::Staff(StaffRole::Clerk) };
        let mut card = Random { answers, heard: 0 };
        let pin = Zeroizing::new("123456".to_owned());
        let outcome = judge().verify_pin(&mut card, &shown, &pin, &NOW, &mut no_surprise);
        prop_assert_ne!(outcome, PinOutcome::Right);
        prop_assert!(card.heard <= 3 * 66);
    }

    #[test]
    fn a_random_card_does_not_pass_for_one_that_knows_the_management_key(answers in prop::collection::vec(answer(), 1..20)) {
        for cipher in Cipher::ALL {
            let key = Zeroizing::new(vec![9; cipher.key_length()]);
            let key = ManagementKey::new(cipher, key).unwrap();
            let mut card = Random { answers: answers.clone(), heard: 0 };
            prop_assert!(!matches!(manage::authenticate(&mut card, &key, &mut no_surprise), Ok(true)));
            let _ = manage::generate(&mut card, Slot::Authentication);
        }
    }
}
