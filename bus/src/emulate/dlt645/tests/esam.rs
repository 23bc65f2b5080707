//! Meters with a security module. The module here is a toy that both sides of the test know; it secures nothing.

use super::*;
use crate::frame::dlt645::heard::{Permit, Write};
use crate::frame::dlt645::password::Protected;
use crate::frame::dlt645::purchase::{self, OPEN_ACCOUNT, StatusAnswer, TOP_UP};
use crate::frame::dlt645::relay::{ProtectedOrder, RelayCommand, RelayOrder};
use crate::frame::dlt645::security::{
    Deed, END, EndAnswer, IDENTITY, INITIALISE, Identity, IdentityAnswer, Initialise, LIFETIME,
    Lifetime, STATUS, SecurityRequest,
};
use crate::signer::Purpose;

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
        let mut expected = identity.random;
        expected.reverse();
        (identity.cipher == expected).then_some(IdentityAnswer {
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

fn meter(config: MeterConfig) -> ElectricityMeter {
    idle(MeterConfig {
        prepayment: Prepayment::Esam,
        errors: ErrorForm::TwoBytes,
        ..config
    })
    .with_esam(Box::new(ToyEsam))
}

fn security(di: u32, deed: Deed<'_>) -> Frame {
    let request = SecurityRequest {
        di,
        operator: OPERATOR,
        deed,
    };
    request::security(address(), request).unwrap()
}

fn word(meter: &mut ElectricityMeter, asked: &Frame, now: WallTime) -> Option<u16> {
    refusal(&ask(meter, asked, now)).map(|error| error.word)
}

fn identity(good: bool) -> Frame {
    security(
        IDENTITY,
        Deed::Identity(Identity {
            cipher: [8, 7, 6, 5, 4, 3, 2, u8::from(good)],
            random: [1, 2, 3, 4, 5, 6, 7, 8],
            divergence: Identity::divergence_of(address().to_wire()),
        }),
    )
}

fn signed(amount: u32, count: u32, digits: &str) -> Purchase {
    let plain = purchase(amount, count, digits);
    Purchase {
        mac: toy(Purpose::Purchase, &Purchase::covered(amount, count)),
        customer_mac: toy(Purpose::Customer, &plain.customer.to_wire()),
        ..plain
    }
}

fn opened(config: MeterConfig) -> ElectricityMeter {
    let mut meter = meter(config);
    assert_eq!(word(&mut meter, &identity(true), noon()), None);
    let asked = request::open_account(address(), signed(5_000, 1, "1234"));
    assert_eq!(word(&mut meter, &asked, noon()), None);
    meter
}

#[test]
fn without_a_session_nothing_is_done() {
    let mut meter = meter(MeterConfig::default());
    for asked in [
        request::open_account(address(), signed(5_000, 1, "1234")),
        request::top_up(address(), signed(5_000, 1, "1234")),
        security(STATUS, Deed::Status),
        security(END, Deed::End),
    ] {
        assert_eq!(word(&mut meter, &asked, noon()), Some(1 << 3));
    }
    assert_eq!(word(&mut meter, &identity(false), noon()), Some(1 << 3));
    assert_eq!(meter.balance(), 0);
}

#[test]
fn a_session_tells_random_number_and_module_and_runs_out() {
    let mut meter = meter(MeterConfig::default());
    let frame = ask(&mut meter, &identity(true), noon());
    let answer = IdentityAnswer::parse(&frame.data()[4..]).unwrap();
    assert_eq!((answer.random, answer.esam), (RANDOM, [0x55; 8]));
    assert_eq!(number(&mut meter, 0x0280_0022, later(1)), 5);
    let asked = request::open_account(address(), signed(5_000, 1, "1234"));
    assert_eq!(word(&mut meter, &asked, later(5 * 60)), Some(1 << 3));
    assert_eq!(number(&mut meter, 0x0280_0022, later(5 * 60)), 0);
}

#[test]
fn the_lifetime_of_a_session_is_set_under_a_code() {
    let mut meter = meter(MeterConfig::default());
    assert_eq!(word(&mut meter, &identity(true), noon()), None);
    let minutes = Lifetime::minutes_bytes(60).unwrap();
    let lifetime = |mac| security(LIFETIME, Deed::Lifetime(Lifetime::new(60, mac).unwrap()));
    assert_eq!(word(&mut meter, &lifetime([0; 4]), noon()), Some(1 << 2));
    let right = lifetime(toy(Purpose::Lifetime, &minutes));
    assert_eq!(word(&mut meter, &right, noon()), None);
    assert_eq!(number(&mut meter, 0x0280_0022, later(60)), 59);
}

#[test]
fn opening_again_with_the_same_count_adds_no_money() {
    let mut meter = opened(MeterConfig::default());
    assert_eq!(meter.balance(), 5_000);
    let asked = request::open_account(address(), signed(5_000, 1, "1234"));
    assert_eq!(word(&mut meter, &asked, noon()), None);
    assert_eq!((meter.balance(), meter.purchase_count()), (5_000, 1));
    let asked = request::open_account(address(), signed(5_000, 2, "1234"));
    assert_eq!(word(&mut meter, &asked, noon()), Some(1 << 5));
}

#[test]
fn an_account_can_be_opened_without_money() {
    let mut meter = meter(MeterConfig::default());
    assert_eq!(word(&mut meter, &identity(true), noon()), None);
    let asked = request::top_up(address(), signed(5_000, 1, "0"));
    assert_eq!(word(&mut meter, &asked, noon()), Some(1), "no account yet");
    let asked = request::open_account(address(), signed(0, 0, "1234"));
    assert_eq!(word(&mut meter, &asked, noon()), None);
    assert_eq!((meter.balance(), meter.purchase_count()), (0, 0));
    let asked = request::top_up(address(), signed(5_000, 1, "1234"));
    assert_eq!(word(&mut meter, &asked, noon()), None);
}

#[test]
fn the_checks_of_a_top_up_come_in_their_order() {
    let mut meter = opened(MeterConfig {
        hoarding_limit: 8_000,
        ..MeterConfig::default()
    });
    let bad = [0; 4];
    // Each of these breaks the rule named and all later ones.
    let all = Purchase {
        mac: bad,
        customer_mac: bad,
        ..signed(9_000, 1, "9999")
    };
    let customer_code = Purchase {
        customer: customer("1234"),
        ..all
    };
    let repeated = Purchase {
        customer_mac: signed(0, 0, "1234").customer_mac,
        ..customer_code
    };
    let count = Purchase {
        count: 7,
        ..repeated
    };
    let hoarding = Purchase {
        count: 2,
        ..repeated
    };
    let code = Purchase {
        amount: 3_000,
        ..hoarding
    };
    for (purchase, bit) in [
        (all, 4),
        (customer_code, 2),
        (repeated, 1),
        (count, 5),
        (hoarding, 6),
        (code, 2),
    ] {
        let asked = request::top_up(address(), purchase);
        assert_eq!(
            word(&mut meter, &asked, noon()),
            Some(1 << bit),
            "bit {bit}"
        );
        assert_eq!((meter.balance(), meter.purchase_count()), (5_000, 1));
    }
    let asked = request::top_up(address(), signed(3_000, 2, "1234"));
    let frame = ask(&mut meter, &asked, noon());
    assert_eq!(refusal(&frame), None);
    assert_eq!(frame.data().len(), 4, "only the identifier comes back");
    assert_eq!(meter.balance(), 8_000);
}

#[test]
fn a_code_that_does_not_cover_the_amount_moves_no_money() {
    let mut meter = opened(MeterConfig::default());
    let good = signed(3_000, 2, "1234");
    for forged in [
        Purchase {
            amount: 30_000,
            ..good
        },
        Purchase {
            mac: [1, 2, 3, 4],
            ..good
        },
    ] {
        let asked = request::top_up(address(), forged);
        assert_eq!(word(&mut meter, &asked, noon()), Some(1 << 2));
    }
    assert_eq!(meter.balance(), 5_000);
}

#[test]
fn three_wrong_codes_end_the_session_and_fifteen_close_the_door_for_the_hour() {
    let mut meter = opened(MeterConfig::default());
    let forged = request::top_up(
        address(),
        Purchase {
            customer_mac: [0; 4],
            ..signed(100, 2, "1234")
        },
    );
    for round in 0..5 {
        if round > 0 {
            assert_eq!(word(&mut meter, &identity(true), noon()), None);
        }
        for _ in 0..3 {
            assert_eq!(word(&mut meter, &forged, noon()), Some(1 << 2));
        }
        assert_eq!(
            word(&mut meter, &forged, noon()),
            Some(1 << 3),
            "no session"
        );
    }
    assert_eq!(
        word(&mut meter, &identity(true), noon()),
        Some(1 << 8),
        "closed"
    );
    assert_eq!(word(&mut meter, &identity(true), later(3599)), Some(1 << 8));
    assert_eq!(word(&mut meter, &identity(true), later(3600)), None);
    let good = request::top_up(address(), signed(100, 2, "1234"));
    assert_eq!(word(&mut meter, &good, later(3601)), None);
}

#[test]
fn a_firmware_that_sends_the_low_byte_only_says_nothing_when_it_is_closed() {
    let mut meter = opened(MeterConfig::default());
    meter.config.errors = ErrorForm::LowByteOnly;
    for _ in 0..15 {
        meter.session.failed(noon());
    }
    let error = refusal(&ask(&mut meter, &identity(true), noon())).unwrap();
    assert_eq!((error.word, error.bytes), (0, 2));
    assert_eq!(error.to_string(), "other error, locked out");
}

#[test]
fn the_status_carries_codes_over_balance_and_count() {
    let mut meter = opened(MeterConfig::default());
    let frame = ask(&mut meter, &security(STATUS, Deed::Status), noon());
    let status = StatusAnswer::parse(&frame.data()[4..]).unwrap();
    assert_eq!((status.balance, status.count), (5_000, 1));
    assert_eq!(
        status.balance_mac,
        toy(Purpose::Balance, &5_000u32.to_le_bytes())
    );
    assert_eq!(status.count_mac, toy(Purpose::Count, &1u32.to_le_bytes()));
    let frame = ask(&mut meter, &security(END, Deed::End), noon());
    let end = EndAnswer::parse(&frame.data()[4..]).unwrap();
    assert_eq!((end.balance, end.count), (5_000, 1));
    assert_eq!(end.customer, customer("1234"));
    let again = security(STATUS, Deed::Status);
    assert_eq!(
        word(&mut meter, &again, noon()),
        Some(1 << 3),
        "it has ended"
    );
}

#[test]
fn the_wallet_is_initialised_under_two_codes() {
    let mut meter = opened(MeterConfig::default());
    let initialise = |amount: u32, code: u32| {
        let deed = Deed::Initialise(Initialise {
            amount,
            mac: toy(Purpose::WalletAmount, &code.to_le_bytes()),
            count: 0,
            count_mac: toy(Purpose::WalletCount, &[0; 4]),
        });
        security(INITIALISE, deed)
    };
    assert_eq!(
        word(&mut meter, &initialise(700, 701), noon()),
        Some(1 << 2)
    );
    assert_eq!(word(&mut meter, &initialise(700, 700), noon()), None);
    assert_eq!((meter.balance(), meter.purchase_count()), (700, 0));
    let asked = request::top_up(address(), signed(3_000, 1, "1234"));
    assert_eq!(
        word(&mut meter, &asked, noon()),
        Some(1),
        "the account is closed"
    );
}

fn trip() -> RelayOrder {
    RelayOrder {
        password: Password::of_class(0x98),
        operator: OPERATOR,
        command: RelayCommand::Trip,
        delay: 0,
        valid_until: later(600),
    }
}

fn relay(content: Protected<'_>, class: u8) -> Frame {
    let order = ProtectedOrder {
        password: Password::of_class(class),
        operator: OPERATOR,
        content,
    };
    request::protected_relay(address(), order).unwrap()
}

#[test]
fn a_trip_under_a_code_needs_a_session_and_the_right_code() {
    let command = trip().command_bytes();
    let cipher: Vec<u8> = command.iter().map(|byte| !byte).collect();
    let sealed = Protected::Sealed {
        cipher: &cipher,
        mac: toy(Purpose::Control, &cipher),
    };
    let signed = Protected::Signed {
        data: &command,
        mac: toy(Purpose::Control, &command),
    };
    let forged = Protected::Signed {
        data: &command,
        mac: [0; 4],
    };
    let mut stranger = meter(MeterConfig::default());
    let frame = ask(&mut stranger, &relay(signed, 0x99), noon());
    assert_eq!(answer::parse(&frame), Ok(Answer::Refused(ErrorByte(0x04))));
    for (content, class, done) in [
        (sealed, 0x98, true),
        (signed, 0x99, true),
        (forged, 0x99, false),
    ] {
        let mut meter = opened(MeterConfig {
            password_trip: false,
            ..MeterConfig::default()
        });
        let frame = ask(&mut meter, &relay(content, class), noon());
        let answer = answer::parse(&frame).unwrap();
        assert_eq!(answer == Answer::Done, done, "{answer:?}");
        assert_eq!(meter.supplies(), !done);
    }
}

#[test]
fn a_parameter_is_written_under_a_code_over_identifier_and_value() {
    let di = 0x0400_1004u32;
    let value = [0x00, 0x00, 0x05, 0x00];
    let covered = [&di.to_le_bytes()[..], &value].concat();
    let cipher: Vec<u8> = covered.iter().map(|byte| !byte).collect();
    let write = |content| {
        let permit = Permit {
            password: Password::of_class(match content {
                Protected::Sealed { .. } => 0x98,
                _ => 0x99,
            }),
            operator: OPERATOR,
        };
        let write = Write {
            di,
            permit,
            content,
        };
        request::write(address(), write).unwrap()
    };
    for (content, done) in [
        (
            Protected::Signed {
                data: &value,
                mac: toy(Purpose::Parameter, &covered),
            },
            true,
        ),
        (
            Protected::Sealed {
                cipher: &cipher,
                mac: toy(Purpose::Parameter, &cipher),
            },
            true,
        ),
        (
            Protected::Signed {
                data: &value,
                mac: toy(Purpose::Parameter, &value),
            },
            false,
        ),
    ] {
        let mut meter = opened(MeterConfig::default());
        let frame = ask(&mut meter, &write(content), noon());
        assert_eq!(answer::parse(&frame) == Ok(Answer::Done), done);
        let limit = if done { 50_000 } else { 1_000_000 };
        assert_eq!(number(&mut meter, di, noon()), limit);
    }
}

#[test]
fn a_meter_whose_module_is_missing_refuses_everything_that_needs_it() {
    let mut meter = idle(MeterConfig {
        prepayment: Prepayment::Esam,
        errors: ErrorForm::TwoBytes,
        ..MeterConfig::default()
    });
    assert_eq!(word(&mut meter, &identity(true), noon()), Some(1 << 3));
    for di in [OPEN_ACCOUNT, TOP_UP] {
        let data = signed(100, 1, "1234").to_data(di);
        let asked = Frame::fixed(address(), Control(0x03), data);
        assert_eq!(word(&mut meter, &asked, noon()), Some(1 << 3));
    }
    assert_eq!(purchase::name(TOP_UP), Some("top-up"));
}
