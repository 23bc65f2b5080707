//! Slips checked by anybody: genuine, not yet here, tampered with, of another key, of another history, and no slips at all.

mod common;

use common::browser::{Browser, Page};
use common::server::Server;
use common::slip::{CARD, METER, code, decoded, encoded, owes, replaced, sells};
use common::terminal::{Ended, Terminal, http, stamp};
use meterpost_ledger::signing::{KeyStore, system_entropy};
use meterpost_ledger::{Entry, Folder, Ledger};

/// What the page says, for somebody who never signed in.
fn check(server: &Server, text: &str) -> Page {
    let mut browser = Browser::new(server);
    let fields = [("code".to_owned(), text.to_owned())];
    browser.post("/check", &fields)
}

fn says(server: &Server, text: &str, verdict: &str) -> Page {
    let page = check(server, text);
    assert_eq!(page.status, 200, "{page:?}");
    let told = format!("<h2>{verdict}</h2>");
    assert!(page.text.contains(&told), "{verdict}: {page:?}");
    page
}

const ON_RECORD: &str = "Genuine and on record";
const NOT_YET: &str = "Genuine, not yet on record";
const NOT_GENUINE: &str = "Not genuine";
const UNREADABLE: &str = "Unreadable";
const WARNING: &str = "Warning: signed by the terminal, but the record says something else";

#[test]
fn a_slip_on_record_is_told_with_what_is_printed_on_it_and_nothing_of_the_person() {
    let server = Server::start();
    server.manage(
        "POST",
        "/api/v1/bulletins/parameters",
        Some("{\"terminal\": \"K1\", \"place\": \"东区水务\", \"valid_days\": 9}"),
    );
    let mut terminal = Terminal::enrolled(&server, "K1");
    let entry = sells(&mut terminal.ledger, 5000);
    assert_eq!(terminal.sync(&server), Ended::InSync);
    let text = code(&terminal.ledger, entry);
    let page = says(&server, &text, ON_RECORD);
    for shown in [
        "50.00",
        "Water",
        "…012",
        "K1 (east)",
        "东区水务",
        "Receipt: the credit",
    ] {
        assert!(page.text.contains(shown), "{shown}: {page:?}");
    }
    assert!(page.text.contains(&format!("<dd>{entry}</dd>")), "{page:?}");
    // Neither who, nor which meter, nor what is left on it.
    for hidden in [METER, "0012", CARD, "77123", "732.19"] {
        assert!(!page.text.contains(hidden), "{hidden}: {page:?}");
    }
    let policy = &page.headers["content-security-policy"];
    assert!(policy.starts_with("default-src 'none'"), "{policy}");
    assert_eq!(page.headers["cache-control"], "no-store");
    assert!(!page.headers.contains_key("set-cookie"), "no session");

    // As a clipboard wraps it, in an address, as a proof file, and in Chinese.
    let wrapped = format!("\u{feff} \r\n {}\r\n{} \t\r\n", &text[..80], &text[80..]);
    says(&server, wrapped.trim_start_matches('\u{feff}'), ON_RECORD);
    let file = terminal.ledger.prove(entry).unwrap().to_text();
    says(&server, &file.replace('\n', "\r\n"), ON_RECORD);
    let mut browser = Browser::new(&server);
    browser.get("/language?to=zh");
    let escaped: String = text.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let page = browser.get(&format!("/check?code={escaped}"));
    for shown in ["真实，已入账", "已充值到表", "lang=\"zh-CN\""] {
        assert!(page.text.contains(shown), "{shown}: {page:?}");
    }
}

#[test]
fn a_claim_is_a_claim_and_a_terminal_of_another_tenant_is_told_as_its_own() {
    let server = Server::start();
    server.say(&["tenant", "west"]);
    let wei = server.staff("west", "Wei", "manager");
    let mut terminal = Terminal::enrolled_of(&server, ("west", &wei), "K1");
    sells(&mut terminal.ledger, 10_000);
    let entry = owes(&mut terminal.ledger, 2500);
    assert_eq!(terminal.sync(&server), Ended::InSync);
    let page = says(&server, &code(&terminal.ledger, entry), ON_RECORD);
    for shown in ["Claim: the terminal owes", "25.00", "K1 (west)"] {
        assert!(page.text.contains(shown), "{shown}: {page:?}");
    }
}

