//! The parts that ship beside the program: its unit and its firewall, checked by the tools that will read them.

use std::path::PathBuf;
use std::process::Command;

fn example(name: &str) -> PathBuf {
    let here = std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo tells");
    PathBuf::from(here).join("../docs/examples").join(name)
}

/// What a tool printed, and whether it was content; `None` where it is not installed.
fn run(program: &str, arguments: &[&str], file: &str) -> Option<(bool, String)> {
    let path = std::env::var("PATH").unwrap_or_default() + ":/usr/sbin:/sbin";
    let output = Command::new("env")
        .arg(format!("PATH={path}"))
        .arg(program)
        .args(arguments)
        .arg(example(file))
        .output()
        .ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned()
        + &String::from_utf8_lossy(&output.stderr);
    (output.status.code() != Some(127)).then_some((output.status.success(), text))
}

#[test]
fn the_unit_leaves_the_server_little_to_break() {
    let arguments = ["security", "--offline=true", "--threshold=20"];
    match run("systemd-analyze", &arguments, "server.service") {
        Some((content, text)) => assert!(content, "{text}"),
        None => println!("skipped: systemd-analyze is not installed"),
    }
}

#[test]
fn the_firewall_is_understood_and_drops_what_it_does_not_name() {
    match run("nft", &["--check", "--file"], "server.nft") {
        Some((false, text)) if text.contains("Operation not permitted") => {
            println!("skipped: checking a firewall needs root");
        }
        Some((content, text)) => assert!(content, "{text}"),
        None => println!("skipped: nft is not installed"),
    }
    let rules = std::fs::read_to_string(example("server.nft")).expect("the rules");
    let drops = |hook: &str| rules.contains(&format!("hook {hook} priority filter; policy drop;"));
    assert!(drops("input") && drops("forward"));
}
