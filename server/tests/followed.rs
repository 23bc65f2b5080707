//! What a terminal's log says of payments without cash, followed once, under heads that are cosigned. The books are checked at the end of
//! every test that moves money.

mod common;

use common::books::{Books, book};
use common::pay::{Bench, for_sale, for_wallet};
use common::purse::{as_role, bench, call, hold, holding, is, pay_in};
use common::sale::wallet;
use common::server::{Second, Server};
use common::terminal::{Ended, Terminal, http};
use meterpost_ledger::PaymentOutcome::{self, Delivered, Refused, Returned};
use meterpost_ledger::exchange::Next;
use meterpost_tests::provider::{Fault, Op};
use serde_json::json;

#[test]
fn a_hold_that_is_given_up_before_it_arrives_finds_itself_released() {
    let (server, mut terminal) = bench();
    let _books = Books(&server.database);
    pay_in(&server, "t-1", "100.00");
    let asked = terminal.asks(wallet("A"), "MA", 3_000);
    terminal.ends(&server, &asked, Refused);
    let late = hold(&mut terminal, &server, &asked, "30.00");
    assert_eq!((late.0, &late.1["state"]), (200, &json!("released")));
    is(&server, "100.00", "0.00", "0.00");
}

#[test]
fn nobody_follows_what_no_head_covers() {
    let (server, mut terminal) = bench();
    let _books = Books(&server.database);
    pay_in(&server, "t-1", "100.00");
    let asked = terminal.asks(wallet("A"), "MA", 3_000);
    hold(&mut terminal, &server, &asked, "30.00");
    let before = terminal.sync(&server);
    assert_eq!(before, Ended::InSync);
    let have = terminal.ledger.size();
    terminal.writes_end(&asked, Delivered);
    terminal.bring(&server, have - 1);
    is(&server, "70.00", "30.00", "0.00");
    assert_eq!(terminal.sync(&server), Ended::InSync);
    is(&server, "70.00", "0.00", "0.00");
}

#[test]
fn what_a_manager_ended_otherwise_is_posted_as_it_happened_and_told() {
    let (server, mut terminal) = bench();
    let _books = Books(&server.database);
    pay_in(&server, "t-1", "100.00");
    let mut end = |outcome: &str, then: PaymentOutcome| {
        let asked = terminal.asks(wallet("A"), "MA", 3_000);
        hold(&mut terminal, &server, &asked, "30.00");
        let path = format!("/api/v1/holds/K1/{}/end", asked.name);
        let body = json!({ "outcome": outcome, "reason": "nobody answers" }).to_string();
        let ended = server.call("POST", &path, Some(&server.manager), Some(&body));
        assert_eq!(ended.0, 204, "{}", ended.1);
        terminal.ends(&server, &asked, then);
    };
    // Released, and delivered all the same: the account pays.
    end("released", Delivered);
    is(&server, "70.00", "0.00", "0.00");
    assert_eq!(book(&server.database, "terminals"), -3000);
    // Captured, and not delivered: people have to look; nothing moves by itself.
    end("captured", Returned);
    is(&server, "40.00", "0.00", "0.00");
    assert_eq!(book(&server.database, "terminals"), -6000);
    // As the manager said.
    end("captured", Delivered);
    let told = server.manage("GET", "/api/v1/disputes", None);
    let mut sales: Vec<i64> = told
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["sale"].as_i64().unwrap())
        .collect();
    sales.sort_unstable();
    assert_eq!(sales, [1, 2], "{told}");
    assert!(told.to_string().contains("was released"), "{told}");
}

