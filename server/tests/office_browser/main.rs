//! The back office in a real Chromium: every page that there is, in both languages, over TLS, with something on it.
//!
//! Without Chromium (`chromium`, `chromium-driver`) a test says so in one line and is skipped; with `OFFICE_BROWSER=required`, as CI has
//! it, that is a failure. `OFFICE_SCREENS=folder` leaves pictures of all pages (`make screens`).

#[path = "../common/mod.rs"]
mod common;

mod checks;
mod chromium;
mod filled;
mod gallery;
mod visits;

use checks::{Axe, findings, told};
use chromium::Chromium;
use common::browser::{Browser, code};
use filled::{Filled, OWN};
use gallery::Gallery;
use serde_json::json;
use visits::{Visit, missing, visits};

/// The browser is whoever has this session; nobody without one.
fn is(browser: &Chromium, filled: &Filled, who: &str) {
    browser.devtools("Network.clearBrowserCookies", &json!({}));
    if let Some(token) = filled.session(who) {
        let cookie = json!({
            "name": "__Host-office", "value": token, "url": filled.server.url(), "path": "/",
            "secure": true, "httpOnly": true, "sameSite": "Strict",
        });
        browser.devtools("Network.setCookie", &cookie);
    }
}

/// Goes where a visit leads, and does there what it says.
fn arrive(browser: &Chromium, filled: &Filled, visit: &Visit, language: &str) {
    is(browser, filled, visit.who);
    let spoken =
        json!({ "name": "language", "value": language, "url": filled.server.url(), "path": "/" });
    browser.devtools("Network.setCookie", &spoken);
    browser.go(&format!("{}{}", filled.server.url(), visit.address));
    if !visit.then.is_empty() {
        browser.run(&format!("window.before = true; {}", visit.then), &[]);
        browser.until(
            visit.name,
            "return !window.before && document.readyState === 'complete'",
        );
    }
    let said = browser.run("return document.documentElement.lang", &[]);
    let wanted = if language == "zh" { "zh-CN" } else { "en" };
    assert_eq!(said, json!(wanted), "{visit:?}");
}

fn every_page(language: &'static str) {
    let Some(browser) = Chromium::start() else {
        return;
    };
    let axe = Axe::fetched();
    let filled = Filled::start();
    let visits = visits(&filled);
    let mut gallery = Gallery::wanted(language);
    let mut found = Vec::new();
    for visit in &visits {
        arrive(&browser, &filled, visit, language);
        if let Some(gallery) = &mut gallery {
            gallery.takes(&browser, visit.name);
        }
        let wrong = findings(&browser, axe.as_ref(), visit.refused);
        if !wrong.is_empty() {
            found.push((format!("{} {}", visit.name, visit.address), wrong));
        }
    }
    if let Some(gallery) = gallery {
        gallery.index();
    }
    assert!(
        found.is_empty(),
        "{} of {} pages:\n{}",
        found.len(),
        visits.len(),
        told(&found)
    );
    common::books::check(&filled.server.database);
}

/// Goes to a page as somebody.
fn at(browser: &Chromium, filled: &Filled, who: &str, address: &str) {
    is(browser, filled, who);
    browser.go(&format!("{}{address}", filled.server.url()));
}

/// The keys of WebDriver that are no letters.
const ENTER: &str = "\u{e007}";
const TAB: &str = "\u{e004}";
const ALT: char = '\u{e00a}';

#[test]
fn every_page_is_for_everybody_in_english() {
    every_page("en");
}

#[test]
fn every_page_is_for_everybody_in_chinese() {
    every_page("zh");
}