#[test]
fn a_slip_of_a_terminal_without_a_network_is_genuine_and_on_record_once_it_came_back() {
    let server = Server::start();
    let mut terminal = Terminal::enrolled(&server, "K1");
    let first = sells(&mut terminal.ledger, 5000);
    let before = code(&terminal.ledger, first);
    assert!(says(&server, &before, NOT_YET).text.contains("50.00"));
    assert_eq!(terminal.sync(&server), Ended::InSync);
    let second = sells(&mut terminal.ledger, 2000);
    let after = code(&terminal.ledger, second);
    says(&server, &before, ON_RECORD);
    let page = says(&server, &after, NOT_YET);
    assert!(page.text.contains("check it again tomorrow"), "{page:?}");
    assert_eq!(terminal.sync(&server), Ended::InSync);
    says(&server, &after, ON_RECORD);
    // Slips of the past are no news of the log.
    assert_eq!(server.verify("K1")["verdict"], "ok");
    let quiet = "SELECT count(*) FROM receipt_conflict";
    assert_eq!(server.database.sql(quiet), "0");
}

#[test]
fn an_amount_that_was_changed_makes_the_slip_not_genuine() {
    let server = Server::start();
    let mut terminal = Terminal::enrolled(&server, "K1");
    let entry = sells(&mut terminal.ledger, 5000);
    assert_eq!(terminal.sync(&server), Ended::InSync);
    let text = code(&terminal.ledger, entry);
    let bytes = decoded(&text);
    assert_eq!(encoded(&bytes), text, "the test reads codes");
    // 50.00 becomes 99.99 wherever it stands, so that postings and totals still add up.
    let more = replaced(&bytes, &5000_u16.to_be_bytes(), &9999_u16.to_be_bytes());
    let more = replaced(&more, &4999_u16.to_be_bytes(), &9998_u16.to_be_bytes());
    assert_ne!(more, bytes);
    let length = usize::from(u16::from_be_bytes([more[77], more[78]]));
    assert!(
        Entry::decode(&more[79..79 + length]).is_ok(),
        "a good entry"
    );
    let page = says(&server, &encoded(&more), NOT_GENUINE);
    assert!(!page.text.contains("99.99"), "{page:?}");
}

#[test]
fn a_key_that_was_never_enrolled_signs_nothing_whatever_name_it_takes() {
    let server = Server::start();
    let mut terminal = Terminal::enrolled(&server, "K1");
    let entry = sells(&mut terminal.ledger, 5000);
    assert_eq!(terminal.sync(&server), Ended::InSync);
    let folder = tempfile::tempdir().expect("a folder");
    let place = Folder::new(folder.path());
    let key = KeyStore::create(&place.key(), &mut system_entropy).expect("a key");
    let origin = "meterpost/east/K1/1";
    let mut forger =
        Ledger::create(&place, origin, Box::new(key), &stamp(), "test 1").expect("a ledger");
    let forged_entry = sells(&mut forger, 5000);
    let forged = code(&forger, forged_entry);
    says(&server, &forged, NOT_GENUINE);
    // The same with the true key's id, which anybody reads off a true slip.
    let mut bytes = decoded(&forged);
    bytes[1..5].copy_from_slice(&decoded(&code(&terminal.ledger, entry))[1..5]);
    says(&server, &encoded(&bytes), NOT_GENUINE);
}

/// Waits for an alert of this kind.
fn alert(server: &Server, kind: &str) -> serde_json::Value {
    for _ in 0..60 {
        let alerts = server.manage("GET", "/api/v1/alerts", None);
        let all = alerts.as_array().expect("a list").clone();
        if let Some(found) = all.into_iter().find(|alert| alert["kind"] == kind) {
            return found;
        }
        std::thread::sleep(std::time::Duration::from_millis(500));
    }
    panic!("no alert of kind {kind}");
}

#[test]
fn a_slip_of_a_copied_disk_is_warned_of_kept_and_told_to_people() {
    let server = Server::start();
    let mut terminal = Terminal::enrolled(&server, "K1");
    sells(&mut terminal.ledger, 5000);
    assert_eq!(terminal.sync(&server), Ended::InSync);
    let mut copy = terminal.copy_of_disk();
    // The copy prints a slip that the server never hears of; the true terminal goes on.
    let entry = sells(&mut copy.ledger, 10_000);
    let slip = code(&copy.ledger, entry);
    says(&server, &slip, NOT_YET);
    sells(&mut terminal.ledger, 2000);
    terminal.work(3);
    assert_eq!(terminal.sync(&server), Ended::InSync);
    let page = says(&server, &slip, WARNING);
    assert!(page.text.contains("100.00"), "what it claims: {page:?}");
    let kept = server
        .database
        .sql("SELECT seq, code FROM receipt_conflict");
    assert_eq!(kept, format!("{entry}|{slip}"));
    // Its head convicts the log by itself, so the log is held as if the copy had called.
    let conflicts = server.manage("GET", "/api/v1/conflicts", None);
    assert_eq!(conflicts[0]["kind"], "fork", "{conflicts}");
    let found = alert(&server, "slip");
    assert_eq!(found["terminal"], "K1", "{found}");
    // Once is enough.
    says(&server, &slip, WARNING);
    let count = "SELECT count(*) FROM receipt_conflict";
    assert_eq!(server.database.sql(count), "1");
}

