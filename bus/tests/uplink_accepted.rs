//! A master over a connection that a concentrator made, handed to it by whoever listens.

#[path = "common/authority.rs"]
mod authority;
mod concentrator_rig;

use std::net::SocketAddr;
use std::time::Duration;

use authority::Authority;
use concentrator_rig::{BALANCE, Node, READ_BALANCE, Wire, ask, honest, master_config};
use meterpost_bus::frame::gdw376::{Address, Control, Frame, Item, Sequence, afn, units};
use meterpost_bus::master::{Allowance, Caller, Master, MasterStatus};
use meterpost_bus::uplink::{ListenConfig, Security, UplinkListener};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

const PATIENCE: Duration = Duration::from_secs(20);

fn allowance() -> Allowance {
    Allowance {
        frames: 20,
        bytes: 16_384,
        burst_seconds: 5,
    }
}

async fn listener(security: Security) -> (UplinkListener, SocketAddr) {
    let address = "127.0.0.1:0".parse().unwrap();
    let listener = UplinkListener::bind(ListenConfig::new(address, security))
        .await
        .unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

fn uplink(address: SocketAddr) -> String {
    format!("\n[[uplink]]\nconnect = \"{address}\"\nname = \"head-end.example\"\n")
}

async fn lost(master: &Master) -> String {
    let mut status = master.status();
    let gone = |status: &MasterStatus| matches!(status, MasterStatus::NotConnected(_));
    let found = tokio::time::timeout(PATIENCE, status.wait_for(gone)).await;
    match &*found.unwrap().unwrap() {
        MasterStatus::NotConnected(why) => why.clone(),
        MasterStatus::Connected { .. } => unreachable!(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_meter_is_read_over_the_connection_that_the_concentrator_made() {
    let folder = tempfile::tempdir().unwrap();
    let ca = Authority::new(folder.path());
    let (listener, address) = listener(Security::Tls(ca.issue("head-end.example"))).await;
    let files = ca.issue("c1.east.example");
    let tls = format!(
        "[tls]\nca = {:?}\ncertificate = {:?}\nkey = {:?}\n",
        files.ca, files.certificate, files.key
    );
    let wire = Wire::new(honest);
    let node = Node::start_with(&wire, "", &(uplink(address) + &tls)).await;
    let caller = Caller::identify(listener.accept().await.unwrap())
        .await
        .unwrap();
    assert_eq!(caller.names(), ["c1.east.example"]);
    assert!(caller.is_encrypted() && caller.peer_is("c1.east.example"));
    assert_eq!(caller.address(), Address::of_terminal(171, 2082).unwrap());
    let master = Master::accepted(master_config(&[]), caller, allowance()).unwrap();
    assert!(matches!(
        master.connected(PATIENCE).await,
        MasterStatus::Connected { .. }
    ));
    assert_eq!(
        ask(&master, 2, READ_BALANCE, BALANCE).await.unwrap(),
        BALANCE
    );
    node.concentrator.stop().await;
    let why = lost(&master).await;
    assert!(why.contains("closed"), "{why}");
}

/// A login as any terminal would send it.
fn login(area: u16, terminal: u16) -> Vec<u8> {
    let frame = Frame {
        protocol: 2,
        control: Control::LINK_TEST,
        address: Address::of_terminal(area, terminal).unwrap(),
        afn: afn::LINK,
        sequence: Sequence::single(1, true),
        data: units::join(&[Item::of_terminal(1, Vec::new())]).unwrap(),
        password: None,
        events: None,
        time_tag: None,
    };
    frame.encode().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_is_not_taken_for_another_and_a_flood_ends_its_connection() {
    let (listener, address) = listener(Security::PlainOnLoopback).await;
    let caller = |area, terminal| {
        let listener = &listener;
        async move {
            let mut stream = TcpStream::connect(address).await.unwrap();
            stream.write_all(&login(area, terminal)).await.unwrap();
            let arrived = listener.accept().await.unwrap();
            (stream, Caller::identify(arrived).await.unwrap())
        }
    };
    let (_other, other) = caller(171, 2083).await;
    assert!(other.names().is_empty());
    assert!(Master::accepted(master_config(&[]), other, allowance()).is_err());

    let (mut stream, ours) = caller(171, 2082).await;
    let master = Master::accepted(master_config(&[]), ours, allowance()).unwrap();
    master.connected(PATIENCE).await;
    let flood = tokio::spawn(async move {
        let chunk = [0x5A; 4096];
        while stream.write_all(&chunk).await.is_ok() {}
    });
    let why = lost(&master).await;
    assert!(why.contains("says more than it may"), "{why}");
    flood.await.unwrap();
}
