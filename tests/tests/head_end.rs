//! The concentrator that ships dials the server that ships, and the rig's meters are read, switched and credited through both.

mod grid;

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use grid::wire::{Cut, Wire};
use grid::*;
use meterpost_tests::meter::{Fault, FaultKind, FaultScope};
use meterpost_tests::scenario::office::TENANT;
use meterpost_tests::scenario::programs::beside;

const ALWAYS: u32 = 1_000_000;

fn fault(kind: FaultKind, count: u32, scope: FaultScope) -> Fault {
    Fault {
        scope,
        ..Fault::next(kind, count)
    }
}

#[test]
fn a_concentrator_dials_in_over_tls_and_its_meters_are_read_switched_and_credited() {
    let listen = free_port();
    let mut own = String::new();
    let mut grid = Grid::with(listen, |office| {
        own = certificate(office, "c1", &format!("c1.{TENANT}.example"));
        let tls = certificate(office, "head-end", "head-end.example");
        format!(
            "\n[head_end]\nlisten = \"{listen}\"\npoll_seconds = 1\nin_flight_seconds = 2\n[head_end.tls]\n{tls}"
        )
    });
    grid.dial(&[listen], &format!("[tls]\n{own}"));
    grid.connected();

    // Its archive is that of the directory: the electricity meter; the water meter stands in its own file.
    grid.until("the archive is downloaded", |grid| {
        !grid.concentrator(1)["archive_at"].is_null()
    });
    let size = grid.sql("SELECT archive_size FROM concentrator");
    assert_eq!(size, "1");
    assert_eq!(grid.concentrator(1)["meters"], 2);

    // Orders.
    grid.order("r1", M_ELECTRICITY, "read", None);
    let read = grid.until_state("r1", "applied");
    assert_eq!(read["result"]["balance"], grid.meter(ELECTRICITY).balance);
    grid.order("s1", M_WATER, "off", None);
    grid.until_state("s1", "applied");
    assert!(!grid.meter(WATER).supply_on);
    grid.order("s2", M_WATER, "on", None);
    grid.until_state("s2", "applied");
    assert!(grid.meter(WATER).supply_on);
    for (id, meter, address) in [("c1", M_ELECTRICITY, ELECTRICITY), ("c2", M_WATER, WATER)] {
        let before = grid.meter(address);
        grid.order(id, meter, "credit", Some("50.00"));
        let done = grid.until_state(id, "applied");
        assert_eq!(done["number"], before.count + 1);
        assert_eq!(done["attempts"], 1);
        assert_eq!(grid.meter(address).balance, before.balance + 5000);
        // The same order said again is the same order.
        grid.order(id, meter, "credit", Some("50.00"));
    }
    std::thread::sleep(Duration::from_secs(1));
    assert_eq!(grid.credited(ELECTRICITY), [5000]);
    assert_eq!(grid.credited(WATER), [5000]);

    // What it read on schedule, and what it told by itself, once each. After a restart it reads whom it did not read in this cycle.
    grid.kill_concentrator();
    grid.dial(&[listen], &format!("[tls]\n{own}"));
    for (meter, kind) in [(M_ELECTRICITY, "energy"), (M_WATER, "quantity")] {
        let path = format!("/api/v1/meters/{meter}/readings?kind={kind}");
        grid.until(&format!("{kind} of {meter}"), |grid| {
            let told = grid.call("GET", &path, None);
            told["readings"]
                .as_array()
                .is_some_and(|all| !all.is_empty())
        });
        let told = grid.call("GET", &path, None);
        assert_eq!(told["readings"][0]["conflicts"], 0, "{told}");
    }
    grid.until("both its starts were told", |grid| {
        grid.sql("SELECT count(*) FROM concentrator_event WHERE code = 207") == "2"
    });
    let numbers = grid.sql(
        "SELECT count(*) = count(DISTINCT number) AND min(number) > 0 FROM concentrator_event",
    );
    assert_eq!(numbers, "t");
    // Months are there ahead of their readings.
    assert_eq!(grid.sql("SELECT count(*) FROM reading_default"), "0");
    assert_eq!(grid.concentrator(1)["trouble"], serde_json::Value::Null);
}

