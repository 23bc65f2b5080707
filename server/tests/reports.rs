//! Reports: their figures beside the books of a terminal's own ledger, who sees them, and their files.

mod common;

use std::io::{Cursor, Read};

use common::books::{Books, book};
use common::browser::{Browser, Page, between};
use common::pay::{Bench, for_wallet};
use common::purse::{district, hold, pay_in};
use common::sale::wallet;
use common::server::Server;
use common::terminal::{Ended, Terminal};
use meterpost_ledger::PaymentOutcome::{Delivered, Returned};
use meterpost_ledger::signing::TenantId;
use meterpost_ledger::{Account, Event, Money};
use meterpost_server::database::{Address, Database};
use meterpost_server::report::sum_days;

/// Midnight of 2024-03-01 in Shanghai.
const MARCH: i64 = 1_709_222_400;
const HOUR: i64 = 3_600;
const NAMES: [&str; 14] = [
    "days",
    "months",
    "charges",
    "terminals",
    "clerks",
    "utilities",
    "buildings",
    "cash",
    "arrears",
    "balances",
    "accounts",
    "consumption",
    "losses",
    "entries",
];
const OWN: &str = "four plain words together";

fn comes_in(server: &Server, name: &str, role: &str) -> Browser {
    let arguments = ["person", "--tenant", "east", "--name", name, "--role", role];
    let one_time = server.say(&arguments);
    let mut browser = Browser::new(server);
    browser.comes_in_first(name, &one_time, OWN);
    browser
}

/// A terminal that sold from a wallet on 2023-11-15, and for cash on both sides of a midnight in March 2024; its box was emptied once.
fn sold() -> (Server, Terminal) {
    let server = Server::start();
    let mut terminal = Terminal::enrolled(&server, "K1");
    district(&server);
    server.database.sql("UPDATE account SET place = '3栋1201' WHERE account = 'A'; UPDATE account SET place = '12号楼-5' WHERE account = 'B'");
    pay_in(&server, "t-1", "100.00");
    let asked = terminal.asks(wallet("A"), "MA", 3_000);
    hold(&mut terminal, &server, &asked, "30.00");
    terminal.writes_end(&asked, Delivered);
    let asked = terminal.asks(wallet("A"), "MA", 1_000);
    hold(&mut terminal, &server, &asked, "10.00");
    terminal.writes_end(&asked, Returned);
    terminal.sells(MARCH - 1, ("MA", "water"), &[5_000, 2_000]);
    terminal.sells(MARCH, ("MB", "electricity"), &[10_000]);
    terminal.owes(MARCH + HOUR, ("MB", "electricity"), &[1_000]);
    let period = terminal.is_emptied(MARCH + 2 * HOUR, "courier");
    terminal.is_counted(MARCH + 3 * HOUR, period, 17_500);
    terminal.sells(MARCH + 26 * HOUR, ("MA", "water"), &[500]);
    let sale = terminal.takes(MARCH + 27 * HOUR, ("MA", "water"), &[]);
    let note = terminal.offers(MARCH + 27 * HOUR, sale, 2_000);
    terminal.commits(
        MARCH + 27 * HOUR,
        &[Event::NoteInDoubt { note }, Event::SaleClosed { sale }],
    );
    assert_eq!(terminal.sync(&server), Ended::InSync);
    (server, terminal)
}

/// The texts of a page's cells, row by row; the last row are the sums where there are some.
fn cells(page: &Page) -> Vec<Vec<String>> {
    assert_eq!(page.status, 200, "{}", page.text);
    let plain = |cell: &str| {
        let cell = cell.split_once('>').expect("a cell").1;
        let cell = cell.split("</td>").next().expect("its end");
        let text = match cell.split_once('>') {
            Some((_, linked)) => linked.split("</a>").next().expect("its end"),
            None => cell,
        };
        text.to_owned()
    };
    let body = page.text.split("<tr>").filter(|row| row.contains("<td"));
    body.map(|row| row.split("<td").skip(1).map(plain).collect())
        .collect()
}

fn links(page: &Page) -> Vec<(String, String)> {
    let anchors = page.text.split("<td").skip(1).filter_map(|cell| {
        let (to, rest) = cell.split_once("<a href=\"")?.1.split_once("\">")?;
        let to = to.replace("&amp;", "&").replace("&#38;", "&");
        Some((to, rest.split("</a>").next()?.to_owned()))
    });
    anchors.collect()
}

fn money(text: &str) -> i64 {
    text.parse::<Money>()
        .unwrap_or_else(|_| panic!("{text:?}"))
        .0
}

