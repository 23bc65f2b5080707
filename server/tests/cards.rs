//! The life of cards: ordered by people, made by desks, lost, void, back at the desk.

mod common;

use base64ct::{Base64, Encoding};
use common::server::Server;
use common::terminal::Terminal;
use rcgen::{KeyPair, PublicKeyData};
use serde_json::{Value, json};

/// A server with a card authority, an account, and a desk.
fn office() -> (Server, Terminal) {
    let mut server = Server::start();
    server.say(&["ca", "cards", "--name", "East Utilities"]);
    server.kill();
    server.resume();
    let account = "INSERT INTO account (tenant, account, district, changed) VALUES ('east', 'A-1', 'north', 0)";
    server.database.sql(account);
    let desk = Terminal::enrolled(&server, "D1");
    (server, desk)
}

fn post(server: &Server, path: &str, body: &Value) -> Value {
    server.manage("POST", path, Some(&body.to_string()))
}

fn order(server: &Server) -> (String, i64) {
    let body = json!({"account": "A-1", "terminal": "D1"});
    named(&post(server, "/api/v1/cards", &body))
}

fn named(ordered: &Value) -> (String, i64) {
    let number = ordered["number"].as_str().unwrap().to_owned();
    (number, ordered["job"].as_i64().unwrap())
}

/// A call of a desk; status, and the answer where there is one.
fn call(server: &Server, desk: &mut Terminal, what: &str, body: &Value) -> (u16, Value) {
    let path = format!("/api/v1/card-jobs/{what}");
    let (status, text) = desk.call(server, &path, body.to_string().as_bytes());
    (status, serde_json::from_str(&text).unwrap_or_default())
}

fn point() -> String {
    Base64::encode_string(KeyPair::generate().unwrap().der_bytes())
}

fn keys(job: i64, slots: &[&str]) -> Value {
    let keys: Vec<Value> = slots
        .iter()
        .map(|slot| json!({"slot": slot, "point": point()}))
        .collect();
    json!({"job": job, "keys": keys})
}

/// A desk makes the card.
fn make(server: &Server, desk: &mut Terminal, job: i64, slots: &[&str]) {
    let (status, answer) = call(server, desk, "certify", &keys(job, slots));
    assert_eq!(status, 200, "{answer}");
    assert_eq!(
        answer["certificates"].as_array().unwrap().len(),
        slots.len()
    );
    let (status, answer) = call(server, desk, "done", &json!({"job": job}));
    assert_eq!((status, answer["state"].as_str()), (200, Some("issued")));
}

fn state(server: &Server, number: &str) -> String {
    let all = server.manage("GET", "/api/v1/cards", None);
    let card = all
        .as_array()
        .unwrap()
        .iter()
        .find(|card| card["number"] == number);
    card.unwrap()["state"].as_str().unwrap().to_owned()
}

fn version(server: &Server) -> String {
    server.database.sql("SELECT changed FROM account")
}

#[test]
fn a_card_is_valid_only_when_its_desk_has_made_it() {
    let (server, mut desk) = office();
    let (number, job) = order(&server);
    assert_eq!(state(&server, &number), "ordered");
    let (_, next) = call(&server, &mut desk, "next", &json!({}));
    assert_eq!(next["next"]["job"], job);
    assert_eq!(next["next"]["card"], number.as_str());
    // Nothing is issued that was not certified, and a certificate alone issues nothing.
    let (status, answer) = call(&server, &mut desk, "done", &json!({"job": job}));
    assert_eq!((status, answer["code"].as_str()), (409, Some("conflict")));
    let (status, _) = call(&server, &mut desk, "certify", &keys(job, &["9E"]));
    assert_eq!(status, 200);
    assert_eq!(state(&server, &number), "ordered");
    let before = version(&server);
    // Cut off here and begun anew: certified again, with another key.
    make(&server, &mut desk, job, &["9E"]);
    assert_eq!(state(&server, &number), "issued");
    assert_ne!(version(&server), before, "terminals are told");
    // The answer was lost, and it is said again.
    let (status, answer) = call(&server, &mut desk, "done", &json!({"job": job}));
    assert_eq!((status, answer["state"].as_str()), (200, Some("issued")));
    let (_, next) = call(&server, &mut desk, "next", &json!({}));
    assert_eq!(next["next"], Value::Null);
    let kept = server.database.sql("SELECT count(*) FROM card_certificate");
    assert_eq!(kept, "2", "every certificate is on record");
}

