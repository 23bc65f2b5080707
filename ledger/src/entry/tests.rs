use super::*;
use crate::account::Account;
use crate::books::testing::*;
use crate::event::*;
use crate::limits::Limits;
use crate::money::Money;
use crate::payment::{Means, PaymentEvidence, PaymentOutcome};
use proptest::prelude::*;

pub(crate) fn stamp(wall: u64) -> Stamp {
    Stamp {
        boot: BootId([0xb0; 16]),
        monotonic_ms: 1234,
        wall,
        quality: ClockQuality::Ntp,
    }
}

fn entry_of(event: Event) -> Entry {
    let amount = Money(-5);
    Entry {
        layout: Layout::Two,
        index: 3,
        stamp: stamp(1_790_000_000_000),
        event,
        postings: vec![Posting {
            account: Account::Owed,
            amount,
        }],
        totals: Balances([7, 0, -7, 0, 0, 0, 0, 0, 0, 0, 0].map(Money)),
    }
}

pub(crate) fn some_limits() -> Limits {
    Limits {
        per_sale: Some(Money(20_000)),
        per_card_day: None,
        since_contact_money: Some(Money(500_000)),
        since_contact_count: Some(100),
        since_contact_hours: None,
        day_offset_minutes: 480,
    }
}

/// One of each event, and of each kind within.
fn every_event() -> Vec<Event> {
    let mut events = whole_sale(1, "111", 5);
    events.extend([
        created(),
        Event::Started {
            software: "test 2".into(),
        },
        found(None, 5),
        returned(1),
        Event::NoteReturned {
            note: NoteId(2),
            reason: NoteReturn::PowerUp,
        },
        Event::NoteReturned {
            note: NoteId(2),
            reason: NoteReturn::NeverCredited,
        },
        doubt(1),
        doubt_ended(1),
        voided(1, 5),
        unknown(1, 5),
        claim(1, 2000),
        slip(1, Slip::Pending),
        slip_done(1, Slip::Claim, SlipOutcome::NotPrinted("no paper".into())),
        slip_done(1, Slip::Pending, SlipOutcome::Unknown("silent".into())),
        Event::DeviceChanged {
            device: "printer".into(),
            state: "out of paper \u{7eb8}".into(),
        },
        Event::CashBoxRemoved,
        Event::CashBoxReplaced,
        Event::BooksStated { digest: [1; 32] },
        Event::Contact {
            size: 3,
            witness: [2; 32],
        },
        Event::BulletinApplied {
            kind: "limits".into(),
            version: 4,
            digest: [3; 32],
            limits: Some(some_limits()),
        },
        Event::BulletinApplied {
            kind: "directory".into(),
            version: 5,
            digest: [3; 32],
            limits: None,
        },
        Event::KeyRotated {
            old: [4; 32],
            new: [5; 32],
            by_old: [6; 64],
            by_new: [7; 64],
        },
        Event::Collected {
            period: 1,
            by: "staff 7".into(),
            notes: vec![(Money(500), 2), (Money(1000), 1)],
        },
        Event::CollectionCounted {
            period: 1,
            counted: Money(1990),
            by: "office".into(),
        },
        Event::ClockStepped { before: 9, now: 8 },
        Event::CommandEnded {
            version: 7,
            outcome: CommandOutcome::Refused,
            words: "a sale is open".into(),
        },
        Event::SlipIntended {
            sale: SaleId(1),
            slip: Slip::Claim,
            copy: 2,
            amount: Some(Money(7000)),
        },
        Event::SaleOpened {
            sale: SaleId(1),
            meter: meter("1"),
            target: Money(5),
            before: purse(4),
            card: Some(CardRef("C-1".into())),
        },
    ]);
    for outcome in [
        StaffOutcome::Begun,
        StaffOutcome::Done,
        StaffOutcome::Refused,
        StaffOutcome::Failed,
        StaffOutcome::Unknown,
    ] {
        events.push(Event::StaffActed {
            who: "M-0007".into(),
            act: "test-printer".into(),
            outcome,
            words: "on line, closed, with paper".into(),
        });
    }
    for means in [wallet(), Means::Code] {
        events.push(asked(1, means.clone()));
        for outcome in [
            PaymentOutcome::Refused,
            PaymentOutcome::Returned,
            PaymentOutcome::Delivered,
        ] {
            events.push(ended(1, "111", means.clone(), outcome));
        }
    }
    for evidence in [PaymentEvidence::Server, PaymentEvidence::Offline] {
        let sale = SaleId(1);
        events.push(Event::PaymentTaken { sale, evidence });
    }
    events
}

