//! Payments by QR code, against the provider's double on the wire. Money that came in is posted once or goes back once; the books are
//! checked at the end of every test.

mod common;

use std::time::{Duration, Instant};

use common::books::{Books, book};
use common::pay::{Bench, for_sale, for_wallet, now};
use common::provider;
use common::sale::wallet;
use common::server::{Second, Server};
use common::terminal::{Terminal, http};
use meterpost_ledger::PaymentOutcome;
use meterpost_tests::provider::{Fault, Op, Order, Provider};
use serde_json::{Value, json};

/// The double with a certificate of this server's own authority, whose name is in `named`.
fn over_tls(server: &Server, named: &str) -> Provider {
    let place = |name: &str| {
        server
            .folder
            .path()
            .join(name)
            .to_string_lossy()
            .into_owned()
    };
    let program = |arguments: &[&str]| {
        let output = common::server::program()
            .args(arguments)
            .output()
            .expect("the program");
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    };
    program(&["ca", "init", "--dir", &place("ca"), "--name", "Pay"]);
    program(&[
        "ca",
        "issue",
        "--dir",
        &place("ca"),
        "--out",
        &place("tls"),
        named,
    ]);
    let config = meterpost_server::config::TlsConfig {
        certificate: place("tls/server.pem").into(),
        key: place("tls/server.key").into(),
    };
    let config = meterpost_server::tls::server_config(&config).expect("a certificate");
    Provider::start_on(now, Some(config)).expect("a provider")
}

#[test]
fn a_sale_is_paid_without_any_callback_and_taken_once() {
    let mut bench = Bench::new();
    let (number, made) = bench.create(&for_sale("p-1"));
    assert_eq!(made["state"], "waiting");
    assert_eq!(made["code"], format!("https://pay.example/q/{number}"));
    assert_eq!(bench.create(&for_sale("p-1")).1, made);
    let mut other = for_sale("p-1");
    other["amount"] = json!("51.00");
    assert_eq!(bench.say("", &other).1["code"], "differs");
    assert_eq!(bench.named("/take", "p-1").1["code"], "not_now");
    assert!(bench.provider.pay(&number));
    let paid = bench.until("p-1", "paid");
    assert!(paid["transaction"].as_str().unwrap().starts_with("T-"));
    let taken = bench.named("/take", "p-1");
    assert_eq!((taken.0, &taken.1["state"]), (200, &json!("taken")));
    assert_eq!(bench.named("/take", "p-1"), taken);
    assert_eq!(bench.named("/cancel", "p-1").1["state"], "taken");
    assert_eq!(bench.named("/state", "p-9").0, 404);
    assert_eq!(book(&bench.server.database, "terminals"), -5000);
    assert_eq!(bench.provider.count(Op::Create), 1);
    bench.settled();
    drop(Books(&bench.server.database));
}

#[test]
fn a_callback_before_the_poll_twice_and_late_posts_once() {
    let mut bench = Bench::new();
    let (number, _) = bench.create(&for_wallet("p-1"));
    bench.provider.pay(&number);
    let told = bench.provider.told(&number, 0, |_| {});
    for _ in 0..3 {
        assert_eq!(bench.tell(told.clone()).0, 204);
    }
    assert_eq!(bench.told(&number).0, 204);
    assert_eq!(bench.named("/state", "p-1").1["state"], "paid");
    assert_eq!(bench.balance(), "50.00");
    // What was true before is told once more, at last.
    let older = bench.provider.told(&number, 0, |status| {
        status["state"] = json!("open");
        status["code"] = json!("x");
    });
    assert_eq!(bench.tell(older).0, 204);
    assert_eq!(bench.named("/state", "p-1").1["state"], "paid");
    bench.settled();
    drop(Books(&bench.server.database));
}

