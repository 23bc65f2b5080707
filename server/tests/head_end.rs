//! The head-end without a concentrator: what the database forbids, whoever asks, and what comes in that is none.

mod common;

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::{Duration, Instant};

use common::server::{Server, TENANT};

fn free_port() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap()
}

/// A server with a head-end on this machine, a terminal and a meter on a concentrator.
fn server() -> (Server, SocketAddr) {
    let listen = free_port();
    let mut server = Server::start();
    server.kill();
    let more = format!(
        "\n[head_end]\nlisten = \"{listen}\"\ntenant = \"{TENANT}\"\nin_flight_seconds = 1\nconnections = 20\n"
    );
    let config = std::fs::read_to_string(server.config()).unwrap();
    std::fs::write(server.config(), config + &more).unwrap();
    server.resume();
    server.database.sql(&format!(
        "INSERT INTO account (tenant, account, district, changed) VALUES ('{TENANT}', 'a1', 'd1', 1); \
         INSERT INTO meter (tenant, number, account, utility, profile, address, segment) \
         VALUES ('{TENANT}', 'm1', 'a1', 'electricity', 'dlt645-plain', '260305510012', 1); \
         INSERT INTO terminal (tenant, terminal, epoch) VALUES ('{TENANT}', 'K1', 1), ('{TENANT}', 'K2', 1)"
    ));
    server.manage(
        "POST",
        "/api/v1/concentrators",
        Some("{\"area\": 3301, \"address\": 1, \"certificate\": \"c1.east.example\"}"),
    );
    server.manage(
        "POST",
        "/api/v1/meters/m1/point",
        Some("{\"area\": 3301, \"address\": 1, \"point\": 1}"),
    );
    (server, listen)
}

fn post(server: &Server, path: &str, body: &str) -> (u16, String) {
    server.call("POST", path, Some(&server.manager), Some(body))
}

