//! The back office, as a browser sees it: coming in, who may see what, and money paid in at the counter.

mod common;

use common::books::{Books, book};
use common::browser::{Browser, Page, code};
use common::server::Server;

const OWN: &str = "four plain words together";

fn person(server: &Server, name: &str, role: &str) -> String {
    server.say(&["person", "--tenant", "east", "--name", name, "--role", role])
}

/// A server with account A, whose meter is MA, and a person of this role who is in.
fn office(role: &str) -> (Server, Browser) {
    let server = Server::start();
    server.database.sql(
        "INSERT INTO account (tenant, account, district, name, place, changed) VALUES ('east', 'A', 'north', '王小明', '3栋1201', 1); \
         INSERT INTO meter (tenant, number, account, utility, profile, address, segment) VALUES ('east', '260305510012', 'A', 'water', 'p', 'a', 0)",
    );
    let mut browser = Browser::new(&server);
    let one_time = person(&server, "Lin", role);
    browser.comes_in_first("Lin", &one_time, OWN);
    (server, browser)
}

fn sign_in(browser: &mut Browser, name: &str, password: &str) -> Page {
    let page = browser.get("/sign-in");
    let fields = [("tenant", "east"), ("name", name), ("password", password)];
    browser.send(&page, "/sign-in", &fields)
}

#[test]
fn the_first_sign_in_sets_up_the_second_factor_and_an_own_password() {
    let server = Server::start();
    let one_time = person(&server, "Lin", "clerk");
    let mut browser = Browser::new(&server);
    let (secret, taken) = browser.comes_in_first("Lin", &one_time, OWN);
    // Nothing of it is readable in the database.
    let dump = server
        .database
        .sql("SELECT password, encode(totp, 'escape') FROM staff_secret");
    assert!(
        dump.starts_with("$argon2id$") && !dump.contains(&secret),
        "{dump}"
    );
    let session = browser.session().expect("a session").to_owned();
    let kept = server
        .database
        .sql("SELECT encode(hash, 'hex') FROM staff_session");
    assert!(!kept.contains(session.split_once('.').unwrap().1), "{kept}");

    let mut next = Browser::new(&server);
    assert!(
        sign_in(&mut next, "Lin", &one_time)
            .text
            .contains("is wrong"),
        "used up"
    );
    let page = sign_in(&mut next, "Lin", OWN);
    assert!(page.text.contains("authenticator"), "{page:?}");
    // The code that was taken is not taken again; the next one is.
    let again = next.send(&page, "/sign-in/code", &[("code", &taken)]);
    assert!(again.text.contains("is wrong"), "{again:?}");
    let before = next.session().unwrap().to_owned();
    let page = next.send(&again, "/sign-in/code", &[("code", &code(&secret, 1))]);
    assert_eq!((page.status, page.path.as_str()), (200, "/"), "{page:?}");
    assert_ne!(
        next.session().unwrap(),
        before,
        "another session than before"
    );

    // Each step is in the trail, the wrong ones too.
    let trail = "SELECT string_agg(act || ' ' || outcome, ', ' ORDER BY id) FROM audit WHERE act LIKE 'sign_in%'";
    assert_eq!(
        server.database.sql(trail),
        "sign_in done, sign_in.password wrong, sign_in.code wrong, sign_in done"
    );

    // Leaving ends it on both sides.
    let session = next.session().unwrap().to_owned();
    next.send(&page, "/sign-out", &[]);
    assert_eq!(next.session(), None);
    next.set_session(&session);
    assert_eq!(next.get("/").path, "/sign-in");
}

#[test]
fn a_stranger_learns_nothing_and_is_slowed_down() {
    let server = Server::start();
    person(&server, "Lin", "clerk");
    let mut browser = Browser::new(&server);
    let unknown = sign_in(&mut browser, "Nobody", "whatever it is");
    let wrong = sign_in(&mut browser, "Lin", "whatever it is");
    let said = |page: &Page| page.text.replace("Nobody", "Lin");
    assert_eq!(said(&unknown), said(&wrong), "the same words");
    for _ in 0..4 {
        sign_in(&mut browser, "Lin", "whatever it is");
    }
    let page = sign_in(&mut browser, "Lin", "whatever it is");
    assert!(page.text.contains("Too many wrong tries"), "{page:?}");
    assert_eq!(browser.session(), None);
}