#[test]
fn a_credit_whose_connection_is_cut_at_any_exchange_is_applied_once() {
    let mut grid = Grid::plain();
    let wire = Wire::to(grid.listen);
    let mut expected = 0;
    let mut reached = 0;
    for number in 1..=6 {
        for cut in [Cut::Before(number), Cut::After(number), Cut::Answer(number)] {
            // Its back-off begins anew with it.
            grid.kill_concentrator();
            grid.dial(&[wire.address], "");
            grid.connected();
            let (before, cuts) = (grid.meter(ELECTRICITY), wire.cuts());
            let id = format!("c-{cut:?}").replace(['(', ')'], "-");
            wire.cut(cut);
            grid.order(&id, M_ELECTRICITY, "credit", Some("10.00"));
            grid.until_state(&id, "applied");
            expected += 1;
            reached += wire.cuts() - cuts;
            let after = grid.meter(ELECTRICITY);
            assert_eq!(after.balance, before.balance + 1000, "{cut:?}");
            assert_eq!(after.count, before.count + 1, "{cut:?}");
            assert_eq!(grid.credited(ELECTRICITY).len(), expected, "{cut:?}");
        }
    }
    // A credit has at least: read, write, read back.
    assert!(reached >= 9, "only {reached} cuts were reached");
}

#[test]
fn a_credit_whose_server_is_killed_before_its_outcome_goes_on_from_its_row() {
    // The meter has done it, has not heard it, or has not done it though it said yes.
    for (kind, scope) in [
        (FaultKind::LateAnswer, FaultScope::Write),
        (FaultKind::Silent, FaultScope::Write),
        (FaultKind::AckThoughNotApplied, FaultScope::Write),
    ] {
        let mut grid = Grid::plain();
        grid.dial(&[grid.listen], "");
        grid.connected();
        grid.fault(ELECTRICITY, fault(kind, 1, scope));
        // Time to die in: the books cannot be read back at once.
        grid.order("c1", M_ELECTRICITY, "credit", Some("20.00"));
        grid.until("it is sent", |grid| {
            grid.sql("SELECT state FROM meter_order") != "queued"
        });
        grid.office.kill().expect("killed");
        let left =
            grid.sql("SELECT state, number, before IS NOT NULL, lease_version FROM meter_order");
        assert!(left.starts_with("sent|"), "{kind:?}: {left}");
        grid.office.start().expect("again");
        grid.until_state("c1", "applied");
        assert_eq!(grid.credited(ELECTRICITY), [2000], "{kind:?}");
        let log = grid.office.log();
        assert!(
            log.contains("are unknown; the meters will be read"),
            "{kind:?}"
        );
    }
}

#[test]
fn a_credit_whose_answer_is_lost_is_found_in_the_meters_books() {
    let mut grid = Grid::plain();
    grid.dial(&[grid.listen], "");
    grid.connected();
    grid.fault(
        ELECTRICITY,
        fault(FaultKind::LoseAnswer, 1, FaultScope::Write),
    );
    grid.order("c1", M_ELECTRICITY, "credit", Some("20.00"));
    assert_eq!(grid.until_state("c1", "applied")["attempts"], 1);
    grid.fault(
        ELECTRICITY,
        fault(FaultKind::RefuseThoughApplied, 1, FaultScope::Write),
    );
    grid.order("c2", M_ELECTRICITY, "credit", Some("20.00"));
    assert_eq!(grid.until_state("c2", "applied")["attempts"], 1);
    assert_eq!(grid.credited(ELECTRICITY), [2000, 2000]);
}

