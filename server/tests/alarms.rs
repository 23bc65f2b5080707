//! Alarms of meters and accounts against PostgreSQL: raised once, ended by what was seen next, gone with the meter; nights by the tenant's time.

mod common;

use common::utility::{District, NOW};
use meterpost_server::alarm::{AlarmTerms, look, set_alarm_terms};
use meterpost_server::settlement::{Terms, set_terms};

/// NOW is 14:13 of 25 February in Shanghai.
const DAY: u64 = 86_400;

/// What is open: `about name kind`, by name and kind.
fn open(district: &District) -> Vec<String> {
    let said = district.database.sql(
        "SELECT about || ' ' || terminal || ' ' || kind FROM alert WHERE ended_at IS NULL ORDER BY terminal, kind",
    );
    said.lines().map(str::to_owned).collect()
}

fn count(district: &District) -> String {
    district.database.sql("SELECT count(*) FROM alert")
}

/// Hourly readings of a water meter from midnight to six, so many litres apart.
fn hours(district: &District, meter: &str, day: u8, steps: [i64; 6]) {
    let mut register = 1_000_000 * i64::from(day);
    let mut rows = vec![(0, register)];
    for (hour, step) in (1..).zip(steps) {
        register += step;
        rows.push((hour, register));
    }
    let rows: Vec<String> = rows
        .iter()
        .map(|(hour, register)| {
            format!("('east', '{meter}', 'quantity', '2026-02-{day} 0{hour}:00', 'm3', {register}, 3, '{{}}')")
        })
        .collect();
    district.database.sql(&format!(
        "INSERT INTO reading (tenant, meter, kind, at, unit, value, places, detail) VALUES {}",
        rows.join(", ")
    ));
}

fn watched(district: &District, leak_nights: Option<i16>, night_use: Option<i64>) {
    let terms = AlarmTerms {
        utility: "water".to_owned(),
        night: (120, 300),
        leak_nights,
        leak_flow: 50,
        night_use,
    };
    district
        .within(async |t, tenant| set_alarm_terms(t, tenant, &terms).await)
        .unwrap();
}

fn looked(district: &District, now: u64) {
    let server = district.server.clone();
    district.within(async |_, tenant| look(&server, tenant, now).await.unwrap());
}

#[test]
fn a_flow_that_never_stops_for_three_nights_is_a_leak_until_it_stops() {
    let district = District::bare();
    district.account("A", "1001", "water");
    district.account("B", "1002", "water");
    district.account("C", "1003", "water");
    for day in 22..=25 {
        hours(&district, "1001", day, [90, 40, 6, 7, 8, 90]);
        // One hour of the night without a litre is no leak, whatever the other hours used.
        hours(&district, "1002", day, [90, 40, 60, 0, 80, 90]);
    }
    // Read once a day, nothing can be said.
    district.reading_of(
        "1003",
        jiff::civil::date(2026, 2, 25),
        (9_000, 3, "m3"),
        &serde_json::json!([]),
    );
    looked(&district, NOW);
    assert!(open(&district).is_empty(), "nobody watches it");
    watched(&district, Some(3), None);
    looked(&district, NOW);
    looked(&district, NOW + 3600);
    assert_eq!(open(&district), ["meter 1001 leak"]);
    assert_eq!(count(&district), "1");
    let words = district.database.sql("SELECT words FROM alert");
    assert!(
        words.contains("3 nights at least 0.0060 units an hour"),
        "{words}"
    );
    // A night without readings leaves it; one with an hour at the bound (5 litres) ends it.
    looked(&district, NOW + DAY);
    assert_eq!(open(&district), ["meter 1001 leak"]);
    hours(&district, "1001", 26, [90, 40, 6, 5, 8, 90]);
    looked(&district, NOW + DAY);
    assert!(open(&district).is_empty());
    assert_eq!(count(&district), "1");
}

#[test]
fn use_by_night_is_told_of_the_last_night_and_ends_with_what_is_not_watched() {
    let district = District::bare();
    district.account("A", "1001", "water");
    hours(&district, "1001", 25, [0, 0, 100, 0, 101, 0]);
    watched(&district, None, Some(2_000));
    looked(&district, NOW);
    assert_eq!(open(&district), ["meter 1001 night"]);
    watched(&district, None, None);
    looked(&district, NOW);
    assert!(open(&district).is_empty());
    // At the bound nothing is said.
    watched(&district, None, Some(2_010));
    looked(&district, NOW);
    assert!(open(&district).is_empty());
    watched(&district, None, Some(0));
    looked(&district, NOW);
    district.database.sql("DELETE FROM meter");
    looked(&district, NOW);
    assert!(
        open(&district).is_empty(),
        "there is no such meter any more"
    );
}