#[test]
fn a_callback_that_is_forged_old_or_of_another_amount_is_not_believed() {
    let mut bench = Bench::new();
    let (number, _) = bench.create(&for_wallet("p-1"));
    // Nobody has paid.
    let paid = |amount: i64| {
        move |status: &mut Value| {
            status["state"] = json!("paid");
            status["transaction"] = json!("T-x");
            status["received"] = json!(amount);
        }
    };
    let (body, header) = bench.provider.told(&number, 0, paid(5000));
    let refused = |bench: &Bench, body: &str, header: &str, status: u16, code: &str| {
        let answer = bench.tell((body.to_owned(), header.to_owned()));
        assert_eq!(answer.0, status, "{}", answer.1);
        assert!(
            answer.1.contains(&format!("\"code\":\"{code}\"")),
            "{}",
            answer.1
        );
    };
    refused(
        &bench,
        &body.replace("T-x", "T-y"),
        &header,
        401,
        "unsigned",
    );
    refused(&bench, &body, "", 401, "unsigned");
    refused(
        &bench,
        &body,
        &header.replace("east-utilities", "west-utilities"),
        401,
        "unsigned",
    );
    let (body, header) = bench.provider.forged(&number);
    refused(&bench, &body, &header, 401, "unsigned");
    let (body, header) = bench.provider.told(&number, 3600, paid(5000));
    refused(&bench, &body, &header, 401, "unsigned");
    let (body, header) = bench.provider.told(&number, 0, paid(500));
    refused(&bench, &body, &header, 422, "amount");
    let (body, header) = bench
        .provider
        .told(&number, 0, |status| status["amount"] = json!(1));
    refused(&bench, &body, &header, 422, "amount");
    let (body, header) = bench
        .provider
        .told(&number, 0, |status| status["order"] = json!("unknown"));
    refused(&bench, &body, &header, 404, "no_payment");
    let (body, header) = bench
        .provider
        .told(&number, 0, |status| status["state"] = json!("sold"));
    refused(&bench, &body, &header, 401, "unsigned");
    let huge = "x".repeat(20_000);
    refused(&bench, &huge, &header, 413, "body");
    assert_eq!(bench.named("/state", "p-1").1["state"], "waiting");
    assert_eq!(bench.balance(), "0.00");
    drop(Books(&bench.server.database));
}

#[test]
fn an_answer_that_was_lost_is_asked_for_under_our_number_and_nothing_is_made_anew() {
    let mut bench = Bench::new();
    bench.provider.fault(Op::Create, Fault::LostAnswer);
    let (number, made) = bench.create(&for_sale("p-1"));
    assert_eq!(
        (made["state"].as_str(), made.get("code")),
        (Some("created"), None)
    );
    bench.until("p-1", "waiting");
    assert_eq!(bench.provider.count(Op::Create), 1);
    // A provider that will not say anything has perhaps taken it on all the same.
    bench.provider.fault(Op::Create, Fault::LostAnswer);
    bench
        .provider
        .fault(Op::Query, Fault::Refuse(403, "not_today"));
    bench.create(&for_sale("p-3"));
    bench.until("p-3", "waiting");
    // A request that never arrived is made again under the same number.
    bench.provider.fault(Op::Create, Fault::LostRequest);
    let (second, made) = bench.create(&for_sale("p-2"));
    assert_eq!(made["state"], "created");
    bench.until("p-2", "waiting");
    assert_ne!(number, second);
    assert_eq!(bench.provider.world().orders.all.len(), 3);
    drop(Books(&bench.server.database));
}

#[test]
fn what_the_provider_has_not_signed_is_not_its_word() {
    let mut bench = Bench::new();
    for (n, fault) in [
        Fault::Status(404),
        Fault::Unsigned,
        Fault::Forged,
        Fault::Status(502),
    ]
    .into_iter()
    .enumerate()
    {
        bench.provider.fault(Op::Create, fault.clone());
        bench.provider.fault(Op::Query, fault.clone());
        let id = format!("p-{n}");
        let (_, made) = bench.create(&for_sale(&id));
        assert_eq!(made["state"], "created", "{fault:?}");
        bench.until(&id, "waiting");
    }
    let (number, _) = bench.create(&for_sale("p-9"));
    bench.provider.pay(&number);
    bench.provider.fault(Op::Cancel, Fault::Status(404));
    assert_eq!(bench.named("/cancel", "p-9").1["state"], "cancelling");
    bench.until("p-9", "paid");
    let log = bench.server.read_log();
    assert!(log.contains("not to be believed"), "{log}");
    drop(Books(&bench.server.database));
}

