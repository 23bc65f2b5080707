//! Every page of the back office, asked for by every role and by nobody: who sees and does what is one table here, and a page that is
//! not in it fails the test.

mod common;

use std::collections::BTreeSet;

use common::browser::{Browser, between};
use common::server::Server;

const OWN: &str = "four plain words together";
const ROLES: [&str; 5] = [
    "manager",
    "clerk",
    "maintenance",
    "auditor",
    "administrator",
];

/// Method, route, an address of it, a form that makes sense as far as its shape goes, and the roles by their first letters: **m**anager,
/// **c**lerk, main**t**enance, **a**uditor, a**d**ministrator.
const PAGES: &[(&str, &str, &str, &str, &str)] = &[
    ("GET", "/", "/", "", "mctad"),
    ("GET", "/accounts", "/accounts?q=A", "", "mcad"),
    (
        "POST",
        "/accounts",
        "/accounts",
        "account=N1&district=north&name=&place=",
        "mc",
    ),
    ("GET", "/new-account", "/new-account", "", "mc"),
    (
        "GET",
        "/account-export",
        "/account-export?format=csv",
        "",
        "mcad",
    ),
    ("GET", "/account-import", "/account-import", "", "mc"),
    (
        "POST",
        "/account-import",
        "/account-import",
        MULTIPART,
        "mc",
    ),
    (
        "POST",
        "/account-import/apply",
        "/account-import/apply",
        "text=account",
        "mc",
    ),
    ("GET", "/accounts/{account}", "/accounts/A", "", "mcad"),
    (
        "POST",
        "/accounts/{account}",
        "/accounts/A",
        "district=north&name=x&place=y",
        "mc",
    ),
    (
        "POST",
        "/accounts/{account}/pricing",
        "/accounts/A/pricing",
        "household=3",
        "mc",
    ),
    (
        "POST",
        "/accounts/{account}/holder",
        "/accounts/A/holder",
        "name=New",
        "mc",
    ),
    (
        "POST",
        "/accounts/{account}/close",
        "/accounts/A/close",
        "",
        "m",
    ),
    (
        "GET",
        "/accounts/{account}/meter",
        "/accounts/A/meter",
        "",
        "mc",
    ),
    (
        "POST",
        "/accounts/{account}/meter",
        "/accounts/A/meter",
        "number=1001&utility=water&profile=p&address=1&segment=1",
        "mc",
    ),
    (
        "POST",
        "/accounts/{account}/meter-down",
        "/accounts/A/meter-down",
        "id=x&meter=1&reading=1&balance=0&reason=none",
        "mc",
    ),
    (
        "POST",
        "/accounts/{account}/top-ups",
        "/accounts/A/top-ups",
        "id=x&amount=5&means=cash",
        "mc",
    ),
    ("GET", "/receipts/{journal}", "/receipts/1", "", "mcad"),
    ("GET", "/cards", "/cards", "", "mca"),
    ("POST", "/cards", "/cards", "account=A&terminal=k1", "mc"),
    ("GET", "/cards/{number}", "/cards/C1", "", "mca"),
    ("POST", "/cards/{number}", "/cards/C1", "act=lost", "mc"),
    (
        "POST",
        "/cards/{number}/replace",
        "/cards/C1/replace",
        "terminal=k1",
        "mc",
    ),
    ("GET", "/requests", "/requests", "", "mca"),
    (
        "POST",
        "/requests",
        "/requests",
        "id=x&journal=1&amount=1&via=desk&reason=why",
        "mc",
    ),
    (
        "POST",
        "/requests/{id}",
        "/requests/x",
        "approved=true",
        "m",
    ),
    (
        "POST",
        "/meter-returns/{id}",
        "/meter-returns/x",
        "approved=true",
        "m",
    ),
    ("GET", "/terminals/{terminal}", "/terminals/k1", "", "mta"),
    (
        "POST",
        "/terminals/{terminal}/commands",
        "/terminals/k1/commands",
        "command=unlock",
        "mt",
    ),
    (
        "POST",
        "/terminals/{terminal}/service-code",
        "/terminals/k1/service-code",
        "",
        "mt",
    ),
    (
        "POST",
        "/terminals/{terminal}/cancel",
        "/terminals/k1/cancel",
        "version=1",
        "mt",
    ),
    (
        "GET",
        "/terminals/{terminal}/commands/{version}/log",
        "/terminals/k1/commands/1/log",
        "",
        "mta",
    ),
    (
        "GET",
        "/terminals/{terminal}/parameters",
        "/terminals/k1/parameters",
        "",
        "mta",
    ),
    (
        "POST",
        "/terminals/{terminal}/parameters",
        "/terminals/k1/parameters",
        "whose=one",
        "m",
    ),
    ("GET", "/meters/{meter}", "/meters/260305510012", "", "mcta"),
    (
        "POST",
        "/meters/{meter}/orders",
        "/meters/260305510012/orders",
        "id=x&kind=read",
        "mt",
    ),
    ("GET", "/concentrators", "/concentrators", "", "mta"),
    (
        "GET",
        "/concentrators/{area}/{address}",
        "/concentrators/1/1",
        "",
        "mta",
    ),
    ("GET", "/alerts", "/alerts", "", "mta"),
    ("POST", "/alerts/{id}", "/alerts/1", "", "mt"),
    (
        "POST",
        "/events",
        "/events",
        "area=1&address=1&code=1&at=2026-11-01T00:00:00&detail=00",
        "mt",
    ),
    ("GET", "/enrolments", "/enrolments", "", "mta"),
    (
        "POST",
        "/enrolments",
        "/enrolments",
        "terminal=k1&code=x&approved=true",
        "m",
    ),
    ("GET", "/conflicts", "/conflicts", "", "ma"),
    ("GET", "/people", "/people", "", "mad"),
    ("POST", "/people", "/people", "name=X&role=clerk", "d"),
    (
        "POST",
        "/people/role",
        "/people/role",
        "name=X&role=clerk",
        "d",
    ),
    (
        "POST",
        "/people/block",
        "/people/block",
        "name=X&blocked=true",
        "d",
    ),
    (
        "POST",
        "/people/password",
        "/people/password",
        "name=X",
        "d",
    ),
    ("GET", "/reports", "/reports", "", "mcad"),
    ("GET", "/reports/{name}", "/reports/days", "", "mcad"),
    (
        "POST",
        "/reports/losses/mains",
        "/reports/losses/mains",
        "meter=1&main=",
        "m",
    ),
    ("GET", "/new-tariff", "/new-tariff", "", "m"),
    ("POST", "/new-tariff", "/new-tariff", "act=tiers", "m"),
    ("GET", "/tariffs", "/tariffs", "", "mca"),
    (
        "POST",
        "/tariffs",
        "/tariffs",
        "name=x&valid_from=2026-01-01&content={}",
        "m",
    ),
    (
        "GET",
        "/tariffs/{utility}/{name}/{version}",
        "/tariffs/water/x/1",
        "",
        "mca",
    ),
    (
        "POST",
        "/tariffs/{utility}/{name}/{version}",
        "/tariffs/water/x/1",
        "act=ask",
        "m",
    ),
    ("GET", "/settlement", "/settlement", "", "mcta"),
    (
        "POST",
        "/settlement/registers",
        "/settlement/registers",
        "meter=1001&day=2026-01-01&last=1&first=0&reason=none",
        "m",
    ),
    (
        "POST",
        "/settlement/terms",
        "/settlement/terms",
        "warn_first=20&warn_second=5&emergency=0&quiet_from=22&quiet_to=6",
        "m",
    ),
    (
        "POST",
        "/settlement/alarms",
        "/settlement/alarms",
        "utility=water&night_from=02:00&night_to=04:00&leak_nights=3",
        "m",
    ),
    (
        "POST",
        "/settlement/holidays",
        "/settlement/holidays",
        "day=2026-01-01&act=add",
        "m",
    ),
    ("GET", "/trail", "/trail", "", "mad"),
];

