use std::sync::LazyLock;

use meterpost_signing::{KeyName, KeyStore, LogOrigin, TenantId, TerminalId, VerifierKey};
use proptest::prelude::*;

use super::*;
use crate::books::testing::created;
use crate::books::{Books, BooksError};
use crate::entry::{BootId, ClockQuality, DecodeError};
use crate::money::Money;
use crate::store::testing::Place;

const DAY: u64 = 86_400_000;
const NOON: u64 = 1_790_000_000_000;

static SERVER: LazyLock<Box<KeyStore>> = LazyLock::new(|| Place::new(77).key());

fn server() -> &'static KeyStore {
    &SERVER
}

fn server_name() -> KeyName {
    KeyName::new("meterpost/test/server").unwrap()
}

fn server_key() -> VerifierKey {
    VerifierKey::new(server_name(), server().public_key())
}

fn here() -> LogOrigin {
    LogOrigin::parse("meterpost/test/k1/1").unwrap()
}

fn stamp(wall: u64) -> Stamp {
    Stamp {
        boot: BootId([1; 16]),
        monotonic_ms: 1,
        wall,
        quality: ClockQuality::Ntp,
    }
}

fn limits(per_sale: i64) -> BulletinContent {
    BulletinContent::Limits(Limits {
        per_sale: Some(Money(per_sale)),
        since_contact_hours: Some(72),
        day_offset_minutes: 480,
        ..Limits::default()
    })
}

fn bulletin(version: u64) -> Bulletin {
    Bulletin {
        addressee: Addressee {
            tenant: TenantId::new("test").unwrap(),
            terminal: Some(TerminalId::new("k1").unwrap()),
        },
        version,
        validity: Validity {
            from: NOON,
            until: NOON + DAY,
        },
        content: limits(5_000),
    }
}

fn signed(bulletin: &Bulletin) -> Vec<u8> {
    bulletin.sign(&server_name(), server()).unwrap()
}

fn accepted(bytes: &[u8], books: &Books, wall: u64) -> Result<AcceptedBulletin, BulletinError> {
    accept(bytes, &server_key(), &here(), books, &stamp(wall))
}

/// What a terminal says to a bulletin when nothing is in force.
fn answer(bulletin: &Bulletin) -> Result<AcceptedBulletin, BulletinError> {
    accepted(&signed(bulletin), &Books::new(), NOON)
}

fn books_with(events: &[Event], wall: u64) -> Books {
    let mut books = Books::new();
    for event in events {
        books.pass(&stamp(wall));
        books.apply(event).unwrap();
    }
    books
}

#[test]
fn what_the_server_signed_comes_out_whole() {
    let sent = bulletin(3);
    let got = answer(&sent).unwrap();
    assert_eq!(*got.bulletin(), sent);
    assert_eq!(got.bytes(), signed(&sent));
}

#[test]
fn a_bulletin_for_all_of_the_operators_terminals_is_for_this_one() {
    let mut all = bulletin(1);
    all.addressee.terminal = None;
    assert!(answer(&all).is_ok());
}

#[test]
fn a_bulletin_for_another_terminal_is_refused() {
    let mut other = bulletin(1);
    other.addressee.terminal = Some(TerminalId::new("k2").unwrap());
    assert_eq!(answer(&other), Err(BulletinError::OtherTerminal));
}

#[test]
fn a_bulletin_for_another_operator_is_refused() {
    let mut other = bulletin(1);
    other.addressee.tenant = TenantId::new("elsewhere").unwrap();
    assert_eq!(answer(&other), Err(BulletinError::OtherTerminal));
    other.addressee.terminal = None;
    assert_eq!(answer(&other), Err(BulletinError::OtherTerminal));
}

#[test]
fn a_bulletin_of_another_key_is_refused() {
    let other = Place::new(78).key();
    let bytes = bulletin(1).sign(&server_name(), &*other).unwrap();
    let answer = accepted(&bytes, &Books::new(), NOON);
    assert!(matches!(answer, Err(BulletinError::Signature(_))));
}

