//! Accounts, meters and cards from a person at the server to a terminal: whole, as differences, and of its own district only.

mod common;

use common::server::Server;
use common::terminal::{Terminal, stamp};
use meterpost_ledger::bulletin::directory::{
    CHANGES_KIND, DIRECTORY_KIND, Directory, DirectoryChanges,
};
use meterpost_ledger::signing::{LogOrigin, VerifierKey};
use meterpost_ledger::{BulletinContent, accept_bulletin};
use serde_json::{Value, json};

/// A terminal's own copy of the directory, kept as the kiosk keeps it.
#[derive(Default)]
struct Copy {
    base: u64,
    changes: u64,
    applied: u64,
    whole: Directory,
    now: Directory,
}

/// What a call brought.
#[derive(Debug, PartialEq, Eq)]
enum Brought {
    Nothing,
    Whole(usize),
    Difference(usize),
}

impl Copy {
    /// Asks, checks as a terminal does, and applies. Also the bulletin's length.
    fn fetch(&mut self, terminal: &mut Terminal, server: &Server) -> Brought {
        let target = format!(
            "/api/v1/bulletins/directory?base={}&changes={}&applied={}",
            self.base, self.changes, self.applied
        );
        let (status, bytes) = terminal.call_for_bytes(server, &target, b"");
        if status == 204 {
            return Brought::Nothing;
        }
        assert_eq!(status, 200, "{}", String::from_utf8_lossy(&bytes));
        let witness = &terminal.witness;
        let key = VerifierKey::new(witness.name().clone(), *witness.key());
        let origin = LogOrigin::parse(terminal.ledger.origin().as_str()).unwrap();
        let books = terminal.ledger.books();
        let accepted = accept_bulletin(&bytes, &key, &origin, books, &stamp()).unwrap();
        terminal.ledger.apply_bulletin(&stamp(), &accepted).unwrap();
        let bulletin = accepted.bulletin();
        let BulletinContent::Other {
            kind,
            bytes: content,
        } = &bulletin.content
        else {
            panic!("not a directory: {bulletin:?}");
        };
        match kind.as_str() {
            DIRECTORY_KIND => {
                self.whole = Directory::from_content(content).unwrap();
                (self.base, self.applied) = (bulletin.version, bulletin.version);
                self.changes = 0;
                self.now = self.whole.clone();
                Brought::Whole(bytes.len())
            }
            CHANGES_KIND => {
                let changes = DirectoryChanges::from_content(content).unwrap();
                assert_eq!(changes.base, self.base);
                self.changes = bulletin.version;
                self.now = self.whole.clone().changed(changes);
                Brought::Difference(bytes.len())
            }
            other => panic!("kind {other}"),
        }
    }

    fn accounts(&self) -> Vec<&str> {
        let mut numbers: Vec<&str> = self
            .now
            .accounts
            .iter()
            .map(|a| a.account.as_str())
            .collect();
        numbers.sort_unstable();
        numbers
    }
}

fn account(number: u32, district: &str) -> Value {
    json!({
        "account": format!("A{number}"), "district": district, "name": "王小明", "place": format!("3栋{number}"),
        "meters": [{
            "number": format!("{number:08}"), "utility": "water", "profile": "cjt188-prepaid",
            "address": format!("{number:014}"), "segment": 2, "low_balance": "5.00", "owner": "K1"
        }],
        "cards": [format!("C{number}")]
    })
}

fn put(server: &Server, accounts: &[Value], gone: &[&str]) {
    let body = json!({"accounts": accounts, "gone": gone}).to_string();
    server.manage("POST", "/api/v1/accounts", Some(&body));
}

fn serves(server: &Server, terminal: &str, district: &str) {
    let path = format!("/api/v1/terminals/{terminal}/district");
    let body = json!({ "district": district }).to_string();
    let (status, text) = server.call("POST", &path, Some(&server.manager), Some(&body));
    assert_eq!(status, 204, "{text}");
}

