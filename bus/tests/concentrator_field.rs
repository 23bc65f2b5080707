//! The field tool at a meter: through a concentrator, on a serial port, through a gateway.

mod concentrator_rig;

use std::process::{Command, Output};

use concentrator_rig::prepaid::{Meter, meter, script};
use concentrator_rig::{Node, Wire, silent};
use meterpost_bus::frame::dlt645::Dlt645;
use meterpost_bus::frame::scan::{Found, Scanner};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

const ADDRESS: &str = "123456789012";

async fn meterbus(arguments: &[&str], way: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_meterbus"));
    command.args(arguments).args(way);
    tokio::task::spawn_blocking(move || command.output().unwrap())
        .await
        .unwrap()
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap()
}

/// A wire with a prepaid meter, behind a concentrator.
async fn district() -> (Meter, Wire, Node, String) {
    let meter = meter();
    let wire = Wire::new(script(&meter));
    let node = Node::start(&wire).await;
    let endpoint = node.endpoint();
    (meter, wire, node, endpoint)
}

fn through(endpoint: &str) -> [&str; 8] {
    [
        "--master",
        endpoint,
        "--segment",
        "2",
        "--area",
        "0171",
        "--terminal",
        "2082",
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_meter_is_read_through_a_concentrator() {
    let (_meter, _wire, _node, endpoint) = district().await;
    let output = meterbus(
        &["read", "--address", ADDRESS, "--json"],
        &through(&endpoint),
    )
    .await;
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let told = json(&output);
    assert_eq!(told["meter"], ADDRESS);
    assert_eq!(told["reading"]["purchase_number"], 7);
    assert_eq!(told["reading"]["balance"], "123.45");
    assert_eq!(told["reading"]["supply"], "on");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_meter_is_read_on_a_serial_port() {
    let meter = meter();
    let wire = Wire::new(script(&meter));
    let way = ["--serial", wire.device.to_str().unwrap()];
    let output = meterbus(
        &["read", "--protocol", "dlt645", "--address", ADDRESS],
        &way,
    )
    .await;
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(told.contains("balance          123.45"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_meter_is_read_through_a_gateway_that_tears_frames_apart() {
    let mut script = script(&meter());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.set_nodelay(true).unwrap();
        let mut scanner = Scanner::new::<Dlt645>();
        let mut chunk = [0; 256];
        loop {
            let count = stream.read(&mut chunk).await.unwrap();
            if count == 0 {
                return;
            }
            for found in scanner.push(&chunk[..count]) {
                let Found::Frame { bytes, .. } = found else {
                    continue;
                };
                for byte in script(&bytes).into_iter().flat_map(|(_, answer)| answer) {
                    stream.write_all(&[byte]).await.unwrap();
                }
            }
        }
    });
    let output = meterbus(
        &["read", "--address", ADDRESS, "--json"],
        &["--tcp", &endpoint],
    )
    .await;
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(json(&output)["reading"]["balance"], "123.45");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_purchase_is_credited_once_and_its_number_is_spent() {
    let (meter, _wire, _node, endpoint) = district().await;
    let credit = [
        "credit",
        "--address",
        ADDRESS,
        "--number",
        "8",
        "--amount",
        "50",
        "--json",
    ];
    let output = meterbus(&credit, &through(&endpoint)).await;
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(json(&output)["outcome"], "applied");
    let again = meterbus(&credit, &through(&endpoint)).await;
    assert_eq!(again.status.code(), Some(4), "{again:?}");
    assert_eq!(json(&again)["outcome"], "not_applied");
    let books = meter.lock().unwrap();
    assert_eq!((books.count, books.balance), (8, 17_345));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_purchase_whose_answer_is_lost_is_found_in_the_books() {
    let (meter, _wire, _node, endpoint) = district().await;
    meter.lock().unwrap().lose_the_answer = true;
    let credit = [
        "credit",
        "--address",
        ADDRESS,
        "--number",
        "8",
        "--amount",
        "12.34",
        "--json",
    ];
    let output = meterbus(&credit, &through(&endpoint)).await;
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(json(&output)["outcome"], "applied");
    assert_eq!(meter.lock().unwrap().balance, 13_579);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_is_opened_and_closed() {
    let (meter, _wire, _node, endpoint) = district().await;
    for (to, open) in [("off", true), ("on", false)] {
        let output = meterbus(
            &["switch", "--address", ADDRESS, "--to", to, "--json"],
            &through(&endpoint),
        )
        .await;
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        assert_eq!(json(&output)["supply"], to);
        assert_eq!(meter.lock().unwrap().relay_open, open);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_meter_and_a_missing_port_end_with_3() {
    let wire = Wire::new(silent);
    let node = Node::start(&wire).await;
    let endpoint = node.endpoint();
    let read = ["read", "--address", ADDRESS, "--json"];
    let output = meterbus(&read, &through(&endpoint)).await;
    assert_eq!(output.status.code(), Some(3), "{output:?}");
    assert_eq!(json(&output)["outcome"], "no_answer");
    let output = meterbus(&read, &["--serial", "/dev/no-such-port"]).await;
    assert_eq!(output.status.code(), Some(3), "{output:?}");
}

#[tokio::test]
async fn arguments_that_make_no_sense_end_with_2() {
    for arguments in [
        &["read", "--address", ADDRESS][..],
        &["read", "--address", "12345", "--tcp", "127.0.0.1:1"],
        &[
            "read",
            "--address",
            ADDRESS,
            "--tcp",
            "127.0.0.1:1",
            "--serial",
            "/dev/null",
        ],
        &["read", "--address", ADDRESS, "--master", "127.0.0.1:1"],
        &[
            "read",
            "--address",
            ADDRESS,
            "--protocol",
            "cjt188",
            "--tcp",
            "127.0.0.1:1",
        ],
        &[
            "credit",
            "--address",
            ADDRESS,
            "--tcp",
            "127.0.0.1:1",
            "--number",
            "8",
            "--amount",
            "1.234",
        ],
        &[
            "credit",
            "--address",
            ADDRESS,
            "--tcp",
            "127.0.0.1:1",
            "--number",
            "8",
            "--amount",
            "-5",
        ],
    ] {
        let output = meterbus(arguments, &[]).await;
        assert_eq!(output.status.code(), Some(2), "{arguments:?} {output:?}");
    }
}
