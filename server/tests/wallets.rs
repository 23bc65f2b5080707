//! Wallets: money paid in, put aside for a delivery, spent offline, given back. The books are checked at the end of every test.

mod common;

use common::books::{Books, book};
use common::purse::{as_role, bench, call, holding, is, pay_in};
use common::sale::wallet;
use common::server::Server;
use common::terminal::Terminal;
use meterpost_ledger::PaymentOutcome::{Delivered, Refused, Returned};
use serde_json::{Value, json};

#[test]
fn a_top_up_asked_twice_is_one_and_another_content_or_clerk_is_refused() {
    let (server, _) = bench();
    let _books = Books(&server.database);
    let (first, second) = (
        server.staff("east", "Clara", "clerk"),
        server.staff("east", "Carl", "clerk"),
    );
    let say = |token: &str, body: &str| {
        server.call("POST", "/api/v1/wallets/A/top-ups", Some(token), Some(body))
    };
    let body = r#"{"id": "t-1", "amount": "50.00", "means": "transfer", "reference": "BANK 77"}"#;
    let (status, text) = say(&first, body);
    assert_eq!(status, 200, "{text}");
    assert_eq!(say(&first, body), (200, text));
    is(&server, "50.00", "0.00", "0.00");
    for (token, body) in [
        (&first, body.replace("50.00", "60.00")),
        (&second, body.to_owned()),
    ] {
        let (status, text) = say(token, &body);
        assert_eq!(status, 409, "{text}");
        assert!(text.contains("\"differs\""), "{text}");
    }
    for (bad, words) in [
        (
            body.replace("50.00", "-5.00"),
            "is not an amount above zero",
        ),
        (body.replace("transfer", "shells"), "cash or transfer"),
        (body.replace("BANK 77", ""), "bank's reference"),
        (body.replace("t-1", "t 1"), "1 to 64 letters"),
    ] {
        let (status, text) = say(&first, &bad);
        assert_eq!(status, 422, "{text}");
        assert!(text.contains(words), "{text}");
    }
    let other = server.call(
        "POST",
        "/api/v1/wallets/nobody/top-ups",
        Some(&first),
        Some(body),
    );
    assert_eq!(other.0, 404, "{}", other.1);
    assert_eq!(book(&server.database, "bank"), 5000);
    let trail = server.database.sql(
        "SELECT actor || ' ' || outcome FROM audit WHERE act = 'wallet.top_up' ORDER BY id LIMIT 3",
    );
    assert_eq!(trail, "Clara done\nClara done\nClara differs");
}

#[test]
fn a_hold_is_captured_or_released_once_whatever_is_repeated() {
    let (server, mut terminal) = bench();
    let _books = Books(&server.database);
    pay_in(&server, "t-1", "100.00");
    let mut say = |act: &str, body: Value| call(&mut terminal, &server, act, &body);
    let first = say("hold", holding("h-1", "30.00"));
    assert_eq!(
        first,
        (
            200,
            json!({ "hold": "h-1", "state": "pending", "amount": "30.00", "balance": "70.00" })
        )
    );
    assert_eq!(say("hold", holding("h-1", "30.00")), first);
    let (status, other) = say("hold", holding("h-1", "31.00"));
    assert_eq!((status, &other["code"]), (409, &json!("differs")));
    is(&server, "70.00", "30.00", "0.00");

    let asked = terminal.asks(wallet("A"), "MA", 7_000);
    let hold = holding(&asked.name, "70.00");
    assert_eq!(call(&mut terminal, &server, "hold", &hold).0, 200);
    is(&server, "0.00", "100.00", "0.00");
    terminal.ends(&server, &asked, Delivered);
    assert_eq!(
        call(&mut terminal, &server, "hold", &hold).1["state"],
        "captured"
    );
    is(&server, "0.00", "30.00", "0.00");
    assert_eq!(book(&server.database, "terminals"), -7000);

    pay_in(&server, "t-2", "20.00");
    for outcome in [Refused, Returned] {
        let asked = terminal.asks(wallet("A"), "MA", 2_000);
        let hold = holding(&asked.name, "20.00");
        assert_eq!(call(&mut terminal, &server, "hold", &hold).0, 200);
        is(&server, "0.00", "50.00", "0.00");
        terminal.ends(&server, &asked, outcome);
        assert_eq!(
            call(&mut terminal, &server, "hold", &hold).1["state"],
            "released"
        );
        is(&server, "20.00", "30.00", "0.00");
    }
    assert_eq!(server.manage("GET", "/api/v1/disputes", None), json!([]));
}