#[test]
fn a_copy_that_is_further_than_the_record_is_warned_of_too() {
    let server = Server::start();
    let mut terminal = Terminal::enrolled(&server, "K1");
    terminal.work(3);
    let mut copy = terminal.copy_of_disk();
    sells(&mut terminal.ledger, 2000);
    assert_eq!(terminal.sync(&server), Ended::InSync);
    let entry = sells(&mut copy.ledger, 10_000);
    copy.work(20);
    says(&server, &code(&copy.ledger, entry), WARNING);
    let kept = server.database.sql("SELECT seq FROM receipt_conflict");
    assert_eq!(kept, entry.to_string());
}

#[test]
fn what_is_no_code_is_unreadable_and_the_page_goes_on() {
    let server = Server::start();
    let mut terminal = Terminal::enrolled(&server, "K1");
    let entry = sells(&mut terminal.ledger, 5000);
    let text = code(&terminal.ledger, entry);
    let short = &text[..text.len() - 3];
    let garbage = [
        "",
        "hello",
        "MP1:",
        "MP1:%%%",
        "MP9:ABC",
        short,
        "<script>alert(1)</script>",
        "\0\u{7f}\u{202e}",
        "c2sp.org/tlog-proof@v1\nextra AAAA\nindex 0\n\n",
    ];
    for text in garbage {
        let page = says(&server, text, UNREADABLE);
        assert!(!page.text.contains("<script>"), "{page:?}");
    }
    says(&server, &"9".repeat(20_000), UNREADABLE);
    // No form at all, and bytes that are no text.
    let url = format!("{}/check", server.url());
    for body in [
        &b"{\"code\": 1}"[..],
        b"code=%FF%FE",
        b"\xff\xfe",
        b"code=a&code=b",
    ] {
        let (status, text) = http("POST", &url, None, Some(body));
        assert_eq!(status, 200, "{text}");
        assert!(text.contains(UNREADABLE), "{text}");
    }
    let page = Browser::new(&server).get("/check?code=MP1:%FF");
    assert_eq!(page.status, 200, "{page:?}");
    says(&server, &text, NOT_YET);
}

#[test]
fn who_checks_too_often_waits_and_no_header_helps() {
    let server = Server::start();
    let url = format!("{}/check?code=hello", server.url());
    let ask = |number: usize| {
        let claimed = Some(("x-forwarded-for", format!("192.0.2.{}", number % 250)));
        http("GET", &url, claimed, None)
    };
    let answers: Vec<_> = (0..250).map(ask).collect();
    let refused = answers.iter().filter(|(status, _)| *status == 429).count();
    let passed = answers.iter().filter(|(status, _)| *status == 200).count();
    assert_eq!(refused + passed, 250);
    assert!(refused > 50 && passed >= 100, "{refused} {passed}");
    let words = answers.iter().find(|(status, _)| *status == 429);
    assert!(words.unwrap().1.contains("Wait a minute"), "{words:?}");
    // The page itself, and what terminals need, go on.
    assert_eq!(Browser::new(&server).get("/check").status, 200);
    assert_eq!(server.call("GET", "/healthz", None, None).0, 200);
}

#[test]
fn the_servers_role_learns_which_log_has_a_key_and_nothing_else_of_it() {
    let server = Server::start();
    server.say(&["tenant", "west"]);
    let wei = server.staff("west", "Wei", "manager");
    let terminal = Terminal::enrolled_of(&server, ("west", &wei), "K9");
    let id = hex::encode(terminal.ledger.vkey().id().0);
    let asked = server
        .database
        .as_server(&format!("SELECT * FROM receipt_logs('\\x{id}')"));
    assert_eq!(String::from_utf8_lossy(&asked.stdout).trim(), "west|K9|1");
    let seen = server.database.as_server("SELECT count(*) FROM log_key");
    assert_eq!(String::from_utf8_lossy(&seen.stdout).trim(), "0");
    for sql in [
        "INSERT INTO log_key VALUES ('east', 'K1', 1, '\\x00000000')",
        "DELETE FROM log_key",
        "UPDATE receipt_conflict SET code = ''",
        "DELETE FROM receipt_conflict",
        "UPDATE book_check SET problems = '[]'",
        "SELECT log_key_ids('east', 'K1', 1, '{}')",
    ] {
        let output = server.database.as_server(sql);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(said.contains("permission denied"), "{sql}: {said}");
    }
}