#[test]
fn the_rows_of_a_log_are_the_books_of_its_ledger() {
    let (server, terminal) = sold();
    let books = terminal.ledger.books();
    let columns = [
        "cash_box",
        "cash_in_doubt",
        "suspense",
        "in_delivery",
        "credited",
        "owed",
        "owed_in_doubt",
        "collected",
        "cash_difference",
        "wallets",
        "provider",
    ];
    for (account, column) in Account::ALL.into_iter().zip(columns) {
        let sql = format!("SELECT coalesce(sum({column}), 0) FROM terminal_money");
        let here: i64 = server.database.sql(&sql).parse().unwrap();
        assert_eq!(here, books.balances().of(account).0, "{column}");
    }
    let sales = server.database.sql("SELECT max(sale) FROM terminal_sale");
    assert_eq!(sales, (books.next_sale().0 - 1).to_string());
    let taken: i64 = books
        .till()
        .notes_ever()
        .iter()
        .map(|(v, n)| v.0 * i64::try_from(*n).unwrap())
        .sum();
    let mut browser = comes_in(&server, "Ann", "auditor");
    let page = browser.get("/reports/days?from=2024-02-01&until=2024-03-31");
    let rows = cells(&page);
    let total = rows.last().unwrap();
    assert_eq!(money(&total[1]), taken);
    assert_eq!(money(&total[8]), 17_500, "credited for cash in these days");
    assert_eq!(rows.len(), 29 + 31 + 1, "every day, and the sums");
    let of = |day: &str| rows.iter().find(|row| row[0] == day).unwrap().clone();
    // A second before midnight in Shanghai is the day before, whatever the server's own zone.
    assert_eq!(of("2024-02-29")[1], "70.00");
    assert_eq!(of("2024-03-01")[1], "110.00");
    assert_eq!(of("2024-03-02")[1], "5.00");
    let months = cells(&browser.get("/reports/months?from=2023-11-01&until=2024-03-31"));
    let seen: Vec<[&str; 4]> = months
        .iter()
        .map(|row| [&*row[0], &*row[1], &*row[7], &*row[8]])
        .collect();
    assert_eq!(
        seen,
        [
            ["2023-11", "0.00", "30.00", "30.00"],
            ["2023-12", "0.00", "0.00", "0.00"],
            ["2024-01", "0.00", "0.00", "0.00"],
            ["2024-02", "70.00", "0.00", "70.00"],
            ["2024-03", "115.00", "0.00", "105.00"],
            ["Total", "185.00", "30.00", "205.00"],
        ]
    );
    let credited = -books.balances().of(Account::Credited).0;
    assert_eq!(money(&months[5][8]), credited);
}

#[test]
fn another_time_zone_has_other_days() {
    let (server, _terminal) = sold();
    server.say(&["tenant", "east", "--zone", "Europe/Berlin"]);
    let mut browser = comes_in(&server, "Ann", "auditor");
    let page = browser.get("/reports/days?from=2024-02-29&until=2024-03-01");
    let rows = cells(&page);
    assert_eq!([&*rows[0][1], &*rows[1][1]], ["180.00", "5.00"]);
    assert!(page.text.contains("Europe/Berlin"));
    let refused = server.try_say(&["tenant", "east", "--zone", "Mars/Olympus"]);
    assert_eq!(refused.status.code(), Some(2));
}

/// Those that say something, and two of those that say nothing.
fn telling(links: Vec<(String, String)>) -> Vec<(String, String)> {
    let (nothing, telling): (Vec<_>, Vec<_>) = links
        .into_iter()
        .partition(|(_, figure)| ["0", "0.00"].contains(&figure.as_str()));
    telling
        .into_iter()
        .chain(nothing.into_iter().take(2))
        .collect()
}

#[test]
fn every_linked_figure_is_the_sum_of_the_entries_behind_it() {
    let (server, _terminal) = sold();
    // Several people, for each has so many pages a minute.
    let mut browser = comes_in(&server, "Ann", "manager");
    let today = browser.get("/reports/days");
    let day = between(&today.text, "name=\"until\" type=\"date\" value=\"", "\"").to_owned();
    let mut followed = 0;
    for name in [
        "days",
        "months",
        "terminals",
        "clerks",
        "utilities",
        "buildings",
        "cash",
    ] {
        let mut browser = comes_in(&server, &format!("P-{name}"), "auditor");
        for days in [
            "from=2023-11-01&until=2024-03-31".to_owned(),
            format!("from={day}&until={day}"),
        ] {
            let page = browser.get(&format!("/reports/{name}?{days}"));
            for (to, figure) in telling(links(&page)) {
                let behind = browser.get(&to);
                assert_eq!(behind.status, 200, "{to}: {}", server.read_log());
                let rows = cells(&behind);
                let Some((total, rows)) = rows.split_last() else {
                    assert!(["0.00", "0"].contains(&figure.as_str()), "{to}: {figure}");
                    continue;
                };
                // Charges keep what came from wallets in a column of its own.
                let sum: i64 = total
                    .iter()
                    .skip(5)
                    .filter(|text| text.contains('.'))
                    .map(|text| money(text))
                    .sum();
                match figure.contains('.') {
                    true => assert_eq!(sum, money(&figure), "{to}"),
                    false => assert_eq!(rows.len().to_string(), figure, "{to}"),
                }
                followed += 1;
            }
        }
    }
    assert!(followed > 25, "{followed}");
}