#[test]
fn holds_at_once_never_take_more_than_there_is() {
    let (server, first) = bench();
    let _books = Books(&server.database);
    drop(first);
    pay_in(&server, "t-1", "100.00");
    let mut terminals: Vec<Terminal> = (2..8)
        .map(|n| Terminal::enrolled(&server, &format!("K{n}")))
        .collect();
    server
        .database
        .sql("UPDATE terminal SET district = 'north'");
    let granted: usize =
        std::thread::scope(|scope| {
            let calls: Vec<_> =
                terminals
                    .iter_mut()
                    .map(|terminal| {
                        let server = &server;
                        scope.spawn(move || {
                            let one = |n| {
                                call(
                                    terminal,
                                    server,
                                    "hold",
                                    &holding(&format!("h-{n}"), "15.00"),
                                )
                            };
                            let answers: Vec<_> = (0..3).map(one).collect();
                            assert!(answers.iter().all(|(status, answer)| *status == 200
                                || answer["code"] == "insufficient"));
                            answers.iter().filter(|(status, _)| *status == 200).count()
                        })
                    })
                    .collect();
            calls
                .into_iter()
                .map(|call| call.join().expect("done"))
                .sum()
        });
    assert_eq!(granted, 6);
    is(&server, "10.00", "90.00", "0.00");
    // What was refused was not stored: with money it comes about.
    assert_eq!(
        server
            .manage("GET", "/api/v1/holds", None)
            .as_array()
            .unwrap()
            .len(),
        6
    );
}

#[test]
fn a_wallet_pays_only_for_its_owners_meters_and_at_terminals_of_its_district() {
    let (server, mut terminal) = bench();
    let _books = Books(&server.database);
    pay_in(&server, "t-1", "100.00");
    let mut refused = |body: Value, code: &str| {
        let (status, answer) = call(&mut terminal, &server, "hold", &body);
        assert_eq!(
            (status, answer["code"].as_str()),
            (404, Some(code)),
            "{body}"
        );
    };
    refused(
        json!({ "hold": "h", "account": "A", "meter": "MB", "amount": "1.00" }),
        "no_meter",
    );
    refused(
        json!({ "hold": "h", "account": "C", "meter": "MC", "amount": "1.00" }),
        "no_account",
    );
    refused(
        json!({ "hold": "h", "account": "X", "meter": "MA", "amount": "1.00" }),
        "no_account",
    );
    let other = call(
        &mut terminal,
        &server,
        "balance",
        &json!({ "account": "C" }),
    );
    assert_eq!(other.0, 404);
    let own = call(
        &mut terminal,
        &server,
        "balance",
        &json!({ "account": "A" }),
    );
    assert_eq!(
        own,
        (
            200,
            json!({ "balance": "100.00", "held": "0.00", "debt": "0.00" })
        )
    );
}

#[test]
fn a_terminal_that_was_replaced_moves_no_money_and_a_manager_decides_about_its_hold() {
    let (server, mut old) = bench();
    let _books = Books(&server.database);
    pay_in(&server, "t-1", "100.00");
    call(&mut old, &server, "hold", &holding("h-1", "30.00"));
    let _new = Terminal::enrolled(&server, "K1");
    let (status, answer) = call(&mut old, &server, "hold", &holding("h-2", "1.00"));
    assert_eq!((status, &answer["code"]), (403, &json!("log_held")));
    let open = server.manage("GET", "/api/v1/holds", None);
    assert_eq!(open[0]["hold"], "h-1", "{open}");
    is(&server, "70.00", "30.00", "0.00");
    let path = "/api/v1/holds/K1/h-1/end";
    let body =
        |outcome: &str, reason: &str| json!({ "outcome": outcome, "reason": reason }).to_string();
    let call_it = |body: &str| {
        server
            .call("POST", path, Some(&server.manager), Some(body))
            .0
    };
    assert_eq!(call_it(&body("captured", "")), 422);
    assert_eq!(
        call_it(&body("captured", "the meter shows purchase 7")),
        204
    );
    assert_eq!(call_it(&body("captured", "again")), 204);
    assert_eq!(call_it(&body("released", "no")), 422);
    assert_eq!(call_it(&body("released", "changed my mind")), 409);
    let row = server
        .database
        .sql("SELECT state, ended_by, reason FROM wallet_hold");
    assert_eq!(row, "captured|Mia|the meter shows purchase 7");
    let trail = server
        .database
        .sql("SELECT act || ' ' || outcome FROM audit WHERE act = 'hold.end' ORDER BY id");
    assert_eq!(trail, "hold.end done\nhold.end done\nhold.end ended");
}

