//! Persons, cards, terminals, meters and inboxes in the back office.

mod common;

use common::browser::{Browser, Page};
use common::server::Server;

const OWN: &str = "four plain words together";

fn comes(server: &Server, name: &str, role: &str) -> Browser {
    let one_time = server.say(&["person", "--tenant", "east", "--name", name, "--role", role]);
    let mut browser = Browser::new(server);
    browser.comes_in_first(name, &one_time, OWN);
    browser
}

/// A server with account A, its meter on a concentrator, its card, and terminal k1.
fn district() -> Server {
    let server = Server::start();
    server.database.sql(
        "INSERT INTO account (tenant, account, district, name, place, changed) VALUES ('east', 'A', 'north', 'Wang', '3-1', 1); \
         INSERT INTO meter (tenant, number, account, utility, profile, address, segment) \
             VALUES ('east', '1001', 'A', 'electricity', 'dlt645-plain', '260305510012', 2); \
         INSERT INTO card (tenant, number, account, state) VALUES ('east', 'C1', 'A', 'issued'); \
         INSERT INTO terminal (tenant, terminal, epoch) VALUES ('east', 'k1', 1); \
         INSERT INTO log (tenant, terminal, epoch, memory, version) VALUES ('east', 'k1', 1, '{}', 1); \
         INSERT INTO concentrator (tenant, area, address, certificate) VALUES ('east', 1, 7, 'c1.east.example'); \
         INSERT INTO meter_point (tenant, meter, area, address, point, since) VALUES ('east', '1001', 1, 7, 3, current_date)",
    );
    server
}

fn sends(browser: &mut Browser, page: &str, action: &str, fields: &[(&str, &str)]) -> Page {
    let page = browser.get(page);
    browser.send(&page, action, fields)
}

#[test]
fn a_new_person_comes_in_with_the_password_that_was_shown_once() {
    let server = Server::start();
    let mut ada = comes(&server, "Ada", "administrator");
    let fields = [("name", "Bo"), ("role", "clerk")];
    let page = sends(&mut ada, "/people", "/people", &fields);
    let one_time = common::browser::between(&page.text, "id=\"password\">", "<").to_owned();
    assert!(!ada.get("/people").text.contains(&one_time), "shown once");
    let mut bo = Browser::new(&server);
    bo.comes_in_first("Bo", &one_time, OWN);
    assert_eq!(bo.get("/accounts").status, 200);
    let again = sends(&mut ada, "/people", "/people", &fields);
    assert_eq!(again.status, 409, "{again:?}");
    let nameless = sends(
        &mut ada,
        "/people",
        "/people",
        &[("name", " "), ("role", "clerk")],
    );
    assert_eq!(nameless.status, 422);

    // Another role ends his sessions, and counts at once.
    sends(
        &mut ada,
        "/people",
        "/people/role",
        &[("name", "Bo"), ("role", "maintenance")],
    );
    assert_eq!(bo.get("/accounts").path, "/sign-in");
}

#[test]
fn who_is_blocked_is_out_at_once_by_browser_and_by_token_and_nobody_blocks_himself() {
    let server = Server::start();
    let mut ada = comes(&server, "Ada", "administrator");
    let mut bo = comes(&server, "Bo", "clerk");
    // Mia has a token of a program.
    let (status, _) = server.call("GET", "/api/v1/cards", Some(&server.manager), None);
    assert_eq!(status, 200);
    for name in ["Bo", "Mia"] {
        let page = sends(
            &mut ada,
            "/people",
            "/people/block",
            &[("name", name), ("blocked", "true")],
        );
        assert!(page.text.contains("It is done."), "{page:?}");
    }
    assert_eq!(bo.get("/").path, "/sign-in");
    let (status, _) = server.call("GET", "/api/v1/cards", Some(&server.manager), None);
    assert_eq!(status, 401);
    let fields = [("tenant", "east"), ("name", "Bo"), ("password", OWN)];
    let page = sends(&mut bo, "/sign-in", "/sign-in", &fields);
    assert!(
        page.text.contains("is wrong"),
        "as if there were none: {page:?}"
    );
    let own = sends(
        &mut ada,
        "/people",
        "/people/block",
        &[("name", "Ada"), ("blocked", "true")],
    );
    assert_eq!(own.status, 403, "{own:?}");
    let nobody = sends(
        &mut ada,
        "/people",
        "/people/role",
        &[("name", "X"), ("role", "clerk")],
    );
    assert_eq!(nobody.status, 404);
    sends(
        &mut ada,
        "/people",
        "/people/block",
        &[("name", "Bo"), ("blocked", "false")],
    );
    let page = sends(&mut bo, "/sign-in", "/sign-in", &fields);
    assert!(page.text.contains("authenticator"), "{page:?}");
}