/// What is done to a page, and what must be found then. The last two are axe-core's to find.
const PLANTED: [(&str, &str); 11] = [
    (
        "document.querySelector('h1').remove()",
        "0 headings of the first rank",
    ),
    ("document.documentElement.lang = 'de'", "language de"),
    (
        "document.querySelector('.skip').href = '#nowhere'",
        "no way past the menu",
    ),
    (
        "document.querySelector('form.line button').style.cssText = 'min-height: 0; height: 12px; padding: 0'",
        "by 12",
    ),
    (
        "document.querySelector('h1').style.cssText = 'white-space: nowrap; width: 700px'",
        "wide at 320",
    ),
    (
        "document.querySelector('#q').tabIndex = -1",
        "<input id=q> q is not reached",
    ),
    (
        "document.querySelector('.links a').tabIndex = 3",
        "comes where",
    ),
    (
        "document.querySelector('#q').style.outline = 'none'",
        "has the focus and does not show it",
    ),
    ("console.error('something is wrong')", "something is wrong"),
    (
        "document.querySelector('h1').style.color = '#bbbbbb'",
        "color-contrast",
    ),
    (
        "document.querySelector('label[for=q]').remove()",
        "label (critical)",
    ),
];

#[test]
fn what_is_wrong_with_a_page_is_found() {
    let Some(browser) = Chromium::start() else {
        return;
    };
    let axe = Axe::fetched();
    let filled = Filled::start();
    let own = if axe.is_some() {
        PLANTED.len()
    } else {
        PLANTED.len() - 2
    };
    for (done, wanted) in &PLANTED[..own] {
        at(&browser, &filled, "Mei", "/accounts?q=N-");
        browser.run(done, &[]);
        let found = findings(&browser, axe.as_ref(), false);
        assert!(
            found.iter().any(|line| line.contains(wanted)),
            "{done}: {wanted}: {found:?}"
        );
    }
    at(&browser, &filled, "Mei", "/accounts?q=N-");
    assert_eq!(
        findings(&browser, axe.as_ref(), false),
        Vec::<String>::new()
    );
}

#[test]
fn the_visits_lead_to_every_page_there_is() {
    let filled = Filled::start();
    let visits = visits(&filled);
    // Nobody is signed in: a page answers with the way there, and what is only sent to says that it is not looked at.
    let plain = common::server::Server::start();
    let mut looker = Browser::new(&plain);
    let left_out = missing(&visits, |route: &'static str| {
        let part = |part: &'static str| if part.starts_with('{') { "1" } else { part };
        let address: Vec<&str> = route.split('/').map(part).collect();
        looker.once("GET", &address.join("/"), "").status != 405
    });
    assert_eq!(left_out, Vec::<&str>::new(), "pages that no visit leads to");
}

#[test]
fn somebody_comes_in_and_leaves_by_the_keyboard_alone() {
    let Some(browser) = Chromium::start() else {
        return;
    };
    let filled = Filled::start();
    let one_time = filled.server.say(&[
        "person", "--tenant", "east", "--name", "Kay", "--role", "clerk",
    ]);
    at(&browser, &filled, "", "/language?to=en");
    // Past the link to the content and the languages.
    browser.press(&format!(
        "{TAB}{TAB}{TAB}{TAB}east{TAB}Kay{TAB}{one_time}{ENTER}"
    ));
    browser.until(
        "a second factor",
        "return document.querySelector('.code svg') !== null",
    );
    let secret = browser.run("return document.querySelector('code').textContent", &[]);
    let secret = secret.as_str().expect("a secret").replace(' ', "");
    browser.press(&format!("{}{ENTER}", code(&secret, 0)));
    browser.until(
        "a new password",
        "return document.querySelector('[autocomplete=new-password]') !== null",
    );
    browser.press(&format!("{OWN}{ENTER}"));
    browser.until(
        "the first page",
        "return location.pathname === '/' && document.querySelector('.menu') !== null",
    );
    let alt = |key, path: &str| {
        browser.press_with(ALT, key);
        browser.until(
            path,
            &format!("return location.pathname === '{path}' && document.readyState === 'complete'"),
        );
    };
    // The same digits for every role; a clerk has no page at 5.
    alt('2', "/accounts");
    alt('7', "/tariffs");
    alt('5', "/tariffs");
    alt('3', "/cards");
    browser.press_with(ALT, '0');
    let focused = "return document.activeElement.id";
    assert_eq!(browser.run(focused, &[]), json!("content"));
    browser.press_with(ALT, 's');
    assert_eq!(browser.run(focused, &[]), json!("q"));
    browser.run("document.querySelector('.person button').focus()", &[]);
    browser.press(ENTER);
    browser.until("left", "return location.pathname === '/sign-in'");
    assert_eq!(browser.console(), Vec::<String>::new());
}