#[test]
fn what_was_delivered_offline_beyond_the_balance_is_owed_and_paid_by_the_next_money() {
    let (server, mut terminal) = bench();
    let _books = Books(&server.database);
    pay_in(&server, "t-1", "20.00");
    let asked = terminal.asks(wallet("A"), "MA", 5_000);
    terminal.ends(&server, &asked, Delivered);
    is(&server, "0.00", "0.00", "30.00");
    // A request for it that is still on its way is another thing.
    let late = call(
        &mut terminal,
        &server,
        "hold",
        &holding(&asked.name, "50.00"),
    );
    assert_eq!(late.1["code"], "differs");
    pay_in(&server, "t-2", "10.00");
    is(&server, "0.00", "0.00", "20.00");
    pay_in(&server, "t-3", "25.00");
    is(&server, "5.00", "0.00", "0.00");
    // An account that moved away since is debited all the same: it has happened.
    server
        .database
        .sql("UPDATE account SET district = 'south' WHERE account = 'A'");
    let asked = terminal.asks(wallet("A"), "MA", 700);
    terminal.ends(&server, &asked, Delivered);
    is(&server, "0.00", "0.00", "2.00");
    assert_eq!(book(&server.database, "terminals"), -5700);
}

fn ask(server: &Server, token: &str, body: &Value) -> (u16, Value) {
    let (status, text) = server.call(
        "POST",
        "/api/v1/reversals",
        Some(token),
        Some(&body.to_string()),
    );
    (status, serde_json::from_str(&text).unwrap_or(Value::Null))
}

fn decide(server: &Server, token: &str, id: &str, how: &str) -> (u16, Value) {
    let path = format!("/api/v1/reversals/{id}/{how}");
    let (status, text) = server.call("POST", &path, Some(token), None);
    (status, serde_json::from_str(&text).unwrap_or(Value::Null))
}

#[test]
fn money_is_given_back_by_two_people_only_and_never_more_than_came() {
    let (server, mut terminal) = bench();
    let _books = Books(&server.database);
    let other = server.staff("east", "Max", "manager");
    let journal = pay_in(&server, "t-1", "100.00");
    let request = |id: &str, amount: &str| json!({ "id": id, "journal": journal, "amount": amount, "via": "origin", "reason": "counted wrongly" });
    assert_eq!(
        ask(&server, &server.manager, &request("r-0", "100.01")).1["code"],
        "too_much"
    );
    assert_eq!(ask(&server, &server.manager, &json!({ "id": "r-0", "journal": journal, "amount": "1.00", "via": "origin", "reason": "" })).0, 422);
    assert_eq!(ask(&server, &server.manager, &json!({ "id": "r-0", "journal": journal, "amount": "1.00", "via": "provider", "reason": "why not" })).1["code"], "not_reversible");
    let asked = ask(&server, &server.manager, &request("r-1", "60.00"));
    assert_eq!((asked.0, &asked.1["state"]), (200, &json!("waiting")));
    assert_eq!(
        ask(&server, &server.manager, &request("r-1", "60.00")),
        asked
    );
    assert_eq!(
        ask(&server, &other, &request("r-1", "60.00")).1["code"],
        "differs"
    );
    assert_eq!(
        decide(&server, &server.manager, "r-1", "approve").1["code"],
        "four_eyes"
    );
    is(&server, "100.00", "0.00", "0.00");
    ask(&server, &server.manager, &request("r-2", "60.00"));
    assert_eq!(decide(&server, &other, "r-1", "approve").0, 204);
    assert_eq!(
        decide(&server, &other, "r-1", "approve").1["code"],
        "decided"
    );
    assert_eq!(
        decide(&server, &other, "r-2", "approve").1["code"],
        "too_much"
    );
    assert_eq!(decide(&server, &other, "r-2", "refuse").0, 204);
    is(&server, "40.00", "0.00", "0.00");
    // What is spent cannot be given back.
    ask(&server, &server.manager, &request("r-3", "40.00"));
    call(&mut terminal, &server, "hold", &holding("h-1", "10.00"));
    assert_eq!(
        decide(&server, &other, "r-3", "approve").1["code"],
        "insufficient"
    );
    assert_eq!(decide(&server, &other, "nothing", "approve").0, 404);
    assert_eq!(book(&server.database, "desk"), 4000);
    let trail = server.database.sql("SELECT act || ' ' || outcome FROM audit WHERE act = 'reversal.approve' AND object = 'r-1' ORDER BY id");
    assert_eq!(
        trail,
        "reversal.approve four_eyes\nreversal.approve done\nreversal.approve decided"
    );
}

