//! Where the money ended up: in the box, at the meters, in the ledger and on paper, compared with each other.

use std::collections::BTreeSet;

use meterpost_ledger::Event;
use meterpost_ledger::signing::VerifierKey;
use meterpost_tests::district::DistrictState;
use meterpost_tests::scenario::stage::Stage;
use meterpost_tests::scenario::topup::in_box;
use serde_json::Value;

use super::paper::{Paper, read};

/// What a meter applied that got nothing.
pub const NOTHING: [i64; 0] = [];

/// The balances of the ledger's accounts in hundredths; debts are positive here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Accounts {
    pub cash_box: i64,
    pub cash_in_doubt: i64,
    pub suspense: i64,
    pub in_delivery: i64,
    pub credited: i64,
    pub owed: i64,
    pub owed_in_doubt: i64,
}

/// A scene at its end.
pub struct Closing {
    /// By the ledger.
    pub accounts: Accounts,
    /// The ledger's events in words, oldest first.
    pub events: Vec<String>,
    /// The district's truth.
    pub district: DistrictState,
    /// The slips, oldest first.
    pub papers: Vec<Paper>,
    before: DistrictState,
}

impl Closing {
    /// Adds up, and insists on what must be true whatever failed: the ledger verifies, its cash box is the cash box, nothing is
    /// left hanging, box = credited + owed, no meter applied a purchase number twice, and every slip names its own entry.
    #[track_caller]
    pub fn of(stage: &Stage, before: &DistrictState, district: DistrictState) -> Closing {
        let verdict = stage.verify_ledger().expect("a verdict");
        assert_eq!(verdict["verdict"], "ok", "{}", verdict["problems"]);
        let mut lines = stage.list_ledger().expect("the ledger can be listed");
        let accounts = Accounts::of(&lines.pop().expect("the accounts")["accounts"]);
        let events: Vec<String> = lines
            .iter()
            .map(|l| l["event"].as_str().expect("an event").to_owned())
            .collect();
        let key = verdict["key"].as_str().expect("the log's key");
        let key = VerifierKey::parse(key).expect("a verifier key");
        let slips = district.printer.slips.iter();
        let papers = slips.map(|slip| read(slip, &key)).collect();
        let closing = Closing {
            accounts,
            events,
            district,
            papers,
            before: before.clone(),
        };
        closing.insist();
        closing
    }

    #[track_caller]
    fn insist(&self) {
        let accounts = &self.accounts;
        assert_eq!(
            accounts.cash_box,
            in_box(&self.district) - in_box(&self.before),
            "the books and the box"
        );
        assert_eq!(
            accounts.credited,
            self.arrived(),
            "the books and the meters"
        );
        assert_eq!(accounts.suspense, 0, "money is left hanging");
        let owed = accounts.owed + accounts.owed_in_doubt + accounts.in_delivery;
        let paid = accounts.cash_box + accounts.cash_in_doubt;
        assert_eq!(paid, accounts.credited + owed, "box = credited + owed");
        assert_eq!(
            self.district.printer.state.faults,
            Vec::<String>::new(),
            "what the printer did not understand"
        );
        for meter in &self.district.meters {
            let numbers: BTreeSet<u32> = meter.applied.iter().map(|a| a.number).collect();
            assert_eq!(
                numbers.len(),
                meter.applied.len(),
                "a number was applied twice: {:?}",
                meter.applied
            );
        }
        for paper in self.papers.iter().filter(|p| p.whole) {
            let code = paper
                .code
                .as_ref()
                .unwrap_or_else(|| panic!("a whole slip without a code: {paper:?}"));
            // The slip's own intent was the last entry when it was printed.
            let intent = &self.events[code.size - 1];
            assert!(intent.starts_with("SlipIntended"), "{intent}");
            assert_eq!(self.events[code.entry], format!("{:?}", code.event));
        }
    }

    /// The money that arrived at meters, in hundredths.
    fn arrived(&self) -> i64 {
        let sum = |state: &DistrictState| state.meters.iter().map(|m| m.cumulative).sum::<i64>();
        sum(&self.district) - sum(&self.before)
    }

    /// The amounts that a meter applied, oldest first, in hundredths; its count and balance must have gone with them.
    #[track_caller]
    pub fn applied(&self, address: &str) -> Vec<i64> {
        let first = self.before.meter(address).expect("the meter");
        let last = self.district.meter(address).expect("the meter");
        let new = &last.applied[first.applied.len()..];
        let sum: i64 = new.iter().map(|a| a.amount).sum();
        assert_eq!(last.balance, first.balance + sum, "the meter's balance");
        assert_eq!(
            last.count as usize,
            first.count as usize + new.len(),
            "the meter's purchase number"
        );
        new.iter().map(|a| a.amount).collect()
    }

    /// What the whole slips are, oldest first: `Receipt`, `Claim 50.00`, `Pending 50.00`, and ` copy 1` behind it for copies.
    #[track_caller]
    pub fn slips(&self) -> Vec<String> {
        self.papers
            .iter()
            .filter(|p| p.whole)
            .map(|p| self.kind(p))
            .collect()
    }

    fn kind(&self, paper: &Paper) -> String {
        let code = paper.code.as_ref().expect("whole slips have a code");
        let event = &self.events[code.size - 1];
        let word = |key: &str| {
            let rest = event.split(&format!("{key}: ")).nth(1).unwrap_or_default();
            rest.split([',', ' ']).next().unwrap_or_default().to_owned()
        };
        let copy = if word("copy") == "0" {
            String::new()
        } else {
            format!(" copy {}", word("copy"))
        };
        match &code.event {
            Event::DeliveryApplied { .. } => {
                assert_eq!(word("slip"), "Receipt");
                format!("Receipt{copy}")
            }
            Event::SlipIntended {
                slip,
                amount: Some(amount),
                ..
            } => format!("{slip:?} {amount}{copy}"),
            other => panic!("a slip proves {other:?}"),
        }
    }

    /// How many events of this kind the ledger has.
    pub fn count(&self, kind: &str) -> usize {
        self.events
            .iter()
            .filter(|e| e.split([' ', '{', '(']).next() == Some(kind))
            .count()
    }
}

impl Accounts {
    /// All that was paid arrived at a meter, and nothing is owed.
    pub fn credited(hundredths: i64) -> Accounts {
        Accounts {
            cash_box: hundredths,
            credited: hundredths,
            ..Accounts::default()
        }
    }

    fn of(json: &Value) -> Accounts {
        let hundredths = |account: &str| -> i64 {
            let text = json[account]
                .as_str()
                .unwrap_or_else(|| panic!("no account {account} in {json}"));
            text.replace('.', "")
                .parse()
                .expect("an amount with two places")
        };
        Accounts {
            cash_box: hundredths("CashBox"),
            cash_in_doubt: hundredths("CashInDoubt"),
            suspense: -hundredths("Suspense"),
            in_delivery: -hundredths("InDelivery"),
            credited: -hundredths("Credited"),
            owed: -hundredths("Owed"),
            owed_in_doubt: -hundredths("OwedInDoubt"),
        }
    }
}
