//! `meterbus emulate` serving `read`, `credit` and `switch`.

#[path = "common/tool.rs"]
mod tool;

use tool::{Emulated, json, meterbus, text};

const METER: &str = "260305510012";
const WATER: &str = "10-71962403180002";

#[test]
fn an_emulated_meter_on_a_terminal_is_read_credited_and_switched() {
    let folder = tempfile::tempdir().unwrap();
    let link = text(&folder.path().join("meter"));
    let meter = Emulated::start(&[
        "--protocol",
        "dlt645",
        "--address",
        METER,
        "--balance",
        "100",
        "--customer",
        "1234",
        "--pty",
        &link,
    ]);
    assert_eq!(meter.place, link);
    let at = ["--serial", &link, "--address", METER, "--json"];
    let read = json(&[&["read"], &at[..]].concat(), 0);
    assert_eq!(read["reading"]["balance"], "100.00");
    let credit = ["--number", "1", "--amount", "50", "--customer", "1234"];
    let credited = json(&[&["credit"], &at[..], &credit].concat(), 0);
    assert_eq!(credited["outcome"], "applied");
    assert_eq!(credited["reading"]["balance"], "150.00");
    let again = json(&[&["credit"], &at[..], &credit].concat(), 4);
    assert_eq!(again["outcome"], "not_applied");
    json(&[&["switch"], &at[..], &["--to", "off"]].concat(), 0);
    let read = json(&[&["read"], &at[..]].concat(), 0);
    assert_eq!(read["reading"]["supply"], "off");
    meter.end();
    assert!(
        !std::path::Path::new(&link).exists(),
        "the link is cleaned up"
    );
}

#[test]
fn an_emulated_water_meter_on_tcp_is_read_and_credited() {
    let meter = Emulated::start(&[
        "--protocol",
        "cjt188",
        "--address",
        WATER,
        "--balance",
        "20",
        "--listen",
        "127.0.0.1:0",
    ]);
    let at = ["--tcp", &meter.place, "--address", WATER, "--json"];
    let read = json(&[&["read"], &at[..]].concat(), 0);
    assert_eq!(read["reading"]["balance"], "20.00");
    let credit = ["--number", "1", "--amount", "12.34"];
    let credited = json(&[&["credit"], &at[..], &credit].concat(), 0);
    assert_eq!(credited["reading"]["balance"], "32.34");
}

#[test]
fn a_meter_with_a_state_file_remembers_a_purchase_over_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let state = text(&folder.path().join("state"));
    let arguments = [
        "--protocol",
        "cjt188",
        "--address",
        WATER,
        "--listen",
        "127.0.0.1:0",
        "--state",
        &state,
    ];
    let meter = Emulated::start(&arguments);
    let credit = ["--number", "1", "--amount", "30"];
    let at = ["--address", WATER, "--json", "--tcp"];
    json(
        &[&["credit"], &at[..], &[&meter.place], &credit].concat(),
        0,
    );
    meter.end();
    let meter = Emulated::start(&arguments);
    let read = json(&[&["read"], &at[..], &[&meter.place]].concat(), 0);
    assert_eq!(read["reading"]["balance"], "30.00");
    assert_eq!(read["reading"]["purchase_number"], 1);
}

#[test]
fn a_verbose_meter_says_what_it_hears_and_answers() {
    let mut meter = Emulated::start(&[
        "--protocol",
        "cjt188",
        "--address",
        WATER,
        "--listen",
        "127.0.0.1:0",
        "--verbose",
    ]);
    json(
        &["read", "--tcp", &meter.place, "--address", WATER, "--json"],
        0,
    );
    assert!(meter.says().ends_with("connected"));
    assert!(meter.says().starts_with("> read 8105"));
    let answer = meter.says();
    assert!(
        answer.starts_with("< ") && answer.ends_with(", meter 71962403180002"),
        "{answer}"
    );
}

#[test]
fn a_clock_is_set_and_what_the_meter_does_not_take_is_told() {
    let meter = Emulated::start(&[
        "--protocol",
        "dlt645",
        "--address",
        METER,
        "--listen",
        "127.0.0.1:0",
    ]);
    let at = ["--tcp", &meter.place, "--address", METER, "--json"];
    let set = json(&[&["set-clock"], &at[..]].concat(), 0);
    assert_eq!(set["outcome"], "set", "{set}");
    // A broadcast moves a clock by five minutes at most (DL/T 645-2007, C = 08).
    let far = json(
        &[&["set-clock"], &at[..], &["--to", "2031-05-05 12:00:00"]].concat(),
        4,
    );
    assert_eq!(far["outcome"], "not_set", "{far}");
    assert!(far["clock"].as_str().unwrap().starts_with("20"), "{far}");
}

#[test]
fn a_built_in_profile_is_named_and_a_misspelt_one_is_corrected() {
    let meter = Emulated::start(&[
        "--protocol",
        "dlt645",
        "--address",
        METER,
        "--listen",
        "127.0.0.1:0",
    ]);
    let at = [
        "--tcp",
        &meter.place,
        "--address",
        METER,
        "--json",
        "--profile",
    ];
    let read = json(&[&["read"], &at[..], &["dlt645-remote"]].concat(), 0);
    let registers = read["registers"].as_array().unwrap();
    let energy = registers
        .iter()
        .find(|register| register["name"] == "forward_active");
    assert_eq!(energy.unwrap()["state"], "read", "{read}");
    let said = json(&[&["read"], &at[..], &["dlt645-remot"]].concat(), 2);
    assert!(
        said["reason"]
            .as_str()
            .unwrap()
            .contains("\"dlt645-remote\""),
        "{said}"
    );
}

#[test]
fn meters_that_cannot_be_are_refused_with_what_would_be_right() {
    for (protocol, address, told) in [
        ("dlt645", "12", "address"),
        ("cjt188", METER, "type and fourteen digits"),
        ("mbus", "1234FFFF", "eight digits"),
    ] {
        let output = meterbus(&[
            "emulate",
            "--protocol",
            protocol,
            "--address",
            address,
            "--pty",
        ]);
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(error.contains(told), "{error}");
    }
}

#[test]
fn meters_on_mbus_are_read_by_either_address_and_nothing_else() {
    let meter = Emulated::start(&[
        "--protocol",
        "mbus",
        "--address",
        "12345678",
        "--listen",
        "127.0.0.1:0",
    ]);
    for address in ["1", "12345678", "12345678-MPT-01-07"] {
        let read = json(
            &[
                "read",
                "--tcp",
                &meter.place,
                "--address",
                address,
                "--json",
            ],
            0,
        );
        assert_eq!(
            read["meter"],
            address.to_owned()
                + if address.len() == 8 {
                    "-FFFF-FF-FF"
                } else {
                    ""
                }
        );
        assert!(
            read["telegrams"][0]["fields"]
                .to_string()
                .contains("12345678"),
            "{read}"
        );
    }
    let silent = json(
        &["read", "--tcp", &meter.place, "--address", "9", "--json"],
        3,
    );
    assert_eq!(silent["outcome"], "no_answer");
    let credit = ["--number", "1", "--amount", "1", "--json"];
    let refused = json(
        &[
            &["credit", "--tcp", &meter.place, "--address", "1"],
            &credit[..],
        ]
        .concat(),
        2,
    );
    assert!(
        refused["reason"]
            .as_str()
            .unwrap()
            .contains("can only be read")
    );
}