#[test]
fn a_flow_is_told_by_the_hours_that_were_when_the_clock_is_put_forward_or_back() {
    // 29 March has no hour from two to three, and what went through from one to three did so in one hour: it leaks six litres an hour. 25 October
    // has that hour twice: eight litres from two to three are four an hour, which is within the bound of five.
    let spring = [(1, 0), (3, 6), (4, 12), (5, 18)];
    let autumn = [(1, 0), (2, 20), (3, 28), (4, 48), (5, 68)];
    for (day, readings, ten, leaks) in [
        ("2026-03-29", &spring[..], 1_774_774_800, true),
        ("2026-10-25", &autumn[..], 1_792_918_800, false),
    ] {
        let district = District::bare();
        district.account("A", "1001", "water");
        district
            .database
            .sql("UPDATE tenant SET zone = 'Europe/Berlin'");
        let terms = AlarmTerms {
            utility: "water".to_owned(),
            night: (60, 300),
            leak_nights: Some(1),
            leak_flow: 50,
            night_use: None,
        };
        district
            .within(async |t, tenant| set_alarm_terms(t, tenant, &terms).await)
            .unwrap();
        for (hour, litres) in readings {
            district.database.sql(&format!(
                "INSERT INTO reading (tenant, meter, kind, at, unit, value, places, detail) \
                 VALUES ('east', '1001', 'quantity', '{day} 0{hour}:00', 'm3', {}, 3, '{{}}')",
                1000 + litres
            ));
        }
        looked(&district, ten);
        assert_eq!(open(&district).len(), usize::from(leaks), "{day}");
    }
}

#[test]
fn the_night_is_that_of_the_tenants_zone() {
    let district = District::bare();
    district.account("A", "1001", "water");
    hours(&district, "1001", 25, [0, 0, 100, 100, 100, 0]);
    watched(&district, None, Some(1_000));
    // In Los Angeles it is still the evening of the 24th, so that the night is not over.
    district
        .database
        .sql("UPDATE tenant SET zone = 'America/Los_Angeles'");
    looked(&district, NOW);
    assert!(open(&district).is_empty());
    looked(&district, NOW + DAY / 2);
    assert_eq!(open(&district), ["meter 1001 night"]);
}

#[test]
fn a_low_balance_has_two_levels_of_which_one_is_raised() {
    let district = District::new();
    district.account("A", "1001", "electricity");
    district.account("B", "2002", "electricity");
    district
        .database
        .sql("UPDATE meter SET billing = 'on_meter' WHERE number = '2002'");
    let terms = Terms {
        warn_first: 5_000,
        warn_second: 2_000,
        emergency: 1_000,
        keep_power: true,
        quiet: (0, 0),
    };
    district
        .within(async |t, tenant| set_terms(t, tenant, None, &terms).await)
        .unwrap();
    district.supply(12);
    assert_eq!(open(&district), ["account A balance.urgent"]);
    district.pay("t-1", "A", 3_000);
    district.supply(12);
    district.supply(13);
    assert_eq!(open(&district), ["account A balance.low"]);
    district.pay("t-2", "A", 3_000);
    district.supply(14);
    assert!(open(&district).is_empty());
    assert_eq!(count(&district), "2");
    // A meter that keeps its money says itself what is left.
    let said = |at: &str, left: i64| {
        district.database.sql(&format!(
            "INSERT INTO reading (tenant, meter, kind, at, unit, value, places, detail) \
             VALUES ('east', '2002', 'books', '{at}', 'money', {left}, 2, '{{}}')"
        ));
        looked(&district, NOW);
    };
    said("2026-02-25 08:00", 5_000);
    assert_eq!(open(&district), ["meter 2002 balance.low"]);
    said("2026-02-25 09:00", 2_000);
    assert_eq!(open(&district), ["meter 2002 balance.urgent"]);
    said("2026-02-25 10:00", 5_001);
    assert!(open(&district).is_empty());
}
