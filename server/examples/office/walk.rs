//! Every page, as fifteen persons get it one after the other.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use jiff::ToSpan;
use meterpost_server::office::PAGES;

use super::Failure;
use super::fill::Size;

/// Most milliseconds, in the median, of a page and of a search.
const PAGE: u128 = 150;
const SEARCH: u128 = 100;
/// Files, which nobody waits for as for a page: measured, and not bound.
const FILES: &[&str] = &["/account-export"];

/// Where to look: a page of the program's own table, and addresses of it. Long reports also by a page in the middle.
fn visits(size: &Size) -> Vec<(&'static str, Vec<String>)> {
    let account = size.accounts / 2 + 1;
    let (a, m) = (
        format!("A-{account:07}"),
        format!("{:012}", size.meters / 2 + 1),
    );
    let one = |address: &str| vec![address.to_owned()];
    // A tariff is tried on what was settled of an account in ten days.
    let last = jiff::Zoned::now().date().saturating_sub(1.day());
    let tried = format!(
        "/tariffs/water/default/24?account=A-{:07}&first={}&last={last}",
        size.meters / 2 + 1,
        last.saturating_sub(9.days())
    );
    let reports = meterpost_server::report::Name::ALL
        .into_iter()
        .map(|name| format!("/reports/{}", name.word()));
    let mut reports: Vec<String> = reports.collect();
    let middle = u64::from(size.accounts) / 200;
    for (word, page) in [
        ("charges", 5),
        ("charges", u64::from(size.topups) / 2600),
        ("entries", u64::from(size.topups) / 2600),
        ("accounts", middle),
        ("balances", middle),
        ("consumption", u64::from(size.meters) / 300),
    ] {
        reports.push(format!("/reports/{word}?page={page}"));
    }
    reports.extend([
        format!("/reports/entries?account={a}"),
        format!("/reports/charges?account={a}"),
        "/reports/entries?terminal=k7&what=till_cash".to_owned(),
        "/reports/days?terminal=k7".to_owned(),
    ]);
    vec![
        ("/", one("/")),
        ("/sign-in", one("/sign-in")),
        ("/language", one("/language?to=en")),
        (
            "/accounts",
            vec!["/accounts".to_owned(), format!("/accounts?q={a}")],
        ),
        ("/new-account", one("/new-account")),
        ("/account-export", one("/account-export?format=csv")),
        ("/account-import", one("/account-import")),
        ("/accounts/{account}", vec![format!("/accounts/{a}")]),
        (
            "/accounts/{account}/meter",
            vec![format!("/accounts/{a}/meter")],
        ),
        (
            "/receipts/{journal}",
            vec![format!("/receipts/{}", size.topups / 4)],
        ),
        (
            "/cards",
            vec!["/cards".to_owned(), format!("/cards?q=C{account}")],
        ),
        ("/cards/{number}", vec![format!("/cards/C{account}")]),
        ("/requests", one("/requests")),
        ("/terminals/{terminal}", one("/terminals/k7")),
        (
            "/terminals/{terminal}/parameters",
            one("/terminals/k7/parameters"),
        ),
        (
            "/terminals/{terminal}/commands/{version}/log",
            one("/terminals/k7/commands/100/log"),
        ),
        (
            "/meters/{meter}",
            vec![format!("/meters/{m}"), "/meters/000000000004".to_owned()],
        ),
        ("/concentrators", one("/concentrators")),
        ("/concentrators/{area}/{address}", one("/concentrators/1/1")),
        ("/alerts", one("/alerts")),
        ("/enrolments", one("/enrolments")),
        ("/conflicts", one("/conflicts")),
        ("/people", one("/people")),
        (
            "/trail",
            vec![
                "/trail".to_owned(),
                "/trail?actor=Lin".to_owned(),
                format!("/trail?actor=Lin&object={a}"),
                "/trail?before=1000".to_owned(),
            ],
        ),
        ("/reports", one("/reports")),
        ("/reports/{name}", reports),
        ("/new-tariff", one("/new-tariff")),
        ("/tariffs", one("/tariffs")),
        (
            "/tariffs/{utility}/{name}/{version}",
            vec!["/tariffs/water/default/24".to_owned(), tried],
        ),
        ("/settlement", one("/settlement")),
        ("/check", one("/check")),
        ("/assets/office.css", one("/assets/office.css")),
        ("/assets/office.js", one("/assets/office.js")),
        ("/assets/icon.svg", one("/assets/icon.svg")),
    ]
}

