//! Days settled against PostgreSQL: what meters used becomes postings once, estimates are mended by differences, a balance that runs
//! low cuts off and restores. The books are checked after every step.

mod common;

use common::books::{book, check};
use common::server::Server;
use common::utility::{District, KWH, NOW, TODAY, electricity};
use jiff::ToSpan;
use jiff::civil::{Date, date};
use meterpost_server::settlement::{
    DeskError, RegisterChange, SettlementError, Terms, change_register, differences, problems,
    set_holiday, set_terms,
};
use meterpost_server::tariff::{StoreError, Utility, Which};
use serde_json::json;

fn march(n: i8) -> Date {
    date(2026, 3, n)
}

const EVE: Date = date(2026, 2, 28);

/// The journals, postings and days that are there.
fn count(district: &District) -> String {
    district.database.sql(
        "SELECT (SELECT count(*) FROM posting_journal), (SELECT count(*) FROM wallet_posting), (SELECT count(*) FROM settled_day), \
         (SELECT count(*) FROM settlement_problem)",
    )
}

#[test]
fn a_month_of_a_district_with_a_gap_and_a_new_price_comes_out_to_the_fen_and_again_changes_nothing()
{
    let district = District::new();
    district.in_force("default", march(16), &electricity(600_000));
    for n in 1..=6 {
        district.account(&format!("A{n}"), &format!("100{n}"), "electricity");
        district.pay(&format!("t-{n}"), &format!("A{n}"), 20_000);
        district.reading(&format!("100{n}"), EVE, 0);
    }
    // Meter n uses 2 × n kWh a day. Of the third one the tenth is missing until the 12th has been settled.
    for day in 1..=31 {
        let told = (1..=6_i64).filter(|n| (*n, day) != (3, 10));
        let registers: Vec<(String, i64)> = told
            .map(|n| (format!("100{n}"), 2 * n * i64::from(day) * KWH))
            .collect();
        district.readings(march(day), &registers);
        if day == 13 {
            district.reading("1003", march(10), 2 * 3 * 10 * KWH + 5);
        }
        district.settle(march(day));
    }
    // 62 kWh × 48.83 = 3027.46.
    assert_eq!(district.charged("1001"), 3_027);
    // 186 kWh: 9082.38, whatever was estimated in between.
    assert_eq!(district.charged("1003"), 9_082);
    // 10 a day: 150 and 90 kWh × 48.83, then 70 × 60.00 by the new price: 11719.2 + 4200.
    assert_eq!(district.charged("1005"), 15_919);
    // 12 a day: on the 16th 192 kWh by the new version; 240 × 48.83 + 132 × 60.00 = 19639.2.
    assert_eq!(district.charged("1006"), 19_639);
    assert_eq!(district.money("A6"), (20_000 - 19_639, 0));
    let all: i64 = (1..=6).map(|n| district.charged(&format!("100{n}"))).sum();
    assert_eq!(book(&district.database, "consumption"), -all);
    let before = count(&district);
    let again = district.try_settle(march(1), march(31)).unwrap();
    assert_eq!((again.revisions, again.charged), (0, 0));
    assert_eq!(count(&district), before);
    assert_eq!(
        district
            .database
            .sql("SELECT count(*) FROM settlement_problem"),
        "0"
    );
}

