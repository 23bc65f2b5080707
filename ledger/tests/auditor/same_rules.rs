//! The tool and the library keep the same rules: at every step of every kind of sale, each event that might come next is taken by both or
//! refused by both, and where it is taken the books after it are the same to the byte. So a rule that either forgets is seen here, also
//! one that no sound log ever touches.

use std::collections::HashSet;

use meterpost_ledger::{
    AccountRef, Books, CardRef, Entry, Event, Limits, Means, MeterRef, Money, NoteEvidence, NoteId,
    NoteReturn, PaymentEvidence, PaymentOutcome, SaleId, Slip,
};

use crate::day::{MORNING, deliver, meter, offer, purse, stamp};
use crate::paper::tool;
use crate::same_verdicts::{assert_alike, verdicts};

use PaymentEvidence::{Offline, Server};
use PaymentOutcome::{Delivered, Refused, Returned};

const AMOUNT: i64 = 3_000;
const PART: i64 = 1_000;
const CARD: Option<&str> = Some("C-0815");
const OUTCOMES: [PaymentOutcome; 3] = [Refused, Returned, Delivered];

fn wallet(account: &str) -> Means {
    Means::Wallet(AccountRef(account.into()))
}

fn here() -> MeterRef {
    meter("110012345678")
}

fn opened(sale: u64, target: i64, card: Option<&str>) -> Event {
    Event::SaleOpened {
        sale: SaleId(sale),
        meter: here(),
        target: Money(target),
        before: purse(4),
        card: card.map(|card| CardRef(card.into())),
    }
}

fn asked(sale: u64, means: &Means, amount: i64) -> Event {
    Event::PaymentAsked {
        sale: SaleId(sale),
        means: means.clone(),
        amount: Money(amount),
    }
}

fn taken(sale: u64, evidence: PaymentEvidence) -> Event {
    let sale = SaleId(sale);
    Event::PaymentTaken { sale, evidence }
}

fn ended(sale: u64, means: &Means, meter: &str, amount: i64, outcome: PaymentOutcome) -> Event {
    Event::PaymentEnded {
        sale: SaleId(sale),
        means: means.clone(),
        meter: meter.into(),
        amount: Money(amount),
        outcome,
        reason: "as it was".into(),
    }
}

fn ended_here(sale: u64, means: &Means, outcome: PaymentOutcome) -> Event {
    ended(sale, means, &here().number, AMOUNT, outcome)
}

fn stacked(sale: Option<u64>, note: Option<u64>) -> Event {
    Event::NoteStacked {
        sale: sale.map(SaleId),
        note: note.map(NoteId),
        value: Money(PART),
        evidence: NoteEvidence::Credit,
    }
}

fn sent(sale: u64, number: u32, amount: i64) -> Event {
    deliver(SaleId(sale), number, amount)
}

fn applied(sale: u64, number: u32) -> Event {
    Event::DeliveryApplied {
        sale: SaleId(sale),
        number,
        after: purse(number),
    }
}

fn voided(sale: u64, number: u32) -> Event {
    Event::DeliveryVoided {
        sale: SaleId(sale),
        number,
        reason: "refused".into(),
    }
}

fn unknown(sale: u64, number: u32) -> Event {
    Event::DeliveryUnknown {
        sale: SaleId(sale),
        number,
        reason: "no answer".into(),
    }
}

fn claimed(sale: u64, amount: i64) -> Event {
    Event::ClaimIssued {
        sale: SaleId(sale),
        amount: Money(amount),
        reason: "refused".into(),
    }
}

fn closed(sale: u64) -> Event {
    Event::SaleClosed { sale: SaleId(sale) }
}

/// Limits of a sale, of a card's day, and of all that is sold without contact.
fn limited(version: u64, limits: [Option<i64>; 3]) -> Event {
    let [per_sale, per_card_day, since_contact_money] = limits.map(|limit| limit.map(Money));
    Event::BulletinApplied {
        kind: "limits".into(),
        version,
        digest: [7; 32],
        limits: Some(Limits {
            per_sale,
            per_card_day,
            since_contact_money,
            since_contact_count: None,
            since_contact_hours: None,
            day_offset_minutes: 480,
        }),
    }
}

/// Bounded, so that a wallet is trusted offline: with room for both sales, and with room for all but a part of the second.
const ROOMY: [Option<i64>; 3] = [None, Some(2 * AMOUNT), Some(2 * AMOUNT)];
const TIGHT: [[Option<i64>; 3]; 5] = [
    [Some(AMOUNT - 1), Some(2 * AMOUNT), Some(2 * AMOUNT)],
    [None, Some(2 * AMOUNT - 1), Some(2 * AMOUNT)],
    [None, Some(2 * AMOUNT), Some(2 * AMOUNT - 1)],
    [None, None, Some(2 * AMOUNT)],
    [None, Some(2 * AMOUNT), None],
];