#[test]
fn a_payment_that_cannot_be_posted_keeps_no_log_from_going_on() {
    let (server, mut terminal) = bench();
    let _books = Books(&server.database);
    pay_in(&server, "t-1", "100.00");
    // Nobody's account, more than any transfer, and a hold over something else.
    let stranger = terminal.asks(wallet("nobody"), "MA", 3_000);
    terminal.ends(&server, &stranger, Delivered);
    let huge = terminal.asks(wallet("A"), "MA", 10_000_000_001);
    terminal.ends(&server, &huge, Delivered);
    let other = terminal.asks(wallet("A"), "MA", 3_000);
    call(
        &mut terminal,
        &server,
        "hold",
        &holding(&other.name, "5.00"),
    );
    terminal.ends(&server, &other, Delivered);
    terminal.work(1);
    assert_eq!(terminal.sync(&server), Ended::InSync);
    let told = server.manage("GET", "/api/v1/disputes", None);
    assert_eq!(told.as_array().map(Vec::len), Some(3), "{told}");
    is(&server, "95.00", "5.00", "0.00");
    let west = {
        server.say(&["tenant", "west"]);
        server.staff("west", "Wei", "manager")
    };
    let seen = server.call("GET", "/api/v1/disputes", Some(&west), None);
    assert_eq!(seen, (200, "[]".to_owned()));
}

#[test]
fn a_new_enrolment_touches_no_hold_of_the_one_before() {
    let (server, mut old) = bench();
    let _books = Books(&server.database);
    pay_in(&server, "t-1", "100.00");
    let asked = old.asks(wallet("A"), "MA", 3_000);
    call(&mut old, &server, "hold", &holding(&asked.name, "30.00"));
    let mut new = Terminal::enrolled(&server, "K1");
    let first = new.asks(wallet("A"), "MA", 3_000);
    assert_ne!(first.name, asked.name, "names begin with the epoch");
    new.ends(&server, &first, Refused);
    is(&server, "70.00", "30.00", "0.00");
}

/// The terminal's head, brought to both servers at once, so that either may be the one that follows.
fn cosign_at_once(server: &Server, terminal: &mut Terminal, urls: [&str; 2]) {
    let Next::Ask(asked) = terminal.ledger.ask(&terminal.standing()).unwrap() else {
        panic!("it has something to ask");
    };
    let body = asked.request.format();
    let target = "/api/v1/log/add-checkpoint";
    let mut calls = urls.map(|url| {
        terminal.counter += 1;
        let header = terminal
            .ledger
            .sign_call(terminal.counter, "POST", target, body.as_bytes());
        (format!("{url}{target}"), header.unwrap())
    });
    // The second number may be heard before the first, which is refused then.
    if terminal.counter.is_multiple_of(4) {
        calls.reverse();
    }
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let send = |(url, header): (String, String)| {
            let body = body.as_bytes();
            scope.spawn(move || {
                let header = Some(("meterpost-signature", header));
                http("POST", &url, header, Some(body)).0
            })
        };
        let sent = calls.map(send);
        sent.into_iter().map(|call| call.join().unwrap()).collect()
    });
    assert!(
        statuses.contains(&200),
        "{statuses:?} {}",
        server.read_log()
    );
}

#[test]
fn the_same_head_at_two_servers_at_once_is_followed_once() {
    let (server, mut terminal) = bench();
    let _books = Books(&server.database);
    let second = Second::beside(&server);
    pay_in(&server, "t-1", "100.00");
    let mut have = 0;
    for round in 1..=6 {
        let asked = terminal.asks(wallet("A"), "MA", 1_000);
        // Held, or delivered offline.
        if round % 2 == 0 {
            hold(&mut terminal, &server, &asked, "10.00");
        }
        terminal.writes_end(&asked, Delivered);
        have = terminal.bring(&server, have);
        cosign_at_once(&server, &mut terminal, [server.url(), second.url()]);
        assert_eq!(book(&server.database, "terminals"), -1_000 * round);
        // And once more by itself: the answer before was thrown away.
        assert_eq!(terminal.sync(&server), Ended::InSync);
        assert_eq!(book(&server.database, "terminals"), -1_000 * round);
    }
    is(&server, "40.00", "0.00", "0.00");
    assert_eq!(server.manage("GET", "/api/v1/disputes", None), json!([]));
}

