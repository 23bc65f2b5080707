use super::template::{Step, Template};
use super::*;

fn step(apdu: &str, keep: &[(&str, &str)]) -> Step {
    Step {
        apdu: apdu.to_owned(),
        keep: texts(keep),
    }
}

fn texts(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    let owned = |(name, text): &(&str, &str)| ((*name).to_owned(), (*text).to_owned());
    pairs.iter().map(owned).collect()
}

fn bytes(text: &str) -> Vec<u8> {
    hex::decode(text.replace(' ', "")).unwrap()
}

/// The purchase of a made-up card: derive a key from the meter's number, then MAC over header and data.
fn purchase() -> Template {
    Template {
        steps: vec![
            step("801A2701 08 0000 {meter:reversed}", &[]),
            step(
                "80FA0500 {data:length+13} {meter_random:reversed} 00000000 84320101{data:length+4} {data:reversed}",
                &[("code", "0..4")],
            ),
        ],
        result: texts(&[("mac", "{code:reversed}")]),
    }
}

fn session() -> Session {
    Session {
        meter: [0x12, 0x00, 0x51, 0x05, 0x03, 0x26],
        master_random: [1, 2, 3, 4, 5, 6, 7, 8],
        meter_random: [0xA1, 0xA2, 0xA3, 0xA4],
        esam: [9; 8],
    }
}

fn config() -> PsamConfig {
    PsamConfig {
        reader: String::new(),
        prepare: Template {
            steps: vec![step("00A4000002 DF01", &[])],
            result: BTreeMap::new(),
        },
        identity: Template {
            steps: vec![
                step("0084000008", &[("random", "0..8")]),
                step("80FA000008 {random}", &[("cipher", "0..")]),
            ],
            result: texts(&[
                ("random", "{random:reversed}"),
                ("cipher", "{cipher:reversed}"),
            ]),
        },
        mac: BTreeMap::from([(Purpose::Purchase, purchase())]),
        seal: BTreeMap::new(),
        verify: BTreeMap::from([(Purpose::Balance, purchase())]),
    }
}

/// A card that knows which commands it will be given and what it says to them.
#[derive(Debug)]
struct ScriptedCard {
    script: Vec<(Vec<u8>, Vec<u8>)>,
    fresh: bool,
}

impl ScriptedCard {
    fn new(script: &[(&str, &str)]) -> Self {
        let line = |(command, answer): &(&str, &str)| (bytes(command), bytes(answer));
        ScriptedCard {
            script: script.iter().map(line).collect(),
            fresh: true,
        }
    }
}

impl Card for ScriptedCard {
    fn transmit(&mut self, apdu: &[u8]) -> Result<Vec<u8>, SignerError> {
        let (expected, answer) = self.script.remove(0);
        assert_eq!(hex::encode_upper(apdu), hex::encode_upper(expected));
        Ok(answer)
    }

    fn restarted(&mut self) -> Result<bool, SignerError> {
        Ok(std::mem::take(&mut self.fresh))
    }
}

const SELECT: (&str, &str) = ("00A4000002 DF01", "9000");
const DERIVE: (&str, &str) = ("801A270108 0000 260305510012", "9000");
const CODE: &str = "80FA0500 15 A4A3A2A1 00000000 84320101 0C 0000000200002710";

#[tokio::test]
async fn a_code_is_made_by_the_commands_of_the_template() {
    let card = ScriptedCard::new(&[SELECT, DERIVE, (CODE, "01020304 9000")]);
    let mut psam = Psam::new(config(), card).unwrap();
    let data = bytes("1027000002000000");
    let mac = psam.mac(&session(), Purpose::Purchase, &data).await;
    assert_eq!(mac, Ok([4, 3, 2, 1]));
    assert!(psam.reader.lock().unwrap().card.script.is_empty());
}

#[tokio::test]
async fn a_card_is_prepared_once_and_again_after_a_restart() {
    let both = [DERIVE, (CODE, "01020304 9000")];
    let script = [&[SELECT][..], &both, &both, &[SELECT], &both].concat();
    let mut psam = Psam::new(config(), ScriptedCard::new(&script)).unwrap();
    let data = bytes("1027000002000000");
    for restart in [false, false, true] {
        psam.reader.lock().unwrap().card.fresh |= restart;
        let mac = psam.mac(&session(), Purpose::Purchase, &data).await;
        assert_eq!(mac, Ok([4, 3, 2, 1]));
    }
}

#[tokio::test]
async fn an_identity_takes_random_number_and_cipher_from_the_card() {
    let card = ScriptedCard::new(&[
        SELECT,
        ("0084000008", "1112131415161718 9000"),
        ("80FA000008 1112131415161718", "6108"),
        ("00C0000008", "2122232425262728 9000"),
    ]);
    let mut psam = Psam::new(config(), card).unwrap();
    let identity = psam.identity(session().meter).await.unwrap();
    assert_eq!(identity.random.to_vec(), bytes("1817161514131211"));
    assert_eq!(identity.cipher.to_vec(), bytes("2827262524232221"));
    assert_eq!(identity.divergence.to_vec(), bytes("1200510503260000"));
}

