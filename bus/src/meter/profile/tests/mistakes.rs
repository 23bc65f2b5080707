//! What is wrong with a profile is said, all of it, with line, key and what would be right.

use super::*;
use proptest::prelude::*;

fn problems(text: &str) -> Vec<Problem> {
    Profile::parse(text).unwrap_err().0
}

/// The only mistake of a text.
fn only(text: &str) -> Problem {
    let mut problems = problems(text);
    assert_eq!(problems.len(), 1, "{problems:?}");
    problems.remove(0)
}

fn upon(base: &str, text: &str) -> String {
    format!("base = \"{base}\"\n{text}")
}

#[test]
fn all_mistakes_are_listed_with_their_lines() {
    let found = problems(
        "name = \"x\"\nprotocol = \"cjt188\"\nbilling = \"on_metre\"\ncapabilities = [\"read\"]\n\
         [dialect]\ndi_order = \"midle\"\nstatus_layut = \"low_bits\"\n[timing]\npreamble = 99\n",
    );
    let places: Vec<(Option<usize>, &str)> = found
        .iter()
        .map(|problem| (problem.line, problem.key.as_str()))
        .collect();
    assert_eq!(
        places,
        [
            (Some(3), "billing"),
            (Some(6), "dialect.di_order"),
            (Some(7), "dialect.status_layut"),
            (Some(9), "timing.preamble"),
        ]
    );
    assert!(found[0].right.contains("\"on_meter\""));
    assert!(found[1].right.contains("\"low_first\""));
    assert_eq!(found[2].right, "\"status_layout\"");
    assert!(found[3].right.contains("from 0 to 16"));
}

#[test]
fn one_mistake_reads_as_a_sentence() {
    let problem = only(&upon("cjt188-prepaid", "dialect.di_order = \"midle\""));
    assert_eq!(
        problem.to_string(),
        "line 2: dialect.di_order: \"midle\" is not known; right would be \"high_first\" or \"low_first\""
    );
}

#[test]
fn what_is_not_given_is_named() {
    let found = problems("name = \"x\"");
    let keys: Vec<&str> = found.iter().map(|problem| problem.key.as_str()).collect();
    assert_eq!(keys, ["protocol", "billing", "capabilities"]);
    assert!(found.iter().all(|problem| problem.what == "missing"));
}

#[test]
fn the_short_form_names_its_mistakes() {
    let plain = only("kind = \"dlt645_plain\"");
    assert!(plain.to_string().contains("customer_number"));
    let letters = only("kind = \"dlt645_plain\"\ncustomer_number = \"12x\"");
    assert!(letters.to_string().contains("12x"));
    assert!(only("kind = \"steam\"").to_string().contains("steam"));
    let slip = only("kind = \"cjt188_prepaid\"\npreambel = 3");
    assert_eq!((slip.line, slip.right.as_str()), (Some(2), "\"preamble\""));
    let short = only("kind = \"dlt645_plain\"\ncustomer_number = \"1\"\npassword = \"12345\"");
    assert!(short.to_string().contains("6 hex digits"));
}

#[test]
fn a_name_that_is_none_brings_the_one_that_was_meant() {
    let error = Profile::builtin("cjt188-prepayed").unwrap_err().to_string();
    assert!(error.contains("\"cjt188-prepaid\""), "{error}");
    let problem = only("base = \"dlt645-plane\"");
    assert_eq!(problem.line, Some(1));
}

#[test]
fn credit_on_account_is_a_contradiction() {
    let problem = only(&upon("cjt188-prepaid", "billing = \"on_account\""));
    assert_eq!(problem.key, "capabilities");
    assert!(problem.what.contains("on_account"));
}

#[test]
fn what_the_protocol_cannot_do_is_no_capability() {
    let problem = only(&upon(
        "cjt188-prepaid",
        "capabilities = [\"read\", \"freeze\"]",
    ));
    assert!(problem.what.contains("\"freeze\" cannot be"));
    let problem = only(
        "name = \"old\"\nprotocol = \"dlt645_1997\"\nbilling = \"on_account\"\ncapabilities = [\"read\", \"switch\"]\n\
         [[register]]\nname = \"energy\"\nid = \"9010\"\nquantity = \"energy\"\nbytes = 4",
    );
    assert!(problem.what.contains("\"switch\" cannot be"));
}

#[test]
fn every_meter_can_be_read() {
    let problem = only(&upon("cjt188-prepaid", "capabilities = [\"credit\"]"));
    assert!(problem.what.contains("\"read\" is missing"));
}

