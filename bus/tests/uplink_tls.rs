//! A master and a concentrator under TLS, whichever side connects, down to a meter.

#[path = "common/authority.rs"]
mod authority;
mod concentrator_rig;

use std::net::SocketAddr;
use std::time::Duration;

use authority::Authority;
use concentrator_rig::prepaid::{meter, script};
use concentrator_rig::{BALANCE, Node, READ_BALANCE, Wire, ask, honest, master_config};
use meterpost_bus::link::LinkError;
use meterpost_bus::master::{Master, MasterListener, MasterStatus};
use meterpost_bus::uplink::{ListenConfig, Peers, Security, TlsFiles};
use tempfile::TempDir;

const PATIENCE: Duration = Duration::from_secs(20);

fn loopback() -> SocketAddr {
    "127.0.0.1:0".parse().unwrap()
}

fn tls(files: &TlsFiles, more: &str) -> String {
    format!(
        "[tls]\nca = {:?}\ncertificate = {:?}\nkey = {:?}\n{more}\n",
        files.ca, files.certificate, files.key
    )
}

fn authority() -> (TempDir, Authority) {
    let folder = tempfile::tempdir().unwrap();
    let ca = Authority::new(folder.path());
    (folder, ca)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_master_connects_under_tls_and_reads_a_meter() {
    let (_folder, ca) = authority();
    let wire = Wire::new(honest);
    let files = ca.issue("concentrator.example");
    let node = Node::start_with(&wire, &tls(&files, "masters = [\"kiosk.example\"]"), "").await;
    let mut config = master_config(&[node.endpoint()]);
    config.name = Some("concentrator.example".to_owned());
    config.security = Security::Tls(ca.issue("kiosk.example"));
    let master = Master::new(config.clone()).unwrap();
    master.connected(PATIENCE).await;
    assert_eq!(
        ask(&master, 2, READ_BALANCE, BALANCE).await.unwrap(),
        BALANCE
    );

    config.security = Security::Tls(ca.issue("stranger.example"));
    let stranger = Master::new(config.clone()).unwrap();
    let error = ask(&stranger, 2, READ_BALANCE, BALANCE).await.unwrap_err();
    assert!(matches!(error, LinkError::NotConnected(_)), "{error:?}");
    let mut status = stranger.status();
    let refused = |status: &MasterStatus| matches!(status, MasterStatus::NotConnected(why) if why.contains("for a name it does not accept"));
    tokio::time::timeout(PATIENCE, status.wait_for(refused))
        .await
        .unwrap()
        .unwrap();

    config.security = Security::PlainOnLoopback;
    let bare = Master::new(config).unwrap();
    let status = bare.connected(Duration::from_secs(2)).await;
    assert!(matches!(status, MasterStatus::NotConnected(_)));
    assert_eq!(wire.heard(), [READ_BALANCE], "nobody else reached the wire");
}

async fn incoming(security: Security) -> MasterListener {
    MasterListener::bind(ListenConfig {
        address: loopback(),
        security,
        peers: Peers::AnyOfCa,
    })
    .await
    .unwrap()
}

fn uplink(listener: &MasterListener) -> String {
    let endpoint = listener.local_addr().unwrap();
    format!("\n[[uplink]]\nconnect = \"{endpoint}\"\nname = \"head-end.example\"\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_concentrator_connects_under_tls_and_comes_back_after_a_restart() {
    let (_folder, ca) = authority();
    let listener = incoming(Security::Tls(ca.issue("head-end.example"))).await;
    let mut config = master_config(&[]);
    config.name = Some("concentrator.example".to_owned());
    let master = Master::listening(config, &listener).unwrap();

    let files = ca.issue("concentrator.example");
    let wire = Wire::new(honest);
    let segment = uplink(&listener) + &tls(&files, "");
    let node = Node::start_with(&wire, "", &segment).await;
    assert!(matches!(
        master.connected(PATIENCE).await,
        MasterStatus::Connected { .. }
    ));
    assert_eq!(
        ask(&master, 2, READ_BALANCE, BALANCE).await.unwrap(),
        BALANCE
    );

    node.concentrator.stop().await;
    let mut status = master.status();
    let gone = |status: &MasterStatus| matches!(status, MasterStatus::NotConnected(_));
    tokio::time::timeout(PATIENCE, status.wait_for(gone))
        .await
        .unwrap()
        .unwrap();
    let _again = concentrator_rig::run(&node.config).await;
    assert!(matches!(
        master.connected(PATIENCE).await,
        MasterStatus::Connected { .. }
    ));
    assert_eq!(
        ask(&master, 2, READ_BALANCE, BALANCE).await.unwrap(),
        BALANCE
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_concentrator_with_anothers_certificate_does_not_take_its_place() {
    let (_folder, ca) = authority();
    let listener = incoming(Security::Tls(ca.issue("head-end.example"))).await;
    let mut config = master_config(&[]);
    config.name = Some("concentrator.example".to_owned());
    let master = Master::listening(config, &listener).unwrap();
    let wire = Wire::new(honest);
    let segment = uplink(&listener) + &tls(&ca.issue("kiosk.example"), "");
    let _impostor = Node::start_with(&wire, "", &segment).await;
    let status = master.connected(Duration::from_secs(2)).await;
    assert!(
        matches!(status, MasterStatus::NotConnected(_)),
        "{status:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn two_masters_share_a_listener_and_each_gets_its_own_concentrator() {
    let listener = incoming(Security::PlainOnLoopback).await;
    let ours = Master::listening(master_config(&[]), &listener).unwrap();
    let mut other = master_config(&[]);
    other.address = 77;
    let theirs = Master::listening(other, &listener).unwrap();
    let wire = Wire::new(honest);
    let _node = Node::start_with(&wire, "", &uplink(&listener)).await;
    assert!(matches!(
        ours.connected(PATIENCE).await,
        MasterStatus::Connected { .. }
    ));
    assert_eq!(ask(&ours, 2, READ_BALANCE, BALANCE).await.unwrap(), BALANCE);
    let error = ask(&theirs, 2, READ_BALANCE, BALANCE).await.unwrap_err();
    assert!(matches!(error, LinkError::NotConnected(_)), "{error:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_field_tool_reads_through_a_concentrator_under_tls() {
    let (_folder, ca) = authority();
    let wire = Wire::new(script(&meter()));
    let files = ca.issue("concentrator.example");
    let node = Node::start_with(&wire, &tls(&files, ""), "").await;
    let own = ca.issue("toolbox.example");
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_meterbus"));
    command
        .args([
            "read",
            "--address",
            "123456789012",
            "--json",
            "--segment",
            "2",
        ])
        .args([
            "--area",
            "0171",
            "--terminal",
            "2082",
            "--master",
            &node.endpoint(),
        ])
        .args(["--tls-name", "concentrator.example", "--tls-ca"])
        .arg(&own.ca)
        .arg("--tls-certificate")
        .arg(&own.certificate)
        .arg("--tls-key")
        .arg(&own.key);
    let run = tokio::task::spawn_blocking(move || command.output().unwrap());
    let output = run.await.unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let told: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(told["reading"]["balance"], "123.45");
}