/// Sale 2 in every way that it can go, after sale 1 was paid from a wallet.
fn scripts() -> Vec<Vec<Event>> {
    let (a, code) = (wallet("A-1201"), Means::Code);
    let mut all = Vec::new();
    for (means, card, evidence) in [
        (&a, CARD, Offline),
        (&a, None, Server),
        (&code, CARD, Server),
    ] {
        let asking = [opened(2, AMOUNT, card), asked(2, means, AMOUNT)];
        let back = match means {
            Means::Wallet(_) => ended_here(2, means, Returned),
            Means::Code => claimed(2, AMOUNT),
        };
        let there = ended_here(2, means, Delivered);
        let mut with = |more: &[Event]| all.push([&asking[..], more].concat());
        with(&[ended_here(2, means, Refused), closed(2)]);
        let (taken, sent_all) = (taken(2, evidence), sent(2, 5, AMOUNT));
        let begun = [taken.clone(), sent_all.clone()];
        let mut begun_with = |more: &[Event]| with(&[&begun[..], more].concat());
        begun_with(&[applied(2, 5), there.clone(), closed(2)]);
        begun_with(&[voided(2, 5), back.clone(), closed(2)]);
        begun_with(&[unknown(2, 5), closed(2), applied(2, 5), there.clone()]);
        begun_with(&[unknown(2, 5), closed(2), voided(2, 5), back]);
        let rest = AMOUNT - PART;
        let parts = [sent(2, 5, PART), applied(2, 5), sent(2, 6, rest)];
        // A wallet's money goes as a whole.
        if *means == Means::Code {
            with(&[&[taken], &parts[..], &[applied(2, 6), there]].concat());
        }
        for (version, tight) in TIGHT.into_iter().enumerate() {
            with(&[limited(2 + version as u64, tight)]);
        }
    }
    let noted = |more: &[Event]| {
        let (sale, note) = (SaleId(2), NoteId(1));
        let begun = [opened(2, AMOUNT, CARD), offer(sale, note, PART)];
        [&begun[..], more].concat()
    };
    all.push(vec![opened(2, AMOUNT, None), closed(2)]);
    let (note, reason) = (NoteId(1), NoteReturn::Rejected);
    all.push(noted(&[
        stacked(Some(2), Some(1)),
        sent(2, 5, PART),
        applied(2, 5),
        closed(2),
    ]));
    all.push(noted(&[Event::NoteReturned { note, reason }]));
    all.push(noted(&[Event::NoteInDoubt { note }, closed(2)]));
    let evidence = NoteEvidence::Credit;
    let found = Event::DoubtEnded { note, evidence };
    all.push(noted(&[Event::NoteInDoubt { note }, found, closed(2)]));
    all
}

/// What might come next, sound or not.
fn candidates() -> Vec<Event> {
    let (a, b, code) = (wallet("A-1201"), wallet("B-1"), Means::Code);
    let mut all = vec![
        stacked(None, None),
        stacked(Some(2), Some(1)),
        Event::NoteAcknowledged,
    ];
    all.extend([
        opened(2, AMOUNT, CARD),
        opened(2, AMOUNT, None),
        opened(3, 1, CARD),
        opened(3, 1, None),
    ]);
    all.extend(TIGHT.map(|tight| limited(9, tight)));
    for sale in 1..=3 {
        all.extend([
            offer(SaleId(sale), NoteId(1), PART),
            stacked(Some(sale), None),
            closed(sale),
        ]);
        all.extend([taken(sale, Server), taken(sale, Offline)]);
        for number in [5, 6] {
            all.extend([sent(sale, number, AMOUNT), sent(sale, number, PART)]);
            all.extend([
                applied(sale, number),
                voided(sale, number),
                unknown(sale, number),
            ]);
        }
        for amount in [AMOUNT, PART] {
            all.push(claimed(sale, amount));
            all.extend([&a, &code].map(|means| asked(sale, means, amount)));
        }
        for outcome in OUTCOMES {
            all.extend([&a, &b, &code].map(|means| ended_here(sale, means, outcome)));
        }
        let (sale, amount) = (SaleId(sale), None);
        for slip in [Slip::Receipt, Slip::Claim, Slip::Pending] {
            all.push(Event::SlipIntended {
                sale,
                slip,
                copy: 0,
                amount,
            });
        }
    }
    for outcome in OUTCOMES {
        for means in [&a, &code] {
            all.push(ended(2, means, "110012345679", AMOUNT, outcome));
            all.push(ended(2, means, &here().number, PART, outcome));
        }
    }
    for account in [
        "",
        "a b",
        "ä",
        "A-1201\n",
        &"9".repeat(64),
        &"9".repeat(65),
        "a.B_c:d-9",
    ] {
        all.push(asked(2, &wallet(account), AMOUNT));
    }
    all
}

