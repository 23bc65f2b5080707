//! Remote control and signs of life: commands are taken once and end as the terminal's log says, and what is wrong is told.

mod common;

use base64ct::{Base64, Encoding};
use common::server::Server;
use common::terminal::{Ended, Terminal, stamp};
use meterpost_ledger::bulletin::command::Command;
use meterpost_ledger::signing::{LogOrigin, VerifierKey};
use meterpost_ledger::{BulletinContent, CommandOutcome, Event, accept_bulletin};
use meterpost_server::service_code::fingerprint;
use serde_json::{Value, json};

fn give(server: &Server, command: &Value) -> (u16, String) {
    let body = json!({"command": command, "valid_minutes": 60}).to_string();
    let path = "/api/v1/terminals/K1/commands";
    server.call("POST", path, Some(&server.manager), Some(&body))
}

fn states(server: &Server) -> Vec<String> {
    let list = server.manage("GET", "/api/v1/terminals/K1/commands", None);
    let list = list.as_array().unwrap();
    list.iter()
        .map(|row| format!("{} {}", row["version"], row["state"].as_str().unwrap()))
        .collect()
}

/// Asks as a terminal does, records that the command was taken, and says which it is.
fn take(terminal: &mut Terminal, server: &Server) -> Option<(u64, Command)> {
    let books = terminal.ledger.books();
    let have = books.bulletin_version("command").unwrap_or(0);
    let open = books.open_command().is_some();
    let answer = terminal.report(server, &json!({"command": have, "command_open": open}));
    let bytes = Base64::decode_vec(answer["command"].as_str()?).unwrap();
    let witness = &terminal.witness;
    let key = VerifierKey::new(witness.name().clone(), *witness.key());
    let origin = LogOrigin::parse(terminal.ledger.origin().as_str()).unwrap();
    let accepted = accept_bulletin(&bytes, &key, &origin, terminal.ledger.books(), &stamp());
    let accepted = accepted.unwrap();
    terminal.ledger.apply_bulletin(&stamp(), &accepted).unwrap();
    let BulletinContent::Other { bytes, .. } = &accepted.bulletin().content else {
        panic!("no command");
    };
    let command = Command::from_content(bytes).unwrap();
    Some((accepted.bulletin().version, command))
}

fn end(terminal: &mut Terminal, version: u64, outcome: CommandOutcome, words: &str) {
    let ended = Event::CommandEnded {
        version,
        outcome,
        words: words.into(),
    };
    terminal.ledger.commit(&stamp(), &[ended]).unwrap();
}

#[test]
fn a_terminal_is_handed_the_secret_of_its_one_time_codes_until_it_has_it() {
    let server = Server::start();
    let mut terminal = Terminal::enrolled(&server, "K1");
    let without = terminal.report(&server, &json!({}));
    assert_eq!(without["service_secret"], Value::Null, "one without a menu");
    let answer = terminal.report(&server, &json!({"service_code": ""}));
    let secret = Base64::decode_vec(answer["service_secret"].as_str().unwrap()).unwrap();
    assert_eq!(secret.len(), 20);
    let again = terminal.report(&server, &json!({"service_code": "0000000000000000"}));
    assert_eq!(again["service_secret"], answer["service_secret"]);
    let has = fingerprint(&secret);
    let known = terminal.report(&server, &json!({"service_code": has}));
    assert_eq!(known["service_secret"], Value::Null);
    let mut other = Terminal::enrolled(&server, "K2");
    let other = other.report(&server, &json!({"service_code": ""}));
    assert_ne!(other["service_secret"], answer["service_secret"]);
}