#[test]
fn nothing_is_seen_before_somebody_is_in() {
    let server = Server::start();
    let one_time = person(&server, "Lin", "manager");
    let mut outside = Browser::new(&server);
    let mut halfway = Browser::new(&server);
    sign_in(&mut halfway, "Lin", &one_time);
    assert!(halfway.session().is_some());
    let mut forged = Browser::new(&server);
    forged.set_session("east.AAAA");
    let mut other = Browser::new(&server);
    other.set_session("west.AAAA");
    for browser in [&mut outside, &mut halfway, &mut forged, &mut other] {
        for (method, path) in [
            ("GET", "/"),
            ("GET", "/accounts"),
            ("GET", "/accounts/A"),
            ("POST", "/accounts/A/top-ups"),
            ("GET", "/tariffs"),
            ("POST", "/tariffs"),
            ("POST", "/tariffs/water/default/1"),
            ("GET", "/settlement"),
            ("POST", "/settlement/registers"),
            ("POST", "/settlement/terms"),
            ("POST", "/settlement/holidays"),
        ] {
            let page = browser.once(method, path, "");
            assert_eq!(
                (page.status, page.headers["location"].as_str()),
                (303, "/sign-in"),
                "{method} {path}"
            );
        }
    }
}

#[test]
fn each_role_sees_and_does_what_is_its_own() {
    for (role, sees, takes) in [
        ("manager", true, true),
        ("clerk", true, true),
        ("auditor", true, false),
        ("administrator", true, false),
        ("maintenance", false, false),
    ] {
        let (server, mut browser) = office(role);
        let page = browser.get("/accounts/A");
        assert_eq!(page.status, if sees { 200 } else { 403 }, "{role}");
        assert_eq!(page.text.contains("/top-ups"), takes, "{role}");
        assert_eq!(browser.get("/accounts?q=A").status, page.status, "{role}");
        // The form of another page is this session's own, so only the role can refuse it.
        let home = browser.get("/");
        let form = common::browser::between(&home.text, "name=\"form\" value=\"", "\"").to_owned();
        let fields = [
            ("form".to_owned(), form),
            ("id".to_owned(), "x-1".to_owned()),
            ("amount".to_owned(), "50".to_owned()),
            ("means".to_owned(), "cash".to_owned()),
        ];
        let page = browser.post("/accounts/A/top-ups", &fields);
        assert_eq!(page.status, if takes { 200 } else { 403 }, "{role}");
        let money = if takes { -5_000 } else { 0 };
        assert_eq!(book(&server.database, "wallet"), money, "{role}");
    }
}

#[test]
fn money_on_the_counter_is_taken_once_however_often_the_form_is_sent() {
    let (server, mut browser) = office("clerk");
    let _books = Books(&server.database);
    let page = browser.get("/accounts/A");
    assert!(
        page.text.contains("王小明") && page.text.contains("260305510012"),
        "{page:?}"
    );
    let fields = [("amount", "50"), ("means", "cash"), ("reference", "R-1")];
    let action = "/accounts/A/top-ups";
    let after = browser.send(&page, action, &fields);
    assert_eq!(&after.path[..10], "/receipts/");
    assert!(
        after.text.contains("<dd class=\"money\">50.00</dd>"),
        "{after:?}"
    );
    let again = browser.send(&page, action, &fields);
    assert!(
        again.text.contains("<dd class=\"money\">50.00</dd>"),
        "{again:?}"
    );
    let other = browser.send(&page, action, &[("amount", "60"), ("means", "cash")]);
    assert_eq!(other.status, 409, "another content under the same name");
    for amount in ["", "0", "-5", "1e9", "50.505"] {
        let page = browser.send(&page, action, &[("amount", amount), ("means", "cash")]);
        assert_eq!(page.status, 422, "{amount}");
    }
    assert_eq!(book(&server.database, "wallet"), -5_000);
    let trail = "SELECT actor, outcome FROM audit WHERE act = 'wallet.top_up' ORDER BY id LIMIT 1";
    assert_eq!(server.database.sql(trail), "Lin|done");
}

