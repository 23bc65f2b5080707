//! The worked example of `docs/keys.md`, made by OpenSSL, comes out of this crate byte for byte and is believed by it.

use meterpost_signing::{
    Certificate, Checkpoint, Cosignature, Description, EnrolmentRequest, KeyName, KeyStore,
    LogOrigin, Revocation, RootHash, Rotation, SignedCertificate, SignedCheckpoint, SignedRequest,
    SignedRevocation, Signer, TenantId, TerminalId, VerifierKey, WitnessKey,
};

const DOCUMENT: &str = include_str!("../../docs/keys.md");
const TIME: u64 = 1_679_315_147;

/// The blocks of the worked example, in order.
fn blocks() -> Vec<&'static str> {
    let (_, example) = DOCUMENT.split_once("## A worked example").unwrap();
    let blocks = example.split("```text\n").skip(1);
    blocks
        .map(|rest| rest.split_once("```").unwrap().0)
        .collect()
}

fn key(byte: u8) -> KeyStore {
    let folder = tempfile::tempdir().unwrap();
    let mut entropy = |buffer: &mut [u8]| {
        buffer.fill(byte);
        Ok(())
    };
    KeyStore::create(&folder.path().join("key"), &mut entropy).unwrap()
}

fn log() -> LogOrigin {
    LogOrigin::parse("meterpost/east/K1/2").unwrap()
}

fn request() -> SignedRequest {
    let request = EnrolmentRequest {
        tenant: TenantId::new("east").unwrap(),
        terminal: TerminalId::new("K1").unwrap(),
        key: key(1).public_key(),
        nonce: [7; 16],
        software: Description::new("kiosk 0.1.0").unwrap(),
        hardware: Description::new("10000000abcdef01").unwrap(),
    };
    request.sign(&key(1)).unwrap()
}

#[test]
fn the_verifier_keys() {
    let (log_key, witness) = blocks()[0].trim_end().split_once('\n').unwrap();
    let read = VerifierKey::parse(log_key).unwrap();
    assert_eq!(read.to_string(), log_key);
    assert_eq!(*read.key(), key(1).public_key());
    assert_eq!(*read.name(), log().name().unwrap());
    let read = WitnessKey::parse(witness).unwrap();
    assert_eq!(read.to_string(), witness);
    assert_eq!(*read.key(), key(3).public_key());
}

#[test]
fn the_request_and_its_code() {
    assert_eq!(request().to_text(), blocks()[1]);
    assert!(SignedRequest::open(blocks()[1].as_bytes()).is_ok());
    let sentence = format!("whose code is `{}`", request().code());
    assert!(DOCUMENT.contains(&sentence), "{sentence}");
}

#[test]
fn the_certificate() {
    let made = Certificate::answer(&request(), 2, 17, TIME).unwrap();
    assert_eq!(made.sign(&key(9)).unwrap().to_text(), blocks()[2]);
    let operator = key(9).public_key();
    let read = SignedCertificate::open(blocks()[2].as_bytes(), &operator).unwrap();
    assert_eq!(read.check_answers(&request()), Ok(()));
}

#[test]
fn the_revocation_and_the_message_signed() {
    let made = Revocation {
        origin: log(),
        key: key(1).public_key().id(),
        accepted: 42,
    };
    assert_eq!(made.sign(&key(9)).unwrap().to_text(), blocks()[3]);
    let operator = key(9).public_key();
    let read = SignedRevocation::open(blocks()[3].as_bytes(), &operator).unwrap();
    let message = hex::decode(blocks()[4].replace('\n', "")).unwrap();
    let signature = key(9).sign(&message).unwrap();
    assert_eq!(signature, read.signature());
}

#[test]
fn the_rotation() {
    let made = Rotation::sign(&log().name().unwrap(), &key(1), &key(2)).unwrap();
    let parts = [
        hex::encode(made.old.to_bytes()),
        hex::encode(made.new.to_bytes()),
        hex::encode(made.by_old.0),
        hex::encode(made.by_new.0),
    ];
    assert_eq!(parts.join("\n") + "\n", blocks()[5]);
    assert_eq!(made.verify(&log().name().unwrap()), Ok(()));
}

#[test]
fn the_cosigned_checkpoint() {
    let checkpoint = Checkpoint {
        origin: log().name().unwrap(),
        size: 42,
        root: RootHash([0x5a; 32]),
    };
    let signed = checkpoint.sign(&key(1)).unwrap();
    let name = KeyName::new("witness.example/east").unwrap();
    let cosignature = Cosignature::sign(&signed, &name, &key(3), TIME).unwrap();
    let whole = signed.with(&cosignature).unwrap();
    assert_eq!(whole.to_text(), blocks()[6]);

    let (log_key, witness) = blocks()[0].trim_end().split_once('\n').unwrap();
    let log_key = VerifierKey::parse(log_key).unwrap();
    let known = [WitnessKey::parse(witness).unwrap()];
    let read = SignedCheckpoint::open(blocks()[6].as_bytes(), &log_key).unwrap();
    assert_eq!(read.cosignatures(&known), Ok(vec![cosignature]));
}