#[test]
fn a_card_goes_through_its_life_and_a_staff_card_is_a_managers() {
    let server = district();
    let mut clerk = comes(&server, "Lin", "clerk");
    let first = clerk.get("/cards/C1");
    let state = "SELECT state FROM card WHERE number = 'C1'";
    for (act, after) in [
        ("lost", "lost"),
        ("found", "issued"),
        ("revoke", "revoked"),
        ("reclaim", "reclaimed"),
    ] {
        let page = sends(&mut clerk, "/cards/C1", "/cards/C1", &[("act", act)]);
        assert!(page.text.contains("It is done."), "{act}: {page:?}");
        assert_eq!(server.database.sql(state), after);
    }
    // The page offers it no more; an older one still does.
    let page = clerk.send(&first, "/cards/C1", &[("act", "found")]);
    assert_eq!(page.status, 409, "{page:?}");
    assert!(
        clerk.get("/cards/C1").text.contains("card.reclaim"),
        "its history"
    );
    let ordered = sends(
        &mut clerk,
        "/cards",
        "/cards",
        &[("account", "A"), ("terminal", "k1")],
    );
    assert!(ordered.text.contains("It is done."), "{ordered:?}");
    assert_eq!(server.database.sql("SELECT count(*) FROM card_job"), "1");
    let staff = [("account", ""), ("kind", "maintenance"), ("terminal", "k1")];
    assert_eq!(sends(&mut clerk, "/cards", "/cards", &staff).status, 403);
    let mut manager = comes(&server, "Meg", "manager");
    assert_eq!(sends(&mut manager, "/cards", "/cards", &staff).status, 200);
    let found = clerk.get("/cards?q=C1");
    assert!(found.text.contains("/cards/C1"), "{found:?}");
}

#[test]
fn a_command_waits_for_its_terminal_and_can_be_taken_back() {
    let server = district();
    let mut kim = comes(&server, "Kim", "maintenance");
    let page = sends(
        &mut kim,
        "/terminals/k1",
        "/terminals/k1/commands",
        &[("command", "lock"), ("with", "the door is open")],
    );
    assert!(page.text.contains("the door is open"), "{page:?}");
    let waiting = kim.get("/terminals/k1");
    let cancel = "/terminals/k1/cancel";
    let page = kim.send(&waiting, cancel, &[("version", "1")]);
    assert!(page.text.contains("taken back"), "{page:?}");
    let page = kim.send(&waiting, cancel, &[("version", "1")]);
    assert_eq!(page.status, 409);
    let update = [("command", "update"), ("with", "2.0")];
    let page = sends(&mut kim, "/terminals/k1", "/terminals/k1/commands", &update);
    assert_eq!(page.status, 403, "software is a manager's");
    assert_eq!(kim.get("/terminals/nowhere").status, 404);
}

#[test]
fn the_one_time_code_of_a_terminal_is_shown_to_maintenance_and_whoever_asked_is_in_the_trail() {
    let server = district();
    let mut kim = comes(&server, "Kim", "maintenance");
    let action = "/terminals/k1/service-code";
    let page = sends(&mut kim, "/terminals/k1", action, &[]);
    let code = common::browser::between(&page.text, "id=\"service-code\">", "<").to_owned();
    assert!(
        code.len() == 8 && code.bytes().all(|b| b.is_ascii_digit()),
        "{page:?}"
    );
    let trail = "SELECT actor || ' ' || object || ' ' || outcome FROM audit WHERE act = 'terminal.service_code'";
    assert_eq!(server.database.sql(trail), "Kim k1 done");
    let sealed = "SELECT octet_length(sealed) FROM service_secret WHERE terminal = 'k1'";
    assert_eq!(server.database.sql(sealed), "48", "20 bytes, sealed");
    let mut lin = comes(&server, "Lin", "auditor");
    let page = lin.get("/terminals/k1");
    assert!(!page.text.contains(action), "an auditor sees no button");
}

