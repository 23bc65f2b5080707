//! What breaks around the server: its own power, the database's connections, an older schema. Nothing is lost, nothing twice.

mod common;

use std::time::Duration;

use common::server::Server;
use common::terminal::{Ended, Terminal, try_http};
use meterpost_ledger::exchange::Next;

#[test]
fn a_server_that_is_killed_at_any_moment_has_every_entry_once_in_the_end() {
    let mut server = Server::start();
    let mut terminal = Terminal::enrolled(&server, "K1");
    for life in 0..12_u64 {
        terminal.work_at_once(400);
        let have: u64 = server
            .database
            .sql("SELECT stored FROM log")
            .parse()
            .unwrap();
        let (batch, _) = terminal.ledger.batch(have).unwrap();
        terminal.counter += 1;
        let target = format!("/api/v1/log/entries?first={have}");
        let header = terminal
            .ledger
            .sign_call(terminal.counter, "POST", &target, &batch)
            .unwrap();
        let url = format!("{}{target}", server.url());
        std::thread::scope(|scope| {
            let call = scope.spawn(|| {
                let header = Some(("meterpost-signature", header));
                try_http("POST", &url, header, Some(&batch))
            });
            // Sooner or later within the call, which takes some ten milliseconds.
            std::thread::sleep(Duration::from_millis(life * 2));
            server.kill();
            let _ = call.join();
        });
        server.resume();
    }
    let size = terminal.ledger.size();
    assert_eq!(terminal.sync(&server), Ended::InSync);
    server.assert_whole("K1", size);
}

#[test]
fn a_server_killed_after_it_cosigned_gives_the_same_head_again() {
    let mut server = Server::start();
    let mut terminal = Terminal::enrolled(&server, "K1");
    terminal.work(5);
    let size = terminal.ledger.size();
    terminal.bring(&server, 0);
    let Next::Ask(asked) = terminal.ledger.ask(&terminal.standing()).unwrap() else {
        panic!("there is something to ask");
    };
    let body = asked.request.format();
    // The answer is lost with the server.
    assert_eq!(
        terminal
            .call(&server, "/api/v1/log/add-checkpoint", body.as_bytes())
            .0,
        200
    );
    server.kill();
    server.resume();
    terminal.work(3);
    assert_eq!(terminal.sync(&server), Ended::InSync);
    assert_eq!(server.verify("K1")["size"], size + 3);
}

#[test]
fn a_database_that_drops_every_connection_is_found_again() {
    let server = Server::start();
    let mut terminal = Terminal::enrolled(&server, "K1");
    for _ in 0..3 {
        terminal.work(5);
        server.database.sql(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
             WHERE datname = current_database() AND pid <> pg_backend_pid()",
        );
        // The first call may meet a connection that is just being closed; it is told to try again, and does.
        let ready = (0..50).any(|_| {
            std::thread::sleep(Duration::from_millis(20));
            server.call("GET", "/healthz", None, None).0 == 200
        });
        assert!(ready, "{}", server.read_log());
        assert_eq!(terminal.sync(&server), Ended::InSync);
    }
    assert_eq!(server.verify("K1")["verdict"], "ok");
}

#[test]
fn a_database_whose_disk_is_full_takes_nothing_says_so_and_goes_on_when_there_is_room() {
    let server = Server::start();
    let mut terminal = Terminal::enrolled(&server, "K1");
    terminal.work(3);
    assert_eq!(terminal.sync(&server), Ended::InSync);
    // As PostgreSQL says it when a file cannot grow.
    server.database.sql(
        "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS \
         'BEGIN RAISE EXCEPTION ''could not extend file: No space left on device'' USING ERRCODE = ''53100''; END'; \
         CREATE TRIGGER full_disk BEFORE INSERT ON entry FOR EACH ROW EXECUTE FUNCTION full_disk()",
    );
    terminal.work(5);
    let have = server.verify("K1")["size"].as_u64().unwrap();
    let (batch, _) = terminal.ledger.batch(have).unwrap();
    let target = format!("/api/v1/log/entries?first={have}");
    let (status, text) = terminal.call(&server, &target, &batch);
    assert_eq!(status, 503, "{text}");
    assert!(text.contains("try again later"), "{text}");
    assert_eq!(server.verify("K1")["stored"], have, "nothing was taken");
    server.database.sql("DROP TRIGGER full_disk ON entry");
    assert_eq!(terminal.sync(&server), Ended::InSync);
    assert_eq!(server.verify("K1")["verdict"], "ok");
}

#[test]
fn every_older_schema_is_brought_up_to_date_with_its_data() {
    for pair in meterpost_server::database::versions().windows(2) {
        let mut server = Server::start();
        let mut terminal = Terminal::enrolled(&server, "K1");
        terminal.work(5);
        assert_eq!(terminal.sync(&server), Ended::InSync);
        server.kill();
        server.database.back_to(pair[0]);
        server.resume();
        let said = server.read_log();
        assert!(said.contains(&format!("V{}__", pair[1])), "{said}");
        terminal.work(5);
        assert_eq!(terminal.sync(&server), Ended::InSync);
        assert_eq!(server.verify("K1")["verdict"], "ok");
    }
}

#[test]
fn a_schema_newer_than_the_program_is_left_alone_and_said() {
    let mut server = Server::start();
    server.kill();
    server.database.sql(
        "INSERT INTO refinery_schema_history VALUES (99, 'from_the_future', '2026-11-25T00:00:00Z', '0')",
    );
    let output = server.try_say(&["serve"]);
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("schema"), "{said}");
}