#[test]
fn events_need_a_status_word_with_flags() {
    let problem = only(&upon("cjt188-prepaid", "register = []"));
    assert!(problem.what.contains("\"events\" needs"));
}

#[test]
fn an_order_number_and_a_signer_exclude_each_other() {
    let problem = only(&upon(
        "dlt645-plain",
        "[dialect]\npurchase = \"order_number\"\nmac = \"signer\"",
    ));
    assert!(problem.what.contains("authentication code"));
}

#[test]
fn a_code_needs_somebody_to_make_it() {
    let problem = only(&upon("dlt645-plain", "dialect.relay = \"sealed\""));
    assert!(problem.what.contains("mac = \"none\""));
    let problem = only(&upon("dlt645-plain", "dialect.count_register = \"none\""));
    assert!(problem.right.contains("order_number"));
}

#[test]
fn mbus_with_credit_or_money_at_the_meter_is_named() {
    let problem = only(&upon("mbus-water", "capabilities = [\"read\", \"switch\"]"));
    assert!(problem.what.contains("M-Bus"), "{problem}");
    let found = problems(&upon(
        "mbus-water",
        "capabilities = [\"read\", \"credit\"]\nbilling = \"on_meter\"",
    ));
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found.iter().all(|problem| problem.what.contains("M-Bus")));
}

#[test]
fn past_days_need_a_table_and_the_capability() {
    let problem = only(&upon(
        "dlt645-plain",
        "capabilities = [\"read\", \"freeze\"]",
    ));
    assert!(problem.what.contains("[frozen]"));
    let problem = only(&upon(
        "dlt645-remote",
        "capabilities = [\"read\", \"switch\"]",
    ));
    assert_eq!(problem.key, "frozen");
    let problem = only(&upon("dlt645-remote", "[frozen]\ntime = \"05060001\""));
    assert!(problem.what.contains("does not end with 00"), "{problem}");
    let problem = only(&upon("cjt188-on-account", "[frozen]\ntime = \"05060000\""));
    assert!(problem.right.contains("DL/T 645-2007"));
}

#[test]
fn registers_are_checked_one_by_one() {
    let register = |keys: &str| {
        let text = format!(
            "capabilities = [\"read\"]\n[[register]]\nname = \"a\"\nquantity = \"status\"\n{keys}"
        );
        only(&upon("dlt645-plain", &text))
    };
    assert!(register("bytes = 2").key.ends_with("1.id"));
    assert!(
        register("id = \"1234\"\nbytes = 2")
            .right
            .contains("8 hex digits")
    );
    assert!(
        register("id = \"04000501\"\nbytes = 20")
            .what
            .contains("out of range")
    );
    let id = "id = \"04000501\"\nbytes = 2\n";
    let flag = register(&format!("{id}coding = \"bits\"\nflags = {{ magnt = 3 }}"));
    assert!(flag.right.contains("\"magnet\""));
    let flag = register(&format!("{id}coding = \"bits\"\nflags = {{ magnet = 16 }}"));
    assert!(flag.what.contains("bit 16"));
    let flag = register(&format!("{id}flags = {{ magnet = 3 }}"));
    assert!(flag.right.contains("bits"));
    let told = register(&format!("{id}unit = \"told\""));
    assert!(told.what.contains("CJ/T 188"));
}

#[test]
fn a_register_name_stands_once() {
    let text = "[[register]]\nname = \"a\"\nid = \"901F\"\nquantity = \"volume\"\nbytes = 4\n\
                [[register]]\nname = \"a\"\nid = \"901F\"\nquantity = \"volume\"\nbytes = 4";
    let text = format!("capabilities = [\"read\"]\n{text}");
    let problem = only(&upon("cjt188-prepaid", &text));
    assert!(problem.what.contains("twice"));
}

proptest! {
    #[test]
    fn any_text_is_a_profile_or_an_error(text in "\\PC{0,200}") {
        let _ = Profile::parse(&text);
    }

    #[test]
    fn any_line_added_to_a_profile_is_understood_or_refused(
        key in "[a-z_]{1,12}", value in prop_oneof!["\"[a-z0-9]{0,8}\"", "[0-9]{1,5}", "true", "\\[\\]", "\\{\\}"],
        table in prop_oneof![Just(""), Just("[dialect]\n"), Just("[timing]\n"), Just("[[register]]\n")],
    ) {
        for base in Profile::builtin_names() {
            let text = format!("base = \"{base}\"\n{table}{key} = {value}");
            if let Err(error) = Profile::parse(&text) {
                prop_assert!(!error.0.is_empty());
            }
        }
    }
}
