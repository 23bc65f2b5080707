//! Accounts in the back office: opened, corrected, handed over, closed; meters put up, replaced and taken down with money in them.

mod common;

use common::books::{Books, book};
use common::browser::{Browser, Page};
use common::server::Server;

const OWN: &str = "four plain words together";

fn comes(server: &Server, name: &str, role: &str) -> Browser {
    let one_time = server.say(&["person", "--tenant", "east", "--name", name, "--role", role]);
    let mut browser = Browser::new(server);
    browser.comes_in_first(name, &one_time, OWN);
    browser
}

/// Account A of Wang with one meter, opened by a clerk through the pages.
fn opened() -> (Server, Browser) {
    let server = Server::start();
    let mut clerk = comes(&server, "Lin", "clerk");
    let page = clerk.get("/new-account");
    let fields = [
        ("account", "A"),
        ("district", "north"),
        ("name", "Wang"),
        ("place", "3-1201"),
    ];
    let page = clerk.send(&page, "/accounts", &fields);
    assert!(page.text.contains("It is done."), "{page:?}");
    let page = clerk.get("/accounts/A/meter");
    let page = clerk.send(&page, "/accounts/A/meter", &meter("1001", "260305510012"));
    assert!(page.text.contains("/meters/1001"), "{page:?}");
    (server, clerk)
}

fn meter<'m>(number: &'m str, address: &'m str) -> Vec<(&'m str, &'m str)> {
    vec![
        ("new", "1"),
        ("number", number),
        ("utility", "electricity"),
        ("profile", "dlt645-plain"),
        ("address", address),
        ("segment", "1"),
        ("low_balance", "20"),
    ]
}

fn down(browser: &mut Browser, balance: &str, new: (&str, &str)) -> Page {
    let page = browser.get("/accounts/A/meter?meter=1001");
    let fields = [
        ("meter", "1001"),
        ("reading", "1234.5 kWh"),
        ("balance", balance),
        ("new_number", new.0),
        ("new_address", new.1),
        ("reason", "the display is dark"),
    ];
    browser.send(&page, "/accounts/A/meter-down", &fields)
}

#[test]
fn what_is_corrected_stands_in_the_history_with_who_did_it() {
    let (server, mut clerk) = opened();
    let page = clerk.get("/accounts/A");
    let fields = [
        ("district", "north"),
        ("name", "Wang Li"),
        ("place", "3-1202"),
    ];
    let page = clerk.send(&page, "/accounts/A", &fields);
    for said in [
        "<td>Lin</td><td>name</td><td>Wang</td><td>Wang Li</td>",
        "3-1202",
    ] {
        assert!(page.text.contains(said), "{said}: {page:?}");
    }
    // The meter stayed, and terminals are told.
    assert!(page.text.contains("/meters/1001"));
    let again = clerk.send(&page, "/accounts/A", &fields);
    let lines = |page: &Page| page.text.matches("<td>name</td>").count();
    assert_eq!(lines(&again), lines(&page), "nothing became different");
    let number = clerk.get("/new-account");
    let taken = clerk.send(
        &number,
        "/accounts",
        &[
            ("account", "A"),
            ("district", "north"),
            ("name", ""),
            ("place", ""),
        ],
    );
    assert!(taken.text.contains("choose another"), "{taken:?}");
    let trail = "SELECT string_agg(act, ' ' ORDER BY id) FROM audit WHERE act LIKE 'account.%'";
    assert_eq!(
        server.database.sql(trail),
        "account.open account.correct account.correct account.open"
    );
}

#[test]
fn a_meter_that_makes_no_sense_or_is_anothers_is_refused_and_nothing_changes() {
    let (server, mut clerk) = opened();
    server.database.sql(
        "INSERT INTO account (tenant, account, district, changed) VALUES ('east', 'B', 'north', 1); \
         INSERT INTO meter (tenant, number, account, utility, profile, address, segment) VALUES ('east', '2002', 'B', 'water', 'p', 'a', 1)",
    );
    let page = clerk.get("/accounts/A/meter");
    for (number, address, why) in [
        ("1001", "260305510012", "already"),
        ("2002", "260305510013", "belongs to another account"),
        ("12", "260305510012", "4 to 14 digits"),
        ("1003", "77", "12 digits"),
    ] {
        let page = clerk.send(&page, "/accounts/A/meter", &meter(number, address));
        assert!(
            page.status == 422 && page.text.contains(why),
            "{number}: {page:?}"
        );
    }
    assert_eq!(server.database.sql("SELECT count(*) FROM meter"), "2");
}