#[test]
fn a_bulletin_signed_in_another_name_is_refused() {
    let name = KeyName::new("meterpost/elsewhere/server").unwrap();
    let bytes = bulletin(1).sign(&name, server()).unwrap();
    let answer = accepted(&bytes, &Books::new(), NOON);
    assert!(matches!(answer, Err(BulletinError::Signature(_))));
}

#[test]
fn the_version_in_force_and_older_ones_are_refused() {
    let applied = answer(&bulletin(5)).unwrap().event();
    let books = books_with(&[created(), applied], NOON);
    for version in [1, 4, 5] {
        let answer = accepted(&signed(&bulletin(version)), &books, NOON);
        let older = BulletinError::NotNewer {
            version,
            in_force: 5,
        };
        assert_eq!(answer, Err(older));
    }
    assert!(accepted(&signed(&bulletin(6)), &books, NOON).is_ok());
}

#[test]
fn each_kind_counts_its_own_versions() {
    let applied = answer(&bulletin(5)).unwrap().event();
    let books = books_with(&[created(), applied], NOON);
    let mut directory = bulletin(1);
    directory.content = BulletinContent::Other {
        kind: "directory".into(),
        bytes: b"accounts".to_vec(),
    };
    assert!(accepted(&signed(&directory), &books, NOON).is_ok());
}

#[test]
fn a_bulletin_is_good_from_its_first_instant_to_before_its_last() {
    let bytes = signed(&bulletin(1));
    let at = |wall| accepted(&bytes, &Books::new(), wall).map(|_| ());
    assert_eq!(at(NOON - 1), Err(BulletinError::NotYetValid));
    assert_eq!(at(NOON), Ok(()));
    assert_eq!(at(NOON + DAY - 1), Ok(()));
    assert_eq!(at(NOON + DAY), Err(BulletinError::Expired));
}

#[test]
fn a_clock_that_was_set_back_does_not_revive_an_expired_bulletin() {
    let bytes = signed(&bulletin(1));
    let books = books_with(&[created()], NOON + DAY);
    assert_eq!(
        accepted(&bytes, &books, NOON),
        Err(BulletinError::Expired),
        "the log knows that it is later"
    );
}

#[test]
fn a_clock_in_1970_takes_no_bulletin() {
    let bytes = signed(&bulletin(1));
    assert_eq!(
        accepted(&bytes, &Books::new(), 0),
        Err(BulletinError::NotYetValid)
    );
}

#[test]
fn a_bulletin_longer_than_any_may_be_is_not_even_read() {
    let bytes = vec![0; MAX_BULLETIN_BYTES + 1];
    assert_eq!(
        accepted(&bytes, &Books::new(), NOON),
        Err(BulletinError::TooLarge)
    );
    let mut large = bulletin(1);
    large.content = BulletinContent::Other {
        kind: "directory".into(),
        bytes: vec![0; MAX_BULLETIN_BYTES],
    };
    assert_eq!(
        large.sign(&server_name(), server()),
        Err(BulletinError::TooLarge)
    );
}

#[test]
fn what_makes_no_sense_is_not_signed() {
    let refused = |change: &dyn Fn(&mut Bulletin)| {
        let mut bulletin = bulletin(1);
        change(&mut bulletin);
        bulletin.sign(&server_name(), server()).unwrap_err()
    };
    let other = |kind: &str| BulletinContent::Other {
        kind: kind.into(),
        bytes: Vec::new(),
    };
    assert_eq!(refused(&|b| b.version = 0), BulletinError::Version);
    assert_eq!(refused(&|b| b.version = 1 << 63), BulletinError::Version);
    assert_eq!(
        refused(&|b| b.validity.until = b.validity.from),
        BulletinError::NeverValid
    );
    let long = "k".repeat(33);
    for kind in ["", "Limits", "a kind", "limits", long.as_str()] {
        assert_eq!(
            refused(&|b| b.content = other(kind)),
            BulletinError::Kind,
            "{kind}"
        );
    }
}

