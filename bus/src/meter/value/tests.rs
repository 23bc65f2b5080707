use super::*;
use crate::meter::Profile;
use proptest::prelude::*;

/// A profile whose only register has these keys.
fn register(keys: &str) -> Register {
    let text = format!(
        "base = \"cjt188-prepaid\"\ncapabilities = [\"read\"]\n[[register]]\nname = \"a\"\nid = \"901F\"\n\
         quantity = \"other\"\n{keys}"
    );
    let mut profile = Profile::parse(&text).unwrap_or_else(|error| panic!("{error}"));
    profile.registers.remove(0)
}

fn reads(keys: &str, block: &[u8]) -> RegisterReading {
    RegisterReading::of_block(&register(keys), block)
}

fn number(keys: &str, block: &[u8]) -> String {
    let reading = reads(keys, block);
    reading
        .number()
        .unwrap_or_else(|| panic!("{reading:?}"))
        .to_string()
}

#[test]
fn every_coding_is_read_exactly() {
    assert_eq!(
        number("bytes = 4\nplaces = 2", &[0x64, 0x02, 0x75, 0x00]),
        "7502.64"
    );
    let signed = "bytes = 3\nplaces = 4\ncoding = \"bcd_signed\"";
    assert_eq!(number(signed, &[0x05, 0x00, 0x80]), "-0.0005");
    assert_eq!(
        number("bytes = 2\ncoding = \"binary\"", &[0x2C, 0x01]),
        "300"
    );
    let high = "bytes = 4\nplaces = 1\ncoding = \"binary_high_first\"";
    assert_eq!(number(high, &[0, 0, 0, 0x64]), "10.0");
    let clock = reads(
        "bytes = 7\ncoding = \"clock\"",
        &[0, 0x30, 0x12, 0x24, 0x11, 0x26, 0x20],
    );
    let right = WallTime::new(2026, 11, 24, 12, 30, 0).unwrap();
    assert_eq!(clock.value, RegisterValue::Clock(right));
}

#[test]
fn a_block_is_cut_where_the_profile_says() {
    let keys = "at = 2\nbytes = 2\nunit = \"told\"";
    let reading = reads(keys, &[0xFF, 0xFF, 0x34, 0x12, 0x2C]);
    assert_eq!(reading.number().unwrap().value, 1234);
    assert_eq!(reading.unit.as_deref(), Some("m3"));
    assert_eq!(reading.raw, [0x34, 0x12]);
    let short = reads(keys, &[0xFF, 0xFF, 0x34]);
    assert!(matches!(short.value, RegisterValue::Malformed(_)));
}

#[test]
fn fillers_are_no_values_and_letters_no_numbers() {
    assert_eq!(reads("bytes = 4", &[0xFF; 4]).value, RegisterValue::Absent);
    assert_eq!(
        reads("bytes = 7\ncoding = \"clock\"", &[0; 7]).value,
        RegisterValue::Absent
    );
    let letters = reads("bytes = 2", &[0xAB, 0x12]);
    assert!(matches!(letters.value, RegisterValue::Malformed(_)));
}

#[test]
fn a_status_word_tells_what_the_profile_says_its_bits_mean() {
    let keys = "bytes = 2\ncoding = \"bits\"\nflags = { battery_low = 2, magnet = 9 }";
    let status = |word| reads(keys, word).value;
    assert_eq!(
        status(&[0x04, 0x00]),
        RegisterValue::Status(vec![Condition::BatteryLow])
    );
    assert_eq!(
        status(&[0x00, 0x02]),
        RegisterValue::Status(vec![Condition::Magnet])
    );
    assert_eq!(status(&[0xFB, 0xFD]), RegisterValue::Status(vec![]));
}

#[test]
fn a_decimal_reads_as_it_prints() {
    for text in ["0", "-12.05", "7502.64", "0.0001", "-0.5"] {
        assert_eq!(text.parse::<Decimal>().unwrap().to_string(), text);
    }
    for text in ["", "-", ".5", "1e3", "1.-2", "12a", "99999999999999999999"] {
        text.parse::<Decimal>().unwrap_err();
    }
}

proptest! {
    #[test]
    fn any_block_is_a_value_or_says_why_not(
        block in proptest::collection::vec(any::<u8>(), 0..40), at in 0u8..30, bytes in 1u8..=7, places in 0u8..=9,
        coding in prop_oneof![Just("bcd"), Just("bcd_signed"), Just("binary"), Just("binary_high_first"), Just("digits")],
    ) {
        let places = if coding == "digits" { 0 } else { places };
        let keys = format!("at = {at}\nbytes = {bytes}\nplaces = {places}\ncoding = \"{coding}\"");
        let reading = reads(&keys, &block);
        let fits = usize::from(at) + usize::from(bytes) <= block.len();
        prop_assert_eq!(reading.raw.len(), if fits { usize::from(bytes) } else { 0 });
    }
}