#[test]
fn a_meter_that_falls_silent_after_a_credit_leaves_it_unknown_and_keeps_the_lease() {
    let mut grid = Grid::plain();
    grid.dial(&[grid.listen], "");
    grid.connected();
    // The write is heard and done, its answer lost, and then nothing any more.
    grid.fault(
        ELECTRICITY,
        fault(FaultKind::LoseAnswer, 1, FaultScope::Write),
    );
    grid.fault(
        ELECTRICITY,
        fault(FaultKind::Silent, ALWAYS, FaultScope::Read),
    );
    // Its books have to be read before, so the silence begins with the write.
    grid.faults_clear(ELECTRICITY);
    grid.fault(
        ELECTRICITY,
        fault(FaultKind::LateAnswer, 1, FaultScope::Write),
    );
    grid.order("c1", M_ELECTRICITY, "credit", Some("20.00"));
    grid.until("it is sent", |grid| {
        grid.sql("SELECT state FROM meter_order") == "sent"
    });
    grid.fault(
        ELECTRICITY,
        fault(FaultKind::Silent, ALWAYS, FaultScope::Read),
    );
    let unknown = grid.until_state("c1", "unknown");
    assert!(
        unknown["why"]
            .as_str()
            .is_some_and(|why| why.contains("read")),
        "{unknown}"
    );
    // Another order to this meter waits, and the lease cannot go.
    grid.order("c2", M_ELECTRICITY, "credit", Some("5.00"));
    let moved = grid.sql(&format!(
        "SELECT count(*) FROM meter_lease WHERE tenant = '{TENANT}' AND meter = '{M_ELECTRICITY}' AND owner = 'server'"
    ));
    assert_eq!(moved, "1");
    std::thread::sleep(Duration::from_secs(3));
    assert_eq!(grid.standing("c1")["state"], "unknown");
    assert_eq!(grid.standing("c2")["state"], "queued");
    grid.faults_clear(ELECTRICITY);
    grid.until_state("c1", "applied");
    grid.until_state("c2", "applied");
    assert_eq!(grid.credited(ELECTRICITY), [2000, 500]);
}

/// The last so many whole days, newest first, with their numbers since 2000-01-01.
fn days(count: i64) -> Vec<(i64, String)> {
    let today = jiff::Zoned::now().date();
    let epoch = jiff::civil::date(2000, 1, 1);
    (1..=count)
        .map(|back| {
            let day = today
                .checked_sub(jiff::Span::new().days(back))
                .expect("a day");
            let number = epoch.until(day).expect("a span").get_days();
            (i64::from(number), day.to_string())
        })
        .collect()
}

#[test]
fn a_concentrator_that_was_away_for_days_brings_every_day_it_has() {
    let mut grid = Grid::plain();
    grid.dial(&[grid.listen], "");
    grid.connected();
    grid.until("the archive is downloaded", |grid| {
        !grid.concentrator(1)["archive_at"].is_null()
    });
    grid.kill_concentrator();
    // What it would have kept while nobody could reach it: ten days but one, and the one that it missed.
    let store = rusqlite::Connection::open(grid.state()).expect("its store");
    let days = days(10);
    let missed = days[4].clone();
    for (number, _) in &days {
        let record = format!(
            "{{\"read\":{{\"at\":{},\"quality\":\"ntp\"}},\"values\":{{\"volume\":{{\"n\":{number},\"p\":2,\"u\":\"m3\"}}}},\"supply\":\"on\",\"troubles\":[]}}",
            (number + 1) * 86_400 + 60
        );
        let (source, record) = match *number == missed.0 {
            true => (2, None),
            false => (0, Some(record)),
        };
        store
            .execute(
                "INSERT OR REPLACE INTO freeze (kind, period, point, source, record) VALUES (0, ?1, 2, ?2, ?3)",
                rusqlite::params![number, source, record],
            )
            .expect("a day");
    }
    drop(store);
    let since = days.last().expect("ten").1.clone();
    grid.hang(M_WATER, 2, Some(&since));
    grid.dial(&[grid.listen], "");
    let path = format!("/api/v1/meters/{M_WATER}/readings?kind=day");
    grid.until("nine days", |grid| {
        let told = grid.call("GET", &path, None);
        told["readings"]
            .as_array()
            .is_some_and(|all| all.len() == 9)
    });
    let told = grid.call("GET", &path, None);
    let missing = format!("\"at\":\"{}T", missed.1);
    assert!(!told.to_string().contains(&missing), "{told}");
    let state = |first: &str| {
        grid.sql(&format!(
            "SELECT state FROM meter_period WHERE meter = '{M_WATER}' AND kind = 'day' AND first = '{first}'"
        ))
    };
    assert_eq!(state(&missed.1), "open", "it is asked for again");
    assert_eq!(state(&days[0].1), "had");
    // The values are those of their days.
    let first = &told["readings"][0];
    assert_eq!(first["at"], format!("{since}T00:00:00"));
    assert_eq!(first["value"], days.last().expect("ten").0 * 10);
}