/// Nothing fits, one account, a quarter of them, a part of a meter's number.
fn searches(size: &Size) -> Vec<String> {
    vec![
        "/accounts?q=zzz".to_owned(),
        format!("/accounts?q=a-{:07}", size.accounts * 9 / 10),
        "/accounts?q=%E7%8E%8B".to_owned(),
        format!("/accounts?q=00{:06}", size.accounts - 1),
    ]
}

/// Asks for all of them; whether each is within its bound.
pub fn all(base: &str, sessions: &[String], size: &Size) -> Result<bool, Failure> {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .max_redirects(0)
        .http_status_as_error(false)
        .build()
        .into();
    let walk = Walk {
        base,
        sessions,
        agent,
    };
    let visits = visits(size);
    walk.nothing_is_left_out(&visits)?;
    let mut over = Vec::new();
    let mut slowest = (Duration::ZERO, String::new());
    let pages = visits.iter().flat_map(|(route, addresses)| {
        let bound = (!FILES.contains(route)).then_some(PAGE);
        addresses
            .iter()
            .map(move |address| (address.clone(), bound))
    });
    let searches = searches(size)
        .into_iter()
        .map(|address| (address, Some(SEARCH)));
    for (address, bound) in pages.chain(searches) {
        let median = walk.one(&address, bound)?;
        if bound.is_some_and(|bound| median.as_millis() > bound) {
            over.push(address.clone());
        }
        if bound.is_some() && median > slowest.0 {
            slowest = (median, address);
        }
    }
    println!(
        "the slowest: {} with a median of {:.1} ms",
        slowest.1,
        slowest.0.as_secs_f64() * 1e3
    );
    if !over.is_empty() {
        println!("over their bound: {}", over.join(" "));
    }
    Ok(over.is_empty())
}

struct Walk<'w> {
    base: &'w str,
    sessions: &'w [String],
    agent: ureq::Agent,
}

impl Walk<'_> {
    fn get(&self, address: &str, session: &str) -> Result<(u16, usize), Failure> {
        let mut answer = self
            .agent
            .get(format!("{}{address}", self.base))
            .header("cookie", format!("__Host-office={session}"))
            .call()
            .map_err(|error| format!("{address}: {error}"))?;
        let status = answer.status().as_u16();
        let body = answer.body_mut().with_config().limit(1 << 30);
        Ok((status, body.read_to_vec()?.len()))
    }

    /// Whatever else the program's table names cannot be looked at: it only takes forms.
    fn nothing_is_left_out(&self, visits: &[(&str, Vec<String>)]) -> Result<(), Failure> {
        let known: BTreeSet<&str> = visits.iter().map(|(route, _)| *route).collect();
        let session = self.sessions.last().ok_or("nobody looks")?;
        for route in PAGES.iter().filter(|route| !known.contains(*route)) {
            let address = route.replace(['{', '}'], "");
            let (status, _) = self.get(&address, session)?;
            if status != 405 {
                return Err(format!("{route} answers {status}: say where to look at it").into());
            }
        }
        Ok(())
    }

    /// A page as everybody gets it: its median.
    fn one(&self, address: &str, bound: Option<u128>) -> Result<Duration, Failure> {
        let mut took: Vec<Duration> = Vec::new();
        let mut bytes = 0;
        for session in self.sessions {
            let began = Instant::now();
            let (status, length) = self.get(address, session)?;
            if !(status == 200 || status == 303) {
                return Err(format!("{address}: {status}").into());
            }
            bytes = length;
            took.push(began.elapsed());
        }
        took.sort_unstable();
        let ms = |place: usize| took.get(place).map_or(0.0, |took| took.as_secs_f64() * 1e3);
        let median = took.get(took.len() / 2).copied().unwrap_or_default();
        let said = match bound {
            None => "  (a file)",
            Some(bound) if median.as_millis() > bound => "  OVER ITS BOUND",
            Some(_) => "",
        };
        println!(
            "{address:44} min {:6.1}  median {:6.1}  max {:6.1} ms  {bytes:8} bytes{said}",
            ms(0),
            ms(took.len() / 2),
            ms(took.len() - 1)
        );
        Ok(median)
    }
}