#[test]
fn every_event_survives_and_has_its_number() {
    let mut codes = std::collections::BTreeSet::new();
    for event in every_event() {
        let mut writer = minicbor::Encoder::new(Vec::new());
        event_encode::event(&mut writer, &event).unwrap();
        let bytes = writer.into_writer();
        // Numbers from 24 on take a second byte.
        codes.insert(if bytes[1] == 0x18 { bytes[2] } else { bytes[1] });
        let entry = entry_of(event);
        let bytes = entry.encode().unwrap();
        assert_eq!(Entry::decode(&bytes), Ok(entry));
        assert!(Entry::event_code(&bytes).is_some_and(|code| codes.contains(&code)));
    }
    assert_eq!(codes.len(), 32, "every event has its own number");
}

#[test]
fn every_clock_quality_survives() {
    for quality in [
        ClockQuality::Unset,
        ClockQuality::Restored,
        ClockQuality::Rtc,
        ClockQuality::Ntp,
        ClockQuality::Server,
    ] {
        let mut entry = entry_of(Event::CashBoxRemoved);
        entry.stamp.quality = quality;
        assert_eq!(Entry::decode(&entry.encode().unwrap()), Ok(entry));
    }
}

/// Entries of the first layout stay readable, to the byte.
#[test]
fn the_first_layout_is_read_and_written_as_it_was() {
    let first = Entry {
        layout: Layout::One,
        ..entry_of(stacked(1, 2, 2000))
    };
    let bytes = first.encode().unwrap();
    assert_eq!(
        hex::encode(&bytes),
        "89010350b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b01904d21b000001a0c4506c0003850401021907d000818205248707002600000000"
    );
    assert_eq!(Entry::decode(&bytes), Ok(first.clone()));
    let mut beyond = first;
    beyond.totals.0[8] = Money(1);
    assert!(beyond.encode().is_err(), "it has no place for this account");
}

/// Every entry has one encoding: the newest layout where an account needs it, and only there.
#[test]
fn the_newest_layout_is_written_where_something_was_paid_without_cash() {
    let with = |wallets: i64| {
        let totals = Balances([7, 0, -7 - wallets, 0, 0, 0, 0, 0, 0, wallets, 0].map(Money));
        Entry::new(3, stamp(5), Event::CashBoxRemoved, Vec::new(), totals)
    };
    assert_eq!(with(0).layout, Layout::Two);
    let paid = with(9);
    assert_eq!(paid.layout, Layout::Three);
    assert_eq!(Entry::decode(&paid.encode().unwrap()), Ok(paid.clone()));
    let crowded = Entry {
        layout: Layout::Two,
        ..paid
    };
    assert!(
        crowded.encode().is_err(),
        "it has no place for this account"
    );
    let roomy = Entry {
        layout: Layout::Three,
        ..with(0)
    };
    assert!(roomy.encode().is_err(), "it does not need so many accounts");
}

/// Entries written today must be readable and hash the same for ever.
#[test]
fn the_bytes_are_frozen() {
    let bytes = entry_of(stacked(1, 2, 2000)).encode().unwrap();
    assert_eq!(
        hex::encode(bytes),
        concat!(
            "89",
            "02",
            "03",
            "50b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0",
            "1904d2",
            "1b000001a0c4506c00",
            "03",
            "850401021907d000",
            "81820524",
            "89070026000000000000"
        )
    );
}