#[test]
fn a_certificate_says_number_tenant_and_kind() {
    let (server, mut desk) = office();
    let body = json!({"kind": "maintenance", "terminal": "D1"});
    let (number, job) = named(&post(&server, "/api/v1/cards", &body));
    let (_, answer) = call(&server, &mut desk, "certify", &keys(job, &["9E", "9A"]));
    for (place, usage) in [
        (0, "2.16.840.1.101.3.6.8"),
        (1, "TLS Web Client Authentication"),
    ] {
        let der = answer["certificates"][place].as_str().unwrap();
        let file = server.folder.path().join("card.der");
        std::fs::write(&file, Base64::decode_vec(der).unwrap()).unwrap();
        let ca = server.folder.path().join("keys/cards.pem");
        let openssl = |arguments: &[&str]| {
            let output = std::process::Command::new("openssl")
                .args(arguments)
                .output();
            let output = output.expect("openssl");
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(output.status.success(), "{said}");
            String::from_utf8(output.stdout).unwrap()
        };
        let file = file.to_str().unwrap();
        let text = openssl(&["x509", "-inform", "DER", "-in", file, "-noout", "-text"]);
        for part in [
            &number,
            "O = east",
            "OU = staff:maintenance",
            usage,
            "Digital Signature",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
        let pem = format!("{file}.pem");
        openssl(&["x509", "-inform", "DER", "-in", file, "-out", &pem]);
        openssl(&["verify", "-CAfile", ca.to_str().unwrap(), &pem]);
    }
}

#[test]
fn keys_that_do_not_fit_the_card_are_refused() {
    let (server, mut desk) = office();
    let (_, job) = order(&server);
    let (status, _) = call(&server, &mut desk, "certify", &keys(job, &["9E", "9A"]));
    assert_eq!(status, 422, "a resident's card has one key");
    for point in ["", "AAAA", "not base64"] {
        let body = json!({"job": job, "keys": [{"slot": "9E", "point": point}]});
        let (status, answer) = call(&server, &mut desk, "certify", &body);
        assert_eq!(
            (status, answer["code"].as_str()),
            (422, Some("keys")),
            "{point}"
        );
    }
    let (status, _) = call(&server, &mut desk, "certify", &json!({"job": "x"}));
    assert_eq!(status, 400);
}

#[test]
fn a_desk_touches_no_job_of_another() {
    let (server, mut desk) = office();
    let mut other = Terminal::enrolled(&server, "D2");
    let (number, job) = order(&server);
    let (_, next) = call(&server, &mut other, "next", &json!({}));
    assert_eq!(next["next"], Value::Null);
    for (what, body) in [
        ("certify", keys(job, &["9E"])),
        ("done", json!({"job": job})),
        ("failed", json!({"job": job, "why": "no"})),
    ] {
        assert_eq!(call(&server, &mut other, what, &body).0, 404, "{what}");
    }
    // Given to the other desk, it is the first one's no more.
    let path = format!("/api/v1/cards/{number}/make");
    let (_, moved) = named(&post(&server, &path, &json!({"terminal": "D2"})));
    assert_eq!(
        call(&server, &mut desk, "certify", &keys(job, &["9E"])).0,
        404
    );
    make(&server, &mut other, moved, &["9E"]);
    assert_eq!(state(&server, &number), "issued");
}

#[test]
fn a_replacement_voids_the_old_card_at_once_and_for_ever() {
    let (server, mut desk) = office();
    let (old, job) = order(&server);
    make(&server, &mut desk, job, &["9E"]);
    let step = |what: &str| {
        let path = format!("/api/v1/cards/{old}/{what}");
        let (status, text) = server.call("POST", &path, Some(&server.manager), Some("{}"));
        let answer: Value = serde_json::from_str(&text).unwrap();
        (
            status,
            answer["state"].as_str().unwrap_or_default().to_owned(),
        )
    };
    assert_eq!(step("lost"), (200, "lost".to_owned()));
    assert_eq!(step("found"), (200, "issued".to_owned()));
    assert_eq!(step("lost"), (200, "lost".to_owned()));
    let path = format!("/api/v1/cards/{old}/replace");
    let (new, job) = named(&post(&server, &path, &json!({"terminal": "D1"})));
    assert_eq!(state(&server, &old), "revoked");
    assert_eq!(state(&server, &new), "ordered");
    assert_eq!(step("found").0, 409);
    assert_eq!(step("revoke").0, 409);
    make(&server, &mut desk, job, &["9E"]);
    assert_eq!(step("reclaim"), (200, "reclaimed".to_owned()));
    assert_eq!(step("reclaim").0, 409);
    let denied =
        "SELECT content->>'cards' FROM bulletin WHERE kind = 'deny' ORDER BY version DESC LIMIT 1";
    assert_eq!(
        server.database.sql(denied),
        "1",
        "terminals are told which card to refuse"
    );
    let acts = "SELECT string_agg(act || ' ' || coalesce(outcome, '?'), ', ' ORDER BY id) FROM audit WHERE act LIKE 'card.%'";
    let acts = server.database.sql(acts);
    assert!(acts.contains("card.replace done"), "{acts}");
    assert!(
        acts.contains("card.found conflict, card.revoke not_allowed"),
        "{acts}"
    );
}

#[test]
fn a_card_that_is_void_meanwhile_is_not_issued_by_a_late_desk() {
    let (server, mut desk) = office();
    let (number, job) = order(&server);
    call(&server, &mut desk, "certify", &keys(job, &["9E"]));
    let path = format!("/api/v1/cards/{number}/revoke");
    post(&server, &path, &json!({}));
    let (status, _) = call(&server, &mut desk, "done", &json!({"job": job}));
    assert_eq!(status, 404);
    assert_eq!(state(&server, &number), "revoked");
}

#[test]
fn a_failed_job_leaves_the_card_ordered_and_says_why() {
    let (server, mut desk) = office();
    let (number, job) = order(&server);
    let body = json!({"job": job, "why": "the card is another operator's"});
    assert_eq!(call(&server, &mut desk, "failed", &body).0, 204);
    assert_eq!(
        call(&server, &mut desk, "failed", &body).0,
        204,
        "said again"
    );
    assert_eq!(
        call(&server, &mut desk, "done", &json!({"job": job})).0,
        404
    );
    assert_eq!(state(&server, &number), "ordered");
    let why = server.database.sql("SELECT why FROM card_job");
    assert_eq!(why, "the card is another operator's");
}

#[test]
fn clerks_order_for_residents_and_managers_alone_for_staff() {
    let (server, _desk) = office();
    let clerk = server.staff("east", "Kim", "clerk");
    let order = |body: Value| {
        let text = body.to_string();
        server
            .call("POST", "/api/v1/cards", Some(&clerk), Some(&text))
            .0
    };
    assert_eq!(order(json!({"account": "A-1", "terminal": "D1"})), 200);
    assert_eq!(order(json!({"kind": "clerk", "terminal": "D1"})), 403);
    assert_eq!(order(json!({"account": "A-9", "terminal": "D1"})), 404);
    assert_eq!(order(json!({"account": "A-1", "terminal": "D9"})), 404);
    assert_eq!(order(json!({"terminal": "D1"})), 422);
    assert_eq!(order(json!({"kind": "owner", "terminal": "D1"})), 422);
    let staff = json!({"kind": "manager", "terminal": "D1"});
    let (number, _) = named(&post(&server, "/api/v1/cards", &staff));
    let path = format!("/api/v1/cards/{number}/revoke");
    assert_eq!(server.call("POST", &path, Some(&clerk), Some("{}")).0, 403);
}

#[test]
fn without_an_authority_nothing_is_certified_and_the_desk_is_told_why() {
    let server = Server::start();
    let mut desk = Terminal::enrolled(&server, "D1");
    let body = json!({"kind": "clerk", "terminal": "D1"});
    let (_, job) = named(&post(&server, "/api/v1/cards", &body));
    let (status, answer) = call(&server, &mut desk, "certify", &keys(job, &["9E", "9A"]));
    assert_eq!(
        (status, answer["code"].as_str()),
        (409, Some("no_authority"))
    );
    let twice = ["ca", "cards", "--name", "East Utilities"];
    server.say(&twice);
    assert!(!server.try_say(&twice).status.success(), "it is made once");
}

/// Account A-1 has meter 000012345678, and a card was made for it; its number.
fn household(server: &Server, desk: &mut Terminal) -> String {
    server.database.sql(
        "INSERT INTO meter (tenant, number, account, utility, profile, address, segment) \
         VALUES ('east', '000012345678', 'A-1', 'water', 'p', 'a', 0); UPDATE terminal SET district = 'north'",
    );
    let (number, job) = order(server);
    make(server, desk, job, &["9E"]);
    number
}

fn report_loss(server: &Server, terminal: &mut Terminal, meter: &str, card: &str) -> (u16, Value) {
    let digits: String = card.chars().filter(char::is_ascii_digit).collect();
    let body = json!({"meter": meter, "card": digits}).to_string();
    let (status, text) = terminal.call(server, "/api/v1/card-losses", body.as_bytes());
    (status, serde_json::from_str(&text).unwrap_or_default())
}

#[test]
fn a_loss_reported_at_a_terminal_blocks_the_card_until_a_clerk_finds_it() {
    let (server, mut desk) = office();
    let number = household(&server, &mut desk);
    let mut kiosk = Terminal::enrolled(&server, "K1");
    server
        .database
        .sql("UPDATE terminal SET district = 'north'");
    let denied = "SELECT max(version) FROM bulletin WHERE kind = 'deny'";
    for round in 0..2 {
        let (status, answer) = report_loss(&server, &mut kiosk, "000012345678", &number);
        assert_eq!(status, 200, "{answer}");
        assert_eq!(
            (answer["state"].as_str(), answer["card"].as_str()),
            (Some("lost"), Some(&number[..])),
            "round {round}"
        );
        assert_eq!(server.database.sql(denied), "1", "once is enough");
    }
    let trail =
        "SELECT actor, object, outcome FROM audit WHERE act = 'card.loss' ORDER BY id LIMIT 1";
    assert_eq!(
        server.database.sql(trail),
        "terminal K1|meter 000012345678|done"
    );
    post(
        &server,
        &format!("/api/v1/cards/{number}/found"),
        &json!({}),
    );
    assert_eq!(state(&server, &number), "issued");
    assert_eq!(server.database.sql(denied), "2");
}

#[test]
fn a_loss_is_taken_for_the_meters_own_card_only_and_says_not_what_was_wrong() {
    let (server, mut desk) = office();
    let number = household(&server, &mut desk);
    server.database.sql(
        "INSERT INTO account (tenant, account, district, changed) VALUES ('east', 'A-2', 'north', 0), ('east', 'A-3', 'south', 0); \
         INSERT INTO meter (tenant, number, account, utility, profile, address, segment) \
         SELECT 'east', 'A-' || n, 'A-' || n, 'water', 'p', 'a', 0 FROM generate_series(2, 3) n; \
         UPDATE meter SET number = '00001234000' || right(number, 1) WHERE number LIKE 'A-%'; \
         INSERT INTO card (tenant, number, account, kind, state) VALUES ('east', 'C-9003', 'A-3', 'resident', 'issued'), \
         ('east', 'S-9004', NULL, 'maintenance', 'issued'), ('east', 'C-9005', 'A-1', 'resident', 'ordered')",
    );
    for (meter, card) in [
        ("000012340002", &number[..]),
        ("000012345679", &number),
        ("000012345678", "C-9003"),
        // Another district's, a staff card, and one that was not made yet.
        ("000012340003", "C-9003"),
        ("000012345678", "S-9004"),
        ("000012345678", "C-9005"),
        ("000012345678; --", "1"),
        ("000012345678", ""),
    ] {
        let (status, answer) = report_loss(&server, &mut desk, meter, card);
        assert_eq!(
            (status, &answer["code"]),
            (404, &json!("no_card")),
            "{meter} {card}"
        );
    }
    assert_eq!(state(&server, &number), "issued");
    assert_eq!(
        server
            .database
            .sql("SELECT count(*) FROM bulletin WHERE kind = 'deny'"),
        "0"
    );
}

#[test]
fn a_card_number_cannot_be_found_by_trying() {
    let (server, mut desk) = office();
    let number = household(&server, &mut desk);
    let meter = "000012345678";
    for n in 0..5 {
        let (status, _) = report_loss(&server, &mut desk, meter, &format!("C-77{n}"));
        assert_eq!(status, 404);
    }
    let (status, answer) = report_loss(&server, &mut desk, meter, &number);
    assert_eq!(
        (status, &answer["code"]),
        (429, &json!("tries")),
        "{answer}"
    );
    // Tomorrow it is taken; and another's meter is not barred by it today.
    server
        .database
        .sql("UPDATE audit SET at = at - interval '25 hours' WHERE act = 'card.loss'");
    let (status, answer) = report_loss(&server, &mut desk, meter, &number);
    assert_eq!(status, 200, "{answer}");
    for n in 0..30 {
        let meter = format!("00009999{n:04}");
        let (status, _) = report_loss(&server, &mut desk, &meter, "C-77");
        assert_eq!(status, 404, "{n}");
    }
    let (status, _) = report_loss(&server, &mut desk, "000088887777", "C-77");
    assert_eq!(status, 429, "so many at one terminal");
}
