//! A server with a payment provider, and a terminal that asks for payments by code.

use std::time::{Duration, Instant};

use meterpost_ledger::{Means, PaymentOutcome};
use meterpost_tests::provider::Provider;
use serde_json::{Value, json};

use super::books::book;
use super::provider;
use super::sale::Asked;
use super::server::Server;
use super::terminal::{Terminal, http};

pub fn now() -> u64 {
    meterpost_server::clock::system()
}

/// A server with a provider, and a terminal in a district with account A.
pub struct Bench {
    pub provider: Provider,
    pub terminal: Terminal,
    pub server: Server,
}

pub fn for_sale(id: &str) -> Value {
    json!({ "payment": id, "sale": "7", "meter": "MA", "amount": "50.00", "description": "Water MA", "valid_seconds": 180 })
}

pub fn for_wallet(id: &str) -> Value {
    json!({ "payment": id, "account": "A", "amount": "50.00", "description": "Wallet", "valid_seconds": 180 })
}

impl Bench {
    pub fn new() -> Bench {
        let provider = provider::start(now);
        let server = Server::start_with(&provider.config("east"));
        provider::register(&provider, &server.folder.path().join("payment.key"));
        let terminal = Terminal::enrolled(&server, "K1");
        server.database.sql(
            "INSERT INTO directory (tenant, version) VALUES ('east', 1) ON CONFLICT DO NOTHING; \
             INSERT INTO account (tenant, account, district, changed) VALUES ('east', 'A', 'north', 1); \
             INSERT INTO meter (tenant, number, account, utility, profile, address, segment) VALUES ('east', 'MA', 'A', 'water', 'p', 'A', 0); \
             UPDATE terminal SET district = 'north'",
        );
        Bench {
            provider,
            terminal,
            server,
        }
    }

    pub fn say(&mut self, act: &str, body: &Value) -> (u16, Value) {
        let target = format!("/api/v1/payments{act}");
        let (status, text) = self
            .terminal
            .call(&self.server, &target, body.to_string().as_bytes());
        (status, serde_json::from_str(&text).unwrap_or(Value::Null))
    }

    pub fn create(&mut self, body: &Value) -> (String, Value) {
        let (status, answer) = self.say("", body);
        assert_eq!(status, 200, "{answer}");
        (
            answer["number"].as_str().expect("a number").to_owned(),
            answer,
        )
    }

    /// A sale that the terminal's log says is to be paid by code.
    pub fn asks(&mut self) -> Asked {
        self.terminal.asks(Means::Code, "MA", 5_000)
    }

    /// The log says that nothing was taken for it.
    pub fn gives_up(&mut self, asked: &Asked) {
        let refused = PaymentOutcome::Refused;
        self.terminal.ends(&self.server, asked, refused);
    }

    pub fn named(&mut self, act: &str, id: &str) -> (u16, Value) {
        self.say(act, &json!({ "payment": id }))
    }

    /// Polls as a terminal does, until the payment is in this state.
    pub fn until(&mut self, id: &str, state: &str) -> Value {
        let began = Instant::now();
        loop {
            let (status, answer) = self.named("/state", id);
            assert_eq!(status, 200, "{answer}");
            if answer["state"] == state {
                return answer;
            }
            let log = self.server.read_log();
            assert!(
                began.elapsed() < Duration::from_secs(40),
                "{answer} is not {state}: {log}"
            );
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    pub fn tell(&self, (body, header): (String, String)) -> (u16, String) {
        let url = format!("{}/api/v1/payments/callback", self.server.url());
        http(
            "POST",
            &url,
            Some(("merchant-signature", header)),
            Some(body.as_bytes()),
        )
    }

    pub fn told(&self, number: &str) -> (u16, String) {
        self.tell(self.provider.told(number, 0, |_| {}))
    }

    pub fn balance(&self) -> String {
        let answer = self.server.manage("GET", "/api/v1/wallets/A", None);
        answer["balance"].as_str().expect("an amount").to_owned()
    }

    /// What the provider has of ours is what our books say it has.
    pub fn settled(&self) {
        let world = self.provider.world();
        assert_eq!(
            world.orders.money_in - world.orders.money_out,
            book(&self.server.database, "provider")
        );
    }
}