#[test]
fn money_left_in_a_meter_comes_into_the_wallet_once_when_another_has_agreed() {
    let (server, mut clerk) = opened();
    let _books = Books(&server.database);
    let page = down(&mut clerk, "12.50", ("1009", "260305510019"));
    assert!(
        page.text.contains("/meters/1009") && !page.text.contains("/meters/1001"),
        "{page:?}"
    );
    assert_eq!(book(&server.database, "wallet"), 0, "nobody has agreed yet");
    let id = server.database.sql("SELECT removal FROM meter_removal");

    // Whoever asked cannot decide, also as a manager.
    server
        .database
        .sql("UPDATE staff SET role = 'manager' WHERE name = 'Lin'");
    let page = clerk.get("/requests");
    assert!(!page.text.contains("Approve"), "{page:?}");
    let form = common::browser::between(&page.text, "name=\"form\" value=\"", "\"").to_owned();
    let action = format!("/meter-returns/{id}");
    let own = clerk.post(
        &action,
        &[("form".into(), form), ("approved".into(), "true".into())],
    );
    assert!(
        own.status == 403 && own.text.contains("another manager"),
        "{own:?}"
    );

    let mut manager = comes(&server, "Mia", "manager");
    let page = manager.get("/requests");
    assert!(
        page.text.contains("12.50") && page.text.contains("1234.5 kWh"),
        "{page:?}"
    );
    let done = manager.send(&page, &action, &[("approved", "true")]);
    assert!(done.text.contains("It is done."), "{done:?}");
    assert_eq!(book(&server.database, "wallet"), -1_250);
    assert_eq!(book(&server.database, "meters"), 1_250);
    let again = manager.send(&page, &action, &[("approved", "true")]);
    assert_eq!(again.status, 409, "{again:?}");
    assert_eq!(book(&server.database, "wallet"), -1_250);
}

#[test]
fn an_account_is_closed_when_nothing_of_it_is_open_and_its_names_are_forgotten() {
    let (server, mut clerk) = opened();
    let _books = Books(&server.database);
    let mut manager = comes(&server, "Mia", "manager");
    let close = |manager: &mut Browser| {
        let page = manager.get("/accounts/A");
        manager.send(&page, "/accounts/A/close", &[])
    };
    let page = close(&mut manager);
    assert!(page.text.contains("take its meters down first"), "{page:?}");
    down(&mut clerk, "0", ("", ""));
    let page = clerk.get("/accounts/A");
    clerk.send(
        &page,
        "/accounts/A/top-ups",
        &[("amount", "5"), ("means", "cash")],
    );
    let page = close(&mut manager);
    assert!(page.text.contains("its wallet holds money"), "{page:?}");

    // Paid out: the clerk asks, the manager agrees.
    let page = clerk.get("/accounts/A");
    let journal = server
        .database
        .sql("SELECT max(journal) FROM posting_journal");
    let fields = [
        ("journal", journal.as_str()),
        ("amount", "5"),
        ("via", "desk"),
        ("reason", "moves away"),
    ];
    let page = clerk.send(&page, "/requests", &fields);
    assert!(page.text.contains("moves away"), "{page:?}");
    let id = server.database.sql("SELECT reversal FROM reversal");
    let page = manager.get("/requests");
    manager.send(&page, &format!("/requests/{id}"), &[("approved", "true")]);
    assert_eq!(book(&server.database, "desk"), 0);

    let page = close(&mut manager);
    assert!(page.text.contains("It is done."), "{page:?}");
    let page = manager.get("/accounts/A");
    assert!(page.text.contains("is closed"), "{page:?}");
    let kept = server.database.sql("SELECT string_agg(coalesce(before::text, '') || coalesce(after::text, ''), '') FROM account_history");
    for word in ["Wang", "1201"] {
        assert_eq!(server.database.traces(word), [""; 0], "{word} is nowhere");
        for file in ["/account-export?format=csv", "/reports/balances?format=csv"] {
            let page = manager.get(file);
            assert!(page.status == 200 && !page.text.contains(word), "{page:?}");
        }
    }
    assert!(
        kept.contains("1001") && !kept.contains("Wang") && !kept.contains("1201"),
        "{kept}"
    );
    assert!(!page.text.contains("Wang"), "{page:?}");
}

