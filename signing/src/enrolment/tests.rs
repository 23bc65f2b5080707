use proptest::prelude::*;

use super::*;
use crate::fields::FieldsError;
use crate::key::PublicKey;
use crate::origin::{LogOrigin, TenantId, TerminalId};
use crate::sealer::Seed;
use crate::signer::{SecretKey, Signer};
use crate::statement::SignedStatement;
use base64ct::{Base64, Encoding};

fn key(byte: u8) -> SecretKey {
    SecretKey::from_seed(&Seed::new([byte; 32])).unwrap()
}

fn operator() -> PublicKey {
    key(9).public_key()
}

fn request(byte: u8) -> EnrolmentRequest {
    EnrolmentRequest {
        tenant: TenantId::new("east").unwrap(),
        terminal: TerminalId::new("K1").unwrap(),
        key: key(byte).public_key(),
        nonce: [7; 16],
        software: Description::new("kiosk 0.1.0").unwrap(),
        hardware: Description::new("10000000abcdef01").unwrap(),
    }
}

fn signed_request() -> SignedRequest {
    request(1).sign(&key(1)).unwrap()
}

fn certificate() -> Certificate {
    Certificate::answer(&signed_request(), 2, 17, 1_679_315_147).unwrap()
}

fn signed_certificate() -> SignedCertificate {
    certificate().sign(&key(9)).unwrap()
}

/// A file with one line in the place of another, signed again or not.
fn changed(text: &str, from: &str, to: &str) -> Vec<u8> {
    let changed = text.replace(from, to);
    assert_ne!(changed, text, "nothing to change");
    changed.into_bytes()
}

#[test]
fn a_request_is_read_and_written() {
    let made = signed_request();
    let text = made.to_text();
    let lines = "meterpost-enrolment v1\ntenant east\nterminal K1\n\
        key iojj3XQJ8ZX9UtstPLpdcspnCb8dlBIb83SIAbQPb1w=\nnonce BwcHBwcHBwcHBwcHBwcHBw==\n\
        software kiosk 0.1.0\nhardware 10000000abcdef01\nsignature ";
    assert!(text.starts_with(lines), "{text}");
    assert_eq!(SignedRequest::open(text.as_bytes()), Ok(made.clone()));
    assert_eq!(made.request(), &request(1));
}

#[test]
fn a_request_needs_the_key_it_names() {
    assert_eq!(request(1).sign(&key(2)), Err(RequestError::OtherKey));
    // Somebody else's key under one's own signature, and the reverse.
    let own = Base64::encode_string(&key(1).public_key().to_bytes());
    let other = Base64::encode_string(&key(2).public_key().to_bytes());
    let forged = changed(&signed_request().to_text(), &own, &other);
    assert!(matches!(
        SignedRequest::open(&forged),
        Err(RequestError::Signature(_))
    ));
}

#[test]
fn every_malformed_request_has_its_error() {
    let text = signed_request().to_text();
    let error = |from: &str, to: &str| SignedRequest::open(&changed(&text, from, to)).unwrap_err();
    let line = |field| RequestError::Fields(FieldsError::Line(field));
    assert!(matches!(
        error(" v1\n", " v2\n"),
        RequestError::Fields(FieldsError::Header(_))
    ));
    assert_eq!(error("tenant east", "tenant East"), line("tenant"));
    assert_eq!(error("terminal K1", "terminal K 1"), line("terminal"));
    assert_eq!(error("key io", "key  io"), line("key"));
    assert_eq!(error("Bw==", "Bx=="), line("nonce"));
    assert_eq!(error("nonce BwcH", "nonce "), line("nonce"));
    assert_eq!(error("0.1.0\n", "0.1.0 \n"), line("software"));
    assert_eq!(error("software kiosk 0.1.0", "software "), line("software"));
    assert_eq!(error("hardware 1", "hardware \u{e9}"), line("hardware"));
    assert_eq!(error("software", "Software"), line("software"));
    assert!(matches!(error("K1", "K2"), RequestError::Signature(_)));
    let trailing = format!("{text}\n");
    assert_eq!(
        SignedRequest::open(trailing.as_bytes()),
        Err(FieldsError::Trailing.into())
    );
    assert_eq!(
        SignedRequest::open(text.trim_end().as_bytes()),
        Err(line("signature"))
    );
    assert_eq!(
        SignedRequest::open(&[b'm'; 5000]),
        Err(FieldsError::TooLong.into())
    );
}