#[test]
fn a_concentrator_comes_in_as_what_its_certificate_says_and_as_nothing_else() {
    let listen = free_port();
    let mut certificates = Vec::new();
    let mut grid = Grid::with(listen, |office| {
        for (file, name) in [
            ("other", format!("c2.{TENANT}.example")),
            ("stranger", format!("c9.{TENANT}.example")),
            ("west", "c1.west.example".to_owned()),
            ("right", format!("c1.{TENANT}.example")),
        ] {
            certificates.push(certificate(office, file, &name));
        }
        let tls = certificate(office, "head-end", "head-end.example");
        format!("\n[head_end]\nlisten = \"{listen}\"\n[head_end.tls]\n{tls}")
    });
    grid.register(2, &format!("c2.{TENANT}.example"));
    let said = [
        "its certificate is that of concentrator 3301-2",
        "no concentrator is registered for its certificate (c9.",
        "no concentrator is registered for its certificate (c1.west.example)",
    ];
    for (own, why) in certificates.iter().zip(said) {
        grid.kill_concentrator();
        grid.dial(&[listen], &format!("[tls]\n{own}"));
        grid.until(why, |grid| grid.office.log().contains(why));
        assert_eq!(grid.concentrator(1)["connected"], false, "{why}");
        assert_eq!(grid.concentrator(2)["connected"], false, "{why}");
    }
    grid.kill_concentrator();
    let right = certificates.last().expect("four").clone();
    grid.dial(&[listen], &format!("[tls]\n{right}"));
    grid.connected();
}

/// Another server on the same database, with a head-end of its own.
struct Second(Child);

impl Second {
    fn beside(grid: &Grid, listen: SocketAddr) -> Second {
        let text = std::fs::read_to_string(grid.office.config()).expect("a configuration");
        let other = free_port();
        let text = text
            .replace(&grid.office.address, &other.to_string())
            .replace(&grid.listen.to_string(), &listen.to_string());
        let path = grid.office.config().with_file_name("second.toml");
        std::fs::write(&path, text).expect("written");
        let log = std::fs::File::create(path.with_extension("log")).expect("a log");
        let mut child = Command::new(beside("server").expect("built"))
            .args(["serve", "--config"])
            .arg(&path)
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .expect("the program");
        let mut line = String::new();
        let stdout = child.stdout.take().expect("piped");
        BufReader::new(stdout).read_line(&mut line).expect("a line");
        Second(child)
    }