/// What PostgreSQL says to the server's own role.
fn refused(server: &Server, sql: &str) -> String {
    let output = server.database.as_server(sql);
    assert!(!output.status.success(), "{sql}");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn lease(server: &Server) -> String {
    server
        .database
        .sql("SELECT owner, version, next_owner FROM meter_lease WHERE meter = 'm1'")
}

/// As a server that was killed left it: a credit that went out under the server's lease.
fn under_way(server: &Server, id: &str) {
    server.database.sql(&format!(
        "UPDATE meter_order SET state = 'sent', session = 0, sent_at = now(), attempts = 1, number = 4, \
         before = '{{\"number\": 3, \"balance\": 0, \"last\": null, \"cumulative\": null, \"supply\": \"on\"}}', \
         lease_owner = 'server', lease_version = (SELECT version FROM meter_lease WHERE meter = 'm1') WHERE id = '{id}'"
    ));
}

#[test]
fn a_lease_moves_only_when_its_owner_has_let_go() {
    let (server, _) = server();
    let hand = |to: &str| {
        post(
            &server,
            "/api/v1/meters/m1/lease",
            &format!("{{\"to\": \"{to}\"}}"),
        )
    };
    // Nobody has it: it is given at once; the server at rest gives it on.
    assert_eq!(hand("server"), (200, "{\"moved\":true}".into()));
    assert_eq!(lease(&server), "server|1|");
    assert_eq!(server.database.sql("SELECT owner FROM meter"), "server");
    assert_eq!(hand("server").0, 409);
    assert_eq!(hand("nobody").0, 404);
    // With a credit under way it waits, and goes with its end.
    let order = "{\"id\": \"c1\", \"meter\": \"m1\", \"kind\": \"credit\", \"amount\": \"5.00\"}";
    assert_eq!(post(&server, "/api/v1/orders", order).0, 202);
    under_way(&server, "c1");
    assert_eq!(hand("K1"), (200, "{\"moved\":false}".into()));
    assert_eq!(lease(&server), "server|1|K1");
    server
        .database
        .sql("UPDATE meter_order SET state = 'unknown'");
    let settled = post(
        &server,
        "/api/v1/orders/c1/settle",
        "{\"applied\": true, \"why\": \"seen on its display\"}",
    );
    assert_eq!(settled.0, 204, "{}", settled.1);
    assert_eq!(lease(&server), "K1|2|");
    assert_eq!(server.database.sql("SELECT owner FROM meter"), "K1");
    // An account that is written anew does not make it another's.
    server.database.sql(&format!(
        "DELETE FROM meter; INSERT INTO meter (tenant, number, account, utility, profile, address, segment, owner) \
         VALUES ('{TENANT}', 'm1', 'a1', 'electricity', 'dlt645-plain', '260305510012', 1, 'server')"
    ));
    assert_eq!(server.database.sql("SELECT owner FROM meter"), "K1");
    // A terminal is asked; it keeps it until its log says that it let go.
    assert_eq!(hand("server"), (200, "{\"moved\":false}".into()));
    assert_eq!(lease(&server), "K1|2|server");
    // It may still sell, so it is not fenced; enrolled anew it can do nothing any more under this epoch.
    let fence = |order: &str| {
        let body = format!("{{\"order\": \"{order}\"}}");
        post(&server, "/api/v1/meters/m1/lease/fence", &body)
    };
    assert_eq!(fence("f1").0, 409);
    server
        .database
        .sql("UPDATE terminal SET epoch = 2 WHERE terminal = 'K1'");
    assert_eq!(fence("f2"), (200, "{\"moved\":false}".into()));
    assert_eq!(
        lease(&server),
        "K1|2|server",
        "the meter has to be read first"
    );
    assert_eq!(hand("K2").0, 409);
    assert_eq!(
        server
            .database
            .sql("SELECT state FROM meter_order WHERE id = 'f2'"),
        "queued"
    );
    assert_eq!(
        server
            .database
            .sql("SELECT count(*) FROM meter_order WHERE id = 'f1'"),
        "0"
    );
    let audited = server.database.sql("SELECT string_agg(act || ' ' || outcome, ', ' ORDER BY id) FROM audit WHERE act LIKE 'lease.fence'");
    assert_eq!(audited, "lease.fence lease, lease.fence done");
}

#[test]
fn the_database_itself_keeps_one_owner_and_one_order_under_way() {
    let (server, _) = server();
    post(&server, "/api/v1/meters/m1/lease", "{\"to\": \"server\"}");
    for id in ["c1", "c2"] {
        let order = format!(
            "{{\"id\": \"{id}\", \"meter\": \"m1\", \"kind\": \"credit\", \"amount\": \"5.00\"}}"
        );
        assert_eq!(post(&server, "/api/v1/orders", &order).0, 202);
    }
    under_way(&server, "c1");
    let second = refused(
        &server,
        "UPDATE meter_order SET state = 'sent', session = 0, sent_at = now(), number = 4, before = '{}', \
         lease_owner = 'server', lease_version = 1 WHERE id = 'c2'",
    );
    assert!(second.contains("meter_order_under_way"), "{second}");
    let moved = refused(
        &server,
        "UPDATE meter_lease SET owner = 'K1', epoch = 1, version = 2",
    );
    assert!(moved.contains("foreign key"), "{moved}");
    let other = refused(
        &server,
        "INSERT INTO meter_lease (tenant, meter, owner, epoch) VALUES ('east', 'm1', 'K1', 1)",
    );
    assert!(other.contains("duplicate key"), "{other}");
    let unleased = refused(
        &server,
        "UPDATE meter_order SET lease_owner = NULL, lease_version = NULL WHERE id = 'c1'",
    );
    assert!(unleased.contains("check constraint"), "{unleased}");
    server.database.sql("UPDATE meter_order SET state = 'applied', ended_at = now(), lease_owner = NULL, lease_version = NULL WHERE id = 'c1'");
    let ended = refused(
        &server,
        "UPDATE meter_order SET state = 'queued', ended_at = NULL WHERE id = 'c1'",
    );
    assert!(ended.contains("has ended"), "{ended}");
    let same = refused(&server, "UPDATE meter_lease SET owner = 'K1', epoch = 1");
    assert!(same.contains("must rise"), "{same}");
    let gone = refused(&server, "DELETE FROM meter_order");
    assert!(gone.contains("permission denied"), "{gone}");
}

#[test]
fn an_order_given_twice_is_one_and_another_under_its_id_is_refused() {
    let (server, _) = server();
    let order = |amount: &str| {
        post(
            &server,
            "/api/v1/orders",
            &format!(
                "{{\"id\": \"c1\", \"meter\": \"m1\", \"kind\": \"credit\", \"amount\": \"{amount}\"}}"
            ),
        )
    };
    assert_eq!(order("5.00").0, 202);
    assert_eq!(order("5.00").0, 202);
    assert_eq!(order("6.00").0, 409);
    assert_eq!(
        server
            .database
            .sql("SELECT count(*), sum(amount) FROM meter_order"),
        "1|500"
    );
    let wrong = |body: &str| post(&server, "/api/v1/orders", body).0;
    for body in [
        "{\"id\": \"x\", \"meter\": \"m1\", \"kind\": \"credit\", \"amount\": \"-5.00\"}",
        "{\"id\": \"x\", \"meter\": \"m1\", \"kind\": \"credit\", \"amount\": \"100000.01\"}",
        "{\"id\": \"x\", \"meter\": \"m1\", \"kind\": \"credit\"}",
        "{\"id\": \"x\", \"meter\": \"m1\", \"kind\": \"credit\", \"amount\": \"5.00\", \"hours\": 5}",
        "{\"id\": \"x\", \"meter\": \"m1\", \"kind\": \"read\", \"amount\": \"5.00\"}",
        "{\"id\": \"x'; DROP TABLE\", \"meter\": \"m1\", \"kind\": \"read\"}",
        "{\"id\": \"x\", \"meter\": \"m1\", \"kind\": \"explode\"}",
    ] {
        assert_eq!(wrong(body), 422, "{body}");
    }
    assert_eq!(
        wrong("{\"id\": \"x\", \"meter\": \"m9\", \"kind\": \"read\"}"),
        404
    );
    // Maintenance reads, and orders nothing else.
    let technician = server.staff(TENANT, "Tom", "maintenance");
    let as_technician = |kind: &str| {
        let body = format!("{{\"id\": \"t-{kind}\", \"meter\": \"m1\", \"kind\": \"{kind}\"}}");
        server
            .call("POST", "/api/v1/orders", Some(&technician), Some(&body))
            .0
    };
    assert_eq!((as_technician("read"), as_technician("off")), (202, 403));
    // A clock is theirs too, in the meters that have one; nobody is told to set what cannot be set.
    let clocks = (as_technician("clock"), as_technician("set_clock"));
    assert_eq!(clocks, (202, 202));
    assert_eq!(
        wrong("{\"id\": \"x\", \"meter\": \"m1\", \"kind\": \"clock\", \"amount\": \"5.00\"}"),
        422
    );
    for (profile, kind, why) in [
        ("cjt188-heat", "set_clock", "maker's tool"),
        ("mbus-heat", "clock", "display"),
    ] {
        server.database.sql(&format!(
            "UPDATE meter SET profile = '{profile}', billing = 'on_account'"
        ));
        let body = format!("{{\"id\": \"{kind}\", \"meter\": \"m1\", \"kind\": \"{kind}\"}}");
        let (status, told) = post(&server, "/api/v1/orders", &body);
        assert!(status == 422 && told.contains(why), "{told}");
    }
}

#[test]
fn a_meter_that_the_server_does_not_keep_the_money_of_is_switched_and_not_credited() {
    let (server, _) = server();
    server
        .database
        .sql("UPDATE meter SET billing = 'on_account', profile = 'dlt645-remote'");
    let order = |kind: &str, more: &str| {
        post(
            &server,
            "/api/v1/orders",
            &format!("{{\"id\": \"{kind}\", \"meter\": \"m1\", \"kind\": \"{kind}\"{more}}}"),
        )
        .0
    };
    assert_eq!(order("off", ""), 202);
    assert_eq!(order("credit", ", \"amount\": \"5.00\""), 422);
}

#[test]
fn readings_are_spread_over_months_that_are_made_ahead_and_wild_times_have_a_place_too() {
    let (server, _) = server();
    let months = "SELECT count(*) FROM pg_inherits WHERE inhparent = 'reading'::regclass";
    let until = Instant::now() + Duration::from_secs(20);
    while server.database.sql(months) != "6" {
        assert!(Instant::now() < until, "{}", server.read_log());
        std::thread::sleep(Duration::from_millis(50));
    }
    let role = format!("SET ROLE meterpost_server; SET meterpost.tenant = '{TENANT}'; ");
    let insert = |at: &str| {
        server.database.sql(&format!(
            "{role} INSERT INTO reading (tenant, meter, kind, at, unit, value, places, detail) \
             VALUES ('{TENANT}', 'm1', 'energy', {at}, 'kWh', 1, 4, '{{}}')"
        ));
    };
    insert("localtimestamp");
    insert("'2099-01-01'");
    insert("localtimestamp + interval '8 months'");
    assert_eq!(
        server.database.sql("SELECT count(*) FROM reading_default"),
        "2"
    );
    // The month that comes takes its rows out of the default partition.
    server
        .database
        .sql(&format!("{role} SELECT reading_partitions(9)"));
    assert_eq!(
        server.database.sql("SELECT count(*) FROM reading_default"),
        "1"
    );
    assert_eq!(server.database.sql("SELECT count(*) FROM reading"), "3");
    // Another tenant sees none of them.
    let west =
        "SET ROLE meterpost_server; SET meterpost.tenant = 'west'; SELECT count(*) FROM reading";
    assert_eq!(server.database.sql(west), "0");
}

/// Says something to the head-end; what it answers until it hangs up or a while has passed.
fn say(listen: SocketAddr, bytes: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(listen).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_millis(500)))
        .unwrap();
    // It may hang up in the middle.
    let _ = stream.write_all(bytes);
    let mut heard = Vec::new();
    let _ = stream.read_to_end(&mut heard);
    heard
}

