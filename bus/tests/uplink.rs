//! Uplinks under TLS: who is let in, and what everybody else is told.

#[path = "common/authority.rs"]
mod authority;

use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;

use authority::{Authority, Wanted};
use meterpost_bus::uplink::{
    ConnectConfig, ListenConfig, Peers, Security, TlsFiles, UplinkError, UplinkListener,
    UplinkStream, connect,
};
use rcgen::ExtendedKeyUsagePurpose;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

fn loopback() -> SocketAddr {
    "127.0.0.1:0".parse().unwrap()
}

struct Place {
    folder: TempDir,
    ca: Authority,
}

fn place() -> Place {
    let folder = tempfile::tempdir().unwrap();
    let ca = Authority::new(folder.path());
    Place { folder, ca }
}

/// What both ends make of one meeting: the listener's side, and the connecting side up to its first read.
async fn meet(
    server: TlsFiles,
    peers: Peers,
    client: TlsFiles,
    name: &str,
) -> (Result<UplinkStream, UplinkError>, Result<String, String>) {
    let listener = UplinkListener::bind(ListenConfig {
        address: loopback(),
        security: Security::Tls(server),
        peers,
    })
    .await
    .unwrap();
    let endpoint = listener.local_addr().unwrap().to_string();
    let config = ConnectConfig {
        endpoint,
        security: Security::Tls(client),
        name: Some(name.to_owned()),
    };
    let accepting = async {
        let mut accepted = listener.accept().await.unwrap().secure().await;
        if let Ok(stream) = &mut accepted {
            stream.write_all(b"welcome").await.unwrap();
            stream.shutdown().await.unwrap();
        }
        accepted
    };
    let connecting = async {
        let mut stream = connect(&config).await.map_err(|error| error.to_string())?;
        let mut heard = String::new();
        let read = stream.read_to_string(&mut heard).await;
        read.map(|_| heard).map_err(|error| error.to_string())
    };
    tokio::join!(accepting, connecting)
}

fn named(name: &str) -> Peers {
    Peers::Named(vec![name.to_owned()])
}

#[tokio::test]
async fn two_certificates_of_the_operators_ca_meet() {
    let place = place();
    let server = place.ca.issue("concentrator.example");
    let client = place.ca.issue("kiosk.example");
    let (accepted, heard) = meet(
        server,
        named("kiosk.example"),
        client,
        "concentrator.example",
    )
    .await;
    let stream = accepted.unwrap();
    assert_eq!(heard.unwrap(), "welcome");
    assert!(stream.is_encrypted());
    assert!(stream.peer_is("kiosk.example"));
    assert!(!stream.peer_is("concentrator.example"));
}

#[tokio::test]
async fn a_certificate_of_another_ca_is_refused_on_both_sides() {
    let (ours, theirs) = (place(), place());
    let (accepted, heard) = meet(
        ours.ca.issue("concentrator.example"),
        Peers::AnyOfCa,
        theirs.ca.issue("kiosk.example"),
        "concentrator.example",
    )
    .await;
    let told = heard.unwrap_err();
    assert!(told.contains("not signed by the CA in `ca`"), "{told}");
    accepted.unwrap_err();
}

#[tokio::test]
async fn a_foreign_client_that_trusts_us_is_refused_and_told() {
    let (ours, theirs) = (place(), place());
    let mut intruder = theirs.ca.issue("kiosk.example");
    let server = ours.ca.issue("concentrator.example");
    intruder.ca = server.ca.clone();
    let (accepted, heard) = meet(server, Peers::AnyOfCa, intruder, "concentrator.example").await;
    let why = accepted.unwrap_err().to_string();
    assert!(why.contains("not signed by the CA in `ca`"), "{why}");
    let told = heard.unwrap_err();
    assert!(
        told.contains("our certificate is not signed by its CA"),
        "{told}"
    );
}