#[test]
fn a_missing_reading_is_estimated_and_mended_by_its_difference_never_edited() {
    let district = District::new();
    district.account("A", "1001", "electricity");
    district.pay("t-1", "A", 10_000);
    for (day, register) in [(EVE, 0), (march(1), 4), (march(2), 14)] {
        district.reading("1001", day, register * KWH);
    }
    district.settle(march(1));
    district.settle(march(2));
    // 4 and 10 kWh: the mean is 7.
    let report = district.settle(march(3));
    assert_eq!((report.revisions, report.estimated), (1, 1));
    let estimated = [
        "2026-03-01 1 read 40000 195",
        "2026-03-02 1 read 100000 489",
        "2026-03-03 1 estimated 70000 341",
    ];
    assert_eq!(district.days("1001", march(1)), estimated);
    // A second look while nothing is known leaves it.
    assert_eq!(district.settle(march(3)).revisions, 0);
    // The fourth is known: the two days share 8 kWh.
    district.reading("1001", march(4), 22 * KWH);
    district.settle(march(4));
    let split = [
        "2026-03-03 2 split 40000 195",
        "2026-03-04 1 split 40000 195",
    ];
    assert_eq!(district.days("1001", march(3)), split);
    // The third comes after all, with 6 kWh of them.
    district.reading("1001", march(3), 20 * KWH);
    district.settle(march(5));
    let read = [
        "2026-03-03 3 read 60000 293",
        "2026-03-04 2 read 20000 97",
        "2026-03-05 1 estimated 55000 269",
    ];
    assert_eq!(district.days("1001", march(3)), read);
    // 22 kWh × 48.83 = 1074.26, and the estimate of the fifth.
    assert_eq!(district.money("A"), (10_000 - 1_074 - 269, 0));
    let returned = district.database.sql(
        "SELECT count(*), sum(amount) FROM posting_journal JOIN wallet_posting USING (tenant, journal) \
         WHERE kind = 'settlement.returned' AND amount > 0",
    );
    // 341 − 195, then 195 − 97.
    assert_eq!(returned, "2|244");
    for sql in [
        "UPDATE settled_day SET charge = 0",
        "DELETE FROM settled_day",
    ] {
        let said = district.database.as_server(sql);
        let said = String::from_utf8_lossy(&said.stderr).into_owned();
        assert!(said.contains("permission denied"), "{sql}: {said}");
    }
}

#[test]
fn a_mended_day_in_an_empty_wallet_pays_what_is_owed() {
    let district = District::new();
    district.account("A", "1001", "electricity");
    district.pay("t-1", "A", 600);
    for (day, register) in [(EVE, 0), (march(1), 10)] {
        district.reading("1001", day, register * KWH);
    }
    district.settle(march(1));
    district.settle(march(2));
    // 488.3 were there; the next 488.3 leave the wallet empty.
    assert_eq!(district.money("A"), (0, 377));
    district.reading("1001", march(2), 11 * KWH);
    district.settle(march(2));
    // 11 × 48.83 = 537.13.
    assert_eq!(district.money("A"), (600 - 537, 0));
    assert_eq!(book(&district.database, "debt"), 0);
}

#[test]
fn days_that_nobody_settled_are_settled_with_the_next_one() {
    let district = District::new();
    district.account("A", "1001", "electricity");
    for (day, register) in [(EVE, 0), (march(1), 10), (march(2), 30), (march(5), 60)] {
        district.reading("1001", day, register * KWH);
    }
    assert_eq!(district.settle(march(1)).revisions, 1);
    assert_eq!(district.settle(march(5)).revisions, 4);
    let split: Vec<String> = (3..=5)
        .map(|n| format!("2026-03-0{n} 1 split 100000"))
        .collect();
    let days = district.days("1001", march(3));
    assert!(
        days.iter()
            .zip(&split)
            .all(|(day, begins)| day.starts_with(begins.as_str())),
        "{days:?}"
    );
    // 60 kWh × 48.83 = 2929.8.
    assert_eq!(district.charged("1001"), 2_930);
}

#[test]
fn a_register_that_runs_backwards_waits_for_a_persons_word() {
    let district = District::new();
    district.account("A", "1001", "electricity");
    for (day, register) in [(EVE, 500), (march(1), 510), (march(2), 3), (march(3), 13)] {
        district.reading("1001", day, register * KWH);
    }
    for day in 1..=3 {
        let report = district.settle(march(day));
        assert_eq!(report.stopped, u64::from(day > 1), "{day}");
    }
    let open = district.within(async |t, _| problems(t).await).unwrap();
    let told: Vec<_> = open
        .iter()
        .map(|one| (one.meter.as_str(), one.day, one.reason.as_str()))
        .collect();
    assert_eq!(told, [("1001", march(2), "backwards")]);
    let change = |meter, reason| RegisterChange {
        meter,
        day: march(2),
        last: &[515 * KWH],
        first: &[0],
        reason,
    };
    let enter = |change: &RegisterChange<'_>| {
        district.within(async |t, tenant| change_register(t, (tenant, "Mia"), change).await)
    };
    assert!(matches!(
        enter(&change("9999", "no such meter")),
        Err(DeskError::NoMeter(_))
    ));
    assert!(matches!(
        enter(&change("1001", "")),
        Err(DeskError::Malformed)
    ));
    enter(&change("1001", "the meter was changed")).unwrap();
    assert!(matches!(
        enter(&change("1001", "once more")),
        Err(DeskError::Entered)
    ));
    district.settle(march(3));
    // 5 of the old and 3 of the new one.
    let days = [
        "2026-03-02 1 read 80000 391",
        "2026-03-03 1 read 100000 488",
    ];
    assert_eq!(district.days("1001", march(2)), days);
    assert!(
        district
            .within(async |t, _| problems(t).await)
            .unwrap()
            .is_empty()
    );
}

