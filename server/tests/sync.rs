//! A terminal's log at the server: every entry stored once, every head cosigned only when its entries are here.

mod common;

use common::server::Server;
use common::terminal::{Ended, Terminal, http};

#[test]
fn a_new_log_is_brought_cosigned_and_replays_to_the_terminals_own_root() {
    let server = Server::start();
    let mut terminal = Terminal::enrolled(&server, "K1");
    terminal.work(40);
    let (size, root) = (terminal.ledger.size(), terminal.ledger.root());
    assert_eq!(terminal.sync(&server), Ended::InSync);
    let checked = server.verify("K1");
    assert_eq!(checked["verdict"], "ok", "{checked}");
    assert_eq!(checked["size"], size);
    assert_eq!(checked["root"], root.to_string());
    let heads = server.manage("GET", "/api/v1/terminals", None);
    assert_eq!(heads[0]["state"], "in_sync", "{heads}");
    assert_eq!(heads[0]["gap"], 0);
}

#[test]
fn a_backlog_of_many_batches_goes_on_where_a_killed_server_stopped() {
    let mut server = Server::start();
    let mut terminal = Terminal::enrolled(&server, "K1");
    terminal.work_at_once(2500);
    let (batch, next) = terminal.ledger.batch(0).unwrap();
    assert_eq!(next, 1000);
    let (status, _) = terminal.call(&server, "/api/v1/log/entries?first=0", &batch);
    assert_eq!(status, 200);
    server.kill();
    server.resume();
    let size = terminal.ledger.size();
    assert_eq!(terminal.sync(&server), Ended::InSync);
    server.assert_whole("K1", size);
}

#[test]
fn a_batch_that_comes_twice_or_overlaps_is_stored_once() {
    let server = Server::start();
    let mut terminal = Terminal::enrolled(&server, "K1");
    terminal.work(20);
    let (batch, _) = terminal.ledger.batch(0).unwrap();
    for _ in 0..2 {
        let (status, text) = terminal.call(&server, "/api/v1/log/entries?first=0", &batch);
        assert_eq!((status, text.as_str()), (200, "{\"have\":21}"));
    }
    terminal.work(5);
    let (batch, _) = terminal.ledger.batch(10).unwrap();
    let (status, text) = terminal.call(&server, "/api/v1/log/entries?first=10", &batch);
    assert_eq!((status, text.as_str()), (200, "{\"have\":26}"));
    let (batch, _) = terminal.ledger.batch(26).unwrap();
    assert!(batch.is_empty());
    assert_eq!(server.database.sql("SELECT count(*) FROM entry"), "26");
    assert_eq!(terminal.sync(&server), Ended::InSync);
}

#[test]
fn a_gap_is_refused_with_the_place_to_continue_from() {
    let server = Server::start();
    let mut terminal = Terminal::enrolled(&server, "K1");
    terminal.work(20);
    let (batch, _) = terminal.ledger.batch(5).unwrap();
    let (status, text) = terminal.call(&server, "/api/v1/log/entries?first=5", &batch);
    assert_eq!(status, 409);
    assert!(
        text.contains("\"code\":\"gap\"") && text.contains("\"have\":0"),
        "{text}"
    );
}

#[test]
fn a_call_that_came_before_is_refused_and_changes_nothing() {
    let server = Server::start();
    let mut terminal = Terminal::enrolled(&server, "K1");
    terminal.work(3);
    let (batch, _) = terminal.ledger.batch(0).unwrap();
    let target = "/api/v1/log/entries?first=0";
    let header = terminal
        .ledger
        .sign_call(9, "POST", target, &batch)
        .unwrap();
    let url = format!("{}{target}", server.url());
    let send = || {
        http(
            "POST",
            &url,
            Some(("meterpost-signature", header.clone())),
            Some(&batch),
        )
    };
    assert_eq!(send().0, 200);
    let (status, text) = send();
    assert_eq!(status, 409);
    assert!(
        text.contains("replayed") && text.contains("\"counter\":9"),
        "{text}"
    );
    terminal.counter = 9;
    assert_eq!(terminal.sync(&server), Ended::InSync);
}