#[test]
fn another_spelling_of_a_signed_bulletin_is_refused() {
    let bytes = signed(&bulletin(1));
    // The outer array's length in two bytes instead of one.
    let mut longer = vec![0x98, 2];
    longer.extend_from_slice(&bytes[1..]);
    assert_eq!(
        accepted(&longer, &Books::new(), NOON),
        Err(DecodeError::NotCanonical.into())
    );
    let mut trailing = bytes;
    trailing.push(0);
    assert_eq!(
        accepted(&trailing, &Books::new(), NOON),
        Err(DecodeError::NotCanonical.into())
    );
}

#[test]
fn a_newer_format_says_that_the_terminal_needs_an_update() {
    let payload = [0x81, 0x02];
    let signature = SignedStatement::sign(&Signed(&payload), &server_name(), server()).unwrap();
    let bytes = encoding::envelope(&payload, &signature.signature).unwrap();
    assert_eq!(
        accepted(&bytes, &Books::new(), NOON),
        Err(BulletinError::Format(2))
    );
}

#[test]
fn an_applied_bulletin_is_an_entry_with_its_bytes_beside_it_and_its_limits_in_force() {
    let place = Place::new(1);
    let mut ledger = place.create();
    let accepted = accepted(&signed(&bulletin(2)), ledger.books(), NOON).unwrap();
    ledger.apply_bulletin(&stamp(NOON), &accepted).unwrap();
    drop(ledger);
    let (mut ledger, _) = place.open().unwrap();
    assert_eq!(ledger.books().bulletin_version("limits"), Some(2));
    assert_eq!(
        ledger.books().limits().unwrap().per_sale,
        Some(Money(5_000))
    );
    assert_eq!(
        ledger.bulletin("limits").unwrap().as_deref(),
        Some(accepted.bytes())
    );
    let again = ledger.apply_bulletin(&stamp(NOON), &accepted);
    assert!(again.is_err(), "once is enough");
    // A sale above the limit is refused in its own transaction.
    let mut books = ledger.books().clone();
    assert!(matches!(
        books.allows_sale(Money(5_001), None),
        Err(crate::limits::LimitHit::PerSale { .. })
    ));
    assert!(matches!(
        books.apply(&accepted.event()),
        Err(BooksError::BulletinOlder { .. })
    ));
}

#[test]
fn every_flipped_bit_of_a_bulletin_is_seen() {
    let bytes = signed(&bulletin(1));
    for bit in 0..bytes.len() * 8 {
        let mut flipped = bytes.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        assert!(
            accepted(&flipped, &Books::new(), NOON).is_err(),
            "bit {bit}"
        );
    }
}

proptest! {
    #[test]
    fn any_bytes_are_refused(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(accepted(&bytes, &Books::new(), NOON).is_err());
    }

    /// Also where the server itself signs nonsense.
    #[test]
    fn any_signed_bytes_are_refused_or_read_back_the_same(
        payload in proptest::collection::vec(any::<u8>(), 0..200),
    ) {
        if let Ok(read) = encoding::read_payload(&payload) {
            prop_assert_eq!(encoding::payload(&read).unwrap(), payload);
        }
    }

    #[test]
    fn every_bulletin_is_read_as_it_was_written(
        version in 1..=i64::MAX as u64,
        from in any::<u32>(),
        length in 1..u64::from(u32::MAX),
        everyone in any::<bool>(),
        kind in "[a-z-]{1,32}",
        bytes in proptest::collection::vec(any::<u8>(), 0..100),
        per_sale in proptest::option::of(any::<i64>()),
        offset in any::<i16>(),
    ) {
        let mut one = bulletin(version);
        one.validity = Validity { from: from.into(), until: u64::from(from) + length };
        if everyone {
            one.addressee.terminal = None;
        }
        one.content = match kind == LIMITS_KIND || bytes.len() % 2 == 0 {
            true => BulletinContent::Limits(Limits {
                per_sale: per_sale.map(Money),
                day_offset_minutes: offset,
                ..Limits::default()
            }),
            false => BulletinContent::Other { kind, bytes },
        };
        let read = accepted(&signed(&one), &Books::new(), from.into()).unwrap();
        prop_assert_eq!(read.bulletin(), &one);
    }
}
