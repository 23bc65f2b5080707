//! The books checked: in order after a day's work, and whatever somebody damages past all rules is found and named.

mod common;

use common::purse::{bench, hold, pay_in};
use common::sale::wallet;
use common::server::Server;
use common::terminal::{Ended, Terminal};
use meterpost_ledger::PaymentOutcome::{Delivered, Returned};
use serde_json::Value;

/// A day: money paid in, a delivery from the wallet, one that came back, one offline, and one whose outcome is open.
fn day() -> (Server, Terminal) {
    let (server, mut terminal) = bench();
    pay_in(&server, "t-1", "100.00");
    for (amount, outcome) in [
        (3000, Some(Delivered)),
        (2000, Some(Returned)),
        (1000, None),
    ] {
        let asked = terminal.asks(wallet("A"), "MA", amount);
        let (status, text) = hold(
            &mut terminal,
            &server,
            &asked,
            &format!("{}.00", amount / 100),
        );
        assert_eq!(status, 200, "{text}");
        if let Some(outcome) = outcome {
            terminal.ends(&server, &asked, outcome);
        }
    }
    assert_eq!(terminal.sync(&server), Ended::InSync);
    (server, terminal)
}

/// `server check` of the tenant: the exit code and what it found.
fn checked(server: &Server) -> (i32, Value) {
    let output = server.try_say(&["check", "--tenant", "east", "--json"]);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let found = serde_json::from_str(&text).unwrap_or_else(|_| panic!("{output:?}"));
    (output.status.code().expect("ended"), found)
}

/// As somebody with the database's password could: past every trigger.
fn damage(server: &Server, sql: &str) {
    let sql = format!("SET session_replication_role = replica; {sql}");
    server.database.sql(&sql);
}

#[test]
fn books_in_order_are_found_so_and_all_of_them_are_looked_at() {
    let (server, terminal) = day();
    let (code, found) = checked(&server);
    assert_eq!(
        (code, &found["problems"]),
        (0, &serde_json::json!([])),
        "{found}"
    );
    // All but the entry of the contact itself, which no head covers yet.
    assert_eq!(found["entries"].as_u64(), Some(terminal.ledger.size() - 1));
    assert_eq!(found["logs"], 1);
    assert!(found["journals"].as_i64() >= Some(5), "{found}");
    let all = server.say(&["check", "--all"]);
    assert!(
        all.contains("tenant   east") && all.contains("verdict  ok"),
        "{all}"
    );
    let refused = server.try_say(&["check"]);
    assert_eq!(
        refused.status.code(),
        Some(2),
        "which tenant has to be said"
    );
}

#[test]
fn each_damaged_row_is_found_and_named() {
    let (server, _terminal) = day();
    let books = [
        (
            "UPDATE wallet_posting SET amount = amount + 7 WHERE book = 'desk'",
            "the postings of journal",
            "0.07",
        ),
        (
            "DELETE FROM wallet_posting WHERE journal = 1",
            "or there are fewer than two",
            "journal 1 ",
        ),
        (
            "DELETE FROM posting_journal WHERE journal = 1",
            "belong to no journal",
            "postings 1 ",
        ),
        (
            "UPDATE wallet SET balance = balance + 100",
            "the balance of account A",
            "61.00; its postings sum to 60.00",
        ),
        (
            "UPDATE wallet SET held = held - 1",
            "what is held of account A is 9.99",
            "10.00",
        ),
        (
            "UPDATE wallet SET debt = 5",
            "the debt of account A is 0.05",
            "0.00",
        ),
        (
            "UPDATE wallet_hold SET amount = 900 WHERE state = 'pending'",
            "its open holds sum to 9.00",
            "10.00",
        ),
        (
            "DELETE FROM wallet_hold WHERE state = 'pending'",
            "its open holds sum to 0.00",
            "10.00",
        ),
        (
            "DELETE FROM wallet_posting USING posting_journal AS j WHERE j.journal = wallet_posting.journal AND kind = 'hold.captured'",
            "by the log; the books have 0.00",
            "delivered 30.00",
        ),
        (
            "UPDATE posting_journal SET reference = 'K1/1-99' WHERE kind = 'hold.captured'",
            "sale 99, of which the log says nothing",
            "30.00",
        ),
        (
            "UPDATE entry SET bytes = bytes || '\\x00' WHERE seq = 4",
            "meterpost/east/K1/1",
            "entry 4",
        ),
        (
            "DELETE FROM entry WHERE seq = 4",
            "meterpost/east/K1/1",
            "lacks entries before 5",
        ),
        (
            "UPDATE log SET memory = jsonb_set(memory, '{last}', '\"nonsense\"')",
            "meterpost/east/K1/1",
            "not signed by the log",
        ),
    ];
    let tables = "posting_journal wallet_posting wallet wallet_hold entry log";
    for table in tables.split(' ') {
        server.database.sql(&format!(
            "CREATE TABLE whole_{table} AS SELECT * FROM {table}"
        ));
    }
    for (sql, words, more) in books {
        damage(&server, sql);
        let (code, found) = checked(&server);
        let problems = found["problems"].as_array().expect("a list");
        let said = |p: &Value| {
            p["words"]
                .as_str()
                .is_some_and(|w| w.contains(words) && w.contains(more))
        };
        assert_eq!(code, 1, "{sql}: {found}");
        assert!(problems.iter().any(said), "{sql}: {found}");
        // Whole again.
        for table in tables.split(' ') {
            damage(
                &server,
                &format!(
                    "DELETE FROM {table}; INSERT INTO {table} OVERRIDING SYSTEM VALUE SELECT * FROM whole_{table}"
                ),
            );
        }
    }
    assert_eq!(checked(&server).0, 0);
}

/// The newest alert of kind `books`, once there is one that ended or is open as wanted.
fn alert(server: &Server, open: bool) -> String {
    let sql =
        "SELECT terminal || ' ' || words FROM alert WHERE kind = 'books' AND (ended_at IS NULL) = ";
    for _ in 0..100 {
        let found = server.database.sql(&format!("{sql} {open}"));
        if !found.is_empty() {
            return found;
        }
        std::thread::sleep(std::time::Duration::from_millis(300));
    }
    panic!("no alert: {}", server.read_log());
}

#[test]
fn the_nightly_check_raises_an_alert_and_a_metric_until_the_books_are_right_again() {
    let (mut server, _terminal) = day();
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let config = std::fs::read_to_string(server.config()).unwrap();
    std::fs::write(server.config(), format!("metrics = \"{port}\"\n{config}")).unwrap();
    damage(&server, "UPDATE wallet SET balance = balance + 100");
    // The last check was nights ago, so one is due at once.
    server.database.sql("INSERT INTO book_check (tenant, at, journals, logs, entries, problems) VALUES ('east', 1000, 0, 0, 0, '[]')");
    server.kill();
    server.resume();
    let words = alert(&server, true);
    assert!(
        words.contains("(books)") && words.contains("the balance of account A is 61.00"),
        "{words}"
    );
    let checks = "SELECT count(*) FROM book_check";
    assert_eq!(server.database.sql(checks), "2", "and one a night");
    let metric = || common::terminal::http("GET", &format!("http://{port}/metrics"), None, None).1;
    let problem = "meterpost_book_problems{tenant=\"east\"} 1";
    for _ in 0..60 {
        if metric().contains(problem) {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(300));
    }
    assert!(metric().contains(problem), "{}", metric());
    damage(&server, "UPDATE wallet SET balance = balance - 100");
    assert_eq!(checked(&server).0, 0);
    alert(&server, false);
}