#[tokio::test]
async fn a_ca_of_the_same_name_with_another_key_is_another_ca() {
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let [ours, theirs] = folders
        .each_ref()
        .map(|folder| Authority::named(folder.path(), "Town"));
    let mut intruder = theirs.issue("kiosk.example");
    let server = ours.issue("concentrator.example");
    intruder.ca = server.ca.clone();
    let (accepted, heard) = meet(server, Peers::AnyOfCa, intruder, "concentrator.example").await;
    let why = accepted.unwrap_err().to_string();
    assert!(
        why.contains("one of the same name with another key"),
        "{why}"
    );
    let told = heard.unwrap_err();
    assert!(
        told.contains("one of the same name with another key"),
        "{told}"
    );
}

#[tokio::test]
async fn an_expired_certificate_is_refused_and_told() {
    let place = place();
    let client = place.ca.issue_as(&Wanted {
        name: "kiosk.example",
        expired: true,
        purposes: &authority::BOTH,
    });
    let own = client.check().unwrap_err().to_string();
    assert!(own.contains("this certificate has expired"), "{own}");
    let server = place.ca.issue("concentrator.example");
    let (accepted, heard) = meet(server, Peers::AnyOfCa, client, "concentrator.example").await;
    let why = accepted.unwrap_err().to_string();
    assert!(why.contains("has expired"), "{why}");
    let told = heard.unwrap_err();
    assert!(told.contains("our certificate has expired"), "{told}");
}

#[tokio::test]
async fn a_listener_with_an_expired_certificate_is_refused() {
    let place = place();
    let server = place.ca.issue_as(&Wanted {
        name: "concentrator.example",
        expired: true,
        purposes: &authority::BOTH,
    });
    let client = place.ca.issue("kiosk.example");
    let (accepted, heard) = meet(server, Peers::AnyOfCa, client, "concentrator.example").await;
    let told = heard.unwrap_err();
    assert!(
        told.contains("the peer's certificate has expired"),
        "{told}"
    );
    accepted.unwrap_err();
}

#[tokio::test]
async fn a_name_that_is_not_expected_is_refused_on_both_sides() {
    let place = place();
    let server = place.ca.issue("concentrator.example");
    let client = place.ca.issue("kiosk.example");
    let other = named("other.example");
    let (accepted, heard) = meet(
        server.clone(),
        other,
        client.clone(),
        "concentrator.example",
    )
    .await;
    let why = accepted.unwrap_err().to_string();
    assert!(why.contains("must be for other.example"), "{why}");
    assert!(why.contains("kiosk.example"), "{why}");
    let told = heard.unwrap_err();
    assert!(told.contains("for a name it does not accept"), "{told}");
    let (_, heard) = meet(server, Peers::AnyOfCa, client, "elsewhere.example").await;
    let told = heard.unwrap_err();
    assert!(told.contains("must be for elsewhere.example"), "{told}");
}

#[tokio::test]
async fn a_certificate_for_one_direction_only_is_refused() {
    let place = place();
    let client = place.ca.issue_as(&Wanted {
        name: "kiosk.example",
        expired: false,
        purposes: &[ExtendedKeyUsagePurpose::ServerAuth],
    });
    let own = client.check().unwrap_err().to_string();
    assert!(own.contains("both serverAuth and clientAuth"), "{own}");
    let server = place.ca.issue("concentrator.example");
    let (accepted, heard) = meet(server, Peers::AnyOfCa, client, "concentrator.example").await;
    accepted.unwrap_err();
    heard.unwrap_err();
}

