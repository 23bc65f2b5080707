//! The client of a crypto machine against a server that speaks the documented protocol, and against ones that do not.

use std::time::Duration;

use meterpost_bus::frame::dlt645::relay::{Password, RelayCommand, RelayOrder};
use meterpost_bus::frame::dlt645::security::{Deed, IdentityAnswer};
use meterpost_bus::frame::dlt645::{
    Address,
    heard::{self, Heard},
    password::Protected,
    purchase::{CustomerNumber, Operator},
};
use meterpost_bus::frame::wall_time::WallTime;
use meterpost_bus::signer::{
    AnySigner, CryptoMachine, CryptoMachineConfig, Purpose, Session, Signer, SignerConfig,
    SignerError, begin, identity_request, sign_purchase, sign_relay, sign_write,
};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;

const METER: [u8; 6] = [0x12, 0x00, 0x51, 0x05, 0x03, 0x26];

/// Serves connections one after the other; `answer` gets each question and says what line to send, or none to hang up.
async fn machine(
    mut answer: impl FnMut(Value) -> Option<String> + Send + 'static,
) -> CryptoMachineConfig {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let mut lines = BufReader::new(stream).lines();
            while let Ok(Some(line)) = lines.next_line().await {
                let Some(reply) = answer(serde_json::from_str(&line).unwrap()) else {
                    break;
                };
                let stream = lines.get_mut();
                stream.write_all(reply.as_bytes()).await.unwrap();
            }
        }
    });
    CryptoMachineConfig {
        address,
        timeout_seconds: 5,
        allow_plain: false,
    }
}

fn line(value: &Value) -> String {
    format!("{value}\n")
}

/// A checksum over everything a code must depend on, so that a field left out or mixed up shows.
fn toy_code(question: &Value) -> String {
    let text = format!(
        "{}{}{}{}",
        question["meter"], question["session"], question["purpose"], question["data"]
    );
    let sum = text.bytes().fold(7u32, |sum, byte| {
        sum.wrapping_mul(31).wrapping_add(u32::from(byte))
    });
    hex::encode_upper(sum.to_le_bytes())
}

/// A machine that answers everything with toy codes.
async fn good_machine() -> CryptoMachineConfig {
    machine(|question| {
        assert_eq!(question["v"], 1);
        let id = &question["id"];
        Some(line(&match question["ask"].as_str().unwrap() {
            "identity" => {
                json!({ "id": id, "cipher": "0102030405060708", "random": "1112131415161718" })
            }
            "mac" => json!({ "id": id, "mac": toy_code(&question) }),
            "seal" => {
                let data = question["data"].as_str().unwrap();
                json!({ "id": id, "cipher": format!("{data}8000"), "mac": toy_code(&question) })
            }
            "verify" => json!({ "id": id, "valid": question["mac"] == toy_code(&question) }),
            other => panic!("{other}"),
        }))
    })
    .await
}

fn session() -> Session {
    Session {
        meter: METER,
        master_random: [1, 2, 3, 4, 5, 6, 7, 8],
        meter_random: [9, 10, 11, 12],
        esam: [13; 8],
    }
}

#[tokio::test]
async fn a_session_is_opened_with_the_machines_numbers() {
    let mut machine = CryptoMachine::new(good_machine().await).unwrap();
    let operator = Operator([1, 2, 3, 4]);
    let (request, identity) = identity_request(&mut machine, METER, operator)
        .await
        .unwrap();
    let Deed::Identity(asked) = request.deed else {
        panic!("{request:?}");
    };
    assert_eq!(asked.cipher, [1, 2, 3, 4, 5, 6, 7, 8]);
    assert_eq!(asked.random[0], 0x11);
    assert_eq!(asked.divergence, [0x12, 0x00, 0x51, 0x05, 0x03, 0x26, 0, 0]);
    let answer = IdentityAnswer {
        random: [9, 10, 11, 12],
        esam: [13; 8],
    };
    let session = begin(METER, &identity, &answer.to_bytes()).unwrap();
    assert_eq!(session.meter_random, [9, 10, 11, 12]);
    assert_eq!(session.master_random, asked.random);
    assert!(begin(METER, &identity, &[0; 11]).is_err());
}