#[test]
fn a_meter_is_ordered_once_and_nobody_is_cut_off_by_a_slip_of_the_finger() {
    let server = district();
    let mut manager = comes(&server, "Meg", "manager");
    let page = manager.get("/meters/1001");
    let action = "/meters/1001/orders";
    let read = manager.send(&page, action, &[("kind", "read")]);
    assert!(read.text.contains("data-renews=\"5\""), "{read:?}");
    manager.send(&page, action, &[("kind", "read")]);
    assert_eq!(server.database.sql("SELECT count(*) FROM meter_order"), "1");
    let page = manager.get("/meters/1001");
    let unsure = manager.send(&page, action, &[("kind", "off")]);
    assert!(
        unsure.status == 422 && unsure.text.contains("tick the box"),
        "{unsure:?}"
    );
    let mut kim = comes(&server, "Kim", "maintenance");
    let page = kim.get("/meters/1001");
    assert!(
        page.text.contains("Read it now") && !page.text.contains("value=\"off\""),
        "{page:?}"
    );
    assert_eq!(
        kim.send(&page, action, &[("kind", "off"), ("sure", "1")])
            .status,
        403
    );
}

#[test]
fn a_meters_clock_is_ordered_to_be_checked_and_the_drift_is_told_in_words() {
    let server = district();
    let mut kim = comes(&server, "Kim", "maintenance");
    let action = "/meters/1001/orders";
    let page = kim.get("/meters/1001");
    assert!(page.text.contains("value=\"clock\""), "{page:?}");
    let page = kim.send(&page, action, &[("kind", "clock")]);
    assert!(page.text.contains("data-renews=\"5\""), "{page:?}");
    server.database.sql(
        "UPDATE meter_order SET state = 'applied', session = 1, sent_at = now(), ended_at = now(), \
         result = '{\"clock\": \"2026-11-24 12:00:07\", \"ahead\": -41, \"within\": 2}'",
    );
    let page = kim.get("/meters/1001");
    // The order's moment is that of the tenant's zone, and the page says how far that is ahead.
    assert!(page.text.contains("+08:00"), "{page:?}");
    server.say(&["tenant", "east", "--zone", "UTC"]);
    assert!(kim.get("/meters/1001").text.contains(" UTC<"));
    let told = "slow by 41 s (± 2 s), it showed 2026-11-24 12:00:07";
    assert!(page.text.contains(told), "{page:?}");
    kim.send(&page, action, &[("kind", "set_clock")]);
    let kinds = "SELECT string_agg(kind || ' ' || ordered_by, ', ' ORDER BY seq) FROM meter_order";
    assert_eq!(server.database.sql(kinds), "clock Kim, set_clock Kim");
    let mut clara = comes(&server, "Clara", "clerk");
    let page = clara.get("/meters/1001");
    assert!(!page.text.contains("value=\"clock\""), "{page:?}");
    server.database.sql(
        "UPDATE meter SET profile = 'mbus-heat', billing = 'on_account' WHERE number = '1001'",
    );
    let page = kim.get("/meters/1001");
    assert!(
        page.text.contains("tells no time over the wire") && !page.text.contains("value=\"clock\""),
        "{page:?}"
    );
}

#[test]
fn what_was_used_is_drawn_and_a_missing_day_is_not_guessed() {
    let server = district();
    server
        .database
        .sql("UPDATE meter_point SET read_at = now()");
    server.database.sql(
        "SELECT reading_partitions(0); INSERT INTO reading (tenant, meter, kind, at, unit, value, places, detail) \
         SELECT 'east', '1001', 'day', current_date - d, 'kWh', 10000 - d * 125, 2, '{}' FROM unnest(ARRAY[1, 2, 3, 6, 7]) d; \
         INSERT INTO meter_period (tenant, meter, kind, first, state, asked) VALUES ('east', '1001', 'day', current_date - 4, 'missing', 3)",
    );
    let mut kim = comes(&server, "Kim", "maintenance");
    let page = kim.get("/meters/1001");
    assert_eq!(page.text.matches("class=\"bar\"").count(), 3, "{page:?}");
    assert!(page.text.contains("1.25 kWh"), "{page:?}");
    let page = kim.get("/concentrators");
    assert!(
        page.text.contains("missing") && page.text.contains("/concentrators/1/7"),
        "{page:?}"
    );
    let page = kim.get("/concentrators/1/7");
    assert!(
        page.text.contains("Segment 2") && page.text.contains("/meters/1001"),
        "{page:?}"
    );
    assert!(
        !page.text.contains(">lost<"),
        "it was heard of just now: {page:?}"
    );
    server
        .database
        .sql("UPDATE meter_point SET read_at = now() - interval '2 days'");
    assert!(kim.get("/concentrators/1/7").text.contains(">lost<"));
    assert_eq!(kim.get("/concentrators/1/8").status, 404);
}