#[tokio::test]
async fn a_revoked_certificate_is_refused() {
    let place = place();
    let mut server = place.ca.issue("concentrator.example");
    let stolen = place.ca.issue("kiosk-7.example");
    server.crl = Some(place.ca.revoke(&["kiosk-7.example"]));
    let (accepted, heard) = meet(
        server.clone(),
        Peers::AnyOfCa,
        stolen,
        "concentrator.example",
    )
    .await;
    let why = accepted.unwrap_err().to_string();
    assert!(why.contains("revoked"), "{why}");
    assert!(heard.unwrap_err().contains("revoked"));
    let sound = place.ca.issue("kiosk-8.example");
    let (accepted, _) = meet(server, Peers::AnyOfCa, sound, "concentrator.example").await;
    accepted.unwrap();
}

/// A listener that lets in kiosk.example, and where it listens.
async fn listener(place: &Place) -> (UplinkListener, SocketAddr) {
    let files = place.ca.issue("concentrator.example");
    let listener = UplinkListener::bind(ListenConfig {
        address: loopback(),
        security: Security::Tls(files),
        peers: named("kiosk.example"),
    })
    .await
    .unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

#[tokio::test]
async fn a_client_without_a_certificate_is_refused() {
    use std::sync::Arc;
    let place = place();
    let (listener, address) = listener(&place).await;
    let files = place.ca.issue("x.example");
    let mut roots = rustls::RootCertStore::empty();
    let pem = fs::read(files.ca).unwrap();
    let root = rustls_pki_types::pem::PemObject::from_pem_slice(&pem).unwrap();
    roots.add(root).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let connecting = tokio::spawn(async move {
        let stream = TcpStream::connect(address).await.unwrap();
        let name = "concentrator.example".try_into().unwrap();
        let connector = tokio_rustls::TlsConnector::from(Arc::new(config));
        let mut stream = connector.connect(name, stream).await?;
        stream.read_to_end(&mut Vec::new()).await
    });
    let refused = listener.accept().await.unwrap().secure().await;
    let why = refused.unwrap_err().to_string();
    assert!(why.contains("showed no certificate"), "{why}");
    connecting.await.unwrap().unwrap_err();
}

#[tokio::test]
async fn garbage_in_place_of_a_handshake_is_told_as_such() {
    let place = place();
    let (listener, address) = listener(&place).await;
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream
        .write_all(&[0x68, 0x32, 0x00, 0x32, 0x00, 0x68, 0xC9])
        .await
        .unwrap();
    let refused = listener.accept().await.unwrap().secure().await;
    let why = refused.unwrap_err().to_string();
    assert!(why.contains("what the peer says is not TLS"), "{why}");
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_says_nothing_costs_ten_seconds_and_holds_up_nobody() {
    let place = place();
    let (listener, address) = listener(&place).await;
    let _silent = TcpStream::connect(address).await.unwrap();
    let arrived = listener.accept().await.unwrap();
    let began = tokio::time::Instant::now();
    let refused = arrived.secure().await;
    assert!(matches!(refused, Err(UplinkError::HandshakeTimeout { .. })));
    assert_eq!(began.elapsed().as_secs(), 10);
}

#[tokio::test(start_paused = true)]
async fn a_listener_that_says_nothing_is_given_up() {
    let place = place();
    let listener = TcpListener::bind(loopback()).await.unwrap();
    let endpoint = listener.local_addr().unwrap().to_string();
    let config = ConnectConfig::new(endpoint, Security::Tls(place.ca.issue("kiosk.example")));
    let refused = connect(&config).await;
    assert!(matches!(refused, Err(UplinkError::HandshakeTimeout { .. })));
}

#[tokio::test]
async fn a_peer_that_hangs_up_in_the_handshake_is_told_as_such() {
    let place = place();
    let listener = TcpListener::bind(loopback()).await.unwrap();
    let endpoint = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.read_exact(&mut [0; 5]).await.unwrap();
        let mut rest = vec![0; 4096];
        let _ = stream.read(&mut rest).await;
    });
    let config = ConnectConfig::new(endpoint, Security::Tls(place.ca.issue("kiosk.example")));
    let why = connect(&config).await.unwrap_err().to_string();
    assert!(why.contains("closed the connection in the middle"), "{why}");
}