#[test]
fn a_terminal_gets_its_district_whole_and_then_differences_and_never_another_ones() {
    let server = Server::start();
    let mut terminal = Terminal::enrolled(&server, "K1");
    let mut copy = Copy::default();
    put(
        &server,
        &[
            account(1, "north"),
            account(2, "north"),
            account(3, "south"),
        ],
        &[],
    );
    assert_eq!(
        copy.fetch(&mut terminal, &server),
        Brought::Nothing,
        "no district yet"
    );

    serves(&server, "K1", "north");
    assert!(matches!(
        copy.fetch(&mut terminal, &server),
        Brought::Whole(_)
    ));
    assert_eq!(copy.accounts(), ["A1", "A2"]);
    let one = &copy.now.accounts[0];
    assert_eq!((one.name.as_str(), one.cards[0].as_str()), ("王**", "C1"));
    assert_eq!(one.meters[0].owner.as_deref(), Some("K1"));
    assert_eq!(copy.fetch(&mut terminal, &server), Brought::Nothing);

    // Another district's change is nothing here; a change, a move away and a move in are.
    put(&server, &[account(4, "south")], &[]);
    assert_eq!(copy.fetch(&mut terminal, &server), Brought::Nothing);
    put(&server, &[account(1, "south"), account(3, "north")], &[]);
    assert!(matches!(
        copy.fetch(&mut terminal, &server),
        Brought::Difference(_)
    ));
    assert_eq!(copy.accounts(), ["A2", "A3"]);
    put(&server, &[account(1, "north")], &[]);
    assert!(matches!(
        copy.fetch(&mut terminal, &server),
        Brought::Difference(_)
    ));
    assert_eq!(copy.accounts(), ["A1", "A2", "A3"]);
    assert_eq!(copy.fetch(&mut terminal, &server), Brought::Nothing);

    // A copy that was lost is told anew under a version that the terminal can apply.
    copy.base = 0;
    assert!(matches!(
        copy.fetch(&mut terminal, &server),
        Brought::Whole(_)
    ));
    serves(&server, "K1", "south");
    assert!(matches!(
        copy.fetch(&mut terminal, &server),
        Brought::Whole(_)
    ));
    assert_eq!(copy.accounts(), ["A4"]);
}

#[test]
fn an_account_ends_only_without_cards_in_use_and_its_district_is_told() {
    let server = Server::start();
    let mut terminal = Terminal::enrolled(&server, "K1");
    let mut copy = Copy::default();
    serves(&server, "K1", "north");
    put(&server, &[account(1, "north"), account(2, "north")], &[]);
    copy.fetch(&mut terminal, &server);
    let end = json!({"gone": ["A1"]}).to_string();
    let (status, text) = server.call(
        "POST",
        "/api/v1/accounts",
        Some(&server.manager),
        Some(&end),
    );
    assert_eq!(status, 422, "{text}");
    assert!(text.contains("has cards in use"), "{text}");
    server
        .database
        .sql("UPDATE card SET state = 'revoked' WHERE number = 'C1'");
    put(&server, &[], &["A1"]);
    assert!(matches!(
        copy.fetch(&mut terminal, &server),
        Brought::Difference(_)
    ));
    assert_eq!(copy.accounts(), ["A2"]);
    // The card's history stays, the person's name does not.
    let kept = server.database.sql("SELECT account.name || card.state FROM card JOIN account USING (tenant, account) WHERE number = 'C1'");
    assert_eq!(kept, "revoked");
}

#[test]
fn accounts_that_make_no_sense_change_nothing_and_say_which_and_why() {
    let server = Server::start();
    put(&server, &[account(1, "north")], &[]);
    let with = |change: &dyn Fn(&mut Value)| {
        let mut wrong = account(2, "north");
        change(&mut wrong);
        json!({"accounts": [account(3, "north"), wrong]}).to_string()
    };
    for (body, words) in [
        (
            with(&|a| a["meters"][0]["number"] = "12".into()),
            "account A2: meter 12",
        ),
        (
            with(&|a| a["meters"][0]["utility"] = "steam".into()),
            "electricity, water",
        ),
        (
            with(&|a| a["meters"][0]["number"] = "00000001".into()),
            "belongs to another account",
        ),
        (
            with(&|a| a["meters"][0]["low_balance"] = "five".into()),
            "two places",
        ),
        (
            with(&|a| a["cards"][0] = "C1".into()),
            "card C1 belongs to another account",
        ),
        (
            with(&|a| a["cards"][0] = "; DROP".into()),
            "letters, digits and hyphens",
        ),
        (with(&|a| a["place"] = "a\nb".into()), "name and place"),
        (json!({"gone": ["A9"]}).to_string(), "there is none"),
    ] {
        let (status, text) = server.call(
            "POST",
            "/api/v1/accounts",
            Some(&server.manager),
            Some(&body),
        );
        assert_eq!(status, 422, "{text}");
        assert!(text.contains(words), "{text}");
    }
    assert_eq!(server.database.sql("SELECT count(*) FROM account"), "1");
    let list = server.manage("GET", "/api/v1/accounts", None);
    assert_eq!(list[0]["account"], "A1");
    assert_eq!(list[0]["name"], "王小明");
}

