//! The shipped concentrator that dials the shipped server, with the rig's meters on its wires.
#![allow(dead_code, reason = "each test uses its part")]

pub mod wire;

use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use meterpost_tests::district::{District, DistrictConfig};
use meterpost_tests::meter::{Fault, MeterState};
use meterpost_tests::scenario::office::{Office, TENANT};
use meterpost_tests::scenario::programs::{Program, beside};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// How long anything may take.
pub const PATIENCE: Duration = Duration::from_secs(60);
/// The meters of the rig's default district, by their addresses.
pub const ELECTRICITY: &str = "260305510012";
pub const WATER: &str = "12022018000007";
/// The numbers that people know the meters by.
pub const M_ELECTRICITY: &str = "1001";
pub const M_WATER: &str = "1002";

/// A district, a server with a head-end, and a concentrator.
pub struct Grid {
    pub runtime: Runtime,
    pub district: District,
    pub office: Office,
    pub listen: SocketAddr,
    pub folder: TempDir,
    concentrator: Option<Program>,
}

pub fn free_port() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address")
}

/// The lines of a head-end without TLS.
pub fn plain(listen: SocketAddr) -> String {
    format!(
        "\n[head_end]\nlisten = \"{listen}\"\ntenant = \"{TENANT}\"\npoll_seconds = 1\nin_flight_seconds = 2\n"
    )
}

impl Grid {
    /// Without TLS, on this machine.
    pub fn plain() -> Grid {
        let listen = free_port();
        Grid::with(listen, |_| plain(listen))
    }

    /// With the head-end's configuration, which may need the office's folder.
    pub fn with(listen: SocketAddr, head_end: impl FnOnce(&Path) -> String) -> Grid {
        let folder = tempfile::tempdir().expect("a folder");
        let runtime = Runtime::new().expect("a runtime");
        let mut config = DistrictConfig::in_dir(&folder.path().join("district"));
        config.set_baud(19_200);
        let district = runtime
            .block_on(District::start(config))
            .expect("a district");
        let place = folder.path().join("office");
        std::fs::create_dir_all(&place).expect("a folder");
        let office = Office::open_with(folder.path(), &head_end(&place)).expect("an office");
        let grid = Grid {
            runtime,
            district,
            office,
            listen,
            folder,
            concentrator: None,
        };
        grid.directory();
        grid
    }

    /// Two meters, and which concentrator they hang on.
    fn directory(&self) {
        let meters = [
            (
                M_ELECTRICITY,
                "electricity",
                "dlt645-plain",
                ELECTRICITY,
                "'000000001234'",
            ),
            (M_WATER, "water", "cjt188-prepaid", WATER, "NULL"),
        ];
        self.sql(&format!(
            "INSERT INTO account (tenant, account, district, changed) VALUES ('{TENANT}', 'a1', 'd1', 1)"
        ));
        for (number, utility, profile, address, customer) in meters {
            self.sql(&format!(
                "INSERT INTO meter (tenant, number, account, utility, profile, address, segment, baud, customer, owner) \
                 VALUES ('{TENANT}', '{number}', 'a1', '{utility}', '{profile}', '{address}', 1, 19200, {customer}, 'server')"
            ));
        }
        self.register(1, &format!("c1.{TENANT}.example"));
        for (point, meter) in [(1, M_ELECTRICITY), (2, M_WATER)] {
            self.hang(meter, point, None);
        }
    }

    /// Registers a concentrator.
    pub fn register(&self, address: u16, certificate: &str) {
        let body = json!({ "area": 3301, "address": address, "certificate": certificate });
        self.call("POST", "/api/v1/concentrators", Some(&body));
    }

    /// A meter hangs on concentrator 1.
    pub fn hang(&self, meter: &str, point: u16, since: Option<&str>) {
        let mut body = json!({ "area": 3301, "address": 1, "point": point });
        if let Some(since) = since {
            body["since"] = json!(since);
        }
        self.call(
            "POST",
            &format!("/api/v1/meters/{meter}/point"),
            Some(&body),
        );
    }

    #[track_caller]
    pub fn call(&self, method: &str, path: &str, body: Option<&Value>) -> Value {
        let answer = self.office.call(method, path, body).expect("an answer");
        assert!(answer["code"].is_null(), "{path}: {answer}");
        answer
    }

    #[track_caller]
    pub fn sql(&self, statement: &str) -> String {
        self.office.sql(statement).expect("an answer")
    }

    /// Where the concentrator keeps what it read.
    pub fn state(&self) -> PathBuf {
        self.folder.path().join("concentrator.db")
    }