#[test]
fn a_delivery_that_did_not_reach_the_meter_is_given_back_to_the_wallet() {
    let (server, mut terminal) = bench();
    let _books = Books(&server.database);
    let other = server.staff("east", "Max", "manager");
    pay_in(&server, "t-1", "50.00");
    let asked = terminal.asks(wallet("A"), "MA", 3_000);
    call(
        &mut terminal,
        &server,
        "hold",
        &holding(&asked.name, "30.00"),
    );
    terminal.ends(&server, &asked, Delivered);
    let statement = server.manage("GET", "/api/v1/wallets/A", None);
    let lines = statement["lines"].as_array().unwrap();
    let captured = lines
        .iter()
        .find(|line| line["kind"] == "hold.captured")
        .unwrap();
    let body = json!({ "id": "r-1", "journal": captured["journal"], "amount": "30.00", "via": "origin", "reason": "the meter was read again" });
    assert_eq!(ask(&server, &server.manager, &body).0, 200);
    assert_eq!(decide(&server, &other, "r-1", "approve").0, 204);
    is(&server, "50.00", "0.00", "0.00");
    assert_eq!(book(&server.database, "terminals"), 0);
}

#[test]
fn two_approvals_at_once_give_back_once() {
    let (server, _) = bench();
    let _books = Books(&server.database);
    let others: Vec<String> = (0..4)
        .map(|n| server.staff("east", &format!("Max {n}"), "manager"))
        .collect();
    let journal = pay_in(&server, "t-1", "100.00");
    pay_in(&server, "t-2", "500.00");
    for n in 0..4 {
        let body = json!({ "id": format!("r-{n}"), "journal": journal, "amount": "40.00", "via": "desk", "reason": "moved away" });
        assert_eq!(ask(&server, &server.manager, &body).0, 200);
    }
    let done = std::thread::scope(|scope| {
        let calls: Vec<_> = others
            .iter()
            .enumerate()
            .map(|(n, token)| {
                let server = &server;
                scope.spawn(move || decide(server, token, &format!("r-{n}"), "approve").0)
            })
            .collect();
        let answers: Vec<u16> = calls.into_iter().map(|call| call.join().unwrap()).collect();
        answers.into_iter().filter(|status| *status == 204).count()
    });
    assert_eq!(done, 2);
    is(&server, "520.00", "0.00", "0.00");
}

#[test]
fn the_servers_role_can_change_no_posting_and_no_balance() {
    let (server, _) = bench();
    let _books = Books(&server.database);
    pay_in(&server, "t-1", "100.00");
    for sql in [
        "UPDATE wallet_posting SET amount = 1",
        "DELETE FROM wallet_posting",
        "UPDATE posting_journal SET made_by = 'x'",
        "DELETE FROM posting_journal",
        "UPDATE wallet SET balance = 1000000",
        "INSERT INTO wallet (tenant, account, balance) VALUES ('east', 'B', 5)",
        "DELETE FROM wallet",
        "UPDATE wallet_hold SET amount = 1",
        "UPDATE payment_order SET amount = 1",
        "UPDATE reversal SET amount = 1",
        "UPDATE reversal SET requested_by = 'x'",
    ] {
        let said = as_role(&server, sql);
        assert!(said.contains("permission denied"), "{sql}: {said}");
    }
}

#[test]
fn balances_follow_where_the_databases_owner_is_bound_by_row_level_security_too() {
    let (server, mut terminal) = bench();
    let _books = Books(&server.database);
    // As in production: the tables and the functions are a plain role's.
    server.database.sql(
        "DO $$ BEGIN CREATE ROLE test_owner NOLOGIN; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$; \
         GRANT ALL ON SCHEMA public TO test_owner; \
         DO $$ DECLARE name text; BEGIN \
             FOREACH name IN ARRAY ARRAY['tenant', 'account', 'posting_journal', 'wallet_posting', 'wallet', 'wallet_hold', 'reversal'] LOOP \
                 EXECUTE format('ALTER TABLE %I OWNER TO test_owner', name); \
             END LOOP; \
         END $$; \
         ALTER FUNCTION wallet_follows() OWNER TO test_owner; ALTER FUNCTION journal_balances() OWNER TO test_owner",
    );
    pay_in(&server, "t-1", "100.00");
    assert_eq!(
        call(&mut terminal, &server, "hold", &holding("h-1", "30.00")).0,
        200
    );
    assert_eq!(
        call(&mut terminal, &server, "hold", &holding("h-2", "71.00")).1["code"],
        "insufficient"
    );
    is(&server, "70.00", "30.00", "0.00");
    // Nothing of the role is left behind for the next test.
    server
        .database
        .sql("REASSIGN OWNED BY test_owner TO postgres; DROP OWNED BY test_owner");
}

