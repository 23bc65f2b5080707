use super::*;
use crate::uplink::{Peers, Security};

const GOOD: &str = r#"area = "0171"
address = 2082
listen = "127.0.0.1:8376"
state = "/var/lib/meterpost/concentrator.json"

[[segment]]
port = 2
device = "/dev/ttyUSB0"
"#;

fn refused(text: &str) -> String {
    Config::parse(text, "c.toml").unwrap_err().to_string()
}

#[test]
fn the_shortest_file_has_the_meters_own_settings() {
    let config = Config::parse(GOOD, "c.toml").unwrap();
    assert_eq!(config.address.area, 0x0171);
    assert_eq!(
        config.segments[0].serial.settings,
        SerialSettings::default()
    );
    assert_eq!(config.heartbeat, Duration::from_secs(60));
}

#[test]
fn an_unknown_key_is_named_with_its_line() {
    let message = refused(&GOOD.replace("port = 2", "port = 2\nbauds = 2400"));
    assert!(
        message.starts_with("c.toml:8: unknown field `bauds`"),
        "{message}"
    );
    assert!(message.contains("`baud`"), "{message}");
}

#[test]
fn plain_tcp_to_other_machines_must_be_allowed_in_words() {
    let open = GOOD.replace("127.0.0.1", "0.0.0.0");
    let message = refused(&open);
    assert!(
        message.starts_with("c.toml:3:") && message.contains("allow_plain = true"),
        "{message}"
    );
    Config::parse(&format!("allow_plain = true\n{open}"), "c.toml").unwrap();
}

#[test]
fn every_mistake_is_told_at_once() {
    let wrong = GOOD.replace("\"0171\"", "\"171\"").replace(
        "port = 2",
        "port = 32\nbaud = 2401\nparity = \"even\"\nstop_bits = 3",
    );
    let message = refused(&wrong);
    let lines: Vec<_> = message.lines().collect();
    assert!(lines[0].starts_with("c.toml:1: area"), "{message}");
    assert!(lines[1].starts_with("c.toml:7: port is 32"), "{message}");
    assert!(lines[2].starts_with("c.toml:8: baud is 2401"), "{message}");
    assert!(lines[3].starts_with("c.toml:10: stop_bits"), "{message}");
}

#[test]
fn two_segments_on_one_device_or_port_are_refused() {
    let twice = format!("{GOOD}\n[[segment]]\nport = 2\ndevice = \"/dev/ttyUSB0\"\n");
    let message = refused(&twice);
    assert!(
        message.contains("c.toml:12: device is already used by port 2"),
        "{message}"
    );
    assert!(
        message.contains("c.toml:11: port 2 is there twice"),
        "{message}"
    );
}

#[test]
fn a_wrong_password_is_not_shown() {
    let message = refused(&format!("password = \"hunter2\"\n{GOOD}"));
    assert!(
        message.contains("32 hexadecimal digits") && !message.contains("hunter2"),
        "{message}"
    );
}

#[test]
fn no_segment_at_all_is_refused() {
    let message = refused(&GOOD[..GOOD.find("[[segment]]").unwrap()]);
    assert!(message.contains("there is no [[segment]]"), "{message}");
}

#[test]
fn a_word_where_a_number_belongs_is_named_with_its_line() {
    let message = refused(&GOOD.replace("address = 2082", "address = \"many\""));
    assert!(
        message.starts_with("c.toml:2:") && message.contains("u16"),
        "{message}"
    );
}

const TLS: &str = r#"
[tls]
ca = "/etc/meterpost/ca.pem"
certificate = "/etc/meterpost/concentrator.pem"
key = "/etc/meterpost/concentrator.key"
masters = ["kiosk-1.example"]

[[uplink]]
connect = "head-end.example:2404"
"#;

#[test]
fn with_tls_it_listens_anywhere_and_connects_to_masters() {
    let open = GOOD.replace("127.0.0.1", "0.0.0.0");
    let config = Config::parse(&format!("{open}{TLS}"), "c.toml").unwrap();
    let listen = config.listen.unwrap();
    assert_eq!(
        listen.peers,
        Peers::Named(vec!["kiosk-1.example".to_owned()])
    );
    assert!(matches!(listen.security, Security::Tls(_)));
    assert_eq!(config.connect[0].endpoint, "head-end.example:2404");
    assert_eq!(config.connect[0].security, listen.security);
}

#[test]
fn a_concentrator_needs_some_way_for_a_master() {
    let deaf = GOOD.replace("listen = \"127.0.0.1:8376\"\n", "");
    assert!(refused(&deaf).contains("there is no way for a master"));
    let config = Config::parse(&format!("{deaf}{TLS}"), "c.toml").unwrap();
    assert_eq!(config.listen, None);
    let wrong = format!("{deaf}{TLS}").replace(":2404", "");
    assert!(
        refused(&wrong).contains("connect is \"head-end.example\"; it must be a host and a port")
    );
}
