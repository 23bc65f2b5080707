//! DL/T 645-2007 against an independent implementation: the Python package `dlt645` is a meter on TCP, and we read it. Skipped,
//! and said so, where Python packages cannot be installed.
//!
//! The package is no good neighbour (it answers requests for other meters too) and knows no prepayment, so it is alone on its
//! line and is only read.

#[path = "common/peers.rs"]
mod peers;
#[path = "common/tool.rs"]
mod tool;

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};

use serde_json::Value;
use tool::{json, text};

const METER: &str = "260305510012";
const SLAVE: &str = include_str!("peers/dlt645_slave.py");

/// What the meter is asked for; the last register is one that it does not have.
const PROFILE: &str = r#"
name = "peer"
base = "dlt645-plain"
billing = "on_account"
capabilities = ["read"]

[[register]]
name = "energy"
id = "00000000"
quantity = "energy"
bytes = 4
places = 2
unit = "kWh"

[[register]]
name = "forward_energy"
id = "00010000"
quantity = "energy"
bytes = 4
places = 2
unit = "kWh"

[[register]]
name = "voltage"
id = "02010100"
quantity = "voltage"
bytes = 2
places = 1
unit = "V"

[[register]]
name = "frequency"
id = "02800002"
quantity = "frequency"
bytes = 2
places = 2
unit = "Hz"

[[register]]
name = "nothing"
id = "0FFFFFFE"
quantity = "other"
bytes = 2
"#;

/// The independent meter, until it is dropped.
struct Slave {
    child: Child,
    endpoint: String,
}

impl Slave {
    fn start(python: &str) -> Slave {
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let mut child = Command::new(python)
            .args(["-c", SLAVE, &port.to_string(), METER])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = String::new();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        while !said.contains("listening") {
            said.clear();
            assert_ne!(out.read_line(&mut said).unwrap(), 0, "the peer ended");
        }
        // It goes on logging; nobody may block it.
        std::thread::spawn(move || std::io::copy(&mut out, &mut std::io::sink()));
        Slave {
            child,
            endpoint: format!("127.0.0.1:{port}"),
        }
    }
}

impl Drop for Slave {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn register<'v>(read: &'v Value, name: &str) -> &'v Value {
    let registers = read["registers"].as_array().unwrap();
    registers
        .iter()
        .find(|register| register["name"] == name)
        .unwrap()
}

#[test]
fn an_independent_meter_is_read_register_by_register() {
    let Some(python) = peers::python() else {
        return;
    };
    let slave = Slave::start(&python);
    let folder = tempfile::tempdir().unwrap();
    let profile = folder.path().join("peer.toml");
    std::fs::write(&profile, PROFILE).unwrap();
    let read = json(
        &[
            "read",
            "--tcp",
            &slave.endpoint,
            "--address",
            METER,
            "--profile",
            &text(&profile),
            "--json",
        ],
        0,
    );
    for (name, value, unit) in [
        ("energy", "1234.56", "kWh"),
        ("forward_energy", "987.65", "kWh"),
        ("voltage", "229.8", "V"),
        ("frequency", "49.98", "Hz"),
    ] {
        assert_eq!(register(&read, name)["value"], value, "{read}");
        assert_eq!(register(&read, name)["unit"], unit, "{read}");
    }
    let nothing = register(&read, "nothing");
    assert_ne!(
        nothing["state"], "read",
        "what the meter does not have is not invented: {nothing}"
    );
}

#[test]
fn an_independent_meter_refuses_what_it_does_not_know_and_no_purchase_is_invented() {
    let Some(python) = peers::python() else {
        return;
    };
    let slave = Slave::start(&python);
    let at = ["--tcp", &slave.endpoint, "--address", METER, "--json"];
    let credit = ["--number", "1", "--amount", "50"];
    let output = tool::meterbus(&[&["credit"], &at[..], &credit].concat());
    assert_ne!(output.status.code(), Some(0), "{output:?}");
    let said: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_ne!(said["outcome"], "applied", "{said}");
}
