//! A terminal's day, made by the library alone: every kind of event at least once, in an order that keeps the rules.

use std::path::Path;

use meterpost_ledger::bulletin::command::{COMMAND_KIND, Command};
use meterpost_ledger::signing::{
    Cosignature, KeyName, KeyStore, LogOrigin, Rotation, Signer, VerifierKey, WitnessKey,
};
use meterpost_ledger::{
    AccountRef, Addressee, BootId, Bulletin, BulletinContent, CardRef, ClockQuality,
    CommandOutcome, Event, Folder, Ledger, Limits, Means, MeterPurse, MeterRef, Money,
    NoteEvidence, NoteId, NoteReturn, PaymentEvidence, PaymentOutcome, RotateError, SaleId, Slip,
    SlipOutcome, StaffOutcome, Stamp, Validity, accept_bulletin, rotation_event,
};

pub const ORIGIN: &str = "meterpost/test/K1/1";
/// 2026-09-21 14:13:20 UTC.
pub const MORNING: u64 = 1_790_000_000_000;

/// The time of the entry, so many milliseconds into the day.
pub fn stamp(ms: u64) -> Stamp {
    Stamp {
        boot: BootId([0xb0; 16]),
        monotonic_ms: 60_000 + ms,
        wall: MORNING + ms,
        quality: ClockQuality::Ntp,
    }
}

/// A key whose seed is 32 times this byte.
pub fn key(folder: &Path, byte: u8) -> KeyStore {
    let mut entropy = |buffer: &mut [u8]| {
        buffer.fill(byte);
        Ok(())
    };
    KeyStore::create(&folder.join(format!("key-{byte}")), &mut entropy).unwrap()
}

pub fn purse(purchase_number: u32) -> MeterPurse {
    MeterPurse {
        purchase_number,
        balance: Money(-305),
        last_amount: Some(Money(1000)),
        cumulative: None,
    }
}

pub fn meter(number: &str) -> MeterRef {
    MeterRef {
        number: number.into(),
        utility: "water".into(),
        profile: "dlt645".into(),
    }
}

/// An open ledger with the keys around it, and the clock that its entries are stamped by.
pub struct Terminal {
    pub folder: tempfile::TempDir,
    pub ledger: Ledger,
    /// Milliseconds into the day.
    pub clock: u64,
    purchase: u32,
}

impl Terminal {
    /// A new log: key seed 01, first entry at the beginning of the day.
    pub fn new() -> Terminal {
        let folder = tempfile::tempdir().unwrap();
        let data = Folder::new(folder.path().join("data"));
        std::fs::create_dir(data.directory()).unwrap();
        let signer = Box::new(key(folder.path(), 1));
        let ledger = Ledger::create(&data, ORIGIN, signer, &stamp(0), "kiosk 0.1.0").unwrap();
        Terminal {
            folder,
            ledger,
            clock: 0,
            purchase: 4,
        }
    }

    /// Commits the events together, a second after the last.
    pub fn commit(&mut self, events: &[Event]) {
        self.clock += 1_000;
        let stamp = stamp(self.clock);
        self.ledger.commit(&stamp, events).unwrap();
    }

    /// The witness `w4`: key seed 05.
    pub fn witness(&self) -> (WitnessKey, KeyStore) {
        let folder = tempfile::tempdir().unwrap();
        let signer = key(folder.path(), 5);
        let name = KeyName::new("w4").unwrap();
        (WitnessKey::new(name, signer.public_key()), signer)
    }

    /// Has the head cosigned as it is now, which is an entry.
    pub fn contact(&mut self) {
        self.clock += 1_000;
        let (witness, signer) = self.witness();
        let time = (MORNING + self.clock) / 1_000;
        let head = self.ledger.head();
        let made = Cosignature::sign(head, witness.name(), &signer, time).unwrap();
        let note = head.with(&made).unwrap().to_text();
        let stamp = stamp(self.clock);
        self.ledger.keep_cosigned(&stamp, &note, &witness).unwrap();
    }