    fn kill(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Drop for Second {
    fn drop(&mut self) {
        self.kill();
    }
}

#[test]
fn two_servers_with_one_concentrator_send_each_credit_once_and_one_stands_in_for_the_other() {
    let mut grid = Grid::plain();
    let listen = free_port();
    let mut second = Second::beside(&grid, listen);
    grid.dial(&[grid.listen, listen], "");
    grid.connected();
    grid.until("both are connected", |grid| {
        grid.sql("SELECT session >= 2 FROM concentrator") == "t"
    });
    for number in 0..10 {
        let meter = [M_ELECTRICITY, M_WATER][number % 2];
        grid.order(&format!("c{number}"), meter, "credit", Some("1.00"));
    }
    for number in 0..10 {
        let done = grid.until_state(&format!("c{number}"), "applied");
        assert_eq!(done["attempts"], 1, "{done}");
    }
    assert_eq!(grid.credited(ELECTRICITY), [100; 5]);
    assert_eq!(grid.credited(WATER), [100; 5]);
    // Whoever commands dies; the other is connected already and goes on.
    second.kill();
    grid.order("after", M_WATER, "credit", Some("2.00"));
    grid.until("it goes on", |grid| {
        grid.standing("after")["state"] == "applied"
    });
    assert_eq!(grid.credited(WATER), [100, 100, 100, 100, 100, 200]);
}

#[test]
fn an_order_whose_time_is_over_is_never_begun() {
    let mut grid = Grid::plain();
    grid.order("late", M_WATER, "off", None);
    grid.order("early", M_WATER, "read", None);
    grid.sql("UPDATE meter_order SET expires_at = now() - interval '1 second' WHERE id = 'late'");
    grid.dial(&[grid.listen], "");
    grid.until_state("early", "applied");
    let late = grid.standing("late");
    assert_eq!(
        (&late["state"], &late["attempts"]),
        (&"refused".into(), &0.into()),
        "{late}"
    );
    assert!(grid.meter(WATER).supply_on);
}

#[test]
fn a_dead_terminals_lease_is_the_servers_once_the_meter_was_read_and_what_waited_goes_on() {
    let mut grid = Grid::plain();
    grid.sql(&format!(
        "INSERT INTO terminal (tenant, terminal, epoch) VALUES ('{TENANT}', 'K1', 1); \
         UPDATE meter SET owner = 'K1' WHERE number = '{M_WATER}'"
    ));
    grid.dial(&[grid.listen], "");
    grid.connected();
    grid.order("c1", M_WATER, "credit", Some("7.00"));
    let fence = |order: &str| {
        let body = serde_json::json!({ "order": order });
        let path = format!("/api/v1/meters/{M_WATER}/lease/fence");
        grid.office.call("POST", &path, Some(&body))
    };
    // It lives: nobody but it may credit.
    assert!(fence("f1").is_err());
    std::thread::sleep(Duration::from_secs(2));
    assert_eq!(grid.standing("c1")["state"], "queued");
    assert_eq!(grid.credited(WATER), [] as [i64; 0]);
    // Enrolled anew, its old epoch sells nothing more.
    grid.sql("UPDATE terminal SET epoch = 2");
    assert_eq!(fence("f2").expect("it is dead")["moved"], false);
    grid.until_state("f2", "applied");
    grid.until_state("c1", "applied");
    assert_eq!(grid.credited(WATER), [700]);
    let lease = grid.sql(&format!(
        "SELECT owner, version FROM meter_lease WHERE meter = '{M_WATER}'"
    ));
    assert_eq!(lease, "server|2");
}

#[test]
fn a_meters_time_is_that_of_its_tenants_zone_whatever_the_machine_has() {
    let mut grid = Grid::plain();
    // Nobody is further ahead, summer or winter.
    grid.sql(&format!(
        "UPDATE tenant SET zone = 'Pacific/Kiritimati' WHERE tenant = '{TENANT}'"
    ));
    grid.dial(&[grid.listen], "");
    grid.connected();
    let here = jiff::Zoned::now().offset().seconds();
    let there = 14 * 3600;
    grid.order("look", M_WATER, "clock", None);
    let looked = grid.until_state("look", "applied");
    let ahead = looked["result"]["ahead"].as_i64().expect("a drift");
    let expected = i64::from(here - there);
    assert!((ahead - expected).abs() < 20, "{looked}");
    grid.order("set", M_WATER, "set_clock", None);
    grid.until_state("set", "applied");
    let shows = grid.meter(WATER).clock_ahead;
    assert!((shows + expected).abs() < 20, "{shows}");
    // Another zone holds from the next round on, without a new connection.
    grid.sql(&format!(
        "UPDATE tenant SET zone = 'Pacific/Pago_Pago' WHERE tenant = '{TENANT}'"
    ));
    grid.until("the new zone holds", |grid| {
        let id = format!("again-{}", grid.sql("SELECT count(*) FROM meter_order"));
        grid.order(&id, M_WATER, "clock", None);
        let told = grid.until_state(&id, "applied");
        let ahead = told["result"]["ahead"].as_i64().expect("a drift");
        (ahead - 25 * 3600).abs() < 20
    });
}

#[test]
fn a_meters_clock_is_checked_and_set_by_order_and_what_is_unknown_is_found_by_reading_it() {
    let mut grid = Grid::plain();
    grid.dial(&[grid.listen], "");
    grid.connected();
    // Both wrong: one takes the time by a broadcast, the other is written.
    for (meter, address, wrong) in [(M_ELECTRICITY, ELECTRICITY, 200), (M_WATER, WATER, -86_000)] {
        grid.clock(address, wrong);
        grid.order(&format!("look-{meter}"), meter, "clock", None);
        let looked = grid.until_state(&format!("look-{meter}"), "applied");
        let ahead = looked["result"]["ahead"].as_i64().expect("a drift");
        let within = looked["result"]["within"].as_i64().expect("seconds");
        assert!(
            (ahead - wrong).abs() <= within + 1 && within < 20,
            "{looked}"
        );
        assert_eq!(grid.meter(address).clock_ahead, wrong, "it is only read");
        grid.order(&format!("set-{meter}"), meter, "set_clock", None);
        let set = grid.until_state(&format!("set-{meter}"), "applied");
        let was = set["result"]["was"].as_i64().expect("what it was");
        assert!((was - wrong).abs() <= 20 && set["attempts"] == 1, "{set}");
        let left = grid.meter(address).clock_ahead;
        assert!(left.abs() <= 15, "{left}");
        // A clock that is right is left alone.
        grid.order(&format!("again-{meter}"), meter, "set_clock", None);
        let again = grid.until_state(&format!("again-{meter}"), "applied");
        assert!(again["result"]["was"].is_null(), "{again}");
        assert_eq!(grid.meter(address).clock_ahead, left);
    }
    // The broadcast was taken today: the meter hears no second one, and the order says so.
    grid.clock(ELECTRICITY, 250);
    grid.order("twice", M_ELECTRICITY, "set_clock", None);
    let refused = grid.until_state("twice", "refused");
    let why = refused["why"].as_str().expect("a reason");
    assert!(
        why.contains("tried 2 times") && why.contains("once a day"),
        "{why}"
    );
    assert_eq!(grid.meter(ELECTRICITY).clock_ahead, 250);
    // The server dies once the meter has taken the time, before it hears so.
    grid.clock(WATER, 5_000);
    grid.fault(WATER, fault(FaultKind::LateAnswer, 1, FaultScope::Write));
    grid.order("killed", M_WATER, "set_clock", None);
    grid.until("the meter has taken it", |grid| {
        grid.meter(WATER).clock_ahead < 100
    });
    grid.office.kill().expect("killed");
    assert_eq!(
        grid.sql("SELECT state FROM meter_order WHERE id = 'killed'"),
        "sent"
    );
    grid.office.start().expect("again");
    let found = grid.until_state("killed", "applied");
    assert_eq!(found["attempts"], 1, "{found}");
    assert!(found["result"]["clock"].is_string(), "{found}");
}