#[test]
fn what_cannot_be_settled_is_listed_with_its_reason_and_stops_nobody_else() {
    let district = District::new();
    for (n, utility) in [
        (1, "electricity"),
        (2, "water"),
        (3, "electricity"),
        (4, "electricity"),
        (5, "electricity"),
    ] {
        district.account(&format!("A{n}"), &format!("100{n}"), utility);
    }
    let m3 = |day, value| district.reading_of("1002", day, (value, 3, "m3"), &json!([]));
    m3(EVE, 0);
    m3(march(1), 1000);
    // The third has never been read; the fourth counts other units than its tariff, the fifth began today.
    district.reading_of("1004", EVE, (0, 3, "MWh"), &json!([]));
    district.reading_of("1004", march(1), (1, 3, "MWh"), &json!([]));
    district.reading("1005", march(1), 77);
    district.reading("1001", EVE, 0);
    district.reading("1001", march(1), KWH);
    let report = district.settle(march(1));
    assert_eq!((report.meters, report.revisions, report.stopped), (5, 1, 3));
    let reasons = district
        .database
        .sql("SELECT meter || ' ' || reason FROM settlement_problem ORDER BY meter");
    assert_eq!(reasons, "1002 no_tariff\n1003 no_opening\n1004 unit");
    let water = json!({"utility": "water", "unit": "m3", "period": "year", "tiers": [{"price": 5_000_000}]});
    district.in_force("default", date(2026, 1, 1), &water);
    let report = district.settle(march(1));
    assert_eq!((report.revisions, report.stopped), (1, 2));
    // 1 m³ at 5 yuan.
    assert_eq!(
        district.days("1002", march(1)),
        ["2026-03-01 1 read 10000 500"]
    );
    let open = district
        .database
        .sql("SELECT count(*) FROM settlement_problem WHERE cleared_at IS NULL");
    assert_eq!(open, "2");
}

#[test]
fn rates_by_time_of_day_and_wider_tiers_of_a_household_are_charged_from_readings() {
    let district = District::bare();
    let tariff = json!({
        "utility": "electricity", "unit": "kWh", "period": "month",
        "tiers": [{"upto": 10_000, "extra": 5_000, "price": 500_000}, {"price": 1_000_000}],
        "household": {"base": 4},
        "rates": [
            {"name": "峰", "register": 1, "delta": 30_000, "hours": ["08:00-22:00"]},
            {"name": "谷", "register": 2, "delta": -200_000, "hours": ["22:00-08:00"]},
        ],
    });
    district.in_force("home", date(2026, 1, 1), &tariff);
    district.account("A", "1001", "electricity");
    district
        .database
        .sql("UPDATE account SET household = 6; UPDATE meter SET tariff = 'home'");
    let read = |day, peak: i64, valley: i64| {
        let total = (peak + valley) * KWH;
        district.reading_of(
            "1001",
            day,
            (total, 4, "kWh"),
            &json!([peak * KWH, valley * KWH]),
        );
    };
    read(EVE, 5, 5);
    read(march(1), 20, 15);
    district.settle(march(1));
    // 20 kWh in the first tier for six people, 5 in the second: 1000 + 500; 15 × 3 − 10 × 20 = −155.
    assert_eq!(
        district.days("1001", march(1)),
        ["2026-03-01 1 read 250000 1345"]
    );
    let lines = district
        .database
        .sql("SELECT jsonb_path_query_array(lines, '$[*].amount') FROM settled_day");
    assert_eq!(lines, "[\"1000\", \"500\", \"45\", \"-200\"]");
}