#[test]
fn a_form_from_another_site_or_session_is_refused() {
    let (server, mut browser) = office("clerk");
    let page = browser.get("/accounts/A");
    let fields = [("amount", "50"), ("means", "cash")];
    browser.site = "cross-site";
    let refused = browser.send(&page, "/accounts/A/top-ups", &fields);
    assert_eq!(refused.status, 403);
    browser.site = "same-origin";
    let refused = browser.post(
        "/accounts/A/top-ups",
        &[
            ("form".into(), "guessed".into()),
            ("id".into(), "x".into()),
            ("amount".into(), "5".into()),
            ("means".into(), "cash".into()),
        ],
    );
    assert_eq!(refused.status, 403);
    assert_eq!(book(&server.database, "wallet"), 0);
}

#[test]
fn accounts_are_found_by_what_people_know_and_text_stays_text() {
    let (server, mut browser) = office("auditor");
    server.database.sql(
        "INSERT INTO account (tenant, account, district, name, place, changed) VALUES ('east', 'B', 'north', '<script>x</script>', '100%', 1); \
         INSERT INTO tenant (tenant) VALUES ('west'); \
         INSERT INTO account (tenant, account, district, name, place, changed) VALUES ('west', 'W', 'north', '王小明', '', 1)",
    );
    for (q, found) in [
        ("%E7%8E%8B%E5%B0%8F", "href=\"/accounts/A\""),
        ("1201", "href=\"/accounts/A\""),
        ("0305510", "href=\"/accounts/A\""),
        ("100%25", "href=\"/accounts/B\""),
        ("zzz", "No account fits."),
        ("_", "No account fits."),
    ] {
        let page = browser.get(&format!("/accounts?q={q}"));
        assert!(page.text.contains(found), "{q}: {page:?}");
        assert!(!page.text.contains("/accounts/W"), "another tenant's");
        // The page's own script is a file, and there is no other one.
        let own = "<script src=\"/assets/office.js\" defer></script>";
        let rest = page.text.replacen(own, "", 1);
        assert!(!rest.contains("<script"), "{page:?}");
    }
    assert_eq!(browser.get("/accounts/W").status, 404);
    assert_eq!(browser.get("/accounts/..%2f").status, 404);
}

#[test]
fn every_page_has_its_policy_and_its_language() {
    let (_server, mut browser) = office("clerk");
    for path in [
        "/",
        "/accounts",
        "/accounts/A",
        "/accounts/none",
        "/tariffs",
        "/settlement",
        "/sign-in",
        "/check",
    ] {
        let page = browser.get(path);
        let policy = &page.headers["content-security-policy"];
        assert!(policy.starts_with("default-src 'none'"), "{path}: {policy}");
        assert!(!policy.contains("unsafe"), "{policy}");
        let scripted = path == "/accounts";
        assert_eq!(policy.contains("script-src 'self'"), scripted, "{path}");
        assert_eq!(page.headers["cache-control"], "no-store", "{path}");
        let strict = &page.headers["strict-transport-security"];
        assert!(strict.starts_with("max-age=31536000"), "{path}: {strict}");
        assert!(
            !page.text.contains("style=") && !page.text.contains("onclick"),
            "{path}"
        );
    }
    browser.get("/language?to=zh");
    let page = browser.get("/accounts");
    assert!(
        page.text.contains("lang=\"zh-CN\"") && page.text.contains("查找用户"),
        "{page:?}"
    );
}

#[test]
fn a_password_for_one_sign_in_that_nobody_used_is_good_for_a_week() {
    let server = Server::start();
    let one_time = person(&server, "Lin", "clerk");
    server
        .database
        .sql("UPDATE staff_secret SET expires_at = expires_at - interval '8 days'");
    let mut browser = Browser::new(&server);
    let page = sign_in(&mut browser, "Lin", &one_time);
    assert!(page.text.contains("is wrong"), "{page:?}");
    let again = person(&server, "Lin", "clerk");
    let page = sign_in(&mut browser, "Lin", &again);
    assert!(page.text.contains("second factor"), "{page:?}");
    let kept = "SELECT expires_at > now() + interval '6 days' FROM staff_secret";
    assert_eq!(server.database.sql(kept), "t");
}