#[tokio::test]
async fn codes_depend_on_session_purpose_and_data() {
    let mut machine = CryptoMachine::new(good_machine().await).unwrap();
    let other = Session {
        meter_random: [9, 10, 11, 13],
        ..session()
    };
    let mut codes = std::collections::BTreeSet::new();
    for (session, purpose, data) in [
        (session(), Purpose::Purchase, [1, 2]),
        (session(), Purpose::Purchase, [1, 3]),
        (session(), Purpose::Customer, [1, 2]),
        (other, Purpose::Purchase, [1, 2]),
    ] {
        let mac = machine.mac(&session, purpose, &data).await.unwrap();
        assert!(codes.insert(mac), "{purpose:?}");
        assert_eq!(
            machine.verify(&session, purpose, &data, mac).await,
            Ok(true)
        );
        let wrong = [mac[0] ^ 1, mac[1], mac[2], mac[3]];
        assert_eq!(
            machine.verify(&session, purpose, &data, wrong).await,
            Ok(false)
        );
    }
}

#[tokio::test]
async fn a_purchase_carries_two_codes_over_what_it_says() {
    let mut machine = CryptoMachine::new(good_machine().await).unwrap();
    let customer = CustomerNumber::from_digits("1234").unwrap();
    let purchase = sign_purchase(
        &mut machine,
        &session(),
        Operator([0; 4]),
        10_000,
        2,
        customer,
    )
    .await
    .unwrap();
    let covered = [0x10, 0x27, 0, 0, 2, 0, 0, 0];
    let mac = machine.mac(&session(), Purpose::Purchase, &covered).await;
    assert_eq!(mac, Ok(purchase.mac));
    let mac = machine
        .mac(&session(), Purpose::Customer, &customer.to_wire())
        .await;
    assert_eq!(mac, Ok(purchase.customer_mac));
}

#[tokio::test]
async fn relay_orders_and_writes_are_signed_or_sealed() {
    let mut machine = CryptoMachine::new(good_machine().await).unwrap();
    let address = Address::from_wire(METER);
    let order = RelayOrder {
        password: Password::of_class(0x98),
        operator: Operator([1, 2, 3, 4]),
        command: RelayCommand::Trip,
        delay: 0,
        valid_until: WallTime::new(2026, 11, 25, 12, 0, 0).unwrap(),
    };
    for sealed in [true, false] {
        let frame = sign_relay(&mut machine, &session(), address, order, sealed)
            .await
            .unwrap();
        let Ok(Heard::Relay(heard)) = heard::parse(&frame) else {
            panic!("{frame:?}");
        };
        match heard.content {
            Protected::Sealed { cipher, .. } => {
                assert!(sealed && cipher.starts_with(&order.command_bytes()));
            }
            Protected::Signed { data, .. } => assert!(!sealed && data == order.command_bytes()),
            Protected::Plain(_) => panic!("in clear without a code"),
        }
        let write = (0x0400_1401, &[0x05, 0x00][..]);
        let frame = sign_write(
            &mut machine,
            &session(),
            address,
            write,
            order.operator,
            sealed,
        )
        .await
        .unwrap();
        let Ok(Heard::Write(write)) = heard::parse(&frame) else {
            panic!("{frame:?}");
        };
        assert_eq!(matches!(write.content, Protected::Sealed { .. }), sealed);
        assert_eq!(write.di, 0x0400_1401);
    }
}