#[tokio::test]
async fn a_refusal_of_the_card_is_an_error_with_its_status() {
    let card = ScriptedCard::new(&[SELECT, ("801A270108 0000 260305510012", "6985")]);
    let mut psam = Psam::new(config(), card).unwrap();
    let mac = psam.mac(&session(), Purpose::Purchase, &[0; 8]).await;
    let said = mac.unwrap_err().to_string();
    assert!(said.contains("step 1") && said.contains("6985"), "{said}");
}

#[tokio::test]
async fn a_purpose_without_a_template_is_never_guessed() {
    let mut psam = Psam::new(config(), ScriptedCard::new(&[])).unwrap();
    let mac = psam.mac(&session(), Purpose::Control, &[0; 8]).await;
    assert_eq!(mac, Err(SignerError::NoTemplate("mac.control".to_owned())));
    let sealed = psam.seal(&session(), Purpose::Control, &[0; 8]).await;
    assert!(matches!(sealed, Err(SignerError::NoTemplate(_))));
}

#[tokio::test]
async fn a_code_in_an_answer_is_compared() {
    for (mac, valid) in [([4, 3, 2, 1], true), ([1, 2, 3, 4], false)] {
        let card = ScriptedCard::new(&[SELECT, DERIVE, (CODE, "01020304 9000")]);
        let mut psam = Psam::new(config(), card).unwrap();
        let data = bytes("1027000002000000");
        let verdict = psam.verify(&session(), Purpose::Balance, &data, mac).await;
        assert_eq!(verdict, Ok(valid));
    }
}

#[test]
fn a_wrong_length_is_asked_for_again() {
    let template = Template {
        steps: vec![step("0084000004", &[("random", "0..4")])],
        result: texts(&[("random", "{random}")]),
    };
    let mut run = Run::new(&template, Values::new());
    assert_eq!(run.start(), Ok(Next::Send(bytes("0084000004"))));
    assert_eq!(
        run.answer(&bytes("6C08")),
        Ok(Next::Send(bytes("0084000008")))
    );
    let done = run.answer(&bytes("0102030405060708 9000")).unwrap();
    let Next::Done(results) = done else {
        panic!("{done:?}");
    };
    assert_eq!(results["random"], [1, 2, 3, 4]);
}

#[test]
fn a_card_that_always_has_more_is_not_believed_for_ever() {
    let template = Template {
        steps: vec![step("0084000004", &[])],
        result: BTreeMap::new(),
    };
    let mut run = Run::new(&template, Values::new());
    run.start().unwrap();
    let last = (0..40)
        .map(|_| run.answer(&bytes("6101")))
        .find(Result::is_err);
    assert!(matches!(last, Some(Err(SignerError::Refused(_)))));
}

#[test]
fn a_template_that_cannot_be_read_is_refused_at_the_start() {
    for text in ["0", "XY", "{meter", "{meter:upside}", "{meter:length+x}"] {
        let mut config = config();
        config.identity.steps = vec![step(text, &[])];
        let psam = Psam::new(config, ScriptedCard::new(&[]));
        assert!(matches!(psam, Err(SignerError::Malformed(_))), "{text}");
    }
    for range in ["", "8", "a..b", "..4"] {
        let mut config = config();
        config.identity.steps = vec![step("00", &[("x", range)])];
        let psam = Psam::new(config, ScriptedCard::new(&[]));
        assert!(matches!(psam, Err(SignerError::Malformed(_))), "{range}");
    }
}

#[test]
fn a_value_that_is_not_there_and_an_answer_that_is_too_short_are_errors() {
    let template = Template {
        steps: vec![step("{nobody}", &[])],
        result: BTreeMap::new(),
    };
    assert!(Run::new(&template, Values::new()).start().is_err());
    let template = Template {
        steps: vec![step("00", &[("x", "0..8")])],
        result: BTreeMap::new(),
    };
    let mut run = Run::new(&template, Values::new());
    run.start().unwrap();
    assert!(run.answer(&bytes("0102 9000")).is_err());
    assert!(run.answer(&[0x90]).is_err());
}

#[test]
fn a_configuration_is_written_as_tables() {
    let text = r#"
        reader = "ACR"
        [identity]
        steps = [{ apdu = "0084000008", keep = { random = "0..8" } }]
        result = { random = "{random}", cipher = "{random}" }
        [mac.purchase]
        steps = [{ apdu = "80FA0500 {data:length} {data}", keep = { code = "0..4" } }]
        result = { mac = "{code:reversed}" }
    "#;
    let config: PsamConfig = toml::from_str(text).unwrap();
    assert_eq!(config.mac.len(), 1);
    assert!(config.mac.contains_key(&Purpose::Purchase));
    assert!(toml::from_str::<PsamConfig>("reader = \"\"\nkeys = 3").is_err());
}
