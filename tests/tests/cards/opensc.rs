//! OpenSC, which knows nothing of this project, reads the rig's card and signs with its keys.

use std::path::Path;
use std::process::Command;

use meterpost_tests::card::{CardAuthority, CardService, CardSlot, Holder, VirtualCard};

/// Runs a tool on the first slot; what it printed, both ways.
#[track_caller]
fn run(tool: &str, arguments: &[&str]) -> String {
    let output = Command::new(tool).args(arguments).output();
    let output = output.unwrap_or_else(|why| panic!("{tool}: {why}"));
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said).into_owned();
    assert!(output.status.success(), "{tool} {arguments:?}: {said}");
    said
}

fn installed() -> bool {
    let found = Command::new("opensc-tool").arg("--version").output();
    if found.is_err() {
        eprintln!("skipped, OpenSC is not installed (opensc)");
    }
    found.is_ok()
}

/// Until the daemon has seen the card.
fn wait_for_card() {
    for _ in 0..50 {
        let output = Command::new("opensc-tool")
            .args(["--reader", "0", "--atr"])
            .output();
        if output.is_ok_and(|output| output.status.success()) {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    panic!("OpenSC sees no card");
}

#[test]
fn opensc_reads_the_rigs_card_and_signs_with_its_keys() {
    if !installed() {
        return;
    }
    let Some(_service) = CardService::start_or_say() else {
        return;
    };
    let authority = CardAuthority::new("East District cards");
    let card = authority.issue(&Holder::staff("S-0007", "maintenance"));
    let _card = VirtualCard::insert(CardSlot::First, card).unwrap();
    wait_for_card();

    let name = run("opensc-tool", &["--reader", "0", "--name"]);
    assert!(name.contains("Personal Identity Verification"), "{name}");

    let list = run("pkcs15-tool", &["--reader", "0", "--list-certificates"]);
    assert!(
        list.contains("Certificate for PIV Authentication"),
        "{list}"
    );
    assert!(
        list.contains("Certificate for Card Authentication"),
        "{list}"
    );

    let folder = tempfile::tempdir().unwrap();
    let authority_file = folder.path().join("authority.pem");
    std::fs::write(&authority_file, authority.pem()).unwrap();
    for (id, slot) in [("01", "9A"), ("04", "9E")] {
        let pem = run("pkcs15-tool", &["--reader", "0", "--read-certificate", id]);
        check_certificate(folder.path(), &authority_file, &pem, slot);
        sign(folder.path(), id);
    }
}

/// OpenSSL finds the number, and that the authority signed it.
fn check_certificate(folder: &Path, authority: &Path, pem: &str, slot: &str) {
    let from = pem.find("-----BEGIN CERTIFICATE-----").expect(pem);
    let file = folder.join("certificate.pem");
    std::fs::write(&file, &pem[from..]).unwrap();
    let file = file.to_str().unwrap();
    let text = run("openssl", &["x509", "-in", file, "-noout", "-subject"]);
    assert!(text.contains("S-0007"), "{slot}: {text}");
    let authority = authority.to_str().unwrap();
    let verified = run("openssl", &["verify", "-CAfile", authority, file]);
    assert!(verified.contains("OK"), "{slot}: {verified}");
    let key = run("openssl", &["x509", "-in", file, "-noout", "-pubkey"]);
    std::fs::write(folder.join("key.pem"), key).unwrap();
}

/// PKCS #11 signs with the card's key, and OpenSSL checks the signature with the certificate's.
fn sign(folder: &Path, id: &str) {
    let place = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    std::fs::write(folder.join("data"), b"what is signed").unwrap();
    let hash = run(
        "openssl",
        &[
            "dgst",
            "-sha256",
            "-binary",
            "-out",
            &place("hash"),
            &place("data"),
        ],
    );
    assert!(hash.is_empty(), "{hash}");
    let (input, output) = (place("hash"), place("signature"));
    let mut arguments = vec![
        "--slot-index",
        "0",
        "--id",
        id,
        "--sign",
        "--mechanism",
        "ECDSA",
    ];
    arguments.extend(["--signature-format", "openssl"]);
    arguments.extend(["--input-file", &input, "--output-file", &output]);
    arguments.extend(["--login", "--pin", "123456"]);
    run("pkcs11-tool", &arguments);
    let (key, data) = (place("key.pem"), place("data"));
    let arguments = [
        "dgst",
        "-sha256",
        "-verify",
        &key,
        "-signature",
        &output,
        &data,
    ];
    let verified = run("openssl", &arguments);
    assert!(verified.contains("Verified OK"), "{id}: {verified}");
}