/// What both are asked about.
#[derive(Default)]
struct Questions {
    seen: HashSet<Vec<u8>>,
    lines: Vec<String>,
    ours: Vec<bool>,
}

impl Questions {
    /// Asks whether the event may come next, and gives the books after it.
    fn ask(&mut self, books: &Books, event: &Event) -> Option<Books> {
        let last = books.last_stamp();
        let stamp = stamp(last.map_or(0, |last| last.wall - MORNING + 1_000));
        let mut after = books.clone();
        after.pass(&stamp);
        let posted = after.apply(event).ok();
        self.ours.push(posted.is_some());
        let taken = posted.is_some();
        let postings = posted.unwrap_or_default();
        let entry = Entry::new(0, stamp, event.clone(), postings, *after.balances());
        let last = if taken { after.encode() } else { Vec::new() };
        let words = [books.encode(), entry.encode().unwrap(), last];
        self.lines.push(words.map(hex::encode).join(" "));
        taken.then_some(after)
    }

    /// Goes through the events, all of which the library takes, and asks at each step about every candidate.
    fn walk(&mut self, mut books: Books, events: &[Event], candidates: &[Event]) -> Books {
        for (step, event) in events.iter().enumerate() {
            if self.seen.insert(books.encode()) {
                for candidate in candidates {
                    self.ask(&books, candidate);
                }
            }
            let after = self.ask(&books, event);
            books = after.unwrap_or_else(|| panic!("{event:?} after {:?}", &events[..step]));
        }
        for candidate in candidates {
            self.ask(&books, candidate);
        }
        books
    }

    /// Of the tool: an entry that the library takes has to be the tool's own in postings, totals and books; of one that it refuses
    /// only the event counts.
    fn compare(self) {
        let judge = "(lambda books, entry: \
             books.play(entry) or books.encode() == words[2] if words[2] \
             else books.standing.move(entry.stamp) or books.apply(entry.event)\
             )(Books.read(words[0], 'x', b''), entry.decode(words[1]))";
        assert_alike(&self.lines, &self.ours, &verdicts(judge, &self.lines));
    }
}

fn created() -> Event {
    Event::LogCreated {
        software: "kiosk 0.1.0".into(),
    }
}

/// The encoded books of a sale from a wallet and of one by code, with its payment in each state.
pub fn paying() -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    for means in [wallet("A-1201"), Means::Code] {
        let delivered = ended_here(1, &means, Delivered);
        let events = [
            created(),
            opened(1, AMOUNT, None),
            asked(1, &means, AMOUNT),
            taken(1, Server),
            sent(1, 5, AMOUNT),
            applied(1, 5),
            delivered,
        ];
        let mut books = Books::new();
        for event in events {
            books.apply(&event).unwrap();
            all.push(books.encode());
        }
    }
    all
}

#[test]
fn every_event_is_judged_alike_at_every_step_of_a_sale() {
    if !tool() {
        return;
    }
    let a = wallet("A-1201");
    let mut before = vec![
        created(),
        limited(1, ROOMY),
        opened(1, AMOUNT, CARD),
        asked(1, &a, AMOUNT),
        taken(1, Server),
        sent(1, 5, AMOUNT),
        applied(1, 5),
    ];
    before.extend([ended_here(1, &a, Delivered), closed(1)]);
    let (mut questions, candidates) = (Questions::default(), candidates());
    let books = questions.walk(Books::new(), &before, &[]);
    for script in scripts() {
        questions.walk(books.clone(), &script, &candidates);
    }
    questions.compare();
}

/// Sums that would leave the range: what was paid and went back counts still, without contact and for the card's day.
#[test]
fn what_limits_count_is_judged_alike_up_to_the_largest_sum() {
    if !tool() {
        return;
    }
    let (a, most) = (wallet("A-1201"), i64::MAX);
    let sale = |id| [opened(id, most, CARD), asked(id, &a, most)];
    let back = ended(1, &a, &here().number, most, Returned);
    let first = [taken(1, Server), back, closed(1)];
    let contact = Event::Contact {
        size: 6,
        witness: [7; 32],
    };
    let no_limits = limited(1, [None; 3]);
    let mut questions = Questions::default();
    let both = [taken(1, Offline), taken(2, Offline), taken(2, Server)];
    for (limits, between) in [(vec![], vec![]), (vec![no_limits], vec![contact])] {
        let first = [&[created()], &limits[..], &sale(1), &first].concat();
        let begun = [&first[..], &between, &sale(2)].concat();
        let books = questions.walk(Books::new(), &begun, &both);
        assert!(questions.ask(&books, &taken(2, Server)).is_none());
    }
    questions.compare();
}