#[test]
fn commands_are_taken_in_order_one_at_a_time_and_end_as_the_log_says() {
    let server = Server::start();
    let mut terminal = Terminal::enrolled(&server, "K1");
    assert!(take(&mut terminal, &server).is_none());
    give(&server, &json!({"command": "lock", "reason": "audit"}));
    give(
        &server,
        &json!({"command": "read_meter", "meter": "000012345678"}),
    );
    let (version, command) = take(&mut terminal, &server).unwrap();
    assert_eq!((version, command.word()), (1, "lock"));
    // The answer may be lost and the question come again: what is under way is not given again, and no other either.
    assert!(take(&mut terminal, &server).is_none());
    assert_eq!(states(&server), ["2 waiting", "1 waiting"]);
    assert_eq!(terminal.sync(&server), Ended::InSync);
    assert_eq!(states(&server), ["2 waiting", "1 taken"]);
    end(
        &mut terminal,
        version,
        CommandOutcome::Refused,
        "a sale is open",
    );
    terminal.sync(&server);
    assert_eq!(states(&server), ["2 waiting", "1 refused"]);
    let (version, _) = take(&mut terminal, &server).unwrap();
    end(
        &mut terminal,
        version,
        CommandOutcome::Done,
        "balance 12.50",
    );
    terminal.sync(&server);
    assert_eq!(states(&server), ["2 done", "1 refused"]);
    let list = server.manage("GET", "/api/v1/terminals/K1/commands", None);
    assert_eq!(list[0]["words"], "balance 12.50");
    assert_eq!(list[0]["issued_by"], "Mia");
    let trail = "SELECT string_agg(act || ' ' || outcome, ', ' ORDER BY id) FROM audit WHERE act LIKE 'command%'";
    assert_eq!(
        server.database.sql(trail),
        "command.lock done, command.read_meter done"
    );
}

#[test]
fn a_command_that_was_taken_back_or_is_too_late_is_not_handed_out_unless_the_log_says_it_was() {
    let server = Server::start();
    let mut terminal = Terminal::enrolled(&server, "K1");
    give(&server, &json!({"command": "reboot"}));
    give(&server, &json!({"command": "restart"}));
    give(&server, &json!({"command": "unlock"}));
    let cancel = |version: u32| {
        let path = format!("/api/v1/terminals/K1/commands/{version}/cancel");
        server.call("POST", &path, Some(&server.manager), None).0
    };
    assert_eq!(cancel(1), 204);
    assert_eq!(cancel(1), 409);
    server
        .database
        .sql("UPDATE command SET until = now() - interval '1 second' WHERE version = 2");
    // The terminal fetches the third, and it is taken back before the log comes: the log is believed.
    let (version, _) = take(&mut terminal, &server).unwrap();
    assert_eq!(version, 3);
    assert_eq!(cancel(3), 204);
    assert_eq!(states(&server), ["3 cancelled", "2 expired", "1 cancelled"]);
    end(&mut terminal, 3, CommandOutcome::Done, "");
    terminal.sync(&server);
    assert_eq!(states(&server), ["3 done", "2 expired", "1 cancelled"]);
}

#[test]
fn words_that_the_database_cannot_hold_keep_no_log_from_going_on() {
    let server = Server::start();
    let mut terminal = Terminal::enrolled(&server, "K1");
    give(
        &server,
        &json!({"command": "read_meter", "meter": "000012345678"}),
    );
    let (version, _) = take(&mut terminal, &server).unwrap();
    let words = "it said \u{0}";
    end(&mut terminal, version, CommandOutcome::Failed, words);
    assert_eq!(terminal.sync(&server), Ended::InSync);
    assert_eq!(states(&server), ["1 failed"]);
    let list = server.manage("GET", "/api/v1/terminals/K1/commands", None);
    assert_eq!(list[0]["words"], "it said \u{fffd}");
}

#[test]
fn what_a_lost_machine_was_doing_is_not_known_and_its_successor_goes_on_behind_it() {
    let server = Server::start();
    let mut first = Terminal::enrolled(&server, "K1");
    give(&server, &json!({"command": "restart"}));
    take(&mut first, &server).unwrap();
    first.sync(&server);
    give(&server, &json!({"command": "unlock"}));
    let mut second = Terminal::enrolled(&server, "K1");
    assert_eq!(states(&server), ["2 waiting", "1 unknown"]);
    let (version, _) = take(&mut second, &server).unwrap();
    assert_eq!(version, 2);
}

#[test]
fn software_is_a_managers_word_and_senseless_commands_are_refused() {
    let server = Server::start();
    Terminal::enrolled(&server, "K1");
    let mechanic = server.staff("east", "Max", "maintenance");
    let body = |command: Value| json!({"command": command, "valid_minutes": 5}).to_string();
    let call = |body: &str, terminal: &str| {
        let path = format!("/api/v1/terminals/{terminal}/commands");
        server.call("POST", &path, Some(&mechanic), Some(body)).0
    };
    assert_eq!(
        call(&body(json!({"command": "update", "version": "2.0"})), "K1"),
        403
    );
    assert_eq!(call(&body(json!({"command": "restart"})), "K1"), 200);
    assert_eq!(call(&body(json!({"command": "restart"})), "K9"), 404);
    for command in [
        json!({"command": "lock", "reason": ""}),
        json!({"command": "open_the_cash_box"}),
        json!({"command": "send_logs", "lines": 1_000_000}),
    ] {
        assert_eq!(call(&body(command), "K1"), 422);
    }
    for _ in 1..20 {
        assert_eq!(call(&body(json!({"command": "unlock"})), "K1"), 200);
    }
    assert_eq!(call(&body(json!({"command": "unlock"})), "K1"), 429);
}

