//! A meter whose money is here is charged up to what it shows when it is taken down: once, estimates mended by their difference, and before
//! its account can close. The books are checked after every step.

mod common;

use common::books::check;
use common::utility::{District, KWH, NOW};
use jiff::civil::{Date, date};
use meterpost_ledger::Money;
use meterpost_ledger::bulletin::directory::MeterRecord;
use meterpost_server::directory::history::By;
use meterpost_server::directory::removal::{TakeDown, take_down};
use meterpost_server::directory::{ChangeError, NewAccount, change};
use serde_json::json;

/// 6 March, in the afternoon where the meters are.
const THAT_DAY: u64 = NOW + 9 * 86_400;
const BY: By<'static> = By {
    name: "Ann",
    at: THAT_DAY,
};

fn march(n: i8) -> Date {
    date(2026, 3, n)
}

/// 50.00 fen a kWh, and 31.00 yuan a month: 1 yuan for each day of March.
fn district() -> District {
    let district = District::bare();
    let tariff = json!({
        "utility": "electricity", "unit": "kWh", "period": "month", "tiers": [{"price": 500_000}], "fixed": 3_100,
    });
    district.in_force("default", date(2026, 1, 1), &tariff);
    district.account("A", "1001", "electricity");
    district.pay("t-1", "A", 10_000);
    for (day, register) in [(date(2026, 2, 28), 0), (march(1), 4), (march(2), 14)] {
        district.reading("1001", day, register * KWH);
    }
    district
}

/// Takes it down, or leaves everything as it was.
fn down(district: &District, id: &str, reading: &str) -> Result<(), ChangeError> {
    let asked = TakeDown {
        id,
        account: "A",
        meter: "1001",
        reading,
        balance: Money::ZERO,
        replacement: None,
        reason: "the flat is empty",
    };
    let done = district.within(async |t, tenant| {
        let done = take_down(t, tenant, BY, &asked).await;
        if done.is_err() {
            t.batch_execute("ROLLBACK").await.expect("undone");
        }
        done
    });
    check(&district.database);
    done
}

fn changed(
    district: &District,
    accounts: &[NewAccount],
    gone: &[String],
) -> Result<u64, ChangeError> {
    district.within(async |t, tenant| {
        let done = change(t, tenant, BY, accounts, gone).await;
        if done.is_err() {
            t.batch_execute("ROLLBACK").await.expect("undone");
        }
        done
    })
}

#[test]
fn the_last_days_are_charged_by_what_it_shows_and_estimates_are_mended_once() {
    let district = district();
    for day in 1..=4 {
        district.settle(march(day));
    }
    // 4 and 10 kWh were read, twice 7 were estimated: 28 × 50 fen and four days.
    assert_eq!(district.money("A"), (10_000 - 1_400 - 400, 0));
    down(&district, "r-1", "22 kWh").unwrap();
    // 22 kWh × 50 fen and six days: 1.00 comes back, for 8 kWh in four days are less than was estimated for two.
    assert_eq!(district.money("A"), (10_000 - 1_100 - 600, 0));
    let days = [
        "2026-03-03 2 split 20000 200",
        "2026-03-04 2 split 20000 200",
        "2026-03-05 1 split 20000 200",
        "2026-03-06 1 split 20000 200",
    ];
    assert_eq!(district.days("1001", march(3)), days);
    let last = "SELECT meter, day, account, registers, charged FROM final_charge";
    assert_eq!(
        district.database.sql(last),
        "1001|2026-03-06|A|{220000}|-100"
    );
    assert_eq!(district.database.sql("SELECT count(*) FROM meter"), "0");
    // The form sent again, and the next night, change nothing.
    down(&district, "r-1", "22 kWh").unwrap();
    assert!(down(&district, "r-2", "22 kWh").is_err());
    assert_eq!(district.settle(march(7)).revisions, 0);
    assert_eq!(district.money("A"), (8_300, 0));
}

#[test]
fn a_meter_that_was_never_settled_is_charged_from_the_last_day_that_was_read() {
    let district = district();
    down(&district, "r-1", "20.5").unwrap();
    // 6.5 kWh × 50 = 325, and four days.
    assert_eq!(district.charged("1001"), 725);
    assert_eq!(district.money("A"), (10_000 - 725, 0));
}

#[test]
fn what_cannot_be_charged_leaves_the_meter_where_it_is() {
    let district = district();
    district.settle(march(1));
    let before = district.money("A");
    for (reading, why) in [
        ("a lot", "give it as a number"),
        ("22 m3", "give it in kWh"),
        ("3 kWh", "cannot be charged"),
        ("99999 kWh", "cannot be charged"),
    ] {
        let error = down(&district, "r-1", reading).unwrap_err().to_string();
        assert!(error.contains(why), "{reading}: {error}");
        assert_eq!(district.money("A"), before);
        let left = "SELECT (SELECT count(*) FROM meter), (SELECT count(*) FROM meter_removal), (SELECT count(*) FROM final_charge)";
        assert_eq!(district.database.sql(left), "1|0|0");
    }
}

#[test]
fn neither_an_account_nor_a_meter_goes_while_something_is_not_charged() {
    let district = district();
    let without = NewAccount {
        account: "A".to_owned(),
        district: "north".to_owned(),
        name: String::new(),
        place: String::new(),
        meters: Vec::new(),
        cards: Vec::new(),
    };
    let refused = |done: Result<u64, ChangeError>| {
        let error = done.unwrap_err().to_string();
        assert!(error.contains("not charged to its end"), "{error}");
    };
    refused(changed(&district, std::slice::from_ref(&without), &[]));
    // Nor does it begin to keep its own money.
    let own = NewAccount {
        meters: vec![MeterRecord {
            number: "1001".to_owned(),
            utility: "electricity".to_owned(),
            profile: "dlt645-plain".to_owned(),
            address: "260300001001".to_owned(),
            segment: 1,
            baud: None,
            parity: None,
            customer: None,
            place: String::new(),
            low_balance: 0,
            owner: None,
            on_account: false,
        }],
        ..without.clone()
    };
    refused(changed(&district, &[own], &[]));
    down(&district, "r-1", "14 kWh").unwrap();
    // Nothing was used in the last days, but each has its part of the fixed charge.
    assert_eq!(district.money("A"), (10_000 - 400, 0));
    changed(&district, &[without], &[]).unwrap();
    let closing = changed(&district, &[], &["A".to_owned()]);
    let error = closing.unwrap_err().to_string();
    assert!(error.contains("its wallet holds money"), "{error}");
}

#[test]
fn an_account_with_an_empty_wallet_still_waits_for_its_meter() {
    let district = District::new();
    district.account("A", "1001", "electricity");
    district.reading("1001", march(1), 5 * KWH);
    let error = changed(&district, &[], &["A".to_owned()]).unwrap_err();
    assert!(
        error.to_string().contains("not charged to its end"),
        "{error}"
    );
    down(&district, "r-1", "5 kWh").unwrap();
    changed(&district, &[], &["A".to_owned()]).unwrap();
}
