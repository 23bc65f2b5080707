use super::*;
use crate::frame::cjt188::DiOrder;
use crate::frame::cjt188::status::StatusLayout;

mod mistakes;

fn parse(text: &str) -> Profile {
    Profile::parse(text).unwrap_or_else(|error| panic!("{error}"))
}

fn electricity(profile: &Profile) -> &Dlt645Dialect {
    match &profile.dialect {
        Dialect::Dlt645(dialect) => dialect,
        other => panic!("{other:?}"),
    }
}

fn water(profile: &Profile) -> &Cjt188Dialect {
    match &profile.dialect {
        Dialect::Cjt188(dialect) => dialect,
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_built_in_profile_is_sound_and_has_the_name_it_is_called_by() {
    for name in Profile::builtin_names() {
        let profile = Profile::builtin(name).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(profile.name, name);
        assert_eq!(parse(Profile::builtin_text(name).unwrap()), profile);
    }
}

#[test]
fn the_examples_of_the_documentation_are_sound() {
    let here = std::env::var("CARGO_MANIFEST_DIR").expect("cargo tells");
    let folder = format!("{here}/../docs/examples/profiles");
    let mut count = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let profile = parse(&std::fs::read_to_string(&path).unwrap());
        assert_eq!(path.file_stem().unwrap().to_str().unwrap(), profile.name);
        count += 1;
    }
    assert_eq!(count, 2);
}

#[test]
fn money_is_taken_where_a_link_is_enough() {
    let names: Vec<&str> = Profile::builtin_names()
        .filter(|name| Profile::builtin(name).unwrap().takes_money())
        .collect();
    let right = [
        "dlt645-plain",
        "cjt188-prepaid",
        "cjt188-prepaid-low-first",
        "cjt188-prepaid-2018",
    ];
    assert_eq!(names, right);
}

#[test]
fn the_short_form_gets_the_usual_options() {
    let profile = parse("kind = \"dlt645_plain\"\ncustomer_number = \"1234\"");
    let customer = CustomerNumber::from_digits("1234").unwrap();
    let builtin = Profile::builtin("dlt645-plain").unwrap();
    assert_eq!(profile, builtin.with_customer(customer));
    assert_eq!(profile.timing, Timing::default());
    assert_eq!(electricity(&profile).books, BooksSource::StatusQuery);
    let profile = parse("kind = \"cjt188_prepaid\"");
    assert_eq!(profile, Profile::builtin("cjt188-prepaid").unwrap());
    assert_eq!(*water(&profile), Cjt188Dialect::default());
}

#[test]
fn every_option_of_the_short_form_is_one_of_the_full_form() {
    let profile = parse(
        "kind = \"dlt645_plain\"\npreamble = 0\ncustomer_number = \"000000001234\"\noperator = \"11223344\"\n\
         password = \"123456\"\nbooks = \"registers\"",
    );
    let dialect = electricity(&profile);
    assert_eq!(profile.timing.preamble, 0);
    assert_eq!(dialect.operator.0, [0x11, 0x22, 0x33, 0x44]);
    assert_eq!(dialect.password.digits, [0x56, 0x34, 0x12]);
    assert_eq!(dialect.books, BooksSource::Registers);
    let profile = parse(
        "kind = \"cjt188_prepaid\"\ndi_order = \"low_first\"\nstatus_layout = \"high_bits\"\nlong_valve_command = true",
    );
    let dialect = water(&profile);
    assert_eq!(dialect.di_order, DiOrder::LowFirst);
    assert_eq!(dialect.status_layout, StatusLayout::HighBits);
    assert_eq!(dialect.valve_command, ValveLength::Long);
}

#[test]
fn a_profile_may_stand_in_any_file_as_a_table_or_a_name() {
    #[derive(Deserialize)]
    struct File {
        profile: Profile,
    }
    for text in [
        "profile = \"cjt188-prepaid\"",
        "profile = { kind = \"cjt188_prepaid\" }",
        "profile = { base = \"cjt188-prepaid\" }",
    ] {
        let file: File = toml::from_str(text).unwrap();
        assert_eq!(file.profile.name, "cjt188-prepaid");
    }
    let json = r#"{ "profile": { "kind": "dlt645_plain", "customer_number": "1234" } }"#;
    let file: File = serde_json::from_str(json).unwrap();
    assert_eq!(file.profile.protocol(), ProfileProtocol::Dlt645);
}

#[test]
fn a_base_is_changed_only_where_the_profile_says_so() {
    let profile = parse(
        "base = \"cjt188-prepaid\"\nname = \"mine\"\n[dialect]\nedition = \"2018\"\ndi_order = \"low_first\"\n[timing]\nanswer_delay_ms = 2000",
    );
    let base = Profile::builtin("cjt188-prepaid").unwrap();
    assert_eq!(profile.name, "mine");
    assert_eq!(profile.registers, base.registers);
    assert_eq!(profile.timing.answer_delay.as_secs(), 2);
    assert_eq!(profile.timing.preamble, base.timing.preamble);
    assert_eq!(water(&profile).edition, Edition188::Y2018);
}