#[tokio::test]
async fn a_machine_that_refuses_or_talks_nonsense_gives_no_code() {
    for (reply, expected) in [
        (
            r#"{"id":1,"error":"no key for this meter"}"#,
            "no key for this meter",
        ),
        (r#"{"id":1}"#, "no mac"),
        (r#"{"id":1,"mac":"0102"}"#, "2 bytes"),
        (r#"{"id":1,"mac":"0102030405"}"#, "5 bytes"),
        (r#"{"id":1,"mac":"xy"}"#, "mac"),
        (r#"{"id":2,"mac":"01020304"}"#, "question 2"),
        ("[]", "cannot be used"),
        ("", "cannot be used"),
    ] {
        let config = machine(move |_| Some(format!("{reply}\n"))).await;
        let mut machine = CryptoMachine::new(config).unwrap();
        let mac = machine.mac(&session(), Purpose::Purchase, &[1]).await;
        let said = mac.unwrap_err().to_string();
        assert!(said.contains(expected), "{reply}: {said}");
    }
}

#[tokio::test]
async fn an_endless_line_and_a_hang_up_give_no_code() {
    let config = machine(|_| Some("x".repeat(10_000))).await;
    let mut endless = CryptoMachine::new(config).unwrap();
    let mac = endless.mac(&session(), Purpose::Purchase, &[1]).await;
    assert!(matches!(mac, Err(SignerError::Malformed(_))), "{mac:?}");
    let config = machine(|_| None).await;
    let mut silent = CryptoMachine::new(config).unwrap();
    let mac = silent.mac(&session(), Purpose::Purchase, &[1]).await;
    assert!(mac.is_err());
}

#[tokio::test]
async fn a_machine_that_never_answers_costs_its_timeout_and_its_late_answer_is_nobodys() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let config = CryptoMachineConfig {
        address: listener.local_addr().unwrap().to_string(),
        timeout_seconds: 2,
        allow_plain: false,
    };
    let server = tokio::spawn(async move {
        let (first, _) = listener.accept().await.unwrap();
        let (second, _) = listener.accept().await.unwrap();
        let mut first = BufReader::new(first).lines();
        let late = first.next_line().await.unwrap().unwrap();
        // The client has given the first connection up: this goes nowhere.
        let _ = first
            .get_mut()
            .write_all(b"{\"id\":1,\"mac\":\"FFFFFFFF\"}\n")
            .await;
        let mut second = BufReader::new(second).lines();
        let asked: Value =
            serde_json::from_str(&second.next_line().await.unwrap().unwrap()).unwrap();
        let reply = line(&json!({ "id": asked["id"], "mac": "01020304" }));
        second.get_mut().write_all(reply.as_bytes()).await.unwrap();
        late
    });
    let mut machine = CryptoMachine::new(config).unwrap();
    let mac = machine.mac(&session(), Purpose::Purchase, &[1]).await;
    assert_eq!(mac, Err(SignerError::Silent(Duration::from_secs(2))));
    let mac = machine.mac(&session(), Purpose::Purchase, &[1]).await;
    assert_eq!(mac, Ok([1, 2, 3, 4]));
    assert!(server.await.unwrap().contains("\"id\":1"));
}

#[tokio::test]
async fn a_connection_that_was_lost_is_made_again() {
    let mut questions = 0;
    let config = machine(move |question| {
        questions += 1;
        (questions != 2).then(|| line(&json!({ "id": question["id"], "mac": "01020304" })))
    })
    .await;
    let mut machine = CryptoMachine::new(config).unwrap();
    for expected in [true, false, true] {
        let mac = machine.mac(&session(), Purpose::Purchase, &[1]).await;
        assert_eq!(mac.is_ok(), expected, "{mac:?}");
    }
}

#[test]
fn a_machine_elsewhere_needs_to_be_allowed() {
    for (address, allow_plain, good) in [
        ("127.0.0.1:1", false, true),
        ("[::1]:1", false, true),
        ("localhost:1", false, true),
        ("10.0.0.5:1", false, false),
        ("hsm.example:1", false, false),
        ("10.0.0.5:1", true, true),
    ] {
        let config = CryptoMachineConfig {
            address: address.to_owned(),
            timeout_seconds: 1,
            allow_plain,
        };
        assert_eq!(CryptoMachine::new(config).is_ok(), good, "{address}");
    }
}

#[tokio::test]
async fn without_a_signer_there_is_a_clear_error_and_never_a_code() {
    let mut signer = AnySigner::from_config(None).unwrap();
    let mac = signer.mac(&session(), Purpose::Purchase, &[1]).await;
    assert_eq!(mac, Err(SignerError::Missing));
    let sealed = signer.seal(&session(), Purpose::Control, &[1]).await;
    assert_eq!(sealed, Err(SignerError::Missing));
    assert_eq!(signer.identity(METER).await, Err(SignerError::Missing));
    let verdict = signer
        .verify(&session(), Purpose::Count, &[1], [0; 4])
        .await;
    assert_eq!(verdict, Err(SignerError::Missing));
    let text = "kind = \"crypto_machine\"\naddress = \"127.0.0.1:9000\"";
    let config: SignerConfig = toml::from_str(text).unwrap();
    assert!(matches!(
        AnySigner::from_config(Some(config)),
        Ok(AnySigner::CryptoMachine(_))
    ));
}