#[test]
fn another_holder_gets_none_of_the_old_ones_cards_and_no_money_unasked() {
    let (server, mut clerk) = opened();
    server.database.sql("INSERT INTO card (tenant, number, account, state) VALUES ('east', 'C1', 'A', 'issued'), ('east', 'C2', 'A', 'reclaimed')");
    let page = clerk.get("/accounts/A");
    clerk.send(
        &page,
        "/accounts/A/top-ups",
        &[("amount", "5"), ("means", "cash")],
    );
    let page = clerk.get("/accounts/A");
    let refused = clerk.send(&page, "/accounts/A/holder", &[("name", "Zhao")]);
    assert!(refused.text.contains("5.00"), "{refused:?}");
    let states = "SELECT string_agg(state, ' ' ORDER BY number) FROM card";
    assert_eq!(server.database.sql(states), "issued reclaimed");
    let done = clerk.send(
        &page,
        "/accounts/A/holder",
        &[("name", "Zhao"), ("with_money", "1")],
    );
    assert!(done.text.contains("Zhao"), "{done:?}");
    assert_eq!(server.database.sql(states), "revoked reclaimed");
    let told = "SELECT count(*) FROM bulletin WHERE kind LIKE '%deny%'";
    assert_eq!(server.database.sql(told), "1", "terminals hear of it");
}

#[test]
fn a_receipt_is_there_again_whenever_it_is_asked_for_and_says_what_was_given_back() {
    let (server, mut clerk) = opened();
    let page = clerk.get("/accounts/A");
    let fields = [
        ("amount", "50"),
        ("means", "transfer"),
        ("reference", "B-77"),
    ];
    let page = clerk.send(&page, "/accounts/A/top-ups", &fields);
    for said in ["Receipt", "50.00", "B-77", "Wang", "3-1201", "Lin"] {
        assert!(page.text.contains(said), "{said}: {page:?}");
    }
    let journal = server
        .database
        .sql("SELECT max(journal) FROM posting_journal");
    let page = clerk.get(&format!("/receipts/{journal}"));
    assert!(
        page.text.contains("50.00") && !page.text.contains("Given back"),
        "{page:?}"
    );
    assert_eq!(clerk.get("/receipts/999999").status, 404);
    assert_eq!(clerk.get("/receipts/x").status, 400);
}

#[test]
fn what_is_searched_for_is_found_as_it_is_now() {
    let (server, mut clerk) = opened();
    let finds = |clerk: &mut Browser, q: &str| {
        let page = clerk.get(&format!("/accounts?q={q}"));
        page.text.contains("href=\"/accounts/A\"")
    };
    for q in ["wang", "1001", "3-12", "a"] {
        assert!(finds(&mut clerk, q), "{q}");
    }
    let page = clerk.get("/accounts/A");
    let fields = [("district", "north"), ("name", "Zhao"), ("place", "9-9")];
    clerk.send(&page, "/accounts/A", &fields);
    down(&mut clerk, "0", ("1009", "260305510019"));
    server.database.sql(
        "INSERT INTO card (tenant, number, account, state) VALUES ('east', 'C77', 'A', 'issued')",
    );
    for q in ["zhao", "1009", "c77"] {
        assert!(finds(&mut clerk, q), "{q}");
    }
    for q in ["wang", "1001", "3-12"] {
        assert!(!finds(&mut clerk, q), "{q}");
    }
}

#[test]
fn how_an_act_ended_is_written_once() {
    let (server, _clerk) = opened();
    let changed = server.database.sql(
        "SET ROLE meterpost_server; SELECT set_config('meterpost.tenant', 'east', false); \
         WITH tried AS (UPDATE audit SET outcome = 'undone' RETURNING 1) SELECT count(*) FROM tried",
    );
    assert!(changed.ends_with('0'), "{changed}");
}

#[test]
fn a_household_and_a_meters_own_tariff_are_set_and_go_with_the_meter_that_replaces_it() {
    let (server, mut clerk) = opened();
    let set = |clerk: &mut Browser, household: &str, tariff: &str| {
        let page = clerk.get("/accounts/A");
        let fields = [
            ("household", household),
            ("meter", "1001"),
            ("tariff", tariff),
        ];
        clerk.send(&page, "/accounts/A/pricing", &fields)
    };
    let unknown = set(&mut clerk, "4", "shops");
    assert!(
        unknown.status == 422 && unknown.text.contains("activate one first"),
        "{unknown:?}"
    );
    assert_eq!(set(&mut clerk, "0", "").status, 422);
    assert_eq!(
        server.database.sql("SELECT household IS NULL FROM account"),
        "t"
    );
    server.database.sql(
        "SET session_replication_role = replica; \
         INSERT INTO tariff_version (tenant, utility, name, version, valid_from, content, state, drafted_by, activated_by, activated_at) \
             VALUES ('east', 'electricity', 'shops', 1, '2026-01-01', '{}', 'active', 'a', 'b', now())",
    );
    let done = set(&mut clerk, "4", "shops");
    assert!(done.text.contains("It is done."), "{done:?}");
    down(&mut clerk, "0", ("1009", "260305510019"));
    let kept =
        "SELECT household || ' ' || (SELECT number || ' ' || tariff FROM meter) FROM account";
    assert_eq!(server.database.sql(kept), "4 1009 shops");
}
