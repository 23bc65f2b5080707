//! A log that is followed while others move the same money: another server hears a hold of it, another terminal's log is over the same
//! accounts. The books are checked at the end of every test.

mod common;

use common::books::{Books, book};
use common::sale::{Asked, wallet};
use common::server::{Second, Server};
use common::terminal::{Ended, Terminal, http};
use meterpost_ledger::PaymentOutcome::{Delivered, Refused};
use meterpost_ledger::exchange::Next;
use serde_json::{Value, json};

const CHECKPOINT: &str = "/api/v1/log/add-checkpoint";

/// Accounts A and B with a meter each, and 1000.00 in each wallet.
fn district(server: &Server) {
    server.database.sql(
        "INSERT INTO directory (tenant, version) VALUES ('east', 1) ON CONFLICT DO NOTHING; \
         INSERT INTO account (tenant, account, district, changed) VALUES ('east', 'A', 'north', 1), ('east', 'B', 'north', 1); \
         INSERT INTO meter (tenant, number, account, utility, profile, address, segment) \
         SELECT 'east', 'M' || account, account, 'water', 'p', account, 0 FROM account; \
         UPDATE terminal SET district = 'north'",
    );
    for account in ["A", "B"] {
        let body = json!({ "id": account, "amount": "1000.00", "means": "cash" }).to_string();
        let path = format!("/api/v1/wallets/{account}/top-ups");
        server.manage("POST", &path, Some(&body));
    }
}

fn balance(server: &Server, account: &str) -> Value {
    server.manage("GET", &format!("/api/v1/wallets/{account}"), None)["balance"].clone()
}

/// A call that is signed and not sent yet.
struct Signed {
    target: &'static str,
    header: String,
    body: String,
}

impl Signed {
    fn by(terminal: &mut Terminal, target: &'static str, body: String) -> Signed {
        terminal.counter += 1;
        let header = terminal
            .ledger
            .sign_call(terminal.counter, "POST", target, body.as_bytes())
            .expect("signed");
        Signed {
            target,
            header,
            body,
        }
    }

    fn send(&self, url: &str) -> (u16, Value) {
        let url = format!("{url}{}", self.target);
        let header = Some(("meterpost-signature", self.header.clone()));
        let (status, text) = http("POST", &url, header, Some(self.body.as_bytes()));
        (status, serde_json::from_str(&text).unwrap_or(Value::Null))
    }
}

/// The head that is to be cosigned next.
fn head(terminal: &mut Terminal) -> Signed {
    let Next::Ask(asked) = terminal.ledger.ask(&terminal.standing()).expect("a head") else {
        panic!("it has something to ask");
    };
    Signed::by(terminal, CHECKPOINT, asked.request.format())
}

fn hold_of(terminal: &mut Terminal, asked: &Asked) -> Signed {
    let body = json!({ "hold": asked.name, "account": "A", "meter": "MA", "amount": "10.00" });
    Signed::by(terminal, "/api/v1/wallet/hold", body.to_string())
}

#[test]
fn a_hold_that_another_server_hears_while_its_end_is_followed_ends_as_the_log_says() {
    let server = Server::start();
    let mut terminal = Terminal::enrolled(&server, "K1");
    district(&server);
    let _books = Books(&server.database);
    let second = Second::beside(&server);
    let (mut have, mut spent) = (0, 0);
    for round in 0..16 {
        let asked = terminal.asks(wallet("A"), "MA", 1_000);
        let outcome = [Refused, Delivered][round % 2];
        terminal.writes_end(&asked, outcome);
        have = terminal.bring(&server, have);
        // The lower number goes first; heard the other way round, it is refused as a repetition and so is a request that was lost.
        let (hold, head) = (hold_of(&mut terminal, &asked), head(&mut terminal));
        let (held, followed) = std::thread::scope(|scope| {
            let hold = scope.spawn(|| hold.send(second.url()));
            let head = scope.spawn(|| head.send(server.url()));
            (hold.join().expect("sent"), head.join().expect("sent"))
        });
        assert_eq!(followed.0, 200, "{followed:?} {}", server.read_log());
        assert!([200, 401, 409].contains(&held.0), "{held:?}");
        spent += i64::from(outcome == Delivered) * 1_000;
        assert_eq!(book(&server.database, "terminals"), -spent, "round {round}");
        assert_eq!(book(&server.database, "held"), 0, "round {round}");
        // Whoever was first, asked again it is over.
        let (status, late) = hold_of(&mut terminal, &asked).send(second.url());
        let over = match late["state"].as_str() {
            Some(state) => state == ["released", "captured"][round % 2],
            None => outcome == Delivered && late["code"] == "differs",
        };
        assert!(over, "round {round}: {status} {late}");
        assert_eq!(terminal.sync(&server), Ended::InSync);
    }
    assert_eq!(balance(&server, "A"), json!("920.00"));
    assert_eq!(server.manage("GET", "/api/v1/disputes", None), json!([]));
}

#[test]
fn two_backlogs_over_the_same_wallets_in_another_order_are_both_followed_once() {
    let server = Server::start();
    let mut terminals = ["K1", "K2"].map(|id| Terminal::enrolled(&server, id));
    district(&server);
    let _books = Books(&server.database);
    let second = Second::beside(&server);
    for (first, terminal) in terminals.iter_mut().enumerate() {
        for n in 0..20 {
            // The one begins with A, the other with B.
            let account = ["A", "B"][(n + first) % 2];
            let asked = terminal.asks(wallet(account), &format!("M{account}"), 1_000);
            terminal.writes_end(&asked, Delivered);
        }
        terminal.bring(&server, 0);
    }
    let urls = [server.url(), second.url()];
    std::thread::scope(|scope| {
        for (terminal, url) in terminals.iter_mut().zip(urls) {
            let server = &server;
            scope.spawn(move || {
                // Each may have to wait for the other's wallets, and be told to come again.
                let mut statuses = Vec::new();
                while statuses.last() != Some(&200) {
                    statuses.push(head(terminal).send(url).0);
                    assert!(statuses.len() < 20, "{statuses:?} {}", server.read_log());
                }
                println!("{}: {statuses:?}", terminal.id);
            });
        }
    });
    assert_eq!(book(&server.database, "terminals"), -40_000);
    for account in ["A", "B"] {
        assert_eq!(balance(&server, account), json!("800.00"));
    }
    assert_eq!(server.manage("GET", "/api/v1/disputes", None), json!([]));
    for terminal in &mut terminals {
        assert_eq!(terminal.sync(&server), Ended::InSync);
    }
    assert_eq!(book(&server.database, "terminals"), -40_000);
}