#[tokio::test]
async fn a_renewed_certificate_is_taken_without_a_restart() {
    let place = place();
    let name = "concentrator.example";
    let expired = Wanted {
        name,
        expired: true,
        purposes: &authority::BOTH,
    };
    let files = place.ca.issue_as(&expired);
    let config = ListenConfig::new(loopback(), Security::Tls(files));
    let listener = UplinkListener::bind(config).await.unwrap();
    let endpoint = listener.local_addr().unwrap().to_string();
    let client = ConnectConfig {
        endpoint,
        security: Security::Tls(place.ca.issue("kiosk.example")),
        name: Some(name.to_owned()),
    };
    let meet = || async {
        let accepting = async { listener.accept().await.unwrap().secure().await.map(|_| ()) };
        tokio::join!(accepting, connect(&client))
    };
    meet().await.1.unwrap_err();
    place.ca.issue(name);
    let (accepted, connected) = meet().await;
    accepted.unwrap();
    connected.unwrap();
}

#[test]
fn files_that_cannot_be_used_are_told_with_what_would_be_right() {
    let place = place();
    let good = place.ca.issue("kiosk.example");
    good.check().unwrap();
    let told = |files: &TlsFiles| files.check().unwrap_err().to_string();

    let missing = TlsFiles {
        key: place.folder.path().join("none.key"),
        ..good.clone()
    };
    assert!(told(&missing).contains("none.key: No such file"));
    let other = place.ca.issue("other.example");
    let swapped = TlsFiles {
        key: other.key.clone(),
        ..good.clone()
    };
    assert!(told(&swapped).contains("this is not the key of the certificate"));
    let no_pem = TlsFiles {
        certificate: good.key.clone(),
        ..good.clone()
    };
    assert!(told(&no_pem).contains("it holds no certificate"));
    let foreign = TlsFiles {
        ca: other.certificate,
        ..good.clone()
    };
    assert!(told(&foreign).contains("this certificate is not signed by the CA"));
    fs::write(&other.key, "-----BEGIN ENCRYPTED PRIVATE KEY-----\n").unwrap();
    assert!(told(&swapped).contains("the key is encrypted"));
    for mode in [0o644, 0o660, 0o602] {
        fs::set_permissions(&good.key, fs::Permissions::from_mode(mode)).unwrap();
        let why = told(&good);
        assert!(
            why.contains(&format!("mode {mode:03o}")) && why.contains("chmod 600"),
            "{why}"
        );
    }
}

#[tokio::test]
async fn bare_tcp_leaves_this_machine_only_when_asked_for() {
    let abroad = ListenConfig::new("0.0.0.0:0".parse().unwrap(), Security::new(None, false));
    let refused = UplinkListener::bind(abroad.clone()).await;
    assert!(matches!(refused, Err(UplinkError::PlainNotAllowed { .. })));
    let allowed = ListenConfig {
        security: Security::new(None, true),
        ..abroad
    };
    UplinkListener::bind(allowed).await.unwrap();
    // 192.0.2.0/24 is nobody's: were it tried, it would be a time-out.
    let refused = connect(&ConnectConfig::new(
        "192.0.2.1:2404",
        Security::PlainOnLoopback,
    ))
    .await;
    assert!(matches!(refused, Err(UplinkError::PlainNotAllowed { .. })));

    let home = ListenConfig::new(loopback(), Security::PlainOnLoopback);
    let listener = UplinkListener::bind(home).await.unwrap();
    let endpoint = listener.local_addr().unwrap().to_string();
    let config = ConnectConfig::new(endpoint, Security::PlainOnLoopback);
    let accepting = async { listener.accept().await.unwrap().secure().await };
    let (accepted, connected) = tokio::join!(accepting, connect(&config));
    assert!(!accepted.unwrap().is_encrypted());
    assert!(!connected.unwrap().peer_is("127.0.0.1"));
}