#[test]
fn weak_and_misspelt_keys_are_refused_in_request_and_certificate() {
    let own = Base64::encode_string(&key(1).public_key().to_bytes());
    for (bytes, error) in crate::edge_vectors::refused_keys() {
        let other = Base64::encode_string(&bytes);
        let file = changed(&signed_request().to_text(), &own, &other);
        assert_eq!(SignedRequest::open(&file), Err(RequestError::Key(error)));
        let file = changed(&signed_certificate().to_text(), &own, &other);
        assert_eq!(
            SignedCertificate::open(&file, &operator()),
            Err(CertificateError::Key(error))
        );
    }
}

#[test]
fn the_code_stands_for_the_whole_request() {
    let code = signed_request().code();
    assert_eq!(code, signed_request().code());
    let mut others = Vec::new();
    for change in 0..6 {
        let mut request = request(1);
        match change {
            0 => request.tenant = TenantId::new("west").unwrap(),
            1 => request.terminal = TerminalId::new("K2").unwrap(),
            2 => request.key = key(2).public_key(),
            3 => request.nonce = [8; 16],
            4 => request.software = Description::new("kiosk 0.1.1").unwrap(),
            _ => request.hardware = Description::new("10000000abcdef02").unwrap(),
        }
        others.push(EnrolmentCode::of(&request).to_string());
    }
    assert!(!others.contains(&code.to_string()));
}

#[test]
fn the_code_is_read_as_people_type_it() {
    let code = signed_request().code();
    let shown = code.to_string();
    assert_eq!(shown, CODE);
    assert_eq!((shown.len(), &shown[4..5]), (9, "-"));
    assert!(code.matches(&shown));
    assert!(code.matches(&shown.to_lowercase().replace('-', "")));
    assert!(code.matches(&shown.replace('0', "o").replace('1', "L")));
    for wrong in [
        "",
        "0000-0000",
        &shown[..8],
        &format!("{shown}0"),
        "\u{4e00}",
    ] {
        assert!(!code.matches(wrong), "{wrong}");
    }
}

/// Computed by another program from the description in `code.rs`.
const CODE: &str = "9AGX-8XQ1";

#[test]
fn a_certificate_is_read_and_written() {
    let made = signed_certificate();
    let text = made.to_text();
    let lines = "meterpost-certificate v1\norigin meterpost/east/K1/2\n\
        key iojj3XQJ8ZX9UtstPLpdcspnCb8dlBIb83SIAbQPb1w=\nnonce BwcHBwcHBwcHBwcHBwcHBw==\n\
        serial 17\nissued 1679315147\nsignature ";
    assert!(text.starts_with(lines), "{text}");
    let read = SignedCertificate::open(text.as_bytes(), &operator()).unwrap();
    assert_eq!(read, made);
    assert_eq!(read.check_answers(&signed_request()), Ok(()));
    let vkey = read.certificate().verifier_key().unwrap();
    assert_eq!(vkey.name().as_str(), "meterpost/east/K1/2");
    assert_eq!(*vkey.key(), key(1).public_key());
}

#[test]
fn only_the_operator_certifies() {
    let text = signed_certificate().to_text();
    assert!(matches!(
        SignedCertificate::open(text.as_bytes(), &key(8).public_key()),
        Err(CertificateError::Signature(_))
    ));
    // A terminal that signs for itself, whoever is taken for the operator.
    assert_eq!(certificate().sign(&key(1)), Err(CertificateError::OwnKey));
    let own = certificate();
    let statement = SignedStatement::sign(&own, &own.origin.name().unwrap(), &key(1)).unwrap();
    let good = signed_certificate().to_text();
    let (lines, _) = good.split_once("signature ").unwrap();
    let forged = crate::fields::with_signature(lines, &statement.signature);
    assert_eq!(
        SignedCertificate::open(forged.as_bytes(), &key(1).public_key()),
        Err(CertificateError::OwnKey)
    );
}

#[test]
fn every_malformed_certificate_has_its_error() {
    let text = signed_certificate().to_text();
    let error = |from: &str, to: &str| {
        SignedCertificate::open(&changed(&text, from, to), &operator()).unwrap_err()
    };
    let line = |field| CertificateError::Fields(FieldsError::Line(field));
    assert_eq!(error("K1/2", "K1/0"), line("origin"));
    assert_eq!(error("serial 17", "serial 017"), line("serial"));
    assert_eq!(error("serial 17", "serial -1"), line("serial"));
    assert_eq!(error("issued 1", "issued 99999999999"), line("issued"));
    for (from, to) in [
        ("K1/2", "K1/3"),
        ("serial 17", "serial 18"),
        ("issued 1", "issued 2"),
    ] {
        let error = error(from, to);
        assert!(matches!(error, CertificateError::Signature(_)), "{error}");
    }
}