    /// Hands over from the key with the one seed to that with the other.
    pub fn rotate(&mut self, from: u8, to: u8) -> Result<(), RotateError> {
        self.clock += 1_000;
        let apart = tempfile::tempdir().unwrap();
        let (old, new) = (key(apart.path(), from), key(apart.path(), to));
        let rotation = Rotation::sign(self.ledger.origin(), &old, &new).unwrap();
        let event = rotation_event(&rotation);
        let stamp = stamp(self.clock);
        self.ledger.rotate(&stamp, &event, Box::new(new))?;
        Ok(())
    }

    /// A sale whose money reaches the meter, in one commit.
    pub fn sell(&mut self, note: i64) {
        self.commit_sale(note, None);
    }

    fn commit_sale(&mut self, value: i64, card: Option<CardRef>) {
        let (sale, note) = self.open(value, card);
        self.purchase += 1;
        let number = self.purchase;
        self.commit(&stack(sale, note, value));
        self.commit(&[
            deliver(sale, number, value),
            Event::DeliveryApplied {
                sale,
                number,
                after: purse(number),
            },
        ]);
        self.commit(&print(sale, Slip::Receipt, value, SlipOutcome::Printed));
        self.commit(&[Event::SaleClosed { sale }]);
    }

    /// Opens the next sale and offers a note.
    pub fn open(&mut self, value: i64, card: Option<CardRef>) -> (SaleId, NoteId) {
        let (sale, note) = (
            self.ledger.books().next_sale(),
            self.ledger.books().next_note(),
        );
        let offered = offer(sale, note, value);
        self.commit(&[
            Event::SaleOpened {
                sale,
                meter: meter("110012345678"),
                target: Money(value),
                before: purse(self.purchase),
                card,
            },
            offered,
        ]);
        (sale, note)
    }

    /// Every kind of event at least once, but those that only a long log has.
    pub fn whole_day(&mut self) {
        self.commit(&[
            Event::Started {
                software: "kiosk 0.1.0".into(),
            },
            Event::DeviceChanged {
                device: "printer".into(),
                state: "paper near its end".into(),
            },
        ]);
        self.bulletins();
        self.sell(2_000);
        self.commit_sale(1_000, Some(CardRef("C-0815".into())));
        self.sale_left_unknown(5_000);
        self.sale_that_is_claimed(2_000);
        self.sale_with_doubt(1_000);
        self.money_found(500);
        self.paid_without_cash();
        self.collection();
        self.contact();
        self.rotate(1, 2).unwrap();
        // An hour passes that the running clock did not see.
        let before = self.ledger.size();
        let jumped = Stamp {
            wall: MORNING + self.clock + 3_600_000,
            ..stamp(self.clock)
        };
        let changed = Event::DeviceChanged {
            device: "validator".into(),
            state: "ready".into(),
        };
        self.ledger.commit(&jumped, &[changed]).unwrap();
        assert_eq!(self.ledger.size(), before + 2, "the step is an entry");
        let set_back = Event::CashBoxRemoved;
        self.commit(&[set_back, Event::CashBoxReplaced]);
        assert_eq!(self.ledger.size(), before + 5, "and so is the way back");
        self.command();
        self.staff();
    }

    /// Somebody of the staff tests the printer.
    fn staff(&mut self) {
        for (outcome, words) in [
            (StaffOutcome::Begun, "a test page"),
            (StaffOutcome::Done, "the printer confirmed it"),
        ] {
            self.commit(&[Event::StaffActed {
                who: "M-0007".into(),
                act: "test-printer".into(),
                outcome,
                words: words.into(),
            }]);
        }
    }

    fn bulletins(&mut self) {
        let limits = Limits {
            per_sale: Some(Money(20_000)),
            per_card_day: Some(Money(50_000)),
            since_contact_money: Some(Money(5_000_000)),
            since_contact_count: Some(5_000),
            since_contact_hours: Some(72),
            day_offset_minutes: 480,
        };
        for (kind, limits) in [("limits", Some(limits)), ("directory", None)] {
            let content = match limits {
                Some(limits) => BulletinContent::Limits(limits),
                None => BulletinContent::Other {
                    kind: kind.into(),
                    bytes: b"accounts and meters".to_vec(),
                },
            };
            self.bulletin(content);
        }
    }

