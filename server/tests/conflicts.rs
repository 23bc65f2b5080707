//! What a log does that cannot be a mistake: it is held, and both signed heads lie in the inbox.

mod common;

use common::server::Server;
use common::terminal::{Ended, Terminal, ask, send};

fn held(ended: Ended) -> String {
    match ended {
        Ended::Held(why) => why,
        Ended::InSync => panic!("it should be held"),
    }
}

#[test]
fn a_cloned_disk_that_goes_on_otherwise_is_a_fork_and_both_are_held() {
    let server = Server::start();
    let mut original = Terminal::enrolled(&server, "K1");
    original.work(10);
    assert_eq!(original.sync(&server), Ended::InSync);
    let mut copy = original.copy_of_disk();
    original.work(5);
    assert_eq!(original.sync(&server), Ended::InSync);
    copy.counter = 1000;
    copy.work_otherwise(5);
    held(copy.sync(&server));
    let heads = server.manage("GET", "/api/v1/terminals", None);
    assert_eq!(heads[0]["state"], "held", "{heads}");
    let inbox = server.manage("GET", "/api/v1/conflicts", None);
    assert_eq!(inbox[0]["kind"], "fork", "{inbox}");
    let (ours, theirs) = (inbox[0]["ours"].as_str(), inbox[0]["theirs"].as_str());
    assert!(ours.is_some() && theirs.is_some() && ours != theirs);
    original.counter = 2000;
    original.work(1);
    let why = held(original.sync(&server));
    assert!(why.contains("two machines have its key"), "{why}");
    assert_eq!(server.verify("K1")["verdict"], "held");
}

#[test]
fn an_old_copy_of_the_disk_is_told_that_entries_are_lost() {
    let server = Server::start();
    let mut original = Terminal::enrolled(&server, "K1");
    original.work(10);
    assert_eq!(original.sync(&server), Ended::InSync);
    let mut old = original.copy_of_disk();
    original.work(10);
    assert_eq!(original.sync(&server), Ended::InSync);
    old.counter = 1000;
    let why = held(old.sync(&server));
    assert!(why.contains("entries were lost"), "{why}");
    let heads = server.manage("GET", "/api/v1/terminals", None);
    assert_eq!(heads[0]["state"], "suspect", "{heads}");
    // It was the original that still runs: growing clears it up.
    original.counter = 2000;
    original.work(1);
    assert_eq!(original.sync(&server), Ended::InSync);
    let heads = server.manage("GET", "/api/v1/terminals", None);
    assert_eq!(heads[0]["state"], "in_sync", "{heads}");
}

#[test]
fn enrolling_anew_opens_the_next_epoch_and_fences_the_old_disk() {
    let server = Server::start();
    let mut old = Terminal::enrolled(&server, "K1");
    old.work(5);
    assert_eq!(old.sync(&server), Ended::InSync);
    let mut new = Terminal::enrolled(&server, "K1");
    assert!(new.ledger.origin().as_str().ends_with("/2"));
    new.work(5);
    assert_eq!(new.sync(&server), Ended::InSync);
    old.work(1);
    let why = held(old.sync(&server));
    assert!(why.contains("newer epoch"), "{why}");
    let inbox = server.manage("GET", "/api/v1/conflicts", None);
    assert_eq!(inbox[0]["kind"], "older_epoch");
    new.work(1);
    assert_eq!(new.sync(&server), Ended::InSync);
}

#[test]
fn a_key_that_is_not_the_logs_is_refused() {
    let server = Server::start();
    let mut first = Terminal::enrolled(&server, "K1");
    let second = Terminal::enrolled(&server, "K2");
    let target = "/api/v1/log/entries?first=0";
    let forged = second.ledger.sign_call(5, "POST", target, b"x").unwrap();
    let forged = forged.replace("/K2/", "/K1/");
    let url = format!("{}{target}", server.url());
    let header = Some(("meterpost-signature", forged));
    let (status, text) = common::terminal::http("POST", &url, header, Some(b"x"));
    assert_eq!(status, 401, "{text}");
    // The refused call has used up no counter.
    first.work(1);
    assert_eq!(first.sync(&server), Ended::InSync);
}

#[test]
fn a_head_of_another_log_is_not_cosigned() {
    let server = Server::start();
    let mut first = Terminal::enrolled(&server, "K1");
    let second = Terminal::enrolled(&server, "K2");
    let meterpost_ledger::exchange::Next::Ask(asked) =
        second.ledger.ask(&second.standing()).unwrap()
    else {
        panic!("it has something to ask");
    };
    let body = asked.request.format();
    let (status, _) = first.call(&server, "/api/v1/log/add-checkpoint", body.as_bytes());
    assert_eq!(status, 404);
}

#[test]
fn only_the_code_on_the_screen_approves_and_a_refused_request_stays_refused() {
    let server = Server::start();
    let (_folder, request) = ask(&server, "K1");
    let approve = |code: &str| {
        let body = format!("{{\"code\": \"{code}\"}}");
        let path = "/api/v1/enrolments/K1/approve";
        server.call("POST", path, Some(&server.manager), Some(&body))
    };
    let (status, text) = approve("0000-0000");
    assert_eq!(status, 404, "{text}");
    let waiting = server.manage("GET", "/api/v1/enrolments", None);
    assert_eq!(waiting[0]["code"], request.code().to_string());
    let body = format!("{{\"code\": \"{}\"}}", request.code());
    server.manage("POST", "/api/v1/enrolments/K1/refuse", Some(&body));
    assert_eq!(approve(&request.code().to_string()).0, 404);
    let (_, text) = send(&server, &request);
    assert!(text.contains("refused"), "{text}");
    let trail = "SELECT act || ' ' || outcome FROM audit ORDER BY id";
    let trail = server.database.sql(trail);
    assert_eq!(
        trail,
        "enrolment.approve no_request\nenrolment.refuse done\nenrolment.approve no_request"
    );
}