#[test]
fn alerts_and_events_are_taken_up_once() {
    let server = district();
    server.database.sql(
        "INSERT INTO alert (tenant, terminal, kind, words, since) VALUES ('east', 'k1', 'paper', 'no paper', now()); \
         INSERT INTO concentrator_event (tenant, area, address, code, at, detail, meter, important) \
             VALUES ('east', 1, 7, 203, localtimestamp, '\\x0102', '1001', true)",
    );
    let mut kim = comes(&server, "Kim", "maintenance");
    let page = kim.get("/alerts");
    assert!(
        page.text.contains("no paper") && page.text.contains("tampered"),
        "{page:?}"
    );
    let id = server.database.sql("SELECT id FROM alert");
    let page = kim.send(&page, &format!("/alerts/{id}"), &[]);
    let hidden = |name: &str| {
        let begins = format!("name=\"{name}\" value=\"");
        let form = page
            .text
            .split_once("action=\"/events\"")
            .expect("a form")
            .1;
        common::browser::between(form, &begins, "\"").to_owned()
    };
    let fields = ["area", "address", "code", "at", "detail"].map(|name| (name, hidden(name)));
    let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (*n, v.as_str())).collect();
    let done = kim.send(&page, "/events", &fields);
    assert!(!done.text.contains("Take it up"), "{done:?}");
    assert_eq!(kim.send(&page, "/events", &fields).status, 409);
    let by = "SELECT (SELECT taken_by FROM alert) || (SELECT taken_by FROM concentrator_event)";
    assert_eq!(server.database.sql(by), "KimKim");
}

#[test]
fn the_trail_shows_who_did_what_and_what_was_cut_off() {
    let server = district();
    server.database.sql("INSERT INTO audit (tenant, actor, act, object) VALUES ('east', 'Lin', 'wallet.top_up', 'A 50.00')");
    let mut auditor = comes(&server, "Au", "auditor");
    let page = auditor.get("/trail?actor=Lin&object=A");
    assert!(
        page.text.contains("cut off") && page.text.contains("A 50.00"),
        "{page:?}"
    );
    assert!(!auditor.get("/trail?actor=Nobody").text.contains("A 50.00"));
}

#[test]
fn parameters_go_to_one_terminal_or_all_and_what_makes_no_sense_goes_to_none() {
    let server = district();
    let mut manager = comes(&server, "Meg", "manager");
    let action = "/terminals/k1/parameters";
    let fields = [
        ("whose", "one"),
        ("place", "North Water"),
        ("highest_sale", "500"),
        ("amounts", "10 20 50.00"),
        ("idle", "60"),
    ];
    let page = sends(&mut manager, action, action, &fields);
    assert!(page.text.contains("value=\"North Water\""), "{page:?}");
    let told =
        "SELECT terminal || ' ' || content::text FROM bulletin WHERE kind LIKE '%parameters%'";
    let first = server.database.sql(told);
    assert!(
        first.starts_with("k1 ") && first.contains("50.00") && !first.contains("phone"),
        "{first}"
    );
    for (name, value) in [
        ("amounts", "50 20"),
        ("idle", "1"),
        ("highest_sale", "much"),
    ] {
        let page = sends(
            &mut manager,
            action,
            action,
            &[("whose", "all"), (name, value)],
        );
        assert_eq!(page.status, 422, "{name}: {page:?}");
    }
    assert_eq!(
        server
            .database
            .sql("SELECT count(*) FROM bulletin WHERE kind LIKE '%parameters%'"),
        "1"
    );
}