/// An account whose meter hangs on a concentrator, with so much in its wallet.
fn on_the_wire(district: &District, account: &str, meter: &str, fen: i64) {
    district.account(account, meter, "electricity");
    district.pay(&format!("t-{account}"), account, fen);
    district.database.sql(&format!(
        "INSERT INTO concentrator (tenant, area, address, certificate) VALUES ('east', 1, 1, 'c') ON CONFLICT DO NOTHING; \
         INSERT INTO meter_point (tenant, meter, area, address, point, since) VALUES ('east', '{meter}', 1, 1, {meter}, '2026-01-01')"
    ));
    district.reading(meter, EVE, 0);
}

fn terms(keep_power: bool) -> Terms {
    Terms {
        warn_first: 2000,
        warn_second: 1000,
        emergency: 500,
        keep_power,
        quiet: (1320, 480),
    }
}

#[test]
fn a_balance_that_runs_low_warns_cuts_off_once_and_restores_when_it_is_paid() {
    let district = District::new();
    for (account, meter) in [("A", "1001"), ("B", "1002")] {
        on_the_wire(&district, account, meter, 2500);
    }
    let orders = || {
        district
            .database
            .sql("SELECT meter || ' ' || kind || ' ' || ordered_by FROM meter_order ORDER BY seq")
    };
    let decisions = || {
        district
            .database
            .sql("SELECT account || ' ' || decision FROM supply_decision ORDER BY id")
    };
    assert_eq!(
        district.supply(12).cut_off,
        0,
        "without terms nothing happens"
    );
    district
        .within(async |t, tenant| set_terms(t, tenant, None, &terms(false)).await)
        .unwrap();
    // B is a hospital.
    district
        .within(async |t, tenant| set_terms(t, tenant, Some("B"), &terms(true)).await)
        .unwrap();
    let wrong = Terms {
        warn_second: 3000,
        ..terms(false)
    };
    let refused = district.within(async |t, tenant| set_terms(t, tenant, None, &wrong).await);
    assert!(matches!(refused, Err(DeskError::Levels)));
    district.supply(12);
    assert_eq!(decisions(), "");
    // 20 kWh a day are 976.6 fen.
    let day = |n: i8| {
        for meter in ["1001", "1002"] {
            district.reading(meter, march(n), i64::from(n) * 20 * KWH);
        }
        district.settle(march(n));
    };
    day(1);
    district.supply(12);
    district.supply(12);
    assert_eq!(decisions(), "A warn_first\nB warn_first");
    day(2);
    district.supply(12);
    assert_eq!(
        decisions(),
        "A warn_first\nB warn_first\nA warn_second\nB warn_second"
    );
    day(3);
    day(4);
    // 3906.4 of 2500: more than 500 are owed. Not by night, not on a holiday.
    assert_eq!(district.money("A"), (0, 1406));
    assert_eq!(district.supply(23).cut_off, 0);
    let holiday = date(2026, 6, 2);
    district
        .within(async |t, tenant| set_holiday(t, tenant, holiday, true).await)
        .unwrap();
    assert_eq!(district.supply(12).cut_off, 0);
    district
        .within(async |t, tenant| set_holiday(t, tenant, holiday, false).await)
        .unwrap();
    let decided = district.supply(12);
    assert_eq!((decided.cut_off, decided.nudges.len()), (1, 1));
    assert_eq!(district.supply(12).cut_off, 0);
    assert_eq!(orders(), "1001 off settlement");
    // Not enough, then enough.
    district.pay("t-less", "A", 1406);
    assert_eq!(district.supply(23).restored, 0);
    district.pay("t-more", "A", 5000);
    assert_eq!(district.supply(23).restored, 1);
    assert_eq!(district.supply(12).restored, 0);
    assert_eq!(orders(), "1001 off settlement\n1001 on settlement");
    assert_eq!(district.money("A"), (5000, 0));
    check(&district.database);
}

