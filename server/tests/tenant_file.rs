//! One tenant alone: taken along from one database and brought into another, where its books, reports and pages are what they were, and
//! another tenant is as it was. Files that are damaged, cut off or foreign bring nothing in.

mod common;

use std::path::{Path, PathBuf};
use std::process::Output;

use common::browser::Browser;
use common::database::TestDatabase;
use common::purse::{district, hold, pay_in};
use common::sale::wallet;
use common::server::Server;
use common::terminal::{Ended, Terminal};
use common::utility::{District, KWH};
use jiff::ToSpan;
use jiff::civil::date;
use meterpost_ledger::PaymentOutcome::{Delivered, Returned};
use meterpost_server::tenant_file::{How, LEFT_OUT, TABLES};

const OWN: &str = "four plain words together";

/// A server with two tenants. East has tariffs, readings, settled days, wallets, a sale from one, one for cash, cards, staff, a history, a
/// concentrator and an order that ended.
fn origin() -> (Server, Terminal, Browser) {
    let settled = District::new();
    for (account, meter) in [("D1", "1001"), ("D2", "1002")] {
        settled.account(account, meter, "electricity");
        settled.pay(&format!("d-{account}"), account, 5_000);
        for day in 0..4_i64 {
            let on = date(2026, 2, 28) + day.days();
            settled.reading(meter, on, day * 5 * KWH);
        }
    }
    settled
        .try_settle(date(2026, 3, 1), date(2026, 3, 3))
        .expect("settled");
    let server = Server::start_on(settled.database, "");
    let mut terminal = Terminal::enrolled(&server, "K1");
    district(&server);
    pay_in(&server, "t-1", "100.00");
    terminal.sells(1_709_222_400, ("MB", "electricity"), &[10_000]);
    let asked = terminal.asks(wallet("A"), "MA", 3_000);
    hold(&mut terminal, &server, &asked, "30.00");
    terminal.writes_end(&asked, Delivered);
    let asked = terminal.asks(wallet("A"), "MA", 1_000);
    hold(&mut terminal, &server, &asked, "10.00");
    terminal.writes_end(&asked, Returned);
    let asked = terminal.asks(wallet("A"), "MA", 2_000);
    hold(&mut terminal, &server, &asked, "20.00");
    assert_eq!(terminal.sync(&server), Ended::InSync);
    server.database.sql(
        "UPDATE account SET name = '王小明', place = E'3栋\\t12\\\\01\\n' WHERE account = 'A'; \
         INSERT INTO card (tenant, number, account, state) VALUES ('east', 'C-000041', 'A', 'issued'); \
         INSERT INTO concentrator (tenant, area, address, certificate, password, holder) VALUES ('east', 1, 2, 'c1.east', '\\x00112233445566778899aabbccddeeff', 'gone'); \
         INSERT INTO meter_point (tenant, meter, area, address, point, since) VALUES ('east', '1001', 1, 2, 3, '2026-01-01'); \
         INSERT INTO meter_lease (tenant, meter, owner) VALUES ('east', '1001', 'server'); \
         UPDATE meter SET owner = 'server' WHERE number = '1001'; \
         INSERT INTO meter_order (tenant, id, meter, kind, state, ordered_by, ended_at) VALUES ('east', 'o-1', '1001', 'read', 'refused', 'Mia', now()); \
         INSERT INTO holiday VALUES ('east', '2026-10-01'); \
         INSERT INTO wallet (tenant, account) VALUES ('east', 'C'); \
         INSERT INTO reading (tenant, meter, kind, at, unit, places, detail) VALUES ('east', '1001', 'now', '1970-01-01', 'kWh', 2, '{}')",
    );
    let one_time = server.say(&[
        "person", "--tenant", "east", "--name", "Ann", "--role", "auditor",
    ]);
    let mut browser = Browser::new(&server);
    browser.comes_in_first("Ann", &one_time, OWN);
    (server, terminal, browser)
}