#[test]
fn a_slow_provider_holds_up_nobody_else() {
    let mut bench = Bench::new();
    for _ in 0..6 {
        bench
            .provider
            .fault(Op::Create, Fault::Slow(Duration::from_secs(3)));
    }
    let mut others: Vec<Terminal> = (2..8)
        .map(|n| Terminal::enrolled(&bench.server, &format!("K{n}")))
        .collect();
    let server = &bench.server;
    std::thread::scope(|scope| {
        for terminal in &mut others {
            scope.spawn(move || {
                let body = for_sale("p").to_string();
                let (status, text) = terminal.call(server, "/api/v1/payments", body.as_bytes());
                assert_eq!(status, 200, "{text}");
                assert!(text.contains("\"created\""), "{text}");
            });
        }
        std::thread::sleep(Duration::from_millis(300));
        let began = Instant::now();
        assert_eq!(server.call("GET", "/healthz", None, None).0, 200);
        assert!(began.elapsed() < Duration::from_millis(700));
    });
    let waiting = "SELECT count(*) FROM payment_order WHERE state = 'waiting'";
    let began = Instant::now();
    while bench.server.database.sql(waiting) != "6" {
        assert!(
            began.elapsed() < Duration::from_secs(40),
            "{}",
            bench.server.read_log()
        );
        std::thread::sleep(Duration::from_millis(200));
    }
    assert_eq!(bench.provider.world().orders.all.len(), 6);
    bench.named("/state", "none");
    drop(Books(&bench.server.database));
}

#[test]
fn a_refused_order_is_refused_and_money_that_comes_for_it_all_the_same_goes_back() {
    let mut bench = Bench::new();
    bench
        .provider
        .fault(Op::Create, Fault::Refuse(403, "merchant_closed"));
    let (number, made) = bench.create(&for_sale("p-1"));
    assert_eq!(made["state"], "refused");
    let listed = bench
        .server
        .manage("GET", "/api/v1/payments?state=refused", None);
    assert_eq!(listed[0]["number"], number, "{listed}");
    assert!(
        listed[0]["trouble"]
            .as_str()
            .unwrap()
            .contains("merchant_closed"),
        "{listed}"
    );
    bench.provider.world().orders.all.insert(
        number.clone(),
        Order {
            amount: 5000,
            state: "open",
            transaction: None,
            received: 0,
            expires_at: now() + 60,
        },
    );
    bench.provider.pay(&number);
    bench.until("p-1", "refunded");
    bench.settled();
    drop(Books(&bench.server.database));
}

#[test]
fn a_late_payment_after_a_cancel_goes_back_by_itself_however_often_the_refund_fails() {
    let mut bench = Bench::new();
    let (number, _) = bench.create(&for_sale("p-1"));
    assert_eq!(bench.named("/cancel", "p-1").1["state"], "cancelled");
    assert_eq!(bench.named("/cancel", "p-1").1["state"], "cancelled");
    assert_eq!(bench.provider.state(&number), "closed");
    for fault in [
        Fault::LostAnswer,
        Fault::Status(500),
        Fault::Refuse(409, "no_funds"),
        Fault::LostRequest,
        Fault::Pending,
    ] {
        bench.provider.fault(Op::Refund, fault);
    }
    bench.provider.pay_anyway(&number, 5000);
    assert_eq!(bench.told(&number).0, 204);
    assert_eq!(bench.named("/take", "p-1").1["code"], "not_now");
    bench.until("p-1", "refunded");
    assert_eq!(bench.provider.world().orders.money_out, 5000);
    assert_eq!(book(&bench.server.database, "provider"), 0);
    let kinds = "SELECT string_agg(kind, ' ' ORDER BY journal) FROM posting_journal";
    assert_eq!(
        bench.server.database.sql(kinds),
        "payment.received payment.refunded"
    );
    bench.settled();
    drop(Books(&bench.server.database));
}

#[test]
fn a_late_payment_is_found_without_a_callback_too() {
    let mut bench = Bench::new();
    let (number, _) = bench.create(&for_wallet("p-1"));
    bench.named("/cancel", "p-1");
    bench.provider.pay_anyway(&number, 5000);
    bench.until("p-1", "refunded");
    assert_eq!(bench.balance(), "0.00");
    bench.settled();
    drop(Books(&bench.server.database));
}

#[test]
fn another_amount_than_asked_for_goes_back() {
    let mut bench = Bench::new();
    let (number, _) = bench.create(&for_wallet("p-1"));
    bench.provider.pay_anyway(&number, 4900);
    assert_eq!(bench.told(&number).0, 422);
    bench.until("p-1", "refunded");
    assert_eq!(bench.provider.world().orders.money_out, 4900);
    assert_eq!(bench.balance(), "0.00");
    bench.settled();
    drop(Books(&bench.server.database));
}

