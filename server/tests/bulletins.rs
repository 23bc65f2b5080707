//! Limits from a person at the server to the books of a terminal.

mod common;

use base64ct::{Base64, Encoding};
use common::server::{Server, TENANT};
use common::terminal::{Ended, Terminal, stamp};
use meterpost_ledger::signing::{LogOrigin, VerifierKey};
use meterpost_ledger::{
    AcceptedBulletin, BulletinError, ClockQuality, Event, Money, Stamp, accept_bulletin,
};

const LIMITS: &str = "/api/v1/bulletins/limits";

fn fetch(terminal: &mut Terminal, server: &Server) -> Vec<Vec<u8>> {
    let have = terminal
        .ledger
        .books()
        .bulletin_version("limits")
        .unwrap_or(0);
    let answer = terminal.report(server, &serde_json::json!({ "have": { "limits": have } }));
    let all = answer["bulletins"].as_array().unwrap();
    all.iter()
        .map(|text| Base64::decode_vec(text.as_str().unwrap()).unwrap())
        .collect()
}

fn accept(terminal: &Terminal, bytes: &[u8]) -> Result<AcceptedBulletin, BulletinError> {
    let witness = &terminal.witness;
    let server = VerifierKey::new(witness.name().clone(), *witness.key());
    let origin = LogOrigin::parse(terminal.ledger.origin().as_str()).unwrap();
    accept_bulletin(bytes, &server, &origin, terminal.ledger.books(), &stamp())
}

#[test]
fn limits_reach_the_books_of_the_terminals_they_are_for_and_an_old_one_never_comes_back() {
    let server = Server::start();
    let (mut first, mut second) = (
        Terminal::enrolled(&server, "K1"),
        Terminal::enrolled(&server, "K2"),
    );
    assert!(fetch(&mut first, &server).is_empty());
    let all = "{\"per_sale\": \"200.00\", \"since_contact_hours\": 24, \"valid_days\": 30}";
    assert_eq!(server.manage("POST", LIMITS, Some(all))["version"], 1);
    let old = fetch(&mut first, &server).remove(0);
    let accepted = accept(&first, &old).unwrap();
    first.ledger.apply_bulletin(&stamp(), &accepted).unwrap();
    assert_eq!(
        first.ledger.books().limits().unwrap().per_sale,
        Some(Money(20_000))
    );
    assert!(fetch(&mut first, &server).is_empty());

    let one = "{\"terminal\": \"K1\", \"per_sale\": \"50.00\", \"valid_days\": 30}";
    assert_eq!(server.manage("POST", LIMITS, Some(one))["version"], 2);
    let newer = fetch(&mut first, &server).remove(0);
    let accepted = accept(&first, &newer).unwrap();
    first.ledger.apply_bulletin(&stamp(), &accepted).unwrap();
    assert!(matches!(
        accept(&first, &old),
        Err(BulletinError::NotNewer { .. })
    ));
    // What is for the first alone is neither handed to the second nor taken by it.
    let theirs = fetch(&mut second, &server).remove(0);
    assert_eq!(theirs, old);
    assert!(matches!(
        accept(&second, &newer),
        Err(BulletinError::OtherTerminal)
    ));
    let list = server.manage("GET", "/api/v1/bulletins", None);
    assert_eq!(list[0]["content"]["per_sale"], "50.00", "{list}");
    assert_eq!(list[0]["issued_by"], "Mia");
}

#[test]
fn limits_that_make_no_sense_are_refused_in_plain_words() {
    let server = Server::start();
    for (body, words) in [
        (
            "{\"per_sale\": \"-5.00\", \"valid_days\": 30}",
            "is not an amount",
        ),
        (
            "{\"per_sale\": \"5\", \"valid_days\": 0}",
            "valid_days is 1 to 366",
        ),
        (
            "{\"terminal\": \"no such id\", \"valid_days\": 3}",
            "letters",
        ),
        ("{\"per_sail\": \"5.00\", \"valid_days\": 3}", "per_sail"),
    ] {
        let (status, text) = server.call("POST", LIMITS, Some(&server.manager), Some(body));
        assert_eq!(status, 422, "{text}");
        assert!(text.contains(words), "{text}");
    }
    assert_eq!(server.database.sql("SELECT count(*) FROM bulletin"), "0");
}

#[test]
fn two_people_who_issue_at_once_get_two_versions() {
    let server = Server::start();
    let body = "{\"per_sale\": \"200.00\", \"valid_days\": 30}";
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| server.manage("POST", LIMITS, Some(body)));
        }
    });
    let count = format!("SELECT count(*), max(version) FROM bulletin WHERE tenant = '{TENANT}'");
    assert_eq!(server.database.sql(&count), "8|8");
}

fn at(wall: u64, quality: ClockQuality, monotonic_ms: u64) -> Stamp {
    Stamp {
        wall,
        quality,
        monotonic_ms,
        ..stamp()
    }
}

#[test]
fn a_clock_that_is_wrong_by_years_loses_no_entry_and_no_limits() {
    let server = Server::start();
    let mut terminal = Terminal::enrolled(&server, "K1");
    let event = Event::Started {
        software: "test 1".into(),
    };
    // Never set: 1970. Then set to 2099 by a flat battery's whim.
    let never = at(0, ClockQuality::Unset, 2);
    terminal
        .ledger
        .commit(&never, std::slice::from_ref(&event))
        .unwrap();
    let far = at(4_070_908_800_000, ClockQuality::Rtc, 3);
    terminal
        .ledger
        .commit(&far, std::slice::from_ref(&event))
        .unwrap();
    assert_eq!(terminal.sync(&server), Ended::InSync);
    let body = "{\"per_sale\": \"200.00\", \"valid_days\": 30}";
    server.manage("POST", LIMITS, Some(body));
    let limits = fetch(&mut terminal, &server).remove(0);
    let witness = &terminal.witness;
    let key = VerifierKey::new(witness.name().clone(), *witness.key());
    let origin = LogOrigin::parse(terminal.ledger.origin().as_str()).unwrap();
    let refused = accept_bulletin(&limits, &key, &origin, terminal.ledger.books(), &far);
    assert!(
        matches!(refused, Err(BulletinError::Expired)),
        "{refused:?}"
    );
    // The network's time comes: the log notes the step back, and the limits hold.
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap();
    let now = at(now.as_millis().try_into().unwrap(), ClockQuality::Ntp, 4);
    terminal.ledger.commit(&now, &[event]).unwrap();
    let accepted = accept_bulletin(&limits, &key, &origin, terminal.ledger.books(), &now).unwrap();
    terminal.ledger.apply_bulletin(&now, &accepted).unwrap();
    assert!(terminal.ledger.books().limits().is_some());
    assert_eq!(terminal.sync(&server), Ended::InSync);
    assert_eq!(server.verify("K1")["verdict"], "ok");
}
