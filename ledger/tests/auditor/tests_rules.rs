//! What a thief with the true key could write.

use meterpost_ledger::{
    AccountRef, Entry, Event, Means, Money, NoteId, PaymentEvidence, PaymentOutcome,
};

use crate::day::Terminal;
use crate::forged::{self, Forged};
use crate::logs::{audit_known, known, plain};
use crate::paper::{audit, tool};

/// What a thief with the true key could write: every hash and signature fits, and the books do not.
#[test]
fn rules_that_a_properly_signed_log_breaks_are_named() {
    if !tool() {
        return;
    }
    let (terminal, _) = plain();
    let sound = Forged::of(&terminal);
    let known = known(&terminal);
    let find = |wanted: fn(&Event) -> bool| sound.find(wanted);
    let stacked = find(|event| matches!(event, Event::NoteStacked { .. }));
    let acknowledged = find(|event| matches!(event, Event::NoteAcknowledged));
    let applied = find(|event| matches!(event, Event::DeliveryApplied { .. }));
    let claimed = find(|event| matches!(event, Event::ClaimIssued { .. }));
    let counted = find(|event| matches!(event, Event::CollectionCounted { .. }));
    let rotated = find(|event| matches!(event, Event::KeyRotated { .. }));
    let asked = find(|event| matches!(event, Event::PaymentAsked { .. }));
    let taken = find(|event| matches!(event, Event::PaymentTaken { .. }));
    let ended = find(|event| matches!(event, Event::PaymentEnded { .. }));
    let by_code = find(|event| {
        let code = Means::Code;
        matches!(event, Event::PaymentAsked { means, .. } if *means == code)
    });
    type Change = fn(&mut Entry);
    let changes: [(usize, Change, &str); 17] = [
        (
            asked,
            |entry| {
                if let Event::PaymentAsked { means, .. } = &mut entry.event {
                    *means = Means::Wallet(AccountRef("a b".into()));
                }
            },
            "the account's number is malformed",
        ),
        (
            asked,
            |entry| {
                if let Event::PaymentAsked { amount, .. } = &mut entry.event {
                    *amount = Money(1);
                }
            },
            "not for the sale's target",
        ),
        (
            taken,
            |entry| {
                if let Event::PaymentTaken { sale, .. } = &mut entry.event {
                    sale.0 -= 1;
                }
            },
            "is closed",
        ),
        (
            ended,
            |entry| {
                if let Event::PaymentEnded { meter, .. } = &mut entry.event {
                    meter.push('1');
                }
            },
            "it is not what was asked for",
        ),
        (
            ended,
            |entry| {
                if let Event::PaymentEnded { outcome, .. } = &mut entry.event {
                    *outcome = PaymentOutcome::Returned;
                }
            },
            "the payment does not end so",
        ),
        (
            taken,
            |entry| {
                if let Event::PaymentTaken { sale, .. } = entry.event {
                    entry.event = Event::SaleClosed { sale };
                }
            },
            "its payment is still open",
        ),
        (
            taken,
            |entry| {
                if let Event::PaymentTaken { sale, .. } = entry.event {
                    entry.event = Event::NoteOffered {
                        sale,
                        note: NoteId(1),
                        value: Money(1_000),
                    };
                }
            },
            "the sale is paid without cash",
        ),
        (
            taken + 1,
            |entry| {
                if let Event::DeliveryIntended { sale, amount, .. } = entry.event {
                    let reason = "to be paid out".into();
                    entry.event = Event::ClaimIssued {
                        sale,
                        amount,
                        reason,
                    };
                }
            },
            "a wallet's money is never owed on paper",
        ),
        (
            by_code + 1,
            |entry| {
                if let Event::PaymentTaken { evidence, .. } = &mut entry.event {
                    *evidence = PaymentEvidence::Offline;
                }
            },
            "a code is never trusted offline",
        ),
        (
            stacked,
            |entry| entry.postings[0].amount = Money(1),
            "its postings are not those that its event makes",
        ),
        (
            stacked,
            |entry| entry.totals.0[0] = Money(1),
            "its totals are not what the entries so far add up to",
        ),
        (
            acknowledged,
            |entry| {
                entry.event = Event::LogCreated {
                    software: "x".into(),
                }
            },
            "a log is created once",
        ),
        (
            acknowledged,
            |entry| entry.stamp.wall = 5,
            "its wall clock is below the entry before",
        ),
        (
            applied,
            |entry| {
                if let Event::DeliveryApplied { number, .. } = &mut entry.event {
                    *number += 1;
                }
            },
            "is not open",
        ),
        (
            claimed,
            |entry| {
                if let Event::ClaimIssued { amount, .. } = &mut entry.event {
                    *amount = Money(1_000_000);
                }
            },
            "can give",
        ),
        (
            counted,
            |entry| {
                if let Event::CollectionCounted { period, .. } = &mut entry.event {
                    *period += 1;
                }
            },
            "is counted already, or never was",
        ),
        (
            rotated,
            |entry| {
                if let Event::KeyRotated { by_new, .. } = &mut entry.event {
                    by_new[3] ^= 1;
                }
            },
            "the new key did not sign the rotation",
        ),
    ];
    for (index, change, why) in changes {
        let mut forged = sound.clone();
        forged.change(index, change);
        let found = audit_known(&forged.write_signed(2), &known);
        found.refused(&format!("entry {index}: "));
        found.refused(why);
    }
}

/// A thief with both keys writes a rotation that the library does not make.
#[test]
fn a_key_that_was_replaced_never_comes_back() {
    let mut terminal = Terminal::new();
    terminal.rotate(1, 2).unwrap();
    terminal.rotate(2, 3).unwrap();
    for earlier in [1, 2] {
        let refused = terminal.rotate(3, earlier).unwrap_err();
        assert!(refused.to_string().contains("key"), "{refused}");
    }
    if !tool() {
        return;
    }
    let key = terminal.first_key().to_string();
    let sound = Forged::of(&terminal);
    assert!(audit("export", &sound.write_signed(3), &["--key", &key]).sound);
    let mut forged = sound.clone();
    forged.change(2, |entry| entry.event = forged::rotated(2, 1));
    let directory = forged.write_signed(1);
    audit("export", &directory, &["--key", &key]).refused("a key never comes back");
}