    /// A command of the server, and what became of it.
    fn command(&mut self) {
        let command = Command::ReadMeter {
            meter: "110012345678".into(),
        };
        self.bulletin(BulletinContent::Other {
            kind: COMMAND_KIND.into(),
            bytes: command.to_content().unwrap(),
        });
        self.commit(&[Event::CommandEnded {
            version: 7,
            outcome: CommandOutcome::Done,
            words: "balance 12.50".into(),
        }]);
    }

    /// The server, key seed 07, sends a bulletin to all terminals.
    fn bulletin(&mut self, content: BulletinContent) {
        let log = LogOrigin::parse(ORIGIN).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let signer = key(folder.path(), 7);
        let server = VerifierKey::new(
            KeyName::new("meterpost/test/server").unwrap(),
            signer.public_key(),
        );
        let bulletin = Bulletin {
            addressee: Addressee {
                tenant: log.tenant().clone(),
                terminal: None,
            },
            version: 7,
            validity: Validity {
                from: 0,
                until: u64::MAX,
            },
            content,
        };
        let bytes = bulletin.sign(server.name(), &signer).unwrap();
        self.clock += 1_000;
        let stamp = stamp(self.clock);
        let books = self.ledger.books();
        let accepted = accept_bulletin(&bytes, &server, &log, books, &stamp).unwrap();
        self.ledger.apply_bulletin(&stamp, &accepted).unwrap();
    }

    fn sale_left_unknown(&mut self, value: i64) {
        let (sale, note) = self.open(value, None);
        self.commit(&[Event::NoteReturned {
            note,
            reason: NoteReturn::Rejected,
        }]);
        let note = self.ledger.books().next_note();
        self.commit(&[offer(sale, note, value)]);
        self.commit(&stack(sale, note, value));
        self.purchase += 1;
        let number = self.purchase;
        self.commit(&[
            deliver(sale, number, value),
            Event::DeliveryUnknown {
                sale,
                number,
                reason: "no answer".into(),
            },
        ]);
        self.commit(&print(sale, Slip::Pending, value, SlipOutcome::Printed));
        self.commit(&[Event::SaleClosed { sale }]);
        self.commit(&[Event::DeliveryApplied {
            sale,
            number,
            after: purse(number),
        }]);
    }

    fn sale_that_is_claimed(&mut self, value: i64) {
        let (sale, note) = self.open(value, None);
        self.commit(&stack(sale, note, value));
        let number = self.purchase + 1;
        self.commit(&[
            deliver(sale, number, value),
            Event::DeliveryVoided {
                sale,
                number,
                reason: "refused by the meter".into(),
            },
            Event::ClaimIssued {
                sale,
                amount: Money(value),
                reason: "refused by the meter".into(),
            },
        ]);
        let torn = SlipOutcome::Unknown("the printer fell silent".into());
        self.commit(&print(sale, Slip::Claim, value, torn));
        let jammed = SlipOutcome::NotPrinted("paper jam".into());
        self.commit(&print(sale, Slip::Claim, value, jammed));
        self.commit(&print(sale, Slip::Claim, value, SlipOutcome::Printed));
        self.commit(&[Event::SaleClosed { sale }]);
    }

    fn sale_with_doubt(&mut self, value: i64) {
        let (sale, note) = self.open(value, None);
        self.commit(&[Event::NoteInDoubt { note }]);
        self.commit(&print(sale, Slip::Claim, value, SlipOutcome::Printed));
        self.commit(&[Event::SaleClosed { sale }]);
        self.commit(&[
            Event::DoubtEnded {
                note,
                evidence: NoteEvidence::PowerUp,
            },
            Event::NoteAcknowledged,
        ]);
    }

    fn money_found(&mut self, value: i64) {
        self.commit(&[
            Event::NoteStacked {
                sale: None,
                note: None,
                value: Money(value),
                evidence: NoteEvidence::PowerUp,
            },
            Event::NoteAcknowledged,
        ]);
    }