#[test]
fn twenty_thousand_accounts_fit_a_slow_line_and_fifty_changes_ten_kilobytes() {
    let server = Server::start();
    let mut terminal = Terminal::enrolled(&server, "K1");
    let mut copy = Copy::default();
    serves(&server, "K1", "north");
    for from in (0..20_000).step_by(2000) {
        let some: Vec<Value> = (from..from + 2000).map(|n| account(n, "north")).collect();
        put(&server, &some, &[]);
    }
    let Brought::Whole(length) = copy.fetch(&mut terminal, &server) else {
        panic!("not whole");
    };
    assert_eq!(copy.now.accounts.len(), 20_000);
    // 2 Mbit/s for 10 s.
    assert!(length < 2_500_000, "{length} bytes");
    let fifty: Vec<Value> = (0..50)
        .map(|n| {
            let mut changed = account(n * 397, "north");
            changed["place"] = "moved".into();
            changed
        })
        .collect();
    put(&server, &fifty, &[]);
    let Brought::Difference(length) = copy.fetch(&mut terminal, &server) else {
        panic!("not a difference");
    };
    assert!(length <= 10_000, "{length} bytes");
}

#[test]
fn parameters_and_tariffs_reach_a_terminal_and_what_makes_no_sense_is_refused() {
    let server = Server::start();
    let mut terminal = Terminal::enrolled(&server, "K1");
    let parameters =
        json!({"phone": "400-1", "amounts": ["10.00", "20.00"], "valid_days": 30}).to_string();
    server.manage("POST", "/api/v1/bulletins/parameters", Some(&parameters));
    let tariffs = json!({"valid_days": 30, "tariffs": [
        {"utility": "electricity", "name": "居民阶梯", "steps": [{"from": 0, "price": "0.5469"}, {"from": 2160, "price": "0.5969"}]}
    ]});
    server.manage(
        "POST",
        "/api/v1/bulletins/tariffs",
        Some(&tariffs.to_string()),
    );
    let answer = terminal.report(&server, &json!({}));
    assert_eq!(answer["bulletins"].as_array().unwrap().len(), 2);
    for (path, body, words) in [
        (
            "parameters",
            json!({"amounts": ["20.00", "10.00"], "valid_days": 3}),
            "rising",
        ),
        (
            "parameters",
            json!({"colour": "red", "valid_days": 3}),
            "colour",
        ),
        (
            "tariffs",
            json!({"tariffs": [{"utility": "water", "name": "x", "steps": []}], "valid_days": 3}),
            "steps",
        ),
        (
            "tariffs",
            json!({"tariffs": [{"utility": "water", "name": "x", "steps": [{"from": 0, "price": "1e3"}]}], "valid_days": 3}),
            "price",
        ),
    ] {
        let path = format!("/api/v1/bulletins/{path}");
        let (status, text) = server.call(
            "POST",
            &path,
            Some(&server.manager),
            Some(&body.to_string()),
        );
        assert_eq!(status, 422, "{text}");
        assert!(text.contains(words), "{text}");
    }
}

#[test]
fn a_lease_moves_once_the_terminals_log_says_that_it_applied_what_takes_the_meter_away() {
    let server = Server::start();
    let mut terminal = Terminal::enrolled(&server, "K1");
    let mut copy = Copy::default();
    serves(&server, "K1", "north");
    put(&server, &[account(1, "north")], &[]);
    copy.fetch(&mut terminal, &server);
    terminal.sync(&server);
    let hand = json!({"to": "server"}).to_string();
    let path = "/api/v1/meters/00000001/lease";
    let (status, text) = server.call("POST", path, Some(&server.manager), Some(&hand));
    assert!(status < 300, "{status} {text}");
    let owner = "SELECT owner FROM meter_lease WHERE meter = '00000001'";
    assert_eq!(server.database.sql(owner), "K1", "it has not let go");
    // What it had applied before says nothing of this.
    terminal.work(2);
    terminal.sync(&server);
    assert_eq!(server.database.sql(owner), "K1");
    assert!(matches!(
        copy.fetch(&mut terminal, &server),
        Brought::Difference(_)
    ));
    assert_eq!(
        copy.now.accounts[0].meters[0].owner, None,
        "nobody owns it meanwhile"
    );
    // Applied, and under no head yet.
    assert_eq!(server.database.sql(owner), "K1");
    terminal.sync(&server);
    assert_eq!(server.database.sql(owner), "server");
    assert!(matches!(
        copy.fetch(&mut terminal, &server),
        Brought::Difference(_)
    ));
    assert_eq!(
        copy.now.accounts[0].meters[0].owner.as_deref(),
        Some("server")
    );
    assert_eq!(server.verify("K1")["verdict"], "ok");
}