/// The server that it comes to: the same keys, another database, and in it another tenant.
fn target(origin: &Server) -> Server {
    // The recovery key is one of the keys.
    origin.say(&["backup", "--print-recovery-key"]);
    let server = Server::with_keys_of(origin, TestDatabase::new());
    server.database.sql(
        "INSERT INTO directory (tenant, version) VALUES ('west', 1); \
         INSERT INTO account (tenant, account, district, changed) VALUES ('west', 'A', 'north', 1); \
         INSERT INTO card (tenant, number, account, state) VALUES ('west', 'C-000001', 'A', 'issued'); \
         WITH j AS (INSERT INTO posting_journal (tenant, at, kind, reference, content, made_by) VALUES ('west', 1, 'top_up', 'w', '{}', 'W') RETURNING journal) \
         INSERT INTO wallet_posting (tenant, journal, line, book, account, amount) \
         SELECT 'west', journal, line, book, account, amount FROM j, (VALUES (1, 'desk', NULL, 700), (2, 'wallet', 'A', -700)) AS p (line, book, account, amount)",
    );
    server
}

fn taken(origin: &Server) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("east.tenant");
    origin.say(&[
        "tenant",
        "export",
        "--tenant",
        "east",
        "--to",
        file.to_str().unwrap(),
    ]);
    (folder, file)
}

fn comes(server: &Server, file: &Path, more: &[&str]) -> Output {
    let mut arguments = vec!["tenant", "import", "--from", file.to_str().unwrap()];
    arguments.extend(more);
    server.try_say(&arguments)
}

fn refused(server: &Server, file: &Path, more: &[&str], words: &str) {
    let before = server.database.digests("east");
    let output = comes(server, file, more);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        !output.status.success() && said.contains(words),
        "{words}: {output:?}"
    );
    assert_eq!(server.database.digests("east"), before, "nothing came in");
}

/// Rows, but for what an export or an import says of itself.
fn rows(server: &Server) -> Vec<String> {
    let mut all = server.database.digests("east");
    all.retain(|line| !line.starts_with("audit ") && !line.starts_with("staff_session "));
    all
}

#[test]
fn a_tenant_goes_from_one_database_to_another_and_is_there_what_it_was() {
    let (origin, mut terminal, mut ann) = origin();
    let mut server = target(&origin);
    let west = server.database.digests("west");
    let (_folder, file) = taken(&origin);
    let content = std::fs::read(&file).unwrap();
    // Words that chance does not write into a sealed file.
    for word in ["王小明", "wallet_posting", "settled_day"] {
        let word = word.as_bytes();
        assert!(
            !content.windows(word.len()).any(|part| part == word),
            "sealed"
        );
    }

    let tried = comes(&server, &file, &["--dry-run"]);
    let said = String::from_utf8_lossy(&tried.stdout);
    assert!(
        tried.status.success() && said.contains("nothing was kept"),
        "{tried:?}"
    );
    assert!(said.contains("settled_day"), "{said}");
    assert_eq!(
        server
            .database
            .sql("SELECT count(*) FROM tenant WHERE tenant = 'east'"),
        "0"
    );
    let came = comes(&server, &file, &[]);
    assert!(came.status.success(), "{came:?}");
    // No concentrator is connected here; all else is as it was, and what tells who came in is for signing in anew.
    origin.database.sql("UPDATE concentrator SET holder = NULL");
    assert_eq!(rows(&server), rows(&origin));
    assert_eq!(server.database.digests("west"), west, "untouched");
    assert_eq!(
        server.database.sql("SELECT count(*) FROM staff_session"),
        "0"
    );
    assert_eq!(
        server
            .database
            .sql("SELECT count(*) FROM ONLY reading_2026_03"),
        "6",
        "in the partition of their month"
    );
    let checked = server.say(&["check", "--tenant", "east", "--json"]);
    assert!(
        checked.contains("\"problems\":[]") && checked.contains("\"logs\":1"),
        "{checked}"
    );
    assert_eq!(
        server.verify("K1"),
        origin.verify("K1"),
        "the log replays to the same root"
    );

    // People come in as before; pages and reports say the same.
    server.resume();
    let mut here = Browser::new(&server);
    here.set_session(&moved_session(&origin, &server, &ann));
    for page in [
        "/accounts/A",
        "/reports/days?from=2024-02-01&until=2024-03-31",
        "/reports/balances",
        "/reports/cash?from=2023-01-01&until=2026-12-31",
        "/tariffs",
        "/settlement",
    ] {
        let (was, is) = (ann.get(page), here.get(page));
        assert_eq!(
            (was.status, is.status),
            (200, 200),
            "{page}: {was:?} {is:?}"
        );
        assert_eq!(plain(&is.text), plain(&was.text), "{page}");
    }
    // The terminal goes on where it was, and what is counted goes on above what came.
    terminal.work(3);
    assert_eq!(terminal.sync(&server), Ended::InSync);
    pay_in(&server, "t-2", "5.00");
    let card = server
        .database
        .as_server("SELECT nextval('card_number') > 41");
    assert_eq!(String::from_utf8_lossy(&card.stdout).trim(), "t");
    server.say(&["check", "--all"]);
    let trail =
        "SELECT act || ' ' || outcome FROM audit WHERE tenant = 'east' AND act LIKE 'tenant.%'";
    assert_eq!(server.database.sql(trail), "tenant.import done");
    assert_eq!(origin.database.sql(trail), "tenant.export done");

    refused(&server, &file, &[], "is here already");
    refused(&origin, &file, &[], "is here already");
}

