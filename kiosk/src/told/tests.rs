use std::time::Duration;

use meterpost_ledger::Money;
use meterpost_ledger::bulletin::directory::{AccountRecord, MeterRecord};
use meterpost_ledger::bulletin::parameters::Parameters;
use meterpost_ui::view::{Language, Utility};

use super::{Directory, Told};
use crate::flow::tests::fixture;

fn meter(number: &str, owner: Option<&str>) -> MeterRecord {
    MeterRecord {
        number: number.into(),
        utility: "water".into(),
        profile: "cjt188-prepaid".into(),
        address: format!("{number:0>14}"),
        segment: 2,
        baud: None,
        parity: None,
        customer: None,
        place: String::new(),
        low_balance: 500,
        owner: owner.map(Into::into),
        on_account: false,
    }
}

fn account(number: &str, meters: Vec<MeterRecord>, card: &str) -> AccountRecord {
    AccountRecord {
        account: number.into(),
        name: "王**".into(),
        place: "3栋1201".into(),
        meters,
        cards: vec![card.into()],
    }
}

fn told(accounts: Vec<AccountRecord>) -> std::sync::Arc<Told> {
    std::sync::Arc::new(Told {
        directory: Directory::new(accounts),
        ..Told::default()
    })
}

#[test]
fn a_meter_of_the_directory_is_ready_and_only_its_owner_may_send_it_purchases() {
    let accounts = vec![account(
        "A1",
        vec![
            meter("20260042", Some("K1")),
            meter("20260043", Some("K2")),
            meter("20260044", None),
        ],
        "C1",
    )];
    let rules = fixture::rules().under(told(accounts));
    let found = rules.meter("20260042").unwrap();
    assert_eq!(found.utility, Utility::Water);
    assert_eq!(found.place, "3栋1201");
    assert!(found.ours);
    assert!(!rules.meter("20260043").unwrap().ours);
    assert!(!rules.meter("20260044").unwrap().ours);
    assert!(rules.meter("20260045").is_none());
    assert_eq!(rules.number_lengths(), (8, 12));
}

#[test]
fn a_meter_of_the_configuration_is_another_owners_where_the_directory_says_so() {
    let configured = fixture::rules();
    let number = configured.meters[0].number.clone();
    assert!(configured.meter(&number).unwrap().ours);
    for (owner, ours) in [(Some("K1"), true), (Some("server"), false), (None, false)] {
        let accounts = vec![account("A1", vec![meter(&number, owner)], "C1")];
        let rules = configured.under(told(accounts));
        assert_eq!(rules.meter(&number).unwrap().ours, ours, "{owner:?}");
    }
}

#[test]
fn a_record_that_makes_no_meter_is_no_meter() {
    for spoil in [
        |m: &mut MeterRecord| m.profile = "no-such".into(),
        |m: &mut MeterRecord| m.address = "12".into(),
        |m: &mut MeterRecord| m.utility = "steam".into(),
        |m: &mut MeterRecord| m.parity = Some("mark".into()),
    ] {
        let mut record = meter("20260042", Some("K1"));
        spoil(&mut record);
        let rules = fixture::rules().under(told(vec![account("A1", vec![record], "C1")]));
        assert!(rules.meter("20260042").is_none());
    }
}

#[test]
fn what_two_accounts_claim_is_neithers() {
    let directory = Directory::new(vec![
        account("A1", vec![meter("20260042", None)], "C1"),
        account(
            "A2",
            vec![meter("20260042", None), meter("20260043", None)],
            "C1",
        ),
    ]);
    assert!(directory.meter("20260042").is_none());
    assert!(directory.card("C1").is_none());
    assert_eq!(directory.meter("20260043").unwrap().account.account, "A2");
}

#[test]
fn parameters_take_the_place_of_the_configuration_and_leave_the_rest() {
    let told = std::sync::Arc::new(Told {
        parameters: Parameters {
            phone: Some("400-1".into()),
            language: Some("zh".into()),
            highest_sale: Some(5_000),
            idle: Some(90),
            ..Parameters::default()
        },
        ..Told::default()
    });
    let configured = fixture::rules();
    let rules = configured.under(told);
    assert_eq!(rules.phone, "400-1");
    assert_eq!(rules.language, Language::Chinese);
    assert_eq!(rules.delays.idle, Duration::from_secs(90));
    assert_eq!(rules.delays.warning, configured.delays.warning);
    // No amount is offered that would never be taken.
    assert_eq!(rules.amounts, [1_000, 2_000, 5_000].map(Money));
}