#[test]
fn an_entry_that_is_too_long_is_refused_both_ways() {
    let long = entry_of(Event::Started {
        software: "x".repeat(MAX_ENTRY_BYTES),
    });
    assert!(matches!(long.encode(), Err(EntryError::TooLong(_))));
    assert_eq!(
        Entry::decode(&vec![0; MAX_ENTRY_BYTES + 1]),
        Err(DecodeError::TooLong(MAX_ENTRY_BYTES + 1))
    );
}

#[test]
fn what_is_not_canonical_is_refused() {
    let good = entry_of(Event::CashBoxRemoved).encode().unwrap();
    let replaced = |from: &[u8], to: &[u8]| {
        let at = good.windows(from.len()).position(|w| w == from).unwrap();
        [&good[..at], to, &good[at + from.len()..]].concat()
    };
    // The index in two bytes instead of one.
    let overlong = replaced(&[0x02, 0x03, 0x50], &[0x02, 0x18, 0x03, 0x50]);
    assert_eq!(Entry::decode(&overlong), Err(DecodeError::NotCanonical));
    // The event's array with a length that needs no extra byte, and with a wrong one.
    let overlong = replaced(&[0x81, 0x11], &[0x98, 0x01, 0x11]);
    assert_eq!(Entry::decode(&overlong), Err(DecodeError::NotCanonical));
    let wrong = replaced(&[0x81, 0x11], &[0x82, 0x11]);
    assert_eq!(Entry::decode(&wrong), Err(DecodeError::NotCanonical));
    let trailing = [&good[..], &[0]].concat();
    assert_eq!(Entry::decode(&trailing), Err(DecodeError::Trailing(1)));
    // An indefinite array around the postings.
    let indefinite = replaced(&[0x81, 0x82, 0x05, 0x24], &[0x9f, 0x82, 0x05, 0x24, 0xff]);
    assert!(matches!(
        Entry::decode(&indefinite),
        Err(DecodeError::Shape(_))
    ));
}

#[test]
fn a_newer_format_is_named() {
    let good = entry_of(Event::CashBoxRemoved).encode().unwrap();
    let mut newer = good.clone();
    newer[1] = 4;
    assert_eq!(Entry::decode(&newer), Err(DecodeError::Version(4)));
    let at = good.windows(2).position(|w| w == [0x81, 0x11]).unwrap();
    // Number 99, which takes a byte more.
    let unknown = [&good[..at], &[0x81, 0x18, 0x63], &good[at + 2..]].concat();
    assert_eq!(
        Entry::decode(&unknown),
        Err(DecodeError::Unknown {
            what: "event",
            code: 99
        })
    );
}

proptest! {
    #[test]
    fn any_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        if let Ok(entry) = Entry::decode(&bytes) {
            prop_assert_eq!(entry.encode().unwrap(), bytes);
        }
    }

    #[test]
    fn changed_bytes_never_mean_the_same_entry(
        which in any::<prop::sample::Index>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let entry = entry_of(which.get(&every_event()).clone());
        let good = entry.encode().unwrap();
        let mut bytes = good.clone();
        for (at, byte) in changes {
            *at.get_mut(&mut bytes) = byte;
        }
        if let Ok(read) = Entry::decode(&bytes) {
            prop_assert_eq!(read.encode().unwrap(), bytes.clone());
            prop_assert_eq!(read == entry, bytes == good);
        }
    }

    #[test]
    fn any_amounts_and_texts_survive(
        number in ".{0,30}", target in any::<i64>(), count in any::<u32>(),
        last in any::<Option<i64>>(), index in any::<u64>(), wall in any::<u64>(),
    ) {
        let entry = Entry {
            index,
            stamp: stamp(wall),
            ..entry_of(Event::SaleOpened {
                sale: SaleId(index),
                meter: meter(&number),
                target: Money(target),
                before: MeterPurse {
                    purchase_number: count,
                    balance: Money(target),
                    last_amount: last.map(Money),
                    cumulative: last.map(Money),
                },
                card: last.map(|_| CardRef(number.clone())),
            })
        };
        prop_assert_eq!(Entry::decode(&entry.encode().unwrap()), Ok(entry));
    }
}