/// The session of a browser, also at another server with the same data: it is not taken along.
fn moved_session(from: &Server, to: &Server, browser: &Browser) -> String {
    let row = from.database.sql("SELECT format('(%L, %L::bytea, %L, %L, %L, %L, %L)', tenant, hash, name, state, form, began, seen) FROM staff_session");
    to.database.sql(&format!(
        "INSERT INTO staff_session (tenant, hash, name, state, form, began, seen) VALUES {row}"
    ));
    browser.session().expect("signed in").to_owned()
}

/// A page without the ids of its forms, each of which is given out once.
fn plain(text: &str) -> String {
    let mut parts = text.split("name=\"id\" value=\"");
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        plain.push_str(part.split_once('"').map_or(part, |(_, rest)| rest));
    }
    plain
}

#[test]
fn damaged_cut_off_and_foreign_files_bring_nothing_in() {
    let (origin, _terminal, _ann) = origin();
    let server = target(&origin);
    let (folder, file) = taken(&origin);
    let whole = std::fs::read(&file).unwrap();
    let altered = folder.path().join("altered");
    let mut changed = whole.clone();
    let middle = changed.len() / 2;
    changed[middle] ^= 1;
    for (bytes, words) in [
        (&changed[..], "damaged"),
        (&whole[..whole.len() - 9], "damaged, or its end is missing"),
        (&whole[..30], "no file of a tenant"),
        (
            b"PK\x03\x04 a spreadsheet".as_slice(),
            "no file of a tenant",
        ),
    ] {
        std::fs::write(&altered, bytes).unwrap();
        refused(&server, &altered, &[], words);
        refused(&server, &altered, &["--dry-run"], words);
    }
    std::fs::write(&altered, "00 ".repeat(32)).unwrap();
    let key = ["--recovery-key", altered.to_str().unwrap()];
    refused(&server, &file, &key, "does not open it");

    let again = origin.try_say(&[
        "tenant",
        "export",
        "--tenant",
        "east",
        "--to",
        file.to_str().unwrap(),
    ]);
    assert!(
        !again.status.success(),
        "a file that is there is left alone"
    );
    assert_eq!(std::fs::read(&file).unwrap(), whole);
    let nobody = folder.path().join("nobody");
    let nobody = origin.try_say(&[
        "tenant",
        "export",
        "--tenant",
        "nobody",
        "--to",
        nobody.to_str().unwrap(),
    ]);
    assert!(String::from_utf8_lossy(&nobody.stderr).contains("there is no tenant nobody"));

    // A card's number that another tenant's card has.
    server
        .database
        .sql("UPDATE card SET number = 'C-000041' WHERE tenant = 'west'");
    refused(
        &server,
        &file,
        &[],
        "the number of a card of the tenant west",
    );
    server
        .database
        .sql("UPDATE card SET number = 'C-000001' WHERE tenant = 'west'");
    // Rows without their tenant.
    server.database.sql(
        "SET session_replication_role = replica; INSERT INTO holiday VALUES ('east', '2026-01-01')",
    );
    refused(
        &server,
        &file,
        &[],
        "the table holiday has rows of the tenant east",
    );
    server.database.sql("DELETE FROM holiday");
    // Another version of the tables.
    server
        .database
        .sql("UPDATE refinery_schema_history SET version = version + 1000 WHERE version = 19");
    refused(&server, &file, &[], "the database has 1019");
    server
        .database
        .sql("UPDATE refinery_schema_history SET version = version - 1000 WHERE version = 1019");
    assert!(
        comes(&server, &file, &[]).status.success(),
        "after all that it comes in"
    );
}

