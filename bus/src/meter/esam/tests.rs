//! Meters with a security module. Signer and module are a toy that both ends of the test know; it secures nothing.

use super::*;
use crate::amount::Amount;
use crate::emulate::EmulatedMeter;
use crate::emulate::dlt645::{ElectricityMeter, ErrorForm, MeterConfig, Prepayment};
use crate::frame::dlt645::purchase::Purchase;
use crate::frame::dlt645::security::{Identity, IdentityAnswer};
use crate::frame::dlt645::{Address, request};
use crate::meter::emulated::{Fault, Way};
use crate::meter::scripted::run;
use crate::meter::{MeterDriver, Outcome, Profile, Supply, SwitchOutcome};
use crate::signer::{Esam, SealedData, SignerError};

const ADDRESS: &str = "260305510012";
const RANDOM: [u8; 4] = [9, 8, 7, 6];

fn toy(purpose: Purpose, data: &[u8]) -> [u8; 4] {
    let text = purpose
        .word()
        .bytes()
        .chain(data.iter().copied())
        .chain(RANDOM);
    let sum = text.fold(5u32, |sum, byte| {
        sum.wrapping_mul(31).wrapping_add(u32::from(byte))
    });
    sum.to_le_bytes()
}

struct ToyEsam;

impl Esam for ToyEsam {
    fn identify(&mut self, identity: &Identity) -> Option<IdentityAnswer> {
        (identity.cipher == identity.random).then_some(IdentityAnswer {
            random: RANDOM,
            esam: [0x55; 8],
        })
    }

    fn check(&mut self, purpose: Purpose, data: &[u8], mac: [u8; 4]) -> bool {
        toy(purpose, data) == mac
    }

    fn sign(&mut self, purpose: Purpose, data: &[u8]) -> Option<[u8; 4]> {
        Some(toy(purpose, data))
    }

    fn open(&mut self, purpose: Purpose, cipher: &[u8], mac: [u8; 4]) -> Option<Vec<u8>> {
        let clear = cipher.iter().map(|byte| !byte).collect();
        (toy(purpose, cipher) == mac).then_some(clear)
    }
}

/// A signer that fails at its n-th step, or makes a wrong cipher.
#[derive(Default)]
struct ToySigner {
    steps: usize,
    fails_at: Option<usize>,
    wrong_cipher: bool,
}

impl ToySigner {
    fn step(&mut self) -> Result<(), SignerError> {
        self.steps += 1;
        match self.fails_at {
            Some(step) if step == self.steps => {
                Err(SignerError::Unreachable("pulled out".to_owned()))
            }
            _ => Ok(()),
        }
    }
}

impl Signer for ToySigner {
    async fn identity(&mut self, meter: [u8; 6]) -> Result<Identity, SignerError> {
        self.step()?;
        let random = [1, 2, 3, 4, 5, 6, 7, 8];
        Ok(Identity {
            cipher: if self.wrong_cipher { [0; 8] } else { random },
            random,
            divergence: Identity::divergence_of(meter),
        })
    }

    async fn mac(
        &mut self,
        session: &Session,
        purpose: Purpose,
        data: &[u8],
    ) -> Result<[u8; 4], SignerError> {
        self.step()?;
        assert_eq!((session.meter_random, session.esam), (RANDOM, [0x55; 8]));
        Ok(toy(purpose, data))
    }

    async fn seal(
        &mut self,
        _: &Session,
        purpose: Purpose,
        data: &[u8],
    ) -> Result<SealedData, SignerError> {
        self.step()?;
        let cipher: Vec<u8> = data.iter().map(|byte| !byte).collect();
        let mac = toy(purpose, &cipher);
        Ok(SealedData { cipher, mac })
    }

    async fn verify(
        &mut self,
        _: &Session,
        purpose: Purpose,
        data: &[u8],
        mac: [u8; 4],
    ) -> Result<bool, SignerError> {
        self.step()?;
        Ok(toy(purpose, data) == mac)
    }
}

fn driver(dialect: &str) -> MeterDriver {
    let text = format!("base = \"dlt645-esam\"\n[dialect]\ncustomer_number = \"1234\"\n{dialect}");
    MeterDriver::new(
        Profile::parse(&text).unwrap(),
        ADDRESS.parse().unwrap(),
        2400,
    )
    .unwrap()
}

/// A meter with an account opened with 50.00, and a link to it.
fn way() -> Way<ElectricityMeter> {
    let config = MeterConfig {
        prepayment: Prepayment::Esam,
        errors: ErrorForm::TwoBytes,
        load_watts: 0,
        ..MeterConfig::default()
    };
    let meter = ElectricityMeter::new(config)
        .unwrap()
        .with_esam(Box::new(ToyEsam));
    let mut way = Way::new(meter);
    let address = Address::from_digits(ADDRESS).unwrap();
    let customer = CustomerNumber::from_digits("1234").unwrap();
    let identity = SecurityRequest {
        di: IDENTITY,
        operator: Default::default(),
        deed: Deed::Identity(Identity {
            cipher: [7; 8],
            random: [7; 8],
            divergence: Identity::divergence_of(address.to_wire()),
        }),
    };
    let asked = request::security(address, identity).unwrap();
    way.meter.hear(&asked.encode(), way.now).unwrap();
    let opening = Purchase {
        operator: Default::default(),
        amount: 5_000,
        count: 1,
        mac: toy(Purpose::Purchase, &Purchase::covered(5_000, 1)),
        customer,
        customer_mac: toy(Purpose::Customer, &customer.to_wire()),
    };
    let opened = request::open_account(address, opening).encode();
    way.meter.hear(&opened, way.now).unwrap();
    assert_eq!(way.meter.balance(), 5_000);
    // The session of the opening is over long before a customer comes.
    way.now = way.now.plus_seconds(86_400).unwrap();
    way
}