#[test]
fn numbers_out_of_range_are_not_certified() {
    let answer = |epoch, serial, issued| {
        Certificate::answer(&signed_request(), epoch, serial, issued)
            .and_then(|certificate| certificate.sign(&key(9)))
    };
    let over = i64::MAX as u64 + 1;
    assert_eq!(answer(0, 1, 1), Err(CertificateError::Range("epoch")));
    assert_eq!(
        answer(1, 0, 1),
        Err(CertificateError::Range("serial number"))
    );
    assert_eq!(
        answer(1, over, 1),
        Err(CertificateError::Range("serial number"))
    );
    assert_eq!(
        answer(1, 1, over),
        Err(CertificateError::Range("time of issue"))
    );
    assert!(answer(u32::MAX, over - 1, over - 1).is_ok());
}

#[test]
fn a_certificate_for_another_terminal_key_or_occasion_is_no_answer() {
    let given = signed_certificate();
    let against =
        |request: EnrolmentRequest, byte| given.check_answers(&request.sign(&key(byte)).unwrap());
    let other = |what| Err(CertificateError::OtherRequest(what));
    let tenant = TenantId::new("west").unwrap();
    assert_eq!(
        against(
            EnrolmentRequest {
                tenant,
                ..request(1)
            },
            1
        ),
        other("tenant")
    );
    let terminal = TerminalId::new("K2").unwrap();
    assert_eq!(
        against(
            EnrolmentRequest {
                terminal,
                ..request(1)
            },
            1
        ),
        other("terminal")
    );
    assert_eq!(against(request(2), 2), other("key"));
    let nonce = [8; 16];
    assert_eq!(
        against(
            EnrolmentRequest {
                nonce,
                ..request(1)
            },
            1
        ),
        other("nonce")
    );
}

#[test]
fn a_request_is_no_certificate() {
    let request = signed_request().to_text();
    assert!(SignedCertificate::open(request.as_bytes(), &key(1).public_key()).is_err());
    let certificate = signed_certificate().to_text();
    assert!(SignedRequest::open(certificate.as_bytes()).is_err());
}

proptest! {
    #[test]
    fn any_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(SignedRequest::open(&bytes).is_err());
        prop_assert!(SignedCertificate::open(&bytes, &operator()).is_err());
    }

    #[test]
    fn a_changed_byte_is_refused(at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let change = |text: String| {
            let mut bytes = text.clone().into_bytes();
            *at.get_mut(&mut bytes) = byte;
            (bytes == text.as_bytes(), bytes)
        };
        let (same, bytes) = change(signed_request().to_text());
        prop_assert_eq!(SignedRequest::open(&bytes).is_ok(), same);
        let (same, bytes) = change(signed_certificate().to_text());
        prop_assert_eq!(SignedCertificate::open(&bytes, &operator()).is_ok(), same);
    }

    #[test]
    fn every_request_and_certificate_survives(
        tenant in "[a-z0-9-]{1,32}",
        terminal in "[A-Za-z0-9]{1,16}",
        nonce in any::<[u8; 16]>(),
        software in "[!-~]([ -~]{0,62}[!-~])?",
        hardware in "[!-~]{1,64}",
        epoch in 1..=u32::MAX,
        serial in 1..=i64::MAX as u64,
        issued in 0..=i64::MAX as u64,
    ) {
        let request = EnrolmentRequest {
            tenant: TenantId::new(&tenant).unwrap(),
            terminal: TerminalId::new(&terminal).unwrap(),
            key: key(1).public_key(),
            nonce,
            software: Description::new(&software).unwrap(),
            hardware: Description::new(&hardware).unwrap(),
        };
        let made = request.sign(&key(1)).unwrap();
        let read = SignedRequest::open(made.to_text().as_bytes()).unwrap();
        prop_assert_eq!(&read, &made);
        let given = Certificate::answer(&read, epoch, serial, issued).unwrap().sign(&key(9)).unwrap();
        let read = SignedCertificate::open(given.to_text().as_bytes(), &operator()).unwrap();
        prop_assert_eq!(&read, &given);
        prop_assert_eq!(read.check_answers(&made), Ok(()));
        let origin = LogOrigin::parse(&read.certificate().origin.to_string());
        prop_assert_eq!(origin.as_ref(), Ok(&read.certificate().origin));
    }
}
