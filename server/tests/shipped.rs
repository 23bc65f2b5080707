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
fn the_units_leave_the_server_little_to_break() {
    let arguments = ["security", "--offline=true", "--threshold=20"];
    for unit in [
        "server.service",
        "server-backup.service",
        "server-wal.service",
    ] {
        match run("systemd-analyze", &arguments, unit) {
            Some((content, text)) => assert!(content, "{unit}: {text}"),
            None => println!("skipped: systemd-analyze is not installed"),
        }
    }
}

#[test]
fn the_backup_has_its_time_each_night_and_its_unit() {
    let timer = std::fs::read_to_string(example("server-backup.timer")).expect("the timer");
    let calendar = timer
        .lines()
        .find_map(|line| line.strip_prefix("OnCalendar="));
    let calendar = calendar.expect("a time");
    assert!(timer.contains("Unit=meterpost-backup.service"), "{timer}");
    let asked = Command::new("systemd-analyze")
        .args(["calendar", calendar])
        .output();
    match asked {
        Ok(said) => assert!(said.status.success(), "{said:?}"),
        Err(_) => println!("skipped: systemd-analyze is not installed"),
    }
}

/// The arguments of a line of a unit, as systemd cuts it: at blanks, but for what stands in quotation marks.
fn words(line: &str) -> Vec<String> {
    let quoted = |(n, part): (usize, &str)| -> Vec<String> {
        match n % 2 {
            1 => vec![part.to_owned()],
            _ => part.split_whitespace().map(str::to_owned).collect(),
        }
    };
    line.split('"').enumerate().flat_map(quoted).collect()
}

#[test]
fn the_units_name_commands_that_the_program_has() {
    for unit in [
        "server.service",
        "server-backup.service",
        "server-wal.service",
    ] {
        let text = std::fs::read_to_string(example(unit)).expect("the unit");
        let commands = text
            .lines()
            .filter_map(|line| line.strip_prefix("ExecStart=/usr/bin/server "));
        let mut count = 0;
        for command in commands {
            count += 1;
            // With a file that is not there: the arguments are understood, and the file is what is missed.
            let arguments = command.replace("/etc/meterpost/", "/nonexistent/");
            let arguments = arguments.replace("/var/lib/meterpost-backups", "/nonexistent/backups");
            let output = Command::new(env!("CARGO_BIN_EXE_server"))
                .args(words(&arguments))
                .output()
                .expect("the program");
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(said.contains("/nonexistent/"), "{command}: {said}");
            assert!(!said.contains("Usage:"), "{command}: {said}");
        }
        assert!(count > 0, "{unit}");
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
