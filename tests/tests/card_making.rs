//! What a desk puts on a card, cut off at every command, without a reader in between.

use meterpost_kiosk::desk::personalise::{
    MakeError, complete, make_keys, must_be_right, open, secure, slots,
};
use meterpost_kiosk::desk::secrets::DeskSecret;
use meterpost_kiosk::device::card::apdu::{Wire, WireError};
use meterpost_kiosk::device::card::certificate::Authority;
use meterpost_kiosk::device::card::session::Judge;
use meterpost_kiosk::device::card::{CardKind, CardTime, PinOutcome, ShownCard, StaffRole};
use meterpost_ledger::ClockQuality;
use meterpost_tests::card::{CardAuthority, CardFault, Holder, PivCard};
use tempfile::TempDir;
use zeroize::Zeroizing;

const NOW: CardTime = CardTime {
    wall: 1_795_000_000_000,
    quality: ClockQuality::Ntp,
    logged: 0,
};

/// The card without a reader.
struct Direct<'c>(&'c mut PivCard);

impl Wire for Direct<'_> {
    fn transmit(&mut self, apdu: &[u8]) -> Result<Vec<u8>, WireError> {
        self.0.answer(apdu).ok_or(WireError::Pulled)
    }
}

fn random(bytes: &mut [u8]) -> Result<(), String> {
    getrandom::fill(bytes).map_err(|why| why.to_string())
}

struct Desk {
    authority: CardAuthority,
    judge: Judge,
    secret: DeskSecret,
    _folder: TempDir,
}

impl Desk {
    fn new() -> Desk {
        let authority = CardAuthority::new("East District cards");
        let folder = tempfile::tempdir().unwrap();
        Desk {
            judge: Judge {
                authority: Authority::from_pem(authority.pem().as_bytes()).unwrap(),
                tenant: "east-district".to_owned(),
            },
            secret: DeskSecret::open_or_make(folder.path(), &mut random).unwrap(),
            authority,
            _folder: folder,
        }
    }

    /// As the program does it; the PIN.
    fn make(
        &self,
        card: &mut PivCard,
        holder: &Holder,
        kind: CardKind,
    ) -> Result<Zeroizing<String>, MakeError> {
        card.reset();
        let mut wire = Direct(card);
        let opened = open(&mut wire, &self.secret, &mut random)?;
        let pin = secure(&mut wire, &opened, &self.secret, &mut random)?;
        let keys = make_keys(&mut wire, kind)?;
        let certificates: Vec<Vec<u8>> = slots(kind)
            .iter()
            .zip(&keys)
            .map(|(slot, point)| self.authority.certify(holder, slot.key(), point))
            .collect();
        complete(&mut wire, kind, &certificates, &mut random)?;
        let shown = self.judge.identify(&mut wire, &NOW, &mut random)?;
        assert_eq!(shown.number, holder.number);
        if kind != CardKind::Resident {
            let outcome = self
                .judge
                .verify_pin(&mut wire, &shown, &pin, &NOW, &mut random);
            must_be_right(outcome)?;
        }
        Ok(pin)
    }

    /// What a kiosk says to it.
    fn shown(&self, card: &mut PivCard) -> ShownCard {
        card.reset();
        let shown = self.judge.identify(&mut Direct(card), &NOW, &mut random);
        shown.unwrap()
    }
}

fn staff() -> (Holder, CardKind) {
    let kind = CardKind::Staff(StaffRole::Maintenance);
    (Holder::staff("S-000001", "maintenance"), kind)
}

#[test]
fn a_blank_card_becomes_a_staff_card_that_only_its_pin_opens() {
    let desk = Desk::new();
    let (holder, kind) = staff();
    let mut card = PivCard::blank();
    let pin = desk.make(&mut card, &holder, kind).unwrap();
    assert!(!card.has_factory_management_key());
    let shown = desk.shown(&mut card);
    assert_eq!(shown.kind, kind);
    let mut verify = |pin: &str| {
        let pin = Zeroizing::new(pin.to_owned());
        desk.judge
            .verify_pin(&mut Direct(&mut card), &shown, &pin, &NOW, &mut random)
    };
    assert_eq!(
        verify("123456"),
        PinOutcome::Wrong { tries_left: 2 },
        "the factory's"
    );
    assert_eq!(verify(&pin), PinOutcome::Right);
}

/// Makes a card that is pulled at each command in turn, and then once more; how many commands there are.
fn cut_everywhere(fault: impl Fn(u32) -> CardFault) -> u32 {
    let desk = Desk::new();
    let (holder, kind) = staff();
    for at in 1.. {
        let mut card = PivCard::blank();
        card.fault(fault(at));
        let first = desk.make(&mut card, &holder, kind);
        card.fault(CardFault::None);
        if first.is_ok() {
            return at - 1;
        }
        assert!(
            matches!(first, Err(MakeError::BrokenOff(_))),
            "at {at}: {first:?}"
        );
        let again = desk.make(&mut card, &holder, kind);
        assert!(again.is_ok(), "cut at command {at}: {again:?}");
        assert_eq!(desk.shown(&mut card).number, holder.number);
    }
    unreachable!("a card is made in fewer commands than there are numbers")
}

#[test]
fn a_card_cut_off_at_any_command_is_finished_by_the_next_attempt() {
    let before = cut_everywhere(CardFault::PulledAt);
    let after = cut_everywhere(CardFault::AnswerLostAt);
    println!("cut before and after each of {before} commands");
    assert!(before > 20 && before == after);
}

#[test]
fn a_card_that_came_back_is_made_anew_for_somebody_else() {
    let desk = Desk::new();
    let (holder, kind) = staff();
    let mut card = PivCard::blank();
    desk.make(&mut card, &holder, kind).unwrap();
    let resident = Holder::resident("C-000002");
    desk.make(&mut card, &resident, CardKind::Resident).unwrap();
    let shown = desk.shown(&mut card);
    assert_eq!(
        (shown.number.as_str(), shown.kind),
        ("C-000002", CardKind::Resident)
    );
    assert!(
        !card.holds_object(0x05),
        "nothing is left of the staff card"
    );
}

#[test]
fn a_card_of_another_desk_a_used_one_and_one_that_keeps_its_key_are_left_alone() {
    let desk = Desk::new();
    let (holder, kind) = staff();
    let mut others = PivCard::blank();
    Desk::new().make(&mut others, &holder, kind).unwrap();
    let used = CardAuthority::new("somebody").issue(&Holder::resident("C-0042"));
    let mut stubborn = PivCard::blank();
    stubborn.sets_management_key = false;
    for mut card in [others, used, stubborn, PivCard::foreign()] {
        let made = desk.make(&mut card, &holder, kind);
        assert!(matches!(made, Err(MakeError::Unsuited(_))), "{made:?}");
        assert_eq!(card.pin_tries(), 3);
    }
}