#[test]
fn what_a_disk_said_before_it_was_restored_is_forgotten() {
    let (server, mut terminal) = bench();
    let _books = Books(&server.database);
    pay_in(&server, "t-1", "100.00");
    let asked = terminal.asks(wallet("A"), "MA", 3_000);
    hold(&mut terminal, &server, &asked, "30.00");
    assert_eq!(terminal.sync(&server), Ended::InSync);
    let have = terminal.ledger.size() - 1;
    // Its last entries came without their head, and the disk is one from before them.
    let mut lost = terminal.copy_of_disk();
    lost.counter = 1000;
    lost.writes_end(&asked, Delivered);
    lost.bring(&server, have);
    terminal.counter = 2000;
    terminal.ends(&server, &asked, Refused);
    is(&server, "100.00", "0.00", "0.00");
    terminal.work(5);
    assert_eq!(terminal.sync(&server), Ended::InSync);
    is(&server, "100.00", "0.00", "0.00");
    assert_eq!(server.manage("GET", "/api/v1/disputes", None), json!([]));
}

#[test]
fn a_text_that_the_database_cannot_hold_keeps_no_log_from_going_on() {
    let (server, mut terminal) = bench();
    let _books = Books(&server.database);
    pay_in(&server, "t-1", "100.00");
    let odd = terminal.asks(wallet("A"), "M\0A", 3_000);
    terminal.writes_end(&odd, Delivered);
    let fine = terminal.asks(wallet("A"), "MA", 2_000);
    // One head over both: of the first nothing is left behind, and the second is posted.
    terminal.ends(&server, &fine, Delivered);
    is(&server, "80.00", "0.00", "0.00");
    let told = server.manage("GET", "/api/v1/disputes", None);
    assert_eq!(
        (told.as_array().unwrap().len(), &told[0]["sale"]),
        (1, &json!(1))
    );
    assert_eq!(
        server.database.sql("SELECT hold, state FROM wallet_hold"),
        format!("{}|captured", fine.name)
    );
}

#[test]
fn a_dispute_is_neither_changed_nor_removed_by_the_server() {
    let (server, mut terminal) = bench();
    let stranger = terminal.asks(wallet("nobody"), "MA", 3_000);
    terminal.ends(&server, &stranger, Delivered);
    for sql in [
        "UPDATE payment_dispute SET words = 'x'",
        "DELETE FROM payment_dispute",
    ] {
        let said = as_role(&server, sql);
        assert!(said.contains("permission denied"), "{sql}: {said}");
    }
}

#[test]
fn what_was_taken_and_whose_answer_was_lost_goes_back_by_the_terminals_log() {
    let mut bench = Bench::new();
    let asked = bench.asks();
    let (number, _) = bench.create(&for_sale(&asked.name));
    bench.provider.pay(&number);
    bench.until(&asked.name, "paid");
    bench.named("/take", &asked.name);
    bench.gives_up(&asked);
    bench.until(&asked.name, "refunded");
    assert_eq!(bench.provider.world().orders.money_out, 5000);
    assert_eq!(book(&bench.server.database, "terminals"), 0);
    bench.settled();
    drop(Books(&bench.server.database));
}

#[test]
fn a_code_that_its_terminal_gave_up_is_closed_and_money_that_comes_in_between_goes_back() {
    let mut bench = Bench::new();
    let closed = bench.asks();
    let (number, _) = bench.create(&for_sale(&closed.name));
    bench.gives_up(&closed);
    bench.until(&closed.name, "cancelled");
    assert_eq!(bench.provider.state(&number), "closed");

    let asked = bench.asks();
    let (number, _) = bench.create(&for_sale(&asked.name));
    bench.provider.pay(&number);
    bench.gives_up(&asked);
    bench.until(&asked.name, "refunded");
    bench.settled();
    drop(Books(&bench.server.database));
}

