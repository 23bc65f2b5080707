//! The whole district in one process, through its control socket.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::sync::Arc;

use tokio::task::JoinHandle;

use super::client::Control;
use super::*;
use crate::host::Host;
use crate::meter::{ElectricityConfig, FaultKind};

struct Bench {
    folder: tempfile::TempDir,
    server: JoinHandle<()>,
    control: Control,
}

async fn start(folder: tempfile::TempDir) -> Bench {
    let mut config = DistrictConfig::in_dir(folder.path());
    config.set_scale(0.0);
    let district = Arc::new(District::start(config).await.unwrap());
    let (tell, ready) = tokio::sync::oneshot::channel();
    let server = tokio::spawn(async move {
        let served = district
            .serve(|places| tell.send(places.clone()).unwrap())
            .await;
        served.unwrap();
    });
    let places = ready.await.unwrap();
    Bench {
        folder,
        server,
        control: Control::connect(&places.control).unwrap(),
    }
}

const READ: &str = "68 120051050326 68 11 04 33 35 C3 33 D4 16";

#[tokio::test(flavor = "multi_thread")]
async fn the_built_in_district_answers_on_its_wires_and_its_socket() {
    let mut bench = start(tempfile::tempdir().unwrap()).await;
    let places = bench.control.places().unwrap();
    assert_eq!(places.meters.len(), 3);
    let mut host = Host::open(&places.segments[0]);
    host.write(&crate::host::bytes(READ));
    let answer = host.read(24);
    assert_eq!(answer[4..12], crate::host::bytes("6812005105032668"));
    let state = bench.control.state().unwrap();
    assert_eq!(state.meter("260305510012").unwrap().heard, 1);
    assert_eq!(state.validator.box_total, 0);
    let busy = bench
        .control
        .send(&Command::WireBusyMs {
            segment: "segment1".to_owned(),
        })
        .unwrap();
    assert_eq!(busy["wire_busy_ms"], (16 + 24) * 11 * 1_000 / 2_400);
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_by_hand() {
    let bench = start(tempfile::tempdir().unwrap()).await;
    let mut stream = UnixStream::connect(bench.folder.path().join("control.sock")).unwrap();
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
    let mut ask = |line: &str| {
        writeln!(stream, "{line}").unwrap();
        lines.next().unwrap().unwrap()
    };
    let meter = r#""meter":"260305510012""#;
    let ok = r#"{"ok":true}"#;
    assert_eq!(
        ask(r#"{"cmd":"insert_note","value":50}"#),
        r#"{"insertion":"refused","ok":true}"#
    );
    assert_eq!(
        ask(r#"{"cmd":"validator_power_cycle","note_goes":"box"}"#),
        ok
    );
    assert_eq!(
        ask(r#"{"cmd":"validator_fault","fault":{"kind":"fraud","channel":2}}"#),
        ok
    );
    assert_eq!(
        ask(r#"{"cmd":"printer_fault","fault":{"kind":"cover_open"}}"#),
        ok
    );
    assert_eq!(ask(r#"{"cmd":"paper","state":"near_end"}"#), ok);
    assert_eq!(ask(r#"{"cmd":"paper","ends_after":100}"#), ok);
    assert_eq!(
        ask(&format!(
            r#"{{"cmd":"meter_fault",{meter},"fault":"lose_answer"}}"#
        )),
        ok
    );
    assert_eq!(
        ask(&format!(r#"{{"cmd":"meter_consume",{meter},"fen":250}}"#)),
        ok
    );
    let scan = r#"{"cmd":"scan","text":"20260042"}"#;
    assert_eq!(ask(scan), ok);
    assert_eq!(ask(r#"{"cmd":"scanner_cable","plugged":false}"#), ok);
    assert!(!bench.folder.path().join("scanner").exists());
    assert!(ask(scan).contains(r#""ok":false"#));
    assert_eq!(ask(r#"{"cmd":"scanner_cable","plugged":true}"#), ok);
    assert_eq!(ask(r#"{"cmd":"segment_cut","segment":"segment2"}"#), ok);
    assert!(!bench.folder.path().join("segment2").exists());
    assert_eq!(ask(r#"{"cmd":"segment_restore","segment":"segment2"}"#), ok);
    assert!(bench.folder.path().join("segment2").exists());
    assert_eq!(ask(r#"{"cmd":"reset_counters"}"#), ok);
    assert!(ask(r#"{"cmd":"segment_cut","segment":"nine"}"#).contains("no segment nine"));
    assert!(ask(r#"{"cmd":"meter_consume","meter":"1","fen":1}"#).contains("no meter 1"));
    assert!(ask("rubbish").contains(r#""ok":false"#));
}

#[tokio::test(flavor = "multi_thread")]
async fn state_goes_on_after_a_restart() {
    let mut bench = start(tempfile::tempdir().unwrap()).await;
    let meter = "260305510012".to_owned();
    bench
        .control
        .send(&Command::MeterConsume {
            meter: meter.clone(),
            fen: 250,
        })
        .unwrap();
    let before = bench
        .control
        .state()
        .unwrap()
        .meter(&meter)
        .unwrap()
        .balance;
    bench.server.abort();
    let mut again = start(bench.folder).await;
    assert_eq!(
        again
            .control
            .state()
            .unwrap()
            .meter(&meter)
            .unwrap()
            .balance,
        before
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn in_process_without_a_socket() {
    let folder = tempfile::tempdir().unwrap();
    let district = District::start(DistrictConfig::in_dir(folder.path()))
        .await
        .unwrap();
    let fault = Fault::next(FaultKind::Silent, 1);
    assert!(district.meter_fault("12022018000007", fault).await.is_ok());
    assert!(district.meter_fault("1", fault).await.is_err());
    assert_eq!(district.insert_note(50).await, Insertion::Refused);
    assert_eq!(district.state().await.meters.len(), 3);
}

#[test]
fn a_district_is_configured_in_toml_or_json() {
    let folder = tempfile::tempdir().unwrap();
    let toml = folder.path().join("district.toml");
    std::fs::write(
        &toml,
        r#"
        [[segments]]
        wire = { name = "bus", noise_every = 7, line = { baud = 1200 } }
        meters = [
            { protocol = "dlt645", address = "000000000042", errors = "serr" },
            { protocol = "cjt188", address = "34012021000452", kind = 48, di_order = "low_first" },
        ]
        [validator]
        poll_with_ack = false
        [printer]
        width = 384
        "#,
    )
    .unwrap();
    let config = DistrictConfig::from_file(&toml).unwrap();
    assert_eq!(config.segments[0].wire.line.baud, 1_200);
    assert_eq!(config.segments[0].meters[0].address(), "000000000042");
    let MeterConfig::Dlt645(ElectricityConfig { errors, .. }) = &config.segments[0].meters[0]
    else {
        panic!("the first meter is an electricity meter");
    };
    assert_eq!(*errors, crate::meter::ErrorForm::Serr);
    let json = folder.path().join("district.json");
    std::fs::write(&json, serde_json::to_string(&config).unwrap()).unwrap();
    assert_eq!(DistrictConfig::from_file(&json).unwrap(), config);
    std::fs::write(&json, "{\"colour\":1}").unwrap();
    assert!(DistrictConfig::from_file(&json).is_err());
}