/// A login as Q/GDW 376.1 has it (area and terminal low byte first).
fn login(area: [u8; 2], terminal: [u8; 2]) -> Vec<u8> {
    let mut content = vec![
        0xC9,
        area[0],
        area[1],
        terminal[0],
        terminal[1],
        0,
        0x02,
        0x71,
        0,
        0,
        1,
        0,
    ];
    let sum = content
        .iter()
        .fold(0_u8, |sum, byte| sum.wrapping_add(*byte));
    let length = (u16::try_from(content.len()).unwrap() << 2 | 2).to_le_bytes();
    let mut frame = vec![0x68, length[0], length[1], length[0], length[1], 0x68];
    frame.append(&mut content);
    frame.extend([sum, 0x16]);
    frame
}

#[test]
fn garbage_strangers_and_floods_take_nothing_from_anybody() {
    let (server, listen) = server();
    assert!(say(listen, b"GET / HTTP/1.1\r\n\r\n").is_empty());
    assert!(say(listen, &[0x68; 5000]).is_empty());
    assert!(say(listen, &[0x68, 0xFE, 0xFF, 0xFE, 0xFF, 0x68]).is_empty());
    // Nobody is registered under this address.
    assert!(say(listen, &login([0x01, 0x33], [9, 0])).is_empty());
    // The right one is confirmed.
    let right = login([0x01, 0x33], [1, 0]);
    let confirmed = say(listen, &right);
    assert_eq!(confirmed.first(), Some(&0x68), "{}", server.read_log());
    // Another address on the connection of this one ends it.
    let both = [right.clone(), login([0x01, 0x33], [2, 0])].concat();
    say(listen, &both);
    // A flood behind a good login ends the connection.
    let mut stream = TcpStream::connect(listen).unwrap();
    stream.write_all(&right).unwrap();
    stream
        .set_write_timeout(Some(Duration::from_secs(5)))
        .unwrap();
    let chunk = [0x68; 65_536];
    let cut = (0..400).any(|_| stream.write_all(&chunk).is_err());
    assert!(cut, "27 MB of garbage were taken");
    // Silent ones hold places, but not all of them for ever.
    let held: Vec<TcpStream> = (0..30)
        .filter_map(|_| TcpStream::connect(listen).ok())
        .collect();
    std::thread::sleep(Duration::from_millis(300));
    let log = server.read_log();
    for said in [
        "it says much, but not who it is",
        "no concentrator 3301-9 is registered",
        "it is concentrator 3301-2, not 3301-1",
        "it says more than it may",
        "too many connections at once",
    ] {
        assert!(log.contains(said), "{said}: {log}");
    }
    drop(held);
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(say(listen, &right).first(), Some(&0x68));
    assert_eq!(server.call("GET", "/healthz", None, None).0, 200);
}

#[test]
fn a_newer_connection_takes_the_place_of_the_older() {
    let (server, listen) = server();
    let right = login([0x01, 0x33], [1, 0]);
    let mut first = TcpStream::connect(listen).unwrap();
    first.write_all(&right).unwrap();
    let mut answer = [0; 8];
    first.read_exact(&mut answer).unwrap();
    // It is answered before it is taken in; until then neither is the older.
    let end = Instant::now() + Duration::from_secs(20);
    while server.database.sql("SELECT session FROM concentrator") != "1" {
        assert!(Instant::now() < end, "{}", server.read_log());
        std::thread::sleep(Duration::from_millis(20));
    }
    let mut second = TcpStream::connect(listen).unwrap();
    second.write_all(&right).unwrap();
    second.read_exact(&mut answer).unwrap();
    first
        .set_read_timeout(Some(Duration::from_secs(10)))
        .unwrap();
    let mut rest = Vec::new();
    first
        .read_to_end(&mut rest)
        .expect("the older one is closed");
    assert_eq!(server.database.sql("SELECT session FROM concentrator"), "2");
    assert!(
        server
            .read_log()
            .contains("a newer connection has taken its place")
    );
}