#[test]
fn what_the_log_gives_up_and_the_server_never_heard_of_changes_nothing() {
    let mut bench = Bench::new();
    let asked = bench.asks();
    bench.gives_up(&asked);
    assert_eq!(bench.named("/state", &asked.name).0, 404);
    drop(Books(&bench.server.database));
}

#[test]
fn a_payment_that_its_log_gave_up_before_the_provider_knew_of_it_is_closed_there() {
    let mut bench = Bench::new();
    let asked = bench.asks();
    bench.provider.fault(Op::Create, Fault::LostRequest);
    let (number, made) = bench.create(&for_sale(&asked.name));
    assert_eq!(made["state"], "created");
    bench.gives_up(&asked);
    bench.until(&asked.name, "cancelled");
    // The number is used up there: a request that is still on its way finds it closed.
    assert_eq!(bench.provider.state(&number), "closed");
    drop(Books(&bench.server.database));
}

#[test]
fn a_closed_payment_that_its_log_gives_up_stays_closed_and_late_money_goes_back() {
    let mut bench = Bench::new();
    let asked = bench.asks();
    let (number, _) = bench.create(&for_sale(&asked.name));
    assert_eq!(bench.named("/cancel", &asked.name).1["state"], "cancelled");
    bench.gives_up(&asked);
    assert_eq!(bench.named("/state", &asked.name).1["state"], "cancelled");
    bench.provider.pay_anyway(&number, 5000);
    assert_eq!(bench.told(&number).0, 204);
    bench.until(&asked.name, "refunded");
    assert_eq!(bench.named("/take", &asked.name).1["code"], "not_now");
    bench.settled();
    drop(Books(&bench.server.database));
}

#[test]
fn a_code_given_up_in_entries_that_no_head_covers_is_still_paid_and_taken() {
    let mut bench = Bench::new();
    let asked = bench.asks();
    bench.terminal.sync(&bench.server);
    let have = bench.terminal.ledger.size() - 1;
    let (number, _) = bench.create(&for_sale(&asked.name));
    bench.terminal.writes_end(&asked, Refused);
    bench.terminal.bring(&bench.server, have);
    bench.provider.pay(&number);
    bench.until(&asked.name, "paid");
    assert_eq!(bench.named("/take", &asked.name).1["state"], "taken");
    // The head comes: now it is the log's word.
    bench.terminal.sync(&bench.server);
    bench.until(&asked.name, "refunded");
    bench.settled();
    drop(Books(&bench.server.database));
}

#[test]
fn a_wallets_payment_under_a_sales_name_stays_in_the_wallet_and_is_told() {
    let mut bench = Bench::new();
    let asked = bench.asks();
    let (number, _) = bench.create(&for_wallet(&asked.name));
    bench.provider.pay(&number);
    bench.until(&asked.name, "paid");
    bench.gives_up(&asked);
    assert_eq!(bench.balance(), "50.00");
    let told = bench.server.manage("GET", "/api/v1/disputes", None);
    assert!(told.to_string().contains("came into a wallet"), "{told}");
    bench.settled();
    drop(Books(&bench.server.database));
}

#[test]
fn what_is_to_go_back_through_a_provider_that_was_removed_is_told() {
    let mut bench = Bench::new();
    let asked = bench.asks();
    let (number, _) = bench.create(&for_sale(&asked.name));
    bench.provider.pay(&number);
    bench.until(&asked.name, "paid");
    bench.named("/take", &asked.name);
    let config = std::fs::read_to_string(bench.server.config()).unwrap();
    let without = config.replace(&bench.provider.config("east"), "");
    assert_ne!(without, config);
    bench.server.kill();
    std::fs::write(bench.server.config(), without).unwrap();
    bench.server.resume();
    bench.gives_up(&asked);
    let told = bench.server.manage("GET", "/api/v1/disputes", None);
    assert!(told.to_string().contains("no provider any more"), "{told}");
    assert_eq!(book(&bench.server.database, "terminals"), -5000);
    bench.settled();
    drop(Books(&bench.server.database));
}
