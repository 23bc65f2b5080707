//! A district's wallets, and what is said of them.

use serde_json::{Value, json};

use super::sale::Asked;
use super::server::Server;
use super::terminal::Terminal;

/// Accounts with a meter each: A and B in the terminals' district, C in another.
pub fn district(server: &Server) {
    server.database.sql(
        "INSERT INTO directory (tenant, version) VALUES ('east', 1) ON CONFLICT DO NOTHING; \
         INSERT INTO account (tenant, account, district, changed) VALUES ('east', 'A', 'north', 1), ('east', 'B', 'north', 1), ('east', 'C', 'south', 1); \
         INSERT INTO meter (tenant, number, account, utility, profile, address, segment) \
         SELECT 'east', 'M' || account, account, 'water', 'p', account, 0 FROM account; \
         UPDATE terminal SET district = 'north'",
    );
}

pub fn bench() -> (Server, Terminal) {
    let server = Server::start();
    let terminal = Terminal::enrolled(&server, "K1");
    district(&server);
    (server, terminal)
}

pub fn call(terminal: &mut Terminal, server: &Server, act: &str, body: &Value) -> (u16, Value) {
    let target = format!("/api/v1/wallet/{act}");
    let (status, text) = terminal.call(server, &target, body.to_string().as_bytes());
    (status, serde_json::from_str(&text).unwrap_or(Value::Null))
}

pub fn holding(id: &str, amount: &str) -> Value {
    json!({ "hold": id, "account": "A", "meter": "MA", "amount": amount })
}

/// Account A's money is asked to be put aside for what the log asked for.
pub fn hold(terminal: &mut Terminal, server: &Server, asked: &Asked, amount: &str) -> (u16, Value) {
    call(terminal, server, "hold", &holding(&asked.name, amount))
}

pub fn pay_in(server: &Server, id: &str, amount: &str) -> i64 {
    let body = json!({ "id": id, "amount": amount, "means": "cash" });
    let answer = server.manage("POST", "/api/v1/wallets/A/top-ups", Some(&body.to_string()));
    answer["journal"].as_i64().expect("a journal")
}

/// Balance, held and debt of account A.
pub fn money(server: &Server) -> (String, String, String) {
    let answer = server.manage("GET", "/api/v1/wallets/A", None);
    let text = |name: &str| answer[name].as_str().expect("an amount").to_owned();
    (text("balance"), text("held"), text("debt"))
}

pub fn is(server: &Server, balance: &str, held: &str, debt: &str) {
    let expected = (balance.to_owned(), held.to_owned(), debt.to_owned());
    assert_eq!(money(server), expected);
}

/// What the database says to the server's own role.
pub fn as_role(server: &Server, sql: &str) -> String {
    let output = server.database.as_server(sql);
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}
