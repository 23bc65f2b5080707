//! The login that serves owns nothing: it does the server's work, and can change neither the tables nor what guards their rows.

mod common;

use std::process::{Command, Output};

use common::books;
use common::database::{Logins, TestDatabase};
use common::purse::{district, hold, is, pay_in};
use common::sale::wallet;
use common::server::Server;
use common::terminal::{Ended, Terminal};
use meterpost_ledger::PaymentOutcome::Delivered;

fn both(database: &TestDatabase, logins: &Logins) -> String {
    format!(
        "url = \"{}\"\nowner_url = \"{}\"",
        Logins::url(database, &logins.serving),
        Logins::url(database, &logins.owner)
    )
}

/// What the database answers to a login, as the role that the server works as or as itself.
fn asks(url: &str, sql: &str) -> Output {
    Command::new("psql")
        .args([
            "--no-psqlrc",
            "-qtA",
            "-v",
            "ON_ERROR_STOP=1",
            "-d",
            url,
            "-c",
            sql,
        ])
        .output()
        .expect("psql")
}

#[test]
fn the_server_does_its_work_as_a_login_that_owns_nothing() {
    let (logins, database) = TestDatabase::owned();
    let lines = both(&database, &logins);
    let mut server = Server::start_as(database, "", &lines);
    let mut terminal = Terminal::enrolled(&server, "K1");
    district(&server);
    pay_in(&server, "t-1", "100.00");
    let asked = terminal.asks(wallet("A"), "MA", 3_000);
    hold(&mut terminal, &server, &asked, "30.00");
    terminal.writes_end(&asked, Delivered);
    assert_eq!(terminal.sync(&server), Ended::InSync);
    is(&server, "70.00", "0.00", "0.00");
    books::check(&server.database);
    // Through a function that runs as the owner, whom policies bind as well.
    let all = server.say(&["check", "--all"]);
    assert!(
        all.contains("tenant   east") && all.contains("verdict  ok"),
        "{all}"
    );
    assert!(
        !server.read_log().contains("owns the database"),
        "{}",
        server.read_log()
    );
    assert_eq!(server.database.sql("SELECT count(*) FROM log_key"), "1");

    let url = Logins::url(&server.database, &logins.serving);
    let made = asks(
        &url,
        "SET ROLE meterpost_server; SELECT reading_partitions(2)",
    );
    assert_eq!(
        String::from_utf8_lossy(&made.stdout).trim(),
        "4",
        "{made:?}"
    );
    let guarded = [
        "ALTER TABLE wallet_posting DISABLE TRIGGER ALL",
        "ALTER TABLE entry DISABLE ROW LEVEL SECURITY",
        "ALTER TABLE wallet DROP CONSTRAINT wallet_never_negative",
        "DROP TABLE audit",
        "DROP POLICY own ON account",
        "DROP FUNCTION journal_balances() CASCADE",
        "TRUNCATE audit",
        "TRUNCATE entry",
        "UPDATE wallet SET balance = 1",
        "UPDATE entry SET bytes = ''",
        "UPDATE posting_journal SET made_by = 'nobody'",
        "DELETE FROM audit",
        "CREATE TABLE mine (n integer)",
        "CREATE FUNCTION mine() RETURNS integer LANGUAGE sql AS 'SELECT 1'",
        "SET session_replication_role = replica",
        "UPDATE refinery_schema_history SET version = 0",
        "SELECT reading_partition('2026-01-01')",
        "CREATE ROLE friend SUPERUSER",
        "GRANT meterpost_server TO postgres",
    ];
    for sql in guarded {
        for role in ["", "SET ROLE meterpost_server; "] {
            let output = asks(&url, &format!("{role}SET meterpost.tenant = 'east'; {sql}"));
            let said = String::from_utf8_lossy(&output.stderr);
            let refused = [
                "permission denied",
                "must be owner",
                "must have admin option",
                "must be superuser",
            ];
            assert!(
                !output.status.success() && refused.iter().any(|words| said.contains(words)),
                "{role}{sql}: {output:?}"
            );
        }
    }
    for role in [logins.owner.as_str(), "postgres"] {
        let output = asks(&url, &format!("SET ROLE {role}"));
        assert!(!output.status.success(), "{role}");
    }
    // As itself it sees nothing at all; as the server's role no other tenant.
    assert!(!asks(&url, "SELECT * FROM account").status.success());
    server.say(&["tenant", "west"]);
    let west = asks(
        &url,
        "SET ROLE meterpost_server; SET meterpost.tenant = 'west'; SELECT count(*) FROM account",
    );
    assert_eq!(String::from_utf8_lossy(&west.stdout).trim(), "0");
    // One tenant in a file, and in again: as the owner, whom the policies bind.
    server.kill();
    let file = server.folder.path().join("west.tenant");
    server.say(&[
        "tenant",
        "export",
        "--tenant",
        "west",
        "--to",
        file.to_str().unwrap(),
    ]);
    server.database.sql("SET session_replication_role = replica; DELETE FROM audit WHERE tenant = 'west'; DELETE FROM tenant WHERE tenant = 'west'");
    server.say(&["tenant", "import", "--from", file.to_str().unwrap()]);
    server.say(&["check", "--all"]);
}

#[test]
fn an_older_schema_is_told_to_the_login_that_may_not_change_it() {
    let (logins, database) = TestDatabase::owned();
    let lines = both(&database, &logins);
    let mut server = Server::start_as(database, "", &lines);
    server.kill();
    let config = std::fs::read_to_string(server.config()).unwrap();
    let alone: Vec<&str> = config
        .lines()
        .filter(|line| !line.starts_with("owner_url"))
        .collect();
    std::fs::write(server.config(), alone.join("\n")).unwrap();
    server.say(&["init"]);
    server.database.sql("CREATE TABLE kept AS SELECT * FROM refinery_schema_history; DELETE FROM refinery_schema_history WHERE version = (SELECT max(version) FROM refinery_schema_history)");
    for command in ["serve", "init"] {
        let output = server.try_say(&[command]);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(
            !output.status.success() && said.contains("server init --schema"),
            "{output:?}"
        );
    }
    server.database.sql("INSERT INTO refinery_schema_history (version, name, applied_on, checksum) SELECT max(version) + 1, 'x', '', '0' FROM kept");
    let output = server.try_say(&["serve"]);
    assert!(
        String::from_utf8_lossy(&output.stderr).contains("take the newer program"),
        "{output:?}"
    );
    server.database.sql("DELETE FROM refinery_schema_history; INSERT INTO refinery_schema_history SELECT * FROM kept");
    // With the owner at hand for one command.
    let owner = Logins::url(&server.database, &logins.owner);
    let said = server.say(&["init", "--schema", "--owner-url", &owner]);
    assert!(
        said.contains("was up to date") && !said.contains("keys"),
        "{said}"
    );
    server.resume();
}

#[test]
fn the_login_that_owns_everything_serves_on_a_developers_machine_and_is_told_what_that_means() {
    let server = Server::start();
    assert!(
        server
            .read_log()
            .contains("the login that serves owns the database"),
        "{}",
        server.read_log()
    );
}