fn order(driver: &MeterDriver, way: &mut Way<ElectricityMeter>) -> CreditOrder {
    let before = run(driver.read(way)).unwrap();
    way.count = 0;
    CreditOrder {
        number: before.purchase_number + 1,
        amount: Amount(10_000),
        before,
    }
}

/// What becomes of a purchase with this signer and these faults, and how many requests it took.
fn credit(
    signer: &mut ToySigner,
    dialect: &str,
    faults: &[Fault],
) -> (Outcome, Way<ElectricityMeter>) {
    let driver = driver(dialect);
    let mut way = way();
    let order = order(&driver, &mut way);
    let mut way = way.with(faults);
    let outcome = run(driver.credit_signed(&mut way, signer, &order));
    (outcome, way)
}

fn reason(outcome: Outcome) -> String {
    match outcome {
        Outcome::NotApplied {
            refusal: Refusal::Other(why),
            ..
        } => why,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_purchase_with_codes_is_applied() {
    let (outcome, way) = credit(&mut ToySigner::default(), "", &[]);
    assert!(matches!(outcome, Outcome::Applied(_)), "{outcome:?}");
    assert_eq!(
        (way.meter.balance(), way.meter.purchase_count()),
        (15_000, 2)
    );
}

#[test]
fn without_a_signer_nothing_is_sent() {
    let driver = driver("");
    let mut way = way();
    let order = order(&driver, &mut way);
    let outcome = run(driver.credit(&mut way, &order));
    assert!(reason(outcome).contains("signer"));
    assert_eq!(way.count, 0);
}

#[test]
fn a_signer_that_fails_at_any_step_credits_nothing_and_the_meter_is_read_back() {
    for step in 1..=3 {
        let mut signer = ToySigner {
            fails_at: Some(step),
            ..ToySigner::default()
        };
        let (outcome, way) = credit(&mut signer, "", &[]);
        assert!(reason(outcome).contains("not sent"), "step {step}");
        assert_eq!(way.meter.balance(), 5_000);
        assert!(way.count >= 3, "step {step}: no read-back");
    }
}

#[test]
fn a_meter_that_does_not_know_the_cipher_is_not_credited() {
    let mut signer = ToySigner {
        wrong_cipher: true,
        ..ToySigner::default()
    };
    let (outcome, way) = credit(&mut signer, "", &[]);
    assert!(reason(outcome).contains("identity authentication failed"));
    assert_eq!(way.meter.balance(), 5_000);
}

#[test]
fn a_lost_answer_to_the_purchase_is_resolved_by_the_books() {
    let (outcome, way) = credit(
        &mut ToySigner::default(),
        "",
        &[Fault::None, Fault::AnswerLost],
    );
    assert!(matches!(outcome, Outcome::Applied(_)), "{outcome:?}");
    assert_eq!(way.meter.balance(), 15_000);
    let (outcome, way) = credit(
        &mut ToySigner::default(),
        "",
        &[Fault::None, Fault::RequestLost],
    );
    assert!(
        matches!(
            outcome,
            Outcome::NotApplied {
                refusal: Refusal::Lost,
                ..
            }
        ),
        "{outcome:?}"
    );
    assert_eq!(way.meter.balance(), 5_000);
}

#[test]
fn a_lost_identity_leaves_the_purchase_unsent() {
    for fault in [Fault::RequestLost, Fault::AnswerLost] {
        let (outcome, way) = credit(&mut ToySigner::default(), "", &[fault]);
        assert!(reason(outcome).contains("not sent"));
        assert_eq!(way.meter.balance(), 5_000);
    }
}

#[test]
fn a_session_that_ran_out_credits_nothing_and_a_longer_one_does() {
    let late = [Fault::None, Fault::Late(600)];
    let (outcome, way) = credit(&mut ToySigner::default(), "", &late);
    assert!(matches!(outcome, Outcome::NotApplied { .. }), "{outcome:?}");
    assert_eq!(way.meter.balance(), 5_000);
    let late = [Fault::None, Fault::None, Fault::Late(600)];
    let (outcome, way) = credit(&mut ToySigner::default(), "session_minutes = 60", &late);
    assert!(matches!(outcome, Outcome::Applied(_)), "{outcome:?}");
    assert_eq!(way.meter.balance(), 15_000);
}

#[test]
fn the_relay_obeys_a_sealed_order_and_no_other() {
    let driver = driver("");
    let mut way = way();
    let until = way.now.plus_seconds(3_600).unwrap();
    let outcome = run(driver.switch(&mut way, false, until));
    let SwitchOutcome::NotDone { reason, .. } = outcome else {
        panic!("{outcome:?}");
    };
    assert!(reason.contains("signer"));
    assert_eq!(way.count, 0);
    let mut signer = ToySigner::default();
    let outcome = run(driver.switch_signed(&mut way, &mut signer, false, until));
    assert_eq!(outcome, SwitchOutcome::Done(Supply::Off));
    assert!(!way.meter.supplies());
    signer.fails_at = Some(signer.steps + 1);
    let outcome = run(driver.switch_signed(&mut way, &mut signer, true, until));
    assert!(
        matches!(
            outcome,
            SwitchOutcome::NotDone {
                now: Supply::Off,
                ..
            }
        ),
        "{outcome:?}"
    );
}
