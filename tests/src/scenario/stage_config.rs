//! The configuration files of a stage's programs.

use std::net::SocketAddr;
use std::path::Path;

use super::Failure;
use super::office::TENANT;
use super::speaker;
use super::stage::{ELECTRICITY, StagePlan, TERMINAL, WATER};
use crate::district::Places;

/// The concentrator's: every wire of the district on a port of its own.
pub(super) fn write_concentrator_config(
    folder: &Path,
    port: u16,
    places: &Places,
    plan: &StagePlan,
) -> Result<(), Failure> {
    let mut config = format!(
        "area = \"3301\"\naddress = 1\nlisten = \"127.0.0.1:{port}\"\nstate = \"{}\"\n",
        folder.join("concentrator.json").display()
    );
    for (index, tty) in places.segments.iter().enumerate() {
        config += &format!(
            "\n[[segment]]\nport = {}\ndevice = \"{}\"\nbaud = {}\n",
            index + 1,
            tty.display(),
            plan.baud
        );
    }
    Ok(std::fs::write(folder.join("concentrator.toml"), config)?)
}

/// The kiosk's: the district's devices, two of its meters, and the server where there is one.
pub(super) fn write_kiosk_config(
    folder: &Path,
    port: u16,
    places: &Places,
    plan: &StagePlan,
    server: Option<SocketAddr>,
) -> Result<(), Failure> {
    let mut config = kiosk_config(folder, port, places, plan.language);
    config += &format!(
        r#"
[[meter]]
number = "{ELECTRICITY}"
utility = "electricity"
profile = "dlt645-plain"
address = "{ELECTRICITY}"
segment = 1
baud = {baud}
customer = "000000001234"
place = "3栋1单元1201"
low_balance = "10.00"

[[meter]]
number = "{WATER}"
utility = "water"
profile = "cjt188-prepaid"
address = "{water}"
segment = 1
baud = {baud}
customer = "20212018"
place = "3栋1单元1201"
low_balance = "5.00"
"#,
        baud = plan.baud,
        water = water_address(places)?,
    );
    if plan.scanner {
        config += &format!("\n[scanner]\ndevice = \"{}\"\n", places.scanner.display());
    }
    if plan.voice {
        config += &speaker::install(folder)?;
    }
    if let Some(address) = server {
        config += &server_config(&format!("http://{address}"));
        if plan.cashless {
            config += "pay = [\"wallet\", \"code\"]\n";
        }
    }
    Ok(std::fs::write(folder.join("kiosk.toml"), config)?)
}

/// A kiosk's without meters and server: the district's devices, and the concentrator that listens on this port.
pub(super) fn kiosk_config(folder: &Path, port: u16, places: &Places, language: &str) -> String {
    format!(
        r#"[terminal]
id = "{TERMINAL}"
tenant = "{TENANT}"
place = "东区物业服务中心"
phone = "400-810-0000"
language = "{language}"
currency = "CNY"
data = "{data}"

[limits]
highest_sale = "500.00"
amounts = ["10.00", "20.00", "50.00", "100.00", "150.00", "200.00"]

[validator]
device = "{validator}"
notes = ["5.00", "10.00", "20.00", "50.00", "100.00"]

[printer]
tcp = "127.0.0.1:{printer}"

[bus]
masters = ["127.0.0.1:{port}"]
area = 3301
address = 1

[timeouts]
attempts = 3
attempt_pause = 1
start = 20
note_patience = 10
retry = 10
"#,
        data = folder.join("data").display(),
        validator = places.validator.display(),
        printer = places.printer_port,
    )
}

/// The part of a kiosk's that names its server.
pub(super) fn server_config(url: &str) -> String {
    format!("\n[server]\nurl = \"{url}\"\nheartbeat = 1\n")
}

/// The address of the district's first meter with fourteen digits.
fn water_address(places: &Places) -> Result<String, Failure> {
    let found = places
        .meters
        .iter()
        .map(|m| m.meter.clone())
        .find(|a| a.len() == 14);
    found.ok_or_else(|| Failure::new("the district has no CJ/T 188 meter"))
}