#[test]
fn accounts_are_found_while_somebody_types_and_nothing_of_it_needs_a_button() {
    let Some(browser) = Chromium::start() else {
        return;
    };
    let filled = Filled::start();
    at(&browser, &filled, "林晓", "/accounts");
    let rows = |count: usize| {
        format!("return document.querySelectorAll('#found tbody tr').length === {count}")
    };
    browser.press("N-12");
    browser.until("both of the building", &rows(2));
    assert_eq!(
        browser.path(),
        "/accounts?q=N-12",
        "the address is that of what is shown"
    );
    browser.press("-6");
    browser.until("one", &rows(1));
    assert_eq!(
        browser.run("return document.activeElement.value", &[]),
        json!("N-12-6")
    );
    browser.press("zz");
    browser.until(
        "none",
        "return document.querySelector('#found').innerText.includes('No account fits.')",
    );
    // Names in Chinese too, which come in one piece from an input method.
    let typed = "const q = document.querySelector('#q'); q.value = '王'; q.dispatchEvent(new Event('input', {bubbles: true}))";
    browser.run(typed, &[]);
    browser.until("her", &rows(1));
    browser.press(&format!("{TAB}{TAB}{TAB}{TAB}{ENTER}"));
    browser.until(
        "her account",
        "return location.pathname === '/accounts/N-3-1201'",
    );
    assert_eq!(browser.console(), Vec::<String>::new());
    // A session that has ended meanwhile: the button says so, typing shows nothing wrong.
    at(&browser, &filled, "林晓", "/accounts");
    is(&browser, &filled, "");
    browser.press("N");
    std::thread::sleep(std::time::Duration::from_millis(400));
    assert_eq!(browser.path(), "/accounts");
    browser.press(ENTER);
    browser.until("signed out", "return location.pathname === '/sign-in'");
}

#[test]
fn what_becomes_of_an_order_appears_by_itself_and_the_page_stays() {
    let Some(browser) = Chromium::start() else {
        return;
    };
    let filled = Filled::start();
    at(
        &browser,
        &filled,
        "Tao",
        &format!("/meters/{}", filled::ELECTRIC),
    );
    browser.run("window.stays = true", &[]);
    filled.server.database.sql(
        "UPDATE meter_order SET state = 'refused', why = 'the meter says no', ended_at = now()",
    );
    browser.until(
        "the outcome",
        "return document.querySelector('#under-way').innerText.includes('the meter says no')",
    );
    browser.until(
        "the same page",
        "return window.stays && !document.querySelector('[data-waits]')",
    );
    assert_eq!(browser.console(), Vec::<String>::new());
}

#[test]
fn only_pages_that_search_or_wait_have_a_script_and_no_script_that_is_not_ours_runs() {
    let Some(browser) = Chromium::start() else {
        return;
    };
    let filled = Filled::start();
    for (address, scripts) in [
        ("/accounts", 1),
        ("/cards", 1),
        ("/check", 0),
        ("/accounts/N-3-1201", 0),
    ] {
        at(&browser, &filled, "Mei", address);
        assert_eq!(
            browser.run("return document.scripts.length", &[]),
            json!(scripts),
            "{address}"
        );
        let inline = "const s = document.createElement('script'); s.textContent = 'window.ran = true'; document.body.append(s); \
            return window.ran === undefined";
        assert_eq!(browser.run(inline, &[]), json!(true), "{address}");
        assert!(
            browser
                .console()
                .iter()
                .any(|line| line.contains("Content Security Policy")),
            "{address}"
        );
    }
}