#[test]
fn lines_of_log_come_for_a_command_that_asked_for_them_and_for_no_other() {
    let server = Server::start();
    let mut terminal = Terminal::enrolled(&server, "K1");
    give(&server, &json!({"command": "send_logs", "lines": 100}));
    give(&server, &json!({"command": "unlock"}));
    let (version, _) = take(&mut terminal, &server).unwrap();
    let mut bring = |version: u64, lines: &[u8]| {
        let target = format!("/api/v1/commands/log?version={version}");
        terminal.call(&server, &target, lines).0
    };
    assert_eq!(bring(version, "10:00 started\n10:01 ¥\n".as_bytes()), 204);
    assert_eq!(bring(version, b"again, since the answer was lost"), 204);
    assert_eq!(bring(2, b"x"), 409);
    assert_eq!(bring(99, b"x"), 409);
    assert_eq!(bring(version, &[0xff]), 400);
    let path = format!("/api/v1/terminals/K1/commands/{version}/log");
    let (status, text) = server.call("GET", &path, Some(&server.manager), None);
    assert_eq!((status, text.as_str()), (200, "10:00 started\n10:01 ¥\n"));
}

fn alerts(server: &Server) -> Vec<String> {
    let list = server.manage("GET", "/api/v1/alerts", None);
    let open = list
        .as_array()
        .unwrap()
        .iter()
        .filter(|row| row["ended_at"].is_null());
    open.map(|row| row["kind"].as_str().unwrap().to_owned())
        .collect()
}

/// Until the alerts that go on are these.
fn wait_for(server: &Server, kinds: &[&str]) {
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(40);
    while alerts(server) != kinds {
        assert!(
            std::time::Instant::now() < deadline,
            "{:?}: {}",
            alerts(server),
            server.read_log()
        );
        std::thread::sleep(std::time::Duration::from_millis(200));
    }
}

#[test]
fn what_is_wrong_is_told_once_taken_up_and_over_when_it_is_over() {
    let server = Server::start();
    let mut terminal = Terminal::enrolled(&server, "K1");
    terminal.report(
        &server,
        &json!({"report": {"devices": {"printer": "out of paper"}}}),
    );
    wait_for(&server, &["device.printer"]);
    let list = server.manage("GET", "/api/v1/alerts", None);
    let id = list[0]["id"].as_i64().unwrap();
    let take = format!("/api/v1/alerts/{id}/take");
    assert_eq!(
        server.call("POST", &take, Some(&server.manager), None).0,
        204
    );
    assert_eq!(
        server.manage("GET", "/api/v1/alerts", None)[0]["taken_by"],
        "Mia"
    );
    terminal.report(&server, &json!({}));
    wait_for(&server, &[]);
    assert_eq!(
        server.call("POST", &take, Some(&server.manager), None).0,
        404
    );
    let told = server.manage("GET", "/api/v1/alerts", None)[0]["told"].clone();
    assert_eq!(told, 1, "told once");
    let heads = server.manage("GET", "/api/v1/terminals", None);
    assert_eq!(heads[0]["status"]["devices"]["printer"], "ok", "{heads}");
    assert!(heads[0]["clock_offset"].as_f64().unwrap().abs() < 30.0);
}

#[test]
fn a_report_that_no_terminal_would_send_is_refused() {
    let server = Server::start();
    let mut terminal = Terminal::enrolled(&server, "K1");
    let huge = json!({"report": {"wall": 0, "clock": "x".repeat(5000), "software": "", "uptime": 0, "session": "free",
        "session_for": 0, "devices": {}, "cash_box": {"notes": 0, "money": 0}, "unknown_deliveries": 0, "owed": 0},
        "have": {}, "directory": {"base": 0, "changes": 0, "applied": 0}, "command": 0, "command_open": false});
    for body in [huge.to_string(), "{}".to_owned(), "\u{1}".to_owned()] {
        let (status, text) = terminal.call(&server, "/api/v1/status", body.as_bytes());
        assert_eq!(status, 400, "{text}");
    }
}