#[test]
fn who_cancels_what_is_paid_already_may_take_the_money_or_say_that_nothing_was_taken() {
    let mut bench = Bench::new();
    let (number, _) = bench.create(&for_sale("p-1"));
    bench.provider.pay(&number);
    assert_eq!(bench.named("/cancel", "p-1").1["state"], "paid");
    assert_eq!(bench.named("/take", "p-1").1["state"], "taken");
    let asked = bench.asks();
    let (number, _) = bench.create(&for_sale(&asked.name));
    bench.provider.pay(&number);
    assert_eq!(bench.named("/cancel", &asked.name).1["state"], "paid");
    bench.gives_up(&asked);
    bench.until(&asked.name, "refunded");
    assert_eq!(bench.named("/take", &asked.name).1["code"], "not_now");
    assert_eq!(book(&bench.server.database, "terminals"), -5000);
    bench.settled();
    drop(Books(&bench.server.database));
}

#[test]
fn a_cancel_whose_answer_was_lost_is_finished_in_the_background() {
    let mut bench = Bench::new();
    for (id, fault) in [("p-1", Fault::LostAnswer), ("p-2", Fault::LostRequest)] {
        let (number, _) = bench.create(&for_sale(id));
        bench.provider.fault(Op::Cancel, fault);
        assert_eq!(bench.named("/cancel", id).1["state"], "cancelling");
        bench.until(id, "cancelled");
        assert_eq!(bench.provider.state(&number), "closed");
    }
    // Cancelled before the provider has heard of it: a request that is still on its way finds the number used up.
    bench.provider.fault(Op::Create, Fault::LostRequest);
    let (number, _) = bench.create(&for_sale("p-3"));
    assert_eq!(bench.named("/cancel", "p-3").1["state"], "cancelled");
    assert_eq!(bench.provider.state(&number), "closed");
    drop(Books(&bench.server.database));
}

#[test]
fn a_server_killed_at_any_moment_takes_up_every_payment_again() {
    let mut bench = Bench::new();
    let mut numbers = Vec::new();
    for n in 0..6_u64 {
        let id = format!("p-{n}");
        bench
            .provider
            .fault(Op::Create, Fault::Slow(Duration::from_millis(30)));
        bench.terminal.counter += 1;
        let body = for_sale(&id).to_string();
        let header = bench
            .terminal
            .ledger
            .sign_call(
                bench.terminal.counter,
                "POST",
                "/api/v1/payments",
                body.as_bytes(),
            )
            .unwrap();
        let url = format!("{}/api/v1/payments", bench.server.url());
        std::thread::scope(|scope| {
            let call = scope.spawn(|| {
                let header = Some(("meterpost-signature", header));
                common::terminal::try_http("POST", &url, header, Some(body.as_bytes()))
            });
            std::thread::sleep(Duration::from_millis(n * 12));
            bench.server.kill();
            let _ = call.join();
        });
        bench.server.resume();
        // The terminal asks again, as it would; the same payment comes about.
        numbers.push(bench.create(&for_sale(&id)).0);
    }
    for (n, number) in numbers.iter().enumerate() {
        bench.until(&format!("p-{n}"), "waiting");
        assert!(bench.provider.pay(number), "{number}");
    }
    bench.server.kill();
    bench.server.resume();
    for n in 0..6 {
        bench.until(&format!("p-{n}"), "paid");
        assert_eq!(bench.named("/take", &format!("p-{n}")).0, 200);
    }
    assert_eq!(bench.provider.world().orders.all.len(), 6);
    bench.settled();
    drop(Books(&bench.server.database));
}

#[test]
fn two_servers_on_one_database_post_each_payment_once() {
    let mut bench = Bench::new();
    let second = Second::beside(&bench.server);
    let mut numbers = Vec::new();
    for n in 0..12 {
        let (number, _) = bench.create(&for_wallet(&format!("p-{n}")));
        numbers.push(number);
    }
    let urls = [bench.server.url().to_owned(), second.url().to_owned()];
    std::thread::scope(|scope| {
        for url in &urls {
            for number in &numbers {
                let provider = &bench.provider;
                scope.spawn(move || {
                    provider.pay(number);
                    let (body, header) = provider.told(number, 0, |_| {});
                    let url = format!("{url}/api/v1/payments/callback");
                    let header = Some(("merchant-signature", header));
                    let (status, text) = http("POST", &url, header, Some(body.as_bytes()));
                    assert!([204, 503].contains(&status), "{status} {text}");
                });
            }
        }
    });
    for n in 0..12 {
        bench.until(&format!("p-{n}"), "paid");
    }
    assert_eq!(bench.balance(), "600.00");
    let received = "SELECT count(*) FROM posting_journal WHERE kind = 'payment.received'";
    assert_eq!(bench.server.database.sql(received), "12");
    bench.settled();
    drop(Books(&bench.server.database));
}