#[test]
fn entries_that_are_not_the_heads_are_thrown_away_and_asked_for_again() {
    let server = Server::start();
    let mut lost = Terminal::enrolled(&server, "K1");
    lost.work(10);
    assert_eq!(lost.sync(&server), Ended::InSync);
    // What the disk held before it was restored came here, and no head for it.
    let mut restored = lost.copy_of_disk();
    lost.work(6);
    let (batch, _) = lost.ledger.batch(11).unwrap();
    let target = "/api/v1/log/entries?first=11";
    assert_eq!(lost.call(&server, target, &batch).0, 200);
    restored.counter = 100;
    restored.work_otherwise(6);
    assert_eq!(restored.sync(&server), Ended::InSync);
    let root = server.verify("K1")["root"].to_string();
    restored.work_otherwise(1);
    assert_eq!(restored.sync(&server), Ended::InSync);
    assert_ne!(server.verify("K1")["root"].to_string(), root);
    assert_eq!(server.verify("K1")["verdict"], "ok");
}

#[test]
fn a_changed_entry_under_a_cosigned_head_is_found_by_verify() {
    let server = Server::start();
    let mut terminal = Terminal::enrolled(&server, "K1");
    terminal.work(10);
    assert_eq!(terminal.sync(&server), Ended::InSync);
    server
        .database
        .sql("UPDATE entry SET bytes = overlay(bytes placing '\\x00' from 3) WHERE seq = 4");
    let output = server.try_say(&["verify", "--tenant", "east", "--terminal", "K1", "--json"]);
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        text.contains("\"verdict\":\"refused\"") && text.contains("entry 4"),
        "{text}"
    );
}

#[test]
fn two_servers_on_one_database_store_every_entry_once() {
    let server = Server::start();
    let mut terminal = Terminal::enrolled(&server, "K1");
    terminal.work(50);
    let (batch, _) = terminal.ledger.batch(0).unwrap();
    let second = common::server::Second::beside(&server);
    let calls: Vec<(String, String)> = (1..=20)
        .map(|counter| {
            let target = "/api/v1/log/entries?first=0".to_owned();
            let header = terminal
                .ledger
                .sign_call(counter, "POST", &target, &batch)
                .unwrap();
            let host = if counter % 2 == 0 {
                server.url()
            } else {
                second.url()
            };
            (format!("{host}{target}"), header)
        })
        .collect();
    std::thread::scope(|scope| {
        for (url, header) in &calls {
            let batch = &batch;
            scope.spawn(move || {
                let header = Some(("meterpost-signature", header.clone()));
                let (status, text) = http("POST", url, header, Some(batch));
                // Whoever is overtaken is told that it came late.
                assert!(
                    status == 200 || text.contains("replayed"),
                    "{status} {text}"
                );
            });
        }
    });
    assert_eq!(server.database.sql("SELECT count(*) FROM entry"), "51");
    terminal.counter = 100;
    assert_eq!(terminal.sync(&server), Ended::InSync);
    assert_eq!(server.verify("K1")["verdict"], "ok");
}

#[test]
fn a_log_longer_than_what_may_wait_for_a_head_sends_heads_in_between() {
    let server = Server::start_with("most_unsigned = 1000");
    let mut terminal = Terminal::enrolled(&server, "K1");
    terminal.work_at_once(3_499);
    let end = terminal.ledger.size();
    let mut heads = Vec::new();
    let mut have = 0;
    while have < end {
        let (batch, _) = terminal.ledger.batch(have).expect("entries");
        let target = format!("/api/v1/log/entries?first={have}");
        let (status, text) = terminal.call(&server, &target, &batch);
        let answer: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        have = answer["have"].as_u64().expect("how many");
        if status == 413 {
            assert_eq!(answer["code"], "full", "{text}");
            assert_eq!(terminal.sync_at(&server, have), Ended::InSync);
            heads.push(have);
        }
    }
    assert_eq!(heads, [1_000, 2_000, 3_000]);
    assert_eq!(terminal.sync(&server), Ended::InSync);
    assert_eq!(server.verify("K1")["verdict"], "ok");
}

#[test]
fn a_limit_below_one_batch_is_a_wrong_configuration() {
    let mut server = Server::start();
    server.kill();
    let config = std::fs::read_to_string(server.config()).expect("a configuration");
    std::fs::write(server.config(), format!("most_unsigned = 999\n{config}")).expect("written");
    let said = server.try_say(&["serve"]);
    let said = String::from_utf8_lossy(&said.stderr);
    assert!(said.contains("most_unsigned is 999"), "{said}");
}
