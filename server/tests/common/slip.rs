//! Slips of a real ledger, and the text of their codes taken apart.

use meterpost_ledger::{
    CardRef, Event, Ledger, MeterPurse, MeterRef, Money, NoteEvidence, SaleId, Slip,
};

use super::terminal::stamp;

pub const METER: &str = "260305510012";
pub const CARD: &str = "CARD-77123";

fn purse(purchase_number: u32) -> MeterPurse {
    MeterPurse {
        purchase_number,
        balance: Money(73_219),
        last_amount: None,
        cumulative: None,
    }
}

fn write(ledger: &mut Ledger, events: impl IntoIterator<Item = Event>) {
    for event in events {
        ledger.commit(&stamp(), &[event]).expect("an entry");
    }
}

/// A resident puts a note in.
fn pays(ledger: &mut Ledger, amount: Money) -> SaleId {
    let sale = ledger.books().next_sale();
    let note = ledger.books().next_note();
    let events = [
        Event::SaleOpened {
            sale,
            meter: MeterRef {
                number: METER.into(),
                utility: "water".into(),
                profile: "p".into(),
            },
            target: amount,
            before: purse(4),
            card: Some(CardRef(CARD.into())),
        },
        Event::NoteOffered {
            sale,
            note,
            value: amount,
        },
        Event::NoteStacked {
            sale: Some(sale),
            note: Some(note),
            value: amount,
            evidence: NoteEvidence::Credit,
        },
        Event::NoteAcknowledged,
    ];
    write(ledger, events);
    sale
}

/// A resident tops up; the entry that the receipt proves.
pub fn sells(ledger: &mut Ledger, amount: i64) -> u64 {
    let amount = Money(amount);
    let sale = pays(ledger, amount);
    let intended = Event::DeliveryIntended {
        sale,
        number: 5,
        amount,
        before: purse(4),
    };
    write(ledger, [intended]);
    let entry = ledger.size();
    let applied = Event::DeliveryApplied {
        sale,
        number: 5,
        after: purse(5),
    };
    write(ledger, [applied, Event::SaleClosed { sale }]);
    entry
}

/// A resident's meter cannot be reached; the entry that the claim proves.
pub fn owes(ledger: &mut Ledger, amount: i64) -> u64 {
    let amount = Money(amount);
    let sale = pays(ledger, amount);
    let reason = "no answer".to_owned();
    write(
        ledger,
        [Event::ClaimIssued {
            sale,
            amount,
            reason,
        }],
    );
    let entry = ledger.size();
    let claim = Event::SlipIntended {
        sale,
        slip: Slip::Claim,
        copy: 0,
        amount: Some(amount),
    };
    write(ledger, [claim]);
    entry
}

/// The text of a slip's code, as the terminal prints it.
pub fn code(ledger: &Ledger, entry: u64) -> String {
    let proof = ledger.prove(entry).expect("a proof");
    proof.to_qr_text(ledger.vkey(), &[]).expect("a code")
}

/// Base45 (RFC 9285), written apart from the ledger's.
const LETTERS: &[u8; 45] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";

pub fn decoded(code: &str) -> Vec<u8> {
    let place = |letter: u8| LETTERS.iter().position(|l| *l == letter).expect("Base45");
    let letters = code.strip_prefix("MP1:").expect("a code").as_bytes();
    let mut bytes = Vec::new();
    for group in letters.chunks(3) {
        let number = group.iter().rev().fold(0, |sum, l| sum * 45 + place(*l));
        if group.len() == 3 {
            bytes.push((number >> 8) as u8);
        }
        bytes.push((number & 255) as u8);
    }
    bytes
}

pub fn encoded(bytes: &[u8]) -> String {
    let mut text = "MP1:".to_owned();
    for pair in bytes.chunks(2) {
        let mut number = pair.iter().fold(0, |sum, b| sum * 256 + usize::from(*b));
        for _ in 0..=pair.len() {
            text.push(LETTERS[number % 45].into());
            number /= 45;
        }
    }
    text
}

pub fn replaced(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut changed = bytes.to_vec();
    let places = bytes.windows(from.len()).enumerate();
    for (place, _) in places.filter(|(_, window)| *window == from) {
        changed[place..place + to.len()].copy_from_slice(to);
    }
    changed
}