#[test]
fn a_payment_is_given_back_by_two_people_and_comes_back_through_the_provider() {
    let mut bench = Bench::new();
    let clerk = bench.server.staff("east", "Clara", "clerk");
    let (sale, _) = bench.create(&for_sale("p-1"));
    let (wallet, _) = bench.create(&for_wallet("p-2"));
    let refund = |bench: &Bench, number: &str, id: &str| {
        let body = json!({ "id": id, "reason": "paid for the wrong meter" }).to_string();
        let path = format!("/api/v1/payments/{number}/refund");
        bench.server.call("POST", &path, Some(&clerk), Some(&body))
    };
    let approve = |bench: &Bench, id: &str, token: &str| {
        let path = format!("/api/v1/reversals/{id}/approve");
        bench.server.call("POST", &path, Some(token), None)
    };
    assert_eq!(refund(&bench, &sale, "r-1").0, 404);
    bench.provider.pay(&sale);
    bench.provider.pay(&wallet);
    bench.until("p-1", "paid");
    bench.until("p-2", "paid");
    bench.named("/take", "p-1");
    assert_eq!(refund(&bench, &sale, "r-1").0, 200);
    assert_eq!(refund(&bench, &sale, "r-1").0, 200);
    assert_eq!(approve(&bench, "r-1", &clerk).0, 403);
    bench.provider.fault(Op::Refund, Fault::LostAnswer);
    bench.provider.fault(Op::Refund, Fault::Pending);
    let manager = bench.server.manager.clone();
    assert_eq!(approve(&bench, "r-1", &manager).0, 204);
    assert_eq!(bench.named("/take", "p-1").1["code"], "not_now");
    bench.until("p-1", "refunded");
    assert!(refund(&bench, &sale, "r-2").1.contains("too_much"));

    // A wallet's money that is put aside cannot go back, and what went back cannot be put aside.
    let target = "/api/v1/wallet/hold";
    let hold = json!({ "hold": "h", "account": "A", "meter": "MA", "amount": "10.00" }).to_string();
    assert_eq!(
        bench
            .terminal
            .call(&bench.server, target, hold.as_bytes())
            .0,
        200
    );
    assert_eq!(refund(&bench, &wallet, "r-3").0, 200);
    let (status, text) = approve(&bench, "r-3", &manager);
    assert!(status == 409 && text.contains("insufficient"), "{text}");
    let end = json!({ "outcome": "released", "reason": "not delivered" }).to_string();
    let path = "/api/v1/holds/K1/h/end";
    let ended = bench.server.call("POST", path, Some(&manager), Some(&end));
    assert_eq!(ended.0, 204);
    assert_eq!(approve(&bench, "r-3", &manager).0, 204);
    assert_eq!(bench.balance(), "0.00");
    bench.until("p-2", "refunded");
    assert_eq!(bench.provider.world().orders.money_out, 10_000);
    let trail = "SELECT actor || ' ' || act || ' ' || outcome FROM audit WHERE act LIKE 'payment%' ORDER BY id LIMIT 2";
    assert_eq!(
        bench.server.database.sql(trail),
        "Clara payment.refund no_payment\nClara payment.refund done"
    );
    bench.settled();
    drop(Books(&bench.server.database));
}

#[test]
fn a_debt_is_paid_first_by_money_that_comes_by_code() {
    let mut bench = Bench::new();
    let asked = bench.terminal.asks(wallet("A"), "MA", 2_000);
    let delivered = PaymentOutcome::Delivered;
    bench.terminal.ends(&bench.server, &asked, delivered);
    let (number, _) = bench.create(&for_wallet("p-1"));
    bench.provider.pay(&number);
    bench.until("p-1", "paid");
    assert_eq!(bench.balance(), "30.00");
    assert_eq!(bench.named("/take", "p-1").1["code"], "not_now");
    drop(Books(&bench.server.database));
}