#[test]
fn the_database_itself_refuses_a_journal_that_does_not_balance_and_one_persons_decision() {
    let (server, _) = bench();
    let _books = Books(&server.database);
    let journal = pay_in(&server, "t-1", "100.00");
    let new = "INSERT INTO posting_journal (tenant, at, kind, reference, content, made_by) VALUES ('east', 1, 'k', 'r', '{}', 'x')";
    let line = |line: i64, book: &str, account: &str, amount: i64| {
        format!(
            "INSERT INTO wallet_posting VALUES ('east', currval('posting_journal_journal_seq'), {line}, '{book}', {account}, {amount})"
        )
    };
    let begin = "BEGIN";
    for lines in [
        vec![],
        vec![line(1, "desk", "NULL", 500)],
        vec![line(1, "desk", "NULL", 500), line(2, "wallet", "'A'", -499)],
    ] {
        let mut all = vec![begin.to_owned(), new.to_owned()];
        all.extend(lines);
        all.push("COMMIT".to_owned());
        // The owner's sequence is the role's only by way of the identity column.
        let sql = all.join("; ").replace(
            "currval('posting_journal_journal_seq')",
            "(SELECT max(journal) FROM posting_journal)",
        );
        let said = as_role(&server, &sql);
        assert!(said.contains("do not sum to zero"), "{sql}: {said}");
    }
    let more =
        format!("INSERT INTO wallet_posting VALUES ('east', {journal}, 3, 'wallet', 'A', -900)");
    let said = as_role(&server, &more);
    assert!(said.contains("do not sum to zero"), "{said}");
    let alone = format!(
        "INSERT INTO reversal (tenant, reversal, journal, amount, via, reason, state, requested_by, requested_at, decided_by, decided_at) \
         VALUES ('east', 'r', {journal}, 5, 'desk', 'because', 'approved', 'Mia', 1, 'Mia', 1)"
    );
    let said = as_role(&server, &alone);
    assert!(said.contains("four_eyes"), "{said}");
}

#[test]
fn another_tenant_sees_no_money() {
    let (server, mut terminal) = bench();
    let _books = Books(&server.database);
    server.say(&["tenant", "west"]);
    let west = server.staff("west", "Wei", "manager");
    let journal = pay_in(&server, "t-1", "100.00");
    call(&mut terminal, &server, "hold", &holding("h-1", "30.00"));
    let get = |path: &str| server.call("GET", path, Some(&west), None).1;
    assert_eq!(get("/api/v1/holds"), "[]");
    assert_eq!(get("/api/v1/payments"), "[]");
    assert!(get("/api/v1/wallets/A").contains("\"balance\":\"0.00\""));
    let body = json!({ "id": "r", "journal": journal, "amount": "1.00", "via": "desk", "reason": "mine now" });
    assert_eq!(ask(&server, &west, &body).1["code"], "not_reversible");
    let said = server.database.sql(
        "SET ROLE meterpost_server; SET meterpost.tenant = 'west'; SELECT (SELECT count(*) FROM posting_journal) \
         + (SELECT count(*) FROM wallet_posting) + (SELECT count(*) FROM wallet) + (SELECT count(*) FROM wallet_hold)",
    );
    assert_eq!(said, "0");
}

#[test]
fn an_account_ends_only_when_its_wallet_is_empty_and_its_books_stay() {
    let (server, _) = bench();
    let _books = Books(&server.database);
    pay_in(&server, "t-1", "100.00");
    let end = json!({ "gone": ["A"] }).to_string();
    let (status, text) = server.call(
        "POST",
        "/api/v1/accounts",
        Some(&server.manager),
        Some(&end),
    );
    assert_eq!(status, 422, "{text}");
    assert!(text.contains("its wallet holds money"), "{text}");
    let end = json!({ "gone": ["B"] }).to_string();
    server.manage("POST", "/api/v1/accounts", Some(&end));
    assert_eq!(
        server
            .database
            .sql("SELECT count(*) FROM account WHERE account = 'B'"),
        "0"
    );
}