#[test]
fn books_that_do_not_agree_come_in_only_where_that_is_said_and_never_where_triggers_disagree() {
    let (origin, _terminal, _ann) = origin();
    let server = target(&origin);
    origin.database.sql("SET session_replication_role = replica; UPDATE wallet SET balance = balance + 1 WHERE account = 'A'");
    let (folder, file) = taken(&origin);
    // Whatever is said.
    refused(
        &server,
        &file,
        &["--despite-problems"],
        "rows of wallet that follow",
    );
    origin.database.sql("SET session_replication_role = replica; UPDATE wallet SET balance = balance - 1 WHERE account = 'A'; UPDATE wallet_hold SET amount = 7 WHERE state = 'pending'");
    std::fs::remove_file(&file).unwrap();
    drop(folder);
    let (_folder, file) = taken(&origin);
    refused(&server, &file, &[], "the books in the file do not add up");
    let came = comes(&server, &file, &["--despite-problems"]);
    assert!(
        String::from_utf8_lossy(&came.stdout).contains("problem "),
        "{came:?}"
    );
    let checked = server.try_say(&["check", "--tenant", "east"]);
    assert_eq!(checked.status.code(), Some(1), "as it was before");
}

#[test]
fn a_file_of_a_server_with_other_keys_comes_in_only_where_that_is_meant() {
    let (origin, _terminal, _ann) = origin();
    let (folder, file) = taken(&origin);
    let key = folder.path().join("paper");
    std::fs::write(&key, origin.say(&["backup", "--print-recovery-key"])).unwrap();
    let key = ["--recovery-key", key.to_str().unwrap()];
    let server = Server::start();
    server.database.sql("DELETE FROM staff; DELETE FROM tenant");
    refused(&server, &file, &key, "with other keys");
    let came = comes(&server, &file, &[key[0], key[1], "--other-server"]);
    let said = String::from_utf8_lossy(&came.stdout);
    assert!(
        came.status.success() && said.contains("Enrol its terminals"),
        "{came:?}"
    );
    server.say(&["check", "--tenant", "east"]);
    assert_eq!(
        server.verify("K1"),
        origin.verify("K1"),
        "what another witness cosigned is evidence here too"
    );
    // Enrolled anew it begins its next epoch, and the older log stays what it is.
    let manager = server.staff("east", "Max", "manager");
    let mut terminal = Terminal::enrolled_of(&server, ("east", &manager), "K1");
    terminal.work(2);
    assert_eq!(terminal.sync(&server), Ended::InSync);
    assert_eq!(
        server
            .database
            .sql("SELECT epoch FROM terminal WHERE terminal = 'K1'"),
        "2"
    );
    server.say(&["check", "--tenant", "east"]);
}

#[test]
fn every_table_of_a_tenant_is_taken_along_or_left_out_on_purpose_and_parents_come_first() {
    let server = Server::start();
    let mut listed: Vec<&str> = TABLES.iter().map(|(table, _)| *table).collect();
    listed.extend(LEFT_OUT);
    listed.sort_unstable();
    assert_eq!(
        server.database.tables(),
        listed,
        "server/src/tenant_file/tables.rs"
    );
    let place = |table: &str| TABLES.iter().position(|(name, _)| *name == table);
    let refer = server.database.sql(
        "SELECT DISTINCT conrelid::regclass || ' ' || confrelid::regclass FROM pg_constraint WHERE contype = 'f' AND conparentid = 0 AND conrelid <> confrelid",
    );
    for line in refer.lines() {
        let (child, parent) = line.split_once(' ').unwrap();
        if let Some(child_at) = place(child) {
            assert!(place(parent) < Some(child_at), "{parent} before {child}");
        }
    }
    // What the server's role may write is written as it, and what it may not follows from triggers.
    let written = server.database.sql(
        "SELECT table_name FROM information_schema.table_privileges WHERE grantee = 'meterpost_server' AND privilege_type = 'INSERT'",
    );
    for (table, how) in TABLES {
        let may = written.lines().any(|name| name == *table);
        assert_eq!(may, *how == How::Written, "{table}");
    }
}
