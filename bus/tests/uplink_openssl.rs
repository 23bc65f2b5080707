//! The operator's steps in docs/bus/links.md, run as they stand there.

use std::path::Path;
use std::process::Command;

use meterpost_bus::uplink::{
    ConnectConfig, ListenConfig, Peers, Security, TlsFiles, UplinkListener, connect,
};

/// The shell blocks of the page that call openssl.
fn steps() -> Vec<String> {
    let page = Path::new(&std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo tells"))
        .join("../docs/bus/links.md");
    let text = std::fs::read_to_string(page).unwrap();
    let blocks = text.split("```sh\n").skip(1);
    blocks
        .map(|block| block.split("```").next().unwrap().to_owned())
        .filter(|block| block.contains("openssl"))
        .collect()
}

fn shell(folder: &Path, script: &str) {
    let output = Command::new("sh")
        .args(["-e", "-c", script])
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(output.status.success(), "{script}\n{output:?}");
}

fn files(folder: &Path, name: &str) -> TlsFiles {
    TlsFiles {
        ca: folder.join("ca.pem"),
        certificate: folder.join(format!("{name}.pem")),
        key: folder.join(format!("{name}.key")),
        crl: None,
    }
}

#[tokio::test]
async fn what_the_documented_commands_make_connects() {
    if Command::new("openssl").arg("version").output().is_err() {
        eprintln!("openssl is not installed; its commands were not run");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let steps = steps();
    let [ca, kiosk] = steps.as_slice() else {
        panic!("the page must have two blocks with openssl: {steps:?}");
    };
    shell(folder, ca);
    shell(folder, kiosk);
    shell(folder, &kiosk.replace("kiosk-1", "concentrator-1"));
    let (kiosk, concentrator) = (files(folder, "kiosk-1"), files(folder, "concentrator-1"));
    kiosk.check().unwrap();
    let listener = UplinkListener::bind(ListenConfig {
        address: "127.0.0.1:0".parse().unwrap(),
        security: Security::Tls(concentrator),
        peers: Peers::Named(vec!["kiosk-1.example".to_owned()]),
    })
    .await
    .unwrap();
    let config = ConnectConfig {
        endpoint: listener.local_addr().unwrap().to_string(),
        security: Security::Tls(kiosk),
        name: Some("concentrator-1.example".to_owned()),
    };
    let accepting = async { listener.accept().await.unwrap().secure().await };
    let (accepted, connected) = tokio::join!(accepting, connect(&config));
    assert!(accepted.unwrap().peer_is("kiosk-1.example"));
    connected.unwrap();
}