/// The form is one with a file.
const MULTIPART: &str = "file";

/// Those that have to do with coming in and going, and what is the same for everybody.
const OPEN: &[&str] = &[
    "/sign-in",
    "/sign-in/code",
    "/sign-in/password",
    "/sign-out",
    "/language",
    "/assets/office.css",
    "/assets/office.js",
    "/assets/icon.svg",
    // Whoever holds a slip.
    "/check",
];

fn letter(role: &str) -> char {
    match role {
        "maintenance" => 't',
        "administrator" => 'd',
        other => other.chars().next().expect("a role"),
    }
}

#[test]
fn the_table_has_every_page_there_is() {
    let mut listed: BTreeSet<&str> = OPEN.iter().copied().collect();
    listed.extend(PAGES.iter().map(|(_, route, ..)| *route));
    let there: BTreeSet<&str> = meterpost_server::office::PAGES.iter().copied().collect();
    assert_eq!(listed, there);
}

#[test]
fn each_role_gets_its_own_pages_and_no_others() {
    let server = Server::start();
    server.database.sql(
        "INSERT INTO account (tenant, account, district, name, place, changed) VALUES ('east', 'A', 'north', 'W', '3-1', 1); \
         INSERT INTO meter (tenant, number, account, utility, profile, address, segment) VALUES ('east', '260305510012', 'A', 'water', 'p', 'a', 0); \
         INSERT INTO card (tenant, number, account, state) VALUES ('east', 'C1', 'A', 'issued')",
    );
    for role in ROLES {
        let one_time = server.say(&["person", "--tenant", "east", "--name", role, "--role", role]);
        let mut browser = Browser::new(&server);
        browser.comes_in_first(role, &one_time, OWN);
        let home = browser.get("/");
        let form = between(&home.text, "name=\"form\" value=\"", "\"").to_owned();
        for (method, _, address, fields, roles) in PAGES {
            // Whether the act itself can be done is for other tests: here it is only let through or not.
            let body = match *method {
                "POST" => format!("form={form}&{fields}"),
                _ => String::new(),
            };
            let page = match *fields {
                MULTIPART => browser.upload(address, &form, b"account,district"),
                _ => browser.once(method, address, &body),
            };
            let said = page.text.contains("Your role does not allow this.");
            let may = roles.contains(letter(role));
            assert_eq!(
                (page.status == 403 && said, page.status >= 500),
                (!may, false),
                "{role} {method} {address}: {page:?}"
            );
        }
    }
}

#[test]
fn nobody_gets_a_page_and_no_form_of_another_session_does_anything() {
    let server = Server::start();
    let mut outside = Browser::new(&server);
    let mut inside = Browser::new(&server);
    let one_time = server.say(&[
        "person", "--tenant", "east", "--name", "M", "--role", "manager",
    ]);
    inside.comes_in_first("M", &one_time, OWN);
    for (method, _, address, fields, roles) in PAGES {
        let page = outside.once(method, address, &format!("form=x&{fields}"));
        let location = page.headers.get("location").map(String::as_str);
        assert_eq!(
            (page.status, location),
            (303, Some("/sign-in")),
            "{address}"
        );
        if *method == "POST" && roles.contains('m') {
            for body in [format!("form=x&{fields}"), (*fields).to_owned()] {
                let page = match *fields {
                    MULTIPART => inside.upload(address, "x", b"account,district"),
                    _ => inside.once(method, address, &body),
                };
                assert_eq!(page.status, 403, "{address}");
                assert!(page.text.contains("not this session"), "{page:?}");
            }
        }
    }
    assert_eq!(server.database.sql("SELECT count(*) FROM account"), "0");
}