    /// Starts the concentrator, which dials `uplinks`; `more` are other tables of its configuration.
    pub fn dial(&mut self, uplinks: &[SocketAddr], more: &str) {
        let tty = self.district.places().segments[0].clone();
        let mut config = format!(
            "area = \"3301\"\naddress = 1\nheartbeat_seconds = 5\nreports = true\nstate = {:?}\n",
            self.state()
        );
        for uplink in uplinks {
            config += &format!("[[uplink]]\nconnect = \"{uplink}\"\nname = \"head-end.example\"\n");
        }
        config += &format!("[[segment]]\nport = 1\ndevice = {tty:?}\nbaud = 19200\n");
        config += "[schedule]\nevery_minutes = 1\narchive_profile = \"dlt645-plain\"\n";
        config += &format!(
            "[[meter]]\npoint = 2\nport = 1\naddress = \"10-{WATER}\"\nprofile = \"cjt188-prepaid\"\n{more}"
        );
        let path = self.folder.path().join("concentrator.toml");
        std::fs::write(&path, config).expect("written");
        let path = path.to_string_lossy().into_owned();
        let program = Program::start(
            self.folder.path(),
            "concentrator",
            &["--config", &path],
            &[],
        );
        self.concentrator = Some(program.expect("the concentrator"));
    }

    /// SIGKILL.
    pub fn kill_concentrator(&mut self) {
        self.concentrator = None;
    }

    /// Waits for this; `what` is told where it does not come.
    #[track_caller]
    pub fn until(&self, what: &str, so: impl Fn(&Grid) -> bool) {
        let end = Instant::now() + PATIENCE;
        while !so(self) {
            if Instant::now() >= end {
                let log = self.office.log();
                let lines: Vec<&str> = log.lines().rev().take(40).collect();
                let lines: Vec<&str> = lines.into_iter().rev().collect();
                panic!("waited in vain: {what}\n{}", lines.join("\n"));
            }
            // A person may call ten times a second.
            std::thread::sleep(Duration::from_millis(130));
        }
    }

    /// The concentrator with this address as the server lists it.
    pub fn concentrator(&self, address: u16) -> Value {
        let all = self.call("GET", "/api/v1/concentrators", None);
        let found = all
            .as_array()
            .and_then(|all| all.iter().find(|one| one["address"] == address));
        found.expect("registered").clone()
    }

    #[track_caller]
    pub fn connected(&self) {
        self.until("the concentrator is connected", |grid| {
            grid.concentrator(1)["connected"] == true
        });
    }

    /// Gives an order.
    #[track_caller]
    pub fn order(&self, id: &str, meter: &str, kind: &str, amount: Option<&str>) {
        let mut body = json!({ "id": id, "meter": meter, "kind": kind });
        if let Some(amount) = amount {
            body["amount"] = json!(amount);
        }
        // The answer has no body.
        self.call("POST", "/api/v1/orders", Some(&body));
    }

    /// An order as it stands.
    pub fn standing(&self, id: &str) -> Value {
        let all = self.call("GET", "/api/v1/orders", None);
        let found = all
            .as_array()
            .and_then(|all| all.iter().find(|one| one["id"] == id));
        found.expect("given").clone()
    }

    #[track_caller]
    pub fn until_state(&self, id: &str, state: &str) -> Value {
        self.until(&format!("order {id} is {state}"), |grid| {
            grid.standing(id)["state"] == state
        });
        self.standing(id)
    }

    /// The truth about a meter, by its address.
    pub fn meter(&self, address: &str) -> MeterState {
        let state = self.runtime.block_on(self.district.state());
        state.meter(address).expect("a meter").clone()
    }

    /// The amounts that were credited to a meter.
    pub fn credited(&self, address: &str) -> Vec<i64> {
        let meter = self.meter(address);
        meter.applied.iter().map(|applied| applied.amount).collect()
    }

    /// A meter's clock is so many seconds ahead from now on.
    pub fn clock(&self, address: &str, ahead: i64) {
        self.runtime
            .block_on(self.district.meter_clock(address, ahead))
            .expect("a meter");
    }

    pub fn fault(&self, address: &str, fault: Fault) {
        self.runtime
            .block_on(self.district.meter_fault(address, fault))
            .expect("a meter");
    }

    pub fn faults_clear(&self, address: &str) {
        self.runtime
            .block_on(self.district.meter_faults_clear(address))
            .expect("a meter");
    }
}

/// A certificate of the authority in `<office>/ca`; the lines of `[tls]` or `[head_end.tls]` for it.
pub fn certificate(office: &Path, file: &str, name: &str) -> String {
    let ca = office.join("ca");
    let run = |arguments: &[&str]| {
        let output = Command::new(beside("server").expect("built"))
            .args(arguments)
            .output()
            .expect("the program");
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    };
    let (dir, out) = (ca.to_string_lossy(), office.to_string_lossy());
    if !ca.join("ca.pem").exists() {
        run(&["ca", "init", "--dir", &dir, "--name", "East"]);
    }
    run(&[
        "ca", "issue", "--dir", &dir, "--out", &out, "--file", file, name,
    ]);
    format!(
        "ca = {:?}\ncertificate = {:?}\nkey = {:?}\n",
        ca.join("ca.pem"),
        office.join(format!("{file}.pem")),
        office.join(format!("{file}.key"))
    )
}