    /// From a wallet with the server and without it, and by code; what the meter refused, and what was never paid.
    fn paid_without_cash(&mut self) {
        use PaymentOutcome::{Delivered, Refused, Returned};
        let wallet = Means::Wallet(AccountRef("A-1201".into()));
        let (server, offline) = (PaymentEvidence::Server, PaymentEvidence::Offline);
        self.pay(&wallet, Some(server), Delivered);
        self.pay(&wallet, Some(offline), Delivered);
        self.pay(&wallet, Some(server), Returned);
        self.pay(&wallet, None, Refused);
        self.pay(&Means::Code, Some(server), Delivered);
        self.pay(&Means::Code, None, Refused);
    }

    fn pay(&mut self, means: &Means, taken: Option<PaymentEvidence>, outcome: PaymentOutcome) {
        let (sale, amount) = (self.ledger.books().next_sale(), Money(3_000));
        let number = "110012345678";
        self.commit(&[
            Event::SaleOpened {
                sale,
                meter: meter(number),
                target: amount,
                before: purse(self.purchase),
                card: Some(CardRef("C-0815".into())),
            },
            Event::PaymentAsked {
                sale,
                means: means.clone(),
                amount,
            },
        ]);
        let ended = Event::PaymentEnded {
            sale,
            means: means.clone(),
            meter: number.into(),
            amount,
            outcome,
            reason: "as it was".into(),
        };
        if let Some(evidence) = taken {
            self.commit(&[Event::PaymentTaken { sale, evidence }]);
            let purchase = self.purchase + 1;
            self.commit(&[deliver(sale, purchase, amount.0)]);
            let end = match outcome {
                PaymentOutcome::Delivered => {
                    self.purchase = purchase;
                    Event::DeliveryApplied {
                        sale,
                        number: purchase,
                        after: purse(purchase),
                    }
                }
                _ => Event::DeliveryVoided {
                    sale,
                    number: purchase,
                    reason: "refused by the meter".into(),
                },
            };
            self.commit(&[end, ended]);
        } else {
            self.commit(&[ended]);
        }
        if outcome == PaymentOutcome::Delivered {
            self.commit(&print(sale, Slip::Receipt, amount.0, SlipOutcome::Printed));
        }
        self.commit(&[Event::SaleClosed { sale }]);
    }

    fn collection(&mut self) {
        let till = self.ledger.books().till();
        let (period, notes) = (till.period(), till.notes());
        let worth = till.total().unwrap();
        self.commit(&[
            Event::CashBoxRemoved,
            Event::Collected {
                period,
                by: "staff 7".into(),
                notes,
            },
            Event::CashBoxReplaced,
        ]);
        self.commit(&[Event::CollectionCounted {
            period,
            counted: worth.checked_sub(Money(500)).unwrap(),
            by: "office".into(),
        }]);
    }

    /// The verifier key that the log had before any rotation.
    pub fn first_key(&self) -> VerifierKey {
        let apart = tempfile::tempdir().unwrap();
        VerifierKey::new(
            self.ledger.origin().clone(),
            key(apart.path(), 1).public_key(),
        )
    }
}

pub fn offer(sale: SaleId, note: NoteId, value: i64) -> Event {
    Event::NoteOffered {
        sale,
        note,
        value: Money(value),
    }
}

/// The note is in the box, and the validator is told.
pub fn stack(sale: SaleId, note: NoteId, value: i64) -> [Event; 2] {
    [
        Event::NoteStacked {
            sale: Some(sale),
            note: Some(note),
            value: Money(value),
            evidence: NoteEvidence::Credit,
        },
        Event::NoteAcknowledged,
    ]
}

pub fn deliver(sale: SaleId, number: u32, amount: i64) -> Event {
    Event::DeliveryIntended {
        sale,
        number,
        amount: Money(amount),
        before: purse(number - 1),
    }
}

fn print(sale: SaleId, slip: Slip, amount: i64, outcome: SlipOutcome) -> [Event; 2] {
    [
        Event::SlipIntended {
            sale,
            slip,
            copy: 0,
            amount: Some(Money(amount)),
        },
        Event::SlipDone {
            sale,
            slip,
            outcome,
        },
    ]
}