#[test]
fn one_server_at_a_time_settles_and_no_day_before_it_is_over() {
    let district = District::new();
    let refused = district.try_settle(march(1), TODAY);
    assert!(matches!(refused, Err(SettlementError::NotOver(_))));
    assert!(matches!(
        district.try_settle(march(2), march(1)),
        Err(SettlementError::Range)
    ));
    let busy = district.within(async |transaction, _| {
        transaction
            .execute(
                "SELECT pg_advisory_xact_lock(hashtextextended('east settlement', 0))",
                &[],
            )
            .await
            .expect("the lock");
        let days = (march(1), march(1));
        meterpost_server::settlement::settle_days(
            &district.server,
            &district.tenant,
            days,
            (TODAY, NOW),
        )
        .await
    });
    assert!(matches!(busy, Err(SettlementError::Busy)));
    assert!(district.try_settle(march(1), march(1)).is_ok());
}

#[test]
fn a_tariff_needs_two_people_and_is_never_changed_once_it_was_asked_for() {
    let district = District::new();
    let next = march(1);
    let version = district.draft("default", next, &electricity(600_000));
    let which = Which {
        utility: Utility::Electricity,
        name: "default",
        version,
    };
    assert!(matches!(
        district.activate(which, "Ann"),
        Err(StoreError::FourEyes)
    ));
    district.activate(which, "Ben").unwrap();
    assert!(matches!(
        district.activate(which, "Ben"),
        Err(StoreError::State(_))
    ));
    let same = district.draft("default", next, &electricity(700_000));
    let same = Which {
        version: same,
        ..which
    };
    assert!(matches!(
        district.activate(same, "Ben"),
        Err(StoreError::SameDay)
    ));
    assert!(matches!(
        district.withdraw(which, next),
        Err(StoreError::Begun(_))
    ));
    let said = |sql: &str| {
        let output = district.database.as_server(sql);
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    assert!(said("UPDATE tariff_version SET content = '{}'").contains("permission denied"));
    assert!(said("DELETE FROM tariff_version").contains("permission denied"));
    let alone = "INSERT INTO tariff_version (tenant, utility, name, version, valid_from, content, state, drafted_by, activated_by, activated_at) \
         VALUES ('east', 'water', 'x', 1, '2026-01-01', '{}', 'active', 'Ann', 'Ann', now())";
    assert!(said(alone).contains("tariff_four_eyes"));
    assert!(
        said("UPDATE tariff_version SET state = 'waiting' WHERE state = 'active'")
            .contains("cannot become")
    );
    let owner = "DO $$ BEGIN UPDATE tariff_version SET content = '{}' WHERE version = 1; EXCEPTION WHEN check_violation THEN \
         RAISE NOTICE 'refused'; RETURN; END; $$; SELECT content->>'unit' FROM tariff_version WHERE version = 1";
    assert_eq!(district.database.sql(owner), "kWh");
    let other = "SET ROLE meterpost_server; SET meterpost.tenant = 'west'; SELECT count(*) FROM tariff_version";
    assert_eq!(district.database.sql(other), "0");
}

#[test]
fn a_tariff_that_begins_on_a_day_that_was_charged_comes_too_late() {
    let district = District::new();
    district.account("A", "1001", "electricity");
    district.reading("1001", EVE, 0);
    district.reading("1001", march(1), KWH);
    district.settle(march(1));
    let late = |from: Date| {
        let version = district.draft("default", from, &electricity(600_000));
        let which = Which {
            utility: Utility::Electricity,
            name: "default",
            version,
        };
        district.activate(which, "Ben")
    };
    assert!(matches!(late(march(1)), Err(StoreError::Charged(last)) if last == march(1)));
    late(march(1) + 1.day()).unwrap();
}

#[test]
fn what_a_meter_counts_otherwise_than_the_books_is_listed() {
    let district = District::new();
    district.account("A", "1001", "electricity");
    district.account("B", "1002", "electricity");
    let said = |meter: &str, at: &str, cumulative: i64| {
        district.database.sql(&format!(
            "INSERT INTO reading (tenant, meter, kind, at, unit, value, places, detail) \
             VALUES ('east', '{meter}', 'books', '{at}', 'money', 0, 2, '{{\"cumulative\": {cumulative}}}')"
        ));
    };
    for meter in ["1001", "1002"] {
        said(meter, "2026-03-01 08:00", 10_000);
        said(meter, "2026-03-05 08:00", 15_000);
        district.database.sql(&format!(
            "INSERT INTO meter_order (tenant, id, meter, kind, amount, state, ordered_by, session, sent_at, ended_at) \
             VALUES ('east', 'o-{meter}', '{meter}', 'credit', 5000, 'applied', 'Mia', 1, '2026-03-02', '2026-03-02 12:00+00')"
        ));
    }
    let compare = || {
        district
            .within(async |t, tenant| differences(t, tenant).await)
            .unwrap()
    };
    assert_eq!(compare(), []);
    said("1002", "2026-03-06 08:00", 15_700);
    let found = compare();
    assert_eq!(found.len(), 1);
    assert_eq!(
        (
            found[0].meter.as_str(),
            found[0].by_meter.0,
            found[0].by_books.0
        ),
        ("1002", 5_700, 5_000)
    );
    // What a terminal credited for cash is ours too; what it took from a wallet is among the holds already.
    let sale = |sale: i64, seq: i64, paid: &str| {
        district.database.sql(&format!(
            "INSERT INTO terminal_sale (tenant, terminal, epoch, sale, seq, at, meter, utility, target) \
             VALUES ('east', 'k1', 1, {sale}, {seq}, 1772500000, '1002', 'electricity', 700); \
             INSERT INTO terminal_money (tenant, terminal, epoch, seq, at, clock, event, sale, suspense, {paid}) \
             VALUES ('east', 'k1', 1, {seq} + 1, 1772500000, 4, 29, {sale}, -700, 700); \
             INSERT INTO terminal_money (tenant, terminal, epoch, seq, at, clock, event, sale, in_delivery, credited) \
             VALUES ('east', 'k1', 1, {seq} + 2, 1772500000, 4, 9, {sale}, 700, -700)"
        ));
    };
    sale(1, 10, "wallets");
    assert_eq!(compare().len(), 1);
    sale(2, 20, "cash_box");
    assert_eq!(compare(), []);
}

#[test]
fn the_program_settles_a_range_and_tells_what_stands_in_the_way() {
    let server = Server::start_with("[settlement]\nat = \"23:59\"\nutc_offset_minutes = 480\n");
    server.database.sql(
        "INSERT INTO account (tenant, account, district, changed) VALUES ('east', 'A', 'north', 1); \
         INSERT INTO meter (tenant, number, account, utility, profile, address, segment, billing) \
         VALUES ('east', '1001', 'A', 'electricity', 'dlt645-plain', '1001', 0, 'on_account'); \
         INSERT INTO reading (tenant, meter, kind, at, unit, value, places, detail) \
         SELECT 'east', '1001', 'day', day, 'kWh', n * 10000, 4, '{}' FROM generate_series('2026-03-01', '2026-03-05', interval '1 day') \
         WITH ORDINALITY AS d(day, n)",
    );
    let settle = || {
        let arguments = [
            "settle",
            "--tenant",
            "east",
            "--day",
            "2026-03-02",
            "--until",
            "2026-03-05",
            "--compare",
            "--json",
        ];
        let told: serde_json::Value = serde_json::from_str(&server.say(&arguments)).expect("JSON");
        told
    };
    let told = settle();
    assert_eq!(told["problems"][0]["reason"], "no_tariff", "{told}");
    server.database.sql(
        "INSERT INTO tariff_version (tenant, utility, name, version, valid_from, content, state, drafted_by, activated_by, activated_at) \
         VALUES ('east', 'electricity', 'default', 1, '2026-01-01', \
             '{\"utility\": \"electricity\", \"unit\": \"kWh\", \"period\": \"month\", \"tiers\": [{\"price\": 500000}]}', 'active', 'Ann', 'Ben', now())",
    );
    let told = settle();
    assert_eq!(
        (&told["report"]["revisions"], &told["report"]["charged"]),
        (&json!(4), &json!(200))
    );
    assert_eq!(told["problems"], json!([]));
    assert_eq!(settle()["report"]["revisions"], 0);
    let future = server.try_say(&["settle", "--tenant", "east", "--day", "2999-01-01"]);
    assert!(String::from_utf8_lossy(&future.stderr).contains("not over"));
    check(&server.database);
}

/// Until the server's log has this; what it has where it never does.
fn waits(server: &Server, said: &str) -> Result<(), String> {
    for _ in 0..300 {
        if server.read_log().contains(said) {
            return Ok(());
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    Err(server.read_log())
}

#[test]
fn what_a_month_comes_to_follows_its_days_whatever_is_settled_anew() {
    let district = District::new();
    district.account("A", "1001", "electricity");
    district.reading("1001", EVE, 0);
    let same = || {
        let by_days = "SELECT string_agg(format('%s %s %s %s', month, days, used, charge), ', ' ORDER BY month) FROM ( \
             SELECT date_trunc('month', day::timestamp)::date AS month, count(*) AS days, sum(consumption) AS used, sum(charge) AS charge \
             FROM (SELECT DISTINCT ON (day) * FROM settled_day ORDER BY day, revision DESC) d GROUP BY 1) m";
        let by_months = "SELECT string_agg(format('%s %s %s %s', month, days, consumption, charge), ', ' ORDER BY month) FROM settled_month";
        let (days, months) = (
            district.database.sql(by_days),
            district.database.sql(by_months),
        );
        assert_eq!(days, months);
        months
    };
    district.reading("1001", march(1), KWH);
    district.settle(march(1));
    // Nothing is known of two days, which are estimated; then they are known, and settled anew.
    district.settle(march(2));
    district.settle(march(3));
    let estimated = same();
    district.reading("1001", march(3), 9 * KWH);
    district.settle(march(3));
    let known = same();
    assert_ne!(estimated, known);
    assert_eq!(
        district
            .database
            .sql("SELECT days, estimated FROM settled_month"),
        "3|0"
    );
}

#[test]
fn a_new_tenant_has_the_configured_offset_and_who_runs_the_server_is_told_where_no_tenant_goes_by_it()
 {
    let mut server = Server::start_with("[settlement]\nat = \"23:59\"\nutc_offset_minutes = 330\n");
    let zones = |server: &Server| {
        let sql = "SELECT string_agg(tenant || ' ' || zone, ', ' ORDER BY tenant) FROM tenant";
        server.database.sql(sql)
    };
    server.say(&["tenant", "west", "--zone", "Asia/Tokyo"]);
    assert_eq!(zones(&server), "east <+0530>-05:30, west Asia/Tokyo");
    // Said again without one, it keeps what it has.
    server.say(&["tenant", "west"]);
    server.kill();
    server.say(&["tenant", "east", "--zone", "Asia/Shanghai"]);
    assert_eq!(zones(&server), "east Asia/Shanghai, west Asia/Tokyo");
    assert!(!server.read_log().contains("no tenant goes by it"));
    server.resume();
    waits(&server, "no tenant goes by it").unwrap();
    let refused = server.try_say(&["tenant", "east", "--zone", "Mars/Olympus"]);
    assert!(!refused.status.success());
}

#[test]
fn two_tenants_of_one_server_have_days_of_their_own() {
    // A day and an hour apart: they never have the same date, whenever this runs.
    let zones = [
        ("east", "Pacific/Kiritimati"),
        ("west", "Pacific/Pago_Pago"),
    ];
    let mut server = Server::start_with("[settlement]\nat = \"00:00\"\n");
    server.kill();
    let yesterday = |zone: &str| {
        let now = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::get(zone).expect("a zone"));
        now.date().yesterday().expect("a day")
    };
    let before = zones.map(|(_, zone)| yesterday(zone));
    for (tenant, zone) in zones {
        server.say(&["tenant", tenant, "--zone", zone]);
        server.database.sql(&format!(
            "INSERT INTO account (tenant, account, district, changed) VALUES ('{tenant}', 'A', 'north', 1); \
             INSERT INTO meter (tenant, number, account, utility, profile, address, segment, billing) \
             VALUES ('{tenant}', '1001', 'A', 'electricity', 'dlt645-plain', '1001', 0, 'on_account'); \
             INSERT INTO reading (tenant, meter, kind, at, unit, value, places, detail) \
             SELECT '{tenant}', '1001', 'day', (now() AT TIME ZONE '{zone}')::date - n, 'kWh', (10 - n) * 10000, 4, '{{}}' FROM generate_series(0, 4) n; \
             INSERT INTO tariff_version (tenant, utility, name, version, valid_from, content, state, drafted_by, activated_by, activated_at) \
             VALUES ('{tenant}', 'electricity', 'default', 1, '2026-01-01', \
                 '{{\"utility\": \"electricity\", \"unit\": \"kWh\", \"period\": \"month\", \"tiers\": [{{\"price\": 500000}}]}}', 'active', 'Ann', 'Ben', now())"
        ));
    }
    server.resume();
    let last = |tenant: &str| {
        let sql = format!("SELECT max(day) FROM settled_day WHERE tenant = '{tenant}'");
        server.database.sql(&sql)
    };
    for ((tenant, zone), before) in zones.into_iter().zip(before) {
        waits(&server, &format!("tenant={tenant} day=")).unwrap();
        let days = [before, yesterday(zone)].map(|day| day.to_string());
        assert!(
            days.contains(&last(tenant)),
            "{tenant}: {}",
            server.read_log()
        );
        // What that day is not over for is refused, and was not settled.
        let today = yesterday(zone).tomorrow().expect("a day").to_string();
        let early = server.try_say(&["settle", "--tenant", tenant, "--day", &today]);
        assert!(
            String::from_utf8_lossy(&early.stderr).contains("not over"),
            "{tenant}"
        );
    }
    assert_ne!(last("east"), last("west"));
    check(&server.database);
}

#[test]
fn a_server_settles_the_day_before_by_itself_and_once_whatever_is_started_again() {
    let mut server = Server::start_with("[settlement]\nat = \"00:00\"\nutc_offset_minutes = 0\n");
    server.kill();
    server.database.sql(
        "INSERT INTO account (tenant, account, district, changed) VALUES ('east', 'A', 'north', 1); \
         INSERT INTO meter (tenant, number, account, utility, profile, address, segment, billing) \
         VALUES ('east', '1001', 'A', 'electricity', 'dlt645-plain', '1001', 0, 'on_account'); \
         INSERT INTO reading (tenant, meter, kind, at, unit, value, places, detail) \
         SELECT 'east', '1001', 'day', (now() AT TIME ZONE 'UTC')::date - n, 'kWh', (10 - n) * 10000, 4, '{}' FROM generate_series(1, 4) n; \
         INSERT INTO tariff_version (tenant, utility, name, version, valid_from, content, state, drafted_by, activated_by, activated_at) \
         VALUES ('east', 'electricity', 'default', 1, '2026-01-01', \
             '{\"utility\": \"electricity\", \"unit\": \"kWh\", \"period\": \"month\", \"tiers\": [{\"price\": 500000}]}', 'active', 'Ann', 'Ben', now()); \
         INSERT INTO supply_terms (tenant, account, warn_first, warn_second, quiet_from, quiet_to) VALUES ('east', '', 20, 10, 0, 0)",
    );
    let there = |server: &Server| {
        server.database.sql(
            "SELECT (SELECT count(*) FROM settled_day), (SELECT coalesce(sum(amount), 0) FROM wallet_posting WHERE book = 'consumption'), \
             (SELECT count(*) FROM supply_decision WHERE decision = 'cut_off')",
        )
    };
    for life in 0..2 {
        let before = server.read_log().matches("a day is settled").count();
        server.resume();
        for _ in 0..300 {
            if server.read_log().matches("a day is settled").count() > before
                && there(&server).ends_with("|1")
            {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(100));
        }
        // It begins after the last day that was read before yesterday: 1 kWh, owed by an empty wallet.
        assert_eq!(there(&server), "1|-50|1", "{life}: {}", server.read_log());
        server.kill();
    }
    check(&server.database);
}