#[test]
fn one_transaction_of_the_provider_pays_one_order() {
    let mut bench = Bench::new();
    let (first, _) = bench.create(&for_wallet("p-1"));
    let (second, _) = bench.create(&for_wallet("p-2"));
    bench.provider.pay(&first);
    bench.until("p-1", "paid");
    let same = bench.provider.world().orders.all[&first]
        .transaction
        .clone();
    let mut world = bench.provider.world();
    let order = world.orders.all.get_mut(&second).unwrap();
    (order.state, order.transaction, order.received) = ("paid", same, 5000);
    drop(world);
    let began = Instant::now();
    loop {
        let listed = bench
            .server
            .manage("GET", "/api/v1/payments?state=waiting", None);
        if listed[0]["trouble"]
            .as_str()
            .is_some_and(|why| why.contains("belongs to another order"))
        {
            break;
        }
        assert!(began.elapsed() < Duration::from_secs(20), "{listed}");
        std::thread::sleep(Duration::from_millis(200));
    }
    assert_eq!(bench.balance(), "50.00");
    drop(Books(&bench.server.database));
}

#[test]
fn a_server_without_a_provider_says_so_and_a_key_is_made_once() {
    let server = Server::start();
    let mut terminal = Terminal::enrolled(&server, "K1");
    let body = for_sale("p").to_string();
    let (status, text) = terminal.call(&server, "/api/v1/payments", body.as_bytes());
    assert!(status == 404 && text.contains("no_provider"), "{text}");
    let bench = Bench::new();
    let first = bench.server.say(&["init"]);
    assert!(first.contains("needs this public key"), "{first}");
    assert_eq!(bench.server.say(&["init"]), first);
    let log = bench.server.read_log();
    let key = std::fs::read_to_string(bench.server.folder.path().join("payment.key")).unwrap();
    let secret = key.lines().last().unwrap();
    assert!(secret.len() > 30 && !log.contains(secret) && !first.contains(secret));
}

#[test]
fn the_provider_is_reached_over_tls_by_the_authority_that_was_named_and_no_other() {
    for (named, authority, reached) in [
        ("localhost", "ca/ca.pem", true),
        ("elsewhere.example", "ca/ca.pem", false),
        ("localhost", "other/ca.pem", false),
    ] {
        let mut server = Server::start();
        let provider = over_tls(&server, named);
        let other = server.folder.path().join("other");
        let arguments = ["ca", "init", "--name", "Other", "--dir"];
        let output = common::server::program()
            .args(arguments)
            .arg(other)
            .output()
            .unwrap();
        assert!(output.status.success());
        let config = provider
            .config("east")
            .replace("http://127.0.0.1", "https://localhost");
        let text = std::fs::read_to_string(server.config()).unwrap();
        std::fs::write(
            server.config(),
            format!("{text}{config}ca = \"{authority}\"\n"),
        )
        .unwrap();
        server.say(&["init"]);
        provider::register(&provider, &server.folder.path().join("payment.key"));
        server.kill();
        server.resume();
        let mut terminal = Terminal::enrolled(&server, "K1");
        let body = for_sale("p").to_string();
        let (status, text) = terminal.call(&server, "/api/v1/payments", body.as_bytes());
        let state = if reached {
            "\"waiting\""
        } else {
            "\"created\""
        };
        assert!(
            status == 200 && text.contains(state),
            "{named} {authority}: {text}"
        );
        assert_eq!(provider.count(Op::Create), usize::from(reached));
    }
}

#[test]
fn a_payment_that_makes_no_sense_is_refused_in_plain_words() {
    let mut bench = Bench::new();
    for (field, value, words) in [
        ("amount", json!("0.00"), "above zero"),
        ("amount", json!("1000000000.00"), "at most"),
        ("description", json!(""), "1 to 64 characters"),
        ("description", json!("a\nb"), "1 to 64 characters"),
        ("valid_seconds", json!(5), "30 to 900"),
        ("payment", json!("no such id"), "1 to 64 letters"),
        ("account", json!("A"), "either sale and meter, or account"),
        ("colour", json!("red"), "unknown field"),
    ] {
        let mut body = for_sale("p");
        body[field] = value;
        let (status, answer) = bench.say("", &body);
        assert!([400, 422].contains(&status), "{answer}");
        assert!(
            answer["message"].as_str().unwrap().contains(words),
            "{answer}"
        );
    }
    let mut body = for_wallet("p");
    body["account"] = json!("X");
    assert_eq!(bench.say("", &body).1["code"], "no_account");
    assert_eq!(bench.provider.count(Op::Create), 0);
}