#[test]
fn terminals_utilities_and_buildings_share_the_same_credits() {
    let (server, terminal) = sold();
    let mut browser = comes_in(&server, "Ann", "manager");
    let mut get = |name: &str| {
        cells(&browser.get(&format!("/reports/{name}?from=2023-11-01&until=2024-03-31")))
    };
    let row = |cells: &[&str]| {
        cells
            .iter()
            .map(|text| (*text).to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        get("terminals")[0],
        row(&[
            "K1", "4", "185.00", "30.00", "0.00", "205.00", "10.00", "20.00"
        ])
    );
    let utilities = get("utilities");
    assert_eq!(
        utilities[0],
        row(&["Electricity", "1", "100.00", "0.00", "0.00", "100.00"])
    );
    assert_eq!(
        utilities[1],
        row(&["Water", "3", "75.00", "30.00", "0.00", "105.00"])
    );
    let buildings = get("buildings");
    assert_eq!(
        buildings[0],
        row(&["12号楼", "1", "100.00", "0.00", "0.00", "100.00"])
    );
    assert_eq!(
        buildings[1],
        row(&["3栋", "3", "75.00", "30.00", "0.00", "105.00"])
    );
    let charges = get("charges");
    assert_eq!(charges.len(), 4 + 1);
    let (reference, account) = (&charges[0][1], &charges[0][2]);
    assert!(
        reference.starts_with("K1/1/") && account == "A",
        "{charges:?}"
    );
    let total = charges.last().unwrap();
    let credited = -terminal.ledger.books().balances().of(Account::Credited).0;
    assert_eq!(money(&total[7]) + money(&total[8]), credited);
}

#[test]
fn a_cash_box_is_booked_emptied_and_counted() {
    let (server, terminal) = sold();
    let mut browser = comes_in(&server, "Ann", "manager");
    let rows = cells(&browser.get("/reports/cash?from=2024-03-01&until=2024-03-31"));
    assert_eq!(rows.len(), 3, "{rows:?}");
    let seen = |row: &[String]| row.iter().skip(1).cloned().collect::<Vec<_>>().join("|");
    assert_eq!(
        seen(&rows[0]),
        "1/1||2024-03-01 02:00:00|courier|180.00|180.00|office|175.00|-5.00"
    );
    assert_eq!(seen(&rows[1]), "1/2|2024-03-01 02:00:00|||5.00||||");
    let books = terminal.ledger.books();
    assert_eq!(money(&rows[1][5]), books.till().total().unwrap().0);
    let missing = books.balances().of(Account::CashDifference).0;
    assert_eq!(money(&rows[0][9]), -missing);
    let filed = cells(&browser.get("/reports/cash?from=2024-01-01&until=2024-01-31"));
    assert_eq!(
        filed.len(),
        2,
        "the box that fills up now, and the sums: {filed:?}"
    );
}

#[test]
fn wallets_and_debts_are_told_at_a_date_and_over_a_period() {
    let (server, mut terminal) = sold();
    let _books = Books(&server.database);
    // Delivered offline beyond what is there: 70 were left.
    let asked = terminal.asks(wallet("A"), "MA", 9_000);
    terminal.ends(&server, &asked, Delivered);
    let mut browser = comes_in(&server, "Ann", "manager");
    let rows = cells(&browser.get("/reports/arrears"));
    assert_eq!((&*rows[0][0], &*rows[0][4]), ("A", "20.00"), "{rows:?}");
    assert_eq!(book(&server.database, "debt"), 2_000);
    let rows = cells(&browser.get("/reports/balances"));
    assert_eq!(rows[0][3..], ["0.00", "0.00", "20.00"], "{rows:?}");
    let before = browser.get("/reports/arrears?until=2024-01-01");
    assert!(before.text.contains("Nothing in this period"));
    let rows = cells(&browser.get("/reports/accounts"));
    assert_eq!(
        rows[0][3..],
        ["0.00", "100.00", "-120.00", "0.00", "-20.00"],
        "{rows:?}"
    );
    assert_eq!(rows.len(), 3 + 1, "every account, and the sums");
    for row in &rows {
        let amounts: Vec<i64> = row[3..].iter().map(|text| money(text)).collect();
        assert_eq!(amounts[..4].iter().sum::<i64>(), amounts[4], "{row:?}");
    }
}

#[test]
fn days_of_consumption_are_told_by_meter_and_count_as_used_by_the_account() {
    let (server, _terminal) = sold();
    server.database.sql(
        "INSERT INTO meter (tenant, number, account, utility, profile, address, segment, billing) \
         VALUES ('east', 'ME', 'A', 'electricity', 'p', 'e', 0, 'on_account'); \
         INSERT INTO reading (tenant, meter, kind, at, unit, value, places, detail) VALUES \
         ('east', 'ME', 'day', '2024-03-04', 'kWh', 1000, 2, '{}'), ('east', 'ME', 'day', '2024-03-05', 'kWh', 2000, 2, '{}'); \
         INSERT INTO tariff_version (tenant, utility, name, version, valid_from, content, state, drafted_by, activated_by, activated_at) \
         VALUES ('east', 'electricity', 'default', 1, '2024-01-01', \
             '{\"utility\": \"electricity\", \"unit\": \"kWh\", \"period\": \"month\", \"tiers\": [{\"price\": 600000}]}', \
             'active', 'Ann', 'Ben', now())",
    );
    server.say(&["settle", "--tenant", "east", "--day", "2024-03-05"]);
    server.say(&["settle", "--tenant", "east", "--day", "2024-03-06"]);
    let mut browser = comes_in(&server, "Ann", "manager");
    // 10 kWh that were read, and as many estimated, at 0.60.
    let page = browser.get("/reports/consumption?from=2024-03-01&until=2024-03-31");
    let rows = cells(&page);
    let row = ["Electricity", "ME", "20.00", "2", "1", "12.00"];
    assert_eq!(rows[0][3..], row, "{rows:?}");
    assert!(page.text.contains("href=\"/meters/ME\""), "{page:?}");
    let one = browser.get("/reports/consumption?from=2024-03-05&until=2024-03-05&account=A");
    assert_eq!(cells(&one)[0][8], "6.00", "{one:?}");
    let rows = cells(&browser.get("/reports/accounts"));
    assert_eq!(
        rows[0][3..],
        ["0.00", "100.00", "-42.00", "0.00", "58.00"],
        "{rows:?}"
    );
}

#[test]
fn what_goes_through_a_main_meter_and_not_through_those_behind_it_is_lost() {
    let (server, _terminal) = sold();
    server.database.sql(
        "INSERT INTO meter (tenant, number, account, utility, profile, address, segment) VALUES ('east', 'MG', 'A', 'gas', 'p', 'g', 0); \
         INSERT INTO reading (tenant, meter, kind, at, unit, value, places, detail) VALUES \
         ('east', 'MC', 'day', '2024-02-29', 'm3', 100000, 2, '{}'), ('east', 'MC', 'day', '2024-03-31', 'm3', 130000, 2, '{}'), \
         ('east', 'MA', 'day', '2024-02-29', 'm3', 1000, 1, '{}'), ('east', 'MA', 'day', '2024-03-31', 'm3', 2000, 1, '{}'), \
         ('east', 'MB', 'day', '2024-02-29', 'm3', 50, 0, '{}')",
    );
    let mut browser = comes_in(&server, "Ann", "manager");
    let page = browser.get("/reports/losses");
    let put = |browser: &mut Browser, meter: &str, main: &str| {
        let fields = [("meter", meter), ("main", main)];
        browser.send(&page, "/reports/losses/mains", &fields).status
    };
    // Behind itself, behind one that is behind it, behind one of another utility, behind none that is there.
    assert_eq!(put(&mut browser, "MA", "MB"), 200);
    for (meter, main) in [
        ("MA", "MA"),
        ("MB", "MA"),
        ("MA", "MG"),
        ("MA", "MX"),
        ("MX", "MA"),
    ] {
        assert_eq!(put(&mut browser, meter, main), 422, "{meter} {main}");
    }
    assert_eq!(put(&mut browser, "MA", ""), 200);
    assert_eq!(server.database.sql("SELECT count(*) FROM main_meter"), "0");
    assert_eq!(put(&mut browser, "MA", "MC"), 200);
    assert_eq!(put(&mut browser, "MB", "MC"), 200);
    let trail =
        "SELECT outcome, count(*) FROM audit WHERE act = 'meter.main' GROUP BY 1 ORDER BY 1";
    assert_eq!(server.database.sql(trail), "done|4\nno_meter|2\nunfit|3");
    let mut auditor = comes_in(&server, "Aud", "auditor");
    let seen = auditor.get("/reports/losses");
    assert!(!seen.text.contains("/mains"));
    let form = between(&seen.text, "name=\"form\" value=\"", "\"").to_owned();
    let fields = [
        ("form".to_owned(), form),
        ("meter".to_owned(), "MA".to_owned()),
    ];
    assert_eq!(auditor.post("/reports/losses/mains", &fields).status, 403);
    let mut lost =
        || cells(&browser.get("/reports/losses?from=2024-03-01&until=2024-03-31"))[0].join("|");
    assert_eq!(
        lost(),
        "MC|Water|300.00|2|1|100.00||",
        "nothing is said while a reading is missing"
    );
    server.database.sql("INSERT INTO reading (tenant, meter, kind, at, unit, value, places, detail) VALUES ('east', 'MB', 'day', '2024-03-31', 'm3', 230, 0, '{}')");
    assert_eq!(lost(), "MC|Water|300.00|2|0|280.00|20.00|6.7");
}

#[test]
fn payments_by_code_are_taken_where_the_provider_has_them() {
    let mut bench = Bench::new();
    let (number, _) = bench.create(&for_wallet("p-1"));
    bench.provider.pay(&number);
    assert_eq!(bench.told(&number).0, 204);
    bench.until("p-1", "paid");
    let mut browser = comes_in(&bench.server, "Ann", "manager");
    let rows = cells(&browser.get("/reports/days"));
    let total = rows.last().unwrap();
    assert_eq!((&*total[4], &*total[6]), ("50.00", "50.00"), "{total:?}");
    assert_eq!(book(&bench.server.database, "provider"), 5_000);
    let charges = cells(&browser.get("/reports/charges"));
    assert_eq!(
        (&*charges[0][2], &*charges[0][5], &*charges[0][7]),
        ("A", "QR payment", "50.00")
    );
    assert!(
        browser
            .get("/reports/clerks")
            .text
            .contains("Nothing in this period")
    );
}

#[test]
fn logs_from_before_there_were_reports_are_caught_up_with() {
    let mut server = Server::start();
    let mut terminal = Terminal::enrolled(&server, "K1");
    district(&server);
    terminal.sells(MARCH, ("MA", "water"), &[5_000, 2_000]);
    terminal.is_emptied(MARCH + HOUR, "courier");
    terminal.work_at_once(2_500);
    assert_eq!(terminal.sync(&server), Ended::InSync);
    let rows = "SELECT count(*), sum(cash_box), (SELECT count(*) FROM terminal_sale), (SELECT count(*) FROM cash_collection) FROM terminal_money";
    let had = server.database.sql(rows);
    server.kill();
    server.database.back_to(10);
    server.resume();
    let began = std::time::Instant::now();
    while server.database.sql(rows) != had {
        assert!(
            began.elapsed().as_secs() < 30,
            "{}",
            server.database.sql(rows)
        );
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    // And what comes after is read once more by nobody.
    terminal.sells(MARCH + 30 * HOUR, ("MA", "water"), &[500]);
    assert_eq!(terminal.sync(&server), Ended::InSync);
    let cash = server
        .database
        .sql("SELECT sum(cash_box) FROM terminal_money");
    assert_eq!(
        cash,
        terminal
            .ledger
            .books()
            .balances()
            .of(Account::CashBox)
            .0
            .to_string()
    );
}

#[test]
fn rows_are_added_and_never_changed_by_the_server() {
    let (server, _terminal) = sold();
    for sql in [
        "UPDATE terminal_money SET cash_box = 0",
        "DELETE FROM terminal_money",
        "DELETE FROM terminal_sale",
        "UPDATE cash_count SET counted = 0",
        "DELETE FROM report_sent",
    ] {
        let output = server.database.as_server(sql);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(said.contains("permission denied"), "{sql}: {said}");
    }
    server.say(&["tenant", "west"]);
    let sql = "SET meterpost.tenant = 'west'; SELECT count(*) FROM terminal_money";
    assert_eq!(
        String::from_utf8_lossy(&server.database.as_server(sql).stdout).trim(),
        "0"
    );
}

#[test]
fn each_role_sees_its_reports_and_a_clerk_his_own_takings() {
    let (server, _terminal) = sold();
    for (role, seen) in [
        ("manager", &NAMES[..]),
        ("auditor", &NAMES[..]),
        ("administrator", &NAMES[..]),
        ("maintenance", &[]),
        ("clerk", &["days", "months", "charges", "clerks", "entries"]),
    ] {
        let mut browser = comes_in(&server, &format!("P-{role}"), role);
        let list = browser.get("/reports");
        assert_eq!(
            list.status,
            if seen.is_empty() { 403 } else { 200 },
            "{role}"
        );
        for name in NAMES {
            let status = if seen.contains(&name) { 200 } else { 403 };
            let listed = list.text.contains(&format!("href=\"/reports/{name}\""));
            assert_eq!(listed, status == 200, "{role} {name}");
            for query in ["", "?format=csv"] {
                let page = browser.get(&format!("/reports/{name}{query}"));
                assert_eq!(page.status, status, "{role} {name}{query}");
            }
        }
    }
    // Money that two people took: each clerk sees his own, and asking for the other's changes nothing.
    let mut lin = comes_in(&server, "Lin", "clerk");
    let page = lin.get("/accounts/A");
    lin.send(
        &page,
        "/accounts/A/top-ups",
        &[("amount", "7"), ("means", "cash")],
    );
    for name in [
        "clerks",
        "clerks?clerk=Mia",
        "days?clerk=Mia",
        "entries?clerk=",
        "charges?clerk=Mia&terminal=",
    ] {
        let rows = cells(&lin.get(&format!("/reports/{name}")));
        let total = rows.last().unwrap().join("|");
        assert!(
            total.contains("7.00") && !total.contains("107.00") && !total.contains("100.00"),
            "{name}: {total}"
        );
    }
    assert_eq!(Browser::new(&server).get("/reports/days").path, "/sign-in");
    assert_eq!(lin.get("/reports/none").status, 404);
}

fn sheet(bytes: &[u8]) -> String {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).expect("a workbook");
    let mut file = archive
        .by_name("xl/worksheets/sheet1.xml")
        .expect("a sheet");
    let mut text = String::new();
    file.read_to_string(&mut text).expect("text");
    text
}

#[test]
fn every_report_is_had_in_every_format_and_each_is_in_the_trail() {
    let (server, _terminal) = sold();
    let mut browser = comes_in(&server, "Ann", "manager");
    let days = "from=2023-12-25&until=2024-03-31";
    for name in NAMES {
        let shown = browser.get(&format!("/reports/{name}?{days}"));
        let rows = match shown.text.contains("<table>") {
            true => cells(&shown),
            false => Vec::new(),
        };
        let mut get = |format: &str| {
            let page = browser.get(&format!("/reports/{name}?{days}&format={format}"));
            assert_eq!(page.status, 200, "{name} {format}");
            let called = &page.headers["content-disposition"];
            assert!(
                called.contains(&format!("{name}-2023-12-25-2024-03-31.{format}\"")),
                "{called}"
            );
            assert_eq!(page.headers["content-length"], page.bytes.len().to_string());
            page
        };
        let csv = get("csv").text;
        assert!(csv.starts_with('\u{feff}'), "{csv}");
        let lines: Vec<&str> = csv.trim_end().split("\r\n").skip(1).collect();
        let expected: Vec<String> = rows.iter().map(|row| row.join(",")).collect();
        // Unescaped: no cell of these has a comma or begins like a formula.
        let empty = shown.text.contains("Nothing in this period");
        assert!(empty || lines == expected, "{name}: {lines:?} {expected:?}");
        let sheet = sheet(&get("xlsx").bytes);
        for row in rows.iter().take(5) {
            for cell in row
                .iter()
                .filter(|cell| cell.contains('.') && cell.parse::<Money>().is_ok())
            {
                let money = money(cell);
                let (whole, rest) = (money / 100, (money % 100).abs());
                let number = match rest {
                    0 => format!("{whole}"),
                    tens if tens % 10 == 0 => format!("{whole}.{}", tens / 10),
                    rest => format!("{whole}.{rest:02}"),
                };
                let quantity = name == "losses";
                assert!(
                    quantity || sheet.contains(&format!("<v>{number}</v>")),
                    "{name}: {cell} {sheet}"
                );
            }
        }
        let pdf = get("pdf").bytes;
        assert!(
            pdf.starts_with(b"%PDF-") && pdf.trim_ascii_end().ends_with(b"%%EOF"),
            "{name}"
        );
        // The font has 830 kilobytes; a part of it is in the file.
        assert!(
            (2_000..200_000).contains(&pdf.len()),
            "{name}: {}",
            pdf.len()
        );
    }
    let trail = server.database.sql("SELECT count(*), count(*) FILTER (WHERE outcome = 'done' AND actor = 'Ann') FROM audit WHERE act = 'report.export'");
    assert_eq!(trail, "42|42");
    let first = server
        .database
        .sql("SELECT object FROM audit WHERE act = 'report.export' ORDER BY id LIMIT 1");
    assert_eq!(
        first,
        "/reports/days?from=2023-12-25&until=2024-03-31&format=csv"
    );
}

#[test]
fn hostile_names_stay_text_in_every_format() {
    let (server, _terminal) = sold();
    server.database.sql(
        "UPDATE account SET name = '=cmd|''/C calc''!A1', place = '@SUM(1,1)*' WHERE account = 'A'; \
         UPDATE account SET name = '<script>x</script>', place = E'\\t=1' WHERE account = 'B'; \
         UPDATE account SET name = '+1', place = '-1' WHERE account = 'C'",
    );
    let mut browser = comes_in(&server, "Ann", "manager");
    let page = browser.get("/reports/accounts");
    assert!(!page.text.contains("<script") && page.text.contains("=cmd|"));
    let csv = browser.get("/reports/accounts?format=csv").text;
    for cell in ["'=cmd|", "\"'@SUM(1,1)*\"", "'\t=1", "'+1", "'-1"] {
        assert!(csv.contains(cell), "{cell}: {csv}");
    }
    for line in csv.trim_start_matches('\u{feff}').lines().skip(1) {
        for cell in line.split(',').take(3) {
            assert!(
                !cell.starts_with(['=', '+', '-', '@', '\t', '\r']),
                "{line}"
            );
        }
    }
    let sheet = sheet(&browser.get("/reports/accounts?format=xlsx").bytes);
    assert!(
        !sheet.contains("<f>") && sheet.contains("'=cmd|"),
        "{sheet}"
    );
    assert_eq!(browser.get("/reports/accounts?format=pdf").status, 200);
    // What is asked for is text as well.
    let page =
        browser.get("/reports/days?terminal=%22%3E%3Cscript%3E&until=2024-03-01&from=2024-03-01");
    assert!(
        page.status == 200 && !page.text.contains("<script"),
        "{page:?}"
    );
    let csv = browser.get("/reports/days?terminal=%00&until=2024-03-01&from=2024-03-01&format=csv");
    assert_eq!(csv.status, 200);
}

#[test]
fn a_period_that_makes_no_sense_is_refused() {
    let (server, _terminal) = sold();
    let mut browser = comes_in(&server, "Ann", "manager");
    for query in [
        "from=2024-03-02&until=2024-03-01",
        "from=yesterday",
        "page=x",
        "format=doc",
        "log=1.2",
        "from=0001-01-01&until=9000-01-01",
    ] {
        let page = browser.get(&format!("/reports/days?{query}"));
        assert_eq!(page.status, 422, "{query}");
    }
    let refused = browser.get("/reports/days?from=2024-03-02&until=2024-03-01&format=csv");
    assert_eq!(refused.status, 422);
    let trail = server
        .database
        .sql("SELECT outcome FROM audit WHERE act = 'report.export'");
    assert_eq!(trail, "period");
}

#[test]
fn long_reports_have_pages() {
    let (server, _terminal) = sold();
    server.database.sql("INSERT INTO account (tenant, account, district, changed) SELECT 'east', 'N' || lpad(n::text, 4, '0'), 'north', 1 FROM generate_series(1, 250) AS n");
    let mut browser = comes_in(&server, "Ann", "manager");
    let mut seen = Vec::new();
    for page in 1..=3 {
        let rows = cells(&browser.get(&format!("/reports/accounts?page={page}")));
        let (total, rows) = rows.split_last().unwrap();
        assert_eq!(total[4], "100.00", "the sums are those of all pages");
        seen.extend(rows.iter().map(|row| row[0].clone()));
    }
    assert_eq!(seen.len(), 253);
    seen.dedup();
    assert_eq!(seen.len(), 253, "each once");
    assert!(
        browser
            .get("/reports/accounts?page=3")
            .text
            .contains("3 / 3 (253 rows)")
    );
}

/// Sums the days that are over, as the program does by itself; how many have sums.
fn summed(server: &Server) -> String {
    let address = Address::plain(&server.database.url()).expect("an address");
    let database = Database::new(&address, 1).expect("connections");
    let tenant = TenantId::new("east").expect("a tenant");
    let now = std::time::UNIX_EPOCH.elapsed().expect("a clock").as_secs();
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    while runtime.block_on(sum_days(&database, &tenant, now)).unwrap() > 0 {}
    let days = "SELECT count(*) FROM moved_summed WHERE day BETWEEN '2023-11-01' AND '2024-03-31'";
    server.database.sql(days)
}

#[test]
fn sums_of_days_are_what_the_movements_come_to_and_what_comes_in_late_is_not_missed() {
    let (server, _terminal) = sold();
    let mut browser = comes_in(&server, "Ann", "manager");
    let days = "from=2023-11-01&until=2024-03-31";
    let narrowed = [
        "",
        "&terminal=K1",
        "&clerk=Mia",
        "&what=taken",
        "&what=wallet",
        "&utility=water",
    ];
    let mut all = || {
        let mut seen = Vec::new();
        for name in NAMES {
            for more in narrowed {
                let page = browser.get(&format!("/reports/{name}?{days}{more}"));
                let rows = match page.text.contains("<table>") {
                    true => cells(&page),
                    false => Vec::new(),
                };
                seen.push((name, more, rows));
            }
        }
        seen
    };
    // The program sums by itself as well.
    server.database.sql("DELETE FROM moved_summed");
    let single = all();
    // From the first movement of all, that of the wallet's holder, to the last one of March there is nothing that is not over.
    assert_ne!(summed(&server), "0");
    let from_sums = all();
    for (one, other) in single.iter().zip(&from_sums) {
        assert_eq!(one, other);
    }
    // A terminal that was away brings what it took on 1 March.
    let has = "SELECT string_agg(day::text, ' ' ORDER BY day) FROM moved_summed WHERE day BETWEEN '2024-02-29' AND '2024-03-02'";
    assert_eq!(server.database.sql(has), "2024-02-29 2024-03-01 2024-03-02");
    // In one transaction: the program may sum that day again at any time after it.
    let gone = server.database.sql(&format!(
        "INSERT INTO terminal_money (tenant, terminal, epoch, seq, at, clock, event, cash_box, suspense) \
         VALUES ('east', 'K1', 1, 900000, {}, 4, 4, 700, -700); {has}",
        MARCH + 5 * HOUR
    ));
    assert_eq!(gone, "2024-02-29 2024-03-02");
    let cash = |browser: &mut Browser| {
        let rows = cells(&browser.get("/reports/days?from=2024-03-01&until=2024-03-01"));
        rows[0][1].clone()
    };
    let mut browser = comes_in(&server, "Ben", "auditor");
    assert_eq!(cash(&mut browser), "117.00");
    summed(&server);
    assert_eq!(server.database.sql(has), "2024-02-29 2024-03-01 2024-03-02");
    assert_eq!(cash(&mut browser), "117.00");
    // Another zone has other days, with sums or without.
    server.say(&["tenant", "east", "--zone", "Europe/Berlin"]);
    assert_eq!(cash(&mut browser), "5.00");
    summed(&server);
    let zones = "SELECT string_agg(DISTINCT zone, ' ') FROM moved_summed";
    assert_eq!(server.database.sql(zones), "Europe/Berlin");
    assert_eq!(cash(&mut browser), "5.00");
}

#[test]
fn reports_are_put_into_the_folder_once_their_day_or_month_is_over() {
    let more = "[reports]\nfolder = \"reports\"\ndaily = [\"days:csv\", \"charges:pdf\"]\nmonthly = [\"days:xlsx\"]\n\
                language = \"en\"\ndelay_minutes = 0\n";
    let mut server = Server::start_with(more);
    let folder = server.folder.path().join("reports");
    let files = || {
        let found = std::fs::read_dir(&folder).into_iter().flatten();
        let mut names: Vec<String> = found
            .map(|file| file.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    };
    // Without the folder nothing is put anywhere, and nothing counts as put. The tenant is older than the longest look back.
    server.kill();
    server
        .database
        .sql("UPDATE tenant SET created_at = now() - interval '1 year'");
    server.resume();
    std::thread::sleep(std::time::Duration::from_secs(2));
    assert_eq!(server.database.sql("SELECT count(*) FROM report_sent"), "0");
    assert!(
        server
            .read_log()
            .contains("could not be put into the folder")
    );
    server.kill();
    std::fs::create_dir(&folder).unwrap();
    server.resume();
    let began = std::time::Instant::now();
    while files().len() < 16 || server.database.sql("SELECT count(*) FROM report_sent") != "16" {
        assert!(
            began.elapsed().as_secs() < 30,
            "{:?} {}",
            files(),
            server.read_log()
        );
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    let all = files();
    let day = server
        .database
        .sql("SELECT (now() AT TIME ZONE 'Asia/Shanghai')::date - 1");
    let month = server
        .database
        .sql("SELECT to_char(now() AT TIME ZONE 'Asia/Shanghai' - interval '1 month', 'YYYY-MM')");
    for name in [
        format!("east-days-{day}.csv"),
        format!("east-charges-{day}.pdf"),
        format!("east-days-{month}.xlsx"),
    ] {
        assert!(all.contains(&name), "{name}: {all:?}");
    }
    assert!(
        all.iter().all(|name| !name.starts_with('.')),
        "no drafts: {all:?}"
    );
    let csv = std::fs::read_to_string(folder.join(format!("east-days-{day}.csv"))).unwrap();
    assert!(
        csv.contains(&format!("{day},0.00")) && csv.contains("Total"),
        "{csv}"
    );
    // What somebody carried on is not put there again.
    std::fs::remove_file(folder.join(&all[0])).unwrap();
    server.kill();
    server.resume();
    std::thread::sleep(std::time::Duration::from_secs(3));
    assert_eq!(files(), all[1..]);
}
