//! A terminal with one meter, for the tests of the flow.

use std::sync::Arc;
use std::time::Duration;

use jiff::civil::DateTime;
use meterpost_bus::link::SerialSettings;
use meterpost_bus::meter::MeterDriver;
use meterpost_ledger::{Books, Money};
use meterpost_ui::view::{Language, Utility};

use serde_json::json;

use super::world::METER;
use crate::flow::{Delays, DirectoryMeter, Flow, PayRules, Rules};
use crate::service::ServiceRules;
use crate::told::Told;

/// Noon on 26 November 2026.
pub const NOON: DateTime = DateTime::constant(2026, 11, 26, 12, 0, 0, 0);

pub fn rules() -> Rules {
    Rules {
        terminal: "K1".into(),
        place: "Test".into(),
        phone: "400 000 000".into(),
        currency: "¥".into(),
        language: Language::English,
        highest_sale: Money(50_000),
        amounts: [1_000, 2_000, 5_000, 10_000, 20_000].map(Money).to_vec(),
        notes: [500, 1_000, 2_000, 5_000, 10_000].map(Money).to_vec(),
        meters: vec![meter()],
        told: Arc::default(),
        attempts: 4,
        pay: PayRules::default(),
        reports_loss: true,
        service: ServiceRules::default(),
        delays: Delays {
            idle: Duration::from_secs(60),
            warning: Duration::from_secs(30),
            finish_after_note: Duration::from_secs(120),
            done: Duration::from_secs(15),
            owed: Duration::from_secs(60),
            slow: Duration::from_secs(10),
            attempt_pause: Duration::from_secs(1),
            retry: Duration::from_secs(60),
            note_patience: Duration::from_secs(60),
            start: Duration::from_secs(60),
            wallet: Duration::from_secs(10),
            code: Duration::from_secs(180),
            code_check: Duration::from_secs(45),
        },
    }
}

fn meter() -> DirectoryMeter {
    let profile =
        serde_json::from_value(json!({ "kind": "dlt645_plain", "customer_number": "1234" }))
            .unwrap();
    DirectoryMeter {
        number: METER.into(),
        utility: Utility::Electricity,
        profile: "dlt645-plain".into(),
        place: "Building 3".into(),
        low_balance: Money(1_000),
        segment: 1,
        serial: SerialSettings::default(),
        driver: Arc::new(MeterDriver::new(profile, METER.parse().unwrap(), 2400).unwrap()),
        ours: true,
        on_account: false,
    }
}

pub fn flow(books: Books, now: Duration, pay: PayRules, told: Arc<Told>) -> Flow {
    let rules = Rules {
        pay,
        told,
        ..rules()
    };
    Flow::new(rules, books, now)
}
